//! Measures a run: how many instructions a sample took, how deep the stack was.

use serde::Serialize;
use sostenuto_vm::LinearMemory;

/// Counts of instructions, one a sample, in memory of fixed size.
///
/// Counts below 16,384 are kept exactly; above, a count is known to 1 part in 256 for the 99th percentile, and
/// exactly for the mean and the maximum.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    buckets: Vec<u64>,
    /// The number of the first sample.
    first: u64,
    samples: u64,
    sum: u64,
    most: u64,
    most_at: u64,
    block: Block,
}

/// Samples that share one deadline.
#[derive(Debug, Clone, Copy)]
struct Block {
    length: u64,
    sum: u64,
    most: u64,
}

/// The instructions a sample of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Instructions {
    /// The mean over all samples.
    pub mean: f64,
    /// 99 of 100 samples took at most this many.
    pub p99: u64,
    /// The most that a sample took.
    pub max: u64,
    /// The first sample that took it, counted from 0.
    pub max_at: u64,
}

const EXACT: u64 = 1 << 14;
const STEPS: u64 = 256;

impl Tally {
    /// An empty tally of samples in blocks of `block`.
    pub(crate) fn new(block: u32) -> Tally {
        let buckets = vec![0; bucket(u64::MAX) + 1];
        let block = Block { length: block.max(1).into(), sum: 0, most: 0 };
        Tally { buckets, first: 0, samples: 0, sum: 0, most: 0, most_at: 0, block }
    }

    /// Numbers the samples from `first` on.
    pub(crate) fn begin_at(&mut self, first: u64) {
        self.first = first;
    }

    pub(crate) fn record(&mut self, instructions: u64) {
        self.buckets[bucket(instructions)] += 1;
        self.sum = self.sum.saturating_add(instructions);
        if instructions > self.most || self.samples == 0 {
            (self.most, self.most_at) = (instructions, self.first + self.samples);
        }
        if (self.first + self.samples).is_multiple_of(self.block.length) {
            self.block.sum = 0;
        }
        self.block.sum = self.block.sum.saturating_add(instructions);
        self.block.most = self.block.most.max(self.block.sum);
        self.samples += 1;
    }

    /// The samples of a block, and the most instructions that one took; the last may be short.
    pub(crate) fn dearest_block(&self) -> (u64, u64) {
        (self.block.length, self.block.most)
    }

    /// The figures, when there was any sample.
    pub(crate) fn figures(&self) -> Option<Instructions> {
        if self.samples == 0 {
            return None;
        }
        let wanted = self.samples - self.samples / 100;
        let mut seen = 0;
        let within = self.buckets.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        let p99 = within.map_or(self.most, |index| upper(index).min(self.most));
        let mean = self.sum as f64 / self.samples as f64;
        Some(Instructions { mean, p99, max: self.most, max_at: self.most_at })
    }
}

/// Above the exact counts each octave has 256 buckets.
fn bucket(count: u64) -> usize {
    if count < EXACT {
        return count as usize;
    }
    let octave = u64::from(count.ilog2());
    let step = (count >> (octave - 8)) - STEPS;
    (EXACT + (octave - 14) * STEPS + step) as usize
}

/// The greatest count of a bucket.
fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT {
        return bucket;
    }
    let (octave, step) = ((bucket - EXACT) / STEPS + 14, (bucket - EXACT) % STEPS);
    ((STEPS + step + 1) << (octave - 8)).wrapping_sub(1)
}

/// The byte that an unused stack is filled with.
const PAINT: u8 = 0xA5;

/// Fills the stack, so that what was used of it can be told later.
pub(crate) fn paint(memory: &mut impl LinearMemory, address: u32, bytes: u32) {
    // A stack that does not fit the memory is measured as never used; the patch will fault on it by itself.
    let _ = memory.fill(address.into(), PAINT, bytes);
}

/// The bytes from the first changed word to the top: the stack grows down.
pub(crate) fn used(memory: &mut impl LinearMemory, address: u32, bytes: u32) -> u32 {
    if u64::from(address) + u64::from(bytes) > u64::from(memory.size()) {
        return 0;
    }
    for offset in (0..bytes / 4 * 4).step_by(4) {
        match memory.load::<4>(u64::from(address) + u64::from(offset)) {
            Ok(word) if word == [PAINT; 4] => {}
            Ok(_) => return bytes - offset,
            Err(_) => return 0,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use sostenuto_vm::FlatMemory;

    use super::*;

    #[test]
    fn figures_of_a_hundred_samples() {
        let mut tally = Tally::new(10);
        for count in 1..=100 {
            tally.record(count);
        }
        let figures = tally.figures().expect("samples");
        assert_eq!(figures, Instructions { mean: 50.5, p99: 99, max: 100, max_at: 99 });
        assert_eq!(tally.dearest_block(), (10, 955));
        assert_eq!(Tally::new(0).figures(), None);
    }

    #[test]
    fn the_first_of_equal_maxima_counts() {
        let mut tally = Tally::new(1);
        [0, 7, 3, 7].into_iter().for_each(|count| tally.record(count));
        assert_eq!(tally.figures().map(|figures| (figures.max, figures.max_at)), Some((7, 1)));
    }

    #[test]
    fn buckets_hold_any_count_to_one_in_256() {
        for count in [0, 1, 16_383, 16_384, 16_385, 50_813, 1 << 20, u64::from(u32::MAX), 1 << 40, u64::MAX] {
            let upper = upper(bucket(count));
            assert!(upper >= count && (upper - count) <= count / 256, "{count} is told as {upper}");
        }
        assert!((16_000..40_000).all(|count| bucket(count) <= bucket(count + 1)));
    }

    #[test]
    fn a_painted_stack_tells_what_was_used() {
        let mut memory = FlatMemory::new(vec![0; 64]);
        paint(&mut memory, 16, 32);
        assert_eq!(used(&mut memory, 16, 32), 0);
        memory.store(40, 5_u32.to_le_bytes()).expect("inside");
        assert_eq!(used(&mut memory, 16, 32), 8);
        memory.store(24, 0_u32.to_le_bytes()).expect("inside");
        assert_eq!(used(&mut memory, 16, 32), 24);
        paint(&mut memory, 60, 32);
        assert_eq!(used(&mut memory, 60, 32), 0);
    }
}
