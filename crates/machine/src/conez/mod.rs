//! The machine for patches in BASIC, C and whatever else calls the functions of the ConeZ.
//!
//! ```
//! use sostenuto_board::patch::{Facts, Host, Patch};
//! use sostenuto_machine::conez::{Settings, load, run};
//!
//! // A patch that prints. A compiler makes the module and the facts; here it is written by hand.
//! let wasm = wat::parse_str(
//!     r#"(module
//!         (import "env" "print_i32" (func $print_i32 (param i32)))
//!         (import "env" "delay_ms" (func $delay_ms (param i32)))
//!         (import "env" "millis" (func $millis (result i32)))
//!         (func (export "setup")
//!             (call $delay_ms (i32.const 250))
//!             (call $print_i32 (call $millis))))"#,
//! )?;
//! let patch = Patch::new(wasm, Facts { host: Host::Conez, ..Facts::default() })?;
//!
//! let loaded = load(&patch)?;
//! let mut printed = Vec::new();
//! let print = &mut |text: &[u8]| printed.extend_from_slice(text);
//! let outcome = run(&loaded, &Settings::default(), None, &mut |_, _| {}, print)?;
//! assert_eq!(outcome.fault, None);
//! assert_eq!(printed, b"250\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A patch has `setup`, which is called once, and perhaps `loop`, which is called again and again; or it has `_start` or
//! `main`. One with `process` is an effect: it is called for each block of a sound.
//!
//! Time is virtual. Instructions take none: it passes when the patch waits, by a millisecond after each `loop`, and with the
//! blocks of a sound. So a run is the same each time, and as fast as this computer is. A patch that only asks for the time,
//! a thousand times without waiting, lets it pass by asking.
//!
//! The functions, with what absent parts of the device answer and where the host differs from the original, are told in
//! `docs/conez.md`.

mod audio;
mod calendar;
mod clock;
mod compress;
mod curve;
mod device;
mod explain;
mod files;
mod foreign;
mod format;
mod functions;
mod guest;
mod heap;
mod leds;
mod lights;
mod load;
mod lookup;
mod memory;
mod output;
mod parameters;
mod performance;
mod picture;
mod pins;
mod random;
mod render;
mod report;
mod report_text;
mod scan;
mod sensors;
mod settings;
mod strings;
mod text;
mod time;

pub use calendar::epoch;
pub use foreign::read;
pub use functions::functions;
pub use load::{LoadError, Loaded, load};
pub use picture::Lights;
pub use render::{Outcome, RenderError, run};
pub use report::{Accesses, AudioUse, Ending, HeapUse, LedUse, Loops, Report};
pub use settings::{Change, ChangeError, Settings};
