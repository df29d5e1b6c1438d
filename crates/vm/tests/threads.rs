//! Pausing and resuming: in host calls, at the end of the budget, with several threads on one instance.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_vm::{
    FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, TrapKind, Value,
};
use support::{IMPORTS, Notes, instance, module, thread};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Keeps locals and waiting values alive over a pause in the middle of nested calls.
fn nested() -> String {
    format!(
        r#"(module {IMPORTS} (memory 1) (global $count (mut i32) (i32.const 0))
        (func $pause (param $x i32) (result i32) (local $kept i32)
            (local.set $kept (i32.mul (local.get $x) (i32.const 3)))
            (local.get $x)
            (call $yield)
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (i32.store (local.get $x) (global.get $count))
            (local.get $kept)
            (i32.add))
        (func (export "process") (param $n i32) (result i32) (local $i i32) (local $sum i32)
            (loop $next
                (local.set $sum (i32.add
                    (local.get $sum)
                    (i32.add (call $note (local.get $i)) (call $pause (i32.shl (local.get $i) (i32.const 2))))))
                (br_if $next (i32.lt_u
                    (local.tee $i (i32.add (local.get $i) (i32.const 1)))
                    (local.get $n))))
            (local.get $sum))
        (func (export "update") (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1000)))
            (global.get $count))
        (func (export "stop") (param i32) (call $halt (local.get 0))))"#
    )
}

/// For n = 4: the sum over i of (i + 1) + 4 i + 12 i.
const SUM: i32 = 1 + 18 + 35 + 52;

#[test]
fn a_suspended_call_goes_on_with_all_its_values() {
    const CALL_YIELD: [u8; 2] = [0x10, 0];
    let wasm = wat::parse_str(nested()).unwrap();
    let module = Module::new(&wasm).unwrap();
    let mut instance = instance(&module);
    let mut host = Notes::default();
    let mut thread = thread(&module, "process", &[Value::I32(4)]);
    for pause in 0..4 {
        assert_eq!(thread.run(&module, &mut instance, &mut host), Ok(Run::Suspended), "pause {pause}");
        let location = thread.location(&module).unwrap();
        assert_eq!(module.function_name(location.function), Some("pause"));
        assert!(wasm[location.offset as usize..].starts_with(&CALL_YIELD));
        assert!(!thread.is_idle());
    }
    assert_eq!(thread.run(&module, &mut instance, &mut host), Ok(Run::Finished(Some(Value::I32(SUM)))));
    assert_eq!(thread.location(&module), None);
    assert_eq!(host.0, [0, 1, 2, 3]);
}

#[test]
fn another_thread_runs_to_its_end_during_a_pause() {
    let module = module(&nested());
    let mut instance = instance(&module);
    let mut host = Notes::default();
    let mut process = thread(&module, "process", &[Value::I32(4)]);
    for pause in 1..=4 {
        assert_eq!(process.run(&module, &mut instance, &mut host), Ok(Run::Suspended));
        let mut update = thread(&module, "update", &[]);
        let expected = Some(Value::I32(1000 * pause + pause - 1));
        assert_eq!(update.run(&module, &mut instance, &mut host), Ok(Run::Finished(expected)));
    }
    assert_eq!(process.run(&module, &mut instance, &mut host), Ok(Run::Finished(Some(Value::I32(SUM)))));
    assert_eq!(instance.memory_mut().load::<4>(12), Ok(4004_u32.to_le_bytes()));
}

#[test]
fn a_budget_can_run_out_at_every_point() {
    let module = module(&nested());
    let finish = |thread: &mut Thread, instance: &mut _, host: &mut _| loop {
        match thread.run(&module, instance, host).unwrap() {
            Run::Finished(result) => return result,
            Run::Suspended => {}
            Run::OutOfBudget => {
                let location = thread.location(&module).expect("a paused thread is somewhere");
                assert!(module.function_name(location.function).is_some());
                thread.set_budget(1_000_000);
            }
        }
    };
    let mut straight = instance(&module);
    let mut host = Notes::default();
    let mut thread = support::thread(&module, "process", &[Value::I32(4)]);
    let result = finish(&mut thread, &mut straight, &mut host);
    let total = thread.spent();
    for budget in 0..total {
        let mut paused = instance(&module);
        let mut notes = Notes::default();
        let mut thread = support::thread(&module, "process", &[Value::I32(4)]);
        thread.set_budget(budget);
        assert_eq!(finish(&mut thread, &mut paused, &mut notes), result);
        assert_eq!(thread.spent(), total, "a pause costs nothing");
        assert_eq!(notes.0, host.0);
        assert_eq!(paused.memory().bytes(), straight.memory().bytes());
    }
}

