//! The table `[paged]` of a board file.

use crate::bytes;
use crate::document::{Item, SOURCE_HELP, Table};
use crate::error::FileFault;
use crate::paged::Paged;
use crate::program::Span;
use crate::region::Region;
use crate::spelling;

const KEYS: &[&str] = &[
    "store",
    "window",
    "page",
    "frames",
    "chip",
    "clocks_hz",
    "lanes",
    "longest_burst",
    "burst_overhead_ns",
    "byte_overhead_ps",
    "source",
    "speed_source",
];

/// Reads the table, if the board has one.
pub(super) fn read(board: &Table<'_>, regions: &[Region]) -> Result<Option<Paged>, FileFault> {
    let Some(item) = board.get("paged") else { return Ok(None) };
    let table = &item.table("[paged]".to_owned(), "a table [paged]")?;
    table.only_keys(KEYS)?;
    for key in ["clock_hz", "cycles_per_instruction"] {
        if board.get(key).is_none() {
            let message = format!("[paged] needs the board's `{key}`");
            return Err(item.fault(message, "give it: waiting for pages is held against the deadline"));
        }
    }
    let store = region(table, "store", regions)?;
    let window = region(table, "window", regions)?;
    let window_bytes = u32::try_from(window.bytes).unwrap_or(u32::MAX);
    let paged = Paged {
        store: store.name.clone(),
        window: window.name.clone(),
        window_bytes,
        pins: vec![Span { address: 0, bytes: window_bytes }],
        page_bytes: count(table, "page", "the bytes of a page, such as 512")?,
        frames: count(table, "frames", "how many pages fast memory holds, such as 64")?,
        chip: table.text("chip", "the name of the memory chip, such as \"LY68L6400\"")?,
        clocks_hz: clocks(table)?,
        lanes: {
            let item = table.need("lanes", "1, or 4 for a bus with four data wires")?;
            match item.integer()? {
                lanes @ (1 | 4) => lanes as u32,
                lanes => return Err(item.fault(format!("no bus has {lanes} lanes"), "write 1 or 4")),
            }
        },
        longest_burst: table.get("longest_burst").map(|item| positive(&item)).transpose()?,
        burst_overhead_ns: small(&table.need("burst_overhead_ns", "nanoseconds beside the clocks, or 0")?)?,
        byte_overhead_ps: small(&table.need("byte_overhead_ps", "picoseconds beside the clocks, or 0")?)?,
        source: table.text("source", SOURCE_HELP)?,
        speed_source: table.text("speed_source", SOURCE_HELP)?,
    };
    check(table, &paged, store)?;
    Ok(Some(paged))
}

/// What is wrong with the numbers together.
fn check(table: &Table<'_>, paged: &Paged, store: &Region) -> Result<(), FileFault> {
    let Paged { page_bytes, frames, window_bytes, .. } = *paged;
    if !page_bytes.is_power_of_two() {
        let message = format!("a page cannot have {page_bytes} B");
        return Err(table.fault_at("page", message, "write a power of two, such as 512"));
    }
    if !window_bytes.is_multiple_of(page_bytes) {
        let message =
            format!("the window of {} is no whole number of pages", bytes::text(window_bytes.into()));
        return Err(table.fault_at("window", message, "change the region's size or the page's"));
    }
    if u64::from(window_bytes) >= u64::from(page_bytes) * u64::from(frames) {
        let message = format!(
            "the window takes {} of {frames} frames: none is left for the other pages",
            window_bytes / page_bytes
        );
        return Err(table.fault_at(
            "frames",
            message,
            "give more frames, or make the window's region smaller",
        ));
    }
    if store.name == paged.window || u64::from(window_bytes) > store.bytes {
        let message = format!("the window `{}` does not lie in the store `{}`", paged.window, store.name);
        return Err(table.fault_at("store", message, "name a region larger than the window"));
    }
    Ok(())
}

/// A region of the board whose first byte is address 0 of the linear memory.
fn region<'r>(table: &Table<'_>, key: &'static str, regions: &'r [Region]) -> Result<&'r Region, FileFault> {
    let item = table.need(key, "the name of a region")?;
    let name = item.text("the name of a region in quotes")?;
    let region = regions.iter().find(|region| region.name == name).ok_or_else(|| {
        let names = regions.iter().map(|region| region.name.as_str());
        let help = spelling::remedy(&name, "the regions are", names);
        item.fault(format!("there is no region `{name}`"), &help)
    })?;
    if region.reserved_bytes() > 0 {
        let message =
            format!("region `{name}` has reserved parts, but its first byte is address 0 of a patch");
        return Err(item.fault(message, "make the region so much smaller, and reserve nothing in it"));
    }
    Ok(region)
}

fn clocks(table: &Table<'_>) -> Result<Vec<u32>, FileFault> {
    const WANTED: &str = "a list of clocks in Hz, such as [40_000_000, 80_000_000]";
    let item = table.need("clocks_hz", WANTED)?;
    let clocks = item.array(WANTED)?.map(|item| positive(&item)).collect::<Result<Vec<_>, _>>()?;
    match clocks.is_empty() {
        true => Err(item.fault("the bus has no clock".to_owned(), WANTED)),
        false => Ok(clocks),
    }
}

fn count(table: &Table<'_>, key: &'static str, help: &str) -> Result<u32, FileFault> {
    positive(&table.need(key, help)?)
}

fn positive(item: &Item<'_>) -> Result<u32, FileFault> {
    item.positive_integer()?;
    small(item)
}

fn small(item: &Item<'_>) -> Result<u32, FileFault> {
    let number = item.integer()?;
    u32::try_from(number).map_err(|_| {
        item.fault(format!("`{}` cannot be {number}", item.key), "write a number below 4,294,967,296")
    })
}
