//! `printf`, `snprintf` and `sscanf`, whose arguments lie in linear memory.

use sostenuto_vm::Flow;

use super::format::{Amount, Field, Spec, WIDEST};
use super::guest::Call;
use super::scan::{Wanted, blanks, float, integer, is_blank};

/// The bytes of a format that are read, with the zero at its end.
const FORMAT: usize = 512;

/// The bytes that `printf` makes at most, and `snprintf`, each with a zero at the end.
const PRINTED: usize = 256;
const FORMATTED: usize = 512;

/// The bytes of a field, and of a text in it.
const FIELD: usize = 191;
const TEXT: usize = 127;

/// Pauses, so that whoever runs the patch can show the text. Gives the bytes that were printed, -1 when the format or an
/// argument is not in the memory.
pub(super) fn host_printf(call: &mut Call<'_>, format: i32, arguments: i32) -> Flow<i32> {
    let [mut format_text, mut made] = std::mem::take(&mut call.device.scratch);
    let is_made = call.formatted(format, arguments, &mut format_text, &mut made);
    made.truncate(PRINTED - 1);
    if is_made {
        call.device.output.extend_from_slice(&made);
    }
    let count = if is_made { made.len() as i32 } else { -1 };
    call.device.scratch = [format_text, made];
    Flow::Suspend(count)
}

/// Gives the bytes that there would be with room enough, up to 511; -1 when something is not in the memory.
pub(super) fn host_snprintf(call: &mut Call<'_>, buffer: i32, size: i32, format: i32, arguments: i32) -> i32 {
    let [mut format_text, mut made] = std::mem::take(&mut call.device.scratch);
    let mut is_made = call.formatted(format, arguments, &mut format_text, &mut made);
    made.truncate(FORMATTED - 1);
    let count = made.len() as i32;
    if is_made && size > 0 {
        made.truncate(size as usize - 1);
        made.push(0);
        is_made = call.write_run(buffer as u32, &made);
    }
    call.device.scratch = [format_text, made];
    if is_made { count } else { -1 }
}

/// Gives the number of values that were read; -1 when the text ends before the first one.
pub(super) fn host_sscanf(call: &mut Call<'_>, text: i32, format: i32, arguments: i32) -> i32 {
    let [mut text_bytes, mut format_text] = std::mem::take(&mut call.device.scratch);
    text_bytes.clear();
    format_text.clear();
    let are_there = call.read_text(text, usize::MAX, &mut text_bytes)
        && call.read_text(format, FORMAT - 1, &mut format_text);
    let count = if are_there { call.scanned(&text_bytes, &format_text, arguments) } else { -1 };
    call.device.scratch = [text_bytes, format_text];
    count
}

/// The arguments of a format, one after the other.
struct Arguments {
    at: u32,
    /// Whether each begins at a multiple of 4, whatever its size.
    has_cells: bool,
}

impl Arguments {
    fn word(&mut self, call: &mut Call<'_>) -> Option<u32> {
        let word = call.word(self.at)?;
        self.at = self.at.checked_add(4)?;
        Some(word)
    }

    fn double_word(&mut self, call: &mut Call<'_>) -> Option<u64> {
        if !self.has_cells {
            self.at = self.at.checked_next_multiple_of(8)?;
        }
        let low = self.word(call)?;
        let high = self.word(call)?;
        Some(u64::from(high) << 32 | u64::from(low))
    }

    fn integer(&mut self, call: &mut Call<'_>, is_long_long: bool) -> Option<i64> {
        if is_long_long {
            self.double_word(call).map(|value| value as i64)
        } else {
            self.word(call).map(|value| i64::from(value as i32))
        }
    }
}

