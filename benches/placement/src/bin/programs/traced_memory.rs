//! Linear memory that logs what a patch does.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sostenuto_vm::{FlatMemory, LinearMemory, MemoryError};

/// The words that were accessed while it was on: addresses, and whether they were written.
#[derive(Default)]
pub struct Log {
    pub is_on: Cell<bool>,
    pub words: RefCell<Vec<(u32, bool)>>,
}

/// Flat memory that logs each access word by word; it has no short way.
pub struct TracedMemory {
    memory: FlatMemory<Vec<u8>>,
    log: Rc<Log>,
}

impl TracedMemory {
    pub fn new(bytes: usize, log: Rc<Log>) -> TracedMemory {
        TracedMemory { memory: FlatMemory::new(vec![0; bytes]), log }
    }

    fn record(&self, address: u64, bytes: usize, is_write: bool) {
        if self.log.is_on.get() {
            let words = (0..bytes as u64).step_by(4).map(|at| ((address + at) as u32, is_write));
            self.log.words.borrow_mut().extend(words);
        }
    }
}

impl LinearMemory for TracedMemory {
    fn size(&self) -> u32 {
        self.memory.size()
    }

    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        self.record(address, N, false);
        self.memory.load(address)
    }

    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        self.record(address, N, true);
        self.memory.store(address, bytes)
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError> {
        self.record(address, bytes.len(), false);
        self.memory.read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        self.record(address, bytes.len(), true);
        self.memory.write(address, bytes)
    }

    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError> {
        self.record(from, length as usize, false);
        self.record(to, length as usize, true);
        self.memory.copy(to, from, length)
    }

    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError> {
        self.record(to, length as usize, true);
        self.memory.fill(to, value, length)
    }

    fn can_grow(&self, size: u32) -> bool {
        self.memory.can_grow(size)
    }

    fn grow(&mut self, size: u32) -> bool {
        self.memory.grow(size)
    }
}
