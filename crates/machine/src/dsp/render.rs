//! A whole sound through a program.

use std::time::{Duration, Instant};

use sostenuto_board::profile::{Measured, Profile};
use sostenuto_vm::FlatMemory;

use super::changes::ChangeError;
use super::load::{Loaded, MOST_INSTANCES, name_in};
use super::performance::{MakeError, Performance};
use super::report::Report;
use super::settings::Settings;
use crate::board_memory::{BlockMemory, BoardMemory, StoreTooSmall};
use crate::engine_traffic::with_engine;
use crate::fault::PatchFault;
use crate::load::MOST_BYTES;
use crate::profiled_memory::ProfiledMemory;
use crate::render::real_time_factor;
use crate::settings::{OutOfRange, Processor};
use crate::wav::{Sound, TooLong};

/// What came of a performance.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The sound, with the channels of one instance after those of another: all of it, or what was made before the fault.
    pub sound: Sound,
    /// What the program did; the same in every run with the same input and settings.
    pub report: Report,
    /// What was done to each storage, if that was asked for and there was a sample.
    pub profile: Option<Profile>,
    /// What stopped the program, if anything did.
    pub fault: Option<PatchFault>,
    /// The time that the samples took here; differs from run to run.
    pub elapsed: Duration,
}

impl Outcome {
    /// Sample frames made.
    pub fn frames(&self) -> usize {
        self.report.samples as usize
    }

    /// How many seconds of sound were made in a second.
    pub fn real_time_factor(&self) -> f64 {
        real_time_factor(self.report.samples, self.report.rate, self.elapsed)
    }
}

/// Why a performance cannot begin.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// A setting is outside its range.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// A parameter cannot be set.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The program makes no sound.
    #[error("the program has no channel out: there is nothing to hear")]
    Silent,
    /// More channels than a file holds.
    #[error("{channels} channels are more than a file holds: at most {} can be written", u16::MAX)]
    Channels {
        /// Of all instances together.
        channels: u64,
    },
    /// More sound comes out than can be held.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The board's paged memory is too small.
    #[error(transparent)]
    Store(#[from] StoreTooSmall),
    /// Several instances in paged memory.
    #[error("several instances cannot play where memory is paged: take a board with flat memory")]
    PagedInstances,
    /// The program's memory cannot be made.
    #[error("the program's memory cannot be made: {reason}")]
    Memory {
        /// What the engine says.
        reason: String,
    },
}

impl From<MakeError> for RenderError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Memory(error) => RenderError::Memory { reason: error.to_string() },
            MakeError::Change(error) => RenderError::Change(error),
        }
    }
}

