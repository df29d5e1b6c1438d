//! BASIC, as the ConeZ compiles it.

mod array_operations;
mod arrays;
mod assign;
mod ast;
mod body;
mod builtins;
mod code;
mod control;
mod data;
mod expressions;
mod files;
mod functions;
mod output;
mod parse;
mod strings;
mod survey;
mod texts;
mod token;
mod types;
mod unit;

use body::Body;
use unit::Unit;

use crate::Reader;
use crate::diagnostic::Diagnostics;
use crate::lower::program::Program;
use crate::sources::Sources;

/// Reads, checks and lowers a program; `read` gives the text of the files that it includes.
pub(crate) fn lower(source: &str, name: &str, read: Reader, diagnostics: &mut Diagnostics) -> Program {
    let mut sources = Sources::new(source);
    let mut found = Diagnostics::default();
    let tokens = token::tokens(&mut sources, read, &mut found);
    let statements = parse::parse(tokens, &mut found);
    let mut program = Program::default();
    if !found.has_errors() {
        let survey = survey::survey(&statements);
        let mut unit = Unit::new(name, &sources, &mut found);
        unit.take(&survey);
        Body::program(&mut unit, &statements);
        unit.report_undefined_subs();
        unit.warn_of_unassigned(|name| builtins::find(name).is_some());
        program = unit.finish(&survey.data);
    }
    found.into_sorted().into_iter().for_each(|diagnostic| diagnostics.push(sources.told(diagnostic)));
    program
}
