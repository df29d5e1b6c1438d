//! `sostenuto run`.

use std::cell::RefCell;

use sostenuto_board::{Board, Kind, Plan, Storage, bytes, place, report};
use sostenuto_machine::wav::{self, Format};
use sostenuto_machine::{
    Budgets, Loaded, MOST_FRAMES, Outcome, PHRASE_FRAMES, PHRASE_RATE, Processor, Settings, load, phrase,
    render,
};

use crate::arguments::RunArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::progress::Progress;
use crate::terminal;
use crate::trace::Traces;
use crate::values::Setting;

/// Compiles, places, plays, writes and reports.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let board = Board::load(&arguments.place.board)?;
    let source = Source::open(&arguments.patch)?;
    let loaded = load(&source.patch).map_err(|error| source.refused(error))?;
    let loaded = loaded.with_recursive_stack(arguments.patch.stack);
    let plan = place(&board, &loaded.storages());
    if !plan.fits() {
        let text = match arguments.place.json {
            true => json(&plan, None, None),
            false => report::text(&plan, &board, terminal::style()),
        };
        terminal::print(&text)?;
        return Failure::unless_it_fits(&plan, arguments.place.json);
    }
    let path = arguments.output.clone().unwrap_or_else(|| source.beside("wav"));
    let inputs = [Some(source.path()), arguments.input.as_deref(), Some(arguments.place.board.as_ref())];
    let output = Output::new(path, &inputs.into_iter().flatten().collect::<Vec<_>>())?;
    let (sample_rate, input) = sound(arguments)?;
    let settings = settings(arguments, &board, stack_room(&loaded, &plan), sample_rate);
    warn_of_late_changes(&settings, input.len());
    let outcome = play(arguments, &loaded, &settings, &input)?;
    let written = !outcome.frames.is_empty() || outcome.fault.is_none();
    if written {
        wav::write(output.path(), sample_rate, &outcome.frames, Format::default())?;
    }
    print_report(arguments, &board, &plan, &outcome, written.then_some(&output))?;
    let Some(fault) = &outcome.fault else { return Ok(()) };
    source.print_fault(fault);
    let path = output.path().to_owned();
    Err(match written {
        true => Failure::Fault { output: path, frames: outcome.frames.len() },
        false => Failure::Silence { older: output.exists(), output: path },
    })
}

/// The rate and the sample frames to play.
fn sound(arguments: &RunArguments) -> Result<(u32, Vec<[f32; 2]>), Failure> {
    let Some(path) = &arguments.input else {
        let whole = PHRASE_FRAMES as f64 / f64::from(PHRASE_RATE);
        return Ok((PHRASE_RATE, phrase(arguments.seed, arguments.seconds.unwrap_or(whole))));
    };
    let mut wav = wav::read(path)?;
    if let Some(seconds) = arguments.seconds {
        let frames = (seconds * f64::from(wav.sample_rate)).round() as u64;
        if frames > MOST_FRAMES {
            return Err(Failure::TooLong { seconds, rate: wav.sample_rate, frames });
        }
        wav.frames.resize(frames.max(1) as usize, [0.0; 2]);
    }
    Ok((wav.sample_rate, wav.frames))
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
        budgets: Budgets { sample: arguments.budget, control: budgets.control.max(arguments.budget) },
        processor: board.clock_hz.zip(board.cycles_per_instruction).map(
            |(clock_hz, cycles_per_instruction)| Processor {
                clock_hz: clock_hz as f64,
                cycles_per_instruction,
                block: arguments.block,
            },
        ),
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

fn warn_of_late_changes(settings: &Settings, frames: usize) {
    let end = frames as f64 / f64::from(settings.sample_rate);
    for change in &settings.automation {
        let at = change.sample(settings.clock()) as f64 / f64::from(settings.clock());
        if at >= end {
            let name = change.assignment.parameter();
            terminal::warn(&format!(
                "{name} changes at {at} s, but the sound ends at {end} s; see --seconds"
            ));
        }
    }
}

fn play(
    arguments: &RunArguments,
    loaded: &Loaded,
    settings: &Settings,
    input: &[[f32; 2]],
) -> Result<Outcome, Failure> {
    let progress = RefCell::new(Progress::new());
    let mut traces = Traces::new(arguments.traces);
    let outcome = render(
        loaded,
        settings,
        input,
        &mut |done, total| progress.borrow_mut().at(done, total),
        &mut |text| {
            if let Some(lines) = traces.text(text) {
                progress.borrow().line(&lines);
            }
        },
    );
    progress.into_inner().finish();
    terminal::notice(&traces.end());
    outcome.map_err(|source| Failure::Render { input: arguments.input.clone(), source })
}

fn print_report(
    arguments: &RunArguments,
    board: &Board,
    plan: &Plan,
    outcome: &Outcome,
    output: Option<&Output>,
) -> Result<(), Failure> {
    if arguments.place.json {
        return terminal::print(&json(plan, Some(outcome), output));
    }
    let memory = report::text(plan, board, terminal::style());
    let run = outcome.report.to_string();
    let run = terminal::printable(&run);
    let deadline =
        outcome.report.deadline.and(board.cycles_per_instruction).map_or(String::new(), |cycles| {
            format!(
                "The deadline counts {cycles} cycles an instruction, an estimate.\n\
             Its source is told by: sostenuto boards {}\n",
                arguments.place.board
            )
        });
    let written = match output {
        Some(output) => format!(
            "Wrote {}: {} sample frames, {:.prec$} times real time here.",
            output.path().display(),
            bytes::grouped(outcome.frames.len() as u64),
            outcome.real_time_factor(),
            prec = if outcome.real_time_factor() < 1.0 { 3 } else { 1 },
        ),
        None => "No sound was made.".to_owned(),
    };
    terminal::print(&format!("{memory}\n{run}\n{deadline}{written}\n"))
}

/// The report for programs; `run` and `output` are null when nothing was played or written.
fn json(plan: &Plan, outcome: Option<&Outcome>, output: Option<&Output>) -> String {
    let plan: serde_json::Value = serde_json::from_str(&report::json(plan)).unwrap_or_default();
    let whole = serde_json::json!({
        "format": report::FORMAT,
        "output": output.map(|output| output.path().display().to_string()),
        "frames": outcome.map_or(0, |outcome| outcome.frames.len()),
        "real_time_factor": outcome.map(Outcome::real_time_factor),
        "plan": plan,
        "run": outcome.map(|outcome| &outcome.report),
    });
    format!("{whole:#}\n")
}
