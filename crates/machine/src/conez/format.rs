//! Formats as `printf` of the C standard has them: what stands between a `%` and its letter, and how a value then looks.

use std::io::Write;

/// One conversion of a format, without the letter's meaning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) left: bool,
    pub(super) zero: bool,
    pub(super) space: bool,
    pub(super) plus: bool,
    pub(super) alternative: bool,
    pub(super) width: Amount,
    pub(super) precision: Option<Amount>,
    /// Whether `ll` or `j` stood before the letter.
    pub(super) is_long_long: bool,
    pub(super) letter: u8,
}

/// A width or a precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Given(u32),
    /// `*`: an argument says it.
    Argument,
}

impl Default for Amount {
    fn default() -> Amount {
        Amount::Given(0)
    }
}

/// The most that a width or a precision can be.
pub(super) const WIDEST: u32 = 999;

impl Spec {
    /// What stands after a `%`, and how many bytes of it; none when the format ends before the letter.
    pub(super) fn parse(text: &[u8]) -> Option<(Spec, usize)> {
        let mut spec = Spec::default();
        let mut at = 0;
        loop {
            match text.get(at)? {
                b'-' => spec.left = true,
                b'0' => spec.zero = true,
                b' ' => spec.space = true,
                b'+' => spec.plus = true,
                b'#' => spec.alternative = true,
                _ => break,
            }
            at += 1;
        }
        spec.width = amount(text, &mut at);
        if text.get(at) == Some(&b'.') {
            at += 1;
            spec.precision = Some(amount(text, &mut at));
        }
        let lengths = at;
        while matches!(text.get(at), Some(b'h' | b'l' | b'z' | b'j' | b't' | b'L')) {
            at += 1;
        }
        let length = &text[lengths..at];
        spec.is_long_long = length.starts_with(b"ll") || length == b"j";
        spec.letter = *text.get(at)?;
        Some((spec, at + 1))
    }
}

fn amount(text: &[u8], at: &mut usize) -> Amount {
    if text.get(*at) == Some(&b'*') {
        *at += 1;
        return Amount::Argument;
    }
    let mut number = 0;
    while let Some(digit) = text.get(*at).filter(|digit| digit.is_ascii_digit()) {
        number = (number * 10 + u32::from(digit - b'0')).min(WIDEST);
        *at += 1;
    }
    Amount::Given(number)
}

/// A field: how wide it is and what fills it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) spec: Spec,
    pub(super) width: usize,
    pub(super) precision: Option<usize>,
}

impl Field {
    /// `%d`, `%i`.
    pub(super) fn signed(&self, value: i64, out: &mut Vec<u8>) {
        let sign = self.sign(value < 0);
        self.integer(sign, value.unsigned_abs(), 10, out);
    }

    /// `%u`, `%x`, `%X`, `%o` and `%p`.
    pub(super) fn unsigned(&self, value: u64, out: &mut Vec<u8>) {
        let (prefix, base): (&[u8], u64) = match self.spec.letter {
            b'x' if self.spec.alternative && value != 0 => (b"0x", 16),
            b'X' if self.spec.alternative && value != 0 => (b"0X", 16),
            b'p' => (b"0x", 16),
            b'x' | b'X' => (b"", 16),
            b'o' => (b"", 8),
            _ => (b"", 10),
        };
        self.integer(prefix, value, base, out);
    }

