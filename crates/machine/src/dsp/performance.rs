//! A playing program, one block at a time.

use sostenuto_board::program::{Precision, Program};
use sostenuto_vm::{
    FlatMemory, Instance, InstantiationError, LinearMemory, MemoryError, MemoryValue, ResolvedFunctions, Run,
    StartError, Thread, TypedFunction, TypedMemory,
};

use super::buffers::Buffers;
use super::changes::{ChangeError, Due, schedule};
use super::load::Loaded;
use super::maths;
use super::settings::Settings;
use crate::board_memory::BlockMemory;
use crate::explain;
use crate::fault::{FaultKind, PatchFault};
use crate::wav::Sound;

/// A program with its memory, once for each instance, and what it is to do when.
///
/// [`start`](Self::start) calls `init`; then each [`block`](Self::block) hands sample frames in and takes as many out,
/// without allocating. After a fault the program stays stopped.
#[derive(Debug)]
pub struct Performance<'l, M: LinearMemory = FlatMemory<Vec<u8>>> {
    pub(super) loaded: &'l Loaded,
    pub(super) instances: Vec<Instance<M>>,
    pub(super) thread: Thread,
    maths: ResolvedFunctions<'l, M, ()>,
    buffers: Buffers,
    pub(super) rate: u32,
    pub(super) block: u32,
    gain: f32,
    budget: u64,
    schedule: Vec<Due>,
    next: usize,
    /// The present value of each parameter.
    pub(super) values: Vec<f64>,
    single: Vec<f32>,
    double: Vec<f64>,
    pub(super) frame: u64,
    pub(super) costs: Costs,
    pub(super) fault: Option<PatchFault>,
}

/// What the calls have cost so far, in instructions of all instances together.
#[derive(Debug, Clone, Default)]
pub(super) struct Costs {
    pub(super) init: u64,
    /// For all samples.
    pub(super) samples: u64,
    /// The most that a block took, and its first sample.
    pub(super) dearest_block: Option<(u64, u64)>,
    /// Samples that came out beyond -1…1, and those that are no number.
    pub(super) clipped: u64,
    pub(super) not_numbers: u64,
}

/// Why a performance cannot be made.
#[derive(Debug)]
pub(super) enum MakeError {
    Memory(InstantiationError),
    Change(ChangeError),
}

/// What `init` may take at least, and for each byte of the program's memory, which it fills.
const INIT_BUDGET: (u64, u64) = (100_000_000, 64);

