//! What a linker is to lay: the storages of a plan that can be statics, region by region.

use super::{EmitError, names};
use crate::board::Board;
use crate::plan::{Placement, Plan};
use crate::region::{End, Region, Start};

/// A region with the statics in it.
pub(super) struct Part<'a> {
    pub region: &'a Region,
    /// Its name in the linker's `MEMORY`.
    pub memory: String,
    /// The first address that is not reserved.
    pub start: u64,
    /// By address.
    pub statics: Vec<Static<'a>>,
    /// Those that stay in `.data`, whose first values the code before `main` copies; here or there, a part has some.
    pub copied: Vec<&'a str>,
    /// Whether its bytes are part of the image; chance values at start otherwise.
    pub is_image: bool,
}

/// A storage as a static.
pub(super) struct Static<'a> {
    pub placement: &'a Placement,
    /// Its name as an identifier.
    pub name: String,
    /// The section that it is in.
    pub section: String,
    pub address: u64,
    /// What it takes: of a buffer that DMA moves past a cache, whole lines.
    pub bytes: u32,
    pub align: u32,
    /// Whether DMA moves it past a cache.
    pub is_maintained: bool,
}

impl<'a> Static<'a> {
    fn new(placement: &'a Placement, name: &str, memory: &str, board: &Board, region: &Region) -> Static<'a> {
        let storage = &placement.storage;
        let is_maintained = !storage.needs.masters.is_empty() && region.is_cached();
        let line = board.cache.as_ref().filter(|_| is_maintained).map_or(1, |cache| cache.line.max(1));
        Static {
            placement,
            name: name.to_owned(),
            section: format!(".sostenuto.{memory}.{name}"),
            address: region.origin.map_or(0, u64::from) + placement.offset,
            bytes: placement.bytes.checked_next_multiple_of(line).unwrap_or(placement.bytes),
            align: storage.align.max(line),
            is_maintained,
        }
    }
}

impl Part<'_> {
    /// The section that it is for the linker.
    pub fn section(&self) -> String {
        format!(".sostenuto.{}", self.memory.to_ascii_lowercase())
    }
}

/// The parts of the plan, the fastest region first. Storages of no bytes are in none.
pub(super) fn parts<'a>(plan: &'a Plan, board: &'a Board) -> Result<Vec<Part<'a>>, EmitError> {
    plan.check()?;
    let mut placements: Vec<&Placement> = plan.placements.iter().filter(|p| p.storage.bytes > 0).collect();
    if let Some(part) = placements.iter().find(|placement| placement.bytes != placement.storage.bytes) {
        let Placement { storage, region, bytes, .. } = part;
        return Err(EmitError::Split {
            storage: storage.name.clone(),
            region: region.clone(),
            bytes: *bytes,
        });
    }
    // By name first, so that the identifiers do not depend on the places.
    let key = |placement: &&Placement| (placement.storage.name.clone(), placement.storage.line);
    placements.sort_by_key(key);
    let names = names::storages(placements.iter().map(|placement| placement.storage.name.as_str()));
    let mut named: Vec<_> = placements.into_iter().zip(names).collect();
    named.sort_by_key(|(placement, _)| placement.offset);
    let memories = names::regions(board);
    let mut parts = Vec::new();
    let mut without = Vec::new();
    for usage in &plan.regions {
        let here: Vec<_> = named.iter().filter(|(placement, _)| placement.region == usage.region).collect();
        if here.is_empty() {
            continue;
        }
        let missing = || EmitError::NoRegion { board: board.name.clone(), region: usage.region.clone() };
        let region = board.region(&usage.region).ok_or_else(missing)?;
        let memory = memories.iter().find(|(name, _)| *name == region.name).ok_or_else(missing)?.1.clone();
        let Some(origin) = region.origin else {
            without.push(region.name.clone());
            continue;
        };
        let small = memory.to_ascii_lowercase();
        let new = |(placement, name): &&(&'a Placement, String)| {
            Static::new(placement, name, &small, board, region)
        };
        let boot = board.boots.first();
        let is_copied = boot.is_some_and(|boot| boot.data == region.name && boot.code != region.name);
        let stays = |(placement, _): &&(&Placement, String)| {
            is_copied && placement.storage.needs.start == Some(Start::Loaded)
        };
        let (data, here): (Vec<_>, Vec<_>) = here.into_iter().partition(stays);
        let statics: Vec<Static<'_>> = here.iter().map(new).collect();
        apart(&statics)?;
        let copied = data.iter().map(|(placement, _)| placement.storage.name.as_str()).collect();
        // The zeroes of a delay line have no room in the flash, so they are not copied from there.
        let is_image = region.start == Some(Start::Loaded) && !is_copied;
        let start = u64::from(origin) + region.reserved_at(End::Start);
        parts.push(Part { region, memory, start, statics, copied, is_image });
    }
    match without.is_empty() {
        true => Ok(parts),
        false => Err(EmitError::NoAddress { board: board.name.clone(), regions: without }),
    }
}

/// No two have a byte in common.
fn apart(statics: &[Static<'_>]) -> Result<(), EmitError> {
    for pair in statics.windows(2) {
        let [one, other] = [pair[0].placement, pair[1].placement];
        if pair[0].address + u64::from(pair[0].bytes) > pair[1].address {
            return Err(EmitError::Shared {
                storages: [one.storage.name.clone(), other.storage.name.clone()],
                region: one.region.clone(),
                offset: other.offset,
            });
        }
    }
    Ok(())
}
