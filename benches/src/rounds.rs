//! The measurement by time: rounds over all kernels and all engines.
//!
//! The engines take turns in each round, so that other work on the machine slows all of them down, and the minimum of
//! each comes from its own best moment. A bench harness such as criterion finishes one engine before it begins the
//! next: then ten seconds of a neighbour's compilation are all one engine's. What is compared is milliseconds of an
//! interpreter, for which `Instant` is fine enough.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use indicatif::ProgressBar;

use crate::engines::Engine;
use crate::kernels::{Drive, Kernel, Loaded};
use crate::table::Table;

/// A turn lasts at least so long, or one run.
const TURN: Duration = Duration::from_millis(20);

/// The times of one kernel in one engine, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    pub min: f64,
    pub median: f64,
}

/// Measures all kernels in all engines; gives a table of minima and one of medians.
///
/// # Errors
/// When a module does not load, when a run traps, and when two checksums differ.
pub fn measure(kernels: &[Kernel], engines: &[Box<dyn Engine>], rounds: u32) -> Result<Vec<Table>> {
    let names: Vec<_> = engines.iter().map(|engine| engine.name()).collect();
    let mut minima = Table::new("microseconds, minimum", names.clone());
    let mut medians = Table::new("microseconds, median", names);
    let bar = crate::progress(kernels.len() as u64 * u64::from(rounds) * engines.len() as u64);
    for kernel in kernels {
        let times = measure_kernel(kernel, engines, rounds, &bar)?;
        minima.row(kernel.name, times.iter().map(|times| times.min).collect());
        medians.row(kernel.name, times.iter().map(|times| times.median).collect());
    }
    bar.finish_and_clear();
    Ok(vec![minima, medians])
}

fn measure_kernel(
    kernel: &Kernel,
    engines: &[Box<dyn Engine>],
    rounds: u32,
    bar: &ProgressBar,
) -> Result<Vec<Times>> {
    let mut loaded =
        engines.iter().map(|engine| Loaded::new(&**engine, kernel)).collect::<Result<Vec<_>>>()?;
    let mut samples = vec![Vec::new(); engines.len()];
    let mut agreed = match kernel.drive {
        Drive::Run { checksum } => Some(checksum),
        Drive::Samples(_) => None,
    };
    for _ in 0..rounds {
        for (index, engine) in engines.iter().enumerate() {
            bar.set_message(format!("{} in {}", kernel.name, engine.name()));
            let loaded = &mut loaded[index];
            take_turn(&mut samples[index], &mut || {
                loaded.rewind()?;
                let start = Instant::now();
                let checksum = loaded.run()?;
                let time = start.elapsed();
                let agreed = *agreed.get_or_insert(checksum);
                let (kernel, engine) = (kernel.name, engine.name());
                ensure!(checksum == agreed, "{kernel} in {engine} gives {checksum}, not {agreed}");
                Ok(time)
            })?;
            bar.inc(1);
        }
    }
    Ok(samples.into_iter().map(summarize).collect())
}

/// Does a step again and again until the turn is over, and keeps its times, in microseconds. The first of several does
/// not count: it finds the caches full of another engine.
pub fn take_turn(samples: &mut Vec<f64>, step: &mut dyn FnMut() -> Result<Duration>) -> Result<()> {
    let begin = Instant::now();
    let before = samples.len();
    while samples.len() == before || begin.elapsed() < TURN {
        samples.push(step()?.as_secs_f64() * 1e6);
    }
    if samples.len() > before + 1 {
        samples.remove(before);
    }
    Ok(())
}

/// The summary of at least one sample.
pub fn summarize(mut samples: Vec<f64>) -> Times {
    samples.sort_by(f64::total_cmp);
    Times { min: samples[0], median: samples[samples.len() / 2] }
}
