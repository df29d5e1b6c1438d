//! Unsafe: collections with their memory in blocks of a pool.
#![allow(unsafe_code)]

use super::Pool;
use super::declaration::{give, take_bytes};
use allocator_api2::alloc::{AllocError, Allocator, Layout};
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

/// A pool as the allocator of collections (feature `allocator-api2`).
///
/// ```
/// use allocator_api2::vec::Vec;
/// use sostenuto_mem::pool::{Pool, PoolAllocator, Room, pool};
///
/// pool! {
///     struct Lists { Room<64>: 8, Room<1024>: 4 }
/// }
///
/// let mut notes = Vec::new_in(PoolAllocator::<Lists>::new());
/// notes.extend([60_u32, 64, 67]);
/// // A collection grows within its block as long as it can, without a copy.
/// let first = notes.as_ptr();
/// notes.extend([72, 76, 79, 84]);
/// assert_eq!(notes.as_ptr(), first);
/// drop(notes);
/// assert_eq!(Lists::report().live(), 0);
/// ```
///
/// Memory that no class holds, or of a class that has no block left, is refused ([`AllocError`]). So is
/// to shrink into a class that has none left, at which `shrink_to_fit` of a vector gives up the program.
pub struct PoolAllocator<P>(PhantomData<P>);

impl<P: Pool> PoolAllocator<P> {
    /// The allocator of the pool.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: Pool> Default for PoolAllocator<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Clone for PoolAllocator<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for PoolAllocator<P> {}

impl<P: Pool> fmt::Debug for PoolAllocator<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PoolAllocator({})", P::NAME)
    }
}

// SAFETY: a block stays where it is until it is given back, all allocators of a pool are the same, and a block is of the
// same class for each size from what was asked for to its own: the smallest that holds the one holds the other.
unsafe impl<P: Pool> Allocator for PoolAllocator<P> {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            let nowhere = core::ptr::without_provenance_mut(layout.align());
            // SAFETY: an alignment is not zero.
            return Ok(NonNull::slice_from_raw_parts(unsafe { NonNull::new_unchecked(nowhere) }, 0));
        }
        take_bytes::<P>(layout.size(), layout.align()).ok_or(AllocError)
    }

    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block was taken for a layout of the same class, and is not used any more.
        unsafe { give::<P>(block, layout.size(), layout.align()) };
    }

    unsafe fn grow(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: by this function's contract.
        unsafe { self.fit(block, old, new) }
    }

    unsafe fn shrink(
        &self,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: by this function's contract.
        unsafe { self.fit(block, old, new) }
    }
}

impl<P: Pool> PoolAllocator<P> {
    /// Stays in the block if the new layout is of the same class, or else moves to another one.
    ///
    /// # Safety
    ///
    /// The block must have been taken for the old layout. If another one is given, it is not to be used any more.
    unsafe fn fit(&self, block: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let class = P::class_of(new.size(), new.align());
        if old.size() > 0 && new.size() > 0 && class == P::class_of(old.size(), old.align()) {
            return Ok(NonNull::slice_from_raw_parts(block, P::CLASSES[class].bytes));
        }
        let other = self.allocate(new)?;
        // SAFETY: both blocks have so many bytes at least, and are not the same.
        unsafe { other.cast::<u8>().copy_from_nonoverlapping(block, old.size().min(new.size())) };
        // SAFETY: the block was taken for the old layout, and its bytes are in the other one now.
        unsafe { self.deallocate(block, old) };
        Ok(other)
    }
}
