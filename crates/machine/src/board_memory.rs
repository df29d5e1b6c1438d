//! Linear memory as a board has it, block by block.

use sostenuto_board::profile::Measured;
use sostenuto_board::storage::{Kind, Storage};
use sostenuto_paged::{CacheStatistics, MOST_STREAMS, PageCache, SliceStore, StoreError, Stream, TimedStore};
use sostenuto_vm::{FlatMemory, LinearMemory, MemoryError, PagedMemory};

use crate::paged_report::{BlockTally, PagedReport, Waiting, microseconds};
use crate::paging::{FRAMES, LINES, PAGE, Paging};
use crate::settings::Settings;
use crate::window::Window;

/// Memory that is told where blocks of samples begin and end: what lies behind a bus is fetched and written back between
/// them.
pub trait BlockMemory: LinearMemory {
    /// A block begins. By default, nothing is done.
    fn begin_block(&mut self) {}

    /// A block ends, in which the patch has done so many instructions. By default, nothing is done.
    fn end_block(&mut self, _instructions: u64) {}

    /// What paging has done, if the memory is paged.
    fn paged(&self) -> Option<PagedReport> {
        None
    }

    /// What comes after this is not counted. By default, nothing is.
    fn stop_counting(&mut self) {}

    /// The traffic of each storage in so many samples, if it was counted.
    fn measured(&self, _samples: u64) -> Option<Vec<Measured>> {
        None
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> BlockMemory for FlatMemory<B> {}

type Memory = PagedMemory<TimedStore<SliceStore<Vec<u8>>>, PAGE, FRAMES, LINES>;

/// The paged memory of a board: the very page cache that a device runs, over a model of its bus. A program gets the same
/// results as over flat memory.
///
/// The store is modelled in the memory of this computer, and its time is virtual.
#[derive(Debug)]
pub struct BoardMemory {
    memory: Box<Memory>,
    paging: Paging,
    window: Window,
    accesses: Accesses,
    streams: Streams,
    beat: Beat,
    /// The time that the bus was waited for before the first block.
    start_wait: u64,
    /// When the first block began; `None` before.
    first_block: Option<u64>,
    /// When the present block began.
    block_start: u64,
    waiting: Waiting,
}

/// Counts of pages that were accessed, the short way or not.
#[derive(Debug, Clone, Copy, Default)]
struct Accesses {
    in_window: u64,
    beyond: u64,
}

/// How many delay storages are foreseen, and how many not.
#[derive(Debug, Clone, Copy, Default)]
struct Streams {
    registered: usize,
    unregistered: usize,
}

/// Times in picoseconds, and the length of the run that is told apart in blocks.
#[derive(Debug, Clone, Copy)]
struct Beat {
    block: u64,
    period: u64,
    instruction: f64,
    first_second: u64,
}

impl Beat {
    fn new(settings: &Settings) -> Beat {
        let block = settings.block();
        let rate = u64::from(settings.clock().max(1));
        let instruction = settings.processor.map_or(0.0, |processor| {
            processor.cycles_per_instruction / processor.clock_hz * PICOSECONDS as f64
        });
        Beat {
            block,
            period: (u128::from(block) * u128::from(PICOSECONDS) / u128::from(rate)) as u64,
            instruction,
            first_second: rate.div_ceil(block),
        }
    }
}

const PICOSECONDS: u64 = 1_000_000_000_000;

/// A line that has fewer pages needs no foresight: it stays.
const SHORTEST_STREAM: u32 = 3 * PAGE as u32;

/// By how many bytes a head moves in a sample: a stereo sample frame of 32-bit words.
const BYTES_A_SAMPLE: u64 = 8;

impl BoardMemory {
    /// Memory of so many bytes, all zero, with the pages of the window pinned and the delay storages registered as streams, as many as
    /// there is room for.
    ///
    /// # Errors
    /// When the board has fewer bytes.
    pub fn new(
        bytes: u64,
        storages: &[Storage],
        paging: &Paging,
        settings: &Settings,
    ) -> Result<BoardMemory, StoreTooSmall> {
        let small = || StoreTooSmall { store: paging.store.clone(), bytes, holds: paging.store_bytes };
        let size = u32::try_from(bytes).ok().filter(|_| bytes <= paging.store_bytes).ok_or_else(small)?;
        let store = SliceStore::new(vec![0; bytes.next_multiple_of(PAGE as u64) as usize]);
        // The store is large enough, so nothing fails.
        let cache = PageCache::new(TimedStore::new(store, paging.bus), size, size).map_err(|_| small())?;
        let mut memory = Box::new(PagedMemory::new(cache));
        for pins in &paging.pins {
            let length = pins.bytes.min(size.saturating_sub(pins.address));
            memory.cache_mut().pin(pins.address.min(size), length).map_err(|_| small())?;
        }
        let window = Window::new(&paging.pins, size);
        let beat = Beat::new(settings);
        let streams = register(memory.cache_mut(), storages, &window, beat.block);
        let mut board_memory = BoardMemory {
            memory,
            paging: paging.clone(),
            window,
            accesses: Accesses::default(),
            streams,
            beat,
            start_wait: 0,
            first_block: None,
            block_start: 0,
            waiting: Waiting::default(),
        };
        board_memory.forget();
        Ok(board_memory)
    }

    /// Begins to count anew.
    fn forget(&mut self) {
        self.accesses = Accesses::default();
        self.memory.cache_mut().take_statistics();
        self.memory.cache_mut().store_mut().take_statistics();
    }

    /// Counts the pages of a run.
    #[inline(always)]
    fn count(&mut self, address: u64, length: u64) {
        let (first, last) = (address / PAGE as u64, (address + length.max(1) - 1) / PAGE as u64);
        for page in first..=last {
            match self.window.holds(page) {
                true => self.accesses.in_window += 1,
                false => self.accesses.beyond += 1,
            }
        }
    }
}

/// The board has less memory than a patch asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the patch asks for {bytes} B of linear memory; `{store}` holds {holds} B")]
pub struct StoreTooSmall {
    /// The region.
    pub store: String,
    /// What is asked for.
    pub bytes: u64,
    /// What there is.
    pub holds: u64,
}

/// Registers the delay storages that are not in the window, the longest first.
fn register(
    cache: &mut PageCache<TimedStore<SliceStore<Vec<u8>>>, PAGE, FRAMES, LINES>,
    storages: &[Storage],
    window: &Window,
    block: u64,
) -> Streams {
    // The pages of the window are always there: what must be foreseen is the first one after them.
    let beyond = |storage: &Storage| {
        let start = storage.address?;
        let end = u64::from(start) + u64::from(storage.bytes);
        let address = window.leave(start);
        Some((address, end.saturating_sub(address.into()) as u32))
    };
    let lines = storages.iter().filter(|storage| storage.kind == Kind::Delay);
    let mut lines: Vec<(u32, (u32, u32))> = lines.filter_map(|it| Some((it.bytes, beyond(it)?))).collect();
    lines.retain(|(_, (_, length))| *length >= SHORTEST_STREAM);
    lines.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    let bytes_per_block = u32::try_from(block * BYTES_A_SAMPLE).unwrap_or(u32::MAX);
    let mut streams = Streams::default();
    // Pinned ends must leave frames for what moves.
    let enough = cache.free_frames() / 2;
    for (_, (address, length)) in lines {
        let stream = Stream { address, length, bytes_per_block };
        let has_room = streams.registered < MOST_STREAMS && cache.free_frames() > enough;
        match has_room && cache.register(stream).is_ok() {
            true => streams.registered += 1,
            false => streams.unregistered += 1,
        }
    }
    streams
}

impl BlockMemory for BoardMemory {
    fn begin_block(&mut self) {
        let now = self.memory.cache().store().now();
        if self.first_block.is_none() {
            self.start_wait = self.memory.cache().store().statistics().waited;
            self.forget();
            self.first_block = Some(now);
        }
        self.block_start = now;
        self.memory.cache_mut().begin_block();
    }

    fn end_block(&mut self, instructions: u64) {
        let worked = (instructions as f64 * self.beat.instruction) as u64;
        let ended: Result<_, StoreError<_>> =
            self.memory.cache_mut().end_block(self.block_start, worked, self.beat.period);
        // Bytes of this computer do not fail.
        let Ok(time) = ended else { return };
        self.waiting.record(time, self.beat.first_second);
    }

    fn paged(&self) -> Option<PagedReport> {
        let cache = self.memory.cache();
        let CacheStatistics {
            misses,
            dirty_misses,
            late,
            fetched_ahead,
            written_back,
            bytes_read,
            bytes_written,
            ..
        } = cache.statistics();
        let beyond = self.accesses.beyond;
        let percent = |part: u64, whole: u64, none: f64| match whole {
            0 => none,
            whole => part as f64 / whole as f64 * 100.0,
        };
        let elapsed = self.first_block.map_or(0, |first| cache.store().now() - first);
        let tally = |tally: BlockTally| tally.figures();
        Some(PagedReport {
            store: self.paging.store.clone(),
            clock_hz: self.paging.bus.clock_hz,
            lanes: self.paging.lanes,
            window: self.window.bytes(),
            page: PAGE as u32,
            frames: FRAMES as u32,
            streams: self.streams.registered,
            unregistered_streams: self.streams.unregistered,
            accesses: self.accesses.in_window + beyond,
            accesses_in_window: self.accesses.in_window,
            misses,
            misses_with_write: dirty_misses,
            misses_on_the_way: late,
            hit_percent: percent(beyond.saturating_sub(misses), beyond, 100.0),
            fetched_ahead,
            written_back,
            bytes_read,
            bytes_written,
            bus_percent: percent(cache.store().statistics().busy, elapsed, 0.0),
            start_wait_us: microseconds(self.start_wait),
            block: self.beat.block,
            period_us: microseconds(self.beat.period),
            first_second: tally(self.waiting.first),
            after: tally(self.waiting.after),
            overworked: self.waiting.overworked,
            first_late: self.waiting.first_late,
        })
    }
}

impl LinearMemory for BoardMemory {
    fn size(&self) -> u32 {
        self.memory.size()
    }

    #[inline(always)]
    fn peek<const N: usize>(&mut self, address: u64) -> Option<[u8; N]> {
        let bytes = self.memory.peek(address);
        if bytes.is_some() {
            self.count(address, 1);
        }
        bytes
    }

    #[inline(always)]
    fn poke<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        let is_done = self.memory.poke(address, bytes);
        if is_done {
            self.count(address, 1);
        }
        is_done
    }

    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        let bytes = self.memory.load(address)?;
        self.count(address, N as u64);
        Ok(bytes)
    }

    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        self.memory.store(address, bytes)?;
        self.count(address, N as u64);
        Ok(())
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError> {
        self.memory.read(address, bytes)?;
        self.count(address, bytes.len() as u64);
        Ok(())
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        self.memory.write(address, bytes)?;
        self.count(address, bytes.len() as u64);
        Ok(())
    }

    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError> {
        self.memory.copy(to, from, length)?;
        self.count(from, length.into());
        self.count(to, length.into());
        Ok(())
    }

    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError> {
        self.memory.fill(to, value, length)?;
        self.count(to, length.into());
        Ok(())
    }

    fn take_toll(&mut self) -> u32 {
        self.memory.take_toll()
    }

    fn can_grow(&self, size: u32) -> bool {
        self.memory.can_grow(size)
    }

    fn grow(&mut self, size: u32) -> bool {
        self.memory.grow(size)
    }
}
