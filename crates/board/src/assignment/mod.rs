//! The problem behind a plan: items of some sizes go to regions of some capacities, each at a cost, for the least sum.
//!
//! ```
//! use sostenuto_board::assignment::{Item, Problem};
//!
//! // A fast region of 100 bytes and a slow one of 1,000; cycles a block for each item in each of them.
//! let problem = Problem {
//!     capacities: vec![100, 1000],
//!     items: vec![
//!         Item { bytes: 60, costs: vec![Some(10), Some(50)] },
//!         Item { bytes: 60, costs: vec![Some(20), Some(90)] },
//!         Item { bytes: 40, costs: vec![None, Some(5)] }, // must not be in the fast one
//!     ],
//! };
//! let solution = problem.solve().unwrap();
//! assert_eq!((&solution.regions[..], solution.cost), (&[1, 0, 1][..], 75));
//! // No assignment costs less than the bound. Of so few items, the least cost is soon proven.
//! let proven = problem.prove(1000).unwrap();
//! assert_eq!((proven.cost, proven.bound), (75, 75));
//! ```
//!
//! This is the generalised assignment problem, which is NP-hard: nobody knows a way that is quick and always finds the
//! least. [`Problem::solve`] finds a good assignment and a bound below which none can be, so that how far it is from the
//! least at most is known ([`Solution::gap`]). It relaxes the capacities by prices a byte (Lagrange multipliers, moved along
//! subgradients: Fisher, "The Lagrangian relaxation method for solving integer programming problems", Management Science
//! 27, 1981), makes an assignment that fits out of each relaxed one, and improves the best ones: by moving and swapping items,
//! by moving one and pushing another on, and by dealing anew what lies in two regions.
//! The prices at the end say what one byte more of a region would save ([`Solution::prices`]).
//!
//! The bound is the nearer the more items there are: with a few dozen, it can be some percent below the least that there is,
//! and [`Problem::prove`] is the way to know.
//!
//! All costs are whole numbers and all ties are broken by position, so that the same problem has the same solution on each
//! computer.

mod deal;
mod fit;
mod improve;
mod prove;
mod relax;

use std::cmp::Ordering;

/// Items, and regions to put them in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How many bytes each region holds.
    pub capacities: Vec<u64>,
    /// What is to be put somewhere.
    pub items: Vec<Item>,
}

/// What goes to one region as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How many bytes it takes.
    pub bytes: u64,
    /// What it costs in each region, in any unit of which the sum of all stays below 2⁵³; `None` where it must not be.
    pub costs: Vec<Option<u64>>,
}

/// An assignment of each item to a region, that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The region of each item, by its position.
    pub regions: Vec<usize>,
    /// The sum of the costs.
    pub cost: u64,
    /// No assignment that fits costs less than this.
    pub bound: u64,
    /// About what one byte more of each region would save.
    pub prices: Vec<f64>,
}

impl Solution {
    /// By which part of its cost the assignment is above the bound: 0 if nothing can be better.
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.cost == self.bound { 0.0 } else { (self.cost - self.bound) as f64 / self.cost as f64 }
    }
}

/// No assignment that fits was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSolution {
    /// An item is larger than each region in which it may be.
    #[error("item {item} of {bytes} B is larger than each region where it may be")]
    TooLarge {
        /// Its position.
        item: usize,
        /// Its size.
        bytes: u64,
    },
    /// None was found, which does not prove that there is none.
    #[error("no way was found to fit all items into their regions")]
    NotFound,
}

impl Problem {
    /// A good assignment, with a bound.
    ///
    /// # Errors
    ///
    /// [`NoSolution`], if an item fits nowhere, or if none was found.
    ///
    /// # Panics
    ///
    /// If an item has not as many costs as there are regions.
    pub fn solve(&self) -> Result<Solution, NoSolution> {
        self.solve_with(None)
    }

    /// The same, where an assignment that fits is known already.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve); an assignment that does not fit counts as none.
    ///
    /// # Panics
    ///
    /// As `solve`.
    pub fn solve_from(&self, regions: Vec<usize>) -> Result<Solution, NoSolution> {
        self.solve_with(Some(regions))
    }

    fn solve_with(&self, known: Option<Vec<usize>>) -> Result<Solution, NoSolution> {
        for (at, item) in self.items.iter().enumerate() {
            assert_eq!(item.costs.len(), self.capacities.len(), "item {at} has a cost for each region");
            if self.is_homeless(item) {
                return Err(NoSolution::TooLarge { item: at, bytes: item.bytes });
            }
        }
        let sum = |bytes: &mut dyn Iterator<Item = u64>| bytes.map(u128::from).sum::<u128>();
        let wanted = sum(&mut self.items.iter().map(|item| item.bytes));
        if wanted > sum(&mut self.capacities.iter().copied()) {
            return Err(NoSolution::NotFound);
        }
        relax::solve(self, known).ok_or(NoSolution::NotFound)
    }

    /// The assignment that costs least, if it is found within so many steps of the search (a million take less than a
    /// second) and there are no more than 5,000 items; or else the best one found, with a bound below its cost.
    ///
    /// # Errors
    ///
    /// As [`solve`](Self::solve).
    ///
    /// # Panics
    ///
    /// As `solve`.
    pub fn prove(&self, steps: u64) -> Result<Solution, NoSolution> {
        Ok(self.prove_from(self.solve()?, steps))
    }

    /// The same, from a solution of this problem.
    #[must_use]
    pub fn prove_from(&self, solution: Solution, steps: u64) -> Solution {
        prove::prove(self, solution, steps)
    }

    /// What the items cost in these regions, if all may be there and fit.
    #[must_use]
    pub fn cost(&self, regions: &[usize]) -> Option<u64> {
        let mut free = self.capacities.clone();
        let pairs = self.items.iter().zip(regions);
        let costs = pairs.map(|(item, &region)| {
            let free = free.get_mut(region)?;
            *free = free.checked_sub(item.bytes)?;
            item.costs[region]
        });
        let cost = costs.sum::<Option<u64>>()?;
        (regions.len() == self.items.len()).then_some(cost)
    }

    /// Whether no region takes the item, not even alone.
    #[must_use]
    pub fn is_homeless(&self, item: &Item) -> bool {
        self.homes(item).next().is_none()
    }

    /// Where an item may be and what it costs there with a price for each of its bytes.
    fn priced<'a>(&'a self, item: &'a Item, prices: &'a [f64]) -> impl Iterator<Item = (f64, usize)> + 'a {
        self.homes(item).map(|(region, cost)| (cost as f64 + prices[region] * item.bytes as f64, region))
    }

    /// The same, the cheapest first.
    fn by_price(&self, item: &Item, prices: &[f64]) -> Vec<(f64, usize)> {
        let mut homes: Vec<_> = self.priced(item, prices).collect();
        homes.sort_by(rising);
        homes
    }

    /// Where an item may be and what it costs there, if it were alone.
    fn homes<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = (usize, u64)> + 'a {
        let pairs = item.costs.iter().zip(&self.capacities).enumerate();
        pairs.filter_map(|(region, (cost, capacity))| {
            Some((region, (*cost)?)).filter(|_| item.bytes <= *capacity)
        })
    }
}

/// The order of numbers, and of positions where they are equal.
fn rising(one: &(f64, usize), other: &(f64, usize)) -> Ordering {
    one.0.total_cmp(&other.0).then(one.1.cmp(&other.1))
}
