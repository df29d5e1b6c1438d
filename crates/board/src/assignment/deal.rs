//! Makes an assignment cheaper by dealing anew what lies in two regions, for each two of them.
//!
//! Moving and swapping single items ends where only several at once would gain. Among the items of two regions,
//! the search of a proof finds most of those: what it tries first are the items that could as well lie in the other.

use super::prove::prove;
use super::{Item, Problem, Solution};

/// The steps of the search for each two regions.
const STEPS: u64 = 4_000;

/// Deals anew among each two regions; whether anything was gained. The prices say
/// which items are in doubt.
pub(super) fn improve(problem: &Problem, regions: &mut [usize], prices: &[f64]) -> bool {
    let count = problem.capacities.len();
    let mut is_better = false;
    for one in 0..count {
        for two in one + 1..count {
            is_better |= deal(problem, regions, prices, &[one, two]);
        }
    }
    is_better
}

fn deal(problem: &Problem, regions: &mut [usize], prices: &[f64], among: &[usize]) -> bool {
    let mut now = Vec::new();
    let mut inside = Vec::new();
    for (at, region) in regions.iter().enumerate() {
        if let Some(side) = among.iter().position(|one| one == region) {
            now.push(side);
            inside.push(at);
        }
    }
    let item = |&at: &usize| {
        let item = &problem.items[at];
        Item { bytes: item.bytes, costs: among.iter().map(|&region| item.costs[region]).collect() }
    };
    let part = Problem {
        capacities: among.iter().map(|&region| problem.capacities[region]).collect(),
        items: inside.iter().map(item).collect(),
    };
    let Some(cost) = part.cost(&now) else { return false };
    let prices = among.iter().map(|&region| prices[region]).collect();
    let dealt = prove(&part, Solution { regions: now, cost, bound: 0, prices }, STEPS);
    for (&at, &side) in inside.iter().zip(&dealt.regions) {
        regions[at] = among[side];
    }
    dealt.cost < cost
}
