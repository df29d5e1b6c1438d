//! C, as much of it as programs for the ConeZ use and more.

mod literal;
mod make;
mod parse;
mod prelude;
mod preprocess;
mod token;
mod tree;
mod types;

use crate::Reader;
use crate::diagnostic::Diagnostics;
use crate::lower::program::Program;
use crate::sources::Sources;

/// Reads and lowers a source and what it includes; the program is of use only when no error was reported.
pub(crate) fn lower(source: &str, name: &str, read: Reader, diagnostics: &mut Diagnostics) -> Program {
    let mut sources = Sources::new(source);
    let mut found = Diagnostics::default();
    let preprocessed = preprocess::preprocess(&mut sources, name, read, &mut found);
    let mut program = Program::default();
    if !found.has_errors() {
        let tree = parse::parse(preprocessed.tokens, preprocessed.has_host, &sources, &mut found);
        if !found.has_errors() {
            program = make::program(&tree, name, &sources, &mut found);
        }
    }
    for diagnostic in found.into_sorted() {
        diagnostics.push(sources.told(diagnostic));
    }
    program
}
