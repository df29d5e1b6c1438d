//! The linear memory of a module, as the interpreter sees it.

use core::fmt;

/// Memory that a program addresses from 0 up.
///
/// The interpreter is generic over it, so that the same program runs over a plain slice of RAM or over pages of a slow
/// store behind a cache. Every address is checked here and nowhere else. Loads take `&mut self` because a load may
/// move pages.
pub trait LinearMemory {
    /// Whether the short way is the only one: what [`peek`](Self::peek) and [`poke`](Self::poke) cannot do lies outside.
    const IS_DIRECT: bool = false;

    /// The size in bytes; addresses are below it.
    fn size(&self) -> u32;

    /// Reads `N` bytes at `address` if that takes a few instructions only; otherwise [`load`](Self::load) does it. It is
    /// compiled into each operation that loads. By default, there is no short way.
    #[inline(always)]
    fn peek<const N: usize>(&mut self, _address: u64) -> Option<[u8; N]> {
        None
    }

    /// Writes `N` bytes at `address` if that takes a few instructions only; false, and nothing written, if not. Then
    /// [`store`](Self::store) does it. It is compiled into each operation that stores. By default, there is no short way.
    #[inline(always)]
    fn poke<const N: usize>(&mut self, _address: u64, _bytes: [u8; N]) -> bool {
        false
    }

    /// Reads `N` bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size), and when the memory fails.
    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError>;

    /// Writes `N` bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size); then nothing is written. When the memory fails.
    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError>;

    /// Reads a run of bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size), and when the memory fails.
    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError>;

    /// Writes a run of bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size); then nothing is written. When the memory fails.
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError>;

    /// Moves `length` bytes; the runs may overlap.
    ///
    /// # Errors
    /// When either run leaves the memory; then nothing is written. When the memory fails.
    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError>;

    /// Sets `length` bytes to `value`.
    ///
    /// # Errors
    /// When the run leaves the memory; then nothing is written. When the memory fails.
    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError>;

    /// What the accesses since the last call of this have cost, beside the price of their operators, in instructions. The
    /// interpreter takes it from the budget of the run when an access has not gone the short way.
    fn take_toll(&mut self) -> u32 {
        0
    }

    /// Whether the memory could become so large, for all that is known before it is tried. A growth that could not is free of
    /// charge.
    fn can_grow(&self, _size: u32) -> bool {
        true
    }

    /// Makes the memory larger, to this size in bytes, with zeros at the end; false, and no change, when it cannot be.
    /// A program may ask for it while sound is running. By default the size is fixed.
    fn grow(&mut self, _size: u32) -> bool {
        false
    }
}

/// Why an access to the linear memory has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryError {
    /// Some of the bytes lie at or past its size.
    OutOfBounds,
    /// What holds the bytes does not answer, or not with what was written. The memory itself knows more.
    Failed,
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfBounds => "out of bounds memory access",
            Self::Failed => "the memory has failed",
        })
    }
}

impl core::error::Error for MemoryError {}
