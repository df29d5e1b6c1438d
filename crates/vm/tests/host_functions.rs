//! Functions of the host with Rust types: what they take and give, how they stop a run, and which imports they serve.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_vm::{
    Caller, ExternRef, FlatMemory, Flow, FuncRef, Halt, Host, HostFunctions, Instance, InstantiationError,
    LinearMemory, MemoryError, Module, Reference, Run, Thread, TrapKind, TypedFunction, TypedMemory,
    Unresolved, WasmTypes,
};
use support::{Memory, instance, module};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// A caller whose host counts or notes something.
type Calls<'c> = Caller<'c, Memory, Vec<i64>>;

fn functions<'h>() -> HostFunctions<'h, Memory, Vec<i64>> {
    HostFunctions::new()
}

/// Calls an exported function to its end, whatever pauses there are, with the notes that its host has made.
fn call<P: WasmTypes, R: WasmTypes>(
    functions: HostFunctions<'_, Memory, Vec<i64>>,
    text: &str,
    args: P,
) -> (Result<R, TrapKind>, Vec<i64>) {
    let module = module(text);
    let host = functions.resolve(&module).unwrap();
    let mut instance = instance(&module);
    let (mut thread, function) = start(&module, args);
    let mut notes = Vec::new();
    let result = loop {
        match thread.run(&module, &mut instance, &mut host.with(&mut notes)) {
            Ok(Run::Finished(_)) => break Ok(thread.typed_result(&module, function).unwrap()),
            Ok(Run::Suspended) => notes.push(-1),
            Ok(Run::OutOfBudget) => panic!("the budget is large"),
            Err(trap) => break Err(trap.kind),
        }
    };
    (result, notes)
}

/// A thread at the start of the function that a module exports as `f`.
fn start<P: WasmTypes, R: WasmTypes>(module: &Module, args: P) -> (Thread, TypedFunction<P, R>) {
    let function = module.typed_export("f").unwrap();
    let mut thread = Thread::new(4096);
    thread.set_budget(1_000_000);
    thread.start_typed(module, function, args).unwrap();
    (thread, function)
}

type Eight = (i32, u64, f32, f64, u32, i64, FuncRef, ExternRef);

#[test]
fn values_of_all_types_come_in_and_go_out_with_all_their_bits() {
    let function = FuncRef(Reference::new(1).unwrap());
    let thing = ExternRef(Reference::new(u32::MAX - 1).unwrap());
    let quiet = f32::from_bits(0x7fc0_1234);
    let wide_quiet = f64::from_bits(0x7ff8_0000_1234_5678);
    let given =
        (-7, u64::MAX - 5, quiet, wide_quiet, 0xffff_fff0, 0x1_0000_0002 - (1 << 62), function, thing);
    let turn =
        |_: &mut Calls<'_>, a: i32, b: u64, c: f32, d: f64, e: u32, f: i64, g: FuncRef, h: ExternRef| {
            assert_eq!((a, b, e, f, g, h), (given.0, given.1, given.4, given.5, given.6, given.7));
            assert_eq!((c.to_bits(), d.to_bits()), (0x7fc0_1234, 0x7ff8_0000_1234_5678));
            (h, g, f, e, d, c, b, a)
        };
    let text = r#"(module
        (type $in (func (param i32 i64 f32 f64 i32 i64 funcref externref)
            (result externref funcref i64 i32 f64 f32 i64 i32)))
        (import "host" "turn" (func $turn (type $in)))
        (memory 1)
        (func (export "f") (type $in)
            local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 local.get 5 local.get 6 local.get 7
            call $turn))"#;
    type Turned = (ExternRef, FuncRef, i64, u32, f64, f32, u64, i32);
    let (turned, _) = call::<Eight, Turned>(functions().add("host", "turn", turn), text, given);
    let (h, g, f, e, d, c, b, a) = turned.unwrap();
    assert_eq!((a, b, e, f, g, h), (given.0, given.1, given.4, given.5, given.6, given.7));
    assert_eq!((c.to_bits(), d.to_bits()), (0x7fc0_1234, 0x7ff8_0000_1234_5678));
}

#[test]
fn null_is_a_reference_without_a_number() {
    let text = r#"(module
        (import "host" "nulls" (func $nulls (param funcref externref) (result externref i32)))
        (memory 1)
        (func (export "f") (result i32 i32) (local $nulls i32)
            (local.set $nulls (call $nulls (ref.null func) (ref.null extern)))
            (ref.is_null)
            (local.get $nulls)))"#;
    let functions = functions().add("host", "nulls", |_: &mut Calls<'_>, a: FuncRef, b: ExternRef| {
        (ExternRef(Reference::NULL), [a.0, b.0].iter().filter(|null| null.number().is_none()).count() as i32)
    });
    assert_eq!(call::<(), (i32, i32)>(functions, text, ()).0, Ok((1, 2)));
}

