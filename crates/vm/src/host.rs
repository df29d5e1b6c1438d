//! What a program can ask of its host.

use crate::error::TrapKind;
use crate::instance::Instance;
use crate::memory::LinearMemory;
use crate::slots::halves;
use crate::types::{FunctionType, Reference};

/// The functions that a module imports.
///
/// [`HostFunctions`](crate::HostFunctions) make one of Rust functions with types; this is the door below them.
///
/// A module says itself which types its imports have, so compare them (see [`Module::imports`](crate::Module::imports))
/// with what the host expects before anything runs: `args` has as many words as the module says.
pub trait Host<M: LinearMemory> {
    /// Does the call of import number `import` with these arguments, as the bits of their values: a word each, two for
    /// an i64 or f64, the low one first.
    ///
    /// # Errors
    /// A [`Halt`] ends the run with a trap at the call.
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt>;

    /// Does any call that leaves the instance; the default does those of imports by [`call`](Self::call).
    ///
    /// A host needs it for a function whose results are more than two words, and to link instances with each other.
    /// The bits in the [`Flow`] are then of no meaning: the results go into the slots of the call.
    ///
    /// # Errors
    /// The trap that ends the run at the call. By default a reference to a function of another instance is called by
    /// none.
    fn call_outside(&mut self, call: OutsideCall<'_, M>) -> Result<Flow, TrapKind> {
        let Callee::Import(import) = call.callee else { return Err(TrapKind::IndirectCallType) };
        let flow = self.call(import, &call.slots[..call.args], &mut call.instance.memory)?;
        let (Flow::Continue(bits) | Flow::Suspend(bits)) = flow;
        let results = call.results();
        results.fill(0);
        for (slot, word) in results.iter_mut().zip(halves(bits)) {
            *slot = word;
        }
        Ok(flow)
    }
}

/// A call that leaves an instance.
#[derive(Debug)]
pub struct OutsideCall<'c, M> {
    /// What is called.
    pub callee: Callee,
    /// The type that the callee has, or must have.
    pub function_type: &'c FunctionType,
    /// The instance that calls. A host may take it away meanwhile, but must put it back: the run panics when it is
    /// another module's then.
    pub instance: &'c mut Instance<M>,
    slots: &'c mut [u32],
    args: usize,
}

/// What a call that leaves an instance is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    /// The import of this number.
    Import(u32),
    /// A function that a table holds and that is not one of the instance.
    Reference(Reference),
}

impl<'c, M> OutsideCall<'c, M> {
    pub(crate) fn new(
        callee: Callee,
        function_type: &'c FunctionType,
        frame: &'c mut [u32],
        instance: &'c mut Instance<M>,
    ) -> Self {
        let (args, results) = function_type.words();
        Self { callee, function_type, instance, slots: &mut frame[..args.max(results)], args }
    }

    /// The words of the arguments.
    #[must_use]
    pub fn args(&self) -> &[u32] {
        &self.slots[..self.args]
    }

    /// The caller, and the slots: with the words of the arguments, and then with those of the results.
    pub(crate) fn into_parts(self) -> (&'c mut Instance<M>, &'c mut [u32]) {
        (self.instance, self.slots)
    }

    /// The words of the results, to be set. They are in the place of the arguments.
    #[must_use]
    pub fn results(self) -> &'c mut [u32] {
        let (_, results) = self.function_type.words();
        &mut self.slots[..results]
    }
}

/// How the program goes on after a call of the host, and with which result.
///
/// Of a [`Host`], the result is its bits; of no meaning when the function has no result. Of one of the
/// [`HostFunctions`](crate::HostFunctions), it is the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow<R = u64> {
    /// At once.
    Continue(R),
    /// When the thread is run again; this run ends first.
    Suspend(R),
}

impl Flow {
    /// Goes on at once after a call without a result.
    pub const DONE: Self = Self::Continue(0);
    /// Pauses after a call without a result.
    pub const YIELD: Self = Self::Suspend(0);
}

/// The host's wish to end a run, with a number of the host's choice that the trap will carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halt(
    /// The number.
    pub u32,
);

/// The host of a program that imports nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHost;

impl<M: LinearMemory> Host<M> for NoHost {
    fn call(&mut self, _: u32, _: &[u32], _: &mut M) -> Result<Flow, Halt> {
        Err(Halt(0))
    }
}
