//! The built-in phrase: a plucked string, so that a patch can be heard without a WAV file at hand.
//!
//! The strings are Karplus-Strong (Karplus and Strong, "Digital Synthesis of Plucked-String and Drum Timbres",
//! Computer Music Journal 7:2, 1983) with the tuning allpass of Jaffe and Smith (same issue): a burst of noise goes
//! round a delay line through an average of two samples. Only + - × ÷ and constants are used, in a fixed order, so
//! that every computer and every build makes the same bits.

/// The rate of the phrase in sample frames a second.
pub const PHRASE_RATE: u32 = 48_000;

/// The length of one round of the tune in sample frames: 16 beats of half a second.
pub const PHRASE_FRAMES: usize = BEAT * 16;

const BEAT: usize = 24_000;

/// The last of the sound falls to silence over this many sample frames.
const FADE: usize = 12_000;

/// A note: beat (in quarters of a beat), pitch (index in [`PITCHES`]), loudness, place from left 0 to right 1.
type Note = (usize, usize, f64, f64);

/// D2 A2 C3 D3 F3 G3 A3 C4 D4 E4 F4 G4 A4 C5 D5 in Hz, equal temperament, A4 = 440 Hz.
const PITCHES: [f64; 15] = [
    73.416192, 110.0, 130.812783, 146.832384, 174.614116, 195.997718, 220.0, 261.625565, 293.664768,
    329.627557, 349.228231, 391.995436, 440.0, 523.251131, 587.329536,
];

const TUNE: [Note; 34] = [
    (0, 0, 0.9, 0.50),
    (0, 8, 0.8, 0.35),
    (4, 10, 0.7, 0.60),
    (6, 11, 0.6, 0.65),
    (8, 3, 0.7, 0.45),
    (8, 12, 0.9, 0.40),
    (12, 11, 0.6, 0.60),
    (14, 10, 0.6, 0.55),
    (16, 2, 0.9, 0.50),
    (16, 9, 0.8, 0.35),
    (20, 7, 0.6, 0.60),
    (22, 8, 0.6, 0.65),
    (24, 5, 0.7, 0.45),
    (24, 9, 0.8, 0.40),
    (28, 11, 0.7, 0.60),
    (30, 9, 0.6, 0.55),
    (32, 4, 0.9, 0.50),
    (32, 12, 0.9, 0.35),
    (34, 10, 0.5, 0.70),
    (36, 13, 0.8, 0.60),
    (38, 12, 0.6, 0.65),
    (40, 6, 0.7, 0.45),
    (40, 14, 1.0, 0.40),
    (44, 13, 0.7, 0.60),
    (46, 12, 0.6, 0.55),
    (48, 1, 0.9, 0.50),
    (48, 9, 0.8, 0.35),
    (50, 11, 0.6, 0.65),
    (52, 9, 0.6, 0.60),
    (54, 7, 0.6, 0.40),
    (56, 0, 1.0, 0.50),
    (56, 3, 0.7, 0.30),
    (57, 6, 0.6, 0.70),
    (58, 8, 0.8, 0.55),
];

/// The tune for `seconds`, at [`PHRASE_RATE`], stereo, peaks near 0.8.
///
/// One round takes 8 seconds; longer phrases repeat it with fresh plucks, shorter ones are cut. The end always falls
/// to silence. `seed` decides the noise of the plucks and so the colour, not the tune. No sound when `seconds` is
/// not a positive number; an hour at most.
///
/// ```
/// let sound = sostenuto_machine::phrase(1, 2.5);
/// assert_eq!(sound.len(), 120_000);
/// assert_eq!(sound, sostenuto_machine::phrase(1, 2.5));
/// ```
pub fn phrase(seed: u64, seconds: f64) -> Vec<[f32; 2]> {
    let length = (seconds.clamp(0.0, 3600.0) * f64::from(PHRASE_RATE)) as usize;
    let mut sound = vec![[0.0_f64; 2]; length];
    let mut noise = Noise(seed);
    for round in 0..length.div_ceil(PHRASE_FRAMES) {
        for (quarter, pitch, loudness, place) in TUNE {
            let start = round * PHRASE_FRAMES + quarter * (BEAT / 4);
            let mut string = Pluck::new(PITCHES[pitch], loudness, &mut noise);
            for frame in sound.iter_mut().skip(start).take(RING) {
                let sample = string.next();
                frame[0] += sample * (1.0 - place);
                frame[1] += sample * place;
            }
        }
    }
    level(&mut sound);
    sound.into_iter().map(|[left, right]| [left as f32, right as f32]).collect()
}

/// A string is silent, for the ear, after this many sample frames.
const RING: usize = BEAT * 6;

