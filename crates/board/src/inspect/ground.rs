//! Where the bytes of an image lie on the board.

use serde::Serialize;

use super::finding::{Check, Finding};
use super::image::{Image, Section};
use crate::board::Board;
use crate::bytes;
use crate::region::{Region, Retained};
use crate::spelling::nearest;

/// What a region holds of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegionUse {
    /// The region's name.
    pub region: String,
    /// Its address.
    pub origin: Option<u32>,
    /// Its size, with what is reserved.
    pub bytes: u64,
    /// Instructions, and what lies among them.
    pub code: u64,
    /// Data that is only read.
    pub constants: u64,
    /// Variables with first values.
    pub initialised: u64,
    /// What has no bytes in the file: zeroed variables, those without a first value, room for a stack.
    pub unstored: u64,
    /// Bytes that are loaded here and are copied to where they are used.
    pub copied_away: u64,
    /// What the image takes of it: the sum of these.
    pub used: u64,
    /// What is left.
    pub free: u64,
}

/// The three sums of `arm-none-eabi-size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sizes {
    /// Code and constants.
    pub text: u64,
    /// Variables with first values.
    pub data: u64,
    /// What has no bytes in the file.
    pub bss: u64,
}

/// A section, where it is loaded and where it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionPlace {
    /// Its name.
    pub section: String,
    /// Its size.
    pub bytes: u64,
    /// Where the program finds it.
    pub address: u32,
    /// The region there; `None` when there is none.
    pub region: Option<String>,
    /// Where its bytes are loaded; `None` when the file has none for it.
    pub load_address: Option<u32>,
    /// The region there.
    pub load_region: Option<String>,
}

/// The region that has that address.
pub(super) fn region_at(board: &Board, address: u32) -> Option<&Region> {
    board.regions.iter().find(|region| overlap(region, address.into(), u64::from(address) + 1) > 0)
}

/// How many bytes of the region lie from `start` to before `end`.
pub(super) fn overlap(region: &Region, start: u64, end: u64) -> u64 {
    let Some(origin) = region.origin.map(u64::from) else { return 0 };
    end.min(origin.saturating_add(region.bytes)).saturating_sub(start.max(origin))
}

/// The three sums, as `size` adds them up: code or not written, written with bytes in the file, without.
pub(super) fn sizes(image: &Image<'_>) -> Sizes {
    let mut sizes = Sizes::default();
    for section in &image.sections {
        let sum = match section {
            Section { executed: true, .. } | Section { written: false, .. } => &mut sizes.text,
            Section { data: Some(_), .. } => &mut sizes.data,
            Section { data: None, .. } => &mut sizes.bss,
        };
        *sum += section.bytes;
    }
    sizes
}

/// The regions from the fastest to the slowest, with what they hold.
pub(super) fn uses(image: &Image<'_>, board: &Board) -> Vec<RegionUse> {
    let mut uses = Vec::new();
    for region in board.by_speed() {
        let mut used = RegionUse {
            region: region.name.clone(),
            origin: region.origin,
            bytes: region.bytes,
            code: 0,
            constants: 0,
            initialised: 0,
            unstored: 0,
            copied_away: 0,
            used: 0,
            free: 0,
        };
        for section in &image.sections {
            let here = overlap(region, section.address.into(), section.end());
            *match section {
                Section { data: None, .. } => &mut used.unstored,
                Section { executed: true, .. } => &mut used.code,
                Section { written: false, .. } => &mut used.constants,
                _ => &mut used.initialised,
            } += here;
            if let Some(load) = section.load.filter(|load| *load != section.address) {
                used.copied_away += overlap(region, load.into(), u64::from(load) + section.bytes);
            }
        }
        used.used = used.code + used.constants + used.initialised + used.unstored + used.copied_away;
        used.free = used.bytes.saturating_sub(used.used);
        uses.push(used);
    }
    uses
}

/// The sections by address.
pub(super) fn places(image: &Image<'_>, board: &Board) -> Vec<SectionPlace> {
    let name = |address| region_at(board, address).map(|region| region.name.clone());
    let places = image.sections.iter().map(|section| SectionPlace {
        section: section.name.clone(),
        bytes: section.bytes,
        address: section.address,
        region: name(section.address),
        load_address: section.data.and(Some(section.load.unwrap_or(section.address))),
        load_region: section.data.and(name(section.load.unwrap_or(section.address))),
    });
    places.collect()
}

