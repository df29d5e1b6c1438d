//! From a patch to what can be performed: the module translated, its natives and entry points found.

use sostenuto_board::Board;
use sostenuto_board::patch::Patch;
use sostenuto_board::storage::{Kind, Storage};
use sostenuto_board::traffic::Traffic;
use sostenuto_vm::{FlatMemory, FuncIndex, Instance, Module, StackBound, Unresolved, Value, ValueType};

use crate::delay_memory::DelayMemory;
use crate::layout::{Globals, Layout};
use crate::natives;
use crate::paging::Paging;

/// A patch that is ready to be performed.
#[derive(Debug)]
pub struct Loaded {
    pub(crate) patch: Patch,
    pub(crate) module: Module,
    pub(crate) entries: Entries,
    pub(crate) layout: Layout,
    pub(crate) globals: Globals,
    recursive_stack_words: u32,
}

/// How a patch makes sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchKind {
    /// It has `process` and makes the signal itself.
    Full,
    /// It has `operate1`, `operate2` or only `positions`, and moves the read positions of the host's delay; the stock
    /// operators do what it leaves to them.
    Mod,
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
    #[error("the patch needs {bytes} B of {what}; at most {limit} B can be had")]
    Memory {
        /// `linear memory` or `registers`.
        what: &'static str,
        /// Bytes asked for.
        bytes: u64,
        /// The most that is given.
        limit: u64,
    },
    /// It imports what the machine does not have.
    #[error(
        "the patch imports `{name}` from `{module}`, which this machine does not have; it has, from `permut8`: {natives}",
        natives = natives::list()
    )]
    Import {
        /// The module part of the import.
        module: String,
        /// Its name.
        name: String,
    },
    /// It imports a native with another type.
    #[error("the patch imports `{name}` as {found}, but the machine's is {expected}")]
    ImportType {
        /// The native.
        name: String,
        /// The type in the module.
        found: String,
        /// The type of the native.
        expected: String,
    },
    /// An entry point gives something else than an integer of 32 bits.
    #[error("{name}() is {found}: an entry point gives an integer or nothing")]
    EntryType {
        /// The entry point.
        name: &'static str,
        /// The type in the module.
        found: String,
    },
    /// It makes no sound.
    #[error(
        "the patch defines no entry point that makes sound: a full patch needs process(), a mod patch operate1(), \
         operate2() or the global `positions`; it has {found}"
    )]
    Silent {
        /// The functions that it has, for a sentence.
        found: String,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Entries {
    pub(crate) init: Option<Entry>,
    pub(crate) update: Option<Entry>,
    pub(crate) reset: Option<Entry>,
    pub(crate) process: Option<Entry>,
    pub(crate) operate1: Option<Entry>,
    pub(crate) operate2: Option<Entry>,
}

/// A function that the host calls, always with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) function: FuncIndex,
    pub(crate) arguments: Vec<Value>,
}

/// The words of stack of a thread whose functions call each other in a circle, unless asked otherwise.
pub const RECURSIVE_STACK_WORDS: u32 = 4096;

/// Checks and translates a patch.
///
/// # Errors
/// When the module cannot be run here, imports what the machine does not have, or defines no entry point that makes
/// sound.
pub fn load(patch: &Patch) -> Result<Loaded, LoadError> {
    let refused = |reason: String| LoadError::Module { reason };
    let module = Module::new(&patch.wasm).map_err(|error| refused(error.to_string()))?;
    if module.start().is_some() {
        return Err(refused("it has a start function, which this machine does not call".to_owned()));
    }
    check_imports(&module)?;
    let entries = Entries::find(&module)?;
    // With the positions alone it is a mod patch all of whose operators are the stock ones.
    if !entries.make_sound() && patch.storage("positions").is_none() {
        let names: Vec<String> = module.exports().map(|(name, _)| format!("{name}()")).collect();
        let found = if names.is_empty() { "no functions".to_owned() } else { names.join(", ") };
        return Err(LoadError::Silent { found });
    }
    fits("linear memory", module.memory_bytes())?;
    let size = module.memory_bytes() as u32;
    let memory = FlatMemory::new(vec![0; size as usize]);
    Instance::new(&module, memory).map_err(|error| refused(error.to_string()))?;
    let layout = Layout::new(&patch.facts);
    let globals = Globals::find(&patch.facts, size);
    let patch = patch.clone();
    let recursive_stack_words = RECURSIVE_STACK_WORDS;
    let loaded = Loaded { patch, module, entries, layout, globals, recursive_stack_words };
    fits("registers", loaded.stack_words().iter().map(|words| u64::from(*words) * 4).sum())?;
    Ok(loaded)
}

/// The most that is allocated for a patch in one piece, so that a damaged file cannot ask for all memory.
pub(crate) const MOST_BYTES: u64 = 256 << 20;

fn fits(what: &'static str, bytes: u64) -> Result<(), LoadError> {
    if bytes > MOST_BYTES { Err(LoadError::Memory { what, bytes, limit: MOST_BYTES }) } else { Ok(()) }
}

/// What the engine needs beside linear memory for a module and so many words of value stack.
pub(crate) fn engine_storages(module: &Module, stack_words: usize) -> impl Iterator<Item = Storage> {
    let engine =
        |name: &str, kind, bytes: usize| Storage::new(name, kind, u32::try_from(bytes).unwrap_or(u32::MAX));
    let footprint = module.footprint();
    let of_engine = [
        engine("code", Kind::Code, footprint.instructions + footprint.functions),
        // Read when a fault is told, and at no other time.
        Storage { traffic: Some(Traffic::default()), ..engine("code map", Kind::Table, footprint.code_map) },
        engine("globals", Kind::State, footprint.globals),
        engine("function table", Kind::Table, footprint.tables),
        engine("registers", Kind::Stack, stack_words.saturating_mul(4)),
    ];
    of_engine.into_iter().filter(|storage| storage.bytes > 0)
}

