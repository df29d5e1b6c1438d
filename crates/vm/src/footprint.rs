//! The memory that the engine itself takes for a module.
//!
//! ```
//! use sostenuto_vm::Module;
//!
//! let wasm = wat::parse_str(r#"(module (global (mut f64) (f64.const 0)) (func (export "process")))"#)?;
//! let footprint = Module::new(&wasm)?.footprint();
//! assert_eq!(footprint.globals, 8);
//! // A price, and a return: two instructions of twelve bytes.
//! assert_eq!(footprint.instructions, 24);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::module::Module;

/// What a module and an instance of it keep in memory, in bytes, beside the linear memory and the value stacks.
///
/// The numbers are the same on each computer. Names, types, and the segments that memory and tables begin with are not
/// in them: nothing reads those while sound is running, except for a program that copies segments itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// The translated instructions, read all the time.
    pub instructions: usize,
    /// What a call needs to know of each function.
    pub functions: usize,
    /// From instructions to the operators they come from, read when a run stops at a fault.
    pub code_map: usize,
    /// The globals of an instance.
    pub globals: usize,
    /// The tables of an instance, with as many entries as they have at first.
    pub tables: usize,
}

impl Module {
    /// The memory that the engine takes for this module.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        let words =
            self.globals.iter().map(|global| global.global_type.value_type.words() as usize).sum::<usize>();
        let entries = self.tables.iter().map(|table| table.initial as usize).sum::<usize>();
        Footprint {
            instructions: size_of_val(self.code.instrs.as_slice()),
            functions: size_of_val(self.code.functions.as_slice()),
            code_map: self.code.offsets.bytes(),
            globals: words * size_of::<u32>(),
            tables: entries * size_of::<u32>(),
        }
    }
}
