//! The translated functions of a module.

use crate::instr::Instr;
use crate::offsets::Offsets;
use alloc::vec::Vec;

/// The words of a frame's header, between the locals and the temporaries: where to go on in the calling function, and
/// how many slots below this frame the caller's frame begins.
pub(crate) const HEADER_WORDS: u32 = 2;

/// The code of all functions, one after another.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) instrs: Vec<Instr>,
    pub(crate) offsets: Offsets,
    /// By function index, imports first.
    pub(crate) functions: Vec<Function>,
}

/// What a call needs to know of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Function {
    /// Its type's index among the different types of the module.
    pub(crate) type_id: u16,
    pub(crate) body: Body,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Body {
    Import,
    Code {
        /// Where its code begins.
        entry: u32,
        /// The slots of its parameters.
        params: u16,
        /// The slots of its parameters and locals; the frame's header follows them.
        locals: u16,
        /// The slots of its frame.
        frame: u16,
        /// Where its body begins in the module, in bytes.
        offset: u32,
    },
}

impl Code {
    /// The index of the function whose code holds the place `pc`.
    pub(crate) fn function_at(&self, pc: u32) -> u32 {
        // Imports sort before all code, and each body has at least one instruction.
        let after = self.functions.partition_point(|function| match function.body {
            Body::Import => true,
            Body::Code { entry, .. } => entry <= pc,
        });
        after.saturating_sub(1) as u32
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.instrs.as_slice()) + self.offsets.bytes() + size_of_val(self.functions.as_slice())
    }
}