impl Loaded {
    /// Gives each thread of a patch with recursion this many bytes of stack, 64 MiB at most and in whole words; without
    /// recursion the need is known.
    #[must_use]
    pub fn with_recursive_stack(mut self, bytes: u32) -> Loaded {
        self.recursive_stack_words = (bytes / 4).min(1 << 24);
        self
    }

    /// Whether it makes the signal or moves the positions. With `process` it is a full patch, whatever else it has.
    pub fn kind(&self) -> PatchKind {
        if self.entries.process.is_some() { PatchKind::Full } else { PatchKind::Mod }
    }

    /// The patch.
    pub fn patch(&self) -> &Patch {
        &self.patch
    }

    /// The translated module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// All that needs bytes when the patch runs: its own storages, and those of the engine.
    ///
    /// The engine's are `code` (the translated instructions and what calls need to know of functions), `code map` (from
    /// instructions to source, read at a fault), `globals` and `function table` when there are any, `registers` (the
    /// value stacks of all threads), and `delay memory` when the patch reads or writes it or is a mod patch.
    pub fn storages(&self) -> Vec<Storage> {
        let words = self.stack_words().iter().fold(0_usize, |sum, words| sum.saturating_add(*words as usize));
        let delay_memory = if self.uses_delay_memory() { DelayMemory::BYTES } else { 0 };
        let mut storages = self.patch.facts.storages.clone();
        storages.extend(engine_storages(&self.module, words));
        let delay_memory = Storage::new("delay memory", Kind::Delay, delay_memory);
        storages.extend(Some(delay_memory).filter(|storage| storage.bytes > 0));
        storages
    }

    /// The same on a board: where memory is paged, the engine needs the `page cache`, too.
    pub fn storages_on(&self, board: &Board) -> Vec<Storage> {
        let mut storages = self.storages();
        storages.extend(board.paged.is_some().then(Paging::page_cache));
        storages
    }

    /// Whether the patch can hear the delay memory.
    pub fn uses_delay_memory(&self) -> bool {
        self.kind() == PatchKind::Mod
            || self.module.imports().any(|import| natives::reaches_delay_memory(import.name))
    }

    /// The words of the threads: that of `init`, `update` and `reset`, that of `process` or `operate1`, that of
    /// `operate2`.
    pub(crate) fn stack_words(&self) -> [u32; 3] {
        let entries = &self.entries;
        let first = if entries.process.is_some() { &entries.process } else { &entries.operate1 };
        let second = if entries.process.is_some() { &None } else { &entries.operate2 };
        let most = |list: &[&Option<Entry>]| {
            list.iter().filter_map(|entry| entry.as_ref()).map(|entry| self.words(entry)).max().unwrap_or(0)
        };
        [most(&[&entries.init, &entries.update, &entries.reset]), most(&[first]), most(&[second])]
    }

    /// Whether any entry point can reach a recursion, so that its stack has no bound.
    pub(crate) fn recurses(&self) -> bool {
        let bound = |entry: &Entry| self.module.stack_bound(entry.function);
        self.entries.all().any(|entry| matches!(bound(entry), StackBound::Recursive { .. }))
    }

    /// What a thread has whose functions call each other in a circle.
    pub(crate) fn recursive_stack_bytes(&self) -> u32 {
        self.recursive_stack_words.saturating_mul(4)
    }

    fn words(&self, entry: &Entry) -> u32 {
        match self.module.stack_bound(entry.function) {
            StackBound::Words(words) => words,
            StackBound::Recursive { .. } => self.recursive_stack_words,
        }
    }
}

impl Entries {
    fn find(module: &Module) -> Result<Entries, LoadError> {
        Ok(Entries {
            init: Entry::find(module, "init")?,
            update: Entry::find(module, "update")?,
            reset: Entry::find(module, "reset")?,
            process: Entry::find(module, "process")?,
            operate1: Entry::find(module, "operate1")?,
            operate2: Entry::find(module, "operate2")?,
        })
    }

    fn make_sound(&self) -> bool {
        self.process.is_some() || self.operate1.is_some() || self.operate2.is_some()
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        let Entries { init, update, reset, process, operate1, operate2 } = self;
        [init, update, reset, process, operate1, operate2].into_iter().flatten()
    }
}

impl Entry {
    fn find(module: &Module, name: &'static str) -> Result<Option<Entry>, LoadError> {
        let Some(function) = module.export(name) else { return Ok(None) };
        let Some(function_type) = module.function_type(function) else { return Ok(None) };
        if !matches!(function_type.results(), [] | [ValueType::I32]) {
            return Err(LoadError::EntryType { name, found: function_type.to_string() });
        }
        let arguments = function_type.params().iter().map(|kind| Value::from_bits(*kind, 0)).collect();
        Ok(Some(Entry { name, function, arguments }))
    }
}

fn check_imports(module: &Module) -> Result<(), LoadError> {
    let resolved = natives::all::<FlatMemory<Vec<u8>>>().resolve(module);
    let Some(import) = resolved.err().and_then(|error| error.unresolved().first().cloned()) else {
        return Ok(());
    };
    Err(match import.reason {
        Unresolved::Missing { .. } => LoadError::Import { module: import.module, name: import.name },
        Unresolved::OtherType(expected) => LoadError::ImportType {
            name: import.name,
            found: import.function_type.to_string(),
            expected: expected.to_string(),
        },
    })
}
