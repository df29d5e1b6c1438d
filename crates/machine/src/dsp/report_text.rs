//! The report of a run of a program, for people.

use std::fmt;

use sostenuto_board::bytes::grouped;
use sostenuto_board::program::Precision;

use super::report::Report;
use crate::report_text::{length, warnings};

/// The rows of a table of storages; all of them are in the report for programs.
const MOST_ROWS: usize = 24;

impl fmt::Display for Report {
    /// Sections with a heading, figures in one column.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sound(out)?;
        self.time(out)?;
        if let Some(paged) = &self.paged {
            write!(out, "{paged}")?;
        }
        self.memory(out)?;
        self.panel(out)?;
        self.traffic(out)?;
        warnings(out, &self.warnings)?;
        if let Some(fault) = &self.fault {
            let at = fault.sample.map_or("before the first sample".to_owned(), |sample| {
                format!("in the block of sample {}", grouped(sample))
            });
            writeln!(out, "\nStopped {at}: {fault}")?;
        }
        Ok(())
    }
}

impl Report {
    fn sound(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = if self.source.is_empty() { "program" } else { &self.source };
        let bits = if self.precision == Precision::Double { "64" } else { "32" };
        write!(out, "{source}: ")?;
        if self.instances > 1 {
            write!(out, "{} instances, each with ", self.instances)?;
        }
        writeln!(
            out,
            "{} in and {} out, numbers of {bits} bits, at {} Hz",
            channels(self.inputs),
            channels(self.outputs),
            grouped(self.rate.into())
        )?;
        length(out, self.samples, self.asked, self.rate)?;
        writeln!(out)
    }

    fn time(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nInstructions")?;
        if let Some(mean) = self.instructions {
            writeln!(out, "  {:<20}{mean:>12.1}", "a sample, mean")?;
        }
        if let Some((most, at)) = self.dearest_block.zip(self.dearest_block_at) {
            let label = format!("a block of {}", self.block);
            writeln!(out, "  {label:<20}{:>12}   at most, at sample {}", grouped(most), grouped(at))?;
        }
        if let Some(deadline) = &self.deadline {
            writeln!(
                out,
                "  {:<20}{:>12}   a sample: mean {:.1} %, a block at most {:.1} %",
                "the board has",
                grouped(deadline.instructions as u64),
                deadline.mean_percent,
                deadline.block_percent
            )?;
        }
        writeln!(out, "  {:<20}{:>12}", "init", grouped(self.init))
    }

    fn memory(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nMemory in bytes")?;
        let each = if self.instances > 1 { "   for each instance" } else { "" };
        writeln!(out, "  {:<20}{:>12}{each}", "linear memory", grouped(self.memory))?;
        let (used, reserved) = (self.registers.measured, self.registers.reserved);
        writeln!(
            out,
            "  {:<20}{:>12}   of {} reserved",
            "registers",
            grouped(used.into()),
            grouped(reserved.into())
        )
    }

    fn panel(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.parameters.iter().map(|it| &it.path).chain(self.meters.iter().map(|it| &it.path));
        let width = paths.map(|path| path.chars().count()).max().unwrap_or(0).max(20);
        if !self.parameters.is_empty() {
            writeln!(out, "\nParameters at the end")?;
        }
        for it in &self.parameters {
            writeln!(out, "  {:<width$}{:>12}   {} to {}", it.path, it.value, it.min, it.max)?;
        }
        if !self.meters.is_empty() {
            writeln!(out, "\nMeters at the end")?;
        }
        for meter in &self.meters {
            writeln!(out, "  {:<width$}{:>12.6}", meter.path, meter.value)?;
        }
        Ok(())
    }

    fn traffic(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accesses.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nAccesses a sample       read     written   in the text of a sample")?;
        for it in self.accesses.iter().take(MOST_ROWS) {
            write!(out, "  {:<16}{:>10.2}{:>12.2}", it.storage, it.reads, it.writes)?;
            match it.mentioned_reads.zip(it.mentioned_writes) {
                Some((reads, writes)) => writeln!(out, "{reads:>12}{writes:>6}")?,
                None => writeln!(out)?,
            }
        }
        match self.accesses.len().saturating_sub(MOST_ROWS) {
            0 => Ok(()),
            more => writeln!(out, "  and {more} more, which --json tells"),
        }
    }
}

fn channels(count: u32) -> String {
    match count {
        0 => "no channel".to_owned(),
        1 => "1 channel".to_owned(),
        count => format!("{count} channels"),
    }
}
