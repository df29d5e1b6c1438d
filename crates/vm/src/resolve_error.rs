//! Why the host cannot serve a module.

use crate::types::FunctionType;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The functions that a module imports and the host does not have, or not with that type.
///
/// Its text has a line for each of them.
///
/// ```
/// use sostenuto_vm::{Caller, FlatMemory, HostFunctions, Module};
///
/// let functions = HostFunctions::<FlatMemory<Vec<u8>>, ()>::new()
///     .add("host", "knob", |_: &mut Caller<'_, _, _>, number: u32| number as f32 / 4.0);
/// let module = Module::new(&wat::parse_str(
///     r#"(module
///         (import "host" "knob" (func (param i32) (result i32)))
///         (import "env" "knob" (func (param i32) (result f32))))"#,
/// )?)?;
/// assert_eq!(
///     functions.resolve(&module).unwrap_err().to_string(),
///     "the module imports `knob` from `host` as (i32) -> i32, but the host's is (i32) -> f32\n\
///      the module imports `knob` from `env` as (i32) -> f32, which the host does not have; it has that name from `host`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveError {
    /// At least one.
    unresolved: Vec<UnresolvedImport>,
}

/// A function that a module imports and the host cannot provide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedImport {
    /// The module part of its name.
    pub module: String,
    /// The field part of its name.
    pub name: String,
    /// What the module says that it takes and gives.
    pub function_type: FunctionType,
    /// What is wrong.
    pub reason: Unresolved,
}

/// What is wrong with an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// The host has no function of these two names.
    Missing {
        /// The modules from which the host has a function with the same field part of the name.
        elsewhere: Vec<String>,
    },
    /// The host's function has this type.
    OtherType(FunctionType),
}

impl ResolveError {
    /// None for none.
    pub(crate) fn new(unresolved: Vec<UnresolvedImport>) -> Option<Self> {
        (!unresolved.is_empty()).then_some(Self { unresolved })
    }

    /// All imports that the host cannot provide, in the order of the module; at least one.
    #[must_use]
    pub fn unresolved(&self) -> &[UnresolvedImport] {
        &self.unresolved
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, import) in self.unresolved.iter().enumerate() {
            let line = if position == 0 { "" } else { "\n" };
            write!(f, "{line}{import}")?;
        }
        Ok(())
    }
}

impl fmt::Display for UnresolvedImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, name, function_type, reason } = self;
        write!(f, "the module imports `{name}` from `{module}` as {function_type}, ")?;
        match reason {
            Unresolved::OtherType(host) => write!(f, "but the host's is {host}"),
            Unresolved::Missing { elsewhere } => {
                f.write_str("which the host does not have")?;
                for (position, module) in elsewhere.iter().enumerate() {
                    let before = if position == 0 { "; it has that name from" } else { " and" };
                    write!(f, "{before} `{module}`")?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for ResolveError {}
