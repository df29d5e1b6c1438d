//! The relaxation: each byte of a region has a price, and then each item goes where it is cheapest.

use std::collections::BTreeSet;

use super::fit::{Order, fit};
use super::improve::improve;
use super::{Problem, Solution, deal, rising};

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

/// The best assignment found, if one is found, beside the one that may be known already.
pub(super) fn solve(problem: &Problem, known: Option<Vec<usize>>) -> Option<Solution> {
    let mut prices = vec![0.0; problem.capacities.len()];
    let mut best = Best::new(problem);
    if let Some(regions) = known {
        best.add(regions);
    }
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
    let (cost, regions) = best.finish(&at_bound)?;
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

/// Improving an assignment compares each item with each other, some times: so many comparisons are worth their time.
const COMPARISONS: usize = 5_000_000;

/// So many of the cheapest assignments are dealt anew.
const DEALT: usize = 2;

/// The cheapest assignments so far.
struct Best<'p> {
    problem: &'p Problem,
    /// The cheapest after they were improved by moves and swaps.
    improved: BTreeSet<(u64, Vec<usize>)>,
    /// The cheapest that are not improved yet; no more than are worth it.
    waiting: BTreeSet<(u64, Vec<usize>)>,
    most: usize,
    /// What the cheapest one cost before it was improved.
    raw: u64,
}

impl<'p> Best<'p> {
    fn new(problem: &'p Problem) -> Best<'p> {
        let pairs = problem.items.len() * problem.items.len();
        let most = (COMPARISONS / pairs.max(1)).clamp(1, ROUNDS as usize);
        Best { problem, improved: BTreeSet::new(), waiting: BTreeSet::new(), most, raw: u64::MAX }
    }

    fn cost(&self) -> Option<u64> {
        self.improved.first().map(|(cost, _)| *cost)
    }

    /// Makes an assignment by these prices.
    fn try_(&mut self, prices: &[f64], order: Order) {
        if let Some(regions) = fit(self.problem, prices, order) {
            self.add(regions);
        }
    }

    /// Improves an assignment that is cheaper than all others were, and keeps another for the end.
    fn add(&mut self, regions: Vec<usize>) {
        let Some(cost) = self.problem.cost(&regions) else { return };
        if cost < self.raw {
            self.raw = cost;
            self.improve(regions);
        } else {
            keep(&mut self.waiting, (cost, regions), self.most);
        }
    }

    fn improve(&mut self, mut regions: Vec<usize>) {
        improve(self.problem, &mut regions);
        if let Some(cost) = self.problem.cost(&regions) {
            keep(&mut self.improved, (cost, regions), DEALT);
        }
    }

    /// The cheapest of all, with what dealing anew gains.
    fn finish(mut self, prices: &[f64]) -> Option<(u64, Vec<usize>)> {
        for (_, regions) in std::mem::take(&mut self.waiting) {
            self.improve(regions);
        }
        let dealt = self.improved.into_iter().filter_map(|(_, mut regions)| {
            while deal::improve(self.problem, &mut regions, prices) {
                improve(self.problem, &mut regions);
            }
            Some((self.problem.cost(&regions)?, regions))
        });
        dealt.min()
    }
}

/// Keeps no more than so many, the cheapest.
fn keep(set: &mut BTreeSet<(u64, Vec<usize>)>, assignment: (u64, Vec<usize>), most: usize) {
    set.insert(assignment);
    if set.len() > most {
        set.pop_last();
    }
}
