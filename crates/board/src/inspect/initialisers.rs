//! First values that the linker dropped, and variables that hold chance values.
//!
//! A section that a linker script marks `NOLOAD` has no bytes in the image, whatever its input had. The image itself
//! cannot tell what was lost; the objects can, from which it was linked.

use std::collections::{BTreeMap, HashMap};

use object::LittleEndian;
use object::elf;
use object::read::elf::{SectionHeader as _, Sym as _};

use super::elf_file::{self, ImageError};
use super::finding::{Check, Finding};
use super::ground::region_at;
use super::image::{Image, Section, Symbol};
use super::name::demangled;
use super::{Input, InspectError};
use crate::board::Board;
use crate::bytes;
use crate::region::{Region, Start};

/// Compares the variables of the objects with those of the image.
pub(super) fn lost(image: &Image<'_>, inputs: &[Input<'_>]) -> Result<Vec<Finding>, InspectError> {
    let mut variables: HashMap<(&str, u32), Vec<(&Symbol, &Section<'_>)>> = HashMap::new();
    for (symbol, section) in image.variables() {
        variables.entry((&symbol.name, symbol.bytes)).or_default().push((symbol, section));
    }
    let mut findings = Vec::new();
    for input in inputs {
        for first in first_values(input)? {
            let Some(found) = variables.get(&(first.variable.as_str(), first.bytes)) else { continue };
            // Variables of one file may share name and size: then all of them must have lost their values.
            let Some((symbol, section)) =
                found.first().filter(|_| found.iter().all(|(_, s)| s.data.is_none()))
            else {
                continue;
            };
            let shown = demangled(&first.variable);
            let message = format!(
                "`{shown}` has a first value in {} (section `{}`, {} of {} not zero), but the linker put it into \
                 `{}` at {:#010x}, which has no bytes in the image: the value is lost",
                first.file,
                first.section,
                bytes::grouped(first.nonzero),
                bytes::text(first.bytes.into()),
                section.name,
                symbol.address
            );
            let help = "set it in the program before it is used, or put it into a section that is loaded";
            let finding = Finding::error(Check::LostInitialiser, &shown, message, help);
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    Ok(findings)
}

/// Sections of constants without bytes: a constant is nothing but its first value.
pub(super) fn lost_constants(image: &Image<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for section in image.sections.iter().filter(|s| s.data.is_none() && !s.written && !s.executed) {
        let constants: Vec<_> = image
            .variables()
            .filter(|(_, s)| s.address == section.address)
            .map(|(symbol, _)| symbol)
            .collect();
        let Some(largest) = constants.iter().max_by_key(|symbol| symbol.bytes) else { continue };
        let message = format!(
            "section `{}` at {:#010x} holds constants ({}, the largest is `{}`) and has no bytes in the image: \
             their values are lost",
            section.name,
            section.address,
            bytes::text(section.bytes),
            largest.shown()
        );
        let help = "take NOLOAD from the section in the linker script, and give it a load address in flash";
        findings.push(Finding::error(Check::LostInitialiser, &section.name, message, help));
    }
    findings
}

/// Variables without first values where nothing zeroes them.
pub(super) fn chance_values(image: &Image<'_>, board: &Board) -> Vec<Finding> {
    let mut found: BTreeMap<(u32, &str), Vec<&Symbol>> = BTreeMap::new();
    for (symbol, section) in image.variables().filter(|(_, section)| section.data.is_none()) {
        if region_at(board, symbol.address).is_some_and(starts_by_chance)
            && !is_zeroed(image, symbol, section)
        {
            found.entry((section.address, &section.name)).or_default().push(symbol);
        }
    }
    let notes = found.into_iter().map(|((address, section), symbols)| {
        let region = region_at(board, address).map_or("", |region| &region.name);
        let sum: u64 = symbols.iter().map(|symbol| u64::from(symbol.bytes)).sum();
        let names: Vec<_> = symbols.iter().take(3).map(|symbol| format!("`{}`", symbol.shown())).collect();
        let more = if symbols.len() > 3 { ", …" } else { "" };
        let count = if symbols.len() == 1 { "1 variable".to_owned() } else { format!("{} variables", symbols.len()) };
        let message = format!(
            "{count} in section `{section}` ({}: {}{more}) in {region} hold chance values when the program starts: start-up code zeroes `.bss` only",
            bytes::text(sum),
            names.join(", ")
        );
        Finding::note(Check::ChanceValues, section, message, "set them in the program before they are used")
    });
    notes.collect()
}

/// A variable of an object that has a first value which is not zero.
struct FirstValue {
    file: String,
    section: String,
    variable: String,
    bytes: u32,
    nonzero: u64,
}

fn first_values(input: &Input<'_>) -> Result<Vec<FirstValue>, InspectError> {
    let refused = |name: &str, source| InspectError::Object { name: name.to_owned(), source };
    if !input.bytes.starts_with(b"!<") {
        return of_object(&input.name, input.bytes).map_err(|source| refused(&input.name, source));
    }
    let damaged = |error| refused(&input.name, elf_file::damaged(error));
    let archive = object::read::archive::ArchiveFile::parse(input.bytes).map_err(damaged)?;
    if archive.is_thin() {
        let what =
            "it is a thin archive, which only names its objects; give the objects themselves".to_owned();
        return Err(refused(&input.name, ImageError::Damaged { what }));
    }
    let mut values = Vec::new();
    for member in archive.members() {
        let member = member.map_err(damaged)?;
        let data = member.data(input.bytes).map_err(damaged)?;
        // A Rust library holds a member with metadata beside its objects.
        if data.starts_with(b"\x7fELF") {
            let name = format!("{}({})", input.name, String::from_utf8_lossy(member.name()));
            values.extend(of_object(&name, data).map_err(|source| refused(&name, source))?);
        }
    }
    Ok(values)
}

fn of_object(file: &str, bytes: &[u8]) -> Result<Vec<FirstValue>, ImageError> {
    let endian = LittleEndian;
    let elf = elf_file::open(bytes)?;
    let (sections, symbols) = (elf.elf_section_table(), elf.elf_symbol_table());
    let mut values = Vec::new();
    for symbol in
        symbols.iter().filter(|symbol| symbol.st_type() == elf::STT_OBJECT && symbol.st_size(endian) > 0)
    {
        let number = object::SectionIndex(symbol.st_shndx(endian).0.into());
        let Ok(section) = sections.section(number) else { continue };
        let flags = section.sh_flags(endian).0;
        if section.sh_type(endian) == elf::SHT_NOBITS || flags & elf::SHF_ALLOC.0 == 0 {
            continue;
        }
        let data = section.data(endian, bytes).map_err(elf_file::damaged)?;
        // In an object the value of a symbol is its offset in the section.
        let start = symbol.st_value(endian) as usize;
        let size = symbol.st_size(endian);
        let Some(value) = start.checked_add(size as usize).and_then(|end| data.get(start..end)) else {
            continue;
        };
        let nonzero = value.iter().filter(|byte| **byte != 0).count() as u64;
        if nonzero > 0 {
            let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
            values.push(FirstValue {
                file: file.to_owned(),
                section: text(sections.section_name(endian, section).map_err(elf_file::damaged)?),
                variable: text(symbols.symbol_name(endian, symbol).map_err(elf_file::damaged)?),
                bytes: size,
                nonzero,
            });
        }
    }
    Ok(values)
}

/// Whether the start-up code zeroes a variable, by what all start-up codes have in common: they zero `.bss`, or what is
/// between two symbols that the linker script names after it.
fn is_zeroed(image: &Image<'_>, variable: &Symbol, section: &Section<'_>) -> bool {
    const BOUNDS: [(&str, &str); 4] = [
        ("_sbss", "_ebss"),
        ("__bss_start__", "__bss_end__"),
        ("__sbss", "__ebss"),
        ("__bss_start", "__bss_end"),
    ];
    let within = |(start, end): (&str, &str)| {
        let (Some(start), Some(end)) = (image.symbol(start), image.symbol(end)) else { return false };
        (start.address..end.address).contains(&variable.address)
    };
    section.name == ".bss" || BOUNDS.into_iter().any(within)
}

fn starts_by_chance(region: &Region) -> bool {
    matches!(region.start, Some(Start::Undefined | Start::Late))
}
