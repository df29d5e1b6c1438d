//! Paged memory: the linear memory of a patch behind a slow bus, with the pages in use in fast memory.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::program::Span;
use crate::storage::{Kind, Storage};

/// How a board pages the linear memory of a patch.
///
/// As a whole it lies in the region [`store`](Paged::store). Some pages stay in fast memory, in the region
/// [`window`](Paged::window): those from address 0 on, unless [others are chosen](Paged::pin_hottest). The rest come and go
/// in the frames that are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paged {
    /// The region at the far end of the bus.
    pub store: String,
    /// The region of the pages that stay.
    pub window: String,
    /// The size of that region: whole pages.
    pub window_bytes: u32,
    /// The runs of pages that the window holds, in order of address and apart from each other.
    pub pins: Vec<Span>,
    /// Bytes in a page, a power of two.
    pub page_bytes: u32,
    /// Pages that fast memory holds, with those of the window.
    pub frames: u32,
    /// The memory at the far end of the bus, by the name on it.
    pub chip: String,
    /// The clocks of the bus that can be chosen, in hertz; the first is the one taken when none is.
    pub clocks_hz: Vec<u32>,
    /// Data wires of the bus: 1 or 4.
    pub lanes: u32,
    /// The most bytes that go in one burst, where something besides the chip sets a limit.
    pub longest_burst: Option<u32>,
    /// What a burst takes beside its clocks, in nanoseconds.
    pub burst_overhead_ns: u32,
    /// What each byte of a burst takes beside its clocks, in picoseconds.
    pub byte_overhead_ps: u32,
    /// Where chip, clocks, pages and frames come from.
    pub source: String,
    /// Where the overheads come from.
    pub speed_source: String,
}

impl Paged {
    /// The region of a storage by its address: the window if it lies there as a whole, else the store; `None` for what is
    /// not in linear memory.
    pub fn home(&self, storage: &Storage) -> Option<&str> {
        let start = u64::from(storage.address?);
        let end = start + u64::from(storage.bytes);
        let holds = |pins: &Span| u64::from(pins.address) <= start && end <= pins.end();
        Some(if self.pins.iter().any(holds) { &self.window } else { &self.store })
    }

    /// Whether the region of that name is the store or the window.
    pub fn has(&self, region: &str) -> bool {
        self.store == region || self.window == region
    }

    /// Where an address of linear memory lies in a region that [is one of the two](Paged::has). The pages of the window follow
    /// each other there.
    pub(crate) fn offset(&self, region: &str, address: u32) -> u64 {
        let address = u64::from(address);
        if region == self.store {
            return address;
        }
        let before = |pins: &Span| address.min(pins.end()).saturating_sub(pins.address.into());
        self.pins.iter().map(before).sum()
    }

    /// How many bytes the pages of the window have.
    pub fn pinned_bytes(&self) -> u32 {
        self.pins.iter().map(|pins| pins.bytes).sum()
    }

    /// Whether the window holds other pages than those from address 0 on.
    pub fn is_chosen(&self) -> bool {
        self.pins != [Span { address: 0, bytes: self.window_bytes }]
    }

    /// Lets the window hold the pages of what is accessed most: for modules, whose data stays where it is.
    ///
    /// One after another comes the storage with the most words read and written a sample for each page that it adds, as a
    /// whole; where there is no room for a whole one, the pages that are accessed most, though not of delay lines: their
    /// pages come before they are needed. What is left of the window is left to the other pages.
    pub fn pin_hottest(&mut self, storages: &[Storage]) {
        let room = (self.window_bytes / self.page_bytes) as usize;
        let mut left: Vec<(&Storage, f64)> =
            storages.iter().filter_map(|it| Some((it, self.heat(it)?))).collect();
        let mut pages = BTreeSet::new();
        loop {
            let worth = |&(storage, heat): &(&Storage, f64)| {
                let all = self.pages(storage);
                let more = all.len() - pages.range(all).count();
                (pages.len() + more <= room).then(|| heat / more as f64)
            };
            // The first of equals.
            let candidates = left.iter().rev().filter_map(|it| Some((it.0, worth(it)?)));
            let Some((hottest, _)) = candidates.max_by(|(_, one), (_, other)| one.total_cmp(other)) else {
                break;
            };
            pages.extend(self.pages(hottest));
            left.retain(|(storage, _)| !self.pages(storage).all(|page| pages.contains(&page)));
        }
        left.retain(|(storage, _)| storage.kind != Kind::Delay);
        let mut parts: Vec<(u32, f64)> = Vec::new();
        for (storage, heat) in left {
            let all = self.pages(storage);
            let of_each = heat / all.len() as f64;
            parts.extend(all.filter(|page| !pages.contains(page)).map(|page| (page, of_each)));
        }
        parts.sort_by(|(one, heat), (other, hotter)| hotter.total_cmp(heat).then(one.cmp(other)));
        for (page, _) in parts {
            if pages.len() < room {
                pages.insert(page);
            }
        }
        self.pins = runs(&pages, self.page_bytes);
    }

    /// The words of a storage in linear memory that are read and written a sample, if any are known to be.
    fn heat(&self, storage: &Storage) -> Option<f64> {
        // What ends past 4 GiB is a damaged module's, and in no page.
        storage.address?.checked_add(storage.bytes)?;
        let traffic = storage.traffic.filter(|_| storage.bytes > 0)?;
        Some(traffic.reads + traffic.writes).filter(|&words| words > 0.0)
    }

    /// The numbers of the pages that a storage lies in.
    fn pages(&self, storage: &Storage) -> std::ops::Range<u32> {
        let start = storage.address.unwrap_or(0);
        let end = u64::from(start) + u64::from(storage.bytes);
        start / self.page_bytes..end.div_ceil(self.page_bytes.into()) as u32
    }
}

/// Pages that follow each other, as one run.
fn runs(pages: &BTreeSet<u32>, page_bytes: u32) -> Vec<Span> {
    let mut runs: Vec<Span> = Vec::new();
    for page in pages {
        let address = page * page_bytes;
        match runs.last_mut().filter(|run| run.end() == u64::from(address)) {
            Some(run) => run.bytes += page_bytes,
            None => runs.push(Span { address, bytes: page_bytes }),
        }
    }
    runs
}
