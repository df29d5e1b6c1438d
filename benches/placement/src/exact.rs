//! The same problems for an integer programming library, which tells what the least cost is.

use std::time::Duration;

use microlp::{ComparisonOp, OptimizationDirection, SolutionStatus};
use sostenuto_board::assignment::Problem;

/// What the library has found.
pub struct Exact {
    pub cost: u64,
    /// Whether it says that nothing costs less.
    pub is_optimal: bool,
}

/// Solves the problem; `None` if it finds nothing in the time.
pub fn solve(problem: &Problem, time: Duration) -> Option<Exact> {
    let mut program = microlp::Problem::new(OptimizationDirection::Minimize);
    let mut loads = vec![Vec::new(); problem.capacities.len()];
    let mut choices = Vec::new();
    for item in &problem.items {
        let mut choice = Vec::new();
        for (region, cost) in item.costs.iter().enumerate() {
            let Some(cost) = cost.filter(|_| item.bytes <= problem.capacities[region]) else { continue };
            let variable = program.add_binary_var(cost as f64);
            choice.push((region, variable));
            // In kilobytes, so that no coefficient is far from 1.
            loads[region].push((variable, item.bytes as f64 / 1_024.0));
        }
        let sum = choice.iter().map(|(_, variable)| (*variable, 1.0));
        program.add_constraint(sum.collect::<Vec<_>>(), ComparisonOp::Eq, 1.0);
        choices.push(choice);
    }
    for (load, capacity) in loads.into_iter().zip(&problem.capacities) {
        program.add_constraint(load, ComparisonOp::Le, *capacity as f64 / 1_024.0);
    }
    program.set_time_limit(time);
    let solution = program.solve().ok()?.into_solution().ok()?;
    let regions = choices.iter().map(|choice| {
        choice.iter().find(|(_, variable)| solution.var_value(*variable) > 0.5).map(|(region, _)| *region)
    });
    let cost = problem.cost(&regions.collect::<Option<Vec<usize>>>()?)?;
    Some(Exact { cost, is_optimal: solution.status() == SolutionStatus::Optimal })
}
