//! Storages listed by hand in a TOML file: of a program that no compiler of ours has seen.
//!
//! ```
//! use sostenuto_board::{Board, storage_list};
//!
//! let list = r#"
//!     [[storage]]
//!     name = "grains"
//!     kind = "delay"
//!     size = "64K"
//!     reads = 8                # words a sample
//!     writes = 1
//!     access = "random"
//! "#;
//! let storages = storage_list::parse(list, "granular.toml", &Board::builtin("daisy-seed-65mb")?)?;
//! assert_eq!((storages[0].bytes, storages[0].traffic().reads), (65_536, 8.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The format is told in `docs/plan.md`.

use std::collections::HashMap;

use crate::board::Board;
use crate::bytes;
use crate::document::{File, Item, Table};
use crate::error::FileFault;
use crate::region::{Retained, Start};
use crate::storage::{Needs, Storage};
use crate::traffic::{Pattern, Traffic};

const KEYS: &[&str] = &[
    "name", "kind", "size", "align", "reads", "writes", "access", "masters", "retained", "start", "life",
    "split", "voices",
];

/// The storages that a file's text lists for a board; `file` is its name for the errors.
///
/// # Errors
/// With line, column and remedy, when the text is no TOML, lacks a key, has an unknown one, or a value that cannot be; when two
/// storages have one name, and when one names a DMA controller that the board does not have.
pub fn parse(text: &str, file: &str, board: &Board) -> Result<Vec<Storage>, FileFault> {
    let file = File { name: file, text };
    let entries = &file.entries("a list of storages")?;
    let table = Table { file, what: "the list".to_owned(), offset: 0, entries };
    table.only_keys(&["storage"])?;
    let help = "add at least one [[storage]] with name, kind and size";
    let list = table.need("storage", help)?;
    let mut lines = HashMap::new();
    let mut storages = Vec::new();
    for table in table.tables("storage", "a storage", "a [[storage]] section")? {
        let storage = storage(&table, board)?;
        let line = file.line(table.offset_of("name"));
        if let Some(first) = lines.insert(storage.name.clone(), line) {
            let message = format!("two storages are named `{}`, here and in line {first}", storage.name);
            return Err(table.fault_at("name", message, "give each a name of its own"));
        }
        storages.push(storage);
    }
    match storages.is_empty() {
        true => Err(list.fault("the list has no storage".to_owned(), help)),
        false => Ok(storages),
    }
}

fn storage(table: &Table<'_>, board: &Board) -> Result<Storage, FileFault> {
    let name = table.name("a name such as \"echo\"")?;
    let table = &Table { what: format!("storage `{name}`"), ..*table };
    table.only_keys(KEYS)?;
    let kind = table.need("kind", "what the bytes are for, such as \"delay\"")?.kind()?;
    let bytes = size(table)?;
    Ok(Storage {
        align: table.get("align").map(|item| alignment(&item)).transpose()?.unwrap_or(4),
        needs: Needs {
            masters: table.masters(
                "masters",
                "the DMA controllers that move it, such as [\"DMA1\"]",
                board,
            )?,
            retained: table.one_of("retained", Retained::ALL, Retained::name)?,
            start: table.one_of("start", Start::ALL, Start::name)?,
            life: table.get("life").map(|item| life(&item)).transpose()?,
            split: table.get("split").map(|item| part(&item)).transpose()?,
        },
        traffic: traffic(table, bytes)?,
        voices: table.get("voices").map(|item| voices(&item, bytes)).transpose()?,
        ..Storage::new(name, kind, bytes)
    })
}

/// A size of less than 4 GB.
fn size(table: &Table<'_>) -> Result<u32, FileFault> {
    let bytes = table.size("size")?;
    u32::try_from(bytes).map_err(|_| {
        let message = format!("{} has a size of {}", table.what, bytes::text(bytes));
        table.fault_at("size", message, "a storage is smaller than 4G")
    })
}

/// The bytes of which each part has a multiple.
fn part(item: &Item<'_>) -> Result<u32, FileFault> {
    let bytes = item.size_or_nothing("a part")?;
    u32::try_from(bytes).ok().filter(|bytes| *bytes > 0).ok_or_else(|| {
        let message = format!("nothing is split into parts of {}", bytes::text(bytes));
        item.fault(message, "write of how many bytes each part shall be a multiple, such as \"4K\"")
    })
}

/// The voices that share so many bytes.
fn voices(item: &Item<'_>, bytes: u32) -> Result<u32, FileFault> {
    let voices = item.positive_integer()?;
    u32::try_from(voices).ok().filter(|voices| bytes.is_multiple_of(*voices)).ok_or_else(|| {
        let message = format!("{} are no equal parts for {voices} voices", bytes::text(bytes.into()));
        item.fault(message, "write a `size` that is a multiple of the voices")
    })
}

fn alignment(item: &Item<'_>) -> Result<u32, FileFault> {
    let bytes = item.positive_integer()?;
    match u32::try_from(bytes) {
        Ok(bytes) if bytes.is_power_of_two() => Ok(bytes),
        _ => Err(item.fault(format!("{bytes} is no alignment"), "write a power of two, such as 4 or 32")),
    }
}

/// The phases in which it holds anything.
fn life(item: &Item<'_>) -> Result<(u32, u32), FileFault> {
    let help = "the first and the last phase in which it holds anything, such as [0, 2]";
    let phases: Vec<u64> = item.array(help)?.map(|phase| phase.integer()).collect::<Result<_, _>>()?;
    match phases[..] {
        [first, last] if first <= last && last <= u32::MAX.into() => Ok((first as u32, last as u32)),
        _ => Err(item.fault("`life` is no span of phases".to_owned(), &format!("write {help}"))),
    }
}

/// The declared accesses, if any is.
fn traffic(table: &Table<'_>, bytes: u32) -> Result<Option<Traffic>, FileFault> {
    let words = |key| table.get(key).map(|item| item.number()).transpose();
    let (reads, writes) = (words("reads")?, words("writes")?);
    let pattern = table.one_of("access", Pattern::ALL, Pattern::name)?;
    if reads.is_none() && writes.is_none() {
        return match table.get("access") {
            Some(item) => Err(item.fault(
                "`access` tells how, but not how often".to_owned(),
                "add `reads` or `writes`, in words a sample",
            )),
            None => Ok(None),
        };
    }
    let pattern = pattern.unwrap_or(Pattern::Random);
    Ok(Some(Traffic::declared(reads.unwrap_or(0.0), writes.unwrap_or(0.0), pattern, bytes)))
}