#[test]
fn instructions_are_the_operators_that_do_something() {
    let module = module(
        r#"(module
            (func (export "straight") (result i32) (nop) (block (nop)) (i32.add (i32.const 1) (i32.const 2)))
            (func (export "loop") (param $n i32)
                (loop $next
                    (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
            (func (export "arms") (param i32) (result i32)
                (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.clz (i32.const 2))))))"#,
    );
    let spent = |export, args: &[Value]| {
        let mut thread = thread(&module, export, args);
        thread.run(&module, &mut instance(&module), &mut Notes::default()).unwrap();
        thread.spent()
    };
    assert_eq!(spent("straight", &[]), 3);
    assert_eq!(spent("loop", &[Value::I32(10)]), 50);
    assert_eq!(spent("arms", &[Value::I32(1)]), 3);
    assert_eq!(spent("arms", &[Value::I32(0)]), 4);
}

#[test]
fn an_endless_loop_is_stopped_where_it_is() {
    let module = module(r#"(module (func $spin (export "f") (loop (br 0))))"#);
    let mut thread = thread(&module, "f", &[]);
    thread.set_budget(100);
    assert_eq!(thread.run(&module, &mut instance(&module), &mut Notes::default()), Ok(Run::OutOfBudget));
    assert_eq!((thread.spent(), thread.budget()), (100, 0));
    assert_eq!(module.function_name(thread.location(&module).unwrap().function), Some("spin"));
    thread.reset();
    assert!(thread.is_idle());
}

#[test]
fn the_host_can_end_a_run() {
    let module = module(&nested());
    let mut thread = thread(&module, "stop", &[Value::I32(42)]);
    let trap = thread.run(&module, &mut instance(&module), &mut Notes::default()).unwrap_err();
    assert_eq!(trap.kind, TrapKind::Host(42));
    assert_eq!(module.function_name(trap.function), Some("stop"));
    assert!(thread.is_idle());
}

#[test]
fn running_allocates_nothing() {
    let module = module(&nested());
    let mut instance = instance(&module);
    let mut host = Notes(Vec::with_capacity(16));
    let mut thread = Thread::new(256);
    let process = module.export("process").unwrap();
    let stop = module.export("stop").unwrap();
    assert_no_alloc(|| {
        thread.start(&module, process, &[Value::I32(4)]).unwrap();
        thread.set_budget(0);
        let mut pauses = 0;
        while !thread.is_idle() {
            match thread.run(&module, &mut instance, &mut host).unwrap() {
                Run::Finished(result) => assert_eq!(result, Some(Value::I32(SUM))),
                Run::Suspended => pauses += 1,
                Run::OutOfBudget => {
                    pauses += 1;
                    thread.set_budget(thread.budget() + 1);
                }
            }
        }
        assert!(pauses > 100);
        thread.set_budget(100);
        thread.start(&module, stop, &[Value::I32(1)]).unwrap();
        assert!(thread.run(&module, &mut instance, &mut host).is_err());
    });
}

/// Suspends in the first import, panics in the second.
struct Explosive;

impl<M: LinearMemory> Host<M> for Explosive {
    fn call(&mut self, import: u32, _: &[u32], _: &mut M) -> Result<Flow, Halt> {
        assert_eq!(import, 0, "the host explodes");
        Ok(Flow::YIELD)
    }
}

#[test]
fn a_call_whose_host_has_panicked_is_given_up() {
    // The arguments of the second call lie where the first one had its header.
    let module = module(
        r#"(module (import "h" "yield" (func $yield)) (import "h" "boom" (func $boom))
            (func $nested (call $yield))
            (func $fill (param i32 i32) (call $boom))
            (func (export "f") (call $nested)
                (call $fill (i32.const 0x40000000) (i32.const 0x7fffff00))))"#,
    );
    let mut instance = Instance::new(&module, FlatMemory::new(vec![])).unwrap();
    let mut thread = Thread::new(100);
    thread.start(&module, module.export("f").unwrap(), &[]).unwrap();
    thread.set_budget(1_000);
    assert_eq!(thread.run(&module, &mut instance, &mut Explosive), Ok(Run::Suspended));
    let run = std::panic::AssertUnwindSafe(|| thread.run(&module, &mut instance, &mut Explosive));
    assert!(std::panic::catch_unwind(run).is_err());
    assert!(thread.is_idle());
    assert_eq!(thread.run(&module, &mut instance, &mut Explosive), Ok(Run::Finished(None)));
}
