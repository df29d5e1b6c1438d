//! From a Faust program to a patch, with the Faust compiler's own words where it refuses.

use std::path::Path;

use sostenuto_board::{Board, Patch, Plan, Storage, bytes};
use sostenuto_faust::{CompileError, Options, Zones, compile, saved_by_unrounding};
use sostenuto_lang::{Diagnostic, Severity};

use crate::arguments::PatchArguments;
use crate::failure::Failure;
use crate::values::Words;
use crate::{patch, terminal};

/// Compiles the program whose text this is.
pub fn open(arguments: &PatchArguments, text: &str) -> Result<Patch, Failure> {
    refuse_others(arguments)?;
    let path = &arguments.patch;
    compile(path, &arguments.faust.options()).map_err(|error| refused(error, path, text))
}

/// Refuses what says nothing of how a Faust program is compiled.
pub fn refuse_others(arguments: &PatchArguments) -> Result<(), Failure> {
    let given = [("--debug", arguments.debug), ("--stack", arguments.stack.is_some())];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Failure::NotForFaust { option }),
        None => Ok(()),
    }
}

/// What the compiler refuses, printed at its line of the program where that is known.
pub fn refused(error: CompileError, path: &Path, text: &str) -> Failure {
    match at_line(&error, path, text) {
        Some(diagnostic) => {
            patch::print(&[diagnostic], text, path);
            Failure::Compile { path: path.to_owned(), errors: 1 }
        }
        None => Failure::Faust { path: path.to_owned(), source: error },
    }
}

/// What the program asks for as C++ with a memory manager.
pub fn zones(arguments: &PatchArguments) -> Result<Zones, Failure> {
    let path = &arguments.patch;
    sostenuto_faust::zones(path, &arguments.faust.options())
        .map_err(|source| Failure::Faust { path: path.clone(), source })
}

/// Refuses --emit for what is no program in Faust.
pub fn check_ending(path: &Path) -> Result<(), Failure> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wasm")) {
        return Err(Failure::EmitOfModule { path: path.to_owned() });
    }
    if is_program(path) { Ok(()) } else { Err(Failure::OnlyForFaust { option: "--emit" }) }
}

/// Where a program does not fit that would with delay lines at their own length, says so. Its storages are those that the
/// command makes of a program with the options given.
pub fn tell_of_rounding(
    arguments: &PatchArguments,
    board: &Board,
    plan: &Plan,
    storages: impl FnOnce(&PatchArguments) -> Result<Vec<Storage>, Failure>,
) {
    let options = arguments.faust.options();
    if plan.fits() || !is_program(&arguments.patch) || options.say_what_is_rounded() {
        return;
    }
    let mut exact = arguments.other(arguments.patch.clone());
    exact.faust.options.push(Words(Options::UNROUNDED.map(str::to_owned).to_vec()));
    // A hint that cannot be had is none.
    let Some(saved) = storages(&exact).ok().and_then(|exact| saved_by_unrounding(plan, &exact, board)) else {
        return;
    };
    terminal::notice(&format!(
        "note: it fits with {}--faust \"{}\", which does not round delay lines up to powers of two: {} less\n",
        if options.further.is_empty() { "" } else { "a further " },
        Options::UNROUNDED.join(" "),
        bytes::text(saved)
    ));
}

fn is_program(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("dsp"))
}

/// What the compiler says of a line of this very file; of other files it names file and line itself.
fn at_line(error: &CompileError, path: &Path, text: &str) -> Option<Diagnostic> {
    let CompileError::Refused { message, place: Some((file, line)) } = error else { return None };
    let is_this = file.canonicalize().ok()? == path.canonicalize().ok()?;
    let span = Some(*line).filter(|line| is_this && *line > 0)?;
    let span = patch::line_span(text, span)?;
    let message = message.split_once(" : ERROR").map_or(message.as_str(), |(_, after)| after);
    Some(Diagnostic {
        severity: Severity::Error,
        message: message.trim_start_matches([' ', ':']).to_owned(),
        span,
        label: "the Faust compiler says so of this line".to_owned(),
        related: None,
        hint: None,
    })
}
