//! How far from its bound an assignment of made-up storages to the regions of a made-up board is, and what simpler ways
//! and an integer programming library give.

#[cfg(feature = "exact")]
mod exact;
mod instances;
mod simple;

use instances::instance;
use sostenuto_board::assignment::{Problem, Solution};
use std::time::Instant;

/// The library is asked for the least of no more storages than these, and for so many seconds.
#[cfg(feature = "exact")]
const EXACT: (usize, u64) = (100, 10);

fn main() {
    println!(
        "Costs of made-up programs on 8 regions, in % above the bound; `proven` is the least that 1,000,000 steps proved, \
         `microlp` what that library calls the least, or the best it has found (~)."
    );
    println!(
        "{:>8} {:>8} {:>9} {:>15} {:>13} {:>10} {:>8} {:>10} {:>9} {:>10}",
        "storages",
        "ours",
        "first fit",
        "smallest first",
        "regret a byte",
        "time",
        "proven",
        "time",
        "microlp",
        "time"
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
    let since = |start: Instant| format!("{:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let time = since(start);
    let above = |cost: Option<u64>| {
        cost.map_or("-".to_owned(), |cost| {
            format!("{:.2}", 100.0 * (cost as f64 / solution.bound as f64 - 1.0))
        })
    };
    let start = Instant::now();
    let proven = problem.prove(1_000_000).ok().filter(|proven| proven.cost == proven.bound);
    let proven_time = since(start);
    let (exact, exact_time) = library(count, problem, proven.as_ref(), &above);
    println!(
        "{count:>8} {:>8} {:>9} {:>15} {:>13} {time:>10} {:>8} {proven_time:>10} {exact:>9} {exact_time:>10}",
        above(Some(solution.cost)),
        above(simple::first_fit(problem)),
        above(simple::smallest_first(problem)),
        above(simple::regret_a_byte(problem)),
        above(proven.map(|proven| proven.cost)),
    );
}

/// What the library says, and its time; an error of either if both say that theirs is the least, and differ.
#[cfg(feature = "exact")]
fn library(
    count: usize,
    problem: &Problem,
    proven: Option<&Solution>,
    above: &dyn Fn(Option<u64>) -> String,
) -> (String, String) {
    if count > EXACT.0 {
        return (String::new(), String::new());
    }
    let start = Instant::now();
    let exact = exact::solve(problem, std::time::Duration::from_secs(EXACT.1));
    let time = format!("{:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let mark = exact.as_ref().map_or("", |exact| if exact.is_optimal { "" } else { "~" });
    let cost = exact.as_ref().map(|exact| exact.cost);
    if let (Some(exact), Some(proven)) = (exact.filter(|exact| exact.is_optimal), proven) {
        assert_eq!(exact.cost, proven.cost, "the two least costs of {count} storages");
    }
    (format!("{mark}{}", above(cost)), time)
}

#[cfg(not(feature = "exact"))]
fn library(
    _: usize,
    _: &Problem,
    _: Option<&Solution>,
    _: &dyn Fn(Option<u64>) -> String,
) -> (String, String) {
    (String::new(), String::new())
}
