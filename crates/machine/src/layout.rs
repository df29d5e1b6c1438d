//! Where things lie in a patch's linear memory: the storages by address, and the globals that the host knows.

use sostenuto_board::patch::Facts;
use sostenuto_board::storage::Kind;
use sostenuto_vm::LinearMemory;

use crate::fault::Place;

/// The storages in order of address.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    spans: Vec<Span>,
}

#[derive(Debug, Clone)]
struct Span {
    start: u64,
    end: u64,
    name: String,
    kind: Kind,
}

impl Layout {
    /// The storages of the facts, and the stack when it is none of them.
    pub(crate) fn new(facts: &Facts) -> Layout {
        let mut spans: Vec<Span> = Vec::with_capacity(facts.storages.len() + 1);
        for storage in &facts.storages {
            if let (Some(start), true) = (storage.address, storage.bytes > 0) {
                let start = u64::from(start);
                let end = start + u64::from(storage.bytes);
                spans.push(Span { start, end, name: storage.name.clone(), kind: storage.kind });
            }
        }
        let (start, bytes) = (u64::from(facts.stack.address), u64::from(facts.stack.bytes));
        if bytes > 0 && !spans.iter().any(|span| span.start < start + bytes && start < span.end) {
            spans.push(Span { start, end: start + bytes, name: "stack".to_owned(), kind: Kind::Stack });
        }
        spans.sort_by_key(|span| span.start);
        Layout { spans }
    }

    /// The byte address of `words` words at a word index, when they lie inside one storage and inside `size` bytes.
    ///
    /// A patch without any storage (a module written by hand) has only the size as its limit.
    pub(crate) fn range(&self, pointer: u32, words: u64, size: u32) -> Option<u64> {
        let start = u64::from(pointer) * 4;
        let end = start.checked_add(words.checked_mul(4)?)?;
        let whole = self.spans.is_empty() || self.at(start).is_some_and(|span| end <= span.end);
        (whole && end <= u64::from(size)).then_some(start)
    }

    /// What lies at a word index; `writing` tells whether a storage found there must be read-only.
    pub(crate) fn place(&self, pointer: i32, writing: bool) -> Place {
        let address = u64::from(pointer as u32) * 4;
        if let Some(span) = self.at(address) {
            return Place::Inside {
                storage: span.name.clone(),
                words: span.words(),
                index: ((address - span.start) / 4) as u32,
                read_only: writing && self.is_read_only(address),
            };
        }
        if pointer == 0 {
            return Place::Null;
        }
        // A negative index means a little before address 0, not the far end of memory.
        let signed = i64::from(pointer) * 4;
        let distance = |span: &Span| {
            if signed < span.start as i64 { signed - span.start as i64 } else { signed - span.end as i64 + 4 }
        };
        let nearest = self.spans.iter().min_by_key(|span| distance(span).abs());
        Place::Outside { nearest: nearest.map(|span| (span.name.clone(), span.words(), distance(span) / 4)) }
    }

    /// Whether a byte address belongs to a table, which nothing may write.
    pub(crate) fn is_read_only(&self, address: u64) -> bool {
        self.at(address).is_some_and(|span| span.kind == Kind::Table)
    }

    fn at(&self, address: u64) -> Option<&Span> {
        let after = self.spans.partition_point(|span| span.start <= address);
        self.spans[..after].last().filter(|span| address < span.end)
    }
}

impl Span {
    fn words(&self) -> u32 {
        ((self.end - self.start) / 4) as u32
    }
}

/// An array of words in linear memory that the host reads or writes by name; perhaps absent, perhaps short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    address: u64,
    length: u32,
}

impl Words {
    /// The storage of that name, cut to what `size` bytes of memory hold; no words when there is none.
    pub(crate) fn find(facts: &Facts, name: &str, size: u32) -> Words {
        let storage = facts.storages.iter().find(|storage| storage.name == name);
        let Some((address, bytes)) = storage.and_then(|storage| Some((storage.address?, storage.bytes)))
        else {
            return Words::default();
        };
        let bytes = bytes.min(size.saturating_sub(address));
        Words { address: address.into(), length: bytes / 4 }
    }

