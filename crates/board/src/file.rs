//! Reads a board from the text of its file; the format is told in `docs/boards.md`.

mod boot;
mod cost;
mod paged;
mod region;

use crate::board::{Board, DataCache};
use crate::bytes;
use crate::document::{File, Item, SOURCE_HELP, Table};
use crate::error::FileFault;
use crate::region::Region;

const BOARD_KEYS: &[&str] = &[
    "name",
    "title",
    "description",
    "source",
    "clock_hz",
    "clock_source",
    "cycles_per_instruction",
    "cycles_source",
    "cache",
    "boot",
    "region",
    "paged",
];

/// More than any processor has.
const LARGEST_CACHE: u32 = 64 << 20;

const CACHE_KEYS: &[&str] = &["size", "line", "ways", "source"];

/// Reads a board file.
pub(crate) fn parse(text: &str, file: &str) -> Result<Board, FileFault> {
    let file = File { name: file, text };
    let entries = &file.entries("a board file")?;
    let table = Table { file, what: "the board".to_owned(), offset: 0, entries };
    table.only_keys(BOARD_KEYS)?;

    let name = table.name("a name such as \"my-board\"")?;
    let clock = table.fact("clock_hz", "clock_source", Item::positive_integer)?;
    let cycles = table.fact("cycles_per_instruction", "cycles_source", Item::positive_number)?;
    let regions = regions(&table)?;
    let paged = paged::read(&table, &regions)?;
    let boots = boot::read(&table, &regions)?;
    region::check_boots(&table, &boots)?;
    let board = Board {
        name,
        title: table.text("title", "one line that tells what the board is")?,
        description: table.optional_text("description")?,
        source: table.text("source", SOURCE_HELP)?,
        clock_hz: clock.as_ref().map(|clock| clock.0),
        clock_source: clock.map(|clock| clock.1).unwrap_or_default(),
        cycles_per_instruction: cycles.as_ref().map(|cycles| cycles.0),
        cycles_source: cycles.map(|cycles| cycles.1).unwrap_or_default(),
        cache: table.get("cache").map(|item| cache(&item)).transpose()?,
        boots,
        regions,
        paged,
    };
    Ok(board)
}

fn regions(board: &Table<'_>) -> Result<Vec<Region>, FileFault> {
    let help = "add at least one [[region]] with name, size, accepts, rank, speed_source and source";
    let list = board.get("region").ok_or_else(|| board.missing("region", help))?;
    let mut regions: Vec<Region> = Vec::new();
    for item in list.array("a [[region]] section")? {
        let table = item.table("a region".to_owned(), "a [[region]] section")?;
        let region = region::read(&table)?;
        if regions.iter().any(|other| other.name == region.name) {
            let message = format!("two regions are named `{}`", region.name);
            return Err(table.fault_at("name", message, "give each region a name of its own"));
        }
        if let Some(other) = regions.iter().find(|other| overlap(other, &region)) {
            let message = format!(
                "region `{}` ({}) overlaps `{}` ({})",
                region.name,
                span(&region),
                other.name,
                span(other)
            );
            return Err(table.fault_at("origin", message, "correct the origin or the size of one of them"));
        }
        if let Some((name, other)) = regions
            .iter()
            .find_map(|other| Some((region.only.iter().find(|name| other.only.contains(name))?, &other.name)))
        {
            let message = format!("regions `{other}` and `{}` both claim the storage `{name}`", region.name);
            return Err(table.fault_at("only", message, "name it in one of them"));
        }
        regions.push(region);
    }
    if regions.is_empty() {
        return Err(list.fault("the board has no region".to_owned(), help));
    }
    Ok(regions)
}

fn overlap(a: &Region, b: &Region) -> bool {
    let (Some(at), Some(bt)) = (a.origin.map(u64::from), b.origin.map(u64::from)) else { return false };
    at < bt + b.bytes && bt < at + a.bytes
}

fn span(region: &Region) -> String {
    let origin = region.origin.map_or(0, u64::from);
    format!("{origin:#010x} to {:#010x}", origin + region.bytes - 1)
}

/// The data cache of the processor.
fn cache(item: &Item<'_>) -> Result<DataCache, FileFault> {
    let table = item.table("the cache".to_owned(), "{ size = \"16K\", line = 32, ways = 4, source = … }")?;
    table.only_keys(CACHE_KEYS)?;
    let cache = DataCache {
        bytes: u32::try_from(table.size("size")?).unwrap_or(u32::MAX),
        line: table.positive_u32("line", "bytes of a line, such as 32")?,
        ways: table.positive_u32("ways", "places that a line may have, such as 4")?,
        source: table.text("source", SOURCE_HELP)?,
    };
    if cache.bytes > LARGEST_CACHE {
        let message = format!("the cache has a size of {}", bytes::text(cache.bytes.into()));
        return Err(table.fault_at("size", message, "the largest cache is 64M"));
    }
    let sets = cache.bytes / cache.line.max(1) / cache.ways.max(1);
    if !cache.line.is_power_of_two()
        || cache.line < 4
        || !sets.is_power_of_two()
        || u64::from(sets) * u64::from(cache.line) * u64::from(cache.ways) != u64::from(cache.bytes)
    {
        let message =
            format!("{} B are no cache of {} ways with lines of {} B", cache.bytes, cache.ways, cache.line);
        let help = "size = line x ways x a power of two; a line is a power of two from 4 B on";
        return Err(table.fault_at("size", message, help));
    }
    Ok(cache)
}
