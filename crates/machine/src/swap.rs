//! Hot swap: a new version of a patch takes over while the old one plays.
//!
//! ```
//! use sostenuto_board::patch::{Facts, Patch};
//! use sostenuto_board::storage::{Kind, Storage};
//! use sostenuto_machine::{Performance, Settings, Successor, load};
//!
//! // Both versions count samples in `count`; the second counts by ten.
//! let version = |step: i32| {
//!     let wasm = wat::parse_str(format!(
//!         r#"(module (memory (export "memory") 1)
//!             (func (export "process")
//!                 (i32.store (i32.const 32) (i32.add (i32.load (i32.const 32)) (i32.const {step})))
//!                 (i32.store (i32.const 16) (i32.load (i32.const 32)))))"#
//!     ))?;
//!     let storage = |name: &str, kind, address, bytes| {
//!         Storage { address: Some(address), ..Storage::new(name, kind, bytes) }
//!     };
//!     let storages = vec![storage("signal", Kind::Audio, 16, 8), storage("count", Kind::State, 32, 4)];
//!     Ok::<_, Box<dyn std::error::Error>>(load(&Patch::new(wasm, Facts { storages, ..Facts::default() })?)?)
//! };
//! let (old, new) = (version(1)?, version(10)?);
//! let settings = Settings::at_rate(48_000);
//! let mut performance = Performance::new(&old, &settings)?;
//! performance.start(&mut |_| {})?;
//! assert_eq!(performance.sample([0; 2], &mut |_| {})?, [1, 0]);
//!
//! // Beside the sound: compiled, allocated, started.
//! let successor = Successor::new(&old, &new, &settings, &mut |_| {})?;
//! assert_eq!(successor.report().kept().count(), 1);
//!
//! // Between two samples, without allocating:
//! let retired = performance.swap(successor);
//! assert_eq!(performance.sample([0; 2], &mut |_| {})?, [11, 0]);
//!
//! // Beside the sound again:
//! retired.copied?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a musician hears: the sound goes on. The new version has run its `init`, `update` and `reset` by itself, so its
//! tables are there. Then what the old version has in storages that kept name and size replaces what is there: delay
//! lines keep their echoes, oscillators their phases. A constant (a `readonly`) is a part of the new version, a
//! temporary can be computed again, and what holds a pointer would point to where things lay before: those start anew,
//! as do storages of another size. `process` begins at its start, as a call cannot be moved into other code, and
//! `update` is called before the next sample. Parameters, automation, clock, sample number, the delay memory and the
//! stock operators are the machine's and go on.
//!
//! An index that was kept, into an array that has become smaller, may lie outside: such a patch stops with the fault of
//! that index. A table that `init` fills in a storage that kept name and size stays as the old version filled it; another name or
//! size makes it new.

use sostenuto_board::storage::{Kind, Storage};
use sostenuto_vm::{FlatMemory, InstantiationError, LinearMemory, MemoryRange, Migration, MigrationError};

use crate::fault::PatchFault;
use crate::load::Loaded;
use crate::performance::Performance;
use crate::settings::Settings;
use crate::swap_report::{Change, Fate, Reason, SwapReport};

/// A new version of a patch, started and ready to take over from the old one.
#[derive(Debug)]
pub struct Successor<'l, M: LinearMemory = FlatMemory<Vec<u8>>> {
    performance: Performance<'l, M>,
    migration: Migration,
    report: SwapReport,
}

/// What is left of a version when another has taken over.
#[derive(Debug)]
#[must_use = "it frees its memory when it is dropped, which is not for the time when sound is running"]
pub struct Retired<'l, M: LinearMemory = FlatMemory<Vec<u8>>> {
    /// The performance that has ended.
    pub performance: Performance<'l, M>,
    /// What was carried over.
    pub report: SwapReport,
    /// Whether that could be copied. It fails when a memory fails at an address inside it; the new version plays all the
    /// same then, with what had been copied before.
    pub copied: Result<(), MigrationError>,
    /// Kept so that it is freed with the rest.
    _migration: Migration,
}

