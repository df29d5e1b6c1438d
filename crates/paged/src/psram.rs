//! The driver of a serial PSRAM.

pub(crate) mod bus;
pub(crate) mod command;
pub(crate) mod part;

use crate::store::{BackingStore, StoreError, check_transfer};
use crate::transfer::Transfer;
use bus::{BusData, PsramBus, SingleLane};
use command::{Command, Lanes, burst_length};
use core::fmt;
use core::task::Poll;
use embedded_hal::delay::DelayNs;
use embedded_hal::spi::SpiDevice;
use part::{PsramChip, PsramId};

/// A serial PSRAM: 8 MiB in eight pins, such as the ESP-PSRAM64H, the LY68L6400 and the APS6404L.
///
/// Such a chip is a dynamic memory that refreshes itself while it is *not* selected, so that it must not be selected for
/// longer than 8 µs, and some go back to the start of a page of 1 KiB at its end. A burst is therefore as long as fits
/// into both, and a poll does one burst.
///
/// ```
/// use sostenuto_paged::{BackingStore, ChipModel, ModelTime, Psram, PsramChip, PsramConfig};
///
/// // On a device, an SpiDevice and a DelayNs of its HAL stand here.
/// let time = ModelTime::default();
/// let spi = ChipModel::new(vec![0; 65_536], PsramChip::ESP_PSRAM64H, 40_000_000, &time);
///
/// let chip = PsramChip { size: 65_536, ..PsramChip::ESP_PSRAM64H };
/// let mut psram = Psram::new(spi, &time, PsramConfig { chip, clock_hz: 40_000_000 })?;
/// psram.write(1020, b"over the edge of a page")?;
/// let mut back = [0; 23];
/// psram.read(1020, &mut back)?;
/// assert_eq!(&back, b"over the edge of a page");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Psram<BUS, DELAY> {
    bus: BUS,
    delay: DELAY,
    config: PsramConfig,
    plan: Plan,
    id: PsramId,
}

/// Which chip it is, and how fast it is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsramConfig {
    /// The chip.
    pub chip: PsramChip,
    /// The clock in hertz that the bus really has: the time of a burst is computed from it.
    pub clock_hz: u32,
}

/// What of the time for which a chip may be selected is not used for clocks, in nanoseconds.
///
/// It is for what happens between the select line and the first clock, between the parts of a transaction, and between the
/// last clock and the select line. With 1 µs, a burst at 40 MHz is by a seventh shorter than the 8 µs of the datasheet
/// would allow; ConeZ, from which the idea of this driver is, came to the same value.
pub const MARGIN_NS: u32 = 1_000;

/// The time in nanoseconds from power-up to the first command (ESP-PSRAM64H datasheet, section 3: 150 µs).
const POWER_UP_NS: u32 = 150_000;

/// The time in nanoseconds from a reset to the next command, 50 ns in the datasheet of the APS6404L (tRST), with room.
const RESET_NS: u32 = 1_000;

/// The first identification after power-up can be wrong: ESP-IDF asks chips of 2 MiB twice (`esp_psram_impl_quad.c`).
const ATTEMPTS: u32 = 3;

/// The least of an identification that is of use: the maker and the state of the die.
const SHORTEST_ID: u32 = 2;

impl<SPI: SpiDevice, DELAY: DelayNs> Psram<SingleLane<SPI>, DELAY> {
    /// Resets the chip at the other end of an SPI, and makes sure that it is the one.
    ///
    /// The contents stay as they are, though what they are after power-up nobody knows.
    ///
    /// # Errors
    /// When the clock does not fit the chip, when another or none answers, and when the bus fails.
    pub fn new(spi: SPI, delay: DELAY, config: PsramConfig) -> Result<Self, PsramError<BusError<SPI>>> {
        Self::with_bus(SingleLane(spi), delay, config)
    }
}

type BusError<SPI> = <SingleLane<SPI> as PsramBus>::Error;

