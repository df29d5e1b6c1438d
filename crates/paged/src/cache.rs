//! The pages of a slow memory that are in fast memory.

use crate::access_error::AccessError;
use crate::frame::{FrameState, NO_FRAME, NO_PAGE};
use crate::job::Job;
use crate::statistics::CacheStatistics;
use crate::store::{BackingStore, StoreError};
use crate::streams::Streams;
use crate::translation::{Translation, nothing};

/// A memory of many bytes in a slow [store](BackingStore), of which the pages in use are in fast memory.
///
/// `PAGE` is the size of a page in bytes, `FRAMES` the number of pages in fast memory, and `LINES` the number of pages that
/// are found at once: as many as there are pages, or four times the frames. All three are powers of two. All of it is in the
/// structure itself, so its place is the fast memory: put it into a `static` in the right region, or a box.
///
/// A changed page is written back when its frame is wanted for another one, or before, when the bus has time
/// ([`work`](Self::work)). Pages that are [pinned](Self::pin) stay.
///
/// ```
/// use sostenuto_paged::{PageCache, SliceStore};
///
/// // Eight pages of 512 bytes in 4 KB of fast memory, for 64 KB.
/// let store = SliceStore::new(vec![0; 65_536]);
/// let mut memory = Box::new(PageCache::<_, 512, 8, 32>::new(store, 65_536, 65_536)?);
/// memory.pin(0, 4096 - 512)?;
/// memory.write(40_000, b"far away")?;
/// let mut bytes = [0; 8];
/// memory.read(40_000, &mut bytes)?;
/// assert_eq!(&bytes, b"far away");
/// assert_eq!(memory.statistics().misses, 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
// The interpreter finds a translation in fewer instructions where they come first.
#[repr(C)]
pub struct PageCache<S, const PAGE: usize, const FRAMES: usize, const LINES: usize> {
    pub(crate) translations: [Translation; LINES],
    pub(crate) frames: Frames<PAGE, FRAMES>,
    pub(crate) states: [FrameState; FRAMES],
    pub(crate) store: S,
    size: u32,
    limit: u32,
    /// The frame that is looked at first when one is wanted.
    hand: usize,
    pinned: usize,
    pub(crate) statistics: CacheStatistics,
    pub(crate) job: Option<Job>,
    pub(crate) streams: Streams,
    /// The number of the present block.
    pub(crate) block: u32,
}

/// The bytes of the frames. They begin at a line of the data cache, so that each has its lines for itself, as DMA wants.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Frames<const PAGE: usize, const FRAMES: usize>(pub(crate) [[u8; PAGE]; FRAMES]);

