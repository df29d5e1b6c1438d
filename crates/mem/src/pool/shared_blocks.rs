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
    const NEW: Self = Self { free: Word::new(0), peak: Word::new(0), failed: Word::new(0) };
    const LEAST: usize = 1;
    const WITHOUT_LINKS: usize = bitmap::MOST;

    #[inline(always)]
    fn take(&self, area: Area) -> Option<NonNull<u8>> {
        let number = if area.class.count > bitmap::MOST {
            list::take(&self.free, area.links())?
        } else {
            let number = bitmap::take(&self.free, area.class.count)?;
            if number as Raw >= self.peak.now() {
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
    fn fail(&self, _: Area) {
        let _ = self.failed.replace_by(|failed| failed.checked_add(1));
    }

    fn live(&self, area: Area) -> usize {
        if area.class.count > bitmap::MOST {
            list::live(&self.free, area.links())
        } else {
            bitmap::live(&self.free)
        }
    }

    fn peak(&self, area: Area) -> usize {
        if area.class.count > bitmap::MOST { list::peak(&self.free) } else { self.peak.now() as usize }
    }

    fn failed(&self, _: Area) -> usize {
        self.failed.now() as usize
    }
}

impl FromAnywhere for SharedBlocks {}

impl SharedBlocks {
    // Not called, so that the way without it need save nothing.
    #[inline(always)]
    fn raise_peak(&self, number: usize) {
        let taken = number as Raw + 1;
        let _ = self.peak.replace_by(|peak| (taken > peak).then_some(taken));
    }
}
