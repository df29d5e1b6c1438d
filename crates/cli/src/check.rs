//! `sostenuto check`.

use sostenuto_board::{place, report};
use sostenuto_machine::{LoadError, Paging, load};

use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::patch::Source;
use crate::terminal;

/// Says whether a patch fits a board.
pub fn check(arguments: &CheckArguments) -> Result<(), Failure> {
    let board = arguments.place.load_board()?;
    Paging::of_board(&board, None).map_err(Failure::of_paging)?;
    let source = Source::open(&arguments.patch)?;
    let storages = match load(&source.patch) {
        Ok(loaded) => loaded.with_recursive_stack(arguments.patch.stack).storages_on(&board),
        // A part of a patch can still be measured; it only cannot be played.
        Err(silent @ LoadError::Silent { .. }) => {
            terminal::warn(&format!("{}: {silent}", source.path().display()));
            source.patch.facts.storages.clone()
        }
        Err(error) => return Err(source.refused(error)),
    };
    let plan = place(&board, &storages);
    let text = if arguments.place.json {
        report::json(&plan)
    } else {
        report::text(&plan, &board, terminal::style())
    };
    terminal::print(&text)?;
    Failure::unless_it_fits(&plan, arguments.place.json)
}
