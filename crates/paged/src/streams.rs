//! Heads that move through the memory, and the pages that they will need.

use crate::cache::PageCache;
use crate::frame::NO_PAGE;
use crate::job::Job;
use crate::store::{BackingStore, StoreError};

/// The most runs of bytes that can be registered.
pub const MOST_STREAMS: usize = 16;

/// A run of bytes that one head or more move through from its start to its end, and again from its start: a delay line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Its first byte.
    pub address: u32,
    /// How many bytes it has.
    pub length: u32,
    /// By how many bytes the fastest of the heads moves in a block.
    pub bytes_per_block: u32,
}

impl Stream {
    /// How many pages are fetched before a head reaches them.
    #[must_use]
    pub const fn pages_ahead(&self, page: u32) -> u32 {
        self.bytes_per_block.div_ceil(page) + 1
    }
}

/// The streams that are registered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Streams {
    list: [Option<Stream>; MOST_STREAMS],
    /// Whether nothing more is begun in this block, because the store has failed.
    pub(crate) is_resting: bool,
}

/// How a head goes on from a page.
#[derive(Debug, Clone, Copy)]
struct Course {
    first: u32,
    /// The number of pages in the circle.
    pages: u32,
    ahead: u32,
    /// In 1/256 of a block.
    time_for_page: u64,
}

impl Course {
    /// The page which comes so many pages after this one.
    fn after(&self, page: u32, distance: u32) -> u32 {
        self.first + (page - self.first + distance) % self.pages
    }

    /// The first block in which a head can reach that page, if it came to this one in block `entered`.
    fn deadline(&self, entered: u32, distance: u32) -> u32 {
        entered.wrapping_add((self.time_for_page * u64::from(distance) / 256) as u32)
    }
}

