//! A storage: a thing of a patch that needs bytes.

use serde::{Deserialize, Serialize};

use crate::bytes;
use crate::region::{Retained, Start};
use crate::traffic::Traffic;

/// One table, delay line, state variable, stack or code image that must live in some region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The byte address inside the patch's linear memory; `None` for what lies outside it, or there in several places.
    pub address: Option<u32>,
    /// What it asks of the memory beside bytes.
    #[serde(default, skip_serializing_if = "Needs::is_nothing")]
    pub needs: Needs,
    /// How often it is read and written, as measured or declared; where it is `None`, the placer assumes what is usual for
    /// the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traffic: Option<Traffic>,
    /// How many voices share it in equal parts, where it can be made smaller by whole voices only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voices: Option<u32>,
}

/// What a [`Storage`] asks of its memory beside bytes; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Needs {
    /// The DMA controllers that move its bytes.
    pub masters: Vec<String>,
    /// The interruption that its bytes must survive.
    pub retained: Option<Retained>,
    /// What its bytes must be when the program starts.
    pub start: Option<Start>,
    /// The first and the last of the phases in which it holds anything; `None` when it always does. Scratch storages of
    /// other phases may use the same bytes.
    pub life: Option<(u32, u32)>,
    /// It may lie in several regions, in parts that are multiples of so many bytes.
    pub split: Option<u32>,
}

impl Needs {
    /// Whether it asks for nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Storage {
    /// A storage of words that no source line declares, outside of linear memory, and that asks for nothing.
    pub fn new(name: impl Into<String>, kind: Kind, bytes: u32) -> Storage {
        Storage {
            name: name.into(),
            kind,
            bytes,
            align: 4,
            line: None,
            address: None,
            needs: Needs::default(),
            traffic: None,
            voices: None,
        }
    }

    /// The bytes of one voice, if it is made of voices.
    pub fn bytes_of_voice(&self) -> Option<u32> {
        self.voices.map(|voices| self.bytes / voices.max(1)).filter(|bytes| *bytes > 0)
    }

    /// How often it is read and written, or what is usual for its kind.
    pub fn traffic(&self) -> Traffic {
        self.traffic.unwrap_or_else(|| Traffic::usual(self.kind, self.bytes))
    }

    /// Lets a delay line lie in several regions, in steps of 4 KB, unless it is no longer than one or has steps of its own.
    pub fn let_delay_split(&mut self) {
        const STEP: u32 = 4_096;

        if self.kind == Kind::Delay && self.bytes > STEP {
            self.needs.split.get_or_insert(STEP);
        }
    }

    /// What cannot be true of it, if anything: a file may say whatever it likes.
    pub(crate) fn fault(&self) -> Option<String> {
        let Traffic { reads, writes, next_lines, lines, written_lines } = self.traffic.unwrap_or_default();
        let numbers = [reads, writes, next_lines, lines, written_lines];
        if !self.align.is_power_of_two() {
            return Some(format!("an alignment of {} B", self.align));
        }
        if let Some(number) = numbers.into_iter().find(|number| !(0.0..=Traffic::MOST).contains(number)) {
            return Some(format!("{number} accesses a sample"));
        }
        if let Some(voices) = self.voices.filter(|voices| *voices == 0 || !self.bytes.is_multiple_of(*voices))
        {
            return Some(format!("{} B for {voices} voices", self.bytes));
        }
        if self.needs.split == Some(0) {
            return Some("parts of 0 B".to_owned());
        }
        let life = self.needs.life.filter(|(first, last)| first > last);
        life.map(|(first, last)| format!("a life from phase {first} to {last}"))
    }

    /// In words, why it could not lie just anywhere; `homes` is how many regions take it.
    pub(crate) fn bonds(&self, homes: usize) -> Vec<String> {
        let needs = &self.needs;
        let mut bonds = Vec::new();
        if homes == 1 {
            bonds.push("one region alone takes it".to_owned());
        }
        if !needs.masters.is_empty() {
            bonds.push(format!("moved by {}", needs.masters.join(" and ")));
        }
        bonds.extend(needs.retained.map(|retained| format!("kept over: {}", retained.name())));
        bonds.extend(needs.start.map(|start| format!("at start: {}", start.name())));
        bonds.extend(needs.life.map(|(first, last)| format!("holds something in phases {first} to {last}")));
        bonds.extend(needs.split.map(|bytes| format!("may lie in parts of {}", bytes::text(bytes.into()))));
        bonds
    }
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
