//! What slots are kept in.

use core::fmt;

/// The largest [`Medium::WRITE`] that slots can handle. It is as much as a buffer on the stack takes while storing.
pub const MOST_WRITE: u32 = 256;

/// Memory that retains what is written to it, and in which bytes may have to be erased before they are written.
///
/// [`Slots`](super::Slots) keep to these rules: writes begin and end at multiples of [`WRITE`](Self::WRITE) and erasures at
/// multiples of [`ERASE`](Self::ERASE), which are where a slot begins as well. No byte is written twice without an erasure
/// between.
pub trait Medium {
    /// What can go wrong.
    type Error: fmt::Debug;

    /// How many bytes are written at a time: 1 to [`MOST_WRITE`].
    const WRITE: u32;

    /// How many bytes are erased at a time: a multiple of [`WRITE`](Self::WRITE).
    const ERASE: u32;

    /// The size in bytes; addresses are below it.
    fn capacity(&self) -> u32;

    /// Reads bytes, at any address.
    ///
    /// # Errors
    /// When they are not all in the medium, and when it fails.
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), Self::Error>;

    /// Erases so many bytes, upwards, so that they can be written.
    ///
    /// # Errors
    /// When they are not all in the medium or not a multiple of [`ERASE`](Self::ERASE), and when it fails.
    fn erase(&mut self, address: u32, length: u32) -> Result<(), Self::Error>;

    /// Writes bytes, which have been erased. When it returns they are there, before anything that is written later.
    ///
    /// # Errors
    /// When they are not all in the medium or not a multiple of [`WRITE`](Self::WRITE), and when it fails.
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// A place that is not in the medium, or not on one of its boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutsideMedium {
    /// The first byte.
    pub address: u32,
    /// How many bytes.
    pub length: usize,
    /// How many bytes the medium has.
    pub capacity: u32,
    /// The multiple at which it should begin and end.
    pub unit: u32,
}

impl fmt::Display for OutsideMedium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, length, capacity, unit } = self;
        write!(f, "{length} bytes at {address:#x} are not within the {capacity} bytes of the medium, ")?;
        write!(f, "or not at multiples of {unit}")
    }
}

impl core::error::Error for OutsideMedium {}

/// Checks that a span is in a medium and on its boundaries.
pub(super) fn check(address: u32, length: usize, capacity: u32, unit: u32) -> Result<(), OutsideMedium> {
    let end = u64::from(address).saturating_add(length as u64);
    let is_on_boundaries = address.is_multiple_of(unit) && end.is_multiple_of(u64::from(unit));
    if end <= u64::from(capacity) && is_on_boundaries {
        return Ok(());
    }
    Err(OutsideMedium { address, length, capacity, unit })
}
