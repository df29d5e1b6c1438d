//! Texts in the string pool, as BASIC has them: bytes up to a zero. What gives a text gives a new one, or 0 when the pool is
//! full or an argument is not in the memory. Places in a text count from 1.

use std::io::Write;

use super::format::general;
use super::guest::Call;
use super::heap::POOL;
use super::scan::{blanks, float, integer, is_blank};

/// The longest text that is made of one character.
const REPEATED: i32 = 4_096;

impl Call<'_> {
    /// A block of the pool, all zero.
    fn pool_block(&mut self, bytes: u32) -> i32 {
        let address = self.device.heap.pool.allocate(bytes);
        address.and_then(|address| self.cleared(address, 0)).unwrap_or(0)
    }

    /// A new text in the pool.
    pub(super) fn new_text(&mut self, text: &[u8]) -> i32 {
        let Ok(length) = u32::try_from(text.len()) else { return 0 };
        let pointer = self.pool_block(length.saturating_add(1));
        if pointer != 0 && !self.write_run(pointer as u32, text) {
            return 0;
        }
        pointer
    }

    /// Does something with a text.
    fn with<R>(&mut self, pointer: i32, act: impl FnOnce(&mut Self, &[u8]) -> R) -> Option<R> {
        let mut text = std::mem::take(&mut self.device.scratch[0]);
        text.clear();
        let result = self.read_text(pointer, usize::MAX, &mut text).then(|| act(self, &text));
        self.device.scratch[0] = text;
        result
    }

    fn with_both<R>(
        &mut self,
        first: i32,
        second: i32,
        act: impl FnOnce(&mut Self, &[u8], &[u8]) -> R,
    ) -> Option<R> {
        let result = self.with(first, |call, first| {
            let mut text = std::mem::take(&mut call.device.scratch[1]);
            text.clear();
            let result = call.read_text(second, usize::MAX, &mut text).then(|| act(call, first, &text));
            call.device.scratch[1] = text;
            result
        });
        result.flatten()
    }

    /// A new text made of another one.
    fn made(&mut self, pointer: i32, make: impl FnOnce(&[u8]) -> &[u8]) -> i32 {
        self.with(pointer, |call, text| call.new_text(make(text))).unwrap_or(0)
    }

    /// A new text with other bytes than another one.
    fn changed(&mut self, pointer: i32, change: fn(&mut [u8])) -> i32 {
        let mut text = std::mem::take(&mut self.device.scratch[0]);
        text.clear();
        let is_there = self.read_text(pointer, usize::MAX, &mut text);
        change(&mut text);
        let made = if is_there { self.new_text(&text) } else { 0 };
        self.device.scratch[0] = text;
        made
    }

    /// A new text that is written into a buffer.
    fn written(&mut self, write: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) -> i32 {
        let [mut text, mut other] = std::mem::take(&mut self.device.scratch);
        text.clear();
        write(&mut text, &mut other);
        let pointer = self.new_text(&text);
        self.device.scratch = [text, other];
        pointer
    }
}

/// The bytes from a place on, `length` at most; all of them for a negative length.
fn middle(text: &[u8], start: i32, length: i32) -> &[u8] {
    let from = (start.max(1) as usize - 1).min(text.len());
    let rest = &text[from..];
    &rest[..usize::try_from(length).unwrap_or(rest.len()).min(rest.len())]
}

pub(super) fn basic_str_alloc(call: &mut Call<'_>, bytes: i32) -> i32 {
    if bytes < 0 { 0 } else { call.pool_block(bytes as u32) }
}

/// Leaves what is not of the pool alone: literals and the like.
pub(super) fn basic_str_free(call: &mut Call<'_>, pointer: i32) {
    if POOL.contains(&(pointer as u32)) {
        call.device.heap.free(pointer as u32);
    }
}

pub(super) fn basic_str_len(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.with(pointer, |_, text| text.len() as i32).unwrap_or(0)
}

pub(super) fn basic_str_copy(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.made(pointer, |text| text)
}

pub(super) fn basic_str_concat(call: &mut Call<'_>, first: i32, second: i32) -> i32 {
    let joined = call.with_both(first, second, |call, first, second| {
        let pointer = call.pool_block((first.len() + second.len() + 1) as u32);
        let is_written = pointer != 0
            && call.write_run(pointer as u32, first)
            && call.write_run(pointer as u32 + first.len() as u32, second);
        if is_written { pointer } else { 0 }
    });
    joined.unwrap_or(0)
}

/// -1, 0 or 1 by the bytes.
pub(super) fn basic_str_cmp(call: &mut Call<'_>, first: i32, second: i32) -> i32 {
    call.with_both(first, second, |_, first, second| first.cmp(second) as i32).unwrap_or(0)
}

pub(super) fn basic_str_mid(call: &mut Call<'_>, pointer: i32, start: i32, length: i32) -> i32 {
    call.made(pointer, |text| middle(text, start, length))
}

