//! The report of a run for people.

use std::fmt;

use sostenuto_board::bytes::grouped;

use crate::report::RunReport;

const ROWS: [&str; 4] = ["operand 1 high", "operand 1 low", "operand 2 high", "operand 2 low"];

impl fmt::Display for RunReport {
    /// Sections with a heading, figures in one column.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sound(out)?;
        self.time(out)?;
        if let Some(paged) = &self.paged {
            write!(out, "{paged}")?;
        }
        self.memory(out)?;
        self.panel(out)?;
        if !self.counters.is_empty() {
            writeln!(out, "\nCounters of the patch")?;
            for counter in &self.counters {
                writeln!(out, "  {:<20}{:>12}", counter.name, counter.value)?;
            }
        }
        warnings(out, &self.warnings)?;
        self.end(out)
    }
}

impl RunReport {
    fn sound(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: Vec<String> = self.entries.iter().map(|entry| format!("{entry}()")).collect();
        let source = if self.source.is_empty() { "patch" } else { &self.source };
        let calls = if calls.is_empty() { "the stock operators".to_owned() } else { calls.join(" and ") };
        writeln!(out, "{source}: {calls} at {} Hz", grouped(self.clock.into()))?;
        length(out, self.samples, self.asked, self.clock)?;
        if self.since > 0 {
            let from = self.since as f64 / f64::from(self.clock.max(1));
            write!(out, "; by this patch from sample {} ({from:.3} s) on", grouped(self.since))?;
        }
        writeln!(out)
    }

    fn time(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nInstructions")?;
        if let Some(sample) = &self.instructions {
            writeln!(out, "  {:<20}{:>12.1}", "a sample, mean", sample.mean)?;
            writeln!(out, "  {:<20}{:>12}", "99 % at most", grouped(sample.p99))?;
            writeln!(
                out,
                "  {:<20}{:>12}   at sample {}",
                "at most",
                grouped(sample.max),
                grouped(sample.max_at)
            )?;
        }
        if let Some(deadline) = &self.deadline {
            writeln!(
                out,
                "  {:<20}{:>12}   mean {:.1} %, at most {:.1} %",
                "the board has",
                grouped(deadline.instructions as u64),
                deadline.mean_percent,
                deadline.max_percent
            )?;
            if deadline.block > 1 {
                let length = format!("blocks of {}", deadline.block);
                writeln!(
                    out,
                    "  {length:<20}{:>10.1} %   of a block's time at most",
                    deadline.block_percent
                )?;
            }
        }
        let control = &self.control;
        writeln!(out, "  {:<20}{:>12}", "init", grouped(control.init))?;
        writeln!(out, "  {:<20}{:>12}", "first update", grouped(control.first_update))?;
        writeln!(out, "  {:<20}{:>12}", "reset", grouped(control.reset))?;
        if control.updates > 0 {
            writeln!(
                out,
                "  {:<20}{:>12}   in {} calls",
                "update, at most",
                grouped(control.dearest_update),
                grouped(control.updates)
            )?;
        }
        Ok(())
    }

    fn memory(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nStacks in bytes           used       worst    reserved")?;
        if let Some(stack) = &self.stack {
            let worst = stack.worst.map_or("no bound".to_owned(), |worst| grouped(worst.into()));
            let (used, reserved) = (grouped(stack.measured.into()), grouped(stack.reserved.into()));
            write!(out, "  {:<16}{used:>12}{worst:>12}{reserved:>12}", "stack")?;
            if !stack.path.is_empty() {
                write!(out, "   {}", stack.path.join(" > "))?;
            }
            writeln!(out)?;
        }
        let (used, reserved) =
            (grouped(self.registers.measured.into()), grouped(self.registers.reserved.into()));
        let worst = if self.registers.recursive { "no bound" } else { &reserved };
        writeln!(out, "  {:<16}{used:>12}{worst:>12}{reserved:>12}", "registers")
    }

    fn panel(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nPanel at the end")?;
        for (name, row) in ROWS.iter().zip(self.leds) {
            writeln!(out, "  {name:<16}{}", lamps(row))?;
        }
        for value in &self.parameters {
            let shown = value.parameter.show(value.value);
            writeln!(out, "  {:<16}{shown}", value.parameter.name())?;
        }
        if self.traces > 0 {
            let plural = if self.traces == 1 { "" } else { "s" };
            writeln!(out, "  {:<16}{} text{plural}", "traced", grouped(self.traces))?;
        }
        Ok(())
    }

    fn end(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(fault) = &self.fault else { return Ok(()) };
        writeln!(out, "\nStopped by a fault")?;
        writeln!(out, "  {fault}")?;
        match fault.sample {
            Some(0) => writeln!(out, "  at the first sample"),
            Some(sample) => {
                let seconds = sample as f64 / f64::from(self.clock.max(1));
                writeln!(out, "  at sample {} ({seconds:.3} s); the sound before it is kept", grouped(sample))
            }
            None => writeln!(out, "  before the first sample"),
        }
    }
}

/// How long the sound is, and how long it was to be if that was more.
pub(crate) fn length(out: &mut fmt::Formatter<'_>, samples: u64, asked: u64, rate: u32) -> fmt::Result {
    let seconds = samples as f64 / f64::from(rate.max(1));
    write!(out, "{} samples, {seconds:.3} s", grouped(samples))?;
    if samples < asked { write!(out, " of {}", grouped(asked)) } else { Ok(()) }
}

/// What a user should look at, if anything.
pub(crate) fn warnings(out: &mut fmt::Formatter<'_>, warnings: &[String]) -> fmt::Result {
    if warnings.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWarnings")?;
    warnings.iter().try_for_each(|warning| writeln!(out, "  {warning}"))
}

/// The bits as lamps, the highest on the left as on the panel.
fn lamps(row: u8) -> String {
    (0..8).rev().map(|bit| if row >> bit & 1 == 1 { '●' } else { '○' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lamps() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(lamps(0b1010_0001), "●○●○○○○●");
    }
}
