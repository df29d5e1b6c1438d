//! A plan: where every storage of a patch lies on a board, or why it cannot.

use std::fmt;

use serde::Serialize;

use crate::bytes;
use crate::paged::Paged;
use crate::storage::Storage;

/// The outcome of [`place`](crate::place()).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The board's name.
    pub board: String,
    /// How the board pages the linear memory; `None` where it lies flat in the regions.
    pub paged: Option<Paged>,
    /// What has a place, by region in the order of [`regions`](Plan::regions) and by offset in each.
    pub placements: Vec<Placement>,
    /// What became of each region, the fastest first.
    pub regions: Vec<Usage>,
    /// What found no place, the largest first.
    pub unplaced: Vec<Unplaced>,
}

/// A storage and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// What lies there.
    pub storage: Storage,
    /// The region's name.
    pub region: String,
    /// Bytes from the start of the region.
    pub offset: u64,
    /// The address on the board; `None` when the region has no published origin.
    pub address: Option<u64>,
}

/// What became of a region; `used + padding + free + reserved` is `bytes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// The region's name.
    pub region: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Bytes that no patch gets.
    pub reserved: u64,
    /// Bytes of the storages placed in it.
    pub used: u64,
    /// Bytes lost between them to their alignment; in paged memory, all before the last one that are no storage's.
    pub padding: u64,
    /// Bytes left.
    pub free: u64,
}

/// A storage that found no place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    /// What it is.
    pub storage: Storage,
    /// The regions that accept its kind but lack the room, the one with the most room first; none when no
    /// region accepts it at all.
    pub refusals: Vec<Refusal>,
    /// All that found no place and want the same region most, this one among them; `None` when it is alone.
    pub rivals: Option<Rivals>,
    /// The first built-in board on which all storages of the patch fit.
    pub board_with_room: Option<String>,
}

/// Storages that want the same room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rivals {
    /// How many.
    pub storages: usize,
    /// What they need together.
    pub bytes: u64,
}

/// A region that lacks the room for a storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The region's name.
    pub region: String,
    /// Bytes that it holds, without the reserved ones.
    pub holds: u64,
    /// Bytes that a storage of that alignment could still have.
    pub free: u64,
}

/// Why a plan may not run: the storages that found no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DoesNotFit {
    /// The board's name.
    pub board: String,
    /// What found no place, the largest first; never empty.
    pub unplaced: Vec<Unplaced>,
}

impl Plan {
    /// Whether every storage has a place.
    pub fn fits(&self) -> bool {
        self.unplaced.is_empty()
    }

    /// Refuses a plan that does not fit.
    ///
    /// # Errors
    /// When some storage has no place; the text names each with what it needs, what there is, and what to do.
    pub fn check(&self) -> Result<(), DoesNotFit> {
        if self.fits() {
            return Ok(());
        }
        Err(DoesNotFit { board: self.board.clone(), unplaced: self.unplaced.clone() })
    }

    /// The place of the storage of that name; the first of them when several share it.
    pub fn placement(&self, name: &str) -> Option<&Placement> {
        self.placements.iter().find(|placement| placement.storage.name == name)
    }

    /// What became of the region of that name.
    pub fn usage(&self, region: &str) -> Option<&Usage> {
        self.regions.iter().find(|usage| usage.region == region)
    }
}

impl Usage {
    /// The bytes that storages may take: the size without what is reserved.
    pub fn capacity(&self) -> u64 {
        self.bytes - self.reserved
    }
}

impl Unplaced {
    /// How many bytes less would have found a place, with everything else as it lies; `None` when no region
    /// accepts the storage.
    pub fn shrink(&self) -> Option<u64> {
        Some(u64::from(self.storage.bytes).saturating_sub(self.refusals.first()?.free))
    }

    /// What the user can do, in one sentence.
    pub fn remedy(&self) -> String {
        let smaller = match (self.shrink(), self.refusals.first()) {
            (Some(_), Some(refusal)) if let Some(rivals) = self.rivals => Some(format!(
                "make the {} storages that want `{}` {} smaller together",
                rivals.storages,
                refusal.region,
                bytes::text(rivals.bytes.saturating_sub(refusal.free))
            )),
            (Some(shrink), Some(refusal)) if refusal.free > 0 => {
                Some(format!("make it {} smaller", bytes::text(shrink)))
            }
            (Some(shrink), Some(refusal)) => {
                Some(format!("free {} in `{}`", bytes::text(shrink), refusal.region))
            }
            _ => None,
        };
        let board = match &self.board_with_room {
            Some(board) => Some(format!("take the board `{board}`, which has the room")),
            None if smaller.is_none() => Some("take a board with such a region".to_owned()),
            None => None,
        };
        [smaller, board].into_iter().flatten().collect::<Vec<_>>().join(", or ")
    }
}

/// As ``line 3: `echo` needs 384,000 B; …``: the storage, what it needs, what each region has left.
impl fmt::Display for Unplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More regions than this make no one wiser.
        const SHOWN: usize = 3;

        let Storage { name, kind, bytes: needed, line, .. } = &self.storage;
        if let Some(line) = line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "`{}` needs {}", name.escape_debug(), bytes::text((*needed).into()))?;
        for Refusal { region, holds, free } in self.refusals.iter().take(SHOWN) {
            write!(f, "; `{region}` holds {} and has {} free", bytes::text(*holds), bytes::text(*free))?;
        }
        match self.refusals.len() {
            0 => write!(f, ", and no region accepts {kind}"),
            count if count > SHOWN => write!(f, "; {} more have less", count - SHOWN),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the patch does not fit on the board `{}`", self.board)?;
        for unplaced in &self.unplaced {
            write!(f, "\n  {unplaced}")?;
            let remedy = unplaced.remedy();
            if !remedy.is_empty() {
                write!(f, "\n    help: {remedy}")?;
            }
        }
        Ok(())
    }
}
