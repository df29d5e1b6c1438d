//! Functions of a program that are called with Rust values.

use crate::error::StartError;
use crate::module::Module;
use crate::module_hash::ModuleHash;
use crate::thread::Thread;
use crate::types::{FuncIndex, FunctionType, Value};
use crate::wasm_type::WasmTypes;
use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

/// A function of a module that is known to take `P` and to give `R`: each a value, a tuple of values, or `()`.
///
/// ```
/// use sostenuto_vm::{FlatMemory, Instance, Module, NoHost, Run, Thread};
///
/// let module = Module::new(&wat::parse_str(
///     r#"(module (func (export "scale") (param f32 i32) (result f32 i32)
///         (f32.mul (local.get 0) (f32.const 0.5)) (i32.add (local.get 1) (i32.const 1))))"#,
/// )?)?;
/// let scale = module.typed_export::<(f32, i32), (f32, i32)>("scale")?;
/// let mut instance = Instance::new(&module, FlatMemory::new([]))?;
/// let mut thread = Thread::new(64);
/// thread.start_typed(&module, scale, (3.0, 7))?;
/// thread.set_budget(100);
/// assert!(matches!(thread.run(&module, &mut instance, &mut NoHost)?, Run::Finished(_)));
/// assert_eq!(thread.typed_result(&module, scale), Some((1.5, 8)));
///
/// let error = module.typed_export::<f32, f32>("scale").unwrap_err();
/// assert_eq!(error.to_string(), "the module exports `scale` as (f32, i32) -> (f32, i32), not (f32) -> f32");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TypedFunction<P, R> {
    index: FuncIndex,
    module: ModuleHash,
    types: PhantomData<fn(P) -> R>,
}

/// Why a function that the host wants to call cannot be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportError {
    /// The module exports no function of this name.
    Missing {
        /// The name.
        name: String,
    },
    /// The function has another type.
    OtherType {
        /// The name.
        name: String,
        /// What the host wants.
        expected: FunctionType,
        /// What the function is.
        found: FunctionType,
    },
}

impl<P, R> TypedFunction<P, R> {
    /// Which function of its module it is.
    #[must_use]
    pub fn index(self) -> FuncIndex {
        self.index
    }
}

impl Module {
    /// The function that is exported under a name, to be called with `P` and to give `R`.
    ///
    /// # Errors
    /// When no function has this name, and when it takes or gives something else.
    pub fn typed_export<P: WasmTypes, R: WasmTypes>(
        &self,
        name: &str,
    ) -> Result<TypedFunction<P, R>, ExportError> {
        let exported = self.export(name).and_then(|index| Some((index, self.function_type(index)?)));
        let Some((index, found)) = exported else {
            return Err(ExportError::Missing { name: name.to_owned() });
        };
        let expected = FunctionType::with_results(P::TYPES, R::TYPES);
        if *found != expected {
            return Err(ExportError::OtherType { name: name.to_owned(), expected, found: found.clone() });
        }
        Ok(TypedFunction { index, module: self.identity(), types: PhantomData })
    }
}

impl Thread {
    /// Prepares the call of a function of the module, as [`start`](Self::start) does.
    ///
    /// # Errors
    /// When the first frame does not fit on the stack, when the function is an import that is exported again, and when
    /// it is of another module. Then the thread is as before.
    pub fn start_typed<P: WasmTypes, R>(
        &mut self,
        module: &Module,
        function: TypedFunction<P, R>,
        args: P,
    ) -> Result<(), StartError> {
        if function.module != module.identity() {
            return Err(StartError::OtherModule(function.index));
        }
        let mut values = [Value::I32(0); MOST_VALUES];
        let mut places = values.iter_mut();
        args.put(&mut |value_type, bits| {
            places.next().into_iter().for_each(|place| *place = Value::from_bits(value_type, bits));
        });
        self.start(module, function.index, &values[..P::TYPES.len()])
    }

    /// What a function has given, when it is the one that has finished last and no other was started since.
    pub fn typed_result<P, R: WasmTypes>(&self, module: &Module, function: TypedFunction<P, R>) -> Option<R> {
        let results = || self.results(module);
        let is_whole = results().map(Value::value_type).eq(R::TYPES.iter().copied());
        let is_own = function.module == module.identity();
        if self.finished != Some(function.index) || !is_whole || !is_own {
            return None;
        }
        let mut results = results();
        Some(R::take(&mut |_| results.next().map_or(0, Value::to_bits)))
    }
}

/// The most that a tuple of values has.
const MOST_VALUES: usize = 8;

impl<P, R> Clone for TypedFunction<P, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, R> Copy for TypedFunction<P, R> {}

impl<P, R> fmt::Debug for TypedFunction<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFunction").field(&self.index).finish()
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "the module exports no function `{name}`"),
            Self::OtherType { name, expected, found } => {
                write!(f, "the module exports `{name}` as {found}, not {expected}")
            }
        }
    }
}

impl core::error::Error for ExportError {}
