//! What the translator knows of the wasm operand stack.

use alloc::vec::Vec;

/// Where a value on the operand stack is while the code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// In the temporary slot of its position.
    Temp,
    /// Still in this local.
    Local(u16),
    /// Nowhere: it is known.
    Const(u32),
}

/// The operand stack of the function being translated.
///
/// A `local.get` and a constant make no code; they are read in place by the operator that consumes them. So a local
/// must be saved to the temporary slots of its uses before it is overwritten. The uses of each local form a list
/// through the stack, newest first, which makes finding them as cheap as having pushed them.
#[derive(Debug, Default)]
pub(crate) struct OperandStack {
    entries: Vec<Entry>,
    /// By local: the position of its newest use, plus one; 0 is none. All 0 when the stack is empty.
    newest_use: Vec<u32>,
    /// The slot of the lowest position.
    first_slot: u32,
    /// No entry below this position is a local.
    flushed: usize,
    deepest: usize,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    operand: Operand,
    /// The position of the next older use of the same local, plus one.
    older_use: u32,
}

impl OperandStack {
    /// Makes the stack ready for a function with this many locals whose temporaries begin at `first_slot`.
    pub(crate) fn reset(&mut self, locals: usize, first_slot: u32) {
        self.truncate(0);
        if self.newest_use.len() < locals {
            self.newest_use.resize(locals, 0);
        }
        self.first_slot = first_slot;
        self.deepest = 0;
    }

    pub(crate) fn height(&self) -> usize {
        self.entries.len()
    }

    /// The slots of a frame that holds all positions that were ever used.
    pub(crate) fn slots(&self) -> u32 {
        self.first_slot.saturating_add(u32::try_from(self.deepest).unwrap_or(u32::MAX))
    }

    /// The temporary slot of a position. Meaningless once [`slots`](Self::slots) is more than a u16 holds.
    pub(crate) fn slot(&self, position: usize) -> u16 {
        (self.first_slot as usize + position) as u16
    }

    pub(crate) fn push(&mut self, operand: Operand) {
        let mut older_use = 0;
        if let Operand::Local(local) = operand {
            let newest = &mut self.newest_use[usize::from(local)];
            older_use = *newest;
            *newest = self.entries.len() as u32 + 1;
        }
        self.entries.push(Entry { operand, older_use });
        self.deepest = self.deepest.max(self.entries.len());
    }

    pub(crate) fn pop(&mut self) -> Operand {
        // A validated function never pops more than it has pushed.
        let Some(entry) = self.entries.pop() else { return Operand::Temp };
        if let Operand::Local(local) = entry.operand {
            self.newest_use[usize::from(local)] = entry.older_use;
        }
        self.flushed = self.flushed.min(self.entries.len());
        entry.operand
    }

    pub(crate) fn truncate(&mut self, height: usize) {
        while self.entries.len() > height {
            self.pop();
        }
    }

    pub(crate) fn get(&self, position: usize) -> Operand {
        self.entries.get(position).map_or(Operand::Temp, |entry| entry.operand)
    }

    /// Turns the newest use of a local into a temporary; the caller emits the copy to the returned slot.
    pub(crate) fn save_newest_use(&mut self, local: u16) -> Option<u16> {
        let newest = &mut self.newest_use[usize::from(local)];
        let position = (*newest as usize).checked_sub(1)?;
        let entry = &mut self.entries[position];
        *newest = entry.older_use;
        *entry = Entry { operand: Operand::Temp, older_use: 0 };
        Some(self.slot(position))
    }

    /// Turns the lowest local on the stack into a temporary; the caller emits the copy from the local to the slot.
    pub(crate) fn flush_next_local(&mut self) -> Option<(u16, u16)> {
        while let Some(entry) = self.entries.get_mut(self.flushed) {
            let position = self.flushed;
            self.flushed += 1;
            if let Operand::Local(local) = entry.operand {
                *entry = Entry { operand: Operand::Temp, older_use: 0 };
                // The flush goes on to the top, so no use of this local will be left.
                self.newest_use[usize::from(local)] = 0;
                return Some((self.slot(position), local));
            }
        }
        None
    }
}
