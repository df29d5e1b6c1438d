//! The threads of a snapshot: the frames of their calls, out and in.
//!
//! # What the interpreter relies on
//!
//! A frame is where its thread runs, so what is restored here must be what a run could have left. For each frame, the
//! innermost first:
//!
//! - its function has a body, and the whole frame is on the stack;
//! - it goes on at a place of that function where a run stops: the innermost at the start (then it is the only one),
//!   at the price of a basic block, before an operator with a price, or after a call that can leave the instance; each
//!   other one after a call inside the instance;
//! - that call can have called the function of the frame before: it names the function, or its type;
//! - the frame before begins at the slot of that call, so the words between the two beginnings are those of the frame
//!   up to that slot; this distance is in the header of the frame before, with the place of the call;
//! - the outermost begins at the first word of the stack, and its header says that none called it.
//!
//! All of it is checked on the way in, before anything is written. The words of the frames themselves can be any.

use super::reader::{Cursor, Pass, Words};
use super::{FINISHED, GOING_ON, IDLE, SnapshotError, WriteError, Writer};
use crate::code::HEADER_WORDS;
use crate::interpret::OUTERMOST;
use crate::module::Module;
use crate::position::{self, At, Called, Place, Position, Waiting};
use crate::thread::{Pause, State, Thread};
use crate::types::FuncIndex;

const HEADER: usize = HEADER_WORDS as usize;

/// The slots of a function's frame.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Those of its parameters and locals; the header follows.
    locals: usize,
    /// All.
    frame: usize,
}

fn shape(module: &Module, function: u32) -> Option<Shape> {
    let function = module.code.functions.get(function as usize).filter(|function| !function.is_import())?;
    Some(Shape { locals: function.locals.into(), frame: function.frame.into() })
}

/// Writes a thread.
pub(super) fn write<E, S: FnMut(&[u8]) -> Result<(), E>>(
    writer: &mut Writer<S>,
    module: &Module,
    thread: &Thread,
) -> Result<(), WriteError<E>> {
    let is_going_on = matches!(thread.state, State::Ready { .. });
    assert!(!is_going_on || thread.identity == module.identity(), "a call belongs to one module");
    let finished = thread.finished.filter(|_| thread.identity == module.identity());
    writer.u8(match finished {
        _ if is_going_on => GOING_ON,
        Some(_) => FINISHED,
        None => IDLE,
    })?;
    writer.u64(thread.running.budget)?;
    writer.u64(thread.spent)?;
    writer.u32(thread.running.high_water)?;
    if is_going_on {
        writer.count(Calls::of(module, thread).count())?;
        Calls::of(module, thread).try_for_each(|call| call.write(writer, thread))
    } else if let Some(function) = finished {
        writer.u32(function.0)?;
        let results = results_words(module, function.0).unwrap_or(0);
        writer.words(results, thread.stack.iter().copied().take(results))
    } else {
        Ok(())
    }
}

fn results_words(module: &Module, function: u32) -> Option<usize> {
    let (_, results) = module.function_type(FuncIndex(function))?.words();
    Some(results)
}

/// The frames of the call that is going on, the innermost first.
struct Calls<'t> {
    module: &'t Module,
    stack: &'t [u32],
    next: Option<(u32, Waiting, Span)>,
}

/// The words of a frame on the stack.
#[derive(Debug, Clone, Copy)]
struct Span {
    base: usize,
    /// Up to the frame that this one called; none for the innermost, which has all.
    length: Option<usize>,
}

/// A frame of a call that is going on.
struct Call {
    position: Position,
    shape: Shape,
    span: Span,
}

impl<'t> Calls<'t> {
    fn of(module: &'t Module, thread: &'t Thread) -> Self {
        let next = match thread.state {
            State::Idle => None,
            State::Ready { since, .. } => {
                let waiting = match since {
                    Pause::Start => Waiting::Start,
                    Pause::HostCall => Waiting::Call,
                    Pause::Budget => Waiting::Budget,
                };
                let span = Span { base: thread.running.base as usize, length: None };
                Some((thread.running.pc, waiting, span))
            }
        };
        Self { module, stack: &thread.stack, next }
    }
}

