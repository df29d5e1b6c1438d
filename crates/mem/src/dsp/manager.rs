//! Unsafe: what says where the zones of a signal processor lie.
#![allow(unsafe_code)]

use super::zone::{Role, Zone};
use core::fmt;
use core::ptr::NonNull;

/// What says where the zones of a signal processor lie.
///
/// First all zones are told, so that a manager can decide about them together: [`begin`](Self::begin),
/// [`info`](Self::info) for each, [`end`](Self::end). Then each is asked for. Ask by [`Placed`](super::Placed), which is
/// safe and gives back what it has.
///
/// # Safety
///
/// What [`allocate`](Self::allocate) gives must be memory of the zone's size and alignment that nothing else uses until it
/// is given back or the manager is no more, whatever thread asks.
pub unsafe trait DspMemoryManager: Sync {
    /// So many zones will be told.
    fn begin(&self, zones: usize) {
        _ = zones;
    }

    /// One of the zones.
    fn info(&self, zone: &Zone) {
        _ = zone;
    }

    /// All zones were told.
    fn end(&self) {}

    /// Memory for a zone, which must have bytes, with whatever values; `None` if there is none.
    fn allocate(&self, zone: &Zone) -> Option<NonNull<u8>>;

    /// Takes the memory of a zone back.
    ///
    /// # Safety
    ///
    /// It must come from [`allocate`](Self::allocate) of this manager for a zone of this size, alignment, name and
    /// position, must not have been given back yet, and nothing must use it any more.
    unsafe fn destroy(&self, zone: &Zone, memory: NonNull<u8>);
}

/// A manager has no memory for a zone. What was placed before is given back with its owners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory {
    /// The zone's name.
    pub name: &'static str,
    /// Its number in the sequence of zones, from 0.
    pub position: usize,
    /// What it is for.
    pub role: Role,
    /// How many bytes it needs.
    pub bytes: usize,
    /// What its address must be a multiple of.
    pub align: usize,
}

impl OutOfMemory {
    /// The error of this zone.
    #[must_use]
    pub const fn of(zone: &Zone<'static>) -> Self {
        let Zone { name, position, role, bytes, align, .. } = *zone;
        Self { name, position, role, bytes, align }
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, position, role, bytes, align } = self;
        match name.is_empty() {
            true => write!(f, "zone {position}")?,
            false => write!(f, "`{name}`")?,
        }
        write!(f, " ({role}) needs {bytes} B aligned to {align} B, for which the memory manager has no room")
    }
}

impl core::error::Error for OutOfMemory {}
