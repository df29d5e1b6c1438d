//! Powers of two, computed by the compiler and read by the bits of an exponent.

use super::Table;
use core::f64::consts::LN_2;

/// The powers of two, for envelopes, pitch and decibels: `N` points from an exponent of 0 to one of 1, and all others by
/// their whole part.
///
/// Each point is the nearest `f32`, but for ties that an `f64` cannot tell. Between them, the relative error is from 0 to
/// `(ln 2 / N)² / 8 · 2^(1 / N)`, and 2⁻²² by rounding: 1.2e-6 for 256 points. In cents, `1731` times that, as long as it is
/// small: 0.002.
///
/// ```
/// use sostenuto_mem::tables::Exp2;
///
/// static EXP2: Exp2<256> = Exp2::new();
///
/// assert_eq!((EXP2.exp2(0.0), EXP2.exp2(-3.0), EXP2.exp2(10.5).round()), (1.0, 0.125, 1448.0));
/// // An octave is 1 V: from a control voltage to a frequency.
/// assert!((261.626 * EXP2.exp2(0.75) - 440.0).abs() < 0.001);
/// // 6.02 dB are a factor of 2.
/// assert!((EXP2.exp2(-20.0 / 6.020_6) - 0.1).abs() < 1e-6);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Exp2<const N: usize> {
    octave: Table<N>,
}

impl<const N: usize> Exp2<N> {
    /// The powers of two. It does not compile for an `N` of 0.
    #[must_use]
    pub const fn new() -> Self {
        let mut points = [0.0; N];
        let mut index = 0;
        while index < N {
            points[index] = exp2_of_part(index as u64, N as u64) as f32;
            index += 1;
        }
        Self { octave: Table::new(points, 2.0) }
    }

    /// The powers from an exponent of 0 to one of 1.
    #[must_use]
    pub const fn octave(&self) -> &Table<N> {
        &self.octave
    }

    /// Two to the power of `exponent`: 0 and infinity where an `f32` ends, and NaN of NaN.
    #[must_use]
    pub const fn exp2(&self, exponent: f32) -> f32 {
        if exponent.is_nan() {
            return exponent;
        }
        // Beyond these, there is nothing but 0 and infinity.
        let exponent = exponent.clamp(-151.0, 129.0);
        let towards_0 = exponent as i32;
        let whole = towards_0 - (exponent < towards_0 as f32) as i32;
        // In two steps, as the power of the whole may be too small or too large when the product is not.
        let (half, rest) = (whole / 2, whole - whole / 2);
        self.octave.inside(exponent - whole as f32) * power_of_two(half) * power_of_two(rest)
    }
}

impl<const N: usize> Default for Exp2<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// For exponents from -126 to 127.
const fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

/// Two to the power of `part / parts`, from 0 to 1: the series of Taylor, whose first term left out is less than 1e-19.
pub(super) const fn exp2_of_part(part: u64, parts: u64) -> f64 {
    let exponent = part as f64 / parts as f64 * LN_2;
    let mut sum = 1.0;
    let mut term = 18.0;
    while term > 0.0 {
        sum = 1.0 + exponent / term * sum;
        term -= 1.0;
    }
    sum
}

const _: () = {
    assert!(exp2_of_part(0, 1) == 1.0);
    assert!((exp2_of_part(1, 1) - 2.0).abs() < 4.5e-16);
    assert!((exp2_of_part(1, 2) - core::f64::consts::SQRT_2).abs() < 4.5e-16);
};
