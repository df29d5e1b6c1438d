//! From the checked tree to what every language lowers to.

mod address;
mod body;
mod convert;
mod initial;
mod simplify;
mod statements;
mod unit;
mod updates;
mod value;

use super::tree::Program as Tree;
use crate::diagnostic::Diagnostics;
use crate::lower::program::Program;
use crate::sources::Sources;

/// Lowers a program.
pub(super) fn program(tree: &Tree, name: &str, sources: &Sources, diagnostics: &mut Diagnostics) -> Program {
    unit::Unit::lower(tree, name, sources, diagnostics)
}
