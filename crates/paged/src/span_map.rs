//! A picture of who has which bytes of a store.

use crate::span_allocator::{SpanAllocator, SpanStatistics};
use core::fmt;
use core::ops::Range;

/// What is where in a store: made by [`SpanAllocator::map`], to be printed.
///
/// A row of 64 characters, or fewer for a store of few bytes, stands for the whole store. Under it is a line for each span,
/// with the letter that stands for it in the row.
///
/// ```
/// use sostenuto_paged::SpanAllocator;
///
/// let mut spans = SpanAllocator::<8>::new(0..65_536);
/// spans.allocate("log", 4000, 1)?;
/// spans.allocate("presets", 9000, 512)?;
/// spans.allocate("delay", 32_768, 4096)?;
/// let map = "\
/// 65536 B by 1024 B: a capital is full of a span, a small letter in part, + has several spans, - none
/// [AAAaBBBBBBBBb---CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC----------------]
/// A  0x00000000        4000 B  log
/// B  0x00001000        9000 B  presets
/// C  0x00004000       32768 B  delay
/// 45768 B are used, 19768 B are free in 3 pieces, 16384 B in the largest";
/// assert_eq!(spans.map().to_string(), map);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SpanMap<'a, const SPANS: usize> {
    spans: &'a SpanAllocator<SPANS>,
}

/// The most characters of the row.
const CELLS: u32 = 64;

impl<'a, const SPANS: usize> SpanMap<'a, SPANS> {
    pub(crate) const fn new(spans: &'a SpanAllocator<SPANS>) -> Self {
        Self { spans }
    }

    /// The character for these bytes.
    fn cell(&self, cell: &Range<u32>) -> char {
        let mut inside = (0..)
            .zip(self.spans.notes())
            .filter(|(_, note)| note.address < cell.end && note.end() > cell.start);
        match (inside.next(), inside.next()) {
            (None, _) => '-',
            (Some((index, note)), None) => {
                let is_full = note.address <= cell.start && note.end() >= cell.end;
                if is_full { letter(index) } else { letter(index).to_ascii_lowercase() }
            }
            (Some(_), Some(_)) => '+',
        }
    }
}

/// After the last letter comes the first again.
fn letter(index: u32) -> char {
    char::from(b'A' + (index % 26) as u8)
}

impl<const SPANS: usize> fmt::Display for SpanMap<'_, SPANS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.spans.range;
        let size = end - start;
        let cell = size.div_ceil(CELLS).max(1);
        writeln!(
            f,
            "{size} B by {cell} B: a capital is full of a span, a small letter in part, + has several spans, - none"
        )?;
        f.write_str("[")?;
        for number in 0..size.div_ceil(cell) {
            let first = start + number * cell;
            let last = first.saturating_add(cell).min(end);
            write!(f, "{}", self.cell(&(first..last)))?;
        }
        f.write_str("]\n")?;
        for (index, note) in (0..).zip(self.spans.notes()) {
            let (address, bytes, owner) = (note.address, note.bytes, note.owner);
            writeln!(f, "{}  {address:#010x}  {bytes:>10} B  {owner}", letter(index))?;
        }
        let SpanStatistics { used, free, largest_free, free_pieces, .. } = self.spans.statistics();
        let pieces = if free_pieces == 1 { "piece" } else { "pieces" };
        write!(
            f,
            "{used} B are used, {free} B are free in {free_pieces} {pieces}, {largest_free} B in the largest"
        )
    }
}
