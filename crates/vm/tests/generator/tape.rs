//! Choices that come from bytes.

use wasm_encoder::{Ieee32, Ieee64};

/// When the bytes run out, all choices are the first.
pub struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    /// Choices by these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Any number of eight bits.
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// A number below a bound that is at most 256.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    /// True in one case of so many.
    pub fn one_of(&mut self, cases: usize) -> bool {
        self.below(cases) == cases - 1
    }

    /// One of some things.
    pub fn pick<T: Clone>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())].clone()
    }

    /// A number of 32 bits, often at the edge of a range of integers or numbers with fractions.
    pub fn word(&mut self) -> u32 {
        const NOTABLE: [u32; 24] = [
            0,
            1,
            2,
            3,
            4,
            8,
            31,
            32,
            255,
            0x7fff,
            0x8000,
            0xffff,
            0xffff_8000,
            0xffff_7fff,
            0x1_0000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x3f80_0000,
            0xbfc0_0000,
            0x4f00_0000,
            0xcf00_0000,
            0x7f80_0000,
            0x7fc0_0000,
        ];
        match self.below(32) {
            choice @ 0..24 => NOTABLE[choice],
            24..30 => self.byte().into(),
            _ => u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
        }
    }

    /// A number of 64 bits, as [`word`](Self::word), or made of two such.
    pub fn double_word(&mut self) -> u64 {
        match self.below(4) {
            0 => self.word().into(),
            1 => i64::from(self.word().cast_signed()).cast_unsigned(),
            2 => f64::from(f32::from_bits(self.word())).to_bits(),
            _ => u64::from(self.word()) << 32 | u64::from(self.word()),
        }
    }

    /// A number with a fraction.
    pub fn single(&mut self) -> Ieee32 {
        Ieee32::new(self.word())
    }

    /// A number with a fraction.
    pub fn double(&mut self) -> Ieee64 {
        Ieee64::new(self.double_word())
    }
}
