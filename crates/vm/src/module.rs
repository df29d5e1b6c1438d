//! A module: translated, immutable, shared by its instances.

use crate::code::Code;
use crate::error::LoadError;
use crate::externs::{Extern, ExternType, GlobalIndex, GlobalType, MemoryType, TableIndex, TableType};
use crate::load;
use crate::module_hash::ModuleHash;
use crate::stack_bound::{self, StackBound};
use crate::types::{FuncIndex, FunctionType, Value};
use alloc::string::String;
use alloc::vec::Vec;

/// A WebAssembly module that was found valid and has been translated.
///
/// It keeps all that it needs of the bytes it was made of.
#[derive(Debug, Default)]
pub struct Module {
    pub(crate) hash: ModuleHash,
    pub(crate) code: Code,
    /// The different function types; a type's position is its id.
    pub(crate) types: Vec<FunctionType>,
    pub(crate) imports: Vec<ImportEntry>,
    pub(crate) exports: Vec<(String, Extern)>,
    pub(crate) tables: Vec<TableType>,
    pub(crate) memory: Option<MemoryType>,
    pub(crate) globals: Vec<Global>,
    pub(crate) elements: Vec<Elements>,
    pub(crate) data: Vec<Data>,
    pub(crate) start: Option<FuncIndex>,
    /// Ascending by function index.
    pub(crate) names: Vec<(u32, String)>,
    /// Ascending by global index.
    pub(crate) global_names: Vec<(u32, String)>,
}

/// Something that a module imports: its name in two parts, and what it is.
#[derive(Debug)]
pub(crate) struct ImportEntry {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) what: Extern,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Global {
    pub(crate) global_type: GlobalType,
    /// Where its value begins among the words of all globals.
    pub(crate) word: u32,
    /// None for an imported one.
    pub(crate) initial: Option<Constant>,
}

/// The value of a constant expression.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Constant {
    Bits(u64),
    /// That of an imported global.
    Global(u32),
    /// A reference to a function of the module.
    Function(u32),
}

/// References that go into a table when the module is instantiated, or later.
#[derive(Debug)]
pub(crate) struct Elements {
    pub(crate) place: Place,
    pub(crate) items: Vec<Constant>,
}

/// Bytes that go into the memory when the module is instantiated, or later.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) place: Place,
    pub(crate) bytes: Vec<u8>,
}

/// Where a segment goes when the module is instantiated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// To this table, or the memory, at this index.
    Active(u32, Constant),
    /// Nowhere yet.
    Passive,
    /// Nowhere ever: it names functions whose references the code takes.
    Declared,
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
    pub fn imports(&self) -> impl Iterator<Item = Import<'_>> {
        self.all_imports().filter_map(|(module, name, extern_type)| match extern_type {
            ExternType::Function(function_type) => Some(Import { module, name, function_type }),
            _ => None,
        })
    }

    /// All that the module imports, in the order of the import section: the parts of its name, and its type.
    pub fn all_imports(&self) -> impl Iterator<Item = (&str, &str, ExternType<'_>)> {
        self.imports.iter().filter_map(|import| {
            let extern_type = self.extern_type(import.what)?;
            Some((import.module.as_str(), import.name.as_str(), extern_type))
        })
    }

    /// All that the module exports, in the order of the export section.
    pub fn all_exports(&self) -> impl Iterator<Item = (&str, Extern)> {
        self.exports.iter().map(|(name, what)| (name.as_str(), *what))
    }

    /// The exported functions, in the order of the export section.
    pub fn exports(&self) -> impl Iterator<Item = (&str, FuncIndex)> {
        self.all_exports().filter_map(|(name, what)| match what {
            Extern::Function(index) => Some((name, index)),
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
        self.all_exports().filter_map(|(name, what)| match what {
            Extern::Global(index) => Some((name, index)),
            _ => None,
        })
    }

    /// The global that is exported under a name.
    #[must_use]
    pub fn global_export(&self, name: &str) -> Option<GlobalIndex> {
        self.global_exports().find(|&(exported, _)| exported == name).map(|(_, index)| index)
    }

    /// The value of a global before any code has run; none when it depends on what is imported.
    #[must_use]
    pub fn global_initial(&self, global: GlobalIndex) -> Option<Value> {
        let global = self.globals.get(global.0 as usize)?;
        match global.initial? {
            Constant::Bits(bits) => Some(Value::from_bits(global.global_type.value_type, bits)),
            Constant::Global(_) | Constant::Function(_) => None,
        }
    }

    /// The type of something that the module imports, has or exports.
    #[must_use]
    pub fn extern_type(&self, what: Extern) -> Option<ExternType<'_>> {
        match what {
            Extern::Function(function) => self.function_type(function).map(ExternType::Function),
            Extern::Table(TableIndex(table)) => {
                self.tables.get(table as usize).copied().map(ExternType::Table)
            }
            Extern::Memory => self.memory.map(ExternType::Memory),
            Extern::Global(GlobalIndex(global)) => {
                let global = self.globals.get(global as usize)?;
                Some(ExternType::Global(global.global_type))
            }
        }
    }

    /// The function that must be called once in each instance, before any other.
    ///
    /// The host calls it, as it calls all functions: by a [`Thread`](crate::Thread), with a budget.
    #[must_use]
    pub fn start(&self) -> Option<FuncIndex> {
        self.start
    }

    /// What a function is called: by the name section, else by its export, else by its import.
    #[must_use]
    pub fn function_name(&self, function: FuncIndex) -> Option<&str> {
        if let Ok(found) = self.names.binary_search_by_key(&function.0, |&(index, _)| index) {
            return Some(&self.names[found].1);
        }
        let exported = self.exports().find(|&(_, index)| index == function).map(|(name, _)| name);
        exported.or_else(|| self.imports().nth(function.0 as usize).map(|import| import.name))
    }

    /// What a global is called in the name section.
    #[must_use]
    pub fn global_name(&self, global: GlobalIndex) -> Option<&str> {
        let found = self.global_names.binary_search_by_key(&global.0, |&(index, _)| index).ok()?;
        Some(&self.global_names[found].1)
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
        let function = self.code.functions.get(function.0 as usize)?;
        (!function.is_import()).then_some(function.offset)
    }

    /// How many functions there are, imports included.
    #[must_use]
    pub fn function_count(&self) -> u32 {
        self.code.functions.len() as u32
    }

    /// The type of the linear memory, imported or not.
    #[must_use]
    pub fn memory_type(&self) -> Option<MemoryType> {
        self.memory
    }

    /// The linear memory that the module demands, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory.map_or(0, |memory| memory.initial_bytes())
    }

    /// The hash of the bytes that the module was made of.
    #[must_use]
    pub fn hash(&self) -> ModuleHash {
        self.hash
    }

    /// Tells modules apart. Equal bytes have one translation, so modules made of them may stand in for each other.
    pub(crate) fn identity(&self) -> ModuleHash {
        self.hash
    }

    /// The most words of value stack that a call of a function can take, with the header of each frame.
    ///
    /// An indirect call counts as a call of each function of its type whose reference the module takes. Allocates; not
    /// for the time when sound is running.
    #[must_use]
    pub fn stack_bound(&self, function: FuncIndex) -> StackBound {
        stack_bound::of(self, function)
    }
}
