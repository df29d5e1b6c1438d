//! Unsafe: memory of statics that something else gives out.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// The memory of a static, aligned to so many bytes at least.
#[doc(hidden)]
#[repr(C)]
pub struct Memory<T, const ALIGN: usize>
where
    Align<ALIGN>: Aligned,
{
    align: [<Align<ALIGN> as Aligned>::Unit; 0],
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: what gives it out (`Placed`, `Uninitialised`, and the free blocks of a pool) sees to it that each byte has one user,
// to whom values are sent.
unsafe impl<T: Send, const ALIGN: usize> Sync for Memory<T, ALIGN> where Align<ALIGN>: Aligned {}

#[allow(missing_docs)]
impl<T: 'static, const ALIGN: usize> Memory<T, ALIGN>
where
    Align<ALIGN>: Aligned,
{
    #[must_use]
    pub const fn with(value: T) -> Self {
        Self { align: [], value: UnsafeCell::new(MaybeUninit::new(value)) }
    }

    #[must_use]
    pub const fn without() -> Self {
        Self { align: [], value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    pub(crate) const fn cell(&self) -> &UnsafeCell<MaybeUninit<T>> {
        &self.value
    }

    /// Where it begins.
    #[inline(always)]
    pub const fn first(&'static self) -> NonNull<u8> {
        // SAFETY: the address of a static is not null.
        unsafe { NonNull::new_unchecked(self.value.get().cast()) }
    }
}

/// An alignment as a type.
#[doc(hidden)]
pub struct Align<const BYTES: usize>;

#[doc(hidden)]
#[diagnostic::on_unimplemented(message = "a block is aligned to 4096 bytes at most")]
pub trait Aligned {
    type Unit;
}

macro_rules! aligned {
    ($($unit:ident $bytes:literal),*) => {$(
        #[doc(hidden)]
        #[repr(align($bytes))]
        pub struct $unit;

        impl Aligned for Align<$bytes> {
            type Unit = $unit;
        }
    )*};
}

aligned!(To1 1, To2 2, To4 4, To8 8, To16 16, To32 32, To64 64, To128 128, To256 256, To512 512, To1024 1024, To2048 2048, To4096 4096);
