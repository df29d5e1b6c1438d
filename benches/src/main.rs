//! Compares the interpreter with other engines on small audio programs.

mod engines;
mod impala;
mod kernels;
mod rounds;
mod table;
mod versions;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use engines::Engine;
use kernels::{Kernel, Loaded};
use table::Table;

/// Compares the interpreter with other engines on small audio programs, all in one run.
#[derive(Parser)]
struct Args {
    /// Only kernels whose name begins so; several with commas
    #[arg(long, value_delimiter = ',')]
    kernel: Vec<String>,
    /// Only these engines; several with commas
    #[arg(long, value_delimiter = ',')]
    engine: Vec<String>,
    /// How often each engine has its turn with each kernel
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Runs one kernel once in one engine, with no timing, and prints its checksum
    #[arg(long)]
    once: bool,
    /// With --once: loads the kernel but does not run it
    #[arg(long, requires = "once")]
    load_only: bool,
}

/// What the others are compared with.
const REFERENCE: &str = "wasmi2";

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let mut kernels = kernels::all()?;
    let mut engines = engines::all();
    let names = |names: Vec<&str>| names.join(", ");
    let all_kernels = names(kernels.iter().map(|kernel| kernel.name).collect());
    let all_engines = names(engines.iter().map(|engine| engine.name()).collect());
    if !args.kernel.is_empty() {
        kernels.retain(|kernel| args.kernel.iter().any(|wanted| kernel.name.starts_with(&**wanted)));
    }
    if !args.engine.is_empty() {
        engines.retain(|engine| args.engine.iter().any(|wanted| engine.name() == wanted));
    }
    ensure!(!kernels.is_empty(), "no such kernel; there are: {all_kernels}");
    ensure!(!engines.is_empty(), "no such engine; there are: {all_engines}");
    if args.once {
        ensure!(kernels.len() == 1 && engines.len() == 1, "--once needs one --kernel and one --engine");
        return once(&kernels[0], &*engines[0], args.load_only);
    }
    times(&kernels, &engines, args.rounds)
}

fn once(kernel: &Kernel, engine: &dyn Engine, load_only: bool) -> Result<()> {
    let mut loaded = Loaded::new(engine, kernel)?;
    if !load_only {
        println!("{}", loaded.run()?);
    }
    Ok(())
}

fn times(kernels: &[Kernel], engines: &[Box<dyn Engine>], rounds: u32) -> Result<()> {
    let timed = rounds::measure(kernels, engines, rounds)?;
    print!("{}", versions::head(engines));
    for (title, pick) in [
        ("microseconds, minimum", (|times| times.min) as fn(&rounds::Times) -> f64),
        ("microseconds, median", |times| times.median),
    ] {
        let row = |kernel: &rounds::Timed| kernel.engines.iter().map(pick).collect();
        let table = Table {
            title,
            engines: engines.iter().map(|engine| engine.name()).collect(),
            kernels: timed.iter().map(|kernel| (kernel.kernel, row(kernel))).collect(),
            reference: REFERENCE,
        };
        print!("\n{}", table.render());
    }
    Ok(())
}

/// A bar on the terminal, silent where there is none.
fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