pub(super) fn basic_str_left(call: &mut Call<'_>, pointer: i32, length: i32) -> i32 {
    call.made(pointer, |text| middle(text, 1, length.max(0)))
}

pub(super) fn basic_str_right(call: &mut Call<'_>, pointer: i32, length: i32) -> i32 {
    call.made(pointer, |text| &text[text.len().saturating_sub(length.max(0) as usize)..])
}

pub(super) fn basic_str_chr(call: &mut Call<'_>, code: i32) -> i32 {
    call.new_text(&[code as u8])
}

pub(super) fn basic_str_asc(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.with(pointer, |_, text| text.first().copied().unwrap_or(0)).unwrap_or(0).into()
}

pub(super) fn basic_str_from_int(call: &mut Call<'_>, value: i32) -> i32 {
    basic_str_from_i64(call, value.into())
}

pub(super) fn basic_str_from_i64(call: &mut Call<'_>, value: i64) -> i32 {
    // Writing to a vector does not fail, here and below.
    call.written(|text, _| drop(write!(text, "{value}")))
}

/// As `%g` of C shows it.
pub(super) fn basic_str_from_float(call: &mut Call<'_>, value: f32) -> i32 {
    call.written(|text, scratch| general(value.into(), scratch, text))
}

/// Decimal, hexadecimal with `0x`, octal with a zero; 0 when it is no number.
pub(super) fn basic_str_to_int(call: &mut Call<'_>, pointer: i32) -> i32 {
    basic_str_to_i64(call, pointer).clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

pub(super) fn basic_str_to_i64(call: &mut Call<'_>, pointer: i32) -> i64 {
    let number = call.with(pointer, |_, text| integer(&text[blanks(text)..], 0));
    number.flatten().map_or(0, |(number, _)| number)
}

pub(super) fn basic_str_to_float(call: &mut Call<'_>, pointer: i32) -> f32 {
    let number = call.with(pointer, |_, text| float(&text[blanks(text)..]));
    number.flatten().map_or(0.0, |(number, _)| number as f32)
}

pub(super) fn basic_str_upper(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.changed(pointer, <[u8]>::make_ascii_uppercase)
}

pub(super) fn basic_str_lower(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.changed(pointer, <[u8]>::make_ascii_lowercase)
}

/// Where a text begins in another one, looked for from a place on; 0 when it is nowhere.
pub(super) fn basic_str_instr(call: &mut Call<'_>, hay: i32, needle: i32, start: i32) -> i32 {
    let found = call.with_both(hay, needle, |call, hay, needle| {
        let from = start.max(1) as usize - 1;
        call.device.charge((hay.len() + needle.len()) as u64);
        memchr::memmem::find(hay.get(from..)?, needle).map(|at| from + at)
    });
    found.flatten().map_or(0, |at| at as i32 + 1)
}

pub(super) fn basic_str_trim(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.made(pointer, |text| without_end(&text[blanks(text)..]))
}

pub(super) fn basic_str_ltrim(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.made(pointer, |text| &text[blanks(text)..])
}

pub(super) fn basic_str_rtrim(call: &mut Call<'_>, pointer: i32) -> i32 {
    call.made(pointer, without_end)
}

/// Without the blanks at the end.
fn without_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    &text[..end]
}

pub(super) fn basic_str_repeat(call: &mut Call<'_>, count: i32, code: i32) -> i32 {
    let count = count.clamp(0, REPEATED) as usize;
    call.written(|text, _| text.resize(count, code as u8))
}

pub(super) fn basic_str_space(call: &mut Call<'_>, count: i32) -> i32 {
    basic_str_repeat(call, count, b' '.into())
}

pub(super) fn basic_str_hex(call: &mut Call<'_>, value: i32) -> i32 {
    call.written(|text, _| drop(write!(text, "{value:X}")))
}

pub(super) fn basic_str_oct(call: &mut Call<'_>, value: i32) -> i32 {
    call.written(|text, _| drop(write!(text, "{value:o}")))
}

/// The text with bytes from a place on replaced by those of another one: `length` of them at most, and never more than there
/// are.
pub(super) fn basic_str_mid_assign(
    call: &mut Call<'_>,
    target: i32,
    start: i32,
    length: i32,
    source: i32,
) -> i32 {
    let made = call.with_both(target, source, |call, target, source| {
        let pointer = call.new_text(target);
        let Some(from) = usize::try_from(start).ok().and_then(|start| start.checked_sub(1)) else {
            return pointer;
        };
        let room = target.len().saturating_sub(from).min(source.len());
        let count = usize::try_from(length).unwrap_or(room).min(room);
        if pointer != 0 && count > 0 {
            call.write_run(pointer as u32 + from as u32, &source[..count]);
        }
        pointer
    });
    made.unwrap_or(0)
}
