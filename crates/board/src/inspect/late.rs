//! Memory that is up late: what is in the image for it, and who uses it before `main`.

use std::collections::HashSet;

use super::finding::{Check, Finding};
use super::ground::region_at;
use super::image::{Image, Symbol};
use super::thumb;
use crate::board::Board;
use crate::bytes;
use crate::region::{Region, Start};

/// What the start-up code would copy into memory that is not there yet, and constructors that hold addresses in it.
pub(super) fn check(image: &Image<'_>, board: &Board) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        image.sections.iter().filter_map(|section| {
            let region = region_at(board, section.address).filter(|region| is_late(region))?;
            section.data?;
            let message = format!(
                "section `{}` has {} of code or first values for {}, which takes no access before its controller is \
                 started: what the start-up code copies there before is lost, or a fault",
                section.name,
                bytes::text(section.bytes),
                region.name
            );
            let help = "copy it in the program, after the controller is started";
            Some(Finding::warning(Check::LateMemory, &section.name, message, help))
        }).collect();
    if board.regions.iter().any(is_late) {
        for constructor in constructors(image) {
            findings.extend(uses(image, board, constructor));
        }
    }
    findings
}

/// The functions that run before `main`, as the tables of the image tell.
fn constructors<'i>(image: &'i Image<'_>) -> Vec<&'i Symbol> {
    let bounds =
        [("__preinit_array_start", "__preinit_array_end"), ("__init_array_start", "__init_array_end")];
    let mut tables: Vec<(u64, u64)> = Vec::new();
    for (start, end) in bounds {
        if let (Some(start), Some(end)) = (image.symbol(start), image.symbol(end)) {
            tables.push((start.address.into(), end.address.into()));
        }
    }
    if tables.is_empty() {
        let named = image.sections.iter().filter(|s| s.name == ".init_array" || s.name == ".preinit_array");
        tables.extend(named.map(|section| (section.address.into(), section.end())));
    }
    let mut found: Vec<&Symbol> = Vec::new();
    for (start, end) in tables {
        let entries = (start..end).step_by(4).map_while(|at| image.word(u32::try_from(at).ok()?));
        for constructor in entries.filter_map(|entry| image.function_at(entry)) {
            if !found.iter().any(|other| other.address == constructor.address) {
                found.push(constructor);
            }
        }
    }
    found
}

/// The first address in late memory that a constructor holds, or a function that it calls.
fn uses(image: &Image<'_>, board: &Board, constructor: &Symbol) -> Option<Finding> {
    let mut seen = HashSet::from([constructor.address]);
    let mut open = vec![constructor];
    while let Some(function) = open.pop() {
        let read = thumb::read(image, function);
        // A number may look like an address there: only one of something that the image has there counts.
        let late = |word: &u32| {
            let region = region_at(board, *word).filter(|region| is_late(region));
            region.filter(|_| image.section_at(*word).is_some())
        };
        if let Some((word, region)) = read.words.iter().find_map(|word| Some((*word, late(word)?))) {
            let what = match image.variable_at(word) {
                Some(variable) => format!("{word:#010x} (`{}`)", variable.shown()),
                None => format!("{word:#010x}"),
            };
            let (name, inner) = (constructor.shown(), function.shown());
            let through = if inner == name { String::new() } else { format!(" calls `{inner}`, which") };
            let message = format!(
                "the constructor `{name}`, which runs before main,{through} holds the address {what} in {}: no access is \
                 allowed there before its controller is started",
                region.name
            );
            let help = "let it keep the address at most, and write there after the controller is started";
            return Some(Finding::warning(Check::LateMemory, &name, message, help));
        }
        let callees = read.calls.iter().filter_map(|target| image.function_at(*target));
        open.extend(callees.filter(|callee| seen.insert(callee.address)));
    }
    None
}

fn is_late(region: &Region) -> bool {
    region.start == Some(Start::Late)
}
