//! The Impala language: the reference dialect of the Permut8 and the freer one of its memory tutorial, in one.

mod ast;
mod body;
mod expressions;
mod host_ints;
mod parse;
mod permut8;
mod place;
mod statements;
mod token;
mod unit;
mod value;

use crate::diagnostic::Diagnostics;
use crate::lower::program::Program;

/// Reads and lowers a source; the program is of use only when no error was reported.
pub(crate) fn lower(source: &str, name: &str, debug: bool, diagnostics: &mut Diagnostics) -> Program {
    let items = parse::parse(source, diagnostics);
    unit::Unit::lower(source, name, debug, &items, diagnostics)
}
