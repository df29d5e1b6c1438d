//! From a patch to what can be run: the module translated, its functions found.

use sostenuto_board::patch::Patch;
use sostenuto_board::{Board, Storage};
use sostenuto_vm::{
    FlatMemory, FuncIndex, Halt, HostFunctions, Instance, LinearMemory, Module, StackBound, Unresolved,
    UnresolvedImport, Value, ValueType,
};

use super::device::Device;
use super::foreign::takes_memory;
use super::functions;
use crate::load::{MOST_BYTES, RECURSIVE_STACK_WORDS, engine_storages};
use crate::paging::Paging;

/// A patch that is ready to be run.
#[derive(Debug)]
pub struct Loaded {
    patch: Patch,
    pub(super) module: Module,
    pub(super) entries: Entries,
    /// What it imports and the machine does not have, in the order of the halts.
    pub(super) unknown: Vec<UnresolvedImport>,
    recursive_stack_words: u32,
}

/// Why a patch cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The module is not one that the engine can run.
    #[error("the module cannot be run: {reason}")]
    Module {
        /// What the engine says.
        reason: String,
    },
    /// It asks for more memory than any board has.
    #[error("the patch needs {bytes} B of linear memory; at most {limit} B can be had")]
    Memory {
        /// Bytes asked for.
        bytes: u64,
        /// The most that is given.
        limit: u64,
    },
    /// It imports a function with another type.
    #[error("the patch imports `{name}` as {found}, but the machine's is {expected}")]
    ImportType {
        /// The function.
        name: String,
        /// The type in the module.
        found: String,
        /// The type of the machine's.
        expected: String,
    },
    /// `process` takes something else than a number of sample frames.
    #[error("process() is {found}: it takes the number of sample frames as an integer, or nothing")]
    Process {
        /// The type in the module.
        found: String,
    },
    /// Nothing can be called.
    #[error(
        "the patch has no entry point: it needs setup(), loop(), _start() or main(), or process() for an effect; it has {found}"
    )]
    NoEntry {
        /// The functions that it has, for a sentence.
        found: String,
    },
}

/// The functions that the host calls.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// WebAssembly's own start function, called before all others.
    pub(super) start: Option<Entry>,
    /// `setup`, `_start` or `main`.
    pub(super) once: Option<Entry>,
    /// `loop`.
    pub(super) again: Option<Entry>,
    pub(super) process: Option<Entry>,
}

/// A function that the host calls.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) function: FuncIndex,
    /// Zeros.
    pub(super) arguments: Vec<Value>,
}

/// Checks and translates a patch.
///
/// # Errors
/// When the module cannot be run here, imports a function of the machine with another type, or has no entry point.
pub fn load(patch: &Patch) -> Result<Loaded, LoadError> {
    let refused = |reason: String| LoadError::Module { reason };
    let module = Module::new(&patch.wasm).map_err(|error| refused(error.to_string()))?;
    let unknown = unknown(&module)?;
    let entries = Entries::find(&module)?;
    let bytes = module.memory_bytes();
    if bytes > MOST_BYTES {
        return Err(LoadError::Memory { bytes, limit: MOST_BYTES });
    }
    let memory = FlatMemory::new(vec![0; bytes as usize]);
    Instance::new(&module, memory).map_err(|error| refused(error.to_string()))?;
    let patch = patch.clone();
    Ok(Loaded { patch, module, entries, unknown, recursive_stack_words: RECURSIVE_STACK_WORDS })
}

/// The imports that the machine does not have: a patch may have them, and is stopped when it calls one.
fn unknown(module: &Module) -> Result<Vec<UnresolvedImport>, LoadError> {
    let Err(error) = functions::all::<FlatMemory<Vec<u8>>>().resolve(module) else { return Ok(Vec::new()) };
    let imports = error.unresolved().to_vec();
    match imports.iter().find_map(|import| match &import.reason {
        Unresolved::OtherType(expected) => Some((import, expected)),
        Unresolved::Missing { .. } => None,
    }) {
        Some((import, expected)) => Err(LoadError::ImportType {
            name: import.name.clone(),
            found: import.function_type.to_string(),
            expected: expected.to_string(),
        }),
        None => Ok(imports),
    }
}

