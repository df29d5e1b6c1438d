//! The state of an instance, carried over to an instance of another version of the module.
//!
//! ```
//! use sostenuto_vm::{FlatMemory, Instance, Migration, MemoryRange, Module, Value};
//!
//! let old = Module::new(&wat::parse_str(
//!     r#"(module (memory 1) (global (export "level") (mut f32) (f32.const 0.5)))"#,
//! )?)?;
//! let new = Module::new(&wat::parse_str(
//!     r#"(module (memory 2) (global $speed (mut i32) (i32.const 3))
//!         (global (export "level") (mut f32) (f32.const 1.0)))"#,
//! )?)?;
//! let mut playing = Instance::new(&old, FlatMemory::new(vec![7; 0x1_0000]))?;
//! let mut next = Instance::new(&new, FlatMemory::new(vec![0; 0x2_0000]))?;
//!
//! // Made at leisure:
//! let mut migration = Migration::new(&old, &new, |_name| true);
//! migration.add_range(MemoryRange { from: 1000, to: 2000, bytes: 500 });
//!
//! // In the moment of the change, without allocating:
//! migration.apply(&mut playing, &mut next)?;
//! let level = new.global_export("level").unwrap();
//! assert_eq!(next.global(&new, level), Some(Value::F32(0.5)));
//! assert_eq!(next.memory().bytes()[2000..2500], [7; 500]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::externs::{Extern, GlobalIndex};
use crate::instance::Instance;
use crate::memory::LinearMemory;
use crate::module::{Global, Module};
use crate::module_hash::ModuleHash;
use crate::types::ValueType;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What is copied when an instance of a new module takes the place of an old one.
///
/// It is made beforehand, and [`apply`](Self::apply) allocates nothing. Calls that are going on cannot be carried over
/// to other code, nor tables; a [`snapshot`](crate::snapshot) takes those to the same code elsewhere.
#[derive(Debug, Clone)]
pub struct Migration {
    modules: [ModuleHash; 2],
    globals: Vec<MovedGlobal>,
    /// From and to which word of all globals, and how many.
    words: Vec<(u32, u32, u32)>,
    ranges: Vec<MemoryRange>,
}

/// A global that keeps its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedGlobal {
    /// Its name in both modules.
    pub name: String,
    /// The global of the old module.
    pub from: GlobalIndex,
    /// The global of the new one.
    pub to: GlobalIndex,
}

/// Bytes of linear memory that keep their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryRange {
    /// The address in the old instance.
    pub from: u32,
    /// The address in the new one.
    pub to: u32,
    /// How many.
    pub bytes: u32,
}

/// Why nothing was migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationError {
    /// A range leaves the memory of the old instance.
    OldMemory {
        /// The range.
        range: MemoryRange,
        /// The size of the memory, in bytes.
        size: u32,
    },
    /// A range leaves the memory of the new instance.
    NewMemory {
        /// The range.
        range: MemoryRange,
        /// The size of the memory, in bytes.
        size: u32,
    },
    /// A memory could not be read or written, although the range is inside it. What was copied before stays.
    Copy {
        /// The range.
        range: MemoryRange,
    },
}

impl Migration {
    /// Plans to carry over the globals that both modules have under one name and with one type, and that `keep` says
    /// yes to.
    ///
    /// A name is one under which a global is exported, or that of the name section. Only globals that the program can
    /// set count, and none that is imported; nor are references to functions carried over, as those of another module
    /// have other numbers.
    #[must_use]
    pub fn new(old: &Module, new: &Module, mut keep: impl FnMut(&str) -> bool) -> Self {
        let mut known = BTreeMap::new();
        for (name, index) in named(old) {
            known.entry(name).or_insert(index);
        }
        let mut done = BTreeSet::new();
        let (mut globals, mut words) = (Vec::new(), Vec::new());
        for (name, to) in named(new) {
            let Some(&from) = known.get(name) else { continue };
            let (Some(source), Some(target)) = (movable(old, from), movable(new, to)) else { continue };
            if source.global_type == target.global_type && keep(name) && done.insert(to) {
                words.push((source.word, target.word, target.global_type.value_type.words()));
                globals.push(MovedGlobal { name: name.into(), from, to });
            }
        }
        Self { modules: [old.hash(), new.hash()], globals, words, ranges: Vec::new() }
    }

