//! What a run really did, as figures.

use serde::Serialize;
use sostenuto_board::bytes::grouped;

use crate::board_memory::BlockMemory;
use crate::fault::PatchFault;
use crate::layout::Words;
use crate::load::PatchKind;
use crate::measure::{self, Instructions};
use crate::paged_report::PagedReport;
use crate::parameters::Parameter;
use crate::performance::Performance;

/// The figures of a run; nothing in it depends on the speed of the computer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunReport {
    /// The patch's source file.
    pub source: String,
    /// The entry points that make its sound.
    pub entries: Vec<&'static str>,
    /// Samples a second of the patch's clock.
    pub clock: u32,
    /// The sample that the patch began with, counted from 0; another patch may have made those before.
    pub since: u64,
    /// Samples made, with those of another patch before.
    pub samples: u64,
    /// Samples that were to be made.
    pub asked: u64,
    /// The calls before and between the samples.
    pub control: Control,
    /// The instructions a sample, `update` included; `None` without a sample.
    pub instructions: Option<Instructions>,
    /// How that fits the board's processor, when one was named.
    pub deadline: Option<Deadline>,
    /// What paged memory did; `None` for flat memory.
    pub paged: Option<PagedReport>,
    /// The stack in linear memory; `None` when the patch reserves none.
    pub stack: Option<StackUse>,
    /// The value stacks of the engine.
    pub registers: RegisterUse,
    /// The four rows of LEDs at the end: operand 1 high and low, operand 2 high and low.
    pub leds: [u8; 4],
    /// The parameters at the end.
    pub parameters: Vec<ParameterValue>,
    /// Texts traced.
    pub traces: u64,
    /// Signal words that were beyond -2047…2047 and were clamped.
    pub clipped: u64,
    /// The patch's own counters of pools, leaks and peaks at the end, those that it has.
    pub counters: Vec<Counter>,
    /// What a user should look at.
    pub warnings: Vec<String>,
    /// What stopped the patch.
    pub fault: Option<PatchFault>,
}

/// Instructions of the calls that are not made for every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Control {
    /// `init`.
    pub init: u64,
    /// The first `update`.
    pub first_update: u64,
    /// `reset`.
    pub reset: u64,
    /// How many more calls of `update` there were.
    pub updates: u64,
    /// The most that one of these took.
    pub dearest_update: u64,
}

/// The instructions a sample against those that the board has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Deadline {
    /// Instructions that the processor has for a sample.
    pub instructions: f64,
    /// The share that the mean sample takes, in percent.
    pub mean_percent: f64,
    /// The share that the dearest sample takes, in percent. Over 100 it borrows from the others of its block.
    pub max_percent: f64,
    /// Samples in a block.
    pub block: u64,
    /// The share that the dearest block takes of what a block has, in percent. Over 100 the deadline is missed.
    pub block_percent: f64,
}

/// The stack in linear memory, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackUse {
    /// Reserved: the worst case, or a part of the memory when recursion leaves it unbounded.
    pub reserved: u32,
    /// What the board has for it, when that was said.
    pub room: Option<u32>,
    /// The worst case over all call paths, computed; `None` with recursion.
    pub worst: Option<u32>,
    /// The functions of the deepest path, or of the recursion.
    pub path: Vec<String>,
    /// The most that was used in this run.
    pub measured: u32,
}

/// The value stacks of the engine's threads together, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RegisterUse {
    /// Reserved: the worst case, unless there is recursion.
    pub reserved: u32,
    /// Whether there is recursion, and so no worst case.
    pub recursive: bool,
    /// The most that each thread used in this run, summed.
    pub measured: u32,
}

/// A parameter at the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ParameterValue {
    /// Which one.
    pub parameter: Parameter,
    /// Its value.
    pub value: i32,
}

/// A counter of the patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counter {
    /// The global's name.
    pub name: &'static str,
    /// Its value at the end.
    pub value: i32,
}

const COUNTERS: [&str; 8] = [
    "totalAllocations",
    "totalDeallocations",
    "currentAllocations",
    "peakAllocations",
    "poolAllocations",
    "poolDeallocations",
    "bufferOverrunCount",
    "stackHighWaterMark",
];

/// Above this share of a stack, in percent, there is a warning.
const STACK_WARNING: u32 = 80;

