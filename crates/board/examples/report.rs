//! Prints the reports of one imagined patch on every built-in board: `cargo run --example report`.
//!
//! With the name or the path of a board it prints that board instead.

use std::error::Error;
use std::io::IsTerminal as _;

use sostenuto_board::{Board, Kind, Storage, place, report};

fn main() -> Result<(), Box<dyn Error>> {
    let colour = std::io::stdout().is_terminal();
    let style = report::Style { colour, ..report::Style::default() };
    if let Some(board) = std::env::args().nth(1) {
        print!("{}", report::board(&Board::load(&board)?, style));
        return Ok(());
    }
    print!("{}", report::boards(style));
    let storage = |name: &str, kind, bytes, line| Storage { line, ..Storage::new(name, kind, bytes) };
    let patch = [
        storage("code", Kind::Code, 3_276, None),
        storage("sine", Kind::Table, 4_100, Some(7)),
        storage("window", Kind::Table, 2_048, Some(9)),
        storage("writeIndex", Kind::State, 4, Some(12)),
        storage("feedback", Kind::State, 4, Some(13)),
        storage("filter", Kind::State, 64, Some(15)),
        storage("echo", Kind::Delay, 16_384, Some(3)),
        storage("scratch", Kind::Scratch, 512, Some(21)),
        storage("stack", Kind::Stack, 1_024, None),
        storage("signal", Kind::Audio, 8, Some(1)),
        storage("params", Kind::Parameters, 32, Some(2)),
        storage("displayLEDs", Kind::Display, 16, Some(4)),
        Storage { align: 2, ..storage("delay memory", Kind::Delay, 262_144, None) },
    ];
    for name in Board::builtin_names() {
        let board = Board::builtin(name)?;
        println!();
        print!("{}", report::text(&place(&board, &patch), &board, style));
    }
    Ok(())
}
