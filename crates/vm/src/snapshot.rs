//! The whole state of an instance and its threads as bytes, and back, on this machine or another.
//!
//! ```
//! use sostenuto_vm::{FlatMemory, Instance, Module, NoHost, Run, Thread, Value, snapshot};
//!
//! let wasm = wat::parse_str(
//!     r#"(module (memory 1)
//!         (func (export "count") (param $left i32) (result i32) (local $sum i32)
//!             (loop $again
//!                 (local.set $sum (i32.add (local.get $sum) (local.get $left)))
//!                 (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
//!             (local.get $sum)))"#,
//! )?;
//! let module = Module::new(&wasm)?;
//! let mut instance = Instance::new(&module, FlatMemory::new(vec![0; 0x1_0000]))?;
//! let mut thread = Thread::new(64);
//! thread.start(&module, module.export("count").unwrap(), &[Value::I32(100)])?;
//! thread.set_budget(500);
//! assert_eq!(thread.run(&module, &mut instance, &mut NoHost)?, Run::OutOfBudget);
//! let bytes = snapshot::to_vec(&module, &mut instance, &[&thread])?;
//!
//! // Elsewhere, from the same module:
//! let module = Module::new(&wasm)?;
//! let mut instance = Instance::new(&module, FlatMemory::new(vec![0; 0x1_0000]))?;
//! let mut thread = Thread::new(64);
//! snapshot::restore(&module, &mut instance, &mut [&mut thread], &bytes)?;
//! thread.set_budget(1_000);
//! assert_eq!(thread.run(&module, &mut instance, &mut NoHost)?, Run::Finished(Some(Value::I32(5050))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A snapshot holds the memory, the globals, the tables, which segments are dropped, and of each thread its calls with
//! all their values, its budget and what it has counted. The state of the [`Host`](crate::Host) is the host's to keep.
//! References are numbers, those to functions and those to things of the host: what they refer to must be there again.
//!
//! [`write()`] allocates nothing, and [`restore`] only when the memory must grow and allocates for that. Both are for
//! the time between two runs, and take time in proportion to the memory.
//!
//! # The format
//!
//! All numbers are little-endian. `u8`, `u32` and `u64` stand for numbers of so many bits, `words` for a `u32`, how
//! many, and as many `u32`; `flags` for a `u32`, how many, and as many `u8`, each 0 or 1.
//!
//! | field | what it is |
//! |---|---|
//! | 8 bytes | [`MAGIC`] |
//! | `u32` | [`VERSION`] |
//! | 16 bytes | [`Module::hash`] |
//! | `u32` | the reference to the function of index 0 |
//! | `u32` | the size of the memory in bytes |
//! | pages | a `u32`, the number of the page, and its bytes, for each page of 256 bytes that is not all zero, ascending; the last page of a memory may be shorter; then `0xffff_ffff` |
//! | `words` | the globals, one word or two each |
//! | `flags` | the data segments that are dropped |
//! | `flags` | the element segments that are dropped |
//! | `u32` | how many tables follow |
//! | tables | `words` each: references, 0 for null, else the number plus one |
//! | `u32` | how many threads follow |
//! | threads | see below |
//! | `u32` | the CRC-32 (of ISO-HDLC, zlib and PNG) of all bytes before it |
//!
//! A thread is a `u8`, 0 when it is idle, 1 when its results are still there, 2 when a call is going on; then a `u64`,
//! the budget, a `u64`, what it has spent, and a `u32`, the most words its stack has held. Results are a `u32`, the
//! function, and `words`. A call that is going on is a `u32`, how many frames there are, and the frames, the innermost
//! first:
//!
//! | field | what it is |
//! |---|---|
//! | `u32` | the function |
//! | `u32` | the operator where it goes on, in bytes from the start of the module |
//! | `u8` | where at the operator: 0 at the start of the function, 1 where the basic block is paid for whose first price is the operator's, 2 before the operator, 3 after the call |
//! | `words` | its parameters and locals, then its intermediate values, those of a caller up to the frame that it called |
//!
//! A place in the translated code is nowhere in it, so another build of the interpreter can go on. What must be the same
//! is the version: it also stands for which intermediate values are in their slots when a run stops.
//!
//! # What is refused
//!
//! [`restore`] changes nothing before it has found everything in order: the checksum, the module, the sizes, and that
//! each frame goes on where a run of this module can stop and was called by the frame after it, in the very slot. Bytes
//! that somebody made up, with the right checksum, may give a program values that it never computes, but never a place
//! or a frame that it could not have.

mod error;
mod frames;
mod reader;

pub use error::{SnapshotError, WriteError};
pub use reader::restore;

use crate::instance::Instance;
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::thread::Thread;
use alloc::vec::Vec;
use core::convert::Infallible;
use crc::{CRC_32_ISO_HDLC, Crc, Digest, Table};

/// What a snapshot begins with.
pub const MAGIC: [u8; 8] = *b"sostsnap";