impl<M: BlockMemory> Performance<'_, M> {
    /// What was measured so far; `asked` is how many samples there were to be.
    pub fn report(&mut self, asked: u64) -> RunReport {
        // What follows looks at the memory, which is no access of the patch.
        let paged = self.instance.memory().paged();
        let leds = self.leds();
        let facts = &self.loaded.patch.facts;
        let size = self.instance.memory().size();
        let memory = self.instance.memory_mut();
        let counters = COUNTERS.into_iter().filter_map(|name| {
            let word = Words::find(facts, name, size);
            (word.len() == 1).then(|| Counter { name, value: word.get(memory, 0) })
        });
        let counters = counters.collect();
        let stack = (facts.stack.bytes > 0).then(|| StackUse {
            reserved: facts.stack.bytes,
            room: self.stack_room,
            worst: facts.stack.worst,
            path: facts.stack.path.clone(),
            measured: measure::used(memory, facts.stack.address, facts.stack.bytes),
        });
        let limit = self.loaded.globals.clock_freq_limit.get(memory, 0);
        let registers = RegisterUse {
            reserved: self.threads.iter().map(|thread| thread.stack_words() as u32 * 4).sum(),
            recursive: self.loaded.recurses(),
            measured: self.threads.iter().map(|thread| thread.high_water() * 4).sum(),
        };
        let instructions = self.costs.samples.figures();
        let (block, dearest) = self.costs.samples.dearest_block();
        let deadline = self.processor.zip(instructions).map(|(available, used)| Deadline {
            instructions: available,
            mean_percent: used.mean / available * 100.0,
            max_percent: used.max as f64 / available * 100.0,
            block,
            block_percent: dearest as f64 / (available * block as f64) * 100.0,
        });
        let mut report = RunReport {
            source: facts.source.clone(),
            entries: self.sound_entries(),
            clock: self.rate,
            since: self.since,
            samples: self.sample,
            asked,
            control: Control {
                init: self.costs.init,
                first_update: self.costs.first_update,
                reset: self.costs.reset,
                updates: self.costs.updates,
                dearest_update: self.costs.dearest_update,
            },
            instructions,
            deadline,
            paged,
            stack,
            registers,
            leds,
            parameters: Parameter::ALL
                .map(|parameter| ParameterValue { parameter, value: self.parameters.get(parameter) })
                .to_vec(),
            traces: self.desk.traces,
            clipped: self.costs.clipped,
            counters,
            warnings: Vec::new(),
            fault: self.fault.clone(),
        };
        report.warnings = warnings(&report, limit);
        report
    }

    fn sound_entries(&self) -> Vec<&'static str> {
        let entries = &self.loaded.entries;
        let list = match self.loaded.kind() {
            PatchKind::Full => vec![&entries.process],
            PatchKind::Mod => vec![&entries.operate1, &entries.operate2],
        };
        list.into_iter().flatten().map(|entry| entry.name).collect()
    }
}

fn warnings(report: &RunReport, clock_limit: i32) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(stack) = &report.stack {
        // What the compiler has proved needs no more room than it reserves; the board's room is another matter.
        let limit = stack.room.or(stack.worst.is_none().then_some(stack.reserved));
        let used = stack.worst.unwrap_or(0).max(stack.measured);
        if let Some(limit) = limit.filter(|limit| over(used, *limit)) {
            warnings.push(format!(
                "the stack takes {} of {} B, more than {STACK_WARNING} %",
                grouped(used.into()),
                grouped(limit.into())
            ));
        }
        if stack.worst.is_none() {
            warnings.push(format!(
                "the stack has no computed worst case, because of recursion: {}",
                stack.path.join(" > ")
            ));
        }
    }
    let registers = report.registers;
    if registers.recursive && over(registers.measured, registers.reserved) {
        warnings.push(format!(
            "recursion has taken {} of {} B of the value stack, more than {STACK_WARNING} %",
            grouped(registers.measured.into()),
            grouped(registers.reserved.into())
        ));
    }
    if let Some(deadline) = report.deadline.filter(|deadline| deadline.block_percent > 100.0) {
        let block = match deadline.block {
            1 => "sample".to_owned(),
            length => format!("block of {length} samples"),
        };
        let percent = deadline.block_percent;
        warnings
            .push(format!("the deadline is missed: the dearest {block} takes {percent:.1} % of its time"));
    }
    warnings.extend(report.paged.as_ref().and_then(PagedReport::warning));
    if report.clipped > 0 {
        warnings.push(format!("signal words beyond -2047 to 2047, which were clamped: {}", report.clipped));
    }
    if clock_limit > 0 && i64::from(report.clock) > i64::from(clock_limit) {
        warnings.push(format!(
            "the patch limits its clock to {clock_limit} Hz (clockFreqLimit), it ran at {} Hz",
            report.clock
        ));
    }
    warnings
}

fn over(used: u32, reserved: u32) -> bool {
    u64::from(used) * 100 > u64::from(reserved) * u64::from(STACK_WARNING)
}
