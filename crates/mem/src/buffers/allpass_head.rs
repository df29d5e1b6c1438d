//! What a head that reads through an all-pass remembers.

/// The state of one head of [`DelayLine::read_allpass`](super::DelayLine::read_allpass): of one line, and read once for each
/// sample that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct AllpassHead {
    /// What the rest was made for, as it was given.
    delay: f32,
    /// The delay of the newer of its two samples.
    whole: usize,
    coefficient: f32,
    last: f32,
}

/// The least delay. From here up to 1 more, the pole is not farther from 0 than 1/3, so what the filter remembers fades
/// within some samples.
const LEAST: f32 = 0.5;

impl AllpassHead {
    /// A head that has read nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        // No delay is equal to this one.
        Self { delay: f32::NAN, whole: 0, coefficient: 0.0, last: 0.0 }
    }

    /// Forgets what it has read; needed when that was no number, as its filter would keep it.
    pub const fn reset(&mut self) {
        *self = Self::new();
    }

    /// The delay of the newer of the two samples that [`Self::next`] wants, the other being one older, when a delay is
    /// wanted that is not longer than `longest`.
    pub(super) fn whole(&mut self, delay: f32, longest: f32) -> usize {
        if delay != self.delay {
            self.delay = delay;
            // What is no number is not more than the least either.
            let delay = if delay > LEAST { if delay < longest { delay } else { longest } } else { LEAST };
            let whole = (delay - LEAST) as i32;
            self.whole = whole as usize;
            let rest = delay - whole as f32;
            self.coefficient = (1.0 - rest) / (1.0 + rest);
        }
        self.whole
    }

    /// The next sample of the filter.
    pub(super) fn next(&mut self, newer: f32, older: f32) -> f32 {
        self.last = self.coefficient * (newer - self.last) + older;
        self.last
    }
}

impl Default for AllpassHead {
    fn default() -> Self {
        Self::new()
    }
}
