//! A run of bytes on its way to or from a backing store.

use core::task::Poll;

/// A transfer that is done in bursts, and how far it has come.
///
/// It belongs to the client that wants it, together with the bytes, so that a store need not remember its clients: any
/// other client can have the bus between two bursts.
///
/// ```
/// use core::task::Poll;
/// use sostenuto_paged::{BackingStore, SliceStore, Transfer};
///
/// let mut bytes = [7; 256];
/// let mut store = SliceStore::new(&mut bytes[..]);
/// let mut page = [0; 64];
/// let mut transfer = Transfer::new(128, 64);
/// while let Poll::Pending = store.poll_read(&mut transfer, &mut page)? {
///     // Here is time for other work.
/// }
/// assert_eq!((transfer.rest(), page), (0, [7; 64]));
/// # Ok::<(), sostenuto_paged::StoreError<core::convert::Infallible>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    address: u32,
    length: u32,
    done: u32,
    burst: Option<Burst>,
}

/// A burst that goes on by itself: what a store remembers of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// How many bytes it moves.
    pub bytes: u32,
    /// What the store knows it by: a time, or a number.
    pub mark: u64,
}

impl Transfer {
    /// A transfer of `length` bytes, of which the first is at `address` of the store.
    #[must_use]
    pub const fn new(address: u32, length: u32) -> Self {
        Self { address, length, done: 0, burst: None }
    }

    /// Where its first byte is in the store.
    #[must_use]
    pub const fn address(&self) -> u32 {
        self.address
    }

    /// How many bytes it has.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// How many bytes have been moved.
    #[must_use]
    pub const fn done(&self) -> u32 {
        self.done
    }

    /// How many bytes are still to be moved.
    #[must_use]
    pub const fn rest(&self) -> u32 {
        self.length - self.done
    }

    /// Ready when all bytes have been moved: what a poll answers.
    pub const fn progress(&self) -> Poll<()> {
        if self.rest() == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Where the next byte to be moved is in the store.
    #[must_use]
    pub const fn next(&self) -> u32 {
        self.address.saturating_add(self.done)
    }

    /// The same transfer, as far as it has come, with its first byte at another address.
    pub(crate) const fn at(self, address: u32) -> Self {
        Self { address, ..self }
    }

    /// The burst of this transfer that is on its way, if the store has left one here.
    #[must_use]
    pub const fn burst(&self) -> Option<Burst> {
        self.burst
    }

    /// Leaves a burst here until the next poll: for a store that does not wait for the end of one.
    pub fn begin_burst(&mut self, burst: Burst) {
        self.burst = Some(burst);
    }

    /// Tells that `count` more bytes, or all that there are, have been moved: what a store does after a burst.
    pub fn advance(&mut self, count: u32) {
        self.burst = None;
        self.done += count.min(self.rest());
    }
}
