//! The Faust compiler as it is installed: found, asked, and its words passed on.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::at_work::Running;
use crate::error::CompileError;

/// How a program is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Options of the Faust compiler, such as `-double`, passed on as they are.
    pub further: Vec<String>,
    /// After this time the compiler is stopped: there are programs with which it does not end.
    pub timeout: Duration,
}

impl Options {
    /// The most that any of the examples of Faust has taken on a small machine is a minute.
    pub const TIMEOUT: Duration = Duration::from_secs(300);
}

impl Default for Options {
    fn default() -> Self {
        Options { further: Vec::new(), timeout: Self::TIMEOUT }
    }
}

/// A Faust compiler on the PATH. All that is asked about one program is asked of one compiler, for the order of the arrays in
/// memory differs from build to build.
#[derive(Debug, Clone)]
pub(crate) enum Compiler {
    /// The program `faust`.
    Program(PathBuf),
    /// This Python has the compiler as its module `cyfaust`, which is made without WebAssembly.
    Python(PathBuf),
}

/// Hands its arguments to the compiler in `cyfaust`, which tells on its standard output what it refuses, and has the libraries.
const CYFAUST: &str = "\
import os, sys, cyfaust
from cyfaust.cyfaust import generate_auxfiles_from_file
libraries = os.path.join(os.path.dirname(cyfaust.__file__), 'resources', 'libraries')
*options, source = sys.argv[1:]
sys.exit(0 if generate_auxfiles_from_file(source, *options, '-I', libraries) else 1)";

/// What the compiler can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// A module with memory of its own.
    Wasm,
    /// The same program as C, for the names.
    C,
    /// The same as a struct with all arrays in it.
    Rust,
    /// The same as C++ that tells a memory manager of each array, and how often it is mentioned.
    ManagedCpp,
}

/// An answer that is being worked on; one that is not wanted any more is not worked on any more.
#[derive(Debug)]
pub(crate) struct Question {
    compiler: PathBuf,
    source: PathBuf,
    running: Running,
    timeout: Duration,
    /// `None` for one that no clock reaches.
    deadline: Option<Instant>,
    output: PathBuf,
    errors: PathBuf,
}

impl Compiler {
    pub(crate) fn find() -> Result<Compiler, CompileError> {
        let python = || on_path("python3").filter(|python| has_cyfaust(python)).map(Compiler::Python);
        on_path("faust").map(Compiler::Program).or_else(python).ok_or(CompileError::NoCompiler)
    }

    /// Begins to compile; what comes of it lies in the folder.
    pub(crate) fn ask(
        &self,
        language: Language,
        source: &Path,
        options: &Options,
        folder: &Path,
    ) -> Result<Question, CompileError> {
        let (Compiler::Program(program) | Compiler::Python(program)) = self;
        let failed = |error| CompileError::Start { program: program.clone(), source: error };
        let source = fs::canonicalize(source).map_err(failed)?;
        // It writes them into strings as they are.
        let is_strange = |c: char| matches!(c, '"') || (cfg!(unix) && c == '\\') || c.is_control();
        if let Some(found) = source.to_string_lossy().chars().find(|c| is_strange(*c)) {
            return Err(CompileError::Name { found });
        }
        let (arguments, file): (&[&str], &str) = match language {
            Language::Wasm => (&["-lang", "wasm"], "program.wasm"),
            Language::C => (&["-lang", "c"], "program.c"),
            Language::Rust => (&["-lang", "rust"], "program.rs"),
            Language::ManagedCpp => (&["-lang", "cpp", "-mem"], "program.cpp"),
        };
        let output = folder.join(file);
        let errors = output.with_extension("errors");
        let mut command = Command::new(program);
        if let Compiler::Python(_) = self {
            if language == Language::Wasm {
                return Err(CompileError::NoWasm);
            }
            command.args(["-c", CYFAUST]);
        }
        command.args(arguments).args(passed_on(&options.further)?);
        command.arg("-I").arg(source.parent().unwrap_or(Path::new(".")));
        command.arg("-o").arg(&output).arg(&source).current_dir(folder);
        // A file, as a pipe that nobody reads while another question is waited for would stop the compiler.
        let told = fs::File::create(&errors).map_err(failed)?;
        command.stdin(Stdio::null()).stdout(told.try_clone().map_err(failed)?).stderr(told);
        let timeout = options.timeout;
        let deadline = Instant::now().checked_add(timeout);
        let running = Running::start(&mut command).map_err(failed)?;
        Ok(Question { compiler: program.clone(), source, running, timeout, deadline, output, errors })
    }
}

/// The program of this name that would be started.
fn on_path(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&folders).map(|folder| folder.join(&name)).find(|program| program.is_file())
}

