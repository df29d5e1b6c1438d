//! A whole sound through a patch.

use std::time::{Duration, Instant};

use sostenuto_board::profile::Profile;
use sostenuto_vm::{FlatMemory, InstantiationError};

use crate::automation::Time;
use crate::board_memory::{BlockMemory, BoardMemory, StoreTooSmall};
use crate::convert;
use crate::fault::PatchFault;
use crate::load::Loaded;
use crate::performance::Performance;
use crate::profiled_memory::ProfiledMemory;
use crate::report::RunReport;
use crate::resample::{ResampleError, resample};
use crate::settings::{OutOfRange, Settings};
use crate::swap::{Successor, SwapError};
use crate::swap_report::SwapReport;
use crate::wav::MOST_FRAMES;

/// What came of a performance.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The sound at the rate of the input: all of it, or what was made before the fault.
    pub frames: Vec<[f32; 2]>,
    /// What the patch did that played last; the same in every run with the same input and settings.
    pub report: RunReport,
    /// How that patch took over from another, if it did.
    pub swap: Option<Swapped>,
    /// What was done to each storage, if that was asked for and there was a sample.
    pub profile: Option<Profile>,
    /// What stopped the patch, if anything did.
    pub fault: Option<PatchFault>,
    /// The time that the samples took here; differs from run to run.
    pub elapsed: Duration,
}

/// A patch that shall take over from the one that plays.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'l> {
    /// When.
    pub at: Time,
    /// The new version.
    pub to: &'l Loaded,
}

/// How a patch took over from another.
#[derive(Debug, Clone, PartialEq)]
pub struct Swapped {
    /// What was carried over.
    pub changes: SwapReport,
    /// What the old version did.
    pub before: RunReport,
}

impl Outcome {
    /// How many seconds of sound were made in a second.
    pub fn real_time_factor(&self) -> f64 {
        real_time_factor(self.report.samples, self.report.clock, self.elapsed)
    }
}

/// How many seconds of sound were made in a second, when so many samples took that time.
pub(crate) fn real_time_factor(samples: u64, rate: u32, elapsed: Duration) -> f64 {
    let sound = samples as f64 / f64::from(rate.max(1));
    sound / elapsed.as_secs_f64().max(1e-9)
}

/// Why a performance cannot begin.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RenderError {
    /// A setting is outside its range.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// The sound cannot be brought to the patch's clock.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// At the patch's clock the sound has too many sample frames to be held.
    #[error(
        "at a clock of {clock} Hz the sound has {frames} sample frames; at most {MOST_FRAMES} can be held"
    )]
    TooLong {
        /// The clock, in Hz.
        clock: u32,
        /// Sample frames at that clock.
        frames: u64,
    },
    /// The patch that shall take over cannot be started.
    #[error("the patch that takes over cannot be started: {fault}")]
    Successor {
        /// What stopped it.
        fault: PatchFault,
    },
    /// The board's paged memory is too small.
    #[error(transparent)]
    Store(#[from] StoreTooSmall),
    /// A swap in paged memory.
    #[error(
        "no other patch can take over where memory is paged: all pages of both would wait for the bus; take a board \
         with flat memory"
    )]
    PagedSwap,
    /// The patch's memory cannot be made.
    #[error("the patch's memory cannot be made: {reason}")]
    Memory {
        /// What the engine says.
        reason: String,
    },
}

/// The progress is told once in so many samples.
const PROGRESS: usize = 4096;

/// What the engine says of a memory that it cannot have.
fn unusable(error: InstantiationError) -> RenderError {
    RenderError::Memory { reason: error.to_string() }
}

/// Performs a patch over `input`, at the rate that the settings name, in flat memory or as they page it.
///
/// `progress` hears how many samples are done, and of how many; `trace` hears each text that the patch traces. A
/// fault is no error: it ends the sound early and stands in the outcome.
///
/// # Errors
/// When a setting is out of its range, or the sound too long at the patch's clock.
pub fn render(
    loaded: &Loaded,
    settings: &Settings,
    input: &[[f32; 2]],
    progress: &mut dyn FnMut(usize, usize),
    trace: &mut dyn FnMut(&str),
) -> Result<Outcome, RenderError> {
    check(settings)?;
    let hearers = &mut Hearers { progress, trace };
    let bytes = loaded.module.memory_bytes();
    match &settings.paging {
        None => {
            let memory = FlatMemory::new(vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)]);
            render_in(memory, loaded, settings, input, hearers)
        }
        Some(paging) => {
            let memory = BoardMemory::new(bytes, &loaded.patch.facts.storages, paging, settings)?;
            render_in(memory, loaded, settings, input, hearers)
        }
    }
}

/// Performs a patch in that memory, and counts the accesses if the settings ask for it.
fn render_in<M: BlockMemory>(
    memory: M,
    loaded: &Loaded,
    settings: &Settings,
    input: &[[f32; 2]],
    hearers: &mut Hearers<'_>,
) -> Result<Outcome, RenderError> {
    if settings.profiles {
        let storages = &loaded.patch.facts.storages;
        let memory = ProfiledMemory::new(memory, storages, settings.cache.as_ref());
        let performance = Performance::in_memory(loaded, settings, memory).map_err(unusable);
        return perform(performance, None, settings, input, hearers);
    }
    let performance = Performance::in_memory(loaded, settings, memory).map_err(unusable);
    perform(performance, None, settings, input, hearers)
}

