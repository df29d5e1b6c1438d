//! What the values of options look like, and what is said of those that do not.

use sostenuto_board::bytes;
use sostenuto_board::inspect::DmaBuffer;
use std::ops::RangeInclusive;
use std::str::FromStr;

use sostenuto_machine::{Assignment, Change, ParameterError, conez};

/// A parameter at the start or at a later time.
#[derive(Debug, Clone, Copy)]
pub enum Setting {
    /// From the start on.
    Start(Assignment),
    /// From a time on.
    Later(Change),
}

impl Setting {
    /// Reads `NAME=VALUE` or `NAME=VALUE@TIME`.
    pub fn parse(text: &str) -> Result<Setting, ParameterError> {
        if text.contains('@') { text.parse().map(Setting::Later) } else { text.parse().map(Setting::Start) }
    }
}

/// Seconds of sound; the least is a few samples at any usual rate, the most keeps the sound within memory.
pub fn seconds(text: &str) -> Result<f64, String> {
    within(text, 0.001..=3600.0, "a number of seconds from 0.001 to 3600")
}

/// What a time on the way is.
pub const LATER: &str = "a number of seconds from 0 to 3600";

/// A time on the way, in seconds.
pub fn later(text: &str) -> Option<f64> {
    within(text, 0.0..=3600.0, LATER).ok()
}

/// The share of the patch's sound.
pub fn mix(text: &str) -> Result<f32, String> {
    within(text, 0.0..=1.0, "a number from 0 (dry) to 1 (the patch alone)")
}

/// A gain in decibels.
pub fn decibels(text: &str) -> Result<f32, String> {
    within(text, -100.0..=60.0, "a number from -100 to 60")
}

/// A rate in Hz.
pub fn clock(text: &str) -> Result<u32, String> {
    within(text, 1..=352_800, "a whole number of Hz from 1 to 352800, such as 44100")
}

/// The clock of a bus, given in megahertz with the unit; in hertz.
pub fn megahertz(text: &str) -> Result<u32, String> {
    const WHAT: &str = "a clock in MHz from 0.001MHz to 1000MHz, such as 40MHz";
    let unit = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    let number = unit.filter(|(_, unit)| unit.eq_ignore_ascii_case("MHz")).map(|(number, _)| number);
    let number = within(number.unwrap_or_default(), 0.001..=1000.0, WHAT)?;
    Ok((number * 1e6_f64).round() as u32)
}

/// A seed.
pub fn seed(text: &str) -> Result<u64, String> {
    within(text, 0..=u64::MAX, "a whole number from 0 to 18446744073709551615")
}

/// A time of the calendar, in milliseconds from 1970.
pub fn epoch(text: &str) -> Result<i64, String> {
    conez::epoch(text).ok_or_else(|| {
        "expected a time in UTC, such as 2025-06-21 or 2025-06-21T22:15:00, or seconds from 1970".to_owned()
    })
}

/// A number of bytes.
pub fn size(text: &str) -> Result<u64, String> {
    bytes::parse(text).map_err(|_| "expected a number of bytes, such as 4096 or 4K".to_owned())
}

/// A DMA buffer and its controller.
pub fn dma(text: &str) -> Result<DmaBuffer, String> {
    match text.rsplit_once('=') {
        Some((symbol, master)) if !symbol.is_empty() && !master.is_empty() => {
            Ok(DmaBuffer { symbol: symbol.to_owned(), master: master.to_owned(), maintained: false })
        }
        _ => Err("expected SYMBOL=MASTER, such as rx_buffer=DMA1".to_owned()),
    }
}

fn within<T: FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>, what: &str) -> Result<T, String> {
    text.trim().parse().ok().filter(|value| range.contains(value)).ok_or_else(|| format!("expected {what}"))
}