#[test]
fn each_number_of_values_is_taken_and_given() {
    macro_rules! numbers {
        ($($count:literal: $($value:ident = $number:literal)*;)*) => {$({
            let types = "i64 ".repeat($count);
            let values: String = (0..$count).map(|index| format!("local.get {index} ")).collect();
            let text = format!(
                r#"(module
                    (type $t (func (param {types}) (result {types})))
                    (import "host" "negate" (func $negate (type $t)))
                    (memory 1)
                    (func (export "f") (type $t) {values} call $negate))"#
            );
            let negate = |_: &mut Calls<'_>, $($value: i64),*| ($(-$value,)*);
            let (result, _) = call(functions().add("host", "negate", negate), &text, ($(($number as i64) << 33,)*));
            assert_eq!(result, Ok(($(-(($number as i64) << 33),)*)));
        })*};
    }
    numbers! {
        1: a = 1;
        2: a = 1 b = 2;
        3: a = 1 b = 2 c = 3;
        4: a = 1 b = 2 c = 3 d = 4;
        5: a = 1 b = 2 c = 3 d = 4 e = 5;
        6: a = 1 b = 2 c = 3 d = 4 e = 5 f = 6;
        7: a = 1 b = 2 c = 3 d = 4 e = 5 f = 6 g = 7;
        8: a = 1 b = 2 c = 3 d = 4 e = 5 f = 6 g = 7 h = 8;
    }
}

#[test]
fn a_call_changes_no_value_that_waits() {
    let text = r#"(module
        (import "host" "many" (func $many (param i32) (result i32 i64 i32)))
        (import "host" "none" (func $none (param i64 i64)))
        (memory 1)
        (func (export "f") (param i32) (result i32 i32 i64 i32 i32)
            i32.const 11
            (call $many (local.get 0))
            (call $none (i64.const -1) (i64.const -1))
            (local.get 0)))"#;
    let functions = functions().add("host", "many", |_: &mut Calls<'_>, a: i32| (a + 1, -1_i64, a + 3)).add(
        "host",
        "none",
        |caller: &mut Calls<'_>, a: i64, b: i64| caller.state().push(a + b),
    );
    let (result, notes) = call::<i32, (i32, i32, i64, i32, i32)>(functions, text, 20);
    assert_eq!(result, Ok((11, 21, -1, 23, 20)));
    assert_eq!(notes, [-2]);
}

#[test]
fn a_program_pauses_in_a_typed_call_and_goes_on_with_its_result() {
    let text = r#"(module
        (import "host" "maybe" (func $maybe (param i32) (result i64)))
        (memory 1)
        (func (export "f") (param i32) (result i64) (local i64)
            (loop $next
                (local.set 1 (i64.add (local.get 1) (call $maybe (local.get 0))))
                (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 1)))"#;
    let functions = functions().add("host", "maybe", |caller: &mut Calls<'_>, number: i32| {
        caller.state().push(number.into());
        let result = i64::from(number) << 40;
        match number % 2 {
            0 => Flow::Continue(result),
            _ => Flow::Suspend(result),
        }
    });
    let (result, notes) = call::<i32, i64>(functions, text, 5);
    assert_eq!(result, Ok(15 << 40));
    assert_eq!(notes, [5, -1, 4, 3, -1, 2, 1, -1], "a pause after each odd number");
}

#[test]
fn an_error_of_a_function_is_a_trap_at_its_call() {
    let text = r#"(module
        (import "host" "check" (func $check (param i32) (result f32)))
        (memory 1)
        (func $outer (export "f") (param i32) (result f32) (nop) (call $check (local.get 0))))"#;
    let wasm = wat::parse_str(text).unwrap();
    let module = Module::new(&wasm).unwrap();
    let host = functions()
        .add("host", "check", |caller: &mut Calls<'_>, address: u32| -> Result<Flow<f32>, TrapKind> {
            caller.state().push(address.into());
            if address == 1 {
                return Err(TrapKind::Unreachable);
            }
            if address == 2 {
                Err(Halt(0xdead))?;
            }
            Ok(Flow::Continue(caller.memory().read_value(address.into())?))
        })
        .resolve(&module)
        .unwrap();
    let mut notes = Vec::new();
    let mut run = |address: u32| {
        let (mut thread, _) = start::<u32, f32>(&module, address);
        let trap = thread.run(&module, &mut instance(&module), &mut host.with(&mut notes)).unwrap_err();
        assert!(thread.is_idle());
        assert_eq!(module.function_name(trap.function), Some("outer"));
        assert!(wasm[trap.offset as usize..].starts_with(&[0x10, 0]), "the trap is at the call");
        trap.kind
    };
    assert_eq!(run(1), TrapKind::Unreachable);
    assert_eq!(run(2), TrapKind::Host(0xdead));
    assert_eq!(run(0xfffd), TrapKind::MemoryOutOfBounds);
    assert_eq!(run(u32::MAX), TrapKind::MemoryOutOfBounds);
    assert_eq!(notes, [1, 2, 0xfffd, u32::MAX.into()]);
}

