//! Boards, storages and placement: decides in which memory each byte of a patch lives.
//!
//! ```
//! use sostenuto_board::{Board, Kind, Storage, place, report};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let two_seconds = 2 * 48_000 * 4; // bytes of 32-bit samples
//! let echo = Storage { line: Some(3), ..Storage::new("echo", Kind::Delay, two_seconds) };
//! let plan = place(&board, &[echo]);
//!
//! assert!(plan.fits());
//! assert_eq!(plan.placement("echo").unwrap().region, "AXI SRAM"); // too large for DTCM, the fastest
//! println!("{}", report::text(&plan, &board, report::Style::default()));
//! # Ok::<(), sostenuto_board::BoardError>(())
//! ```
//!
//! A [`Board`] is a TOML file (the format: `docs/boards.md`): some are [built in](Board::builtin), others are
//! [loaded](Board::load) from a path. A [`Patch`] carries the [`Storage`]s that its compiler found. [`place()`]
//! decides, a [`Plan`] says where everything lies or why it cannot, [`report`] writes that for people and
//! for programs, and [`emit`] for a linker and a compiler.

#![forbid(unsafe_code)]

pub mod assignment;
pub mod board;
pub mod budget;
pub mod bytes;
pub mod cache_model;
pub mod compare;
pub mod emit;
pub mod inspect;
pub mod paged;
pub mod patch;
pub mod place;
pub mod plan;
pub mod profile;
pub mod program;
pub mod region;
pub mod report;
pub mod spelling;
pub mod storage;
pub mod storage_list;
pub mod traffic;

mod builtin;
mod document;
mod error;
mod file;
mod printable;

pub use board::{Board, Boot, DataCache};
pub use emit::EmitError;
pub use error::{BoardError, FileFault};
pub use paged::Paged;
pub use patch::Patch;
pub use place::{Options, place, place_with};
pub use plan::{DoesNotFit, MemoryTime, Placement, Plan, Refusal, Relief, Rivals, Unplaced, Usage};
pub use profile::Profile;
pub use region::{Cache, Cost, End, Region, Reserved, Retained, Start};
pub use storage::{Kind, Needs, Storage};
pub use traffic::{Pattern, Traffic};
