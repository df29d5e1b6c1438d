//! Unsafe: zones on the heap.
#![allow(unsafe_code)]

use super::manager::DspMemoryManager;
use super::zone::Zone;
use core::alloc::Layout;
use core::ptr::NonNull;

/// Zones on the heap of the program (feature `std`).
#[derive(Debug, Clone, Copy, Default)]
pub struct HeapMemory;

// SAFETY: the program's allocator gives memory of the layout, to any thread, until it is given back.
unsafe impl DspMemoryManager for HeapMemory {
    fn allocate(&self, zone: &Zone) -> Option<NonNull<u8>> {
        let layout =
            Layout::from_size_align(zone.bytes, zone.align).ok().filter(|layout| layout.size() > 0)?;
        // SAFETY: the layout has bytes.
        NonNull::new(unsafe { std::alloc::alloc(layout) })
    }

    unsafe fn destroy(&self, zone: &Zone, memory: NonNull<u8>) {
        if let Ok(layout) = Layout::from_size_align(zone.bytes, zone.align) {
            // SAFETY: the memory was given for this layout.
            unsafe { std::alloc::dealloc(memory.as_ptr(), layout) };
        }
    }
}
