//! Blocks of samples and delay lines, of a size that is known when the program is compiled.
//!
//! A stereo ping-pong echo between a codec that wants interleaved samples and code that wants one channel at a time:
//!
//! ```
//! use sostenuto_mem::buffers::{DelayLine, FrameBuffer, SampleBuffer, WrongLength};
//!
//! struct Echo {
//!     lines: [DelayLine<24_000>; 2],
//!     channels: [SampleBuffer<64>; 2],
//! }
//!
//! impl Echo {
//!     const fn new() -> Self {
//!         Self { lines: [const { DelayLine::new() }; 2], channels: [const { SampleBuffer::new() }; 2] }
//!     }
//!
//!     /// Called by the DMA's interrupt.
//!     fn process(&mut self, codec: &mut FrameBuffer<64, 2>) -> Result<(), WrongLength> {
//!         let [left, right] = &mut self.channels;
//!         codec.deinterleave([left, right])?;
//!         for (left, right) in left.iter_mut().zip(right.iter_mut()) {
//!             // They read before they write, which takes one sample more: half a second, and a third.
//!             let echo = [self.lines[0].read(23_999), self.lines[1].read_linear(15_999.5)];
//!             self.lines[0].write(*left + 0.5 * echo[1]);
//!             self.lines[1].write(*right + 0.5 * echo[0]);
//!             (*left, *right) = (*left + echo[0], *right + echo[1]);
//!         }
//!         codec.interleave([left, right])
//!     }
//! }
//!
//! # let mut echo = Box::new(Echo::new());
//! let mut codec = FrameBuffer::from([[0.5, 0.0]; 64]);
//! echo.process(&mut codec)?;
//! for _ in 0..375 {
//!     codec.clear();
//!     echo.process(&mut codec)?;
//! }
//! // The same block half a second later.
//! assert_eq!(codec.frames()[..2], [[0.5, 0.0]; 2]);
//! # Ok::<(), WrongLength>(())
//! ```
#![forbid(unsafe_code)]

mod allpass_head;
mod delay_line;
mod frame_buffer;
mod sample_buffer;
mod wrong_length;

pub use allpass_head::AllpassHead;
pub use delay_line::DelayLine;
pub use frame_buffer::FrameBuffer;
pub use sample_buffer::SampleBuffer;
pub use wrong_length::WrongLength;
