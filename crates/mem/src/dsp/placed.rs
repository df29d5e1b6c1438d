//! Unsafe: an array in the memory of a manager.
#![allow(unsafe_code)]

use super::manager::{DspMemoryManager, OutOfMemory};
use super::zone::Zone;
use core::fmt;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

/// A value in the memory that a manager gave for its zone, which goes back when it is dropped.
///
/// The value is made where it lies, of zeros: it never goes through the stack.
pub struct Placed<'m, T: Zeroable> {
    value: NonNull<T>,
    zone: &'static Zone<'static>,
    manager: &'m dyn DspMemoryManager,
}

// SAFETY: it owns its value, and its manager takes memory back from any thread (`Sync`).
unsafe impl<T: Zeroable + Send> Send for Placed<'_, T> {}
// SAFETY: a shared one gives shared access to the value only.
unsafe impl<T: Zeroable + Sync> Sync for Placed<'_, T> {}

impl<'m, T: Zeroable> Placed<'m, T> {
    /// Zeros, in memory for this zone.
    ///
    /// A zone that is smaller or less aligned than the value counts as one that is not.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`], if the manager has none.
    pub fn zeroed(
        manager: &'m dyn DspMemoryManager,
        zone: &'static Zone<'static>,
    ) -> Result<Self, OutOfMemory> {
        let asked = Self::whole(zone);
        let memory = match asked.bytes {
            0 => NonNull::dangling(),
            _ => manager.allocate(&asked).ok_or(OutOfMemory::of(&asked))?.cast::<T>(),
        };
        // SAFETY: the memory is there for one `T`, aligned, and nobody else's; all its bytes may be zero.
        unsafe { memory.write_bytes(0, 1) };
        Ok(Self { value: memory, zone, manager })
    }

    /// The zone with room for a `T`.
    fn whole(zone: &Zone<'static>) -> Zone<'static> {
        Zone { bytes: zone.bytes.max(size_of::<T>()), align: zone.align.max(align_of::<T>()), ..*zone }
    }
}

impl<T: Zeroable> Drop for Placed<'_, T> {
    fn drop(&mut self) {
        let asked = Self::whole(self.zone);
        if asked.bytes > 0 {
            // SAFETY: the memory was given for this very zone, and the value, which needs no drop, is not used any more.
            unsafe { self.manager.destroy(&asked, self.value.cast()) };
        }
    }
}

impl<T: Zeroable> Deref for Placed<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the value is this one's own.
        unsafe { self.value.as_ref() }
    }
}

impl<T: Zeroable> DerefMut for Placed<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the value is this one's own.
        unsafe { self.value.as_mut() }
    }
}

impl<T: Zeroable + fmt::Debug> fmt::Debug for Placed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Values whose bytes may all be zero: numbers, and arrays of them.
///
/// # Safety
///
/// All bytes zero must be a value.
pub unsafe trait Zeroable: Copy {}

macro_rules! zeroable {
    ($($number:ty)*) => {
        // SAFETY: zero is a number.
        $(unsafe impl Zeroable for $number {})*
    };
}

zeroable!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize f32 f64);

// SAFETY: an array has no bytes but those of its elements.
unsafe impl<T: Zeroable, const N: usize> Zeroable for [T; N] {}

/// Declares a struct of numbers and arrays of them, whose bytes may all be zero.
///
/// ```
/// use sostenuto_mem::{dsp::Zeroable, zeroable};
///
/// zeroable! {
///     /// What one sample leaves to the next.
///     struct State {
///         gain: f32,
///         last: [f32; 2],
///     }
/// }
///
/// fn is_zeroable<T: Zeroable>() {}
/// is_zeroable::<State>();
/// ```
#[macro_export]
macro_rules! zeroable {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy)]
        $visibility struct $name {
            $($field: $type,)*
        }

        const _: () = {
            const fn is_zeroable<T: $crate::dsp::Zeroable>() {}
            $(is_zeroable::<$type>();)*
        };

        // SAFETY: it has no fields but those whose bytes may all be zero, as was just made sure of.
        unsafe impl $crate::dsp::Zeroable for $name {}
    };
}
