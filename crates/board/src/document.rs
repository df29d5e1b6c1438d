//! A TOML file under a reader that tells each mistake at its place, with a remedy.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::board::Board;
use crate::bytes;
use crate::error::FileFault;
use crate::printable::cut_short;
use crate::spelling;
use crate::storage::Kind;

/// What to write for a source that does not exist.
pub(crate) const SOURCE_HELP: &str = "say who published it, or write \"to calibrate\" when nobody did";

/// What to write for a size.
const SIZE_HELP: &str = "a size in bytes, or with a unit as \"128K\"";

/// More than anything that is counted in cycles or in words a sample.
const LARGEST_NUMBER: f64 = 1e9;

/// More than any memory has, and little enough for sums never to overflow.
const LARGEST_SIZE: u64 = 1 << 40;

/// The file under the reader's eyes.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> File<'a> {
    /// The entries of the whole file, which should be such a thing (with its article).
    pub(crate) fn entries(&self, what: &str) -> Result<DeTable<'a>, FileFault> {
        let root = DeTable::parse(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            self.fault(offset, error.message().to_owned(), &format!("{what} is TOML 1.0: https://toml.io"))
        })?;
        Ok(root.into_inner())
    }

    pub(crate) fn fault(&self, offset: usize, message: String, help: &str) -> FileFault {
        FileFault::at(self.name, self.text, offset, message, help.to_owned())
    }

    /// The line of a byte offset, counted from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.text[..self.text.floor_char_boundary(offset)].matches('\n').count() + 1
    }
}

