//! The storages of a plan as declarations to copy into firmware.

use std::collections::BTreeSet;

use super::EmitError;
use super::layout::{Part, Static, parts};
use super::memory::comment;
use crate::board::Board;
use crate::bytes;
use crate::plan::Plan;
use crate::report::plan::words;

/// The language of the firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust of the edition 2024.
    Rust,
    /// C from C99 on with the extensions of GCC, and C++.
    C,
}

/// A declaration for each storage that has bytes, in the section where [`linker_fragment`](super::linker_fragment) expects it, with
/// its region, its bytes, and why it lies there.
///
/// Buffers that DMA moves past a cache have its lines for themselves, and a comment that tells what the program must do. They are
/// of bytes without values; put your own types of the same size in their place. Most regions hold chance values
/// when the program starts: an initial value would be lost.
///
/// # Errors
/// As [`linker_fragment`](super::linker_fragment).
pub fn attributes(plan: &Plan, board: &Board, language: Language) -> Result<String, EmitError> {
    let parts = parts(plan, board)?;
    let mut text = format!("/* The plan on {}. */\n", comment(&board.name));
    if language == Language::Rust {
        let all = parts.iter().flat_map(|part| &part.statics);
        let aligns: BTreeSet<u32> = all.map(|it| it.align).collect();
        text.push('\n');
        for align in aligns {
            text += &format!("#[repr(C, align({align}))] pub struct Align{align}<T>(pub T);\n");
        }
    }
    for part in &parts {
        let start = match part.is_image {
            true => "part of the image",
            false => "chance values at start: write before you read",
        };
        let region = comment(&part.region.name);
        if !part.copied.is_empty() {
            let names = comment(&part.copied.join(", "));
            text += &format!("\n/* {region}: declare as ever, with the first values: {names}. */\n");
        }
        if part.statics.is_empty() {
            continue;
        }
        text += &format!("\n/* {region}: {start}. */\n");
        for it in &part.statics {
            text += &declaration(it, language);
            text += &format!(" /* {} */\n", why(part, it, board));
        }
    }
    Ok(text)
}

fn declaration(it: &Static<'_>, language: Language) -> String {
    let Static { name, section, bytes, align, .. } = it;
    match language {
        Language::C => {
            format!(
                "__attribute__((section(\"{section}\"), aligned({align}))) unsigned char {name}[{bytes}];"
            )
        }
        Language::Rust => format!(
            "#[unsafe(link_section = \"{section}\")] pub static mut {}: Align{align}<[core::mem::MaybeUninit<u8>; {bytes}]> = \
             Align{align}([core::mem::MaybeUninit::uninit(); {bytes}]);",
            name.to_ascii_uppercase()
        ),
    }
}

/// What the storage is and why it lies there.
fn why(part: &Part<'_>, it: &Static<'_>, board: &Board) -> String {
    let storage = &it.placement.storage;
    let mut why = vec![format!("{} words a sample", words(storage, storage.bytes))];
    why.extend(storage.bonds(board.homes(storage).len()));
    if it.is_maintained {
        why.push("behind the data cache: clean before DMA reads, invalidate before the CPU reads".to_owned());
    }
    let padded = match it.bytes {
        bytes if bytes == storage.bytes => String::new(),
        bytes => format!(" in whole cache lines of together {}", bytes::text(bytes.into())),
    };
    let name = if storage.name == it.name { String::new() } else { format!("`{}`: ", storage.name) };
    comment(&format!(
        "{name}{} at {:#010x}, {}{padded}, {}: {}",
        part.region.name,
        it.address,
        bytes::text(storage.bytes.into()),
        storage.kind,
        why.join("; ")
    ))
}
