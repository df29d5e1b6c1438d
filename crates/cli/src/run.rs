//! `sostenuto run`.

use std::cell::RefCell;
use std::path::Path;

use sostenuto_board::{Board, Kind, Plan, Storage, place, report};
use sostenuto_machine::wav::{self, Format, WavError};
use sostenuto_machine::{
    Budgets, Loaded, Outcome, Paging, RenderError, Settings, Swap, Time, load, render, render_with_swap,
};

use crate::arguments::{PatchArguments, RunArguments};
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::progress::Progress;
use crate::trace::Traces;
use crate::values::{self, Setting};
use crate::{run_conez, run_program, sound, terminal};

/// Compiles, places, plays, writes and reports.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let mut board = arguments.place.load_board()?;
    paging(arguments, &board)?;
    if board.paged.is_some() && arguments.swap_at.is_some() {
        return Err(Failure::SwapOnPaged { board: board.name });
    }
    let source = Source::open(&arguments.patch)?;
    if source.is_of_conez() {
        return run_conez::run(arguments, board, source);
    }
    run_conez::refuse_own_options(arguments)?;
    if source.is_program() {
        return run_program::run(arguments, board, source);
    }
    only_for_programs(arguments)?;
    let mut first = Placed::new(arguments, &arguments.patch, source, &mut board)?;
    let swap = match swap_arguments(arguments)? {
        Some((seconds, patch)) => {
            let source = Source::open(&patch)?;
            if source.is_program() {
                return Err(Failure::NotForFaust { option: "--swap-at" });
            }
            if source.is_of_conez() {
                return Err(Failure::NotForConez { option: "--swap-at" });
            }
            let next = Placed::new(arguments, &patch, source, &mut board);
            Some((seconds, next.map_err(|failure| failure.of_second_patch(&patch.patch))?))
        }
        None => None,
    };
    let next = swap.as_ref().map(|(_, next)| next);
    let path = arguments.output.clone().unwrap_or_else(|| first.source.beside("wav"));
    let paths = [Some(first.source.path()), next.map(|next| next.source.path())];
    let inputs: Vec<&Path> = paths.into_iter().flatten().chain(arguments.read()).collect();
    let output = Output::new("--out", path, &inputs)?;
    let profile =
        arguments.profile.clone().map(|path| Output::new("--profile", path, &inputs)).transpose()?;
    Output::apart([&output].into_iter().chain(&profile))?;
    let (sample_rate, input) = stereo(arguments)?;
    let mut settings = settings(arguments, &board, stack_room(&first.loaded, &first.plan), sample_rate);
    settings.paging = paging(arguments, &board)?;
    settings.profiles = arguments.profile.is_some();
    settings.cache.clone_from(&board.cache);
    warn_of_late_changes(&settings, swap.as_ref().map(|(seconds, _)| *seconds), input.len());
    let outcome = play(arguments, &first, swap.as_ref(), &settings, &input)?;
    let written = !outcome.frames.is_empty() || outcome.fault.is_none();
    if written {
        wav::write(output.path(), sample_rate, &outcome.frames, Format::default())?;
    }
    if let Some((file, profile)) = profile.zip(outcome.profile.as_ref()) {
        file.write(profile.json().as_bytes())?;
        let mut storages = first.loaded.storages_on(&board);
        profile.apply(&mut storages);
        first.plan = place(&board, &storages);
    }
    print_report(arguments, &board, &first, next, &outcome, written.then_some(&output))?;
    let Some(fault) = &outcome.fault else { return Ok(()) };
    let stopped = next.filter(|_| outcome.swap.is_some()).unwrap_or(&first);
    stopped.source.print_fault(fault);
    let path = output.path().to_owned();
    Err(match written {
        true => Failure::Fault { output: path, frames: outcome.frames.len() },
        false => Failure::Silence { older: output.exists(), output: path },
    })
}

/// The paged memory of the board, at the clock that the user wants.
pub fn paging(arguments: &RunArguments, board: &Board) -> Result<Option<Paging>, Failure> {
    Paging::of_board(board, arguments.psram_clock).map_err(Failure::of_paging)
}