impl Loaded {
    /// Gives a patch whose functions call each other in a circle this many bytes for the registers of the engine, 64 MiB at
    /// most.
    #[must_use]
    pub fn with_recursive_stack(mut self, bytes: u32) -> Loaded {
        self.recursive_stack_words = (bytes / 4).min(1 << 24);
        self
    }

    /// The patch.
    pub fn patch(&self) -> &Patch {
        &self.patch
    }

    /// Whether it has `process`, and so works on a sound.
    pub fn is_effect(&self) -> bool {
        self.entries.process.is_some()
    }

    /// All that needs bytes when the patch runs on a board: its own storages, and those of the engine.
    pub fn storages_on(&self, board: &Board) -> Vec<Storage> {
        let mut storages = self.patch.facts.storages.clone();
        storages.extend(engine_storages(&self.module, self.stack_words()));
        storages.extend(board.paged.is_some().then(Paging::page_cache));
        storages
    }

    /// The bytes of linear memory.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.module.memory_bytes()
    }

    /// Where the low heap begins, when the module says so.
    pub(super) fn data_end(&self) -> Option<u32> {
        let global = self.module.global_export("_heap_ptr")?;
        match self.module.global_initial(global)? {
            Value::I32(address) => Some(address as u32),
            _ => None,
        }
    }

    /// Whether it tells its line by itself, as the compilers of the ConeZ make modules do.
    pub(super) fn tells_lines(&self) -> bool {
        self.module.global_export("__line").is_some()
    }

    /// Whether it takes memory from the pool, and nothing says that it leaves the pool alone otherwise.
    pub(super) fn may_overlap_pool(&self) -> bool {
        self.data_end().is_none() && self.imports(takes_memory)
    }

    pub(super) fn imports(&self, is_one: impl Fn(&str) -> bool) -> bool {
        self.module.imports().any(|import| import.module == functions::MODULE && is_one(import.name))
    }

    /// The functions of the host, with one that halts for each import that is unknown.
    pub(super) fn functions<'l, M: LinearMemory + 'l>(&'l self) -> HostFunctions<'l, M, Device> {
        self.unknown.iter().zip(1..).fold(functions::all(), |functions, (import, code)| {
            functions.add_halting(&import.module, &import.name, import.function_type.clone(), Halt(code))
        })
    }

    /// The words of value stack that any call takes.
    pub(super) fn stack_words(&self) -> usize {
        let words = self.entries.all().map(|entry| match self.module.stack_bound(entry.function) {
            StackBound::Words(words) => words,
            StackBound::Recursive { .. } => self.recursive_stack_words,
        });
        words.max().unwrap_or(0) as usize
    }

    pub(super) fn recurses(&self) -> bool {
        let bound = |entry: &Entry| self.module.stack_bound(entry.function);
        self.entries.all().any(|entry| matches!(bound(entry), StackBound::Recursive { .. }))
    }
}

impl Entries {
    fn find(module: &Module) -> Result<Entries, LoadError> {
        let entry = |name: &'static str| {
            let function = module.export(name)?;
            let function_type = module.function_type(function)?;
            let zero = |kind: &ValueType| Value::from_bits(*kind, 0);
            Some(Entry { name, function, arguments: function_type.params().iter().map(zero).collect() })
        };
        let start = module.start().map(|function| Entry { name: "start", function, arguments: Vec::new() });
        let process = entry("process");
        if let Some(process) = &process
            && !matches!(process.arguments[..], [] | [Value::I32(_)])
        {
            let found = module.function_type(process.function).map(ToString::to_string).unwrap_or_default();
            return Err(LoadError::Process { found });
        }
        let (setup, again) = (entry("setup"), entry("loop"));
        let only =
            if setup.is_none() && again.is_none() { entry("_start").or_else(|| entry("main")) } else { None };
        let entries = Entries { start, once: setup.or(only), again, process };
        if entries.once.is_none() && entries.again.is_none() && entries.process.is_none() {
            let names: Vec<String> = module.exports().map(|(name, _)| format!("{name}()")).collect();
            let found = if names.is_empty() { "no functions".to_owned() } else { names.join(", ") };
            return Err(LoadError::NoEntry { found });
        }
        Ok(entries)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        [&self.start, &self.once, &self.again, &self.process].into_iter().flatten()
    }
}
