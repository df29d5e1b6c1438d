//! A word that interrupts and threads change at once, by what the processor has for it.

#[cfg(not(exclusive_access))]
use core::sync::atomic::{AtomicU16, Ordering};

#[cfg(any(target_has_atomic = "64", exclusive_access))]
pub(super) use compare_and_swap::{Raw, Word};
#[cfg(not(any(target_has_atomic = "64", exclusive_access)))]
pub(super) use section::{Raw, Word};

#[cfg(not(any(target_has_atomic = "64", exclusive_access, feature = "critical-section")))]
compile_error!(
    "this processor cannot compare and swap 64 bits, nor is it a Cortex-M3 or above: enable the feature \
     `critical-section`, and give an implementation of it (such as that of the crate cortex-m)"
);

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
    #[cfg(not(exclusive_access))]
    fn clear(&self, bits: Raw);
}

/// The number of a block beside the block.
#[cfg(not(exclusive_access))]
pub(super) trait AtomicLink {
    fn load(&self) -> u16;
    fn store(&self, number: u16);
}

#[cfg(not(exclusive_access))]
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
/// ABA problem). Critical sections know it by themselves.
#[cfg(not(exclusive_access))]
pub(super) const TAG: Raw = if Raw::BITS == 64 { (1_u64 << 32) as Raw } else { 0 };

/// By compare and swap: of 64 bits, of which a list has the upper ones for a tag; or of 32 on a Cortex-M, which has other
/// lists.
#[cfg(any(target_has_atomic = "64", exclusive_access))]
mod compare_and_swap {
    use super::AtomicWord;
    #[cfg(exclusive_access)]
    use core::sync::atomic::AtomicU32 as Atomic;
    #[cfg(not(exclusive_access))]
    use core::sync::atomic::AtomicU64 as Atomic;
    use core::sync::atomic::Ordering;

    #[cfg(exclusive_access)]
    pub(crate) type Raw = u32;
    #[cfg(not(exclusive_access))]
    pub(crate) type Raw = u64;

    pub(crate) struct Word(Atomic);

    impl Word {
        pub(crate) const fn new() -> Self {
            Self(Atomic::new(0))
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

        #[cfg(not(exclusive_access))]
        #[inline(always)]
        fn clear(&self, bits: Raw) {
            self.0.fetch_and(!bits, Ordering::Release);
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
