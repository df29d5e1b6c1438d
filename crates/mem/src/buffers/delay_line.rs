//! A line of the samples that were written last.

use super::AllpassHead;

/// The last `N` samples, to be read at any delay by any number of heads; `N` is from 1 to 2³⁰ and need not be a power of
/// two.
///
/// A delay is counted in samples from the last one that was written, which has the delay 0; the oldest has
/// [`Self::MAX_DELAY`]. So a head that reads *after* the writing of a sample hears it later by its delay, and one that reads
/// *before* it, as an echo with feedback must, by its delay and 1. A delay that is longer is read as the longest, one that
/// is less than 0 or no number as 0. What was never written is silence.
///
/// | read | less by 1 dB at | passes exactly | for |
/// |---|---|---|---|
/// | [`read`](Self::read) | nothing | all | delays of whole samples |
/// | [`read_linear`](Self::read_linear) | 0.15 of the sample rate | straight lines | modulation, cheaply |
/// | [`read_cubic`](Self::read_cubic) | 0.245 of the sample rate | parabolas | modulation: chorus, pitch, tape |
/// | [`read_allpass`](Self::read_allpass) | nothing | what is constant | a steady delay in a loop: strings, reverbs |
///
/// (In the middle between two samples, where it is worst.)
///
/// A delay of type `f32` has 24 bits: at a second (48,000 samples) it moves in steps of 1/256 of a sample, at ten seconds in
/// steps of 1/32, which a slow modulation makes audible. For such, there are [`read_linear_at`](Self::read_linear_at) and
/// [`read_cubic_at`](Self::read_cubic_at), which take the fraction by itself.
///
/// An empty line has zeros only, so a `static` of it takes no place in the image of a program.
///
/// ```
/// use sostenuto_mem::buffers::DelayLine;
///
/// let mut line = DelayLine::<5>::new();
/// line.write_block(&[10.0, 20.0, 30.0]);
/// line.write(40.0);
/// assert_eq!((line.read(0), line.read(3), line.read(4)), (40.0, 10.0, 0.0));
/// assert_eq!((line.read_linear(0.25), line.read_cubic(1.5)), (37.5, 25.0));
/// let mut block = [0.0; 2];
/// line.read_block(1, &mut block);
/// assert_eq!(block, [20.0, 30.0]);
/// ```
#[derive(Debug, Clone)]
pub struct DelayLine<const N: usize> {
    samples: [f32; N],
    /// Where the oldest sample is, and the next one comes; always less than `N`. As wide as a sample, so that there is no
    /// padding.
    next: u32,
}

impl<const N: usize> DelayLine<N> {
    /// The longest delay, in samples: `N - 1`.
    pub const MAX_DELAY: usize = {
        assert!(N >= 1 && N <= 1 << 30, "a delay line has from 1 to 2^30 samples");
        N - 1
    };

