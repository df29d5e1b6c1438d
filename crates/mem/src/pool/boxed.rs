//! Unsafe: a value in a block of a pool.
#![allow(unsafe_code)]

use super::declaration::{Declaration, FromAnywhere, give};
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// A value in a block of the pool `P`, which is given back when the box is dropped.
///
/// (Should dropping the value panic, its block is not given back.)
///
/// It is as large as a pointer to the value: nothing stands before the value in the block, as the type says which class
/// the block is of. Values of many types go where a trait is wanted, by [`unsize!`](crate::unsize!):
///
/// ```
/// use sostenuto_mem::pool::{Box, Pool, Room, pool, unsize};
///
/// pool! {
///     /// What shall happen to the sound, in 32 bytes each.
///     struct Effects { Room<32>: 8 }
/// }
///
/// type Effect = Box<dyn FnMut(f32) -> f32 + Send, Effects>;
///
/// fn gain(by: f32) -> Option<Effect> {
///     Effects::alloc(move |sample: f32| sample * by).ok().map(|boxed| unsize!(boxed => dyn FnMut(f32) -> f32 + Send))
/// }
///
/// fn echo(mut last: f32) -> Option<Effect> {
///     let effect = move |sample: f32| core::mem::replace(&mut last, sample);
///     Effects::alloc(effect).ok().map(|boxed| unsize!(boxed => dyn FnMut(f32) -> f32 + Send))
/// }
///
/// let mut chain = [gain(0.5).unwrap(), echo(1.0).unwrap()];
/// let sound: Vec<f32> = [2.0, 4.0].iter().map(|&sample| chain.iter_mut().fold(sample, |s, effect| effect(s))).collect();
/// assert_eq!(sound, [1.0, 1.0]);
/// ```
pub struct Box<T: ?Sized, P: Declaration> {
    value: NonNull<T>,
    owns: PhantomData<T>,
    pool: PhantomData<P>,
}

// SAFETY: a box owns its value, and the blocks of a shared pool are given back from anywhere.
unsafe impl<T: ?Sized + Send, P: Declaration<Free: FromAnywhere>> Send for Box<T, P> {}
// SAFETY: a shared box gives shared access to the value only.
unsafe impl<T: ?Sized + Sync, P: Declaration<Free: FromAnywhere>> Sync for Box<T, P> {}

impl<T, P: Declaration> Box<T, P> {
    /// Takes the value out and gives the block back.
    #[must_use]
    pub fn into_inner(boxed: Self) -> T {
        let block = ManuallyDrop::new(boxed).value;
        // SAFETY: the value was the box's own, which is forgotten.
        let value = unsafe { block.read() };
        // SAFETY: the block was taken for this type, and the value has moved out.
        unsafe { give::<P>(block.cast(), size_of::<T>(), align_of::<T>()) };
        value
    }
}

impl<T: ?Sized, P: Declaration> Box<T, P> {
    /// The value for ever: its block is never given back.
    #[must_use]
    pub fn leak<'a>(boxed: Self) -> &'a mut T
    where
        T: 'a,
    {
        // SAFETY: the value was the box's own, and stays where it is for as long as the program runs.
        unsafe { &mut *Self::into_raw(boxed) }
    }

    /// The value in its place, from which it will never be moved.
    #[must_use]
    pub fn into_pin(boxed: Self) -> Pin<Self> {
        // SAFETY: a block stays where it is, and the value in it until it is dropped: with a pinned box, none of the
        // functions that would move it can be called.
        unsafe { Pin::new_unchecked(boxed) }
    }

    /// The value, whose block must be given back by [`from_raw`](Self::from_raw).
    #[must_use]
    pub fn into_raw(boxed: Self) -> *mut T {
        ManuallyDrop::new(boxed).value.as_ptr()
    }

    /// The box of a value.
    ///
    /// # Safety
    ///
    /// The value must come from [`into_raw`](Self::into_raw) of a box of this pool, be it coerced to another type since,
    /// and from each such call one box may be made.
    #[inline(always)]
    #[must_use]
    pub unsafe fn from_raw(value: *mut T) -> Self {
        // SAFETY: the value of a box is not null.
        Self { value: unsafe { NonNull::new_unchecked(value) }, owns: PhantomData, pool: PhantomData }
    }
}

impl<T: ?Sized, P: Declaration> Drop for Box<T, P> {
    #[inline(always)]
    fn drop(&mut self) {
        let (bytes, align) = (size_of_val::<T>(self), align_of_val::<T>(self));
        // SAFETY: the value is the box's own, and is not used any more.
        unsafe { self.value.drop_in_place() };
        // SAFETY: the block was taken for a value of this size and alignment, which is no more.
        unsafe { give::<P>(self.value.cast(), bytes, align) };
    }
}

impl<T: ?Sized, P: Declaration> Deref for Box<T, P> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the value is the box's own.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, P: Declaration> DerefMut for Box<T, P> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the value is the box's own.
        unsafe { self.value.as_mut() }
    }
}

// A block stays where it is, whatever becomes of its box.
impl<T: ?Sized, P: Declaration> Unpin for Box<T, P> {}

impl<T: ?Sized, P: Declaration> From<Box<T, P>> for Pin<Box<T, P>> {
    fn from(boxed: Box<T, P>) -> Self {
        Box::into_pin(boxed)
    }
}

impl<F: Future + Unpin + ?Sized, P: Declaration> Future for Box<F, P> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut **self).poll(context)
    }
}

impl<T: ?Sized, P: Declaration> AsRef<T> for Box<T, P> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized, P: Declaration> AsMut<T> for Box<T, P> {
    fn as_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: ?Sized + fmt::Debug, P: Declaration> fmt::Debug for Box<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display, P: Declaration> fmt::Display for Box<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized + PartialEq, P: Declaration> PartialEq for Box<T, P> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq, P: Declaration> Eq for Box<T, P> {}

impl<T: ?Sized + PartialOrd, P: Declaration> PartialOrd for Box<T, P> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: ?Sized + Ord, P: Declaration> Ord for Box<T, P> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (**self).cmp(&**other)
    }
}
