//! Linear memory in pages of a slow store.

use crate::memory::{LinearMemory, MemoryError};
use core::fmt;
use sostenuto_paged::{AccessError, BackingStore, PageCache, StoreError};

/// Linear memory in a [`PageCache`]: of any size that the store has, with the pages in use in fast memory.
///
/// A program gets the same results as over [`FlatMemory`](crate::FlatMemory); only time passes when a page must be fetched.
/// To bound that, each miss can have a [toll](Self::set_toll).
///
/// ```
/// use sostenuto_paged::{PageCache, SliceStore};
/// use sostenuto_vm::{LinearMemory, PagedMemory};
///
/// let store = SliceStore::new(vec![0; 65_536]);
/// let mut memory = PagedMemory::new(PageCache::<_, 512, 8, 32>::new(store, 65_536, 65_536)?);
/// memory.store(510, 440_u32.to_le_bytes())?;
/// assert_eq!(memory.load::<2>(510)?, [0xb8, 0x01]);
/// assert!(memory.load::<4>(65_533).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// The interpreter finds a page in fewer instructions where the cache comes first.
#[repr(C)]
pub struct PagedMemory<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize> {
    cache: PageCache<S, PAGE, FRAMES, LINES>,
    /// For one miss, in instructions.
    toll: u32,
    /// The misses that have been asked for already.
    charged: u64,
    failure: Option<StoreError<S::Error>>,
}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PagedMemory<S, PAGE, FRAMES, LINES>
{
    /// The memory of a program, of the size and with the contents of the cache.
    pub fn new(cache: PageCache<S, PAGE, FRAMES, LINES>) -> Self {
        let charged = cache.statistics().misses;
        Self { cache, toll: 0, charged, failure: None }
    }

    /// Lets each miss cost so many instructions of the budget of a run, so that one which misses at every access comes back
    /// as soon as one that computes. At first, it is 0. What the budget does not have is not owed.
    ///
    /// Misses of the host between two runs cost the program nothing, though they may change which ones it has itself. So with
    /// a toll, the instructions that a program is charged for depend on what was in the cache before.
    pub fn set_toll(&mut self, instructions: u32) {
        self.toll = instructions;
    }

    /// The cache: for its statistics, to pin pages, to register streams, and to let it work in the background.
    pub fn cache(&self) -> &PageCache<S, PAGE, FRAMES, LINES> {
        &self.cache
    }

    /// The cache: for its statistics, to pin pages, to register streams, and to let it work in the background.
    pub fn cache_mut(&mut self) -> &mut PageCache<S, PAGE, FRAMES, LINES> {
        &mut self.cache
    }

    /// Gives the cache back.
    pub fn into_inner(self) -> PageCache<S, PAGE, FRAMES, LINES> {
        self.cache
    }

    /// Why the last access that failed did so.
    pub fn failure(&self) -> Option<&StoreError<S::Error>> {
        self.failure.as_ref()
    }

    fn note(&mut self, result: Result<(), AccessError<S::Error>>) -> Result<(), MemoryError> {
        result.map_err(|error| match error {
            AccessError::OutOfBounds => MemoryError::OutOfBounds,
            AccessError::Store(failure) => {
                self.failure = Some(failure);
                MemoryError::Failed
            }
        })
    }
}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize> LinearMemory
    for PagedMemory<S, PAGE, FRAMES, LINES>
{
    fn size(&self) -> u32 {
        self.cache.size()
    }

    #[inline(always)]
    fn peek<const N: usize>(&mut self, address: u64) -> Option<[u8; N]> {
        self.cache.peek(address)
    }

    #[inline(always)]
    fn poke<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        self.cache.poke(address, bytes)
    }

    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        let mut bytes = [0; N];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        self.write(address, &bytes)
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError> {
        let result = self.cache.read(address, bytes);
        self.note(result)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        let result = self.cache.write(address, bytes);
        self.note(result)
    }

    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError> {
        let result = self.cache.copy(to, from, length);
        self.note(result)
    }

    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError> {
        let result = self.cache.fill(to, value, length);
        self.note(result)
    }

    fn take_toll(&mut self) -> u32 {
        let misses = self.cache.statistics().misses;
        let before = core::mem::replace(&mut self.charged, misses);
        // The statistics may have been taken, and begun anew.
        let new = misses.checked_sub(before).unwrap_or(misses);
        u32::try_from(new).unwrap_or(u32::MAX).saturating_mul(self.toll)
    }

    fn can_grow(&self, size: u32) -> bool {
        size <= self.cache.limit()
    }

    fn grow(&mut self, size: u32) -> bool {
        self.cache.grow(size)
    }
}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize> fmt::Debug
    for PagedMemory<S, PAGE, FRAMES, LINES>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagedMemory")
            .field("size", &self.size())
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