/// A page that was changed and has no known future is written back before this many blocks have gone by.
const PATIENT: u32 = 64;

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PageCache<S, PAGE, FRAMES, LINES>
{
    /// Tells how heads move through a run of bytes, so that the pages which they come to can be fetched in time.
    ///
    /// A head that moves from page to page in the order of their addresses is noticed without this, but only when it has
    /// waited for a page or two, and again at the end of its circle.
    ///
    /// # Errors
    /// When the run is empty, leaves the memory, or does not move, and when [`MOST_STREAMS`] are registered already.
    pub fn register(&mut self, stream: Stream) -> Result<(), StreamError> {
        let Stream { address, length, bytes_per_block } = stream;
        let size = self.size();
        if length == 0 || size.checked_sub(length).is_none_or(|last| address > last) {
            return Err(StreamError::OutOfBounds { address, length, size });
        }
        if bytes_per_block == 0 {
            return Err(StreamError::Still { address });
        }
        let free = self.streams.list.iter_mut().find(|stream| stream.is_none());
        *free.ok_or(StreamError::TooMany)? = Some(stream);
        Ok(())
    }

    /// Begins the next block: the pages that were used in the one before, and those that come after them, are what the
    /// background cares for.
    pub fn begin_block(&mut self) {
        self.block = self.block.wrapping_add(1);
        self.streams.is_resting = false;
        for frame in 0..FRAMES {
            let state = self.states[frame];
            if state.page == NO_PAGE || state.is_pinned {
                continue;
            }
            if self.block.wrapping_sub(state.used) == 1 {
                // To see whether it is used in this block, too.
                self.hide(state.page, true);
            }
            if state.is_ahead && !self.is_awaited(state.page) {
                self.states[frame].is_ahead = false;
            }
        }
    }

    /// Goes on with what the background has to do, by one burst at most; false when there is nothing to do.
    ///
    /// To be called whenever there is time: between two blocks, or at the end of a transfer by DMA.
    ///
    /// # Errors
    /// When the store fails. Then nothing more is begun until the next block.
    pub fn work(&mut self) -> Result<bool, StoreError<S::Error>> {
        if self.job.is_none() && !self.streams.is_resting {
            self.job = self.next_job();
        }
        if self.job.is_none() {
            return Ok(false);
        }
        self.poll_job().inspect_err(|_| self.streams.is_resting = true)?;
        Ok(true)
    }

    fn is_in_use(&self, frame: usize) -> bool {
        self.block.wrapping_sub(self.states[frame].used) <= 1
    }

    /// Whether a head will soon come to a page.
    fn is_awaited(&self, page: u32) -> bool {
        (0..FRAMES).any(|frame| {
            let is_in_use = self.states[frame].page != NO_PAGE && self.is_in_use(frame);
            let course = if is_in_use { self.course(frame) } else { None };
            course.is_some_and(|course| {
                (1..=course.ahead).any(|distance| course.after(self.states[frame].page, distance) == page)
            })
        })
    }

    /// How the head that uses the page in a frame goes on, as far as that is known.
    fn course(&self, frame: usize) -> Option<Course> {
        let state = self.states[frame];
        let page = state.page;
        let registered = self.streams.list.iter().flatten().find_map(|stream| {
            let first = stream.address >> Self::SHIFT;
            let last = (stream.address + (stream.length - 1)) >> Self::SHIFT;
            let time_for_page = 256 * PAGE as u64 / u64::from(stream.bytes_per_block);
            let ahead = stream.pages_ahead(PAGE as u32).min(last - first);
            (first..=last).contains(&page).then_some(Course {
                first,
                pages: last - first + 1,
                ahead,
                time_for_page,
            })
        });
        registered.or_else(|| {
            let before = self.find(page.checked_sub(1)?)?;
            let blocks = state.entered.wrapping_sub(self.states[before].entered);
            let has_come_from_there = state.entered.wrapping_sub(self.states[before].used) <= 1;
            if !has_come_from_there || blocks == 0 || blocks > PATIENT {
                return None;
            }
            let pages = self.size().div_ceil(PAGE as u32);
            // It may have been at the end of a block that it came to the page before, and at the start of one to this.
            let time_for_page = 256 * u64::from(blocks.saturating_sub(1));
            Some(Course { first: 0, pages, ahead: 2.min(pages - 1 - page), time_for_page })
        })
    }

    /// What is most urgent of what the background can do.
    fn next_job(&mut self) -> Option<Job> {
        let mut jobs = [None, None];
        let [fetch, clean] = &mut jobs;
        let sooner = |best: &Option<(i32, u32)>, time: i32| best.is_none_or(|(least, _)| time < least);
        for frame in 0..FRAMES {
            let state = self.states[frame];
            if state.page == NO_PAGE {
                continue;
            }
            let course = self.course(frame);
            if self.is_in_use(frame) {
                let Some(course) = course else { continue };
                let missing = (1..=course.ahead)
                    .find(|&distance| self.find(course.after(state.page, distance)).is_none());
                let Some(distance) = missing else { continue };
                let time = course.deadline(state.entered, distance).wrapping_sub(self.block).cast_signed();
                if sooner(fetch, time) {
                    *fetch = Some((time, course.after(state.page, distance)));
                }
            } else if state.is_dirty && !state.is_pinned {
                let distance = |course: Course| course.deadline(state.used.wrapping_add(1), course.ahead);
                let deadline = course.map_or(state.used.wrapping_add(PATIENT), distance);
                let time = deadline.wrapping_sub(self.block).cast_signed();
                if sooner(clean, time) {
                    *clean = Some((time, frame as u32));
                }
            }
        }
        let clean_job = |cache: &mut Self, frame: usize| Some(cache.begin_write_back(frame));
        match jobs {
            [Some((time, page)), clean] if clean.is_none_or(|(other, _)| time <= other) => {
                let victim = self.victim(false)?;
                if self.states[victim].is_dirty {
                    return clean_job(self, victim);
                }
                self.empty(victim);
                Some(Job::fetch(page, victim, page << Self::SHIFT, PAGE as u32))
            }
            [_, Some((_, frame))] => clean_job(self, frame as usize),
            _ => None,
        }
    }

    /// From here on, a write to the page makes it a changed one again.
    fn begin_write_back(&mut self, frame: usize) -> Job {
        let page = self.states[frame].page;
        self.states[frame].is_dirty = false;
        self.hide(page, false);
        Job::write_back(page, frame, page << Self::SHIFT, PAGE as u32)
    }
}

/// Why a stream cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError {
    /// The run of bytes is empty or leaves the memory.
    OutOfBounds {
        /// Its first byte.
        address: u32,
        /// How many bytes it has.
        length: u32,
        /// How many bytes the memory has.
        size: u32,
    },
    /// The heads do not move.
    Still {
        /// The first byte of the run.
        address: u32,
    },
    /// There are [`MOST_STREAMS`] already.
    TooMany,
}

impl core::fmt::Display for StreamError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfBounds { address, length, size } => {
                write!(f, "a stream of {length} B at {address} does not lie in a memory of {size} B")
            }
            Self::Still { address } => {
                write!(f, "the heads of the stream at {address} move by 0 B in a block")
            }
            Self::TooMany => write!(f, "there are {MOST_STREAMS} streams already"),
        }
    }
}

impl core::error::Error for StreamError {}
