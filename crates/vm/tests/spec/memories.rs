//! The memories that the scripts run over.

use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{FlatMemory, LinearMemory, MemoryError, MemoryType, PagedMemory};
use std::cell::RefCell;
use std::rc::Rc;

/// A kind of memory.
pub trait Kind: LinearMemory + Sized + 'static {
    /// Whether its short way is taken, where it has one.
    const HAS_SHORT_WAY: bool;

    fn new(of: MemoryType) -> Self;
}

/// In one piece, on the long way only.
pub type Flat = FlatMemory<Vec<u8>>;

/// In pages.
pub type Paged<const PAGE: usize, const FRAMES: usize, const LINES: usize> =
    PagedMemory<SliceStore<Vec<u8>>, PAGE, FRAMES, LINES>;

impl Kind for Flat {
    const HAS_SHORT_WAY: bool = false;

    fn new(of: MemoryType) -> Self {
        let limit = u32::try_from(of.maximum_bytes()).unwrap_or(u32::MAX);
        FlatMemory::growing(vec![0; of.initial_bytes() as usize], limit)
    }
}

/// How far a memory in pages can grow beyond its first size: to set all that there may be to zero takes its time. The scripts
/// let some that state no maximum grow by 825 pages, and the others by few.
fn room(of: MemoryType) -> u64 {
    if of.maximum.is_none() { 825 << 16 } else { 16 << 16 }
}

impl<const PAGE: usize, const FRAMES: usize, const LINES: usize> Kind for Paged<PAGE, FRAMES, LINES> {
    const HAS_SHORT_WAY: bool = true;

    fn new(of: MemoryType) -> Self {
        let size = of.initial_bytes() as u32;
        let limit = of.maximum_bytes().min(of.initial_bytes() + room(of)) as u32;
        let bytes = vec![0; limit.next_multiple_of(PAGE as u32) as usize];
        PagedMemory::new(PageCache::new(SliceStore::new(bytes), size, limit).unwrap())
    }
}

/// A memory that instances share.
pub struct Shared<K>(Rc<RefCell<K>>);

impl<K: Kind> Shared<K> {
    pub fn new(of: MemoryType) -> Self {
        Self(Rc::new(RefCell::new(K::new(of))))
    }
}

impl<K> Clone for Shared<K> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<K: Kind> LinearMemory for Shared<K> {
    fn size(&self) -> u32 {
        self.0.borrow().size()
    }

    fn peek<const N: usize>(&mut self, address: u64) -> Option<[u8; N]> {
        if K::HAS_SHORT_WAY { self.0.borrow_mut().peek(address) } else { None }
    }

    fn poke<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        K::HAS_SHORT_WAY && self.0.borrow_mut().poke(address, bytes)
    }

    fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        self.0.borrow_mut().load(address)
    }

    fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        self.0.borrow_mut().store(address, bytes)
    }

    fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), MemoryError> {
        self.0.borrow_mut().read(address, bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), MemoryError> {
        self.0.borrow_mut().write(address, bytes)
    }

    fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), MemoryError> {
        self.0.borrow_mut().copy(to, from, length)
    }

    fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), MemoryError> {
        self.0.borrow_mut().fill(to, value, length)
    }

    fn grow(&mut self, size: u32) -> bool {
        self.0.borrow_mut().grow(size)
    }
}
