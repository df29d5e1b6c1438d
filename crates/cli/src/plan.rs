//! `sostenuto plan`.

use std::path::Path;

use sostenuto_board::budget::{Budget, OverBudget};
use sostenuto_board::compare::Comparison;
use sostenuto_board::emit::{self, Language};
use sostenuto_board::place::{self, place_with};
use sostenuto_board::{Board, Kind, Plan, Storage, report, storage_list};

use crate::arguments::PlanArguments;
use crate::check;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::{self, Source};
use crate::{input, inspect, terminal};

/// The largest text that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Steps of the search for a proof: some seconds.
const STEPS: u64 = 10_000_000;

/// Delay lines are split in parts of so many bytes.
const PART: u32 = 4_096;

/// Places, reports, compares, and holds against a budget.
pub fn plan(arguments: &PlanArguments) -> Result<(), Failure> {
    let board = arguments.place.load_board()?;
    let mut storages = storages(arguments, &board)?;
    if let Some(path) = &arguments.profile {
        patch::profile(path)?.apply(&mut storages);
    }
    if arguments.split {
        let delays =
            storages.iter_mut().filter(|storage| storage.kind == Kind::Delay && storage.bytes > PART);
        delays.for_each(|storage| storage.needs.split = Some(PART));
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
    files.write_map(&plan, &board)?;
    Failure::unless_it_fits(&plan, arguments.place.json)?;
    files.write_for_linker(&plan, &board)?;
    if over.is_empty() { Ok(()) } else { Err(Failure::OverBudget { over }) }
}

/// The files that the user has asked for.
struct Files {
    svg: Option<Output>,
    memory_x: Option<Output>,
    linker: Option<Output>,
    attributes: Option<Output>,
}

impl Files {
    /// Refuses at once what could not be written.
    fn new(arguments: &PlanArguments) -> Result<Files, Failure> {
        let read = [&arguments.profile, &arguments.compare, &arguments.budget, &arguments.patch.hot_first];
        let mut read: Vec<&Path> = read.into_iter().filter_map(|path| path.as_deref()).collect();
        read.extend([arguments.patch.patch.as_path(), Path::new(&arguments.place.board)]);
        let PlanArguments { svg, memory_x, linker, attributes, .. } = arguments;
        let written = [svg, memory_x, linker, attributes];
        let output = |at: usize| {
            let others = written.iter().enumerate().filter(|(other, _)| *other != at);
            let mut others = others.filter_map(|(_, path)| path.as_deref());
            match written[at].clone() {
                Some(path) if others.any(|other| other == path) => Err(Failure::WrittenTwice { path }),
                Some(path) => Output::new(path, &read).map(Some),
                None => Ok(None),
            }
        };
        Ok(Files { svg: output(0)?, memory_x: output(1)?, linker: output(2)?, attributes: output(3)? })
    }

    /// The picture, also of a plan that does not fit.
    fn write_map(&self, plan: &Plan, board: &Board) -> Result<(), Failure> {
        match &self.svg {
            Some(file) => file.write(report::map(plan, board).as_bytes()),
            None => Ok(()),
        }
    }

    fn write_for_linker(&self, plan: &Plan, board: &Board) -> Result<(), Failure> {
        if let Some(file) = &self.memory_x {
            file.write(emit::memory_x(board)?.as_bytes())?;
        }
        if let Some(file) = &self.linker {
            file.write(emit::linker_fragment(plan, board)?.as_bytes())?;
        }
        if let Some(file) = &self.attributes {
            let is_rust = file.path().extension().is_some_and(|ending| ending == "rs");
            let language = if is_rust { Language::Rust } else { Language::C };
            file.write(emit::attributes(plan, board, language)?.as_bytes())?;
        }
        Ok(())
    }
}

/// The storages of a list, of a firmware image, or of a patch and the engine that plays it.
fn storages(arguments: &PlanArguments, board: &Board) -> Result<Vec<Storage>, Failure> {
    let path = &arguments.patch.patch;
    let is_one_of = |endings: &[&str]| {
        path.extension().is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    if is_one_of(&["elf", "axf"]) {
        return inspect::storages(path);
    }
    if is_one_of(&["toml"]) {
        let list = input::text(path, LARGEST, "list of storages")?;
        return Ok(storage_list::parse(&list, &path.display().to_string())?);
    }
    check::storages(&Source::open(&arguments.patch)?, &arguments.patch, board)
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
    let mut value: serde_json::Value =
        serde_json::from_str(&report::json(plan)).unwrap_or(serde_json::Value::Null);
    value["comparison"] = serde_json::json!(comparison);
    value["over_budget"] = serde_json::json!(over);
    format!("{value:#}\n")
}
