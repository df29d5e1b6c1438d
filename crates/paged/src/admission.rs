//! Whether a bus can carry the streams, said before playing.

use crate::bus_timing::BusTiming;
use crate::streams::Stream;
use core::fmt;

/// What streams have of a bus and of a cache. Times are in picoseconds.
///
/// Each head that comes to a page wants another one, some pages ahead, and has time for that until it reaches it: a
/// job with a deadline. The background does the most urgent job first, and a page at a time. So the test is that of
/// non-preemptive scheduling by earliest deadline (Jeffay, Stanat and Martel, "On Non-Preemptive Scheduling of Periodic
/// and Sporadic Tasks", RTSS 1991), with blocks of audio as the unit of time: what must be done within any number of blocks,
/// and the longest job that is just being done, must fit into them. It holds however the heads lie to each other.
///
/// ```
/// use sostenuto_paged::{Admission, BusTiming, Head, Lanes, PsramChip};
///
/// let bus = BusTiming::of_psram(&PsramChip::LY68L6400, 80_000_000, Lanes::One).unwrap();
/// // Blocks of 64 sample frames at 48 kHz, of which the processor works for a half; pages of 512 B.
/// let admission = Admission::new(&bus, 512, 56, 1_333_333_333, 666_666_666);
/// // A stereo delay line: a head that writes, and two that read, a little faster when they are modulated.
/// let heads = [Head::writing(512), Head::reading(520), Head::reading(520)];
/// let headroom = admission.test(&heads).unwrap();
/// assert!(headroom.bus_percent() > 60);
/// assert!(admission.test(&[Head::reading(512); 13]).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    page: u32,
    frames: u32,
    read: u64,
    write: u64,
    period: u64,
    /// The time of a block in which the background can work.
    free: u64,
}

/// A head that moves through paged memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// By how many bytes it moves in a block, at most.
    pub bytes_per_block: u32,
    /// Whether it changes what it comes to.
    pub writes: bool,
}

impl Head {
    /// A head that reads.
    #[must_use]
    pub const fn reading(bytes_per_block: u32) -> Self {
        Self { bytes_per_block, writes: false }
    }

    /// A head that writes.
    #[must_use]
    pub const fn writing(bytes_per_block: u32) -> Self {
        Self { bytes_per_block, writes: true }
    }
}

/// What is left when all heads are served in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headroom {
    /// The time of a block that the heads take on average, in picoseconds.
    pub used: u64,
    /// The time of a block in which the background can work, in picoseconds.
    pub free: u64,
    /// The frames that the heads do not need.
    pub frames: u32,
}

impl Headroom {
    /// The part of the time for the background that is left, in percent.
    #[must_use]
    pub const fn bus_percent(&self) -> u32 {
        if self.free == 0 {
            0
        } else {
            (self.free.saturating_sub(self.used) as u128 * 100 / self.free as u128) as u32
        }
    }
}

/// Why not all heads can be served in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A head does not move.
    Still,
    /// A head moves by more pages in a block than is reckoned with.
    Fast {
        /// By how many bytes it moves in a block.
        bytes_per_block: u32,
        /// The most bytes.
        most: u32,
    },
    /// They need more of the bus than there is.
    Bus {
        /// What must be done within so many blocks, in picoseconds.
        needs: u64,
        /// What there is time for within so many blocks, in picoseconds.
        has: u64,
        /// The number of blocks.
        blocks: u32,
    },
    /// They need more frames than there are.
    Frames {
        /// How many they need.
        needs: u32,
        /// How many there are.
        has: u32,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let microseconds = |picoseconds: u64| picoseconds.div_ceil(1_000_000);
        match *self {
            Self::Still => f.write_str("a head moves by 0 B in a block"),
            Self::Fast { bytes_per_block, most } => {
                write!(f, "a head moves by {bytes_per_block} B in a block, which must be at most {most} B")
            }
            Self::Bus { needs, has, blocks } => {
                let (needs, has) = (microseconds(needs), microseconds(has));
                write!(
                    f,
                    "the heads need {needs} µs of the bus in {blocks} blocks, which have {has} µs for it"
                )
            }
            Self::Frames { needs, has } => write!(f, "the heads need {needs} frames, there are {has}"),
        }
    }
}

impl core::error::Error for Refusal {}

/// Parts of a block.
const PARTS: u64 = 256;

