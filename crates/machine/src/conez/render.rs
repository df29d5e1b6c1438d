//! A whole run of a patch, with a sound or without.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use sostenuto_board::profile::Profile;
use sostenuto_vm::{FlatMemory, InstantiationError};

use super::files::Files;
use super::load::Loaded;
use super::performance::{CHANNELS, End, Performance, Print};
use super::picture::Lights;
use super::report::{Ending, Report};
use super::settings::Settings;
use crate::board_memory::{BlockMemory, BoardMemory, StoreTooSmall};
use crate::engine_traffic::with_engine;
use crate::fault::{FaultKind, PatchFault};
use crate::profiled_memory::ProfiledMemory;
use crate::settings::{OutOfRange, Processor};
use crate::wav::Sound;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The sound that an effect has made, in stereo: all of it, or what was made before the fault. None of a patch that is
    /// none.
    pub sound: Option<Sound>,
    /// What the patch did; the same in every run with the same input and settings.
    pub report: Report,
    /// What the strips of LEDs have shown.
    pub lights: Lights,
    /// What was done to each storage, if that was asked for: a sample for an effect, a call of the host's for others.
    pub profile: Option<Profile>,
    /// What stopped the patch, if anything did.
    pub fault: Option<PatchFault>,
    /// The time that the run took here; differs from run to run.
    pub elapsed: Duration,
}

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A setting is outside its range.
    #[error(transparent)]
    Setting(#[from] OutOfRange),
    /// An effect needs a sound.
    #[error("the patch is an effect, and there is no sound for it")]
    NoSound,
    /// The directory for the files of the patch.
    #[error("cannot open the directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The heap has no room for the samples.
    #[error(
        "the heap of the patch has no room for 4 blocks of {block} samples, {bytes} B each: take shorter blocks"
    )]
    NoRoom {
        /// Sample frames of a block.
        block: u32,
        /// Bytes of a channel.
        bytes: u32,
    },
    /// The board has too little memory.
    #[error(transparent)]
    Store(#[from] StoreTooSmall),
    /// The memory is not what the module asks for.
    #[error("the patch cannot be put into its memory: {0}")]
    Memory(#[from] InstantiationError),
}

/// The rate by which a sample counts where there is no sound, in Hz.
const RATE: u32 = 48_000;

/// The microseconds that `setup` of an effect may wait.
const LONGEST_SETUP: u64 = 60_000_000;

/// Runs a patch: an effect over a sound of any number of channels, of which the first two are heard, others until they end or
/// their time is over. What the patch prints goes to `print` at once; `progress` is told what is done of what is to be done.
///
/// # Errors
/// When a setting is out of range, and when the directory or the memory cannot be had. A fault of the patch is no error:
/// it is in the outcome.
pub fn run(
    loaded: &Loaded,
    settings: &Settings,
    input: Option<&Sound>,
    progress: &mut dyn FnMut(u64, u64),
    print: &mut dyn FnMut(&[u8]),
) -> Result<Outcome, RenderError> {
    check(settings, input)?;
    let input = match (loaded.is_effect(), input) {
        (true, None) => return Err(RenderError::NoSound),
        (is_effect, input) => input.filter(|_| is_effect),
    };
    let bytes = loaded.memory_bytes();
    let Some(paging) = &settings.paging else {
        let memory = FlatMemory::new(vec![0; bytes as usize]);
        return run_in(memory, loaded, settings, input, progress, print);
    };
    // Paging works by the period of blocks; without a processor it takes no time between any.
    let idle = Processor { clock_hz: 1.0, cycles_per_instruction: 0.0, block: settings.block };
    let processor = Processor { block: settings.block, ..settings.processor.unwrap_or(idle) };
    let rate = input.map_or(RATE, |input| input.sample_rate);
    let beat = crate::Settings { processor: Some(processor), ..crate::Settings::at_rate(rate) };
    let memory = BoardMemory::new(bytes, &loaded.patch().facts.storages, paging, &beat)?;
    run_in(memory, loaded, settings, input, progress, print)
}

fn run_in<M: BlockMemory>(
    memory: M,
    loaded: &Loaded,
    settings: &Settings,
    input: Option<&Sound>,
    progress: &mut dyn FnMut(u64, u64),
    print: &mut dyn FnMut(&[u8]),
) -> Result<Outcome, RenderError> {
    let files = Files::new(settings.directory.as_ref().map(open_directory).transpose()?);
    let rate = input.map_or(RATE, |input| input.sample_rate);
    if settings.profiles {
        let storages = &loaded.patch().facts.storages;
        let memory = ProfiledMemory::new(memory, storages, settings.cache.as_ref());
        perform(Performance::new(loaded, settings, files, rate, memory)?, settings, input, progress, print)
    } else {
        perform(Performance::new(loaded, settings, files, rate, memory)?, settings, input, progress, print)
    }
}

fn open_directory(path: &PathBuf) -> Result<Dir, RenderError> {
    Dir::open_ambient_dir(path, ambient_authority())
        .map_err(|source| RenderError::Directory { path: path.clone(), source })
}

fn perform<'l, M: BlockMemory + 'l>(
    mut performance: Performance<'l, M>,
    settings: &Settings,
    input: Option<&Sound>,
    progress: &mut dyn FnMut(u64, u64),
    print: &mut Print<'_>,
) -> Result<Outcome, RenderError> {
    let begin = Instant::now();
    let (result, sound) = match input {
        Some(input) => {
            let needs_blocks = performance.loaded.imports(|name| name.starts_with("audio_"));
            if needs_blocks && !performance.open_audio() {
                return Err(RenderError::NoRoom { block: settings.block, bytes: settings.block * 4 });
            }
            let (result, sound) = play(&mut performance, settings, input, progress, print);
            (result, Some(sound))
        }
        None => (program(&mut performance, settings, progress, print), None),
    };
    let elapsed = begin.elapsed();
    performance.device.files.close();
    performance.instance.memory_mut().stop_counting();
    let asked = input.map(|input| (input.samples.len() / usize::from(input.channels)) as u64);
    let ending = match &result {
        Ok(End::Returned) => Ending::Finished,
        Ok(End::Stopped) => Ending::Stopped,
        Err(_) => Ending::Fault,
    };
    let samples = if input.is_some() { performance.frame } else { performance.calls() };
    let measured = performance.instance.memory().measured(samples).filter(|_| samples > 0);
    let fault = result.err();
    let report = performance.report(settings, asked, ending, measured.as_deref(), fault.clone());
    let profile = measured.map(|storages| {
        let instructions = report.total as f64 / samples.max(1) as f64;
        let instructions = if input.is_some() { report.a_sample().unwrap_or(0.0) } else { instructions };
        Profile::new(&report.source, samples, with_engine(storages, instructions))
            .of_cache(settings.cache.as_ref())
    });
    let lights = Lights::new(performance.device.leds.history.clone(), performance.device.clock.now());
    Ok(Outcome { sound, report, lights, profile, fault, elapsed })
}

/// A patch that makes no sound, as one long block.
fn program<'l, M: BlockMemory + 'l>(
    performance: &mut Performance<'l, M>,
    settings: &Settings,
    progress: &mut dyn FnMut(u64, u64),
    print: &mut Print<'_>,
) -> Result<End, PatchFault> {
    let end = (settings.seconds * 1e6).round() as u64;
    performance.instance.memory_mut().begin_block();
    let ended = performance.start(end, print).and_then(|ended| match ended {
        End::Returned => performance.repeat(&mut |now| progress(now, end), print),
        End::Stopped => Ok(End::Stopped),
    });
    performance.instance.memory_mut().end_block(performance.thread.spent());
    ended
}

/// An effect over a sound.
fn play<'l, M: BlockMemory + 'l>(
    performance: &mut Performance<'l, M>,
    settings: &Settings,
    input: &Sound,
    progress: &mut dyn FnMut(u64, u64),
    print: &mut Print<'_>,
) -> (Result<End, PatchFault>, Sound) {
    let channels = usize::from(input.channels);
    let dry: Vec<[f32; CHANNELS]> =
        input.samples.chunks_exact(channels).map(|frame| [frame[0], frame[1.min(channels - 1)]]).collect();
    let mut wet = vec![[0.0; CHANNELS]; dry.len()];
    let block = settings.block as usize;
    let result = performance.start(LONGEST_SETUP, print).and_then(|ended| {
        if ended == End::Stopped || performance.device.clock.is_over() {
            let what = "setup() waits for longer than 60 s: the sound never begins".to_owned();
            let kind = Box::new(FaultKind::Trap { what });
            return Err(PatchFault { kind, line: None, function: None, entry: "setup", sample: None });
        }
        performance.begin_sound();
        for (input, output) in dry.chunks(block).zip(wet.chunks_mut(block)) {
            progress(performance.frame, dry.len() as u64);
            performance.block(input, output, print)?;
        }
        Ok(End::Returned)
    });
    wet.truncate(performance.frame as usize);
    if settings.mix < 1.0 {
        for (wet, dry) in wet.iter_mut().zip(&dry) {
            *wet = [0, 1].map(|channel| crate::convert::mix(dry[channel], wet[channel], settings.mix));
        }
    }
    let sound =
        Sound { sample_rate: input.sample_rate, channels: CHANNELS as u16, samples: wet.into_flattened() };
    (result, sound)
}

fn check(settings: &Settings, input: Option<&Sound>) -> Result<(), RenderError> {
    let rate = input.map_or(RATE, |input| input.sample_rate);
    let channels = input.map_or(1, |input| input.channels);
    OutOfRange::check(&[
        ("sample rate", f64::from(rate), 1.0, 384_000.0),
        ("the number of channels", channels.into(), 1.0, u16::MAX.into()),
        ("block", settings.block.into(), 1.0, 4_096.0),
        ("mix", settings.mix.into(), 0.0, 1.0),
        ("gain", settings.gain.into(), 0.0, 1000.0),
        ("seconds", settings.seconds, 0.001, 3600.0),
        ("epoch", settings.epoch as f64, EPOCHS.0, EPOCHS.1),
    ])?;
    Ok(())
}

/// Milliseconds from 1970 whose years are from 0001 to 9999.
const EPOCHS: (f64, f64) = (-62_135_596_800_000.0, 253_402_300_799_000.0);
