//! The frequencies of notes.

use super::exponential::exp2_of_part;

/// The frequency in Hz of each MIDI note from 0 to 127, in equal temperament: 69 is the A above the middle C (MIDI 1.0
/// Detailed Specification, 1996; MIDI Tuning, table of frequencies).
///
/// ```
/// use sostenuto_mem::tables::Notes;
///
/// static NOTES: Notes = Notes::new();
///
/// assert_eq!((NOTES.hz(69), NOTES.hz(57), NOTES.hz(60)), (440.0, 220.0, 261.625_58));
/// assert!((NOTES.hz_between(69.5) - 452.89).abs() < 0.2);
/// assert_eq!(Notes::tuned_to(442.0).hz(81), 884.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Notes {
    hz: [f32; 128],
}

impl Notes {
    /// With the A at 440 Hz (ISO 16).
    #[must_use]
    pub const fn new() -> Self {
        Self::tuned_to(440.0)
    }

    /// With the A at another frequency, in Hz.
    #[must_use]
    pub const fn tuned_to(a: f32) -> Self {
        let mut hz = [0.0; 128];
        let mut note = 0;
        while note < 128 {
            // Counted from the A 6 octaves below, which would be the note -3.
            let semitones = note as u64 + 3;
            let octave = (1_u64 << (semitones / 12)) as f64 / 64.0;
            hz[note] = (a as f64 * octave * exp2_of_part(semitones % 12, 12)) as f32;
            note += 1;
        }
        Self { hz }
    }

    /// The frequency of a note. One above 127 is read as 127.
    #[must_use]
    pub const fn hz(&self, note: u8) -> f32 {
        self.hz[if note < 128 { note as usize } else { 127 }]
    }

    /// The frequency of a note with a fraction, on the straight line between its two neighbours: at most 0.73 cents (about
    /// `(ln 2 / 12)² / 8` of the frequency) too high, and never too low by more than the rounding. [`Exp2`](super::Exp2) is
    /// more exact. What is less than 0 or no number is read as 0, what is above 127 as 127.
    #[must_use]
    pub const fn hz_between(&self, note: f32) -> f32 {
        // What is no number is not more than 0 either.
        let note = if note > 0.0 { if note < 127.0 { note } else { 127.0 } } else { 0.0 };
        let lower = note as u8;
        let hz = self.hz(lower);
        hz + (note - lower as f32) * (self.hz(lower + 1) - hz)
    }
}

impl Default for Notes {
    fn default() -> Self {
        Self::new()
    }
}
