//! What a board's paged memory is to the machine: the bus, and what lies where.

use sostenuto_board::bytes::{self, megahertz};
use sostenuto_board::program::Span;
use sostenuto_board::storage::{Kind, Storage};
use sostenuto_board::{Board, Paged};
use sostenuto_paged::{BusTiming, Lanes, PageCache, PsramChip, SliceStore};

/// Bytes in a page. With [`FRAMES`] and [`LINES`] part of a type, and each other size another copy of the interpreter.
pub(crate) const PAGE: usize = 512;

/// The pages in fast memory.
pub(crate) const FRAMES: usize = 64;

/// The pages that are found at once.
pub(crate) const LINES: usize = 256;

/// The paged memory of a board, as a [performance](crate::Performance) in a [`BoardMemory`](crate::BoardMemory) has it.
///
/// ```
/// use sostenuto_board::Board;
/// use sostenuto_machine::Paging;
///
/// let board = Board::builtin("conez-v0-1")?;
/// let paging = Paging::of_board(&board, Some(80_000_000))?.expect("a paged board");
/// assert_eq!(paging.bus.read_time(512) / 1_000_000, 153); // µs
/// assert!(Paging::of_board(&board, Some(60_000_000)).is_err());
/// assert_eq!(Paging::of_board(&Board::builtin("heltec")?, None)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The name of the memory at the far end of the bus.
    pub store: String,
    /// Its size in bytes.
    pub store_bytes: u64,
    /// The runs of pages that stay in fast memory.
    pub pins: Vec<Span>,
    /// The bus.
    pub bus: BusTiming,
    /// The data wires of the bus.
    pub lanes: u32,
}

/// Why the paged memory of a board cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PagingError {
    /// The board's cache is not the engine's.
    #[error(
        "the engine caches {FRAMES} frames of {PAGE} B, but the board `{board}` has {frames} frames of {page} B: \
         write page = {PAGE} and frames = {FRAMES} in its table [paged]"
    )]
    Frames {
        /// The board.
        board: String,
        /// Its frames.
        frames: u32,
        /// The bytes of its pages.
        page: u32,
    },
    /// Nobody has told the engine how long the chip takes.
    #[error("the chip `{chip}` of the board `{board}` is not known; known are {known}", known = chips())]
    Chip {
        /// The board.
        board: String,
        /// The chip.
        chip: String,
    },
    /// The chip is smaller than the region.
    #[error("`{store}` of the board `{board}` has {}, but the chip {chip} has {}", bytes::text(*bytes), bytes::text((*holds).into()))]
    Size {
        /// The board.
        board: String,
        /// The region.
        store: String,
        /// Its size.
        bytes: u64,
        /// The chip.
        chip: String,
        /// Its size.
        holds: u32,
    },
    /// The bus cannot have this clock.
    #[error("the memory bus of the board `{board}` cannot run at {}: take {}", megahertz((*asked).into()), list(clocks))]
    Clock {
        /// The board.
        board: String,
        /// The clock in hertz.
        asked: u32,
        /// Those that it can have.
        clocks: Vec<u32>,
    },
    /// The chip cannot have this clock.
    #[error("the chip {chip} of the board `{board}` does not work at {} on a bus of {lanes} bit", megahertz((*clock).into()))]
    TooFast {
        /// The board.
        board: String,
        /// The chip.
        chip: String,
        /// The clock in hertz.
        clock: u32,
        /// The data wires.
        lanes: u32,
    },
    /// The memory has no bus.
    #[error(
        "the board `{board}` has no memory behind a bus whose clock could be chosen; `conez-v0-1` has one"
    )]
    NotPaged {
        /// The board.
        board: String,
    },
}

const CHIPS: [(&str, PsramChip); 3] = [
    ("ESP-PSRAM64H", PsramChip::ESP_PSRAM64H),
    ("LY68L6400", PsramChip::LY68L6400),
    ("APS6404L-3SQR", PsramChip::APS6404L_3SQR),
];

fn chips() -> String {
    CHIPS.map(|(name, _)| name).join(", ")
}

fn list(clocks: &[u32]) -> String {
    // As an option of the command takes them.
    clocks.iter().map(|clock| megahertz((*clock).into()).replace(' ', "")).collect::<Vec<_>>().join(" or ")
}

impl Paging {
    /// The paged memory of a board, `None` when its memory is flat; at this clock of the bus in hertz, or at the board's
    /// first.
    ///
    /// # Errors
    /// When the board has other frames or another chip than the engine knows, or cannot have the clock.
    pub fn of_board(board: &Board, clock: Option<u32>) -> Result<Option<Paging>, PagingError> {
        let name = || board.name.clone();
        let Some(paged) = &board.paged else {
            return if clock.is_some() { Err(PagingError::NotPaged { board: name() }) } else { Ok(None) };
        };
        let Paged { page_bytes: page, frames, lanes, .. } = *paged;
        if (page as usize, frames as usize) != (PAGE, FRAMES) {
            return Err(PagingError::Frames { board: name(), frames, page });
        }
        let known = CHIPS.iter().find(|(known, _)| *known == paged.chip);
        let (chip_name, chip) =
            known.ok_or_else(|| PagingError::Chip { board: name(), chip: paged.chip.clone() })?;
        let store_bytes = board.region(&paged.store).map_or(0, |region| region.bytes);
        if store_bytes > chip.size.into() {
            let (store, chip_name) = (paged.store.clone(), (*chip_name).to_owned());
            let (bytes, holds) = (store_bytes, chip.size);
            return Err(PagingError::Size { board: name(), store, bytes, chip: chip_name, holds });
        }
        let clock = match clock {
            Some(asked) if !paged.clocks_hz.contains(&asked) => {
                return Err(PagingError::Clock { board: name(), asked, clocks: paged.clocks_hz.clone() });
            }
            Some(asked) => asked,
            None => paged.clocks_hz.first().copied().unwrap_or(0),
        };
        let wires = if lanes == 4 { Lanes::Four } else { Lanes::One };
        let mut bus = BusTiming::of_psram(chip, clock, wires).ok_or_else(|| PagingError::TooFast {
            board: name(),
            chip: (*chip_name).to_owned(),
            clock,
            lanes,
        })?;
        let longest = paged.longest_burst.unwrap_or(u32::MAX);
        bus.longest_read = bus.longest_read.min(longest);
        bus.longest_write = bus.longest_write.min(longest);
        // What the chip wants between two bursts passes meanwhile.
        bus.burst_overhead = bus.burst_overhead.max(u64::from(paged.burst_overhead_ns) * 1_000);
        bus.byte_overhead = paged.byte_overhead_ps.into();
        let (store, pins) = (paged.store.clone(), paged.pins.clone());
        Ok(Some(Paging { store, store_bytes, pins, bus, lanes }))
    }

    /// What the engine needs in fast memory for paging: the frames, and what finds them.
    ///
    /// The size is that on this computer; where addresses have 32 bits it is some 4 KB less.
    pub fn page_cache() -> Storage {
        type OnDevice = PageCache<SliceStore<&'static mut [u8]>, PAGE, FRAMES, LINES>;
        Storage { align: 64, ..Storage::new("page cache", Kind::State, size_of::<OnDevice>() as u32) }
    }
}
