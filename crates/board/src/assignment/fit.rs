//! An assignment that fits, made item by item.

use super::Problem;

/// The order of the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// What loses most a byte when it does not get its best region comes first.
    Regret,
    /// The largest come first: where room is scarce.
    Size,
}

/// Gives each item the region that is best for it by cost and price, of those that still have room.
pub(super) fn fit(problem: &Problem, prices: &[f64], order: Order) -> Option<Vec<usize>> {
    let homes: Vec<_> = problem.items.iter().map(|item| problem.by_price(item, prices)).collect();
    let mut queue: Vec<(f64, usize)> =
        homes.iter().enumerate().map(|(at, homes)| (urgency(problem, at, homes, order), at)).collect();
    queue.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));

    let mut free = problem.capacities.clone();
    let mut regions = vec![0; problem.items.len()];
    for (_, at) in queue {
        let bytes = problem.items[at].bytes;
        let &(_, region) = homes[at].iter().find(|(_, region)| free[*region] >= bytes)?;
        free[region] -= bytes;
        regions[at] = region;
    }
    Some(regions)
}

fn urgency(problem: &Problem, at: usize, homes: &[(f64, usize)], order: Order) -> f64 {
    let bytes = problem.items[at].bytes as f64;
    match (order, homes) {
        (_, [_]) => f64::INFINITY, // has one home, where nothing else can give way to it
        (Order::Size, _) => bytes,
        (Order::Regret, [best, next, ..]) => (next.0 - best.0) / bytes.max(1.0),
        (Order::Regret, []) => 0.0,
    }
}
