//! A thread of control through an instance. Unsafe: vouches for the state of a call.

use crate::code::Function;
use crate::error::{StartError, Trap};
use crate::host::Host;
use crate::instance::Instance;
use crate::interpret::{self, OUTERMOST, Stop};
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::module_hash::ModuleHash;
use crate::slots::{halves, join};
use crate::types::{FuncIndex, FunctionType, Value};
use alloc::boxed::Box;
use alloc::vec;

/// A value stack and the place where its program is.
///
/// Its memory is allocated once, when it is made. Several threads can take turns on one instance: they share memory
/// and globals, and each keeps its own calls.
#[derive(Debug)]
pub struct Thread {
    pub(crate) stack: Box<[u32]>,
    pub(crate) running: interpret::State,
    pub(crate) state: State,
    pub(crate) spent: u64,
    /// The module that the present call, or the finished one, belongs to.
    pub(crate) identity: ModuleHash,
    /// The function that has finished, as long as its results are on the stack.
    pub(crate) finished: Option<FuncIndex>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Idle,
    /// The call of this function goes on at the registers' place.
    Ready {
        function: u32,
        since: Pause,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    /// Nothing has run yet.
    Start,
    /// The last instruction was a call of the host.
    HostCall,
    /// The next instruction needs more budget.
    Budget,
}

/// How a run ended when it was no trap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Run {
    /// The function has returned, with its result if it has exactly one; [`Thread::results`] has several. The thread is
    /// idle.
    Finished(Option<Value>),
    /// The host has suspended the program; [`Thread::run`] goes on after the call.
    Suspended,
    /// The budget is too small for the next basic block; [`Thread::run`] goes on there when it has been raised.
    OutOfBudget,
}

/// A place in a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The function.
    pub function: FuncIndex,
    /// The operator, in bytes from the start of the module.
    pub offset: u32,
}

impl Thread {
    /// A thread with a value stack of this many words of 32 bits, and no budget.
    ///
    /// See [`Module::stack_bound`] for how many a function needs.
    #[must_use]
    pub fn new(stack_words: usize) -> Self {
        Self {
            stack: vec![0; stack_words].into_boxed_slice(),
            running: interpret::State::default(),
            state: State::Idle,
            spent: 0,
            identity: ModuleHash::default(),
            finished: None,
        }
    }

    /// Prepares the call of a function of the module; [`run`](Self::run) does it. A call that has not finished is
    /// given up.
    ///
    /// # Errors
    /// When there is no such function with a body, when the arguments are not of its type, and when its frame does not
    /// fit on the stack. Then the thread is as before.
    pub fn start(&mut self, module: &Module, function: FuncIndex, args: &[Value]) -> Result<(), StartError> {
        let missing = StartError::NoSuchFunction(function);
        let Some(&info) = module.code.functions.get(function.0 as usize) else { return Err(missing) };
        if info.is_import() {
            return Err(missing);
        }
        let Function { type_id, locals, frame, .. } = info;
        let expected = &module.types[usize::from(type_id)];
        if !args.iter().map(|arg| arg.value_type()).eq(expected.params().iter().copied()) {
            return Err(StartError::Arguments { expected: expected.clone() });
        }
        let has = u32::try_from(self.stack.len()).unwrap_or(u32::MAX);
        let Some(slots) = self.stack.get_mut(..usize::from(frame)) else {
            return Err(StartError::StackOverflow { needs: frame.into(), has });
        };
        let mut rest = &mut *slots;
        for arg in args {
            let words = arg.value_type().words() as usize;
            let (place, others) = rest.split_at_mut(words);
            place.copy_from_slice(&halves(arg.to_bits())[..words]);
            rest = others;
        }
        slots[usize::from(locals)] = OUTERMOST;
        self.running.pc = info.start();
        self.running.base = 0;
        self.running.high_water = self.running.high_water.max(frame.into());
        self.state = State::Ready { function: function.0, since: Pause::Start };
        self.identity = module.identity();
        self.finished = None;
        Ok(())
    }

