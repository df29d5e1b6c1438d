//! Reads a board from the text of its file; the format is told in `docs/boards.md`.

mod paged;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::board::Board;
use crate::bytes;
use crate::error::{FileFault, nearest};
use crate::region::{Cache, End, Region, Reserved, Retained};
use crate::storage::Kind;

const BOARD_KEYS: &[&str] = &[
    "name",
    "title",
    "description",
    "source",
    "clock_hz",
    "clock_source",
    "cycles_per_instruction",
    "cycles_source",
    "region",
    "paged",
];

const REGION_KEYS: &[&str] = &[
    "name",
    "origin",
    "size",
    "reserved",
    "accepts",
    "only",
    "rank",
    "latency_cycles",
    "speed_source",
    "bus",
    "masters",
    "cache",
    "bus_source",
    "retained",
    "retained_source",
    "note",
    "source",
];

/// More than any board has, and little enough for sums never to overflow.
const LARGEST_REGION: u64 = 1 << 40;

const RESERVED_KEYS: &[&str] = &["size", "at", "why", "source"];

/// What to write for a source that does not exist.
const SOURCE_HELP: &str = "say who published it, or write \"to calibrate\" when nobody did";

/// Reads a board file.
pub(crate) fn parse(text: &str, file: &str) -> Result<Board, FileFault> {
    let file = File { name: file, text };
    let root = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        file.fault(offset, error.message().to_owned(), "a board file is TOML 1.0: https://toml.io")
    })?;
    let table = Table { file, what: "the board".to_owned(), offset: 0, entries: root.get_ref() };
    table.only_keys(BOARD_KEYS)?;

    let name = table.name("a name such as \"my-board\"")?;
    let clock = table.fact("clock_hz", "clock_source", Item::positive_integer)?;
    let cycles = table.fact("cycles_per_instruction", "cycles_source", Item::positive_number)?;
    let regions = regions(&table)?;
    let paged = paged::read(&table, &regions)?;
    let board = Board {
        name,
        title: table.text("title", "one line that tells what the board is")?,
        description: table.optional_text("description")?,
        source: table.text("source", SOURCE_HELP)?,
        clock_hz: clock.as_ref().map(|clock| clock.0),
        clock_source: clock.map(|clock| clock.1).unwrap_or_default(),
        cycles_per_instruction: cycles.as_ref().map(|cycles| cycles.0),
        cycles_source: cycles.map(|cycles| cycles.1).unwrap_or_default(),
        regions,
        paged,
    };
    Ok(board)
}

fn regions(board: &Table<'_>) -> Result<Vec<Region>, FileFault> {
    let help = "add at least one [[region]] with name, size, accepts, rank, speed_source and source";
    let list = board.get("region").ok_or_else(|| board.missing("region", help))?;
    let mut regions: Vec<Region> = Vec::new();
    for item in list.array("a [[region]] section")? {
        let table = item.table("a region".to_owned(), "a [[region]] section")?;
        let region = region(&table)?;
        if regions.iter().any(|other| other.name == region.name) {
            let message = format!("two regions are named `{}`", region.name);
            return Err(table.fault_at("name", message, "give each region a name of its own"));
        }
        if let Some(other) = regions.iter().find(|other| overlap(other, &region)) {
            let message = format!(
                "region `{}` ({}) overlaps `{}` ({})",
                region.name,
                span(&region),
                other.name,
                span(other)
            );
            return Err(table.fault_at("origin", message, "correct the origin or the size of one of them"));
        }
        if let Some((name, other)) = regions
            .iter()
            .find_map(|other| Some((region.only.iter().find(|name| other.only.contains(name))?, &other.name)))
        {
            let message = format!("regions `{other}` and `{}` both claim the storage `{name}`", region.name);
            return Err(table.fault_at("only", message, "name it in one of them"));
        }
        regions.push(region);
    }
    if regions.is_empty() {
        return Err(list.fault("the board has no region".to_owned(), help));
    }
    Ok(regions)
}

