//! A patch: what a compiler hands down to the placer and the machine.
//!
//! A [`Patch`] is a WebAssembly module together with the facts that the module format has no place for. The
//! facts travel inside the module as one custom section, [`Patch::SECTION`], so that a patch written by
//! `sostenuto build` is one ordinary `.wasm` file that still knows its storages and its source lines.

use serde::{Deserialize, Serialize};

use crate::printable::json_fault;
use crate::program::Program;
use crate::storage::Storage;

/// A WebAssembly module and what its compiler knows of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// The module, with the custom section at its end.
    pub wasm: Vec<u8>,
    /// What the section says.
    pub facts: Facts,
}

/// The compiler's facts of a patch, in the custom section as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The name of the source file, without folders.
    pub source: String,
    /// The storages of the linear memory, in order of address; last the guard words, which lie between the others.
    pub storages: Vec<Storage>,
    /// The names of the writable storages that hold pointers, to data or to functions, as far as the source tells: what
    /// they hold means nothing to another version of the patch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pointers: Vec<String>,
    /// The stack that the patch's own functions need in linear memory.
    pub stack: Stack,
    /// Source lines of the code, in order of offset.
    pub lines: Vec<Line>,
    /// What the module's calls of `fault(site, value)` mean; a site is an index here.
    pub faults: Vec<Fault>,
    /// Words that must keep their value; empty unless the patch was compiled with guards.
    pub guards: Vec<Guard>,
    /// The machine that hosts it.
    #[serde(default, skip_serializing_if = "Host::is_permut8")]
    pub host: Host,
    /// What is played in blocks; `None` for a patch that its host machine calls by its own rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
}

/// The machine that a patch is written for: whose entry points it has, and whose functions it imports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// The Permut8: `process`, `operate1`, `operate2`; natives from `permut8`.
    #[default]
    Permut8,
    /// The ConeZ: `setup`, `loop`; functions from `env`.
    Conez,
}

impl Host {
    fn is_permut8(&self) -> bool {
        *self == Host::Permut8
    }
}

/// The linear-memory stack of a patch: arrays and address-taken locals of called functions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// The lowest byte address of the stack; it grows down towards it.
    pub address: u32,
    /// Bytes reserved.
    pub bytes: u32,
    /// Bytes in the worst case over all call paths; `None` when recursion leaves it unbounded.
    pub worst: Option<u32>,
    /// The functions of the deepest path, outermost first; of the recursion when unbounded.
    pub path: Vec<String>,
}

/// From this offset on, the code belongs to this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The byte offset in the module.
    pub offset: u32,
    /// The source line, counted from 1.
    pub line: u32,
}

/// What one call of `fault(site, value)` means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The source line, counted from 1.
    pub line: u32,
    /// The function that holds it.
    pub function: String,
    /// What was tried.
    pub cause: Cause,
}

/// What a [`Fault`] reports; the `value` argument of the call is explained at each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// `value` is the index that is outside `array`.
    Index {
        /// The array's name.
        array: String,
        /// Its size in words.
        size: u32,
    },
    /// `value` is the word address that a pointer may not read.
    Read,
    /// `value` is the word address that a pointer may not write.
    Write,
    /// `value` is the dividend of a division or modulo by zero.
    Division,
    /// The condition of an `assert`, as its source text.
    Assert(String),
    /// `value` is the stack's free space in bytes, taken as signed, after the call that overflowed it.
    Stack,
    /// `value` is the index that is outside a dimension of `array`.
    Subscript {
        /// The array's name.
        array: String,
        /// The lowest index.
        lower: i32,
        /// The byte address of the word of memory that holds the highest index when the fault is reported.
        upper: u32,
    },
    /// `value` is how many values the program's table has, all of which have been read.
    Data,
    /// `value` is how many bytes `array` needs, more than are free; the highest number stands for all that no memory has.
    Memory {
        /// The array's name.
        array: String,
    },
    /// `value` is no number of a file.
    Channel,
}