/// What is going to be done with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    Write,
    /// Every byte of it will be written.
    Overwrite,
}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PageCache<S, PAGE, FRAMES, LINES>
{
    /// How many bits of an address are a place in a page.
    pub(crate) const SHIFT: u32 = {
        assert!(
            PAGE.is_power_of_two() && PAGE >= 64 && PAGE <= 1 << 16,
            "a page has 64 to 65,536 bytes, a power of two"
        );
        assert!(LINES.is_power_of_two() && LINES >= 2, "there are at least two lines, a power of two");
        assert!(
            FRAMES.is_power_of_two() && FRAMES < NO_FRAME as usize,
            "there are 1 to 32,768 frames, a power of two"
        );
        assert!(FRAMES * PAGE <= 1 << 30, "the frames have at most 1 GiB");
        PAGE.trailing_zeros()
    };

    /// A memory of `size` bytes, all zero, which can [grow](Self::grow) to `limit` bytes, if that is more.
    ///
    /// The bytes are those from address 0 of the store on. All of them that there may be are set to zero in the store here,
    /// which takes its time, so that nothing has to be when the memory grows.
    ///
    /// # Errors
    /// When the store has not so many bytes, counted in whole pages, and when it fails.
    pub fn new(store: S, size: u32, limit: u32) -> Result<Self, StoreError<S::Error>> {
        let limit = limit.max(size);
        let mut cache = Self {
            translations: core::array::from_fn(|line| Translation::none(line, PAGE)),
            frames: Frames([[0; PAGE]; FRAMES]),
            states: [FrameState::EMPTY; FRAMES],
            store,
            size,
            limit,
            hand: 0,
            pinned: 0,
            statistics: CacheStatistics::default(),
            job: None,
            streams: Streams::default(),
            block: 0,
        };
        let length = u64::from(limit).next_multiple_of(PAGE as u64);
        if length > cache.store.size().into() {
            let (length, size) = (u32::try_from(length).unwrap_or(u32::MAX), cache.store.size());
            return Err(StoreError::OutOfRange { address: 0, length, size });
        }
        cache.reset(size)?;
        Ok(cache)
    }

    /// The size in bytes; addresses are below it.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The most bytes that there may be.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The store, for what has nothing to do with its contents.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// What has been done so far.
    #[must_use]
    pub fn statistics(&self) -> CacheStatistics {
        self.statistics
    }

    /// What has been done since the last time that this was asked.
    pub fn take_statistics(&mut self) -> CacheStatistics {
        core::mem::take(&mut self.statistics)
    }

    /// Makes the memory larger, with zeros at the end; false, and no change, when that would be more than its limit, or less
    /// than it is. It takes no time that depends on the sizes.
    pub fn grow(&mut self, size: u32) -> bool {
        let can_grow = size >= self.size && size <= self.limit;
        if can_grow {
            self.size = size;
        }
        can_grow
    }

    /// Makes it what it was when it was made, with another size if that is wanted: all bytes that there may be are zero, in
    /// the store as well, and nothing is pinned or registered. So the next program can have the memory of the last one.
    ///
    /// # Errors
    /// When the size is above the [limit](Self::limit), and when the store fails.
    pub fn reset(&mut self, size: u32) -> Result<(), StoreError<S::Error>> {
        if size > self.limit {
            return Err(StoreError::OutOfRange { address: 0, length: size, size: self.limit });
        }
        // Until all of it is zero, there is no byte that could be read.
        self.size = 0;
        let finished = self.finish_job();
        self.job = None;
        finished?;
        self.translations = core::array::from_fn(|line| Translation::none(line, PAGE));
        self.states.fill(FrameState::EMPTY);
        self.pinned = 0;
        self.streams = Streams::default();
        let zeros = &mut self.frames.0[0];
        zeros.fill(0);
        for page in 0..self.limit.div_ceil(PAGE as u32) {
            self.store.write(page << Self::SHIFT, zeros)?;
        }
        self.size = size;
        Ok(())
    }

    /// Writes all changed pages back.
    ///
    /// # Errors
    /// When the store fails; the pages that are not written stay marked as changed.
    pub fn flush(&mut self) -> Result<(), StoreError<S::Error>> {
        self.finish_job()?;
        (0..FRAMES).try_for_each(|frame| self.write_back(frame))
    }

    /// Forgets all pages that are not pinned, changed ones with their changes: what another client of the store has
    /// written is seen from now on.
    ///
    /// # Errors
    /// When a transfer on its way fails.
    pub fn invalidate(&mut self) -> Result<(), StoreError<S::Error>> {
        self.finish_job()?;
        for frame in 0..FRAMES {
            if !self.states[frame].is_pinned {
                self.empty(frame);
            }
        }
        Ok(())
    }

    /// Fetches the pages of a run of bytes and keeps them in their frames for good: a fast window onto the memory.
    ///
    /// # Errors
    /// When the run leaves the memory, when no frame would be left for the other pages, and when the store fails. Then what
    /// is pinned is as before.
    pub fn pin(&mut self, address: u32, length: u32) -> Result<(), PinError<S::Error>> {
        let start = self.inside(address.into(), length as usize).map_err(|_: AccessError<S::Error>| {
            let size = self.size;
            PinError::OutOfBounds { address, length, size }
        })?;
        if length == 0 {
            return Ok(());
        }
        let pages =
            (start >> Self::SHIFT)..(u64::from(start) + u64::from(length)).div_ceil(PAGE as u64) as u32;
        let is_pinned = |&page: &u32| self.find(page).is_some_and(|frame| self.states[frame].is_pinned);
        let more = pages.clone().filter(|page| !is_pinned(page)).count();
        let all = self.limit.div_ceil(PAGE as u32) as usize;
        if self.pinned + more > FRAMES || (self.pinned + more == FRAMES && all > FRAMES) {
            return Err(PinError::NoFrame { pages: self.pinned + more, frames: FRAMES });
        }
        let before = self.pins();
        for page in pages {
            match self.resident(page, Intent::Read) {
                Ok(frame) => self.states[frame].is_pinned = true,
                Err(error) => {
                    self.pin_only(before);
                    return Err(PinError::Store(error));
                }
            }
        }
        self.pinned += more;
        Ok(())
    }

    /// Which frames are pinned.
    pub(crate) fn pins(&self) -> [bool; FRAMES] {
        self.states.map(|state| state.is_pinned)
    }

    /// Lets these frames be pinned, which were before, and no others.
    pub(crate) fn pin_only(&mut self, pins: [bool; FRAMES]) {
        for (state, pin) in self.states.iter_mut().zip(pins) {
            state.is_pinned = pin;
        }
        self.pinned = pins.iter().filter(|&&pin| pin).count();
    }

    /// How many frames are not pinned.
    #[must_use]
    pub fn free_frames(&self) -> usize {
        FRAMES - self.pinned
    }

    /// The first address of a run of bytes that lies in the memory.
    pub(crate) fn inside(&self, address: u64, length: usize) -> Result<u32, AccessError<S::Error>> {
        let last = u64::from(self.size).checked_sub(length as u64).ok_or(AccessError::OutOfBounds)?;
        if address > last { Err(AccessError::OutOfBounds) } else { Ok(address as u32) }
    }

    fn line(page: u32) -> usize {
        page as usize & (LINES - 1)
    }

    /// The frame of a page.
    pub(crate) fn find(&self, page: u32) -> Option<usize> {
        let mut frame = self.translations[Self::line(page)].first;
        while frame != NO_FRAME {
            let state = &self.states[usize::from(frame)];
            if state.page == page {
                return Some(frame.into());
            }
            frame = state.next;
        }
        None
    }

    /// The frame of a page, which is fetched if it must be, and marked as the last one used.
    pub(crate) fn resident(&mut self, page: u32, intent: Intent) -> Result<usize, StoreError<S::Error>> {
        self.statistics.lookups += 1;
        let is_on_its_way = self.job.as_ref().is_some_and(|job| job.fetches(page));
        if is_on_its_way {
            self.statistics.misses += 1;
            self.statistics.late += 1;
            self.finish_job()?;
        }
        let frame = match self.find(page) {
            Some(frame) => frame,
            None => {
                self.statistics.misses += 1;
                self.fetch(page, intent)?
            }
        };
        self.mark_used(frame);
        self.translate(page, frame, intent);
        Ok(frame)
    }

    fn mark_used(&mut self, frame: usize) {
        let block = self.block;
        let state = &mut self.states[frame];
        if block.wrapping_sub(state.used) > 1 || state.is_ahead {
            state.entered = block;
            self.streams.has_moved = true;
        }
        state.used = block;
        state.is_referenced = true;
        state.is_ahead = false;
    }

    /// Lets accesses to a page take the short way.
    fn translate(&mut self, page: u32, frame: usize, intent: Intent) {
        let state = &mut self.states[frame];
        state.is_dirty |= intent != Intent::Read;
        let start = (page << Self::SHIFT) as usize;
        // On the short way nobody would see where the memory ends.
        let is_whole = self.size as usize - start >= PAGE;
        let nowhere = nothing(Self::line(page), PAGE);
        let translation = &mut self.translations[Self::line(page)];
        translation.read = if is_whole { start } else { nowhere };
        translation.write = if is_whole && state.is_dirty { start } else { nowhere };
        translation.place = (frame << Self::SHIFT) as u32;
    }

    /// Takes the short way to a page away: for writes only, or for both.
    pub(crate) fn hide(&mut self, page: u32, hides_reads: bool) {
        let nowhere = nothing(Self::line(page), PAGE);
        let translation = &mut self.translations[Self::line(page)];
        // What can be written can be read.
        if translation.read == (page << Self::SHIFT) as usize {
            translation.write = nowhere;
            if hides_reads {
                translation.read = nowhere;
            }
        }
    }

    /// Waits until a page is in a frame.
    fn fetch(&mut self, page: u32, intent: Intent) -> Result<usize, StoreError<S::Error>> {
        let frame = match self.victim(true) {
            Some(frame) => frame,
            // The only frame that may be had takes part in a transfer.
            None => {
                self.finish_job()?;
                let unpinned = || self.states.iter().position(|state| !state.is_pinned);
                let last = unpinned().unwrap_or(0);
                self.victim(true).unwrap_or(last)
            }
        };
        if self.states[frame].is_dirty {
            self.statistics.dirty_misses += 1;
            self.write_back(frame)?;
        }
        self.empty(frame);
        if intent != Intent::Overwrite {
            self.store.read(page << Self::SHIFT, &mut self.frames.0[frame])?;
            self.statistics.bytes_read += PAGE as u64;
        }
        self.fill_with(frame, page);
        Ok(frame)
    }

    /// A frame whose page can go: one that has not been used since the hand went by it. In the background, only a page which
    /// is not in use in this block and was not fetched for later.
    pub(crate) fn victim(&mut self, is_urgent: bool) -> Option<usize> {
        let in_transfer = self.job.as_ref().map(Job::frame);
        for round in 0..4 {
            for _ in 0..FRAMES {
                let frame = self.hand;
                self.hand = if frame + 1 == FRAMES { 0 } else { frame + 1 };
                let state = &mut self.states[frame];
                if state.is_pinned || in_transfer == Some(frame) {
                    continue;
                }
                let page = state.page;
                if page == NO_PAGE {
                    return Some(frame);
                }
                let is_kept = state.is_ahead || self.block.wrapping_sub(state.used) <= 1;
                if (is_kept && !is_urgent) || (state.is_ahead && round < 2) {
                    continue;
                }
                if !core::mem::replace(&mut state.is_referenced, false) {
                    return Some(frame);
                }
                self.hide(page, true);
            }
        }
        None
    }

    /// Writes a page back if it has been changed.
    pub(crate) fn write_back(&mut self, frame: usize) -> Result<(), StoreError<S::Error>> {
        let FrameState { page, is_dirty, .. } = self.states[frame];
        if is_dirty {
            self.store.write(page << Self::SHIFT, &self.frames.0[frame])?;
            self.states[frame].is_dirty = false;
            self.statistics.written_back += 1;
            self.statistics.bytes_written += PAGE as u64;
            self.hide(page, false);
        }
        Ok(())
    }

    /// Takes the page out of a frame.
    pub(crate) fn empty(&mut self, frame: usize) {
        let FrameState { page, next, .. } = self.states[frame];
        if page == NO_PAGE {
            return;
        }
        self.hide(page, true);
        let first = &mut self.translations[Self::line(page)].first;
        if usize::from(*first) == frame {
            *first = next;
        } else {
            let mut before = usize::from(*first);
            while usize::from(self.states[before].next) != frame {
                before = self.states[before].next.into();
            }
            self.states[before].next = next;
        }
        self.states[frame] = FrameState::EMPTY;
    }

    /// Tells that a page is in an empty frame from now on.
    pub(crate) fn fill_with(&mut self, frame: usize, page: u32) {
        let first = &mut self.translations[Self::line(page)].first;
        let next = core::mem::replace(first, frame as u16);
        self.states[frame] = FrameState { page, next, used: self.block.wrapping_sub(2), ..FrameState::EMPTY };
    }
}

/// Why pages cannot be pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinError<E> {
    /// The run of bytes leaves the memory.
    OutOfBounds {
        /// Its first byte.
        address: u32,
        /// How many bytes it has.
        length: u32,
        /// How many bytes the memory has.
        size: u32,
    },
    /// No frame would be left for the other pages.
    NoFrame {
        /// How many pages would be pinned.
        pages: usize,
        /// How many frames there are.
        frames: usize,
    },
    /// The store has failed.
    Store(StoreError<E>),
}

impl<E: core::fmt::Debug> core::fmt::Display for PinError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfBounds { address, length, size } => {
                write!(f, "{length} B at {address} cannot be pinned in a memory of {size} B")
            }
            Self::NoFrame { pages, frames } => {
                write!(
                    f,
                    "{pages} pages cannot be pinned: of {frames} frames, one must be left for the other pages"
                )
            }
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl<E: core::fmt::Debug> core::error::Error for PinError<E> {}
