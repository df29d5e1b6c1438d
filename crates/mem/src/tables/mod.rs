//! Tables of functions that the compiler computes: sines, windows, powers of two, the frequencies of notes.
//!
//! A voice of a synthesizer, without a floating-point library and without work at the start:
//!
//! ```
//! use sostenuto_mem::tables::{Exp2, Notes, Table, sine};
//!
//! static SINE: Table<1024> = sine();
//! static EXP2: Exp2<64> = Exp2::new();
//! static NOTES: Notes = Notes::new();
//!
//! struct Voice {
//!     phase: u32,
//!     step: u32,
//!     /// How many octaves, of 6 dB each, it is quieter than at its start.
//!     quieter: f32,
//! }
//!
//! impl Voice {
//!     fn note_on(note: u8) -> Self {
//!         // Phases are in parts of a turn, of which there are 2³².
//!         let step = NOTES.hz(note) * (4_294_967_296.0 / 48_000.0);
//!         Self { phase: 0, step: step as u32, quieter: 0.0 }
//!     }
//!
//!     fn sample(&mut self) -> f32 {
//!         self.phase = self.phase.wrapping_add(self.step);
//!         self.quieter += 4.0 / 48_000.0;
//!         SINE.lookup_turn32(self.phase) * EXP2.exp2(-self.quieter)
//!     }
//! }
//!
//! let mut voice = Voice::note_on(69);
//! let second: Vec<f32> = (0..48_000).map(|_| voice.sample()).collect();
//! let peak = |samples: &[f32]| samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
//! assert!(peak(&second[..200]) > 0.99 && peak(&second[47_800..]) < 0.07);
//! ```
//!
//! A table belongs into a `static`: there it is in read-only memory once. A `const` is copied to each place that names it,
//! and what is made while the program runs is made on the stack. Tables of up to 65,536 points are computed without the
//! compiler's complaint that it takes long (`long_running_const_eval`).
//!
//! # Cost
//!
//! Instructions of a call, its return included, on x86-64 at opt-level 3 with Rust 1.95, counted by callgrind, with
//! `Table<1024>` and `Exp2<256>`. None of them grows with the number of points.
//!
//! | what | instructions | bytes |
//! |---|---|---|
//! | [`Table::lookup_turn32`] | 15 | 4 `N` + 4 |
//! | [`Table::lookup`] | 34 | |
//! | [`Table::lookup_turns`] | 46 | |
//! | [`Exp2::exp2`] | 57 | 4 `N` + 4 |
//! | [`Notes::hz`] | 7 | 512 |
//! | [`Notes::hz_between`] | 32 | |
#![forbid(unsafe_code)]

mod circle;
mod exponential;
mod notes;
mod table;
mod window;

pub use circle::sine;
pub use exponential::Exp2;
pub use notes::Notes;
pub use table::Table;
pub use window::{blackman_periodic, blackman_symmetric, hann_periodic, hann_symmetric};