impl Cause {
    /// What a person is told of the causes that ConeZ patches alone have; `word` reads a word of the memory.
    pub fn of_conez(&self, value: i32, word: impl FnOnce(u32) -> Option<i32>) -> Option<String> {
        Some(match self {
            Cause::Subscript { array, lower, upper } => match word(*upper) {
                Some(upper) if upper < *lower => {
                    format!("index {value} of `{array}`, which is not dimensioned")
                }
                Some(upper) => {
                    format!("index {value} is outside `{array}`, whose indices are {lower} to {upper}")
                }
                None => format!("index {value} is outside `{array}`, whose indices begin at {lower}"),
            },
            Cause::Data => format!("READ past the end of DATA, which has {value} values"),
            Cause::Memory { array } if value == i32::MAX => {
                format!("`{array}` is larger than the memory")
            }
            Cause::Memory { array } => format!("no memory is free for the {value} bytes of `{array}`"),
            Cause::Channel => format!("files have the numbers 1 to 4, not {value}"),
            _ => return None,
        })
    }
}

/// A word placed beside an array to notice that something ran over its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The byte address of the word.
    pub address: u32,
    /// The array that it guards.
    pub array: String,
}

impl Guard {
    /// The value of every guard word.
    pub const VALUE: u32 = 0xDEAD_BEEF;
}

/// Why the bytes of a file are not a patch.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// Not a WebAssembly module.
    #[error("not a WebAssembly module: {message} (at offset {offset:#x})")]
    Module {
        /// What the parser said.
        message: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
    /// The module has no section of facts.
    #[error("the module has no `sostenuto` section: it was not built by `sostenuto build`")]
    NoFacts,
    /// A storage that cannot be.
    #[error("the module's `sostenuto` section says that `{}` has {what}, which nothing has: build the patch again", storage.escape_debug())]
    Storage {
        /// Its name.
        storage: String,
        /// What it cannot have.
        what: String,
    },
    /// The section is not what this version writes.
    #[error("the module's `sostenuto` section cannot be read: {}; build the patch again", json_fault(.0))]
    Facts(#[from] serde_json::Error),
}

impl Patch {
    /// The name of the custom section.
    pub const SECTION: &str = "sostenuto";

    /// Joins a module without the section and its facts.
    ///
    /// # Errors
    /// Never for facts that a compiler makes; the JSON writer's error otherwise.
    pub fn new(mut wasm: Vec<u8>, facts: Facts) -> Result<Patch, PatchError> {
        use wasm_encoder::Section;
        let data = serde_json::to_vec(&facts)?;
        let section = wasm_encoder::CustomSection { name: Self::SECTION.into(), data: data.into() };
        section.append_to(&mut wasm);
        Ok(Patch { wasm, facts })
    }

    /// Reads a module that [`Patch::new`] made.
    ///
    /// # Errors
    /// When the bytes are no module, one without the section, or one whose section says what cannot be.
    pub fn read(wasm: Vec<u8>) -> Result<Patch, PatchError> {
        let mut facts = None;
        for payload in wasmparser::Parser::new(0).parse_all(&wasm) {
            let payload = payload.map_err(|error| PatchError::Module {
                message: error.message().to_owned(),
                offset: error.offset(),
            })?;
            match payload {
                wasmparser::Payload::Version { encoding: wasmparser::Encoding::Component, range, .. } => {
                    let message = "a component, where a core module is wanted".to_owned();
                    return Err(PatchError::Module { message, offset: range.start });
                }
                wasmparser::Payload::CustomSection(section) if section.name() == Self::SECTION => {
                    facts = Some(checked(serde_json::from_slice(section.data())?)?);
                }
                _ => {}
            }
        }
        Ok(Patch { facts: facts.ok_or(PatchError::NoFacts)?, wasm })
    }

    /// The storage of that name.
    pub fn storage(&self, name: &str) -> Option<&Storage> {
        self.facts.storages.iter().find(|storage| storage.name == name)
    }

    /// The source line of a byte offset in the module.
    pub fn line(&self, offset: u32) -> Option<u32> {
        let after = self.facts.lines.partition_point(|line| line.offset <= offset);
        Some(self.facts.lines[after.checked_sub(1)?].line)
    }
}

fn checked(facts: Facts) -> Result<Facts, PatchError> {
    let fault = facts.storages.iter().find_map(|storage| Some((storage, storage.fault()?)));
    match fault {
        Some((storage, what)) => Err(PatchError::Storage { storage: storage.name.clone(), what }),
        None => Ok(facts),
    }
}
