//! Between the host's samples and the patch's 12-bit words, and the mix of dry and wet.
//!
//! The way of a sample: input gain, quantise to 12 bits, patch, back to the host's range, mix with the dry sample.
//! The dry sample is the one before the gain.

/// The largest magnitude of a signal word.
pub const FULL_SCALE: i32 = 2047;

/// A host sample times `gain` as a 12-bit word, rounded to nearest and clamped to -2047…2047; NaN is 0.
pub fn quantise(sample: f32, gain: f32) -> i32 {
    ((sample * gain * FULL_SCALE as f32).round() as i32).clamp(-FULL_SCALE, FULL_SCALE)
}

/// A signal word as a host sample in -1…1; words outside -2047…2047 are clamped.
pub fn dequantise(word: i32) -> f32 {
    word.clamp(-FULL_SCALE, FULL_SCALE) as f32 / FULL_SCALE as f32
}

/// `dry` at mix 0, `wet` at mix 1, linear between.
pub fn mix(dry: f32, wet: f32, mix: f32) -> f32 {
    dry * (1.0 - mix) + wet * mix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_survives_the_way_out_and_in() {
        for word in -FULL_SCALE..=FULL_SCALE {
            assert_eq!(quantise(dequantise(word), 1.0), word);
        }
    }

    #[test]
    fn the_ends_are_clamped() {
        assert_eq!(quantise(1.0, 1.0), 2047);
        assert_eq!(quantise(-1.0, 4.0), -2047);
        assert_eq!(quantise(0.25, 2.0), 1024); // 1023.5 rounds away from zero
        assert_eq!(quantise(f32::NAN, 1.0), 0);
        assert_eq!(dequantise(1 << 20), 1.0);
        assert_eq!(dequantise(i32::MIN), -1.0);
    }

    #[test]
    fn mix_goes_from_dry_to_wet() {
        assert_eq!(mix(0.5, -1.0, 0.0), 0.5);
        assert_eq!(mix(0.5, -1.0, 1.0), -1.0);
        assert_eq!(mix(0.5, -1.0, 0.5), -0.25);
    }
}
