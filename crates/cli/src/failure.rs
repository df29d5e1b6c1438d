//! What ends the command early, and its exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use sostenuto_board::patch::PatchError;
use sostenuto_board::{BoardError, DoesNotFit};
use sostenuto_machine::wav::WavError;
use sostenuto_machine::{LoadError, RenderError};

/// Why the command ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A source is not text.
    #[error("{} is not text: byte {offset} is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The offending byte, counted from 0.
        offset: usize,
    },
    /// A source holds nothing.
    #[error("{} is empty: a patch has at least a function process()", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A file whose ending no language claims.
    #[error("{}: the language is not known by its ending; known are .impala and .wasm", path.display())]
    Language {
        /// The file.
        path: PathBuf,
    },
    /// A module that is not a patch.
    #[error("{}: {source}", path.display())]
    Patch {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PatchError,
    },
    /// The diagnostics have been printed.
    #[error("{} does not compile: {errors} error{}", path.display(), if *errors == 1 { "" } else { "s" })]
    Compile {
        /// The file.
        path: PathBuf,
        /// How many.
        errors: usize,
    },
    /// The output would destroy the input.
    #[error("{} is the input and would be overwritten: name another --out", path.display())]
    Overwrite {
        /// The file.
        path: PathBuf,
    },
    /// A board.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// A WAV file.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// A patch that the machine cannot take.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A setting of the performance.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The patch does not fit the board.
    #[error(transparent)]
    DoesNotFit(#[from] DoesNotFit),
    /// The patch faulted; the fault has been printed.
    #[error("the patch was stopped; {} holds the {samples} samples made before", output.display())]
    Fault {
        /// The file with the sound so far.
        output: PathBuf,
        /// Its sample frames.
        samples: usize,
    },
}

impl Failure {
    /// 1 for what the patch does, 2 for what the user can mend in the command or the files.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::DoesNotFit(_) | Failure::Fault { .. } => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}
