//! A running patch, one sample at a time.

use std::mem;

use sostenuto_board::patch::Guard;
use sostenuto_board::profile::{Measured, Profile};
use sostenuto_board::traffic::{Pattern, Traffic};
use sostenuto_vm::{
    FlatMemory, Instance, InstantiationError, LinearMemory, ResolvedFunctions, Run, Thread, Value,
};

use crate::automation::Automation;
use crate::board_memory::BlockMemory;
use crate::convert::FULL_SCALE;
use crate::delay_memory::DelayMemory;
use crate::explain::{self, During};
use crate::fault::{FaultKind, PatchFault};
use crate::load::{Entry, Loaded, PatchKind};
use crate::measure::{self, Tally};
use crate::natives::{self, Desk};
use crate::operators::{FRACTION_BITS, Operators, POSITION_MASK};
use crate::parameters::{Assignment, Parameters, REVERSE, WRITE_PROTECT};
use crate::settings::{Budgets, Settings};

/// A patch with its memory, its threads and the machine around it.
///
/// [`start`](Self::start) calls `init`, `update` and `reset`; then each [`sample`](Self::sample) hands one sample
/// frame in and takes one out, without allocating. After a fault the patch stays stopped.
///
/// `process` may wait in `yield` for the next sample while `update` runs: they are two threads on one memory.
#[derive(Debug)]
pub struct Performance<'l, M: LinearMemory = FlatMemory<Vec<u8>>> {
    pub(crate) loaded: &'l Loaded,
    pub(crate) instance: Instance<M>,
    pub(crate) threads: [Thread; 3],
    natives: ResolvedFunctions<'l, M, Desk<'l>>,
    pub(crate) desk: Desk<'l>,
    operators: Operators,
    pub(crate) parameters: Parameters,
    automation: Automation,
    /// One bit for each parameter that `update` has not been told of.
    changed: u32,
    update_mask: u32,
    clock: u16,
    pub(crate) sample: u64,
    /// The sample that this patch began with: 0, unless it took over from another.
    pub(crate) since: u64,
    /// Whether `init`, `update` and `reset` are done.
    playing: bool,
    /// Instructions in the present sample.
    spent: u64,
    /// Instructions in the samples of the present block.
    in_block: u64,
    pub(crate) rate: u32,
    pub(crate) config: String,
    pub(crate) processor: Option<f64>,
    pub(crate) stack_room: Option<u32>,
    budgets: Budgets,
    pub(crate) costs: Costs,
    pub(crate) fault: Option<PatchFault>,
}

/// What the calls have cost so far, in instructions.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    pub(crate) init: u64,
    pub(crate) first_update: u64,
    pub(crate) reset: u64,
    pub(crate) updates: u64,
    pub(crate) dearest_update: u64,
    pub(crate) samples: Tally,
    /// Signal words beyond 12 bits that were clamped.
    pub(crate) clipped: u64,
}

/// The places in [`Performance::threads`].
const CONTROL: usize = 0;
const FIRST: usize = 1;
const SECOND: usize = 2;

/// The guards are looked at once in so many samples.
const GUARD_SAMPLES: u64 = 64;

impl<'l> Performance<'l> {
    /// A performance in memory of its own, as large as the patch asks for.
    ///
    /// # Errors
    /// Never for a patch that was loaded.
    pub fn new(loaded: &'l Loaded, settings: &Settings) -> Result<Self, InstantiationError> {
        let bytes = usize::try_from(loaded.module.memory_bytes()).unwrap_or(usize::MAX);
        Performance::in_memory(loaded, settings, FlatMemory::new(vec![0; bytes]))
    }
}

impl<M: BlockMemory> Performance<'_, M> {
    /// What was done to each storage in the samples made so far, if that was counted.
    ///
    /// The engine's own needs are estimates: an instruction reads three words of `code` and two of `registers`, and writes one.
    pub fn profile(&self) -> Option<Profile> {
        let samples = self.sample - self.since;
        let mut storages = self.instance.memory().measured(samples).filter(|_| samples > 0)?;
        let instructions = self.costs.samples.figures().map_or(0.0, |figures| figures.mean);
        let [read, written] = self.desk.moved.map(|frames| frames as f64 / samples as f64);
        let mut engine = |name: &str, traffic| storages.push(Measured { name: name.to_owned(), traffic });
        engine("code", Traffic { reads: 3.0 * instructions, ..Traffic::default() });
        engine(
            "registers",
            Traffic { reads: 2.0 * instructions, writes: instructions, ..Traffic::default() },
        );
        engine("delay memory", Traffic::declared(read, written, Pattern::Sequential, DelayMemory::BYTES));
        Some(Profile::new(&self.loaded.patch.facts.source, samples, storages))
    }

    /// Tells the memory that a block of samples begins, which share one deadline.
    pub fn begin_block(&mut self) {
        self.in_block = 0;
        self.instance.memory_mut().begin_block();
    }

    /// Tells the memory that the block has ended, so that it can do what is to be done between two.
    pub fn end_block(&mut self) {
        self.instance.memory_mut().end_block(self.in_block);
    }
}