/// The most pages that a head passes in a block: with more, a part of a block would be too long a time.
const MOST_PAGES: u32 = 64;

/// What a head wants of the background.
struct Task {
    /// The time of one job on the bus.
    cost: u64,
    /// From one job to the next, in parts of a block.
    period: u64,
    /// From the wish to the deadline, in whole blocks.
    deadline: u64,
    /// The frames that are kept for the head.
    frames: u64,
}

impl Admission {
    /// With pages of so many bytes (at most 65,536, as in a cache) and `frames` of them for streams, blocks of `period`, and a processor that works for
    /// `worked` of each block.
    #[must_use]
    pub fn new(bus: &BusTiming, page: u32, frames: u32, period: u64, worked: u64) -> Self {
        let page = page.clamp(1, 1 << 16);
        let (read, write) = (bus.read_time(page), bus.write_time(page));
        // A burst that ends in the next block has begun in this one.
        let free = period.saturating_sub(worked).saturating_sub(bus.longest_burst());
        Self { page, frames, read, write, period, free }
    }

    /// Whether all heads find each page in memory when they come to it.
    ///
    /// That is promised from when the background is as far ahead as it wants to be: at first, all heads wait for the pages
    /// that they begin in. With little headroom, this takes some hundred blocks.
    ///
    /// # Errors
    /// When it cannot be promised.
    pub fn test(&self, heads: &[Head]) -> Result<Headroom, Refusal> {
        if heads.iter().any(|head| head.bytes_per_block == 0) {
            return Err(Refusal::Still);
        }
        let most = MOST_PAGES * self.page;
        if let Some(&Head { bytes_per_block, .. }) = heads.iter().find(|head| head.bytes_per_block > most) {
            return Err(Refusal::Fast { bytes_per_block, most });
        }
        let tasks = || heads.iter().map(|head| self.task(head));
        // One more is on its way.
        let needs = tasks().map(|task| task.frames).sum::<u64>() + 1;
        if needs > self.frames.into() {
            return Err(Refusal::Frames {
                needs: u32::try_from(needs).unwrap_or(u32::MAX),
                has: self.frames,
            });
        }
        let used = tasks().map(|task| task.cost.saturating_mul(PARTS).div_ceil(task.period));
        let used = used.fold(0, u64::saturating_add);
        if used > self.free {
            return Err(Refusal::Bus { needs: used, has: self.free, blocks: 1 });
        }
        // From the latest deadline on, the average is all that matters: each is at least a period and a block.
        let latest = tasks().map(|task| task.deadline).max().unwrap_or(0);
        for blocks in 1..=latest {
            let due = tasks().map(|task| task.due_within(blocks).saturating_mul(task.cost));
            let due = due.fold(0, u64::saturating_add);
            let page = self.read.max(self.write);
            let blocking = if tasks().any(|task| task.deadline > blocks) { page } else { 0 };
            let (needs, has) = (due.saturating_add(blocking), self.free.saturating_mul(blocks));
            if due > 0 && needs > has {
                let blocks = u32::try_from(blocks).unwrap_or(u32::MAX);
                return Err(Refusal::Bus { needs, has, blocks });
            }
        }
        Ok(Headroom { used, free: self.free, frames: self.frames - needs as u32 })
    }

    /// How long a block lasts, in picoseconds.
    #[must_use]
    pub const fn period(&self) -> u64 {
        self.period
    }

    fn task(&self, head: &Head) -> Task {
        let (page, bytes) = (u64::from(self.page), u64::from(head.bytes_per_block));
        let stream = Stream { address: 0, length: 0, bytes_per_block: head.bytes_per_block };
        let ahead = u64::from(stream.pages_ahead(self.page));
        let period = (PARTS * page / bytes).max(1);
        // Those used in this block and the one before.
        let in_use = (2 * bytes).div_ceil(page) + 1;
        let written_back = if head.writes { ahead + 1 } else { 0 };
        Task {
            cost: self.read.saturating_add(if head.writes { self.write } else { 0 }),
            period,
            deadline: ahead * period / PARTS,
            frames: ahead + in_use + written_back,
        }
    }
}

impl Task {
    /// How many jobs can both be wished for and be due within so many blocks. A wish is noticed at the end of its block.
    fn due_within(&self, blocks: u64) -> u64 {
        blocks.checked_sub(self.deadline).map_or(0, |rest| ((rest + 1) * PARTS).div_ceil(self.period))
    }
}
