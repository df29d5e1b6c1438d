//! What can go wrong: at load, at instantiation, at the start of a call, and while running.

use crate::externs::{GlobalIndex, TableIndex};
use crate::resolve_error::ResolveError;
use crate::{FuncIndex, FunctionType, MemoryError};
use alloc::string::String;
use core::fmt;

/// Why a module was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// Where in the module, in bytes from its start.
    pub offset: u32,
    /// What is wrong there.
    pub kind: LoadErrorKind,
}

/// What is wrong with a refused module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadErrorKind {
    /// The bytes are not a valid WebAssembly module; the text says why.
    Malformed(String),
    /// The module is valid but uses this operator or feature, which the interpreter does not have.
    Unsupported(String),
    /// A function needs more slots for its locals and intermediate values than an instruction can name.
    TooManySlots {
        /// The function.
        function: FuncIndex,
        /// How many slots it needs at least, in words.
        needs: u32,
        /// How many there can be, in words.
        limit: u32,
    },
    /// The module has more code than a branch can reach.
    TooMuchCode {
        /// How many instructions there can be after translation.
        limit: u32,
    },
    /// The module has more different function types than an instruction can name.
    TooManyTypes {
        /// How many there can be.
        limit: u32,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LoadErrorKind::Malformed(why) => f.write_str(why)?,
            LoadErrorKind::Unsupported(what) => write!(f, "{what} is not supported")?,
            LoadErrorKind::TooManySlots { function, needs, limit } => {
                write!(f, "function {} needs {needs} slots, there are {limit}", function.0)?;
            }
            LoadErrorKind::TooMuchCode { limit } => {
                write!(f, "the code needs more than {limit} instructions")?
            }
            LoadErrorKind::TooManyTypes { limit } => write!(f, "there are more than {limit} function types")?,
        }
        write!(f, " (at byte {:#x} of the module)", self.offset)
    }
}

impl core::error::Error for LoadError {}

/// Why an instance could not be made of a module and a memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstantiationError {
    /// The memory is smaller than the module demands.
    MemoryTooSmall {
        /// What the module demands, in bytes.
        needs: u64,
        /// What the memory has, in bytes.
        has: u32,
    },
    /// Imported functions are missing, or of another type.
    Functions(ResolveError),
    /// An imported global is missing, or of another type.
    Global(GlobalIndex),
    /// An imported table is missing, of other elements, or smaller than the module demands.
    Table(TableIndex),
    /// There is no memory for a table.
    NoMemoryForTable {
        /// The table.
        table: TableIndex,
        /// How many entries it should have room for, of four bytes each.
        entries: u32,
    },
    /// There are not enough numbers for the references to all functions, from the first one on.
    TooManyReferences,
    /// A data segment does not fit into the memory.
    DataOutOfBounds {
        /// The index of the segment.
        segment: u32,
    },
    /// An element segment does not fit into the table.
    ElementsOutOfBounds {
        /// The index of the segment.
        segment: u32,
    },
}

impl fmt::Display for InstantiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MemoryTooSmall { needs, has } => {
                write!(f, "the module needs {needs} B of linear memory, there are {has} B")
            }
            Self::Functions(error) => error.fmt(f),
            Self::Global(index) => write!(f, "the imported global {} is missing or of another type", index.0),
            Self::Table(index) => {
                write!(f, "the imported table {} is missing, of another type or too small", index.0)
            }
            Self::NoMemoryForTable { table, entries } => {
                write!(f, "there is no memory for the {entries} entries of table {}", table.0)
            }
            Self::TooManyReferences => f.write_str("there are not enough numbers for references"),
            Self::DataOutOfBounds { segment } => write!(f, "data segment {segment} leaves the linear memory"),
            Self::ElementsOutOfBounds { segment } => write!(f, "element segment {segment} leaves the table"),
        }
    }
}

impl core::error::Error for InstantiationError {}

impl From<ResolveError> for InstantiationError {
    fn from(error: ResolveError) -> Self {
        Self::Functions(error)
    }
}

/// Why a function could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// The module has no function of this index, or it is an import.
    NoSuchFunction(FuncIndex),
    /// The function is one of another module.
    OtherModule(FuncIndex),
    /// The arguments are not of the types that the function takes.
    Arguments {
        /// The type of the function.
        expected: FunctionType,
    },
    /// The first frame does not fit on the value stack.
    StackOverflow {
        /// What the frame needs, in words.
        needs: u32,
        /// What the stack has, in words.
        has: u32,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchFunction(function) => write!(f, "there is no function {} with a body", function.0),
            Self::OtherModule(function) => write!(f, "function {} is one of another module", function.0),
            Self::Arguments { expected } => write!(f, "the function is {expected}"),
            Self::StackOverflow { needs, has } => {
                write!(f, "the function needs {needs} words of stack, there are {has}")
            }
        }
    }
}

impl core::error::Error for StartError {}

/// The end of a run by a fault of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trap {
    /// What happened.
    pub kind: TrapKind,
    /// In which function.
    pub function: FuncIndex,
    /// At which operator, in bytes from the start of the module.
    pub offset: u32,
}

/// The faults of a running program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrapKind {
    /// The operator `unreachable` was reached.
    Unreachable,
    /// A load, a store, a copy or a fill left the linear memory, or a copy left a data segment.
    MemoryOutOfBounds,
    /// What holds the bytes of the linear memory has failed.
    MemoryFailed,
    /// An integer was divided by zero.
    DivisionByZero,
    /// The result of a division or a conversion does not fit into an integer.
    IntegerOverflow,
    /// A number that is not a number was converted to an integer.
    InvalidConversion,
    /// An index is past the end of a table or of an element segment.
    TableOutOfBounds,
    /// An indirect call hit an empty entry of the table.
    NullFunction,
    /// An indirect call hit a function of another type.
    IndirectCallType,
    /// The frame of the called function does not fit on the value stack.
    StackOverflow,
    /// The host stopped the run, with the number in its [`Halt`](crate::Halt).
    Host(u32),
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "unreachable was reached",
            Self::MemoryOutOfBounds => "out of bounds memory access",
            Self::MemoryFailed => "the memory has failed",
            Self::DivisionByZero => "integer divide by zero",
            Self::IntegerOverflow => "integer overflow",
            Self::InvalidConversion => "invalid conversion to integer",
            Self::TableOutOfBounds => "undefined element: out of bounds table access",
            Self::NullFunction => "uninitialized element: call of an empty table entry",
            Self::IndirectCallType => "indirect call type mismatch",
            Self::StackOverflow => "call stack exhausted",
            Self::Host(code) => return write!(f, "stopped by the host (code {code})"),
        })
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (function {}, at byte {:#x} of the module)", self.kind, self.function.0, self.offset)
    }
}

impl core::error::Error for Trap {}

impl From<MemoryError> for TrapKind {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::OutOfBounds => Self::MemoryOutOfBounds,
            MemoryError::Failed => Self::MemoryFailed,
        }
    }
}
