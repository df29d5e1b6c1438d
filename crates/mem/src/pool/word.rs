//! Unsafe: a word that interrupts and threads change at once, by what the processor has for it.
#![allow(unsafe_code)]

use core::sync::atomic::{AtomicU16, Ordering};

#[cfg(all(target_has_atomic = "64", not(exclusive_access)))]
pub(super) use compare_and_swap::{Raw, Word};
#[cfg(exclusive_access)]
pub(super) use exclusive::{Raw, Word};
#[cfg(not(any(target_has_atomic = "64", exclusive_access)))]
pub(super) use section::{Raw, Word};

/// A word that is changed as a whole, whoever else changes it.
pub(super) trait AtomicWord {
    /// What it is now.
    fn load(&self) -> Raw;

    /// Puts `change` of what it is into it, unless that is `None`. Gives what it was.
    ///
    /// `change` may be called again when another one came between, and must do nothing but compute, and store to what
    /// the word gives to it.
    fn update(&self, change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw>;

    /// Clears bits.
    fn clear(&self, bits: Raw);
}

/// The number of a block beside the block.
pub(super) trait AtomicLink {
    fn load(&self) -> u16;
    fn store(&self, number: u16);
}

impl AtomicLink for AtomicU16 {
    #[inline(always)]
    fn load(&self) -> u16 {
        AtomicU16::load(self, Ordering::Relaxed)
    }

    #[inline(always)]
    fn store(&self, number: u16) {
        AtomicU16::store(self, number, Ordering::Relaxed);
    }
}

/// What is added to a word when a block is taken from a list, so that a word that was read before is known to be old (the
/// ABA problem). Exclusive stores and critical sections know it by themselves.
pub(super) const TAG: Raw = if Raw::BITS == 64 { (1_u64 << 32) as Raw } else { 0 };

/// By compare and swap of 64 bits, of which the upper ones are a tag.
#[cfg(all(target_has_atomic = "64", not(exclusive_access)))]
mod compare_and_swap {
    use super::AtomicWord;
    use core::sync::atomic::{AtomicU64, Ordering};

    pub(crate) type Raw = u64;

    pub(crate) struct Word(AtomicU64);

    impl Word {
        pub(crate) const fn new() -> Self {
            Self(AtomicU64::new(0))
        }
    }

    impl AtomicWord for Word {
        #[inline(always)]
        fn load(&self) -> Raw {
            self.0.load(Ordering::Relaxed)
        }

        #[inline(always)]
        fn update(&self, change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw> {
            self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, change)
        }

        #[inline(always)]
        fn clear(&self, bits: Raw) {
            self.0.fetch_and(!bits, Ordering::Release);
        }
    }
}

/// By the exclusive loads and stores of a Cortex-M, which has one core: an interrupt between them makes the store fail.
#[cfg(exclusive_access)]
mod exclusive {
    use super::AtomicWord;
    use core::arch::asm;
    use core::cell::UnsafeCell;
    use core::sync::atomic::{Ordering, compiler_fence};

    pub(crate) type Raw = u32;

    pub(crate) struct Word(UnsafeCell<u32>);

    // SAFETY: after it was made, the word is read by a load of 32 bits and changed by exclusive stores, which the
    // processor does as a whole or not at all.
    unsafe impl Sync for Word {}

    impl Word {
        pub(crate) const fn new() -> Self {
            Self(UnsafeCell::new(0))
        }
    }

    impl AtomicWord for Word {
        #[inline(always)]
        fn load(&self) -> Raw {
            // SAFETY: the address is that of the cell, valid and aligned; volatile, as an interrupt may change it.
            unsafe { self.0.get().read_volatile() }
        }

        #[inline(always)]
        fn update(&self, mut change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw> {
            // The fences keep the accesses to the block on their side; one core needs no barrier of its own.
            compiler_fence(Ordering::Release);
            loop {
                let before: u32;
                // SAFETY: reads the word, which is valid and aligned, and marks it as exclusive.
                unsafe {
                    asm!("ldrex {}, [{}]", out(reg) before, in(reg) self.0.get(), options(nostack, preserves_flags))
                };
                let Some(after) = change(before) else {
                    // SAFETY: clears the mark only.
                    unsafe { asm!("clrex", options(nomem, nostack, preserves_flags)) };
                    return Err(before);
                };
                let failed: u32;
                // SAFETY: writes the word, which is valid and aligned, if nobody came between.
                unsafe {
                    asm!("strex {}, {}, [{}]", out(reg) failed, in(reg) after, in(reg) self.0.get(), options(nostack, preserves_flags));
                };
                if failed == 0 {
                    compiler_fence(Ordering::Acquire);
                    return Ok(before);
                }
            }
        }

        #[inline(always)]
        fn clear(&self, bits: Raw) {
            let _ = self.update(|word| Some(word & !bits));
        }
    }
}

/// By a critical section: for processors that have neither.
#[cfg(any(test, not(any(target_has_atomic = "64", exclusive_access))))]
#[cfg_attr(all(test, target_has_atomic = "64"), allow(dead_code))]
pub(super) mod section {
    use super::AtomicWord;
    use core::cell::Cell;
    use critical_section::Mutex;

    #[cfg(not(any(target_has_atomic = "64", exclusive_access)))]
    pub(crate) type Raw = u32;
    #[cfg(any(target_has_atomic = "64", exclusive_access))]
    use super::Raw;

    pub(crate) struct Word(Mutex<Cell<Raw>>);

    impl Word {
        pub(crate) const fn new() -> Self {
            Self(Mutex::new(Cell::new(0)))
        }
    }

    impl AtomicWord for Word {
        #[inline(always)]
        fn load(&self) -> Raw {
            critical_section::with(|section| self.0.borrow(section).get())
        }

        #[inline(always)]
        fn update(&self, mut change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw> {
            critical_section::with(|section| {
                let word = self.0.borrow(section);
                let before = word.get();
                word.set(change(before).ok_or(before)?);
                Ok(before)
            })
        }

        #[inline(always)]
        fn clear(&self, bits: Raw) {
            critical_section::with(|section| {
                let word = self.0.borrow(section);
                word.set(word.get() & !bits);
            });
        }
    }
}
