//! Runs register code, by one of two dispatchers. Unsafe: the state that it is given is trusted.

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

pub(crate) use dispatch::HAS_FORMS;

/// How the interpreter gets from one operation to the next. It does not change what a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// Each operation jumps to the next: the fastest.
    TailCalls,
    /// A loop around a match: on small processors, in each profile that inherits cargo's `dev`, and with the feature
    /// `loop-dispatch`.
    Loop,
    /// A loop around calls, the slowest: where the interpreter was built for tail calls, in a profile that inherits cargo's
    /// `release`, but the compiler has not made them, so that they would use up the native stack. The crate that uses the
    /// interpreter was not optimized then, or for size: `opt-level = 2` or 3 for it helps.
    Calls,
}

/// How this instance must be run, which is tried.
pub(crate) fn dispatch<M: LinearMemory>(module: &Module, instance: &mut Instance<M>) -> Dispatch {
    match (HAS_FORMS, dispatch::keeps_tail_calls(module, instance)) {
        (true, true) => Dispatch::TailCalls,
        (true, false) => Dispatch::Calls,
        (false, _) => Dispatch::Loop,
    }
}

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
    /// The price of what comes next, if the budget had less.
    pub(crate) wanted: u32,
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
    // What the host has done with the memory since the last run is not the program's.
    instance.memory.take_toll();
    let has_tail_calls = instance.dispatch == Dispatch::TailCalls;
    let mut context = Context::new(module, instance, host, stack, state.budget, state.high_water);
    // SAFETY: by the contract.
    let registers = unsafe { Registers::new(&mut context, state.pc, state.base) };
    dispatch::run(registers, has_tail_calls);
    let (stop, after) = context.outcome();
    *state = after;
    stop
}

impl From<Halt> for TrapKind {
    fn from(halt: Halt) -> Self {
        Self::Host(halt.0)
    }
}
