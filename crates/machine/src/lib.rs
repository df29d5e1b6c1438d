//! Hosts a running patch: the Permut8 machine, parameters, WAV files and the measured report.
//!
//! ```
//! use sostenuto_board::patch::{Facts, Patch};
//! use sostenuto_board::storage::{Kind, Storage};
//! use sostenuto_machine::{Settings, load, phrase, render};
//!
//! // A patch that halves the left channel. A compiler makes the module and the facts; here they are written by hand.
//! let wasm = wat::parse_str(
//!     r#"(module
//!         (memory (export "memory") 1)
//!         (func (export "process")
//!             (i32.store (i32.const 16) (i32.div_s (i32.load (i32.const 16)) (i32.const 2)))))"#,
//! )?;
//! let signal =
//!     Storage { line: Some(1), address: Some(16), ..Storage::new("signal", Kind::Audio, 8) };
//! let patch = Patch::new(wasm, Facts { storages: vec![signal], ..Facts::default() })?;
//!
//! let loaded = load(&patch)?;
//! let input = phrase(1, 0.5);
//! let outcome = render(&loaded, &Settings::at_rate(48_000), &input, &mut |_, _| {}, &mut |_| {})?;
//! assert_eq!(outcome.fault, None);
//! assert_eq!(outcome.frames.len(), 24_000);
//! assert!((outcome.frames[5000][0] - input[5000][0] / 2.0).abs() < 1.0 / 2047.0);
//! assert!(outcome.report.to_string().contains("process() at 48,000 Hz"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The order of a performance: the host writes `params`, `clock`, `instance` and `config`, calls `init`, `update` and
//! `reset`, and then for each sample carries out the automation, calls `update` when a parameter that `updateMask`
//! selects has changed, and calls `process`, or lets the operators of a mod patch move the read positions. `update`
//! comes at once before the next sample, where the plug-in waits for up to 137 samples.
//!
//! What the machine does not model: the tempo of a song (`hostPosition` stays 0 and the clock runs freely whatever
//! the switches of sync say), feedback, limiter and filter around the patch, and the switch RESET.
#![forbid(unsafe_code)]

mod automation;
mod board_memory;
pub mod conez;
mod convert;
mod delay_memory;
pub mod dsp;
mod engine_traffic;
mod explain;
mod fault;
mod layout;
mod load;
mod measure;
mod natives;
mod operators;
mod paged_report;
mod paging;
mod parameters;
mod performance;
mod phrase;
mod profiled_memory;
mod render;
mod report;
mod report_text;
mod resample;
mod settings;
mod swap;
mod swap_report;
pub mod wav;
pub mod whole_file;
mod window;

pub use automation::{Automation, Change, Time};
pub use board_memory::{BlockMemory, BoardMemory, StoreTooSmall};
pub use convert::{FULL_SCALE, dequantise, mix, quantise};
pub use delay_memory::DelayMemory;
pub use fault::{FaultKind, PatchFault, Place};
pub use load::{LoadError, Loaded, PatchKind, RECURSIVE_STACK_WORDS, load};
pub use measure::Instructions;
pub use operators::{FRACTION_BITS, Operators, POSITION_MASK, scale};
pub use paged_report::{LateBlock, PagedReport, Stalls};
pub use paging::{Paging, PagingError};
pub use parameters::{Assignment, Parameter, ParameterError, Parameters, REVERSE, WRITE_PROTECT};
pub use performance::Performance;
pub use phrase::{PHRASE_FRAMES, PHRASE_RATE, phrase};
pub use profiled_memory::ProfiledMemory;
pub use render::{Outcome, RenderError, Swap, Swapped, render, render_with_swap};
pub use report::{Control, Counter, Deadline, ParameterValue, RegisterUse, RunReport, StackUse};
pub use resample::{ResampleError, resample};
pub use settings::{Budgets, OutOfRange, Processor, Settings};
pub use swap::{Retired, Successor, SwapError};
pub use swap_report::{Change as StorageChange, Fate, Reason, SwapReport};
