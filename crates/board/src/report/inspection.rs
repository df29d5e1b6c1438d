//! The report of an inspected image for people.

use super::Style;
use super::page::{Page, Tone, percent};
use crate::bytes;
use crate::inspect::{Finding, Inspection, RegionUse, Severity};

/// Names longer than this are cut.
const LONGEST_NAME: usize = 48;

/// So many of the largest symbols are shown.
const SYMBOLS: usize = 12;

/// An image as tables of its regions, sections and largest symbols, and what was found.
pub fn inspection(found: &Inspection, style: Style) -> String {
    let mut page = Page::new(style);
    let title = format!("Image on {}", page.name(&found.board, LONGEST_NAME));
    let title = page.tone(Tone::Title, &title);
    page.line(&title);
    let sizes = found.sizes;
    let text = format!(
        "  text {}, data {}, bss {}: what `arm-none-eabi-size` prints",
        bytes::grouped(sizes.text),
        bytes::grouped(sizes.data),
        bytes::grouped(sizes.bss)
    );
    let text = page.tone(Tone::Quiet, &text);
    page.line(&text);
    page.line("");
    regions(&mut page, found);
    page.line("");
    sections(&mut page, found);
    page.line("");
    symbols(&mut page, found);
    page.line("");
    stack(&mut page, found);
    findings(&mut page, found);
    page.finish()
}

/// One line a region that holds something, the fastest first.
fn regions(page: &mut Page, found: &Inspection) {
    let held: Vec<&RegionUse> = found.regions.iter().filter(|held| held.used > 0).collect();
    let head =
        ["region", "code", "constants", "initialised", "unstored", "copied away", "used", "of bytes", ""];
    let rows = held.iter().map(|held| {
        let number =
            |number: u64| if number == 0 { page.nothing().to_owned() } else { bytes::grouped(number) };
        vec![
            page.name(&held.region, LONGEST_NAME),
            number(held.code),
            number(held.constants),
            number(held.initialised),
            number(held.unstored),
            number(held.copied_away),
            bytes::grouped(held.used),
            bytes::grouped(held.bytes),
            percent(held.used, held.bytes),
        ]
    });
    let rows: Vec<_> = rows.collect();
    table(page, &head, &rows, 1);
    let empty: Vec<_> =
        found.regions.iter().filter(|held| held.used == 0).map(|held| &held.region[..]).collect();
    if !empty.is_empty() {
        page.paragraph(Tone::Quiet, "  empty: ", &empty.join(", "));
    }
}

fn sections(page: &mut Page, found: &Inspection) {
    let head = ["section", "runs in", "at", "loaded to", "at", "bytes"];
    let rows: Vec<_> = found
        .sections
        .iter()
        .map(|section| {
            let region = |region: &Option<String>| match region {
                Some(region) => page.name(region, LONGEST_NAME),
                None => "no region".to_owned(),
            };
            let (load_region, load) = match section.load_address {
                Some(load) if load == section.address => ("the same".to_owned(), String::new()),
                Some(load) => (region(&section.load_region), format!("{load:#010x}")),
                None => (page.nothing().to_owned(), String::new()),
            };
            vec![
                page.name(&section.section, LONGEST_NAME),
                region(&section.region),
                format!("{:#010x}", section.address),
                load_region,
                load,
                bytes::grouped(section.bytes),
            ]
        })
        .collect();
    table(page, &head, &rows, 5);
}

fn symbols(page: &mut Page, found: &Inspection) {
    let rows: Vec<_> = found
        .symbols
        .iter()
        .take(SYMBOLS)
        .map(|symbol| {
            vec![
                page.name(&symbol.name, LONGEST_NAME),
                symbol
                    .region
                    .as_ref()
                    .map_or("no region".to_owned(), |region| page.name(region, LONGEST_NAME)),
                format!("{:#010x}", symbol.address),
                bytes::grouped(symbol.bytes.into()),
            ]
        })
        .collect();
    table(page, &["largest symbol", "region", "at", "bytes"], &rows, 3);
    if found.symbols.len() > SYMBOLS {
        let more = bytes::grouped((found.symbols.len() - SYMBOLS) as u64);
        let text = page.tone(Tone::Quiet, &format!("  and {more} smaller ones"));
        page.line(&text);
    }
}

fn stack(page: &mut Page, found: &Inspection) {
    let Some(stack) = &found.stack else { return };
    let below = match &stack.below {
        Some(below) => format!("down to {below}"),
        None => "down to where the region begins".to_owned(),
    };
    let text = format!(
        "begins at {:#010x} in {} (by {}) and has {} {below}",
        stack.top,
        stack.region,
        stack.known_by,
        bytes::text(stack.free)
    );
    page.paragraph(Tone::Plain, "Stack: ", &text);
    page.line("");
}

fn findings(page: &mut Page, found: &Inspection) {
    for Finding { severity, message, help, .. } in &found.findings {
        let tone = match severity {
            Severity::Error => Tone::Bad,
            Severity::Warning => Tone::Close,
            Severity::Note => Tone::Quiet,
        };
        page.paragraph(tone, &format!("{}: ", severity.name()), &format!("{message}."));
        if !help.is_empty() {
            page.paragraph(Tone::Good, "  help: ", &format!("{help}."));
        }
    }
    if !found.findings.is_empty() {
        page.line("");
    }
    let count = |severity| found.findings.iter().filter(|finding| finding.severity == severity).count();
    let say = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (tone, head) = match found.errors() {
        0 => (Tone::Good, "Nothing is wrong as far as the image tells"),
        _ => (Tone::Bad, "This image cannot work as it was written"),
    };
    let text = format!(
        "{head}: {}, {}, {}.",
        say(count(Severity::Error), "error"),
        say(count(Severity::Warning), "warning"),
        say(count(Severity::Note), "note")
    );
    let text = page.tone(tone, &text);
    page.line(&text);
}

/// Columns as wide as their widest cell; those from `numbers` on to the right.
fn table(page: &mut Page, head: &[&str], rows: &[Vec<String>], numbers: usize) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(head[column].chars().count())
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (column, (cell, width)) in cells.zip(&widths).enumerate() {
            line += &match column >= numbers {
                true => format!("  {cell:>width$}"),
                false => format!("  {cell:<width$}"),
            };
        }
        line
    };
    let text = page.tone(Tone::Quiet, &line(&mut head.iter().copied()));
    page.line(&text);
    for row in rows {
        page.line(&line(&mut row.iter().map(String::as_str)));
    }
}
