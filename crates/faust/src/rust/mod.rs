//! Faust's Rust with each array in a place of its own.
//!
//! Faust's Rust back-end writes one struct with all arrays in it, and tables as statics behind locks: one block, which is
//! made on the stack. [`place`] reads what the real compiler wrote and writes a module without `std`, allocation, locks or
//! unsafe code, in which a memory manager of `sostenuto_mem::dsp` places the tables of the class, the delay lines and the
//! instance one by one. What is computed stays as the compiler wrote it, and so do the bits of the sound.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let source = include_str!("../../tests/echo.rs.txt");
//! use sostenuto_faust::rust::{RustOptions, place};
//!
//! // What `faust -lang rust` wrote of `process = + ~ @(9600) * 0.5;`
//! let module = place(source, &RustOptions::default())?;
//! assert!(module.contains("pub fn instance_init"));
//! # Ok(())
//! # }
//! ```
//!
//! The module is used as:
//!
//! ```ignore
//! let class = Class::class_init(&memory, 48_000)?;                 // the tables, for all instances
//! let mut echo = Instance::instance_init(&memory, &class, 48_000)?;
//! echo.set_parameter(0, 0.5);
//! echo.compute(&[&input], &mut [&mut output])?;
//! ```
//!
//! It needs the crate `sostenuto-mem`, and `libm` where it calls a function of mathematics without `std`: see [`Math`].

mod accesses;
mod interface;
mod math;
mod planned;
mod program;
mod rewrite;
mod storages;
mod write;

use std::path::Path;

pub use planned::{PlanError, planned_module};
use program::Program;
use sostenuto_board::Storage;

use crate::at_work::Folder;
use crate::compiler::{Compiler, Language, Options};
use crate::error::CompileError;

/// How a module is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustOptions {
    /// Arrays of more bytes are placed one by one; smaller ones are in the instance.
    pub threshold: usize,
    /// Arrays that are placed however small they are, by name.
    pub placed: Vec<String>,
    /// Who computes sines and such.
    pub math: Math,
}

impl Default for RustOptions {
    /// Arrays above 64 bytes: nearly all states, and most delays that Faust copies, stay in the instance.
    fn default() -> Self {
        Self { threshold: 64, placed: Vec::new(), math: Math::ByTarget }
    }
}

/// Who computes sines and such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Math {
    /// The standard library where the target has an operating system, or else the crate `libm`.
    ByTarget,
    /// The standard library: the same bits as Faust's own Rust. `remainder` is of the crate `libm` here too, as `std` has none.
    Std,
    /// The crate `libm`: the same bits everywhere.
    Libm,
}

/// Why a module cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RustError {
    /// It is no Rust.
    #[error("line {line} of the compiler's Rust: {message}")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// It is not what Faust writes.
    #[error("the compiler's Rust has no {0}: is it the output of `faust -lang rust`?")]
    Missing(String),
    /// Faust wrote what is not understood.
    #[error("the compiler's Rust has {0}, which is not understood")]
    Unsupported(String),
    /// The program calls a function of C, which Rust does not have.
    #[error("the program calls `{0}`, a foreign function of C, which Rust does not have: write it in Faust")]
    Foreign(String),
    /// An array that is to be placed is not there.
    #[error("the program has no array `{name}`; it has {arrays}")]
    NoSuchArray {
        /// What was asked for.
        name: String,
        /// What there is.
        arrays: String,
    },
}

/// A module, and the memory that it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// Its source.
    pub text: String,
    /// What a memory manager places, by the names of its zones: the tables, the instance, the arrays that are placed one by one,
    /// and what computes tables. The traffic is counted in the text of a sample.
    pub storages: Vec<Storage>,
    /// The name of the storage that is the instance: all that is not placed one by one.
    pub instance: String,
}

impl Module {
    /// Ends the module with a table of zones and the regions where they lie, as the manager `Regions` takes it.
    pub fn add_places<'r>(&mut self, board: &str, region_of: impl Fn(&str) -> &'r str) {
        let places = self.storages.iter().map(|storage| {
            let (zone, region) = (&storage.name, region_of(&storage.name));
            format!("    sostenuto_mem::dsp::Place {{ zone: {zone:?}, region: {region:?} }},\n")
        });
        let places: String = places.collect();
        self.text += &format!(
            "/// Where the plan for the board {board:?} puts the zones.\n\
             pub const PLACES: &[sostenuto_mem::dsp::Place<'static>] = &[\n{places}];\n"
        );
    }
}

/// Compiles a Faust program (.dsp) to Faust's own Rust, which [`place`] and [`module`] take, with the Faust compiler on the PATH
/// or the Python module `cyfaust`.
///
/// # Errors
///
/// When there is no compiler, and when it refuses the program.
pub fn compile(source: &Path, options: &Options) -> Result<String, CompileError> {
    let folder = Folder::new().map_err(CompileError::of_files)?;
    let question = Compiler::find()?.ask(Language::Rust, source, options, folder.path())?;
    Ok(String::from_utf8_lossy(&question.answer()?).into_owned())
}

/// Writes a module of what Faust's Rust back-end wrote.
///
/// # Errors
///
/// [`RustError`], if that is not what a known version writes (2.54 to 2.88), or an array is not there.
pub fn place(source: &str, options: &RustOptions) -> Result<String, RustError> {
    Ok(module(source, options)?.text)
}

/// As [`place`], and tells the memory that the module asks for.
///
/// # Errors
///
/// As [`place`].
pub fn module(source: &str, options: &RustOptions) -> Result<Module, RustError> {
    write::module(Program::read(source)?, options)
}
