//! The sound that goes into a patch, and what is said of it and of that which came out.

use sostenuto_board::{Board, bytes};
use sostenuto_machine::wav::{self, Sound};
use sostenuto_machine::{PHRASE_FRAMES, PHRASE_RATE, Processor, dsp, phrase};

use crate::arguments::RunArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::terminal;

/// The sound to play, with all its channels.
pub fn input(arguments: &RunArguments) -> Result<Sound, Failure> {
    let Some(path) = &arguments.input else {
        let whole = PHRASE_FRAMES as f64 / f64::from(PHRASE_RATE);
        let frames = phrase(arguments.seed, arguments.seconds.unwrap_or(whole));
        return Ok(Sound { sample_rate: PHRASE_RATE, channels: 2, samples: frames.into_flattened() });
    };
    let mut sound = wav::read_sound(path)?;
    if let Some(seconds) = arguments.seconds {
        sound.set_seconds(seconds)?;
    }
    Ok(sound)
}

/// The board's processor, for the deadline.
pub fn processor(arguments: &RunArguments, board: &Board) -> Option<Processor> {
    let (clock_hz, cycles_per_instruction) = board.clock_hz.zip(board.cycles_per_instruction)?;
    Some(Processor { clock_hz: clock_hz as f64, cycles_per_instruction, block: arguments.block })
}

/// Warns of changes by `--set` that would come after the end of the sound; `kind` stands before their names.
pub fn warn_of_late_changes(arguments: &RunArguments, kind: &str, input: &Sound) {
    let seconds = |frames: u64| frames as f64 / f64::from(input.sample_rate);
    for dsp::Change { name, at, .. } in &arguments.changes {
        let what = format!("{kind}{name} changes");
        warn_if_late(&what, seconds(at.sample(input.sample_rate)), seconds(input.frames() as u64));
    }
}

/// Warns of what would come after the end of the sound; times in seconds.
pub fn warn_if_late(what: &str, at: f64, end: f64) {
    if at >= end {
        terminal::warn(&format!("{what} at {at} s, but the sound ends at {end} s; see --seconds"));
    }
}

/// What was written: so many sample frames, perhaps with their channels.
pub fn written(output: Option<&Output>, frames: usize, channels: &str, real_time_factor: f64) -> String {
    match output {
        Some(output) => format!(
            "Wrote {}: {} sample frames{channels}, {real_time_factor:.prec$} times real time here.",
            output.path().display(),
            bytes::grouped(frames as u64),
            prec = if real_time_factor < 1.0 { 3 } else { 1 },
        ),
        None => "No sound was made.".to_owned(),
    }
}
