//! A running patch, one call of its functions at a time.

use sostenuto_vm::{
    Instance, InstantiationError, LinearMemory, ResolvedFunctions, Run, Thread, TypedMemory, Value,
};

use super::audio::Audio;
use super::clock::Clock;
use super::device::{Device, Parts};
use super::explain::{self, During};
use super::files::Files;
use super::heap::Heap;
use super::leds::Leds;
use super::load::{Entry, Loaded};
use super::random::Random;
use super::settings::Settings;
use crate::board_memory::BlockMemory;
use crate::fault::{FaultKind, PatchFault};

/// A patch with its memory and the device around it.
///
/// After a fault, and after its end, it stays stopped.
#[derive(Debug)]
pub(super) struct Performance<'l, M: LinearMemory> {
    pub(super) loaded: &'l Loaded,
    pub(super) instance: Instance<M>,
    pub(super) thread: Thread,
    functions: ResolvedFunctions<'l, M, Device>,
    pub(super) device: Device,
    budget: u64,
    rate: u32,
    gain: f32,
    /// The time at which the sound began, in microseconds.
    sound_start: u64,
    /// Sample frames made.
    pub(super) frame: u64,
    pub(super) costs: Costs,
    /// One channel of a block on its way.
    samples: Vec<f32>,
}

/// What the calls have cost so far, in instructions.
#[derive(Debug, Clone, Default)]
pub(super) struct Costs {
    /// The start function and `setup`, or the function that is called once.
    pub(super) once: u64,
    /// Calls of `loop`, all they took, and the most that one took.
    pub(super) loops: u64,
    pub(super) again: u64,
    pub(super) dearest_loop: u64,
    /// All of `process`, and the most that a block took with its first sample.
    pub(super) samples: u64,
    pub(super) dearest_block: Option<(u64, u64)>,
    /// Samples that came out beyond -1 to 1, and those that are no number.
    pub(super) clipped: u64,
    pub(super) not_numbers: u64,
    /// Bytes printed.
    pub(super) printed: u64,
}

/// How a call ended that was not stopped by a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The function has returned.
    Returned,
    /// The patch was asked to stop and went on waiting, so it was stopped.
    Stopped,
}

/// Who is shown what a patch prints.
pub(super) type Print<'p> = dyn FnMut(&[u8]) + 'p;

/// The channels in, and those out.
pub(super) const CHANNELS: usize = 2;

/// A patch prints at most so much at once without allocating.
const MOST_PRINTED: usize = 1 << 20;