impl Call<'_> {
    /// Makes a text of a format and its arguments; false when they are not in the memory.
    fn formatted(
        &mut self,
        format: i32,
        arguments: i32,
        format_text: &mut Vec<u8>,
        made: &mut Vec<u8>,
    ) -> bool {
        format_text.clear();
        made.clear();
        let mut arguments = Arguments { at: arguments as u32, has_cells: self.device.has_cells };
        self.read_text(format, FORMAT - 1, format_text)
            && self.fields(format_text, &mut arguments, made).is_some()
    }

    fn fields(&mut self, format: &[u8], arguments: &mut Arguments, made: &mut Vec<u8>) -> Option<()> {
        let mut rest = format;
        // What is made beyond the longest result is cut away anyway.
        while let Some(at) = rest.iter().position(|byte| *byte == b'%').filter(|_| made.len() < FORMATTED) {
            made.extend_from_slice(&rest[..at]);
            let Some((spec, length)) = Spec::parse(&rest[at + 1..]) else {
                rest = &rest[at..];
                break;
            };
            let before = made.len();
            let whole = &rest[at..at + 1 + length];
            self.field(spec, whole, arguments, made)?;
            made.truncate(before + FIELD);
            rest = &rest[at + 1 + length..];
        }
        made.extend_from_slice(rest);
        Some(())
    }

    fn field(
        &mut self,
        spec: Spec,
        whole: &[u8],
        arguments: &mut Arguments,
        made: &mut Vec<u8>,
    ) -> Option<()> {
        let mut spec = spec;
        let width = match spec.width {
            Amount::Given(width) => width as i32,
            Amount::Argument => arguments.word(self)? as i32,
        };
        spec.left |= width < 0;
        let precision = match spec.precision {
            Some(Amount::Given(precision)) => Some(precision),
            Some(Amount::Argument) => u32::try_from(arguments.word(self)? as i32).ok(),
            None => None,
        };
        let field = Field {
            spec,
            width: width.unsigned_abs().min(WIDEST) as usize,
            precision: precision.map(|precision| precision.min(WIDEST) as usize),
        };
        match spec.letter {
            b'd' | b'i' => field.signed(arguments.integer(self, spec.is_long_long)?, made),
            b'u' | b'x' | b'X' | b'o' | b'p' => {
                let value = arguments.integer(self, spec.is_long_long)?;
                field.unsigned(if spec.is_long_long { value as u64 } else { (value as u32).into() }, made);
            }
            b'c' => field.character(arguments.word(self)? as u8, made),
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => {
                let value = f64::from_bits(arguments.double_word(self)?);
                field.float(value, &mut self.device.digits, made);
            }
            b's' => {
                let pointer = arguments.word(self)?;
                let mut text = [0; TEXT];
                let length = self.short_text(pointer, &mut text);
                field.text(&text[..length], made);
            }
            b'%' => made.push(b'%'),
            // What is unknown is shown as it stands.
            _ => made.extend_from_slice(whole),
        }
        Some(())
    }

    /// The bytes of a text that fit; none when it is not in the memory.
    fn short_text(&mut self, pointer: u32, text: &mut [u8]) -> usize {
        let mut at = 0;
        while at < text.len() {
            let mut byte = [0];
            let address = u64::from(pointer) + at as u64;
            let read = u32::try_from(address).map(|address| self.memory.read_bytes(address, &mut byte));
            if !matches!(read, Ok(Ok(()))) || byte == [0] {
                break;
            }
            text[at] = byte[0];
            at += 1;
        }
        at
    }

    fn scanned(&mut self, text: &[u8], format: &[u8], arguments: i32) -> i32 {
        let (mut at, mut in_format, mut count) = (0, 0, 0);
        let mut arguments = Arguments { at: arguments as u32, has_cells: true };
        while let Some(byte) = format.get(in_format).copied() {
            in_format += 1;
            if is_blank(byte) {
                at += blanks(&text[at..]);
                continue;
            }
            if byte != b'%' {
                if text.get(at) != Some(&byte) {
                    break;
                }
                at += 1;
                continue;
            }
            let Some((wanted, length)) = Wanted::parse(&format[in_format..]) else { break };
            in_format += length;
            match self.value(&text[at..], at, wanted, &mut arguments) {
                Some((taken, counts)) => {
                    at += taken;
                    count += i32::from(counts);
                }
                None if count == 0 && at + blanks(&text[at..]) == text.len() => return -1,
                None => break,
            }
        }
        count
    }

    /// Reads one value: how many bytes it took, and whether it counts. None when there is none, or nowhere to put it.
    fn value(
        &mut self,
        text: &[u8],
        at: usize,
        wanted: Wanted,
        arguments: &mut Arguments,
    ) -> Option<(usize, bool)> {
        let Wanted { is_skipped, width, bytes, letter } = wanted;
        let before = if matches!(letter, b'c' | b'n') { 0 } else { blanks(text) };
        let text = &text[before..];
        let text = &text[..width.unwrap_or(text.len()).min(text.len())];
        let put = |call: &mut Self, arguments: &mut Arguments, value: &[u8]| {
            let pointer = if is_skipped { None } else { Some(arguments.word(call)?) };
            pointer.is_none_or(|pointer| call.write_run(pointer, value)).then_some(())
        };
        let taken = match letter {
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'p' => {
                let base = match letter {
                    b'x' | b'X' | b'p' => 16,
                    b'o' => 8,
                    b'i' => 0,
                    _ => 10,
                };
                let (value, taken) = integer(text, base)?;
                put(self, arguments, &value.to_le_bytes()[..bytes])?;
                taken
            }
            b'f' | b'e' | b'g' | b'F' | b'E' | b'G' => {
                let (value, taken) = float(text)?;
                let (long, short) = (value.to_le_bytes(), (value as f32).to_le_bytes());
                put(self, arguments, if bytes == 8 { &long } else { &short })?;
                taken
            }
            b's' => {
                let word = text.iter().take_while(|byte| !is_blank(**byte)).count();
                let pointer = if is_skipped || word == 0 { None } else { Some(arguments.word(self)?) };
                let is_put = pointer.is_none_or(|pointer| {
                    let end = pointer.wrapping_add(word as u32);
                    self.write_run(pointer, &text[..word]) && self.write_run(end, &[0])
                });
                (word > 0 && is_put).then_some(word)?
            }
            b'c' => {
                let count = width.unwrap_or(1);
                let value = text.get(..count)?;
                put(self, arguments, value)?;
                count
            }
            b'n' => {
                put(self, arguments, &(at as u64).to_le_bytes()[..bytes])?;
                0
            }
            b'%' => return (text.first() == Some(&b'%')).then_some((before + 1, false)),
            _ => return None,
        };
        Some((before + taken, !is_skipped && letter != b'n'))
    }
}
