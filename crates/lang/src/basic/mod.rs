//! BASIC, as the ConeZ compiles it.

mod ast;
mod parse;
mod source;
mod token;

use crate::diagnostic::Diagnostics;

pub(crate) fn check(source: &str, diagnostics: &mut Diagnostics) {
    let mut sources = source::Sources::new(source);
    let tokens = token::tokens(&mut sources, &|_| Err("no files".to_owned()), diagnostics);
    let program = parse::parse(tokens, diagnostics);
    if std::env::var("BASIC_TREE").is_ok() {
        eprintln!("{program:#?}");
    }
}
