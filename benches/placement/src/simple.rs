//! What programs do without a solver: each storage to the cheapest region with room, in some order.

use sostenuto_board::assignment::{Item, Problem};

/// In the order of declaration.
pub fn first_fit(problem: &Problem) -> Option<u64> {
    in_order(problem, |_| 0)
}

/// The small before the large.
pub fn smallest_first(problem: &Problem) -> Option<u64> {
    in_order(problem, |item| item.bytes)
}

/// What loses most a byte between its cheapest and its dearest region first.
pub fn regret_a_byte(problem: &Problem) -> Option<u64> {
    in_order(problem, |item| {
        let costs = || item.costs.iter().flatten();
        u64::MAX - (costs().max().unwrap_or(&0) - costs().min().unwrap_or(&0)) * 1_000_000 / item.bytes.max(1)
    })
}

fn in_order(problem: &Problem, key: impl Fn(&Item) -> u64) -> Option<u64> {
    let mut order: Vec<usize> = (0..problem.items.len()).collect();
    order.sort_by_key(|&at| key(&problem.items[at]));
    let mut free = problem.capacities.clone();
    let mut regions = vec![0; problem.items.len()];
    for at in order {
        let item = &problem.items[at];
        let homes =
            (0..free.len()).filter(|&region| item.costs[region].is_some() && free[region] >= item.bytes);
        let region = homes.min_by_key(|&region| item.costs[region])?;
        free[region] -= item.bytes;
        regions[at] = region;
    }
    problem.cost(&regions)
}
