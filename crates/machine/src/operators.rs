//! The stock operators: what moves the read positions when a mod patch leaves an operator to the host.
//!
//! A position is 20 bits: 16 address a sample frame of the delay memory, 4 are a fraction; it wraps. Both
//! positions start each sample at the write position, go through operator 1 and then through operator 2.
//!
//! What each does follows the plug-in's public user guide. Where the guide gives a character and not a number, the
//! numbers here are ours, so a stock operator sounds in kind like the original, not sample for sample:
//!
//! | operator | what it does to the position |
//! |---|---|
//! | AND, OR, XOR | the 16 integer bits with the 16-bit operand (HIGH, LOW), both channels; the fraction stays |
//! | MUL | times the operand as 8.8 fixed point, bit 15 is the sign: 0x0100 unchanged, 0x0200 an octave up, 0x8100 reverse |
//! | OSC | minus a triangle from `scale(LOW)` to 0 and back; HIGH is the rate, its top bit inverts the right channel |
//! | RND | minus a random walk between 0 and `scale(LOW)`; HIGH is the rate, its top bit gives the right channel its own |
//! | MSK | each bit of HIGH is an eighth of the memory cycle, leftmost first: where it is 0, operator 1 is undone; then minus `scale(LOW)` |
//! | SUB | left minus `scale(HIGH)`, right minus `scale(LOW)` |
//! | NOP | nothing |
//!
//! [`scale`] is the exponential scale of delays. A rate of 0 freezes OSC into a fixed delay and lets RND jump once a
//! memory cycle. The random sequence is the same in every run.

use crate::parameters::{Parameter, Parameters};

/// The bits of a position.
pub const POSITION_MASK: i32 = 0xF_FFFF;

/// The fraction bits of a position.
pub const FRACTION_BITS: u32 = 4;

/// The moving parts of the stock operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operators {
    phase: u32,
    random: u32,
    from: [u16; 2],
    to: [u16; 2],
}

impl Operators {
    /// At rest, at the start of the random sequence.
    pub fn new() -> Operators {
        let mut fresh = Operators { phase: 0, random: 0x2545_F491, from: [0; 2], to: [0; 2] };
        fresh.draw();
        fresh.draw();
        fresh
    }

    /// Operator 1: 0 NOP, 1 AND, 2 MUL, 3 OSC, 4 RND; any other number is NOP.
    ///
    /// Call it once a sample: OSC and RND move on. `write` is the write position in sample frames.
    pub fn first(&mut self, parameters: &Parameters, write: u16, positions: [i32; 2]) -> [i32; 2] {
        let high = parameters.get(Parameter::Operand1High) & 0xFF;
        let low = parameters.get(Parameter::Operand1Low) & 0xFF;
        let operand = high << 8 | low;
        let moved = match parameters.get(Parameter::Operator1) {
            1 => positions.map(|position| position & (operand << FRACTION_BITS | 15)),
            2 => positions.map(|position| multiply(position, operand)),
            3 => self.swing(high, low, positions),
            4 => self.wander(high, low, write, positions),
            _ => positions,
        };
        moved.map(|position| position & POSITION_MASK)
    }

    /// Operator 2: 0 NOP, 1 OR, 2 XOR, 3 MSK, 4 SUB; any other number is NOP.
    pub fn second(&self, parameters: &Parameters, write: u16, positions: [i32; 2]) -> [i32; 2] {
        let high = parameters.get(Parameter::Operand2High) & 0xFF;
        let low = parameters.get(Parameter::Operand2Low) & 0xFF;
        let operand = (high << 8 | low) << FRACTION_BITS;
        let moved = match parameters.get(Parameter::Operator2) {
            1 => positions.map(|position| position | operand),
            2 => positions.map(|position| position ^ operand),
            3 => {
                let eighth = write >> 13;
                let kept = high & (0x80 >> eighth) != 0;
                let start = i32::from(write) << FRACTION_BITS;
                positions.map(|position| (if kept { position } else { start }) - scale(low))
            }
            4 => [positions[0] - scale(high), positions[1] - scale(low)],
            _ => positions,
        };
        moved.map(|position| position & POSITION_MASK)
    }

