//! `sostenuto faust-rs`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use sostenuto_board::{Board, Kind, Plan, bytes, place};
use sostenuto_faust::rust::{Math, Module, RustOptions, compile, module};

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
    let output = arguments.output.clone().unwrap_or_else(|| beside(path, "rs"));
    let inputs = [Some(path.as_path()), arguments.board.as_deref().map(Path::new)];
    let output = Output::new("--out", output, &inputs.into_iter().flatten().collect::<Vec<_>>())?;

    let compiled =
        compile(path, &arguments.faust.options()).map_err(|error| faust::refused(error, path, &text))?;
    let module = |options: &RustOptions| {
        module(&compiled, options).map_err(|source| Failure::FaustRust { path: path.clone(), source })
    };
    let mut options = options_of(arguments);
    // What is not there is told before a board is found too small.
    let mut written = module(&options)?;
    let mut places = None;
    if let Some(board) = &board {
        let of_each = module(&RustOptions { threshold: 0, ..options.clone() })?;
        let plan = place(board, &of_each.storages);
        plan.check()?;
        let planned = Places { plan, instance: of_each.instance.clone() };
        options.placed.extend(planned.apart(&of_each));
        written = module(&options)?;
        written.add_places(&board.name, |zone| planned.region(zone));
        places = Some(planned);
    }
    output.write(written.text.as_bytes())?;
    terminal::print(&report(&output, &written, places.as_ref()))
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

/// In which region each storage lies.
struct Places {
    plan: Plan,
    instance: String,
}

impl Places {
    /// The arrays that do not lie where the instance does.
    fn apart(&self, of_each: &Module) -> Vec<String> {
        let home = self.region(&self.instance);
        let arrays = of_each.storages.iter().filter(|storage| storage.kind != Kind::Scratch);
        let apart = arrays.filter(|storage| self.region(&storage.name) != home);
        apart.map(|storage| storage.name.clone()).collect()
    }

    /// All storages of a plan that fits have a place.
    fn region(&self, storage: &str) -> &str {
        self.plan.placement(storage).map(|placement| placement.region.as_str()).unwrap_or_default()
    }
}

fn report(output: &Output, module: &Module, places: Option<&Places>) -> String {
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
    row("zone", "bytes", "kind", places.map(|_| "region"));
    let mut regions: BTreeMap<&str, u64> = BTreeMap::new();
    for storage in &module.storages {
        let region = places.map(|places| places.region(&storage.name));
        let kind = if storage.name == module.instance { "instance" } else { storage.kind.name() };
        row(&storage.name, &bytes::grouped(storage.bytes.into()), kind, region);
        *regions.entry(region.unwrap_or_default()).or_default() +=
            u64::from(storage.bytes.next_multiple_of(storage.align));
    }
    let sums = regions.into_iter().map(|(region, sum)| match places {
        Some(_) => format!("{} in {region}", bytes::text(sum)),
        None => bytes::text(sum),
    });
    let sums: Vec<String> = sums.collect();
    _ = writeln!(text, "\nTogether {}.", sums.join(", "));
    text
}
