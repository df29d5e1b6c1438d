//! What holds the bytes of a real-time audio program on small hardware: nothing is allocated while sound is running, and
//! what does not fit does not compile.
//!
//! A synthesizer whose voices come and go, with its echo in a slower memory:
//!
//! ```
//! use sostenuto_mem::buffers::DelayLine;
//! use sostenuto_mem::pool::{Box, LocalPool, pool};
//! use sostenuto_mem::region;
//! use sostenuto_mem::tables::{Notes, Table, sine};
//!
//! static SINE: Table<1024> = sine();
//! static NOTES: Notes = Notes::new();
//!
//! struct Voice {
//!     phase: u32,
//!     step: u32,
//!     left: u32,
//! }
//!
//! pool! {
//!     /// The voices that sound.
//!     local struct Voices (budget: 512) { Voice: 16 }
//! }
//!
//! region! {
//!     in ".sdram_bss", uninitialised;
//!     static ECHO: DelayLine<12_000> = DelayLine::new();
//! }
//!
//! let pool = Voices::take().expect("taken once, where the sound is made");
//! let echo = ECHO.take().expect("taken once, when the memory is set up");
//!
//! let mut voices: [Option<Box<Voice, Voices>>; 16] = [const { None }; 16];
//! for (voice, key) in voices.iter_mut().zip([57, 61, 64]) {
//!     let step = (NOTES.hz(key) * (4_294_967_296.0 / 48_000.0)) as u32;
//!     *voice = pool.alloc(Voice { phase: 0, step, left: 6_000 }).ok();
//! }
//!
//! let mut sound = [0.0; 24_000];
//! for sample in &mut sound {
//!     let mut sum = 0.0;
//!     for place in &mut voices {
//!         if let Some(voice) = place {
//!             voice.phase = voice.phase.wrapping_add(voice.step);
//!             sum += 0.2 * SINE.lookup_turn32(voice.phase);
//!             voice.left -= 1;
//!         }
//!         if place.as_ref().is_some_and(|voice| voice.left == 0) {
//!             *place = None; // Given back.
//!         }
//!     }
//!     *sample = sum + 0.5 * echo.read(DelayLine::<12_000>::MAX_DELAY);
//!     echo.write(*sample);
//! }
//! assert_eq!(pool.report().live(), 0);
//! assert!(sound[12_100..18_000].iter().any(|sample| sample.abs() > 0.1), "the echo sounds");
//! ```
//!
//! # The parts, each of use alone
//!
//! - [`pool`](mod@pool): values of declared types in blocks of static memory, taken and given back in a constant number of
//!   instructions, from threads and interrupts at once or by one owner; `Box`, `Arc`, `Box<dyn Trait>`, statistics.
//! - [`buffers`]: blocks of samples, interleaved sample frames, delay lines with any number of heads.
//! - [`tables`]: sines, windows, powers of two and notes, computed by the compiler.
//! - [`region`](mod@region): statics in named regions of memory, each given out once.
//! - [`ping_pong`]: two halves of a buffer that a device and the program hand to each other, without a copy.
//! - [`dsp`]: where the arrays of signal processors lie that compilers such as Faust's write.
//! - [`spsc`]: queues from one interrupt or thread to another (those of heapless).
//! - [`watch`]: guards around buffers, the high-water mark of a stack, tallies of allocations.
//! - [`retained`]: slots for presets and calibration that survive a power cut at any byte.
//!
//! Nothing here needs `alloc`, blocks, or panics on what it is given. Cargo features: `allocator-api2` for pools as the
//! memory of collections and for tallies around allocators; `critical-section` for processors that cannot compare and swap;
//! `std` for what needs an operating system: zones on the heap, and a record of them.
//! Nothing was verified on hardware; what was counted, and where, stands beside each figure.

#![no_std]
#![deny(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

pub mod buffers;
pub mod dsp;
pub mod ping_pong;
pub mod pool;
pub mod region;
pub mod retained;
pub mod tables;
pub mod watch;

mod memory;
mod taken;

/// Queues from one interrupt or thread to another, without locks: those of heapless.
///
/// ```
/// use sostenuto_mem::pool::{Box, Pool, pool};
/// use sostenuto_mem::spsc::Queue;
///
/// pool! {
///     struct Synth { [u8; 3]: 16 }
/// }
///
/// // One less than the queue's size finds room.
/// let mut queue = Queue::<Box<[u8; 3], Synth>, 17>::new();
/// let (mut keyboard, mut synth) = queue.split();
/// keyboard.enqueue(Synth::alloc([0x90, 60, 100]).unwrap()).unwrap();
/// assert_eq!(*synth.dequeue().unwrap(), [0x90, 60, 100]);
/// ```
pub use heapless::spsc;
