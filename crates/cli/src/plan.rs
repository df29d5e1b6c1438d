//! `sostenuto plan`.

use std::path::{Path, PathBuf};

use sostenuto_board::budget::{Budget, OverBudget};
use sostenuto_board::compare::Comparison;
use sostenuto_board::emit::{self, Language};
use sostenuto_board::patch::Facts;
use sostenuto_board::place::{self, place_with};
use sostenuto_board::{Board, Plan, Storage, report, storage_list};
use sostenuto_faust::Zones;

use crate::arguments::{DmaArguments, PlanArguments};
use crate::check;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::{self, Source};
use crate::{faust, input, inspect, terminal};

/// The largest text that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Steps of the search for a proof: some seconds.
const STEPS: u64 = 10_000_000;

/// Places, reports, compares, and holds against a budget.
pub fn plan(arguments: &PlanArguments) -> Result<(), Failure> {
    let mut board = arguments.place.load_board()?;
    if arguments.emit.is_some() {
        faust::check_ending(&arguments.patch.patch)?;
    }
    let (mut storages, facts) = storages(arguments, &mut board)?;
    let zones = arguments.emit.map(|_| faust::zones(&arguments.patch)).transpose()?;
    if let Some(path) = &arguments.profile {
        let profile = patch::profile(path)?;
        profile.check(&storages).map_err(|source| Failure::Profile { path: path.clone(), source })?;
        for doubt in profile.doubts(facts.as_ref(), &board) {
            terminal::warn(&format!("{}: {doubt}", path.display()));
        }
        profile.apply(&mut storages);
    }
    if let Some(zones) = &zones {
        storages = zones.storages(&storages);
    }
    if arguments.split {
        storages.iter_mut().for_each(Storage::let_delay_split);
    }
    let files = Files::new(arguments)?;
    let budget = arguments.budget.as_deref().map(|path| budget(path, &board)).transpose()?;
    let options = place::Options { prove: arguments.prove.then_some(STEPS) };
    let plan = place_with(&board, &storages, options);
    let comparison = arguments.compare.as_deref().map(|path| compare(path, &plan)).transpose()?;
    let over = budget.map(|budget| budget.check(&plan)).unwrap_or_default();
    terminal::print(&match arguments.place.json {
        true => json(&plan, comparison.as_ref(), &over),
        false => text(&plan, &board, arguments.compare.as_deref().zip(comparison.as_ref())),
    })?;
    files.write(&plan, &board, zones.as_ref())?;
    faust::tell_of_rounding(&arguments.patch, &board, &plan, |patch| {
        let mut storages = check::storages(&Source::open(patch)?, patch, &board)?;
        if arguments.emit.is_some() {
            storages = faust::zones(patch)?.storages(&storages);
        }
        if arguments.split {
            storages.iter_mut().for_each(Storage::let_delay_split);
        }
        Ok(storages)
    });
    Failure::unless_it_fits(&plan, arguments.place.json)?;
    if over.is_empty() { Ok(()) } else { Err(Failure::OverBudget { over }) }
}

/// The files that the user has asked for.
struct Files {
    svg: Option<Output>,
    memory_x: Option<Output>,
    linker: Option<Output>,
    attributes: Option<Output>,
    manager: Option<Output>,
}

impl Files {
    /// Refuses at once what could not be written.
    fn new(arguments: &PlanArguments) -> Result<Files, Failure> {
        let read = [&arguments.profile, &arguments.compare, &arguments.budget, &arguments.patch.hot_first];
        let mut read: Vec<&Path> = read.into_iter().filter_map(|path| path.as_deref()).collect();
        read.extend([arguments.patch.patch.as_path(), Path::new(&arguments.place.board)]);
        read.extend(arguments.dma.buffers.as_deref());
        let output = |option, path: &Option<PathBuf>| {
            path.clone().map(|path| Output::new(option, path, &read)).transpose()
        };
        let files = Files {
            svg: output("--svg", &arguments.svg)?,
            memory_x: output("--memory-x", &arguments.memory_x)?,
            linker: output("--linker", &arguments.linker)?,
            attributes: output("--attributes", &arguments.attributes)?,
            manager: output("--out", &arguments.emit.map(|_| manager(arguments)))?,
        };
        let Files { svg, memory_x, linker, attributes, manager } = &files;
        Output::apart([svg, memory_x, linker, attributes, manager].into_iter().flatten())?;
        Ok(files)
    }

