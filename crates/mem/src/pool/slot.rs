//! Unsafe: a block that has no value yet.
#![allow(unsafe_code)]

use super::boxed::Box;
use super::declaration::{Declaration, FromAnywhere, give};
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

/// A block that was taken and has no value yet; given back when it is dropped.
///
/// What is large is made in its place, as moving costs more than all the rest:
///
/// ```
/// use sostenuto_mem::pool::{Pool, pool};
///
/// pool! {
///     struct Blocks { [f32; 256]: 4 }
/// }
///
/// let ramp = Blocks::reserve::<[f32; 256]>()?.fill(|i| i as f32 / 256.0);
/// assert_eq!(ramp[64], 0.25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Slot<T, P: Declaration> {
    block: NonNull<T>,
    pool: PhantomData<(T, P)>,
}

// SAFETY: a slot owns room for a value, as a box does; see there.
unsafe impl<T: Send, P: Declaration<Free: FromAnywhere>> Send for Slot<T, P> {}
// SAFETY: a shared slot gives no access to anything.
unsafe impl<T: Sync, P: Declaration<Free: FromAnywhere>> Sync for Slot<T, P> {}

impl<T, P: Declaration> Slot<T, P> {
    #[inline(always)]
    pub(super) fn new(block: NonNull<T>) -> Self {
        Self { block, pool: PhantomData }
    }

    /// Puts the value into the block.
    #[inline(always)]
    pub fn write(self, value: T) -> Box<T, P> {
        // SAFETY: the block is this slot's alone, and is as large and aligned as the type.
        unsafe { self.block.write(value) };
        // SAFETY: the value was just written.
        unsafe { self.assume_init() }
    }

    /// The room for the value, to be written by other means.
    #[must_use]
    pub fn room(&mut self) -> &mut MaybeUninit<T> {
        // SAFETY: the block is this slot's alone, as large and aligned as the type, and need not have a value.
        unsafe { self.block.cast().as_mut() }
    }

    /// Has the value made in the room, by what gives a reference to it back.
    ///
    /// # Panics
    ///
    /// If that is a reference to something else.
    #[inline]
    pub fn init(mut self, make: impl FnOnce(&mut MaybeUninit<T>) -> &mut T) -> Box<T, P> {
        const { assert!(size_of::<T>() > 0, "a value without bytes has no room of its own: use `write`") };
        let made: *const T = make(self.room());
        assert!(made == self.block.as_ptr(), "the value was made elsewhere");
        // SAFETY: there is a reference to a value in this block, so that there is a value.
        unsafe { self.assume_init() }
    }

    /// The value that was written to the room.
    ///
    /// # Safety
    ///
    /// It must have been written as a whole.
    #[inline(always)]
    #[must_use]
    pub unsafe fn assume_init(self) -> Box<T, P> {
        let block = ManuallyDrop::new(self).block;
        // SAFETY: the block has a value, and the slot, which owned it, is forgotten.
        unsafe { Box::from_raw(block.as_ptr()) }
    }
}

impl<T, const N: usize, P: Declaration> Slot<[T; N], P> {
    /// Makes one element after the other in their places.
    #[inline]
    pub fn fill(mut self, mut element: impl FnMut(usize) -> T) -> Box<[T; N], P> {
        let first = self.room().as_mut_ptr().cast::<T>();
        let mut made = Made { first, count: 0 };
        while made.count < N {
            // SAFETY: the element is within the array.
            unsafe { first.add(made.count).write(element(made.count)) };
            made.count += 1;
        }
        core::mem::forget(made);
        // SAFETY: all elements were written.
        unsafe { self.assume_init() }
    }
}

/// The elements that are there already, should making the next one panic.
struct Made<T> {
    first: *mut T,
    count: usize,
}

impl<T> Drop for Made<T> {
    fn drop(&mut self) {
        // SAFETY: so many were written, and nobody else has them.
        unsafe { core::ptr::slice_from_raw_parts_mut(self.first, self.count).drop_in_place() };
    }
}

impl<T, P: Declaration> Drop for Slot<T, P> {
    fn drop(&mut self) {
        // SAFETY: the block was taken for this type, and this slot was its only user.
        unsafe { give::<P>(self.block.cast(), size_of::<T>(), align_of::<T>()) };
    }
}

impl<T, P: Declaration> fmt::Debug for Slot<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({:p})", self.block)
    }
}

/// All blocks of a class were taken. What did not find a place is in it.
pub struct Full<T, P> {
    /// What was to be put into the pool, or what was to make it.
    pub value: T,
    bytes: usize,
    align: usize,
    pool: PhantomData<fn() -> P>,
}

impl<T, P: Declaration> Full<T, P> {
    #[cold]
    pub(super) fn of<Wanted>(value: T) -> Self {
        Self { value, bytes: size_of::<Wanted>(), align: align_of::<Wanted>(), pool: PhantomData }
    }
}

impl<T, P: Declaration> fmt::Display for Full<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = P::CLASSES.get(P::class_of(self.bytes, self.align));
        let (count, bytes) = class.map_or((0, self.bytes), |class| (class.count, class.bytes));
        write!(f, "`{}` is full: all {count} blocks of {bytes} B are taken", P::NAME)
    }
}

impl<T, P: Declaration> fmt::Debug for Full<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Full({self})")
    }
}

impl<T, P: Declaration> core::error::Error for Full<T, P> {}
