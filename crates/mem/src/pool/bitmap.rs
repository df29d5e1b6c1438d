//! The free blocks of a class with no more blocks than a word has bits: a bit for each, set while the block is taken.

use super::word::{AtomicWord, Raw};
use core::num::NonZero;

/// How many blocks a bitmap can have.
pub(super) const MOST: usize = Raw::BITS as usize;

/// Takes the lowest free block of `count`; its number.
///
/// As it is the lowest, there were never more blocks taken at once than the highest number that was ever given, plus one.
#[inline(always)]
pub(super) fn take(word: &impl AtomicWord, count: usize) -> Option<usize> {
    let mut lowest = 0;
    let change = |taken: Raw| {
        lowest = NonZero::new(!taken & (Raw::MAX >> (MOST - count)))?.trailing_zeros();
        Some(taken | 1 << lowest)
    };
    word.replace_by(change).ok()?;
    Some(lowest as usize)
}

/// Gives a block back.
#[inline(always)]
pub(super) fn give(word: &impl AtomicWord, block: usize) {
    word.clear(1 << block);
}

/// How many blocks are taken.
pub(super) fn live(word: &impl AtomicWord) -> usize {
    word.now().count_ones() as usize
}
