//! Where each piece of data lies in the linear memory.
//!
//! From address 0 up: a few words that no pointer may touch, so that null is never valid; the stack; what the patch
//! may write; what it may only read. In each of the last two, what is accessed most a byte comes first: where linear memory
//! is paged, its first pages are always in fast memory.

use sostenuto_board::patch::Guard;

use super::program::Program;

/// Bytes of a word.
pub(super) const WORD: u32 = 4;

/// Bytes from address 0 that no pointer may touch.
const NULL: u32 = 16;

/// Byte addresses; every one is a multiple of a word.
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
}

impl Layout {
    /// Lays out a program's data after a stack of that many bytes; `None` when 32 bits cannot address it.
    ///
    /// `heat` tells of each piece of data how often a byte of it is accessed.
    pub fn new(program: &Program, stack: u32, guarded: bool, heat: &[f64]) -> Option<Layout> {
        let mut order: Vec<usize> = (0..program.data.len()).collect();
        order.sort_by(|&one, &other| heat[other].total_cmp(&heat[one]));
        let mut layout = Layout {
            data: vec![0; program.data.len()],
            bottom: NULL,
            stack_top: NULL.checked_add(stack)?,
            readonly: 0,
            end: 0,
            guards: Vec::new(),
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
                next = next.checked_add(data.words.checked_mul(WORD)?)?;
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
}
