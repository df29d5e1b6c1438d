//! A block of one channel.

use super::WrongLength;
use core::ops::{Deref, DerefMut};

/// The `N` samples of one channel between two callbacks.
///
/// It is a slice of `f32` to all who want one, and an empty one takes no place in the image of a program, as its bytes are
/// zeros. It does what is not done by a slice without a panic or a loop.
///
/// ```
/// use sostenuto_mem::buffers::SampleBuffer;
///
/// static SILENCE: SampleBuffer<4> = SampleBuffer::new();
///
/// let (mut dry, mut wet) = (SampleBuffer::from([0.5, -1.0, 0.25, 0.0]), SILENCE.clone());
/// wet.copy_from(&dry)?;
/// wet.scale(-0.5);
/// dry.add(&wet)?;
/// assert_eq!(*dry, [0.25, -0.5, 0.125, 0.0]);
/// assert_eq!(dry.peak(), 0.5);
/// dry[1..].fill(0.0);
/// assert_eq!(dry.iter().sum::<f32>(), 0.25);
/// # Ok::<(), sostenuto_mem::buffers::WrongLength>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SampleBuffer<const N: usize> {
    samples: [f32; N],
}

impl<const N: usize> SampleBuffer<N> {
    /// Silence.
    #[must_use]
    pub const fn new() -> Self {
        Self { samples: [0.0; N] }
    }

    /// Makes it silence.
    pub fn clear(&mut self) {
        self.samples.fill(0.0);
    }

    /// Takes the samples of a slice.
    ///
    /// # Errors
    /// When there are more or fewer than `N`; then nothing is written.
    pub fn copy_from(&mut self, samples: &[f32]) -> Result<(), WrongLength> {
        WrongLength::check(0, N, samples.len())?;
        self.samples.copy_from_slice(samples);
        Ok(())
    }

    /// Adds the samples of a slice to its own.
    ///
    /// # Errors
    /// When there are more or fewer than `N`; then nothing is written.
    pub fn add(&mut self, samples: &[f32]) -> Result<(), WrongLength> {
        WrongLength::check(0, N, samples.len())?;
        self.samples.iter_mut().zip(samples).for_each(|(own, other)| *own += other);
        Ok(())
    }

    /// Multiplies each sample by a factor.
    pub fn scale(&mut self, factor: f32) {
        self.samples.iter_mut().for_each(|sample| *sample *= factor);
    }

    /// How far the loudest sample is from 0; at least 0. Samples that are no number do not count.
    #[must_use]
    pub fn peak(&self) -> f32 {
        self.samples.iter().fold(0.0, |peak, sample| if sample.abs() > peak { sample.abs() } else { peak })
    }
}

impl<const N: usize> Default for SampleBuffer<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> From<[f32; N]> for SampleBuffer<N> {
    fn from(samples: [f32; N]) -> Self {
        Self { samples }
    }
}

impl<const N: usize> Deref for SampleBuffer<N> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.samples
    }
}

impl<const N: usize> DerefMut for SampleBuffer<N> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.samples
    }
}