#[test]
fn functions_that_can_only_fail_fail_in_their_own_way() {
    let text = r#"(module
        (import "host" "halt" (func $halt (param i32)))
        (import "host" "reach" (func $reach (param i32)))
        (memory 1)
        (func (export "f") (param i32)
            (call $reach (local.get 0))
            (call $halt (local.get 0))))"#;
    let functions = || {
        functions()
            .add("host", "halt", |_: &mut Calls<'_>, code: u32| -> Result<(), Halt> { Err(Halt(code)) })
            .add("host", "reach", |caller: &mut Calls<'_>, end: u32| -> Result<(), MemoryError> {
                caller.memory().write_value(end.into(), 1_u8)
            })
    };
    assert_eq!(call::<u32, ()>(functions(), text, 0xffff).0, Err(TrapKind::Host(0xffff)));
    assert_eq!(call::<u32, ()>(functions(), text, 0x1_0000).0, Err(TrapKind::MemoryOutOfBounds));
}

#[test]
fn numbers_of_all_sizes_are_in_memory_as_the_program_has_them() {
    let text = r#"(module
        (import "host" "fill" (func $fill (param i32)))
        (memory 1)
        (func (export "f") (param i32) (result i32 f32 f64 i64 i32)
            (call $fill (local.get 0))
            (i32.load8_s (local.get 0))
            (f32.load offset=1 (local.get 0))
            (f64.load offset=5 (local.get 0))
            (i64.load16_s offset=13 (local.get 0))
            (i32.load offset=17 (local.get 0))))"#;
    let fill = |caller: &mut Calls<'_>, address: u32| -> Result<(), MemoryError> {
        let (memory, notes) = caller.parts();
        let address = u64::from(address);
        memory.write_value(address, -3_i8)?;
        memory.write_value(address + 1, -0.75_f32)?;
        memory.write_value(address + 5, 1e300)?;
        memory.write_values(address + 13, &[-300_i16, 5, 7, 0x102])?;
        let mut back = [0_u16; 4];
        memory.read_values(address + 13, &mut back)?;
        notes.extend(back.map(i64::from));
        notes.push(memory.read_value(address + 13)?);
        assert_eq!(memory.write_values(0xfffe, &[1_u8, 2, 3]), Err(MemoryError::OutOfBounds));
        assert_eq!(memory.read_value(0xfffe), Ok(0_u16), "a write that does not fit writes nothing");
        assert_eq!(memory.read_values(u64::MAX - 3, &mut back), Err(MemoryError::OutOfBounds));
        assert_eq!(back[0], 65236, "a read that does not fit reads nothing");
        Ok(())
    };
    let (result, notes) =
        call::<u32, (i32, f32, f64, i64, i32)>(functions().add("host", "fill", fill), text, 101);
    assert_eq!(result, Ok((-3, -0.75, 1e300, -300, 7 + (0x102 << 16))));
    let all = i64::from_le_bytes([0xd4, 0xfe, 5, 0, 7, 0, 2, 1]);
    assert_eq!(notes, [65236, 5, 7, 0x102, all]);
}

#[test]
fn a_function_is_called_through_a_table_too() {
    let text = r#"(module
        (type $t (func (param i32 i64) (result i64 i32)))
        (import "host" "swap" (func $swap (type $t)))
        (table 2 funcref) (elem (i32.const 1) $swap)
        (memory 1)
        (func (export "f") (param i32) (result i64 i32)
            (call_indirect (type $t) (i32.const 5) (i64.const -6) (local.get 0))))"#;
    let functions = || functions().add("host", "swap", |_: &mut Calls<'_>, a: i32, b: i64| (b, a));
    assert_eq!(call::<i32, (i64, i32)>(functions(), text, 1).0, Ok((-6, 5)));
    assert_eq!(call::<i32, (i64, i32)>(functions(), text, 0).0, Err(TrapKind::NullFunction));
}