fn region(table: &Table<'_>) -> Result<Region, FileFault> {
    let name = table.name("a name such as \"SRAM\"")?;
    let table = &Table { what: format!("region `{name}`"), ..*table };
    table.only_keys(REGION_KEYS)?;
    let region = Region {
        origin: table.get("origin").map(|item| item.address()).transpose()?,
        bytes: table.size("size")?,
        reserved: match table.get("reserved") {
            Some(list) => list
                .array("a list such as [{ size = \"32K\", at = \"start\", why = \"…\", source = \"…\" }]")?
                .map(|item| {
                    reserved(&item.table(format!("a reserved part of region `{name}`"), "{ size = … }")?)
                })
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        },
        accepts: table
            .need("accepts", "a list of kinds, such as [\"state\", \"table\"]; [] keeps the region free")?
            .array("a list of kinds, such as [\"state\", \"table\"]")?
            .map(|item| item.kind())
            .collect::<Result<_, _>>()?,
        only: match table.get("only") {
            Some(list) => list
                .array("a list of storages' names, such as [\"delay memory\"]")?
                .map(|item| item.text("the name of a storage"))
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        },
        rank: {
            let item = table.need("rank", "1 for the fastest region of the board, larger for slower")?;
            let rank = item.positive_integer()?;
            u32::try_from(rank)
                .map_err(|_| item.fault(format!("rank {rank} is too large"), "count from 1"))?
        },
        latency_cycles: table
            .get("latency_cycles")
            .map(|item| {
                let cycles = item.integer()?;
                u32::try_from(cycles).map_err(|_| {
                    item.fault(
                        format!("{cycles} cycles are no latency"),
                        "leave the key out when it is not known",
                    )
                })
            })
            .transpose()?,
        speed_source: table.text("speed_source", SOURCE_HELP)?,
        bus: table.optional_text("bus")?,
        masters: match table.get("masters") {
            Some(list) => {
                let help = "a list of DMA controllers, such as [\"DMA1\", \"DMA2\"]; [] when none reaches it";
                Some(list.array(help)?.map(|item| item.text(help)).collect::<Result<_, _>>()?)
            }
            None => None,
        },
        cache: table.one_of("cache", Cache::ALL, Cache::name)?,
        bus_source: table.source_of(&["bus", "masters", "cache"], "bus_source")?,
        retained: table.one_of("retained", Retained::ALL, Retained::name)?,
        retained_source: table.source_of(&["retained"], "retained_source")?,
        note: table.optional_text("note")?,
        source: table.text("source", SOURCE_HELP)?,
        name,
    };
    check(table, &region)?;
    Ok(region)
}

fn reserved(table: &Table<'_>) -> Result<Reserved, FileFault> {
    table.only_keys(RESERVED_KEYS)?;
    let at = table.need("at", "\"start\" or \"end\" of the region")?;
    Ok(Reserved {
        bytes: table.size("size")?,
        at: match at.text("\"start\" or \"end\"")?.as_str() {
            "start" => End::Start,
            "end" => End::End,
            other => {
                return Err(
                    at.fault(format!("`{other}` is no end of a region"), "write \"start\" or \"end\"")
                );
            }
        },
        why: table.text("why", "tell who needs the bytes")?,
        source: table.text("source", SOURCE_HELP)?,
    })
}

/// What is wrong with a region by itself.
fn check(table: &Table<'_>, region: &Region) -> Result<(), FileFault> {
    let name = &region.name;
    if region.reserved_bytes() > region.bytes {
        let message = format!(
            "region `{name}` has {}, but {} are reserved",
            bytes::text(region.bytes),
            bytes::text(region.reserved_bytes())
        );
        return Err(table.fault_at("reserved", message, "reserve at most the region's size"));
    }
    if let Some(origin) = region.origin
        && u64::from(origin).checked_add(region.bytes).is_none_or(|end| end > 1 << 32)
    {
        let message = format!(
            "region `{name}` ends past the 32-bit addresses: {origin:#010x} and {}",
            bytes::text(region.bytes)
        );
        return Err(table.fault_at("size", message, "correct the origin or the size"));
    }
    if region.accepts.is_empty() && !region.only.is_empty() {
        let message =
            format!("region `{name}` is for `{}` only, but accepts no kind", region.only.join("`, `"));
        return Err(table.fault_at("only", message, "name the storage's kind in `accepts`"));
    }
    Ok(())
}