    /// Writes all of them, or none when one cannot be made of the plan. Of a plan that does not fit there is the picture alone.
    fn write(&self, plan: &Plan, board: &Board, zones: Option<&Zones>) -> Result<(), Failure> {
        let map = self.svg.iter().map(|file| (file, report::map(plan, board)));
        let mut texts: Vec<(&Output, String)> = map.collect();
        if plan.fits() {
            if let Some(file) = &self.memory_x {
                texts.push((file, emit::memory_x(board)?));
            }
            if let Some(file) = &self.linker {
                texts.push((file, emit::linker_fragment(plan, board)?));
            }
            if let Some(file) = &self.attributes {
                let is_rust = file.path().extension().is_some_and(|ending| ending == "rs");
                let language = if is_rust { Language::Rust } else { Language::C };
                texts.push((file, emit::attributes(plan, board, language)?));
            }
            if let Some((file, zones)) = self.manager.as_ref().zip(zones) {
                texts.push((file, zones.manager(plan, board)?));
            }
        }
        texts.iter().try_for_each(|(file, text)| file.write(text.as_bytes()))
    }
}

/// The file of the memory manager.
fn manager(arguments: &PlanArguments) -> PathBuf {
    let name =
        || Path::new(arguments.patch.patch.file_stem().unwrap_or_default()).with_added_extension("memory.h");
    arguments.out.clone().unwrap_or_else(name)
}

/// The storages of a list, of a firmware image, or of a patch and the engine that plays it; and what is known of the patch.
///
/// The window of a board with paged memory comes to hold what is hottest, if the user wants that.
fn storages(arguments: &PlanArguments, board: &mut Board) -> Result<(Vec<Storage>, Option<Facts>), Failure> {
    let path = &arguments.patch.patch;
    let is_one_of = |endings: &[&str]| {
        path.extension().is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    if is_one_of(&["elf", "axf", "toml"]) && !arguments.patch.faust.options.is_empty() {
        return Err(Failure::OnlyForFaust { option: "--faust" });
    }
    if is_one_of(&["elf", "axf"]) {
        return Ok((inspect::storages(path, board, &arguments.dma)?, None));
    }
    let is_list = is_one_of(&["toml"]);
    let DmaArguments { dma, buffers } = &arguments.dma;
    if let Some(option) = (!dma.is_empty()).then_some("--dma").or(buffers.as_ref().and(Some("--buffers"))) {
        return Err(Failure::NoImage { path: path.clone(), option, is_list });
    }
    if is_list {
        let list = input::text(path, LARGEST, "list of storages")?;
        return Ok((storage_list::parse(&list, &path.display().to_string(), board)?, None));
    }
    let source = Source::open(&arguments.patch)?;
    let storages = check::storages(&source, &arguments.patch, board)?;
    source.pin_hottest(&arguments.patch, &storages, board)?;
    Ok((storages, Some(source.patch.facts)))
}

fn budget(path: &Path, board: &Board) -> Result<Budget, Failure> {
    Ok(Budget::parse(&input::text(path, LARGEST, "budget")?, &path.display().to_string(), board)?)
}

fn compare(path: &Path, plan: &Plan) -> Result<Comparison, Failure> {
    Comparison::new(&input::text(path, LARGEST, "plan")?, plan)
        .map_err(|source| Failure::Compare { path: path.to_owned(), source })
}

fn text(plan: &Plan, board: &Board, comparison: Option<(&Path, &Comparison)>) -> String {
    let mut text = report::text(plan, board, terminal::style());
    if let Some((path, comparison)) = comparison {
        text += &format!("\nSince {}\n{comparison}", path.display());
    }
    text
}

/// The report for programs; `comparison` is null when there was nothing to compare with.
fn json(plan: &Plan, comparison: Option<&Comparison>, over: &[OverBudget]) -> String {
    let mut value = serde_json::json!(report::PlanReport::new(plan));
    value["comparison"] = serde_json::json!(comparison);
    value["over_budget"] = serde_json::json!(over);
    format!("{value:#}\n")
}
