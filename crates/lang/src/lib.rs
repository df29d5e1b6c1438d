//! Impala, C and BASIC to WebAssembly, with every table, delay line and state named as a storage.
//!
//! ```
//! use sostenuto_lang::{Language, Options, compile};
//!
//! let source = "
//!     global array signal[2]
//!     global array line[4800]
//!     global int at
//!
//!     function process()
//!     locals int dry
//!     {
//!         dry = (int) global signal[0];
//!         global signal[0] = dry + (int) global line[global at] / 2;
//!         global line[global at] = dry;
//!         global at = (global at + 1) % 4800;
//!     }
//! ";
//! let compiled = compile(Language::Impala, source, "echo.impala", &Options::default())?;
//! let line = compiled.patch.storage("line").unwrap();
//! assert_eq!((line.bytes, line.line), (19_200, Some(3)));
//! assert_eq!(line.kind, sostenuto_board::Kind::Delay);
//! # Ok::<(), Vec<sostenuto_lang::Diagnostic>>(())
//! ```

#![forbid(unsafe_code)]

mod basic;
mod c;
mod conez;
mod diagnostic;
mod impala;
mod lower;
mod sources;

use diagnostic::Diagnostics;
pub use diagnostic::{Diagnostic, Severity, Span};
use sostenuto_board::{Patch, Profile};

/// A source language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// The language of Permut8 firmwares.
    Impala,
    /// The BASIC of the ConeZ.
    Basic,
    /// C, for the ConeZ.
    C,
}

impl Language {
    /// The language of files with that extension, without the dot.
    pub fn of_extension(extension: &str) -> Option<Language> {
        let of = [("impala", Language::Impala), ("bas", Language::Basic), ("c", Language::C)];
        of.into_iter().find(|(known, _)| extension.eq_ignore_ascii_case(known)).map(|(_, language)| language)
    }
}

/// How to compile.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Sets the host constant `DEBUG` to 1, which makes `assert` active, and puts guard words around global arrays.
    pub debug: bool,
    /// Bytes of stack for the recursion of a patch that has any, whose worst case is unbounded; the frames of the
    /// functions beside it are added.
    pub stack_bytes: u32,
    /// What an earlier run has measured: the data that is accessed most a byte lies first in linear memory. Without it, what is
    /// usual for each kind and size decides.
    pub profile: Option<Profile>,
}

impl Default for Options {
    fn default() -> Options {
        Options { debug: false, stack_bytes: 16_384, profile: None }
    }
}

/// A patch and what there was to say about it.
#[derive(Debug)]
pub struct Compiled {
    /// The module and its facts.
    pub patch: Patch,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

/// Gives the text of a file that a source includes, by the name in the source, or says why it cannot.
pub type Reader<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// Compiles a source that includes no files; `name` is the file name that the patch carries.
///
/// # Errors
/// All errors and warnings, in the order of the source.
pub fn compile(
    language: Language,
    source: &str,
    name: &str,
    options: &Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile_including(language, source, name, options, &|_| Err("no files are at hand".to_owned()))
}

/// Compiles a source and the files that it includes, which `read` gives.
///
/// # Errors
/// All errors and warnings, in the order of the source; what is in an included file is told of at its directive.
pub fn compile_including(
    language: Language,
    source: &str,
    name: &str,
    options: &Options,
    read: Reader,
) -> Result<Compiled, Vec<Diagnostic>> {
    if source.len() > u32::MAX as usize / 2 {
        return Err(vec![Diagnostic::error(Span::default(), "the source is larger than 2 GiB")]);
    }
    let mut diagnostics = Diagnostics::default();
    let program = match language {
        Language::Impala => impala::lower(source, name, options.debug, &mut diagnostics),
        Language::Basic => basic::lower(source, name, read, &mut diagnostics),
        Language::C => c::lower(source, name, read, &mut diagnostics),
    };
    if diagnostics.has_errors() {
        return Err(diagnostics.into_sorted());
    }
    match lower::lower(&program, options) {
        Ok(patch) => Ok(Compiled { patch, warnings: diagnostics.into_sorted() }),
        Err(error) => {
            diagnostics.push(Diagnostic::error(Span::default(), error.to_string()));
            Err(diagnostics.into_sorted())
        }
    }
}
