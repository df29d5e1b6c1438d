//! A store that the processor addresses as memory.

use crate::store::{BackingStore, StoreError, check_transfer};
use crate::transfer::Transfer;
use core::convert::Infallible;
use core::task::Poll;

/// A backing store in bytes of the caller: SDRAM or PSRAM that is mapped into memory, or the RAM of a desktop.
///
/// Every transfer is done in one burst.
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
        let (from, rest) = (transfer.next() as usize, transfer.rest() as usize);
        let done = transfer.done() as usize;
        bytes[done..].copy_from_slice(&self.bytes.as_ref()[from..from + rest]);
        transfer.advance(transfer.rest());
        Ok(Poll::Ready(()))
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Infallible>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        let (to, rest) = (transfer.next() as usize, transfer.rest() as usize);
        let done = transfer.done() as usize;
        self.bytes.as_mut()[to..to + rest].copy_from_slice(&bytes[done..]);
        transfer.advance(transfer.rest());
        Ok(Poll::Ready(()))
    }
}