/// Sections outside every region, those in another region than their name tells, and those that nothing loads.
pub(super) fn check(image: &Image<'_>, board: &Board) -> Vec<Finding> {
    let mut findings = Vec::new();
    for section in &image.sections {
        findings.extend(outside(board, section, section.address, "lies"));
        if let Some(load) = section.load.filter(|load| *load != section.address) {
            findings.extend(outside(board, section, load, "is loaded"));
        }
        findings.extend(misplaced(image, board, section));
        findings.extend(not_loaded(board, section));
    }
    findings
}

fn outside(board: &Board, section: &Section<'_>, address: u32, does: &str) -> Option<Finding> {
    let start = u64::from(address);
    let inside: u64 = board.regions.iter().map(|region| overlap(region, start, start + section.bytes)).sum();
    let missing = section.bytes.saturating_sub(inside);
    if missing == 0 {
        return None;
    }
    let name = &section.name;
    let all = bytes::text(section.bytes);
    let message = match inside {
        0 => format!("section `{name}` ({all}) {does} at {address:#010x}, outside every region of the board"),
        _ => format!(
            "section `{name}` ({all}) {does} from {address:#010x} on, and {} of it outside every region of the board",
            bytes::text(missing)
        ),
    };
    let help = "name the section in the linker script, with the output region of this board that it is for; a \
                misspelt name makes it an orphan, which the linker puts where it likes";
    Some(Finding::error(Check::Outside, name, message, help))
}

/// A linker puts what its script does not name near what is like it, and says nothing.
fn misplaced(image: &Image<'_>, board: &Board, section: &Section<'_>) -> Option<Finding> {
    let region = region_at(board, section.address)?;
    let name = plain(&section.name);
    let meant = board.regions.iter().filter(|region| {
        let key = plain(&region.name);
        region.origin.is_some() && key.len() >= 4 && name.contains(&key)
    });
    let meant = meant.max_by_key(|region| region.name.len())?;
    if plain(&region.name).contains(&plain(&meant.name)) {
        return None;
    }
    let message = format!(
        "section `{}` ({}) lies in {} at {:#010x}, though its name tells of {}",
        section.name,
        bytes::text(section.bytes),
        region.name,
        section.address,
        meant.name
    );
    let others =
        image.sections.iter().map(|other| other.name.as_str()).filter(|other| *other != section.name);
    let help = match nearest(&section.name, others) {
        Some(near) => format!("is it misspelt? there is a section `{near}` too"),
        None => "look for the name in the linker script; the linker places what is not named there by itself"
            .to_owned(),
    };
    Some(Finding::warning(Check::Misplaced, &section.name, message, help))
}

/// Letters and digits, in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Bytes of the file whose load address is in memory that forgets.
fn not_loaded(board: &Board, section: &Section<'_>) -> Option<Finding> {
    section.data?;
    let load = section.load.unwrap_or(section.address);
    let region = region_at(board, load)?;
    // Where it is not told what a region survives, nothing can be said; flash survives lost power.
    let forgets = region.retained.is_some_and(|retained| retained < Retained::Power);
    // A boot loader brings the image into the region of the code, in the boot mode that was chosen: the first.
    let boot = board.boots.first();
    if !forgets || boot.is_some_and(|boot| boot.code == region.name) {
        return None;
    }
    let message = format!(
        "section `{}` has {} in the image, to be loaded to {load:#010x} in {}, which does not keep them without power: \
         nothing loads them there when the program starts",
        section.name,
        bytes::text(section.bytes),
        region.name
    );
    let help = match board.boots.iter().skip(1).find(|boot| boot.code == region.name) {
        Some(boot) => format!("if a boot loader brings them there, say so: --boot {}", boot.name),
        None => "give the section a load address in flash (`AT>` in the linker script) and let the start-up code copy \
                 it, or let it have no first values"
            .to_owned(),
    };
    Some(Finding::error(Check::NotLoaded, &section.name, message, help))
}
