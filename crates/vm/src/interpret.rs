//! Runs register code, by one of two dispatchers.

#[cfg(not(tail_calls))]
use crate::dispatch_loop as dispatch;
#[cfg(tail_calls)]
use crate::dispatch_tail as dispatch;
use crate::error::TrapKind;
use crate::host::{Halt, Host};
use crate::instance::Instance;
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::registers::{Context, Registers};

pub(crate) use dispatch::{HAS_FORMS, keeps_tail_calls};

/// The state of a thread between two runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    /// The next instruction, or the one that trapped.
    pub(crate) pc: u32,
    /// Where the present frame begins on the value stack.
    pub(crate) base: u32,
    /// The instructions that may still be run.
    pub(crate) budget: u64,
    /// The most words of the value stack that were in use at one time.
    pub(crate) high_water: u32,
}

/// Why the interpreter gave control back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    Finished,
    Suspended,
    OutOfBudget,
    Trap(TrapKind),
}

/// What stands for the place of the call in a frame that no frame called. Code is shorter than this.
pub(crate) const OUTERMOST: u32 = u32::MAX;

/// Runs from where the state says until there is a reason to stop.
///
/// # Safety
/// The state must be that of a call of this module on this stack: made by the start of a call, left by a run, or
/// [checked](crate::position).
pub(crate) unsafe fn run<M: LinearMemory, H: Host<M>>(
    module: &Module,
    instance: &mut Instance<M>,
    host: &mut H,
    stack: &mut [u32],
    state: &mut State,
) -> Stop {
    let mut context = Context::new(module, instance, host, stack, state.budget, state.high_water);
    // SAFETY: by the contract.
    let registers = unsafe { Registers::new(&mut context, state.pc, state.base) };
    dispatch::run(registers);
    let (stop, after) = context.outcome();
    *state = after;
    stop
}

impl From<Halt> for TrapKind {
    fn from(halt: Halt) -> Self {
        Self::Host(halt.0)
    }
}
