//! The linear memory of a module, as the interpreter sees it.

/// Memory that a program addresses from 0 up.
///
/// The interpreter is generic over it, so that the same program runs over a plain slice of RAM or over pages of a slow
/// store behind a cache. Every address is checked here and nowhere else. Loads take `&mut self` because a load may
/// move pages.
pub trait LinearMemory {
    /// The size in bytes; addresses are below it.
    fn size(&self) -> u32;

    /// Reads `N` bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size).
    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], OutOfBounds>;

    /// Writes `N` bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size); then nothing is written.
    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), OutOfBounds>;

    /// Reads a run of bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size).
    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), OutOfBounds>;

    /// Writes a run of bytes at `address`.
    ///
    /// # Errors
    /// When any of them lies at or past [`size`](Self::size); then nothing is written.
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), OutOfBounds>;

    /// Moves `length` bytes; the runs may overlap.
    ///
    /// # Errors
    /// When either run leaves the memory; then nothing is written.
    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), OutOfBounds>;

    /// Sets `length` bytes to `value`.
    ///
    /// # Errors
    /// When the run leaves the memory; then nothing is written.
    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), OutOfBounds>;

    /// Makes the memory larger, to this size in bytes, with zeros at the end; false, and no change, when it cannot be.
    /// A program may ask for it while sound is running. By default the size is fixed.
    fn grow(&mut self, _size: u32) -> bool {
        false
    }
}

/// An access outside the linear memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds;
