//! Linear memory as the functions of the host see it.

use sostenuto_vm::{LinearMemory, MemoryError, TrapKind};

use super::device::{Device, Stop};

/// Any linear memory, behind a pointer: the functions of the host are compiled once, whatever the memory.
pub(super) trait GuestMemory {
    fn bytes(&self) -> u32;
    fn read_bytes(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), MemoryError>;
    fn write_bytes(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError>;
    fn move_bytes(&mut self, to: u32, from: u32, length: u32) -> Result<(), MemoryError>;
    fn fill_bytes(&mut self, to: u32, value: u8, length: u32) -> Result<(), MemoryError>;
}

impl<M: LinearMemory> GuestMemory for M {
    fn bytes(&self) -> u32 {
        self.size()
    }

    fn read_bytes(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), MemoryError> {
        self.read(address.into(), bytes)
    }

    fn write_bytes(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.write(address.into(), bytes)
    }

    fn move_bytes(&mut self, to: u32, from: u32, length: u32) -> Result<(), MemoryError> {
        self.copy(to.into(), from.into(), length)
    }

    fn fill_bytes(&mut self, to: u32, value: u8, length: u32) -> Result<(), MemoryError> {
        self.fill(to.into(), value, length)
    }
}

/// One call of a function of the host.
pub(super) struct Call<'c> {
    pub(super) memory: &'c mut dyn GuestMemory,
    pub(super) device: &'c mut Device,
    /// The function that is called.
    pub(super) function: &'static str,
}

/// The bytes of a text that are read at once: a word, so that nothing is accessed but the words of the text.
const PIECE: usize = 4;

impl Call<'_> {
    /// Whether so many bytes from there on are in the memory.
    pub(super) fn holds(&self, address: u32, length: u32) -> bool {
        u64::from(address) + u64::from(length) <= self.memory.bytes().into()
    }

    /// Refuses what is not in the memory, by ending the run.
    pub(super) fn demand(&mut self, address: i32, length: u64) -> Result<(), TrapKind> {
        let address = address as u32;
        if u64::from(address) + length <= self.memory.bytes().into() {
            return Ok(());
        }
        let size = self.memory.bytes();
        self.device.stop(Stop::Access { function: self.function, address, bytes: length, size })
    }

    /// A 32-bit word; none outside of the memory.
    pub(super) fn word(&mut self, address: u32) -> Option<u32> {
        let mut bytes = [0; 4];
        self.memory.read_bytes(address, &mut bytes).ok()?;
        Some(u32::from_le_bytes(bytes))
    }

    /// Adds the text at an address, up to its zero byte or to `most` bytes; false, and nothing added, when it does not end
    /// within the memory.
    pub(super) fn read_text(&mut self, address: i32, most: usize, text: &mut Vec<u8>) -> bool {
        let before = text.len();
        let mut at = address as u32;
        while text.len() - before < most {
            let rest = self.memory.bytes().saturating_sub(at) as usize;
            let mut piece = [0; PIECE];
            let count = (most - (text.len() - before)).min(PIECE - at as usize % PIECE).min(rest);
            let piece = &mut piece[..count];
            if count == 0 || self.memory.read_bytes(at, piece).is_err() {
                text.truncate(before);
                return false;
            }
            if let Some(end) = piece.iter().position(|byte| *byte == 0) {
                text.extend_from_slice(&piece[..end]);
                break;
            }
            text.extend_from_slice(piece);
            at += count as u32;
        }
        self.device.charge((text.len() - before) as u64);
        true
    }

    /// A run of bytes; none when some lie outside of the memory.
    pub(super) fn read_run(&mut self, address: i32, length: i32) -> Option<Vec<u8>> {
        let length = u32::try_from(length).ok()?;
        if !self.holds(address as u32, length) {
            return None;
        }
        let mut bytes = vec![0; length as usize];
        self.memory.read_bytes(address as u32, &mut bytes).ok()?;
        self.device.charge(length.into());
        Some(bytes)
    }

    /// Writes a run of bytes; false, and nothing written, when some lie outside of the memory.
    pub(super) fn write_run(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.device.charge(bytes.len() as u64);
        self.memory.write_bytes(address, bytes).is_ok()
    }
}
