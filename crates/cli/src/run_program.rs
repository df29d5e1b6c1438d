//! `sostenuto run` of a Faust program.

use std::path::Path;

use sostenuto_board::{Board, Plan, place, report};
use sostenuto_machine::Paging;
use sostenuto_machine::dsp::{Loaded, Outcome, Settings, load, render};
use sostenuto_machine::wav::{self, Format, Sound};

use crate::arguments::RunArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::progress::Progress;
use crate::run::{deadline_source, paging, print_unless_it_fits};
use crate::{faust, sound, terminal};

/// Places, plays, writes and reports.
pub fn run(arguments: &RunArguments, mut board: Board, source: Source) -> Result<(), Failure> {
    refuse_others(arguments)?;
    let loaded = loaded(&source)?;
    let mut storages = loaded.storages_on(&board, arguments.block, arguments.instances);
    source.pin_hottest(&arguments.patch, &storages, &mut board)?;
    let board = &board;
    let mut plan = place(board, &storages);
    faust::tell_of_rounding(&arguments.patch, board, &plan, |patch| {
        let loaded = self::loaded(&Source::open(patch)?)?;
        Ok(loaded.storages_on(board, arguments.block, arguments.instances))
    });
    if !plan.fits() && arguments.instances > 1 {
        let fit = loaded.instances_that_fit(board, arguments.block, arguments.instances);
        terminal::notice(&format!("note: {fit} of the {} instances fit\n", arguments.instances));
    }
    print_unless_it_fits(&plan, board, arguments.place.json)?;
    let path = arguments.output.clone().unwrap_or_else(|| source.beside("wav"));
    let inputs: Vec<&Path> = [source.path()].into_iter().chain(arguments.read()).collect();
    let output = Output::new("--out", path, &inputs)?;
    let profile =
        arguments.profile.clone().map(|path| Output::new("--profile", path, &inputs)).transpose()?;
    Output::apart([&output].into_iter().chain(&profile))?;
    let input = sound::input(arguments)?;
    warn(arguments, &loaded, &input);
    let mut progress = Progress::new();
    let settings = settings(arguments, board, paging(arguments, board)?);
    let outcome = render(&loaded, &settings, &input, &mut |done, total| progress.at(done, total));
    progress.finish();
    let outcome = outcome.map_err(|source| Failure::RenderProgram { source })?;
    let written = !outcome.sound.samples.is_empty() || outcome.fault.is_none();
    if written {
        wav::write_sound(output.path(), &outcome.sound, Format::default())?;
    }
    if let Some((file, profile)) = profile.zip(outcome.profile.as_ref()) {
        file.write(profile.json().as_bytes())?;
        profile.apply(&mut storages);
        plan = place(board, &storages);
    }
    print_report(arguments, board, &plan, &outcome, written.then_some(&output))?;
    let Some(fault) = &outcome.fault else { return Ok(()) };
    source.print_fault(fault);
    let path = output.path().to_owned();
    Err(match written {
        true => Failure::Fault { output: path, frames: outcome.frames() },
        false => Failure::Silence { older: output.exists(), output: path },
    })
}

fn loaded(source: &Source) -> Result<Loaded, Failure> {
    load(&source.patch)
        .map_err(|error| Failure::LoadProgram { path: source.path().to_owned(), source: error })
}

/// Refuses what says nothing to a Faust program.
fn refuse_others(arguments: &RunArguments) -> Result<(), Failure> {
    let given = [
        ("--param (see --set)", !arguments.parameters.is_empty()),
        ("--swap-at", arguments.swap_at.is_some()),
        ("--clock", arguments.clock.is_some()),
        ("--config", !arguments.config.is_empty()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Failure::NotForFaust { option }),
        None => Ok(()),
    }
}

fn settings(arguments: &RunArguments, board: &Board, paging: Option<Paging>) -> Settings {
    Settings {
        block: arguments.block,
        instances: arguments.instances,
        changes: arguments.changes.clone(),
        mix: arguments.mix,
        gain: 10f32.powf(arguments.gain / 20.0),
        budget: arguments.max_instructions,
        processor: sound::processor(arguments, board),
        paging,
        profiles: arguments.profile.is_some(),
        cache: board.cache.clone(),
    }
}

fn warn(arguments: &RunArguments, loaded: &Loaded, input: &Sound) {
    sound::warn_of_late_changes(arguments, "", input);
    let heard = u64::from(loaded.program().inputs) * u64::from(arguments.instances);
    let Some(path) = arguments.input.as_ref().filter(|_| heard < input.channels.into()) else { return };
    let (path, channels) = (path.display(), input.channels);
    terminal::warn(&match heard {
        0 => format!(
            "the program has no channel in and hears nothing of {path}, which only says how long it plays"
        ),
        1 => format!("{path} has {channels} channels, and the program hears the first; see --instances"),
        _ => format!(
            "{path} has {channels} channels, and the program hears the first {heard}; see --instances"
        ),
    });
}

fn print_report(
    arguments: &RunArguments,
    board: &Board,
    plan: &Plan,
    outcome: &Outcome,
    output: Option<&Output>,
) -> Result<(), Failure> {
    if arguments.place.json {
        return terminal::print(&json(plan, outcome, output));
    }
    let run = terminal::printable(&outcome.report.to_string()).into_owned();
    let deadline = deadline_source(outcome.report.deadline.and(board.cycles_per_instruction), arguments);
    let channels = match outcome.sound.channels {
        1 => " of 1 channel".to_owned(),
        channels => format!(" of {channels} channels"),
    };
    let written = sound::written(output, outcome.frames(), &channels, outcome.real_time_factor());
    let memory = report::text(plan, board, terminal::style());
    terminal::print(&format!("{memory}\n{run}\n{deadline}{written}\n"))
}

/// The report for programs, with the fields of that of other patches; `output` is null when nothing was written.
fn json(plan: &Plan, outcome: &Outcome, output: Option<&Output>) -> String {
    let whole = serde_json::json!({
        "format": report::FORMAT,
        "output": output.map(|output| output.path().display().to_string()),
        "frames": outcome.frames(),
        "real_time_factor": outcome.real_time_factor(),
        "plan": report::PlanReport::new(plan),
        "swap": null,
        "run": outcome.report,
    });
    format!("{whole:#}\n")
}
