//! Windows: curves that rise from 0 to 1 and fall again.
//!
//! The formulas are those of Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform",
//! 1978. There are two of each. A *periodic* one is a turn of a wave, at whose end the next one begins: for spectra, for
//! what is cut to overlapping pieces and added again, and for grains, which pass through it by their place. A *symmetric*
//! one has both ends in its points: for the coefficients of a filter. The periodic one with `N` points is, with its guard
//! point, the symmetric one with `N + 1`.

use super::Table;
use super::circle::sine_of_part;

/// The window of von Hann, `(1 - cos 2πx) / 2`, periodic.
///
/// Pieces that overlap by a half add up to 1. Between its points, the error is at most `(2π / N)² / 16`, and 2⁻²³ by
/// rounding.
///
/// ```
/// use sostenuto_mem::tables::{Table, hann_periodic};
///
/// static HANN: Table<256> = hann_periodic();
///
/// // A grain of 1000 samples, by the place in it.
/// let grain: Vec<f32> = (0..1000).map(|sample| HANN.lookup(sample as f32 / 1000.0)).collect();
/// assert_eq!((grain[0], grain[500]), (0.0, 1.0));
/// ```
#[must_use]
pub const fn hann_periodic<const N: usize>() -> Table<N> {
    Table::new(points(N as u64, Window::Hann), 0.0)
}

/// The window of von Hann, `(1 - cos 2πx) / 2`, symmetric: the first and the last point are 0. A single point is 1.
///
/// ```
/// use sostenuto_mem::tables::hann_symmetric;
///
/// assert_eq!(hann_symmetric(), [0.0, 0.5, 1.0, 0.5, 0.0]);
/// ```
#[must_use]
pub const fn hann_symmetric<const N: usize>() -> [f32; N] {
    points((N as u64).saturating_sub(1), Window::Hann)
}

/// The window of Blackman, `0.42 - 0.5 cos 2πx + 0.08 cos 4πx`, periodic.
///
/// Between its points, the error is at most `0.82 (2π / N)² / 8`, and 2⁻²³ by rounding.
#[must_use]
pub const fn blackman_periodic<const N: usize>() -> Table<N> {
    Table::new(points(N as u64, Window::Blackman), 0.0)
}

/// The window of Blackman, `0.42 - 0.5 cos 2πx + 0.08 cos 4πx`, symmetric: the first and the last point are 0. A single
/// point is 1.
///
/// ```
/// use sostenuto_mem::tables::blackman_symmetric;
///
/// assert_eq!(blackman_symmetric(), [0.0, 0.34, 1.0, 0.34, 0.0]);
/// ```
#[must_use]
pub const fn blackman_symmetric<const N: usize>() -> [f32; N] {
    points((N as u64).saturating_sub(1), Window::Blackman)
}

#[derive(Clone, Copy)]
enum Window {
    Hann,
    Blackman,
}

/// The points of a window that is `parts` of their distances long.
const fn points<const N: usize>(parts: u64, window: Window) -> [f32; N] {
    // Of a window without a length, the middle is the only point.
    let mut points = [1.0; N];
    let mut index = 0;
    while index < N && parts > 0 {
        // As the square of a sine, both are exact near 0.
        let sine = sine_of_part(index as u64, 2 * parts);
        let square = sine * sine;
        points[index] = match window {
            Window::Hann => square as f32,
            Window::Blackman => (square * (0.36 + 0.64 * square)) as f32,
        };
        index += 1;
    }
    points
}
