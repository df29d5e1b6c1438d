//! Paged memory: the linear memory of a patch behind a slow bus, with the pages in use in fast memory.

use serde::Serialize;

use crate::storage::Storage;

/// How a board pages the linear memory of a patch.
///
/// As a whole it lies in the region [`store`](Paged::store). The pages from address 0 on that have room in the region
/// [`window`](Paged::window) stay in fast memory; the others come and go in the frames that are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paged {
    /// The region at the far end of the bus.
    pub store: String,
    /// The region of the pages that stay.
    pub window: String,
    /// The size of that region: whole pages.
    pub window_bytes: u32,
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
        let end = u64::from(storage.address?) + u64::from(storage.bytes);
        Some(if end <= self.window_bytes.into() { &self.window } else { &self.store })
    }

    /// Whether the region of that name is the store or the window.
    pub fn has(&self, region: &str) -> bool {
        self.store == region || self.window == region
    }
}
