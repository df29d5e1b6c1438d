//! Boards, storages and placement: decides in which memory each byte of a patch lives.
//!
//! ```
//! use sostenuto_board::{Board, Kind, Storage, place, report};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let echo = Storage {
//!     name: "echo".into(),
//!     kind: Kind::Delay,
//!     bytes: 2 * 48_000 * 4, // two seconds of 32-bit samples
//!     align: 4,
//!     line: Some(3),
//!     address: None,
//! };
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
//! decides, a [`Plan`] says where everything lies or why it cannot, and [`report`] writes that for people and
//! for programs.

#![forbid(unsafe_code)]

pub mod assignment;
pub mod board;
pub mod bytes;
pub mod paged;
pub mod patch;
pub mod place;
pub mod plan;
pub mod region;
pub mod report;
pub mod storage;

mod builtin;
mod error;
mod file;

pub use board::Board;
pub use error::{BoardError, FileFault};
pub use paged::Paged;
pub use patch::Patch;
pub use place::place;
pub use plan::{DoesNotFit, Placement, Plan, Refusal, Rivals, Unplaced, Usage};
pub use region::{Cache, End, Region, Reserved, Retained};
pub use storage::{Kind, Storage};
