//! A program that is played in blocks: how many channels it has, and what can be set and read while it plays.
//!
//! Its module exports, as those of the Faust compiler do, `init(0, rate)` and `compute(0, frames, inputs, outputs)`, the
//! latter two the addresses of lists of the channels' addresses. Its own memory begins at address 0.

use serde::{Deserialize, Serialize};

/// The facts of a program that is played in blocks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Channels in.
    pub inputs: u32,
    /// Channels out.
    pub outputs: u32,
    /// What samples, parameters and meters are.
    pub precision: Precision,
    /// The bytes from address 0 on that are the program's own; what the host hands in lies after them.
    pub bytes: u32,
    /// What can be set.
    pub parameters: Vec<Parameter>,
    /// What can be read.
    pub meters: Vec<Meter>,
    /// Where the parts of the storage [`Program::SCALARS`] lie, in order of address.
    pub scalars: Vec<Span>,
    /// How often the source text of a sample mentions a storage, as far as its compiler has counted that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mentions>,
}

/// What a sample is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// A number of 32 bits.
    #[default]
    Single,
    /// A number of 64 bits.
    Double,
}

/// A number that the user sets: a slider, a button, a check box.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The groups that it is in and its label, such as `/echo/feedback`.
    pub path: String,
    /// The label as the source has it.
    pub label: String,
    /// Where its value lies.
    pub address: u32,
    /// The value at first.
    pub init: f64,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// The distance between two values that a slider would show; 0 for any.
    pub step: f64,
}

/// A number that the program shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// The groups that it is in and its label.
    pub path: String,
    /// Where its value lies.
    pub address: u32,
}

/// A run of bytes in linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub address: u32,
    /// How many.
    pub bytes: u32,
}

/// How often the text of one sample reads and writes a storage: each mention counts once, within a loop or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// The storage.
    pub storage: String,
    /// Mentions that read.
    pub reads: u32,
    /// Mentions that write.
    pub writes: u32,
}

impl Span {
    /// The address after the last byte.
    pub fn end(&self) -> u64 {
        u64::from(self.address) + u64::from(self.bytes)
    }
}

impl Program {
    /// The name of the storage of all single numbers, which lie between the arrays.
    pub const SCALARS: &str = "scalars";
}

impl Precision {
    /// The bytes of a sample.
    pub const fn bytes(self) -> u32 {
        match self {
            Precision::Single => 4,
            Precision::Double => 8,
        }
    }
}
