//! `sostenuto faust-rs`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use sostenuto_board::{Board, Plan, bytes};
use sostenuto_faust::rust::{Math, Module, PlanError, RustOptions, compile, module, planned_module};

use crate::arguments::{FaustRsArguments, MathArgument};
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::{LARGEST, beside};
use crate::{faust, input, terminal};

/// Compiles a Faust program to a Rust module, placed on a board if one is named.
pub fn write(arguments: &FaustRsArguments) -> Result<(), Failure> {
    let path = &arguments.program;
    if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("dsp")) {
        return Err(Failure::NoFaust { path: path.clone() });
    }
    let load = |name| Board::load_after(name, arguments.boot.as_deref());
    let board = arguments.board.as_deref().map(load).transpose()?;
    let text = input::text(path, LARGEST, "program")?;
    if text.trim().is_empty() {
        return Err(Failure::EmptyProgram { path: path.clone() });
    }
    let output = arguments.output.clone().unwrap_or_else(|| beside(path, "rs"));
    let inputs = [Some(path.as_path()), arguments.board.as_deref().map(Path::new)];
    let output = Output::new("--out", output, &inputs.into_iter().flatten().collect::<Vec<_>>())?;

    let compiled =
        compile(path, &arguments.faust.options()).map_err(|error| faust::refused(error, path, &text))?;
    let options = options_of(arguments);
    let refused = |source| Failure::FaustRust { path: path.clone(), source };
    let (module, plan) = match &board {
        Some(board) => {
            let planned = planned_module(&compiled, &options, board).map_err(|error| match error {
                PlanError::Rust(source) => refused(source),
                PlanError::DoesNotFit(reasons) => Failure::DoesNotFit(reasons),
            });
            planned.map(|(module, plan)| (module, Some(plan)))?
        }
        None => (module(&compiled, &options).map_err(refused)?, None),
    };
    output.write(module.text.as_bytes())?;
    terminal::print(&report(&output, &module, plan.as_ref()))
}

fn options_of(arguments: &FaustRsArguments) -> RustOptions {
    let math = match arguments.math {
        MathArgument::ByTarget => Math::ByTarget,
        MathArgument::Std => Math::Std,
        MathArgument::Libm => Math::Libm,
    };
    let threshold = usize::try_from(arguments.threshold).unwrap_or(usize::MAX);
    RustOptions { threshold, placed: arguments.placed.clone(), math }
}

fn report(output: &Output, module: &Module, plan: Option<&Plan>) -> String {
    let crates = match module.text.contains("libm::") {
        true => "the crates sostenuto-mem and libm",
        false => "the crate sostenuto-mem",
    };
    let size = bytes::text(module.text.len() as u64);
    let mut text = format!("Wrote {}: {size}. It needs {crates}.\n\n", output.path().display());
    let widest = module.storages.iter().map(|storage| storage.name.len()).max().unwrap_or_default().max(4);
    let mut row = |name: &str, bytes: &str, kind: &str, region: Option<&str>| {
        let line = format!("  {name:widest$}  {bytes:>11}  {kind:8}  {}", region.unwrap_or_default());
        text.extend([line.trim_end(), "\n"]);
    };
    row("zone", "bytes", "kind", plan.map(|_| "region"));
    let mut regions: BTreeMap<&str, u64> = BTreeMap::new();
    for storage in &module.storages {
        let placement = plan.and_then(|plan| plan.placement(&storage.name));
        let region = placement.map(|placement| placement.region.as_str());
        let kind = if storage.name == module.instance { "instance" } else { storage.kind.name() };
        row(&storage.name, &bytes::grouped(storage.bytes.into()), kind, region);
        *regions.entry(region.unwrap_or_default()).or_default() +=
            u64::from(storage.bytes.next_multiple_of(storage.align));
    }
    let sums = regions.into_iter().map(|(region, sum)| match plan {
        Some(_) => format!("{} in {region}", bytes::text(sum)),
        None => bytes::text(sum),
    });
    let sums: Vec<String> = sums.collect();
    _ = writeln!(text, "\nTogether {}.", sums.join(", "));
    text
}
