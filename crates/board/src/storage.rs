//! A storage: a thing of a patch that needs bytes.

use serde::{Deserialize, Serialize};

/// One table, delay line, state variable, stack or code image that must live in some region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// The name in the source, or the engine's name for its own needs (`stack`, `delay memory`).
    pub name: String,
    /// What the bytes are for; a region may accept only some kinds.
    pub kind: Kind,
    /// Size in bytes.
    pub bytes: u32,
    /// Alignment in bytes, a power of two.
    pub align: u32,
    /// The source line that declares it, counted from 1; `None` for what no source line declares.
    pub line: Option<u32>,
    /// The byte address inside the patch's linear memory; `None` for what lies outside it.
    pub address: Option<u32>,
}

/// What the bytes of a [`Storage`] are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Instructions of the patch.
    Code,
    /// Data that nothing writes once the patch is loaded: read-only arrays and strings.
    Table,
    /// Variables that live from sample to sample.
    State,
    /// A line of past samples.
    Delay,
    /// Data that need not survive a save of the state.
    Scratch,
    /// Frames of called functions.
    Stack,
    /// The samples that the host hands in and takes out.
    Audio,
    /// Control values that the host writes.
    Parameters,
    /// What the host shows: LEDs and texts.
    Display,
}

impl Kind {
    /// All kinds, in the order of the reports.
    pub const ALL: [Kind; 9] = [
        Kind::Code,
        Kind::Table,
        Kind::State,
        Kind::Delay,
        Kind::Scratch,
        Kind::Stack,
        Kind::Audio,
        Kind::Parameters,
        Kind::Display,
    ];

    /// The lower-case name used in board files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Code => "code",
            Kind::Table => "table",
            Kind::State => "state",
            Kind::Delay => "delay",
            Kind::Scratch => "scratch",
            Kind::Stack => "stack",
            Kind::Audio => "audio",
            Kind::Parameters => "parameters",
            Kind::Display => "display",
        }
    }

    /// The kind of that [`name`](Kind::name).
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
