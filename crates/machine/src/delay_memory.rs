//! The delay memory: 65,536 stereo sample frames of 12-bit words, outside the patch's linear memory.
//!
//! Only the natives `read` and `write` and the stock operators reach it. Any offset is valid: the memory is one
//! cycle of the 16-bit clock long, so an offset wraps by its low 16 bits.

/// The stereo delay line behind the natives `read` and `write`.
///
/// ```
/// use sostenuto_machine::DelayMemory;
///
/// let mut memory = DelayMemory::new();
/// memory.write(-1, [100, -100]);
/// assert_eq!(memory.read(65_535), [100, -100]); // one cycle later: the same sample frame
/// assert_eq!(memory.interpolated(65_534 << 4 | 8, 0), 50); // half-way between 0 and 100
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelayMemory {
    frames: Vec<[i16; 2]>,
}

impl DelayMemory {
    /// Its length in sample frames, a power of two.
    pub const FRAMES: usize = 65_536;

    /// Its size in bytes when each 12-bit word is kept in 16 bits.
    pub const BYTES: u32 = Self::FRAMES as u32 * 4;

    /// The values that a 12-bit word can hold.
    pub const LOW: i32 = -2048;
    /// The values that a 12-bit word can hold.
    pub const HIGH: i32 = 2047;

    /// A silent delay memory.
    pub fn new() -> DelayMemory {
        DelayMemory { frames: vec![[0; 2]; Self::FRAMES] }
    }

    /// The sample frame at `offset`, left and right.
    pub fn read(&self, offset: i32) -> [i32; 2] {
        let [left, right] = self.frames[index(offset)];
        [left.into(), right.into()]
    }

    /// Stores a sample frame; each word is clamped to 12 bits, -2048…2047.
    ///
    /// Clamped rather than wrapped, because an effect that sums a little too much then clips instead of cracking.
    pub fn write(&mut self, offset: i32, frame: [i32; 2]) {
        self.frames[index(offset)] = frame.map(|word| word.clamp(Self::LOW, Self::HIGH) as i16);
    }

    /// One channel at a 20-bit position with 4 fraction bits, interpolated linearly to the next sample frame.
    ///
    /// Rounded towards minus infinity, as an arithmetic shift does. A `channel` other than 0 is the right one.
    pub fn interpolated(&self, position: i32, channel: usize) -> i32 {
        let channel = channel.min(1);
        let here = self.read(position >> 4)[channel];
        let next = self.read((position >> 4).wrapping_add(1))[channel];
        here + (((next - here) * (position & 15)) >> 4)
    }
}

impl Default for DelayMemory {
    fn default() -> Self {
        Self::new()
    }
}

fn index(offset: i32) -> usize {
    offset as usize & (DelayMemory::FRAMES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_wraps_to_one_cycle() {
        let mut memory = DelayMemory::new();
        memory.write(3, [7, 8]);
        for offset in [3 + 65_536, 3 - 65_536, 3 + 32_767 * 65_536, i32::MIN + 3] {
            assert_eq!(memory.read(offset), [7, 8], "offset {offset}");
        }
        memory.write(i32::MAX, [1, 2]);
        assert_eq!(memory.read(-1), [1, 2]);
    }

    #[test]
    fn words_are_clamped_to_twelve_bits() {
        let mut memory = DelayMemory::new();
        memory.write(0, [40_000, i32::MIN]);
        assert_eq!(memory.read(0), [2047, -2048]);
    }

    #[test]
    fn interpolation_runs_over_the_seam() {
        let mut memory = DelayMemory::new();
        memory.write(65_535, [0, 1600]);
        memory.write(0, [1600, 0]);
        for fraction in 0..16 {
            assert_eq!(memory.interpolated(0xF_FFF0 | fraction, 0), fraction * 100);
            assert_eq!(memory.interpolated(0xF_FFF0 | fraction, 1), 1600 - fraction * 100);
        }
    }
}
