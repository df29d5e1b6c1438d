//! `sostenuto run`.

use std::path::PathBuf;

use sostenuto_board::{Board, Plan, bytes, place, report};
use sostenuto_machine::wav::{self, Format};
use sostenuto_machine::{
    Budgets, Loaded, Outcome, PHRASE_FRAMES, PHRASE_RATE, Processor, Settings, load, phrase, render,
};

use crate::arguments::{RunArguments, Setting};
use crate::build::is_same_file;
use crate::failure::Failure;
use crate::patch::Source;
use crate::progress::Progress;
use crate::terminal;

/// Compiles, places, plays, writes and reports.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let board = Board::load(&arguments.board)?;
    let source = Source::open(&arguments.patch)?;
    let output = arguments.output.clone().unwrap_or_else(|| source.beside("wav"));
    if let Some(input) = &arguments.input
        && is_same_file(&output, input)
    {
        return Err(Failure::Overwrite { path: output });
    }
    let loaded = load(&source.patch)?.with_recursive_stack(arguments.patch.stack / 4);
    let plan = place(&board, &loaded.storages());
    if !plan.fits() {
        if !arguments.json {
            terminal::print(&report::text(&plan, &board, terminal::style()));
        }
        return Ok(plan.check()?);
    }
    let (sample_rate, input) = sound(arguments)?;
    let settings = settings(arguments, &board, sample_rate);
    let outcome = play(&loaded, &settings, &input)?;
    if !outcome.frames.is_empty() || outcome.fault.is_none() {
        wav::write(&output, sample_rate, &outcome.frames, Format::default())?;
    }
    print_report(arguments, &board, &plan, &outcome, &output);
    match &outcome.fault {
        None => Ok(()),
        Some(fault) => {
            source.print_fault(fault);
            Err(Failure::Fault { output, samples: outcome.frames.len() })
        }
    }
}

/// The rate and the frames to play.
fn sound(arguments: &RunArguments) -> Result<(u32, Vec<[f32; 2]>), Failure> {
    let Some(path) = &arguments.input else {
        let whole = PHRASE_FRAMES as f64 / f64::from(PHRASE_RATE);
        return Ok((PHRASE_RATE, phrase(arguments.seed, arguments.seconds.unwrap_or(whole))));
    };
    let mut wav = wav::read(path)?;
    if let Some(seconds) = arguments.seconds {
        let frames = (seconds * f64::from(wav.sample_rate)).round() as usize;
        wav.frames.resize(frames, [0.0; 2]);
    }
    Ok((wav.sample_rate, wav.frames))
}

fn settings(arguments: &RunArguments, board: &Board, sample_rate: u32) -> Settings {
    let mut settings = Settings {
        clock: arguments.clock,
        mix: arguments.mix,
        gain: 10f32.powf(arguments.gain / 20.0),
        config: arguments.config.clone(),
        budgets: Budgets { sample: arguments.budget, ..Budgets::default() },
        processor: board.clock_hz.zip(board.cycles_per_instruction).map(
            |(clock_hz, cycles_per_instruction)| Processor {
                clock_hz: clock_hz as f64,
                cycles_per_instruction,
                block: arguments.block,
            },
        ),
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

fn play(loaded: &Loaded, settings: &Settings, input: &[[f32; 2]]) -> Result<Outcome, Failure> {
    let progress = std::cell::RefCell::new(Progress::new());
    let outcome = render(
        loaded,
        settings,
        input,
        &mut |done, total| progress.borrow_mut().at(done, total),
        &mut |text| progress.borrow().line(&format!("trace: {}\n", text.trim_end_matches('\n'))),
    );
    progress.into_inner().finish();
    Ok(outcome?)
}

fn print_report(arguments: &RunArguments, board: &Board, plan: &Plan, outcome: &Outcome, output: &PathBuf) {
    let factor = outcome.real_time_factor();
    if arguments.json {
        let plan: serde_json::Value = serde_json::from_str(&report::json(plan)).unwrap_or_default();
        let whole = serde_json::json!({
            "format": report::FORMAT,
            "output": output,
            "frames": outcome.frames.len(),
            "real-time-factor": factor,
            "plan": plan,
            "run": outcome.report,
        });
        terminal::print(&format!("{whole:#}\n"));
        return;
    }
    let memory = report::text(plan, board, terminal::style());
    let frames = bytes::grouped(outcome.frames.len() as u64);
    let written = if outcome.frames.is_empty() {
        "No sound was made.".to_owned()
    } else {
        format!(
            "Wrote {}: {frames} sample frames, {factor:.1} times faster than real time here.",
            output.display()
        )
    };
    terminal::print(&format!("{memory}\n{}\n{written}\n", outcome.report));
}