struct Pluck {
    line: Vec<f64>,
    at: usize,
    last: f64,
    allpass: f64,
    before: f64,
    after: f64,
}

impl Pluck {
    fn new(pitch: f64, loudness: f64, noise: &mut Noise) -> Pluck {
        // The average delays by half a sample; the allpass takes the rest that is no whole sample, 0.5 to 1.5.
        let period = f64::from(PHRASE_RATE) / pitch - 0.5;
        let whole = (period - 0.5) as usize;
        let rest = period - whole as f64;
        let mut soft = 0.0;
        let line = (0..whole).map(|_| {
            soft += 0.55 * (noise.next() - soft);
            soft * loudness
        });
        let mut line: Vec<f64> = line.collect();
        // A string that swings about a point other than 0 would thump when the note stops.
        let mean = line.iter().sum::<f64>() / whole as f64;
        line.iter_mut().for_each(|sample| *sample -= mean);
        Pluck { line, at: 0, last: 0.0, allpass: (1.0 - rest) / (1.0 + rest), before: 0.0, after: 0.0 }
    }

    fn next(&mut self) -> f64 {
        let out = self.line[self.at];
        let average = 0.4985 * (out + self.last);
        self.last = out;
        let tuned = self.allpass * (average - self.after) + self.before;
        self.before = average;
        self.after = tuned;
        self.line[self.at] = tuned;
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
        out
    }
}

fn level(sound: &mut [[f64; 2]]) {
    let peak = sound.iter().flatten().fold(0.0_f64, |peak, sample| peak.max(sample.abs()));
    if peak > 0.0 {
        let gain = 0.8 / peak;
        sound.iter_mut().flatten().for_each(|sample| *sample *= gain);
    }
    let fade = FADE.min(sound.len());
    let start = sound.len() - fade;
    for (index, frame) in sound[start..].iter_mut().enumerate() {
        let left = (fade - 1 - index) as f64 / fade as f64;
        // The square falls faster at first and slower at last, as a string does.
        frame.iter_mut().for_each(|sample| *sample *= left * left);
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): any seed will do, also 0.
struct Noise(u64);

impl Noise {
    /// Uniform in -1…1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a over the bits.
    fn fingerprint(sound: &[[f32; 2]]) -> u64 {
        sound
            .iter()
            .flatten()
            .flat_map(|sample| sample.to_bits().to_le_bytes())
            .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
    }

    #[test]
    fn the_bits_are_the_same_everywhere() {
        assert_eq!(fingerprint(&phrase(1, 8.0)), FINGERPRINT);
        assert_ne!(fingerprint(&phrase(2, 8.0)), FINGERPRINT);
    }

    const FINGERPRINT: u64 = 18_182_619_599_227_196_308;

    #[test]
    fn it_has_a_good_level_and_ends_in_silence() {
        for seconds in [0.01, 1.0, 8.0, 17.0] {
            let sound = phrase(7, seconds);
            assert_eq!(sound.len(), (seconds * 48_000.0) as usize);
            let peak = sound.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            assert!((0.2..=0.8001).contains(&peak), "{seconds} s peak at {peak}");
            assert_eq!(sound.last(), Some(&[0.0; 2]));
        }
        let sound = phrase(7, 8.0);
        let mean_square = sound.iter().flatten().map(|s| f64::from(s * s)).sum::<f64>() / (2.0 * 384_000.0);
        assert!(mean_square > 0.003, "loud enough to judge an effect: {mean_square}");
        let mean = sound.iter().flatten().map(|s| f64::from(*s)).sum::<f64>() / (2.0 * 384_000.0);
        assert!(mean.abs() < 0.001, "no direct current: {mean}");
    }

    #[test]
    fn the_strings_are_in_tune() {
        // A4: 440 periods in a second shift the string onto itself best, 436 and 444 less well.
        let mut string = Pluck::new(440.0, 1.0, &mut Noise(3));
        let sound: Vec<f64> = (0..48_000).map(|_| string.next()).collect();
        let likeness = |lag: f64| {
            let (whole, part) = (lag as usize, lag - lag.floor());
            (4000..20_000)
                .map(|n| sound[n] * (sound[n + whole] * (1.0 - part) + sound[n + whole + 1] * part))
                .sum::<f64>()
        };
        let ten = |pitch: f64| 10.0 * 48_000.0 / pitch;
        assert!(likeness(ten(440.0)) > likeness(ten(441.5)));
        assert!(likeness(ten(440.0)) > likeness(ten(438.5)));
    }

    #[test]
    fn odd_lengths_are_no_error() {
        for seconds in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert!(phrase(1, seconds).is_empty());
        }
    }
}
