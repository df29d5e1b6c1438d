//! A word that interrupts and threads change at once, by what the processor has for it.

#[cfg(exclusive_access)]
pub(crate) use core::sync::atomic::AtomicU32 as Word;
#[cfg(all(target_has_atomic = "64", not(exclusive_access)))]
pub(crate) use core::sync::atomic::AtomicU64 as Word;
#[cfg(not(any(target_has_atomic = "64", exclusive_access)))]
pub(crate) use section::Word;

use core::sync::atomic::{AtomicU16, Ordering};

#[cfg(not(any(target_has_atomic = "64", exclusive_access, feature = "critical-section")))]
compile_error!(
    "this processor cannot compare and swap 64 bits, nor is it a Cortex-M3, M4 or M7: enable the feature \
     `critical-section`, and give an implementation of it (such as that of the crate cortex-m)"
);

/// What a word holds.
#[cfg(all(target_has_atomic = "64", not(exclusive_access)))]
pub(crate) type Raw = u64;
#[cfg(any(not(target_has_atomic = "64"), exclusive_access))]
pub(crate) type Raw = u32;

/// A word that is changed as a whole, whoever else changes it.
pub(crate) trait AtomicWord {
    /// What it is now.
    fn now(&self) -> Raw;

    /// Puts `change` of what it is into it, unless that is `None`. Gives what it was.
    ///
    /// `change` may be called again when another one came between, and must do nothing but compute, and store to what
    /// the word gives to it.
    fn replace_by(&self, change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw>;

    /// Clears bits.
    #[cfg(not(exclusive_access))]
    fn clear(&self, bits: Raw);
}

/// What is added to a word when a block is taken from a list, so that a word that was read before is known to be old (the
/// ABA problem). Critical sections know it by themselves.
#[cfg(not(exclusive_access))]
pub(super) const TAG: Raw = if Raw::BITS == 64 { (1_u64 << 32) as Raw } else { 0 };

/// By compare and swap: of 64 bits, of which a list has the upper ones for a tag; or of 32 on a Cortex-M, which has other
/// lists. A macro, so that the tests with another atomic type have the same orderings.
#[cfg(any(test, target_has_atomic = "64", exclusive_access))]
macro_rules! by_compare_and_swap {
    ($atomic:ty) => {
        impl AtomicWord for $atomic {
            #[inline(always)]
            fn now(&self) -> Raw {
                self.load(Ordering::Relaxed)
            }

            #[inline(always)]
            fn replace_by(&self, change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw> {
                self.fetch_update(Ordering::AcqRel, Ordering::Acquire, change)
            }

            #[cfg(not(exclusive_access))]
            #[inline(always)]
            fn clear(&self, bits: Raw) {
                self.fetch_and(!bits, Ordering::Release);
            }
        }
    };
}

#[cfg(any(target_has_atomic = "64", exclusive_access))]
by_compare_and_swap!(Word);

#[cfg(test)]
pub(super) use by_compare_and_swap;

/// By a critical section: for processors that have neither.
#[cfg(any(test, not(any(target_has_atomic = "64", exclusive_access))))]
pub(super) mod section {
    use super::{AtomicWord, Raw};
    use core::cell::Cell;
    use critical_section::Mutex;

    pub(crate) struct Word(Mutex<Cell<Raw>>);

    impl Word {
        pub(crate) const fn new(value: Raw) -> Self {
            Self(Mutex::new(Cell::new(value)))
        }
    }

    impl AtomicWord for Word {
        fn now(&self) -> Raw {
            critical_section::with(|section| self.0.borrow(section).get())
        }

        fn replace_by(&self, mut change: impl FnMut(Raw) -> Option<Raw>) -> Result<Raw, Raw> {
            critical_section::with(|section| {
                let word = self.0.borrow(section);
                let before = word.get();
                word.set(change(before).ok_or(before)?);
                Ok(before)
            })
        }

        #[cfg(not(exclusive_access))]
        fn clear(&self, bits: Raw) {
            critical_section::with(|section| {
                let word = self.0.borrow(section);
                word.set(word.get() & !bits);
            });
        }
    }
}

/// The number of a block beside the block, which a list changes.
#[doc(hidden)]
pub struct Link(#[cfg_attr(exclusive_access, allow(dead_code))] AtomicU16);

impl Link {
    #[allow(clippy::new_without_default, missing_docs)] // for the statics of `pool!` alone
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU16::new(0))
    }
}

/// What a link does.
#[cfg(not(exclusive_access))]
pub(super) trait AtomicLink {
    fn get(&self) -> u16;
    fn set(&self, number: u16);
}

#[cfg(not(exclusive_access))]
impl AtomicLink for Link {
    #[inline(always)]
    fn get(&self) -> u16 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn set(&self, number: u16) {
        self.0.store(number, Ordering::Relaxed);
    }
}
