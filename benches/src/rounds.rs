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

/// An engine's turn lasts at least so long, or one run.
const TURN: Duration = Duration::from_millis(20);

/// The times of one kernel.
pub struct Timed {
    pub kernel: &'static str,
    /// One for each engine, in microseconds.
    pub engines: Vec<Times>,
}

/// The times of one kernel in one engine, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Times {
    pub min: f64,
    pub median: f64,
}

/// Measures all kernels in all engines.
///
/// # Errors
/// When a module does not load, when a run traps, and when two checksums differ.
pub fn measure(kernels: &[Kernel], engines: &[Box<dyn Engine>], rounds: u32) -> Result<Vec<Timed>> {
    let turns = kernels.len() as u64 * u64::from(rounds) * engines.len() as u64;
    let progress = crate::progress(turns);
    let timed = kernels.iter().map(|kernel| measure_kernel(kernel, engines, rounds, &progress)).collect();
    progress.finish_and_clear();
    timed
}

fn measure_kernel(
    kernel: &Kernel,
    engines: &[Box<dyn Engine>],
    rounds: u32,
    progress: &ProgressBar,
) -> Result<Timed> {
    let mut loaded =
        engines.iter().map(|engine| Loaded::new(&**engine, kernel)).collect::<Result<Vec<_>>>()?;
    let mut samples = vec![Vec::new(); engines.len()];
    let mut agreed = match kernel.drive {
        Drive::Run { checksum } => Some(checksum),
        Drive::Samples(_) => None,
    };
    for _ in 0..rounds {
        for (index, engine) in engines.iter().enumerate() {
            progress.set_message(format!("{} in {}", kernel.name, engine.name()));
            let checksum = turn(&mut loaded[index], &mut samples[index])?;
            let agreed = *agreed.get_or_insert(checksum);
            ensure!(
                checksum == agreed,
                "{} gives {checksum} in {}, where it should be {agreed}",
                kernel.name,
                engine.name()
            );
            progress.inc(1);
        }
    }
    let engines = samples.into_iter().map(summarize).collect();
    Ok(Timed { kernel: kernel.name, engines })
}

/// One engine's turn. The first of several runs does not count: it finds the caches full of another engine.
fn turn(loaded: &mut Loaded<'_>, samples: &mut Vec<f64>) -> Result<i32> {
    let begin = Instant::now();
    let kept = samples.len();
    loop {
        loaded.rewind()?;
        let start = Instant::now();
        let checksum = loaded.run()?;
        samples.push(start.elapsed().as_secs_f64() * 1e6);
        if begin.elapsed() >= TURN {
            if samples.len() > kept + 1 {
                samples.remove(kept);
            }
            return Ok(checksum);
        }
    }
}

/// The summary of at least one sample.
pub fn summarize(mut samples: Vec<f64>) -> Times {
    samples.sort_by(f64::total_cmp);
    Times { min: samples[0], median: samples[samples.len() / 2] }
}
