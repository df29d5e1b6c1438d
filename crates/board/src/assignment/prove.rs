//! The least cost, by trying all that the bound leaves open.

use super::relax::{relax, whole};
use super::{Problem, Solution};

/// An item that may still go to several regions.
struct Open {
    item: usize,
    /// Regions with what the bound rises by when the item goes there; the least first.
    homes: Vec<(f64, usize)>,
}

/// Depth first through the open items: a branch ends where even the bound is not below the best cost.
struct Search<'p> {
    problem: &'p Problem,
    open: Vec<Open>,
    free: Vec<u64>,
    regions: Vec<usize>,
    best: Solution,
    steps: u64,
}

/// More items than this are not searched: the search calls itself for each, and would not end for so many anyhow.
const MOST_ITEMS: usize = 5_000;

/// Looks for a cheaper solution until there is none, or for so many steps. When there is none, the bound is the cost.
pub(super) fn prove(problem: &Problem, solution: Solution, steps: u64) -> Solution {
    if problem.items.len() > MOST_ITEMS {
        return solution;
    }
    let prices = solution.prices.clone();
    let root = relax(problem, &prices).bound;
    let open = |(at, item)| {
        let mut homes = problem.by_price(item, &prices);
        let least = homes.first().map_or(0.0, |home| home.0);
        homes.iter_mut().for_each(|home| home.0 -= least);
        Open { item: at, homes }
    };
    let mut open: Vec<_> = problem.items.iter().enumerate().map(open).collect();
    // First what decides most: the bound rises most when it does not get its first choice.
    let second = |open: &Open| open.homes.get(1).map_or(f64::INFINITY, |home| home.0);
    open.sort_by(|one, other| second(other).total_cmp(&second(one)).then(one.item.cmp(&other.item)));

    let regions = solution.regions.clone();
    let free = problem.capacities.clone();
    let mut search = Search { problem, open, free, regions, best: solution, steps };
    if search.descend(0, root) {
        search.best.bound = search.best.cost;
    }
    search.best
}

impl Search<'_> {
    /// Whether all below was tried, or need not be.
    fn descend(&mut self, depth: usize, bound: f64) -> bool {
        let Some(open) = self.open.get(depth) else {
            if let Some(cost) = self.problem.cost(&self.regions)
                && cost < self.best.cost
            {
                self.best.cost = cost;
                self.best.regions.clone_from(&self.regions);
            }
            return true;
        };
        let (item, homes) = (open.item, open.homes.len());
        let bytes = self.problem.items[item].bytes;
        for at in 0..homes {
            let (rise, region) = self.open[depth].homes[at];
            if whole(bound + rise) >= self.best.cost {
                return true; // and the homes after it are dearer
            }
            if self.free[region] < bytes {
                continue;
            }
            if self.steps == 0 {
                return false;
            }
            self.steps -= 1;
            self.free[region] -= bytes;
            self.regions[item] = region;
            let is_done = self.descend(depth + 1, bound + rise);
            self.free[region] += bytes;
            if !is_done {
                return false;
            }
        }
        true
    }
}
