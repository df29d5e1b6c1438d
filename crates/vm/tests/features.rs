//! What a host does with wide values, several results, references, linked globals and tables, and growth.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_vm::{
    Extern, ExternType, FlatMemory, Flow, FunctionType, GlobalIndex, GlobalType, Halt, Host, Instance,
    InstantiationError, LinearMemory, Links, NoHost, OutsideCall, Reference, Run, Table, TableIndex,
    TableType, Thread, TrapKind, Value, ValueType,
};
use support::{call, instance, module, thread};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const FUNCTIONS: TableType = TableType { element: ValueType::FuncRef, initial: 4, maximum: None };

#[test]
fn wide_values_go_in_and_come_out() {
    let module = module(
        r#"(module (func (export "f") (param i32 i64 f32 f64) (result f64 i64 f32 i32)
            local.get 3 local.get 1 local.get 2 local.get 0))"#,
    );
    let args = [Value::I32(-1), Value::I64(i64::MIN + 1), Value::F32(0.5), Value::F64(-1e300)];
    let mut thread = thread(&module, "f", &args);
    assert_eq!(thread.results(&module).count(), 0);
    // Several results are not one.
    assert_eq!(thread.run(&module, &mut instance(&module), &mut NoHost), Ok(Run::Finished(None)));
    let results: Vec<Value> = thread.results(&module).collect();
    assert_eq!(results, [args[3], args[1], args[2], args[0]]);
    let function_type = module.function_type(module.export("f").unwrap()).unwrap();
    assert_eq!(function_type.to_string(), "(i32, i64, f32, f64) -> (f64, i64, f32, i32)");
    assert_eq!(function_type.result(), None);
}

#[test]
fn results_change_places_with_each_other_and_with_locals() {
    let module = module(
        r#"(module
            (func $swap (param i64 i32) (result i32 i64) local.get 1 local.get 0)
            (func (export "f") (param i64 i32) (result i64) (local $i i32) (local $wide i64)
                local.get 0
                local.get 1
                (loop $again (param i64 i32) (result i64 i32)
                    call $swap
                    local.set $wide
                    i64.extend_i32_s
                    local.get $wide
                    i64.add
                    local.get 1
                    (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
                drop))"#,
    );
    assert_eq!(
        call(&module, "f", &[Value::I64(1 << 40), Value::I32(-2)]).unwrap(),
        Some(Value::I64((1 << 40) - 6))
    );
}

/// Import 0 takes an i64 and gives an f64; import 1 gives three values.
struct Wide;

impl<M: LinearMemory> Host<M> for Wide {
    fn call(&mut self, import: u32, args: &[u32], _: &mut M) -> Result<Flow, Halt> {
        assert_eq!(import, 0);
        let &[low, high] = args else { panic!("two words are an i64") };
        let value = (u64::from(high) << 32 | u64::from(low)).cast_signed();
        Ok(Flow::Suspend((value as f64).to_bits()))
    }

    fn call_outside(&mut self, mut call: OutsideCall<'_, M>) -> Result<Flow, TrapKind> {
        if call.function_type.results().len() < 2 {
            let args = call.args().to_vec();
            let flow = self.call(0, &args, call.instance.memory_mut())?;
            let Flow::Suspend(bits) = flow else { panic!("it suspends") };
            call.results().copy_from_slice(&[bits as u32, (bits >> 32) as u32]);
            return Ok(flow);
        }
        let first = call.args()[0];
        let instance = &mut call.instance;
        instance.memory_mut().store(0, [7])?;
        call.results().copy_from_slice(&[first, first + 1, 0, first + 2]);
        Ok(Flow::DONE)
    }
}

const WIDE: &str = r#"(module
    (import "host" "float" (func $float (param i64) (result f64)))
    (import "host" "three" (func $three (param i32) (result i32 i64 i32)))
    (memory 1)
    (func (export "f") (param i64) (result f64) (f64.add (call $float (local.get 0)) (f64.const 0.5)))
    (func (export "g") (param i32) (result i32 i64)
        local.get 0 call $three i64.extend_i32_u i64.add (i64.load8_u (i32.const 0)) i64.add))"#;

