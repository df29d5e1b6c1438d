//! What holds the bytes of a real-time audio program.
//!
//! # The parts, each of use alone

#![no_std]
#![deny(unsafe_code)]

pub mod buffers;
pub mod ping_pong;
pub mod pool;
pub mod region;
pub mod retained;
pub mod tables;
pub mod watch;

/// Queues from one interrupt or thread to another, without locks: those of heapless.
pub use heapless::spsc;
