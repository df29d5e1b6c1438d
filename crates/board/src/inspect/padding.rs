//! Structures that another order of their members would make smaller, as the debugging information (DWARF) tells.

use std::collections::{BTreeMap, HashMap, HashSet};

use gimli::{
    AttributeValue, DebuggingInformationEntry, Dwarf, EndianSlice, LittleEndian, Operation, Unit, UnitOffset,
    constants,
};
use serde::Serialize;

use super::finding::{Check, Finding};
use super::image::Image;
use crate::bytes;

/// A structure whose members leave room between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Padded {
    /// The name of the type.
    pub structure: String,
    /// Its size.
    pub bytes: u64,
    /// Its size with the members of the largest alignment first.
    pub reordered: u64,
    /// How many of it the image has in variables, elements of arrays counted each.
    pub count: u64,
    /// What the variables would save together.
    pub saved: u64,
}

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;

/// Types refer to types; a circle or a very long chain in a damaged file ends here.
const DEEPEST: u32 = 64;

/// The structures that can be made smaller, those that save most first, and what there is to say about them.
pub(super) fn check(image: &Image<'_>) -> (Vec<Padded>, Option<Finding>) {
    // What a damaged part of the debugging information hides is not found; the image itself is whole.
    let mut padded = structures(image).unwrap_or_default();
    padded.sort_by(|a, b| (b.saved, b.bytes, &a.structure).cmp(&(a.saved, a.bytes, &b.structure)));
    let finding = finding(&padded);
    (padded, finding)
}

fn finding(padded: &[Padded]) -> Option<Finding> {
    let used: Vec<_> = padded.iter().filter(|padded| padded.saved > 0).collect();
    let first = used.first()?;
    let told: Vec<_> = used
        .iter()
        .take(5)
        .map(|p| {
            let (now, after) = (bytes::text(p.bytes), bytes::text(p.reordered));
            let count = bytes::grouped(p.count);
            format!(
                "`{}` {now}, {after} if reordered, {count} of it: {} saved",
                p.structure,
                bytes::text(p.saved)
            )
        })
        .collect();
    let sum = used.iter().fold(0_u64, |sum, padded| sum.saturating_add(padded.saved));
    let message = format!(
        "padding in structures takes {} that another order saves: {}",
        bytes::text(sum),
        told.join("; ")
    );
    let help =
        "put the members with the largest alignment first, where nothing outside relies on their order";
    Some(Finding::note(Check::Padding, &first.structure, message, help))
}

fn structures(image: &Image<'_>) -> gimli::Result<Vec<Padded>> {
    let load = |id: gimli::SectionId| {
        Ok::<_, gimli::Error>(Slice::new(image.debug_section(id.name()), LittleEndian))
    };
    let dwarf = Dwarf::load(load)?;
    let mut found: BTreeMap<(String, u64, u64), u64> = BTreeMap::new();
    let mut counted = HashSet::new();
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        let unit = dwarf.unit(header)?;
        let mut types = Types { dwarf: &dwarf, unit: &unit, known: HashMap::new() };
        let mut entries = unit.entries();
        while let Some(entry) = entries.next_dfs()? {
            match entry.tag() {
                constants::DW_TAG_structure_type | constants::DW_TAG_class_type => {
                    if let Some(key) = types.padded(entry.offset()) {
                        found.entry(key).or_default();
                    }
                }
                constants::DW_TAG_variable => {
                    let Some(address) = address(&unit, entry) else { continue };
                    let is_there = image.variables().any(|(symbol, _)| u64::from(symbol.address) == address);
                    if !is_there || !counted.insert(address) {
                        continue;
                    }
                    // The type may be told by a declaration apart, as that of a static member is.
                    let told = entry
                        .attr_value(constants::DW_AT_specification)
                        .or_else(|| entry.attr_value(constants::DW_AT_abstract_origin));
                    let declared = told.and_then(offset).and_then(|at| unit.entry(at).ok());
                    let Some(kind) = kind(entry).or_else(|| declared.as_ref().and_then(kind)) else {
                        continue;
                    };
                    if let Some((key, count)) = types.held(kind, 0) {
                        let known = found.entry(key).or_default();
                        *known = known.saturating_add(count);
                    }
                }
                _ => {}
            }
        }
    }
    let padded = found.into_iter().map(|((structure, bytes, reordered), count)| {
        let saved = (bytes - reordered).saturating_mul(count);
        Padded { structure, bytes, reordered, count, saved }
    });
    Ok(padded.collect())
}

