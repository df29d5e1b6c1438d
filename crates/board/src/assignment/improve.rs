//! Makes an assignment cheaper, as long as moving an item or swapping two does.

use super::Problem;

/// Moves and swaps until nothing is gained. Costs only fall, so that there is an end.
pub(super) fn improve(problem: &Problem, regions: &mut [usize]) {
    let mut free = problem.capacities.clone();
    for (item, &region) in problem.items.iter().zip(&*regions) {
        free[region] -= item.bytes;
    }
    while shift(problem, regions, &mut free) | swap(problem, regions, &mut free) {}
}

/// Moves items to cheaper regions with room.
fn shift(problem: &Problem, regions: &mut [usize], free: &mut [u64]) -> bool {
    let mut is_better = false;
    for (item, at) in problem.items.iter().zip(regions) {
        let cheaper = problem.homes(item).filter(|&(region, _)| region != *at && free[region] >= item.bytes);
        let best = cheaper.min_by_key(|&(region, cost)| (cost, region));
        if let Some((region, cost)) = best
            && Some(cost) < item.costs[*at]
        {
            free[*at] += item.bytes;
            free[region] -= item.bytes;
            *at = region;
            is_better = true;
        }
    }
    is_better
}

/// Swaps the regions of two items where both fit and the sum falls.
fn swap(problem: &Problem, regions: &mut [usize], free: &mut [u64]) -> bool {
    let mut is_better = false;
    for one in 0..regions.len() {
        for other in one + 1..regions.len() {
            let (here, there) = (regions[one], regions[other]);
            let [first, second] = [&problem.items[one], &problem.items[other]];
            if here == there
                || free[there] + second.bytes < first.bytes
                || free[here] + first.bytes < second.bytes
            {
                continue;
            }
            let now = first.costs[here].zip(second.costs[there]).map(|(a, b)| a + b);
            let then = first.costs[there].zip(second.costs[here]).map(|(a, b)| a + b);
            if then.is_some() && then < now {
                free[there] = free[there] + second.bytes - first.bytes;
                free[here] = free[here] + first.bytes - second.bytes;
                regions.swap(one, other);
                is_better = true;
            }
        }
    }
    is_better
}