/// A patch that is compiled and fits the board.
struct Placed {
    source: Source,
    loaded: Loaded,
    plan: Plan,
}

impl Placed {
    fn new(
        run: &RunArguments,
        arguments: &PatchArguments,
        source: Source,
        board: &mut Board,
    ) -> Result<Placed, Failure> {
        let loaded = load(&source.patch).map_err(|error| source.refused(error))?;
        let loaded = loaded.with_recursive_stack(arguments.stack_bytes());
        let storages = loaded.storages_on(board);
        source.pin_hottest(arguments, &storages, board)?;
        let plan = place(board, &storages);
        print_unless_it_fits(&plan, board, run.place.json)?;
        Ok(Placed { source, loaded, plan })
    }
}

/// Prints a plan and refuses it if it does not fit.
pub fn print_unless_it_fits(plan: &Plan, board: &Board, as_json: bool) -> Result<(), Failure> {
    if plan.fits() {
        return Ok(());
    }
    let text = match as_json {
        true => json(plan, None, None, None),
        false => report::text(plan, board, terminal::style()),
    };
    terminal::print(&text)?;
    Failure::unless_it_fits(plan, as_json)
}

/// Refuses what says nothing to a patch of the Permut8 machine.
fn only_for_programs(arguments: &RunArguments) -> Result<(), Failure> {
    match (arguments.changes.is_empty(), arguments.instances) {
        (true, 1) => Ok(()),
        (true, _) => Err(Failure::OnlyForFaust { option: "--instances" }),
        (false, _) => Err(Failure::OnlyForFaust { option: "--set" }),
    }
}

/// When another patch shall take over, and which.
fn swap_arguments(arguments: &RunArguments) -> Result<Option<(f64, PatchArguments)>, Failure> {
    let Some([text, patch]) = arguments.swap_at.as_deref() else { return Ok(None) };
    let seconds = text.to_str().and_then(values::later);
    let seconds = seconds.ok_or_else(|| Failure::SwapTime { text: text.clone(), expected: values::LATER })?;
    Ok(Some((seconds, arguments.patch.other(patch.into()))))
}

/// The rate and the sample frames to play.
fn stereo(arguments: &RunArguments) -> Result<(u32, Vec<[f32; 2]>), Failure> {
    let sound = sound::input(arguments)?;
    let frames = sound.stereo().ok_or_else(|| {
        let path = arguments.input.clone().unwrap_or_default();
        WavError::Channels { path, channels: sound.channels }
    })?;
    Ok((sound.sample_rate, frames))
}

/// The bytes that the patch's stack could have in its region, as the plan left it.
fn stack_room(loaded: &Loaded, plan: &Plan) -> Option<u32> {
    let stack = &loaded.patch().facts.stack;
    let is_stack = |storage: &Storage| storage.kind == Kind::Stack && storage.address == Some(stack.address);
    let placed = plan.placements.iter().find(|placement| is_stack(&placement.storage))?;
    let free = plan.usage(&placed.region)?.free;
    u32::try_from(u64::from(placed.storage.bytes) + free).ok()
}

fn settings(arguments: &RunArguments, board: &Board, stack_room: Option<u32>, sample_rate: u32) -> Settings {
    let budgets = Budgets::default();
    let mut settings = Settings {
        clock: arguments.clock,
        mix: arguments.mix,
        gain: 10f32.powf(arguments.gain / 20.0),
        config: arguments.config.clone(),
        budgets: Budgets {
            sample: arguments.max_instructions,
            control: budgets.control.max(arguments.max_instructions),
        },
        processor: sound::processor(arguments, board),
        stack_room,
        ..Settings::at_rate(sample_rate)
    };
    for setting in &arguments.parameters {
        match *setting {
            Setting::Start(assignment) => settings.parameters.push(assignment),
            Setting::Later(change) => settings.automation.push(change),
        }
    }
    settings
}

