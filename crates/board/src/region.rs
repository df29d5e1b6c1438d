//! A region: a span of a board's memory.

use serde::{Deserialize, Serialize};

use crate::storage::{Kind, Storage};
use crate::traffic::Traffic;

/// One memory of a board, and which storages may live in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Region {
    /// The name, unique on the board.
    pub name: String,
    /// The address of its first byte; `None` where it is not published or not fixed.
    pub origin: Option<u32>,
    /// Its size in bytes, with what is reserved.
    pub bytes: u64,
    /// Parts at its ends that no patch gets.
    pub reserved: Vec<Reserved>,
    /// The kinds of storages that may live here; none when the region is kept free of them.
    pub accepts: Vec<Kind>,
    /// When not empty: only storages of these names may live here, and these nowhere else.
    pub only: Vec<String>,
    /// The order of speed on this board: 1 is the fastest; equal ranks are equally fast.
    pub rank: u32,
    /// Where the rank comes from.
    pub speed_source: String,
    /// What an access takes; `None` when that is not told.
    pub cost: Option<Cost>,
    /// How it is connected, as a text; empty when that is not told.
    pub bus: String,
    /// The DMA controllers that reach it; `None` when that is not told.
    pub masters: Option<Vec<String>>,
    /// What the processor's data cache does with it unless the firmware says otherwise; `None` when that is not told.
    pub cache: Option<Cache>,
    /// Where bus, masters and cache come from; empty when none is told.
    pub bus_source: String,
    /// What the memory protection unit makes of that, as the board's firmware sets it; `None` when it leaves it alone.
    pub mpu: Option<Cache>,
    /// Where that comes from; empty when it is not told.
    pub mpu_source: String,
    /// What its bytes are when a program starts; `None` when that is not told.
    pub start: Option<Start>,
    /// Where that comes from; empty when it is not told.
    pub start_source: String,
    /// Which interruption its bytes survive; `None` when that is not told.
    pub retained: Option<Retained>,
    /// Where that comes from, and under which conditions.
    pub retained_source: String,
    /// What a user should know of it; empty when nothing.
    pub note: String,
    /// Where its address, size and kinds come from.
    pub source: String,
}

/// Bytes at an end of a region that the board's own firmware needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reserved {
    /// How many.
    pub bytes: u64,
    /// At which end.
    pub at: End,
    /// The boot modes in which they are needed; empty when in all.
    pub boot: Vec<String>,
    /// Who needs them.
    pub why: String,
    /// Where the number comes from.
    pub source: String,
}

/// An end of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The lowest addresses.
    Start,
    /// The highest addresses.
    End,
}

/// What an access to a region takes, in cycles of the processor.
///
/// A first access is one somewhere; the next goes on where the one before it was. Each is a pair: the first, the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// Of a word of 32 bits, when no cache is asked.
    pub word: Option<(f64, f64)>,
    /// Of a line of the cache, when the region is cached.
    pub line: Option<(f64, f64)>,
    /// Where the figures come from.
    pub source: String,
}

impl Cost {
    /// Cycles of an access to what the cache holds.
    pub const HIT: f64 = 1.0;
}

/// What the bytes of a region are when a program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Chance values, and no access is allowed before the program has started the memory's controller.
    Late,
    /// Chance values, or what was there before a reset: nothing sets them.
    Undefined,
    /// What the program was linked with: the code that runs before `main` copies and zeroes them, or they are flash.
    Loaded,
}

impl Start {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Late, Self::Undefined, Self::Loaded];

    /// The name in board files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Undefined => "undefined",
            Self::Loaded => "loaded",
        }
    }
}

/// What a data cache does with the accesses to a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cache {
    /// It is never asked: tightly coupled memory.
    Never,
    /// It keeps what is read; what is written goes to the memory at once.
    WriteThrough,
    /// It keeps what is read and written, and writes lines back when it needs their room.
    WriteBack,
    /// Device memory: not cached, nothing is executed there, and accesses that are not aligned are faults.
    Device,
}

impl Cache {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Never, Self::WriteThrough, Self::WriteBack, Self::Device];

    /// The name in board files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::WriteThrough => "write-through",
            Self::WriteBack => "write-back",
            Self::Device => "device",
        }
    }
}

/// Which interruption the bytes of a region survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retained {
    /// None.
    Nothing,
    /// A reset, while the power stays.
    Reset,
    /// Lost power, while a battery feeds it.
    Battery,
    /// Lost power.
    Power,
}

impl Retained {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Reset, Self::Battery, Self::Power];

    /// The name in board files and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Reset => "reset",
            Self::Battery => "battery",
            Self::Power => "power",
        }
    }
}

impl Region {
    /// What the data cache does with it on this board: what the MPU is set to, or else what the processor does by itself.
    pub fn effective_cache(&self) -> Option<Cache> {
        self.mpu.or(self.cache)
    }

    /// The cycles that so much traffic takes here; `None` where the cost of an access is not told.
    ///
    /// Of cached memory, each access takes [`Cost::HIT`], and the lines that the cache fetches and writes back come on top.
    /// Of other memory, each access takes a word, and those that need a new line begin anew.
    pub fn cycles(&self, traffic: &Traffic) -> Option<f64> {
        let cost = self.cost.as_ref()?;
        if self.is_cached() {
            let (line, next) = cost.line?;
            let fetched = traffic.lines * line + (traffic.next_lines + traffic.written_lines) * next;
            Some(traffic.accesses() * Cost::HIT + fetched)
        } else {
            let (word, next) = cost.word?;
            let first = traffic.lines.min(traffic.accesses());
            Some(first * word + (traffic.accesses() - first) * next)
        }
    }

    /// Whether a data cache is before it.
    pub fn is_cached(&self) -> bool {
        matches!(self.effective_cache(), Some(Cache::WriteThrough | Cache::WriteBack))
    }

    /// The bytes that storages may take: the size without what is reserved.
    pub fn capacity(&self) -> u64 {
        self.bytes.saturating_sub(self.reserved_bytes())
    }

    /// The bytes that are reserved, at both ends together.
    pub fn reserved_bytes(&self) -> u64 {
        self.reserved.iter().fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    /// The bytes reserved at one end.
    pub fn reserved_at(&self, end: End) -> u64 {
        self.reserved.iter().filter(|part| part.at == end).fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    /// Whether the region takes storages of that kind and name, whatever their size. The names that other
    /// regions claim by their [`only`](Region::only) are the board's to know: see
    /// [`Board::homes`](crate::Board::homes).
    pub fn accepts(&self, storage: &Storage) -> bool {
        self.accepts.contains(&storage.kind) && (self.only.is_empty() || self.only.contains(&storage.name))
    }
}
