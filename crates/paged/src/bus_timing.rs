//! How long a bus takes.

use crate::psram::Plan;
use crate::psram::command::{Command, Lanes, burst_length};
use crate::psram::part::PsramChip;
use core::convert::Infallible;

/// What decides how long a transfer over a serial bus takes. Times are in picoseconds, in which a clock is a whole number.
///
/// ```
/// use sostenuto_paged::{BusTiming, Lanes, PsramChip};
///
/// let bus = BusTiming::of_psram(&PsramChip::LY68L6400, 40_000_000, Lanes::One).unwrap();
/// // 40 clocks of command, address and waiting, then eight for each byte, and 50 ns between two bursts.
/// assert_eq!(bus.burst(bus.read, 30), 7_050_000);
/// assert_eq!(bus.read_time(512), 121_300_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusTiming {
    /// The clock in hertz; 0 is taken for 1.
    pub clock_hz: u32,
    /// How bytes are read.
    pub read: Command,
    /// How bytes are written.
    pub write: Command,
    /// The most bytes of a burst that reads.
    pub longest_read: u32,
    /// The most bytes of a burst that writes.
    pub longest_write: u32,
    /// The bytes of a page of the chip, which no burst leaves.
    pub page: u32,
    /// What each burst takes beside its clocks, in picoseconds: between two selections, and of a processor that sets each
    /// burst up.
    pub burst_overhead: u64,
    /// What each byte takes beside its clocks, in picoseconds: of a processor that moves it by hand.
    pub byte_overhead: u64,
}

impl BusTiming {
    /// The bus of a PSRAM as its driver uses it, without the time that the processor needs; none when the chip does not work
    /// at this clock.
    #[must_use]
    pub fn of_psram(chip: &PsramChip, clock_hz: u32, lanes: Lanes) -> Option<Self> {
        let plan = Plan::at_clock::<Infallible>(chip, clock_hz, lanes).ok()?;
        let Plan { read, write, longest_read, longest_write, .. } = plan;
        Some(Self {
            clock_hz,
            read,
            write,
            longest_read,
            longest_write,
            page: chip.page,
            burst_overhead: u64::from(chip.shortest_deselect_ns) * 1_000,
            byte_overhead: 0,
        })
    }

    /// How long a burst with so many bytes takes, in picoseconds.
    #[must_use]
    pub const fn burst(&self, command: Command, bytes: u32) -> u64 {
        let clocks = command.clocks(bytes) as u128 * 1_000_000_000_000;
        let clock = if self.clock_hz == 0 { 1 } else { self.clock_hz };
        let wire = clocks.div_ceil(clock as u128) as u64;
        let by_bytes = self.byte_overhead.saturating_mul(bytes as u64);
        wire.saturating_add(self.burst_overhead).saturating_add(by_bytes)
    }

    /// How long it takes to read a page of so many bytes, in picoseconds.
    #[must_use]
    pub fn read_time(&self, bytes: u32) -> u64 {
        self.time(self.read, self.longest_read, bytes)
    }

    /// How long it takes to write a page of so many bytes, in picoseconds.
    #[must_use]
    pub fn write_time(&self, bytes: u32) -> u64 {
        self.time(self.write, self.longest_write, bytes)
    }

    /// How long the longest burst takes, in picoseconds.
    #[must_use]
    pub fn longest_burst(&self) -> u64 {
        self.burst(self.read, self.longest_read).max(self.burst(self.write, self.longest_write))
    }

    fn time(&self, command: Command, longest: u32, bytes: u32) -> u64 {
        let (mut done, mut time) = (0, 0);
        while done < bytes {
            let count = burst_length(done, bytes - done, longest.max(1), self.page);
            time = self.burst(command, count).saturating_add(time);
            done += count;
        }
        time
    }
}
