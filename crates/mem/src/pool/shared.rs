//! A pool that threads and interrupts share.

use super::arc::{Arc, Counted};
use super::boxed::Box;
use super::declaration::{Declaration, assert_held};
use super::made::SharedBlocks;
use super::put;
use super::report::Report;
use super::slot::{Full, Slot};

/// A pool that threads and interrupts share, declared by [`pool!`](super::pool!).
pub trait Pool: Declaration<Free = SharedBlocks> {
    /// Puts a value into a block.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value, if all blocks of its class are taken.
    #[inline]
    fn alloc<T>(value: T) -> Result<Box<T, Self>, Full<T, Self>> {
        const { assert_held::<T, Self>() };
        put::put(value)
    }

    /// Makes a value in a block, if there is one.
    ///
    /// # Errors
    ///
    /// [`Full`] with what would have made it.
    #[inline]
    fn alloc_with<T, F: FnOnce() -> T>(make: F) -> Result<Box<T, Self>, Full<F, Self>> {
        const { assert_held::<T, Self>() };
        put::make(make)
    }

    /// A block for a value that is still to be made.
    ///
    /// # Errors
    ///
    /// [`Full`], if all blocks of its class are taken.
    #[inline]
    fn reserve<T>() -> Result<Slot<T, Self>, Full<(), Self>> {
        const { assert_held::<T, Self>() };
        put::reserve()
    }

    /// Puts a value that several will share into a block, which must have room for a [`Counted`] one.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value, if all blocks of its class are taken.
    #[inline]
    fn share<T>(value: T) -> Result<Arc<T, Self>, Full<T, Self>> {
        const { assert_held::<Counted<T>, Self>() };
        put::share(value)
    }

    /// What the pool has and had.
    #[must_use]
    fn report() -> Report<Self> {
        Report::new()
    }
}

impl<P: Declaration<Free = SharedBlocks>> Pool for P {}