/// One table of the file.
pub(crate) struct Table<'a> {
    pub(crate) file: File<'a>,
    /// How the errors call it.
    pub(crate) what: String,
    pub(crate) offset: usize,
    pub(crate) entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// Refuses keys that mean nothing: a misspelt one would else be a fact silently lost.
    pub(crate) fn only_keys(&self, known: &[&str]) -> Result<(), FileFault> {
        let strange = self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = strange.min_by_key(|key| key.span().start) else { return Ok(()) };
        let help = spelling::remedy(key.get_ref(), "the keys are", known.iter().copied());
        Err(self.file.fault(key.span().start, format!("{} has no key `{}`", self.what, key.get_ref()), &help))
    }

    pub(crate) fn get(&self, key: &'static str) -> Option<Item<'a>> {
        let value = self.entries.get(key)?;
        Some(Item { file: self.file, key, value })
    }

    pub(crate) fn need(&self, key: &'static str, help: &str) -> Result<Item<'a>, FileFault> {
        self.get(key).ok_or_else(|| self.missing(key, help))
    }

    pub(crate) fn missing(&self, key: &str, help: &str) -> FileFault {
        self.file.fault(self.offset, format!("{} lacks the key `{key}`", self.what), help)
    }

    /// Where the key's value is, or the table where the key is absent.
    pub(crate) fn offset_of(&self, key: &'static str) -> usize {
        self.get(key).map_or(self.offset, |item| item.value.span().start)
    }

    /// A fault at the key's value, or at the table where the key is absent.
    pub(crate) fn fault_at(&self, key: &'static str, message: String, help: &str) -> FileFault {
        self.file.fault(self.offset_of(key), message, help)
    }

    /// A text that must be there and say something.
    pub(crate) fn text(&self, key: &'static str, help: &str) -> Result<String, FileFault> {
        let item = self.need(key, help)?;
        let text = item.text(help)?;
        match text.trim() {
            "" => Err(item.fault(format!("{}: `{key}` is empty", self.what), help)),
            text => Ok(text.to_owned()),
        }
    }

    /// A name: a text of one line that no terminal takes for a command.
    pub(crate) fn name(&self, help: &str) -> Result<String, FileFault> {
        let name = self.text("name", help)?;
        match name.chars().find(|c| c.is_control()) {
            Some(c) => {
                let message =
                    format!("the name of {} holds the control character {}", self.what, c.escape_unicode());
                Err(self.fault_at("name", message, help))
            }
            None => Ok(name),
        }
    }

    pub(crate) fn optional_text(&self, key: &'static str) -> Result<String, FileFault> {
        let text = self.get(key).map(|item| item.text("a text in quotes")).transpose()?;
        Ok(text.unwrap_or_default().trim().to_owned())
    }

    /// A list of texts; empty when the key is absent.
    pub(crate) fn texts(&self, key: &'static str, wanted: &str) -> Result<Vec<String>, FileFault> {
        match self.get(key) {
            Some(list) => list.array(wanted)?.map(|item| item.text(wanted)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// A list of tables, each of which the errors call so; empty when the key is absent.
    pub(crate) fn tables(
        &self,
        key: &'static str,
        what: &str,
        wanted: &str,
    ) -> Result<Vec<Table<'a>>, FileFault> {
        match self.get(key) {
            Some(list) => list.array(wanted)?.map(|item| item.table(what.to_owned(), wanted)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// A whole number from 1 on that must be there.
    pub(crate) fn positive_u32(&self, key: &'static str, help: &str) -> Result<u32, FileFault> {
        let item = self.need(key, help)?;
        let number = item.positive_integer()?;
        u32::try_from(number).map_err(|_| item.fault(format!("`{key}` cannot be {number}"), help))
    }

    /// The DMA controllers of a board; none when the key is absent.
    pub(crate) fn masters(
        &self,
        key: &'static str,
        wanted: &str,
        board: &Board,
    ) -> Result<Vec<String>, FileFault> {
        match self.get(key) {
            Some(list) => list.array(wanted)?.map(|item| item.master(wanted, board)).collect(),
            None => Ok(Vec::new()),
        }
    }

    /// An optional word of those that there are.
    pub(crate) fn one_of<T: Copy, const N: usize>(
        &self,
        key: &'static str,
        all: [T; N],
        name: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, FileFault> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let names = all.map(&name);
        let words = format!("one of {}", names.join(", "));
        let text = item.text(&words)?;
        match all.into_iter().find(|&one| name(one) == text) {
            Some(one) => Ok(Some(one)),
            None => Err(item.fault(format!("`{key}` cannot be `{text}`"), &format!("write {words}"))),
        }
    }

    /// The source of facts, which must be there if one of them is; empty if none is.
    pub(crate) fn source_of(
        &self,
        facts: &[&'static str],
        source: &'static str,
    ) -> Result<String, FileFault> {
        match facts.iter().find_map(|fact| self.get(fact)) {
            Some(fact) => {
                self.has_source(&fact, source)?;
                self.text(source, SOURCE_HELP)
            }
            None => match self.get(source) {
                Some(item) => Err(item
                    .fault(format!("`{source}` is the source of nothing"), "leave it out, or tell the fact")),
                None => Ok(String::new()),
            },
        }
    }

    /// A size of at least one byte.
    pub(crate) fn size(&self, key: &'static str) -> Result<u64, FileFault> {
        self.need(key, SIZE_HELP)?.size(&self.what)
    }

    /// All entries, in the order of their keys, for a table whose keys are names.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'a Spanned<DeString<'a>>, Item<'a>)> {
        let file = self.file;
        self.entries.iter().map(move |(key, value)| (key, Item { file, key: "size", value }))
    }

    /// An optional fact, with the source that it must then have.
    pub(crate) fn fact<T>(
        &self,
        key: &'static str,
        source: &'static str,
        read: impl Fn(&Item<'a>) -> Result<T, FileFault>,
    ) -> Result<Option<(T, String)>, FileFault> {
        let Some(item) = self.get(key) else { return Ok(None) };
        self.has_source(&item, source)?;
        Ok(Some((read(&item)?, self.text(source, SOURCE_HELP)?)))
    }

    pub(crate) fn has_source(&self, fact: &Item<'_>, source: &'static str) -> Result<(), FileFault> {
        match self.get(source) {
            Some(_) => Ok(()),
            None => Err(fact.fault(format!("`{}` has no `{source}`", fact.key), SOURCE_HELP)),
        }
    }
}

/// One value of the file.
pub(crate) struct Item<'a> {
    file: File<'a>,
    pub(crate) key: &'static str,
    pub(crate) value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    pub(crate) fn fault(&self, message: String, help: &str) -> FileFault {
        self.file.fault(self.value.span().start, message, help)
    }

    pub(crate) fn wrong(&self, wanted: &str) -> FileFault {
        let found = self.value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        self.fault(format!("`{}` cannot be {article} {found}", self.key), &format!("write {wanted}"))
    }

    pub(crate) fn text(&self, wanted: &str) -> Result<String, FileFault> {
        self.value.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.wrong(wanted))
    }

    pub(crate) fn array(&self, wanted: &str) -> Result<impl Iterator<Item = Item<'a>> + use<'a>, FileFault> {
        let Item { file, key, value } = *self;
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(wanted))?;
        Ok(array.iter().map(move |value| Item { file, key, value }))
    }

    pub(crate) fn table(&self, what: String, wanted: &str) -> Result<Table<'a>, FileFault> {
        let entries = self.value.get_ref().as_table().ok_or_else(|| self.wrong(wanted))?;
        Ok(Table { file: self.file, what, offset: self.value.span().start, entries })
    }

    pub(crate) fn integer(&self) -> Result<u64, FileFault> {
        let Some(integer) = self.value.get_ref().as_integer() else {
            return Err(self.wrong("a whole number"));
        };
        u64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| {
            let help = match integer.as_str().starts_with('-') {
                true => "write a whole number from 0 on",
                false => "write a number that 64 bits can hold",
            };
            self.fault(format!("`{}` cannot be {}", self.key, cut_short(&integer.to_string())), help)
        })
    }

    /// A size of at least one byte, of what is called so.
    pub(crate) fn size(&self, what: &str) -> Result<u64, FileFault> {
        match self.size_or_nothing(what)? {
            0 => Err(self.fault(format!("{what} has a size of 0 B"), "leave it out, or give its size")),
            bytes => Ok(bytes),
        }
    }

    /// A size of what is called so, which may be nothing.
    pub(crate) fn size_or_nothing(&self, what: &str) -> Result<u64, FileFault> {
        let bytes = match self.value.get_ref() {
            DeValue::String(text) => {
                bytes::parse(text).map_err(|error| self.fault(error.to_string(), SIZE_HELP))?
            }
            _ => self.integer()?,
        };
        match bytes {
            bytes if bytes > LARGEST_SIZE => Err(self
                .fault(format!("{what} has a size of {}", bytes::text(bytes)), "the largest size is 1024G")),
            bytes => Ok(bytes),
        }
    }

    pub(crate) fn positive_integer(&self) -> Result<u64, FileFault> {
        match self.integer()? {
            0 => Err(self.fault(format!("`{}` cannot be 0", self.key), "write a whole number from 1 on")),
            number => Ok(number),
        }
    }

    /// A number from 0 on.
    pub(crate) fn number(&self) -> Result<f64, FileFault> {
        let (number, text) = match self.value.get_ref() {
            DeValue::Float(float) => (float.as_str().parse().unwrap_or(f64::NAN), float.to_string()),
            DeValue::Integer(integer) => {
                let number = i128::from_str_radix(integer.as_str(), integer.radix());
                (number.map_or(f64::NAN, |number| number as f64), integer.to_string())
            }
            _ => return Err(self.wrong("a number")),
        };
        match (0.0..=LARGEST_NUMBER).contains(&number) {
            true => Ok(number),
            false => Err(self.fault(
                format!("`{}` cannot be {}", self.key, cut_short(&text)),
                "write a number from 0 on, below 1,000,000,000",
            )),
        }
    }

    pub(crate) fn positive_number(&self) -> Result<f64, FileFault> {
        match self.number()? {
            0.0 => Err(self.fault(format!("`{}` cannot be 0", self.key), "write a number larger than 0")),
            number => Ok(number),
        }
    }

    /// Yes or no.
    pub(crate) fn boolean(&self) -> Result<bool, FileFault> {
        self.value.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    pub(crate) fn address(&self) -> Result<u32, FileFault> {
        let address = self.integer()?;
        u32::try_from(address).map_err(|_| {
            let message = format!("{address:#x} is no 32-bit address");
            self.fault(message, "write an address up to 0xFFFF_FFFF")
        })
    }

    /// A DMA controller of that board: a misspelt one would reach nothing.
    pub(crate) fn master(&self, wanted: &str, board: &Board) -> Result<String, FileFault> {
        let master = self.text(wanted)?;
        let known = board.masters();
        if known.contains(master.as_str()) {
            return Ok(master);
        }
        let help = spelling::remedy_of_all(&master, "its DMA controllers are", known);
        Err(self.fault(format!("no region of the board `{}` is reached by `{master}`", board.name), &help))
    }

    pub(crate) fn kind(&self) -> Result<Kind, FileFault> {
        let name = self.text("the name of a kind in quotes")?;
        Kind::from_name(&name).ok_or_else(|| {
            let help = spelling::remedy_of_all(&name, "the kinds are", Kind::ALL.map(Kind::name));
            self.fault(format!("`{name}` is no kind of storage"), &help)
        })
    }
}
