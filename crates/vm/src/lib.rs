//! A metered, resumable WebAssembly interpreter for real-time audio, generic over its linear memory.
//!
//! ```
//! use sostenuto_vm::{Caller, FlatMemory, Flow, HostFunctions, Instance, Module, Run, Thread};
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
//!
//! // Gives the control back to the caller each time the program calls `yield`, and counts that.
//! let host = HostFunctions::new()
//!     .add("host", "yield", |caller: &mut Caller<'_, _, u32>| {
//!         *caller.state() += 1;
//!         Flow::Suspend(())
//!     })
//!     .resolve(&module)?;
//! let mut yields = 0;
//!
//! let process = module.typed_export::<i32, i32>("process")?;
//! let mut thread = Thread::new(64);
//! thread.start_typed(&module, process, 5)?;
//! thread.set_budget(1_000);
//! for level in [5, 10] {
//!     assert_eq!(thread.run(&module, &mut instance, &mut host.with(&mut yields))?, Run::Suspended);
//!     assert_eq!(instance.memory().bytes()[0], level);
//! }
//! assert!(matches!(thread.run(&module, &mut instance, &mut host.with(&mut yields))?, Run::Finished(_)));
//! assert_eq!(thread.typed_result(&module, process), Some(10));
//! assert_eq!(yields, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Module`] is checked and translated once to compact code for a register machine. An [`Instance`] adds the linear
//! memory, of any kind that is a [`LinearMemory`]. A [`Thread`] is a value stack and a place in the program; running
//! allocates nothing, can pause in any call of the [`Host`] and before any basic block, and goes on exactly there.
//!
//! [`HostFunctions`] make a [`Host`] of ordinary Rust functions; their types are compared with what a module imports
//! before anything runs. A host that links modules with each other, or whose functions have no fixed types, is a
//! [`Host`] itself.
//!
//! The whole state can be written as bytes and read back on another machine: see [`snapshot`].
//!
//! # What it runs
//!
//! WebAssembly 2.0 without vectors: all scalar types and references to functions and to things of the host, several
//! results and parameters of blocks, several tables, runs of memory and tables copied and filled, imports and exports
//! of everything; and memories in pages of one byte (the custom page sizes proposal). Everything else is refused by name
//! when the module is loaded. A module has one memory and at most 256 tables.
//!
//! A memory grows when its [`LinearMemory`] does, a table when it has room (see [`Links`]). The start function of a
//! module is the caller's to call: [`Module::start`].
//!
//! # Values
//!
//! The value stack has slots of 32 bits. An i64 or an f64 takes two of them, the low half first and aligned to nothing:
//! a frame takes no more memory than its values, a load of one is two loads on a 32-bit processor and may be one on
//! others, and all other values, among them every sample and every address, are one slot.
//!
//! # Instructions
//!
//! A budget is counted in operators of the WebAssembly module, without `block`, `loop`, `else`, `end` and `nop`, which
//! do nothing. A basic block pays for all of its operators when it is entered, so a count is the same on each computer
//! and does not depend on how the code was translated.
//!
//! What one operator does to a run of values has a price of its own, so that a budget bounds the time: one more
//! instruction for each 16 bytes that are copied, filled or added to the memory, for each 16 entries of a table, for
//! each 16 slots of locals that a call clears, and for each 16 slots of results or of values that a branch carries. The
//! price for bytes and entries is asked when the operator is reached and known to be inside its memory or table; when
//! the budget is too small, the run ends before it.

#![no_std]
#![deny(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;

mod bulk;
mod caller;
mod code;
mod constants;
#[cfg(not(tail_calls))]
mod dispatch_loop;
#[cfg(tail_calls)]
#[allow(unsafe_code, reason = "see its first line")]
mod dispatch_tail;
mod error;
mod execute;
mod execute_apart;
mod execute_control;
mod externs;
mod flat;
mod footprint;
mod held;
mod host;
mod host_function;
mod host_functions;
mod instance;
mod instr;
#[allow(unsafe_code, reason = "see its first line")]
mod interpret;
mod load;
mod local_slots;
mod memory;
mod migration;
mod module;
mod module_hash;
mod offsets;

mod operand_stack;
mod operation_list;
mod operations;
mod operations_wide;
mod paged_memory;
mod position;
mod refusal;
#[allow(unsafe_code, reason = "see its first line")]
mod registers;
mod relatives;
mod resolve_error;
mod signatures;
mod slots;
pub mod snapshot;
mod stack_bound;
mod table;
#[allow(unsafe_code, reason = "see its first line")]
mod thread;
mod translate;
mod translate_access;
mod translate_control;
mod translate_numeric;
mod translate_operator;
mod translate_shapes;
mod typed_function;
mod typed_memory;
mod types;
mod wasm_type;

pub use caller::Caller;
pub use error::{InstantiationError, LoadError, LoadErrorKind, StartError, Trap, TrapKind};
pub use externs::{Extern, ExternType, GlobalIndex, GlobalType, MemoryType, TableIndex, TableType};
pub use flat::FlatMemory;
pub use footprint::Footprint;
pub use host::{Callee, Flow, Halt, Host, NoHost, OutsideCall};
pub use host_function::{HostFunction, HostResult};
pub use host_functions::{BoundHost, HostFunctions, ResolvedFunctions};
pub use instance::{Instance, Links};
pub use interpret::Dispatch;
pub use memory::{LinearMemory, MemoryError};
pub use migration::{MemoryRange, Migration, MigrationError, MovedGlobal};
pub use module::{Import, Module};
pub use module_hash::ModuleHash;
pub use paged_memory::PagedMemory;
pub use resolve_error::{ResolveError, Unresolved, UnresolvedImport};
pub use stack_bound::StackBound;
pub use table::Table;
pub use thread::{Location, Run, Thread};
pub use typed_function::{ExportError, TypedFunction};
pub use typed_memory::{MemoryValue, TypedMemory};
pub use types::{FuncIndex, FunctionType, Reference, Value, ValueType};
pub use wasm_type::{ExternRef, FuncRef, WasmType, WasmTypes};
