//! What it takes to load a module: checking and translating it, and making an instance of it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sostenuto_vm::{FlatMemory, Instance};
use wasmi_2::Store;

use crate::engines::wasmi2;
use crate::kernels::Kernel;
use crate::rounds::{Times, summarize, take_turn};
use crate::table::Table;
use crate::{large, progress};

/// Bytes of code of the modules. The first is that of a large patch.
const SIZES: [usize; 3] = [20_000, 200_000, 2_000_000];

/// The engines that are measured.
pub const ENGINES: [&str; 2] = ["sostenuto", "wasmi2"];

/// Measures both engines on modules of growing size, and on instances of the smallest.
///
/// # Errors
/// When one of them refuses a module.
pub fn measure(kernels: &[Kernel], rounds: u32) -> Result<Vec<Table>> {
    let mut modules = Vec::new();
    for size in SIZES {
        modules.push(large::module(kernels, size)?);
    }
    let (smallest, _) = &modules[0];
    let mut times = Table::new("microseconds", ENGINES.to_vec());
    let mut speeds = Table::new("MB/s", ENGINES.to_vec()).without_ratios();
    let bar = progress((modules.len() as u64 + 2) * u64::from(rounds));
    for (wasm, functions) in &modules {
        bar.set_message(format!("translate {} B", wasm.len()));
        let both = alternate(rounds, &bar, [&|| ours(wasm), &|| theirs(wasm)])?;
        let what = format!("translate {} KB", wasm.len() / 1000);
        times.row(what, both.map(|times| times.min).to_vec());
        let speed = both.map(|times| wasm.len() as f64 / times.min).to_vec();
        speeds.row(format!("{} KB, {functions} functions", wasm.len() / 1000), speed);
    }
    bar.set_message("translate and instantiate");
    let both =
        alternate(rounds, &bar, [&|| our_instance(smallest, true), &|| their_instance(smallest, true)])?;
    times.row("… and instantiate 20 KB", both.map(|times| times.min).to_vec());
    bar.set_message("instantiate");
    let both =
        alternate(rounds, &bar, [&|| our_instance(smallest, false), &|| their_instance(smallest, false)])?;
    times.row("instantiate 20 KB", both.map(|times| times.min).to_vec());
    bar.finish_and_clear();
    Ok(vec![times, speeds])
}

type Step<'s> = &'s dyn Fn() -> Result<Duration>;

fn alternate(rounds: u32, bar: &indicatif::ProgressBar, steps: [Step<'_>; 2]) -> Result<[Times; 2]> {
    let mut samples = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (step, samples) in steps.iter().zip(&mut samples) {
            take_turn(samples, &mut || step())?;
        }
        bar.inc(1);
    }
    Ok(samples.map(summarize))
}

fn ours(wasm: &[u8]) -> Result<Duration> {
    let start = Instant::now();
    let module = sostenuto_vm::Module::new(wasm)?;
    let time = start.elapsed();
    ensure!(module.function_count() > 0, "nothing was translated");
    Ok(time)
}

fn theirs(wasm: &[u8]) -> Result<Duration> {
    // The engine keeps the code of all of its modules, so each gets a new one.
    let engine = wasmi2::engine(false);
    let start = Instant::now();
    let module = wasmi_2::Module::new(&engine, wasm)?;
    let time = start.elapsed();
    drop(module);
    Ok(time)
}

/// An instance with its memory; without the thread, whose stack the caller chooses.
fn our_instance(wasm: &[u8], with_translation: bool) -> Result<Duration> {
    let mut start = Instant::now();
    let module = sostenuto_vm::Module::new(wasm)?;
    if !with_translation {
        start = Instant::now();
    }
    let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
    let instance = Instance::new(&module, memory)?;
    let time = start.elapsed();
    drop(instance);
    Ok(time)
}

/// An instance with its store; without the linker, which a host makes once.
fn their_instance(wasm: &[u8], with_translation: bool) -> Result<Duration> {
    let engine = wasmi2::engine(false);
    let linker = wasmi2::linker(&engine)?;
    let mut start = Instant::now();
    let module = wasmi_2::Module::new(&engine, wasm)?;
    if !with_translation {
        start = Instant::now();
    }
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate_and_start(&mut store, &module)?;
    let time = start.elapsed();
    let _ = (instance, store);
    Ok(time)
}