    pub(crate) fn len(self) -> usize {
        self.length as usize
    }

    /// The word at `index`, 0 where there is none.
    pub(crate) fn get(self, memory: &mut impl LinearMemory, index: u32) -> i32 {
        if index >= self.length {
            return 0;
        }
        memory.load(self.address + u64::from(index) * 4).map_or(0, i32::from_le_bytes)
    }

    /// Sets the word at `index`, if there is one.
    pub(crate) fn set(self, memory: &mut impl LinearMemory, index: u32, value: i32) {
        if index < self.length {
            // `find` has cut the array to the memory, so this cannot fail.
            let _ = memory.store(self.address + u64::from(index) * 4, value.to_le_bytes());
        }
    }

    /// Sets as many words as there are.
    pub(crate) fn fill(self, memory: &mut impl LinearMemory, values: &[i32]) {
        for (index, value) in (0..self.length).zip(values) {
            self.set(memory, index, *value);
        }
    }
}

/// The globals that the host knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Globals {
    pub(crate) signal: Words,
    pub(crate) positions: Words,
    pub(crate) params: Words,
    pub(crate) display_leds: Words,
    pub(crate) clock: Words,
    pub(crate) host_position: Words,
    pub(crate) instance: Words,
    pub(crate) config: Words,
    pub(crate) clock_freq_limit: Words,
    pub(crate) update_mask: Words,
}

impl Globals {
    pub(crate) fn find(facts: &Facts, size: u32) -> Globals {
        let words = |name| Words::find(facts, name, size);
        Globals {
            signal: words("signal"),
            positions: words("positions"),
            params: words("params"),
            display_leds: words("displayLEDs"),
            clock: words("clock"),
            host_position: words("hostPosition"),
            instance: words("instance"),
            config: words("config"),
            clock_freq_limit: words("clockFreqLimit"),
            update_mask: words("updateMask"),
        }
    }
}

#[cfg(test)]
mod tests {
    use sostenuto_board::storage::Storage;

    use super::*;

    fn layout() -> Layout {
        let storage = |name: &str, kind, address, bytes| Storage {
            address: Some(address),
            ..Storage::new(name, kind, bytes)
        };
        let storages = vec![storage("sine", Kind::Table, 16, 64), storage("buf", Kind::State, 160, 40)];
        let stack = sostenuto_board::patch::Stack { address: 1024, bytes: 256, ..Default::default() };
        Layout::new(&Facts { storages, stack, ..Facts::default() })
    }

    #[test]
    fn a_range_must_lie_inside_one_storage() {
        let layout = layout();
        assert_eq!(layout.range(40, 10, 4096), Some(160));
        assert_eq!(layout.range(40, 11, 4096), None);
        assert_eq!(layout.range(49, 1, 4096), Some(196));
        assert_eq!(layout.range(50, 1, 4096), None);
        assert_eq!(layout.range(256, 64, 4096), Some(1024), "the stack counts");
        assert_eq!(layout.range(256, 64, 1100), None, "the memory may be smaller");
        assert_eq!(layout.range(u32::MAX, u64::MAX, 4096), None);
    }

    #[test]
    fn a_place_is_told_by_its_nearest_storage() {
        let layout = layout();
        let inside = |storage: &str, words, index, read_only| Place::Inside {
            storage: storage.to_owned(),
            words,
            index,
            read_only,
        };
        assert_eq!(layout.place(5, true), inside("sine", 16, 1, true));
        assert_eq!(layout.place(5, false), inside("sine", 16, 1, false));
        assert_eq!(layout.place(41, true), inside("buf", 10, 1, false));
        assert_eq!(layout.place(0, true), Place::Null);
        let outside = |storage: &str, words, distance| Place::Outside {
            nearest: Some((storage.to_owned(), words, distance)),
        };
        assert_eq!(layout.place(20, false), outside("sine", 16, 1));
        assert_eq!(layout.place(38, false), outside("buf", 10, -2));
        assert_eq!(layout.place(-1, false), outside("sine", 16, -5));
    }
}
