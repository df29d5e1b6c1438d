//! From what the engine and the natives know of a fault to what the source says about it.

use sostenuto_board::patch::Cause;
use sostenuto_vm::{Location, Trap, TrapKind};

use crate::fault::{FaultKind, PatchFault};
use crate::load::Loaded;
use crate::natives::Stop;

/// The call that was going on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct During {
    pub(crate) entry: &'static str,
    pub(crate) sample: Option<u64>,
}

/// A trap, together with the reason that a native left when it was the one that stopped the run.
pub(crate) fn trap(
    loaded: &Loaded,
    during: During,
    trap: Trap,
    stop: Option<Stop>,
    budget: u64,
) -> PatchFault {
    let location = Location { function: trap.function, offset: trap.offset };
    match (trap.kind, stop) {
        (TrapKind::Host(_), Some(Stop::Fault { site, value })) => {
            reported(loaded, during, location, site, value)
        }
        (TrapKind::StackOverflow, _) => {
            at(loaded, during, location, FaultKind::Registers { reserved: loaded.recursive_stack_bytes() })
        }
        (TrapKind::Host(_), Some(stop)) => at(loaded, during, location, native(loaded, stop, budget)),
        (kind, _) => at(loaded, during, location, FaultKind::Trap { what: words(kind).to_owned() }),
    }
}

/// A call that took more instructions than it may.
pub(crate) fn out_of_budget(
    loaded: &Loaded,
    during: During,
    location: Option<Location>,
    budget: u64,
) -> PatchFault {
    let kind = FaultKind::Budget { budget };
    match location {
        Some(location) => at(loaded, during, location, kind),
        None => nowhere(during, kind),
    }
}

/// A fault that belongs to no line.
pub(crate) fn nowhere(during: During, kind: FaultKind) -> PatchFault {
    PatchFault {
        kind: Box::new(kind),
        line: None,
        function: None,
        entry: during.entry,
        sample: during.sample,
    }
}

fn at(loaded: &Loaded, during: During, location: Location, kind: FaultKind) -> PatchFault {
    PatchFault {
        kind: Box::new(kind),
        line: loaded.patch.line(location.offset),
        function: loaded.module.function_name(location.function).map(str::to_owned),
        entry: during.entry,
        sample: during.sample,
    }
}

/// A fault that the compiler foresaw: its facts know the line, the function and the cause.
fn reported(loaded: &Loaded, during: During, location: Location, site: u32, value: i32) -> PatchFault {
    let facts = &loaded.patch.facts;
    let Some(fault) = facts.faults.get(site as usize) else {
        let what =
            format!("the patch reports fault {site} with the value {value}, which its facts do not explain");
        return at(loaded, during, location, FaultKind::Trap { what });
    };
    let kind = match &fault.cause {
        Cause::Index { array, size } => FaultKind::Index { array: array.clone(), size: *size, index: value },
        Cause::Read => FaultKind::Read { address: value, place: loaded.layout.place(value, false) },
        Cause::Write => FaultKind::Write { address: value, place: loaded.layout.place(value, true) },
        Cause::Division => FaultKind::Division { dividend: value },
        Cause::Assert(condition) => FaultKind::Assert { condition: condition.clone() },
        Cause::Stack => FaultKind::Stack { reserved: facts.stack.bytes, missing: -i64::from(value) },
        cause => FaultKind::Trap { what: cause.of_conez(value, |_| None).unwrap_or_default() },
    };
    let function = Some(fault.function.clone());
    PatchFault {
        kind: Box::new(kind),
        line: Some(fault.line),
        function,
        entry: during.entry,
        sample: during.sample,
    }
}

fn native(loaded: &Loaded, stop: Stop, budget: u64) -> FaultKind {
    let place = |pointer, writing| loaded.layout.place(pointer, writing);
    match stop {
        Stop::Buffer { native, frames, pointer } => {
            let words = u64::from(frames.max(0) as u32) * 2;
            FaultKind::Buffer { native, frames, words, pointer, place: place(pointer, native == "read") }
        }
        Stop::Text { pointer } => FaultKind::Text { pointer, place: place(pointer, false) },
        Stop::Yield => FaultKind::Yield,
        Stop::Moved => FaultKind::Budget { budget },
        Stop::Abort | Stop::Fault { .. } => FaultKind::Abort,
    }
}

/// The engine's traps in the words of a patch's author.
pub(crate) fn words(kind: TrapKind) -> &'static str {
    match kind {
        TrapKind::Unreachable => "the patch reached code that it declares unreachable",
        TrapKind::MemoryOutOfBounds => "an access lies outside the patch's memory",
        TrapKind::MemoryFailed => "the memory that holds the patch's data has failed",
        TrapKind::DivisionByZero => "a number is divided by zero",
        TrapKind::IntegerOverflow => "a result does not fit into an integer",
        TrapKind::InvalidConversion => "NaN is converted to an integer",
        TrapKind::TableOutOfBounds | TrapKind::NullFunction => "a function pointer points to no function",
        TrapKind::IndirectCallType => "a function pointer points to a function of another type",
        TrapKind::StackOverflow => "the calls are nested too deeply",
        TrapKind::Host(_) => "the machine stopped the patch",
    }
}