impl<'l, M: BlockMemory + 'l> Performance<'l, M> {
    /// A performance in memory that is all zero and large enough.
    pub(super) fn new(
        loaded: &'l Loaded,
        settings: &Settings,
        files: Files,
        rate: u32,
        memory: M,
    ) -> Result<Self, InstantiationError> {
        let size = memory.size();
        let instance = Instance::new(&loaded.module, memory)?;
        let changes = settings.changes.iter().map(|change| change.due(rate)).collect();
        let parts = Parts {
            clock: Clock::new(settings.epoch, None, changes),
            random: Random::new(settings.seed),
            leds: Leds::new(loaded.imports(|name| name == "led_show")),
            heap: Heap::new(loaded.data_end(), size),
            files,
            audio: Audio { rate, block: settings.block, ..Audio::default() },
            has_cells: loaded.tells_lines(),
            output: (size as usize).min(MOST_PRINTED),
        };
        Ok(Performance {
            loaded,
            instance,
            thread: Thread::new(loaded.stack_words()),
            functions: loaded.functions().resolve(&loaded.module)?,
            device: Device::new(parts),
            budget: settings.budget,
            rate,
            gain: settings.gain,
            sound_start: 0,
            frame: 0,
            costs: Costs::default(),
            samples: vec![0.0; settings.block as usize],
        })
    }

    /// Takes the blocks of samples from the heap; false when it has no room for them.
    pub(super) fn open_audio(&mut self) -> bool {
        let bytes = self.device.audio.block * 4;
        let mut addresses = [0; 2 * CHANNELS];
        for address in &mut addresses {
            match self.device.heap.allocate(bytes) {
                Some(free) => *address = free,
                None => return false,
            }
        }
        let [first, second, third, fourth] = addresses;
        (self.device.audio.inputs, self.device.audio.outputs) = ([first, second], [third, fourth]);
        true
    }

    /// Calls the start function, and `setup` or what is called once. It may wait until `end`, in microseconds.
    pub(super) fn start(&mut self, end: u64, print: &mut Print<'_>) -> Result<End, PatchFault> {
        self.device.clock.set_end(Some(end));
        self.device.clock.go_to(0, &mut self.device.parameters);
        let loaded = self.loaded;
        for entry in [&loaded.entries.start, &loaded.entries.once].into_iter().flatten() {
            let before = self.thread.spent();
            let ended = self.call(entry, None, self.budget.saturating_mul(Settings::CALL), None, print);
            self.costs.once += self.thread.spent() - before;
            if ended? == End::Stopped {
                return Ok(End::Stopped);
            }
        }
        Ok(End::Returned)
    }

    /// Calls `loop` until the patch is asked to stop, with a millisecond after each call.
    pub(super) fn repeat(
        &mut self,
        progress: &mut dyn FnMut(u64),
        print: &mut Print<'_>,
    ) -> Result<End, PatchFault> {
        let Some(entry) = &self.loaded.entries.again else { return Ok(End::Returned) };
        while !self.device.clock.is_over() && self.device.parameters[0] != 1 {
            progress(self.device.clock.now());
            let before = self.thread.spent();
            let ended = self.call(entry, None, self.budget.saturating_mul(Settings::CALL), None, print);
            let spent = self.thread.spent() - before;
            self.costs.loops += 1;
            self.costs.again += spent;
            self.costs.dearest_loop = self.costs.dearest_loop.max(spent);
            if ended? == End::Stopped {
                return Ok(End::Stopped);
            }
            self.device.clock.go_to(self.device.clock.now() + 1_000, &mut self.device.parameters);
        }
        Ok(End::Returned)
    }

    /// Begins the sound: from now on time passes with its blocks.
    pub(super) fn begin_sound(&mut self) {
        self.device.clock.set_end(None);
        self.sound_start = self.device.clock.now();
    }

    /// A block of stereo sample frames through `process`, one frame after the other, a block's at most.
    pub(super) fn block(
        &mut self,
        input: &[[f32; CHANNELS]],
        output: &mut [[f32; CHANNELS]],
        print: &mut Print<'_>,
    ) -> Result<(), PatchFault> {
        self.instance.memory_mut().begin_block();
        let before = self.thread.spent();
        let made = self.process(input, output, print);
        let spent = self.thread.spent() - before;
        self.instance.memory_mut().end_block(spent);
        made?;
        self.costs.samples += spent;
        if self.costs.dearest_block.is_none_or(|(most, _)| spent > most) {
            self.costs.dearest_block = Some((spent, self.frame));
        }
        self.frame += output.len() as u64;
        Ok(())
    }

    fn process(
        &mut self,
        input: &[[f32; CHANNELS]],
        output: &mut [[f32; CHANNELS]],
        print: &mut Print<'_>,
    ) -> Result<(), PatchFault> {
        let Some(entry) = &self.loaded.entries.process else { return Ok(()) };
        let now = u128::from(self.frame) * 1_000_000 / u128::from(self.rate.max(1));
        self.device.clock.go_to(self.sound_start + now as u64, &mut self.device.parameters);
        let frames = output.len().min(self.samples.len());
        let samples = &mut self.samples[..frames];
        let memory = self.instance.memory_mut();
        let (inputs, outputs) = (self.device.audio.inputs, self.device.audio.outputs);
        let mut handed = Ok(());
        for (channel, address) in inputs.into_iter().enumerate().filter(|(_, address)| *address != 0) {
            for (place, frame) in samples.iter_mut().zip(input) {
                *place = frame[channel] * self.gain;
            }
            handed = handed.and_then(|()| memory.write_values(address.into(), samples));
        }
        for address in outputs.into_iter().filter(|address| *address != 0) {
            handed = handed.and_then(|()| memory.fill(address.into(), 0, frames as u32 * 4));
        }
        let during = During { entry: entry.name, sample: Some(self.frame), budget: 0 };
        let not_handed = |loaded, instance: &Instance<M>, error| {
            let kind = FaultKind::Trap { what: format!("samples cannot be handed over: {error}") };
            explain::at(loaded, instance, during, None, kind)
        };
        handed.map_err(|error| not_handed(self.loaded, &self.instance, error))?;
        let budget = self.budget.saturating_mul(frames.max(1) as u64);
        self.device.audio.is_playing = true;
        let ended = self.call(entry, Some(frames as i32), budget, Some(self.frame), print);
        self.device.audio.is_playing = false;
        ended?;
        for (channel, address) in outputs.into_iter().enumerate().filter(|(_, address)| *address != 0) {
            let samples = &mut self.samples[..frames];
            let read = self.instance.memory_mut().read_values(address.into(), samples);
            read.map_err(|error| not_handed(self.loaded, &self.instance, error))?;
            for (frame, sample) in output.iter_mut().zip(samples) {
                frame[channel] = *sample;
                self.costs.clipped += u64::from(sample.abs() > 1.0);
                self.costs.not_numbers += u64::from(sample.is_nan());
            }
        }
        Ok(())
    }

    /// Calls a function to its end. The budget is what it may take until it waits, and then again.
    fn call(
        &mut self,
        entry: &Entry,
        frames: Option<i32>,
        budget: u64,
        sample: Option<u64>,
        print: &mut Print<'_>,
    ) -> Result<End, PatchFault> {
        let loaded = self.loaded;
        let during = During { entry: entry.name, sample, budget };
        let argument = frames.filter(|_| !entry.arguments.is_empty()).map(Value::I32);
        let arguments = argument.as_ref().map_or(&entry.arguments[..], std::slice::from_ref);
        let started = self.thread.start(&loaded.module, entry.function, arguments);
        started.map_err(|error| {
            let kind = FaultKind::Trap { what: format!("it cannot be called: {error}") };
            explain::at(loaded, &self.instance, during, None, kind)
        })?;
        let mut last = self.device.clock.now();
        self.thread.set_budget(budget);
        self.device.allow(budget);
        loop {
            let host = &mut self.functions.with(&mut self.device);
            let run = self.thread.run(&loaded.module, &mut self.instance, host);
            if !self.device.output.is_empty() {
                self.costs.printed += self.device.output.len() as u64;
                print(&self.device.output);
                self.device.output.clear();
                let device = &mut self.device;
                if !device.audio.is_playing && !device.clock.tell(&mut device.parameters) {
                    return Ok(End::Stopped);
                }
            }
            match run {
                Ok(Run::Finished(_)) => return Ok(End::Returned),
                Ok(Run::Suspended) if self.device.clock.now() != last => {
                    last = self.device.clock.now();
                    self.thread.set_budget(budget);
                    self.device.allow(budget);
                }
                Ok(Run::Suspended) => {}
                Ok(Run::OutOfBudget) => {
                    let location = self.thread.location(&loaded.module);
                    let kind = FaultKind::Budget { budget };
                    return Err(explain::at(loaded, &self.instance, during, location, kind));
                }
                Err(trap) => {
                    let stop = self.device.stop.take();
                    let fault = explain::trap(loaded, &mut self.instance, during, trap, stop);
                    return fault.map_or(Ok(End::Stopped), Err);
                }
            }
        }
    }
}

