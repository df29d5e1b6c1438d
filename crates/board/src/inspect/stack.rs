//! The stack: where it begins, and what is below it.

use serde::Serialize;

use super::finding::{Check, Finding};
use super::ground::region_at;
use super::image::{Image, Section, Symbol};
use crate::board::Board;
use crate::bytes;
use crate::region::Region;

/// Where the stack of the image is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackPlace {
    /// The first stack pointer: the stack is below this address.
    pub top: u32,
    /// How that is known: the vector table's section, or a symbol.
    pub known_by: String,
    /// The lowest address to which it can grow without touching anything else.
    pub floor: u32,
    /// The bytes between the two.
    pub free: u64,
    /// What it would run into below; `None` when that is the end of the region.
    pub below: Option<String>,
    /// The region.
    pub region: String,
}

/// Names of the address behind the stack's highest byte: those of CMSIS, ST, cortex-m-rt, picolibc, libopencm3.
const TOPS: [&str; 8] = [
    "_estack",
    "__StackTop",
    "_stack_start",
    "__stack",
    "__initial_sp",
    "_stack_top",
    "__stack_top",
    "_stack",
];

/// Names of vector tables.
const TABLES: [&str; 8] = [
    ".isr_vector",
    ".vector_table",
    ".vectors",
    ".isr_vectors",
    ".intvecs",
    ".interrupt_vector_table",
    ".vector",
    ".boot",
];

/// Finds the stack, and says whether it has room: `need` bytes, where the user told that.
pub(super) fn check(
    image: &Image<'_>,
    board: &Board,
    need: Option<u64>,
) -> (Option<StackPlace>, Vec<Finding>) {
    let Some((top, known_by)) = top(image, board) else {
        let message =
            "where the stack begins is not known: no vector table was found, and none of the symbols \
                       `_estack`, `__StackTop`, `_stack_start`, `__stack`"
                .to_owned();
        let help = "name the address behind the stack's highest byte `_estack` in the linker script";
        return (None, vec![Finding::warning(Check::Stack, "stack", message, help)]);
    };
    // The stack is below its top, which may be the end of the region.
    let Some(region) = top.checked_sub(1).and_then(|last| region_at(board, last)) else {
        let message = format!(
            "the first stack pointer is {top:#010x} (by {known_by}), outside every region of the board"
        );
        let help = "set it to the end of a region of this board";
        return (None, vec![Finding::error(Check::Stack, "stack", message, help)]);
    };
    let (floor, below) = floor(image, board, region, top);
    let free = u64::from(top - floor);
    let place = StackPlace { top, known_by, floor, free, below, region: region.name.clone() };
    let finding = judge(&place, need);
    (Some(place), finding.into_iter().collect())
}

fn judge(place: &StackPlace, need: Option<u64>) -> Option<Finding> {
    let StackPlace { top, free, region, .. } = place;
    let room = bytes::text(*free);
    let into = match &place.below {
        Some(what) => format!("then it runs into {what}, and nothing notices"),
        None => format!("then it leaves {region}"),
    };
    let error = |message| {
        Some(Finding::error(
            Check::Stack,
            "stack",
            message,
            "move the stack or what is below it, or make either smaller",
        ))
    };
    match need {
        Some(need) if need > *free => error(format!(
            "the stack needs {} and has {room} below {top:#010x} in {region}: {into}",
            bytes::text(need)
        )),
        None if *free == 0 => {
            error(format!("the stack begins at {top:#010x} in {region} and has no room at all: {into}"))
        }
        None if place.below.is_some() => {
            let message = format!("the stack has {room} below {top:#010x} in {region}: {into}");
            let help = "say how much it needs at most with --stack BYTES; or put it at the lowest addresses of the \
                        region, where an overflow is a fault at once";
            Some(Finding::warning(Check::Stack, "stack", message, help))
        }
        _ => None,
    }
}

/// The first stack pointer: word 0 of the vector table, or else a symbol.
fn top(image: &Image<'_>, board: &Board) -> Option<(u32, String)> {
    let named = TABLES.iter().flat_map(|name| image.sections.iter().filter(move |s| s.name == *name));
    let others = image.sections.iter();
    let from_table = named.chain(others).find_map(|section| {
        Some((vector_table(image, board, section)?, format!("the vector table in `{}`", section.name)))
    });
    from_table.or_else(|| {
        let symbol = TOPS.iter().find_map(|name| image.symbol(name))?;
        Some((symbol.address, format!("the symbol `{}`", symbol.name)))
    })
}

/// The first word of the section, if it begins with a vector table: its second is the address of Thumb code, and in a
/// section of another name that of the entry point.
fn vector_table(image: &Image<'_>, board: &Board, section: &Section<'_>) -> Option<u32> {
    let (pointer, reset) = (image.word(section.address)?, image.word(section.address.checked_add(4)?)?);
    let is_code = reset & 1 == 1 && image.section_at(reset & !1).is_some_and(|code| code.executed);
    let is_named = TABLES.contains(&section.name.as_str());
    let is_entry = reset & !1 == image.entry & !1;
    let can_be_stack = pointer.is_multiple_of(4) && pointer > 0;
    let is_there = region_at(board, pointer.wrapping_sub(1)).is_some();
    (is_code && can_be_stack && (is_named || (is_entry && is_there && section.data.is_some())))
        .then_some(pointer)
}

/// How far down the stack can grow, and what is there.
fn floor(image: &Image<'_>, board: &Board, region: &Region, top: u32) -> (u32, Option<String>) {
    // A stack may be a variable itself, at whose end it begins.
    let mut variables = image.variables().map(|(symbol, _)| symbol);
    let own = variables.find(|symbol| symbol.address < top && u64::from(top) <= symbol.end());
    let origin = region.origin.unwrap_or(0);
    let mut highest = (u64::from(origin), None);
    let mut obstacle = |end: u64, what: String| {
        if end > highest.0 {
            highest = (end, Some(what));
        }
    };
    for section in image.sections.iter().filter(|section| section.address < top) {
        let variables = image.variables().filter(|(_, home)| home.number == section.number);
        let variables: Vec<&Symbol> = variables.map(|(symbol, _)| symbol).collect();
        if is_room(section, &variables, top) {
            continue;
        }
        if section.end() < top.into() || variables.is_empty() {
            obstacle(section.end().min(top.into()), format!("section `{}`", section.name));
            continue;
        }
        // It goes on to the top or beyond: its variables tell what of it is below.
        let below = variables.iter().filter(|symbol| symbol.address < top);
        for symbol in below.filter(|symbol| own.is_none_or(|own| own.address != symbol.address)) {
            obstacle(symbol.end().min(top.into()), format!("`{}`", symbol.shown()));
        }
    }
    let (mut end, mut below) = highest;
    if let Some(own) = own {
        end = own.address.into();
    }
    if below.is_none() {
        let next = origin.checked_sub(1).and_then(|last| region_at(board, last));
        below = next.map(|next| format!("{}, which is next to it", next.name));
    }
    (end as u32, below)
}

/// Whether a section is set aside by the linker script for the stack or the heap: nothing lies in it, and the stack begins
/// in it or its name tells so.
fn is_room(section: &Section<'_>, variables: &[&Symbol], top: u32) -> bool {
    let begins_in = section.address < top && u64::from(top) <= section.end();
    let name = section.name.to_lowercase();
    let named = name.contains("stack") || name.contains("heap");
    section.data.is_none() && variables.is_empty() && (begins_in || named)
}
