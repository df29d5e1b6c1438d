//! A block of several channels, interleaved.

use super::WrongLength;

/// `N` sample frames of `C` channels: all channels of the first moment, then those of the second, and so on.
///
/// This is the order in which a codec takes samples from its DMA and in which a WAV file has them ("Multimedia Programming
/// Interface and Data Specifications 1.0", Microsoft and IBM, 1991). Effects want each channel by itself: both ways are
/// here, for any number of channels.
///
/// ```
/// use sostenuto_mem::buffers::{FrameBuffer, SampleBuffer, WrongLength};
///
/// let (mut left, mut right) = (SampleBuffer::from([1.0, 2.0, 3.0]), SampleBuffer::from([-1.0, -2.0, -3.0]));
/// let mut frames = FrameBuffer::<3, 2>::new();
/// frames.interleave([&left, &right])?;
/// assert_eq!(frames.as_interleaved(), [1.0, -1.0, 2.0, -2.0, 3.0, -3.0]);
///
/// frames.frames_mut()[2] = [0.5, 0.25];
/// frames.deinterleave([&mut left, &mut right])?;
/// assert_eq!(*right, [-1.0, -2.0, 0.25]);
/// assert!(frames.channel(0).is_some_and(|left| left.eq([1.0, 2.0, 0.5])));
///
/// let short = frames.interleave([&left, &right[..2]]);
/// assert_eq!(short, Err(WrongLength { channel: 1, expected: 3, got: 2 }));
/// # Ok::<(), WrongLength>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FrameBuffer<const N: usize, const C: usize> {
    frames: [[f32; C]; N],
}

impl<const N: usize, const C: usize> FrameBuffer<N, C> {
    /// Silence.
    #[must_use]
    pub const fn new() -> Self {
        Self { frames: [[0.0; C]; N] }
    }

    /// Makes it silence.
    pub fn clear(&mut self) {
        self.as_interleaved_mut().fill(0.0);
    }

    /// Takes the samples of each channel from a slice of its own.
    ///
    /// # Errors
    /// When a slice has more or fewer than `N` samples, of which the first is told; then nothing is written.
    pub fn interleave(&mut self, channels: [&[f32]; C]) -> Result<(), WrongLength> {
        for (channel, samples) in channels.iter().enumerate() {
            WrongLength::check(channel, N, samples.len())?;
        }
        for (channel, samples) in channels.into_iter().enumerate() {
            self.frames.iter_mut().zip(samples).for_each(|(frame, sample)| frame[channel] = *sample);
        }
        Ok(())
    }

    /// Writes the samples of each channel to a slice of its own.
    ///
    /// # Errors
    /// When a slice has more or fewer than `N` samples, of which the first is told; then nothing is written.
    pub fn deinterleave(&self, channels: [&mut [f32]; C]) -> Result<(), WrongLength> {
        for (channel, samples) in channels.iter().enumerate() {
            WrongLength::check(channel, N, samples.len())?;
        }
        for (channel, samples) in channels.into_iter().enumerate() {
            self.frames.iter().zip(samples).for_each(|(frame, sample)| *sample = frame[channel]);
        }
        Ok(())
    }

    /// The sample frames.
    #[must_use]
    pub const fn frames(&self) -> &[[f32; C]; N] {
        &self.frames
    }

    /// The sample frames, to be changed.
    #[must_use]
    pub const fn frames_mut(&mut self) -> &mut [[f32; C]; N] {
        &mut self.frames
    }

    /// All `N * C` samples in their order.
    #[must_use]
    pub const fn as_interleaved(&self) -> &[f32] {
        self.frames.as_flattened()
    }

    /// All `N * C` samples in their order, to be changed.
    #[must_use]
    pub const fn as_interleaved_mut(&mut self) -> &mut [f32] {
        self.frames.as_flattened_mut()
    }

    /// The `N` samples of a channel, of which the first is 0; `None` when there is no such channel.
    #[must_use]
    pub fn channel(
        &self,
        channel: usize,
    ) -> Option<impl ExactSizeIterator<Item = f32> + DoubleEndedIterator> {
        (channel < C).then(|| self.frames.iter().map(move |frame| frame[channel]))
    }

    /// The `N` samples of a channel, to be changed; `None` when there is no such channel.
    #[must_use]
    pub fn channel_mut(
        &mut self,
        channel: usize,
    ) -> Option<impl ExactSizeIterator<Item = &mut f32> + DoubleEndedIterator> {
        (channel < C).then(|| self.frames.iter_mut().map(move |frame| &mut frame[channel]))
    }
}

impl<const N: usize, const C: usize> Default for FrameBuffer<N, C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize, const C: usize> From<[[f32; C]; N]> for FrameBuffer<N, C> {
    fn from(frames: [[f32; C]; N]) -> Self {
        Self { frames }
    }
}
