//! Which unit goes to which region.

use super::fill::Fill;
use super::unit::{Unit, may_share};
use crate::assignment::{Item, NoSolution, Problem, Solution};
use crate::board::Board;
use crate::region::Region;
use crate::storage::Storage;
use crate::traffic::Traffic;

/// What was chosen.
pub(super) struct Choice {
    /// The region of each unit, by its position; `None` for what finds no room.
    pub regions: Vec<Option<usize>>,
    /// The solution that the regions are from.
    pub solution: Option<Solution>,
}

/// Costs are counted in millionths of a cycle a sample, and rounded down, so that a bound is one.
pub(super) const PER_CYCLE: f64 = 1_000_000.0;

/// The most that one storage may cost, so that the sum of all is exact.
const MOST: f64 = (1_u64 << 40) as f64;

/// Chooses so that the memory time is least, and if not all fits, so that the fewest storages are left out.
pub(super) fn choose(
    board: &Board,
    fills: &[Fill<'_>],
    units: &[Unit<'_>],
    prove: Option<u64>,
    aligned: bool,
) -> Choice {
    let problem = problem(board, fills, units, aligned);
    let mut is_in = vec![true; units.len()];
    loop {
        let (part, positions) = part(&problem, &is_in);
        let mut regions = vec![None; units.len()];
        let solution = match part.solve() {
            Err(NoSolution::TooLarge { item, .. }) => {
                is_in[positions[item]] = false;
                continue;
            }
            Err(NoSolution::NotFound) => {
                let found = fewest_left_out(&part);
                match found.iter().copied().collect::<Option<Vec<usize>>>() {
                    Some(all) => part.solve_from(all).ok(),
                    None if found.iter().all(Option::is_none) => return Choice { regions, solution: None },
                    None => {
                        positions.iter().zip(found).for_each(|(&at, region)| is_in[at] = region.is_some());
                        continue;
                    }
                }
            }
            Ok(solution) => Some(solution),
        };
        let solution = solution.map(|solution| match prove {
            Some(steps) => part.prove_from(solution, steps),
            None => solution,
        });
        for (&at, &region) in positions.iter().zip(solution.iter().flat_map(|solution| &solution.regions)) {
            regions[at] = Some(region);
        }
        return Choice { regions, solution };
    }
}

/// The problem of units and regions.
pub(super) fn problem(board: &Board, fills: &[Fill<'_>], units: &[Unit<'_>], aligned: bool) -> Problem {
    let has_costs = has_costs(board);
    let item = |unit: &Unit<'_>| {
        let homes = board.homes(unit.storage());
        let cost = |fill: &Fill<'_>| {
            let all = unit.members.iter().all(|member| fill.is_one_of(&board.homes(member.storage)));
            (all && fill.is_one_of(&homes)).then(|| {
                let cost = match has_costs {
                    true => {
                        fill.region.cycles(&unit.traffic).unwrap_or(0.0) * PER_CYCLE
                            + tie(fill.region, &unit.traffic)
                    }
                    false => unit.traffic.accesses() * f64::from(fill.region.rank) * PER_CYCLE,
                };
                cost.min(MOST) as u64
            })
        };
        let bytes = if aligned { unit.bytes.next_multiple_of(unit.align) } else { unit.bytes };
        Item { bytes, costs: fills.iter().map(cost).collect() }
    };
    Problem { capacities: fills.iter().map(Fill::free).collect(), items: units.iter().map(item).collect() }
}

/// What makes a slower region dearer where the cycles are equal: a hit in the cache takes as long wherever the line is from, but
/// the first access of a block, or one after an interrupt has used the cache, does not hit. A millionth of a cycle for each
/// access and rank.
fn tie(region: &Region, traffic: &Traffic) -> f64 {
    traffic.accesses() * f64::from(region.rank.saturating_sub(1))
}

/// No plan has more of these in its cost.
pub(super) fn most_ties(board: &Board, storages: &[&Storage]) -> f64 {
    let most = |storage: &&Storage| {
        let ties = board.homes(storage).into_iter().map(|region| tie(region, &storage.traffic()));
        ties.fold(0.0, f64::max)
    };
    storages.iter().map(most).sum()
}

/// More than the bytes of any storage.
const LEFT_OUT: u64 = 1 << 33;

/// Whether the board tells what an access costs in each region that a patch can be in.
pub(super) fn has_costs(board: &Board) -> bool {
    board.paged.is_none()
        && board
            .regions
            .iter()
            .filter(|region| !region.accepts.is_empty())
            .all(|region| region.cost.is_some())
}

/// The solution of a problem that each plan solves, however it shares bytes: what may share takes none.
pub(super) fn relaxed(board: &Board, storages: &[&Storage], prove: Option<u64>) -> Option<Solution> {
    let fills: Vec<Fill<'_>> = board.by_speed().into_iter().map(|region| Fill::new(board, region)).collect();
    let mut units = Unit::all(board, storages, false);
    for unit in &mut units {
        if may_share(unit.storage(), storages.iter().copied()) {
            unit.bytes = 0;
        }
    }
    let problem = problem(board, &fills, &units, false);
    match prove {
        Some(steps) => problem.prove(steps).ok(),
        None => problem.solve().ok(),
    }
}

/// The problem of some of the items, and their positions.
fn part(problem: &Problem, is_in: &[bool]) -> (Problem, Vec<usize>) {
    let positions: Vec<usize> = (0..problem.items.len()).filter(|&at| is_in[at]).collect();
    let items = positions.iter().map(|&at| problem.items[at].clone()).collect();
    (Problem { capacities: problem.capacities.clone(), items }, positions)
}

/// A region for as many of the units as are found to fit, and of as many units for the most bytes.
fn fewest_left_out(problem: &Problem) -> Vec<Option<usize>> {
    let nowhere = problem.capacities.len();
    let mut capacities = problem.capacities.clone();
    capacities.push(problem.items.iter().map(|item| item.bytes).sum());
    let items = problem.items.iter().map(|item| {
        let inside = item.costs.iter().map(|cost| cost.map(|_| 0));
        Item { bytes: item.bytes, costs: inside.chain([Some(LEFT_OUT + item.bytes)]).collect() }
    });
    match (Problem { capacities, items: items.collect() }).solve() {
        Ok(solution) => solution.regions.into_iter().map(|at| (at != nowhere).then_some(at)).collect(),
        Err(_) => vec![None; problem.items.len()],
    }
}