#[test]
fn a_host_gives_wide_results() {
    /// Import 0 by the simple way.
    struct Simple;
    impl<M: LinearMemory> Host<M> for Simple {
        fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt> {
            Wide.call(import, args, memory)
        }
    }
    let module = module(WIDE);
    let arg = [Value::I64(-(1 << 40))];
    let expected = Ok(Run::Finished(Some(Value::F64(0.5 - 1_099_511_627_776.0))));
    let mut simple = thread(&module, "f", &arg);
    assert_eq!(simple.run(&module, &mut instance(&module), &mut Simple), Ok(Run::Suspended));
    assert_eq!(simple.run(&module, &mut instance(&module), &mut Simple), expected);
    let mut wide = thread(&module, "f", &arg);
    assert_eq!(wide.run(&module, &mut instance(&module), &mut Wide), Ok(Run::Suspended));
    assert_eq!(wide.run(&module, &mut instance(&module), &mut Wide), expected);
    let mut three = thread(&module, "g", &[Value::I32(10)]);
    let run = three.run(&module, &mut instance(&module), &mut Wide);
    assert_eq!(run, Ok(Run::Finished(None)));
    let results: Vec<Value> = three.results(&module).collect();
    assert_eq!(results, [Value::I32(10), Value::I64(11 + 12 + 7)]);
}

#[test]
fn globals_and_tables_are_linked() {
    let module = module(
        r#"(module
            (import "a" "rate" (global $rate f64))
            (import "a" "count" (global $count (mut i64)))
            (import "a" "table" (table $t 3 funcref))
            (global (export "copy") f64 (global.get $rate))
            (table (export "own") 1 externref)
            (elem (i32.const 1) $one)
            (func $one (result i32) (i32.const 1))
            (func (export "f") (param i32) (result i32)
                (global.set $count (i64.add (global.get $count) (i64.const 0x1_0000_0001)))
                (call_indirect $t (result i32) (local.get 0))))"#,
    );
    let memory = || FlatMemory::new([]);
    assert_eq!(Instance::new(&module, memory()).unwrap_err(), InstantiationError::Table(TableIndex(0)));
    let table = || Table::new(FUNCTIONS, 0);
    let wrong = [Value::F64(48e3), Value::I32(0)];
    let links = Links { globals: &wrong, tables: vec![table()], ..Links::default() };
    assert_eq!(
        Instance::link(&module, memory(), links).unwrap_err(),
        InstantiationError::Global(GlobalIndex(1))
    );
    let globals = [Value::F64(48e3), Value::I64(5)];
    let links = Links { globals: &globals, tables: vec![table()], table_room: 0, first_reference: 1000 };
    let mut instance = Instance::link(&module, memory(), links).unwrap();
    instance.initialize(&module).unwrap();
    assert_eq!(instance.tables().len(), 2);
    assert_eq!(instance.tables()[0].get(1), Reference::new(1000));
    let copy = module.global_export("copy").unwrap();
    assert_eq!(instance.global(&module, copy), Some(Value::F64(48e3)));
    assert_eq!(module.global_initial(copy), None);
    let mut run = |index| {
        let mut thread = thread(&module, "f", &[Value::I32(index)]);
        thread.run(&module, &mut instance, &mut NoHost).map_err(|trap| trap.kind)
    };
    assert_eq!(run(1), Ok(Run::Finished(Some(Value::I32(1)))));
    assert_eq!(run(0), Err(TrapKind::NullFunction));
    assert_eq!(run(4), Err(TrapKind::TableOutOfBounds));
    let count = GlobalIndex(1);
    assert_eq!(instance.global(&module, count), Some(Value::I64(5 + 3 * 0x1_0000_0001)));
    assert!(instance.set_global(&module, count, Value::I64(-1)));
    assert!(!instance.set_global(&module, count, Value::F64(-1.0)));
    assert_eq!(instance.global(&module, count), Some(Value::I64(-1)));
    // A function of some other instance, which this host does not know.
    assert!(instance.tables_mut()[0].set(2, Reference::new(7).unwrap()));
    let mut foreign = thread(&module, "f", &[Value::I32(2)]);
    assert_eq!(
        foreign.run(&module, &mut instance, &mut NoHost).unwrap_err().kind,
        TrapKind::IndirectCallType
    );
}

#[test]
fn imports_and_exports_of_all_kinds_are_told() {
    let module = module(
        r#"(module
            (import "a" "g" (global (mut i64)))
            (import "a" "f" (func (param f64)))
            (memory (export "m") 1 3)
            (table (export "t") 4 funcref)
            (func $start (export "s")) (start $start))"#,
    );
    let float = FunctionType::new(&[ValueType::F64], None);
    let global = GlobalType { value_type: ValueType::I64, mutable: true };
    let imports: Vec<_> = module.all_imports().collect();
    assert_eq!(imports, [("a", "g", ExternType::Global(global)), ("a", "f", ExternType::Function(&float))]);
    let (_, memory) = module.all_exports().next().unwrap();
    assert_eq!(memory, Extern::Memory);
    let Some(ExternType::Memory(memory)) = module.extern_type(memory) else { panic!("it is a memory") };
    assert_eq!((memory.initial_bytes(), memory.maximum_bytes()), (0x1_0000, 0x3_0000));
    assert_eq!(module.extern_type(Extern::Table(TableIndex(0))), Some(ExternType::Table(FUNCTIONS)));
    assert_eq!(module.start(), module.export("s"));
}

