//! What a run of a program really did, as figures.

use serde::Serialize;
use sostenuto_board::bytes::grouped;
use sostenuto_board::profile::Measured;
use sostenuto_board::program::{Mentions, Precision};

use super::performance::Performance;
use super::settings::Settings;
use crate::board_memory::BlockMemory;
use crate::fault::PatchFault;
use crate::paged_report::PagedReport;
use crate::report::RegisterUse;

/// The figures of a run; nothing in it depends on the speed of the computer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The program's source file.
    pub source: String,
    /// Channels in, of one instance.
    pub inputs: u32,
    /// Channels out, of one instance.
    pub outputs: u32,
    /// What samples are.
    pub precision: Precision,
    /// Samples a second.
    pub rate: u32,
    /// Samples in a block.
    pub block: u32,
    /// How many instances played.
    pub instances: u32,
    /// Bytes of linear memory of one instance, channels included.
    pub memory: u64,
    /// Sample frames made.
    pub samples: u64,
    /// Sample frames that were to be made.
    pub asked: u64,
    /// Instructions of `init`, of all instances together.
    pub init: u64,
    /// Instructions a sample, all instances together, in the mean; `None` without a sample.
    pub instructions: Option<f64>,
    /// The most instructions that a block took.
    pub dearest_block: Option<u64>,
    /// The first sample of that block.
    pub dearest_block_at: Option<u64>,
    /// How that fits the board's processor, when one was named.
    pub deadline: Option<Deadline>,
    /// What paged memory did; `None` for flat memory.
    pub paged: Option<PagedReport>,
    /// The value stack of the engine.
    pub registers: RegisterUse,
    /// The parameters at the end.
    pub parameters: Vec<ParameterValue>,
    /// What the program shows at the end, of the first instance.
    pub meters: Vec<MeterValue>,
    /// Samples that came out beyond -1 to 1.
    pub clipped: u64,
    /// What was done to each storage, if that was counted, most first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accesses: Vec<Accesses>,
    /// What a user should look at.
    pub warnings: Vec<String>,
    /// What stopped the program.
    pub fault: Option<PatchFault>,
}

/// The instructions of a block against those that the board has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Deadline {
    /// Instructions that the processor has for a sample.
    pub instructions: f64,
    /// The share that the mean sample takes, in percent.
    pub mean_percent: f64,
    /// The share that the dearest block takes of what a block has, in percent. Over 100 the deadline is missed.
    pub block_percent: f64,
}

/// A parameter at the end of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParameterValue {
    /// Which one.
    pub path: String,
    /// Its value.
    pub value: f64,
    /// The value at first, the least and the greatest.
    pub init: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// What a meter shows at the end of a run; null in JSON when it is no number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeterValue {
    /// Which one.
    pub path: String,
    /// What it shows.
    pub value: f64,
}

/// Accesses to a storage a sample, as measured and as the program's compiler counts them in the text of a sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accesses {
    /// The storage.
    pub storage: String,
    /// Words read, measured.
    pub reads: f64,
    /// Words written, measured.
    pub writes: f64,
    /// Reads in the text, if the compiler has counted them.
    pub mentioned_reads: Option<u32>,
    /// Writes in the text.
    pub mentioned_writes: Option<u32>,
}

impl<'l, M: BlockMemory + 'l> Performance<'l, M> {
    /// What was measured so far; `asked` is how many sample frames there were to be.
    pub(super) fn report(
        &mut self,
        settings: &Settings,
        asked: u64,
        measured: Option<&[Measured]>,
    ) -> Report {
        // What follows looks at the memory, which is no access of the program.
        let paged = self.instances[0].memory().paged();
        let shown = self.meters(0);
        let (facts, program) = (&self.loaded.patch().facts, &self.loaded.program);
        let instructions = (self.frame > 0).then(|| self.costs.samples as f64 / self.frame as f64);
        let dearest = self.costs.dearest_block;
        let available = settings
            .processor
            .map(|processor| processor.clock_hz / processor.cycles_per_instruction / f64::from(self.rate));
        let available = available.filter(|available| available.is_finite() && *available > 0.0);
        let deadline =
            available.zip(instructions).zip(dearest).map(|((available, mean), (most, _))| Deadline {
                instructions: available,
                mean_percent: mean / available * 100.0,
                block_percent: most as f64 / (available * f64::from(self.block)) * 100.0,
            });
        let values = program.parameters.iter().zip(&self.values);
        let meters = program.meters.iter().zip(shown);
        let mut report = Report {
            source: facts.source.clone(),
            inputs: program.inputs,
            outputs: program.outputs,
            precision: program.precision,
            rate: self.rate,
            block: self.block,
            instances: self.instances.len() as u32,
            memory: self.loaded.memory_bytes(self.block),
            samples: self.frame,
            asked,
            init: self.costs.init,
            instructions,
            dearest_block: dearest.map(|(most, _)| most),
            dearest_block_at: dearest.map(|(_, at)| at),
            deadline,
            paged,
            registers: RegisterUse {
                reserved: self.thread.stack_words() as u32 * 4,
                recursive: false,
                measured: self.thread.high_water() * 4,
            },
            parameters: values
                .map(|(parameter, value)| ParameterValue {
                    path: parameter.path.clone(),
                    value: *value,
                    init: parameter.init,
                    min: parameter.min,
                    max: parameter.max,
                })
                .collect(),
            meters: meters.map(|(meter, value)| MeterValue { path: meter.path.clone(), value }).collect(),
            clipped: self.costs.clipped,
            accesses: measured.map_or_else(Vec::new, |measured| accesses(measured, &program.mentions)),
            warnings: Vec::new(),
            fault: self.fault.clone(),
        };
        report.warnings = warnings(&report, self.costs.not_numbers);
        report
    }
}

fn accesses(measured: &[Measured], mentions: &[Mentions]) -> Vec<Accesses> {
    let mut accesses: Vec<Accesses> = measured
        .iter()
        .map(|Measured { name, traffic }| {
            let mentioned = mentions.iter().find(|mentions| mentions.storage == *name);
            Accesses {
                storage: name.clone(),
                reads: traffic.reads,
                writes: traffic.writes,
                mentioned_reads: mentioned.map(|mentions| mentions.reads),
                mentioned_writes: mentioned.map(|mentions| mentions.writes),
            }
        })
        .collect();
    accesses.sort_by(|a, b| (b.reads + b.writes).total_cmp(&(a.reads + a.writes)));
    accesses
}

fn warnings(report: &Report, not_numbers: u64) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(deadline) = report.deadline.filter(|deadline| deadline.block_percent > 100.0) {
        warnings.push(format!(
            "the deadline is missed: the dearest block of {} samples takes {:.1} % of its time",
            report.block, deadline.block_percent
        ));
    }
    warnings.extend(report.paged.as_ref().and_then(PagedReport::warning));
    if report.clipped > 0 {
        let clipped = grouped(report.clipped);
        warnings.push(format!("samples beyond -1 to 1, which a file of integers clamps: {clipped}"));
    }
    if not_numbers > 0 {
        warnings.push(format!("samples that are no number (NaN): {}", grouped(not_numbers)));
    }
    warnings
}
