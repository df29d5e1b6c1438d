//! Reads a snapshot into an instance and its threads: first all of it to see whether it is right, then again to do it.

use super::{CRC, MAGIC, NO_PAGE, PAGE_BYTES, SnapshotError, VERSION, frames, page_bytes};
use crate::instance::Instance;
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::module_hash::ModuleHash;
use crate::table::Table;
use crate::thread::Thread;
use crate::types::Reference;

/// The bytes of the checksum at the end.
const CRC_BYTES: usize = 4;

/// Makes an instance and its threads what they were when the snapshot was taken.
///
/// They must be of a module that was made of the same bytes, and as many threads in the same order. What they were
/// before does not matter. The memory grows to the size that it had; memory and tables of a larger size than then are
/// refused as those of a smaller one that cannot grow. A stack may be of another size, if the frames fit.
///
/// # Errors
/// When the bytes are not a whole, unchanged snapshot of this module, and when it does not fit. Then nothing has been
/// changed, unless the memory cannot be written.
///
/// # Panics
/// When `module` is not the one that the instance was made of.
pub fn restore<M: LinearMemory>(
    module: &Module,
    instance: &mut Instance<M>,
    threads: &mut [&mut Thread],
    snapshot: &[u8],
) -> Result<(), SnapshotError> {
    instance.check_module(module);
    let body = check_envelope(snapshot)?;
    let mut reader = Reader { module, instance, threads, pass: Pass::Check };
    reader.all(&mut Cursor::new(body))?;
    reader.pass = Pass::Restore;
    reader.all(&mut Cursor::new(body))
}

/// Takes the checksum off the end when it is right.
fn check_envelope(snapshot: &[u8]) -> Result<&[u8], SnapshotError> {
    if !snapshot.starts_with(&MAGIC) {
        return Err(SnapshotError::NotASnapshot);
    }
    let mut cursor = Cursor { bytes: snapshot, at: MAGIC.len() };
    let found = cursor.u32()?;
    if found != VERSION {
        return Err(SnapshotError::Version { found, known: VERSION });
    }
    let Some((body, &crc)) =
        snapshot.split_last_chunk::<CRC_BYTES>().filter(|(body, _)| body.len() >= cursor.at)
    else {
        return Err(SnapshotError::Truncated { bytes: snapshot.len() });
    };
    let (found, computed) = (u32::from_le_bytes(crc), CRC.checksum(body));
    if found == computed { Ok(body) } else { Err(SnapshotError::Checksum { found, computed }) }
}

/// Whether what is read is only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Check,
    Restore,
}

struct Reader<'r, 't, M> {
    module: &'r Module,
    instance: &'r mut Instance<M>,
    threads: &'r mut [&'t mut Thread],
    pass: Pass,
}

impl<M: LinearMemory> Reader<'_, '_, M> {
    fn all(&mut self, cursor: &mut Cursor<'_>) -> Result<(), SnapshotError> {
        cursor.bytes(MAGIC.len() + size_of_val(&VERSION))?;
        let (found, expected) = (ModuleHash(cursor.array()?), self.module.hash());
        if found != expected {
            return Err(SnapshotError::Module { found, expected });
        }
        let (found, expected) = (cursor.u32()?, self.instance.first_reference);
        if found != expected {
            return Err(SnapshotError::References { found, expected });
        }
        self.memory(cursor)?;
        let globals = cursor.words()?;
        if globals.len() != self.instance.globals.len() {
            return Err(cursor.malformed("another number of globals"));
        }
        if self.pass == Pass::Restore {
            globals.put(&mut self.instance.globals);
        }
        flags(cursor, &mut self.instance.dropped_data, self.pass)?;
        flags(cursor, &mut self.instance.dropped_elements, self.pass)?;
        self.tables(cursor)?;
        let (found, given) = (cursor.u32()?, self.threads.len());
        if found as usize != given {
            return Err(SnapshotError::Threads { found, given });
        }
        for (index, thread) in (0..).zip(&mut *self.threads) {
            frames::read(cursor, self.module, index, thread, self.pass)?;
        }
        if cursor.rest().is_empty() { Ok(()) } else { Err(cursor.malformed("bytes after the end")) }
    }

