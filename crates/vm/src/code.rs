//! The translated functions of a module.

use crate::instr::Instr;
use crate::offsets::Offsets;
use alloc::vec::Vec;

/// The words of a frame's header, between the locals and the temporaries: the place of the call, in bytes from the start
/// of all code, and how many slots below this frame the caller's frame begins.
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
    /// Where its code begins, in bytes from the start of all code.
    pub(crate) entry: u32,
    /// Its type's index among the different types of the module.
    pub(crate) type_id: u16,
    /// The slots of its parameters and locals; the frame's header follows them.
    pub(crate) locals: u16,
    /// The slots of its frame.
    pub(crate) frame: u16,
    /// Where its body begins in the module, in bytes; 0 for an import, which has none.
    pub(crate) offset: u32,
}

impl Function {
    /// A function of which only the type is known.
    pub(crate) fn without_body(type_id: u16) -> Self {
        Self { entry: 0, type_id, locals: 0, frame: 0, offset: 0 }
    }

    /// Its first instruction.
    pub(crate) fn start(&self) -> u32 {
        self.entry / Instr::BYTES
    }

    pub(crate) fn is_import(&self) -> bool {
        self.offset == 0
    }
}

impl Code {
    /// The index of the function whose code holds the place `pc`.
    pub(crate) fn function_at(&self, pc: u32) -> u32 {
        // Imports sort before all code, and each body has at least one instruction.
        let after = self.functions.partition_point(|function| function.is_import() || function.start() <= pc);
        after.saturating_sub(1) as u32
    }
}
