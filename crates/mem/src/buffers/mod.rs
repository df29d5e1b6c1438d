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
//!
//! Nothing is allocated and nothing waits. All of them are silence when they are made, which is all zeros in memory; so a
//! `static` of them is set up with the other zeros, before `main`.
//!
//! # Cost
//!
//! Instructions of a call, its return included, on x86-64 at opt-level 3 with Rust 1.95, counted by callgrind; a block is of
//! 64 samples, and a line of 48,000.
//!
//! | what | instructions | grows with |
//! |---|---|---|
//! | [`DelayLine::write`] | 10 | nothing |
//! | [`DelayLine::read`] | 14 | nothing |
//! | [`DelayLine::read_linear`]; [`read_linear_at`](DelayLine::read_linear_at) | 49; 32 | nothing |
//! | [`DelayLine::read_cubic`]; [`read_cubic_at`](DelayLine::read_cubic_at) | 103; 85 | nothing |
//! | [`DelayLine::read_allpass`]; when the delay is a new one | 37; 65 | nothing |
//! | [`DelayLine::write_block`]; [`read_block`](DelayLine::read_block) | 86; 97 | the block: two copies at most |
//! | [`SampleBuffer::copy_from`]; [`add`](SampleBuffer::add); [`scale`](SampleBuffer::scale) | 31; 65; 50 | the block |
//! | [`SampleBuffer::peak`] | 293 | the block |
//! | [`FrameBuffer::interleave`]; [`deinterleave`](FrameBuffer::deinterleave) of 2 channels | 281; 281 | the block × the channels |
//!
//! | what | bytes |
//! |---|---|
//! | `DelayLine<N>` | 4 `N` + 4 |
//! | `AllpassHead` | 12 and a `usize`, and what aligns it |
//! | `SampleBuffer<N>` | 4 `N` |
//! | `FrameBuffer<N, C>` | 4 `N` `C` |

mod allpass_head;
mod delay_line;
mod frame_buffer;
mod in_place;
mod sample_buffer;
mod wrong_length;

pub use allpass_head::AllpassHead;
pub use delay_line::DelayLine;
pub use frame_buffer::FrameBuffer;
pub use sample_buffer::SampleBuffer;
pub use wrong_length::WrongLength;
