//! Why an access to a memory has failed.

use crate::store::StoreError;
use core::fmt;

/// Why a run of bytes could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessError<E> {
    /// A byte of it lies past the end of the memory; nothing was written.
    OutOfBounds,
    /// The store has failed; some of the bytes may have been written.
    Store(StoreError<E>),
}

impl<E> From<StoreError<E>> for AccessError<E> {
    fn from(error: StoreError<E>) -> Self {
        Self::Store(error)
    }
}

impl<E: fmt::Debug> fmt::Display for AccessError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds => f.write_str("a byte lies past the end of the memory"),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for AccessError<E> {}
