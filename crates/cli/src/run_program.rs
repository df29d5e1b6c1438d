//! `sostenuto run` of a Faust program.

use std::path::Path;

use sostenuto_board::{Board, Plan, bytes, place, report};
use sostenuto_machine::dsp::{self, Loaded, Outcome, Settings, load, render};
use sostenuto_machine::wav::{self, Format, Sound};
use sostenuto_machine::{MOST_FRAMES, PHRASE_FRAMES, PHRASE_RATE, Paging, Processor, phrase};

use crate::arguments::RunArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::progress::Progress;
use crate::run::{deadline_source, print_unless_it_fits};
use crate::{faust, terminal};

/// Places, plays, writes and reports.
pub fn run(
    arguments: &RunArguments,
    board: &Board,
    paging: Option<Paging>,
    source: Source,
) -> Result<(), Failure> {
    refuse_others(arguments)?;
    let loaded = loaded(&source)?;
    let mut storages = loaded.storages_on(board, arguments.block, arguments.instances);
    let mut plan = place(board, &storages);
    faust::tell_of_rounding(&arguments.patch, board, &plan, |patch| {
        let loaded = self::loaded(&Source::open(patch)?)?;
        Ok(loaded.storages_on(board, arguments.block, arguments.instances))
    });
    print_unless_it_fits(&plan, board, arguments.place.json)?;
    let path = arguments.output.clone().unwrap_or_else(|| source.beside("wav"));
    let inputs = [Some(source.path()), arguments.input.as_deref(), Some(arguments.place.board.as_ref())];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().collect();
    let output = Output::new("--out", path, &inputs)?;
    let profile =
        arguments.profile.clone().map(|path| Output::new("--profile", path, &inputs)).transpose()?;
    Output::apart([&output].into_iter().chain(&profile))?;
    let input = sound(arguments)?;
    warn(arguments, &loaded, &input);
    let mut progress = Progress::new();
    let settings = settings(arguments, board, paging);
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
        ("--debug", arguments.patch.debug),
        ("--hot-first", arguments.patch.hot_first.is_some()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Failure::NotForFaust { option }),
        None => Ok(()),
    }
}

/// The sound to play, with all its channels.
pub fn sound(arguments: &RunArguments) -> Result<Sound, Failure> {
    let Some(path) = &arguments.input else {
        let whole = PHRASE_FRAMES as f64 / f64::from(PHRASE_RATE);
        let frames = phrase(arguments.seed, arguments.seconds.unwrap_or(whole));
        return Ok(Sound { sample_rate: PHRASE_RATE, channels: 2, samples: frames.into_flattened() });
    };
    let mut sound = wav::read_sound(path)?;
    if let Some(seconds) = arguments.seconds {
        let rate = sound.sample_rate;
        let frames = (seconds * f64::from(rate)).round() as u64;
        if frames > MOST_FRAMES {
            return Err(Failure::TooLong { seconds, rate, frames });
        }
        sound.samples.resize(frames.max(1) as usize * usize::from(sound.channels), 0.0);
    }
    Ok(sound)
}

fn settings(arguments: &RunArguments, board: &Board, paging: Option<Paging>) -> Settings {
    let processor = board.clock_hz.zip(board.cycles_per_instruction);
    Settings {
        block: arguments.block,
        instances: arguments.instances,
        changes: arguments.changes.clone(),
        mix: arguments.mix,
        gain: 10f32.powf(arguments.gain / 20.0),
        budget: arguments.max_instructions,
        processor: processor.map(|(clock_hz, cycles_per_instruction)| Processor {
            clock_hz: clock_hz as f64,
            cycles_per_instruction,
            block: arguments.block,
        }),
        paging,
        profiles: arguments.profile.is_some(),
        cache: board.cache.clone(),
    }
}

fn warn(arguments: &RunArguments, loaded: &Loaded, input: &Sound) {
    let rate = input.sample_rate;
    let frames = input.samples.len() / usize::from(input.channels);
    let end = frames as f64 / f64::from(rate);
    for dsp::Change { name, at, .. } in &arguments.changes {
        let sample = at.sample(rate);
        if sample >= frames as u64 {
            let at = sample as f64 / f64::from(rate);
            terminal::warn(&format!(
                "{name} changes at {at} s, but the sound ends at {end} s; see --seconds"
            ));
        }
    }
    let heard = u64::from(loaded.program().inputs) * u64::from(arguments.instances);
    if let Some(path) = arguments.input.as_ref().filter(|_| heard < input.channels.into()) {
        terminal::warn(&format!(
            "{} has {} channels, and the program hears the first {heard}; see --instances",
            path.display(),
            input.channels
        ));
    }
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
    let written = match output {
        Some(output) => format!(
            "Wrote {}: {} sample frames of {} channel{}, {:.prec$} times real time here.",
            output.path().display(),
            bytes::grouped(outcome.frames() as u64),
            outcome.sound.channels,
            if outcome.sound.channels == 1 { "" } else { "s" },
            outcome.real_time_factor(),
            prec = if outcome.real_time_factor() < 1.0 { 3 } else { 1 },
        ),
        None => "No sound was made.".to_owned(),
    };
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
