//! How far from its bound an assignment of made-up storages to the regions of a made-up board is, and what simpler ways
//! give.

mod instances;
mod simple;

use instances::instance;
use sostenuto_board::assignment::Problem;
use std::time::Instant;

fn main() {
    println!(
        "Costs of made-up programs on 8 regions, in % above the bound; `proven` where 1,000,000 steps proved the least."
    );
    println!(
        "{:>8} {:>8} {:>9} {:>15} {:>13} {:>10} {:>8}",
        "storages", "ours", "first fit", "smallest first", "regret a byte", "time", "proven"
    );
    for count in [20, 50, 100, 200, 500, 1000] {
        for seed in 1..=3 {
            row(count, &instance(count, seed));
        }
    }
}

fn row(count: usize, problem: &Problem) {
    let start = Instant::now();
    let Ok(solution) = problem.solve() else {
        println!("{count:>8} no assignment was found");
        return;
    };
    let time = format!("{:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let above = |cost: Option<u64>| {
        cost.map_or("-".to_owned(), |cost| {
            format!("{:.2}", 100.0 * (cost as f64 / solution.bound as f64 - 1.0))
        })
    };
    let proven = problem.prove(1_000_000).is_ok_and(|proven| proven.gap() == 0.0);
    println!(
        "{count:>8} {:>8} {:>9} {:>15} {:>13} {time:>10} {:>8}",
        above(Some(solution.cost)),
        above(simple::first_fit(problem)),
        above(simple::smallest_first(problem)),
        above(simple::regret_a_byte(problem)),
        if proven { "yes" } else { "" },
    );
}
