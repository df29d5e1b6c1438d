//! DMA buffers: whether their controller reaches them, and whether a cache is in between.

use std::collections::BTreeSet;

use super::InspectError;
use super::dma_buffer::DmaBuffer;
use super::finding::{Check, Finding};
use super::ground::region_at;
use super::image::{Image, Symbol, What};
use crate::board::Board;
use crate::bytes;
use crate::region::{Cache, Region};
use crate::spelling::nearest;

/// Checks the buffers, and looks for what may be further ones.
pub(super) fn check(
    image: &Image<'_>,
    board: &Board,
    buffers: &[DmaBuffer],
) -> Result<Vec<Finding>, InspectError> {
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    for buffer in buffers {
        known_master(board, &buffer.master)?;
        for symbol in find(image, &buffer.symbol)? {
            named.insert(symbol.address);
            findings.extend(reach(board, buffer, symbol));
            findings.extend(coherence(image, board, buffer, symbol));
        }
    }
    for section in image.sections.iter().filter(|section| section.name.to_lowercase().contains("dma")) {
        let unnamed: Vec<_> = image
            .variables()
            .filter(|(symbol, home)| home.address == section.address && !named.contains(&symbol.address))
            .map(|(symbol, _)| format!("`{}`", symbol.shown()))
            .collect();
        if !unnamed.is_empty() {
            let message = format!(
                "section `{}` may hold DMA buffers by its name, and was not checked: {}",
                section.name,
                unnamed.iter().take(5).cloned().collect::<Vec<_>>().join(", ")
            );
            let help = "name each with its DMA controller: --dma SYMBOL=MASTER";
            findings.push(Finding::note(Check::DmaUnnamed, &section.name, message, help));
        }
    }
    Ok(findings)
}

/// A misspelt controller would reach nothing.
pub(super) fn known_master(board: &Board, master: &str) -> Result<(), InspectError> {
    let masters = board.masters();
    if masters.contains(master) {
        return Ok(());
    }
    Err(InspectError::Master {
        master: master.to_owned(),
        board: board.name.clone(),
        nearest: nearest(master, masters.iter().copied()).map(str::to_owned),
        masters: masters.into_iter().map(str::to_owned).collect(),
    })
}

/// The variables of that name in the file, or else in the source.
pub(super) fn find<'i>(image: &'i Image<'_>, name: &str) -> Result<Vec<&'i Symbol>, InspectError> {
    let places = || image.symbols.iter().filter(|s| s.what != What::Function && s.section.is_some());
    let mut found: Vec<_> = places().filter(|symbol| symbol.name == name).collect();
    if found.is_empty() {
        found = places().filter(|symbol| symbol.shown() == name).collect();
    }
    if found.is_empty() {
        let names: Vec<String> = image.variables().map(|(symbol, _)| symbol.shown()).collect();
        let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        return Err(InspectError::Symbol { symbol: name.to_owned(), variables: names.len(), nearest });
    }
    Ok(found)
}

fn reach(board: &Board, buffer: &DmaBuffer, symbol: &Symbol) -> Option<Finding> {
    let DmaBuffer { master, .. } = buffer;
    let shown = symbol.shown();
    let last = symbol.address.saturating_add(symbol.bytes.saturating_sub(1));
    let homes = [symbol.address, last].map(|address| region_at(board, address));
    let reaches = |region: &Region| region.masters.as_ref().map(|masters| masters.contains(master));
    let Some(home) = homes.into_iter().flatten().find(|region| reaches(region) != Some(true)) else {
        return match homes[0] {
            Some(_) => None,
            None => Some(Finding::error(
                Check::DmaReach,
                &shown,
                format!(
                    "DMA buffer `{shown}` at {:#010x} is outside every region of the board",
                    symbol.address
                ),
                "see where its section should lie",
            )),
        };
    };
    let place =
        format!("DMA buffer `{shown}` ({}) lies in {} at {:#010x}", size(symbol), home.name, symbol.address);
    if reaches(home).is_none() {
        let message = format!("{place}, and the board does not tell which DMA controllers reach that");
        return Some(Finding::warning(
            Check::DmaReach,
            &shown,
            message,
            "complete `masters` in the board file",
        ));
    }
    let message = format!("{place}, which {master} does not reach: its transfers fail, or move other bytes");
    let others: Vec<_> = board
        .by_speed()
        .into_iter()
        .filter(|region| reaches(region) == Some(true))
        .map(|r| &r.name[..])
        .collect();
    let help = format!("put it into a region that {master} reaches: {}", others.join(", "));
    Some(Finding::error(Check::DmaReach, &shown, message, help))
}

