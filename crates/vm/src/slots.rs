//! Values in the slots of a frame.

/// A value of one slot or two. A value of two has its low half in the first; two slots need no alignment, which is what
/// the words of a Cortex-M are, and a frame without 64-bit values has no waste.
pub(crate) trait InSlots: Copy {
    fn read(frame: &[u32], slot: u16) -> Self;
    fn write(self, frame: &mut [u32], slot: u16);
}

impl InSlots for u32 {
    fn read(frame: &[u32], slot: u16) -> Self {
        frame[usize::from(slot)]
    }

    fn write(self, frame: &mut [u32], slot: u16) {
        frame[usize::from(slot)] = self;
    }
}

impl InSlots for u64 {
    fn read(frame: &[u32], slot: u16) -> Self {
        let slot = usize::from(slot);
        join(frame[slot], frame[slot + 1])
    }

    fn write(self, frame: &mut [u32], slot: u16) {
        let slot = usize::from(slot);
        let [low, high] = halves(self);
        frame[slot + 1] = high;
        frame[slot] = low;
    }
}

pub(crate) fn halves(bits: u64) -> [u32; 2] {
    [bits as u32, (bits >> 32) as u32]
}

pub(crate) fn join(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
