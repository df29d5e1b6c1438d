//! Watches memory while sound is running: guards around buffers, the stack's high-water mark, tallies of allocations.
//!
//! Two buffers with guards, of which one is checked in each block:
//!
//! ```
//! use sostenuto_mem::watch::{GuardList, Guarded};
//!
//! // In firmware these are statics that are given out once: see `region!`.
//! let mut delay = Guarded::new([0.0_f32; 1024]);
//! let mut output = Guarded::new([0.0_f32; 64]);
//!
//! let (delay, delay_canaries) = delay.arm();
//! let (output, output_canaries) = output.arm();
//! let mut guards = GuardList::<8>::new();
//! guards.add("delay", delay_canaries)?;
//! guards.add("output", output_canaries)?;
//!
//! for block in 0..10 {
//!     output.copy_from_slice(&delay[block * 64..][..64]);
//!     guards.check_next(1)?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The parts, each of use alone
//!
//! - [`Guarded`] is a value with canaries before and after it; [`Canaries`] are checked while the value is in use, and a
//!   [`GuardList`] checks many of them, so many a block. For what other code overruns: C, DMA, `unsafe`.
//! - [`Stack`] is a painted stack, and knows how much of it was ever used.
//! - [`Tally`] counts allocations, and says what has leaked and whether anything was allocated since a [`Mark`];
//!   [`Tallied`] does that for an allocator. On targets with atomic read-modify-write only, so not on a Cortex-M0.
//!
//! # Cost
//!
//! Instructions of a call, its return included, on x86-64 at opt-level 3 with Rust 1.95 (`benches/allocators`,
//! `--bin parts`). None of them grows with the size of what is guarded or counted.
//!
//! | what | instructions |
//! |---|---|
//! | [`Guarded::check`] | 181 |
//! | [`GuardList::check_next`] of one guard, in a list of 8 | 257 |
//! | [`Tally::mark`] and [`quiet_since`](Tally::quiet_since) | 53 |
//!
//! [`Stack::high_water`] reads the stack from its end up to what was ever used.

mod guard;
mod guard_list;
mod stack;
#[cfg(target_has_atomic = "ptr")]
mod tallied;
#[cfg(target_has_atomic = "ptr")]
mod tally;

pub use guard::{CANARY, Canaries, Damage, Guarded, Overrun};
pub use guard_list::{Broken, GuardList, ListFull};
pub use stack::{MARGIN, PAINT, Stack, StackError, StackLevel, StackReport};
#[cfg(target_has_atomic = "ptr")]
pub use tallied::Tallied;
#[cfg(target_has_atomic = "ptr")]
pub use tally::{Counts, Leaks, Mark, NotQuiet, Tally};
