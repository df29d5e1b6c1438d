//! Programs run long on little native stack: no operation leaves anything on it.

use sostenuto_vm::{FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Links, Module, Run, Thread, Value};

/// Less than a word for each round.
const NATIVE_STACK: usize = 512 * 1024;
const ROUNDS: i32 = 100_000;

struct Idle;

impl<M: LinearMemory> Host<M> for Idle {
    fn call(&mut self, _: u32, _: &[u32], _: &mut M) -> Result<Flow, Halt> {
        Ok(Flow::DONE)
    }
}

/// Runs the operators in a loop, on a thread whose native stack would not hold one word for each round.
fn run_long(operators: &str) {
    let wasm = wat::parse_str(format!(
        r#"(module
            (import "host" "idle" (func $idle (result i32)))
            (type $number (func (result i32)))
            (type $none (func))
            (memory 1)
            (table $t 8 funcref)
            (table $u 8 funcref)
            (elem (table $t) (i32.const 0) func $two $many $idle $none)
            (elem $passive func $two $many)
            (data $data "0123456789")
            (global $wide (mut f64) (f64.const 1))
            (func $two (result i32) i32.const 2)
            (func $many (param i64) (result i32 f64 i64) (local i32 i64 f64 f32 i32 i32)
                i32.const 1 global.get $wide local.get 0)
            (func $none)
            (func $locals1 (local i32))
            (func $locals2 (local f64))
            (func $locals3 (local i32 i64))
            (func $locals4 (local i64 f64))
            (func (export "f") (param $rounds i32) (local $x i32) (local $y f32) (local $z f64)
                (local.set $y (f32.const 1.5))
                (local.set $z (f64.const 2.5))
                (loop $again
                    {operators}
                    (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))))"#
    ))
    .unwrap();
    let module = Module::new(&wasm).unwrap();
    let body = move || {
        let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
        let links = Links { table_room: 8, ..Links::default() };
        let mut instance = Instance::link(&module, memory, links).unwrap();
        instance.initialize(&module).unwrap();
        let mut thread = Thread::new(256);
        thread.start(&module, module.export("f").unwrap(), &[Value::I32(ROUNDS)]).unwrap();
        thread.set_budget(u64::MAX);
        assert_eq!(thread.run(&module, &mut instance, &mut Idle), Ok(Run::Finished(None)));
    };
    std::thread::Builder::new().stack_size(NATIVE_STACK).spawn(body).unwrap().join().unwrap();
}

#[test]
fn calls_leave_nothing_on_the_native_stack() {
    run_long("(drop (call $two))");
    run_long("(drop (drop (drop (call $many (i64.const 3)))))");
    for words in 1..=4 {
        run_long(&format!("(call $locals{words})"));
    }
    run_long("(drop (call $idle))");
    run_long("(drop (call_indirect $t (type $number) (i32.const 0)))");
    run_long("(drop (call_indirect $t (type $number) (i32.const 2)))");
    run_long("(call_indirect $t (type $none) (i32.const 3))");
}

#[test]
fn control_leaves_nothing_on_the_native_stack() {
    run_long("(block $a (block $b (br_table $a $b (local.get $rounds))))");
    run_long("(if (i32.and (local.get $rounds) (i32.const 1)) (then (local.set $x (i32.const 3))))");
    run_long(
        "(local.set $x (select (local.get $x) (local.get $rounds) (i32.lt_s (local.get $x) (i32.const 9))))",
    );
    run_long("(local.set $z (select (local.get $z) (f64.const 1) (local.get $x)))");
    // Many values that a branch carries over one that stays behind.
    let (many, drops) = ("i32 ".repeat(9), "drop ".repeat(9));
    let values = "local.get $x ".repeat(9);
    run_long(&format!(
        "(block $b (result {many}) i32.const 1 {values} (br_if $b (i32.const 1)) br $b) {drops}"
    ));
    run_long("(global.set $wide (f64.add (global.get $wide) (local.get $z)))");
}

#[test]
fn numbers_leave_nothing_on_the_native_stack() {
    for operator in ["f32.ceil", "f32.floor", "f32.trunc", "f32.nearest", "f32.sqrt", "f32.abs", "f32.neg"] {
        run_long(&format!("(local.set $y ({operator} (local.get $y)))"));
        let wide = operator.replace("f32", "f64");
        run_long(&format!("(local.set $z ({wide} (local.get $z)))"));
    }
    for operator in ["f32.div", "f32.min", "f32.max", "f32.copysign"] {
        run_long(&format!("(local.set $y ({operator} (local.get $y) (f32.const 1.25)))"));
        let wide = operator.replace("f32", "f64");
        run_long(&format!("(local.set $z ({wide} (local.get $z) (f64.const 1.25)))"));
    }
    for operator in ["i32.div_s", "i32.div_u", "i32.rem_s", "i32.rem_u", "i32.rotl"] {
        run_long(&format!("(local.set $x ({operator} (local.get $rounds) (i32.const 7)))"));
    }
    run_long("(local.set $x (i32.trunc_f32_s (local.get $y)))");
    run_long("(local.set $x (i32.trunc_sat_f64_u (local.get $z)))");
    for operator in ["i64.div_s", "i64.div_u", "i64.rem_s", "i64.rem_u"] {
        run_long(&format!("(drop ({operator} (i64.extend_i32_s (local.get $rounds)) (i64.const 3)))"));
    }
    for trunc in ["trunc", "trunc_sat"] {
        for sign in ["s", "u"] {
            run_long(&format!("(drop (i64.{trunc}_f32_{sign} (local.get $y)))"));
            run_long(&format!("(drop (i64.{trunc}_f64_{sign} (local.get $z)))"));
            run_long(&format!("(drop (i64.{trunc}_f64_{sign} (f64.add (local.get $z) (local.get $z))))"));
        }
    }
}

#[test]
fn memory_and_tables_leave_nothing_on_the_native_stack() {
    for operators in [
        "(i32.store (i32.const 8) (i32.load (local.get $x)))",
        "(f64.store offset=8 (local.get $x) (f64.load (i32.const 16)))",
        "(drop (memory.size))",
        "(drop (memory.grow (i32.const 9)))",
        "(memory.copy (i32.const 3) (i32.const 0) (i32.const 20))",
        "(memory.fill (i32.const 3) (i32.const 0) (i32.const 20))",
        "(memory.init $data (i32.const 3) (i32.const 0) (i32.const 5))",
        "(data.drop $data)",
        "(table.set $u (i32.const 1) (table.get $t (i32.const 0)))",
        "(table.set $u (i32.const 1) (ref.func $two))",
        "(drop (table.size $t))",
        "(drop (table.grow $t (ref.null func) (i32.const 9)))",
        "(table.fill $u (i32.const 0) (ref.null func) (i32.const 3))",
        "(table.copy $u $t (i32.const 0) (i32.const 0) (i32.const 3))",
        "(table.init $u $passive (i32.const 0) (i32.const 0) (i32.const 2))",
        "(elem.drop $passive)",
    ] {
        run_long(operators);
    }
}
