//! A part of a store that is somebody's own.

use crate::span_allocator::Span;
use crate::store::{BackingStore, StoreError, check_transfer, fits};
use crate::transfer::Transfer;
use core::fmt;
use core::task::Poll;

/// A run of a store's bytes as a store of its own: its addresses begin at 0, and nothing outside can be reached.
///
/// With a [`StoreClient`](crate::StoreClient) below, streams, presets, logs and patches share one chip, and none of them
/// can touch what is another's.
///
/// ```
/// use sostenuto_paged::{BackingStore, Region, SharedStore, SliceStore, SpanAllocator, StoreError};
///
/// let shared = SharedStore::<_, 2>::new(SliceStore::new([0; 65_536]));
/// let mut spans = SpanAllocator::<8>::new(0..65_536);
/// let _loops = spans.allocate("loops", 8192, 512)?;
/// let mut log = Region::of_span(shared.client(1)?, spans.allocate("log", 4096, 512)?).expect("in the store");
///
/// log.write(4091, b"begun")?; // It is at 12,283 of the store.
/// let outside = StoreError::OutOfRange { address: 4092, length: 5, size: 4096 };
/// assert_eq!(log.write(4092, b"ended"), Err(outside));
///
/// // Only without its region can a span be freed.
/// let (_, span) = log.release();
/// spans.free(span.unwrap())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Region<S> {
    store: S,
    start: u32,
    size: u32,
    span: Option<Span>,
}

impl<S: BackingStore> Region<S> {
    /// The bytes of a store from this address on.
    ///
    /// # Errors
    /// When they leave the store.
    pub fn new(store: S, address: u32, bytes: u32) -> Result<Self, StoreError<S::Error>> {
        check_transfer(store.size(), &Transfer::new(address, bytes), bytes as usize)?;
        Ok(Self { store, start: address, size: bytes, span: None })
    }

    /// The bytes of a store that an allocator has given.
    ///
    /// # Errors
    /// When they leave the store, which is then handed back with the span.
    pub fn of_span(store: S, span: Span) -> Result<Self, SpanOutside<S>> {
        let (start, size) = (span.address(), span.bytes());
        let store_size = store.size();
        if !fits(store_size, start, size) {
            return Err(SpanOutside { store, span, size: store_size });
        }
        Ok(Self { store, start, size, span: Some(span) })
    }

    /// Where its first byte is in the store.
    pub const fn start(&self) -> u32 {
        self.start
    }

    /// The store, for what has nothing to do with its contents.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Gives the store back, and the span if it was one.
    pub fn release(self) -> (S, Option<Span>) {
        (self.store, self.span)
    }

    /// Polls the store for this transfer, with the address that it has there.
    fn poll(
        &mut self,
        transfer: &mut Transfer,
        bytes: usize,
        poll_store: impl FnOnce(&mut S, &mut Transfer) -> Result<Poll<()>, StoreError<S::Error>>,
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        check_transfer(self.size, transfer, bytes)?;
        let address = transfer.address();
        let mut moved = transfer.at(self.start + address);
        let polled = poll_store(&mut self.store, &mut moved);
        *transfer = moved.at(address);
        polled.map_err(|error| inward(error, self.start))
    }
}

/// The error with the addresses of the region in place of those of the store. Pages stay the store's: a region need not
/// begin at one, and where it does not, its own addresses would hide what is wrong.
fn inward<E>(error: StoreError<E>, start: u32) -> StoreError<E> {
    let inside = |address: u32| address.saturating_sub(start);
    match error {
        StoreError::OutOfRange { address, length, size } => {
            StoreError::OutOfRange { address: inside(address), length, size: inside(size) }
        }
        StoreError::Stalled { address } => StoreError::Stalled { address: inside(address) },
        StoreError::Corrupt { address, length } => StoreError::Corrupt { address: inside(address), length },
        StoreError::WrongLength { .. } | StoreError::NotPages { .. } | StoreError::Bus(_) => error,
    }
}

impl<S: BackingStore> BackingStore for Region<S> {
    type Error = S::Error;

    fn size(&self) -> u32 {
        self.size
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        self.poll(transfer, bytes.len(), |store, transfer| store.poll_read(transfer, bytes))
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        self.poll(transfer, bytes.len(), |store, transfer| store.poll_write(transfer, bytes))
    }

    fn wait(&mut self) {
        self.store.wait();
    }

    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), StoreError<S::Error>> {
        check_transfer(self.size, &Transfer::new(address, crate::store::length(bytes)?), bytes.len())?;
        // The store's own way to wait, which can be more than to poll.
        self.store.read(self.start + address, bytes).map_err(|error| inward(error, self.start))
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), StoreError<S::Error>> {
        check_transfer(self.size, &Transfer::new(address, crate::store::length(bytes)?), bytes.len())?;
        self.store.write(self.start + address, bytes).map_err(|error| inward(error, self.start))
    }
}

/// A span does not lie in the store of which it should be a region: it is another's. Both are handed back.
#[derive(Debug)]
pub struct SpanOutside<S> {
    /// The store.
    pub store: S,
    /// The span.
    pub span: Span,
    /// How many bytes the store has.
    pub size: u32,
}

impl<S> fmt::Display for SpanOutside<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (owner, bytes, address) = (self.span.owner(), self.span.bytes(), self.span.address());
        let size = self.size;
        write!(f, "the {bytes} B of {owner} at {address} leave the store, which has {size} B")
    }
}

impl<S: fmt::Debug> core::error::Error for SpanOutside<S> {}
