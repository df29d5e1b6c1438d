//! A finding: what is wrong, or worth knowing, in an image.

use serde::Serialize;

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Which check found it.
    pub check: Check,
    /// The section, variable or function that it is about.
    pub subject: String,
    /// What was found, with names and numbers.
    pub message: String,
    /// What to do; empty when nothing.
    pub help: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The program cannot work as it was written.
    Error,
    /// It may fail, and the image cannot tell whether it does.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word in the reports.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Sections that lie, or are loaded, outside every region of the board.
    Outside,
    /// Sections that are named for one region and lie in another.
    Misplaced,
    /// Variables whose first values are not in the image.
    LostInitialiser,
    /// Bytes of the image in memory into which nothing loads them.
    NotLoaded,
    /// Variables that hold chance values when the program starts.
    ChanceValues,
    /// Memory that is used before its controller is started.
    LateMemory,
    /// DMA buffers that their controller does not reach.
    DmaReach,
    /// DMA buffers between which and the memory there is a cache.
    DmaCache,
    /// What may be a DMA buffer and was not named as one.
    DmaUnnamed,
    /// The stack and what lies below it.
    Stack,
    /// Arithmetic in `double` by software.
    Doubles,
    /// Structures with more padding than they need.
    Padding,
}

impl Finding {
    /// That something cannot work.
    pub(super) fn error(check: Check, subject: &str, message: String, help: impl Into<String>) -> Finding {
        Finding { severity: Severity::Error, check, subject: subject.to_owned(), message, help: help.into() }
    }

    /// That something may fail.
    pub(super) fn warning(check: Check, subject: &str, message: String, help: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(check, subject, message, help) }
    }

    /// That something is worth knowing.
    pub(super) fn note(check: Check, subject: &str, message: String, help: impl Into<String>) -> Finding {
        Finding { severity: Severity::Note, ..Finding::error(check, subject, message, help) }
    }
}
