//! The functions of a host, by name and with their types, and how they are called.

use crate::caller::Caller;
use crate::error::TrapKind;
use crate::host::{Callee, Flow, Halt, Host, OutsideCall};
use crate::host_function::HostFunction;
use crate::memory::LinearMemory;
use crate::module::{Import, Module};
use crate::resolve_error::{ResolveError, Unresolved, UnresolvedImport};
use crate::slots::join;
use crate::types::FunctionType;
use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// The functions that a host offers to programs with memory `M`, and that work on its state `T`.
///
/// They are ordinary functions or closures: what they take and give is what the program must import them as.
///
/// ```
/// use sostenuto_vm::{
///     Caller, FlatMemory, Flow, HostFunctions, Instance, Module, MemoryError, Run, Thread, TypedMemory,
/// };
///
/// type Memory = FlatMemory<Vec<u8>>;
/// type Knobs = [f32; 2];
///
/// let functions = HostFunctions::new()
///     .add("host", "knob", |caller: &mut Caller<'_, Memory, Knobs>, number: u32| {
///         caller.state().get(number as usize).copied().unwrap_or(0.0)
///     })
///     .add("host", "mean", |caller: &mut Caller<'_, Memory, Knobs>, left: u32| -> Result<f32, MemoryError> {
///         let mut samples = [0.0_f32; 2];
///         caller.memory().read_values(left.into(), &mut samples)?;
///         Ok((samples[0] + samples[1]) / 2.0)
///     })
///     .add("host", "yield", |_: &mut Caller<'_, Memory, Knobs>| Flow::Suspend(()));
///
/// let module = Module::new(&wat::parse_str(
///     r#"(module
///         (import "host" "yield" (func $yield))
///         (import "host" "knob" (func $knob (param i32) (result f32)))
///         (import "host" "mean" (func $mean (param i32) (result f32)))
///         (memory 1)
///         (data (i32.const 8) "\00\00\80\3f\00\00\40\40") ;; 1 and 3
///         (func (export "process") (result f32)
///             (call $yield)
///             (f32.mul (call $knob (i32.const 1)) (call $mean (i32.const 8)))))"#,
/// )?)?;
/// let host = functions.resolve(&module)?;
/// let mut instance = Instance::new(&module, FlatMemory::new(vec![0; 0x1_0000]))?;
/// let mut thread = Thread::new(64);
/// let process = module.typed_export::<(), f32>("process")?;
/// thread.start_typed(&module, process, ())?;
/// thread.set_budget(100);
///
/// let mut knobs = [0.0, 0.25];
/// assert_eq!(thread.run(&module, &mut instance, &mut host.with(&mut knobs))?, Run::Suspended);
/// knobs[1] = 0.5;
/// thread.run(&module, &mut instance, &mut host.with(&mut knobs))?;
/// assert_eq!(thread.typed_result(&module, process), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct HostFunctions<'h, M, T> {
    functions: Vec<Entry<'h, M, T>>,
}

/// One function, its types forgotten by the compiler and remembered beside.
struct Entry<'h, M, T> {
    module: &'h str,
    name: &'h str,
    function_type: FunctionType,
    call: Box<Call<'h, M, T>>,
}

type Call<'h, M, T> = dyn Fn(&mut Caller<'_, M, T>, &mut [u32]) -> Result<Flow, TrapKind> + Send + Sync + 'h;

impl<'h, M, T> HostFunctions<'h, M, T> {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self { functions: Vec::new() }
    }

    /// Offers a function under the two parts of its name. It takes the place of an earlier one with this name.
    #[must_use]
    pub fn add<P>(
        mut self,
        module: &'h str,
        name: &'h str,
        function: impl HostFunction<M, T, P> + 'h,
    ) -> Self {
        let function_type = function_type_of(&function);
        let call =
            Box::new(move |caller: &mut Caller<'_, M, T>, slots: &mut [u32]| function.call(caller, slots));
        let entry = Entry { module, name, function_type, call };
        match self.position(module, name) {
            Some(position) => self.functions[position] = entry,
            None => self.functions.push(entry),
        }
        self
    }

    /// Offers a function of any type that ends the run: for an import that a program may have and must not call.
    ///
    /// ```
    /// use sostenuto_vm::{Caller, FlatMemory, Halt, HostFunctions, Instance, Module, Thread, TrapKind};
    ///
    /// let module = Module::new(&wat::parse_str(
    ///     r#"(module
    ///         (import "env" "launch" (func $launch (param f64) (result i64)))
    ///         (func (export "main") (drop (call $launch (f64.const 1)))))"#,
    /// )?)?;
    /// let mut host = HostFunctions::new();
    /// for import in module.imports() {
    ///     host = host.add_halting(import.module, import.name, import.function_type.clone(), Halt(7));
    /// }
    /// let host = host.resolve(&module)?;
    /// let mut instance = Instance::new(&module, FlatMemory::new([0; 8]))?;
    /// let mut thread = Thread::new(16);
    /// thread.start_typed(&module, module.typed_export::<(), ()>("main")?, ())?;
    /// thread.set_budget(10);
    /// let trap = thread.run(&module, &mut instance, &mut host.with(&mut ())).unwrap_err();
    /// assert_eq!(trap.kind, TrapKind::Host(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn add_halting(
        mut self,
        module: &'h str,
        name: &'h str,
        function_type: FunctionType,
        halt: Halt,
    ) -> Self {
        let call = Box::new(move |_: &mut Caller<'_, M, T>, _: &mut [u32]| Err(halt.into()));
        let entry = Entry { module, name, function_type, call };
        match self.position(module, name) {
            Some(position) => self.functions[position] = entry,
            None => self.functions.push(entry),
        }
        self
    }

    /// The functions, with what a module must import them as, in the order in which they were added.
    pub fn signatures(&self) -> impl Iterator<Item = Import<'_>> {
        self.functions.iter().map(Entry::signature)
    }

    /// Finds all that a module imports. The result serves this module only.
    ///
    /// # Errors
    /// When functions are missing or of another type, with all of them. What the module imports beside functions is
    /// not looked at.
    pub fn resolve(self, module: &Module) -> Result<ResolvedFunctions<'h, M, T>, ResolveError> {
        let mut by_import = Vec::new();
        let mut unresolved = Vec::new();
        for import in module.imports() {
            match self.find(import) {
                Ok(position) => by_import.push(position),
                Err(reason) => unresolved.push(UnresolvedImport {
                    module: import.module.to_owned(),
                    name: import.name.to_owned(),
                    function_type: import.function_type.clone(),
                    reason,
                }),
            }
        }
        match ResolveError::new(unresolved) {
            Some(error) => Err(error),
            None => Ok(ResolvedFunctions {
                functions: self.functions,
                by_import: by_import.into(),
                identity: module.identity(),
            }),
        }
    }

    fn find(&self, import: Import<'_>) -> Result<usize, Unresolved> {
        let Some(position) = self.position(import.module, import.name) else {
            let same = self.functions.iter().filter(|entry| entry.name == import.name);
            return Err(Unresolved::Missing {
                elsewhere: same.map(|entry| entry.module.to_owned()).collect(),
            });
        };
        let function_type = &self.functions[position].function_type;
        if function_type == import.function_type {
            Ok(position)
        } else {
            Err(Unresolved::OtherType(function_type.clone()))
        }
    }

    fn position(&self, module: &str, name: &str) -> Option<usize> {
        self.functions.iter().position(|entry| (entry.module, entry.name) == (module, name))
    }
}

