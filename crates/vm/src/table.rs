//! Tables of references.

use crate::error::TrapKind;
use crate::externs::TableType;
use crate::types::{Reference, ValueType};
use alloc::vec::Vec;

/// A table: references, and how many it may come to hold.
///
/// The memory for all the entries that it may have is taken when it is made, so a program that lets it grow allocates
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    table_type: TableType,
    entries: Vec<Reference>,
    limit: u32,
}

impl Default for Table {
    /// A table of functions that has no entries and never will.
    fn default() -> Self {
        Self::new(TableType { element: ValueType::FuncRef, initial: 0, maximum: Some(0) }, 0)
    }
}

impl Table {
    /// A table with the initial entries of its type, all null. A program can let it grow to `room` entries, if its
    /// type allows.
    ///
    /// # Panics
    /// When there is no memory for so many.
    #[must_use]
    pub fn new(table_type: TableType, room: u32) -> Self {
        Self::try_new(table_type, room).unwrap_or_else(|entries| panic!("no memory for {entries} entries"))
    }

    /// As [`new`](Self::new); how many entries it should have room for, when there is no memory for so many.
    pub(crate) fn try_new(table_type: TableType, room: u32) -> Result<Self, u32> {
        let limit = room.min(table_type.maximum.unwrap_or(u32::MAX)).max(table_type.initial);
        let mut entries = Vec::new();
        entries.try_reserve_exact(limit as usize).map_err(|_| limit)?;
        entries.resize(table_type.initial as usize, Reference::NULL);
        Ok(Self { table_type, entries, limit })
    }

    /// Its type; the initial number of entries is the present one.
    #[must_use]
    pub fn table_type(&self) -> TableType {
        TableType { initial: self.size(), ..self.table_type }
    }

    /// How many entries it has.
    #[must_use]
    pub fn size(&self) -> u32 {
        // There are at most as many as `limit`.
        self.entries.len() as u32
    }

    /// An entry.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Reference> {
        self.entries.get(index as usize).copied()
    }

    /// Sets an entry; false when there is no such entry.
    pub fn set(&mut self, index: u32, reference: Reference) -> bool {
        let entry = self.entries.get_mut(index as usize);
        entry.map(|entry| *entry = reference).is_some()
    }

    /// All entries.
    pub(crate) fn entries(&self) -> &[Reference] {
        &self.entries
    }

    /// The most entries that there may come to be.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// Makes these all the entries, as many as there is room for.
    pub(crate) fn replace(&mut self, entries: impl Iterator<Item = Reference>) {
        self.entries.clear();
        self.entries.extend(entries.take(self.limit as usize));
    }

    pub(crate) fn can_grow(&self, by: u32) -> bool {
        self.size().checked_add(by).is_some_and(|after| after <= self.limit)
    }

    /// Adds entries and gives the number that there were, or none when there is no room for them.
    pub(crate) fn grow(&mut self, by: u32, reference: Reference) -> Option<u32> {
        let before = self.size();
        self.can_grow(by).then(|| {
            self.entries.resize((before + by) as usize, reference);
            before
        })
    }

    /// Some entries.
    pub(crate) fn run(&mut self, start: u32, length: u32) -> Result<&mut [Reference], TrapKind> {
        let rest = self.entries.get_mut(start as usize..);
        rest.and_then(|rest| rest.get_mut(..length as usize)).ok_or(TrapKind::TableOutOfBounds)
    }

    /// Moves entries within the table; the runs may overlap.
    pub(crate) fn copy_within(&mut self, to: u32, from: u32, length: u32) -> Result<(), TrapKind> {
        self.run(to, length)?;
        self.run(from, length)?;
        let from = from as usize;
        self.entries.copy_within(from..from + length as usize, to as usize);
        Ok(())
    }
}
