//! What several tests need to run a program.
#![allow(dead_code, reason = "each test file uses a part")]

use sostenuto_vm::{FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, Trap, Value};

/// Memory of one page.
pub type Memory = FlatMemory<Vec<u8>>;

/// A host whose import 0 suspends, whose import 1 notes its arguments, whose import 2 halts with its argument.
#[derive(Default)]
pub struct Notes(pub Vec<u32>);

/// The imports that [`Notes`] serves, to begin a module with.
pub const IMPORTS: &str = r#"
    (import "host" "yield" (func $yield))
    (import "host" "note" (func $note (param i32) (result i32)))
    (import "host" "halt" (func $halt (param i32)))"#;

impl<M: LinearMemory> Host<M> for Notes {
    fn call(&mut self, import: u32, args: &[u32], _memory: &mut M) -> Result<Flow, Halt> {
        match import {
            0 => Ok(Flow::YIELD),
            1 => {
                self.0.push(args[0]);
                Ok(Flow::Continue((args[0] + 1).into()))
            }
            _ => Err(Halt(args[0])),
        }
    }
}

/// A module from its text.
pub fn module(text: &str) -> Module {
    Module::new(&wat::parse_str(text).unwrap()).unwrap()
}

/// An instance with a page of memory.
pub fn instance(module: &Module) -> Instance<Memory> {
    Instance::new(module, FlatMemory::new(vec![0; 0x1_0000])).unwrap()
}

/// A thread with enough of everything, at the start of an exported function.
pub fn thread(module: &Module, export: &str, args: &[Value]) -> Thread {
    let mut thread = Thread::new(4096);
    thread.set_budget(1_000_000);
    thread.start(module, module.export(export).unwrap(), args).unwrap();
    thread
}

/// Calls an exported function of a fresh instance, to the end.
pub fn call(module: &Module, export: &str, args: &[Value]) -> Result<Option<Value>, Trap> {
    let mut thread = thread(module, export, args);
    match thread.run(module, &mut instance(module), &mut Notes::default())? {
        Run::Finished(result) => Ok(result),
        paused => panic!("the call did not finish: {paused:?}"),
    }
}
