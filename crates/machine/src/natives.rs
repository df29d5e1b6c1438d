//! The natives: what a patch can ask of the machine.

use sostenuto_vm::{Flow, FunctionType, Halt, Host, LinearMemory, ValueType};

use crate::delay_memory::DelayMemory;
use crate::layout::Layout;

/// A function that the machine provides, imported from the module `permut8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Native {
    Yield,
    Trace,
    Abort,
    Read,
    Write,
    Fault,
}

impl Native {
    const ALL: [Native; 6] =
        [Native::Yield, Native::Trace, Native::Abort, Native::Read, Native::Write, Native::Fault];

    pub(crate) fn named(name: &str) -> Option<Native> {
        Self::ALL.into_iter().find(|native| native.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Native::Yield => "yield",
            Native::Trace => "trace",
            Native::Abort => "abort",
            Native::Read => "read",
            Native::Write => "write",
            Native::Fault => "fault",
        }
    }

    /// What it takes: words, and never a result.
    pub(crate) fn function_type(self) -> FunctionType {
        let words = match self {
            Native::Yield | Native::Abort => 0,
            Native::Trace => 1,
            Native::Fault => 2,
            Native::Read | Native::Write => 3,
        };
        FunctionType::new(&[ValueType::I32; 3][..words], None)
    }

    /// All of them with their types, for a message.
    pub(crate) fn list() -> String {
        Self::ALL.map(|native| format!("{}{}", native.name(), native.function_type())).join(", ")
    }
}

/// Why a native stopped the patch; plain words, so that nothing is allocated before a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Fault { site: u32, value: i32 },
    Abort,
    Yield,
    Buffer { native: &'static str, frames: i32, pointer: i32 },
    Text { pointer: i32 },
    Moved,
}

/// Words that `read` and `write` move for the price of one instruction, as the engine counts its own runs of bytes.
const WORDS_AN_INSTRUCTION: u64 = 4;

/// The most characters of a traced text.
const TEXT: usize = 4096;

/// What the natives work on, apart from the linear memory that each call brings.
#[derive(Debug)]
pub(crate) struct Desk {
    /// Allocated for patches that can reach it.
    pub(crate) delay: Option<DelayMemory>,
    /// The latest traced text.
    pub(crate) text: String,
    pub(crate) traces: u64,
    /// The price in instructions of what `read` and `write` have moved in the present call, and the most it may be.
    pub(crate) price: u64,
    pub(crate) budget: u64,
    /// Set when a native has stopped the patch.
    pub(crate) stop: Option<Stop>,
}

impl Desk {
    pub(crate) fn new(delay: bool) -> Desk {
        let delay = delay.then(DelayMemory::new);
        Desk { delay, text: String::with_capacity(TEXT * 4), traces: 0, price: 0, budget: 0, stop: None }
    }
}

/// The machine as one run of the interpreter sees it.
pub(crate) struct Natives<'r> {
    pub(crate) imports: &'r [Native],
    pub(crate) layout: &'r Layout,
    pub(crate) desk: &'r mut Desk,
    pub(crate) trace: &'r mut dyn FnMut(&str),
    /// Whether the present entry point can wait for the next sample.
    pub(crate) resumable: bool,
}

impl<M: LinearMemory> Host<M> for Natives<'_> {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt> {
        let native = self.imports.get(import as usize).copied();
        let done = match (native, args) {
            (Some(Native::Yield), _) if self.resumable => return Ok(Flow::YIELD),
            (Some(Native::Yield), _) => Err(Stop::Yield),
            (Some(Native::Trace), &[pointer]) => self.trace(pointer, memory),
            (Some(Native::Read), &[offset, frames, pointer]) => self.read(offset, frames, pointer, memory),
            (Some(Native::Write), &[offset, frames, pointer]) => self.write(offset, frames, pointer, memory),
            (Some(Native::Fault), &[site, value]) => Err(Stop::Fault { site, value: value as i32 }),
            // The types of the imports were checked at load, so only abort is left.
            _ => Err(Stop::Abort),
        };
        done.map(|()| Flow::DONE).map_err(|stop| {
            self.desk.stop = Some(stop);
            Halt(0)
        })
    }
}

impl Natives<'_> {
    fn trace<M: LinearMemory>(&mut self, pointer: u32, memory: &mut M) -> Result<(), Stop> {
        let unreadable = Stop::Text { pointer: pointer as i32 };
        self.layout.range(pointer, 1, memory.size()).ok_or(unreadable)?;
        self.desk.text.clear();
        for index in 0..TEXT as u64 {
            let word = memory.load((u64::from(pointer) + index) * 4).map_err(|_| unreadable)?;
            match u32::from_le_bytes(word) {
                0 => break,
                word => self.desk.text.push(char::from_u32(word).unwrap_or(char::REPLACEMENT_CHARACTER)),
            }
        }
        self.desk.traces += 1;
        (self.trace)(&self.desk.text);
        Ok(())
    }

    fn read<M: LinearMemory>(
        &mut self,
        offset: u32,
        frames: u32,
        pointer: u32,
        memory: &mut M,
    ) -> Result<(), Stop> {
        let (mut address, frames) = self.buffer("read", frames, pointer, memory.size())?;
        if frames > 0 && self.layout.is_read_only(address) {
            return Err(Stop::Buffer { native: "read", frames: frames as i32, pointer: pointer as i32 });
        }
        let Some(delay) = &self.desk.delay else { return Ok(()) };
        for index in 0..frames {
            for word in delay.read(offset.wrapping_add(index) as i32) {
                // `buffer` has checked the range.
                let _ = memory.store(address, word.to_le_bytes());
                address += 4;
            }
        }
        Ok(())
    }

    fn write<M: LinearMemory>(
        &mut self,
        offset: u32,
        frames: u32,
        pointer: u32,
        memory: &mut M,
    ) -> Result<(), Stop> {
        let (mut address, frames) = self.buffer("write", frames, pointer, memory.size())?;
        let Some(delay) = &mut self.desk.delay else { return Ok(()) };
        for index in 0..frames {
            let mut frame = [0; 2];
            for word in &mut frame {
                *word = memory.load(address).map_or(0, i32::from_le_bytes);
                address += 4;
            }
            delay.write(offset.wrapping_add(index) as i32, frame);
        }
        Ok(())
    }

    /// The byte address of a buffer of `frames` stereo sample frames, and their number; none for a number below 1.
    /// Takes the price of moving them.
    fn buffer(
        &mut self,
        native: &'static str,
        frames: u32,
        pointer: u32,
        size: u32,
    ) -> Result<(u64, u32), Stop> {
        let count = (frames as i32).max(0) as u32;
        if count == 0 {
            return Ok((0, 0));
        }
        let words = u64::from(count) * 2;
        match self.layout.range(pointer, words, size) {
            Some(address) => {
                self.desk.price += words / WORDS_AN_INSTRUCTION;
                if self.desk.price > self.desk.budget { Err(Stop::Moved) } else { Ok((address, count)) }
            }
            None => Err(Stop::Buffer { native, frames: frames as i32, pointer: pointer as i32 }),
        }
    }
}
