//! Size classes: what a pool has blocks of, worked out of the declared types while the program is compiled.

use super::declaration::{Declaration, Declares, FreeBlocks};
use const_panic::concat_panic;

/// How many blocks a class can have.
const MOST: usize = u16::MAX as usize;

/// What a pool was declared to hold: so many of a type.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// The type, as it was written.
    pub name: &'static str,
    bytes: usize,
    align: usize,
    count: usize,
}

impl Declared {
    #[doc(hidden)]
    #[must_use]
    pub const fn of<T>(name: &'static str, count: usize) -> Self {
        Self { name, bytes: size_of::<T>(), align: align_of::<T>(), count }
    }

    pub(super) fn class_in<P: Declaration>(&self) -> usize {
        P::class_of(self.bytes, self.align)
    }
}

/// A size class: blocks of one size and alignment. Types of the same size and alignment have a class together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// The size of a block, a multiple of its alignment.
    pub bytes: usize,
    /// What the address of a block is a multiple of.
    pub align: usize,
    /// How many blocks there are.
    pub count: usize,
    /// Where the blocks begin, in bytes from the beginning of the pool's.
    pub(super) offset: usize,
    /// Which link is that of the first block.
    pub(super) first_link: usize,
    /// A block has 2^twos * odd bytes …
    #[cfg_attr(exclusive_access, allow(dead_code))] // of pools elsewhere
    twos: u32,
    /// … and the odd number times this is 1, modulo 2^(bits of a word).
    #[cfg_attr(exclusive_access, allow(dead_code))]
    inverse: usize,
}

impl Class {
    const NONE: Self = Self { bytes: 0, align: 1, count: 0, offset: 0, first_link: 0, twos: 0, inverse: 1 };

    /// Whether a block holds a value of so many bytes with such an alignment.
    #[inline(always)]
    #[must_use]
    pub const fn holds(&self, bytes: usize, align: usize) -> bool {
        bytes <= self.bytes && align <= self.align
    }

    /// Whether it stands before a class of such blocks.
    const fn is_smaller(&self, bytes: usize, align: usize) -> bool {
        self.bytes < bytes || self.bytes == bytes && self.align < align
    }

    const fn new(bytes: usize, align: usize, count: usize) -> Self {
        let twos = bytes.trailing_zeros();
        Self { bytes, align, count, twos, inverse: inverse(bytes >> twos), ..Self::NONE }
    }

    /// The number of the block that begins so many bytes after the first one, which is a whole number of blocks.
    ///
    /// An exact division by an odd number is a multiplication by its inverse.
    #[cfg(not(exclusive_access))]
    #[inline(always)]
    pub(super) const fn number_at(&self, distance: usize) -> usize {
        (distance >> self.twos).wrapping_mul(self.inverse)
    }
}

/// What multiplied by an odd number is 1, modulo the size of a word. Newton's method, which doubles the right bits; the
/// number itself is right in three.
const fn inverse(odd: usize) -> usize {
    let mut inverse = odd;
    let mut right_bits = 3;
    while right_bits < usize::BITS {
        inverse = inverse.wrapping_mul(2_usize.wrapping_sub(odd.wrapping_mul(inverse)));
        right_bits *= 2;
    }
    inverse
}

/// The size classes of a pool, the smallest blocks first.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Table<const N: usize> {
    /// The first `len` are classes.
    pub classes: [Class; N],
    pub len: usize,
    /// The bytes of all blocks.
    pub bytes: usize,
    pub align: usize,
    /// How many links the blocks have together.
    pub links: usize,
}

impl<const N: usize> Table<N> {
    /// The classes of a pool.
    #[must_use]
    pub const fn of<P: Declares, F: FreeBlocks>() -> Self {
        let mut table = Self { classes: [Class::NONE; N], len: 0, bytes: 0, align: 1, links: 0 };
        let mut i = 0;
        while i < N {
            table.add(P::NAME, &P::DECLARED[i], F::LEAST);
            i += 1;
        }
        table.place(P::NAME, F::WITHOUT_LINKS);
        table.assert_within(P::NAME, P::BUDGET);
        table
    }

    const fn add(&mut self, pool: &str, declared: &Declared, least: usize) {
        if declared.count == 0 || declared.bytes == 0 {
            let reason = if declared.count == 0 {
                "` none is to be had"
            } else {
                "` needs no block, as it has no bytes"
            };
            concat_panic!("`", display: pool, "`: of `", display: declared.name, display: reason, ": leave it out");
        }
        let align = if declared.align < least { least } else { declared.align };
        let bytes = declared.bytes.next_multiple_of(align);
        let mut at = 0;
        while at < self.len && self.classes[at].is_smaller(bytes, align) {
            at += 1;
        }
        if at < self.len && self.classes[at].bytes == bytes && self.classes[at].align == align {
            self.classes[at].count += declared.count;
            return;
        }
        let mut moved = self.len;
        while moved > at {
            self.classes[moved] = self.classes[moved - 1];
            moved -= 1;
        }
        self.classes[at] = Class::new(bytes, align, declared.count);
        self.len += 1;
        if align > self.align {
            self.align = align;
        }
    }

    /// Says where the blocks of each class are: the most aligned ones first, so that none is wasted between them.
    const fn place(&mut self, pool: &str, without_links: usize) {
        let mut align = self.align;
        while align > 0 {
            let mut i = 0;
            while i < self.len {
                let class = &mut self.classes[i];
                if class.align == align {
                    class.offset = self.bytes;
                    self.bytes += class.bytes * class.count;
                }
                i += 1;
            }
            align /= 2;
        }
        let mut i = 0;
        while i < self.len {
            let class = &mut self.classes[i];
            if class.count > MOST {
                concat_panic!(
                    "`", display: pool, "` has ", class.count, " blocks of ", class.bytes, " B: a class has ",
                    MOST, " at most"
                );
            }
            if class.count > without_links {
                class.first_link = self.links;
                self.links += class.count;
            }
            i += 1;
        }
    }

    /// Refuses, while the program is compiled, a pool that is larger than its budget.
    const fn assert_within(&self, pool: &str, budget: usize) {
        if self.bytes > budget {
            concat_panic!(
                display: "the blocks of `", display: pool, display: "` need ", self.bytes, display: " B and its budget is ",
                budget, display: " B: ", self.bytes - budget, display: " B too much"
            );
        }
    }
}

/// Which class has the smallest blocks that hold a value.
pub(super) const fn find(classes: &[Class], bytes: usize, align: usize) -> Option<usize> {
    let mut i = 0;
    while i < classes.len() {
        if classes[i].holds(bytes, align) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Refuses, while the program is compiled, a value that no class holds.
pub(super) const fn refuse(pool: &str, largest: usize, bytes: usize, align: usize) -> ! {
    concat_panic!(
        "no class of `", display: pool, "` holds a value of ", bytes, " B aligned to ", align, " B (its largest blocks have ",
        largest, " B): declare the type in the pool"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_distance_of_whole_blocks_gives_their_number(bytes in 1_usize..100_000, block in 0_usize..65_535) {
            prop_assert_eq!(Class::new(bytes, 1, 1).number_at(block * bytes), block);
        }
    }
}
