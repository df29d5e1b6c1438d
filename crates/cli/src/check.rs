//! `sostenuto check`.

use sostenuto_board::{Board, Storage, place, report};
use sostenuto_machine::{LoadError, Paging, conez, dsp, load};

use crate::arguments::{CheckArguments, PatchArguments};
use crate::failure::Failure;
use crate::patch::Source;
use crate::{faust, terminal};

/// Says whether a patch fits a board.
pub fn check(arguments: &CheckArguments) -> Result<(), Failure> {
    let board = arguments.place.load_board()?;
    let source = Source::open(&arguments.patch)?;
    let plan = place(&board, &storages(&source, &arguments.patch, &board)?);
    let text = if arguments.place.json {
        report::json(&plan)
    } else {
        report::text(&plan, &board, terminal::style())
    };
    terminal::print(&text)?;
    faust::tell_of_rounding(&arguments.patch, &board, &plan, |patch| {
        storages(&Source::open(patch)?, patch, &board)
    });
    Failure::unless_it_fits(&plan, arguments.place.json)
}

/// What a patch and the engine that plays it need on a board.
pub fn storages(source: &Source, arguments: &PatchArguments, board: &Board) -> Result<Vec<Storage>, Failure> {
    Paging::of_board(board, None).map_err(Failure::of_paging)?;
    if source.is_program() {
        let loaded = dsp::load(&source.patch);
        let loaded =
            loaded.map_err(|error| Failure::LoadProgram { path: source.path().to_owned(), source: error })?;
        return Ok(loaded.storages_on(board, dsp::Settings::BLOCK, 1));
    }
    if source.is_of_conez() {
        let loaded = conez::load(&source.patch);
        let loaded =
            loaded.map_err(|error| Failure::LoadConez { path: source.path().to_owned(), source: error })?;
        return Ok(loaded.with_recursive_stack(arguments.stack).storages_on(board));
    }
    match load(&source.patch) {
        Ok(loaded) => Ok(loaded.with_recursive_stack(arguments.stack).storages_on(board)),
        // A part of a patch can still be measured; it only cannot be played.
        Err(silent @ LoadError::Silent { .. }) => {
            terminal::warn(&format!("{}: {silent}", source.path().display()));
            Ok(source.patch.facts.storages.clone())
        }
        Err(error) => Err(source.refused(error)),
    }
}