impl<'l, M: LinearMemory> Performance<'l, M> {
    /// A performance in this memory, which must be all zero.
    ///
    /// # Errors
    /// When the memory is smaller than the patch asks for.
    pub fn in_memory(loaded: &'l Loaded, settings: &Settings, memory: M) -> Result<Self, InstantiationError>
    where
        M: 'l,
    {
        let mut instance = Instance::new(&loaded.module, memory)?;
        let stack = &loaded.patch.facts.stack;
        measure::paint(instance.memory_mut(), stack.address, stack.bytes);
        let processor = settings.instructions_a_sample();
        Ok(Performance {
            loaded,
            instance,
            threads: loaded.stack_words().map(|words| Thread::new(words as usize)),
            natives: natives::all().resolve(&loaded.module)?,
            desk: Desk::new(&loaded.layout, loaded.uses_delay_memory()),
            operators: Operators::new(),
            parameters: settings.first_parameters(),
            automation: Automation::new(&settings.automation, settings.clock()),
            changed: 0,
            update_mask: u32::MAX,
            clock: 0,
            sample: 0,
            since: 0,
            playing: false,
            spent: 0,
            in_block: 0,
            rate: settings.clock(),
            config: settings.config.clone(),
            processor,
            stack_room: settings.stack_room,
            budgets: settings.budgets,
            costs: Costs {
                init: 0,
                first_update: 0,
                reset: 0,
                updates: 0,
                dearest_update: 0,
                samples: Tally::new(settings.processor.map_or(1, |processor| processor.block)),
                clipped: 0,
            },
            fault: None,
        })
    }

    /// Sets the globals that the host knows, then calls `init`, `update` and `reset`, those that there are.
    ///
    /// # Errors
    /// The fault that stopped one of them.
    pub fn start(&mut self, trace: &mut dyn FnMut(&str)) -> Result<(), PatchFault> {
        let result = self.begin(trace);
        self.keep(result)
    }

    /// Sets a parameter before the next sample; `update` is called then if the patch asks for it.
    pub fn set(&mut self, assignment: Assignment) {
        let parameter = assignment.parameter();
        if self.parameters.get(parameter) != assignment.value() {
            self.parameters.assign(assignment);
            self.changed |= 1 << parameter.index();
            let params = self.loaded.globals.params;
            params.set(self.instance.memory_mut(), parameter.index() as u32, assignment.value());
        }
    }

    /// One sample: two words of -2047…2047 in, two out.
    ///
    /// Automation comes first, then at most one `update`, then `process` or the operators. `clock` moves afterwards,
    /// backwards when the switch `reverse` is on.
    ///
    /// # Errors
    /// The fault that stopped the patch, now or earlier; this sample does not exist then.
    pub fn sample(&mut self, input: [i32; 2], trace: &mut dyn FnMut(&str)) -> Result<[i32; 2], PatchFault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let result = self.advance(input, trace);
        self.keep(result)
    }

    /// The samples made so far.
    pub fn samples(&self) -> u64 {
        self.sample
    }

    /// The state of the four rows of LEDs.
    pub fn leds(&mut self) -> [u8; 4] {
        let leds = self.loaded.globals.display_leds;
        [0, 1, 2, 3].map(|row| leds.get(self.instance.memory_mut(), row) as u8)
    }

    /// Looks at the guards, as is done once in 64 samples.
    ///
    /// # Errors
    /// A fault with the name of the array whose guard has changed.
    pub fn check_guards(&mut self) -> Result<(), PatchFault> {
        let result = self.guards();
        self.keep(result)
    }

