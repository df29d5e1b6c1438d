//! Ways to give each storage a place on a board: the placer's, and simple ones.

use std::cmp::Reverse;

#[cfg(feature = "exact")]
use sostenuto_board::assignment::{Item, Problem};
use sostenuto_board::{Board, Kind, MemoryTime, Options, Region, Storage, place_with};

/// Where each storage lies, in their order: the position of the region on the board, and the address.
pub type Places = Vec<Place>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub region: usize,
    pub address: u64,
}

/// A way to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everything into the largest region, which is the SDRAM.
    Slow,
    /// In the order of declaration, each into the fastest region with room.
    Declared,
    /// What is larger than the best threshold into the slow region, the others into the two fastest.
    Threshold,
    /// By kind, then by size, each into the fastest region with room: what the placer did before it knew costs.
    Kind,
    /// The small before the large.
    Smallest,
    /// The large before the small.
    Largest,
}

impl Policy {
    pub const ALL: [Policy; 6] =
        [Policy::Slow, Policy::Declared, Policy::Threshold, Policy::Kind, Policy::Largest, Policy::Smallest];

    pub const fn name(self) -> &'static str {
        match self {
            Policy::Slow => "SDRAM",
            Policy::Declared => "as declared",
            Policy::Threshold => "best threshold",
            Policy::Kind => "by kind",
            Policy::Smallest => "smallest first",
            Policy::Largest => "largest first",
        }
    }

    /// The places; `None` if not all find one.
    pub fn places(self, board: &Board, storages: &[Storage]) -> Option<Places> {
        let slow = slowest(board);
        match self {
            Policy::Slow => in_order(board, storages, |_| 0, |_, region| region == slow),
            Policy::Declared => in_order(board, storages, |_| 0, |_, _| true),
            Policy::Threshold => threshold(board, storages),
            Policy::Kind => {
                in_order(board, storages, |storage| (urgency(storage.kind), storage.bytes), |_, _| true)
            }
            Policy::Smallest => in_order(board, storages, |storage| storage.bytes, |_, _| true),
            Policy::Largest => in_order(board, storages, |storage| Reverse(storage.bytes), |_, _| true),
        }
    }
}

/// The placer's places, and what it says of them.
pub fn ours(board: &Board, storages: &[Storage], prove: bool) -> Option<(Places, MemoryTime)> {
    let options = Options { prove: prove.then_some(1_000_000) };
    let plan = place_with(board, storages, options);
    let mut left = plan.placements;
    let mut places = Vec::new();
    for storage in storages {
        let at = left.iter().position(|placement| placement.storage == *storage)?;
        let placement = left.swap_remove(at);
        let region = board.regions.iter().position(|region| region.name == placement.region)?;
        places.push(Place { region, address: placement.address? });
    }
    Some((places, plan.time?))
}

/// Costs are in thousandths of a cycle a sample.
#[cfg(feature = "exact")]
pub const PARTS: f64 = 1_000.0;

/// The placer's problem, without what alignment takes.
#[cfg(feature = "exact")]
pub fn problem(board: &Board, storages: &[Storage]) -> Problem {
    let item = |storage: &Storage| {
        let homes = board.homes(storage);
        let cost = |region: &Region| {
            let is_home = homes.iter().any(|home| std::ptr::eq(*home, region));
            let cycles = region.cycles(&storage.traffic()).filter(|_| is_home)?;
            Some((cycles * PARTS).round() as u64)
        };
        Item { bytes: storage.bytes.into(), costs: board.regions.iter().map(cost).collect() }
    };
    Problem {
        capacities: board.regions.iter().map(Region::capacity).collect(),
        items: storages.iter().map(item).collect(),
    }
}

/// The cycles a sample by the board's costs.
pub fn cycles(board: &Board, storages: &[Storage], places: &[Place]) -> f64 {
    let pairs = storages.iter().zip(places);
    pairs
        .map(|(storage, place)| {
            board.regions[place.region].cycles(&storage.traffic()).expect("the board tells all costs")
        })
        .sum()
}

/// The position of the largest region that takes the state of a patch.
fn slowest(board: &Board) -> usize {
    let takes = |region: &Region| if region.accepts.contains(&Kind::State) { region.bytes } else { 0 };
    (0..board.regions.len()).max_by_key(|&at| takes(&board.regions[at])).expect("a board has regions")
}

/// The best threshold of all: what is larger lies in the slow region, the rest in the two fastest, in the order of declaration.
fn threshold(board: &Board, storages: &[Storage]) -> Option<Places> {
    let slow = slowest(board);
    let mut fast: Vec<usize> = (0..board.regions.len()).filter(|&at| at != slow).collect();
    fast.retain(|&at| board.regions[at].accepts.contains(&Kind::State));
    fast.sort_by_key(|&at| board.regions[at].rank);
    fast.truncate(2);
    let mut thresholds: Vec<u32> = storages.iter().map(|storage| storage.bytes).chain([0]).collect();
    thresholds.sort_unstable();
    thresholds.dedup();
    let all = thresholds.into_iter().filter_map(|most| {
        let may = |storage: &Storage, region| match storage.bytes > most {
            true => region == slow,
            false => fast.contains(&region),
        };
        in_order(board, storages, |_| 0, may)
    });
    all.min_by(|one, other| cycles(board, storages, one).total_cmp(&cycles(board, storages, other)))
}

/// Each storage into the fastest region with room of those where it may be, in the order of a key.
fn in_order<K: Ord>(
    board: &Board,
    storages: &[Storage],
    key: impl Fn(&Storage) -> K,
    may: impl Fn(&Storage, usize) -> bool,
) -> Option<Places> {
    let mut order: Vec<usize> = (0..storages.len()).collect();
    order.sort_by_key(|&at| key(&storages[at]));
    let mut next: Vec<u64> = board.regions.iter().map(start).collect();
    let mut places = vec![Place { region: 0, address: 0 }; storages.len()];
    for at in order {
        let storage = &storages[at];
        let (region, address) = board.homes(storage).into_iter().find_map(|home| {
            let region = board.regions.iter().position(|region| std::ptr::eq(region, home))?;
            let address = next[region].next_multiple_of(storage.align.into());
            let fits = address + u64::from(storage.bytes) <= end(home);
            (fits && may(storage, region)).then_some((region, address))
        })?;
        next[region] = address + u64::from(storage.bytes);
        places[at] = Place { region, address };
    }
    Some(places)
}

/// The first address in a region that a patch gets.
fn start(region: &Region) -> u64 {
    u64::from(region.origin.unwrap_or(0)) + region.reserved_at(sostenuto_board::End::Start)
}

/// The address after the last.
fn end(region: &Region) -> u64 {
    u64::from(region.origin.unwrap_or(0)) + region.bytes - region.reserved_at(sostenuto_board::End::End)
}

/// What the audio path touches most comes first.
fn urgency(kind: Kind) -> usize {
    let order = [
        Kind::Stack,
        Kind::State,
        Kind::Audio,
        Kind::Parameters,
        Kind::Scratch,
        Kind::Code,
        Kind::Table,
        Kind::Display,
        Kind::Delay,
    ];
    order.iter().position(|other| *other == kind).unwrap_or(order.len())
}
