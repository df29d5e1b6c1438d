//! Unsafe: boxes for traits and slices.
#![allow(unsafe_code)]

use super::arc::Arc;
use super::boxed::Box;
use super::declaration::Declaration;
use core::marker::PhantomData;

pub use crate::unsize;

/// The same box, for a trait that its value has or for a slice of its array: `unsize!(boxed => dyn FnMut())`.
///
/// What `std` does for its boxes by itself, a library cannot on stable Rust. It works for [`Box`](crate::pool::Box) and [`Arc`](crate::pool::Arc). A value that
/// borrows goes by `unsize!(boxed => dyn FnMut() + '_)`.
#[macro_export]
macro_rules! unsize {
    ($boxed:expr => $unsized:ty) => {{
        let (value, kind) = $crate::pool::Unsize::into_parts($boxed);
        let value: *mut $unsized = value;
        // SAFETY: the value comes from such a box, and the assignment can do nothing but coerce its pointer.
        unsafe { kind.join(value) }
    }};
}

/// What [`unsize!`] works for.
///
/// # Safety
///
/// For the boxes of this crate alone.
#[doc(hidden)]
pub unsafe trait Unsize: Sized {
    type Value: ?Sized;
    type Of<U: ?Sized>;

    fn into_parts(self) -> (*mut Self::Value, Kind<Self>);

    /// # Safety
    ///
    /// The value must come from `into_parts`, by nothing but a coercion of the pointer.
    unsafe fn from_value<U: ?Sized>(value: *mut U) -> Self::Of<U>;
}

/// Which box a value comes from.
#[doc(hidden)]
pub struct Kind<B>(PhantomData<B>);

impl<B: Unsize> Kind<B> {
    /// # Safety
    ///
    /// The value must come from `into_parts` together with this, by nothing but a coercion of the pointer.
    pub unsafe fn join<U: ?Sized>(self, value: *mut U) -> B::Of<U> {
        // SAFETY: by this function's contract.
        unsafe { B::from_value(value) }
    }
}

// SAFETY: a box is made of what another one gave away.
unsafe impl<T: ?Sized, P: Declaration> Unsize for Box<T, P> {
    type Value = T;
    type Of<U: ?Sized> = Box<U, P>;

    fn into_parts(self) -> (*mut T, Kind<Self>) {
        (Box::into_raw(self), Kind(PhantomData))
    }

    unsafe fn from_value<U: ?Sized>(value: *mut U) -> Box<U, P> {
        // SAFETY: by this function's contract.
        unsafe { Box::from_raw(value) }
    }
}

// SAFETY: as above.
unsafe impl<T: ?Sized, P: Declaration> Unsize for Arc<T, P> {
    type Value = T;
    type Of<U: ?Sized> = Arc<U, P>;

    fn into_parts(self) -> (*mut T, Kind<Self>) {
        (Arc::into_raw(self).cast_mut(), Kind(PhantomData))
    }

    unsafe fn from_value<U: ?Sized>(value: *mut U) -> Arc<U, P> {
        // SAFETY: by this function's contract.
        unsafe { Arc::from_raw(value) }
    }
}
