//! Two plans side by side: what grew.
//!
//! ```
//! use sostenuto_board::compare::Comparison;
//! use sostenuto_board::{Board, Kind, Storage, place, report};
//!
//! let board = Board::builtin("daisy-seed-65mb")?;
//! let old = report::json(&place(&board, &[Storage::new("line", Kind::Delay, 48_000)]));
//! let new = place(&board, &[Storage::new("line", Kind::Delay, 96_000)]);
//! let comparison = Comparison::new(&old, &new)?;
//! assert_eq!(comparison.storages[0].to_string(), "`line` grew by 48,000 B to 96,000 B");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::bytes;
use crate::plan::Plan;
use crate::printable::json_fault;
use crate::report::FORMAT;

/// What changed from an old plan to a new one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The regions that take more or less, in the order of the new plan.
    pub regions: Vec<Change>,
    /// The storages that came, went, grew, shrank or moved, those with the most bytes to tell of first.
    pub storages: Vec<Change>,
    /// The cycles a sample before and after, where both plans have them.
    pub cycles: Option<Cycles>,
}

/// Cycles a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cycles {
    /// By the old plan.
    pub before: f64,
    /// By the new one.
    pub after: f64,
}

/// A thing whose bytes or place changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The region or storage.
    pub name: String,
    /// Bytes before; `None` for what is new.
    pub before: Option<u64>,
    /// Bytes after; `None` for what is gone.
    pub after: Option<u64>,
    /// The regions from and to which a storage has moved.
    pub moved: Option<(String, String)>,
}

/// Why a text is no plan to compare with.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It is no report of a plan.
    #[error("it is no plan: {}\n  help: `sostenuto plan PATCH --json` prints one", json_fault(.0))]
    Form(#[from] serde_json::Error),
    /// It is the report of a run, which holds a plan beside other things.
    #[error(
        "it is the report of `sostenuto run`, not a plan\n  help: `sostenuto plan PATCH --json` prints one"
    )]
    Run,
    /// It is one of another format.
    #[error(
        "it has the format {found}, and this program reads {FORMAT}\n  help: print it again with `sostenuto plan PATCH --json`"
    )]
    Format {
        /// The format found.
        found: u32,
    },
    /// It is a plan for another board.
    #[error(
        "it is a plan for the board `{found}`, and this one is for `{wanted}`\n  help: compare plans for one board"
    )]
    Board {
        /// The old plan's board.
        found: String,
        /// The new plan's.
        wanted: String,
    },
}

/// What the report of a run has and that of a plan has not.
#[derive(Deserialize)]
#[expect(dead_code, reason = "that they are there is all")]
struct Run {
    plan: IgnoredAny,
    run: IgnoredAny,
}

#[derive(Deserialize)]
struct Old {
    format: u32,
    board: String,
    regions: Vec<OldRegion>,
    placements: Vec<OldPlacement>,
    unplaced: Vec<OldUnplaced>,
    time: Option<OldTime>,
}

#[derive(Deserialize)]
struct OldRegion {
    region: String,
    used: u64,
    padding: u64,
}

#[derive(Deserialize)]
struct OldPlacement {
    storage: OldStorage,
    region: String,
    from: u64,
}

#[derive(Deserialize)]
struct OldUnplaced {
    storage: OldStorage,
}

#[derive(Deserialize)]
struct OldStorage {
    name: String,
    bytes: u64,
}

#[derive(Deserialize)]
struct OldTime {
    cycles: f64,
}

