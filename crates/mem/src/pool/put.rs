//! How values come into the blocks of a pool, be it shared or local.

use super::arc::{Arc, Counted};
use super::boxed::Box;
use super::declaration::{Declaration, take};
use super::slot::{Full, Slot};

/// Puts a value into a block.
#[inline(always)]
pub(super) fn put<T, P: Declaration>(value: T) -> Result<Box<T, P>, Full<T, P>> {
    match take::<T, P>() {
        Some(block) => Ok(Slot::new(block).write(value)),
        None => Err(Full::of::<T>(value)),
    }
}

/// Makes a value in a block.
#[inline(always)]
pub(super) fn make<T, P: Declaration, F: FnOnce() -> T>(make: F) -> Result<Box<T, P>, Full<F, P>> {
    match take::<T, P>() {
        Some(block) => Ok(Slot::new(block).write(make())),
        None => Err(Full::of::<T>(make)),
    }
}

/// A block without a value.
#[inline(always)]
pub(super) fn reserve<T, P: Declaration>() -> Result<Slot<T, P>, Full<(), P>> {
    take::<T, P>().map(Slot::new).ok_or_else(|| Full::of::<T>(()))
}

/// Puts a value into a block with the count of those that share it.
#[inline(always)]
pub(super) fn share<T, P: Declaration>(value: T) -> Result<Arc<T, P>, Full<T, P>> {
    match take::<Counted<T>, P>() {
        Some(block) => Ok(Arc::new(Slot::new(block).write(Counted::new(value)))),
        None => Err(Full::of::<Counted<T>>(value)),
    }
}
