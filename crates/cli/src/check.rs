//! `sostenuto check`.

use sostenuto_board::{Board, place, report};
use sostenuto_machine::{LoadError, load};

use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::patch::Source;
use crate::terminal;

/// Says whether a patch fits a board.
pub fn check(arguments: &CheckArguments) -> Result<(), Failure> {
    let board = Board::load(&arguments.board)?;
    let source = Source::open(&arguments.patch)?;
    let storages = match load(&source.patch) {
        Ok(loaded) => loaded.storages(),
        // A part of a patch can still be measured; it only cannot be played.
        Err(silent @ LoadError::Silent { .. }) => {
            terminal::notice(&format!("warning: {silent}\n"));
            source.patch.facts.storages.clone()
        }
        Err(error) => return Err(error.into()),
    };
    let plan = place(&board, &storages);
    let text =
        if arguments.json { report::json(&plan) } else { report::text(&plan, &board, terminal::style()) };
    terminal::print(&text);
    Ok(plan.check()?)
}
