//! Small patches written by hand: a module in the text format, and the facts that a compiler would give.

use sostenuto_board::patch::{Cause, Facts, Fault, Patch};
use sostenuto_board::storage::{Kind, Storage};
use sostenuto_machine::{Loaded, Outcome, Settings, load, render};

/// The natives, as the compiler imports them.
pub const NATIVES: &str = r#"
    (import "permut8" "yield" (func $yield))
    (import "permut8" "trace" (func $trace (param i32)))
    (import "permut8" "abort" (func $abort))
    (import "permut8" "read" (func $read (param i32 i32 i32)))
    (import "permut8" "write" (func $write (param i32 i32 i32)))
    (import "permut8" "fault" (func $fault (param i32 i32)))
"#;

/// Where [`facts`] puts the globals of the host, as byte addresses.
pub const LAYOUT: [(&str, Kind, u32, u32); 10] = [
    ("signal", Kind::Audio, 16, 8),
    ("positions", Kind::Audio, 24, 8),
    ("params", Kind::Parameters, 32, 32),
    ("displayLEDs", Kind::Display, 64, 16),
    ("clock", Kind::State, 80, 4),
    ("config", Kind::State, 96, 16),
    ("buf", Kind::State, 128, 64),
    ("text", Kind::Table, 256, 64),
    ("totalAllocations", Kind::State, 400, 4),
    ("hostPosition", Kind::State, 404, 4),
];

pub fn storage(name: &str, kind: Kind, address: u32, bytes: u32) -> Storage {
    Storage { address: Some(address), ..Storage::new(name, kind, bytes) }
}

pub fn facts() -> Facts {
    let storages = LAYOUT.map(|(name, kind, address, bytes)| storage(name, kind, address, bytes)).to_vec();
    Facts { source: "test.impala".to_owned(), storages, ..Facts::default() }
}

pub fn fault(line: u32, function: &str, cause: Cause) -> Fault {
    Fault { line, function: function.to_owned(), cause }
}

/// A patch of these functions, with all natives and a page of memory.
pub fn patch(functions: &str, facts: Facts) -> Patch {
    let text = format!("(module {NATIVES} (memory (export \"memory\") 1) {functions})");
    Patch::new(wat::parse_str(text).expect("a module"), facts).expect("facts")
}

pub fn loaded(functions: &str, facts: Facts) -> Loaded {
    load(&patch(functions, facts)).expect("a patch for this machine")
}

/// The words that come out for words that go in, alike on both sides.
pub fn run(loaded: &Loaded, settings: &Settings, input: &[i32]) -> (Vec<[i32; 2]>, Outcome) {
    let frames: Vec<[f32; 2]> = input.iter().map(|word| [*word as f32 / 2047.0; 2]).collect();
    let outcome = render(loaded, settings, &frames, &mut |_, _| {}, &mut |_| {}).expect("settings in range");
    let words =
        outcome.frames.iter().map(|frame| frame.map(|sample| (sample * 2047.0).round() as i32)).collect();
    (words, outcome)
}

/// The text of the fault that stops a patch, and how many samples were made before.
pub fn stopped(functions: &str, facts: Facts) -> (String, usize) {
    let (words, outcome) = run(&loaded(functions, facts), &Settings::at_rate(48_000), &[0; 200]);
    (outcome.fault.expect("a fault").to_string(), words.len())
}