fn coherence(image: &Image<'_>, board: &Board, buffer: &DmaBuffer, symbol: &Symbol) -> Vec<Finding> {
    let shown = symbol.shown();
    let Some(home) = region_at(board, symbol.address) else { return Vec::new() };
    let cache = home.effective_cache();
    let mut findings = Vec::new();
    let place = format!("DMA buffer `{shown}` ({}) at {:#010x}", size(symbol), symbol.address);
    if let Some(cache @ (Cache::WriteBack | Cache::WriteThrough)) = cache
        && !buffer.maintained
    {
        let message = format!(
            "{place} is cached: {} is {}, so that the processor and {} see different bytes",
            home.name,
            cache.name(),
            buffer.master
        );
        let help = "put it where the MPU or the memory itself keeps the cache out; or clean and invalidate the cache \
                    around each transfer, and say so: maintained = true in the list of --buffers";
        findings.push(Finding::error(Check::DmaCache, &shown, message, help));
    }
    if matches!(cache, Some(Cache::Never | Cache::Device)) {
        return findings;
    }
    if cache.is_none() {
        let message = format!("{place}: the board does not tell whether {} is cached", home.name);
        let help = "complete `cache` in the board file";
        findings.push(Finding::warning(Check::DmaCache, &shown, message, help));
    }
    let line = line(board);
    if symbol.bytes == 0 {
        let message = format!("{place} has no size in the image: its end cannot be checked");
        let help = "give it a type and a size (`.type`, `.size`) where it is defined";
        findings.push(Finding::warning(Check::DmaCache, &shown, message, help));
    }
    let (early, late) = (symbol.address % line, symbol.bytes % line);
    if early != 0 || late != 0 {
        let what = match (early, late) {
            (0, _) => format!("its size is no multiple of a cache line of {line} B"),
            (_, 0) => format!("it begins {early} B into a cache line of {line} B"),
            _ => format!(
                "it begins {early} B into a cache line of {line} B, and its size is no multiple of that"
            ),
        };
        let sharers = sharers(image, symbol, line);
        let who = match &sharers[..] {
            [] => "what shares its lines is written back over its bytes, or thrown away with them".to_owned(),
            names => format!(
                "it shares a line with {}, and one is written back over the other",
                names.join(" and ")
            ),
        };
        let help = format!("align it to {line} B and round its size up to a multiple of {line} B");
        findings.push(Finding::error(Check::DmaCache, &shown, format!("{place}: {what}; {who}"), help));
    }
    findings
}

/// The variables that have bytes in the first or the last line of another.
fn sharers(image: &Image<'_>, symbol: &Symbol, line: u32) -> Vec<String> {
    let start = u64::from(symbol.address / line * line);
    let end = symbol.end().next_multiple_of(line.into());
    let others = image.variables().map(|(other, _)| other).filter(|other| {
        other.address != symbol.address && other.end() > start && u64::from(other.address) < end
    });
    others.take(2).map(|other| format!("`{}`", other.shown())).collect()
}

fn size(symbol: &Symbol) -> String {
    bytes::text(symbol.bytes.into())
}

/// The bytes of a cache line: where the board does not tell, 32 as on each Cortex-M that has a data cache.
fn line(board: &Board) -> u32 {
    board.cache.as_ref().map_or(32, |cache| cache.line.max(1))
}
