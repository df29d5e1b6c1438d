//! The operators on runs of memory and of tables: what they are about, and whether it is there.

use crate::error::TrapKind;
use crate::externs::MemoryType;
use crate::instance::Instance;
use crate::memory::LinearMemory;
use crate::module::{Constant, Module};
use crate::table::Table;

/// The bytes that are copied or filled for the price of one operator.
pub(crate) const BYTES_FOR_ONE: u32 = 16;

/// The entries of a table that are copied or filled for the price of one operator.
pub(crate) const ENTRIES_FOR_ONE: u32 = 16;

/// Whether a run of bytes is inside the memory.
pub(crate) fn inside<M: LinearMemory>(memory: &M, start: u32, length: u32) -> Result<(), TrapKind> {
    let end = u64::from(start) + u64::from(length);
    if end <= memory.size().into() { Ok(()) } else { Err(TrapKind::MemoryOutOfBounds) }
}

/// A part of a data segment. A dropped one is empty.
pub(crate) fn data<'m, M>(
    module: &'m Module,
    instance: &Instance<M>,
    segment: u32,
    from: u32,
    length: u32,
) -> Result<&'m [u8], TrapKind> {
    let is_dropped = instance.dropped_data[segment as usize];
    let bytes = if is_dropped { &[] } else { module.data[segment as usize].bytes.as_slice() };
    part(bytes, from, length).ok_or(TrapKind::MemoryOutOfBounds)
}

/// A part of an element segment. A dropped one is empty.
pub(crate) fn items<'m, M>(
    module: &'m Module,
    instance: &Instance<M>,
    segment: u32,
    from: u32,
    length: u32,
) -> Result<&'m [Constant], TrapKind> {
    let is_dropped = instance.dropped_elements[segment as usize];
    let items = if is_dropped { &[] } else { module.elements[segment as usize].items.as_slice() };
    part(items, from, length).ok_or(TrapKind::TableOutOfBounds)
}

fn part<T>(all: &[T], from: u32, length: u32) -> Option<&[T]> {
    all.get(from as usize..)?.get(..length as usize)
}

/// Copies entries between two tables, or within one.
pub(crate) fn table_copy(
    tables: &mut [Table],
    to_table: u16,
    from_table: u16,
    to: u32,
    from: u32,
    length: u32,
) -> Result<(), TrapKind> {
    match tables.get_disjoint_mut([usize::from(to_table), usize::from(from_table)]) {
        Ok([destination, source]) => {
            destination.run(to, length)?.copy_from_slice(source.run(from, length)?);
            Ok(())
        }
        // The validator has made sure that there are such tables, so it is one.
        Err(_) => tables[usize::from(to_table)].copy_within(to, from, length),
    }
}

fn page_bytes_log2(module: &Module) -> u8 {
    module.memory.map_or(MemoryType::USUAL_PAGE_BYTES_LOG2, |memory| memory.page_bytes_log2)
}

/// The size of the memory, in pages.
pub(crate) fn memory_pages<M: LinearMemory>(module: &Module, memory: &M) -> u32 {
    memory.size() >> page_bytes_log2(module)
}

/// A growth of memory that its type allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    /// The pages before.
    before: u32,
    size: u32,
    /// How many bytes more.
    pub(crate) bytes: u32,
}

/// What it takes to let the memory grow by this many pages; none when its type or its room does not allow it.
pub(crate) fn growth<M: LinearMemory>(module: &Module, memory: &M, pages: u32) -> Option<Growth> {
    let before = memory_pages(module, memory);
    let after = before.checked_add(pages)?;
    let maximum = module.memory?.maximum.unwrap_or(u32::MAX);
    let bytes = u32::try_from(u64::from(pages) << page_bytes_log2(module)).ok()?;
    let size = memory.size().checked_add(bytes)?;
    let is_possible = after <= maximum && (bytes == 0 || memory.can_grow(size));
    is_possible.then_some(Growth { before, size, bytes })
}

impl Growth {
    /// The pages that there were, if the memory has grown.
    pub(crate) fn perform<M: LinearMemory>(self, memory: &mut M) -> Option<u32> {
        (self.bytes == 0 || memory.grow(self.size)).then_some(self.before)
    }
}
