//! A manager and the sequence of one class's zones.

use super::refused::Refused;
use super::sequence::Sequence;
use super::told::Told;
use core::ptr::NonNull;
#[cfg(feature = "std")]
use sostenuto_mem::dsp::HeapMemory;
use sostenuto_mem::dsp::{DspMemoryManager, Place, Region, Regions};

/// The memory of one class that Faust wrote, and of one instance: a manager, and the sequence of the zones.
///
/// The first thing that was refused stays its [`error`](Self::error) until the zones are told anew.
pub struct DspMemory<'m> {
    manager: Manager<'m>,
    sequence: Sequence<'m>,
    error: Option<Refused<'m>>,
}

enum Manager<'m> {
    Given(&'m dyn DspMemoryManager),
    Regions(Regions<'m>),
    #[cfg(feature = "std")]
    Heap,
}

impl Manager<'_> {
    fn get(&self) -> &dyn DspMemoryManager {
        match self {
            Self::Given(manager) => *manager,
            Self::Regions(regions) => regions,
            #[cfg(feature = "std")]
            Self::Heap => &HeapMemory,
        }
    }
}

impl<'m> DspMemory<'m> {
    /// Memory of any manager.
    #[must_use]
    pub fn new(manager: &'m dyn DspMemoryManager, sequence: Sequence<'m>) -> Self {
        Self { manager: Manager::Given(manager), sequence, error: None }
    }

    /// Memory in regions, each zone in that of its place.
    #[must_use]
    pub fn in_regions(regions: &'m [Region<'m>], places: &'m [Place<'m>], sequence: Sequence<'m>) -> Self {
        Self { manager: Manager::Regions(Regions::new(regions, places)), sequence, error: None }
    }

    /// Memory on the heap.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn on_heap(sequence: Sequence<'m>) -> Self {
        Self { manager: Manager::Heap, sequence, error: None }
    }

    /// What was refused first.
    #[must_use]
    pub const fn error(&self) -> Option<&Refused<'m>> {
        self.error.as_ref()
    }

    /// So many zones will be told.
    pub fn begin(&mut self, zones: usize) {
        self.error = None;
        let begun = self.sequence.begin(self.manager.get(), zones);
        self.note(begun);
    }

    /// One of the zones.
    pub fn info(&mut self, zone: Told<'m>) {
        if self.error.is_none() {
            let told = self.sequence.info(zone);
            self.note(told);
        }
    }

    /// All zones were told: reserves memory for each.
    pub fn end(&mut self) {
        if self.error.is_none() {
            let reserved = self.sequence.end(self.manager.get());
            self.note(reserved);
        }
    }

    /// The memory of the zone whose turn it is.
    pub fn allocate(&mut self, bytes: usize) -> Option<NonNull<u8>> {
        let given = self.sequence.allocate(bytes);
        self.note(given)
    }

    /// Takes the memory of a zone back.
    pub fn destroy(&mut self, memory: NonNull<u8>) {
        let taken = self.sequence.destroy(memory);
        self.note(taken);
    }

    /// Keeps the first error.
    fn note<T>(&mut self, result: Result<T, Refused<'m>>) -> Option<T> {
        result.map_err(|refused| self.error.get_or_insert(refused)).ok()
    }
}

impl Drop for DspMemory<'_> {
    fn drop(&mut self) {
        self.sequence.release(self.manager.get());
    }
}
