//! From a patch to a program that can be played: the module translated, its functions found.

use sostenuto_board::patch::Patch;
use sostenuto_board::program::Program;
use sostenuto_board::{Board, Storage, place};
use sostenuto_vm::{FlatMemory, Instance, Module, StackBound, TypedFunction, Unresolved};

use super::buffers::Buffers;
use super::maths;
use crate::load::{MOST_BYTES, RECURSIVE_STACK_WORDS, engine_storages};
use crate::paging::Paging;

/// More instances than these are not played.
pub const MOST_INSTANCES: u32 = 64;

/// A program that is ready to be played.
#[derive(Debug)]
pub struct Loaded {
    patch: Patch,
    pub(super) program: Program,
    pub(super) module: Module,
    pub(super) init: TypedFunction<(u32, u32), ()>,
    pub(super) compute: TypedFunction<(u32, u32, u32, u32), ()>,
}

/// Why a program cannot be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The patch is one of the Permut8 machine.
    #[error("the patch is no program that computes blocks of samples")]
    NoProgram,
    /// The module is not one that the engine can run.
    #[error("the module cannot be run: {reason}")]
    Module {
        /// What the engine says.
        reason: String,
    },
    /// It asks for more memory than any board has.
    #[error("the program needs {bytes} B of linear memory; at most {limit} B can be had")]
    Memory {
        /// Bytes asked for.
        bytes: u64,
        /// The most that is given.
        limit: u64,
    },
    /// It calls a function that the machine does not have.
    #[error(
        "the program calls `{name}` from `{module}`, which this machine does not have; it has, from `env`: {maths}",
        maths = maths::list()
    )]
    Import {
        /// The module part of the import.
        module: String,
        /// Its name.
        name: String,
    },
    /// It calls a function with another type.
    #[error("the program imports `{name}` as {found}, but the machine's is {expected}")]
    ImportType {
        /// The function.
        name: String,
        /// The type in the module.
        found: String,
        /// The type of the machine's.
        expected: String,
    },
}

/// Checks and translates a program.
///
/// # Errors
/// When the patch is no such program, when its module cannot be run here, and when it imports what the machine does not
/// have.
pub fn load(patch: &Patch) -> Result<Loaded, LoadError> {
    let program = patch.facts.program.clone().ok_or(LoadError::NoProgram)?;
    let refused = |reason: String| LoadError::Module { reason };
    let module = Module::new(&patch.wasm).map_err(|error| refused(error.to_string()))?;
    if module.start().is_some() {
        return Err(refused("it has a start function, which this machine does not call".to_owned()));
    }
    check_imports(&module)?;
    let init = module.typed_export("init").map_err(|error| refused(error.to_string()))?;
    let compute = module.typed_export("compute").map_err(|error| refused(error.to_string()))?;
    let loaded = Loaded { patch: patch.clone(), program, module, init, compute };
    let bytes = loaded.memory_bytes(1);
    if bytes > MOST_BYTES {
        return Err(LoadError::Memory { bytes, limit: MOST_BYTES });
    }
    let memory = FlatMemory::new(vec![0; bytes as usize]);
    Instance::new(&loaded.module, memory).map_err(|error| refused(error.to_string()))?;
    Ok(loaded)
}

impl Loaded {
    /// The patch.
    pub fn patch(&self) -> &Patch {
        &self.patch
    }

    /// What is known of the program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// All that needs bytes when so many instances play in blocks of so many samples: the program's storages and those of
    /// its channels once for each, and those of the engine, which the instances share.
    pub fn storages_on(&self, board: &Board, block: u32, instances: u32) -> Vec<Storage> {
        let own: Vec<Storage> = match board.paged.is_some() {
            true => self.storages_by_address(block),
            false => {
                let buffers = Buffers::new(&self.program, block);
                self.patch.facts.storages.iter().cloned().chain(buffers.storages()).collect()
            }
        };
        let copies = (1..instances.max(1)).flat_map(|instance| {
            let copy = move |storage: &Storage| Storage {
                name: name_in(instance, &storage.name),
                ..storage.clone()
            };
            own.iter().map(copy)
        });
        let mut storages: Vec<Storage> = own.iter().cloned().chain(copies).collect();
        storages.extend(engine_storages(&self.module, self.stack_words()));
        storages.extend(board.paged.is_some().then(Paging::page_cache));
        storages
    }

    /// How many instances fit the board, of so many.
    pub fn instances_that_fit(&self, board: &Board, block: u32, instances: u32) -> u32 {
        let fits = |instances: u32| place(board, &self.storages_on(board, block, instances)).fits();
        let (mut fit, mut too_many) = (0, instances.saturating_add(1));
        while too_many - fit > 1 {
            let half = fit + (too_many - fit) / 2;
            if fits(half) {
                fit = half;
            } else {
                too_many = half;
            }
        }
        fit
    }

    /// What lies in linear memory, each with its address: of the single numbers, each run of them.
    pub(super) fn storages_by_address(&self, block: u32) -> Vec<Storage> {
        let facts = &self.patch.facts;
        let scalars = facts.storages.iter().find(|storage| storage.name == Program::SCALARS);
        let runs = self.program.scalars.iter().filter_map(|span| {
            Some(Storage { address: Some(span.address), bytes: span.bytes, ..scalars?.clone() })
        });
        let arrays = facts.storages.iter().filter(|storage| storage.address.is_some()).cloned();
        arrays.chain(runs).chain(Buffers::new(&self.program, block).storages()).collect()
    }

    /// The bytes of linear memory of one instance.
    pub(super) fn memory_bytes(&self, block: u32) -> u64 {
        self.module.memory_bytes().max(Buffers::new(&self.program, block).end())
    }

    /// The words of value stack that any call takes.
    pub(super) fn stack_words(&self) -> usize {
        let words = [self.init.index(), self.compute.index()].map(|function| {
            match self.module.stack_bound(function) {
                StackBound::Words(words) => words,
                // The compiler makes none, but the file may be someone else's.
                StackBound::Recursive { .. } => RECURSIVE_STACK_WORDS,
            }
        });
        words.into_iter().max().unwrap_or(0) as usize
    }
}

/// The name of a storage in an instance after the first.
pub(super) fn name_in(instance: u32, storage: &str) -> String {
    format!("{storage} #{}", instance + 1)
}

fn check_imports(module: &Module) -> Result<(), LoadError> {
    let resolved = maths::all::<FlatMemory<Vec<u8>>>().resolve(module);
    let Some(import) = resolved.err().and_then(|error| error.unresolved().first().cloned()) else {
        return Ok(());
    };
    let (name, found) = (import.name, import.function_type.to_string());
    Err(match import.reason {
        Unresolved::Missing { .. } => LoadError::Import { module: import.module, name },
        Unresolved::OtherType(expected) => {
            LoadError::ImportType { name, found, expected: expected.to_string() }
        }
    })
}
