//! What a run of a patch really did, as figures.

use serde::Serialize;
use sostenuto_board::bytes::grouped;
use sostenuto_board::profile::Measured;

use super::heap::{POOL, Tier};
use super::load::Loaded;
use super::performance::Performance;
use super::picture::Lights;
use super::settings::Settings;
use crate::board_memory::BlockMemory;
use crate::dsp::Deadline;
use crate::fault::PatchFault;
use crate::paged_report::PagedReport;
use crate::report::RegisterUse;

/// The figures of a run; nothing in it depends on the speed of the computer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The patch's source file.
    pub source: String,
    /// The entry points that were called.
    pub entries: Vec<&'static str>,
    /// How it ended.
    pub ending: Ending,
    /// Virtual seconds that have passed.
    pub seconds: f64,
    /// Instructions of all calls.
    pub total: u64,
    /// Instructions of the start function and of `setup`, or of the function that is called once.
    pub setup: u64,
    /// The calls of `loop`, when there is one.
    pub loops: Option<Loops>,
    /// The sound, of an effect.
    pub audio: Option<AudioUse>,
    /// Bytes that the patch has printed.
    pub printed: u64,
    /// Bytes of linear memory.
    pub memory: u64,
    /// The heaps in it: the low one, when there is one, and the string pool.
    pub heaps: Vec<HeapUse>,
    /// Pointers given back that nobody had.
    pub strangers: u64,
    /// The value stack of the engine.
    pub registers: RegisterUse,
    /// What paged memory did; `None` for flat memory.
    pub paged: Option<PagedReport>,
    /// The strips of LEDs.
    pub leds: LedUse,
    /// The parameters at the end.
    pub parameters: [i32; 16],
    /// What was done to each storage, if that was counted, most first: words a sample of an effect, words a call of others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accesses: Vec<Accesses>,
    /// What a user should look at.
    pub warnings: Vec<String>,
    /// What stopped the patch.
    pub fault: Option<PatchFault>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// All calls have returned.
    Finished,
    /// Its time was over, and it went on waiting.
    Stopped,
    /// By a fault.
    Fault,
}

/// Instructions of the calls of `loop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Loops {
    /// The calls.
    pub calls: u64,
    /// Of all of them.
    pub instructions: u64,
    /// The most that one took.
    pub dearest: u64,
}

/// What `process` did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AudioUse {
    /// Samples a second.
    pub rate: u32,
    /// Sample frames in a block.
    pub block: u32,
    /// Sample frames made.
    pub samples: u64,
    /// Sample frames that were to be made.
    pub asked: u64,
    /// Instructions a sample in the mean; `None` without a sample.
    pub instructions: Option<f64>,
    /// The most instructions that a block took.
    pub dearest_block: Option<u64>,
    /// The first sample of that block.
    pub dearest_block_at: Option<u64>,
    /// How that fits the board's processor, when one was named.
    pub deadline: Option<Deadline>,
    /// Samples that came out beyond -1 to 1.
    pub clipped: u64,
}

/// One of the heaps, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeapUse {
    /// `low heap` or `string pool`.
    pub name: &'static str,
    /// Its first address.
    pub address: u32,
    /// Its size.
    pub bytes: u32,
    /// In use at the end, in so many blocks.
    pub live: u32,
    /// Blocks in use at the end.
    pub blocks: usize,
    /// The most in use at one time.
    pub peak: u32,
    /// The longest block that could be had at the end.
    pub largest_free: u32,
    /// Blocks that could not be had. Of the low heap these came from the pool, if it had room.
    pub failures: u64,
}

/// What was done with the LEDs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedUse {
    /// Calls of `led_show`.
    pub shows: u64,
    /// How many of them showed something else than before.
    pub changes: u64,
    /// What the strips that were ever lit show at the end: runs of pixels with one colour.
    pub strips: Vec<String>,
}

/// Accesses to a storage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accesses {
    /// The storage.
    pub storage: String,
    /// Words read.
    pub reads: f64,
    /// Words written.
    pub writes: f64,
}

impl Report {
    /// Instructions a sample in the mean, of an effect.
    pub fn a_sample(&self) -> Option<f64> {
        self.audio?.instructions
    }
}