impl<BUS: PsramBus, DELAY: DelayNs> Psram<BUS, DELAY> {
    /// Resets the chip at the other end of a bus, which may have four lanes, and makes sure that it is the one.
    ///
    /// # Errors
    /// When the clock does not fit the chip, when another or none answers, and when the bus fails.
    pub fn with_bus(bus: BUS, delay: DELAY, config: PsramConfig) -> Result<Self, PsramError<BUS::Error>> {
        let plan = Plan::new(&config, bus.lanes())?;
        let mut psram = Self { bus, delay, config, plan, id: PsramId([0; 8]) };
        psram.delay.delay_ns(POWER_UP_NS);
        let chip = psram.config.chip;
        for _ in 0..ATTEMPTS {
            psram.id = psram.reset()?;
            if psram.id.is_good() && psram.id.manufacturer() == chip.manufacturer {
                return Ok(psram);
            }
        }
        let id = psram.id;
        if id.is_bad() && id.manufacturer() == chip.manufacturer {
            return Err(PsramError::BadDie { id });
        }
        Err(PsramError::WrongId { id, manufacturer: chip.manufacturer })
    }

    /// What the chip has said that it is.
    pub const fn id(&self) -> PsramId {
        self.id
    }

    /// How many bytes the longest burst has that reads.
    pub const fn longest_read(&self) -> u32 {
        self.plan.longest_read
    }

    /// How many bytes the longest burst has that writes.
    pub const fn longest_write(&self) -> u32 {
        self.plan.longest_write
    }

    /// Gives bus and delay back.
    pub fn release(self) -> (BUS, DELAY) {
        (self.bus, self.delay)
    }

    /// The bus.
    pub const fn bus(&self) -> &BUS {
        &self.bus
    }

    fn reset(&mut self) -> Result<PsramId, PsramError<BUS::Error>> {
        if self.bus.lanes() == Lanes::Four {
            // What ran before, a boot loader perhaps, may have left the chip with four lanes for commands.
            self.send(&Command::EXIT_QPI, 0, BusData::None).map_err(PsramError::Bus)?;
        }
        self.send(&Command::RESET_ENABLE, 0, BusData::None).map_err(PsramError::Bus)?;
        self.send(&Command::RESET, 0, BusData::None).map_err(PsramError::Bus)?;
        self.delay.delay_ns(RESET_NS);
        let mut id = [0; 8];
        let length = self.plan.id_bytes.min(id.len() as u32) as usize;
        self.send(&Command::READ_ID, 0, BusData::Read(&mut id[..length])).map_err(PsramError::Bus)?;
        Ok(PsramId(id))
    }

    fn send(&mut self, command: &Command, address: u32, data: BusData<'_>) -> Result<(), BUS::Error> {
        self.delay.delay_ns(self.config.chip.shortest_deselect_ns);
        self.bus.transact(command, address, data)
    }

    fn burst(&self, transfer: &Transfer, longest: u32) -> u32 {
        burst_length(transfer.next(), transfer.rest(), longest, self.config.chip.page)
    }
}

impl<BUS: PsramBus, DELAY: DelayNs> BackingStore for Psram<BUS, DELAY> {
    type Error = BUS::Error;

    fn size(&self) -> u32 {
        self.config.chip.size
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<BUS::Error>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() > 0 {
            let (done, burst) = (transfer.done() as usize, self.burst(transfer, self.plan.longest_read));
            let part = &mut bytes[done..done + burst as usize];
            let command = self.plan.read;
            self.send(&command, transfer.next(), BusData::Read(part)).map_err(StoreError::Bus)?;
            transfer.advance(burst);
        }
        Ok(transfer.progress())
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<BUS::Error>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() > 0 {
            let (done, burst) = (transfer.done() as usize, self.burst(transfer, self.plan.longest_write));
            let part = &bytes[done..done + burst as usize];
            let command = self.plan.write;
            self.send(&command, transfer.next(), BusData::Write(part)).map_err(StoreError::Bus)?;
            transfer.advance(burst);
        }
        Ok(transfer.progress())
    }
}

/// The commands that fit chip, clock and lanes, and how much they move at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) read: Command,
    pub(crate) write: Command,
    pub(crate) longest_read: u32,
    pub(crate) longest_write: u32,
    id_bytes: u32,
}

