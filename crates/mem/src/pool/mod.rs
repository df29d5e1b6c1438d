//! Pools: values of declared types in blocks of static memory, taken and given back in a constant number of instructions.
//!
//! ```
//! use sostenuto_mem::pool::{Box, Pool, pool};
//!
//! #[derive(Debug, PartialEq)]
//! enum Message {
//!     NoteOn { key: u8, velocity: u8 },
//!     Bend(f32),
//! }
//!
//! pool! {
//!     /// What is passed from the keyboard's interrupt to the synthesizer.
//!     pub struct Synth (budget: 8 * 1024) {
//!         Message: 64,
//!         [f32; 256]: 4,
//!     }
//! }
//!
//! // In the interrupt: if the pool is full, the message comes back in the error.
//! let message: Box<Message, Synth> = Synth::alloc(Message::NoteOn { key: 60, velocity: 100 }).unwrap();
//! // In the synthesizer, to which a queue carried it: given back when it is dropped.
//! assert_eq!(*message, Message::NoteOn { key: 60, velocity: 100 });
//! drop(message);
//!
//! // Large values are made where they shall be.
//! let block = Synth::reserve::<[f32; 256]>().unwrap().fill(|i| i as f32);
//! assert_eq!(block[10], 10.0);
//! ```
//!
//! The declaration is the proof: the blocks of all types exist from the beginning, and a pool that is larger than its budget
//! does not compile. So a program that never has more values at once than it declared never fails to get a block, in
//! whatever order they come and go. (A value of a type that was not declared takes a block from those that were.)
//!
//! - A [`Pool`] is shared: threads and interrupts take and give back blocks at once, without locks.
//! - A [`LocalPool`] (`local struct`) has one [`Owner`], and costs less.
//! - [`Box`] is as large as a pointer, and the value has no header. [`unsize!`] makes `Box<dyn Trait, _>` of it, and
//!   [`Box::into_pin`] what an executor polls; [`Room`] declares blocks for closures and futures, whose types have no name.
//! - [`Arc`] is shared by several.
//! - [`Report`] says what is taken, what was at most, and what was never given back.
//! - With the feature `allocator-api2`, collections can have their memory of a pool, by `PoolAllocator`.
//!
//! Types of the same size and alignment are a size class, and have their blocks together. A value of a type that was not
//! declared goes to the class with the smallest blocks that hold it; if none does, the program does not compile.
//!
//! # How blocks are found
//!
//! | pool | which blocks are free | beside the blocks |
//! |---|---|---|
//! | shared, up to 64 blocks in a class (32 with critical sections) | a bit for each, in a word | one bit a block |
//! | shared, more blocks | a list by numbers, its head in a word | two bytes a block |
//! | shared, on a Cortex-M3, M4 or M7 | a list by pointers in the free blocks | nothing |
//! | local | a list by pointers in the free blocks | nothing |
//!
//! Where links lie in the free blocks, a block is as large and aligned as a pointer at least. A word is changed by compare
//! and swap of 64 bits, of which a list has 32 for a tag against the ABA problem; on a Cortex-M3, M4 or M7, the head of the
//! list by exclusive loads and stores; and where the processor has neither, all in critical sections (feature
//! `critical-section`). Each class has two words besides, for its statistics.
//!
//! # Cost
//!
//! Instructions of a call that puts a value into a pool of six classes or drops it there, with the writing of the value and
//! the return, on x86-64 at opt-level 3 with Rust 1.95, each call counted by itself (`benches/allocators`). Each is the same
//! in every call, unless another one comes between:
//!
//! | pool | `u32`: first use of a block | again | dropped | `[u64; 3]` again |
//! |---|---|---|---|---|
//! | local | 12 | 7 | 4 | 11 |
//! | shared, up to 64 blocks | 26 | 19 | 8 | 23 |
//! | shared, more blocks | 20 | 24 | 16 | 28 |
//!
//! For a Cortex-M4, read in the compiler's listing with the frame that it makes: 10 and 8 for a `u32` in a local pool, taken
//! again and dropped, 14 and 10 in a shared one.

#[cfg(feature = "allocator-api2")]
mod allocator;
mod arc;
mod area;
#[cfg(not(exclusive_access))]
mod bitmap;
mod boxed;
mod class;
pub(crate) mod declaration;
mod declare;
#[cfg(test)]
mod interleavings;
#[cfg(not(exclusive_access))]
mod list;
mod local;
mod local_blocks;
mod put;
mod report;
mod room;
mod shared;
#[cfg_attr(exclusive_access, path = "exclusive_blocks.rs")]
mod shared_blocks;
mod sharers;
mod slot;
mod unsize;
pub(crate) mod word;

#[cfg(feature = "allocator-api2")]
pub use allocator::PoolAllocator;
pub use arc::{Arc, Counted};
pub use boxed::Box;
pub use class::{Class, Declared};
pub use declaration::{Declaration, Declares};
pub use declare::pool;
pub use local::{LocalPool, Owner};
pub use report::{ClassReport, Report};
pub use room::{Room, future_bytes};
pub use shared::Pool;
pub use slot::{Full, Slot};
pub use unsize::unsize;

#[doc(hidden)]
pub use unsize::Unsize;

/// For the macros alone.
#[doc(hidden)]
pub mod made {
    pub use super::class::Table;
    pub use super::declaration::{Declares, FreeBlocks};
    pub use super::local_blocks::LocalBlocks;
    pub use super::shared_blocks::SharedBlocks;
    pub use super::word::Link;
    pub use crate::memory::Memory;
    pub use crate::taken::Taken;
    pub use core::ptr::NonNull;
}
