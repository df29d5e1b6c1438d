//! As much of the Thumb instruction set as tells whom a function calls and which addresses it holds.
//!
//! The encodings are those of the "Armv7-M Architecture Reference Manual", chapter A7.7.

use super::image::{Image, Mark, Symbol};

/// What a function does that matters here.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// The addresses of the functions that it calls, or goes on to at its end.
    pub(super) calls: Vec<u32>,
    /// The words that it loads into core registers from beside its code, or puts together there from halves: among them
    /// the addresses that it uses. Constants of floating point are loaded into other registers.
    pub(super) words: Vec<u32>,
    /// How many instructions of its own compute in `double`.
    pub(super) doubles: u32,
}

/// Reads a function's bytes. Calls through pointers are not seen.
pub(super) fn read(image: &Image<'_>, function: &Symbol) -> Function {
    let mut found = Function::default();
    let Some(bytes) = image.at(function.address, function.bytes.into()) else { return found };
    let half = |at: usize| Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let mut marks = Marks::new(image, function.address);
    let mut low = [None; 16];
    let mut at = 0;
    while let Some(first) = half(at) {
        let address = function.address.wrapping_add(at as u32);
        match marks.at(address) {
            Mark::Data => {
                at += 2;
                continue;
            }
            Mark::Arm => return found,
            Mark::Thumb => {}
        }
        // `LDR` (literal), encoding T1.
        if first >> 11 == 0b01001 {
            found.words.extend(literal(image, address, i64::from(first & 0xFF) * 4));
        }
        let (true, Some(second)) = (first >> 11 >= 0b11101, half(at + 2)) else {
            at += 2;
            continue;
        };
        if let Some(offset) = branch(first, second) {
            let target = address.wrapping_add(4).wrapping_add_signed(offset);
            if !(function.address..=address).contains(&target) || target == function.address {
                found.calls.push(target);
            }
        }
        // `LDR` (literal), encoding T2; register 15 would be a jump.
        if first & 0xFF7F == 0xF85F && second >> 12 != 15 {
            let offset = i64::from(second & 0xFFF);
            found.words.extend(literal(image, address, if first & 0x80 != 0 { offset } else { -offset }));
        }
        if let Some((top, register, value)) = wide_immediate(first, second) {
            match top {
                false => low[register] = Some(value),
                true => found.words.extend(low[register].take().map(|lower| lower | value << 16)),
            }
        }
        // VFP data processing: coprocessor 11 is double precision, bit 4 is clear (A7.5).
        if first >> 8 == 0xEE && second >> 8 & 0xF == 0b1011 && second & 1 << 4 == 0 {
            found.doubles += 1;
        }
        at += 4;
    }
    found
}

/// The offset of `BL` (encoding T1) or `B.W` (encoding T4).
fn branch(first: u16, second: u16) -> Option<i32> {
    let is_branch = first >> 11 == 0b11110 && matches!(second >> 12 & 0b1101, 0b1101 | 0b1001);
    if !is_branch {
        return None;
    }
    let bit = |half: u16, at: u16| i32::from(half >> at & 1);
    let sign = bit(first, 10);
    let i1 = 1 ^ bit(second, 13) ^ sign;
    let i2 = 1 ^ bit(second, 11) ^ sign;
    let low = i32::from(first & 0x3FF) << 12 | i32::from(second & 0x7FF) << 1;
    Some(-sign << 24 | i1 << 23 | i2 << 22 | low)
}

/// `MOVW` (encoding T3) or `MOVT` (encoding T1): whether it sets the upper half, the register, the value.
fn wide_immediate(first: u16, second: u16) -> Option<(bool, usize, u32)> {
    let top = match first & 0xFBF0 {
        0xF240 => false,
        0xF2C0 => true,
        _ => return None,
    };
    let value = (first & 0xF) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF;
    (second >> 15 == 0).then_some((top, usize::from(second >> 8 & 0xF), value.into()))
}

/// The word at that offset from the instruction's address, as the processor counts it.
fn literal(image: &Image<'_>, address: u32, offset: i64) -> Option<u32> {
    let base = i64::from(address & !3) + 4;
    image.word(u32::try_from(base + offset).ok()?)
}

/// The linker's marks from an address on.
struct Marks<'i> {
    rest: &'i [(u32, Mark)],
    now: Mark,
}

impl<'i> Marks<'i> {
    fn new(image: &'i Image<'_>, start: u32) -> Marks<'i> {
        let rest = &image.marks[image.marks.partition_point(|(address, _)| *address < start)..];
        Marks { rest, now: Mark::Thumb }
    }

    /// What is at the address; to be asked for rising addresses.
    fn at(&mut self, address: u32) -> Mark {
        while let [(at, mark), rest @ ..] = self.rest
            && *at <= address
        {
            (self.now, self.rest) = (*mark, rest);
        }
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_go_where_the_assembler_said() {
        // As arm-none-eabi-as 2.40 writes `bl .+4`, `bl .`, `b.w .-4`, `bl .+0x1000`.
        assert_eq!(branch(0xF000, 0xF800), Some(0));
        assert_eq!(branch(0xF7FF, 0xFFFE), Some(-4));
        assert_eq!(branch(0xF7FF, 0xBFFC), Some(-8));
        assert_eq!(branch(0xF000, 0xFFFE), Some(0xFFC));
        assert_eq!(branch(0xF3AF, 0x8000), None, "nop.w is no branch");
        assert_eq!(branch(0xF000, 0x8001), None, "a conditional branch stays within a function");
    }

    #[test]
    fn halves_of_addresses_are_read() {
        // As it writes `movw r3, #0x1234` and `movt r3, #0xC000`.
        assert_eq!(wide_immediate(0xF241, 0x2334), Some((false, 3, 0x1234)));
        assert_eq!(wide_immediate(0xF2CC, 0x0300), Some((true, 3, 0xC000)));
    }
}
