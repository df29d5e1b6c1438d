//! Moves storages apart in a cache.
//!
//! Delay lines whose sizes are powers of two, one behind the other, have their heads at the same place of each line, and
//! so in the same set of the cache: with more heads than ways, each access is a miss. A few lines between them are enough.

use sostenuto_board::{Board, DataCache, End, Region, Reserved, Storage};

use crate::policies::{Place, Places};

/// The same regions, with the larger storages of all that are cached beginning at different places of a way of the cache, as
/// far as the room that is left in each allows it.
pub fn staggered(board: &Board, storages: &[Storage], places: &[Place]) -> Places {
    let mut places = places.to_vec();
    let Some(cache) = &board.cache else { return places };
    let is_cached = |place: &Place| board.regions[place.region].is_cached();
    let large =
        storages.iter().zip(&places).filter(|(storage, place)| is_cached(place) && is_large(cache, storage));
    let mut slots = Slots::new(cache, large.count());
    for (at, region) in board.regions.iter().enumerate().filter(|(_, region)| region.is_cached()) {
        let mut inside: Vec<usize> =
            (0..places.len()).filter(|&storage| places[storage].region == at).collect();
        inside.sort_by_key(|&storage| places[storage].address);
        let (Some(first), Some(last)) = (inside.first(), inside.last()) else { continue };
        let mut next = places[*first].address;
        let mut left = end(region) - (places[*last].address + u64::from(storages[*last].bytes));
        for storage in inside {
            let least = next.next_multiple_of(storages[storage].align.into());
            let mut address = least;
            if is_large(cache, &storages[storage]) {
                address = slots.take(least, least + left);
                left -= address - least;
            }
            places[storage].address = address;
            next = address + u64::from(storages[storage].bytes);
        }
    }
    places
}

/// The board with a way of the cache set aside in each larger region behind it, for what lies between the storages. With no
/// more large storages than the cache has ways, there is nothing to move apart, and the board stays as it is.
pub fn with_room(board: &Board, storages: &[Storage]) -> Board {
    let mut board = board.clone();
    let Some(cache) = board.cache.clone() else { return board };
    if storages.iter().filter(|storage| is_large(&cache, storage)).count() <= cache.ways as usize {
        return board;
    }
    let way = u64::from(cache.bytes / cache.ways.max(1));
    for region in board.regions.iter_mut().filter(|region| region.is_cached() && region.bytes >= 16 * way) {
        let (boot, why, source) = (Vec::new(), String::new(), String::new());
        region.reserved.push(Reserved { bytes: way, at: End::End, boot, why, source });
    }
    board
}

/// Smaller ones do not reach around much of a way.
fn is_large(cache: &DataCache, storage: &Storage) -> bool {
    storage.bytes >= cache.bytes / cache.ways.max(1) / 4
}

fn end(region: &Region) -> u64 {
    u64::from(region.origin.unwrap_or(0)) + region.bytes - region.reserved_at(End::End)
}

/// Parts of a way of the cache, and how many storages begin in each.
struct Slots {
    way: u64,
    step: u64,
    taken: Vec<u32>,
}

impl Slots {
    fn new(cache: &DataCache, storages: usize) -> Slots {
        let line = u64::from(cache.line);
        let way = u64::from(cache.bytes / cache.ways.max(1));
        let step = (way / (storages as u64).max(1) / line).max(1) * line;
        Slots { way, step, taken: vec![0; way.div_ceil(step) as usize] }
    }

    /// The first address in a slot that no other has more than, no further than the last.
    fn take(&mut self, least: u64, last: u64) -> u64 {
        let fewest = self.taken.iter().min().copied().unwrap_or(0);
        let candidates =
            std::iter::successors(Some(least), |address| Some((address / self.step + 1) * self.step));
        let address = candidates
            .take_while(|address| *address <= last.min(least + self.way))
            .min_by_key(|address| (self.taken[self.slot(*address)].max(fewest), *address))
            .unwrap_or(least);
        let slot = self.slot(address);
        self.taken[slot] += 1;
        address
    }

    fn slot(&self, address: u64) -> usize {
        (address % self.way / self.step) as usize
    }
}
