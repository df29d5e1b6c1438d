//! A store that knows what it was given.

use crate::store::{BackingStore, StoreError};
use crate::transfer::Transfer;
use core::fmt;
use core::task::Poll;
use crc::{CRC_32_ISO_HDLC, Crc, Digest, Table};

/// A backing store whose every page is checked when it comes back.
///
/// For each page there is a checksum in fast memory, which is the caller's: CRC-32 of the page's bytes and its number. A
/// page that comes back with a flipped bit, in place of another, or as it was before it was last written, is an error, and
/// only one wrong page in four billion is not. So bytes that are wrong are never taken for right; the bytes of a failed
/// transfer are not to be used.
///
/// The check is done when a transfer is ready, and costs some cycles for each byte.
///
/// ```
/// use sostenuto_paged::{BackingStore, CheckedStore, SliceStore, StoreError};
///
/// let mut sums = [0; 8];
/// let mut store = CheckedStore::new(SliceStore::new([0; 4096]), 512, &mut sums)?;
/// store.write(512, &[7; 512])?;
/// let mut page = [0; 512];
/// store.read(512, &mut page)?;
///
/// store.store_mut().write(700, &[8])?; // Something has gone wrong behind its back.
/// assert_eq!(store.read(512, &mut page), Err(StoreError::Corrupt { address: 512, length: 512 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CheckedStore<'s, S> {
    store: S,
    sums: &'s mut [u32],
    page: u32,
}

/// The polynomial of Ethernet and zip. One table of 1 KiB; with sixteen it is faster, and they would take 16 KiB of flash.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

impl<'s, S: BackingStore> CheckedStore<'s, S> {
    /// Checks this store, by pages of so many bytes.
    ///
    /// Pages that have not been written must be zero: see [`clear`](Self::clear). Bytes after the last whole page are not
    /// used.
    ///
    /// # Errors
    /// When there are fewer sums than pages, or a page is empty.
    pub fn new(store: S, page: u32, sums: &'s mut [u32]) -> Result<Self, TooFewSums> {
        let pages = store.size().checked_div(page);
        match pages {
            Some(pages) if pages as usize <= sums.len() => {
                let mut checked = Self { store, sums, page };
                checked.expect_zeros();
                Ok(checked)
            }
            _ => Err(TooFewSums { pages: pages.unwrap_or(u32::MAX), sums: sums.len() }),
        }
    }

    /// Makes all bytes zero, which takes as long as writing them takes: for the start, since after power-up a memory holds
    /// what it happens to hold.
    ///
    /// # Errors
    /// When the bus fails or stalls.
    pub fn clear(&mut self) -> Result<(), StoreError<S::Error>> {
        const ZEROS: [u8; 256] = [0; 256];
        let mut address = 0;
        while address < self.size() {
            let length = (self.size() - address).min(ZEROS.len() as u32);
            self.store.write(address, &ZEROS[..length as usize])?;
            address += length;
        }
        self.expect_zeros();
        Ok(())
    }

    /// The store below. What is written to it is not known here, and so not right.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Gives the store back.
    pub fn into_inner(self) -> S {
        self.store
    }

    fn expect_zeros(&mut self) {
        let mut zeros = CRC.digest();
        (0..self.page).for_each(|_| zeros.update(&[0]));
        for (number, sum) in (0..).zip(self.sums.iter_mut()) {
            *sum = with_number(zeros.clone(), number);
        }
    }

    fn check_pages(&self, transfer: &Transfer) -> Result<(), StoreError<S::Error>> {
        let (address, length, page) = (transfer.address(), transfer.length(), self.page);
        if address.is_multiple_of(page) && length.is_multiple_of(page) {
            // The size too is whole pages here, and smaller perhaps than that of the store below.
            return crate::store::check_transfer(self.size(), transfer, length as usize);
        }
        Err(StoreError::NotPages { address, length, page })
    }

    /// The pages of a transfer: the first byte's address, the sum that each should have, and that which it has.
    fn pages<'a>(
        &'a mut self,
        address: u32,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = (u32, &'a mut u32, u32)> {
        let (first, page) = (address / self.page, self.page);
        let sums = self.sums.iter_mut().skip(first as usize);
        (first..).zip(sums).zip(bytes.chunks_exact(page as usize)).map(move |((number, sum), bytes)| {
            let mut digest = CRC.digest();
            digest.update(bytes);
            (number * page, sum, with_number(digest, number))
        })
    }
}

fn with_number(mut digest: Digest<'_, u32, Table<1>>, number: u32) -> u32 {
    digest.update(&number.to_le_bytes());
    digest.finalize()
}

impl<S: BackingStore> BackingStore for CheckedStore<'_, S> {
    type Error = S::Error;

    fn size(&self) -> u32 {
        self.store.size() / self.page * self.page
    }

    /// As ever, but whole pages only.
    ///
    /// # Errors
    /// Also when a page is not what was written: [`Corrupt`](StoreError::Corrupt).
    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        self.check_pages(transfer)?;
        if self.store.poll_read(transfer, bytes)?.is_pending() {
            return Ok(Poll::Pending);
        }
        let page = self.page;
        match self.pages(transfer.address(), bytes).find(|(_, sum, found)| **sum != *found) {
            Some((address, ..)) => Err(StoreError::Corrupt { address, length: page }),
            None => Ok(Poll::Ready(())),
        }
    }

    /// As ever, but whole pages only. Until it is ready the pages count as not written, and when they have been in part, as
    /// wrong.
    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        self.check_pages(transfer)?;
        if self.store.poll_write(transfer, bytes)?.is_pending() {
            return Ok(Poll::Pending);
        }
        self.pages(transfer.address(), bytes).for_each(|(_, sum, found)| *sum = found);
        Ok(Poll::Ready(()))
    }

    fn wait(&mut self) {
        self.store.wait();
    }
}

/// There are fewer checksums than pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFewSums {
    /// How many pages the store has; [`u32::MAX`] for pages of no bytes.
    pub pages: u32,
    /// How many checksums there is room for.
    pub sums: usize,
}

impl fmt::Display for TooFewSums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pages need as many checksums, and there is room for {}", self.pages, self.sums)
    }
}

impl core::error::Error for TooFewSums {}
