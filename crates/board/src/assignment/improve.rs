//! Makes an assignment cheaper, as long as moving an item, swapping two, or moving one and pushing another on does.

use super::Problem;

/// Moves and swaps until nothing is gained. Costs only fall, so that there is an end.
pub(super) fn improve(problem: &Problem, regions: &mut [usize]) {
    let mut free = problem.capacities.clone();
    for (item, &region) in problem.items.iter().zip(&*regions) {
        free[region] -= item.bytes;
    }
    while shift(problem, regions, &mut free) | swap(problem, regions, &mut free)
        || push(problem, regions, &mut free)
    {}
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

/// Moves items to cheaper regions without room, each time with another item from there going on to a third region.
fn push(problem: &Problem, regions: &mut [usize], free: &mut [u64]) -> bool {
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); free.len()];
    for (at, &region) in regions.iter().enumerate() {
        inside[region].push(at);
    }
    let mut is_better = false;
    for at in 0..regions.len() {
        let item = &problem.items[at];
        let Some(now) = item.costs[regions[at]] else { continue };
        // What is gained, the region, and what it pushes on to where.
        let mut best: Option<(u64, usize, usize, usize)> = None;
        for (region, cost) in
            problem.homes(item).filter(|&(region, cost)| cost < now && region != regions[at])
        {
            let gain = now - cost;
            let missing = item.bytes.saturating_sub(free[region]);
            for &other in inside[region].iter().filter(|&&other| problem.items[other].bytes >= missing) {
                let pushed = &problem.items[other];
                let Some(before) = pushed.costs[region] else { continue };
                for (third, after) in problem.homes(pushed) {
                    let room = free[third] >= pushed.bytes && third != region && third != regions[at];
                    let loss = after.saturating_sub(before);
                    if room && loss < gain && best.is_none_or(|best| gain - loss > best.0) {
                        best = Some((gain - loss, region, other, third));
                    }
                }
            }
        }
        let Some((_, region, other, third)) = best else { continue };
        for (which, to) in [(other, third), (at, region)] {
            let (from, bytes) = (regions[which], problem.items[which].bytes);
            inside[from].retain(|one| *one != which);
            inside[to].push(which);
            free[to] -= bytes;
            free[from] += bytes;
            regions[which] = to;
        }
        is_better = true;
    }
    is_better
}
