//! Choices that a seed makes.

use crate::{generator, walks};

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub fn below(&mut self, bound: u32) -> u32 {
        (self.next() % u64::from(bound)) as u32
    }

    /// A power of two below that of this exponent, or up to twice as much: all magnitudes alike.
    pub fn magnitude(&mut self, exponent: u32) -> u64 {
        let least = 1 << self.below(exponent);
        least + self.next() % least
    }

    /// A generated program: of all kinds of operators, or mostly of accesses.
    pub fn program(&mut self) -> Vec<u8> {
        if self.below(2) == 0 {
            return walks::module(self);
        }
        let words = self.below(240);
        let tape: Vec<u8> = (0..words).flat_map(|_| self.next().to_le_bytes()).collect();
        generator::module(&tape)
    }
}

/// How many programs to run, unless the environment wants another number: their seeds.
pub fn seeds(programs: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let first = number("PAGED_FIRST").unwrap_or(0);
    first..first + number("PAGED_PROGRAMS").unwrap_or(programs)
}
