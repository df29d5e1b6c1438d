//! Numbers as they are written.

/// An integer literal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Integer {
    pub value: u64,
    /// It fits no `int`, by its size or its suffix.
    pub long: bool,
    pub signed: bool,
}

/// Reads an integer in decimal, hexadecimal, octal or binary, with its suffix; `None` when it is none.
pub(super) fn integer(text: &str) -> Option<Integer> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => match lower.strip_prefix("0b") {
            Some(digits) => (digits, 2),
            None if lower.starts_with('0') => (lower.as_str(), 8),
            None => (lower.as_str(), 10),
        },
    };
    let number = digits.trim_end_matches(['u', 'l']);
    let suffix = &digits[number.len()..];
    let value = u64::from_str_radix(number, radix).ok()?;
    let (unsigned, longs) = match suffix {
        "" => (false, 0),
        "u" => (true, 0),
        "l" => (false, 1),
        "ll" => (false, 2),
        "ul" | "lu" => (true, 1),
        "ull" | "llu" => (true, 2),
        _ => return None,
    };
    // Only those that are not decimal become unsigned by their size alone.
    let may_be_unsigned = unsigned || radix != 10;
    let fits_int = longs < 2
        && (!unsigned && value <= i32::MAX as u64 || may_be_unsigned && value <= u64::from(u32::MAX));
    let signed = match fits_int {
        true => !unsigned && value <= i32::MAX as u64,
        false => !unsigned && (value <= i64::MAX as u64),
    };
    Some(Integer { value, long: !fits_int, signed })
}

/// Reads a floating literal; whether it is a `float`, by its suffix.
pub(super) fn floating(text: &str) -> Option<(f64, bool)> {
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return hexadecimal(digits);
    }
    let (digits, single) = match lower.strip_suffix('f') {
        Some(digits) => (digits, true),
        None => (lower.strip_suffix('l').unwrap_or(&lower), false),
    };
    if !digits.contains(['.', 'e']) {
        return None;
    }
    let starts = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    if !starts || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-')) {
        return None;
    }
    // Rounded once: by way of a double some would differ in the last bit.
    if single {
        return digits.parse::<f32>().ok().map(|value| (value.into(), true));
    }
    digits.parse().ok().map(|value| (value, false))
}

/// Why it is neither.
pub(super) fn fault(text: &str) -> String {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
    if decimal && digits.starts_with('0') && digits.contains(['8', '9']) {
        format!("`{text}` begins with 0, so it is octal: its digits are 0 to 7")
    } else if decimal && digits.parse::<u64>().is_err() {
        format!("`{text}` is too large: an integer has at most 64 bits")
    } else {
        format!("`{text}` is no number")
    }
}

fn hexadecimal(text: &str) -> Option<(f64, bool)> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (exponent, single) = match exponent.strip_suffix('f') {
        Some(exponent) => (exponent, true),
        None => (exponent.strip_suffix('l').unwrap_or(exponent), false),
    };
    let mut power: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() || !(-5000..=5000).contains(&power) || mantissa.len() > 16 {
        return None;
    }
    let mut value = 0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    power -= 4 * fraction.len() as i32;
    Some((value * 2f64.powi(power), single))
}