impl Iterator for Calls<'_> {
    type Item = Call;

    fn next(&mut self) -> Option<Call> {
        let (pc, waiting, span) = self.next.take()?;
        let position = position::of(&self.module.code, pc, waiting);
        let shape = shape(self.module, position.function)?;
        let header = span.base + shape.locals;
        let (call, distance) = (*self.stack.get(header)?, *self.stack.get(header + 1)? as usize);
        if call != OUTERMOST {
            let caller = Span { base: span.base.checked_sub(distance)?, length: Some(distance) };
            self.next = Some((position::behind_call(call), Waiting::Call, caller));
        }
        Some(Call { position, shape, span })
    }
}

impl Call {
    fn write<E, S: FnMut(&[u8]) -> Result<(), E>>(
        &self,
        writer: &mut Writer<S>,
        thread: &Thread,
    ) -> Result<(), WriteError<E>> {
        let Position { function, offset, at } = self.position;
        writer.u32(function)?;
        writer.u32(offset)?;
        writer.u8(at as u8)?;
        let length = self.span.length.unwrap_or(self.shape.frame);
        let words = thread.stack.iter().copied().skip(self.span.base).take(length);
        let header = self.shape.locals..self.shape.locals + HEADER;
        let words = words.enumerate().filter(|(slot, _)| !header.contains(slot)).map(|(_, word)| word);
        writer.words(length.saturating_sub(header.len()), words)
    }
}

/// Reads a thread, and in the second pass makes `thread` that one.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    module: &Module,
    index: u32,
    thread: &mut Thread,
    pass: Pass,
) -> Result<(), SnapshotError> {
    let kind = cursor.u8()?;
    let (budget, spent, high_water) = (cursor.u64()?, cursor.u64()?, cursor.u32()?);
    let mut state = State::Idle;
    let mut finished = None;
    match kind {
        IDLE => {}
        FINISHED => finished = Some(read_results(cursor, module, index, &mut thread.stack, pass)?),
        GOING_ON => {
            let mut again = cursor.clone();
            let chain = Frames { cursor, module, thread: index }.check(thread.stack.len())?;
            if pass == Pass::Restore {
                Frames { cursor: &mut again, module, thread: index }.restore(chain, &mut thread.stack)?;
                thread.running.pc = chain.pc;
                thread.running.base = chain.base as u32;
            }
            state = State::Ready { function: chain.outermost, since: chain.since };
        }
        _ => return Err(cursor.malformed("a thread in no known state")),
    }
    if pass == Pass::Restore {
        thread.running.budget = budget;
        thread.running.high_water = high_water;
        thread.spent = spent;
        thread.state = state;
        thread.finished = finished;
        thread.identity = module.identity();
    }
    Ok(())
}

fn read_results(
    cursor: &mut Cursor<'_>,
    module: &Module,
    index: u32,
    stack: &mut [u32],
    pass: Pass,
) -> Result<FuncIndex, SnapshotError> {
    let function = cursor.u32()?;
    let words = cursor.words()?;
    let wanted = shape(module, function).and_then(|_| results_words(module, function));
    if wanted != Some(words.len()) {
        return Err(cursor.malformed("results that are not those of the function"));
    }
    let has = stack.len();
    let Some(slots) = stack.get_mut(..words.len()) else {
        return Err(SnapshotError::Stack { thread: index, needs: words.len() as u64, has });
    };
    if pass == Pass::Restore {
        words.put(slots);
    }
    Ok(FuncIndex(function))
}

/// The frames of a thread in a snapshot.
struct Frames<'c, 's, 'm> {
    cursor: &'c mut Cursor<'s>,
    module: &'m Module,
    thread: u32,
}

/// A frame in a snapshot.
struct Frame<'s> {
    function: u32,
    at: At,
    place: Place,
    shape: Shape,
    words: Words<'s>,
}

/// What is known of a call when all of its frames have been checked.
#[derive(Debug, Clone, Copy)]
struct Chain {
    /// Where the innermost frame goes on.
    pc: u32,
    since: Pause,
    /// Where the innermost frame begins.
    base: usize,
    /// The function of the outermost frame.
    outermost: u32,
}

