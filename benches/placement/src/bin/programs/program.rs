//! A program as the ways of placing see it: its storages with what was measured, and a trace.

use sostenuto_board::cache_model::CacheModel;
use sostenuto_board::{Board, Storage, Traffic};

/// A program to be placed.
pub struct Program {
    pub name: String,
    /// In the order of declaration, each with its measured traffic.
    pub storages: Vec<Storage>,
    /// The same with the traffic that the compiler tells, if it does.
    pub told: Option<Vec<Storage>>,
    pub trace: Trace,
}

/// The accesses of some samples, word by word.
#[derive(Default)]
pub struct Trace {
    pub accesses: Vec<Access>,
    /// Before which of them each block begins.
    pub blocks: Vec<usize>,
    /// The accesses before this one only warm the cache.
    pub counted_from: usize,
    /// Samples from there on.
    pub samples: usize,
    /// Accesses to no storage from there on.
    pub outside: usize,
}

/// An access to a word of a storage.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// The storage's position, doubled, and one more for a write.
    storage: u32,
    /// The byte in it.
    pub offset: u32,
}

impl Access {
    pub fn new(storage: usize, offset: u32, is_write: bool) -> Access {
        Access { storage: (storage as u32) << 1 | u32::from(is_write), offset }
    }

    pub fn storage(self) -> usize {
        (self.storage >> 1) as usize
    }

    pub fn is_write(self) -> bool {
        self.storage & 1 != 0
    }
}

/// The data cache of a board; that of a Cortex-M7 where none is told.
pub fn cache(board: &Board) -> CacheModel {
    match &board.cache {
        Some(cache) => CacheModel::new(cache.bytes, cache.line, cache.ways),
        None => CacheModel::new(16_384, 32, 4),
    }
}

impl Trace {
    /// Accesses to storages a sample.
    pub fn accesses_a_sample(&self) -> f64 {
        (self.accesses.len() - self.counted_from) as f64 / self.samples as f64
    }

    /// The traffic of each storage, if all of them lay behind the cache, and no two heads contended for one of its sets: what a
    /// profile counts.
    pub fn traffic(&self, board: &Board, storages: &[Storage]) -> Vec<Traffic> {
        let mut next = 0;
        let starts: Vec<u64> = storages
            .iter()
            .map(|storage| {
                let start = u64::next_multiple_of(next, storage.align.into());
                next = start + u64::from(storage.bytes);
                start
            })
            .collect();
        let owner = |address: u64| starts.partition_point(|start| *start <= address) - 1;
        let mut cache = cache(board).without_conflicts();
        let mut traffic = vec![Traffic::default(); storages.len()];
        for (at, access) in self.accesses.iter().enumerate() {
            let address = starts[access.storage()] + u64::from(access.offset);
            let fetch = cache.access(address, access.is_write());
            if at < self.counted_from {
                continue;
            }
            let own = &mut traffic[access.storage()];
            *(if access.is_write() { &mut own.writes } else { &mut own.reads }) += 1.0;
            if let Some(fetch) = fetch {
                *(if fetch.is_next { &mut own.next_lines } else { &mut own.lines }) += 1.0;
                // A line that the first bytes of a storage share is that of the one before.
                if let Some(line) = fetch.written_back {
                    traffic[owner(line)].written_lines += 1.0;
                }
            }
        }
        traffic.into_iter().map(|traffic| traffic.times(1.0 / self.samples as f64)).collect()
    }
}

impl Program {
    /// Several programs at once, block by block: each plays a block, and then the next. Their storages are told apart by their
    /// names.
    pub fn together(name: &str, programs: &[&Program], block: usize) -> Program {
        let mut storages = Vec::new();
        let mut starts = Vec::new();
        for program in programs {
            starts.push(storages.len());
            storages.extend(program.storages.iter().map(|storage| {
                // Each has a memory of its own, so that addresses would not tell them apart.
                let address = storage.address.map(|address| address + ((starts.len() as u32) << 24));
                Storage { name: format!("{}/{}", program.name, storage.name), address, ..storage.clone() }
            }));
        }
        let samples = programs.iter().map(|program| program.trace.samples).min().unwrap_or(0);
        let mut trace = Trace { samples, ..Trace::default() };
        let blocks = programs.iter().map(|program| program.trace.blocks.len()).min().unwrap_or(0);
        let warm = blocks - samples / block;
        for at in 0..blocks {
            trace.blocks.push(trace.accesses.len());
            if at == warm {
                trace.counted_from = trace.accesses.len();
            }
            for (program, start) in programs.iter().zip(&starts) {
                let theirs = &program.trace;
                let end = theirs.blocks.get(at + 1).copied().unwrap_or(theirs.accesses.len());
                let accesses = &theirs.accesses[theirs.blocks[at]..end];
                trace.accesses.extend(
                    accesses.iter().map(|access| {
                        Access::new(access.storage() + start, access.offset, access.is_write())
                    }),
                );
            }
        }
        Program { name: name.to_owned(), storages, told: None, trace }
    }
}
