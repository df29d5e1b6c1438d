//! Boards, storages and placement: decides in which memory each byte of a patch lives.

#![forbid(unsafe_code)]

pub mod patch;
pub mod storage;

pub use patch::Patch;
pub use storage::{Kind, Storage};
