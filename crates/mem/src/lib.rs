//! What holds the bytes of a real-time audio program.
//!
//! # The parts, each of use alone

#![no_std]
#![deny(unsafe_code)]

pub mod retained;
pub mod watch;
