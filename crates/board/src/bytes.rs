//! Sizes in bytes, as board files write them and reports print them, and other numbers with their units.
//!
//! ```
//! use sostenuto_board::bytes;
//!
//! assert_eq!(bytes::parse("128K"), Ok(131_072));
//! assert_eq!(bytes::grouped(131_072), "131,072");
//! ```

use crate::printable::cut_short;

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// Not a number with at most one of the known units.
    #[error("`{0}` is no size: write bytes as 512, or \"512\", \"128K\", \"64M\", \"4G\" (K is 1024)")]
    Form(String),
    /// More bytes than 64 bits can count.
    #[error("`{0}` is more bytes than any board has")]
    Range(String),
}

/// Reads a size: digits, with `_` between them if you like, and one of the units `K`, `M`, `G` (steps of
/// 1024), which may carry a `B` or `iB` as in `128 KB` and `128 KiB`.
///
/// # Errors
/// When the text is of another form, or the number does not fit 64 bits.
pub fn parse(text: &str) -> Result<u64, SizeError> {
    let form = || SizeError::Form(cut_short(text));
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(trimmed.len());
    let (digits, unit) = trimmed.split_at(end);
    let digits = digits.replace('_', "");
    if digits.is_empty() {
        return Err(form());
    }
    let shift = match unit.trim_start() {
        "" | "B" => 0,
        "K" | "KB" | "KiB" => 10,
        "M" | "MB" | "MiB" => 20,
        "G" | "GB" | "GiB" => 30,
        _ => return Err(form()),
    };
    // Only digits are left, so the one possible fault is their number.
    let number: u64 = digits.parse().map_err(|_| SizeError::Range(cut_short(text)))?;
    number.checked_mul(1 << shift).ok_or_else(|| SizeError::Range(cut_short(text)))
}

/// A clock in hertz, as `40 MHz`.
pub fn megahertz(hz: u64) -> String {
    format!("{} MHz", hz as f64 / 1e6)
}

/// So many bytes as a musician would call them: the time that they hold, as `62 ms of 32-bit samples at 48 kHz`.
pub fn as_sound(bytes: u64) -> String {
    let seconds = (bytes / 4) as f64 / 48_000.0;
    let time = match seconds {
        s if s < 0.001 => format!("{:.0} us", s * 1_000_000.0),
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    };
    format!("{time} of 32-bit samples at 48 kHz")
}

/// The number with a comma between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The number of bytes with its unit, as `16,384 B`.
pub fn text(bytes: u64) -> String {
    format!("{} B", grouped(bytes))
}

/// The size in its largest whole unit, as `128 KB` or `96 B`; for lists where exact figures stand elsewhere.
pub fn short(bytes: u64) -> String {
    match bytes {
        0 => "0 B".to_owned(),
        b if b % (1 << 30) == 0 => format!("{} GB", b >> 30),
        b if b % (1 << 20) == 0 => format!("{} MB", b >> 20),
        b if b % (1 << 10) == 0 => format!("{} KB", grouped(b >> 10)),
        b => text(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_steps_of_1024() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("131_072", 131_072),
            ("128K", 131_072),
            (" 128 KiB ", 131_072),
            ("64MB", 67_108_864),
            ("4G", 4_294_967_296),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "K", "128k", "1.5K", "-1", "12 12", "0x10", "128Kb", "１２"] {
            assert!(matches!(parse(text), Err(SizeError::Form(_))), "{text}");
        }
        for text in ["99999999999999999999", "18446744073709551615K"] {
            assert!(matches!(parse(text), Err(SizeError::Range(_))), "{text}");
        }
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn short_sizes_are_exact() {
        assert_eq!(short(131_072), "128 KB");
        assert_eq!(short(67_108_864), "64 MB");
        assert_eq!(short(130_000), "130,000 B");
        assert_eq!(short(0), "0 B");
    }
}
