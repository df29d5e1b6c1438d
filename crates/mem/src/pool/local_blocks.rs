//! Unsafe: the free blocks of a class that has one owner.
#![allow(unsafe_code)]

use super::area::Area;
use super::declaration::FreeBlocks;
use core::cell::Cell;
use core::ptr::NonNull;

/// Which blocks of a class are free, in a pool that has one owner: a list whose links lie in the free blocks.
#[doc(hidden)]
pub struct LocalBlocks {
    first: Cell<Link>,
    /// How many blocks have ever been taken. As a block that was never taken is taken only when the list is empty, that is
    /// how many were ever taken at once.
    fresh: Cell<usize>,
    failed: Cell<usize>,
}

/// What a free block holds: the next one.
type Link = Option<NonNull<u8>>;

// SAFETY: what calls these methods comes from the one `Owner`, or from a box that it made; neither leaves the thread or
// interrupt that has it.
unsafe impl Sync for LocalBlocks {}

impl FreeBlocks for LocalBlocks {
    #[allow(clippy::declare_interior_mutable_const)] // made anew for each class
    const NEW: Self = Self { first: Cell::new(None), fresh: Cell::new(0), failed: Cell::new(0) };
    const LEAST: usize = size_of::<Link>();
    const WITHOUT_LINKS: usize = usize::MAX;

    #[inline(always)]
    fn take(&self, area: Area) -> Option<NonNull<u8>> {
        let Some(first) = self.first.get() else { return self.take_fresh(area) };
        // SAFETY: a block in the list is free, large enough and aligned for a link, and `give` wrote one to it.
        self.first.set(unsafe { first.cast::<Link>().read() });
        Some(first)
    }

    #[inline(always)]
    fn give(&self, _: Area, block: NonNull<u8>) {
        // SAFETY: the block is free from here on, large enough and aligned for a link.
        unsafe { block.cast::<Link>().write(self.first.get()) };
        self.first.set(Some(block));
    }

    #[inline(always)]
    fn fail(&self, _: Area) {
        self.failed.set(self.failed.get().saturating_add(1));
    }

    fn live(&self, area: Area) -> usize {
        let mut free = 0;
        let mut next = self.first.get();
        while let Some(block) = next {
            free += 1;
            // SAFETY: as in `take`.
            next = unsafe { block.cast::<Link>().read() };
        }
        self.peak(area) - free
    }

    fn peak(&self, _: Area) -> usize {
        self.fresh.get()
    }

    fn failed(&self, _: Area) -> usize {
        self.failed.get()
    }
}

impl LocalBlocks {
    #[inline(always)]
    fn take_fresh(&self, area: Area) -> Option<NonNull<u8>> {
        let fresh = self.fresh.get();
        (fresh < area.class.count).then(|| {
            self.fresh.set(fresh + 1);
            area.block(fresh)
        })
    }
}
