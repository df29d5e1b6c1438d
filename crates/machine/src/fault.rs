//! What stopped a patch, in the words of its source.

use std::fmt;

use serde::Serialize;
use sostenuto_board::bytes::grouped;

/// A fault of a running patch: it stops the patch, never the host.
///
/// Its text names the place: ``index 1024 is outside `buf` (1024 words), line 12, in process()``.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatchFault {
    /// What happened.
    pub kind: Box<FaultKind>,
    /// The source line, counted from 1, when the patch's facts know it.
    pub line: Option<u32>,
    /// The function that it happened in, when it has a name.
    pub function: Option<String>,
    /// The entry point that the host had called.
    pub entry: &'static str,
    /// The sample that was being made, counted from 0; `None` before the first.
    pub sample: Option<u64>,
}

/// What happened in a [`PatchFault`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// An index outside a known array.
    #[error("index {index} is outside `{array}` ({size} words)")]
    Index {
        /// The array.
        array: String,
        /// Its size in words.
        size: u32,
        /// The index.
        index: i32,
    },
    /// A pointer that may not be read.
    #[error("a pointer may not read word {address}: {place}")]
    Read {
        /// The word address.
        address: i32,
        /// What lies there or near.
        place: Place,
    },
    /// A pointer that may not be written.
    #[error("a pointer may not write word {address}: {place}")]
    Write {
        /// The word address.
        address: i32,
        /// What lies there or near.
        place: Place,
    },
    /// A division or modulo by zero.
    #[error("{dividend} is divided by zero")]
    Division {
        /// The dividend.
        dividend: i32,
    },
    /// An `assert` whose condition does not hold.
    #[error("the assertion `{condition}` does not hold")]
    Assert {
        /// The condition's source text.
        condition: String,
    },
    /// The stack in linear memory is full.
    #[error("the stack of {} B is full: {missing} B more are needed", grouped((*reserved).into()))]
    Stack {
        /// Bytes reserved.
        reserved: u32,
        /// Bytes that are missing.
        missing: i64,
    },
    /// A native was given a pointer to too little.
    #[error("{native}() of {frames} sample frames needs {words} words at word {pointer}: {place}")]
    Buffer {
        /// `read` or `write`.
        native: &'static str,
        /// Sample frames asked for.
        frames: i32,
        /// Words that they take.
        words: u64,
        /// The word address given.
        pointer: i32,
        /// What lies there or near.
        place: Place,
    },
    /// `trace` was given a pointer to no text.
    #[error("trace() was given word {pointer}: {place}")]
    Text {
        /// The word address given.
        pointer: i32,
        /// What lies there or near.
        place: Place,
    },
    /// A function of the ConeZ was given a pointer to too little.
    #[error("{function}() was given {bytes} B at address {address}: the memory ends at {size}")]
    HostAccess {
        /// The function.
        function: &'static str,
        /// The byte address given.
        address: u32,
        /// The bytes that it is about.
        bytes: u64,
        /// The size of linear memory in bytes.
        size: u32,
    },
    /// A function of the ConeZ that waits was called where nothing can.
    #[error("{function}() was called in process(): the sound cannot wait")]
    Wait {
        /// The function.
        function: &'static str,
    },
    /// A function that the machine does not have.
    #[error("the patch called {name}(), which it imports from `{module}` and this machine does not have")]
    Import {
        /// The module part of the import.
        module: String,
        /// Its name.
        name: String,
    },
    /// `yield` where nothing can be resumed.
    #[error("yield() was called: only process(), operate1() and operate2() can wait for the next sample")]
    Yield,
    /// Both operators wait at once.
    #[error("operate1() and operate2() both wait in yield(): only one of them can, they share one stack")]
    BothYield,
    /// The patch gave up.
    #[error("the patch called abort()")]
    Abort,
    /// Too many instructions in one call.
    #[error("the call took more than {} instructions", grouped(*budget))]
    Budget {
        /// The instructions that one call may take.
        budget: u64,
    },
    /// A guard word lost its value.
    #[error("the guard of `{array}` was overwritten: {found:#010x} stands where {expected:#010x} was", expected = sostenuto_board::patch::Guard::VALUE)]
    Guard {
        /// The guarded array.
        array: String,
        /// What stands there now.
        found: u32,
    },
    /// Calls nested deeper than the engine's value stack.
    #[error("the calls are nested too deeply: their registers need more than the {} B reserved", grouped(u64::from(*reserved)))]
    Registers {
        /// Bytes reserved for the thread of the call.
        reserved: u32,
    },
    /// A fault of the engine's own finding, or one that the patch's facts do not explain.
    #[error("{what}")]
    Trap {
        /// What the engine says.
        what: String,
    },
}

/// What lies at a word address, or near it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Address 0 where nothing lies.
    Null,
    /// Inside a storage.
    Inside {
        /// Its name.
        storage: String,
        /// Its size in words.
        words: u32,
        /// The address, counted in words from the storage's start.
        index: u32,
        /// Whether that is what forbids the access.
        read_only: bool,
    },
    /// Outside all storages.
    Outside {
        /// The nearest storage, its size in words, and the distance in words: negative before it.
        nearest: Option<(String, u32, i64)>,
    },
}

impl fmt::Display for PatchFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind)?;
        if let Some(line) = self.line {
            write!(formatter, ", line {line}")?;
        }
        match &self.function {
            Some(function) if function != self.entry => {
                write!(formatter, ", in {function}() called from {}()", self.entry)
            }
            _ => write!(formatter, ", in {}()", self.entry),
        }
    }
}

impl std::error::Error for PatchFault {}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Null => formatter.write_str("it is the null pointer"),
            Place::Inside { storage, read_only: true, .. } => {
                write!(formatter, "it lies in `{storage}`, which is read-only")
            }
            Place::Inside { storage, words, index, read_only: false } => {
                write!(formatter, "it is word {index} of `{storage}` ({words} words)")
            }
            Place::Outside { nearest: None } => formatter.write_str("it lies in no storage of the patch"),
            Place::Outside { nearest: Some((storage, words, distance)) } => {
                let side = if *distance < 0 { "before the start" } else { "past the end" };
                write!(
                    formatter,
                    "the nearest storage is `{storage}` ({words} words), it lies {} words {side} of it",
                    distance.unsigned_abs()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind, function: &str) -> String {
        let function = Some(function.to_owned());
        PatchFault { kind: Box::new(kind), line: Some(12), function, entry: "process", sample: Some(3) }
            .to_string()
    }

    #[test]
    fn the_text_names_what_and_where() {
        let index = FaultKind::Index { array: "buf".to_owned(), size: 1024, index: -1 };
        assert_eq!(
            fault(index.clone(), "process"),
            "index -1 is outside `buf` (1024 words), line 12, in process()"
        );
        assert_eq!(
            fault(index, "mix"),
            "index -1 is outside `buf` (1024 words), line 12, in mix() called from process()"
        );
        let inside = Place::Inside { storage: "sine".to_owned(), words: 64, index: 2, read_only: true };
        assert_eq!(
            fault(FaultKind::Write { address: 40, place: inside }, "process"),
            "a pointer may not write word 40: it lies in `sine`, which is read-only, line 12, in process()"
        );
        let outside = Place::Outside { nearest: Some(("buf".to_owned(), 4, -3)) };
        assert_eq!(
            fault(FaultKind::Read { address: 7, place: outside }, "process"),
            "a pointer may not read word 7: the nearest storage is `buf` (4 words), it lies 3 words before the \
             start of it, line 12, in process()"
        );
    }
}
