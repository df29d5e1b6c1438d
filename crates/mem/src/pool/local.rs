//! A pool with one owner, and the owner.

use super::arc::{Arc, Counted};
use super::boxed::Box;
use super::declaration::{Declaration, assert_held};
use super::made::LocalBlocks;
use super::put;
use super::report::Report;
use super::slot::{Full, Slot};
use crate::taken::Taken;
use core::marker::PhantomData;

/// The one who may take blocks of a pool that was declared as `local`, without any care for interrupts and threads.
///
/// It stays where it was taken, and so do its boxes: take it in the interrupt or thread that plays.
///
/// ```
/// use sostenuto_mem::pool::{LocalPool, pool};
///
/// struct Grain {
///     at: f32,
///     left: u32,
/// }
///
/// pool! {
///     /// The grains that sound.
///     local struct Grains (budget: 1024) { Grain: 100 }
/// }
///
/// let grains = Grains::take().expect("taken once");
/// let grain = grains.alloc(Grain { at: 0.5, left: 480 }).expect("not more than 100 at once");
/// drop(grain);
/// assert_eq!(grains.report().class_of::<Grain>().unwrap().peak, 1);
/// ```
pub struct Owner<P>(PhantomData<(P, *mut ())>);

/// A pool with one owner.
pub trait LocalPool: Declaration<Free = LocalBlocks> {
    #[doc(hidden)]
    fn taken() -> &'static Taken;

    /// Makes the owner, once: `None` from then on.
    #[must_use]
    fn take() -> Option<Owner<Self>> {
        Self::taken().take().then_some(Owner(PhantomData))
    }
}

impl<P: LocalPool> Owner<P> {
    /// Puts a value into a block.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value, if all blocks of its class are taken.
    #[inline]
    pub fn alloc<T>(&self, value: T) -> Result<Box<T, P>, Full<T, P>> {
        const { assert_held::<T, P>() };
        put::put(value)
    }

    /// Makes a value in a block, if there is one.
    ///
    /// # Errors
    ///
    /// [`Full`] with what would have made it.
    #[inline]
    pub fn alloc_with<T, F: FnOnce() -> T>(&self, make: F) -> Result<Box<T, P>, Full<F, P>> {
        const { assert_held::<T, P>() };
        put::make(make)
    }

    /// A block for a value that is still to be made.
    ///
    /// # Errors
    ///
    /// [`Full`], if all blocks of its class are taken.
    #[inline]
    pub fn reserve<T>(&self) -> Result<Slot<T, P>, Full<(), P>> {
        const { assert_held::<T, P>() };
        put::reserve()
    }

    /// Puts a value that several will share into a block, which must have room for a [`Counted`] one.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value, if all blocks of its class are taken.
    #[inline]
    pub fn share<T>(&self, value: T) -> Result<Arc<T, P>, Full<T, P>> {
        const { assert_held::<Counted<T>, P>() };
        put::share(value)
    }

    /// What the pool has and had.
    #[must_use]
    pub fn report(&self) -> Report<P> {
        Report::new()
    }
}
