//! The machine for programs that compute whole blocks of samples: those of the Faust compiler.
//!
//! ```
//! use sostenuto_board::Patch;
//! use sostenuto_board::patch::Facts;
//! use sostenuto_board::program::{Precision, Program};
//! use sostenuto_machine::dsp::{Settings, load, render};
//! use sostenuto_machine::wav::Sound;
//!
//! // A program that halves its one channel. The Faust compiler makes the module; here it is written by hand.
//! let wasm = wat::parse_str(
//!     r#"(module
//!         (memory (export "memory") 1)
//!         (func (export "init") (param i32 i32))
//!         (func (export "compute") (param $dsp i32) (param $frames i32) (param $inputs i32) (param $outputs i32)
//!             (local $at i32)
//!             (loop $next
//!                 (f32.store
//!                     (i32.add (i32.load (local.get $outputs)) (local.get $at))
//!                     (f32.mul
//!                         (f32.load (i32.add (i32.load (local.get $inputs)) (local.get $at)))
//!                         (f32.const 0.5)))
//!                 (local.set $at (i32.add (local.get $at) (i32.const 4)))
//!                 (br_if $next (i32.lt_s (local.get $at) (i32.mul (local.get $frames) (i32.const 4)))))))"#,
//! )?;
//! let program = Program { inputs: 1, outputs: 1, bytes: 16, ..Program::default() };
//! let patch = Patch::new(wasm, Facts { program: Some(program), ..Facts::default() })?;
//!
//! let loaded = load(&patch)?;
//! let input = Sound { sample_rate: 48_000, channels: 1, samples: vec![1.0; 100] };
//! let outcome = render(&loaded, &Settings::default(), &input, &mut |_, _| {})?;
//! assert_eq!(outcome.sound.samples, [0.5; 100]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The host calls `init`, sets the parameters that the settings name, and then hands in block after block. A parameter that
//! changes on the way divides its block, so that what is heard does not depend on the length of the blocks.
//!
//! Several instances are several copies of the program's memory over one copy of its code, as a device has them. Their
//! channels follow each other: two instances of a program with one channel in and one out play a stereo sound.

mod buffers;
mod changes;
mod load;
mod maths;
mod performance;
mod render;
mod report;
mod report_text;
mod settings;

pub use changes::{Change, ChangeError};
pub use load::{LoadError, Loaded, MOST_INSTANCES, load};
pub use render::{Outcome, RenderError, render};
pub use report::{Accesses, Deadline, MeterValue, ParameterValue, Report};
pub use settings::Settings;
