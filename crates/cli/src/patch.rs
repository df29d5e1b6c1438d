//! From a file to a patch.

use std::path::{Path, PathBuf};

use sostenuto_board::patch::{Host, PatchError};
use sostenuto_board::{Board, Patch, Profile, Storage};
use sostenuto_lang::{Diagnostic, Language, Options, Severity, Span, compile_including};
use sostenuto_machine::{FaultKind, LoadError, PatchFault, conez};

use crate::arguments::PatchArguments;
use crate::failure::Failure;
use crate::terminal;
use crate::{faust, input};

/// The largest file that is read as a patch, in bytes.
pub const LARGEST: u64 = 64 << 20;

/// A patch and where it came from.
pub struct Source {
    pub patch: Patch,
    path: PathBuf,
    /// The source text; `None` for a module.
    text: Option<String>,
}

impl Source {
    /// Reads a module or compiles a source, printing what the compiler says.
    pub fn open(arguments: &PatchArguments) -> Result<Source, Failure> {
        let path = &arguments.patch;
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        if extension.eq_ignore_ascii_case("wasm") {
            if !arguments.faust.options.is_empty() {
                return Err(Failure::Compiled { path: path.clone() });
            }
            let source = Source { patch: module(path)?, path: path.clone(), text: None };
            if source.is_program() {
                faust::refuse_others(arguments)?;
            }
            return Ok(source);
        }
        if extension.eq_ignore_ascii_case("dsp") {
            let text = input::text(path, LARGEST, "program")?;
            if text.trim().is_empty() {
                return Err(Failure::EmptyProgram { path: path.clone() });
            }
            let patch = faust::open(arguments, &text)?;
            return Ok(Source { patch, path: path.clone(), text: Some(text) });
        }
        if !arguments.faust.options.is_empty() {
            return Err(Failure::OnlyForFaust { option: "--faust" });
        }
        let Some(language) = Language::of_extension(extension) else {
            input::check(path)?;
            return Err(Failure::Language { path: path.clone() });
        };
        let text = input::text(path, LARGEST, "patch")?;
        if text.trim().is_empty() {
            return Err(Failure::Empty { path: path.clone() });
        }
        let name = path.file_name().map_or_else(|| "patch".into(), |name| name.to_string_lossy());
        let profile = arguments.hot_first.as_deref().map(|hot_first| hottest(hot_first, &name));
        let options = Options {
            debug: arguments.debug,
            stack_bytes: arguments.stack_bytes(),
            profile: profile.transpose()?,
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let read = |name: &str| {
            input::text(&folder.join(name), LARGEST, "included file").map_err(|failure| failure.to_string())
        };
        match compile_including(language, &text, &name, &options, &read) {
            Ok(compiled) => {
                print(&compiled.warnings, &text, path);
                Ok(Source { patch: compiled.patch, path: path.clone(), text: Some(text) })
            }
            Err(diagnostics) => {
                print(&diagnostics, &text, path);
                let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
                Err(Failure::Compile { path: path.clone(), errors })
            }
        }
    }

    /// The patch's file name with another ending, in the current folder.
    pub fn beside(&self, extension: &str) -> PathBuf {
        beside(&self.path, extension)
    }

    /// Whether it is a program that computes blocks, not a patch of the Permut8 machine.
    pub fn is_program(&self) -> bool {
        self.patch.facts.program.is_some()
    }

    /// Whether it is a patch for the ConeZ.
    pub fn is_of_conez(&self) -> bool {
        self.patch.facts.host == Host::Conez
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The patch cannot be taken by the machine.
    pub fn refused(&self, source: LoadError) -> Failure {
        Failure::Load { path: self.path.clone(), source }
    }

    /// Whether the places of its data in linear memory are not ours to choose.
    pub fn is_module(&self) -> bool {
        self.text.is_none() || self.is_program()
    }

    /// Lets the pages of a module that a run has accessed most stay in fast memory, if the user wants that.
    pub fn pin_hottest(
        &self,
        arguments: &PatchArguments,
        storages: &[Storage],
        board: &mut Board,
    ) -> Result<(), Failure> {
        let Some(path) = arguments.hot_first.as_deref().filter(|_| self.is_module()) else { return Ok(()) };
        let name = board.name.clone();
        let paged = board.paged.as_mut().ok_or(Failure::NothingToPin { board: name })?;
        let profile = hottest(path, &self.patch.facts.source)?;
        profile.check(storages).map_err(|source| Failure::Profile { path: path.to_owned(), source })?;
        let mut measured = storages.to_vec();
        measured.iter_mut().for_each(|storage| storage.traffic = None);
        profile.apply(&mut measured);
        paged.pin_hottest(&measured);
        Ok(())
    }

    /// Prints a fault, with its source line where that is known, and what can be done about it.
    pub fn print_fault(&self, fault: &PatchFault) {
        let line = fault.line.and_then(|line| Some((self.text.as_deref()?, line)));
        let hint = remedy(fault, self.is_of_conez());
        match line.and_then(|(text, line)| Some((text, line_span(text, line)?))) {
            Some((text, span)) => {
                let diagnostic = Diagnostic {
                    severity: Severity::Error,
                    message: terminal::printable(&fault.to_string()).into_owned(),
                    span,
                    label: "stopped here".to_owned(),
                    related: None,
                    hint,
                };
                print(&[diagnostic], text, &self.path);
            }
            None => {
                let hint = hint.map(|hint| format!("\n  help: {hint}")).unwrap_or_default();
                terminal::complain(&format!("{fault}{hint}"));
            }
        }
    }
}

/// A file's name with another ending, in the current folder.
pub fn beside(path: &Path, extension: &str) -> PathBuf {
    PathBuf::from(path.file_stem().unwrap_or("patch".as_ref())).with_added_extension(extension)
}

fn remedy(fault: &PatchFault, is_of_conez: bool) -> Option<String> {
    match &*fault.kind {
        FaultKind::Budget { .. } if is_of_conez && fault.entry == "process" => {
            Some("end the loop: the sound cannot wait; when process() is only slow, raise --max-instructions".to_owned())
        }
        FaultKind::Budget { .. } => Some(format!(
            "end the loop or wait in it with {}(); when {}() is only slow, raise --max-instructions",
            if is_of_conez { "delay_ms" } else { "yield" },
            fault.entry
        )),
        FaultKind::Stack { .. } if is_of_conez => {
            Some("end the recursion earlier, or keep its arrays outside of the function: on the ConeZ this stack has no more".to_owned())
        }
        FaultKind::Stack { .. } | FaultKind::Registers { .. } => {
            Some("end the recursion earlier, or give it more with --stack".to_owned())
        }
        _ => None,
    }
}

/// The patch in a module: one that `sostenuto build` wrote, the Faust compiler, or any other for the ConeZ.
fn module(path: &Path) -> Result<Patch, Failure> {
    let wasm = input::read(path, LARGEST, "patch")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match Patch::read(wasm.clone()) {
        Err(PatchError::NoFacts) => sostenuto_faust::read(&wasm, &name).or_else(|source| {
            let foreign = conez::read(&wasm, &name);
            let foreign = foreign.map_err(|source| Failure::Patch { path: path.to_owned(), source })?;
            foreign.ok_or_else(|| Failure::ForeignModule { path: path.to_owned(), source })
        }),
        read => read.map_err(|source| Failure::Patch { path: path.to_owned(), source }),
    }
}

/// The profile that tells what is hottest in the patch of that source, with a warning where it is of another.
fn hottest(path: &Path, source: &str) -> Result<Profile, Failure> {
    let profile = profile(path)?;
    if let Some(doubt) = profile.doubt_of_source(source) {
        terminal::warn(&format!("{}: {doubt}", path.display()));
    }
    Ok(profile)
}

/// The profile in a file.
pub fn profile(path: &Path) -> Result<Profile, Failure> {
    Profile::parse(&input::text(path, LARGEST, "profile")?)
        .map_err(|source| Failure::Profile { path: path.to_owned(), source })
}

pub fn print(diagnostics: &[Diagnostic], text: &str, path: &Path) {
    let colour = terminal::colours(&std::io::stderr());
    let path = path.display().to_string();
    for diagnostic in diagnostics {
        terminal::notice(&format!("{}\n", diagnostic.render(text, &path, colour)));
    }
}

/// The place of a line, counted from 1, without the space around it.
pub fn line_span(text: &str, line: u32) -> Option<Span> {
    let start: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
    let text = text[start..].lines().next()?;
    let start = start + (text.len() - text.trim_start().len());
    Some(Span { start: start as u32, end: (start + text.trim().len()) as u32 })
}
