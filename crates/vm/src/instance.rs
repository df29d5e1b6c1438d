//! A module with its memory, its globals and its table.

use crate::error::InstantiationError;
use crate::memory::LinearMemory;
use crate::module::{GlobalIndex, Module};
use crate::types::Value;
use alloc::vec;
use alloc::vec::Vec;

/// What the threads of a running module share.
#[derive(Debug)]
pub struct Instance<M> {
    pub(crate) memory: M,
    pub(crate) globals: Vec<u32>,
    /// Function indices, or [`EMPTY`].
    pub(crate) table: Vec<u32>,
    pub(crate) identity: usize,
}

/// The entry of the table that has no function.
pub(crate) const EMPTY: u32 = u32::MAX;

impl<M: LinearMemory> Instance<M> {
    /// Puts the module's data into the memory and makes its globals and its table. The other bytes of the memory stay
    /// as they are; WebAssembly has them zero.
    ///
    /// # Errors
    /// When the memory is smaller than [`Module::memory_bytes`], and when a segment does not fit.
    pub fn new(module: &Module, memory: M) -> Result<Self, InstantiationError> {
        let needs = module.memory_bytes();
        // A memory of 4 GiB cannot state its size in 32 bits.
        if needs > u64::from(memory.size()) {
            return Err(InstantiationError::MemoryTooSmall { needs, has: memory.size() });
        }
        let mut instance = Self {
            memory,
            globals: module.globals.iter().map(|global| global.initial).collect(),
            table: vec![EMPTY; module.table_entries as usize],
            identity: module.identity(),
        };
        for (index, segment) in (0..).zip(&module.elements) {
            let first = segment.first as usize;
            let entries =
                instance.table.get_mut(first..).and_then(|rest| rest.get_mut(..segment.functions.len()));
            let entries = entries.ok_or(InstantiationError::ElementsOutOfBounds { segment: index })?;
            entries.copy_from_slice(&segment.functions);
        }
        for (index, segment) in (0..).zip(&module.data) {
            let written = instance.memory.write(segment.address.into(), &segment.bytes);
            written.map_err(|_| InstantiationError::DataOutOfBounds { segment: index })?;
        }
        Ok(instance)
    }

    /// The linear memory.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// The linear memory.
    pub fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    /// Gives the linear memory back.
    pub fn into_memory(self) -> M {
        self.memory
    }

    /// The present value of a global.
    ///
    /// # Panics
    /// When `module` is not the one that this instance was made of.
    #[must_use]
    pub fn global(&self, module: &Module, global: GlobalIndex) -> Option<Value> {
        assert_eq!(self.identity, module.identity(), "an instance belongs to one module");
        let value_type = module.globals.get(global.0 as usize)?.value_type;
        Some(Value::from_word(value_type, *self.globals.get(global.0 as usize)?))
    }
}
