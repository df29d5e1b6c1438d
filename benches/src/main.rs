//! Compares the interpreter with other engines on small audio programs.

#![deny(unsafe_code)]

mod engines;
mod heads;
mod impala;
mod instructions;
mod kernels;
mod large;
mod load;
mod mission;
mod rounds;
mod table;
mod versions;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use engines::Engine;
use kernels::{Kernel, Loaded};

/// Compares the interpreter with other engines on small audio programs, all in one run.
#[derive(Parser)]
struct Args {
    /// Only kernels whose name begins so; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    kernel: Vec<String>,
    /// Only these engines; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "load")]
    engine: Vec<String>,
    /// How often each engine has its turn with each kernel
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Prints the numbers as JSON
    #[arg(long)]
    json: bool,
    /// Counts instructions under valgrind instead of time, for the engines that interpret
    #[arg(long, group = "mode", visible_alias = "callgrind")]
    instructions: bool,
    /// Measures the loading of modules of three sizes, in the interpreter and in wasmi 2
    #[arg(long, group = "mode")]
    load: bool,
    /// Compares memory behind a page cache with flat memory, on the benchmark of ConeZ and at random places
    #[arg(long, group = "mode")]
    mission: bool,
    /// Lets the admission test and the model of the bus say how many heads of delay lines slow memory can carry
    #[arg(long, group = "mode")]
    heads: bool,
    /// Runs one kernel once in one engine, with no timing, and prints its checksum
    #[arg(long, group = "mode")]
    once: bool,
    /// With --once: loads the kernel but does not run it
    #[arg(long, requires = "once")]
    load_only: bool,
}

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
    let kernels = chosen_kernels(args)?;
    let mut engines = chosen_engines(args)?;
    if args.once {
        ensure!(kernels.len() == 1 && engines.len() == 1, "--once needs one --kernel and one --engine");
        return once(&kernels[0], &*engines[0], args.load_only);
    }
    let tables = if args.instructions {
        engines.retain(|engine| engine.interprets());
        instructions::measure(&kernels, &engines)?
    } else if args.load {
        engines.retain(|engine| load::ENGINES.contains(&engine.name()));
        load::measure(&kernels, args.rounds)?
    } else if args.mission {
        mission::measure(args.rounds)?
    } else if args.heads {
        heads::measure()?
    } else {
        rounds::measure(&kernels, &engines, args.rounds)?
    };
    if args.json {
        let tables: Vec<_> = tables.iter().map(table::Table::json).collect();
        let output = serde_json::json!({ "machine": versions::json(&engines), "tables": tables });
        println!("{output:#}");
    } else {
        print!("{}", versions::head(&engines));
        for table in &tables {
            print!("\n{}", table.render());
        }
    }
    Ok(())
}

fn chosen_kernels(args: &Args) -> Result<Vec<Kernel>> {
    let mut kernels = kernels::all()?;
    let names: Vec<_> = kernels.iter().map(|kernel| kernel.name).collect();
    for wanted in &args.kernel {
        let known = names.iter().any(|name| name.starts_with(&**wanted));
        ensure!(known, "no kernel `{wanted}`; there are {}", names.join(", "));
    }
    let wanted =
        |name: &str| args.kernel.is_empty() || args.kernel.iter().any(|wanted| name.starts_with(&**wanted));
    kernels.retain(|kernel| wanted(kernel.name));
    Ok(kernels)
}

fn chosen_engines(args: &Args) -> Result<Vec<Box<dyn Engine>>> {
    let mut engines = engines::all();
    let names: Vec<_> = engines.iter().map(|engine| engine.name()).collect();
    for wanted in &args.engine {
        ensure!(
            names.contains(&&**wanted),
            "no engine `{wanted}` in this build; there are {}",
            names.join(", ")
        );
    }
    engines
        .retain(|engine| args.engine.is_empty() || args.engine.iter().any(|wanted| engine.name() == wanted));
    Ok(engines)
}

fn once(kernel: &Kernel, engine: &dyn Engine, load_only: bool) -> Result<()> {
    let mut loaded = Loaded::new(engine, kernel)?;
    if !load_only {
        println!("{}", loaded.run()?);
    }
    Ok(())
}

/// A bar on the terminal, nothing where there is none.
fn progress(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
