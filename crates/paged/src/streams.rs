//! Heads that move through the memory, and the pages that they will need.

use crate::cache::{PageCache, PinError};
use crate::frame::NO_PAGE;
use crate::job::Job;
use crate::store::{BackingStore, StoreError, fits};

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
    /// How many pages are fetched before a head reaches them: those of two blocks and one more. So there are always two
    /// blocks for a fetch, and a page more often than on average in one of them does no harm.
    #[must_use]
    pub const fn pages_ahead(&self, page: u32) -> u32 {
        let page = if page == 0 { 1 } else { page };
        let pages = (self.bytes_per_block as u64 * 2).div_ceil(page as u64) + 1;
        if pages > u32::MAX as u64 { u32::MAX } else { pages as u32 }
    }
}

/// The streams that are registered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Streams {
    list: [Option<Stream>; MOST_STREAMS],
    /// Whether nothing more is begun in this block, because the store has failed.
    pub(crate) is_resting: bool,
    /// Whether a head has come to a page, or a block has begun, since the last look ahead.
    pub(crate) has_moved: bool,
}

/// How a head goes on from a page.
#[derive(Debug, Clone, Copy)]
struct Course {
    /// The pages that it goes through in a circle.
    first: u32,
    pages: u32,
    /// Its place in the circle: that of its page, or of the last one before it.
    place: u32,
    /// Whether it is between the last page of the circle and the first, in pages which are pinned.
    is_between: bool,
    ahead: u32,
    /// In 1/256 of a block.
    time_for_page: u64,
}

impl Course {
    /// The page which comes so many pages after this one.
    fn after(&self, distance: u32) -> u32 {
        self.first + (self.place + distance) % self.pages
    }

    /// The first block in which a head can reach that page, if it came to this one in block `entered`.
    fn deadline(&self, entered: u32, distance: u32) -> u32 {
        let distance = distance - u32::from(self.is_between);
        entered.wrapping_add((self.time_for_page * u64::from(distance) / 256) as u32)
    }
}

impl Stream {
    /// The pages that lie in it as a whole, and all that it has bytes in.
    fn pages(&self, page: u32) -> (core::ops::Range<u32>, core::ops::RangeInclusive<u32>) {
        let last = self.address + (self.length - 1);
        (
            self.address.div_ceil(page)..((u64::from(last) + 1) / u64::from(page)) as u32,
            self.address / page..=last / page,
        )
    }

    /// How a head goes on from a page of it.
    fn course(&self, page: u32, page_bytes: u32, frames: u32) -> Option<Course> {
        let (whole, all) = self.pages(page_bytes);
        if !all.contains(&page) || whole.is_empty() {
            return None;
        }
        let is_between = !whole.contains(&page);
        let pages = whole.end - whole.start;
        Some(Course {
            first: whole.start,
            pages,
            place: if is_between { pages - 1 } else { page - whole.start },
            is_between,
            ahead: self.pages_ahead(page_bytes).min(frames).min(pages - u32::from(!is_between)),
            time_for_page: 256 * u64::from(page_bytes) / u64::from(self.bytes_per_block),
        })
    }
}

