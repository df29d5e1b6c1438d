//! What a module imports and exports, for a host that links modules with each other.

use crate::types::{FuncIndex, FunctionType, ValueType};

/// A global of a module by its index; imported globals come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalIndex(
    /// The index in the global index space of the module.
    pub u32,
);

/// A table of a module by its index; imported tables come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableIndex(
    /// The index in the table index space of the module.
    pub u32,
);

/// Something that a module can export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extern {
    /// A function.
    Function(FuncIndex),
    /// A table.
    Table(TableIndex),
    /// The linear memory.
    Memory,
    /// A global.
    Global(GlobalIndex),
}

/// The type of something that a module imports or exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternType<'m> {
    /// Of a function.
    Function(&'m FunctionType),
    /// Of a table.
    Table(TableType),
    /// Of the linear memory.
    Memory(MemoryType),
    /// Of a global.
    Global(GlobalType),
}

/// The type of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableType {
    /// What it holds: references to functions or to things of the host.
    pub element: ValueType,
    /// How many entries it has at first.
    pub initial: u32,
    /// How many it may have at most.
    pub maximum: Option<u32>,
}

/// The type of a linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryType {
    /// How many pages it has at first.
    pub initial: u32,
    /// How many it may have at most.
    pub maximum: Option<u32>,
    /// The size of a page, as a power of two: 65,536 bytes, or one.
    pub page_bytes_log2: u8,
}

impl MemoryType {
    /// The size of a page, as a power of two, unless the module says otherwise.
    pub(crate) const USUAL_PAGE_BYTES_LOG2: u8 = 16;

    /// The size that it has at first, in bytes.
    #[must_use]
    pub fn initial_bytes(&self) -> u64 {
        u64::from(self.initial) << self.page_bytes_log2
    }

    /// The size that it may have at most, in bytes.
    #[must_use]
    pub fn maximum_bytes(&self) -> u64 {
        match self.maximum {
            Some(pages) => u64::from(pages) << self.page_bytes_log2,
            None => 1 << 32,
        }
    }
}

/// The type of a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalType {
    /// Of what type its value is.
    pub value_type: ValueType,
    /// Whether the program can set it.
    pub mutable: bool,
}
