//! What can go wrong with slots.

use core::fmt;

/// Why something was not stored or loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetainedError<E> {
    /// The bytes do not fit: those to store into a slot, those that are stored into the bytes given for them, or two slots
    /// into the medium.
    TooLong {
        /// How many bytes are needed.
        needs: usize,
        /// How many there are.
        has: usize,
    },
    /// What was stored has changed since, and there is nothing else to load. The medium may be worn out, or something has
    /// written to it.
    Broken,
    /// What was written is not what is there. What was stored before is kept. The medium may be worn out.
    NotKept {
        /// The slot, 0 or 1.
        slot: usize,
    },
    /// The medium has failed. What was stored before is kept, or what was to be stored is, if it failed at the very end.
    Medium(E),
}

impl<E: fmt::Debug> fmt::Display for RetainedError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { needs, has } => {
                write!(f, "{needs} bytes are needed, and there is room for {has}")
            }
            Self::Broken => {
                f.write_str("what was stored has changed, and there is nothing older: store it again")
            }
            Self::NotKept { slot } => {
                write!(f, "slot {slot} does not hold what was written to it: what was stored before is kept")
            }
            Self::Medium(error) => write!(f, "the medium has failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for RetainedError<E> {}