fn overlap(a: &Region, b: &Region) -> bool {
    let (Some(at), Some(bt)) = (a.origin.map(u64::from), b.origin.map(u64::from)) else { return false };
    at < bt + b.bytes && bt < at + a.bytes
}

fn span(region: &Region) -> String {
    let origin = region.origin.map_or(0, u64::from);
    format!("{origin:#010x} to {:#010x}", origin + region.bytes - 1)
}

/// The file under the reader's eyes.
#[derive(Clone, Copy)]
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn fault(&self, offset: usize, message: String, help: &str) -> FileFault {
        FileFault::at(self.name, self.text, offset, message, help.to_owned())
    }
}

/// One table of the file.
struct Table<'a> {
    file: File<'a>,
    /// How the errors call it.
    what: String,
    offset: usize,
    entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// Refuses keys that mean nothing: a misspelt one would else be a fact silently lost.
    fn only_keys(&self, known: &[&str]) -> Result<(), FileFault> {
        let strange = self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = strange.min_by_key(|key| key.span().start) else { return Ok(()) };
        let help = match nearest(key.get_ref(), known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys are {}", known.join(", ")),
        };
        Err(self.file.fault(key.span().start, format!("{} has no key `{}`", self.what, key.get_ref()), &help))
    }

    fn get(&self, key: &'static str) -> Option<Item<'a>> {
        let value = self.entries.get(key)?;
        Some(Item { file: self.file, key, value })
    }

    fn need(&self, key: &'static str, help: &str) -> Result<Item<'a>, FileFault> {
        self.get(key).ok_or_else(|| self.missing(key, help))
    }

    fn missing(&self, key: &str, help: &str) -> FileFault {
        self.file.fault(self.offset, format!("{} lacks the key `{key}`", self.what), help)
    }

    /// A fault at the key's value, or at the table where the key is absent.
    fn fault_at(&self, key: &'static str, message: String, help: &str) -> FileFault {
        let offset = self.get(key).map_or(self.offset, |item| item.value.span().start);
        self.file.fault(offset, message, help)
    }

    /// A text that must be there and say something.
    fn text(&self, key: &'static str, help: &str) -> Result<String, FileFault> {
        let item = self.need(key, help)?;
        let text = item.text(help)?;
        match text.trim() {
            "" => Err(item.fault(format!("{}: `{key}` is empty", self.what), help)),
            text => Ok(text.to_owned()),
        }
    }

    /// A name: a text of one line that no terminal takes for a command.
    fn name(&self, help: &str) -> Result<String, FileFault> {
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

    fn optional_text(&self, key: &'static str) -> Result<String, FileFault> {
        let text = self.get(key).map(|item| item.text("a text in quotes")).transpose()?;
        Ok(text.unwrap_or_default().trim().to_owned())
    }

    /// An optional word of those that there are.
    fn one_of<T: Copy, const N: usize>(
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
    fn source_of(&self, facts: &[&'static str], source: &'static str) -> Result<String, FileFault> {
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
    fn size(&self, key: &'static str) -> Result<u64, FileFault> {
        let help = "a size in bytes, or with a unit as \"128K\"";
        let item = self.need(key, help)?;
        let bytes = match item.value.get_ref() {
            DeValue::String(text) => {
                bytes::parse(text).map_err(|error| item.fault(error.to_string(), help))?
            }
            _ => item.integer()?,
        };
        match bytes {
            0 => {
                Err(item.fault(format!("{} has a size of 0 B", self.what), "leave it out, or give its size"))
            }
            bytes if bytes > LARGEST_REGION => Err(item.fault(
                format!("{} has a size of {}", self.what, bytes::text(bytes)),
                "the largest region is 1024G",
            )),
            bytes => Ok(bytes),
        }
    }

    /// An optional fact, with the source that it must then have.
    fn fact<T>(
        &self,
        key: &'static str,
        source: &'static str,
        read: impl Fn(&Item<'a>) -> Result<T, FileFault>,
    ) -> Result<Option<(T, String)>, FileFault> {
        let Some(item) = self.get(key) else { return Ok(None) };
        self.has_source(&item, source)?;
        Ok(Some((read(&item)?, self.text(source, SOURCE_HELP)?)))
    }

    fn has_source(&self, fact: &Item<'_>, source: &'static str) -> Result<(), FileFault> {
        match self.get(source) {
            Some(_) => Ok(()),
            None => Err(fact.fault(format!("`{}` has no `{source}`", fact.key), SOURCE_HELP)),
        }
    }
}

/// One value of the file.
struct Item<'a> {
    file: File<'a>,
    key: &'static str,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Item<'a> {
    fn fault(&self, message: String, help: &str) -> FileFault {
        self.file.fault(self.value.span().start, message, help)
    }

    fn wrong(&self, wanted: &str) -> FileFault {
        let found = self.value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        self.fault(format!("`{}` cannot be {article} {found}", self.key), &format!("write {wanted}"))
    }

    fn text(&self, wanted: &str) -> Result<String, FileFault> {
        self.value.get_ref().as_str().map(str::to_owned).ok_or_else(|| self.wrong(wanted))
    }

    fn array(&self, wanted: &str) -> Result<impl Iterator<Item = Item<'a>> + use<'a>, FileFault> {
        let Item { file, key, value } = *self;
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(wanted))?;
        Ok(array.iter().map(move |value| Item { file, key, value }))
    }

    fn table(&self, what: String, wanted: &str) -> Result<Table<'a>, FileFault> {
        let entries = self.value.get_ref().as_table().ok_or_else(|| self.wrong(wanted))?;
        Ok(Table { file: self.file, what, offset: self.value.span().start, entries })
    }

    fn integer(&self) -> Result<u64, FileFault> {
        let Some(integer) = self.value.get_ref().as_integer() else {
            return Err(self.wrong("a whole number"));
        };
        u64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| {
            self.fault(format!("`{}` cannot be {integer}", self.key), "write a whole number from 0 on")
        })
    }

    fn positive_integer(&self) -> Result<u64, FileFault> {
        match self.integer()? {
            0 => Err(self.fault(format!("`{}` cannot be 0", self.key), "write a whole number from 1 on")),
            number => Ok(number),
        }
    }

    fn positive_number(&self) -> Result<f64, FileFault> {
        let number = match self.value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().unwrap_or(f64::NAN),
            _ => self.integer()? as f64,
        };
        if number.is_finite() && number > 0.0 {
            Ok(number)
        } else {
            Err(self.fault(format!("`{}` cannot be {number}", self.key), "write a number larger than 0"))
        }
    }

    fn address(&self) -> Result<u32, FileFault> {
        let address = self.integer()?;
        u32::try_from(address).map_err(|_| {
            let message = format!("{address:#x} is no 32-bit address");
            self.fault(message, "write an address up to 0xFFFF_FFFF")
        })
    }

    fn kind(&self) -> Result<Kind, FileFault> {
        let names = Kind::ALL.map(Kind::name);
        let kinds = format!("the kinds are {}", names.join(", "));
        let name = self.text("the name of a kind in quotes")?;
        Kind::from_name(&name).ok_or_else(|| {
            let help = match nearest(&name, names) {
                Some(near) => format!("did you mean `{near}`? {kinds}"),
                None => kinds.clone(),
            };
            self.fault(format!("`{name}` is no kind of storage"), &help)
        })
    }
}
