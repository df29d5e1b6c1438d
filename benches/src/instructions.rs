//! The measurement by instructions: what a kernel costs on a processor that nothing disturbs.
//!
//! The program runs itself under valgrind twice for each kernel and engine: once with the run of the kernel and once
//! without. What is between the two is the kernel alone.
//!
//! The tool is cachegrind without its caches. Callgrind gives the same numbers, but takes the jumps of an engine with
//! tail calls for calls that never return, and fills the memory of the computer with them.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::engines::Engine;
use crate::kernels::Kernel;
use crate::table::Table;

/// Counts the instructions of all kernels in all of these engines, which must interpret.
///
/// # Errors
/// When there is no valgrind, and when a kernel fails in it.
pub fn measure(kernels: &[Kernel], engines: &[Box<dyn Engine>]) -> Result<Vec<Table>> {
    let engines: Vec<_> = engines.iter().map(|engine| engine.name()).collect();
    let mut table = Table::new("thousand instructions", engines.clone());
    let bar = crate::progress(kernels.len() as u64 * engines.len() as u64);
    for kernel in kernels {
        let mut counts = Vec::new();
        for engine in &engines {
            bar.set_message(format!("{} in {engine}", kernel.name));
            let run = count(kernel.name, engine, &[])?;
            let idle = count(kernel.name, engine, &["--load-only"])?;
            counts.push(run.saturating_sub(idle) as f64 / 1e3);
            bar.inc(1);
        }
        table.row(kernel.name, counts);
    }
    bar.finish_and_clear();
    Ok(vec![table])
}

/// The instructions of a run of this program with `--once`.
fn count(kernel: &str, engine: &str, more: &[&str]) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(env::current_exe()?);
    command.args(["--once", "--kernel", kernel, "--engine", engine]).args(more);
    let output = command.output().context("valgrind does not start: is it installed?")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{kernel} in {engine} under valgrind:\n{text}");
    let found = text.lines().find_map(|line| line.split_once("I   refs:"));
    let (_, count) = found.with_context(|| format!("cachegrind gives no count:\n{text}"))?;
    Ok(count.trim().replace(',', "").parse()?)
}