    /// Adds bytes to carry over. Where ranges overlap in the new memory, the later one counts.
    pub fn add_range(&mut self, range: MemoryRange) {
        self.ranges.push(range);
    }

    /// The globals that are carried over.
    #[must_use]
    pub fn globals(&self) -> &[MovedGlobal] {
        &self.globals
    }

    /// The runs of memory that are carried over.
    #[must_use]
    pub fn ranges(&self) -> &[MemoryRange] {
        &self.ranges
    }

    /// How many bytes of memory are copied, which is what [`apply`](Self::apply) takes its time for.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(range.bytes)).sum()
    }

    /// Copies. Allocates nothing.
    ///
    /// # Errors
    /// When a range leaves a memory; then nothing has been copied. When a memory fails inside its size.
    ///
    /// # Panics
    /// When the instances are not of the modules that the migration was made of.
    pub fn apply<M: LinearMemory, N: LinearMemory>(
        &self,
        old: &mut Instance<M>,
        new: &mut Instance<N>,
    ) -> Result<(), MigrationError> {
        assert!([old.identity, new.identity] == self.modules, "a migration belongs to two modules");
        let (old_size, new_size) = (old.memory.size(), new.memory.size());
        for &range in &self.ranges {
            let fits = |start: u32, size: u32| u64::from(start) + u64::from(range.bytes) <= size.into();
            if !fits(range.from, old_size) {
                return Err(MigrationError::OldMemory { range, size: old_size });
            }
            if !fits(range.to, new_size) {
                return Err(MigrationError::NewMemory { range, size: new_size });
            }
        }
        for &range in &self.ranges {
            copy(&mut old.memory, &mut new.memory, range).ok_or(MigrationError::Copy { range })?;
        }
        for &(from, to, count) in &self.words {
            let source = &old.globals[from as usize..][..count as usize];
            new.globals[to as usize..][..count as usize].copy_from_slice(source);
        }
        Ok(())
    }
}

/// The names of all globals; those of exports first, because the other names may be anything.
fn named(module: &Module) -> impl Iterator<Item = (&str, GlobalIndex)> {
    let exported = module.exports.iter().filter_map(|(name, what)| match what {
        Extern::Global(index) => Some((name.as_str(), *index)),
        _ => None,
    });
    exported.chain(module.global_names.iter().map(|(index, name)| (name.as_str(), GlobalIndex(*index))))
}

fn movable(module: &Module, global: GlobalIndex) -> Option<&Global> {
    module.globals.get(global.0 as usize).filter(|global| {
        let is_own = global.initial.is_some();
        is_own && global.global_type.mutable && global.global_type.value_type != ValueType::FuncRef
    })
}

/// Copies a range that is inside both memories, in pieces that fit on a small stack.
fn copy(old: &mut impl LinearMemory, new: &mut impl LinearMemory, range: MemoryRange) -> Option<()> {
    const PIECE: usize = 512;
    let mut buffer = [0; PIECE];
    for done in (0..range.bytes).step_by(PIECE) {
        let piece = &mut buffer[..PIECE.min((range.bytes - done) as usize)];
        old.read(u64::from(range.from) + u64::from(done), piece).ok()?;
        new.write(u64::from(range.to) + u64::from(done), piece).ok()?;
    }
    Some(())
}

impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OldMemory { range, size } => {
                write!(f, "{} B at {:#x} leave the old memory of {size} B", range.bytes, range.from)
            }
            Self::NewMemory { range, size } => {
                write!(f, "{} B at {:#x} leave the new memory of {size} B", range.bytes, range.to)
            }
            Self::Copy { range } => write!(
                f,
                "{} B at {:#x} of the old memory cannot be copied to {:#x} of the new one",
                range.bytes, range.from, range.to
            ),
        }
    }
}

impl core::error::Error for MigrationError {}