fn warn_of_late_changes(settings: &Settings, swap: Option<f64>, frames: usize) {
    let end = frames as f64 / f64::from(settings.sample_rate);
    for change in &settings.automation {
        let at = change.sample(settings.clock()) as f64 / f64::from(settings.clock());
        sound::warn_if_late(&format!("{} changes", change.assignment.parameter()), at, end);
    }
    if let Some(at) = swap {
        sound::warn_if_late("the swap comes", at, end);
    }
}

fn play(
    arguments: &RunArguments,
    first: &Placed,
    swap: Option<&(f64, Placed)>,
    settings: &Settings,
    input: &[[f32; 2]],
) -> Result<Outcome, Failure> {
    let progress = RefCell::new(Progress::new());
    let mut traces = Traces::new(arguments.traces);
    let at = &mut |done, total| progress.borrow_mut().at(done, total);
    let trace = &mut |text: &str| {
        if let Some(lines) = traces.text(text) {
            progress.borrow().line(&lines);
        }
    };
    let outcome = match swap {
        Some((seconds, next)) => {
            let swap = Swap { at: Time::Seconds(*seconds), to: &next.loaded };
            render_with_swap(&first.loaded, swap, settings, input, at, trace)
        }
        None => render(&first.loaded, settings, input, at, trace),
    };
    progress.into_inner().finish();
    terminal::notice(&traces.end());
    outcome.map_err(|source| match (source, swap) {
        (RenderError::Successor { fault }, Some((_, next))) => {
            next.source.print_fault(&fault);
            Failure::Successor
        }
        (source, _) => Failure::Render { input: arguments.input.clone(), source },
    })
}

fn print_report(
    arguments: &RunArguments,
    board: &Board,
    first: &Placed,
    next: Option<&Placed>,
    outcome: &Outcome,
    output: Option<&Output>,
) -> Result<(), Failure> {
    let next = next.map(|next| &next.plan);
    if arguments.place.json {
        return terminal::print(&json(&first.plan, next, Some(outcome), output));
    }
    let memory = |plan: &Plan| report::text(plan, board, terminal::style());
    let harmless = |text: &dyn std::fmt::Display| terminal::printable(&text.to_string()).into_owned();
    let mut run = memory(&first.plan);
    if let Some((swap, plan)) = outcome.swap.as_ref().zip(next) {
        let (before, changes) = (harmless(&swap.before), harmless(&swap.changes));
        run += &format!("\n{before}\n{changes}\n{}", memory(plan));
    }
    run += &format!("\n{}", harmless(&outcome.report));
    let deadline = deadline_source(outcome.report.deadline.and(board.cycles_per_instruction), arguments);
    let written = sound::written(output, outcome.frames.len(), "", outcome.real_time_factor());
    terminal::print(&format!("{run}\n{deadline}{written}\n"))
}

/// What a deadline counts with, and who says so; nothing where none was counted.
pub fn deadline_source(cycles_per_instruction: Option<f64>, arguments: &RunArguments) -> String {
    cycles_per_instruction.map_or(String::new(), |cycles| {
        format!(
            "The deadline counts {cycles} cycles an instruction, an estimate.\n\
             Its source is told by: sostenuto boards {}\n",
            arguments.place.board
        )
    })
}

/// The report for programs; `run` and `output` are null when nothing was played or written, `swap` when no other patch
/// has taken over.
fn json(plan: &Plan, next: Option<&Plan>, outcome: Option<&Outcome>, output: Option<&Output>) -> String {
    let next = next.map(report::PlanReport::new);
    let swap = outcome
        .and_then(|outcome| outcome.swap.as_ref())
        .map(|swap| serde_json::json!({ "changes": swap.changes, "plan": next, "before": swap.before }));
    let whole = serde_json::json!({
        "format": report::FORMAT,
        "output": output.map(|output| output.path().display().to_string()),
        "frames": outcome.map_or(0, |outcome| outcome.frames.len()),
        "real_time_factor": outcome.map(Outcome::real_time_factor),
        "plan": report::PlanReport::new(plan),
        "swap": swap,
        "run": outcome.map(|outcome| &outcome.report),
    });
    format!("{whole:#}\n")
}
