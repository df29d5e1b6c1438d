//! Where each piece of data lies in the linear memory.
//!
//! Permut8, from address 0 up: a few words that no pointer may touch, so that null is never valid; the stack; what the patch
//! may write; what it may only read. In each of the last two, what is accessed most a byte comes first: where linear memory
//! is paged, its first pages are always in fast memory.
//!
//! ConeZ, from address 0 up: what the patch may write, in the order of its declarations or, when a profile was measured, what
//! is accessed most a byte first; what it may only read; the low heap; then the host's fixed areas and the stack. What does
//! not fit below those comes after them.

use sostenuto_board::patch::{Guard, Host};

use super::program::{Area, Program};
use crate::{Options, conez};

/// Bytes of a word.
pub(crate) const WORD: u32 = 4;

/// Bytes from address 0 that no pointer may touch.
const NULL: u32 = 16;

/// Byte addresses.
pub(super) struct Layout {
    /// Of each piece of data.
    pub data: Vec<u32>,
    /// The lowest that a pointer may touch; the stack grows down to it.
    pub bottom: u32,
    /// One past the stack.
    pub stack_top: u32,
    /// From here on, memory is read-only.
    pub readonly: u32,
    /// One past the last byte.
    pub end: u32,
    pub guards: Vec<Guard>,
    /// Where the ConeZ's low heap begins.
    pub heap: Option<u32>,
    /// Fixed areas that do not begin with zeros.
    pub filled: Vec<(u32, Vec<u8>)>,
}

impl Layout {
    /// Lays out a program's data, with a stack of that many bytes on the Permut8; `None` when 32 bits cannot address it.
    ///
    /// `heat` tells of each piece of data how often a byte of it is accessed.
    pub fn new(program: &Program, stack: u32, options: &Options, heat: &[f64]) -> Option<Layout> {
        match program.host {
            Host::Permut8 => Layout::permut8(program, stack, options.debug, heat),
            Host::Conez => Layout::conez(program, options.profile.as_ref().map(|_| heat)),
        }
    }

    fn permut8(program: &Program, stack: u32, guarded: bool, heat: &[f64]) -> Option<Layout> {
        let mut order: Vec<usize> = (0..program.data.len()).collect();
        order.sort_by(|&one, &other| heat[other].total_cmp(&heat[one]));
        let mut layout = Layout {
            data: vec![0; program.data.len()],
            bottom: NULL,
            stack_top: NULL.checked_add(stack)?,
            readonly: 0,
            end: 0,
            guards: Vec::new(),
            heap: None,
            filled: Vec::new(),
        };
        let mut next = layout.stack_top;
        for readonly in [false, true] {
            if readonly {
                layout.readonly = next;
            }
            for &id in order.iter().filter(|&&id| program.data[id].readonly == readonly) {
                let data = &program.data[id];
                let guarded = guarded && !readonly && !data.scalar;
                if guarded {
                    layout.guards.push(Guard { address: next, array: data.name.clone() });
                    next = next.checked_add(WORD)?;
                }
                layout.data[id] = next;
                next = next.checked_add(data.bytes)?;
                if guarded {
                    layout.guards.push(Guard { address: next, array: data.name.clone() });
                    next = next.checked_add(WORD)?;
                }
            }
        }
        layout.end = next;
        // Word addresses must stay positive ints, so that pointers compare and subtract as the language says.
        (next <= 1 << 30).then_some(layout)
    }

    fn conez(program: &Program, heat: Option<&[f64]>) -> Option<Layout> {
        let mut order: Vec<usize> = (0..program.data.len()).collect();
        if let Some(heat) = heat {
            order.sort_by(|&one, &other| heat[other].total_cmp(&heat[one]));
        }
        order.sort_by_key(|&id| program.data[id].readonly);
        let mut data = vec![0; program.data.len()];
        let (mut low, mut high) = (0u32, conez::STACK_TOP);
        for id in order {
            let piece = &program.data[id];
            let place = |next: u32| {
                let address = next.checked_next_multiple_of(piece.align)?;
                Some((address, address.checked_add(piece.bytes)?))
            };
            let (address, end) = place(low)?;
            if end <= conez::STRING_POOL {
                (data[id], low) = (address, end);
            } else {
                (data[id], high) = place(high)?;
            }
        }
        let filled = match program.areas.contains(&Area::FileHandles) {
            true => vec![(conez::FILE_HANDLES, vec![0xFF; conez::FILE_HANDLE_BYTES as usize])],
            false => Vec::new(),
        };
        let layout = Layout {
            data,
            bottom: conez::STACK_BOTTOM,
            stack_top: conez::STACK_TOP,
            readonly: high,
            end: high,
            guards: Vec::new(),
            heap: Some(low.next_multiple_of(WORD)),
            filled,
        };
        (high <= 1 << 30).then_some(layout)
    }
}
