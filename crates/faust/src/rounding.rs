//! What delay lines cost that the compiler rounds up to powers of two.

use sostenuto_board::{Board, Plan, Storage, place};

use crate::compiler::Options;

impl Options {
    /// Options that leave delay lines as long as they are.
    pub const UNROUNDED: [&str; 2] = ["-dlt", "0"];

    /// Whether they say which delay lines are rounded up.
    pub fn say_what_is_rounded(&self) -> bool {
        self.further.iter().any(|option| option == Self::UNROUNDED[0])
    }
}

/// Where a plan does not fit that would with these storages of the same program, of unrounded delay lines: the bytes that they
/// have less.
pub fn saved_by_unrounding(plan: &Plan, unrounded: &[Storage], board: &Board) -> Option<u64> {
    if plan.fits() || !place(board, unrounded).fits() {
        return None;
    }
    let placed = plan.placements.iter().map(|placement| u64::from(placement.bytes));
    let unplaced = plan.unplaced.iter().map(|unplaced| u64::from(unplaced.storage.bytes));
    let exact: u64 = unrounded.iter().map(|storage| u64::from(storage.bytes)).sum();
    Some(placed.chain(unplaced).sum::<u64>().saturating_sub(exact))
}