/// Why a new version cannot take over; the old one plays on.
#[derive(Debug, thiserror::Error)]
pub enum SwapError {
    /// Its memory cannot be made.
    #[error("the patch's memory cannot be made: {0}")]
    Memory(#[from] InstantiationError),
    /// Its `init`, `update` or `reset` was stopped.
    #[error(transparent)]
    Fault(#[from] PatchFault),
}

/// The stack pointer of compilers that keep a stack in linear memory: a place in the old version's calls.
const STACK_POINTER: &str = "__stack_pointer";

impl<'l> Successor<'l> {
    /// Starts the new version in memory of its own, as large as it asks for, with the settings of the old one.
    ///
    /// # Errors
    /// The fault that stopped its `init`, `update` or `reset`.
    pub fn new(
        old: &Loaded,
        new: &'l Loaded,
        settings: &Settings,
        trace: &mut dyn FnMut(&str),
    ) -> Result<Self, SwapError> {
        let bytes = usize::try_from(new.module.memory_bytes()).unwrap_or(usize::MAX);
        Successor::in_memory(old, new, settings, FlatMemory::new(vec![0; bytes]), trace)
    }
}

impl<'l, M: LinearMemory + 'l> Successor<'l, M> {
    /// Starts the new version in this memory, which must be all zero.
    ///
    /// # Errors
    /// When the memory is smaller than the patch asks for, and the fault that stopped its `init`, `update` or `reset`.
    pub fn in_memory(
        old: &Loaded,
        new: &'l Loaded,
        settings: &Settings,
        memory: M,
        trace: &mut dyn FnMut(&str),
    ) -> Result<Self, SwapError> {
        let mut performance = Performance::in_memory(new, settings, memory)?;
        performance.start(trace)?;
        let mut migration = Migration::new(&old.module, &new.module, |name| name != STACK_POINTER);
        let storages = changes(old, new, &mut migration);
        let globals = migration.globals().iter().map(|global| global.name.clone()).collect();
        let source = |loaded: &Loaded| loaded.patch.facts.source.clone();
        let report = SwapReport { from: source(old), to: source(new), storages, globals };
        Ok(Successor { performance, migration, report })
    }

    /// What will be carried over, and what not.
    pub fn report(&self) -> &SwapReport {
        &self.report
    }
}

impl<'l, M: LinearMemory> Performance<'l, M> {
    /// Lets the successor take over before the next sample, and gives what has ended back, for its memory to be freed
    /// beside the sound. Allocates and frees nothing; takes time for the bytes that are copied.
    ///
    /// A fault of the old version is forgotten: this is how a patch that was stopped is mended.
    ///
    /// # Panics
    /// When the successor was made for another patch than the one that plays.
    pub fn swap(&mut self, successor: Successor<'l, M>) -> Retired<'l, M> {
        let Successor { mut performance, migration, report } = successor;
        let copied = migration.apply(&mut self.instance, &mut performance.instance);
        performance.take_over(self);
        let performance = std::mem::replace(self, performance);
        Retired { performance, report, copied, _migration: migration }
    }
}

/// What becomes of each storage of the patches' own; those that stay are added to the migration.
fn changes(old: &Loaded, new: &Loaded, migration: &mut Migration) -> Vec<Change> {
    let mut changes = Vec::new();
    for to in own_storages(new) {
        let change = |fate| Change { name: to.name.clone(), fate };
        let Some(from) = own_storages(old).find(|from| from.name == to.name) else {
            if to.kind != Kind::Table {
                changes.push(change(Fate::New { bytes: to.bytes }));
            }
            continue;
        };
        if let Some(reason) = reason_to_begin_anew((old, from), (new, to)) {
            // What is a constant in both is no news.
            if reason != Reason::Constant || from.kind != to.kind {
                changes.push(change(Fate::Anew { bytes: to.bytes, reason }));
            }
        } else if from.bytes != to.bytes {
            changes.push(change(Fate::Resized { from: from.bytes, to: to.bytes }));
        } else if let (Some(start), Some(end)) = (from.address, to.address) {
            migration.add_range(MemoryRange { from: start, to: end, bytes: to.bytes });
            changes.push(change(Fate::Kept { bytes: to.bytes }));
        }
    }
    let is_gone =
        |from: &&Storage| from.kind != Kind::Table && !own_storages(new).any(|to| to.name == from.name);
    let gone = own_storages(old).filter(is_gone);
    changes
        .extend(gone.map(|from| Change { name: from.name.clone(), fate: Fate::Gone { bytes: from.bytes } }));
    changes
}

/// The storages that are a patch's own and inside its memory, not the host's nor the engine's.
fn own_storages(loaded: &Loaded) -> impl Iterator<Item = &Storage> {
    let size = loaded.module.memory_bytes();
    loaded.patch.facts.storages.iter().filter(move |storage| {
        let is_own = matches!(storage.kind, Kind::State | Kind::Delay | Kind::Scratch | Kind::Table);
        let end = storage.address.map(|address| u64::from(address) + u64::from(storage.bytes));
        is_own && end.is_some_and(|end| end <= size)
    })
}

fn reason_to_begin_anew((old, from): (&Loaded, &Storage), (new, to): (&Loaded, &Storage)) -> Option<Reason> {
    let either = |kind| from.kind == kind || to.kind == kind;
    let points = |loaded: &Loaded| loaded.patch.facts.pointers.contains(&to.name);
    match () {
        () if either(Kind::Table) => Some(Reason::Constant),
        () if either(Kind::Scratch) => Some(Reason::Temporary),
        () if points(old) || points(new) => Some(Reason::Pointer),
        () => None,
    }
}