    fn memory(&mut self, cursor: &mut Cursor<'_>) -> Result<(), SnapshotError> {
        let (size, has) = (cursor.u32()?, self.instance.memory.size());
        let most = self.module.memory_type().map_or(0, |memory| memory.maximum_bytes());
        if size != has && (size < has || u64::from(size) > most) {
            return Err(SnapshotError::MemorySize { needs: size, has });
        }
        // The first change of all: a memory that does not grow has changed nothing.
        if self.pass == Pass::Restore && size != has && !self.instance.memory.grow(size) {
            return Err(SnapshotError::MemorySize { needs: size, has });
        }
        let mut done = 0;
        loop {
            let page = cursor.u32()?;
            let address = if page == NO_PAGE { Some(size) } else { page.checked_mul(PAGE_BYTES as u32) };
            let Some(address) = address.filter(|&address| (done..=size).contains(&address)) else {
                return Err(cursor.malformed("a page outside the memory or out of order"));
            };
            if self.pass == Pass::Restore {
                let filled = self.instance.memory.fill(done.into(), 0, address - done);
                filled.map_err(|_| SnapshotError::Memory { address: done })?;
            }
            if page == NO_PAGE {
                return Ok(());
            }
            let bytes = cursor.bytes(page_bytes(size, address))?;
            if self.pass == Pass::Restore {
                let written = self.instance.memory.write(address.into(), bytes);
                written.map_err(|_| SnapshotError::Memory { address })?;
            }
            done = address + bytes.len() as u32;
        }
    }

    fn tables(&mut self, cursor: &mut Cursor<'_>) -> Result<(), SnapshotError> {
        if cursor.u32()? as usize != self.instance.tables.len() {
            return Err(cursor.malformed("another number of tables"));
        }
        let types = self.module.tables.iter();
        for (index, (table, wanted)) in (0..).zip(self.instance.tables.iter_mut().zip(types)) {
            let entries = cursor.words()?;
            let (needs, least, most) = (entries.len() as u32, wanted.initial, Table::limit(table));
            if !(least..=most).contains(&needs) {
                return Err(SnapshotError::TableSize { table: index, needs, least, most });
            }
            if self.pass == Pass::Restore {
                table.replace(entries.iter().map(Reference::from_word));
            }
        }
        Ok(())
    }
}

fn flags(cursor: &mut Cursor<'_>, flags: &mut [bool], pass: Pass) -> Result<(), SnapshotError> {
    if cursor.u32()? as usize != flags.len() {
        return Err(cursor.malformed("another number of segments"));
    }
    let bytes = cursor.bytes(flags.len())?;
    if bytes.iter().any(|&byte| byte > 1) {
        return Err(cursor.malformed("a flag that is neither 0 nor 1"));
    }
    if pass == Pass::Restore {
        for (flag, &byte) in flags.iter_mut().zip(bytes) {
            *flag = byte == 1;
        }
    }
    Ok(())
}

/// A place in the bytes of a snapshot.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'s> {
    bytes: &'s [u8],
    at: usize,
}

impl<'s> Cursor<'s> {
    fn new(bytes: &'s [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn rest(&self) -> &'s [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn bytes(&mut self, count: usize) -> Result<&'s [u8], SnapshotError> {
        let truncated = SnapshotError::Truncated { bytes: self.bytes.len() };
        let bytes = self.rest().get(..count).ok_or(truncated)?;
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SnapshotError> {
        let truncated = SnapshotError::Truncated { bytes: self.bytes.len() };
        let bytes = self.rest().first_chunk().copied().ok_or(truncated)?;
        self.at += N;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, SnapshotError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, SnapshotError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, SnapshotError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Words with their number before them.
    pub(super) fn words(&mut self) -> Result<Words<'s>, SnapshotError> {
        let count = self.u32()? as usize;
        let truncated = SnapshotError::Truncated { bytes: self.bytes.len() };
        let bytes = self.bytes(count.checked_mul(4).ok_or(truncated)?)?;
        Ok(Words(bytes.as_chunks().0))
    }

    /// What is wrong with the part that ends here.
    pub(super) fn malformed(&self, what: &'static str) -> SnapshotError {
        SnapshotError::Malformed { at: self.at, what }
    }
}

/// Words as a snapshot has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'s>(&'s [[u8; 4]]);

impl<'s> Words<'s> {
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u32> + use<'s> {
        self.0.iter().map(|&bytes| u32::from_le_bytes(bytes))
    }

    /// The first words, `count` if there are as many, and the others.
    pub(super) fn split_at(self, count: usize) -> (Self, Self) {
        let (first, others) = self.0.split_at(count.min(self.0.len()));
        (Self(first), Self(others))
    }

    /// Copies as many as there are slots.
    pub(super) fn put(self, slots: &mut [u32]) {
        for (slot, word) in slots.iter_mut().zip(self.iter()) {
            *slot = word;
        }
    }
}