// The crate that watches the allocator has nothing to watch with in release builds.
#[cfg(all(test, debug_assertions))]
mod tests {
    use assert_no_alloc::{AllocDisabler, assert_no_alloc};
    use sostenuto_board::patch::{Facts, Patch};
    use sostenuto_vm::FlatMemory;

    use super::*;
    use crate::conez::load;

    #[global_allocator]
    static ALLOCATOR: AllocDisabler = AllocDisabler;

    /// Calls what a block may call: all but files, compression and the lookup table.
    const BUSY: &str = r#"(module
        (import "env" "audio_set" (func $audio_set (param i32 i32 f32)))
        (import "env" "audio_get" (func $audio_get (param i32 i32) (result f32)))
        (import "env" "host_printf" (func $printf (param i32 i32) (result i32)))
        (import "env" "host_snprintf" (func $snprintf (param i32 i32 i32 i32) (result i32)))
        (import "env" "host_sscanf" (func $sscanf (param i32 i32 i32) (result i32)))
        (import "env" "print_f64" (func $print_f64 (param f64)))
        (import "env" "print_str" (func $print_str (param i32 i32)))
        (import "env" "led_fill" (func $led_fill (param i32 i32 i32 i32)))
        (import "env" "led_show" (func $led_show))
        (import "env" "millis" (func $millis (result i32)))
        (import "env" "get_year" (func $get_year (result i32)))
        (import "env" "random_int" (func $random_int (param i32 i32) (result i32)))
        (import "env" "malloc" (func $malloc (param i32) (result i32)))
        (import "env" "realloc" (func $realloc (param i32 i32) (result i32)))
        (import "env" "free" (func $free (param i32)))
        (import "env" "basic_str_concat" (func $concat (param i32 i32) (result i32)))
        (import "env" "basic_str_upper" (func $upper (param i32) (result i32)))
        (import "env" "basic_str_from_float" (func $from_float (param f32) (result i32)))
        (import "env" "basic_str_instr" (func $instr (param i32 i32 i32) (result i32)))
        (import "env" "basic_str_free" (func $str_free (param i32)))
        (memory (export "memory") 1)
        (global (export "_heap_ptr") i32 (i32.const 0x1000))
        (global (export "__line") (mut i32) (i32.const 0))
        (data (i32.const 0) "%d %8.3f %g %s\0a\00") (data (i32.const 0x40) "Text\00")
        (data (i32.const 0x80) "12 3.5 xyz\00") (data (i32.const 0x90) "%d %f %s\00")
        (data (i32.const 0xA0) "\00\08\00\00\04\08\00\00\08\08\00\00")
        (data (i32.const 0xF000) "\07\00\00\00\00\00\00\00\00\00\04\40\00\00\00\00\00\00\04\40\40\00\00\00")
        (func (export "process") (param $frames i32) (local $text i32)
            (call $audio_set (i32.const 0) (i32.const 0) (call $audio_get (i32.const 1) (i32.const 0)))
            (drop (call $printf (i32.const 0) (i32.const 0xF000)))
            (drop (call $snprintf (i32.const 0x700) (i32.const 99) (i32.const 0) (i32.const 0xF000)))
            (drop (call $sscanf (i32.const 0x80) (i32.const 0x90) (i32.const 0xA0)))
            (call $print_f64 (f64.const 1e300))
            (call $print_str (i32.const 0) (i32.const 9000))
            (call $led_fill (i32.const 1) (call $random_int (i32.const 0) (i32.const 256)) (call $millis) (i32.const 0))
            (call $led_show)
            (local.set $text (call $concat (i32.const 0x40) (i32.const 0)))
            (drop (call $instr (local.get $text) (i32.const 0x40) (i32.const 1)))
            (call $str_free (call $upper (local.get $text)))
            (call $str_free (call $from_float (f32.const 1e-30)))
            (call $str_free (local.get $text))
            (call $free (call $realloc (call $malloc (i32.const 10)) (i32.const 1000)))
            (drop (call $random_int (i32.const 0) (call $get_year)))))"#;

    #[test]
    fn no_block_allocates() {
        let patch = Patch::new(wat::parse_str(BUSY).expect("a module"), Facts::default()).expect("facts");
        let loaded = load(&patch).expect("a patch");
        let settings = Settings { block: 24, ..Settings::default() };
        let memory = FlatMemory::new(vec![0; 0x1_0000]);
        let mut performance =
            Performance::new(&loaded, &settings, Files::default(), 48_000, memory).expect("memory");
        assert!(performance.open_audio());
        let mut printed = 0;
        performance.start(0, &mut |_| {}).expect("no fault");
        performance.begin_sound();
        let (input, mut output) = ([[0.25, 0.5]; 24], [[0.0; 2]; 24]);
        assert_no_alloc(|| {
            // More blocks than the history of the LEDs holds.
            for _ in 0..1_500 {
                performance.block(&input, &mut output, &mut |text| printed += text.len()).expect("no fault");
            }
        });
        assert_eq!(output[0], [0.5, 0.0]);
        assert!(printed > 1_500 * 9_300 && performance.device.leds.history.changes > 1_024);
        assert_eq!(performance.device.heap.pool.live(), 0);
    }
}
