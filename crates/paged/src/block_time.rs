//! The time of one block in the model of a bus.

use crate::cache::PageCache;
use crate::store::{BackingStore, StoreError};
use crate::timed::TimedStore;

/// How the time of a block of audio went by, in picoseconds of the model.
///
/// ```
/// use sostenuto_paged::{BusTiming, Lanes, PageCache, PsramChip, SliceStore, TimedStore};
///
/// let bus = BusTiming::of_psram(&PsramChip::LY68L6400, 80_000_000, Lanes::One).unwrap();
/// let store = TimedStore::new(SliceStore::new(vec![0; 65_536]), bus);
/// let mut memory = Box::new(PageCache::<_, 512, 8, 32>::new(store, 65_536, 65_536)?);
///
/// memory.begin_block();
/// let start = memory.store().now();
/// memory.write(0, &[0; 64])?; // The work of the block: it waits for one page.
/// let time = memory.end_block(start, 100_000_000, 1_333_333_333)?;
/// assert_eq!(time.stalled, bus.read_time(512));
/// assert!(time.is_in_time());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockTime {
    /// For how long the work of the block waited for the bus.
    pub stalled: u64,
    /// For how long the processor worked.
    pub worked: u64,
    /// How long a block lasts.
    pub period: u64,
}

impl BlockTime {
    /// Whether the block was ready when the next one began.
    #[must_use]
    pub const fn is_in_time(&self) -> bool {
        self.stalled.saturating_add(self.worked) <= self.period
    }
}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PageCache<TimedStore<S>, PAGE, FRAMES, LINES>
{
    /// Ends a block that began at time `start` of the store, and for which the processor works for so long beside its waiting
    /// for the bus; the rest of the period is for the background. Times are in picoseconds.
    ///
    /// That the processor works when nothing is on the bus is the worst case: a bus that works by DMA goes on meanwhile.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_block(
        &mut self,
        start: u64,
        worked: u64,
        period: u64,
    ) -> Result<BlockTime, StoreError<S::Error>> {
        let stalled = self.store.now().saturating_sub(start);
        self.store.advance_to(start.saturating_add(stalled).saturating_add(worked));
        let end = start.saturating_add(period);
        while self.store.now() < end && self.work()? {
            self.store.advance_to(self.store.free_at().min(end));
        }
        self.store.advance_to(end);
        Ok(BlockTime { stalled, worked, period })
    }
}
