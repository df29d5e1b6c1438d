//! A module: translated, immutable, shared by its instances.

use crate::code::{Body, Code};
use crate::error::LoadError;
use crate::load;
use crate::stack_bound::{self, StackBound};
use crate::types::{FuncIndex, FunctionType, Value, ValueType};
use alloc::string::String;
use alloc::vec::Vec;

/// A WebAssembly module that was found valid and has been translated.
///
/// It keeps all that it needs of the bytes it was made of.
#[derive(Debug, Default)]
pub struct Module {
    pub(crate) code: Code,
    /// The different function types; a type's position is its id.
    pub(crate) types: Vec<FunctionType>,
    pub(crate) imports: Vec<(String, String)>,
    pub(crate) exports: Vec<(String, Export)>,
    pub(crate) globals: Vec<Global>,
    pub(crate) memory_pages: Option<u32>,
    pub(crate) table_entries: u32,
    pub(crate) elements: Vec<Elements>,
    pub(crate) data: Vec<Data>,
    /// Ascending by function index.
    pub(crate) names: Vec<(u32, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    Function(u32),
    Global(u32),
    Memory,
    Table,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Global {
    pub(crate) value_type: ValueType,
    pub(crate) initial: u32,
}

/// Functions that go into the table when the module is instantiated.
#[derive(Debug)]
pub(crate) struct Elements {
    pub(crate) first: u32,
    pub(crate) functions: Vec<u32>,
}

/// Bytes that go into the memory when the module is instantiated.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) address: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A function that a module wants from its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import<'m> {
    /// The module part of its name.
    pub module: &'m str,
    /// The field part of its name.
    pub name: &'m str,
    /// What it takes and gives.
    pub function_type: &'m FunctionType,
}

/// A global of a module by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalIndex(
    /// The index in the global index space of the module.
    pub u32,
);

/// The size of a page of linear memory, in bytes.
pub(crate) const PAGE_BYTES: u32 = 0x1_0000;

impl Module {
    /// Checks a module in the binary format and translates its functions.
    ///
    /// # Errors
    /// When the bytes are not a valid module, when the module uses what the interpreter does not have, and when a
    /// function or the module is too big for the translation.
    pub fn new(wasm: &[u8]) -> Result<Self, LoadError> {
        load::load(wasm)
    }

    /// The functions that the host must provide, in the order of their numbers.
    pub fn imports(&self) -> impl ExactSizeIterator<Item = Import<'_>> {
        self.imports.iter().zip(&self.code.functions).map(|((module, name), function)| Import {
            module,
            name,
            function_type: &self.types[usize::from(function.type_id)],
        })
    }

    /// The exported functions, in the order of the export section.
    pub fn exports(&self) -> impl Iterator<Item = (&str, FuncIndex)> {
        self.exports.iter().filter_map(|(name, export)| match *export {
            Export::Function(index) => Some((name.as_str(), FuncIndex(index))),
            _ => None,
        })
    }

    /// The function that is exported under a name.
    #[must_use]
    pub fn export(&self, name: &str) -> Option<FuncIndex> {
        self.exports().find(|&(exported, _)| exported == name).map(|(_, index)| index)
    }

    /// The exported globals, in the order of the export section.
    pub fn global_exports(&self) -> impl Iterator<Item = (&str, GlobalIndex)> {
        self.exports.iter().filter_map(|(name, export)| match *export {
            Export::Global(index) => Some((name.as_str(), GlobalIndex(index))),
            _ => None,
        })
    }

    /// The global that is exported under a name.
    #[must_use]
    pub fn global_export(&self, name: &str) -> Option<GlobalIndex> {
        self.global_exports().find(|&(exported, _)| exported == name).map(|(_, index)| index)
    }

    /// The value of a global before any code has run.
    #[must_use]
    pub fn global_initial(&self, global: GlobalIndex) -> Option<Value> {
        let global = self.globals.get(global.0 as usize)?;
        Some(Value::from_word(global.value_type, global.initial))
    }

    /// What a function is called: by the name section, else by its export, else by its import.
    #[must_use]
    pub fn function_name(&self, function: FuncIndex) -> Option<&str> {
        if let Ok(found) = self.names.binary_search_by_key(&function.0, |&(index, _)| index) {
            return Some(&self.names[found].1);
        }
        let exported = self.exports().find(|&(_, index)| index == function).map(|(name, _)| name);
        exported.or_else(|| self.imports.get(function.0 as usize).map(|(_, name)| name.as_str()))
    }

    /// What a function takes and gives.
    #[must_use]
    pub fn function_type(&self, function: FuncIndex) -> Option<&FunctionType> {
        let function = self.code.functions.get(function.0 as usize)?;
        self.types.get(usize::from(function.type_id))
    }

    /// Where the body of a function begins, in bytes from the start of the module; none for an import.
    #[must_use]
    pub fn function_offset(&self, function: FuncIndex) -> Option<u32> {
        match self.code.functions.get(function.0 as usize)?.body {
            Body::Import => None,
            Body::Code { offset, .. } => Some(offset),
        }
    }

    /// How many functions there are, imports included.
    #[must_use]
    pub fn function_count(&self) -> u32 {
        self.code.functions.len() as u32
    }

    /// The linear memory that the module demands, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_pages.unwrap_or(0)) * u64::from(PAGE_BYTES)
    }

    /// The bytes that the translated code takes, with the tables that belong to it.
    #[must_use]
    pub fn code_bytes(&self) -> usize {
        self.code.bytes()
    }

    /// Tells modules apart, as long as they live: where the code is.
    pub(crate) fn identity(&self) -> usize {
        self.code.instrs.as_ptr().addr()
    }

    /// The most words of value stack that a call of a function can take, with the header of each frame.
    ///
    /// An indirect call counts as a call of each function of its type in the table. Allocates; not for the time when
    /// sound is running.
    #[must_use]
    pub fn stack_bound(&self, function: FuncIndex) -> StackBound {
        stack_bound::of(self, function)
    }
}
