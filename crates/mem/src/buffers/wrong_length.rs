//! When samples do not fit a buffer.

use core::fmt;

/// A channel has more or fewer samples than the buffer that it was given to. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongLength {
    /// Which channel it was, the first being 0.
    pub channel: usize,
    /// How many samples it must have.
    pub expected: usize,
    /// How many it has.
    pub got: usize,
}

impl WrongLength {
    pub(crate) const fn check(channel: usize, expected: usize, got: usize) -> Result<(), Self> {
        if got == expected { Ok(()) } else { Err(Self { channel, expected, got }) }
    }
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { channel, expected, got } = self;
        write!(f, "channel {channel} has {got} samples, which must be {expected}")
    }
}

impl core::error::Error for WrongLength {}
