//! An image: the linked firmware, its sections and its symbols.

use std::fmt;

use super::name;

/// A linked Arm image: its sections, where they are loaded, and its symbols.
pub struct Image<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) entry: u32,
    /// The allocated sections that have bytes, by address.
    pub(super) sections: Vec<Section<'a>>,
    /// The symbols with a name and a place, by address.
    pub(super) symbols: Vec<Symbol>,
    /// Where code and data begin within the sections of code, by address; empty when the linker dropped these marks.
    pub(super) marks: Vec<(u32, Mark)>,
    /// The sections that take no memory, by name.
    pub(super) debug: Vec<(String, &'a [u8])>,
}

/// A section that takes memory when the program runs.
#[derive(Debug, Clone)]
pub(super) struct Section<'a> {
    pub(super) name: String,
    pub(super) address: u32,
    pub(super) bytes: u64,
    pub(super) align: u64,
    pub(super) written: bool,
    pub(super) executed: bool,
    /// Its bytes in the file; `None` when it has none there (`NOBITS`).
    pub(super) data: Option<&'a [u8]>,
    /// Where its bytes are loaded; `None` when it has none, or no program header covers it.
    pub(super) load: Option<u32>,
    /// Its number in the file.
    pub(super) number: usize,
}

/// A named place.
#[derive(Debug, Clone)]
pub(super) struct Symbol {
    /// As in the file; [`Symbol::shown`] is for people.
    pub(super) name: String,
    pub(super) address: u32,
    pub(super) bytes: u32,
    pub(super) what: What,
    /// The index of its section in [`Image::sections`].
    pub(super) section: Option<usize>,
    pub(super) global: bool,
}

/// What a symbol names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Variable,
    Function,
    Place,
}

/// What follows a mark of the linker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Thumb,
    Data,
    Arm,
}

impl<'a> Image<'a> {
    /// The bytes of a section that takes no memory, such as those for debuggers; empty when there is none.
    pub(super) fn debug_section(&self, name: &str) -> &'a [u8] {
        self.debug.iter().find(|(known, _)| known == name).map_or(&[], |(_, data)| data)
    }

    /// So many bytes of the file that are at that address when the program runs.
    pub(super) fn at(&self, address: u32, bytes: u64) -> Option<&'a [u8]> {
        self.sections.iter().find_map(|section| {
            let from = usize::try_from(address.checked_sub(section.address)?).ok()?;
            section.data?.get(from..from.checked_add(usize::try_from(bytes).ok()?)?)
        })
    }

    /// The word at that address.
    pub(super) fn word(&self, address: u32) -> Option<u32> {
        Some(u32::from_le_bytes(self.at(address, 4)?.try_into().ok()?))
    }

    /// The section at that address.
    pub(super) fn section_at(&self, address: u32) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| section.holds(address))
    }

    /// The symbol of that name in the file.
    pub(super) fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.iter().find(|symbol| symbol.name == name)
    }

    /// The function that begins at that address, whatever bit 0 says.
    pub(super) fn function_at(&self, address: u32) -> Option<&Symbol> {
        let address = address & !1;
        let from = self.symbols.partition_point(|symbol| symbol.address < address);
        let here = self.symbols[from..].iter().take_while(|symbol| symbol.address <= address | 1);
        here.filter(|symbol| symbol.what == What::Function).max_by_key(|symbol| symbol.global)
    }

    /// The variables with a size, in a section.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&Symbol, &Section<'a>)> {
        let sized = self.symbols.iter().filter(|symbol| symbol.what == What::Variable && symbol.bytes > 0);
        sized.filter_map(|symbol| Some((symbol, &self.sections[symbol.section?])))
    }

    /// The variable that has the byte at that address.
    pub(super) fn variable_at(&self, address: u32) -> Option<&Symbol> {
        self.variables()
            .map(|(symbol, _)| symbol)
            .find(|symbol| symbol.address <= address && u64::from(address) < symbol.end())
    }
}

impl fmt::Debug for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Image { bytes, sections, symbols, .. } = self;
        write!(f, "Image({} B, {} sections, {} symbols)", bytes.len(), sections.len(), symbols.len())
    }
}

impl Section<'_> {
    /// The address behind its last byte.
    pub(super) fn end(&self) -> u64 {
        u64::from(self.address) + self.bytes
    }

    pub(super) fn holds(&self, address: u32) -> bool {
        self.address <= address && u64::from(address) < self.end()
    }
}

impl Symbol {
    /// The address behind its last byte.
    pub(super) fn end(&self) -> u64 {
        u64::from(self.address) + u64::from(self.bytes)
    }

    /// The name as its language writes it.
    pub(super) fn shown(&self) -> String {
        name::demangled(&self.name)
    }
}
