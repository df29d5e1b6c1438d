//! A metered, resumable WebAssembly interpreter for real-time audio, generic over its linear memory.
//!
//! ```
//! use sostenuto_vm::{FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, Value};
//!
//! /// Gives the control back to the caller each time the program calls `yield`.
//! struct Pause;
//!
//! impl<M: LinearMemory> Host<M> for Pause {
//!     fn call(&mut self, _import: u32, _args: &[u32], _memory: &mut M) -> Result<Flow, Halt> {
//!         Ok(Flow::YIELD)
//!     }
//! }
//!
//! let wasm = wat::parse_str(
//!     r#"(module
//!         (import "host" "yield" (func $yield))
//!         (memory 1)
//!         (func (export "process") (param $step i32) (result i32)
//!             (local $level i32)
//!             (loop $again
//!                 (i32.store (i32.const 0) (local.tee $level (i32.add (local.get $level) (local.get $step))))
//!                 (call $yield)
//!                 (br_if $again (i32.lt_s (local.get $level) (i32.const 9))))
//!             (local.get $level)))"#,
//! )?;
//! let module = Module::new(&wasm)?;
//! let mut instance = Instance::new(&module, FlatMemory::new(vec![0; 0x1_0000]))?;
//! let mut thread = Thread::new(64);
//! thread.start(&module, module.export("process").unwrap(), &[Value::I32(5)])?;
//! thread.set_budget(1_000);
//!
//! assert_eq!(thread.run(&module, &mut instance, &mut Pause)?, Run::Suspended);
//! assert_eq!(instance.memory().bytes()[0], 5);
//! assert_eq!(thread.run(&module, &mut instance, &mut Pause)?, Run::Suspended);
//! assert_eq!(instance.memory().bytes()[0], 10);
//! assert_eq!(thread.run(&module, &mut instance, &mut Pause)?, Run::Finished(Some(Value::I32(10))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Module`] is checked and translated once to compact code for a register machine. An [`Instance`] adds the linear
//! memory, of any kind that is a [`LinearMemory`]. A [`Thread`] is a value stack and a place in the program; running
//! allocates nothing, can pause in any call of the [`Host`] and before any basic block, and goes on exactly there.
//!
//! # What it runs
//!
//! The operators on i32 and f32 of WebAssembly 1.0, with the sign extensions, the saturating conversions,
//! `memory.copy` and `memory.fill`; one memory of fixed size; one table of functions; functions, the only imports;
//! active segments. Everything else is refused by name when the module is loaded.
//!
//! # Instructions
//!
//! A budget is counted in operators of the WebAssembly module, without `block`, `loop`, `else`, `end` and `nop`, which
//! do nothing. A basic block pays for all of its operators when it is entered, so a count is the same on each machine
//! and does not depend on how the code was translated. `memory.copy` and `memory.fill` count as one whatever their
//! length.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;

mod bulk;
mod code;
mod constants;
mod error;
mod externs;
mod flat;
mod host;
mod instance;
mod instr;
mod interpret;
mod load;
mod local_slots;
mod memory;
mod module;
mod offsets;
mod operand_stack;
mod operations;
mod operations_wide;
mod refusal;
mod signatures;
mod slots;
mod stack_bound;
mod table;
mod thread;
mod translate;
mod translate_control;
mod translate_numeric;
mod translate_operator;
mod translate_shapes;
mod types;

pub use error::{InstantiationError, LoadError, LoadErrorKind, StartError, Trap, TrapKind};
pub use externs::{Extern, ExternType, GlobalIndex, GlobalType, MemoryType, TableIndex, TableType};
pub use flat::FlatMemory;
pub use host::{Callee, Flow, Halt, Host, NoHost, OutsideCall};
pub use instance::{Instance, Links};
pub use memory::{LinearMemory, OutOfBounds};
pub use module::{Import, Module};
pub use stack_bound::StackBound;
pub use table::Table;
pub use thread::{Location, Run, Thread};
pub use types::{FuncIndex, FunctionType, Reference, Value, ValueType};
