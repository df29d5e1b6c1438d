//! Numbers and texts in linear memory.

use crate::memory::{LinearMemory, MemoryError};
use sealed::Bytes;

/// Reads and writes numbers in any linear memory, as a program does: little-endian, aligned to nothing.
///
/// ```
/// use sostenuto_vm::{FlatMemory, TypedMemory};
///
/// let mut memory = FlatMemory::new([0; 16]);
/// memory.write_values(4, &[0.5_f32, -0.25])?;
/// assert_eq!(memory.read_value::<f32>(8), Ok(-0.25));
/// assert_eq!(memory.bytes()[4..8], 0.5_f32.to_le_bytes());
/// assert!(memory.write_values(8, &[1_i16; 5]).is_err());
/// # Ok::<(), sostenuto_vm::MemoryError>(())
/// ```
pub trait TypedMemory: LinearMemory {
    /// Reads a number at an address.
    ///
    /// # Errors
    /// When any of its bytes lies outside the memory.
    fn read_value<V: MemoryValue>(&mut self, address: u64) -> Result<V, MemoryError> {
        V::load(self, address)
    }

    /// Writes a number at an address.
    ///
    /// # Errors
    /// When any of its bytes lies outside the memory; then nothing is written.
    fn write_value<V: MemoryValue>(&mut self, address: u64, value: V) -> Result<(), MemoryError> {
        value.store(self, address)
    }

    /// Reads numbers that lie one after the other from an address on.
    ///
    /// # Errors
    /// When any of their bytes lies outside the memory; then `values` is as before.
    fn read_values<V: MemoryValue>(&mut self, address: u64, values: &mut [V]) -> Result<(), MemoryError> {
        let addresses = addresses::<V>(self.size(), address, values.len())?;
        for (address, value) in addresses.zip(values) {
            *value = V::load(self, address)?;
        }
        Ok(())
    }

    /// Writes numbers one after the other from an address on.
    ///
    /// # Errors
    /// When any of their bytes lies outside the memory; then nothing is written.
    fn write_values<V: MemoryValue>(&mut self, address: u64, values: &[V]) -> Result<(), MemoryError> {
        let addresses = addresses::<V>(self.size(), address, values.len())?;
        for (address, value) in addresses.zip(values) {
            value.store(self, address)?;
        }
        Ok(())
    }

    /// Reads a text that ends before a zero byte, or where the buffer does.
    ///
    /// # Errors
    /// When the memory ends before either, and when it fails.
    fn read_text<'b>(&mut self, address: u64, buffer: &'b mut [u8]) -> Result<&'b [u8], MemoryError> {
        let mut length = 0;
        while length < buffer.len() {
            let at = address.checked_add(length as u64).ok_or(MemoryError::OutOfBounds)?;
            let rest = u64::from(self.size()).checked_sub(at).ok_or(MemoryError::OutOfBounds)?;
            // In pieces, each of which costs one access.
            let count = (buffer.len() - length).min(PIECE).min(usize::try_from(rest).unwrap_or(PIECE));
            if count == 0 {
                return Err(MemoryError::OutOfBounds);
            }
            let piece = &mut buffer[length..length + count];
            self.read(at, piece)?;
            if let Some(end) = piece.iter().position(|&byte| byte == 0) {
                return Ok(&buffer[..length + end]);
            }
            length += count;
        }
        Ok(buffer)
    }
}

/// So many bytes of a text are read at a time.
const PIECE: usize = 32;

impl<M: LinearMemory> TypedMemory for M {}

/// A number that can be in linear memory: an integer of 8 to 64 bits, an f32 or an f64.
pub trait MemoryValue: Bytes {}

mod sealed {
    use crate::memory::{LinearMemory, MemoryError};

    pub trait Bytes: Copy {
        const BYTES: u64;
        fn load<M: LinearMemory + ?Sized>(memory: &mut M, address: u64) -> Result<Self, MemoryError>;
        fn store<M: LinearMemory + ?Sized>(self, memory: &mut M, address: u64) -> Result<(), MemoryError>;
    }
}

macro_rules! memory_values {
    ($($number:ty)*) => {$(
        impl MemoryValue for $number {}

        impl Bytes for $number {
            const BYTES: u64 = size_of::<Self>() as u64;

            fn load<M: LinearMemory + ?Sized>(memory: &mut M, address: u64) -> Result<Self, MemoryError> {
                memory.load(address).map(Self::from_le_bytes)
            }

            fn store<M: LinearMemory + ?Sized>(self, memory: &mut M, address: u64) -> Result<(), MemoryError> {
                memory.store(address, self.to_le_bytes())
            }
        }
    )*};
}

memory_values!(i8 u8 i16 u16 i32 u32 i64 u64 f32 f64);

/// Where numbers lie that all lie inside `size` bytes.
fn addresses<V: MemoryValue>(
    size: u32,
    address: u64,
    count: usize,
) -> Result<impl Iterator<Item = u64>, MemoryError> {
    let bytes = (count as u64).checked_mul(V::BYTES).ok_or(MemoryError::OutOfBounds)?;
    let end = address.checked_add(bytes).ok_or(MemoryError::OutOfBounds)?;
    if end > size.into() {
        return Err(MemoryError::OutOfBounds);
    }
    Ok((0..count as u64).map(move |index| address + index * V::BYTES))
}