/// The fixed address of a variable.
fn address(unit: &Unit<Slice<'_>>, entry: &Entry<'_>) -> Option<u64> {
    let AttributeValue::Exprloc(expression) = entry.attr_value(constants::DW_AT_location)? else {
        return None;
    };
    match expression.operations(unit.encoding()).next().ok()?? {
        Operation::Address { address } => Some(address),
        _ => None,
    }
}

fn kind(entry: &Entry<'_>) -> Option<UnitOffset> {
    offset(entry.attr_value(constants::DW_AT_type)?)
}

fn offset(value: AttributeValue<Slice<'_>>) -> Option<UnitOffset> {
    match value {
        AttributeValue::UnitRef(offset) => Some(offset),
        _ => None,
    }
}

/// The types of one unit.
struct Types<'d, 'a> {
    dwarf: &'d Dwarf<Slice<'a>>,
    unit: &'d Unit<Slice<'a>>,
    known: HashMap<UnitOffset, Option<Size>>,
}

/// What a value of a type takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    bytes: u64,
    align: u64,
}

/// A structure's name, its size, and its size in the best order.
type Key = (String, u64, u64);

impl<'a> Types<'_, 'a> {
    fn entry(&self, at: UnitOffset) -> Option<Entry<'a>> {
        self.unit.entry(at).ok()
    }

    fn number(entry: &Entry<'_>, name: gimli::DwAt) -> Option<u64> {
        entry.attr_value(name)?.udata_value()
    }

    /// The structure that a variable of this type holds, and how many.
    fn held(&mut self, at: UnitOffset, depth: u32) -> Option<(Key, u64)> {
        let entry = self.entry(at).filter(|_| depth < DEEPEST)?;
        match entry.tag() {
            constants::DW_TAG_structure_type | constants::DW_TAG_class_type => Some((self.padded(at)?, 1)),
            constants::DW_TAG_array_type => {
                let (key, count) = self.held(kind(&entry)?, depth + 1)?;
                Some((key, count.saturating_mul(self.elements(at)?)))
            }
            tag if is_other_name(tag) => self.held(kind(&entry)?, depth + 1),
            _ => None,
        }
    }

    /// The structure at that place, if its members can be put so that it is smaller.
    fn padded(&mut self, at: UnitOffset) -> Option<Key> {
        let entry = self.entry(at)?;
        let now = Self::number(&entry, constants::DW_AT_byte_size)?;
        let members = self.members(at)?;
        let mut sum = 0_u64;
        let mut align = Self::number(&entry, constants::DW_AT_alignment).unwrap_or(1);
        let mut spans = Vec::new();
        for (place, kind) in members {
            let size = self.size(kind, 0)?;
            sum = sum.checked_add(size.bytes)?;
            // A member where its type cannot be tells of a packed structure.
            align = align.max(if place % size.align == 0 { size.align } else { return None });
            spans.push((place, size.bytes));
        }
        spans.sort_unstable();
        let has_hole =
            spans.windows(2).any(|pair| pair[0].0.checked_add(pair[0].1).is_some_and(|end| end < pair[1].0));
        let reordered = sum.checked_next_multiple_of(align.max(1))?;
        let name = self.dwarf.attr_string(self.unit, entry.attr_value(constants::DW_AT_name)?).ok()?;
        (has_hole && 0 < reordered && reordered < now)
            .then(|| (name.to_string_lossy().into_owned(), now, reordered))
    }

    /// Offset and type of each member; `None` for what no order of members describes: unions of variants, bit fields,
    /// base classes.
    fn members(&self, at: UnitOffset) -> Option<Vec<(u64, UnitOffset)>> {
        let mut members = Vec::new();
        let mut tree = self.unit.entries_tree(Some(at)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Some(child) = children.next().ok()? {
            let child = child.entry();
            match child.tag() {
                constants::DW_TAG_variant_part | constants::DW_TAG_inheritance => return None,
                constants::DW_TAG_member if child.has_attr(constants::DW_AT_external) => {}
                constants::DW_TAG_member => {
                    let is_bits = child.has_attr(constants::DW_AT_bit_size)
                        || child.has_attr(constants::DW_AT_data_bit_offset);
                    // The members of a union tell no place: all begin with it.
                    let place = match child.has_attr(constants::DW_AT_data_member_location) {
                        true => Self::number(child, constants::DW_AT_data_member_location)?,
                        false => 0,
                    };
                    if is_bits {
                        return None;
                    }
                    members.push((place, kind(child)?));
                }
                _ => {}
            }
        }
        Some(members)
    }

    /// The elements of an array, in all its dimensions.
    fn elements(&self, at: UnitOffset) -> Option<u64> {
        let mut count = 1_u64;
        let mut tree = self.unit.entries_tree(Some(at)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Some(child) = children.next().ok()? {
            let child = child.entry();
            if child.tag() == constants::DW_TAG_subrange_type {
                let counted = Self::number(child, constants::DW_AT_count);
                let bound = || Self::number(child, constants::DW_AT_upper_bound)?.checked_add(1);
                count = count.checked_mul(counted.or_else(bound)?)?;
            }
        }
        Some(count)
    }

    fn size(&mut self, at: UnitOffset, depth: u32) -> Option<Size> {
        if let Some(known) = self.known.get(&at) {
            return *known;
        }
        let size = if depth < DEEPEST { self.measure(at, depth) } else { None };
        self.known.insert(at, size);
        size
    }

    fn measure(&mut self, at: UnitOffset, depth: u32) -> Option<Size> {
        let entry = self.entry(at)?;
        let bytes = Self::number(&entry, constants::DW_AT_byte_size);
        let own = Self::number(&entry, constants::DW_AT_alignment);
        let size = match entry.tag() {
            constants::DW_TAG_base_type | constants::DW_TAG_enumeration_type => {
                let bytes = bytes?;
                // The procedure call standard aligns by size, to 8 at most.
                Size { bytes, align: 1 << bytes.clamp(1, 8).ilog2() }
            }
            tag if is_pointer(tag) => Size { bytes: bytes.unwrap_or(4), align: 4 },
            constants::DW_TAG_array_type => {
                let element = self.size(kind(&entry)?, depth + 1)?;
                Size { bytes: element.bytes.checked_mul(self.elements(at)?)?, ..element }
            }
            constants::DW_TAG_structure_type
            | constants::DW_TAG_class_type
            | constants::DW_TAG_union_type => {
                let mut align = 1;
                for (_, kind) in self.members(at)? {
                    align = align.max(self.size(kind, depth + 1)?.align);
                }
                let bytes = bytes?;
                // A size that its alignment does not divide is that of a packed structure.
                Size { bytes, align: if bytes % align == 0 { align } else { 1 } }
            }
            tag if is_other_name(tag) => self.size(kind(&entry)?, depth + 1)?,
            _ => return None,
        };
        Some(Size { align: own.unwrap_or(1).max(size.align), ..size })
    }
}

/// Tags of types that are other types by another name.
fn is_other_name(tag: gimli::DwTag) -> bool {
    matches!(
        tag,
        constants::DW_TAG_typedef
            | constants::DW_TAG_const_type
            | constants::DW_TAG_volatile_type
            | constants::DW_TAG_restrict_type
            | constants::DW_TAG_atomic_type
    )
}

fn is_pointer(tag: gimli::DwTag) -> bool {
    matches!(
        tag,
        constants::DW_TAG_pointer_type
            | constants::DW_TAG_reference_type
            | constants::DW_TAG_rvalue_reference_type
    )
}