/// As [`render`], and another patch takes over on the way. It is started before the first sample.
///
/// # Errors
/// As of [`render`], when the other patch cannot be started, and when the memory is paged.
pub fn render_with_swap(
    loaded: &Loaded,
    swap: Swap<'_>,
    settings: &Settings,
    input: &[[f32; 2]],
    progress: &mut dyn FnMut(usize, usize),
    trace: &mut dyn FnMut(&str),
) -> Result<Outcome, RenderError> {
    check(settings)?;
    if settings.paging.is_some() {
        return Err(RenderError::PagedSwap);
    }
    let performance = Performance::new(loaded, settings).map_err(unusable);
    let successor = &|trace: &mut dyn FnMut(&str)| Successor::new(loaded, swap.to, settings, trace);
    perform(performance, Some((swap.at, successor)), settings, input, &mut Hearers { progress, trace })
}

/// Who is told of what goes on.
struct Hearers<'h> {
    progress: &'h mut dyn FnMut(usize, usize),
    trace: &'h mut dyn FnMut(&str),
}

/// Makes the patch that takes over.
type MakeSuccessor<'l, 'm, M> = &'m dyn Fn(&mut dyn FnMut(&str)) -> Result<Successor<'l, M>, SwapError>;

fn perform<'l, M: BlockMemory>(
    performance: Result<Performance<'l, M>, RenderError>,
    swap: Option<(Time, MakeSuccessor<'l, '_, M>)>,
    settings: &Settings,
    input: &[[f32; 2]],
    Hearers { progress, trace }: &mut Hearers<'_>,
) -> Result<Outcome, RenderError> {
    let (rate, clock) = (settings.sample_rate, settings.clock());
    let frames = (input.len() as u64).saturating_mul(clock.into()) / u64::from(rate);
    if frames > MOST_FRAMES {
        return Err(RenderError::TooLong { clock, frames });
    }
    let resampled = if clock == rate { None } else { Some(resample(input, rate, clock)?) };
    let source = resampled.as_deref().unwrap_or(input);
    let mut performance = performance?;
    let mut wet = Vec::with_capacity(source.len());

    let started = performance.start(trace);
    let mut successor = match swap {
        Some((at, successor)) if started.is_ok() => {
            let successor = successor(trace).map_err(|error| match error {
                SwapError::Memory(error) => unusable(error),
                SwapError::Fault(fault) => RenderError::Successor { fault },
            })?;
            Some((at.sample(clock), successor))
        }
        _ => None,
    };
    let mut before = None;
    let block = settings.block();
    let begin = Instant::now();
    let result = started.and_then(|()| {
        for (index, frame) in source.iter().enumerate() {
            if index % PROGRESS == 0 {
                progress(index, source.len());
            }
            if let Some((_, successor)) = successor.take_if(|(at, _)| *at == index as u64) {
                // The memory is flat, so what is inside it is copied.
                before = Some(performance.swap(successor));
            }
            if (index as u64).is_multiple_of(block) {
                performance.begin_block();
            }
            let words = frame.map(|sample| convert::quantise(sample, settings.gain));
            wet.push(performance.sample(words, trace)?.map(convert::dequantise));
            if (index as u64 + 1).is_multiple_of(block) {
                performance.end_block();
            }
        }
        performance.check_guards()
    });
    let elapsed = begin.elapsed();
    progress(wet.len(), source.len());

    performance.instance.memory_mut().stop_counting();
    let report = performance.report(source.len() as u64);
    let profile = performance.profile().map(|profile| profile.of_cache(settings.cache.as_ref()));
    let swap = before.map(|mut retired| {
        let asked = retired.performance.samples();
        Swapped { before: retired.performance.report(asked), changes: retired.report }
    });
    let mut frames = wet;
    if clock != rate {
        let whole = frames.len() == source.len();
        frames = resample(&frames, clock, rate)?;
        frames.resize(if whole { input.len() } else { frames.len().min(input.len()) }, [0.0; 2]);
    }
    for (frame, dry) in frames.iter_mut().zip(input) {
        for (sample, dry) in frame.iter_mut().zip(dry) {
            *sample = convert::mix(*dry, *sample, settings.mix);
        }
    }
    Ok(Outcome { frames, report, swap, profile, fault: result.err(), elapsed })
}

fn check(settings: &Settings) -> Result<(), RenderError> {
    Ok(OutOfRange::check(&[
        ("sample rate", settings.sample_rate.into(), 1.0, 384_000.0),
        ("clock", settings.clock().into(), 1.0, 352_800.0_f64.max(settings.sample_rate.into())),
        ("mix", settings.mix.into(), 0.0, 1.0),
        ("gain", settings.gain.into(), 0.0, 1000.0),
    ])?)
}
