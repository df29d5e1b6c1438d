//! The report of a run of a patch, for people.

use std::fmt;

use sostenuto_board::bytes::grouped;

use super::report::{Ending, HeapUse, Report};
use crate::paged_report::PagedReport;

/// The rows of a table of storages; all of them are in the report for programs.
const MOST_ROWS: usize = 24;

impl fmt::Display for Report {
    /// Sections with a heading, figures in one column.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run(out)?;
        self.instructions(out)?;
        match (&self.paged, self.audio.is_some()) {
            (Some(paged), true) => write!(out, "{paged}")?,
            (Some(paged), false) => pages(paged, out)?,
            (None, _) => {}
        }
        self.memory(out)?;
        self.panel(out)?;
        self.traffic(out)?;
        if !self.warnings.is_empty() {
            writeln!(out, "\nWarnings")?;
            self.warnings.iter().try_for_each(|warning| writeln!(out, "  {warning}"))?;
        }
        let Some(fault) = &self.fault else { return Ok(()) };
        let at = fault.sample.map_or_else(
            || format!("after {:.3} s", self.seconds),
            |sample| format!("in the block of sample {}", grouped(sample)),
        );
        writeln!(out, "\nStopped {at}: {fault}")
    }
}

impl Report {
    fn run(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = if self.source.is_empty() { "patch" } else { &self.source };
        let entries: Vec<String> = self.entries.iter().map(|entry| format!("{entry}()")).collect();
        write!(out, "{source}: {}", entries.join(" and "))?;
        if let Some(audio) = &self.audio {
            writeln!(out, " at {} Hz", grouped(audio.rate.into()))?;
            let seconds = audio.samples as f64 / f64::from(audio.rate.max(1));
            write!(out, "{} samples, {seconds:.3} s", grouped(audio.samples))?;
            if audio.samples < audio.asked {
                write!(out, " of {}", grouped(audio.asked))?;
            }
            return writeln!(out);
        }
        let ending = match self.ending {
            Ending::Finished => "finished",
            Ending::Stopped => "stopped, as its time was over",
            Ending::Fault => "stopped by a fault",
        };
        writeln!(out, ": {ending} after {:.3} s of virtual time", self.seconds)
    }

    fn instructions(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nInstructions")?;
        if let Some(audio) = &self.audio {
            if let Some(mean) = audio.instructions {
                writeln!(out, "  {:<20}{mean:>14.1}", "a sample, mean")?;
            }
            if let Some((most, at)) = audio.dearest_block.zip(audio.dearest_block_at) {
                let label = format!("a block of {}", audio.block);
                writeln!(out, "  {label:<20}{:>14}   at most, at sample {}", grouped(most), grouped(at))?;
            }
            if let Some(deadline) = &audio.deadline {
                writeln!(
                    out,
                    "  {:<20}{:>14}   a sample: mean {:.1} %, a block at most {:.1} %",
                    "the board has",
                    grouped(deadline.instructions as u64),
                    deadline.mean_percent,
                    deadline.block_percent
                )?;
            }
        }
        let once = self.entries.iter().find(|entry| !matches!(**entry, "start" | "loop" | "process"));
        if let Some(once) = once {
            writeln!(out, "  {once:<20}{:>14}", grouped(self.setup))?;
        }
        if let Some(loops) = &self.loops {
            let mean = loops.instructions as f64 / loops.calls.max(1) as f64;
            writeln!(
                out,
                "  {:<20}{mean:>14.1}   mean of {} calls, at most {}",
                "loop",
                grouped(loops.calls),
                grouped(loops.dearest)
            )?;
        }
        writeln!(out, "  {:<20}{:>14}", "all", grouped(self.total))
    }

    fn memory(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nMemory in bytes")?;
        writeln!(out, "  {:<20}{:>14}", "linear memory", grouped(self.memory))?;
        let (used, reserved) = (self.registers.measured, self.registers.reserved);
        let (used, reserved) = (grouped(used.into()), grouped(reserved.into()));
        writeln!(out, "  {:<20}{used:>14}   of {reserved} reserved", "registers")?;
        for HeapUse { name, bytes, live, blocks, peak, largest_free, failures, .. } in &self.heaps {
            if *peak == 0 && *failures == 0 {
                continue;
            }
            let [bytes, live, peak, largest] =
                [*bytes, *live, *peak, *largest_free].map(|it| grouped(it.into()));
            let in_vain =
                if *failures > 0 { format!(", {} refused", grouped(*failures)) } else { String::new() };
            let plural = if *blocks == 1 { "" } else { "s" };
            writeln!(
                out,
                "  {name:<20}{peak:>14}   of {bytes} at most; at the end {live} in {blocks} block{plural}, \
                 longest free {largest}{in_vain}"
            )?;
        }
        Ok(())
    }

    fn panel(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.leds.shows > 0 {
            let (shows, changes) = (grouped(self.leds.shows), grouped(self.leds.changes));
            writeln!(out, "\nLEDs at the end         shown {shows} times, {changes} of them something new")?;
            self.leds.strips.iter().try_for_each(|strip| writeln!(out, "  {strip}"))?;
        }
        let set = self.parameters.iter().enumerate().skip(1).filter(|(_, value)| **value != 0);
        let set: Vec<String> = set.map(|(parameter, value)| format!("{parameter} = {value}")).collect();
        if set.is_empty() { Ok(()) } else { writeln!(out, "\nParameters at the end\n  {}", set.join(", ")) }
    }

    fn traffic(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accesses.is_empty() {
            return Ok(());
        }
        let unit = if self.audio.is_some() { "a sample" } else { "a call" };
        writeln!(out, "\n{:<22}{:>14}{:>14}", format!("Accesses {unit}"), "read", "written")?;
        for it in self.accesses.iter().take(MOST_ROWS) {
            writeln!(out, "  {:<20}{:>14.2}{:>14.2}", it.storage, it.reads, it.writes)?;
        }
        match self.accesses.len().saturating_sub(MOST_ROWS) {
            0 => Ok(()),
            more => writeln!(out, "  and {more} more, which --json tells"),
        }
    }
}

/// What paging did in a run that has no blocks, and so no deadline.
fn pages(paged: &PagedReport, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let megahertz = f64::from(paged.clock_hz) / 1e6;
    writeln!(out, "\nPaged memory            {} at {megahertz} MHz, a simulation", paged.store)?;
    let mut line = |name: &str, figure: String, more: String| {
        let gap = if more.is_empty() { "" } else { "   " };
        writeln!(out, "  {name:<20}{figure:>14}{gap}{more}")
    };
    line("accesses", grouped(paged.accesses), String::new())?;
    line(
        "in the window",
        grouped(paged.accesses_in_window),
        format!("of {} B", grouped(paged.window.into())),
    )?;
    let beyond = paged.accesses - paged.accesses_in_window;
    line("beyond it", grouped(beyond), format!("{:.3} % found in a page", paged.hit_percent))?;
    line(
        "misses",
        grouped(paged.misses),
        format!("{} wrote another page back", grouped(paged.misses_with_write)),
    )?;
    let bytes = [paged.bytes_read, paged.bytes_written].map(grouped);
    line("bytes over the bus", bytes[0].clone(), format!("read, {} written", bytes[1]))?;
    let all = [paged.first_second, paged.after];
    let waited: f64 = all.iter().map(|stalls| stalls.mean_us * stalls.blocks as f64).sum();
    line("waited", format!("{:.3} ms", waited / 1_000.0), String::new())
}
