//! The free blocks of a class that interrupts and threads take and give back at once.

use super::area::Area;
use super::declaration::{FreeBlocks, FromAnywhere};
use super::word::{AtomicWord, Raw, Word};
use super::{bitmap, list};
use core::ptr::NonNull;

/// Which blocks of a class are free, in a pool that is shared.
#[doc(hidden)]
pub struct SharedBlocks {
    free: Word,
    /// Of a bitmap; a list knows its own.
    peak: Word,
    failed: Word,
}

impl FreeBlocks for SharedBlocks {
    #[allow(clippy::declare_interior_mutable_const)] // made anew for each class
    const NEW: Self = Self { free: Word::new(), peak: Word::new(), failed: Word::new() };
    const LEAST: usize = 1;
    const WITHOUT_LINKS: usize = bitmap::MOST;

    #[inline(always)]
    fn take(&self, area: Area) -> Option<NonNull<u8>> {
        let number = if area.class.count > bitmap::MOST {
            list::take(&self.free, area.links())?
        } else {
            let number = bitmap::take(&self.free, area.class.count)?;
            if number as Raw >= self.peak.load() {
                self.raise_peak(number);
            }
            number
        };
        Some(area.block(number))
    }

    #[inline(always)]
    fn give(&self, area: Area, block: NonNull<u8>) {
        let number = area.number_of(block);
        if area.class.count > bitmap::MOST {
            list::give(&self.free, area.links(), number);
        } else {
            bitmap::give(&self.free, number);
        }
    }

    #[cold]
    fn fail(&self) {
        let _ = self.failed.update(|failed| failed.checked_add(1));
    }

    fn live(&self, area: Area) -> usize {
        if area.class.count > bitmap::MOST {
            list::live(&self.free, area.links())
        } else {
            bitmap::live(&self.free)
        }
    }

    fn peak(&self, area: Area) -> usize {
        if area.class.count > bitmap::MOST { list::peak(&self.free) } else { self.peak.load() as usize }
    }

    fn failed(&self) -> usize {
        self.failed.load() as usize
    }
}

impl FromAnywhere for SharedBlocks {}

impl SharedBlocks {
    // Not called, so that the way without it need save nothing.
    #[inline(always)]
    fn raise_peak(&self, number: usize) {
        let taken = number as Raw + 1;
        let _ = self.peak.update(|peak| (taken > peak).then_some(taken));
    }
}
