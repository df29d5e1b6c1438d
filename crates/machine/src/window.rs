//! Which pages of a paged memory stay in fast memory.

use sostenuto_board::program::Span;

use crate::paging::PAGE;

/// The pages that stay, a bit for each page of the memory.
#[derive(Debug)]
pub(crate) struct Window {
    bits: Vec<u64>,
}

impl Window {
    /// Those of a memory of so many bytes that lie in the runs.
    pub(crate) fn new(pins: &[Span], size: u32) -> Window {
        let pages = (size as usize).div_ceil(PAGE);
        let mut window = Window { bits: vec![0; pages.div_ceil(64)] };
        for pins in pins {
            let last = (pins.end() as usize).div_ceil(PAGE).min(pages);
            for page in pins.address as usize / PAGE..last {
                window.bits[page / 64] |= 1 << (page % 64);
            }
        }
        window
    }

    #[inline(always)]
    pub(crate) fn holds(&self, page: u64) -> bool {
        let bits = self.bits.get((page / 64) as usize).copied().unwrap_or(0);
        bits >> (page % 64) & 1 != 0
    }

    /// The bytes of its pages.
    pub(crate) fn bytes(&self) -> u32 {
        self.bits.iter().map(|bits| bits.count_ones()).sum::<u32>() * PAGE as u32
    }

    /// The first address that is not before this one and in no page that stays.
    pub(crate) fn leave(&self, address: u32) -> u32 {
        let mut at = u64::from(address);
        while self.holds(at / PAGE as u64) {
            at = (at / PAGE as u64 + 1) * PAGE as u64;
        }
        at as u32
    }
}