    /// A line in which all is silence. It does not compile for an `N` of 0 or above 2³⁰:
    ///
    /// ```compile_fail,E0080
    /// # use sostenuto_mem::buffers::DelayLine;
    /// static LINE: DelayLine<0> = DelayLine::new();
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        const { _ = Self::MAX_DELAY };
        Self { samples: [0.0; N], next: 0 }
    }

    /// Makes all of it silence; the cost grows with `N`.
    pub fn clear(&mut self) {
        // Not by assignment of an array, which would come from the stack.
        self.samples.fill(0.0);
    }

    /// Writes a sample; the oldest one is lost.
    pub const fn write(&mut self, sample: f32) {
        self.samples[self.next as usize] = sample;
        self.next = Self::wrapped(self.next as usize + 1) as u32;
    }

    /// Writes samples, the first one first. Of more than `N`, the last `N` stay.
    pub fn write_block(&mut self, block: &[f32]) {
        let block = &block[block.len().saturating_sub(N)..];
        let (to_end, from_start) = block.split_at(block.len().min(N - self.next as usize));
        self.samples[self.next as usize..][..to_end.len()].copy_from_slice(to_end);
        self.samples[..from_start.len()].copy_from_slice(from_start);
        self.next = Self::wrapped(self.next as usize + block.len()) as u32;
    }

    /// The sample with a delay.
    #[must_use]
    pub const fn read(&self, delay: usize) -> f32 {
        let newer_than_oldest = Self::MAX_DELAY.saturating_sub(delay);
        self.samples[Self::wrapped(self.next as usize + newer_than_oldest)]
    }

    /// As many samples in a row as the block is long, the oldest first, of which the last has the delay: what
    /// [`Self::read`] would have given after each of the writes.
    ///
    /// So the longest delay is shorter here, [`Self::max_block_delay`], and a longer one is read as this. Of a block that is
    /// longer than the line, the first samples are all the oldest one.
    ///
    /// An echo with feedback reads a block before it writes one, with a delay that is shorter by the length of the block.
    pub fn read_block(&self, delay: usize, block: &mut [f32]) {
        let delay = delay.min(Self::max_block_delay(block.len()));
        let (too_old, block) = block.split_at_mut(block.len().saturating_sub(N));
        too_old.fill(self.read(Self::MAX_DELAY));
        let start = Self::wrapped(self.next as usize + N - delay - block.len());
        let (to_end, from_start) = block.split_at_mut(block.len().min(N - start));
        to_end.copy_from_slice(&self.samples[start..][..to_end.len()]);
        from_start.copy_from_slice(&self.samples[..from_start.len()]);
    }

    /// The longest delay of [`Self::read_block`] for a block of so many samples: `N - length`, or 0.
    #[must_use]
    pub const fn max_block_delay(length: usize) -> usize {
        N.saturating_sub(length)
    }

    /// The sample with a delay, on the straight line between its two neighbours.
    #[must_use]
    pub const fn read_linear(&self, delay: f32) -> f32 {
        let (whole, fraction) = Self::split(delay);
        self.read_linear_at(whole, fraction)
    }

    /// [`Self::read_linear`] for a delay of `whole + fraction`. The fraction is from 0 to 1, and is not clamped.
    #[must_use]
    pub const fn read_linear_at(&self, whole: usize, fraction: f32) -> f32 {
        let (newer, older) = (self.read(whole), self.read(whole.saturating_add(1)));
        newer + fraction * (older - newer)
    }

    /// The sample with a delay, on the cubic through its two neighbours whose slopes there are those between the neighbours
    /// of each: the Hermite interpolation of 4 points and third order (Catmull and Rom, "A class of local interpolating
    /// splines", 1974; compared with others in Niemitalo, "Polynomial interpolators for high-quality resampling of
    /// oversampled audio", 2001).
    ///
    /// When the delay moves, neither the sound nor its slope jumps, which is why it is this kernel and not Lagrange's. All
    /// four points are there from a delay of 1 to `N - 2`; beyond, the newest and the oldest stand for those that are not.
    #[must_use]
    pub const fn read_cubic(&self, delay: f32) -> f32 {
        let (whole, fraction) = Self::split(delay);
        self.read_cubic_at(whole, fraction)
    }

    /// [`Self::read_cubic`] for a delay of `whole + fraction`. The fraction is from 0 to 1, and is not clamped.
    #[must_use]
    pub const fn read_cubic_at(&self, whole: usize, fraction: f32) -> f32 {
        let (newest, newer) = (self.read(whole.saturating_sub(1)), self.read(whole));
        let (older, oldest) = (self.read(whole.saturating_add(1)), self.read(whole.saturating_add(2)));
        let first = 0.5 * (older - newest);
        let second = newest - 2.5 * newer + 2.0 * older - 0.5 * oldest;
        let third = 0.5 * (oldest - newest) + 1.5 * (newer - older);
        ((third * fraction + second) * fraction + first) * fraction + newer
    }

    /// The sample with a delay, through an all-pass of first order, whose delay is exact for low frequencies (Thiran,
    /// "Recursive digital filters with maximally flat group delay", 1971; Laakso and others, "Splitting the unit delay",
    /// 1996). All frequencies stay as loud as they are.
    ///
    /// It must be called once for each sample that is written, always with the same head. The least delay is 0.5, and a
    /// shorter one is read as that: the filter does a delay of 0.5 to 1.5, for which it is stable with a pole not farther
    /// from 0 than 1/3, and the line does the rest. At the sample rate *f*, its delay is wrong by at most 0.016 samples up
    /// to *f*/20, and by at most 0.5 up to *f*/2. When the delay jumps, the filter needs some samples to forget; one that is
    /// always modulated is better read by [`Self::read_cubic`]. A new delay costs a division.
    ///
    /// It does not compile for an `N` of 1.
    ///
    /// ```
    /// use sostenuto_mem::buffers::{AllpassHead, DelayLine};
    ///
    /// // A plucked string: 109.09 samples in the loop make an A of 440 Hz at 48 kHz.
    /// let (mut line, mut head) = (DelayLine::<128>::new(), AllpassHead::new());
    /// line.write_block(&[0.5; 50]);
    /// line.write_block(&[-0.5; 50]);
    /// let (mut last, mut periods) = (0.0, 0);
    /// for time in 0..48_000 {
    ///     // The mean of two samples takes half a sample, and to read before the writing takes one.
    ///     let sample = line.read_allpass(&mut head, 48_000.0 / 440.0 - 1.5);
    ///     line.write(0.5 * (sample + last));
    ///     periods += u32::from(time >= 24_000 && last < 0.0 && sample >= 0.0);
    ///     last = sample;
    /// }
    /// assert_eq!(periods, 220); // In the second half, when the noise of the plucking is gone.
    /// ```
    #[must_use]
    pub fn read_allpass(&self, head: &mut AllpassHead, delay: f32) -> f32 {
        const { assert!(N >= 2, "an all-pass needs a delay line of at least 2 samples") };
        let whole = head.whole(delay, Self::MAX_DELAY as f32);
        head.next(self.read(whole), self.read(whole.saturating_add(1)))
    }

    /// The index of what is less than `N` past the last sample.
    const fn wrapped(index: usize) -> usize {
        if index >= N { index - N } else { index }
    }

    /// The whole and the fraction of a delay that is in the line.
    const fn split(delay: f32) -> (usize, f32) {
        let longest = Self::MAX_DELAY as f32;
        // What is no number is not more than 0 either.
        let delay = if delay > 0.0 { if delay < longest { delay } else { longest } } else { 0.0 };
        // Of all whole numbers, an `i32` is the cheapest to come to and from.
        let whole = delay as i32;
        (whole as usize, delay - whole as f32)
    }
}

impl<const N: usize> Default for DelayLine<N> {
    fn default() -> Self {
        Self::new()
    }
}
