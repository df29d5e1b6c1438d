//! A `[[region]]` of a board file.

use super::cost;
use crate::board::Boot;
use crate::bytes;
use crate::document::{SOURCE_HELP, Table};
use crate::error::FileFault;
use crate::region::{Cache, End, Region, Reserved, Retained, Start};
use crate::spelling;

const KEYS: &[&str] = &[
    "name",
    "origin",
    "size",
    "reserved",
    "accepts",
    "only",
    "rank",
    "speed_source",
    "cost",
    "bus",
    "masters",
    "cache",
    "bus_source",
    "mpu",
    "mpu_source",
    "start",
    "start_source",
    "retained",
    "retained_source",
    "note",
    "source",
];

const RESERVED_KEYS: &[&str] = &["size", "at", "boot", "why", "source"];

/// Reads one `[[region]]`.
pub(super) fn read(table: &Table<'_>) -> Result<Region, FileFault> {
    let name = table.name("a name such as \"SRAM\"")?;
    let table = &Table { what: format!("region `{name}`"), ..*table };
    table.only_keys(KEYS)?;
    let region = Region {
        origin: table.get("origin").map(|item| item.address()).transpose()?,
        bytes: table.size("size")?,
        reserved: match table.get("reserved") {
            Some(list) => list
                .array("a list such as [{ size = \"32K\", at = \"start\", why = \"…\", source = \"…\" }]")?
                .map(|item| {
                    reserved(&item.table(format!("a reserved part of region `{name}`"), "{ size = … }")?)
                })
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        },
        accepts: table
            .need("accepts", "a list of kinds, such as [\"state\", \"table\"]; [] keeps the region free")?
            .array("a list of kinds, such as [\"state\", \"table\"]")?
            .map(|item| item.kind())
            .collect::<Result<_, _>>()?,
        only: table.texts("only", "a list of storages' names, such as [\"delay memory\"]")?,
        rank: {
            let item = table.need("rank", "1 for the fastest region of the board, larger for slower")?;
            let rank = item.positive_integer()?;
            u32::try_from(rank)
                .map_err(|_| item.fault(format!("rank {rank} is too large"), "count from 1"))?
        },
        speed_source: table.text("speed_source", SOURCE_HELP)?,
        cost: table.get("cost").map(|item| cost::read(&item)).transpose()?,
        bus: table.optional_text("bus")?,
        masters: match table.get("masters") {
            Some(_) => Some(table.texts(
                "masters",
                "a list of DMA controllers, such as [\"DMA1\", \"DMA2\"]; [] when none reaches it",
            )?),
            None => None,
        },
        cache: table.one_of("cache", Cache::ALL, Cache::name)?,
        bus_source: table.source_of(&["bus", "masters", "cache"], "bus_source")?,
        mpu: table.one_of("mpu", Cache::ALL, Cache::name)?,
        mpu_source: table.source_of(&["mpu"], "mpu_source")?,
        start: table.one_of("start", Start::ALL, Start::name)?,
        start_source: table.source_of(&["start"], "start_source")?,
        retained: table.one_of("retained", Retained::ALL, Retained::name)?,
        retained_source: table.source_of(&["retained"], "retained_source")?,
        note: table.optional_text("note")?,
        source: table.text("source", SOURCE_HELP)?,
        name,
    };
    check(table, &region)?;
    Ok(region)
}

fn reserved(table: &Table<'_>) -> Result<Reserved, FileFault> {
    table.only_keys(RESERVED_KEYS)?;
    let at = table.need("at", "\"start\" or \"end\" of the region")?;
    Ok(Reserved {
        bytes: table.size("size")?,
        at: match at.text("\"start\" or \"end\"")?.as_str() {
            "start" => End::Start,
            "end" => End::End,
            other => {
                return Err(
                    at.fault(format!("`{other}` is no end of a region"), "write \"start\" or \"end\"")
                );
            }
        },
        boot: table.texts("boot", "the boot modes in which they are needed, such as [\"sram\"]")?,
        why: table.text("why", "tell who needs the bytes")?,
        source: table.text("source", SOURCE_HELP)?,
    })
}

/// What is wrong with a region by itself.
fn check(table: &Table<'_>, region: &Region) -> Result<(), FileFault> {
    let name = &region.name;
    if region.reserved_bytes() > region.bytes {
        let message = format!(
            "region `{name}` has {}, but {} are reserved",
            bytes::text(region.bytes),
            bytes::text(region.reserved_bytes())
        );
        return Err(table.fault_at("reserved", message, "reserve at most the region's size"));
    }
    if let Some(origin) = region.origin
        && u64::from(origin).checked_add(region.bytes).is_none_or(|end| end > 1 << 32)
    {
        let message = format!(
            "region `{name}` ends past the 32-bit addresses: {origin:#010x} and {}",
            bytes::text(region.bytes)
        );
        return Err(table.fault_at("size", message, "correct the origin or the size"));
    }
    cost::check(table, region)?;
    if region.accepts.is_empty() && !region.only.is_empty() {
        let message =
            format!("region `{name}` is for `{}` only, but accepts no kind", region.only.join("`, `"));
        return Err(table.fault_at("only", message, "name the storage's kind in `accepts`"));
    }
    Ok(())
}

/// Refuses parts reserved in boot modes that the board does not have.
pub(super) fn check_boots(board: &Table<'_>, boots: &[Boot]) -> Result<(), FileFault> {
    for region in board.tables("region", "a region", "a [[region]] section")? {
        let name = region.name("a name")?;
        for part in region.tables("reserved", "a reserved part", "{ size = … }")? {
            for mode in part.get("boot").map(|item| item.array("a list")).transpose()?.into_iter().flatten() {
                let asked = mode.text("the name of a boot mode")?;
                if boots.iter().any(|boot| boot.name == asked) {
                    continue;
                }
                let message =
                    format!("region `{name}` reserves bytes in the boot mode `{asked}`, which is none");
                let help = match boots {
                    [] => "describe it with a [[boot]] table".to_owned(),
                    boots => {
                        let names = boots.iter().map(|boot| boot.name.as_str());
                        spelling::remedy(&asked, "the boot modes are", names)
                    }
                };
                return Err(mode.fault(message, &help));
            }
        }
    }
    Ok(())
}
