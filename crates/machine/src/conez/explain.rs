//! From what the engine and the device know of a fault to what the source says about it.

use sostenuto_board::patch::Cause;
use sostenuto_vm::{Instance, LinearMemory, Location, Module, Trap, TrapKind, TypedMemory, Value};

use super::device::Stop;
use super::load::Loaded;
use crate::explain::words;
use crate::fault::{FaultKind, PatchFault, Place};

/// The call that was going on.
#[derive(Debug, Clone, Copy)]
pub(super) struct During {
    pub(super) entry: &'static str,
    pub(super) sample: Option<u64>,
    pub(super) budget: u64,
}

/// A trap, together with the reason that a function of the host left when it was the one that stopped the run; none when
/// that is no fault.
pub(super) fn trap<M: LinearMemory>(
    loaded: &Loaded,
    instance: &mut Instance<M>,
    during: During,
    trap: Trap,
    stop: Option<Stop>,
) -> Option<PatchFault> {
    let location = Location { function: trap.function, offset: trap.offset };
    let kind = match (trap.kind, stop) {
        (TrapKind::Host(0), Some(Stop::End)) => return None,
        (TrapKind::Host(0), Some(Stop::Fault { site, value })) => {
            match reported(loaded, instance.memory_mut(), during, site, value) {
                Ok(fault) => return Some(fault),
                Err(kind) => kind,
            }
        }
        (TrapKind::Host(0), Some(Stop::Access { function, address, bytes, size })) => {
            FaultKind::HostAccess { function, address, bytes, size }
        }
        (TrapKind::Host(0), Some(Stop::Wait { function })) => FaultKind::Wait { function },
        (TrapKind::Host(0), Some(Stop::Budget)) => FaultKind::Budget { budget: during.budget },
        (TrapKind::Host(code), _) => match loaded.unknown.get((code as usize).wrapping_sub(1)) {
            Some(import) => FaultKind::Import { module: import.module.clone(), name: import.name.clone() },
            None => FaultKind::Trap { what: words(trap.kind).to_owned() },
        },
        (TrapKind::StackOverflow, _) => FaultKind::Registers { reserved: loaded.stack_words() as u32 * 4 },
        (kind, _) => FaultKind::Trap { what: words(kind).to_owned() },
    };
    Some(at(loaded, instance, during, Some(location), kind))
}

/// A fault at a place in the module, with the line that its facts or the patch itself know.
pub(super) fn at<M: LinearMemory>(
    loaded: &Loaded,
    instance: &Instance<M>,
    during: During,
    location: Option<Location>,
    kind: FaultKind,
) -> PatchFault {
    let line = location.and_then(|location| loaded.patch().line(location.offset));
    let function = location.and_then(|location| loaded.module.function_name(location.function));
    PatchFault {
        kind: Box::new(kind),
        line: line.or_else(|| told_line(&loaded.module, instance)),
        function: function.map(str::to_owned),
        entry: during.entry,
        sample: during.sample,
    }
}

/// The line that the patch has written into its global `__line`.
fn told_line<M: LinearMemory>(module: &Module, instance: &Instance<M>) -> Option<u32> {
    match instance.global(module, module.global_export("__line")?)? {
        Value::I32(line) => u32::try_from(line).ok().filter(|line| *line > 0),
        _ => None,
    }
}

/// A fault that the compiler foresaw: its facts know the line, the function and the cause.
fn reported(
    loaded: &Loaded,
    memory: &mut impl LinearMemory,
    during: During,
    site: u32,
    value: i32,
) -> Result<PatchFault, FaultKind> {
    let facts = &loaded.patch().facts;
    let Some(fault) = facts.faults.get(site as usize) else {
        let what =
            format!("the patch reports fault {site} with the value {value}, which its facts do not explain");
        return Err(FaultKind::Trap { what });
    };
    let nowhere = || Place::Outside { nearest: None };
    let kind = match &fault.cause {
        Cause::Index { array, size } => FaultKind::Index { array: array.clone(), size: *size, index: value },
        Cause::Read => FaultKind::Read { address: value, place: nowhere() },
        Cause::Write => FaultKind::Write { address: value, place: nowhere() },
        Cause::Division => FaultKind::Division { dividend: value },
        Cause::Assert(condition) => FaultKind::Assert { condition: condition.clone() },
        Cause::Stack => FaultKind::Stack { reserved: facts.stack.bytes, missing: -i64::from(value) },
        cause => {
            let word = |address: u32| memory.read_value(address.into()).ok();
            FaultKind::Trap { what: cause.of_conez(value, word).unwrap_or_default() }
        }
    };
    let (line, function) = (Some(fault.line), Some(fault.function.clone()));
    Ok(PatchFault { kind: Box::new(kind), line, function, entry: during.entry, sample: during.sample })
}
