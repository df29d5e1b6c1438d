//! From a Faust program to a patch, with the Faust compiler's own words where it refuses.

use std::path::Path;

use sostenuto_board::Patch;
use sostenuto_faust::{CompileError, Options, compile};
use sostenuto_lang::{Diagnostic, Severity};

use crate::arguments::PatchArguments;
use crate::failure::Failure;
use crate::patch;

/// Compiles the program whose text this is.
pub fn open(arguments: &PatchArguments, text: &str) -> Result<Patch, Failure> {
    if arguments.hot_first.is_some() {
        return Err(Failure::NotForFaust { option: "--hot-first" });
    }
    let path = &arguments.patch;
    compile(path, &options(arguments.faust.as_deref())).map_err(|error| refused(error, path, text))
}

/// The options for the compiler, from words with blanks between them.
pub fn options(further: Option<&str>) -> Options {
    let further = further.iter().flat_map(|options| options.split_whitespace()).map(str::to_owned);
    Options { further: further.collect() }
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