impl Plan {
    fn new<E>(config: &PsramConfig, lanes: Lanes) -> Result<Self, PsramError<E>> {
        let PsramConfig { chip, clock_hz } = *config;
        if chip.size == 0 || chip.size > 1 << 24 || !chip.page.is_power_of_two() {
            return Err(PsramError::Geometry { size: chip.size, page: chip.page });
        }
        Self::at_clock(&chip, clock_hz, lanes)
    }

    /// The plan for a chip whose sizes are right.
    pub(crate) fn at_clock<E>(chip: &PsramChip, clock_hz: u32, lanes: Lanes) -> Result<Self, PsramError<E>> {
        let (read, write, maximum_hz) = match lanes {
            Lanes::Four => (Command::QUAD_READ, Command::QUAD_WRITE, chip.quad_hz),
            Lanes::One if clock_hz <= chip.slow_read_hz => (Command::READ, Command::WRITE, chip.single_hz),
            Lanes::One => (Command::FAST_READ, Command::WRITE, chip.single_hz),
        };
        if clock_hz > maximum_hz {
            return Err(PsramError::ClockTooFast { clock_hz, maximum_hz });
        }
        let time = chip.longest_select_ns.saturating_sub(MARGIN_NS);
        let minimum_hz = [(read, 1), (write, 1), (Command::READ_ID, SHORTEST_ID)]
            .map(|(command, bytes)| command.slowest_clock(bytes, time))
            .into_iter()
            .fold(0, u32::max);
        if clock_hz < minimum_hz {
            return Err(PsramError::ClockTooSlow { clock_hz, minimum_hz, select_ns: time });
        }
        Ok(Self {
            read,
            write,
            longest_read: read.bytes_within(time, clock_hz),
            longest_write: write.bytes_within(time, clock_hz),
            id_bytes: Command::READ_ID.bytes_within(time, clock_hz),
        })
    }
}

/// Why a chip cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PsramError<E> {
    /// The clock is so slow that not one byte can be moved while the chip may be selected.
    ClockTooSlow {
        /// The clock in hertz.
        clock_hz: u32,
        /// The slowest clock in hertz at which it works.
        minimum_hz: u32,
        /// For how many nanoseconds the chip may be selected, less [`MARGIN_NS`].
        select_ns: u32,
    },
    /// The clock is faster than the chip.
    ClockTooFast {
        /// The clock in hertz.
        clock_hz: u32,
        /// The fastest clock in hertz of the commands that would be used.
        maximum_hz: u32,
    },
    /// There is no such chip: its size is zero or has more than 24 bits of address, or its page is no power of two.
    Geometry {
        /// Bytes of the chip.
        size: u32,
        /// Bytes of a page.
        page: u32,
    },
    /// Another chip answers, or none: FF or 00 throughout is a line that nobody drives.
    WrongId {
        /// What it has answered.
        id: PsramId,
        /// How the identification should begin; its second byte should be 5D.
        manufacturer: u8,
    },
    /// The chip is one that its maker has tested and found bad.
    BadDie {
        /// What it has answered.
        id: PsramId,
    },
    /// The bus has failed.
    Bus(E),
}

impl<E: fmt::Debug> fmt::Display for PsramError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockTooSlow { clock_hz, minimum_hz, select_ns } => write!(
                f,
                "at {clock_hz} Hz not one byte fits into the {select_ns} ns for which the PSRAM may be selected: \
                 {minimum_hz} Hz are needed"
            ),
            Self::ClockTooFast { clock_hz, maximum_hz } => {
                write!(f, "the clock of {clock_hz} Hz is too fast for the PSRAM: {maximum_hz} Hz at most")
            }
            Self::Geometry { size, page } => {
                write!(f, "there is no PSRAM of {size} B with pages of {page} B")
            }
            Self::WrongId { id, manufacturer } => {
                write!(f, "no such PSRAM: it answers {id}, not {manufacturer:02X} 5D")
            }
            Self::BadDie { id } => {
                write!(f, "the PSRAM is one that its maker has found bad: it answers {id}")
            }
            Self::Bus(error) => write!(f, "the bus to the PSRAM has failed: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for PsramError<E> {}
