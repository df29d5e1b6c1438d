//! What the translation knows of the accumulators.

use crate::instr::Kind;
use crate::types::Width;

/// The slots whose values the accumulators hold too.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Held {
    by_accumulator: [Option<Value>; 3],
}

/// A value in an accumulator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value {
    kind: Kind,
    slot: u16,
    /// The instruction that has made it.
    pub(crate) maker: u32,
}

impl Held {
    /// Nothing is known any more.
    pub(crate) fn forget(&mut self) {
        self.by_accumulator = [None; 3];
    }

    /// Slots get another value.
    pub(crate) fn overwrite(&mut self, slot: u16, width: Width) {
        let end = u32::from(slot) + width.words();
        for held in &mut self.by_accumulator {
            if held.is_some_and(|held| {
                u32::from(held.slot) < end
                    && u32::from(slot) < u32::from(held.slot) + held.kind.width().words()
            }) {
                *held = None;
            }
        }
    }

    /// An instruction puts a value of this kind into these slots and into the accumulator.
    pub(crate) fn hold(&mut self, kind: Kind, slot: u16, maker: u32) {
        self.overwrite(slot, kind.width());
        self.by_accumulator[accumulator(kind)] = Some(Value { kind, slot, maker });
    }

    /// The value of the slot, if an accumulator holds it for an operand of this kind.
    pub(crate) fn find(&self, kind: Kind, slot: u16) -> Option<Value> {
        // The low half of a 64-bit integer is an integer of 32 bits.
        let fits = |held: Kind| held == kind || held == Kind::I64 && kind == Kind::I32;
        self.by_accumulator[accumulator(kind)].filter(|held| held.slot == slot && fits(held.kind))
    }
}

fn accumulator(kind: Kind) -> usize {
    match kind {
        Kind::I32 | Kind::I64 => 0,
        Kind::F32 => 1,
        Kind::F64 => 2,
    }
}
