//! From a place in the code back to the operator in the wasm module.

use alloc::vec::Vec;

/// For each instruction that may stop a run: where its operator is in the module. Searched only when one did.
#[derive(Debug, Default)]
pub(crate) struct Offsets {
    /// Ascending by place in the code.
    entries: Vec<(u32, u32)>,
}

impl Offsets {
    /// Adds a place past all others.
    pub(crate) fn push(&mut self, pc: u32, offset: u32) {
        self.entries.push((pc, offset));
    }

    /// Forgets the places from this one on.
    pub(crate) fn truncate(&mut self, pc: u32) {
        while self.entries.last().is_some_and(|&(last, _)| last >= pc) {
            self.entries.pop();
        }
    }

    /// Changes the offset of the place that was added last, if it is this one.
    pub(crate) fn correct(&mut self, pc: u32, offset: u32) {
        if let Some(last) = self.entries.last_mut().filter(|last| last.0 == pc) {
            last.1 = offset;
        }
    }

    /// The offset in bytes of the operator that made the instruction at `pc` or the last noted one before it.
    pub(crate) fn find(&self, pc: u32) -> Option<u32> {
        let after = self.entries.partition_point(|&(entry, _)| entry <= pc);
        self.entries.get(after.checked_sub(1)?).map(|&(_, offset)| offset)
    }

    /// The places of the noted instructions that the operator at this offset made. The functions of a module are
    /// translated in the order of their bytes, so the offsets ascend like the places.
    pub(crate) fn at(&self, offset: u32) -> impl Iterator<Item = u32> {
        let first = self.entries.partition_point(|&(_, noted)| noted < offset);
        let here = self.entries[first..].iter().take_while(move |&&(_, noted)| noted == offset);
        here.map(|&(pc, _)| pc)
    }

    pub(crate) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.entries.as_slice())
    }
}