/// The version of the format, and of what the slots of a frame hold when a run stops.
pub const VERSION: u32 = 2;

/// The bytes of a page, the unit of memory that is left out when it is zero.
const PAGE_BYTES: usize = 256;

/// What follows the last page.
const NO_PAGE: u32 = u32::MAX;

/// What the numbers of a thread begin with.
const IDLE: u8 = 0;
const FINISHED: u8 = 1;
const GOING_ON: u8 = 2;

/// A table of 1 KiB; faster ways need one of 16 KiB, much of a small flash.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// Writes a snapshot, piece by piece, to where `sink` puts it.
///
/// # Errors
/// What `sink` gives, and when the memory cannot be read.
///
/// # Panics
/// When the instance, or a call that is going on, belong to another module.
pub fn write<M: LinearMemory, E>(
    module: &Module,
    instance: &mut Instance<M>,
    threads: &[&Thread],
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), WriteError<E>> {
    instance.check_module(module);
    let mut writer = Writer { sink, crc: CRC.digest() };
    writer.bytes(&MAGIC)?;
    writer.u32(VERSION)?;
    writer.bytes(&module.hash().0)?;
    writer.u32(instance.first_reference)?;
    writer.memory(&mut instance.memory)?;
    writer.words(instance.globals.len(), instance.globals.iter().copied())?;
    writer.flags(&instance.dropped_data)?;
    writer.flags(&instance.dropped_elements)?;
    writer.count(instance.tables.len())?;
    for table in &instance.tables {
        let entries = table.entries();
        writer.words(entries.len(), entries.iter().map(|entry| entry.to_word()))?;
    }
    writer.count(threads.len())?;
    for thread in threads {
        frames::write(&mut writer, module, thread)?;
    }
    let Writer { mut sink, crc } = writer;
    sink(&crc.finalize().to_le_bytes()).map_err(WriteError::Sink)
}

/// A snapshot in a vector.
///
/// # Errors
/// When the memory cannot be read.
///
/// # Panics
/// As [`write()`] does.
pub fn to_vec<M: LinearMemory>(
    module: &Module,
    instance: &mut Instance<M>,
    threads: &[&Thread],
) -> Result<Vec<u8>, WriteError<Infallible>> {
    let mut snapshot = Vec::new();
    write(module, instance, threads, |bytes| {
        snapshot.extend_from_slice(bytes);
        Ok(())
    })?;
    Ok(snapshot)
}

/// Counts the bytes into the checksum on their way to the sink.
struct Writer<S> {
    sink: S,
    crc: Digest<'static, u32, Table<1>>,
}

impl<E, S: FnMut(&[u8]) -> Result<(), E>> Writer<S> {
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError<E>> {
        self.crc.update(bytes);
        (self.sink)(bytes).map_err(WriteError::Sink)
    }

    fn u8(&mut self, number: u8) -> Result<(), WriteError<E>> {
        self.bytes(&[number])
    }

    fn u32(&mut self, number: u32) -> Result<(), WriteError<E>> {
        self.bytes(&number.to_le_bytes())
    }

    fn u64(&mut self, number: u64) -> Result<(), WriteError<E>> {
        self.bytes(&number.to_le_bytes())
    }

    /// How many there are of something; nothing of an instance has 2^32.
    fn count(&mut self, count: usize) -> Result<(), WriteError<E>> {
        self.u32(count as u32)
    }

    fn words(&mut self, count: usize, words: impl Iterator<Item = u32>) -> Result<(), WriteError<E>> {
        self.count(count)?;
        let mut buffer = [0; PAGE_BYTES];
        let mut filled = 0;
        for word in words {
            buffer[filled..filled + 4].copy_from_slice(&word.to_le_bytes());
            filled += 4;
            if filled == buffer.len() {
                self.bytes(&buffer)?;
                filled = 0;
            }
        }
        if filled > 0 { self.bytes(&buffer[..filled]) } else { Ok(()) }
    }

    fn flags(&mut self, flags: &[bool]) -> Result<(), WriteError<E>> {
        self.count(flags.len())?;
        flags.iter().try_for_each(|&flag| self.u8(flag.into()))
    }

    fn memory(&mut self, memory: &mut impl LinearMemory) -> Result<(), WriteError<E>> {
        let size = memory.size();
        self.u32(size)?;
        let mut buffer = [0; PAGE_BYTES];
        for (page, address) in (0..).zip((0..size).step_by(PAGE_BYTES)) {
            let bytes = &mut buffer[..page_bytes(size, address)];
            let read = memory.read(address.into(), bytes);
            read.map_err(|_| WriteError::Memory { address })?;
            if bytes.iter().any(|&byte| byte != 0) {
                self.u32(page)?;
                self.bytes(bytes)?;
            }
        }
        self.u32(NO_PAGE)
    }
}

/// The bytes of the page that begins at this address of a memory.
fn page_bytes(size: u32, address: u32) -> usize {
    PAGE_BYTES.min((size - address) as usize)
}