impl<'l, M: BlockMemory + 'l> Performance<'l, M> {
    /// The calls of the host.
    pub(super) fn calls(&self) -> u64 {
        1 + self.costs.loops
    }

    /// What was measured; `asked` is how many sample frames there were to be, of an effect.
    pub(super) fn report(
        &mut self,
        settings: &Settings,
        asked: Option<u64>,
        ending: Ending,
        measured: Option<&[Measured]>,
        fault: Option<PatchFault>,
    ) -> Report {
        let (device, costs) = (&self.device, &self.costs);
        let entries = &self.loaded.entries;
        let is_effect = asked.is_some();
        let called = [&entries.start, &entries.once]
            .into_iter()
            .chain((!is_effect).then_some(&entries.again))
            .chain(is_effect.then_some(&entries.process));
        let low = device.heap.low.as_ref().map(|low| heap("low heap", low));
        let lights = Lights::new(device.leds.history.clone(), device.clock.now());
        let mut report = Report {
            source: self.loaded.patch().facts.source.clone(),
            entries: called.flatten().map(|entry| entry.name).collect(),
            ending,
            seconds: device.clock.now() as f64 / 1e6,
            total: self.thread.spent(),
            setup: costs.once,
            loops: entries.again.as_ref().filter(|_| !is_effect).map(|_| Loops {
                calls: costs.loops,
                instructions: costs.again,
                dearest: costs.dearest_loop,
            }),
            audio: asked.map(|asked| self.audio(settings, asked)),
            printed: costs.printed,
            memory: self.loaded.memory_bytes(),
            heaps: low.into_iter().chain([heap("string pool", &device.heap.pool)]).collect(),
            strangers: device.heap.strangers,
            registers: RegisterUse {
                reserved: self.thread.stack_words() as u32 * 4,
                recursive: self.loaded.recurses(),
                measured: self.thread.high_water() * 4,
            },
            paged: self.instance.memory().paged(),
            leds: LedUse {
                shows: device.leds.history.shows,
                changes: device.leds.history.changes,
                strips: lights.last(),
            },
            parameters: device.parameters,
            accesses: measured.map_or_else(Vec::new, accesses),
            warnings: Vec::new(),
            fault,
        };
        report.warnings = warnings(&report, costs.not_numbers, self.loaded);
        report
    }

    fn audio(&self, settings: &Settings, asked: u64) -> AudioUse {
        let (rate, block) = (self.device.audio.rate, self.device.audio.block);
        let mean = (self.frame > 0).then(|| self.costs.samples as f64 / self.frame as f64);
        let available = settings
            .processor
            .map(|processor| processor.clock_hz / processor.cycles_per_instruction / f64::from(rate))
            .filter(|available| available.is_finite() && *available > 0.0);
        let dearest = self.costs.dearest_block;
        let deadline = available.zip(mean).zip(dearest).map(|((instructions, mean), (most, _))| Deadline {
            instructions,
            mean_percent: mean / instructions * 100.0,
            block_percent: most as f64 / (instructions * f64::from(block)) * 100.0,
        });
        AudioUse {
            rate,
            block,
            samples: self.frame,
            asked,
            instructions: mean,
            dearest_block: dearest.map(|(most, _)| most),
            dearest_block_at: dearest.map(|(_, at)| at),
            deadline,
            clipped: self.costs.clipped,
        }
    }
}

fn heap(name: &'static str, tier: &Tier) -> HeapUse {
    let span = tier.span();
    HeapUse {
        name,
        address: span.start,
        bytes: span.end.saturating_sub(span.start),
        live: tier.live(),
        blocks: tier.blocks(),
        peak: tier.peak(),
        largest_free: tier.largest_free(),
        failures: tier.failures(),
    }
}

fn accesses(measured: &[Measured]) -> Vec<Accesses> {
    let mut accesses: Vec<Accesses> = measured
        .iter()
        .map(|Measured { name, traffic }| Accesses {
            storage: name.clone(),
            reads: traffic.reads,
            writes: traffic.writes,
        })
        .collect();
    accesses.sort_by(|a, b| (b.reads + b.writes).total_cmp(&(a.reads + a.writes)));
    accesses
}

fn warnings(report: &Report, not_numbers: u64, loaded: &Loaded) -> Vec<String> {
    let mut warnings: Vec<String> = loaded
        .unknown
        .iter()
        .map(|import| {
            format!(
                "the patch imports {}() from `{}`, which this machine does not have: calling it would stop the patch",
                import.name, import.module
            )
        })
        .collect();
    if loaded.may_overlap_pool() {
        warnings.push(format!(
            "the module says nothing of the string pool, from which it takes memory: its data and its stack must stay out of \
             {:#x} to {:#x}",
            POOL.start, POOL.end
        ));
    }
    if let Some(audio) = &report.audio {
        if let Some(deadline) = audio.deadline.filter(|deadline| deadline.block_percent > 100.0) {
            warnings.push(format!(
                "the deadline is missed: the dearest block of {} samples takes {:.1} % of its time",
                audio.block, deadline.block_percent
            ));
        }
        warnings.extend(report.paged.as_ref().and_then(PagedReport::warning));
        if audio.clipped > 0 {
            let clipped = grouped(audio.clipped);
            warnings.push(format!("samples beyond -1 to 1, which a file of integers clamps: {clipped}"));
        }
    }
    if not_numbers > 0 {
        warnings.push(format!("samples that are no number (NaN): {}", grouped(not_numbers)));
    }
    let last = report.heaps.last();
    if let Some(pool) = last.filter(|pool| pool.failures > 0) {
        warnings.push(format!(
            "memory asked for in vain: {} times; at the end the longest free block has {} B",
            grouped(pool.failures),
            grouped(pool.largest_free.into())
        ));
    }
    if report.strangers > 0 {
        warnings.push(format!("pointers given back that were no blocks: {}", grouped(report.strangers)));
    }
    warnings
}
