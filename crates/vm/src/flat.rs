//! Linear memory in one piece of ordinary memory.

use crate::memory::{LinearMemory, MemoryError};
use alloc::vec::Vec;
use core::ops::Range;

/// Linear memory in a byte buffer: a `Vec<u8>`, or a `&mut [u8]` of the caller.
///
/// ```
/// use sostenuto_vm::{FlatMemory, LinearMemory};
///
/// let mut bytes = [0; 8];
/// let mut memory = FlatMemory::new(&mut bytes[..]);
/// memory.store(4, 440_u32.to_le_bytes())?;
/// assert_eq!(memory.load::<2>(4)?, [0xb8, 0x01]);
/// assert!(memory.load::<4>(5).is_err());
/// # Ok::<(), sostenuto_vm::MemoryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FlatMemory<B> {
    bytes: B,
    grow: fn(&mut B, usize, usize) -> bool,
    /// The most bytes that there may be.
    limit: u32,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> FlatMemory<B> {
    /// Memory of the size and with the contents of `bytes`, which does not grow. Of a buffer of 4 GiB and more, the size
    /// is one byte less than 4 GiB.
    pub fn new(bytes: B) -> Self {
        Self { bytes, grow: |_, _, _| false, limit: 0 }
    }

    /// The contents.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// The contents.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.as_mut()
    }

    /// Gives the buffer back.
    pub fn into_inner(self) -> B {
        self.bytes
    }

    fn run(&mut self, address: u64, length: usize) -> Result<&mut [u8], MemoryError> {
        self.bytes.as_mut().get_mut(range(address, length)?).ok_or(MemoryError::OutOfBounds)
    }
}

impl FlatMemory<Vec<u8>> {
    /// Memory with the contents of `bytes` that a program can let grow to `limit` bytes.
    ///
    /// It grows by allocation, unless the vector has the capacity already: reserve it for a program that may grow while
    /// sound is running.
    #[must_use]
    pub fn growing(bytes: Vec<u8>, limit: u32) -> Self {
        Self { bytes, grow, limit }
    }
}

/// Makes a vector this long, if there is memory for that.
fn grow(bytes: &mut Vec<u8>, size: usize, limit: usize) -> bool {
    let more = |capacity: usize| capacity.saturating_sub(bytes.len());
    // With room for further growth: what moves the contents must not be cheap for a program, which pays for what it adds,
    // and that may be a byte.
    let ample = more(bytes.len().saturating_mul(2).min(limit).max(size));
    let needed = more(size);
    let has_room = bytes.capacity() >= size
        || bytes.try_reserve_exact(ample).is_ok()
        || bytes.try_reserve_exact(needed).is_ok();
    if has_room {
        bytes.resize(size, 0);
    }
    has_room
}

#[inline(always)]
fn range(address: u64, length: usize) -> Result<Range<usize>, MemoryError> {
    let start = usize::try_from(address).map_err(|_| MemoryError::OutOfBounds)?;
    Ok(start..start.checked_add(length).ok_or(MemoryError::OutOfBounds)?)
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> LinearMemory for FlatMemory<B> {
    const IS_DIRECT: bool = true;

    fn size(&self) -> u32 {
        u32::try_from(self.bytes.as_ref().len()).unwrap_or(u32::MAX)
    }

    #[inline(always)]
    fn peek<const N: usize>(&mut self, address: u64) -> Option<[u8; N]> {
        self.bytes.as_ref().get(range(address, N).ok()?)?.first_chunk().copied()
    }

    #[inline(always)]
    fn poke<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        let run = range(address, N).ok().and_then(|range| self.bytes.as_mut().get_mut(range));
        run.and_then(<[u8]>::first_chunk_mut).is_some_and(|run| {
            *run = bytes;
            true
        })
    }

    #[inline(always)]
    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        self.peek(address).ok_or(MemoryError::OutOfBounds)
    }

    #[inline(always)]
    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        if self.poke(address, bytes) { Ok(()) } else { Err(MemoryError::OutOfBounds) }
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError> {
        bytes.copy_from_slice(self.run(address, bytes.len())?);
        Ok(())
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        self.run(address, bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError> {
        let length = usize::try_from(length).map_err(|_| MemoryError::OutOfBounds)?;
        let source = range(from, length)?;
        self.run(from, length)?;
        let destination = range(to, length)?;
        self.run(to, length)?;
        self.bytes.as_mut().copy_within(source, destination.start);
        Ok(())
    }

    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError> {
        let length = usize::try_from(length).map_err(|_| MemoryError::OutOfBounds)?;
        self.run(to, length)?.fill(value);
        Ok(())
    }

    fn can_grow(&self, size: u32) -> bool {
        size <= self.limit
    }

    fn grow(&mut self, size: u32) -> bool {
        let (Ok(bytes), Ok(limit)) = (usize::try_from(size), usize::try_from(self.limit)) else {
            return false;
        };
        size >= self.size() && size <= self.limit && (self.grow)(&mut self.bytes, bytes, limit)
    }
}
