//! Faust programs on the memory of Sostenuto.
#![forbid(unsafe_code)]

pub mod rust;
