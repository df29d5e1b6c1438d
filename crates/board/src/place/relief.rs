//! What would have to be smaller for all to fit.

use super::choose::problem;
use super::fill::Fill;
use super::unit::Unit;
use super::{Options, best, is_settled};
use crate::assignment::{Item, Problem};
use crate::board::Board;
use crate::plan::Relief;
use crate::storage::Storage;

/// So many of the largest storages are tried.
const TRIED: usize = 8;

/// The single changes that would make room for all, the smallest first; none when no single one does.
pub(super) fn reliefs(board: &Board, storages: &[Storage]) -> Vec<Relief> {
    let fills: Vec<Fill<'_>> = board.by_speed().into_iter().map(|region| Fill::new(board, region)).collect();
    let free: Vec<&Storage> = storages.iter().filter(|storage| !is_settled(board, storage)).collect();
    let units = Unit::all(board, &free, true);
    let problem = problem(board, &fills, &units, true);
    if problem.items.iter().filter(|item| problem.is_homeless(item)).count() > 1 {
        return Vec::new();
    }
    let mut largest: Vec<usize> = (0..units.len()).filter(|&at| !units[at].is_part()).collect();
    largest.sort_by_key(|&at| std::cmp::Reverse(problem.items[at].bytes));
    let mut reliefs: Vec<Relief> = largest
        .into_iter()
        .take(TRIED)
        .filter_map(|at| {
            let room = most_room(&problem, at)?;
            let unit = &units[at];
            let bytes = u64::from(unit.storage().bytes);
            let smaller = match unit.members.len() {
                1 => bytes - room.min(bytes) / unit.align * unit.align,
                // The largest of those that share bytes.
                _ => unit.bytes.saturating_sub(room).next_multiple_of(unit.align),
            };
            let smaller = match unit.storage().bytes_of_voice() {
                Some(voice) => smaller.next_multiple_of(voice.into()),
                None => smaller,
            };
            let smaller =
                u32::try_from(smaller).ok().filter(|smaller| (1..=unit.storage().bytes).contains(smaller))?;
            Some(Relief { storage: unit.storage().clone(), smaller_by: smaller })
        })
        .collect();
    reliefs.sort_by_key(|relief| relief.smaller_by);
    reliefs.retain(|relief| best(board, &after(storages, relief), Options::default()).0.fits());
    reliefs
}

/// The storages after the change.
fn after(storages: &[Storage], relief: &Relief) -> Vec<Storage> {
    let mut changed = storages.to_vec();
    if let Some(at) = storages.iter().position(|storage| *storage == relief.storage) {
        changed[at].bytes -= relief.smaller_by;
    }
    changed
}

/// The most bytes that one item can have beside all the others; `None` when these do not fit by themselves.
fn most_room(problem: &Problem, item: usize) -> Option<u64> {
    let homes = (0..problem.capacities.len()).filter(|&region| problem.items[item].costs[region].is_some());
    let room = |region: usize| {
        let others = problem.items.iter().enumerate().filter(|(at, _)| *at != item).map(|(_, other)| {
            let cost =
                |(at, cost): (usize, &Option<u64>)| cost.map(|_| if at == region { other.bytes } else { 0 });
            Item { bytes: other.bytes, costs: other.costs.iter().enumerate().map(cost).collect() }
        });
        let beside = Problem { capacities: problem.capacities.clone(), items: others.collect() };
        let taken = beside.solve().ok()?.cost;
        Some(problem.capacities[region].saturating_sub(taken))
    };
    homes.filter_map(room).max()
}
