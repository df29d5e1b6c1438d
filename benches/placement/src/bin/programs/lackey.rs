//! The traces of valgrind's tool lackey.

use std::io::{BufRead, Result};

/// An access in an arena: its first byte there, how many bytes, and whether it is a write.
pub struct Touch {
    pub offset: u32,
    pub bytes: u32,
    pub is_write: bool,
}

/// What was traced from the first block on.
#[derive(Default)]
pub struct Lackey {
    /// The accesses in the arena.
    pub touches: Vec<Touch>,
    /// Before which of them each block begins, and how many accesses outside the arena there were before.
    pub blocks: Vec<(usize, usize)>,
    /// Accesses outside the arena in blocks.
    pub outside: usize,
}

/// Reads a trace: lines as ` L 4a3f00,4` for a load, `S` for a store, `M` for both, `I` for instructions. A store to the
/// arena's first word marks the begin of a block, and a load from it the end.
pub fn read(mut text: impl BufRead, arena: u64, arena_bytes: u64) -> Result<Lackey> {
    let mut lackey = Lackey::default();
    let mut in_block = false;
    let mut line = Vec::new();
    while {
        line.clear();
        text.read_until(b'\n', &mut line)? > 0
    } {
        let Some((kind, address, bytes)) = access(&line) else { continue };
        if address == arena {
            in_block = kind == b'S';
            if in_block {
                lackey.blocks.push((lackey.touches.len(), lackey.outside));
            }
            continue;
        }
        let Some(offset) = address.checked_sub(arena).filter(|offset| *offset < arena_bytes) else {
            lackey.outside += usize::from(in_block);
            continue;
        };
        if in_block {
            let touch = |is_write| Touch { offset: offset as u32, bytes, is_write };
            lackey.touches.extend((kind != b'S').then(|| touch(false)));
            lackey.touches.extend((kind != b'L').then(|| touch(true)));
        }
    }
    Ok(lackey)
}

fn access(line: &[u8]) -> Option<(u8, u64, u32)> {
    let [b' ', kind @ (b'L' | b'S' | b'M'), b' ', rest @ ..] = line else { return None };
    let comma = rest.iter().position(|byte| *byte == b',')?;
    let address = u64::from_str_radix(str::from_utf8(&rest[..comma]).ok()?, 16).ok()?;
    let bytes = str::from_utf8(&rest[comma + 1..]).ok()?.trim_end().parse().ok()?;
    Some((*kind, address, bytes))
}
