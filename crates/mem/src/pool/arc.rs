//! Unsafe: a value in a block of a pool that several share.
#![allow(unsafe_code)]

use super::boxed::Box;
use super::declaration::{Declaration, FromAnywhere};
use super::sharers;
use super::word::Word;
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::{NonNull, addr_of};

/// A value that several share, in a block of the pool `P`; the last one gives the block back.
///
/// The count of them stands before the value, so that the pool must have blocks of [`Counted`] values:
///
/// ```
/// use sostenuto_mem::pool::{Arc, Counted, Pool, pool};
///
/// pool! {
///     /// Impulse responses that several voices read.
///     struct Responses { Counted<[f32; 64]>: 2 }
/// }
///
/// let response = Responses::share([0.5_f32; 64])?;
/// let other = Arc::clone(&response);
/// drop(response);
/// assert_eq!(other[63], 0.5);
/// assert_eq!(Responses::report().live(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Arc<T: ?Sized, P: Declaration> {
    counted: NonNull<Counted<T>>,
    owns: PhantomData<Counted<T>>,
    pool: PhantomData<P>,
}

/// A value with the count of those that share it.
#[repr(C)]
pub struct Counted<T: ?Sized> {
    sharers: Word,
    value: T,
}

// SAFETY: each of those that share has access to the value from its thread, and the last one drops it there.
unsafe impl<T: ?Sized + Send + Sync, P: Declaration<Free: FromAnywhere>> Send for Arc<T, P> {}
// SAFETY: who has a reference can make an `Arc` of it, so that it is the same.
unsafe impl<T: ?Sized + Send + Sync, P: Declaration<Free: FromAnywhere>> Sync for Arc<T, P> {}

impl<T> Counted<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { sharers: Word::new(0), value }
    }
}

impl<T: ?Sized, P: Declaration> Arc<T, P> {
    pub(super) fn new(counted: Box<Counted<T>, P>) -> Self {
        sharers::begin(&counted.sharers);
        // SAFETY: the value of a box is not null.
        let counted = unsafe { NonNull::new_unchecked(Box::into_raw(counted)) };
        Self { counted, owns: PhantomData, pool: PhantomData }
    }

    /// Whether both are the same value in the same block.
    #[must_use]
    pub fn ptr_eq(one: &Self, other: &Self) -> bool {
        one.counted.addr() == other.counted.addr()
    }

    /// The value, to be changed, if nobody else shares it.
    #[must_use]
    pub fn get_mut(arc: &mut Self) -> Option<&mut T> {
        if !sharers::is_one(arc.sharers()) {
            return None;
        }
        // SAFETY: nobody else has it, and nobody can come to share it but by this one, which is borrowed.
        Some(unsafe { &mut arc.counted.as_mut().value })
    }

    /// The value, whose share must be given back by [`from_raw`](Self::from_raw).
    #[must_use]
    pub fn into_raw(arc: Self) -> *const T {
        let counted = ManuallyDrop::new(arc).counted.as_ptr();
        // SAFETY: the value is there, as this one had a share of it.
        unsafe { addr_of!((*counted).value) }
    }

    /// The share of a value.
    ///
    /// # Safety
    ///
    /// The value must come from [`into_raw`](Self::into_raw) of this pool, be it coerced to another type since, and from each
    /// such call one `Arc` may be made.
    #[must_use]
    pub unsafe fn from_raw(value: *const T) -> Self {
        // SAFETY: by this function's contract, the value is there.
        let align = align_of_val(unsafe { &*value });
        let before = size_of::<Word>().next_multiple_of(align);
        // SAFETY: the count stands before the value, with what its alignment leaves free between them.
        let counted = unsafe { value.byte_sub(before) } as *mut Counted<T>;
        // SAFETY: the address of a block is not null.
        Self { counted: unsafe { NonNull::new_unchecked(counted) }, owns: PhantomData, pool: PhantomData }
    }

    fn sharers(&self) -> &Word {
        // SAFETY: the value is there while it is shared, and its count is never borrowed to be changed.
        unsafe { &*addr_of!((*self.counted.as_ptr()).sharers) }
    }
}

impl<T: ?Sized, P: Declaration> Clone for Arc<T, P> {
    fn clone(&self) -> Self {
        sharers::join(self.sharers());
        Self { counted: self.counted, owns: PhantomData, pool: PhantomData }
    }
}

impl<T: ?Sized, P: Declaration> Drop for Arc<T, P> {
    fn drop(&mut self) {
        if sharers::leave(self.sharers()) {
            // SAFETY: this one was the last, and the value came from a box of this pool.
            drop(unsafe { Box::<Counted<T>, P>::from_raw(self.counted.as_ptr()) });
        }
    }
}

impl<T: ?Sized, P: Declaration> Deref for Arc<T, P> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the value is there while it is shared, and is not changed.
        unsafe { &self.counted.as_ref().value }
    }
}

impl<T: ?Sized, P: Declaration> Unpin for Arc<T, P> {}

impl<T: ?Sized, P: Declaration> AsRef<T> for Arc<T, P> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug, P: Declaration> fmt::Debug for Arc<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display, P: Declaration> fmt::Display for Arc<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
