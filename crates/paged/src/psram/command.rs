//! What is said to a serial PSRAM, and how much of it fits between two refreshes.
//!
//! Codes, wait clocks and lanes: command table of the ESP-PSRAM64/64H datasheet V1.0 (Espressif, 2018), the same for the LY68L6400
//! (Lyontek, revisions 0.4 and 1.2) and the APS6404L (AP Memory, APS6404L-3SQR revision 2.3).

/// How many wires carry a part of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// One bit a clock.
    One,
    /// Four bits a clock.
    Four,
}

impl Lanes {
    /// How many bits move in a clock.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Four => 4,
        }
    }
}

/// A command, and how the parts of its transaction go over the wires.
///
/// ```
/// use sostenuto_paged::Command;
///
/// // 8 clocks of command, 24 of address, 8 of waiting, and 8 for each byte: 30 bytes are 280 clocks, 7 µs at 40 MHz.
/// assert_eq!(Command::FAST_READ.bytes_within(7_000, 40_000_000), 30);
/// assert_eq!(Command::QUAD_READ.bytes_within(7_000, 40_000_000), 130);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// The byte that begins the transaction.
    pub code: u8,
    /// The lanes of that byte.
    pub code_lanes: Lanes,
    /// The lanes of the 24-bit address, high bit first, if the command has one.
    pub address_lanes: Option<Lanes>,
    /// Clocks between the address and the data, in which nothing is said.
    pub dummy_clocks: u8,
    /// The lanes of the data.
    pub data_lanes: Lanes,
}

impl Command {
    /// Reads, at 33 MHz at most.
    pub const READ: Self = Self::single(0x03, 0);
    /// Reads at any clock.
    pub const FAST_READ: Self = Self::single(0x0B, 8);
    /// Reads at any clock, with address and data on four lanes.
    pub const QUAD_READ: Self = Self::quad(0xEB, 6);
    /// Writes.
    pub const WRITE: Self = Self::single(0x02, 0);
    /// Writes, with address and data on four lanes.
    pub const QUAD_WRITE: Self = Self::quad(0x38, 0);
    /// Reads the identification; its address means nothing.
    pub const READ_ID: Self = Self::single(0x9F, 0);
    /// Must come directly before [`RESET`](Self::RESET).
    pub const RESET_ENABLE: Self = Self::bare(0x66, Lanes::One);
    /// Brings the chip into the mode that it has after power-up; the contents stay.
    pub const RESET: Self = Self::bare(0x99, Lanes::One);
    /// Changes to the mode in which everything, the command too, is on four lanes.
    pub const ENTER_QPI: Self = Self::bare(0x35, Lanes::One);
    /// Leaves that mode; a chip that is not in it sees two clocks of a command, and forgets them.
    pub const EXIT_QPI: Self = Self::bare(0xF5, Lanes::Four);

    const fn single(code: u8, dummy_clocks: u8) -> Self {
        let (code_lanes, address_lanes) = (Lanes::One, Some(Lanes::One));
        Self { code, code_lanes, address_lanes, dummy_clocks, data_lanes: Lanes::One }
    }

    const fn quad(code: u8, dummy_clocks: u8) -> Self {
        let (code_lanes, address_lanes) = (Lanes::One, Some(Lanes::Four));
        Self { code, code_lanes, address_lanes, dummy_clocks, data_lanes: Lanes::Four }
    }

    const fn bare(code: u8, code_lanes: Lanes) -> Self {
        Self { code, code_lanes, address_lanes: None, dummy_clocks: 0, data_lanes: Lanes::One }
    }

    /// The clocks before the first data.
    #[must_use]
    pub const fn overhead_clocks(&self) -> u32 {
        let address = match self.address_lanes {
            Some(lanes) => 24 / lanes.bits(),
            None => 0,
        };
        8 / self.code_lanes.bits() + address + self.dummy_clocks as u32
    }

    /// The clocks of a transaction with so many bytes of data.
    #[must_use]
    pub const fn clocks(&self, bytes: u32) -> u64 {
        self.overhead_clocks() as u64 + bytes as u64 * (8 / self.data_lanes.bits()) as u64
    }

    /// How many bytes of data a transaction of this duration has at this clock; 0 when not even one fits.
    #[must_use]
    pub const fn bytes_within(&self, nanoseconds: u32, clock_hz: u32) -> u32 {
        let clocks = nanoseconds as u64 * clock_hz as u64 / 1_000_000_000;
        let data = clocks.saturating_sub(self.overhead_clocks() as u64);
        // Less than 2^34 clocks, at two or more a byte.
        let bytes = data / (8 / self.data_lanes.bits()) as u64;
        if bytes > u32::MAX as u64 { u32::MAX } else { bytes as u32 }
    }

    /// The slowest clock in hertz at which a transaction with so many bytes is no longer than this; [`u32::MAX`] when
    /// there is none.
    #[must_use]
    pub const fn slowest_clock(&self, bytes: u32, nanoseconds: u32) -> u32 {
        if nanoseconds == 0 {
            return u32::MAX;
        }
        let hz = (self.clocks(bytes) as u128 * 1_000_000_000).div_ceil(nanoseconds as u128);
        if hz > u32::MAX as u128 { u32::MAX } else { hz as u32 }
    }
}

/// How many of the next `rest` bytes at `address` can go in one burst: no more than `most`, and none beyond the page, since
/// some chips go back to the start of the page at its end.
///
/// A page of 0 bytes is none, and ends no burst.
///
/// ```
/// use sostenuto_paged::burst_length;
///
/// assert_eq!(burst_length(1000, 512, 30, 1024), 24);
/// assert_eq!(burst_length(1024, 512, 30, 1024), 30);
/// ```
#[must_use]
pub const fn burst_length(address: u32, rest: u32, most: u32, page: u32) -> u32 {
    let in_page = match address.checked_rem(page) {
        Some(offset) => page - offset,
        None => rest,
    };
    let most = if most < in_page { most } else { in_page };
    if rest < most { rest } else { most }
}