    /// Runs until the function returns, the host suspends it, the budget is used up, or a trap. Allocates nothing.
    ///
    /// On an idle thread the run is finished at once, without a result.
    ///
    /// # Errors
    /// The trap that ended the call; the thread is then idle.
    ///
    /// # Panics
    /// When the instance or the started call belong to another module, and when the host panics: the call is then given
    /// up.
    pub fn run<M: LinearMemory, H: Host<M>>(
        &mut self,
        module: &Module,
        instance: &mut Instance<M>,
        host: &mut H,
    ) -> Result<Run, Trap> {
        let State::Ready { function, .. } = self.state else { return Ok(Run::Finished(None)) };
        assert_eq!(instance.identity, module.identity(), "an instance belongs to one module");
        assert_eq!(self.identity, module.identity(), "a call belongs to one module");
        let before = self.running.budget;
        // Until the run has come back: a panic of the host leaves a stack on which no run can go on.
        self.state = State::Idle;
        // SAFETY: `start` has made this state for the module, a run on this stack has left it, or a snapshot that was
        // checked has restored it.
        let stop = unsafe { interpret::run(module, instance, host, &mut self.stack, &mut self.running) };
        self.spent += before - self.running.budget;
        match stop {
            Stop::Finished => {
                self.finished = Some(FuncIndex(function));
                let mut results = self.results(module);
                let result = results.next().filter(|_| results.next().is_none());
                Ok(Run::Finished(result))
            }
            Stop::Suspended => {
                self.state = State::Ready { function, since: Pause::HostCall };
                Ok(Run::Suspended)
            }
            Stop::OutOfBudget => {
                self.state = State::Ready { function, since: Pause::Budget };
                Ok(Run::OutOfBudget)
            }
            Stop::Trap(kind) => {
                let Location { function, offset } = locate(module, self.running.pc);
                Err(Trap { kind, function, offset })
            }
        }
    }

    /// The results of the call that has finished, in order. None before, after the next start, and of another module.
    pub fn results<'t>(&'t self, module: &'t Module) -> impl Iterator<Item = Value> + 't {
        let finished = self.finished.filter(|_| self.identity == module.identity());
        let types = finished.and_then(|function| module.function_type(function)).map(FunctionType::results);
        let mut words = self.stack.iter();
        types.into_iter().flatten().map_while(move |&value_type| {
            let low = *words.next()?;
            let high = if value_type.words() == 2 { *words.next()? } else { 0 };
            Some(Value::from_bits(value_type, join(low, high)))
        })
    }

    /// Whether no call is going on.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Gives up the call that is going on.
    pub fn reset(&mut self) {
        self.state = State::Idle;
    }

    /// The instructions that may still be run.
    ///
    /// Instructions are the operators of the WebAssembly module, but for `block`, `loop`, `else`, `end` and `nop`. A
    /// basic block pays for all of its operators when it is entered; see the [crate](crate) for the price of long runs.
    #[must_use]
    pub fn budget(&self) -> u64 {
        self.running.budget
    }

    /// Sets how many instructions may be run from now on.
    pub fn set_budget(&mut self, instructions: u64) {
        self.running.budget = instructions;
    }

    /// The price of what comes next, when the last run has come back because its budget was less; else 0. With a budget below
    /// that, a run does not get any further.
    ///
    /// A basic block is paid for as a whole, and so is an operator on a run of bytes, or entries of a table.
    #[must_use]
    pub fn wanted(&self) -> u64 {
        self.running.wanted.into()
    }

    /// The instructions that all runs of this thread together were charged for.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.spent
    }

    /// The words that the value stack has.
    #[must_use]
    pub fn stack_words(&self) -> usize {
        self.stack.len()
    }

    /// The most words that the frames of this thread have taken at one time.
    #[must_use]
    pub fn high_water(&self) -> u32 {
        self.running.high_water
    }

    /// Where the call that is going on has paused: at the call of the host, or at the first operator that the budget
    /// did not allow. None when the thread is idle or its call belongs to another module.
    #[must_use]
    pub fn location(&self, module: &Module) -> Option<Location> {
        let State::Ready { function, since } = self.state else { return None };
        if self.identity != module.identity() {
            return None;
        }
        match since {
            Pause::Start => {
                let function = FuncIndex(function);
                Some(Location { function, offset: module.function_offset(function)? })
            }
            Pause::HostCall => Some(locate(module, self.running.pc - 1)),
            Pause::Budget => Some(locate(module, self.running.pc)),
        }
    }
}

fn locate(module: &Module, pc: u32) -> Location {
    let function = module.code.function_at(pc);
    Location { function: FuncIndex(function), offset: module.code.offsets.find(pc).unwrap_or(0) }
}
