//! The natives: what a patch can ask of the machine.

use sostenuto_vm::{Caller, FlatMemory, Flow, Halt, HostFunctions, LinearMemory, TrapKind, TypedMemory};

use crate::delay_memory::DelayMemory;
use crate::layout::Layout;

/// The module from which a patch imports the natives.
const MODULE: &str = "permut8";

/// All natives, for patches with this kind of memory.
pub(crate) fn all<'l, M: LinearMemory + 'l>() -> HostFunctions<'l, M, Desk<'l>> {
    HostFunctions::new()
        .add(MODULE, "yield", wait::<M>)
        .add(MODULE, "trace", trace::<M>)
        .add(MODULE, "abort", |caller: &mut Caller<'_, M, Desk<'l>>| caller.state().stop::<()>(Stop::Abort))
        .add(MODULE, "read", read::<M>)
        .add(MODULE, "write", write::<M>)
        .add(MODULE, "fault", |caller: &mut Caller<'_, M, Desk<'l>>, site: u32, value: i32| {
            caller.state().stop::<()>(Stop::Fault { site, value })
        })
}

/// All of them with their types, for a message.
pub(crate) fn list() -> String {
    let natives = all::<FlatMemory<Vec<u8>>>();
    let each = natives.signatures().map(|native| format!("{}{}", native.name, native.function_type));
    each.collect::<Vec<_>>().join(", ")
}

/// Whether a patch that imports the native of this name reaches the delay memory.
pub(crate) fn reaches_delay_memory(native: &str) -> bool {
    matches!(native, "read" | "write")
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

/// The bytes of a stereo sample frame, a word for each side.
const FRAME_BYTES: u64 = 8;

/// The most characters of a traced text.
const TEXT: usize = 4096;

/// What the natives work on, apart from the linear memory that each call brings.
#[derive(Debug)]
pub(crate) struct Desk<'l> {
    layout: &'l Layout,
    /// Allocated for patches that can reach it.
    pub(crate) delay: Option<DelayMemory>,
    /// The latest traced text.
    pub(crate) text: String,
    /// Set when the patch has paused to have the text told.
    pub(crate) is_tracing: bool,
    pub(crate) traces: u64,
    /// Whether the present entry point can wait for the next sample.
    pub(crate) resumable: bool,
    /// The price in instructions of what `read` and `write` have moved in the present call, and the most it may be.
    pub(crate) price: u64,
    pub(crate) budget: u64,
    /// Sample frames read from the delay memory and written to it.
    pub(crate) moved: [u64; 2],
    /// Set when a native has stopped the patch.
    pub(crate) stop: Option<Stop>,
}

impl<'l> Desk<'l> {
    pub(crate) fn new(layout: &'l Layout, delay: bool) -> Desk<'l> {
        Desk {
            layout,
            delay: delay.then(DelayMemory::new),
            text: String::with_capacity(TEXT * 4),
            is_tracing: false,
            traces: 0,
            resumable: false,
            price: 0,
            budget: 0,
            moved: [0; 2],
            stop: None,
        }
    }

    /// Ends the run for this reason.
    fn stop<R>(&mut self, stop: Stop) -> Result<R, Halt> {
        self.stop = Some(stop);
        Err(Halt(0))
    }

    /// The byte address of a buffer of `frames` stereo sample frames, and their number; none for a number below 1.
    /// Takes the price of moving them.
    fn buffer(
        &mut self,
        native: &'static str,
        frames: i32,
        pointer: u32,
        size: u32,
    ) -> Result<(u64, i32), Halt> {
        let count = frames.max(0);
        if count == 0 {
            return Ok((0, 0));
        }
        let words = u64::from(count as u32) * 2;
        match self.layout.range(pointer, words, size) {
            Some(address) => {
                self.price += words / WORDS_AN_INSTRUCTION;
                if self.price > self.budget { self.stop(Stop::Moved) } else { Ok((address, count)) }
            }
            None => self.stop(Stop::Buffer { native, frames, pointer: pointer as i32 }),
        }
    }
}

fn wait<M>(caller: &mut Caller<'_, M, Desk<'_>>) -> Result<Flow<()>, Halt> {
    let desk = caller.state();
    if desk.resumable { Ok(Flow::Suspend(())) } else { desk.stop(Stop::Yield) }
}

/// Reads the text and pauses, so that whoever runs the patch can tell it.
fn trace<M: LinearMemory>(caller: &mut Caller<'_, M, Desk<'_>>, pointer: u32) -> Result<Flow<()>, Halt> {
    let (memory, desk) = caller.parts();
    let unreadable = Stop::Text { pointer: pointer as i32 };
    if desk.layout.range(pointer, 1, memory.size()).is_none() {
        return desk.stop(unreadable);
    }
    desk.text.clear();
    for index in 0..TEXT as u64 {
        match memory.read_value::<u32>((u64::from(pointer) + index) * 4) {
            Ok(0) => break,
            Ok(word) => desk.text.push(char::from_u32(word).unwrap_or(char::REPLACEMENT_CHARACTER)),
            Err(_) => return desk.stop(unreadable),
        }
    }
    desk.traces += 1;
    desk.is_tracing = true;
    Ok(Flow::Suspend(()))
}

fn read<M: LinearMemory>(
    caller: &mut Caller<'_, M, Desk<'_>>,
    offset: i32,
    frames: i32,
    pointer: u32,
) -> Result<(), TrapKind> {
    let (memory, desk) = caller.parts();
    let (mut address, count) = desk.buffer("read", frames, pointer, memory.size())?;
    if count > 0 && desk.layout.is_read_only(address) {
        desk.stop(Stop::Buffer { native: "read", frames, pointer: pointer as i32 })?;
    }
    let Some(delay) = &desk.delay else { return Ok(()) };
    desk.moved[0] += count as u64;
    for index in 0..count {
        memory.write_values(address, &delay.read(offset.wrapping_add(index)))?;
        address += FRAME_BYTES;
    }
    Ok(())
}

fn write<M: LinearMemory>(
    caller: &mut Caller<'_, M, Desk<'_>>,
    offset: i32,
    frames: i32,
    pointer: u32,
) -> Result<(), TrapKind> {
    let (memory, desk) = caller.parts();
    let (mut address, count) = desk.buffer("write", frames, pointer, memory.size())?;
    let Some(delay) = &mut desk.delay else { return Ok(()) };
    desk.moved[1] += count as u64;
    for index in 0..count {
        let mut frame = [0; 2];
        memory.read_values(address, &mut frame)?;
        delay.write(offset.wrapping_add(index), frame);
        address += FRAME_BYTES;
    }
    Ok(())
}