#[test]
fn running_allocates_nothing() {
    let text = r#"(module
        (import "host" "wide" (func $wide (param i64 f32 f64) (result f64 i64 f32)))
        (import "host" "yield" (func $yield))
        (import "host" "halt" (func $halt))
        (memory 1)
        (func (export "f") (param f64) (result f64) (local i32)
            (loop $next
                (call $wide (i64.const 1) (f32.const 2) (local.get 0))
                (drop) (drop) (local.set 0)
                (call $yield)
                (br_if $next (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 100))))
            (local.get 0))
        (func (export "stop") (call $halt)))"#;
    let module = module(text);
    let host = HostFunctions::new()
        .add("host", "wide", |caller: &mut Caller<'_, Memory, u64>, a: i64, b: f32, c: f64| {
            *caller.state() += 1;
            (c + 1.0, a, b)
        })
        .add("host", "yield", |_: &mut Caller<'_, Memory, u64>| Flow::Suspend(()))
        .add("host", "halt", |_: &mut Caller<'_, Memory, u64>| -> Result<(), Halt> { Err(Halt(1)) })
        .resolve(&module)
        .unwrap();
    let mut instance = instance(&module);
    let mut thread = Thread::new(256);
    let function = module.typed_export::<f64, f64>("f").unwrap();
    let stop = module.typed_export::<(), ()>("stop").unwrap();
    let mut count = 0;
    assert_no_alloc(|| {
        thread.set_budget(10_000);
        thread.start_typed(&module, function, 0.5).unwrap();
        let mut pauses = 0;
        while let Run::Suspended = thread.run(&module, &mut instance, &mut host.with(&mut count)).unwrap() {
            pauses += 1;
        }
        assert_eq!((pauses, count), (100, 100));
        assert_eq!(thread.typed_result(&module, function), Some(100.5));
        thread.start_typed(&module, stop, ()).unwrap();
        assert!(thread.run(&module, &mut instance, &mut host.with(&mut count)).is_err());
    });
}

#[test]
fn all_imports_that_the_host_does_not_have_are_told() {
    let module = module(
        r#"(module
            (import "host" "good" (func))
            (import "host" "gain" (func (param i32 f32) (result f32)))
            (import "env" "sinf" (func (param f32) (result f32)))
            (import "env" "global" (global i32))
            (import "other" "good" (func (param externref) (result i32 i64))))"#,
    );
    let functions = || {
        functions()
            .add("host", "good", |_: &mut Calls<'_>| {})
            .add("math", "good", |_: &mut Calls<'_>| {})
            .add("host", "gain", |_: &mut Calls<'_>, _: f32, _: FuncRef| -> Result<Flow<(f32, u64)>, Halt> {
                Err(Halt(0))
            })
    };
    let error = functions().resolve(&module).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the module imports `gain` from `host` as (i32, f32) -> f32, but the host's is (f32, funcref) -> (f32, i64)\n\
         the module imports `sinf` from `env` as (f32) -> f32, which the host does not have\n\
         the module imports `good` from `other` as (externref) -> (i32, i64), which the host does not have; \
         it has that name from `host` and `math`"
    );
    let names: Vec<_> = error.unresolved().iter().map(|import| import.name.as_str()).collect();
    assert_eq!(names, ["gain", "sinf", "good"]);
    assert_eq!(error.unresolved()[1].reason, Unresolved::Missing { elsewhere: vec![] });
    assert_eq!(InstantiationError::from(error.clone()).to_string(), error.to_string());
    let signatures: Vec<_> = functions()
        .signatures()
        .map(|function| format!("{}.{} {}", function.module, function.name, function.function_type))
        .collect();
    assert_eq!(signatures, ["host.good ()", "math.good ()", "host.gain (f32, funcref) -> (f32, i64)"]);
}

