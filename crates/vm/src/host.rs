//! What a program can ask of its host.

use crate::memory::LinearMemory;

/// The functions that a module imports.
///
/// A module says itself which types its imports have, so compare them (see [`Module::imports`](crate::Module::imports))
/// with what the host expects before anything runs: `args` has as many words as the module says.
pub trait Host<M: LinearMemory> {
    /// Does the call of import number `import` with these arguments, as the bits of their values.
    ///
    /// # Errors
    /// A [`Halt`] ends the run with a trap at the call.
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt>;
}

/// How the program goes on after a call of the host.
///
/// The word is the result of the call, as bits; of no meaning when the function has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// At once.
    Continue(u32),
    /// When the thread is run again; this run ends first.
    Suspend(u32),
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
