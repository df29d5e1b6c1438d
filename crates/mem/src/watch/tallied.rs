//! An allocator that is counted. Unsafe: passes the calls of one allocator on to another.
#![allow(unsafe_code)]

use super::tally::Tally;
use core::alloc::{GlobalAlloc, Layout};

/// An allocator, and a [`Tally`] of what it does.
///
/// ```
/// use sostenuto_mem::watch::Tallied;
/// use std::alloc::System;
///
/// #[global_allocator]
/// static ALLOCATOR: Tallied<System> = Tallied::new(System);
///
/// let start = ALLOCATOR.tally().mark();
/// assert!(ALLOCATOR.tally().quiet_since(start).is_ok());
///
/// drop(Box::new([0_u8; 64]));
/// println!("{}", ALLOCATOR.tally().quiet_since(start).unwrap_err());
/// ```
///
/// With the feature `allocator-api2` it can be around an allocator of that crate as well. `&Tallied<A>` is then an allocator
/// too, to be given to containers. The bytes that are counted are those of the layouts: they come out even as long as a
/// container frees by the layout with which it has allocated, as `Box` and `Vec` do.
#[derive(Debug, Default)]
pub struct Tallied<A> {
    allocator: A,
    tally: Tally,
}

impl<A> Tallied<A> {
    /// Counts what this allocator does.
    pub const fn new(allocator: A) -> Self {
        Self { allocator, tally: Tally::new() }
    }

    /// What was counted.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The allocator within. What it is asked directly is not counted.
    pub const fn allocator(&self) -> &A {
        &self.allocator
    }

    fn count_allocated<T>(&self, is_made: bool, layout: Layout, result: T) -> T {
        if is_made {
            self.tally.allocated(layout.size())
        } else {
            self.tally.failed()
        }
        result
    }

    fn count_resized<T>(&self, is_made: bool, old_bytes: usize, new_bytes: usize, result: T) -> T {
        if is_made {
            self.tally.resized(old_bytes, new_bytes)
        } else {
            self.tally.failed()
        }
        result
    }
}

// SAFETY: each call is passed on as it is, and what comes back is given back as it is. The counting allocates nothing and
// does not unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Tallied<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that `A` asks for.
        let start = unsafe { self.allocator.alloc(layout) };
        self.count_allocated(!start.is_null(), layout, start)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let start = unsafe { self.allocator.alloc_zeroed(layout) };
        self.count_allocated(!start.is_null(), layout, start)
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as above; what this allocator has given comes from `A`.
        unsafe { self.allocator.dealloc(start, layout) };
        self.tally.freed(layout.size());
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as above.
        let new = unsafe { self.allocator.realloc(start, layout, new_size) };
        self.count_resized(!new.is_null(), layout.size(), new_size, new)
    }
}

#[cfg(feature = "allocator-api2")]
mod api2 {
    use super::Tallied;
    use allocator_api2::alloc::{AllocError, Allocator};
    use core::alloc::Layout;
    use core::ptr::NonNull;

    // SAFETY: each call is passed on as it is, and what comes back is given back as it is. Blocks belong to the allocator
    // within, which moves with this one and lives as long. It cannot be cloned.
    unsafe impl<A: Allocator> Allocator for Tallied<A> {
        fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            let block = self.allocator.allocate(layout);
            self.count_allocated(block.is_ok(), layout, block)
        }

        fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
            let block = self.allocator.allocate_zeroed(layout);
            self.count_allocated(block.is_ok(), layout, block)
        }

        unsafe fn deallocate(&self, start: NonNull<u8>, layout: Layout) {
            // SAFETY: the caller's promises are those that `A` asks for, and the block comes from `A`.
            unsafe { self.allocator.deallocate(start, layout) };
            self.tally.freed(layout.size());
        }

        unsafe fn grow(
            &self,
            start: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Result<NonNull<[u8]>, AllocError> {
            // SAFETY: as above.
            let block = unsafe { self.allocator.grow(start, old, new) };
            self.count_resized(block.is_ok(), old.size(), new.size(), block)
        }

        unsafe fn grow_zeroed(
            &self,
            start: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Result<NonNull<[u8]>, AllocError> {
            // SAFETY: as above.
            let block = unsafe { self.allocator.grow_zeroed(start, old, new) };
            self.count_resized(block.is_ok(), old.size(), new.size(), block)
        }

        unsafe fn shrink(
            &self,
            start: NonNull<u8>,
            old: Layout,
            new: Layout,
        ) -> Result<NonNull<[u8]>, AllocError> {
            // SAFETY: as above.
            let block = unsafe { self.allocator.shrink(start, old, new) };
            self.count_resized(block.is_ok(), old.size(), new.size(), block)
        }
    }
}