    fn swing(&mut self, high: i32, low: i32, positions: [i32; 2]) -> [i32; 2] {
        let depth = scale(low);
        // 0 at the half of the cycle, 0x8000 at its start, so that a frozen oscillation is a delay of the full depth.
        let triangle = ((self.phase >> 8) as i32 - 0x8000).abs();
        let inverted = if high & 0x80 == 0 { triangle } else { 0x8000 - triangle };
        self.phase = (self.phase + rate(high)) & PHASE_MASK;
        [positions[0] - part(depth, triangle), positions[1] - part(depth, inverted)]
    }

    fn wander(&mut self, high: i32, low: i32, write: u16, positions: [i32; 2]) -> [i32; 2] {
        let depth = scale(low);
        let step = rate(high);
        let phase = self.phase + step;
        if phase > PHASE_MASK || step == 0 && write == 0 {
            self.draw();
        }
        self.phase = phase & PHASE_MASK;
        let along = if step == 0 { 0 } else { i64::from(self.phase) };
        let delay = |channel: usize| {
            let (from, to) = (i64::from(self.from[channel]), i64::from(self.to[channel]));
            let level = from + (((to - from) * along) >> 24);
            part(depth, (level >> 1) as i32)
        };
        let right = usize::from(high & 0x80 != 0);
        [positions[0] - delay(0), positions[1] - delay(right)]
    }

    fn draw(&mut self) {
        self.from = self.to;
        for channel in 0..2 {
            // Marsaglia's 32-bit xorshift; the upper half is the better one.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 17;
            self.random ^= self.random << 5;
            self.to[channel] = (self.random >> 16) as u16;
        }
    }
}

impl Default for Operators {
    fn default() -> Self {
        Self::new()
    }
}

/// The exponential scale of delays: an operand byte as a distance with 4 fraction bits.
///
/// 16 steps an octave, linear inside it: 0 is 0, 0x01 a little over one sample frame, 0x80 is 256 sample frames,
/// 0xF0 half the memory (the user guide's example), 0xFF 63,488 sample frames.
pub fn scale(byte: i32) -> i32 {
    let byte = byte & 0xFF;
    if byte == 0 { 0 } else { (16 + (byte & 15)) << (byte >> 4) }
}

const PHASE_MASK: u32 = 0xFF_FFFF;

/// The step of a 24-bit phase a sample, from the low 7 bits of an operand: 8 steps an octave, 0 is frozen; from one
/// cycle in 2 million samples to one in 34.
fn rate(byte: i32) -> u32 {
    let byte = byte as u32 & 0x7F;
    if byte == 0 { 0 } else { (8 + (byte & 7)) << (byte >> 3) }
}

/// `depth` × `level` / 0x8000.
fn part(depth: i32, level: i32) -> i32 {
    ((i64::from(depth) * i64::from(level)) >> 15) as i32
}

