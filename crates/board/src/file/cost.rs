//! The cost of an access to a region of a board file.

use crate::document::{Item, SOURCE_HELP, Table};
use crate::error::FileFault;
use crate::region::{Cost, Region};

const KEYS: &[&str] = &["word", "next_word", "line", "next_line", "source"];

/// Reads `cost = { … }`.
pub(super) fn read(item: &Item<'_>) -> Result<Cost, FileFault> {
    let table = item.table(
        "the cost".to_owned(),
        "{ word = 1, next_word = 1, source = … }, and line and next_line where a cache is before it",
    )?;
    table.only_keys(KEYS)?;
    let cycles = |key| table.get(key).map(|item: Item<'_>| item.positive_number()).transpose();
    let pair = |first: &'static str, next: &'static str| match (cycles(first)?, cycles(next)?) {
        (Some(first), Some(next)) => Ok(Some((first, next))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(table.missing(next, "give both: of a first access, and of one that goes on from there"))
        }
        (None, Some(_)) => {
            Err(table.missing(first, "give both: of a first access, and of one that goes on from there"))
        }
    };
    Ok(Cost {
        word: pair("word", "next_word")?,
        line: pair("line", "next_line")?,
        source: table.text("source", SOURCE_HELP)?,
    })
}

/// Refuses a cost that does not tell what the cache before the region, or none, makes of an access.
pub(super) fn check(table: &Table<'_>, region: &Region) -> Result<(), FileFault> {
    let Some(cost) = &region.cost else { return Ok(()) };
    let (missing, key) =
        if region.is_cached() { (cost.line.is_none(), "line") } else { (cost.word.is_none(), "word") };
    if missing {
        let what = if region.is_cached() { "cached" } else { "not cached" };
        let message =
            format!("region `{}` is {what}, but its cost has no `{key}` and `next_{key}`", region.name);
        return Err(table.fault_at("cost", message, "give the cycles of what happens there"));
    }
    Ok(())
}
