//! What paged memory did in a run: accesses, misses, the bus, and how long blocks waited.

use std::fmt;

use serde::Serialize;
use sostenuto_board::bytes::{grouped, megahertz};
use sostenuto_paged::BlockTime;

/// What paged memory did, from the first block on. A simulation, not verified on hardware.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PagedReport {
    /// The region behind the bus.
    pub store: String,
    /// The clock of the bus, in hertz.
    pub clock_hz: u32,
    /// Its data wires.
    pub lanes: u32,
    /// Bytes that stay in fast memory: those from address 0 on, unless others were chosen.
    pub window: u32,
    /// Bytes of a page.
    pub page: u32,
    /// Pages in fast memory, with those of the window.
    pub frames: u32,
    /// Delay storages whose pages are foreseen.
    pub streams: usize,
    /// Delay storages beyond the window for which there was no room among them.
    pub unregistered_streams: usize,
    /// Accesses to linear memory; what lies in two pages counts twice.
    pub accesses: u64,
    /// Of these, those to the window.
    pub accesses_in_window: u64,
    /// Accesses that waited for the bus.
    pub misses: u64,
    /// Of these, those that waited for another page to be written back, too.
    pub misses_with_write: u64,
    /// Of these, those whose page was on its way already.
    pub misses_on_the_way: u64,
    /// The share of the accesses beyond the window that did not wait.
    pub hit_percent: f64,
    /// Pages fetched before they were wanted.
    pub fetched_ahead: u64,
    /// Pages written back.
    pub written_back: u64,
    /// Bytes read over the bus.
    pub bytes_read: u64,
    /// Bytes written over the bus.
    pub bytes_written: u64,
    /// The share of the time in which the bus was busy.
    pub bus_percent: f64,
    /// How long `init`, `update` and `reset` waited for the bus before the first sample, in microseconds.
    pub start_wait_us: f64,
    /// Samples in a block.
    pub block: u64,
    /// How long a block lasts, in microseconds.
    pub period_us: f64,
    /// The blocks that began in the first second, in which each head comes to its first pages.
    pub first_second: Stalls,
    /// The blocks after that.
    pub after: Stalls,
    /// Late blocks that would have been late without any waiting.
    pub overworked: u64,
    /// The first block that was late.
    pub first_late: Option<LateBlock>,
}

/// How long whole blocks waited for the bus.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stalls {
    /// How many blocks there were; one that the end of the sound cuts short is not counted.
    pub blocks: u64,
    /// How many of them waited at all.
    pub stalled: u64,
    /// How many of them were late: waiting and working took longer than the block lasts.
    pub late: u64,
    /// How long a block waited on average, in microseconds.
    pub mean_us: f64,
    /// The longest time that a block waited, in microseconds.
    pub longest_us: f64,
}

/// A block that was not ready in time. Times are in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LateBlock {
    /// Its number, counted from 0.
    pub block: u64,
    /// How long it waited for the bus.
    pub waited_us: f64,
    /// How long the processor worked, by the board's estimate.
    pub worked_us: f64,
}

/// The blocks of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Waiting {
    pub(crate) first: BlockTally,
    pub(crate) after: BlockTally,
    pub(crate) overworked: u64,
    pub(crate) first_late: Option<LateBlock>,
}

/// Counts of blocks, and times in picoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BlockTally {
    blocks: u64,
    stalled: u64,
    late: u64,
    sum: u64,
    longest: u64,
}

pub(crate) fn microseconds(picoseconds: u64) -> f64 {
    picoseconds as f64 / 1e6
}

impl Waiting {
    /// Counts a block; those before `first` are told apart.
    pub(crate) fn record(&mut self, time: BlockTime, first: u64) {
        let block = self.first.blocks + self.after.blocks;
        let tally = if block < first { &mut self.first } else { &mut self.after };
        tally.blocks += 1;
        tally.stalled += u64::from(time.stalled > 0);
        tally.sum += time.stalled;
        tally.longest = tally.longest.max(time.stalled);
        if !time.is_in_time() {
            tally.late += 1;
            self.overworked += u64::from(time.worked > time.period);
            let (waited_us, worked_us) = (microseconds(time.stalled), microseconds(time.worked));
            self.first_late.get_or_insert(LateBlock { block, waited_us, worked_us });
        }
    }
}

impl BlockTally {
    pub(crate) fn figures(self) -> Stalls {
        let Self { blocks, stalled, late, sum, longest } = self;
        let mean_us = microseconds(sum) / blocks.max(1) as f64;
        Stalls { blocks, stalled, late, mean_us, longest_us: microseconds(longest) }
    }
}

impl PagedReport {
    /// All blocks that were late.
    pub fn late(&self) -> u64 {
        self.first_second.late + self.after.late
    }