fn multiply(position: i32, operand: i32) -> i32 {
    let product = (i64::from(position) * i64::from(operand & 0x7FFF)) >> 8;
    let signed = if operand & 0x8000 == 0 { product } else { -product };
    (signed & i64::from(POSITION_MASK)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(operator: i32, high: i32, low: i32) -> Parameters {
        let mut parameters = Parameters::at_rate(48_000);
        for (parameter, value) in [
            (Parameter::Operator1, operator),
            (Parameter::Operand1High, high),
            (Parameter::Operand1Low, low),
            (Parameter::Operator2, operator),
            (Parameter::Operand2High, high),
            (Parameter::Operand2Low, low),
        ] {
            parameters.set(parameter, value).expect("in range");
        }
        parameters
    }

    #[test]
    fn nop_passes() {
        let parameters = set(0, 0x12, 0x34);
        assert_eq!(Operators::new().first(&parameters, 5, [0x50, 0xF_FFFF]), [0x50, 0xF_FFFF]);
        assert_eq!(Operators::new().second(&parameters, 5, [0x50, 0xF_FFFF]), [0x50, 0xF_FFFF]);
    }

    #[test]
    fn and_or_xor_work_on_the_integer_bits() {
        let parameters = set(1, 0xFF, 0x00);
        assert_eq!(Operators::new().first(&parameters, 0, [0x1_2345, 0x0_00F3]), [0x1_2005, 0x0_0003]);
        assert_eq!(Operators::new().second(&parameters, 0, [0x0_2345, 0]), [0xF_F345, 0xF_F000]);
        assert_eq!(Operators::new().second(&set(2, 0, 1), 0, [0x15, 0x20]), [0x05, 0x30]);
    }

    #[test]
    fn mul_is_a_rate_with_a_sign() {
        let at = [1000 << 4, 65_535 << 4];
        assert_eq!(Operators::new().first(&set(2, 0x01, 0x00), 0, at), at);
        assert_eq!(Operators::new().first(&set(2, 0x02, 0x00), 0, at), [2000 << 4, 65_534 << 4]);
        assert_eq!(Operators::new().first(&set(2, 0x00, 0x80), 0, at), [500 << 4, 0x7_FFF8]);
        assert_eq!(Operators::new().first(&set(2, 0x81, 0x00), 0, at), [64_536 << 4, 1 << 4]);
        assert_eq!(Operators::new().first(&set(2, 0x00, 0x00), 0, at), [0, 0]);
    }

    #[test]
    fn sub_delays_left_by_high_and_right_by_low() {
        // 0x80 is 256 sample frames, 0xF0 half the memory.
        let moved = Operators::new().second(&set(4, 0x80, 0xF0), 0, [1000 << 4, 1000 << 4]);
        assert_eq!(moved, [744 << 4, (1000 + 32_768) << 4]);
    }

    #[test]
    fn msk_undoes_operator_1_in_the_eighths_that_are_off() {
        let parameters = set(3, 0b0100_0000, 0);
        let moved = [7 << 4, 7 << 4];
        let operators = Operators::new();
        assert_eq!(operators.second(&parameters, 100, moved), [100 << 4, 100 << 4]);
        assert_eq!(operators.second(&parameters, 8192, moved), moved);
        assert_eq!(operators.second(&parameters, 16_384, moved), [16_384 << 4, 16_384 << 4]);
    }

    #[test]
    fn a_frozen_osc_is_a_fixed_delay() {
        let mut operators = Operators::new();
        for _ in 0..100 {
            assert_eq!(operators.first(&set(3, 0, 0x80), 0, [300 << 4, 256 << 4]), [44 << 4, 0]);
        }
    }

    #[test]
    fn osc_swings_between_nothing_and_its_depth() {
        let (mut operators, parameters) = (Operators::new(), set(3, 0x80 | 0x60, 0x80));
        let delays: Vec<[i32; 2]> = (0..70_000)
            .map(|_| operators.first(&parameters, 0, [0x8_0000; 2]).map(|p| 0x8_0000 - p))
            .collect();
        assert_eq!(delays[0], [256 << 4, 0]);
        assert_eq!(delays.iter().map(|d| d[0]).min(), Some(0));
        assert_eq!(delays.iter().map(|d| d[0]).max(), Some(256 << 4));
        // The rate 0x60 steps 8 << 12 of 2^24: one cycle in 512 samples.
        assert_eq!(delays[512], delays[0]);
        assert_eq!(delays[256], [0, 256 << 4]);
        for delay in delays {
            assert!((delay[0] + delay[1] - (256 << 4)).abs() <= 1, "right is the inverse: {delay:?}");
        }
    }

    #[test]
    fn rnd_stays_in_its_depth_and_repeats_from_the_start() {
        let run = |high| -> Vec<[i32; 2]> {
            let (mut operators, parameters) = (Operators::new(), set(4, high, 0x80));
            (0..20_000)
                .map(|n| operators.first(&parameters, n as u16, [0x8_0000; 2]).map(|p| 0x8_0000 - p))
                .collect()
        };
        let wide = run(0xD0);
        assert_eq!(wide, run(0xD0));
        assert!(wide.iter().flatten().all(|delay| (0..=256 << 4).contains(delay)));
        assert!(wide.iter().any(|delay| delay[0] != delay[1]));
        assert!(run(0x50).iter().all(|delay| delay[0] == delay[1]));
        let held = run(0x00);
        assert!(held.iter().all(|delay| *delay == held[0]), "one memory cycle holds one offset");
    }

    #[test]
    fn the_scale_has_its_published_points() {
        assert_eq!(scale(0), 0);
        assert_eq!(scale(0x80), 256 << 4);
        assert_eq!(scale(0xF0), 32_768 << 4);
        assert!((1..=255).all(|byte| scale(byte) > scale(byte - 1)));
        assert!(scale(255) < 0x10_0000);
    }
}
