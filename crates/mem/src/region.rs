//! Unsafe: statics in named regions of memory, each given out once.
//!
//! ```
//! use sostenuto_mem::region;
//!
//! region! {
//!     in ".sdram_bss", uninitialised;
//!     /// Two seconds of echo.
//!     static ECHO: [f32; 96_000] = [0.0; 96_000];
//! }
//!
//! region! {
//!     in ".sram1_bss", uninitialised, dma;
//!     /// What the codec sends, two halves of a block.
//!     static CAPTURE: [[i32; 64]; 2] = [[0; 64]; 2];
//! }
//!
//! // Once the SDRAM is set up:
//! let echo: &'static mut [f32; 96_000] = ECHO.take().expect("taken once");
//! echo[0] = 1.0;
//! assert!(ECHO.take().is_none());
//! ```
//!
//! A `#[link_section]` by hand goes wrong in silence: in a section that nothing sets at boot (cortex-m-rt sets `.data` and
//! `.bss` alone) an initialiser is lost, and a buffer that shares a cache line with something else is overwritten when the
//! line is. [`region!`](crate::region!) refuses the first and sees to the second. That the section lies in the region that
//! it is named for is for the linker script to say.
//!
//! After the section's name stands what is done with it at boot:
//!
//! - `initialised`: its values are copied there, as to `.data`. Any initialiser is right.
//! - `zeroed`: it is filled with zeros, as `.bss`. The initialiser must be zero.
//! - `uninitialised`: nothing. The initialiser must be zero, and [`Placed::take`] writes the zeros, when the memory is
//!   there. Without an initialiser, [`Uninitialised::take`] gives the memory as it is.
//!
//! With `dma` the static is aligned to 32 bytes, the cache line of a Cortex-M7, and must be a multiple of that in size.
//!
//! That an initialiser is zero is found out while the program is compiled, byte by byte; a type with padding, whose bytes
//! are not known, is refused for that, and goes without an initialiser. On a target with an operating system the statics
//! are ordinary ones.
//!
//! What is given out is an ordinary reference, so that using it costs nothing more. [`Placed::take`] of an uninitialised
//! region writes all of its bytes.
#![allow(unsafe_code)]

#[doc(hidden)]
pub use crate::memory::Memory;
use crate::memory::{Align, Aligned};
use crate::taken::Taken;
use const_panic::concat_panic;
use core::cell::UnsafeCell;
use core::mem::{ManuallyDrop, MaybeUninit};

/// The cache line of a Cortex-M7: what a buffer for DMA is aligned to, and its size a multiple of (ARM DDI 0489).
pub const CACHE_LINE: usize = 32;

/// A static with a value in a region, made by [`region!`](crate::region!).
pub struct Placed<T: 'static> {
    memory: &'static UnsafeCell<MaybeUninit<T>>,
    set_at_boot: bool,
    taken: Taken,
}

/// A static without a value in a region, made by [`region!`](crate::region!).
pub struct Uninitialised<T: 'static> {
    memory: &'static UnsafeCell<MaybeUninit<T>>,
    taken: Taken,
}

// SAFETY: the memory is used by the one who takes it, to whom its values are sent.
unsafe impl<T: Send> Sync for Placed<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Uninitialised<T> {}