    fn integer(&self, sign: &[u8], mut value: u64, base: u64, out: &mut Vec<u8>) {
        let mut digits = [0; 22];
        let mut start = digits.len();
        let letters: &[u8; 16] =
            if self.spec.letter == b'X' { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        while value > 0 {
            start -= 1;
            digits[start] = letters[(value % base) as usize];
            value /= base;
        }
        let digits = &digits[start..];
        let octal = usize::from(self.spec.alternative && base == 8) * (digits.len() + 1);
        let least = self.precision.unwrap_or(1).max(octal);
        let zeros = least.saturating_sub(digits.len());
        let zeros = match self.spec.zero && !self.spec.left && self.precision.is_none() {
            true => zeros.max(self.width.saturating_sub(sign.len() + digits.len())),
            false => zeros,
        };
        self.padded(sign.len() + zeros + digits.len(), out, |out| {
            out.extend_from_slice(sign);
            out.resize(out.len() + zeros, b'0');
            out.extend_from_slice(digits);
        });
    }

    /// `%f`, `%e`, `%g` and their capital forms. The digits are those of the number, rounded once.
    pub(super) fn float(&self, value: f64, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
        let sign = self.sign(value.is_sign_negative() && !value.is_nan());
        scratch.clear();
        if value.is_finite() {
            self.digits(value.abs(), scratch);
        } else {
            scratch.extend_from_slice(if value.is_nan() { b"nan" } else { b"inf" });
        }
        if self.spec.letter.is_ascii_uppercase() {
            scratch.make_ascii_uppercase();
        }
        let fills = self.spec.zero && !self.spec.left && value.is_finite();
        let zeros = if fills { self.width.saturating_sub(sign.len() + scratch.len()) } else { 0 };
        self.padded(sign.len() + zeros + scratch.len(), out, |out| {
            out.extend_from_slice(sign);
            out.resize(out.len() + zeros, b'0');
            out.extend_from_slice(scratch);
        });
    }

    fn digits(&self, value: f64, out: &mut Vec<u8>) {
        let precision = self.precision.unwrap_or(6);
        match self.spec.letter.to_ascii_lowercase() {
            b'e' => self.scientific(value, precision, out),
            b'g' => {
                let significant = precision.max(1);
                self.scientific(value, significant - 1, out);
                let exponent = exponent(out);
                if (-4..significant as i64).contains(&exponent) {
                    out.clear();
                    self.fixed(value, (significant as i64 - 1 - exponent) as usize, out);
                }
                if !self.spec.alternative {
                    drop_zeros(out);
                }
            }
            _ => self.fixed(value, precision, out),
        }
    }

    fn fixed(&self, value: f64, precision: usize, out: &mut Vec<u8>) {
        // Writing to a vector does not fail, here and below.
        let _ = write!(out, "{value:.precision$}");
        if precision == 0 && self.spec.alternative {
            out.push(b'.');
        }
    }

    fn scientific(&self, value: f64, precision: usize, out: &mut Vec<u8>) {
        let _ = write!(out, "{value:.precision$e}");
        let at = out.iter().position(|byte| *byte == b'e').unwrap_or(out.len());
        let exponent = exponent(out);
        out.truncate(at);
        if precision == 0 && self.spec.alternative {
            out.push(b'.');
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
    }

    /// `%s`: as many bytes as the precision says.
    pub(super) fn text(&self, text: &[u8], out: &mut Vec<u8>) {
        let text = &text[..self.precision.unwrap_or(text.len()).min(text.len())];
        self.padded(text.len(), out, |out| out.extend_from_slice(text));
    }

    /// `%c`.
    pub(super) fn character(&self, byte: u8, out: &mut Vec<u8>) {
        self.padded(1, out, |out| out.push(byte));
    }

    fn sign(&self, is_negative: bool) -> &'static [u8] {
        match self.spec {
            _ if is_negative => b"-",
            Spec { plus: true, .. } => b"+",
            Spec { space: true, .. } => b" ",
            _ => b"",
        }
    }

    /// With blanks before or after what is so long.
    fn padded(&self, length: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        let blanks = self.width.saturating_sub(length);
        let (before, after) = if self.spec.left { (0, blanks) } else { (blanks, 0) };
        out.resize(out.len() + before, b' ');
        write(out);
        out.resize(out.len() + after, b' ');
    }
}

/// The number after the `e`.
fn exponent(text: &[u8]) -> i64 {
    let after = text.iter().rposition(|byte| *byte == b'e').and_then(|at| text.get(at + 1..));
    after.and_then(|text| std::str::from_utf8(text).ok()?.parse().ok()).unwrap_or(0)
}

/// Takes the zeros at the end of a fraction away, and the point if nothing is left after it.
fn drop_zeros(text: &mut Vec<u8>) {
    let end = text.iter().position(|byte| *byte == b'e').unwrap_or(text.len());
    if !text[..end].contains(&b'.') {
        return;
    }
    let kept = text[..end].iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
    let kept = if text[..kept].last() == Some(&b'.') { kept - 1 } else { kept };
    text.drain(kept..end);
}

/// A number as `%g` shows it.
pub(super) fn general(value: f64, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
    let spec = Spec { letter: b'g', ..Spec::default() };
    Field { spec, width: 0, precision: None }.float(value, scratch, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The field of a format such as `%-5d`.
    fn field(format: &str) -> Field {
        let (spec, length) = Spec::parse(&format.as_bytes()[1..]).expect("a conversion");
        assert_eq!(length + 1, format.len());
        let given = |amount| if let Amount::Given(number) = amount { number as usize } else { 0 };
        Field { spec, width: given(spec.width), precision: spec.precision.map(given) }
    }

    fn made(make: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        make(&mut out);
        String::from_utf8(out).expect("text")
    }

    fn signed(format: &str, value: i64) -> String {
        made(|out| field(format).signed(value, out))
    }

    fn unsigned(format: &str, value: u64) -> String {
        made(|out| field(format).unsigned(value, out))
    }

    fn float(format: &str, value: f64) -> String {
        made(|out| field(format).float(value, &mut Vec::new(), out))
    }

    // What is expected here was printed by the C library of GNU.
    #[test]
    fn integers() {
        assert_eq!(signed("%d", -42), "-42");
        assert_eq!(signed("%5d|".trim_end_matches('|'), 42), "   42");
        assert_eq!(signed("%-5d", 42), "42   ");
        assert_eq!(signed("%05d", -42), "-0042");
        assert_eq!(signed("%-05d", -42), "-42  ");
        assert_eq!(signed("%+d", 42), "+42");
        assert_eq!(signed("% d", 42), " 42");
        assert_eq!(signed("%+ d", 42), "+42");
        assert_eq!(signed("%.3d", -7), "-007");
        assert_eq!(signed("%08.3d", 7), "     007");
        assert_eq!(signed("%.0d", 0), "");
        assert_eq!(signed("%d", i64::from(i32::MIN)), "-2147483648");
        assert_eq!(unsigned("%u", u64::from(u32::MAX)), "4294967295");
        assert_eq!(unsigned("%#x", 255), "0xff");
        assert_eq!(unsigned("%#X", 255), "0XFF");
        assert_eq!(unsigned("%#x", 0), "0");
        assert_eq!(unsigned("%08X", 0xBEEF), "0000BEEF");
        assert_eq!(unsigned("%#08x", 0xBEEF), "0x00beef");
        assert_eq!(unsigned("%o", 8), "10");
        assert_eq!(unsigned("%#o", 8), "010");
        assert_eq!(unsigned("%#o", 0), "0");
        assert_eq!(unsigned("%p", 0x1F0), "0x1f0");
    }

    #[test]
    fn numbers_with_a_point() {
        assert_eq!(float("%f", 0.1), "0.100000");
        assert_eq!(float("%.0f", 0.5), "0");
        assert_eq!(float("%.0f", 1.5), "2");
        assert_eq!(float("%.2f", 2.675), "2.67");
        assert_eq!(float("%.1f", -0.04), "-0.0");
        assert_eq!(float("%#.0f", 3.0), "3.");
        assert_eq!(float("%08.2f", -3.24159), "-0003.24");
        assert_eq!(float("%+.1f", 9.96), "+10.0");
        assert_eq!(float("%.20f", 0.1), "0.10000000000000000555");
        assert_eq!(float("%f", 1e22), "10000000000000000000000.000000");
        assert_eq!(float("%e", 12345.678), "1.234568e+04");
        assert_eq!(float("%.0e", 15000.0), "2e+04");
        assert_eq!(float("%#.0e", 15000.0), "2.e+04");
        assert_eq!(float("%e", 0.0), "0.000000e+00");
        assert_eq!(float("%.3e", 1e-300), "1.000e-300");
        assert_eq!(float("%E", 1e100), "1.000000E+100");
        assert_eq!(float("%g", 0.0001), "0.0001");
        assert_eq!(float("%g", 0.00001), "1e-05");
        assert_eq!(float("%g", 100000.0), "100000");
        assert_eq!(float("%g", 1000000.0), "1e+06");
        assert_eq!(float("%g", 999999.5), "1e+06");
        assert_eq!(float("%g", 0.0), "0");
        assert_eq!(float("%#g", 1.0), "1.00000");
        assert_eq!(float("%.0g", 123.0), "1e+02");
        assert_eq!(float("%.3g", 3.24159), "3.24");
        assert_eq!(float("%.10g", 0.1), "0.1");
        assert_eq!(float("%G", 1e-10), "1E-10");
        assert_eq!(float("%5.1f", f64::NAN), "  nan");
        assert_eq!(float("%05f", f64::NEG_INFINITY), " -inf");
        assert_eq!(float("%F", f64::INFINITY), "INF");
    }

    #[test]
    fn texts_and_odd_formats() {
        assert_eq!(made(|out| field("%5s").text(b"abc", out)), "  abc");
        assert_eq!(made(|out| field("%-5.2s").text(b"abc", out)), "ab   ");
        assert_eq!(made(|out| field("%3c").character(b'x', out)), "  x");
        assert_eq!(Spec::parse(b"-08"), None);
        assert_eq!(Spec::parse(b"99999d").map(|(spec, _)| spec.width), Some(Amount::Given(WIDEST)));
        let (spec, length) = Spec::parse(b"*.*lldx").expect("a conversion");
        assert_eq!((spec.width, spec.precision), (Amount::Argument, Some(Amount::Argument)));
        assert_eq!((spec.letter, spec.is_long_long, length), (b'd', true, 6));
    }
}