impl<'l, M: LinearMemory + 'l> Performance<'l, M> {
    /// A performance with an instance in each of the memories, which are all zero and large enough.
    pub(super) fn new(
        loaded: &'l Loaded,
        settings: &Settings,
        rate: u32,
        memories: Vec<M>,
    ) -> Result<Self, MakeError> {
        let instances = memories.into_iter().map(|memory| Instance::new(&loaded.module, memory));
        let instances: Result<Vec<_>, _> = instances.collect();
        let maths = maths::all().resolve(&loaded.module);
        let block = settings.block.max(1);
        let longest = |precision| match loaded.program.precision == precision {
            true => block as usize,
            false => 0,
        };
        Ok(Performance {
            loaded,
            instances: instances.map_err(MakeError::Memory)?,
            thread: Thread::new(loaded.stack_words()),
            maths: maths.map_err(|error| MakeError::Memory(error.into()))?,
            buffers: Buffers::new(&loaded.program, block),
            rate,
            block,
            gain: settings.gain,
            budget: settings.budget,
            schedule: schedule(&loaded.program, &settings.changes, rate).map_err(MakeError::Change)?,
            next: 0,
            values: loaded.program.parameters.iter().map(|parameter| parameter.init).collect(),
            single: vec![0.0; longest(Precision::Single)],
            double: vec![0.0; longest(Precision::Double)],
            frame: 0,
            costs: Costs::default(),
            fault: None,
        })
    }

    /// Calls `init` of each instance and writes the lists of channels.
    ///
    /// # Errors
    /// The fault that stopped the program; it cannot be played then.
    pub fn start(&mut self) -> Result<(), PatchFault> {
        let started = self.begin();
        self.keep(started)
    }

    /// The values that the program shows, of the instance with this number.
    pub(super) fn meters(&mut self, instance: usize) -> Vec<f64> {
        let Program { precision, meters, .. } = &self.loaded.program;
        let memory = self.instances[instance].memory_mut();
        let value = |address: u32| match precision {
            Precision::Single => memory.read_value::<f32>(address.into()).map(f64::from),
            Precision::Double => memory.read_value::<f64>(address.into()),
        };
        let mut value = value;
        meters.iter().map(|meter| value(meter.address).unwrap_or(f64::NAN)).collect()
    }

    fn begin(&mut self) -> Result<(), PatchFault> {
        let (least, a_byte) = INIT_BUDGET;
        let budget = least + a_byte * u64::from(self.loaded.program.bytes);
        for instance in 0..self.instances.len() {
            self.costs.init += self.call(instance, "init", self.loaded.init, (0, self.rate), budget)?;
            let memory = self.instances[instance].memory_mut();
            for side in [self.buffers.inputs, self.buffers.outputs] {
                for channel in 0..side.channels {
                    let place = side.address + u64::from(channel) * 4;
                    let written = memory.write_value(place, side.channel(channel) as u32);
                    written.map_err(|error| host_access("init", None, error))?;
                }
            }
        }
        Ok(())
    }

    /// As many sample frames as `output` has room for, a block's at most: of the first channel, the second and so on, of
    /// one instance after the other. An input that the sound has no channel for takes one of those it has, in turns.
    fn compute(&mut self, input: &Sound, output: &mut [f32]) -> Result<(), PatchFault> {
        let channels = self.output_channels();
        let frames = output.len() / channels.max(1);
        let mut done = 0;
        let before = self.costs.samples;
        let first = self.frame;
        while done < frames {
            self.set_due()?;
            let left = (frames - done) as u64;
            let until = self.schedule.get(self.next).map_or(left, |due| (due.sample - self.frame).min(left));
            let count = until as usize;
            let part = &mut output[done * channels..(done + count) * channels];
            match self.loaded.program.precision {
                Precision::Single => {
                    let mut scratch = std::mem::take(&mut self.single);
                    let result = self.part(input, part, &mut scratch[..count]);
                    self.single = scratch;
                    result?;
                }
                Precision::Double => {
                    let mut scratch = std::mem::take(&mut self.double);
                    let result = self.part(input, part, &mut scratch[..count]);
                    self.double = scratch;
                    result?;
                }
            }
            done += count;
            self.frame += until;
        }
        let spent = self.costs.samples - before;
        if self.costs.dearest_block.is_none_or(|(most, _)| spent > most) {
            self.costs.dearest_block = Some((spent, first));
        }
        Ok(())
    }

    fn part<S: Sample>(
        &mut self,
        input: &Sound,
        output: &mut [f32],
        scratch: &mut [S],
    ) -> Result<(), PatchFault> {
        let Program { inputs, outputs, .. } = self.loaded.program;
        let channels = self.output_channels();
        let from = self.frame as usize;
        for instance in 0..self.instances.len() {
            for channel in 0..inputs {
                let heard = (instance * inputs as usize + channel as usize) % usize::from(input.channels);
                let samples = input.samples[heard..].iter().step_by(input.channels.into()).skip(from);
                for (place, sample) in scratch.iter_mut().zip(samples) {
                    *place = S::of(*sample * self.gain);
                }
                let address = self.buffers.inputs.channel(channel);
                let written = self.instances[instance].memory_mut().write_values(address, scratch);
                written.map_err(|error| host_access("compute", Some(self.frame), error))?;
            }
            let frames = scratch.len() as u64;
            let lists = (self.buffers.inputs.address as u32, self.buffers.outputs.address as u32);
            let arguments = (0, frames as u32, lists.0, lists.1);
            let budget = self.budget.saturating_mul(frames);
            self.costs.samples += self.call(instance, "compute", self.loaded.compute, arguments, budget)?;
            for channel in 0..outputs {
                let address = self.buffers.outputs.channel(channel);
                let read = self.instances[instance].memory_mut().read_values(address, scratch);
                read.map_err(|error| host_access("compute", Some(self.frame), error))?;
                let place = instance * outputs as usize + channel as usize;
                for (sample, place) in scratch.iter().zip(output[place..].iter_mut().step_by(channels)) {
                    *place = sample.heard();
                    self.costs.clipped += u64::from(place.abs() > 1.0);
                    self.costs.not_numbers += u64::from(place.is_nan());
                }
            }
        }
        Ok(())
    }

    /// Carries out the changes that are due.
    fn set_due(&mut self) -> Result<(), PatchFault> {
        while let Some(due) = self.schedule.get(self.next).filter(|due| due.sample <= self.frame) {
            self.next += 1;
            let address = self.loaded.program.parameters[due.parameter].address.into();
            self.values[due.parameter] = due.value;
            for instance in &mut self.instances {
                let memory = instance.memory_mut();
                let written = match self.loaded.program.precision {
                    Precision::Single => memory.write_value(address, due.value as f32),
                    Precision::Double => memory.write_value(address, due.value),
                };
                written.map_err(|error| host_access("compute", Some(self.frame), error))?;
            }
        }
        Ok(())
    }

    /// Calls a function to its end and says what it has cost.
    fn call<P: sostenuto_vm::WasmTypes>(
        &mut self,
        instance: usize,
        entry: &'static str,
        function: TypedFunction<P, ()>,
        arguments: P,
        budget: u64,
    ) -> Result<u64, PatchFault> {
        let module = &self.loaded.module;
        let sample = (entry == "compute").then_some(self.frame);
        let fault = |kind, function: Option<String>| {
            let kind = Box::new(kind);
            PatchFault { kind, line: None, function, entry, sample }
        };
        let before = self.thread.spent();
        let started: Result<(), StartError> = self.thread.start_typed(module, function, arguments);
        started.map_err(|error| {
            fault(FaultKind::Trap { what: format!("it cannot be called: {error}") }, None)
        })?;
        self.thread.set_budget(budget);
        match self.thread.run(module, &mut self.instances[instance], &mut self.maths.with(&mut ())) {
            Ok(Run::Finished(_)) => Ok(self.thread.spent() - before),
            // No function of the host suspends a program.
            Ok(Run::OutOfBudget | Run::Suspended) => Err(fault(FaultKind::Budget { budget }, None)),
            Err(trap) => {
                let what = explain::words(trap.kind).to_owned();
                let function = module.function_name(trap.function).map(str::to_owned);
                Err(fault(FaultKind::Trap { what }, function))
            }
        }
    }

    pub(super) fn output_channels(&self) -> usize {
        self.loaded.program.outputs as usize * self.instances.len()
    }

    fn keep<T>(&mut self, result: Result<T, PatchFault>) -> Result<T, PatchFault> {
        if let Err(fault) = &result {
            self.fault = Some(fault.clone());
        }
        result
    }
}