#[test]
fn a_memory_grows_as_far_as_all_allow() {
    let module = module(
        r#"(module (memory 1 3) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    let grow =
        |memory: &mut dyn FnMut(i32) -> Option<Value>| [1, 1, 1, 0].map(|pages| memory(pages).unwrap());
    let results = |values: [i32; 4]| values.map(Value::I32);
    let run = |instance: &mut Instance<FlatMemory<Vec<u8>>>, pages| {
        let mut thread = thread(&module, "f", &[Value::I32(pages)]);
        match thread.run(&module, instance, &mut NoHost) {
            Ok(Run::Finished(result)) => result,
            other => panic!("{other:?}"),
        }
    };
    let page = vec![0; 0x1_0000];
    for (memory, expected) in [
        (FlatMemory::new(page.clone()), [-1, -1, -1, 1]),
        (FlatMemory::growing(page.clone(), 0x2_ffff), [1, -1, -1, 2]),
        (FlatMemory::growing(page, u32::MAX), [1, 2, -1, 3]),
    ] {
        let mut instance = Instance::new(&module, memory).unwrap();
        assert_eq!(grow(&mut |pages| run(&mut instance, pages)), results(expected));
    }
}

#[test]
fn growth_into_what_is_there_allocates_nothing() {
    let module = module(
        r#"(module (memory 1 2) (table 1 100 funcref)
            (func (export "f") (result i32)
                (i32.add (memory.grow (i32.const 1)) (table.grow (ref.func 0) (i32.const 9)))))"#,
    );
    let mut bytes = Vec::with_capacity(0x2_0000);
    bytes.resize(0x1_0000, 0);
    let links = Links { table_room: 10, ..Links::default() };
    let mut instance = Instance::link(&module, FlatMemory::growing(bytes, 0x2_0000), links).unwrap();
    let mut thread = thread(&module, "f", &[]);
    let run = assert_no_alloc(|| thread.run(&module, &mut instance, &mut NoHost));
    assert_eq!(run, Ok(Run::Finished(Some(Value::I32(2)))));
    assert_eq!(instance.tables()[0].size(), 10);
}

#[test]
fn a_local_of_a_reference_begins_as_null() {
    let module = module(
        r#"(module (func (export "f") (result i32) (local funcref externref)
            (i32.add (ref.is_null (local.get 0)) (ref.is_null (local.get 1)))))"#,
    );
    assert_eq!(call(&module, "f", &[]), Ok(Some(Value::I32(2))));
}

#[test]
fn a_narrow_use_of_a_wide_local_outlives_it() {
    // The low half of $x waits on the stack, next to another value, while $x changes.
    let module = module(
        r#"(module (func (export "f") (param $x i64) (result i64)
            (i32.wrap_i64 (local.get $x))
            (i32.const 5)
            (local.set $x (i64.const -1))
            (i64.extend_i32_u (i32.mul)) (local.get $x) i64.add))"#,
    );
    let arg = [Value::I64(0x7_0000_0003)];
    assert_eq!(call(&module, "f", &arg), Ok(Some(Value::I64(14))));
}

#[test]
fn a_wrapped_result_goes_into_one_local_only() {
    let module = module(
        r#"(module (func (export "f") (param $x i64) (result i32) (local $low i32) (local $next i32)
            (local.set $next (i32.const 9))
            (local.set $low (i32.wrap_i64 (i64.add (local.get $x) (local.get $x))))
            (i32.add (local.get $low) (local.get $next))))"#,
    );
    assert_eq!(call(&module, "f", &[Value::I64(0x7_0000_0003)]), Ok(Some(Value::I32(15))));
}

#[test]
fn a_thread_starts_with_wide_arguments_only_of_their_types() {
    let module = module(r#"(module (func (export "f") (param i64)))"#);
    let mut thread = Thread::new(4);
    assert!(thread.start(&module, module.export("f").unwrap(), &[Value::F64(0.0)]).is_err());
    assert!(thread.start(&module, module.export("f").unwrap(), &[Value::I64(0)]).is_ok());
}
