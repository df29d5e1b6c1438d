//! The board's regions as a linker's `MEMORY`.

use super::EmitError;
use super::names::{self, FLASH, RAM};
use crate::board::{Board, Boot};
use crate::bytes;
use crate::printable::printable;
use crate::region::{End, Region, Reserved};

/// A `memory.x` for `cortex-m-rt` 0.7: the board's regions without what is reserved in them, `FLASH` and `RAM` after the
/// board's boot mode, and where the stack begins.
///
/// What a board reserves for one boot mode at the start of the region of the code is the program's own room: `FLASH` is that. What
/// it reserves at the end of the region of the stack is the stack's, and if the variables are in that region, theirs: `RAM` is that.
/// The stack grows down from the end of its region.
///
/// # Errors
/// When a region has no address, or the board no boot mode.
pub fn memory_x(board: &Board) -> Result<String, EmitError> {
    let without = board.regions.iter().filter(|region| region.origin.is_none());
    let without: Vec<String> = without.map(|region| region.name.clone()).collect();
    if !without.is_empty() {
        return Err(EmitError::NoAddress { board: board.name.clone(), regions: without });
    }
    let boot = board.boots.first().ok_or_else(|| EmitError::NoBoot { board: board.name.clone() })?;
    let names = names::regions(board);
    let find = |region: &String| {
        let missing = || EmitError::NoRegion { board: board.name.clone(), region: region.clone() };
        let name = names.iter().find(|(name, _)| name == region).ok_or_else(missing)?;
        Ok::<_, EmitError>((board.region(region).ok_or_else(missing)?, name.1.as_str()))
    };
    let (code, data, stack) = (find(&boot.code)?, find(&boot.data)?, find(&boot.stack)?);
    let ends = |region: &Region| {
        (origin(region) + region.bytes - kept(region, End::End), origin(region) + region.bytes)
    };

    let mut text =
        format!("/* Memory of {}, boot mode {}. */\n\n", comment(&board.name), comment(&boot.name));
    text += "MEMORY\n{\n";
    let mut aliases = String::new();
    let longest = names.iter().map(|(_, name)| name.len()).max().unwrap_or(0);
    for region in &board.regions {
        text += &line(region, find(&region.name)?.1, longest);
    }
    let own: u64 = own(code.0, boot);
    let (least, end) = ends(data.0);
    for (alias, (_, name), room) in [
        (FLASH, code, (own > 0).then(|| (origin(code.0), own))),
        (RAM, data, (data == stack && least < end).then_some((least, end - least))),
    ] {
        match room {
            Some((origin, length)) => {
                text += &format!(
                    "  {alias:longest$} : ORIGIN = {origin:#010x}, LENGTH = {length:#x} /* reserved in {name} */\n"
                );
            }
            None if alias == name => {}
            None => aliases += &format!("REGION_ALIAS(\"{alias}\", {name});\n"),
        }
    }
    text += &format!("}}\n\n{aliases}");
    if !aliases.is_empty() {
        text.push('\n');
    }
    let (least, end) = ends(stack.0);
    text +=
        &format!("/* The stack grows down from the end of {}. */\n_stack_start = {end:#010x};\n", stack.1);
    if data != stack {
        let least = if least < end { least } else { origin(stack.0) };
        text += &format!("_stack_end = {least:#010x};\n");
    }
    Ok(text)
}

/// A region of which something is left.
fn line(region: &Region, name: &str, longest: usize) -> String {
    let part = |part: &Reserved| {
        let end = if part.at == End::Start { "start" } else { "end" };
        format!("{} at the {end} reserved: {}", bytes::text(part.bytes), comment(&part.why))
    };
    let whys = region.reserved.iter().map(part).collect::<Vec<_>>().join("; ");
    let start = origin(region) + kept(region, End::Start);
    match region.capacity() {
        0 => format!("  /* {name}: {whys} */\n"),
        length if whys.is_empty() => {
            format!("  {name:longest$} : ORIGIN = {start:#010x}, LENGTH = {length:#x}\n")
        }
        length => format!("  {name:longest$} : ORIGIN = {start:#010x}, LENGTH = {length:#x} /* {whys} */\n"),
    }
}

/// The bytes at the start of the region of the code that are reserved for the program of that boot mode.
fn own(code: &Region, boot: &Boot) -> u64 {
    let is_own = |part: &&Reserved| part.at == End::Start && part.boot.contains(&boot.name);
    code.reserved.iter().filter(is_own).map(|part| part.bytes).sum()
}

fn origin(region: &Region) -> u64 {
    region.origin.unwrap_or_default().into()
}

fn kept(region: &Region, end: End) -> u64 {
    region.reserved_at(end).min(region.bytes)
}

/// A text that ends no comment.
pub(super) fn comment(text: &str) -> String {
    printable(text).replace("*/", "* /").replace("/*", "/ *")
}