impl<'s> Frames<'_, 's, '_> {
    fn check(mut self, has: usize) -> Result<Chain, SnapshotError> {
        let count = self.cursor.u32()?;
        if count == 0 {
            return Err(self.cursor.malformed("a call without a frame"));
        }
        let innermost = self.frame(0, None)?;
        if innermost.at == At::Start && count > 1 {
            return Err(self.cursor.malformed("a call of a function that has not begun"));
        }
        let since = match innermost.at.waiting() {
            Waiting::Start => Pause::Start,
            Waiting::Budget => Pause::Budget,
            Waiting::Call => Pause::HostCall,
        };
        let pc = innermost.place.pc;
        // How far the innermost frame begins above the present one, and how far any frame goes above that beginning.
        let mut below: usize = 0;
        let mut above = innermost.shape.frame;
        let mut callee = innermost;
        for depth in 1..count {
            let frame = self.frame(depth, Some(&callee))?;
            below = below.saturating_add(frame.distance());
            above = above.max(frame.shape.frame.saturating_sub(below));
            callee = frame;
        }
        let needs = below as u64 + above as u64;
        if needs > u64::from(u32::MAX).min(has as u64) {
            return Err(SnapshotError::Stack { thread: self.thread, needs, has });
        }
        Ok(Chain { pc, since, base: below, outermost: callee.function })
    }

    /// Writes the frames that have been checked.
    fn restore(mut self, chain: Chain, stack: &mut [u32]) -> Result<(), SnapshotError> {
        let count = self.cursor.u32()?;
        let mut callee: Option<(Frame<'s>, usize)> = None;
        let mut base = chain.base;
        for depth in 0..count {
            let frame = self.frame(depth, callee.as_ref().map(|(frame, _)| frame))?;
            if let Some((callee, callee_base)) = callee {
                let distance = frame.distance();
                let call = position::call_before(frame.place.pc);
                callee.set_header(&mut stack[callee_base..], call, distance as u32);
                base -= distance;
            } else {
                stack[base..base + frame.shape.frame].fill(0);
            }
            frame.put(&mut stack[base..]);
            callee = Some((frame, base));
        }
        if let Some((outermost, _)) = callee {
            outermost.set_header(stack, OUTERMOST, 0);
        }
        Ok(())
    }

    /// The next frame, which has called `callee`; the innermost has called none.
    fn frame(&mut self, depth: u32, callee: Option<&Frame<'s>>) -> Result<Frame<'s>, SnapshotError> {
        let (function, offset) = (self.cursor.u32()?, self.cursor.u32()?);
        let at = match self.cursor.u8()? {
            0 => At::Start,
            1 => At::Block,
            2 => At::Operator,
            3 => At::Call,
            _ => return Err(self.cursor.malformed("a frame at no known place")),
        };
        let words = self.cursor.words()?;
        let shape = shape(self.module, function);
        let place = position::find(&self.module.code, Position { function, offset, at });
        let (Some(shape), Some(place)) = (shape, place.filter(|place| self.waits(place, callee))) else {
            return Err(SnapshotError::Position { thread: self.thread, frame: depth, function, offset });
        };
        let frame = Frame { function, at, place, shape, words };
        let (least, most) = match callee {
            None => (shape.locals, shape.frame.saturating_sub(HEADER)),
            Some(_) => (frame.distance().saturating_sub(HEADER), frame.distance().saturating_sub(HEADER)),
        };
        if !(least..=most).contains(&words.len()) {
            let (words, least, most) = (words.len() as u32, least as u32, most as u32);
            return Err(SnapshotError::Frame { thread: self.thread, frame: depth, words, least, most });
        }
        Ok(frame)
    }

    /// Whether a frame that has called `callee`, or the innermost, can go on at this place.
    fn waits(&self, place: &Place, callee: Option<&Frame<'s>>) -> bool {
        let Some(callee) = callee else {
            return place.call.is_none_or(|call| !matches!(call.callee, Called::Function(_)));
        };
        place.call.is_some_and(|call| match call.callee {
            Called::Import => false,
            Called::Function(function) => function == callee.function,
            Called::Type(type_id) => {
                let function = self.module.code.functions.get(callee.function as usize);
                function.is_some_and(|function| function.type_id == type_id)
            }
        })
    }
}

impl Frame<'_> {
    /// How far after this frame the one that it has called begins.
    fn distance(&self) -> usize {
        self.place.call.map_or(0, |call| call.base.into())
    }

    /// Puts the words where they were, around the header. `slots` begins where the frame does.
    fn put(&self, slots: &mut [u32]) {
        let (locals, temporaries) = self.words.split_at(self.shape.locals);
        let after_header = self.shape.locals + HEADER;
        locals.put(&mut slots[..self.shape.locals]);
        temporaries.put(&mut slots[after_header..after_header + temporaries.len()]);
    }

    fn set_header(&self, slots: &mut [u32], call: u32, distance: u32) {
        slots[self.shape.locals] = call;
        slots[self.shape.locals + 1] = distance;
    }
}
