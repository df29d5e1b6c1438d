//! Unsafe: the free blocks of a class that has one owner, and the owner.
#![allow(unsafe_code)]

use super::arc::{Arc, Counted};
use super::area::Area;
use super::boxed::Box;
use super::declaration::{Declaration, FreeBlocks, assert_held, take};
use super::report::Report;
use super::slot::{Full, Slot};
use super::word::{AtomicWord, Word};
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

/// Which blocks of a class are free, in a pool that has one owner: a list whose links lie in the free blocks.
#[doc(hidden)]
pub struct LocalBlocks {
    first: Cell<Link>,
    /// How many blocks have ever been taken. As a block that was never taken is taken only when the list is empty, that is
    /// how many were ever taken at once.
    fresh: Cell<usize>,
    failed: Cell<usize>,
}

/// What a free block holds: the next one.
type Link = Option<NonNull<u8>>;

// SAFETY: what calls these methods comes from the one `Owner`, or from a box that it made; neither leaves the thread or
// interrupt that has it.
unsafe impl Sync for LocalBlocks {}

impl FreeBlocks for LocalBlocks {
    #[allow(clippy::declare_interior_mutable_const)] // made anew for each class
    const NEW: Self = Self { first: Cell::new(None), fresh: Cell::new(0), failed: Cell::new(0) };
    const LEAST: usize = size_of::<Link>();
    const WITHOUT_LINKS: usize = usize::MAX;

    #[inline(always)]
    fn take(&self, area: Area) -> Option<NonNull<u8>> {
        let Some(first) = self.first.get() else { return self.take_fresh(area) };
        // SAFETY: a block in the list is free, large enough and aligned for a link, and `give` wrote one to it.
        self.first.set(unsafe { first.cast::<Link>().read() });
        Some(first)
    }

    #[inline(always)]
    fn give(&self, _: Area, block: NonNull<u8>) {
        // SAFETY: the block is free from here on, large enough and aligned for a link.
        unsafe { block.cast::<Link>().write(self.first.get()) };
        self.first.set(Some(block));
    }

    #[inline(always)]
    fn fail(&self, _: Area) {
        self.failed.set(self.failed.get().saturating_add(1));
    }

    fn live(&self, area: Area) -> usize {
        let mut free = 0;
        let mut next = self.first.get();
        while let Some(block) = next {
            free += 1;
            // SAFETY: as in `take`.
            next = unsafe { block.cast::<Link>().read() };
        }
        self.peak(area) - free
    }

    fn peak(&self, _: Area) -> usize {
        self.fresh.get()
    }

    fn failed(&self, _: Area) -> usize {
        self.failed.get()
    }
}

impl LocalBlocks {
    #[inline(always)]
    fn take_fresh(&self, area: Area) -> Option<NonNull<u8>> {
        let fresh = self.fresh.get();
        (fresh < area.class.count).then(|| {
            self.fresh.set(fresh + 1);
            area.block(fresh)
        })
    }
}

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

/// Whether there is an owner.
#[doc(hidden)]
pub struct Taken(Word);

impl Taken {
    #[allow(clippy::new_without_default, missing_docs)] // for the statics of `pool!` alone
    #[must_use]
    pub const fn new() -> Self {
        Self(Word::new(0))
    }

    /// Whether it was not taken before.
    pub(crate) fn take(&self) -> bool {
        self.0.replace_by(|taken| (taken == 0).then_some(1)).is_ok()
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
        match take::<T, P>() {
            Some(block) => Ok(Slot::new(block).write(value)),
            None => Err(Full::of::<T>(value)),
        }
    }

    /// Makes a value in a block, if there is one.
    ///
    /// # Errors
    ///
    /// [`Full`] with what would have made it.
    #[inline]
    pub fn alloc_with<T, F: FnOnce() -> T>(&self, make: F) -> Result<Box<T, P>, Full<F, P>> {
        const { assert_held::<T, P>() };
        match take::<T, P>() {
            Some(block) => Ok(Slot::new(block).write(make())),
            None => Err(Full::of::<T>(make)),
        }
    }

    /// A block for a value that is still to be made.
    ///
    /// # Errors
    ///
    /// [`Full`], if all blocks of its class are taken.
    #[inline]
    pub fn reserve<T>(&self) -> Result<Slot<T, P>, Full<(), P>> {
        const { assert_held::<T, P>() };
        take::<T, P>().map(Slot::new).ok_or_else(|| Full::of::<T>(()))
    }

    /// Puts a value that several will share into a block, which must have room for a [`Counted`] one.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value, if all blocks of its class are taken.
    #[inline]
    pub fn share<T>(&self, value: T) -> Result<Arc<T, P>, Full<T, P>> {
        const { assert_held::<Counted<T>, P>() };
        match take::<Counted<T>, P>() {
            Some(block) => Ok(Arc::new(Slot::new(block).write(Counted::new(value)))),
            None => Err(Full::of::<Counted<T>>(value)),
        }
    }

    /// What the pool has and had.
    #[must_use]
    pub fn report(&self) -> Report<P> {
        Report::new()
    }
}
