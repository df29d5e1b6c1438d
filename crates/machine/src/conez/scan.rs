//! Numbers in texts, as `strtol`, `strtod` and `sscanf` of the C standard read them.

/// An integer at the start of a text, with the bytes that it takes.
///
/// Base 0 takes it from a prefix: `0x` is 16, a zero 8. What does not fit is the nearest number of 64 bits.
pub(super) fn integer(text: &[u8], base: u32) -> Option<(i64, usize)> {
    let (is_negative, mut at) = sign(text);
    let has_hex = text[at..].len() > 2
        && text[at] == b'0'
        && text[at + 1].eq_ignore_ascii_case(&b'x')
        && text[at + 2].is_ascii_hexdigit();
    let base = match base {
        0 if has_hex => 16,
        0 if text.get(at) == Some(&b'0') => 8,
        0 => 10,
        base => base,
    };
    at += if base == 16 && has_hex { 2 } else { 0 };
    let digits = text[at..].iter().map_while(|byte| char::from(*byte).to_digit(base));
    let (mut value, mut count) = (0_i128, 0);
    for digit in digits {
        value = (value * i128::from(base) + i128::from(digit)).min(1 << 64);
        count += 1;
    }
    let value = if is_negative { -value } else { value };
    (count > 0).then(|| (value.clamp(i64::MIN.into(), i64::MAX.into()) as i64, at + count))
}

/// A number with or without point and exponent at the start of a text, with the bytes that it takes.
pub(super) fn float(text: &[u8]) -> Option<(f64, usize)> {
    let (_, start) = sign(text);
    let digits =
        |from: usize| text[from.min(text.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(start);
    let mut end = start + whole;
    let mut count = whole;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        count += fraction;
        if count > 0 {
            end += 1 + fraction;
        }
    }
    if count == 0 {
        let word =
            |word: &[u8]| text[start..].get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
        end = start + [&b"infinity"[..], b"inf", b"nan"].iter().find(|it| word(it))?.len();
    } else if text.get(end).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'e')) {
        let signed = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(signed);
        end = if exponent > 0 { signed + exponent } else { end };
    }
    let number = std::str::from_utf8(&text[..end]).ok()?.parse().ok()?;
    Some((number, end))
}

/// How many blanks a text begins with.
pub(super) fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_blank(**byte)).count()
}

/// As `isspace` says.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

fn sign(text: &[u8]) -> (bool, usize) {
    match text.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    }
}

/// What a format of `sscanf` asks for next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Read, but put nowhere.
    pub(super) is_skipped: bool,
    /// The most bytes.
    pub(super) width: Option<usize>,
    /// Bytes of an integer, or of a floating-point number.
    pub(super) bytes: usize,
    pub(super) letter: u8,
}

impl Wanted {
    /// What stands after a `%`, and how many bytes of it.
    pub(super) fn parse(format: &[u8]) -> Option<(Wanted, usize)> {
        let is_skipped = format.first() == Some(&b'*');
        let mut at = usize::from(is_skipped);
        let digits = format[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let width =
            std::str::from_utf8(&format[at..at + digits]).ok()?.parse().ok().filter(|width| *width > 0);
        at += digits;
        let lengths =
            format[at..].iter().take_while(|byte| matches!(byte, b'h' | b'l' | b'j' | b'z' | b'L')).count();
        let (length, letter) = (&format[at..at + lengths], *format.get(at + lengths)?);
        let bytes = match (length, letter) {
            (b"hh", _) => 1,
            (b"h", _) => 2,
            (b"ll" | b"j", _) | (b"l" | b"L", b'f' | b'e' | b'g') => 8,
            _ => 4,
        };
        Some((Wanted { is_skipped, width, bytes, letter }, at + lengths + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_each_base() {
        assert_eq!(integer(b"42x", 10), Some((42, 2)));
        assert_eq!(integer(b"-0x1F,", 0), Some((-31, 5)));
        assert_eq!(integer(b"+017", 0), Some((15, 4)));
        assert_eq!(integer(b"0xg", 0), Some((0, 1)));
        assert_eq!(integer(b"08", 0), Some((0, 1)));
        assert_eq!(integer(b"ff", 16), Some((255, 2)));
        assert_eq!((integer(b"", 0), integer(b"-", 10), integer(b"x", 0)), (None, None, None));
        assert_eq!(integer(b"99999999999999999999", 10), Some((i64::MAX, 20)));
        assert_eq!(integer(b"-99999999999999999999", 10), Some((i64::MIN, 21)));
    }

    #[test]
    fn numbers_with_a_point() {
        assert_eq!(float(b"-1.5e3x"), Some((-1500.0, 6)));
        assert_eq!(float(b".5."), Some((0.5, 2)));
        assert_eq!(float(b"3."), Some((3.0, 2)));
        assert_eq!(float(b"2e"), Some((2.0, 1)));
        assert_eq!(float(b"2e+"), Some((2.0, 1)));
        assert_eq!(float(b"INFx"), Some((f64::INFINITY, 3)));
        assert_eq!((float(b"."), float(b"e5"), float(b"")), (None, None, None));
    }
}