fn has_cyfaust(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", "import cyfaust.cyfaust"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Question {
    /// Waits for the answer.
    pub(crate) fn answer(self) -> Result<Vec<u8>, CompileError> {
        let failed = |source| CompileError::Start { program: self.compiler.clone(), source };
        let status = self.running.wait_until(self.deadline).map_err(failed)?;
        let Some(status) = status else {
            return Err(CompileError::TimedOut { seconds: self.timeout.as_secs_f64() });
        };
        if status.success() {
            return fs::read(&self.output).map_err(failed);
        }
        let message = fs::read(&self.errors).map_err(failed)?;
        let message = String::from_utf8_lossy(&message);
        // Where it knows no place it says so, in its way.
        let message = message.trim().trim_start_matches("???? : -1 : ");
        if message.is_empty() {
            return Err(CompileError::Crashed { status: status.to_string() });
        }
        let place = place(message, self.source.parent().unwrap_or(Path::new(".")));
        Err(CompileError::Refused { place, message: shortened(message) })
    }
}

/// The options as the compiler, which runs in another folder, must have them.
fn passed_on(options: &[String]) -> Result<Vec<OsString>, CompileError> {
    let mut arguments = Vec::new();
    let mut is_folder = false;
    for option in options {
        let reason = match option.as_str() {
            "-lang" | "--language" | "-o" | "-O" | "--output-dir" | "-a" => {
                Some("Sostenuto chooses what is made and where")
            }
            "-h" | "--help" | "-v" | "--version" | "-e" | "--export-dsp" | "-svg" | "--svg" | "-ps"
            | "--postscript" | "-xml" | "--xml" | "-json" | "--json" | "-tg" | "--task-graph" | "-sg"
            | "--signal-graph" => Some("it has the compiler tell or write something else than a program"),
            "-quad" | "-fx" => Some("samples are numbers of 32 bits (-single) or of 64 (-double)"),
            "-vec" | "--vectorize" => {
                Some("its WebAssembly of vector code makes noise, tried with 2.54.9, and its Rust has none")
            }
            "-cn" | "--class-name" | "-pn" | "--process-name" | "-mem" | "--memory-manager" => {
                Some("Sostenuto relies on the name and the form of what is made")
            }
            _ => None,
        };
        if let Some(reason) = reason {
            return Err(CompileError::Option { option: option.clone(), reason });
        }
        let folder = is_folder.then(|| fs::canonicalize(option).ok()).flatten();
        arguments.push(folder.map_or_else(|| OsString::from(option), PathBuf::into_os_string));
        is_folder = matches!(option.as_str(), "-I" | "--import-dir" | "-L" | "--library" | "-A");
    }
    Ok(arguments)
}

/// The file and line of a message that begins with them, `FILE : LINE : ERROR : …` or later `FILE:LINE : ERROR : …`. The later
/// ones tell no folder.
fn place(message: &str, folder: &Path) -> Option<(PathBuf, u32)> {
    let (before, _) = message.split_once(" : ERROR")?;
    let (file, line) = before.lines().last()?.rsplit_once(':')?;
    Some((folder.join(OsStr::new(file.trim())), line.trim().parse().ok()?))
}

/// The compiler may print an expression of many thousand characters.
fn shortened(message: &str) -> String {
    const LINES: usize = 12;
    const CHARACTERS: usize = 300;
    let mut lines: Vec<String> = message
        .lines()
        .take(LINES)
        .map(|line| match line.char_indices().nth(CHARACTERS) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        })
        .collect();
    if message.lines().count() > LINES {
        lines.push("…".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_at_its_line_and_cut_to_a_screen() {
        let place = |message| place(message, Path::new("/home"));
        assert_eq!(place("/a b.dsp : 12 : ERROR : syntax error"), Some((PathBuf::from("/a b.dsp"), 12)));
        assert_eq!(
            place("WARNING : odd\nx.lib:3 : ERROR : undefined symbol : foo"),
            Some((PathBuf::from("/home/x.lib"), 3))
        );
        assert_eq!(place("ERROR in sequential composition A:B"), None);
        let long = format!("ERROR\n{}\n{}", "é".repeat(1_000), "line\n".repeat(50));
        let short = shortened(&long);
        assert!(short.lines().count() == 13 && short.lines().all(|line| line.chars().count() <= 301));
    }

    #[test]
    fn options_that_change_the_output_are_refused() {
        let refused = |option: &str| passed_on(&[option.to_owned()]).unwrap_err().to_string();
        assert!(refused("-lang").contains("-lang"), "{}", refused("-lang"));
        assert!(refused("-quad").contains("-double"));
        assert!(refused("-vec").contains("noise"));
        let arguments = passed_on(&["-double", "-I", "."].map(str::to_owned)).expect("passed on");
        assert_eq!(arguments[0], "-double");
        assert!(Path::new(&arguments[2]).is_absolute(), "the compiler runs elsewhere");
    }
}