fn function_type_of<M, T, P, F: HostFunction<M, T, P>>(_: &F) -> FunctionType {
    F::function_type()
}

impl<M, T> Entry<'_, M, T> {
    fn signature(&self) -> Import<'_> {
        Import { module: self.module, name: self.name, function_type: &self.function_type }
    }
}

impl<M, T> Default for HostFunctions<'_, M, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M, T> fmt::Debug for HostFunctions<'_, M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.signatures()).finish()
    }
}

/// The functions of a host, found by the numbers that the imports of one module have.
///
/// They do not change: several runs, also at the same time, can use them, each with its own state.
pub struct ResolvedFunctions<'h, M, T> {
    functions: Vec<Entry<'h, M, T>>,
    /// For each import, the position of its function.
    by_import: Box<[usize]>,
    identity: crate::ModuleHash,
}

impl<M, T> ResolvedFunctions<'_, M, T> {
    /// The host for a run, with the state that the functions work on. Costs nothing and allocates nothing.
    pub fn with<'r>(&'r self, state: &'r mut T) -> BoundHost<'r, M, T> {
        BoundHost { functions: self, state }
    }

    fn entry(&self, import: u32) -> Option<&Entry<'_, M, T>> {
        self.functions.get(*self.by_import.get(import as usize)?)
    }
}

impl<M, T> fmt::Debug for ResolvedFunctions<'_, M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signatures = self.by_import.iter().map(|&position| self.functions[position].signature());
        f.debug_list().entries(signatures).finish()
    }
}

/// The [`Host`] that [`ResolvedFunctions`] and the state for a run make; see [`with`](ResolvedFunctions::with).
///
/// Calls find their function by its number and allocate nothing. As a host it is right for the one module only that the
/// functions were resolved for: a run panics with another.
#[derive(Debug)]
pub struct BoundHost<'r, M, T> {
    functions: &'r ResolvedFunctions<'r, M, T>,
    state: &'r mut T,
}

impl<M: LinearMemory, T> Host<M> for BoundHost<'_, M, T> {
    /// The interpreter asks [`call_outside`](Host::call_outside). Of a function with more than two words of results,
    /// the others are lost here, and of a trap that is not a [`Halt`] its kind.
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt> {
        let entry = self.functions.entry(import).ok_or(Halt(0))?;
        let mut slots = [0; MOST_WORDS];
        for (slot, arg) in slots.iter_mut().zip(args) {
            *slot = *arg;
        }
        let flow = (entry.call)(&mut Caller::new(memory, self.state), &mut slots);
        let [low, high, ..] = slots;
        let (_, results) = entry.function_type.words();
        let bits = join(if results > 0 { low } else { 0 }, if results > 1 { high } else { 0 });
        match flow {
            Ok(Flow::Continue(_)) => Ok(Flow::Continue(bits)),
            Ok(Flow::Suspend(_)) => Ok(Flow::Suspend(bits)),
            Err(TrapKind::Host(code)) => Err(Halt(code)),
            Err(_) => Err(Halt(0)),
        }
    }

    // Inside the loop of the interpreter it would take registers from all other operators.
    #[inline(never)]
    fn call_outside(&mut self, call: OutsideCall<'_, M>) -> Result<Flow, TrapKind> {
        let Callee::Import(import) = call.callee else { return Err(TrapKind::IndirectCallType) };
        let (instance, slots) = call.into_parts();
        assert_eq!(instance.identity, self.functions.identity, "resolved functions belong to one module");
        let entry = self.functions.entry(import).ok_or(TrapKind::IndirectCallType)?;
        (entry.call)(&mut Caller::new(&mut instance.memory, self.state), slots)
    }
}

/// The words of eight values that each take two.
const MOST_WORDS: usize = 16;
