//! Between the rate of a file and the clock of a patch.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

/// Why a sound cannot be resampled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    /// A rate is outside what makes sense for sound.
    #[error("cannot resample from {from} Hz to {to} Hz: rates from 1 to 384000 Hz work")]
    Rate {
        /// The rate of the sound.
        from: u32,
        /// The rate asked for.
        to: u32,
    },
    /// The resampler refused.
    #[error("cannot resample from {from} Hz to {to} Hz: {reason}")]
    Resampler {
        /// The rate of the sound.
        from: u32,
        /// The rate asked for.
        to: u32,
        /// What it said.
        reason: String,
    },
}

/// The sound at another rate: as many seconds, nothing earlier or later than it was.
///
/// The result has `frames.len() * to / from` sample frames, rounded up. Equal rates give the sound unchanged.
///
/// # Errors
/// When a rate is 0 or over 384,000 Hz.
pub fn resample(frames: &[[f32; 2]], from: u32, to: u32) -> Result<Vec<[f32; 2]>, ResampleError> {
    if ![from, to].iter().all(|rate| (1..=384_000).contains(rate)) {
        return Err(ResampleError::Rate { from, to });
    }
    if from == to || frames.is_empty() {
        return Ok(frames.to_vec());
    }
    let refused = |reason: String| ResampleError::Resampler { from, to, reason };
    let mut resampler = Fft::<f64>::new(from as usize, to as usize, chunk(from, to), 2, FixedSync::Both)
        .map_err(|error| refused(error.to_string()))?;
    let samples: Vec<f64> = frames.iter().flatten().map(|sample| f64::from(*sample)).collect();
    let input =
        InterleavedSlice::new(&samples, 2, frames.len()).map_err(|error| refused(error.to_string()))?;
    let output =
        resampler.process_all(&input, frames.len(), None).map_err(|error| refused(error.to_string()))?;
    // Whole numbers, because the resampler's own length comes from a ratio in floating point.
    let length = (frames.len() as u64 * u64::from(to)).div_ceil(from.into()) as usize;
    let mut resampled: Vec<[f32; 2]> =
        output.take_data().chunks_exact(2).map(|frame| [frame[0] as f32, frame[1] as f32]).collect();
    resampled.resize(length, [0.0; 2]);
    Ok(resampled)
}

/// Sample frames that the resampler takes in one go: at least 1024, and an even multiple of the smallest that it can.
///
/// The resampler's delay is half a chunk of its output; an odd chunk would leave half a sample uncompensated.
fn chunk(from: u32, to: u32) -> usize {
    let (mut common, mut rest) = (from, to);
    while rest > 0 {
        (common, rest) = (rest, common % rest);
    }
    let step = (from / common) as usize;
    step * 1024_usize.div_ceil(step).next_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate: u32, length: usize) -> Vec<[f32; 2]> {
        let turn = std::f64::consts::TAU * 1000.0 / f64::from(rate);
        (0..length)
            .map(|n| [(0.5 * (turn * n as f64).sin()) as f32, (0.5 * (turn * n as f64).cos()) as f32])
            .collect()
    }

    #[test]
    fn a_sine_keeps_its_level_and_phase() {
        for (from, to) in [(48_000, 44_100), (44_100, 48_000), (48_000, 96_000), (96_000, 22_050)] {
            let resampled = resample(&sine(from, from as usize / 2), from, to).expect("resampled");
            assert_eq!(resampled.len(), to as usize / 2);
            let wanted = sine(to, to as usize / 2);
            // The ends ring, as the sine starts and stops at once there.
            for n in 1000..resampled.len() - 1000 {
                for channel in 0..2 {
                    let (is, was) = (resampled[n][channel], wanted[n][channel]);
                    assert!((is - was).abs() < 1e-4, "{from} to {to}, sample frame {n}: {is} for {was}");
                }
            }
        }
    }

    #[test]
    fn any_length_is_kept_there_and_back() {
        for length in [1, 2, 147, 1000, 4801] {
            let there = resample(&sine(48_000, length), 48_000, 44_100).expect("there");
            assert_eq!(there.len(), (length * 441).div_ceil(480));
            let back = resample(&there, 44_100, 48_000).expect("back");
            assert!((length..=length + 2).contains(&back.len()));
        }
    }

    #[test]
    fn equal_rates_change_nothing_and_odd_ones_are_refused() {
        let sound = sine(48_000, 100);
        assert_eq!(resample(&sound, 48_000, 48_000), Ok(sound.clone()));
        assert_eq!(resample(&[], 48_000, 44_100), Ok(Vec::new()));
        for (from, to) in [(0, 48_000), (48_000, 0), (48_000, 1_000_000)] {
            assert_eq!(resample(&sound, from, to), Err(ResampleError::Rate { from, to }));
        }
    }
}
