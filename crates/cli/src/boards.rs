//! `sostenuto boards`.

use sostenuto_board::{Board, report};

use crate::failure::Failure;
use crate::terminal;

/// Lists the boards, or shows one.
pub fn boards(name: Option<&str>) -> Result<(), Failure> {
    let text = match name {
        Some(name) => report::board(&Board::described(name)?, terminal::style()),
        None => report::boards(terminal::style()),
    };
    terminal::print(&text)
}
