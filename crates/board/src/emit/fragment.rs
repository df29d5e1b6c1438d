//! The storages of a plan as a linker's `SECTIONS`.

use super::EmitError;
use super::layout::{Part, Static, parts};
use super::memory::comment;
use crate::board::Board;
use crate::bytes;
use crate::plan::Plan;

/// A linker script that lays the statics as the plan has them.
///
/// What shares a region with `.data` and `.bss` must come before them. So `INCLUDE` the script in the last line of `memory.x`, or
/// give it by `-T` before the main script; GNU ld then warns that it does not know the regions yet. After the main script it is
/// as good while no storage lies in the region of the variables. `INSERT` is not used: GNU ld does not find the section to insert
/// before, and what `cortex-m-rt` takes for the end of its variables would move.
///
/// Each storage is a section of its own, `.sostenuto.REGION.STORAGE`; a region's are one output section. `ASSERT`s refuse another
/// address, another size, and a section of a name that the plan does not have. A storage that the program lacks leaves its bytes
/// free. What shares a region with the main script's code is for the linker to refuse. A variable with a first value in the region
/// of `.data` stays in that section: the code that runs before `main` sets no other. A comment names it.
///
/// # Errors
/// When the plan does not fit, a used region has no address, a storage is in parts, or two share bytes.
pub fn linker_fragment(plan: &Plan, board: &Board) -> Result<String, EmitError> {
    let parts = parts(plan, board)?;
    let mut text = format!(
        "/* The plan of {} storages on {}. Let `INCLUDE` with the name of this file be the last line of memory.x, or give it by \
         -T before the main linker script. */\n\nSECTIONS\n{{\n",
        parts.iter().map(|part| part.statics.len()).sum::<usize>(),
        comment(&board.name)
    );
    for part in &parts {
        text += &left(part);
        section(&mut text, part);
    }
    text += "  /* Sections that are not in the plan: the assertion at the end tells of them. */\n";
    text += "  .sostenuto.unknown 0 (INFO) :\n  {\n    KEEP(*(.sostenuto.*))\n  }\n";
    text += "}\n";
    for part in &parts {
        text.push('\n');
        for it in &part.statics {
            assertions(&mut text, it);
        }
    }
    text += "\nASSERT(SIZEOF(.sostenuto.unknown) == 0, \"a section .sostenuto.* has a name that the plan does not have\");\n";
    Ok(text)
}

/// What the linker places by itself.
fn left(part: &Part<'_>) -> String {
    let names = part.copied.iter().map(|name| format!("`{}`", comment(name))).collect::<Vec<_>>().join(", ");
    match names.is_empty() {
        true => String::new(),
        false => format!("  /* {}: in .data stay, for their first values: {names}. */\n", part.memory),
    }
}

/// The output section of a region.
fn section(text: &mut String, part: &Part<'_>) {
    if part.statics.is_empty() {
        return;
    }
    let (name, memory) = (part.section(), &part.memory);
    let (kind, start) = match part.is_image {
        true => ("", "part of the image"),
        false => (" (NOLOAD)", "chance values at start"),
    };
    *text += &format!("  /* {memory}: {start}. */\n  {name}{kind} :\n  {{\n");
    let mut end = part.start;
    for it in &part.statics {
        let align = u64::from(it.align);
        *text += &format!("    . = ALIGN({align});\n");
        let gap = it.address.saturating_sub(end.next_multiple_of(align));
        if gap > 0 {
            *text += &format!("    . += {gap:#x};\n");
        }
        let Static { name, section, .. } = it;
        *text += &format!(
            "    __sostenuto_start_{name} = .;\n    KEEP(*({section}))\n    __sostenuto_end_{name} = .;\n    . = \
             __sostenuto_start_{name} + {:#x};\n",
            it.bytes
        );
        end = it.address + u64::from(it.bytes);
    }
    *text += &format!("  }} > {memory}\n\n");
}

/// That a storage lies at its address and has its size.
fn assertions(text: &mut String, it: &Static<'_>) {
    let Static { name, address, bytes: size, .. } = it;
    *text += &format!(
        "ASSERT(__sostenuto_start_{name} == {address:#010x}, \"{name} is not at {address:#010x}, its place in the plan\");\n"
    );
    let length = format!("__sostenuto_end_{name} - __sostenuto_start_{name}");
    *text += &format!(
        "ASSERT({length} == 0 || {length} == {size:#x}, \"{name} has not the {} or not the alignment of the plan\");\n",
        bytes::text((*size).into())
    );
}