impl<'l, M: BlockMemory + 'l> Performance<'l, M> {
    /// Plays the next block of a sound into `output`, which has room for a block at most.
    ///
    /// # Errors
    /// The fault that stopped the program, now or earlier; this block does not exist then.
    pub(super) fn block(&mut self, input: &Sound, output: &mut [f32]) -> Result<(), PatchFault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        self.instances.iter_mut().for_each(|instance| instance.memory_mut().begin_block());
        let before = self.costs.samples;
        let computed = self.compute(input, output);
        let spent = self.costs.samples - before;
        self.instances.iter_mut().for_each(|instance| instance.memory_mut().end_block(spent));
        self.keep(computed)
    }
}

/// A sample as the program has it.
trait Sample: MemoryValue {
    fn of(sample: f32) -> Self;
    fn heard(self) -> f32;
}

impl Sample for f32 {
    fn of(sample: f32) -> f32 {
        sample
    }

    fn heard(self) -> f32 {
        self
    }
}

impl Sample for f64 {
    fn of(sample: f32) -> f64 {
        sample.into()
    }

    fn heard(self) -> f32 {
        self as f32
    }
}

/// The host's own access to the memory has failed, as it does outside of the memory and when the bus of paged memory fails.
fn host_access(entry: &'static str, sample: Option<u64>, error: MemoryError) -> PatchFault {
    let kind = Box::new(FaultKind::Trap { what: format!("samples cannot be handed over: {error}") });
    PatchFault { kind, line: None, function: None, entry, sample }
}
