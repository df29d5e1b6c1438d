//! Traffic: what a program does to a storage in a sample.
//!
//! ```
//! use sostenuto_board::traffic::{Pattern, Traffic};
//!
//! // A delay line of 96,000 bytes: one word read and one written a sample, each where the one before ended.
//! let line = Traffic::declared(1.0, 1.0, Pattern::Sequential, 96_000);
//! assert_eq!((line.next_lines, line.lines), (0.25, 0.0)); // a new line of 32 bytes each 8 words, for two heads
//! ```

use serde::{Deserialize, Serialize};

use crate::storage::Kind;

/// What happens to a storage in a sample, on average, and what a data cache that holds nothing else makes of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    /// Words read.
    pub reads: f64,
    /// Words written.
    pub writes: f64,
    /// Lines that the cache fetches because a head has come to the next one.
    pub next_lines: f64,
    /// Lines that it fetches from anywhere.
    pub lines: f64,
    /// Lines that it writes back.
    pub written_lines: f64,
}

/// How the accesses to a storage follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// To the same few words, again and again.
    Same,
    /// Each to the word after the one before: the heads of a delay line.
    Sequential,
    /// To any word.
    Random,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Same, Self::Sequential, Self::Random];

    /// The name in lists of storages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Sequential => "sequential",
            Self::Random => "random",
        }
    }
}

impl Traffic {
    /// More accesses a sample than any program has time for.
    pub const MOST: f64 = 1e9;

    /// The lines that declared and usual traffic is counted in: those of a Cortex-M7.
    const LINE: f64 = 32.0;
    /// The bytes that stay in the cache between two accesses to any of them: half of a Cortex-M7's 16 KB, for there is
    /// other traffic too.
    const KEPT: f64 = 8_192.0;

    /// Traffic of so many words read and written a sample, by their pattern and the size of the storage.
    pub fn declared(reads: f64, writes: f64, pattern: Pattern, bytes: u32) -> Traffic {
        let words = reads + writes;
        let none = Traffic { reads, writes, ..Traffic::default() };
        match pattern {
            Pattern::Same => none,
            Pattern::Sequential => {
                let lines = 4.0 / Self::LINE;
                Traffic { next_lines: words * lines, written_lines: writes * lines, ..none }
            }
            Pattern::Random => {
                let missed = (1.0 - Self::KEPT / f64::from(bytes.max(1))).max(0.0);
                Traffic { lines: words * missed, written_lines: writes * missed, ..none }
            }
        }
    }

    /// What is usual for a storage of that kind and size of which nobody has told anything: an assumption.
    pub fn usual(kind: Kind, bytes: u32) -> Traffic {
        let words = f64::from(bytes.div_ceil(4));
        let declared = |reads: f64, writes: f64, pattern| {
            Traffic::declared(reads.min(words), writes.min(words), pattern, bytes)
        };
        match kind {
            Kind::Stack => declared(8.0, 8.0, Pattern::Same),
            Kind::State if bytes <= 64 => declared(words, words, Pattern::Same),
            Kind::State => declared(1.0, 1.0, Pattern::Random),
            Kind::Audio => declared(2.0, 2.0, Pattern::Sequential),
            Kind::Parameters => declared(1.0, 0.0, Pattern::Same),
            Kind::Scratch => declared(1.0, 1.0, Pattern::Sequential),
            // Each instruction that fits the cache once a sample.
            Kind::Code => declared(words.min(Self::KEPT / 4.0), 0.0, Pattern::Sequential),
            Kind::Table => declared(1.0, 0.0, Pattern::Random),
            Kind::Delay => declared(1.0, 1.0, Pattern::Sequential),
            Kind::Display => declared(0.0, 0.01, Pattern::Same),
        }
    }

    /// Words read and written.
    pub fn accesses(&self) -> f64 {
        self.reads + self.writes
    }

    /// All of it, so many times.
    pub fn times(&self, factor: f64) -> Traffic {
        Traffic {
            reads: self.reads * factor,
            writes: self.writes * factor,
            next_lines: self.next_lines * factor,
            lines: self.lines * factor,
            written_lines: self.written_lines * factor,
        }
    }
}

impl std::ops::Add for Traffic {
    type Output = Traffic;

    fn add(self, other: Traffic) -> Traffic {
        Traffic {
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
            next_lines: self.next_lines + other.next_lines,
            lines: self.lines + other.lines,
            written_lines: self.written_lines + other.written_lines,
        }
    }
}
