//! Values in the slots of a frame: of one slot, or of two, the low half in the first.
//!
//! Two slots need no alignment, which is what the words of a Cortex-M are, and a frame without 64-bit values has no waste.

#[inline(always)]
pub(crate) fn halves(bits: u64) -> [u32; 2] {
    [bits as u32, (bits >> 32) as u32]
}

#[inline(always)]
pub(crate) fn join(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
