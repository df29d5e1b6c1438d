//! Reports of boards, plans and inspected images, for people and for programs.
//!
//! ```
//! use sostenuto_board::{Board, place, report};
//!
//! let board = Board::builtin("permut8")?;
//! let plan = place(&board, &[]);
//! print!("{}", report::text(&plan, &board, report::Style::default()));
//! print!("{}", report::json(&plan));
//! # Ok::<(), sostenuto_board::BoardError>(())
//! ```
//!
//! [`map`] draws the plan. Every text ends with a newline.

mod board;
mod inspection;
mod json;
mod map;
mod page;
pub(crate) mod plan;

pub use board::{board, boards};
pub use inspection::inspection;
pub use json::{FORMAT, PlanReport, inspection_json, json};
pub use map::map;
pub use plan::text;

/// How a text report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour it by ANSI escape sequences.
    pub colour: bool,
    /// Whether to draw with block characters; plain ASCII otherwise.
    pub unicode: bool,
    /// The columns to keep within; fewer than [`Style::NARROWEST`] count as that. Only the names and numbers
    /// of a table may go beyond.
    pub width: usize,
}

impl Style {
    /// The least width that a report is laid out for.
    pub const NARROWEST: usize = 60;
}

/// Without colour, with block characters, 100 columns wide.
impl Default for Style {
    fn default() -> Style {
        Style { colour: false, unicode: true, width: 100 }
    }
}