#[test]
fn imports_are_found_by_name_in_any_order_and_number() {
    let text = r#"(module
        (import "b" "same" (func $b (result i32)))
        (import "a" "same" (func $a (result i32)))
        (import "env" "memory" (memory 1))
        (import "b" "same" (func $again (result i32)))
        (func (export "f") (result i32 i32 i32) (call $b) (call $a) (call $again)))"#;
    let functions = functions()
        .add("a", "unused", |_: &mut Calls<'_>, _: f64| -1.0)
        .add("a", "same", |_: &mut Calls<'_>| 0_i64)
        .add("b", "same", |_: &mut Calls<'_>| 2)
        .add("a", "same", |_: &mut Calls<'_>| 1);
    assert_eq!(functions.signatures().count(), 3, "the latter takes the place of the former");
    assert_eq!(call::<(), (i32, i32, i32)>(functions, text, ()).0, Ok((2, 1, 2)));
}

#[test]
fn one_set_of_functions_serves_several_runs_at_the_same_time() {
    let offset = 100;
    let module = module(
        r#"(module (import "host" "add" (func $add (param i64) (result i64)))
            (func (export "f") (param i64) (result i64) (call $add (call $add (local.get 0)))))"#,
    );
    let host = HostFunctions::new()
        .add("host", "add", |caller: &mut Caller<'_, FlatMemory<[u8; 0]>, i64>, value: i64| {
            *caller.state() += value;
            *caller.state() + offset
        })
        .resolve(&module)
        .unwrap();
    let (host, module) = (&host, &module);
    let run = move |first: i64| {
        let mut instance = Instance::new(module, FlatMemory::new([])).unwrap();
        let (mut thread, function) = start::<i64, i64>(module, first);
        let mut sum = first;
        thread.run(module, &mut instance, &mut host.with(&mut sum)).unwrap();
        (thread.typed_result(module, function), sum)
    };
    std::thread::scope(|scope| {
        let threads = [1, 10, 1000].map(|first| (first, scope.spawn(move || run(first))));
        for (first, thread) in threads {
            assert_eq!(thread.join().unwrap(), (Some(4 * first + 200), 4 * first + 100));
        }
    });
}

#[test]
#[should_panic(expected = "resolved functions belong to one module")]
fn functions_for_one_module_do_not_serve_another() {
    let text = r#"(module (import "host" "f" (func $f)) (memory 1) (func (export "f") (call $f)))"#;
    let first = module(text);
    let host = functions().add("host", "f", |_: &mut Calls<'_>| {}).resolve(&first).unwrap();
    let other = module(&text.replace("(memory 1)", "(memory 1 1)"));
    let (mut thread, _) = start::<(), ()>(&other, ());
    let _ = thread.run(&other, &mut instance(&other), &mut host.with(&mut Vec::new()));
}

#[test]
fn a_typed_host_can_be_asked_as_any_other() {
    let module = module(
        r#"(module
            (import "host" "half" (func (param f64) (result f64)))
            (import "host" "pair" (func (param i32 i32) (result i32)))
            (import "host" "note" (func (param i64)))
            (import "host" "halt" (func (param i32) (result i32))))"#,
    );
    let host = functions()
        .add("host", "half", |_: &mut Calls<'_>, a: f64| Flow::Suspend(a / 2.0))
        .add("host", "pair", |_: &mut Calls<'_>, a: i32, b: i32| a - b)
        .add("host", "note", |caller: &mut Calls<'_>, a: i64| caller.state().push(a))
        .add("host", "halt", |_: &mut Calls<'_>, code: u32| -> Result<u32, Halt> { Err(Halt(code)) })
        .resolve(&module)
        .unwrap();
    let (mut memory, mut notes) = (FlatMemory::new(Vec::new()), Vec::new());
    let mut ask = |import, args: &[u32]| host.with(&mut notes).call(import, args, &mut memory);
    let bits = 3_f64.to_bits();
    assert_eq!(ask(0, &[bits as u32, (bits >> 32) as u32]), Ok(Flow::Suspend(1.5_f64.to_bits())));
    assert_eq!(ask(1, &[2, 3]), Ok(Flow::Continue(u32::MAX.into())));
    assert_eq!(ask(2, &[1, 1]), Ok(Flow::DONE));
    assert_eq!(ask(3, &[9]), Err(Halt(9)));
    assert_eq!(ask(4, &[]), Err(Halt(0)), "there is no such import");
    assert_eq!(ask(1, &[]), Ok(Flow::DONE), "missing arguments are 0");
    assert_eq!(ask(1, &[5; 40]), Ok(Flow::DONE), "others are not looked at");
    assert_eq!(notes, [(1 << 32) + 1]);
}

#[test]
fn a_function_of_the_host_can_be_tried_without_a_program() {
    fn peak<M: LinearMemory>(caller: &mut Caller<'_, M, f32>, address: u32) -> Result<f32, MemoryError> {
        let sample: f32 = caller.memory().read_value(address.into())?;
        *caller.state() = caller.state().max(sample);
        Ok(*caller.state())
    }
    let mut memory = FlatMemory::new(0.5_f32.to_le_bytes());
    let mut state = 0.25;
    assert_eq!(peak(&mut Caller::new(&mut memory, &mut state), 0), Ok(0.5));
    assert_eq!(peak(&mut Caller::new(&mut memory, &mut state), 1), Err(MemoryError::OutOfBounds));
}