#[allow(clippy::mut_from_ref)] // given once
impl<T> Placed<T> {
    /// The value, once: `None` from then on. If nothing sets its region at boot, it is set to zero now.
    #[must_use]
    pub fn take(&'static self) -> Option<&'static mut T> {
        if !self.taken.take() {
            return None;
        }
        // SAFETY: this is the only use of the memory, now and later.
        let memory = unsafe { &mut *self.memory.get() };
        if !self.set_at_boot {
            // SAFETY: the memory is that of one `T`.
            unsafe { memory.as_mut_ptr().write_bytes(0, 1) };
        }
        // SAFETY: the value was put there at boot, or just now: its bytes are zero, as `is_zero` made sure of.
        Some(unsafe { memory.assume_init_mut() })
    }
}

#[allow(clippy::mut_from_ref)] // given once
impl<T> Uninitialised<T> {
    /// The memory, once: `None` from then on.
    #[must_use]
    pub fn take(&'static self) -> Option<&'static mut MaybeUninit<T>> {
        // SAFETY: this is the only use of the memory, now and later.
        self.taken.take().then(|| unsafe { &mut *self.memory.get() })
    }
}

#[allow(missing_docs)]
impl<T: 'static, const ALIGN: usize> Memory<T, ALIGN>
where
    Align<ALIGN>: Aligned,
{
    /// # Safety
    ///
    /// Once, and the memory must be set at boot, or all bytes of a value may be zero.
    #[must_use]
    pub const unsafe fn placed(&'static self, set_at_boot: bool) -> Placed<T> {
        Placed { memory: self.cell(), set_at_boot, taken: Taken::new() }
    }

    /// # Safety
    ///
    /// Once.
    #[must_use]
    pub const unsafe fn uninitialised(&'static self) -> Uninitialised<T> {
        Uninitialised { memory: self.cell(), taken: Taken::new() }
    }
}

/// Refuses, while the program is compiled, a buffer that does not fill its cache lines.
#[doc(hidden)]
pub const fn assert_whole_lines(name: &str, bytes: usize) {
    if !bytes.is_multiple_of(CACHE_LINE) {
        concat_panic!(
            display: "`", display: name, display: "` has ", bytes,
            display: " B: a buffer for DMA fills whole cache lines of 32 B, or else what shares its last one is lost with \
                      it; make it ", bytes.next_multiple_of(CACHE_LINE), display: " B"
        );
    }
}

/// Refuses, while the program is compiled, an initialiser that would be lost.
#[doc(hidden)]
///
/// # Safety
///
/// While the program is compiled only: the compiler refuses bytes that are not set, such as padding.
pub const unsafe fn assert_zero<T, const RUNS: usize, const REST: usize>(
    name: &str,
    section: &str,
    value: T,
) {
    assert!(size_of::<T>() == size_of::<Bytes<RUNS, REST>>());
    if !is_zero::<T, RUNS, REST>(value) {
        concat_panic!(
            display: "`", display: name, display: "` begins with other bytes than zero, but nothing is copied to `",
            display: section, display: "` at boot: begin with zero, and write the values when the program runs"
        );
    }
}

/// How many bytes are looked at in one step: each step counts as work of the compiler, which has limits.
#[doc(hidden)]
pub const RUN: usize = 128;

#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Bytes<const RUNS: usize, const REST: usize> {
    runs: [[u128; RUN / 16]; RUNS],
    rest: [u8; REST],
}

const fn is_zero<T, const RUNS: usize, const REST: usize>(value: T) -> bool {
    #[repr(C)]
    union View<T, const RUNS: usize, const REST: usize> {
        value: ManuallyDrop<T>,
        bytes: Bytes<RUNS, REST>,
    }

    let view: View<T, RUNS, REST> = View { value: ManuallyDrop::new(value) };
    // SAFETY: both have the same size, and any bytes are right for integers; the compiler refuses bytes that are not set.
    let Bytes { runs, rest } = unsafe { view.bytes };
    let mut i = 0;
    while i < RUNS {
        let [a, b, c, d, e, f, g, h] = runs[i];
        if a | b | c | d | e | f | g | h != 0 {
            return false;
        }
        i += 1;
    }
    i = 0;
    while i < REST {
        if rest[i] != 0 {
            return false;
        }
        i += 1;
    }
    true
}

/// Puts statics into a linker section, each to be taken once. See the [module](mod@crate::region).
#[macro_export]
macro_rules! region {
    (in $section:literal, initialised $(, $dma:ident)?; $($rest:tt)+) => {
        $crate::region!(@each [$section, initialised $(, $dma)?] $($rest)+);
    };
    (in $section:literal, zeroed $(, $dma:ident)?; $($rest:tt)+) => {
        $crate::region!(@each [$section, zeroed $(, $dma)?] $($rest)+);
    };
    (in $section:literal, uninitialised $(, $dma:ident)?; $($rest:tt)+) => {
        $crate::region!(@each [$section, uninitialised $(, $dma)?] $($rest)+);
    };
    (in $section:literal, $boot:ident $($rest:tt)+) => {
        ::core::compile_error!(::core::concat!(
            "`", ::core::stringify!($boot), "` is no way to set a region at boot: `initialised`, `zeroed` or `uninitialised`"
        ));
    };
    (@each $place:tt) => {};
    (@each $place:tt $(#[$meta:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr; $($rest:tt)*) => {
        $crate::region!(@with $place [$(#[$meta])* $visibility] $name: $type = $value);
        $crate::region!(@each $place $($rest)*);
    };
    (@each $place:tt $(#[$meta:meta])* $visibility:vis static $name:ident: $type:ty; $($rest:tt)*) => {
        $crate::region!(@without $place [$(#[$meta])* $visibility] $name: $type);
        $crate::region!(@each $place $($rest)*);
    };

    (@with [$section:literal, initialised $(, $dma:ident)?] [$($head:tt)*] $name:ident: $type:ty = $value:expr) => {
        $($head)* static $name: $crate::region::Placed<$type> = {
            $crate::region!(@lines $name, $type $(, $dma)?);
            $crate::region!(@memory $section, $type, with($value) $(, $dma)?);
            // SAFETY: this is the one use of the memory, whose value is put there at boot.
            unsafe { __MEMORY.placed(true) }
        };
    };
    (@with [$section:literal, zeroed $(, $dma:ident)?] [$($head:tt)*] $name:ident: $type:ty = $value:expr) => {
        $($head)* static $name: $crate::region::Placed<$type> = {
            $crate::region!(@lines $name, $type $(, $dma)?);
            $crate::region!(@zero $section, $name, $type, $value);
            $crate::region!(@memory $section, $type, with($value) $(, $dma)?);
            // SAFETY: this is the one use of the memory, whose value, of zeros, is put there at boot.
            unsafe { __MEMORY.placed(true) }
        };
    };
    (@with [$section:literal, uninitialised $(, $dma:ident)?] [$($head:tt)*] $name:ident: $type:ty = $value:expr) => {
        $($head)* static $name: $crate::region::Placed<$type> = {
            $crate::region!(@lines $name, $type $(, $dma)?);
            $crate::region!(@zero $section, $name, $type, $value);
            $crate::region!(@memory $section, $type, without() $(, $dma)?);
            // SAFETY: this is the one use of the memory, and all bytes of its value are zero.
            unsafe { __MEMORY.placed(false) }
        };
    };
    (@without [$section:literal, uninitialised $(, $dma:ident)?] [$($head:tt)*] $name:ident: $type:ty) => {
        $($head)* static $name: $crate::region::Uninitialised<$type> = {
            $crate::region!(@lines $name, $type $(, $dma)?);
            $crate::region!(@memory $section, $type, without() $(, $dma)?);
            // SAFETY: this is the one use of the memory.
            unsafe { __MEMORY.uninitialised() }
        };
    };
    (@without $place:tt $head:tt $name:ident: $type:ty) => {
        ::core::compile_error!(::core::concat!("`", ::core::stringify!($name), "` needs an initialiser, as its region is set at boot"));
    };

    (@zero $section:literal, $name:ident, $type:ty, $value:expr) => {
        // SAFETY: evaluated while the program is compiled.
        const _: () = unsafe {
            $crate::region::assert_zero::<
                $type,
                { ::core::mem::size_of::<$type>() / $crate::region::RUN },
                { ::core::mem::size_of::<$type>() % $crate::region::RUN },
            >(::core::stringify!($name), $section, $value)
        };
    };

    (@lines $name:ident, $type:ty) => {};
    (@lines $name:ident, $type:ty, dma) => {
        const _: () = $crate::region::assert_whole_lines(::core::stringify!($name), ::core::mem::size_of::<$type>());
    };

    (@memory $section:literal, $type:ty, $start:ident($($value:expr)?)) => {
        $crate::region!(@static $section, $type, 1, $start($($value)?));
    };
    (@memory $section:literal, $type:ty, $start:ident($($value:expr)?), dma) => {
        $crate::region!(@static $section, $type, 32, $start($($value)?));
    };
    (@static $section:literal, $type:ty, $align:literal, $start:ident($($value:expr)?)) => {
        #[cfg_attr(target_os = "none", unsafe(link_section = $section))]
        static __MEMORY: $crate::region::Memory<$type, $align> = $crate::region::Memory::$start($($value)?);
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_sets_at_boot_is_set_to_zero_when_it_is_taken() {
        static MEMORY: Memory<[u32; 4], 1> = Memory::with([7; 4]);
        // SAFETY: this is the one use of the memory, and zeros are a value.
        static PLACED: Placed<[u32; 4]> = unsafe { MEMORY.placed(false) };
        assert_eq!(PLACED.take(), Some(&mut [0; 4]));
    }
}
