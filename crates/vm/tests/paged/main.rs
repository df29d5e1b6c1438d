//! Memory in pages of a slow store is the memory that it would be in one piece.
//!
//! `PAGED_PROGRAMS=200000` runs more generated programs, `PAGED_FIRST=1000` begins at another one.

#[path = "../generator/mod.rs"]
mod generator;

mod faults;
mod growth;
mod journey;
mod memories;
mod random;
mod same_as_flat;
mod snapshots;
mod toll;
mod walks;
