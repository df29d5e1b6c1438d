//! The relaxation: each byte of a region has a price, and then each item goes where it is cheapest.

use super::fit::{Order, fit};
use super::improve::improve;
use super::{Problem, Solution, rising};

/// How often the prices are moved, at most.
const ROUNDS: u32 = 400;
/// After so many rounds without a better bound the steps are halved.
const PATIENCE: u32 = 20;

/// What the relaxed problem says of some prices.
pub(super) struct Relaxed {
    /// No assignment that fits costs less.
    pub(super) bound: f64,
    /// How many bytes more (or less) than its capacity each region would hold.
    excess: Vec<f64>,
}

pub(super) fn solve(problem: &Problem) -> Option<Solution> {
    let mut prices = vec![0.0; problem.capacities.len()];
    let mut best = Best { problem, raw: u64::MAX, solution: None };
    for order in [Order::Regret, Order::Size] {
        best.try_(&prices, order);
    }
    let (mut bound, mut at_bound) = (f64::NEG_INFINITY, prices.clone());
    let (mut scale, mut waited) = (2.0, 0);
    for _ in 0..ROUNDS {
        let relaxed = relax(problem, &prices);
        if relaxed.bound > bound {
            (bound, waited) = (relaxed.bound, 0);
            at_bound.clone_from(&prices);
        } else {
            waited += 1;
            if waited == PATIENCE {
                (scale, waited) = (scale / 2.0, 0);
                prices.clone_from(&at_bound);
                continue;
            }
        }
        best.try_(&prices, Order::Regret);
        if best.cost().is_some_and(|cost| whole(bound) >= cost) {
            break;
        }
        // A price does not fall below zero, so that a region that has none and room left does not pull the others.
        let pull = |(excess, price): (&f64, &f64)| if *excess < 0.0 && *price == 0.0 { 0.0 } else { *excess };
        let pulls: Vec<f64> = relaxed.excess.iter().zip(&prices).map(pull).collect();
        let norm: f64 = pulls.iter().map(|pull| pull * pull).sum();
        if norm == 0.0 {
            break;
        }
        let target = best.cost().map_or(relaxed.bound.abs() * 1.05 + 1.0, |cost| cost as f64);
        let step = scale * (target - relaxed.bound).max(1.0) / norm;
        for (price, pull) in prices.iter_mut().zip(pulls) {
            *price = (*price + step * pull).max(0.0);
        }
    }
    best.try_(&at_bound, Order::Size);
    let (cost, regions) = best.solution?;
    // The sums are rounded a little: never above the cost, which is that of an assignment.
    Some(Solution { regions, cost, bound: whole(bound).min(cost), prices: at_bound })
}

/// Each item where cost and price are least.
pub(super) fn relax(problem: &Problem, prices: &[f64]) -> Relaxed {
    let mut excess: Vec<f64> = problem.capacities.iter().map(|capacity| -(*capacity as f64)).collect();
    let mut bound: f64 = prices.iter().zip(&excess).map(|(price, less)| price * less).sum();
    for item in &problem.items {
        let cheapest = problem.priced(item, prices).min_by(rising);
        if let Some((cost, region)) = cheapest {
            bound += cost;
            excess[region] += item.bytes as f64;
        }
    }
    Relaxed { bound, excess }
}

/// The least whole number that a cost of at least `bound` can be, with room for the rounding of sums.
pub(super) fn whole(bound: f64) -> u64 {
    let rounding = 1e-9 * bound.abs() + 1e-6;
    (bound - rounding).ceil().max(0.0) as u64
}

/// The cheapest assignment so far.
struct Best<'p> {
    problem: &'p Problem,
    /// What the cheapest one cost before it was improved.
    raw: u64,
    solution: Option<(u64, Vec<usize>)>,
}

impl Best<'_> {
    fn cost(&self) -> Option<u64> {
        self.solution.as_ref().map(|(cost, _)| *cost)
    }

    /// Makes an assignment by these prices. Improving it takes most of the time, so that it is done only for one that is
    /// cheaper, before it is improved, than all others were.
    fn try_(&mut self, prices: &[f64], order: Order) {
        let Some(mut regions) = fit(self.problem, prices, order) else { return };
        let Some(cost) = self.problem.cost(&regions) else { return };
        if cost >= self.raw {
            return;
        }
        self.raw = cost;
        improve(self.problem, &mut regions);
        let Some(cost) = self.problem.cost(&regions) else { return };
        if self.cost().is_none_or(|best| cost < best) {
            self.solution = Some((cost, regions));
        }
    }
}
