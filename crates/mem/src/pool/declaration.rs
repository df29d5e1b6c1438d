//! Unsafe: what `pool!` makes of a declaration, and how blocks are taken from it.
#![allow(unsafe_code)]

use super::area::Area;
use super::class::{Class, Declared, find, refuse};
use super::word::Link;
use core::marker::PhantomData;
use core::ptr::NonNull;

/// What was written in a declaration.
pub trait Declares {
    /// The pool's name.
    const NAME: &'static str;
    /// What it was declared to hold.
    const DECLARED: &'static [Declared];
    /// How many bytes its blocks may have together.
    const BUDGET: usize;
}

/// A pool as a type, made by [`pool!`](crate::pool!).
///
/// # Safety
///
/// For `pool!` alone: the classes must be those of a table of the declared types, and the blocks and links statics of the
/// table's sizes, which nothing else uses.
pub unsafe trait Declaration: Declares + Sized + 'static {
    /// Whether the pool is shared or has one owner.
    #[doc(hidden)]
    type Free: FreeBlocks;

    /// Its size classes, the smallest blocks first.
    const CLASSES: &'static [Class];
    /// How many bytes its blocks have together.
    const BYTES: usize;

    /// The class whose blocks hold such a value, without a loop, so that a compiler knows the answer for a type.
    #[doc(hidden)]
    fn class_of(bytes: usize, align: usize) -> usize;
    #[doc(hidden)]
    fn free(class: usize) -> &'static Self::Free;
    #[doc(hidden)]
    fn blocks() -> NonNull<u8>;
    #[doc(hidden)]
    fn links() -> &'static [Link];
}

/// The free blocks of a class: each is given to one taker at a time.
///
/// All that it does takes an `Area`, which is made in this module only: for a pool that has one owner, by the owner and its
/// boxes.
#[doc(hidden)]
pub trait FreeBlocks: Sized + 'static {
    const NEW: Self;
    /// How large and aligned a block is at least.
    const LEAST: usize;
    /// Up to how many blocks a class has no links.
    const WITHOUT_LINKS: usize;

    fn take(&self, area: Area) -> Option<NonNull<u8>>;
    fn give(&self, area: Area, block: NonNull<u8>);
    fn fail(&self, area: Area);
    fn live(&self, area: Area) -> usize;
    fn peak(&self, area: Area) -> usize;
    fn failed(&self, area: Area) -> usize;
}

/// Blocks that are taken and given back from anywhere.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a value in a `local` pool stays with the pool's owner",
    note = "a pool without `local` is shared by threads and interrupts"
)]
pub trait FromAnywhere {}

/// The class of a type in a pool.
struct ClassOf<T, P>(PhantomData<(T, P)>);

impl<T, P: Declaration> ClassOf<T, P> {
    const INDEX: usize = match find(P::CLASSES, size_of::<T>(), align_of::<T>()) {
        Some(index) => index,
        None if size_of::<T>() == 0 => 0, // needs no block
        None => refuse(P::NAME, P::CLASSES[P::CLASSES.len() - 1].bytes, size_of::<T>(), align_of::<T>()),
    };
}

/// Refuses, while the program is compiled, a type that no class holds: to be asked where the user's call is instantiated,
/// so that the compiler tells which one it is.
pub(super) const fn assert_held<T, P: Declaration>() {
    _ = ClassOf::<T, P>::INDEX;
}

/// Takes a block for a value of a type. A value without bytes needs none.
#[inline(always)]
pub(super) fn take<T, P: Declaration>() -> Option<NonNull<T>> {
    if size_of::<T>() == 0 {
        return Some(NonNull::dangling());
    }
    let class = const { ClassOf::<T, P>::INDEX };
    take_block::<P>(class).map(NonNull::cast)
}

/// Takes a block for so many bytes, more than none; the whole of the block.
pub(crate) fn take_bytes<P: Declaration>(bytes: usize, align: usize) -> Option<NonNull<[u8]>> {
    let class = P::class_of(bytes, align);
    let length = P::CLASSES.get(class)?.bytes;
    take_block::<P>(class).map(|block| NonNull::slice_from_raw_parts(block, length))
}

#[inline(always)]
fn take_block<P: Declaration>(class: usize) -> Option<NonNull<u8>> {
    let block = P::free(class).take(area::<P>(class));
    if block.is_none() {
        P::free(class).fail(area::<P>(class));
    }
    block
}

/// Gives back the block of a value.
///
/// # Safety
///
/// The block must come from `take` of this pool for a value of this size and alignment, and nobody must use it any more.
#[inline(always)]
pub(crate) unsafe fn give<P: Declaration>(block: NonNull<u8>, bytes: usize, align: usize) {
    if bytes > 0 {
        let class = P::class_of(bytes, align);
        P::free(class).give(area::<P>(class), block);
    }
}

#[inline(always)]
pub(super) fn area<P: Declaration>(class: usize) -> Area {
    // SAFETY: they are of this pool.
    unsafe { Area::new(&P::CLASSES[class], P::blocks(), P::links()) }
}