impl Comparison {
    /// Compares with an old plan, given as the text of its JSON report.
    ///
    /// # Errors
    /// When the text is no such report, or one for another board.
    pub fn new(old: &str, plan: &Plan) -> Result<Comparison, CompareError> {
        if serde_json::from_str::<Run>(old).is_ok() {
            return Err(CompareError::Run);
        }
        let old: Old = serde_json::from_str(old)?;
        if old.format != FORMAT {
            return Err(CompareError::Format { found: old.format });
        }
        if old.board != plan.board {
            return Err(CompareError::Board { found: old.board, wanted: plan.board.clone() });
        }
        let regions = plan.regions.iter().filter_map(|usage| {
            let before = old.regions.iter().find(|region| region.region == usage.region);
            let before = before.map(|region| region.used + region.padding);
            let after = usage.used + usage.padding;
            let name = usage.region.clone();
            (before != Some(after)).then_some(Change { name, before, after: Some(after), moved: None })
        });
        let cycles = old.time.as_ref().map(|time| time.cycles).zip(plan.time.map(|time| time.cycles));
        Ok(Comparison {
            regions: regions.collect(),
            storages: storages(&old, plan),
            cycles: cycles.map(|(before, after)| Cycles { before, after }),
        })
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty() && self.storages.is_empty()
    }
}

/// The storages that changed. Several of one name are told apart by their order.
fn storages(old: &Old, plan: &Plan) -> Vec<Change> {
    let mut before = BTreeMap::new();
    for placement in old.placements.iter().filter(|placement| placement.from == 0) {
        numbered(&mut before, &placement.storage.name, placement.storage.bytes, &placement.region);
    }
    for unplaced in &old.unplaced {
        numbered(&mut before, &unplaced.storage.name, unplaced.storage.bytes, NOWHERE);
    }
    let mut after = BTreeMap::new();
    for placement in plan.placements.iter().filter(|placement| placement.from == 0) {
        numbered(&mut after, &placement.storage.name, placement.storage.bytes.into(), &placement.region);
    }
    for unplaced in &plan.unplaced {
        numbered(&mut after, &unplaced.storage.name, unplaced.storage.bytes.into(), NOWHERE);
    }
    let mut changes = Vec::new();
    for (key, (bytes, region)) in &after {
        let old = before.get(key);
        let moved = old.filter(|(_, from)| from != region).map(|(_, from)| (from.clone(), region.clone()));
        let change = Change { name: key.0.clone(), before: old.map(|old| old.0), after: Some(*bytes), moved };
        if change.moved.is_some() || change.before != change.after {
            changes.push(change);
        }
    }
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
    changes.extend(gone.map(|(key, (bytes, _))| Change {
        name: key.0.clone(),
        before: Some(*bytes),
        after: None,
        moved: None,
    }));
    changes.sort_by_key(|change| std::cmp::Reverse(change.difference()));
    changes
}

/// Where a storage lies that has no place.
const NOWHERE: &str = "nowhere";

/// Storages by name and by their number among those of that name.
type Numbered = BTreeMap<(String, usize), (u64, String)>;

fn numbered(list: &mut Numbered, name: &str, bytes: u64, region: &str) {
    let number = (0..).find(|number| !list.contains_key(&(name.to_owned(), *number))).unwrap_or(0);
    list.insert((name.to_owned(), number), (bytes, region.to_owned()));
}

impl Change {
    /// By how many bytes it differs.
    pub fn difference(&self) -> u64 {
        self.before.unwrap_or(0).abs_diff(self.after.unwrap_or(0))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        match (self.before, self.after) {
            (None, after) => write!(f, "`{name}` is new, {}", bytes::text(after.unwrap_or(0)))?,
            (Some(before), None) => write!(f, "`{name}` is gone, {}", bytes::text(before))?,
            (Some(before), Some(after)) if before != after => {
                let how = if after > before { "grew" } else { "shrank" };
                write!(f, "`{name}` {how} by {} to {}", bytes::text(self.difference()), bytes::text(after))?;
            }
            _ => write!(f, "`{name}`")?,
        }
        match &self.moved {
            Some((from, to)) if self.before == self.after => write!(f, " moved from {from} to {to}"),
            Some((from, to)) => write!(f, ", and moved from {from} to {to}"),
            None => Ok(()),
        }
    }
}

/// Line by line: the regions, then the storages, then the cycles.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            writeln!(f, "Nothing has changed.")?;
        }
        for change in self.regions.iter().chain(&self.storages) {
            writeln!(f, "  {change}")?;
        }
        match self.cycles {
            Some(Cycles { before, after }) => {
                writeln!(f, "  memory time: {before:.2} cycles a sample before, {after:.2} after")
            }
            None => Ok(()),
        }
    }
}
