//! The texts of a program, each once, as they lie in memory.

use std::collections::HashMap;

/// The most dimensions that an array may have.
pub(super) const MOST_DIMENSIONS: usize = 8;

/// At offset 0 is the empty text, so that the address 0 is an empty text too.
#[derive(Debug)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    offsets: HashMap<String, usize>,
    no_arrays: HashMap<i32, usize>,
}

impl Default for Texts {
    fn default() -> Texts {
        Texts { bytes: vec![0], offsets: HashMap::new(), no_arrays: HashMap::new() }
    }
}

impl Texts {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The offset of a text, after which a zero stands.
    pub fn text(&mut self, text: &str) -> usize {
        if text.is_empty() {
            return 0;
        }
        if let Some(&offset) = self.offsets.get(text) {
            return offset;
        }
        let offset = self.bytes.len();
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
        self.offsets.insert(text.to_owned(), offset);
        offset
    }

    /// The offset of the head of an array without elements: its highest index is below its lowest.
    pub fn no_array(&mut self, base: i32) -> usize {
        if let Some(&offset) = self.no_arrays.get(&base) {
            return offset;
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let offset = self.bytes.len();
        for word in std::iter::once(0).chain([base - 1; MOST_DIMENSIONS]) {
            self.bytes.extend(word.to_le_bytes());
        }
        self.no_arrays.insert(base, offset);
        offset
    }
}
