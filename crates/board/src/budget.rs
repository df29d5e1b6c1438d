//! A budget: the most that a program may take of each region, so that growth is noticed before it hurts.
//!
//! ```
//! use sostenuto_board::budget::Budget;
//! use sostenuto_board::{Board, Kind, Storage, place};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let budget = Budget::parse("[max]\nDTCM = \"32K\"\n", "budget.toml", &board)?;
//! let plan = place(&board, &[Storage::new("line", Kind::Delay, 48_000)]);
//! let over = &budget.check(&plan)[0];
//! assert_eq!(over.to_string(), "`DTCM` takes 48,000 B, 15,232 B more than its budget of 32,768 B");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::board::Board;
use crate::bytes;
use crate::document::{File, Table};
use crate::error::FileFault;
use crate::plan::Plan;
use crate::spelling;
use serde::Serialize;

/// Bytes for some regions of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    most: Vec<(String, u64)>,
}

/// A region that takes more than its budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OverBudget {
    /// The region.
    pub region: String,
    /// The bytes that it may take.
    pub budget: u64,
    /// Those that it takes, with what is lost to alignment.
    pub takes: u64,
}

impl Budget {
    /// Reads a budget: a table `[max]` with a size for each region that has a limit.
    ///
    /// # Errors
    /// With line, column and remedy, when the text is no TOML, names a region that the board does not have, or a size that is
    /// none.
    pub fn parse(text: &str, file: &str, board: &Board) -> Result<Budget, FileFault> {
        let file = File { name: file, text };
        let entries = &file.entries("a budget")?;
        let table = Table { file, what: "the budget".to_owned(), offset: 0, entries };
        table.only_keys(&["max"])?;
        let wanted = "[max], and below it a line such as DTCM = \"96K\" for each region with a limit";
        let max = table.need("max", &format!("write {wanted}"))?.table("[max]".to_owned(), wanted)?;
        let mut most = Vec::new();
        for (key, value) in max.named() {
            let region = key.get_ref();
            if board.region(region).is_none() {
                let names = board.regions.iter().map(|region| region.name.as_str());
                let help = spelling::remedy(region, "the regions are", names);
                let message = format!("the board `{}` has no region `{region}`", board.name);
                return Err(file.fault(key.span().start, message, &help));
            }
            most.push((region.to_string(), value.size_or_nothing(&format!("the budget of `{region}`"))?));
        }
        Ok(Budget { most })
    }

    /// The regions that take more than they may, by name.
    pub fn check(&self, plan: &Plan) -> Vec<OverBudget> {
        let over = self.most.iter().filter_map(|(region, budget)| {
            let usage = plan.usage(region)?;
            let takes = usage.used + usage.padding;
            (takes > *budget).then(|| OverBudget { region: region.clone(), budget: *budget, takes })
        });
        over.collect()
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, budget, takes } = self;
        let (more, takes, budget) = (bytes::text(takes - budget), bytes::text(*takes), bytes::text(*budget));
        write!(f, "`{region}` takes {takes}, {more} more than its budget of {budget}")
    }
}
