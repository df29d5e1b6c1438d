//! Faust programs: to a [`Patch`](sostenuto_board::Patch) whose arrays are known as storages.
//!
//! The Faust compiler itself compiles; this crate never reads Faust. It asks for a WebAssembly module and for C, and
//! takes from the two what the placer and the machine want to know: each array with its name, its bytes and its place in
//! linear memory, the channels, the parameters and the meters. [`rust`] makes Rust of a program, with each array in a place that a
//! memory manager gives it.
#![forbid(unsafe_code)]

mod at_work;
mod compiler;
mod cpp_manager;
mod description;
mod error;
mod fields;
mod module;
mod program;
mod rounding;
pub mod rust;
mod storages;
mod zones;

pub use at_work::{EndedCompilers, end_compilers};
pub use compiler::Options;
pub use error::{CompileError, ModuleError};
pub use program::{compile, read};
pub use rounding::saved_by_unrounding;
pub use zones::{Zones, zones};
