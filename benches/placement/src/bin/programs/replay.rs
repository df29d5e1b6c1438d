//! A trace played over a plan: what its accesses take with a cache that is shared by all that lies behind it.

use sostenuto_board::{Board, Cost, Storage, Traffic};

use crate::policies::Place;
use crate::program::{Program, cache};

/// What a trace has taken.
pub struct Replay {
    /// Cycles a sample.
    pub cycles: f64,
    /// The lines that each storage behind the cache had to wait for, a sample; its accesses beside.
    pub lines: Vec<Traffic>,
}

/// Plays it. An access takes a word's cycles where no cache is asked, else that of a hit, and on top the lines that are fetched
/// and written back. What was not traced (memory of the host) takes what the model says.
pub fn replay(board: &Board, program: &Program, places: &[Place]) -> Replay {
    let storages = &program.storages;
    let costs: Vec<(f64, f64, f64, bool)> = board
        .regions
        .iter()
        .map(|region| match (&region.cost, region.is_cached()) {
            (Some(cost), true) => {
                let (line, next) = cost.line.unwrap_or_default();
                (Cost::HIT, line, next, true)
            }
            (Some(cost), false) => (cost.word.unwrap_or_default().0, 0.0, 0.0, false),
            (None, is_cached) => (0.0, 0.0, 0.0, is_cached),
        })
        .collect();
    let mut owners: Vec<(u64, usize)> =
        places.iter().zip(0..).map(|(place, storage)| (place.address, storage)).collect();
    owners.sort_unstable();
    let owner = |line: u64| owners[owners.partition_point(|(start, _)| *start < line + 32).max(1) - 1].1;

    let mut cache = cache(board);
    let mut lines = vec![Traffic::default(); storages.len()];
    let mut cycles = 0.0;
    for (at, access) in program.trace.accesses.iter().enumerate() {
        let place = places[access.storage()];
        let (word, line, next, is_cached) = costs[place.region];
        let fetch = match is_cached {
            true => cache.access(place.address + u64::from(access.offset), access.is_write()),
            false => None,
        };
        if at < program.trace.counted_from {
            continue;
        }
        cycles += word;
        let Some(fetch) = fetch else { continue };
        let own = &mut lines[access.storage()];
        *(if fetch.is_next { &mut own.next_lines } else { &mut own.lines }) += 1.0;
        cycles += if fetch.is_next { next } else { line };
        if let Some(address) = fetch.written_back {
            let owner = owner(address);
            lines[owner].written_lines += 1.0;
            cycles += costs[places[owner].region].2;
        }
    }
    let samples = program.trace.samples as f64;
    let beside: f64 = storages
        .iter()
        .zip(places)
        .filter(|(storage, _)| !is_traced(storage))
        .filter_map(|(storage, place)| board.regions[place.region].cycles(&storage.traffic()))
        .sum();
    for (lines, storage) in lines.iter_mut().zip(storages) {
        let Traffic { reads, writes, .. } = storage.traffic();
        *lines = Traffic { reads, writes, ..lines.times(1.0 / samples) };
    }
    Replay { cycles: cycles / samples + beside, lines }
}

/// The storages with the lines that the replay of a plan has counted, for those that were behind the cache.
pub fn recosted(board: &Board, storages: &[Storage], places: &[Place], replay: &Replay) -> Vec<Storage> {
    let mut storages = storages.to_vec();
    for ((storage, place), lines) in storages.iter_mut().zip(places).zip(&replay.lines) {
        if board.regions[place.region].is_cached() && is_traced(storage) {
            storage.traffic = Some(*lines);
        }
    }
    storages
}

/// Whether the accesses to it are in the trace: it lies in the program's memory, and not in the host's.
pub fn is_traced(storage: &Storage) -> bool {
    storage.address.is_some()
}