    /// All whole blocks.
    pub fn blocks(&self) -> u64 {
        self.first_second.blocks + self.after.blocks
    }

    /// What a user should look at: blocks that are late because they wait. Those that work for too long are told already.
    pub(crate) fn warning(&self) -> Option<String> {
        let late = self.late() - self.overworked;
        if late == 0 {
            return None;
        }
        let (count, blocks) = (grouped(late), grouped(self.blocks()));
        let when = if self.after.late == 0 { ", all in the first second" } else { "" };
        Some(format!(
            "the deadline is missed by {count} of {blocks} blocks because they wait for pages{when}"
        ))
    }

    fn stalls(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nWaits of a block in µs     mean     longest     waiting        late   of blocks")?;
        let rows = [("first second", &self.first_second), ("after it", &self.after)];
        for (name, stalls) in rows.into_iter().filter(|(_, stalls)| stalls.blocks > 0) {
            let Stalls { blocks, stalled, late, mean_us, longest_us } = *stalls;
            let (stalled, late, blocks) = (grouped(stalled), grouped(late), grouped(blocks));
            writeln!(
                out,
                "  {name:<16}{mean_us:>13.1}{longest_us:>12.1}{stalled:>12}{late:>12}{blocks:>12}"
            )?;
        }
        let deadline =
            |out: &mut fmt::Formatter<'_>, text: String| writeln!(out, "  {:<20}{text}", "deadline");
        let Some(late) = &self.first_late else {
            return match self.blocks() {
                0 => deadline(out, "not known: the sound is shorter than a block".to_owned()),
                _ => deadline(out, format!("held: each block was ready within its {:.1} µs", self.period_us)),
            };
        };
        let (count, blocks) = (grouped(self.late()), grouped(self.blocks()));
        let (first, sample) = (grouped(late.block), grouped(late.block * self.block));
        deadline(
            out,
            format!("missed by {count} of {blocks} blocks; the first is block {first}, at sample {sample}:"),
        )?;
        let LateBlock { waited_us, worked_us, .. } = *late;
        let period = self.period_us;
        writeln!(
            out,
            "  {:<20}it works for {worked_us:.1} µs and waits for {waited_us:.1} µs of its {period:.1} µs",
            ""
        )?;
        match self.overworked {
            0 => Ok(()),
            all if all == self.late() => writeln!(out, "  {:<20}the work alone takes too long", ""),
            some => writeln!(out, "  {:<20}in {} of them the work alone takes too long", "", grouped(some)),
        }
    }
}

impl fmt::Display for PagedReport {
    /// A section of the report of a run.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lanes = if self.lanes == 1 { "1 lane".to_owned() } else { format!("{} lanes", self.lanes) };
        let clock = megahertz(self.clock_hz.into());
        writeln!(
            out,
            "\n{} behind a bus of {clock}, {lanes}: a simulation, not verified on hardware",
            self.store
        )?;
        let mut line =
            |name: &str, figure: String, told: String| writeln!(out, "  {name:<20}{figure:>12}   {told}");
        let window = match self.accesses {
            0 => 100.0,
            all => self.accesses_in_window as f64 / all as f64 * 100.0,
        };
        let told =
            format!("{window:.1} % in the window of {} B, where nothing waits", grouped(self.window.into()));
        line("accesses", grouped(self.accesses), told)?;
        // Rounded down: 100 is told only where nothing has missed.
        let hits = (self.hit_percent * 1_000.0).floor() / 1_000.0;
        line("hit rate", format!("{hits:.3} %"), "of the others".to_owned())?;
        let (writes, late) = (grouped(self.misses_with_write), grouped(self.misses_on_the_way));
        let told = format!("{writes} wrote another page back first, {late} had their page on the way");
        line("misses", grouped(self.misses), told)?;
        let foreseen = match (self.streams, self.unregistered_streams) {
            (0, 0) => String::new(),
            (1, 0) => ", for 1 delay storage".to_owned(),
            (all, 0) => format!(", for {all} delay storages"),
            (some, rest) => format!(", for {some} delay storages; no room for {rest} more"),
        };
        line("fetched ahead", grouped(self.fetched_ahead), format!("pages of {} B{foreseen}", self.page))?;
        let (read, written) = (grouped(self.bytes_read), grouped(self.bytes_written));
        let told = format!("of the time; {read} B read, {written} B written");
        line("bus busy", format!("{:.1} %", self.bus_percent), told)?;
        let start = format!("{:.1} ms", self.start_wait_us / 1_000.0);
        line("wait before sound", start, "for pages, in init, update and reset".to_owned())?;
        self.stalls(out)
    }
}
