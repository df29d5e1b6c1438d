//! A snapshot that was written once can still be read: the format, and what the slots of a frame hold at a pause, are
//! those of their version.
//!
//! `SNAPSHOT_WRITE=1` writes the two files anew, for a new version.

use sostenuto_vm::{
    FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Links, Module, Run, Thread, Value, snapshot,
};
use std::path::PathBuf;

/// Values wait in locals, in constants and in the frame while calls go on: two deep, through the table, in the host.
const TEXT: &str = r#"(module
    (import "host" "yield" (func $yield (param i32) (result i64)))
    (type $step (func (param i32 i64) (result i64)))
    (memory 1000 2000 (pagesize 1))
    (table 3 8 funcref)
    (global $count (mut i64) (i64.const 1))
    (global $first (mut funcref) (ref.null func))
    (data $text "pedal")
    (elem $steps func $deep $flat)
    (func $flat (type $step) (i64.add (local.get 1) (i64.const 1)))
    (func $deep (type $step) (local $before f64)
        (local.set $before (f64.const 0.25))
        (i64.add
            (i64.mul (local.get 1) (call $yield (local.get 0)))
            (i64.trunc_f64_s (f64.mul (local.get $before) (f64.const 400)))))
    (func (export "call") (param $n i32) (result i64 f32) (local $kept i64)
        (table.init $steps (i32.const 1) (i32.const 0) (i32.const 2))
        (elem.drop $steps)
        (global.set $first (table.get (i32.const 2)))
        (local.set $kept (i64.const 1000000000000))
        ;; These two wait during the call, one in a local that changes, one nowhere.
        local.get $n
        i64.const 7
        (call_indirect (type $step) (local.get $n) (local.get $kept) (i32.const 1))
        (local.set $n (i32.const 5))
        i64.add
        local.set $kept
        i64.extend_i32_s
        local.get $kept
        i64.add
        (f32.const 1.5))
    (func (export "fill") (param $n i32) (result i32)
        (memory.init $text (i32.const 20) (i32.const 0) (i32.const 5))
        (data.drop $text)
        (memory.fill (i32.const 100) (i32.const 3) (i32.const 600))
        (memory.grow (local.get $n)))
    (func (export "count") (param $n i32) (result i32)
        (local.get $n)
        (loop $again
            (global.set $count (i64.add (global.get $count) (i64.const 3)))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (i32.add (i32.wrap_i64 (global.get $count))))
    (func (export "carry") (param $n i32) (result i32)
        (block $out (result i32 i32 i32 i32 i32 i32 i32 i32)
            ;; What many values go over when a branch carries them.
            i32.const 99
            local.get $n i32.const 1 i32.const 2 i32.const 3 i32.const 4 i32.const 5 i32.const 6 i32.const 7
            (br_if $out (i32.eqz (local.get $n)))
            (loop $again
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (br $out))
        i32.add i32.add i32.add i32.add i32.add i32.add i32.add))"#;

struct Answers;

impl<M: LinearMemory> Host<M> for Answers {
    fn call(&mut self, _: u32, args: &[u32], _: &mut M) -> Result<Flow, Halt> {
        Ok(Flow::Suspend(u64::from(args[0]) + 1))
    }
}

type Memory = FlatMemory<Vec<u8>>;

fn fresh(module: &Module) -> Instance<Memory> {
    let links = Links { table_room: 8, ..Links::default() };
    let mut instance = Instance::link(module, FlatMemory::growing(vec![0; 1000], 2000), links).unwrap();
    instance.initialize(module).unwrap();
    instance
}

fn started(module: &Module, export: &str, argument: i32) -> Thread {
    let mut thread = Thread::new(100);
    thread.start(module, module.export(export).unwrap(), &[Value::I32(argument)]).unwrap();
    thread
}

/// Five threads: in the host below two frames, before a long run, before a basic block, before one with many values that
/// wait, and one that has finished.
fn paused(module: &Module) -> (Instance<Memory>, [Thread; 5]) {
    let mut instance = fresh(module);
    let mut threads = [("call", 41), ("fill", 50), ("count", 9), ("carry", 20), ("count", 1)]
        .map(|(export, argument)| started(module, export, argument));
    let out = Run::OutOfBudget;
    let pauses = [Run::Suspended, out, out, out, Run::Finished(Some(Value::I32(11)))];
    for (thread, (budget, pause)) in threads.iter_mut().zip([100, 12, 20, 40, 100].into_iter().zip(pauses)) {
        thread.set_budget(budget);
        assert_eq!(thread.run(module, &mut instance, &mut Answers), Ok(pause));
    }
    (instance, threads)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshot_golden")
}

fn write_files() {
    let wasm = wat::parse_str(TEXT).unwrap();
    let module = Module::new(&wasm).unwrap();
    let (mut instance, threads) = paused(&module);
    let bytes = snapshot::to_vec(&module, &mut instance, &threads.each_ref()).unwrap();
    std::fs::write(folder().join("module.wasm"), wasm).unwrap();
    std::fs::write(folder().join("snapshot.bin"), bytes).unwrap();
}

#[test]
fn an_old_snapshot_goes_on() {
    if std::env::var_os("SNAPSHOT_WRITE").is_some() {
        write_files();
    }
    let wasm = std::fs::read(folder().join("module.wasm")).unwrap();
    let old = std::fs::read(folder().join("snapshot.bin")).unwrap();
    let module = Module::new(&wasm).unwrap();
    let (mut instance, mut threads) = (fresh(&module), [(); 5].map(|()| Thread::new(100)));
    snapshot::restore(&module, &mut instance, &mut threads.each_mut(), &old).unwrap();
    assert!(snapshot::to_vec(&module, &mut instance, &threads.each_ref()).unwrap() == old);

    // What goes on from it does what goes on without it.
    let (mut other_instance, mut others) = paused(&module);
    for (instance, threads) in [(&mut instance, &mut threads), (&mut other_instance, &mut others)] {
        assert_eq!(threads[4].results(&module).collect::<Vec<_>>(), [Value::I32(11)]);
        for thread in &mut threads[..4] {
            thread.set_budget(1000);
            assert!(matches!(thread.run(&module, instance, &mut Answers), Ok(Run::Finished(_))));
        }
        let [call, fill, count, carry, _] = &*threads;
        let results = |thread: &Thread| thread.results(&module).collect::<Vec<_>>();
        let kept = 1_000_000_000_000 * 42 + 100 + 7 + 41;
        assert_eq!(results(call), [Value::I64(kept), Value::F32(1.5)]);
        assert_eq!(results(fill), [Value::I32(1000)]);
        assert_eq!(results(count), [Value::I32(9 + 1 + 3 + 27)]);
        assert_eq!(results(carry), [Value::I32(20 + 28)]);
        assert_eq!(instance.memory().bytes().len(), 1050);
        assert_eq!(instance.memory().bytes()[20..25], *b"pedal");
        assert_eq!(instance.memory().bytes()[99..702], [&[0][..], &[3; 600], &[0, 0]].concat());
    }
    let all = |instance: &mut _, threads: &[Thread; 5]| {
        snapshot::to_vec(&module, instance, &threads.each_ref()).unwrap()
    };
    assert!(all(&mut instance, &threads) == all(&mut other_instance, &others));
}
