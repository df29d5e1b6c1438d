//! A plan: where every storage of a patch lies on a board, or why it cannot.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::bytes;
use crate::paged::Paged;
use crate::storage::{Kind, Storage};

/// The outcome of [`place`](crate::place()).
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// The single changes of which each would make all fit, the smallest first; none when all fits, and when no single change
    /// is enough.
    pub reliefs: Vec<Relief>,
    /// What the accesses take; `None` when it does not fit, and when the board does not tell what an access costs.
    pub time: Option<MemoryTime>,
}

/// The cycles a sample that all accesses take in memory, by the board's costs: a model, and no more than these are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MemoryTime {
    /// By this plan.
    pub cycles: f64,
    /// No plan takes fewer.
    pub bound: f64,
    /// If each storage were in the region where it costs most.
    pub dearest: f64,
    /// Whether that no plan takes fewer than this one is proven.
    pub proven: bool,
    /// How many storages come with traffic that was measured or declared; that of the others is assumed.
    pub measured: usize,
}

impl MemoryTime {
    /// By which part of its cycles the plan is above the bound: 0 when nothing can be better.
    pub fn gap(&self) -> f64 {
        if self.proven || self.cycles == 0.0 { 0.0 } else { (self.cycles - self.bound) / self.cycles }
    }
}

/// A change that would make a plan fit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Relief {
    /// The storage to change.
    pub storage: Storage,
    /// How many bytes smaller it would have to be; all of them are to leave it out.
    pub smaller_by: u32,
}

/// A storage and its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placement {
    /// What lies there.
    pub storage: Storage,
    /// The region's name.
    pub region: String,
    /// Bytes from the start of the region.
    pub offset: u64,
    /// The address on the board; `None` when the region has no published origin.
    pub address: Option<u64>,
    /// The first byte of the storage that lies there: not 0 in the later parts of one that is split.
    pub from: u32,
    /// How many bytes of it lie there.
    pub bytes: u32,
    /// The cycles a sample that its accesses take; `None` when the board does not tell what one costs.
    pub cycles: Option<f64>,
}

/// What became of a region; `used + padding + free + reserved` is `bytes`.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// About how many cycles a sample one byte more of it would save; `None` when that is not known.
    pub price: Option<f64>,
}

/// A storage that found no place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unplaced {
    /// What it is.
    pub storage: Storage,
    /// The regions that accept its kind but lack the room, the one with the most room first; none when no
    /// region accepts it at all.
    pub refusals: Vec<Refusal>,
    /// What no region offers, when none accepts it.
    pub why: String,
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// The region's name.
    pub region: String,
    /// Bytes that it holds, without the reserved ones.
    pub holds: u64,
    /// Bytes that a storage of that alignment could still have.
    pub free: u64,
}

/// Why a plan may not run: the storages that found no place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub struct DoesNotFit {
    /// The board's name.
    pub board: String,
    /// What found no place, the largest first; never empty.
    pub unplaced: Vec<Unplaced>,
    /// The single changes of which each would be enough.
    pub reliefs: Vec<Relief>,
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
        Err(DoesNotFit {
            board: self.board.clone(),
            unplaced: self.unplaced.clone(),
            reliefs: self.reliefs.clone(),
        })
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

/// Each with its remedy, which is empty if a later one has the same: rivals are told once what they can do together.
pub(crate) fn with_remedies(unplaced: &[Unplaced]) -> impl Iterator<Item = (&Unplaced, String)> {
    let wanted = |unplaced: &Unplaced| match (unplaced.rivals, unplaced.refusals.first()) {
        // Their alignments may differ, and then what is free for them.
        (Some(_), Some(refusal)) => refusal.region.clone(),
        _ => unplaced.remedy(),
    };
    let last: HashMap<String, usize> = unplaced.iter().map(wanted).zip(0..).collect();
    unplaced.iter().enumerate().map(move |(at, unplaced)| {
        let is_last = last[&wanted(unplaced)] == at;
        (unplaced, if is_last { unplaced.remedy() } else { String::new() })
    })
}

/// As `` `echo` 12,000 B smaller: 62 ms of 32-bit samples at 48 kHz``.
impl fmt::Display for Relief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Storage { name, kind, bytes, line, .. } = &self.storage;
        if let Some(line) = line {
            write!(f, "line {line}: ")?;
        }
        if self.smaller_by == *bytes {
            write!(f, "leave out `{}`, {}", name.escape_debug(), bytes::text((*bytes).into()))?;
        } else if let Some((voice, voices)) = self.storage.bytes_of_voice().zip(self.storage.voices) {
            let (fewer, less) = (voices - self.smaller_by / voice, bytes::text(self.smaller_by.into()));
            return write!(f, "give `{}` {fewer} of its {voices} voices: {less} less", name.escape_debug());
        } else {
            write!(f, "make `{}` {} smaller", name.escape_debug(), bytes::text(self.smaller_by.into()))?;
        }
        match kind {
            Kind::Delay => write!(f, ": {}", bytes::as_sound(self.smaller_by.into())),
            _ => Ok(()),
        }
    }
}

/// As ``line 3: `echo` needs 384,000 B; …``: the storage, what it needs, what each region has left.
impl fmt::Display for Unplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More regions than this make no one wiser.
        const SHOWN: usize = 3;

        let Storage { name, bytes: needed, line, .. } = &self.storage;
        if let Some(line) = line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "`{}` needs {}", name.escape_debug(), bytes::text((*needed).into()))?;
        for Refusal { region, holds, free } in self.refusals.iter().take(SHOWN) {
            write!(f, "; `{region}` holds {} and has {} free", bytes::text(*holds), bytes::text(*free))?;
        }
        match self.refusals.len() {
            0 => write!(f, ", and {}", self.why),
            count if count > SHOWN => write!(f, "; {} more have less", count - SHOWN),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for DoesNotFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the patch does not fit on the board `{}`", self.board)?;
        for (unplaced, remedy) in with_remedies(&self.unplaced) {
            write!(f, "\n  {unplaced}")?;
            if !remedy.is_empty() {
                write!(f, "\n    help: {remedy}")?;
            }
        }
        match self.reliefs.first() {
            Some(relief) if self.unplaced.len() > 1 => {
                write!(f, "\n  the smallest change after which all of it fits: {relief}")
            }
            _ => Ok(()),
        }
    }
}
