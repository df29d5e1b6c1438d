//! Hosts a running patch: the Permut8 machine, parameters, WAV files and the measured report.
#![forbid(unsafe_code)]

mod automation;
mod convert;
mod delay_memory;
mod operators;
mod parameters;
mod phrase;
mod resample;
pub mod wav;

pub use automation::{Automation, Change, Time};
pub use convert::{FULL_SCALE, dequantise, mix, quantise};
pub use delay_memory::DelayMemory;
pub use operators::{FRACTION_BITS, Operators, POSITION_MASK, scale};
pub use parameters::{Assignment, Parameter, ParameterError, Parameters, REVERSE, WRITE_PROTECT};
pub use phrase::{PHRASE_FRAMES, PHRASE_RATE, phrase};
pub use resample::{ResampleError, resample};
