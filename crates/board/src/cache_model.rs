//! A model of a data cache: which accesses find their line in it.
//!
//! ```
//! use sostenuto_board::cache_model::{CacheModel, Fetch};
//!
//! let mut cache = CacheModel::new(16_384, 32, 4);
//! assert_eq!(cache.access(0x100, false), Some(Fetch { is_next: false, written_back: None })); // not there yet
//! assert_eq!(cache.access(0x11c, true), None); // the same line
//! assert_eq!(cache.access(0x120, false).unwrap().is_next, true); // the line after one that is there
//! ```
//!
//! A line that is wanted and not there takes the place of the one of its set that was used longest ago, and is fetched for
//! writes too. A Cortex-M7 chooses at random among its ways; this model is to compare plans, not to foretell a device.

/// A cache that holds whole lines in sets of a few ways.
#[derive(Debug, Clone)]
pub struct CacheModel {
    /// The lines of each set, the one used last first.
    lines: Vec<Line>,
    ways: usize,
    sets: usize,
    shift: u32,
    /// Whether lines go to sets by a hash of their numbers.
    is_hashed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    /// Its address divided by the bytes of a line.
    number: u64,
    dirty: bool,
}

/// No line has this number.
const EMPTY: Line = Line { number: u64::MAX, dirty: false };

/// A line that had to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// Whether the line before or after it was there: a head has come to it.
    pub is_next: bool,
    /// The address of the line that had to be written back for it.
    pub written_back: Option<u64>,
}

impl CacheModel {
    /// An empty cache of so many bytes, with lines and ways as given. What is no cache is taken as the nearest smaller one.
    pub fn new(bytes: u32, line: u32, ways: u32) -> CacheModel {
        let (shift, ways) = (line.max(4).ilog2(), ways.max(1) as usize);
        let lines = (bytes >> shift) as usize;
        let sets = 1 << (lines / ways).max(1).ilog2();
        CacheModel { lines: vec![EMPTY; sets * ways], ways, sets, shift, is_hashed: false }
    }

    /// The same, but with each line in a set that a hash of its address tells, not the low bits of that: heads at equal distances
    /// from each other do not contend for one set. This is what a program sees whose storages were moved apart.
    #[must_use]
    pub fn without_conflicts(self) -> CacheModel {
        CacheModel { is_hashed: true, ..self }
    }

    /// Forgets all lines, and writes none back.
    pub fn clear(&mut self) {
        self.lines.fill(EMPTY);
    }

    /// Accesses the byte at `address`; `None` if its line is there.
    pub fn access(&mut self, address: u64, is_write: bool) -> Option<Fetch> {
        if self.access_last(address, is_write) { None } else { self.search(address >> self.shift, is_write) }
    }

    /// Accesses the byte if its line is the one of its set that was used last; false, and nothing done, if not. This takes a
    /// few instructions only.
    #[inline(always)]
    pub fn access_last(&mut self, address: u64, is_write: bool) -> bool {
        let number = address >> self.shift;
        let first = self.first(number);
        match self.lines.get_mut(first) {
            Some(line) if line.number == number => {
                line.dirty |= is_write;
                true
            }
            _ => false,
        }
    }

    /// Where the set of that line begins.
    #[inline(always)]
    fn first(&self, number: u64) -> usize {
        // Fibonacci hashing: the upper half of the product depends on all bits.
        let number = if self.is_hashed { number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32 } else { number };
        (number as usize & (self.sets - 1)) * self.ways
    }

    fn set(&mut self, number: u64) -> &mut [Line] {
        let first = self.first(number);
        &mut self.lines[first..first + self.ways]
    }

    fn search(&mut self, number: u64, is_write: bool) -> Option<Fetch> {
        let set = self.set(number);
        if let Some(way) = set.iter().position(|line| line.number == number) {
            set[..=way].rotate_right(1);
            set[0].dirty |= is_write;
            return None;
        }
        set.rotate_right(1);
        let evicted = std::mem::replace(&mut set[0], Line { number, dirty: is_write });
        let holds = |number: u64| {
            let first = self.first(number);
            self.lines[first..first + self.ways].iter().any(|line| line.number == number)
        };
        let is_next = number.checked_sub(1).is_some_and(holds) || holds(number + 1);
        Some(Fetch { is_next, written_back: evicted.dirty.then(|| evicted.number << self.shift) })
    }
}
