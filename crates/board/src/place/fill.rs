//! A region while it is filled.

use super::unit::Unit;
use crate::board::Board;
use crate::paged::Paged;
use crate::plan::{Placement, Refusal, Usage};
use crate::region::{End, Region};
use crate::storage::Storage;

/// A region that is filled from its lower end.
#[derive(Debug, Clone)]
pub(super) struct Fill<'a> {
    pub region: &'a Region,
    /// The first free byte, as an offset.
    next: u64,
    /// The end of what may be filled, as an offset.
    end: u64,
    used: u64,
    /// Where linear memory is paged and lies here: then the address in it decides.
    paged: Option<&'a Paged>,
    /// What lies there, and its offset, in the order in which it came.
    taken: Vec<(Unit<'a>, u64)>,
}

impl<'a> Fill<'a> {
    pub(super) fn new(board: &'a Board, region: &'a Region) -> Fill<'a> {
        let next = region.reserved_at(End::Start).min(region.bytes);
        let end = region.bytes.saturating_sub(region.reserved_at(End::End)).max(next);
        let paged = board.paged.as_ref().filter(|paged| paged.has(&region.name));
        Fill { region, next, end, used: 0, paged, taken: Vec::new() }
    }

    pub(super) fn is_one_of(&self, regions: &[&Region]) -> bool {
        regions.iter().any(|region| std::ptr::eq(*region, self.region))
    }

    /// The bytes that are left, whatever the alignment.
    pub(super) fn free(&self) -> u64 {
        self.end - self.next
    }

    /// The first free offset whose address has the alignment.
    fn aligned(&self, align: u64) -> u64 {
        let origin = self.region.origin.map_or(0, u64::from);
        let address = origin.saturating_add(self.next);
        address.checked_next_multiple_of(align).map_or(u64::MAX, |aligned| aligned - origin)
    }

    /// The place of a unit: that of its address in linear memory where that is paged, else the first free one.
    fn offset(&self, unit: &Unit<'_>) -> u64 {
        match self.paged.zip(unit.storage().address) {
            Some((paged, address)) => paged.offset(&self.region.name, address),
            None => self.aligned(unit.align),
        }
    }

    fn room(&self, unit: &Unit<'_>) -> u64 {
        self.end.saturating_sub(self.offset(unit))
    }

    pub(super) fn has_room(&self, unit: &Unit<'_>) -> bool {
        unit.bytes <= self.room(unit)
    }

    /// Keeps so many of the last bytes free, if there are as many.
    pub(super) fn keep_free(&mut self, bytes: u64) {
        self.end = self.end.saturating_sub(bytes).max(self.next);
    }

    /// Gives back what was kept free.
    pub(super) fn release(&mut self) {
        self.end = self.region.bytes.saturating_sub(self.region.reserved_at(End::End)).max(self.next);
    }

    /// Puts the unit at its place; the caller knows that there is room, or that it needs none.
    pub(super) fn take(&mut self, unit: &Unit<'a>) {
        let mut offset = self.offset(unit);
        if unit.bytes == 0 {
            // Nothing lies there, so a full region is no fault and no padding is spent.
            offset = if offset <= self.end { offset } else { self.next };
        } else {
            self.next = self.next.max(offset + unit.bytes);
            self.used += unit.bytes;
        }
        self.taken.push((unit.clone(), offset));
    }

    /// The bytes of each unit.
    pub(super) fn sizes(&self) -> impl Iterator<Item = u64> {
        self.taken.iter().map(|(unit, _)| unit.bytes)
    }

    /// Moves units of `large` bytes and more up to the address that `choose` gives for their alignment, the first address
    /// that is free and the last that leaves room for the rest. Where parts of one storage follow each other, they stay so.
    pub(super) fn move_apart(&mut self, large: u64, choose: &mut dyn FnMut(u64, u64, u64) -> u64) {
        if self.paged.is_some() {
            return;
        }
        let origin = u64::from(self.region.origin.unwrap_or(0));
        let mut next = origin + self.region.reserved_at(End::Start).min(self.region.bytes);
        let mut left = self.free();
        let mut offsets = Vec::with_capacity(self.taken.len());
        for (unit, offset) in &self.taken {
            let least = next.next_multiple_of(unit.align);
            let address = match unit.bytes {
                0 => origin + offset,
                bytes if bytes < large || unit.is_part() => least,
                // An address further on has the same alignment, so that the rest loses no more to that than before.
                _ => choose(unit.align, least, least + left),
            };
            if unit.bytes > 0 {
                left = left.saturating_sub(address - least);
                next = address + unit.bytes;
            }
            offsets.push(address - origin);
        }
        // What came late because it had lost its place may have a larger alignment than what is before it.
        if next <= origin + self.end {
            self.next = self.next.max(next - origin);
            self.taken.iter_mut().zip(offsets).for_each(|(taken, offset)| taken.1 = offset);
        }
    }

    /// Where each storage and each part of one lies; parts that follow each other are one.
    pub(super) fn placements(&self) -> Vec<Placement> {
        join_parts(self.taken.iter().flat_map(|(unit, offset)| self.placed(unit, *offset)).collect())
    }

    fn placed(&self, unit: &Unit<'a>, at: u64) -> impl Iterator<Item = Placement> {
        unit.members.iter().map(move |member| {
            let cycles = match unit.is_part() {
                true => self.region.cycles(&unit.traffic),
                false => self.region.cycles(&member.storage.traffic()),
            };
            let offset = at + member.offset;
            Placement {
                storage: member.storage.clone(),
                region: self.region.name.clone(),
                offset,
                address: self.region.origin.map(|origin| u64::from(origin) + offset),
                from: member.from,
                bytes: member.bytes,
                cycles,
            }
        })
    }

    pub(super) fn refuse(&self, unit: &Unit<'_>) -> Refusal {
        Refusal { region: self.region.name.clone(), holds: self.region.capacity(), free: self.room(unit) }
    }

    pub(super) fn usage(&self) -> Usage {
        let free = self.free();
        let capacity = self.region.capacity();
        // A module that no compiler of ours made may say that storages with addresses overlap.
        let used = self.used.min(capacity - free);
        Usage {
            region: self.region.name.clone(),
            bytes: self.region.bytes,
            reserved: self.region.bytes - capacity,
            used,
            padding: capacity - free - used,
            free,
            price: None,
        }
    }
}

/// The parts of a storage that lie behind each other in one region, as one.
fn join_parts(placements: Vec<Placement>) -> Vec<Placement> {
    let mut joined: Vec<Placement> = Vec::new();
    for placement in placements {
        let is_part = placement.bytes != placement.storage.bytes;
        match joined.last_mut() {
            Some(last) if is_part && follows(last, &placement) => {
                last.bytes += placement.bytes;
                last.cycles = last.cycles.zip(placement.cycles).map(|(one, other)| one + other);
            }
            _ => joined.push(placement),
        }
    }
    joined
}

/// Whether the second goes on where the first ends, in the storage and in the region.
fn follows(first: &Placement, second: &Placement) -> bool {
    let same = |storage: &Storage| (storage.line, storage.address, storage.bytes);
    first.storage.name == second.storage.name
        && same(&first.storage) == same(&second.storage)
        && first.region == second.region
        && first.from + first.bytes == second.from
        && first.offset + u64::from(first.bytes) == second.offset
}