    /// Goes on where another performance stands: with its parameters, clock, delay memory, automation and stock
    /// operators. `update` will be called before the next sample, whatever the parameters, as its results may be those
    /// of the other patch.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        self.parameters = other.parameters;
        self.loaded.globals.params.fill(self.instance.memory_mut(), self.parameters.words());
        self.changed = u32::MAX;
        self.clock = other.clock;
        (self.sample, self.since) = (other.sample, other.sample);
        self.costs.samples.begin_at(other.sample);
        std::mem::swap(&mut self.automation, &mut other.automation);
        std::mem::swap(&mut self.operators, &mut other.operators);
        if let (Some(own), Some(others)) = (&mut self.desk.delay, &mut other.desk.delay) {
            std::mem::swap(own, others);
        }
    }

    fn begin(&mut self, trace: &mut dyn FnMut(&str)) -> Result<(), PatchFault> {
        let loaded = self.loaded;
        let globals = &loaded.globals;
        let memory = self.instance.memory_mut();
        globals.params.fill(memory, self.parameters.words());
        globals.clock.set(memory, 0, 0);
        globals.host_position.set(memory, 0, 0);
        globals.instance.set(memory, 0, 1);
        let room = globals.config.len();
        for (index, character) in (0..).zip(self.config.chars().take(room.saturating_sub(1)).chain(['\0'])) {
            globals.config.set(memory, index, u32::from(character) as i32);
        }
        self.costs.init = self.control(loaded.entries.init.as_ref(), trace)?;
        if globals.update_mask.len() > 0 {
            self.update_mask = globals.update_mask.get(self.instance.memory_mut(), 0) as u32;
        }
        self.costs.first_update = self.control(loaded.entries.update.as_ref(), trace)?;
        self.costs.reset = self.control(loaded.entries.reset.as_ref(), trace)?;
        self.guards()?;
        self.playing = true;
        Ok(())
    }

    fn advance(&mut self, input: [i32; 2], trace: &mut dyn FnMut(&str)) -> Result<[i32; 2], PatchFault> {
        self.spent = 0;
        if self.sample.is_multiple_of(GUARD_SAMPLES) {
            self.guards()?;
        }
        while let Some(assignment) = self.automation.due(self.sample) {
            self.set(assignment);
        }
        let clock = self.loaded.globals.clock;
        clock.set(self.instance.memory_mut(), 0, self.clock.into());
        if self.changed & self.update_mask != 0 && self.loaded.entries.update.is_some() {
            self.changed = 0;
            let cost = self.control(self.loaded.entries.update.as_ref(), trace)?;
            self.costs.updates += 1;
            self.costs.dearest_update = self.costs.dearest_update.max(cost);
        }
        let output = match self.loaded.kind() {
            PatchKind::Full => self.process(input, trace)?,
            PatchKind::Mod => self.operate(input, trace)?,
        };
        self.costs.samples.record(self.spent);
        self.in_block += self.spent;
        self.costs.clipped +=
            output.iter().filter(|word| word.abs_diff(0) > FULL_SCALE as u32).count() as u64;
        self.clock = match self.parameters.switch(REVERSE) {
            true => self.clock.wrapping_sub(1),
            false => self.clock.wrapping_add(1),
        };
        self.sample += 1;
        Ok(output.map(|word| word.clamp(-FULL_SCALE, FULL_SCALE)))
    }

    fn process(&mut self, input: [i32; 2], trace: &mut dyn FnMut(&str)) -> Result<[i32; 2], PatchFault> {
        let signal = self.loaded.globals.signal;
        signal.fill(self.instance.memory_mut(), &input);
        if let Some(entry) = &self.loaded.entries.process {
            self.call(FIRST, entry, self.budgets.sample, trace)?;
        }
        let memory = self.instance.memory_mut();
        Ok([signal.get(memory, 0), signal.get(memory, 1)])
    }

    fn operate(&mut self, input: [i32; 2], trace: &mut dyn FnMut(&str)) -> Result<[i32; 2], PatchFault> {
        if !self.parameters.switch(WRITE_PROTECT)
            && let Some(delay) = &mut self.desk.delay
        {
            delay.write(self.clock.into(), input);
            self.desk.moved[1] += 1;
        }
        let loaded = self.loaded;
        let mut positions = [i32::from(self.clock) << FRACTION_BITS; 2];
        let handled = self.operator(FIRST, loaded.entries.operate1.as_ref(), &mut positions, trace)?;
        if !handled {
            positions = self.operators.first(&self.parameters, self.clock, positions);
        }
        let handled = self.operator(SECOND, loaded.entries.operate2.as_ref(), &mut positions, trace)?;
        if !handled {
            positions = self.operators.second(&self.parameters, self.clock, positions);
        }
        loaded.globals.positions.fill(self.instance.memory_mut(), &positions);
        // Each channel between two sample frames.
        self.desk.moved[0] += 4;
        let delay = self.desk.delay.as_ref();
        let heard = |channel: usize| delay.map_or(0, |delay| delay.interpolated(positions[channel], channel));
        Ok([heard(0), heard(1)])
    }

    /// Whether the patch's operator has done it; one that waits in `yield` or gives no result has.
    fn operator(
        &mut self,
        thread: usize,
        entry: Option<&Entry>,
        positions: &mut [i32; 2],
        trace: &mut dyn FnMut(&str),
    ) -> Result<bool, PatchFault> {
        let Some(entry) = entry else { return Ok(false) };
        let global = self.loaded.globals.positions;
        global.fill(self.instance.memory_mut(), positions);
        let run = self.call(thread, entry, self.budgets.sample, trace)?;
        if !self.threads[FIRST].is_idle() && !self.threads[SECOND].is_idle() {
            return Err(explain::nowhere(self.during(entry.name), FaultKind::BothYield));
        }
        for (index, position) in (0..).zip(positions).take(global.len()) {
            *position = global.get(self.instance.memory_mut(), index) & POSITION_MASK;
        }
        Ok(run != Run::Finished(Some(Value::I32(0))))
    }

    fn control(&mut self, entry: Option<&Entry>, trace: &mut dyn FnMut(&str)) -> Result<u64, PatchFault> {
        let before = self.spent;
        if let Some(entry) = entry {
            self.call(CONTROL, entry, self.budgets.control, trace)?;
        }
        Ok(self.spent - before)
    }

    /// Starts a call, or goes on with the one that waits.
    fn call(
        &mut self,
        thread: usize,
        entry: &Entry,
        budget: u64,
        trace: &mut dyn FnMut(&str),
    ) -> Result<Run, PatchFault> {
        let during = self.during(entry.name);
        let loaded = self.loaded;
        self.desk.resumable = thread != CONTROL;
        let thread = &mut self.threads[thread];
        if thread.is_idle() {
            let started = thread.start(&loaded.module, entry.function, &entry.arguments);
            started.map_err(|error| {
                explain::nowhere(during, FaultKind::Trap { what: format!("it cannot be called: {error}") })
            })?;
        }
        thread.set_budget(budget);
        let before = thread.spent();
        (self.desk.price, self.desk.budget) = (0, budget);
        let run = loop {
            let run = thread.run(&loaded.module, &mut self.instance, &mut self.natives.with(&mut self.desk));
            if !mem::take(&mut self.desk.is_tracing) {
                break run;
            }
            trace(&self.desk.text);
        };
        self.spent += thread.spent() - before + self.desk.price;
        match run {
            Ok(Run::OutOfBudget) => {
                Err(explain::out_of_budget(loaded, during, thread.location(&loaded.module), budget))
            }
            Ok(run) => Ok(run),
            Err(trap) => Err(explain::trap(loaded, during, trap, self.desk.stop.take(), budget)),
        }
    }

    fn guards(&mut self) -> Result<(), PatchFault> {
        for guard in &self.loaded.patch.facts.guards {
            let word = self.instance.memory_mut().load(guard.address.into());
            let found = word.map_or(Guard::VALUE, u32::from_le_bytes);
            if found != Guard::VALUE {
                let kind = FaultKind::Guard { array: guard.array.clone(), found };
                return Err(explain::nowhere(self.during(self.sound_entry()), kind));
            }
        }
        Ok(())
    }

    fn sound_entry(&self) -> &'static str {
        let entries = &self.loaded.entries;
        let entry = entries.process.as_ref().or(entries.operate1.as_ref()).or(entries.operate2.as_ref());
        entry.map_or("operate1", |entry| entry.name)
    }

    fn during(&self, entry: &'static str) -> During {
        During { entry, sample: self.playing.then_some(self.sample) }
    }

    fn keep<T>(&mut self, result: Result<T, PatchFault>) -> Result<T, PatchFault> {
        if let Err(fault) = &result {
            self.fault = Some(fault.clone());
        }
        result
    }
}
