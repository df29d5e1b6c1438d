//! What the translator knows of the wasm operand stack.

use crate::types::Width;
use alloc::vec::Vec;

/// Where a value on the operand stack is while the code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    /// In the temporary slots of its position.
    Temp,
    /// Still in the local whose first slot this is.
    Local(u16),
    /// Nowhere: its bits are known.
    Const(u64),
    /// Nowhere yet: it is this much more than what is in a local, shifted to the left.
    Sum(Sum),
}

/// What an address often is: an i32 that can be computed from a local when it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) local: u16,
    /// By how many bits the local is shifted to the left, less than 32.
    pub(crate) shift: u8,
    /// What is added then.
    pub(crate) plus: u32,
}

impl Operand {
    /// The first slot of the local that must be read before it is overwritten.
    fn local(self) -> Option<u16> {
        match self {
            Self::Local(local) | Self::Sum(Sum { local, .. }) => Some(local),
            Self::Temp | Self::Const(_) => None,
        }
    }
}

/// An operand with its width, and the first temporary slot of its position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) operand: Operand,
    pub(crate) width: Width,
    pub(crate) temp: u16,
}

/// The operand stack of the function being translated.
///
/// A `local.get` and a constant make no code; they are read in place by the operator that consumes them. So a local
/// must be saved to the temporary slots of its uses before it is overwritten. The uses of each local form a list
/// through the stack, newest first, which makes finding them as cheap as having pushed them.
#[derive(Debug, Default)]
pub(crate) struct OperandStack {
    entries: Vec<Entry>,
    /// By first slot of a local: the position of its newest use, plus one; 0 is none. All 0 when the stack is empty.
    newest_use: Vec<u32>,
    /// The slot of the lowest position.
    first_slot: u32,
    /// No entry below this position is a local.
    flushed: usize,
    /// The end of the slots that were ever used.
    deepest: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    operand: Operand,
    width: Width,
    /// The temporary slot of this position.
    slot: u32,
    /// The position of the next older use of the same local, plus one.
    older_use: u32,
}

impl Entry {
    fn end(self) -> u32 {
        self.slot.saturating_add(self.width.words())
    }
}

impl OperandStack {
    /// Makes the stack ready for a function whose locals have this many slots and whose temporaries begin at
    /// `first_slot`.
    pub(crate) fn reset(&mut self, locals: usize, first_slot: u32) {
        self.truncate(0);
        if self.newest_use.len() < locals {
            self.newest_use.resize(locals, 0);
        }
        self.first_slot = first_slot;
        self.deepest = first_slot;
    }

    pub(crate) fn height(&self) -> usize {
        self.entries.len()
    }

    /// The slots of a frame that holds all positions that were ever used.
    pub(crate) fn slots(&self) -> u32 {
        self.deepest
    }

    fn top_slot(&self) -> u32 {
        self.entries.last().map_or(self.first_slot, |entry| entry.end())
    }

    /// The first temporary slot of a position that is in use or the next one. Meaningless once
    /// [`slots`](Self::slots) is more than a u16 holds.
    pub(crate) fn slot(&self, position: usize) -> u16 {
        self.entries.get(position).map_or_else(|| self.top_slot(), |entry| entry.slot) as u16
    }

    pub(crate) fn push(&mut self, operand: Operand, width: Width) {
        let mut older_use = 0;
        if let Some(local) = operand.local() {
            let newest = &mut self.newest_use[usize::from(local)];
            older_use = *newest;
            *newest = self.entries.len() as u32 + 1;
        }
        let entry = Entry { operand, width, slot: self.top_slot(), older_use };
        self.entries.push(entry);
        self.deepest = self.deepest.max(entry.end());
    }

    pub(crate) fn pop(&mut self) -> Placed {
        let Some(entry) = self.entries.pop() else { return self.nothing() };
        if let Some(local) = entry.operand.local() {
            self.newest_use[usize::from(local)] = entry.older_use;
        }
        self.flushed = self.flushed.min(self.entries.len());
        Placed { operand: entry.operand, width: entry.width, temp: entry.slot as u16 }
    }

    pub(crate) fn truncate(&mut self, height: usize) {
        while self.entries.len() > height {
            self.pop();
        }
    }

    pub(crate) fn get(&self, position: usize) -> Placed {
        match self.entries.get(position) {
            Some(entry) => Placed { operand: entry.operand, width: entry.width, temp: entry.slot as u16 },
            None => self.nothing(),
        }
    }

    /// What stands in for a value that is not there; a validated function never reads one.
    fn nothing(&self) -> Placed {
        Placed { operand: Operand::Temp, width: Width::Narrow, temp: self.top_slot() as u16 }
    }

    /// Turns the newest use of a local into a temporary; the caller puts the returned value, what it was, there. A use may
    /// be of the low half only.
    pub(crate) fn save_newest_use(&mut self, local: u16) -> Option<Placed> {
        let newest = &mut self.newest_use[usize::from(local)];
        let position = (*newest as usize).checked_sub(1)?;
        let entry = &mut self.entries[position];
        let placed = Placed { operand: entry.operand, width: entry.width, temp: entry.slot as u16 };
        *newest = entry.older_use;
        entry.operand = Operand::Temp;
        entry.older_use = 0;
        Some(placed)
    }

    /// Whether there is a sum that [`flush_next_local`](Self::flush_next_local) would give.
    pub(crate) fn has_sum(&self) -> bool {
        let rest = self.entries.get(self.flushed..).unwrap_or_default();
        rest.iter().any(|entry| matches!(entry.operand, Operand::Sum(_)))
    }

    /// Turns the lowest local on the stack into a temporary; the caller puts the returned value, what it was,
    /// there.
    pub(crate) fn flush_next_local(&mut self) -> Option<Placed> {
        while let Some(entry) = self.entries.get_mut(self.flushed) {
            self.flushed += 1;
            if let Some(local) = entry.operand.local() {
                let placed = Placed { operand: entry.operand, width: entry.width, temp: entry.slot as u16 };
                entry.operand = Operand::Temp;
                entry.older_use = 0;
                // The flush goes on to the top, so no use of this local will be left.
                self.newest_use[usize::from(local)] = 0;
                return Some(placed);
            }
        }
        None
    }

    /// Notes that a constant has been put into the temporary slots of its position.
    pub(crate) fn settle_constant(&mut self, position: usize) {
        if let Some(entry) = self.entries.get_mut(position)
            && let Operand::Const(_) = entry.operand
        {
            entry.operand = Operand::Temp;
        }
    }
}
