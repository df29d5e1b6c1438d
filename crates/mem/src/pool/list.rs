//! The free blocks of a class with more blocks than a word has bits: a list, whose links stand beside the blocks.
//!
//! A link in the block would be read by one who is too late, while the block's new owner writes to it: a data race, even if
//! what was read is thrown away.

use super::word::{AtomicLink, AtomicWord, Raw, TAG};

/// The word: which block is first in the list, plus one, or zero. A class has no more blocks than that can tell; …
const FIRST: Raw = 0xFFFF;
/// … and how many blocks have ever been taken. As a block that was never taken is taken only when the list is empty, that
/// is how many were ever taken at once.
const FRESH: u32 = 16;

/// Takes a free block of as many as there are links; its number.
#[inline(always)]
pub(super) fn take(word: &impl AtomicWord, links: &[impl AtomicLink]) -> Option<usize> {
    let mut block = 0;
    let change = |head: Raw| {
        let first = (head & FIRST) as usize;
        if first == 0 {
            block = peak_of(head);
            return (block < links.len()).then(|| head + (1 << FRESH));
        }
        block = first - 1;
        Some((head.wrapping_add(TAG) & !FIRST) | Raw::from(links.get(block)?.get()))
    };
    word.replace_by(change).ok()?;
    Some(block)
}

/// Gives a block back.
#[inline(always)]
pub(super) fn give(word: &impl AtomicWord, links: &[impl AtomicLink], block: usize) {
    let _ = word.replace_by(|head| {
        links.get(block)?.set((head & FIRST) as u16);
        Some((head & !FIRST) | (block + 1) as Raw)
    });
}

/// How many blocks were ever taken at once.
pub(super) fn peak(word: &impl AtomicWord) -> usize {
    peak_of(word.now())
}

/// How many blocks are taken: right if none is taken or given back meanwhile. Walks through the list.
pub(super) fn live(word: &impl AtomicWord, links: &[impl AtomicLink]) -> usize {
    let head = word.now();
    let mut free = 0;
    let mut next = (head & FIRST) as usize;
    while let Some(link) = next.checked_sub(1).and_then(|block| links.get(block))
        && free < peak_of(head)
    {
        free += 1;
        next = usize::from(link.get());
    }
    peak_of(head) - free
}

#[inline(always)]
fn peak_of(head: Raw) -> usize {
    (head >> FRESH & 0xFFFF) as usize
}