/// Performs a program over `input`, at its rate, in flat memory or as the settings page it.
///
/// `progress` hears how many sample frames are done, and of how many. A fault is no error: it ends the sound early and
/// stands in the outcome.
///
/// # Errors
/// When a setting is out of its range, a parameter unknown, or the board's memory too small.
pub fn render(
    loaded: &Loaded,
    settings: &Settings,
    input: &Sound,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, RenderError> {
    check(loaded, settings, input)?;
    let bytes = loaded.memory_bytes(settings.block);
    let Some(paging) = &settings.paging else {
        let memory = || FlatMemory::new(vec![0; bytes as usize]);
        let memories = (0..settings.instances).map(|_| memory()).collect();
        return render_in(memories, loaded, settings, input, progress);
    };
    if settings.instances > 1 {
        return Err(RenderError::PagedInstances);
    }
    // Blocks are counted by the processor that the settings name, if any.
    let idle = Processor { clock_hz: 1.0, cycles_per_instruction: 0.0, block: settings.block };
    let processor = Processor { block: settings.block, ..settings.processor.unwrap_or(idle) };
    let beat = crate::Settings { processor: Some(processor), ..crate::Settings::at_rate(input.sample_rate) };
    let memory = BoardMemory::new(bytes, &loaded.storages_by_address(settings.block), paging, &beat)?;
    render_in(vec![memory], loaded, settings, input, progress)
}

fn render_in<M: BlockMemory>(
    memories: Vec<M>,
    loaded: &Loaded,
    settings: &Settings,
    input: &Sound,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, RenderError> {
    if !settings.profiles {
        return perform(memories, loaded, settings, input, progress);
    }
    let storages = loaded.storages_by_address(settings.block);
    let profiled = |memory| ProfiledMemory::new(memory, &storages, settings.cache.as_ref());
    perform(memories.into_iter().map(profiled).collect(), loaded, settings, input, progress)
}

fn perform<M: BlockMemory>(
    memories: Vec<M>,
    loaded: &Loaded,
    settings: &Settings,
    input: &Sound,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, RenderError> {
    let mut performance = Performance::new(loaded, settings, input.sample_rate, memories)?;
    let channels = performance.output_channels();
    let frames = input.frames();
    let mut samples = vec![0.0; frames * channels];
    let started = performance.start();
    let begin = Instant::now();
    let result = started.and_then(|()| {
        for block in samples.chunks_mut(settings.block as usize * channels) {
            progress(performance.frame as usize, frames);
            performance.block(input, block)?;
        }
        Ok(())
    });
    let elapsed = begin.elapsed();
    let done = performance.frame as usize;
    progress(done, frames);
    samples.truncate(done * channels);
    performance.instances.iter_mut().for_each(|instance| instance.memory_mut().stop_counting());
    let measured = measured(&performance);
    let report = performance.report(settings, frames as u64, measured.as_deref());
    let profile = measured.map(|storages| {
        let instructions = report.instructions.unwrap_or(0.0);
        Profile::new(&report.source, report.samples, with_engine(storages, instructions))
            .of_cache(settings.cache.as_ref())
            .of_precision(report.precision)
    });
    if settings.mix < 1.0 {
        let from = usize::from(input.channels);
        for (at, sample) in samples.iter_mut().enumerate() {
            let (frame, channel) = (at / channels, at % channels);
            let dry = input.samples[frame * from + channel % from];
            *sample = crate::convert::mix(dry, *sample, settings.mix);
        }
    }
    let sound = Sound { sample_rate: input.sample_rate, channels: channels as u16, samples };
    Ok(Outcome { sound, report, profile, fault: result.err(), elapsed })
}

fn check(loaded: &Loaded, settings: &Settings, input: &Sound) -> Result<(), RenderError> {
    OutOfRange::check(&[
        ("sample rate", input.sample_rate.into(), 1.0, 384_000.0),
        ("the number of channels", input.channels.into(), 1.0, u16::MAX.into()),
        ("block", settings.block.into(), 1.0, 65_536.0),
        ("instances", settings.instances.into(), 1.0, MOST_INSTANCES.into()),
        ("mix", settings.mix.into(), 0.0, 1.0),
        ("gain", settings.gain.into(), 0.0, 1000.0),
    ])?;
    let channels = u64::from(loaded.program.outputs) * u64::from(settings.instances);
    match channels {
        0 => return Err(RenderError::Silent),
        channels if channels > u16::MAX.into() => return Err(RenderError::Channels { channels }),
        _ => {}
    }
    TooLong::unless_held(input.frames() as u64, channels)?;
    let bytes = loaded.memory_bytes(settings.block).saturating_mul(settings.instances.into());
    if bytes > MOST_BYTES {
        let reason =
            format!("with its channels and instances it is {bytes} B; at most {MOST_BYTES} B can be had");
        return Err(RenderError::Memory { reason });
    }
    Ok(())
}

/// The traffic of the storages in linear memory, of all instances, if it was counted and there was a sample. The parts of
/// one storage are summed.
fn measured<M: BlockMemory>(performance: &Performance<'_, M>) -> Option<Vec<Measured>> {
    let mut all: Vec<Measured> = Vec::new();
    for (instance, number) in performance.instances.iter().zip(0..) {
        let storages = instance.memory().measured(performance.frame).filter(|_| performance.frame > 0)?;
        for Measured { name, traffic } in storages {
            let name = if number == 0 { name } else { name_in(number, &name) };
            match all.iter_mut().find(|measured| measured.name == name) {
                Some(known) => known.traffic = known.traffic + traffic,
                None => all.push(Measured { name, traffic }),
            }
        }
    }
    Some(all)
}
