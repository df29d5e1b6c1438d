//! What a function of the host has to work on.

/// The program that calls a function of the host: its memory, and the state of the host for this run.
///
/// ```
/// use sostenuto_vm::{Caller, LinearMemory, MemoryError, TypedMemory};
///
/// /// What the host keeps.
/// #[derive(Default)]
/// struct Meter {
///     peak: f32,
/// }
///
/// /// A function of the host: looks at `count` samples at an address for the highest.
/// fn meter<M: LinearMemory>(
///     caller: &mut Caller<'_, M, Meter>,
///     address: u32,
///     count: u32,
/// ) -> Result<f32, MemoryError> {
///     let (memory, meter) = caller.parts();
///     for index in 0..u64::from(count) {
///         let sample: f32 = memory.read_value(u64::from(address) + index * 4)?;
///         meter.peak = meter.peak.max(sample.abs());
///     }
///     Ok(meter.peak)
/// }
/// ```
///
/// See [`HostFunctions`](crate::HostFunctions) for how a program gets to call it.
#[derive(Debug)]
pub struct Caller<'c, M, T> {
    memory: &'c mut M,
    state: &'c mut T,
}

impl<'c, M, T> Caller<'c, M, T> {
    /// A call by the program with this memory; for a test of a function of the host without a program.
    pub fn new(memory: &'c mut M, state: &'c mut T) -> Self {
        Self { memory, state }
    }

    /// The linear memory of the program.
    pub fn memory(&mut self) -> &mut M {
        self.memory
    }

    /// What the host has handed in for this run.
    pub fn state(&mut self) -> &mut T {
        self.state
    }

    /// The memory and the state, to be used at the same time.
    pub fn parts(&mut self) -> (&mut M, &mut T) {
        (self.memory, self.state)
    }
}
