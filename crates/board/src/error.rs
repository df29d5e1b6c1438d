//! What can be wrong with a board's name, and with the TOML files that users write.

use std::path::PathBuf;

use crate::spelling::guess;

/// Why there is no board.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// No built-in board has the name.
    #[error("there is no board `{name}`{}\n  boards: {}\n  for a board file write its path, such as ./{name}.toml",
        guess(nearest.as_deref()), boards.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// All built-in names.
        boards: Vec<String>,
        /// The built-in name that is nearly the one asked for.
        nearest: Option<String>,
    },
    /// The board does not start in that way.
    #[error("the board `{board}` has no boot mode `{name}`\n  {}", match &boots[..] {
        [] => "it starts in one way only: leave the option out".to_owned(),
        boots => format!("its boot modes: {}", boots.join(", ")),
    })]
    Boot {
        /// The board.
        board: String,
        /// The mode asked for.
        name: String,
        /// Those that it has.
        boots: Vec<String>,
    },
    /// The file cannot be read.
    #[error("cannot read the board file {}: {source}", file.display())]
    Read {
        /// Its path as given.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no board.
    #[error(transparent)]
    File(#[from] FileFault),
}

/// A fault inside a TOML file (a board, a list of storages or of buffers, a budget), with its place and a remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}\n  help: {help}")]
pub struct FileFault {
    /// The file's name as given.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// What is wrong, with names and numbers.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl FileFault {
    /// A fault at a byte offset of the file's text; an offset past the end or inside a character is moved down.
    pub(crate) fn at(file: &str, text: &str, offset: usize, message: String, help: String) -> FileFault {
        let before = &text[..text.floor_char_boundary(offset)];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        FileFault {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
            message,
            help,
        }
    }
}
