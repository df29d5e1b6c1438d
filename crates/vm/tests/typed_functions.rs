//! Functions of a program that are called with Rust values.

mod support;

use sostenuto_vm::{Caller, ExportError, Flow, FuncIndex, HostFunctions, NoHost, Run, StartError, Thread};
use support::{Memory, instance, module};

const TEXT: &str = r#"(module
    (import "host" "yield" (func $yield (param i32) (result i32)))
    (memory 1)
    (export "again" (func $yield))
    (func (export "nothing"))
    (func (export "swap") (param i64 f32) (result f32 i64) (local.get 1) (local.get 0))
    (func (export "other") (param i64 f32) (result f32 i64) (f32.const 0) (i64.const 0))
    (func (export "wait") (param i32) (result i32) (call $yield (local.get 0)))
    (func (export "trap") (param i32) (result i32) (unreachable))
    (func (export "deep") (param i32) (result i32) (local i64 i64 i64 i64 i64 i64 i64 i64) (local.get 0)))"#;

#[test]
fn an_export_is_found_by_its_name_and_type() {
    let module = module(TEXT);
    let swap = module.typed_export::<(i64, f32), (f32, i64)>("swap").unwrap();
    assert_eq!(Some(swap.index()), module.export("swap"));
    // Signed or not is no part of a type.
    assert!(module.typed_export::<(u64, f32), (f32, u64)>("swap").is_ok());
    assert!(module.typed_export::<(i32,), u32>("wait").is_ok());
    let error = module.typed_export::<(), ()>("swop").unwrap_err();
    assert_eq!(error, ExportError::Missing { name: "swop".to_owned() });
    assert_eq!(error.to_string(), "the module exports no function `swop`");
    let error = module.typed_export::<(i64, f32), ()>("swap").unwrap_err();
    assert_eq!(error.to_string(), "the module exports `swap` as (i64, f32) -> (f32, i64), not (i64, f32)");
    let error = module.typed_export::<i64, (f32, i64)>("swap").unwrap_err();
    assert!(matches!(error, ExportError::OtherType { .. }));
}

#[test]
fn a_result_is_there_from_the_end_of_a_call_to_the_next_start() {
    let module = module(TEXT);
    let mut instance = instance(&module);
    let swap = module.typed_export::<(i64, f32), (f32, i64)>("swap").unwrap();
    let other = module.typed_export::<(i64, f32), (f32, i64)>("other").unwrap();
    let nothing = module.typed_export::<(), ()>("nothing").unwrap();
    let trap = module.typed_export::<i32, i32>("trap").unwrap();
    let mut thread = Thread::new(64);
    thread.set_budget(1000);
    assert_eq!(thread.typed_result(&module, nothing), None);
    thread.start_typed(&module, swap, (-(1 << 50), 0.5)).unwrap();
    assert_eq!(thread.typed_result(&module, swap), None);
    thread.run(&module, &mut instance, &mut NoHost).unwrap();
    assert_eq!(thread.typed_result(&module, swap), Some((0.5, -(1 << 50))));
    assert_eq!(thread.typed_result(&module, other), None, "another function");
    let like_it = self::module(&TEXT.replace("f32.const 0", "f32.const 1"));
    assert_eq!(thread.typed_result(&like_it, swap), None, "another module");
    thread.start_typed(&module, nothing, ()).unwrap();
    assert_eq!(thread.typed_result(&module, swap), None);
    assert_eq!(thread.typed_result(&module, nothing), None);
    thread.run(&module, &mut instance, &mut NoHost).unwrap();
    assert_eq!(thread.typed_result(&module, nothing), Some(()));
    thread.start_typed(&module, trap, 3).unwrap();
    thread.run(&module, &mut instance, &mut NoHost).unwrap_err();
    assert_eq!(thread.typed_result(&module, trap), None);
}

#[test]
fn a_call_that_pauses_has_its_result_when_it_has_finished() {
    let module = module(TEXT);
    let mut instance = instance(&module);
    let host = HostFunctions::new()
        .add("host", "yield", |_: &mut Caller<'_, Memory, ()>, a: i32| Flow::Suspend(a + 1))
        .resolve(&module)
        .unwrap();
    let wait = module.typed_export::<i32, i32>("wait").unwrap();
    let mut thread = Thread::new(64);
    thread.set_budget(1000);
    thread.start_typed(&module, wait, 41).unwrap();
    assert_eq!(thread.run(&module, &mut instance, &mut host.with(&mut ())), Ok(Run::Suspended));
    assert_eq!(thread.typed_result(&module, wait), None);
    thread.run(&module, &mut instance, &mut host.with(&mut ())).unwrap();
    assert_eq!(thread.typed_result(&module, wait), Some(42));
}

#[test]
fn a_start_that_cannot_be_is_refused() {
    let module = module(TEXT);
    let again = module.typed_export::<i32, i32>("again").unwrap();
    let deep = module.typed_export::<i32, i32>("deep").unwrap();
    let mut thread = Thread::new(8);
    assert_eq!(thread.start_typed(&module, again, 1), Err(StartError::NoSuchFunction(FuncIndex(0))));
    let refused = thread.start_typed(&module, deep, 1);
    assert!(matches!(refused, Err(StartError::StackOverflow { has: 8, .. })), "{refused:?}");
    let other = self::module(r#"(module (func) (func) (func) (func) (func) (func (param i64)) (func))"#);
    let trap = module.typed_export::<i32, i32>("trap").unwrap();
    assert_eq!(thread.start_typed(&other, trap, 1), Err(StartError::OtherModule(trap.index())));
    assert!(thread.is_idle());
}

#[test]
fn a_function_of_another_module_is_not_called() {
    let old = module(r#"(module (func (export "quiet") (param i32) (result i32) (i32.const 0)))"#);
    let new = module(
        r#"(module (func (export "loud") (param i32) (result i32) (i32.const 99))
            (func (export "quiet") (param i32) (result i32) (i32.const 0)))"#,
    );
    let quiet = old.typed_export::<i32, i32>("quiet").unwrap();
    let mut thread = Thread::new(100);
    assert_eq!(thread.start_typed(&new, quiet, 0), Err(StartError::OtherModule(quiet.index())));
    thread.start(&new, new.export("loud").unwrap(), &[sostenuto_vm::Value::I32(0)]).unwrap();
    thread.set_budget(100);
    assert!(thread.run(&new, &mut instance(&new), &mut NoHost).is_ok());
    assert_eq!(thread.typed_result(&new, quiet), None);
}
