//! Moves large storages in cached memory apart.
//!
//! Delay lines whose sizes are powers of two, one behind the other, have their heads at the same place of each line, and so in
//! the same set of the cache: with more heads than ways, each access is a miss. So each large storage begins in a part of a
//! way of the cache where few others do, as far as the room that is left allows it.

use super::fill::Fill;
use crate::board::{Board, DataCache};
use crate::plan::Plan;
use crate::region::Region;

/// A region of less than so many ways of the cache keeps none free.
const LEAST_WAYS: u64 = 16;

/// Moves what lies in cached regions.
pub(super) fn move_apart(board: &Board, fills: &mut [Fill<'_>]) {
    let Some(cache) = &board.cache else { return };
    let cached = || fills.iter().filter(|fill| fill.region.is_cached());
    let count = cached().flat_map(Fill::sizes).filter(|bytes| *bytes >= large(cache)).count();
    if count <= cache.ways as usize {
        return;
    }
    let mut slots = Slots::new(cache, count);
    for fill in fills.iter_mut().filter(|fill| fill.region.is_cached()) {
        fill.move_apart(large(cache), &mut |align, least, last| slots.take(align, least, last));
    }
}

/// Whether the plan has more large storages in cached memory than the cache has ways, and too little room to move them apart in
/// a region that could keep a way free.
pub(super) fn is_cramped(board: &Board, plan: &Plan) -> bool {
    let Some(cache) = &board.cache else { return false };
    let cached = |name: &str| board.region(name).is_some_and(Region::is_cached);
    let is_large = |bytes: u32| u64::from(bytes) >= large(cache);
    let large =
        plan.placements.iter().filter(|placement| is_large(placement.bytes) && cached(&placement.region));
    let regions: Vec<&str> = large.map(|placement| placement.region.as_str()).collect();
    let has_no_room = |name: &&&str| {
        let usage = plan.regions.iter().find(|usage| usage.region == ***name);
        let keeps = board.region(name).is_some_and(|region| kept(board, region) > 0);
        keeps && usage.is_some_and(|usage| usage.free + usage.padding < way(cache))
    };
    regions.len() > cache.ways as usize && regions.iter().any(|name| has_no_room(&name))
}

/// The bytes to keep free in a region, so that what lies there can be moved apart.
pub(super) fn kept(board: &Board, region: &Region) -> u64 {
    let Some(cache) = board.cache.as_ref().filter(|_| region.is_cached()) else { return 0 };
    if region.capacity() >= LEAST_WAYS * way(cache) { way(cache) } else { 0 }
}

/// A way holds this many bytes: addresses so far from each other share a set.
fn way(cache: &DataCache) -> u64 {
    u64::from(cache.bytes / cache.ways.max(1)).max(1)
}

/// Smaller storages do not reach around much of a way.
fn large(cache: &DataCache) -> u64 {
    way(cache).div_ceil(4)
}

/// Parts of a way of the cache, and how many storages begin in each.
struct Slots {
    way: u64,
    step: u64,
    taken: Vec<u32>,
}

impl Slots {
    fn new(cache: &DataCache, storages: usize) -> Slots {
        let (line, way) = (u64::from(cache.line.max(1)), way(cache));
        let step = (way / (storages as u64).max(1) / line).max(1) * line;
        Slots { way, step, taken: vec![0; way.div_ceil(step) as usize] }
    }

    /// The first address with the alignment, from `least` on and not after `last`, in a slot where fewest storages begin.
    fn take(&mut self, align: u64, least: u64, last: u64) -> u64 {
        let next = |address: &u64| {
            (*address / self.step + 1).checked_mul(self.step)?.checked_next_multiple_of(align)
        };
        let last = last.min(least.saturating_add(self.way));
        let addresses = std::iter::successors(Some(least), next).take_while(|address| *address <= last);
        let address =
            addresses.min_by_key(|address| (self.taken[self.slot(*address)], *address)).unwrap_or(least);
        let slot = self.slot(address);
        self.taken[slot] += 1;
        address
    }

    fn slot(&self, address: u64) -> usize {
        (address % self.way / self.step) as usize
    }
}
