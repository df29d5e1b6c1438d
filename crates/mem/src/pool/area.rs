//! Unsafe: where the blocks of a class are.
#![allow(unsafe_code)]

use super::class::Class;
use super::word::Link;
use core::ptr::NonNull;

/// The blocks of a class.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Area {
    pub(super) class: &'static Class,
    first: NonNull<u8>,
    #[cfg_attr(exclusive_access, allow(dead_code))] // of pools elsewhere
    links: &'static [Link],
}

impl Area {
    /// # Safety
    ///
    /// `blocks` and `links` must be those of a pool with this class.
    #[inline(always)]
    pub(super) unsafe fn new(class: &'static Class, blocks: NonNull<u8>, links: &'static [Link]) -> Self {
        // SAFETY: the blocks of the class lie within those of the pool.
        Self { class, first: unsafe { blocks.add(class.offset) }, links }
    }

    /// A block by its number, which is less than how many there are.
    #[inline(always)]
    pub(super) fn block(&self, number: usize) -> NonNull<u8> {
        debug_assert!(number < self.class.count, "block {number} of {}", self.class.count);
        // SAFETY: the blocks of the class lie within those of the pool, one after the other.
        unsafe { self.first.add(number * self.class.bytes) }
    }

    /// The number of a block.
    #[cfg(not(exclusive_access))]
    #[inline(always)]
    pub(super) fn number_of(&self, block: NonNull<u8>) -> usize {
        self.class.number_at(block.addr().get() - self.first.addr().get())
    }

    /// Whether an address is that of a block.
    #[cfg(exclusive_access)]
    pub(super) fn has(&self, address: *const u8) -> bool {
        let distance = address.addr().wrapping_sub(self.first.addr().get());
        distance < self.class.bytes * self.class.count && distance.is_multiple_of(self.class.bytes)
    }

    #[cfg(not(exclusive_access))]
    #[inline(always)]
    pub(super) fn links(&self) -> &'static [Link] {
        &self.links[self.class.first_link..][..self.class.count]
    }
}
