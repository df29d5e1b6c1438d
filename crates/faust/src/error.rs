//! Why a Faust program does not become a patch.

use std::io;
use std::path::PathBuf;

/// Why a Faust program cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// There is no compiler.
    #[error(
        "a Faust program needs the Faust compiler, and there is neither a program `faust` on the PATH nor a Python module \
         `cyfaust`\n  help: on Debian and Ubuntu `apt install faust`, elsewhere see https://faust.grame.fr/downloads; to \
         write Rust, `pip install cyfaust` for the `python3` on the PATH is enough"
    )]
    NoCompiler,
    /// The compiler that there is has no WebAssembly.
    #[error(
        "there is no program `faust` on the PATH, and the Python module `cyfaust` cannot write WebAssembly, which is needed \
         here\n  help: on Debian and Ubuntu `apt install faust`, elsewhere see https://faust.grame.fr/downloads"
    )]
    NoWasm,
    /// The compiler cannot be started, or its files cannot be read.
    #[error("cannot run {}: {source}", program.display())]
    Start {
        /// The compiler.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An option that would change what the compiler is asked for.
    #[error("the option {option} cannot be passed on to the Faust compiler: {reason}")]
    Option {
        /// The option.
        option: String,
        /// Why not.
        reason: &'static str,
    },
    /// The compiler would write code that is none.
    #[error(
        "the Faust compiler cannot take a program in whose path there is {found:?}: rename the file or its folder"
    )]
    Name {
        /// What it cannot take.
        found: char,
    },
    /// The compiler refuses the program.
    #[error("{message}")]
    Refused {
        /// What the compiler says, at most some lines of it.
        message: String,
        /// The file and the line, counted from 1, when the compiler tells them.
        place: Option<(PathBuf, u32)>,
    },
    /// The compiler ended without success and without a message.
    #[error("the Faust compiler has failed without a message ({status})")]
    Crashed {
        /// How it ended.
        status: String,
    },
    /// The compiler has not ended in its time.
    #[error(
        "the Faust compiler was still at work after {seconds} s and was stopped: very long delays and large tables keep it \
         busy; make them shorter, or give it more time with --faust-timeout"
    )]
    TimedOut {
        /// The time that it had.
        seconds: f64,
    },
    /// What the compiler made is not understood.
    #[error("what the Faust compiler made is not understood: {0}")]
    Module(#[from] ModuleError),
}

impl CompileError {
    /// What the system says of the compiler's files.
    pub(crate) fn of_files(source: io::Error) -> CompileError {
        CompileError::Start { program: "the Faust compiler".into(), source }
    }
}

/// Why a module is not one that the Faust compiler made.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// It is not a module.
    #[error("{message} (at offset {offset:#x})")]
    Malformed {
        /// What the parser says.
        message: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
    /// It has no description at address 0.
    #[error("it has no description of itself as the Faust compiler puts one at address 0")]
    NoDescription,
    /// The description is of another form.
    #[error("its description of itself cannot be read: {0}")]
    Description(#[from] serde_json::Error),
    /// It lacks a function.
    #[error("it exports no function `{name}` of the type that the Faust compiler gives it")]
    NoFunction {
        /// The function.
        name: &'static str,
    },
    /// A parameter or meter lies outside of the program.
    #[error("`{path}` lies at byte {address} of a program of {bytes} B")]
    Outside {
        /// The parameter.
        path: String,
        /// Where.
        address: u32,
        /// The size of the program.
        bytes: u32,
    },
}

impl From<wasmparser::BinaryReaderError> for ModuleError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        // What follows is a list of bytes over many lines.
        let message = error.message().split(" - expected").next().unwrap_or_default().to_owned();
        ModuleError::Malformed { message, offset: error.offset() }
    }
}
