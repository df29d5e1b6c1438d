//! Linear memory that counts what a patch does to each of its storages.

use std::ops::Range;

use sostenuto_board::cache_model::CacheModel;
use sostenuto_board::profile::{CountedCache, Measured};
use sostenuto_board::{DataCache, Storage, Traffic};
use sostenuto_vm::{LinearMemory, MemoryError};

use crate::board_memory::BlockMemory;
use crate::paged_report::PagedReport;

/// Memory around another one, whose accesses it counts from the first block on: words read and written, and the lines that a
/// data cache would fetch and write back if all of linear memory lay behind it, and no two heads contended for one of its sets:
/// where a plan puts the storages is not known yet, and it moves them apart.
#[derive(Debug)]
pub struct ProfiledMemory<M> {
    memory: M,
    counts: Counts,
}

#[derive(Debug)]
struct Counts {
    /// How often each word of linear memory was accessed, up to the last that a storage has.
    words: Vec<Accesses>,
    /// The storages and what their lines have cost.
    tallies: Vec<Tally>,
    /// The storage of each word; [`NOBODY`] between storages.
    owners: Vec<u32>,
    cache: CacheModel,
    is_counting: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Accesses {
    reads: u64,
    writes: u64,
}

#[derive(Debug, Clone)]
struct Tally {
    name: String,
    /// Its words, by their numbers.
    words: Range<usize>,
    next_lines: u64,
    lines: u64,
    written_lines: u64,
}

const NOBODY: u32 = u32::MAX;

impl<M: LinearMemory> ProfiledMemory<M> {
    /// Counts the accesses to those of the storages that have an address, with the lines of that cache; without one, of a
    /// cache of 16 KB as a Cortex-M7 has.
    pub fn new(memory: M, storages: &[Storage], cache: Option<&DataCache>) -> ProfiledMemory<M> {
        let CountedCache { bytes, line, ways } = cache.map_or(CountedCache::CORTEX_M7, CountedCache::from);
        let cache = CacheModel::new(bytes, line, ways).without_conflicts();
        let tally = |storage: &Storage| {
            // What a module says of itself need not be true.
            let end = u64::from(storage.address?) + u64::from(storage.bytes);
            let end = end.min(memory.size().into()).div_ceil(4) as usize;
            let words = (storage.address? as usize / 4).min(end)..end;
            Some(Tally { name: storage.name.clone(), words, next_lines: 0, lines: 0, written_lines: 0 })
        };
        let tallies: Vec<Tally> = storages.iter().filter_map(tally).collect();
        let end = tallies.iter().map(|tally| tally.words.end).max().unwrap_or(0);
        let mut owners = vec![NOBODY; end];
        for (tally, owner) in tallies.iter().zip(0..) {
            owners[tally.words.clone()].fill(owner);
        }
        let words = vec![Accesses::default(); end];
        ProfiledMemory { memory, counts: Counts { words, tallies, owners, cache, is_counting: false } }
    }
}

impl Counts {
    /// Whether an access is to the line that was used last of its set, so that all there is to do is to
    /// [count](Self::count) it. While nothing is counted the cache is empty, and no access is.
    #[inline(always)]
    fn is_last<const N: usize>(&mut self, address: u64, is_write: bool) -> bool {
        N <= 4 && address / 4 < self.words.len() as u64 && self.cache.access_last(address, is_write)
    }

    #[inline(always)]
    fn count(&mut self, address: u64, is_write: bool) {
        if let Some(word) = self.words.get_mut((address / 4) as usize) {
            *(if is_write { &mut word.writes } else { &mut word.reads }) += 1;
        }
    }

    fn record(&mut self, address: u64, bytes: usize, is_write: bool) {
        let first = (address / 4) as usize;
        if !self.is_counting || first >= self.words.len() {
            return;
        }
        for word in self.words[first..].iter_mut().take(bytes.div_ceil(4)) {
            *(if is_write { &mut word.writes } else { &mut word.reads }) += 1;
        }
        let Some(fetch) = self.cache.access(address, is_write) else { return };
        if let Some(tally) = self.owner(address) {
            *(if fetch.is_next { &mut tally.next_lines } else { &mut tally.lines }) += 1;
        }
        if let Some(tally) = fetch.written_back.and_then(|line| self.owner(line)) {
            tally.written_lines += 1;
        }
    }

    fn owner(&mut self, address: u64) -> Option<&mut Tally> {
        let owner = self.owners.get((address / 4) as usize)?;
        self.tallies.get_mut(*owner as usize)
    }

    /// A run of bytes, word by word.
    fn record_run(&mut self, address: u64, length: usize, is_write: bool) {
        if self.is_counting {
            (0..length)
                .step_by(4)
                .for_each(|at| self.record(address + at as u64, 4.min(length - at), is_write));
        }
    }

    fn measured(&self, tally: &Tally, samples: u64) -> Measured {
        let mean = |count: u64| count as f64 / samples.max(1) as f64;
        let words = &self.words[tally.words.clone()];
        let traffic = Traffic {
            reads: mean(words.iter().map(|word| word.reads).sum()),
            writes: mean(words.iter().map(|word| word.writes).sum()),
            next_lines: mean(tally.next_lines),
            lines: mean(tally.lines),
            written_lines: mean(tally.written_lines),
        };
        Measured { name: tally.name.clone(), traffic }
    }
}

impl<M: LinearMemory> LinearMemory for ProfiledMemory<M> {
    fn size(&self) -> u32 {
        self.memory.size()
    }

    #[inline(always)]
    fn peek<const N: usize>(&mut self, address: u64) -> Option<[u8; N]> {
        if !self.counts.is_last::<N>(address, false) {
            return None;
        }
        let bytes = self.memory.peek(address)?;
        self.counts.count(address, false);
        Some(bytes)
    }

    #[inline(always)]
    fn poke<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        if !self.counts.is_last::<N>(address, true) || !self.memory.poke(address, bytes) {
            return false;
        }
        self.counts.count(address, true);
        true
    }

    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        self.counts.record(address, N, false);
        match self.memory.peek(address) {
            Some(bytes) => Ok(bytes),
            None => self.memory.load(address),
        }
    }

    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        self.counts.record(address, N, true);
        if self.memory.poke(address, bytes) { Ok(()) } else { self.memory.store(address, bytes) }
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError> {
        self.counts.record_run(address, bytes.len(), false);
        self.memory.read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        self.counts.record_run(address, bytes.len(), true);
        self.memory.write(address, bytes)
    }

    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError> {
        self.memory.copy(to, from, length)?;
        self.counts.record_run(from, length as usize, false);
        self.counts.record_run(to, length as usize, true);
        Ok(())
    }

    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError> {
        self.memory.fill(to, value, length)?;
        self.counts.record_run(to, length as usize, true);
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

impl<M: BlockMemory> BlockMemory for ProfiledMemory<M> {
    fn begin_block(&mut self) {
        self.counts.is_counting = true;
        self.memory.begin_block();
    }

    fn end_block(&mut self, instructions: u64) {
        self.memory.end_block(instructions);
    }

    fn paged(&self) -> Option<PagedReport> {
        self.memory.paged()
    }

    fn stop_counting(&mut self) {
        self.counts.is_counting = false;
        self.counts.cache.clear();
    }

    fn measured(&self, samples: u64) -> Option<Vec<Measured>> {
        Some(self.counts.tallies.iter().map(|tally| self.counts.measured(tally, samples)).collect())
    }
}
