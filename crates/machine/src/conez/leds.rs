//! The strips of LEDs, and what they have shown when.

/// Four strips of pixels with red, green and blue.
#[derive(Debug)]
pub(super) struct Leds {
    /// What the patch is drawing, of one strip after the other.
    pixels: Vec<[u8; 3]>,
    /// Whether colours are corrected for the eye when they are set.
    pub(super) has_gamma: bool,
    pub(super) history: History,
}

/// The strips.
pub(super) const STRIPS: usize = 4;

/// The pixels of each.
pub(super) const PIXELS: usize = 50;

impl Leds {
    /// All dark; without room for what is shown, when nothing ever will be.
    pub(super) fn new(are_shown: bool) -> Leds {
        let most = if are_shown { MOST_FRAMES } else { 0 };
        let history = History { times: Vec::with_capacity(most), ..History::default() };
        let history = History { pixels: Vec::with_capacity(most * STRIPS * PIXELS), ..history };
        Leds { pixels: vec![[0; 3]; STRIPS * PIXELS], has_gamma: false, history }
    }

    /// The pixels of a channel; the first channel is 1.
    pub(super) fn strip(&mut self, channel: i32) -> Option<&mut [[u8; 3]]> {
        let strip = usize::try_from(channel).ok()?.checked_sub(1)?;
        self.pixels.chunks_exact_mut(PIXELS).nth(strip)
    }

    /// A colour as it is written to a strip.
    pub(super) fn colour(&self, colour: [u8; 3]) -> [u8; 3] {
        if self.has_gamma { colour.map(gamma) } else { colour }
    }

    /// Lets the strips show what was drawn, at this time in microseconds.
    pub(super) fn show(&mut self, now: u64) {
        self.history.record(now, &self.pixels);
    }
}

/// The correction for the eye, by the power 2.8 that is usual for such LEDs.
pub(super) fn gamma(value: u8) -> u8 {
    (libm::pow(f64::from(value) / 255.0, 2.8) * 255.0).round() as u8
}

/// What the strips have shown, in memory of a fixed size.
///
/// Each change is kept, up to 1,024 of them; then every other one is dropped, and of those that come only what is far
/// enough from the last one is kept. The last change is always among them.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    /// In microseconds, ascending.
    times: Vec<u64>,
    /// Of one frame after the other.
    pixels: Vec<[u8; 3]>,
    /// How far two frames must be from each other.
    step: u64,
    pub(super) shows: u64,
    /// Frames that were different from the one before.
    pub(super) changes: u64,
}

const MOST_FRAMES: usize = 1_024;

const FRAME: usize = STRIPS * PIXELS;

impl History {
    fn record(&mut self, now: u64, pixels: &[[u8; 3]]) {
        self.shows += 1;
        let last = self.times.last().copied();
        if last.is_some() && self.pixels[self.pixels.len() - FRAME..] == *pixels {
            return;
        }
        self.changes += 1;
        if last.is_some_and(|last| now == last || now - last < self.step) {
            let from = self.pixels.len() - FRAME;
            self.pixels[from..].copy_from_slice(pixels);
            return;
        }
        if self.times.len() == MOST_FRAMES {
            self.thin();
        }
        self.times.push(now);
        self.pixels.extend_from_slice(pixels);
    }

    /// Keeps every other frame.
    fn thin(&mut self) {
        let kept = self.times.len().div_ceil(2);
        for index in 0..kept {
            self.times[index] = self.times[2 * index];
            self.pixels.copy_within(2 * index * FRAME..(2 * index + 1) * FRAME, index * FRAME);
        }
        let span = self.times[kept - 1] - self.times[0];
        self.step = (2 * self.step).max(span / kept as u64);
        self.times.truncate(kept);
        self.pixels.truncate(kept * FRAME);
    }

    /// The times and the pixels of all strips.
    pub(super) fn frames(&self) -> impl DoubleEndedIterator<Item = (u64, &[[u8; 3]])> {
        self.times.iter().copied().zip(self.pixels.chunks_exact(FRAME))
    }

    /// What was shown at a time.
    pub(super) fn at(&self, time: u64) -> Option<&[[u8; 3]]> {
        let index = self.times.partition_point(|shown| *shown <= time).checked_sub(1)?;
        self.pixels.chunks_exact(FRAME).nth(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(leds: &mut Leds, now: u64, value: u8) {
        leds.strip(1).expect("a strip").fill([value; 3]);
        leds.show(now);
    }

    #[test]
    fn what_is_shown_again_or_at_the_same_time_is_one_frame() {
        let mut leds = Leds::new(true);
        [(0, 1), (0, 2), (5, 2), (7, 3)].iter().for_each(|(now, value)| shown(&mut leds, *now, *value));
        let frames: Vec<(u64, u8)> =
            leds.history.frames().map(|(time, pixels)| (time, pixels[0][0])).collect();
        assert_eq!(frames, [(0, 2), (7, 3)]);
        assert_eq!((leds.history.shows, leds.history.changes), (4, 3));
        assert_eq!(leds.history.at(6).map(|pixels| (pixels[0], pixels[PIXELS])), Some(([2; 3], [0; 3])));
    }

    #[test]
    fn the_memory_for_frames_is_bounded_and_the_last_one_is_kept() {
        let mut leds = Leds::new(true);
        let room = leds.history.pixels.capacity();
        for now in 0..20_000 {
            shown(&mut leds, now, now as u8);
            assert_eq!(leds.history.frames().next_back().map(|(_, pixels)| pixels[0][0]), Some(now as u8));
        }
        let times: Vec<u64> = leds.history.frames().map(|(time, _)| time).collect();
        assert!(times.len() > MOST_FRAMES / 4 && times.len() <= MOST_FRAMES);
        assert!(times.windows(2).all(|pair| (1..100).contains(&(pair[1] - pair[0]))));
        assert_eq!(leds.history.pixels.capacity(), room);
    }

    #[test]
    fn gamma_keeps_the_ends_and_darkens_the_middle() {
        assert_eq!([0, 1, 128, 255].map(gamma), [0, 0, 37, 255]);
        assert!((1..=255).all(|value| gamma(value) >= gamma(value - 1)));
    }
}
