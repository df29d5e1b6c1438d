//! Points at equal distances, and what lies between them.

/// A function from 0 to 1 by `N` points at `0`, `1 / N`, … and a guard point at 1, read on the straight lines between them.
///
/// A wave has one turn from 0 to 1, and its guard point is equal to its first; a curve just ends there. To look up costs no
/// division and no search. The error of a straight line is at most `h² / 8` times the greatest second derivative of the
/// function, with the distance `h = 1 / N` of the points; that of each function of this module is told there.
///
/// ```
/// use sostenuto_mem::tables::Table;
///
/// /// How the ear hears the position of a fader.
/// static FADER: Table<4> = Table::new([0.0, 0.01, 0.06, 0.25], 1.0);
///
/// assert_eq!(FADER.lookup(0.875), 0.625);
/// assert_eq!((FADER.lookup(-0.5), FADER.lookup(7.0)), (0.0, 1.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Table<const N: usize> {
    points: [f32; N],
    guard: f32,
}

impl<const N: usize> Table<N> {
    /// Of `N` points, and the one at 1. It does not compile for an `N` of 0 or above 2²⁴, where places of type `f32` end.
    #[must_use]
    pub const fn new(points: [f32; N], guard: f32) -> Self {
        const { assert!(N >= 1 && N <= 1 << 24, "a table has from 1 to 2^24 points") };
        Self { points, guard }
    }

    /// The points without the guard point.
    #[must_use]
    pub const fn points(&self) -> &[f32; N] {
        &self.points
    }

    /// The point at 1.
    #[must_use]
    pub const fn guard(&self) -> f32 {
        self.guard
    }

    /// The value at a place from 0 to 1: for curves, and for windows that are passed once. What is less than 0 or no number
    /// is read as 0, what is more than 1 as 1.
    ///
    /// With a power of two for `N`, the place is not rounded.
    #[must_use]
    pub const fn lookup(&self, place: f32) -> f32 {
        // What is no number is not more than 0 either.
        self.inside(if place > 0.0 { if place < 1.0 { place } else { 1.0 } } else { 0.0 })
    }

    /// The value at a phase in turns, of which only the fraction counts: for waves. What is infinite or no number is read as
    /// 0.
    ///
    /// A phase of type `f32` that grows gets coarse: keep it from 0 to 1, or use [`Self::lookup_turn32`].
    #[must_use]
    pub const fn lookup_turns(&self, turns: f32) -> f32 {
        self.inside(fraction(turns))
    }

    /// The value at a phase in parts of a turn, of which there are 2³²: for waves whose phase is a sum that wraps. Its steps
    /// are the same everywhere, and the frequency is exact to the sample rate / 2³².
    ///
    /// ```
    /// use sostenuto_mem::tables::{Table, sine};
    ///
    /// static SINE: Table<512> = sine();
    ///
    /// /// What the phase grows by in a sample: 440 Hz at 48 kHz.
    /// const STEP: u32 = ((440 << 32) / 48_000_u64) as u32;
    ///
    /// let mut phase = 0_u32;
    /// let mut sample = || {
    ///     phase = phase.wrapping_add(STEP);
    ///     SINE.lookup_turn32(phase)
    /// };
    /// # assert!((sample() - 0.057_564).abs() < 1e-4);
    /// # assert!((0..1000).all(|_| sample().abs() <= 1.0));
    /// ```
    #[must_use]
    pub const fn lookup_turn32(&self, phase: u32) -> f32 {
        // The whole is less than `N`, as the phase is less than a turn.
        let scaled = phase as u64 * N as u64;
        self.between((scaled >> 32) as usize, scaled as u32 as f32 * (1.0 / 4_294_967_296.0))
    }

    /// The value at a place that is from 0 to 1.
    pub(super) const fn inside(&self, place: f32) -> f32 {
        let scaled = place * N as f32;
        // The place 1 is at the end of the last line.
        let index = if scaled < N as f32 { scaled as i32 } else { N as i32 - 1 };
        self.between(index as usize, scaled - index as f32)
    }

    /// On the line that begins at a point.
    const fn between(&self, index: usize, fraction: f32) -> f32 {
        let start = self.points[index];
        let end = if index + 1 < N { self.points[index + 1] } else { self.guard };
        start + fraction * (end - start)
    }
}

/// What a number is above the next whole one below it, from 0 to 1; 0 when that is not known.
const fn fraction(number: f32) -> f32 {
    // From here on, all numbers are whole; and NaN is not less.
    if number.abs() < 8_388_608.0 {
        let fraction = number - number as i32 as f32;
        if fraction < 0.0 { fraction + 1.0 } else { fraction }
    } else {
        0.0
    }
}
