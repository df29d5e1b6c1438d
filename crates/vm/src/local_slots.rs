//! From the index of a local to its slots.

use crate::signatures::{Signatures, Widths};
use crate::types::Width;
use alloc::vec::Vec;

/// Where the parameters and locals of a function are in its frame: one after another from slot 0.
///
/// Locals are kept in runs of one width, because a few bytes of a module can declare tens of thousands.
#[derive(Debug, Default)]
pub(crate) struct LocalSlots {
    /// Ascending by index.
    runs: Vec<Run>,
    count: u32,
    slots: u32,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    first_index: u32,
    first_slot: u32,
    width: Width,
}

impl LocalSlots {
    /// Begins with the parameters of a function.
    pub(crate) fn reset(&mut self, signatures: &Signatures, params: Widths) {
        self.runs.clear();
        self.count = 0;
        self.slots = 0;
        for position in 0..params.count {
            self.add(1, signatures.width(params, position));
        }
    }

    pub(crate) fn add(&mut self, count: u32, width: Width) {
        if self.runs.last().is_none_or(|run| run.width != width) {
            self.runs.push(Run { first_index: self.count, first_slot: self.slots, width });
        }
        self.count = self.count.saturating_add(count);
        self.slots = self.slots.saturating_add(count.saturating_mul(width.words()));
    }

    /// The slots of all locals.
    pub(crate) fn slots(&self) -> u32 {
        self.slots
    }

    /// The first slot of a local, and its width.
    pub(crate) fn find(&self, index: u32) -> (u16, Width) {
        let after = self.runs.partition_point(|run| run.first_index <= index);
        // A function without locals names none.
        let Some(run) = after.checked_sub(1).and_then(|found| self.runs.get(found)) else {
            return (0, Width::Narrow);
        };
        let slot = run.first_slot + (index - run.first_index) * run.width.words();
        (slot as u16, run.width)
    }
}