/// A page that was changed and has no known future is written back before this many blocks have gone by.
const PATIENT: u32 = 64;

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PageCache<S, PAGE, FRAMES, LINES>
{
    /// Tells how heads move through a run of bytes, so that the pages which they come to can be fetched in time.
    ///
    /// The page at its start and the one at its end are [pinned](Self::pin) if they are in it by a part only: they would be
    /// left too soon. So a run that begins and ends with a page needs fewer frames.
    ///
    /// A head that moves from page to page in the order of their addresses is noticed without this, but only when it has
    /// waited for a page or two, and again at the end of its circle.
    ///
    /// # Errors
    /// When the run is empty, leaves the memory, or does not move, when [`MOST_STREAMS`] are registered already, and when
    /// its ends cannot be pinned.
    pub fn register(&mut self, stream: Stream) -> Result<(), StreamError<S::Error>> {
        let Stream { address, length, bytes_per_block } = stream;
        let size = self.size();
        if length == 0 || !fits(size, address, length) {
            return Err(StreamError::OutOfBounds { address, length, size });
        }
        if bytes_per_block == 0 {
            return Err(StreamError::Still { address });
        }
        let free =
            self.streams.list.iter().position(|stream| stream.is_none()).ok_or(StreamError::TooMany)?;
        let (whole, all) = stream.pages(PAGE as u32);
        let before = self.pins();
        for page in [*all.start(), *all.end()] {
            let start = page << Self::SHIFT;
            let length = if whole.contains(&page) { 0 } else { (size - start).min(PAGE as u32) };
            if let Err(error) = self.pin(start, length) {
                self.pin_only(before);
                return Err(StreamError::Pin(error));
            }
        }
        self.streams.list[free] = Some(stream);
        Ok(())
    }

    /// Begins the next block: the pages that were used in the one before, and those that come after them, are what the
    /// background cares for.
    pub fn begin_block(&mut self) {
        self.block = self.block.wrapping_add(1);
        self.streams.is_resting = false;
        self.streams.has_moved = true;
        for frame in 0..FRAMES {
            let state = self.states[frame];
            if state.page != NO_PAGE && self.block.wrapping_sub(state.used) == 1 {
                // To see whether it is used in this block, too.
                self.hide(state.page, true);
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
        if core::mem::take(&mut self.streams.has_moved) {
            self.look_ahead();
        }
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

    /// Finds out which of the pages in memory a head will soon come to: those are kept.
    fn look_ahead(&mut self) {
        let mut is_ahead = [false; FRAMES];
        for frame in (0..FRAMES).filter(|&frame| self.states[frame].page != NO_PAGE && self.is_in_use(frame))
        {
            for course in self.courses(frame) {
                let pages = (1..=course.ahead).map(|distance| course.after(distance));
                for next in pages.filter_map(|page| self.find(page)) {
                    is_ahead[next] = !self.is_in_use(next);
                }
            }
        }
        for (state, is_ahead) in self.states.iter_mut().zip(is_ahead) {
            state.is_ahead = is_ahead;
        }
    }

    /// How the heads that use the page in a frame go on, as far as that is known.
    fn courses(&self, frame: usize) -> impl Iterator<Item = Course> {
        let page = self.states[frame].page;
        let registered = self
            .streams
            .list
            .iter()
            .flatten()
            .filter_map(move |stream| stream.course(page, PAGE as u32, FRAMES as u32));
        let is_registered = registered.clone().next().is_some();
        let noticed = if is_registered { None } else { self.noticed(frame) };
        registered.chain(noticed)
    }

    /// How a head goes on that has come from the page before, if one has.
    fn noticed(&self, frame: usize) -> Option<Course> {
        let state = self.states[frame];
        let before = self.find(state.page.checked_sub(1)?)?;
        let blocks = state.entered.wrapping_sub(self.states[before].entered);
        let has_come_from_there = state.entered.wrapping_sub(self.states[before].used) <= 1;
        if !has_come_from_there || blocks == 0 || blocks > PATIENT {
            return None;
        }
        let pages = self.size().div_ceil(PAGE as u32);
        Some(Course {
            first: 0,
            pages,
            place: state.page,
            is_between: false,
            ahead: 2.min(pages - 1 - state.page),
            // It may have been at the end of a block that it came to the page before, and at the start of one to this.
            time_for_page: 256 * u64::from(blocks - 1),
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
            if self.is_in_use(frame) {
                for course in self.courses(frame) {
                    let missing =
                        (1..=course.ahead).find(|&distance| self.find(course.after(distance)).is_none());
                    let Some(distance) = missing else { continue };
                    let time =
                        course.deadline(state.entered, distance).wrapping_sub(self.block).cast_signed();
                    if sooner(fetch, time) {
                        *fetch = Some((time, course.after(distance)));
                    }
                }
            } else if state.is_dirty && !state.is_pinned {
                let deadline =
                    |course: Course| course.deadline(state.used.wrapping_add(1), course.ahead.max(1));
                let time_to = |deadline: u32| deadline.wrapping_sub(self.block).cast_signed();
                let known = self.courses(frame).map(deadline).map(time_to).min();
                let time = known.unwrap_or_else(|| time_to(state.used.wrapping_add(PATIENT)));
                if sooner(clean, time) {
                    *clean = Some((time, frame as u32));
                }
            }
        }
        let [fetch, clean] = jobs;
        let is_sooner = |time: i32| clean.is_none_or(|(other, _)| time <= other);
        let page = fetch.filter(|&(time, _)| is_sooner(time)).map(|(_, page)| page);
        if let Some((page, victim)) = page.and_then(|page| Some((page, self.victim(false)?))) {
            if self.states[victim].is_dirty {
                return Some(self.begin_write_back(victim));
            }
            self.empty(victim);
            return Some(Job::fetch(page, victim, page << Self::SHIFT, PAGE as u32));
        }
        clean.map(|(_, frame)| self.begin_write_back(frame as usize))
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
pub enum StreamError<E> {
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
    /// The pages at its ends cannot be pinned.
    Pin(PinError<E>),
}

impl<E: core::fmt::Debug> core::fmt::Display for StreamError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfBounds { address, length, size } => {
                write!(f, "a stream of {length} B at {address} does not lie in a memory of {size} B")
            }
            Self::Still { address } => {
                write!(f, "the heads of the stream at {address} move by 0 B in a block")
            }
            Self::TooMany => write!(f, "there are {MOST_STREAMS} streams already"),
            Self::Pin(error) => write!(f, "{error}"),
        }
    }
}

impl<E: core::fmt::Debug> core::error::Error for StreamError<E> {}
