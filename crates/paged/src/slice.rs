//! A store that the processor addresses as memory.

use crate::store::{BackingStore, StoreError, check_transfer};
use crate::transfer::Transfer;
use core::convert::Infallible;
use core::task::Poll;

/// A backing store in bytes of the caller: SDRAM or PSRAM that is mapped into memory, or the RAM of a desktop.
///
/// A burst has at most 512 bytes, so that it takes no longer than one over a serial bus.
#[derive(Debug, Clone)]
pub struct SliceStore<B> {
    bytes: B,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> SliceStore<B> {
    /// A store of these bytes; of 4 GiB and more, of the first 4 GiB less one byte.
    pub const fn new(bytes: B) -> Self {
        Self { bytes }
    }

    /// The contents.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// Gives the bytes back.
    pub fn into_inner(self) -> B {
        self.bytes
    }
}

/// The most bytes of a burst.
const BURST: u32 = 512;

/// Where the next burst is in the store and in the transfer, and how many bytes it has.
fn burst(transfer: &Transfer) -> (usize, usize, usize) {
    (transfer.next() as usize, transfer.done() as usize, transfer.rest().min(BURST) as usize)
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> BackingStore for SliceStore<B> {
    type Error = Infallible;

    fn size(&self) -> u32 {
        u32::try_from(self.bytes.as_ref().len()).unwrap_or(u32::MAX)
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<Infallible>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        let (from, done, count) = burst(transfer);
        bytes[done..done + count].copy_from_slice(&self.bytes.as_ref()[from..from + count]);
        transfer.advance(count as u32);
        Ok(transfer.progress())
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Infallible>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        let (to, done, count) = burst(transfer);
        self.bytes.as_mut()[to..to + count].copy_from_slice(&bytes[done..done + count]);
        transfer.advance(count as u32);
        Ok(transfer.progress())
    }
}
