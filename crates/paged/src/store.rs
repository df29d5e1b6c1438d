//! What is at the far end of the bus.

use crate::transfer::Transfer;
use core::fmt;
use core::task::Poll;

/// Memory that is reached by transfers of many bytes, and slowly.
///
/// A transfer is done in bursts. A poll does one burst, or starts one that goes on by itself (by DMA), or finds that the bus
/// is still busy; it never waits. A burst is so short (8 µs at most, where the chip must refresh itself) that a client who
/// cannot wait loses little to one who can: the bus is nobody's for longer than a burst.
pub trait BackingStore {
    /// What can go wrong on the bus.
    type Error: fmt::Debug;

    /// The size in bytes; addresses are below it.
    fn size(&self) -> u32;

    /// Goes on with a transfer from the store, by one burst at most; ready when all of its bytes are there.
    ///
    /// `bytes` must be as long as the transfer, and the same at every poll.
    ///
    /// # Errors
    /// When the transfer leaves the store or is not as long as `bytes`, and when the bus fails.
    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>>;

    /// Goes on with a transfer to the store, by one burst at most; ready when all of its bytes have arrived.
    ///
    /// `bytes` must be as long as the transfer, and the same at every poll.
    ///
    /// # Errors
    /// When the transfer leaves the store or is not as long as `bytes`, and when the bus fails.
    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Self::Error>>;

    /// Called between two polls by a client who has nothing else to do.
    fn wait(&mut self) {}

    /// Reads a run of bytes, and waits for them.
    ///
    /// # Errors
    /// As [`poll_read`](Self::poll_read), and when no burst has come to its end in [`PATIENCE`] polls.
    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), StoreError<Self::Error>> {
        let mut transfer = Transfer::new(address, length(bytes)?);
        let mut patience = Patience::default();
        while self.poll_read(&mut transfer, bytes)?.is_pending() {
            patience.check(&transfer)?;
            self.wait();
        }
        Ok(())
    }

    /// Writes a run of bytes, and waits until they have arrived.
    ///
    /// # Errors
    /// As [`poll_write`](Self::poll_write), and when no burst has come to its end in [`PATIENCE`] polls.
    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), StoreError<Self::Error>> {
        let mut transfer = Transfer::new(address, length(bytes)?);
        let mut patience = Patience::default();
        while self.poll_write(&mut transfer, bytes)?.is_pending() {
            patience.check(&transfer)?;
            self.wait();
        }
        Ok(())
    }
}

/// After so many polls in which nothing has moved, a transfer is given up.
pub const PATIENCE: u32 = 1_000_000;

/// Counts the polls in which nothing has moved.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    done: u32,
    polls: u32,
}

impl Patience {
    pub(crate) fn check<E>(&mut self, transfer: &Transfer) -> Result<(), StoreError<E>> {
        if transfer.done() != self.done {
            *self = Self { done: transfer.done(), polls: 0 };
        }
        self.polls += 1;
        if self.polls > PATIENCE {
            return Err(StoreError::Stalled { address: transfer.next() });
        }
        Ok(())
    }
}

pub(crate) fn length<E>(bytes: &[u8]) -> Result<u32, StoreError<E>> {
    u32::try_from(bytes.len()).map_err(|_| StoreError::WrongLength { transfer: u32::MAX, bytes: bytes.len() })
}

/// Checks what is the same for every store: that a transfer lies in it, and is as long as its bytes.
///
/// # Errors
/// When it does not, or is not.
pub fn check_transfer<E>(size: u32, transfer: &Transfer, bytes: usize) -> Result<(), StoreError<E>> {
    let (address, length) = (transfer.address(), transfer.length());
    if length as usize != bytes {
        return Err(StoreError::WrongLength { transfer: length, bytes });
    }
    if !fits(size, address, length) {
        return Err(StoreError::OutOfRange { address, length, size });
    }
    Ok(())
}

/// Whether a run of bytes lies in so many.
pub(crate) fn fits(size: u32, address: u32, length: u32) -> bool {
    size.checked_sub(length).is_some_and(|last| address <= last)
}

/// Why a transfer has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError<E> {
    /// The transfer leaves the store.
    OutOfRange {
        /// Its first byte.
        address: u32,
        /// How many bytes it has.
        length: u32,
        /// How many bytes the store has.
        size: u32,
    },
    /// The transfer and its bytes are not of the same length.
    WrongLength {
        /// How many bytes the transfer has.
        transfer: u32,
        /// How many bytes were given.
        bytes: usize,
    },
    /// The store moves whole pages only.
    NotPages {
        /// The first byte of the transfer.
        address: u32,
        /// How many bytes it has.
        length: u32,
        /// How many bytes a page has.
        page: u32,
    },
    /// No burst came to its end.
    Stalled {
        /// The first byte that was not moved.
        address: u32,
    },
    /// The bytes that were read are not those that were written.
    Corrupt {
        /// The first byte of the run that is wrong somewhere.
        address: u32,
        /// How many bytes the run has.
        length: u32,
    },
    /// The bus has failed.
    Bus(E),
}

impl<E: fmt::Debug> fmt::Display for StoreError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { address, length, size } => {
                write!(f, "{length} B at {address} leave the store, which has {size} B")
            }
            Self::WrongLength { transfer, bytes } => {
                write!(f, "a transfer of {transfer} B was given {bytes} B")
            }
            Self::NotPages { address, length, page } => {
                write!(f, "{length} B at {address} are not whole pages of {page} B")
            }
            Self::Stalled { address } => write!(f, "the store stopped answering at {address}"),
            Self::Corrupt { address, length } => {
                write!(f, "the {length} B at {address} of the store are not those that were written")
            }
            Self::Bus(error) => write!(f, "the bus to the store has failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for StoreError<E> {}
