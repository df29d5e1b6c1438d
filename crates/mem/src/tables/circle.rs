//! Sines of whole parts of a turn, computed by the compiler.

use super::Table;
use core::f64::consts::FRAC_PI_4;

/// One turn of a sine, in `N` points.
///
/// Each point is the nearest `f32`, but for ties that an `f64` cannot tell. Between them, the error is at most
/// `(2π / N)² / 8`, and 2⁻²³ by rounding: 7.5e-5 (-82 dB) for 256 points, 4.8e-6 (-106 dB) for 1024, 4.1e-7 (-127 dB) for
/// 4096. A cosine is the sine a quarter of a turn later.
///
/// ```
/// use sostenuto_mem::tables::{Table, sine};
///
/// static SINE: Table<1024> = sine();
///
/// assert_eq!(SINE.lookup_turns(0.25), 1.0);
/// assert_eq!(SINE.lookup_turns(-13.5), 0.0);
/// assert_eq!(SINE.lookup_turn32(1 << 29), std::f32::consts::FRAC_1_SQRT_2);
/// ```
#[must_use]
pub const fn sine<const N: usize>() -> Table<N> {
    let mut points = [0.0; N];
    let mut index = 0;
    while index < N {
        points[index] = sine_of_part(index as u64, N as u64) as f32;
        index += 1;
    }
    Table::new(points, 0.0)
}

/// The sine of `part / parts` of a turn, where `part` is at most `parts`, and these are less than 2⁶⁰.
///
/// Which eighth of the turn it is in, and where there, is told by whole numbers: so π adds no error, and what should be
/// equal is equal.
pub(super) const fn sine_of_part(part: u64, parts: u64) -> f64 {
    let (eighth, rest) = (8 * part / parts, 8 * part % parts);
    // Each second eighth is passed backwards.
    let rest = if eighth % 2 == 0 { rest } else { parts - rest };
    let angle = rest as f64 / parts as f64 * FRAC_PI_4;
    match eighth {
        0 | 3 => sine_of_eighth(angle),
        1 | 2 => cosine_of_eighth(angle),
        4 | 7 => -sine_of_eighth(angle),
        5 | 6 => -cosine_of_eighth(angle),
        // The whole turn.
        _ => 0.0,
    }
}

/// The series of Taylor, for angles up to π/4: the first term left out is less than 1e-19. Written out, here and below, as
/// each turn of a loop counts as work of the compiler, which has a limit for it.
const fn sine_of_eighth(angle: f64) -> f64 {
    let square = angle * angle;
    let mut rest = 1.0 - square / (16.0 * 17.0);
    rest = 1.0 - square / (14.0 * 15.0) * rest;
    rest = 1.0 - square / (12.0 * 13.0) * rest;
    rest = 1.0 - square / (10.0 * 11.0) * rest;
    rest = 1.0 - square / (8.0 * 9.0) * rest;
    rest = 1.0 - square / (6.0 * 7.0) * rest;
    rest = 1.0 - square / (4.0 * 5.0) * rest;
    rest = 1.0 - square / (2.0 * 3.0) * rest;
    angle * rest
}

/// The series of Taylor, for angles up to π/4: the first term left out is less than 1e-19.
const fn cosine_of_eighth(angle: f64) -> f64 {
    let square = angle * angle;
    let mut rest = 1.0 - square / (17.0 * 18.0);
    rest = 1.0 - square / (15.0 * 16.0) * rest;
    rest = 1.0 - square / (13.0 * 14.0) * rest;
    rest = 1.0 - square / (11.0 * 12.0) * rest;
    rest = 1.0 - square / (9.0 * 10.0) * rest;
    rest = 1.0 - square / (7.0 * 8.0) * rest;
    rest = 1.0 - square / (5.0 * 6.0) * rest;
    rest = 1.0 - square / (3.0 * 4.0) * rest;
    1.0 - square / (1.0 * 2.0) * rest
}

const _: () = {
    use core::f64::consts::FRAC_1_SQRT_2;
    assert!(sine_of_part(0, 4) == 0.0 && sine_of_part(1, 4) == 1.0);
    assert!(sine_of_part(2, 4) == 0.0 && sine_of_part(3, 4) == -1.0 && sine_of_part(4, 4) == 0.0);
    // One by the cosine of π/4, and one by its sine.
    assert!((sine_of_part(1, 8) - FRAC_1_SQRT_2).abs() < 2.3e-16);
    assert!((sine_of_part(3, 8) - FRAC_1_SQRT_2).abs() < 2.3e-16);
    assert!((sine_of_part(1, 12) - 0.5).abs() < 1.2e-16 && (sine_of_part(11, 12) + 0.5).abs() < 1.2e-16);
    // The half of the square root of 3.
    assert!((sine_of_part(2, 12) - 0.866_025_403_784_438_6).abs() < 2.3e-16);
};
