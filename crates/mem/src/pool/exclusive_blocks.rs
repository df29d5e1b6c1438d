//! Unsafe: the free blocks of a class that the interrupts of a Cortex-M3 or above take and give back at once.
//!
//! A list whose links lie in the free blocks, as in a pool with one owner; its head is changed by exclusive loads and
//! stores. An interrupt between the two makes the store fail (returning from it clears the mark of the load), so that no
//! tag is needed. An access between the two does not: the monitor of these processors holds no address, and is cleared by
//! an exclusive store, CLREX and exceptions (Arm DDI 0439, "Exclusive monitor"); heapless::pool relies on the same. They have
//! one core: for others to see the blocks in order takes barriers that are not here, so that a Cortex-M33 is not among them.
#![allow(unsafe_code)]

use super::area::Area;
use super::declaration::{FreeBlocks, FromAnywhere};
use super::word::{AtomicWord, Word};
use core::arch::asm;
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};

/// Which blocks of a class are free, in a pool that is shared.
#[doc(hidden)]
pub struct SharedBlocks {
    first: UnsafeCell<*mut u8>,
    /// How many blocks have ever been taken that were not in the list: the most that were taken at once, or a few more if
    /// interrupts gave some back just then.
    fresh: Word,
    failed: Word,
}

// SAFETY: the head is changed by `pop` and `push` alone, as a whole or not at all.
unsafe impl Sync for SharedBlocks {}

impl FromAnywhere for SharedBlocks {}

impl FreeBlocks for SharedBlocks {
    #[allow(clippy::declare_interior_mutable_const)] // made anew for each class
    const NEW: Self =
        Self { first: UnsafeCell::new(ptr::null_mut()), fresh: Word::new(0), failed: Word::new(0) };
    const LEAST: usize = size_of::<*mut u8>();
    const WITHOUT_LINKS: usize = usize::MAX;

    #[inline(always)]
    fn take(&self, area: Area) -> Option<NonNull<u8>> {
        self.pop().or_else(|| self.take_fresh(area))
    }

    #[inline(always)]
    fn give(&self, _: Area, block: NonNull<u8>) {
        // SAFETY: the link is written to a block that is free from here on, and is large enough and aligned for it, and the
        // head is that of this list. Both are done again if an interrupt came between.
        unsafe {
            asm!(
                "2: ldrex {first}, [{head}]",
                "str {first}, [{block}]",
                "strex {failed}, {block}, [{head}]",
                "cmp {failed}, #0",
                "bne 2b",
                head = in(reg) self.first.get(),
                block = in(reg) block.as_ptr(),
                first = out(reg) _,
                failed = out(reg) _,
                options(nostack),
            );
        }
    }

    #[cold]
    fn fail(&self, _: Area) {
        let _ = self.failed.replace_by(|failed| failed.checked_add(1));
    }

    /// Right if none is taken or given back meanwhile. Walks through the list.
    fn live(&self, area: Area) -> usize {
        let fresh = self.fresh.now() as usize;
        let mut free = 0;
        let mut next = load(self.first.get().cast());
        // What was taken meanwhile has another value where its link was.
        while free < fresh && area.has(next) {
            free += 1;
            next = load(next);
        }
        fresh - free
    }

    fn peak(&self, _: Area) -> usize {
        self.fresh.now() as usize
    }

    fn failed(&self, _: Area) -> usize {
        self.failed.now() as usize
    }
}

impl SharedBlocks {
    #[inline(always)]
    fn pop(&self) -> Option<NonNull<u8>> {
        let first: *mut u8;
        // SAFETY: the head is that of this list. If it is not null, it is the address of a free block, which has a link, and
        // the link becomes the head. If an interrupt has taken that block before the link is read, something else is read,
        // which goes nowhere, as the store fails. One `asm!`, so that outside of it a block is read by its owner only.
        unsafe {
            asm!(
                "2: ldrex r3, [{head}]",
                "cbz r3, 3f",
                "ldr {next}, [r3]",
                "strex {failed}, {next}, [{head}]",
                "cmp {failed}, #0",
                "bne 2b",
                "3:",
                head = in(reg) self.first.get(),
                out("r3") first, // `cbz` has a low register
                next = out(reg) _,
                failed = out(reg) _,
                options(nostack),
            );
        }
        NonNull::new(first)
    }

    #[inline(always)]
    fn take_fresh(&self, area: Area) -> Option<NonNull<u8>> {
        match self.fresh.replace_by(|fresh| ((fresh as usize) < area.class.count).then(|| fresh + 1)) {
            Ok(fresh) => Some(area.block(fresh as usize)),
            // A block may have come back since the list was empty. From now on there are no fresh ones, so that an empty
            // list means that all are taken.
            Err(_) => self.pop(),
        }
    }
}

/// What lies at an address that is that of the head or of a block. It may be in use meanwhile, and is then not a link: read
/// where the compiler does not see it, as in `pop`.
fn load(address: *mut u8) -> *mut u8 {
    let link;
    // SAFETY: loads a word from memory that is there and aligned.
    unsafe {
        asm!("ldr {link}, [{address}]", address = in(reg) address, link = out(reg) link, options(nostack, readonly))
    };
    link
}
