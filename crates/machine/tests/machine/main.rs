//! The machine from outside: small patches, their sound, their faults.

mod board_memory;
mod dsp;
mod faults;
// The crate that watches the allocator has nothing to watch with in release builds.
#[cfg(debug_assertions)]
mod no_alloc;
mod paged;
mod patch;
mod performance;
mod profile;
mod swap;
