//! Unsafe: where the blocks of a class are.
#![allow(unsafe_code)]

use super::class::Class;
use super::word::Link;
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// The bytes of a pool's blocks, which are not set to anything before a block is taken.
#[doc(hidden)]
#[repr(C)]
pub struct Blocks<const BYTES: usize, const ALIGN: usize>
where
    Align<ALIGN>: Aligned,
{
    align: [<Align<ALIGN> as Aligned>::Unit; 0],
    bytes: UnsafeCell<[MaybeUninit<u8>; BYTES]>,
}

// SAFETY: who reads or writes a block is its one owner; what hands blocks out sees to that (`FreeBlocks`).
unsafe impl<const BYTES: usize, const ALIGN: usize> Sync for Blocks<BYTES, ALIGN> where Align<ALIGN>: Aligned {}

impl<const BYTES: usize, const ALIGN: usize> Blocks<BYTES, ALIGN>
where
    Align<ALIGN>: Aligned,
{
    #[allow(clippy::new_without_default, missing_docs)] // for the statics of `pool!` alone
    #[must_use]
    pub const fn new() -> Self {
        Self { align: [], bytes: UnsafeCell::new([MaybeUninit::uninit(); BYTES]) }
    }

    #[allow(missing_docs)]
    #[inline(always)]
    pub const fn first(&'static self) -> NonNull<u8> {
        // SAFETY: the address of a static is not null.
        unsafe { NonNull::new_unchecked(self.bytes.get().cast()) }
    }
}

/// An alignment as a type.
#[doc(hidden)]
pub struct Align<const BYTES: usize>;

#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "a block is aligned to 4096 bytes at most")]
pub trait Aligned {
    type Unit;
}

macro_rules! aligned {
    ($($unit:ident $bytes:literal),*) => {$(
        #[doc(hidden)]
        #[repr(align($bytes))]
        pub struct $unit;

        impl Aligned for Align<$bytes> {
            type Unit = $unit;
        }
    )*};
}

aligned!(To1 1, To2 2, To4 4, To8 8, To16 16, To32 32, To64 64, To128 128, To256 256, To512 512, To1024 1024, To2048 2048, To4096 4096);

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
