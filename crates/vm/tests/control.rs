//! Control flow, calls, and the traps that end them.

mod support;

use sostenuto_vm::{NoHost, Run, StackBound, StartError, Thread, Trap, TrapKind, Value};
use support::{call, instance, module, thread};

fn one(text: &str, arg: i32) -> Result<Option<Value>, TrapKind> {
    call(&module(text), "f", &[Value::I32(arg)]).map_err(|trap| trap.kind)
}

fn ok(value: i32) -> Result<Option<Value>, TrapKind> {
    Ok(Some(Value::I32(value)))
}

#[test]
fn a_value_waits_below_the_assignment_to_its_local() {
    // x - (x = 10) + (x = 20) * x, with the first x read before it changes, and read twice.
    let text = r#"(module (func (export "f") (param $x i32) (result i32)
        local.get $x
        local.get $x
        i32.const 10
        local.tee $x
        i32.sub
        i32.const 20
        local.set $x
        i32.mul
        local.get $x
        i32.add))"#;
    assert_eq!(one(text, 3), ok(3 * (3 - 10) + 20));
}

#[test]
fn a_value_waits_below_a_branching_assignment() {
    let text = r#"(module (func (export "f") (param $x i32) (result i32)
        local.get $x
        local.get $x
        if
            i32.const 100
            local.set $x
        end
        local.get $x
        i32.add))"#;
    assert_eq!(one(text, 3), ok(103));
    assert_eq!(one(text, 0), ok(0));
}

#[test]
fn two_locals_can_be_swapped_through_the_stack() {
    let text = r#"(module (func (export "f") (param $x i32) (result i32) (local $y i32)
        (local.set $y (i32.const 7))
        local.get $x
        local.get $y
        local.set $x
        local.set $y
        (i32.add (i32.mul (local.get $x) (i32.const 100)) (local.get $y))))"#;
    assert_eq!(one(text, 3), ok(703));
}

#[test]
fn a_conditional_branch_leaves_its_value_on_both_paths() {
    let text = r#"(module (func (export "f") (param $x i32) (result i32)
        (i32.add
            (i32.const 1000)
            (block (result i32)
                i32.const 5
                (i32.mul (local.get $x) (i32.const 2))
                (i32.lt_s (local.get $x) (i32.const 10))
                br_if 0
                i32.add))))"#;
    assert_eq!(one(text, 3), ok(1006));
    assert_eq!(one(text, 10), ok(1025));
}

#[test]
fn a_branch_table_carries_its_value_to_each_depth() {
    let text = r#"(module (func (export "f") (param $x i32) (result i32)
        (i32.add (i32.const 1)
        (block $outer (result i32)
            (i32.add (i32.const 10)
            (block $middle (result i32)
                (i32.add (i32.const 100)
                (block $inner (result i32)
                    (br_table $inner $middle $outer 3 $middle (i32.const 1000) (local.get $x))))))))))"#;
    assert_eq!(one(text, 0), ok(1111));
    assert_eq!(one(text, 1), ok(1011));
    assert_eq!(one(text, 2), ok(1001));
    assert_eq!(one(text, 3), ok(1000));
    assert_eq!(one(text, 4), ok(1011));
    assert_eq!(one(text, -1), ok(1011));
}

#[test]
fn a_branch_table_moves_what_it_carries_once_for_each_label() {
    const TARGETS: usize = 5000;
    let text = format!(
        r#"(module (type $many (func (result {results})))
            (func (export "f") (param $x i32) (result i32)
                (block $outer (type $many)
                    (block $inner (type $many)
                        f64.const 0.5
                        {values}
                        (br_table {targets} $outer (local.get $x)))
                    {dropped}
                    {values})
                {dropped_again}
                i32.add))"#,
        results = "i32 ".repeat(100),
        values = (0..100).map(|value| format!("i32.const {value} ")).collect::<String>(),
        targets = "$inner $outer ".repeat(TARGETS / 2),
        dropped = "drop ".repeat(100),
        dropped_again = "drop ".repeat(98),
    );
    let module = module(&text);
    let bytes = module.footprint().instructions;
    assert!(bytes < 12 * (TARGETS + 1000), "{bytes} B");
    for target in [0, 1, 2, -1] {
        let result = call(&module, "f", &[Value::I32(target)]).map_err(|trap| trap.kind);
        assert_eq!(result, ok(1));
    }
}

#[test]
fn a_loop_runs_until_its_condition_fails() {
    let text = r#"(module (func (export "f") (param $n i32) (result i32) (local $sum i32)
        (block $done (loop $next
            (br_if $done (i32.eqz (local.get $n)))
            (local.set $sum (i32.add (local.get $sum) (local.get $n)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br $next)))
        (local.get $sum)))"#;
    assert_eq!(one(text, 0), ok(0));
    assert_eq!(one(text, 100), ok(5050));
}

#[test]
fn code_after_a_branch_is_skipped_whatever_it_is() {
    let text = r#"(module (func $g (param f32 i32)) (func (export "f") (param $x i32) (result i32)
        (block (result i32)
            (br 0 (local.get $x))
            drop
            (block (if (unreachable) (then (loop (br 0))) (else (br 1))))
            call $g
            i32.add)
        (if (result i32) (then (return (i32.const 1))) (else (unreachable)))))"#;
    assert_eq!(one(text, 3), ok(1));
    assert_eq!(one(text, 0), Err(TrapKind::Unreachable));
}

#[test]
fn locals_of_a_call_start_at_zero() {
    let text = r#"(module
        (func $dirty (param i32) (result i32) (local i32 i32)
            (local.set 1 (i32.const 77)) (local.set 2 (i32.const 78)) (local.get 1))
        (func $clean (result i32) (local i32 i32 i32) (i32.add (local.get 0) (i32.add (local.get 1) (local.get 2))))
        (func (export "f") (param i32) (result i32) (drop (call $dirty (i32.const 9))) (call $clean)))"#;
    assert_eq!(one(text, 0), ok(0));
}

#[test]
fn calls_nest_and_recur() {
    let text = r#"(module
        (func $fib (export "f") (param $n i32) (result i32)
            (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
                (then (local.get $n))
                (else (i32.add
                    (call $fib (i32.sub (local.get $n) (i32.const 1)))
                    (call $fib (i32.sub (local.get $n) (i32.const 2))))))))"#;
    assert_eq!(one(text, 15), ok(610));
}

#[test]
fn an_indirect_call_is_checked() {
    let text = r#"(module
        (type $op (func (param i32) (result i32)))
        (type $same (func (param i32) (result i32)))
        (table 5 funcref)
        (elem (i32.const 0) $double $square $other)
        (func $double (type $same) (i32.add (local.get 0) (local.get 0)))
        (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
        (func $other (param f32) (result i32) (i32.const 0))
        (func (export "f") (param i32) (result i32) (call_indirect (type $op) (i32.const 7) (local.get 0))))"#;
    assert_eq!(one(text, 0), ok(14));
    assert_eq!(one(text, 1), ok(49));
    assert_eq!(one(text, 2), Err(TrapKind::IndirectCallType));
    assert_eq!(one(text, 3), Err(TrapKind::NullFunction));
    assert_eq!(one(text, 5), Err(TrapKind::TableOutOfBounds));
    assert_eq!(one(text, -1), Err(TrapKind::TableOutOfBounds));
}

#[test]
fn endless_recursion_ends_in_a_trap_and_the_thread_goes_on() {
    let module = module(
        r#"(module
            (func $down (export "down") (param i32) (call $down (i32.add (local.get 0) (i32.const 1))))
            (func (export "fine") (result i32) (i32.const 4)))"#,
    );
    let mut instance = instance(&module);
    let mut thread = thread(&module, "down", &[Value::I32(0)]);
    let trap = thread.run(&module, &mut instance, &mut NoHost).unwrap_err();
    assert_eq!(trap.kind, TrapKind::StackOverflow);
    assert!(thread.is_idle());
    assert!(thread.high_water() as usize <= thread.stack_words());
    assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(None)));
    thread.start(&module, module.export("fine").unwrap(), &[]).unwrap();
    assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(Some(Value::I32(4)))));
}

#[test]
fn a_trap_names_its_function_and_operator() {
    let wasm = wat::parse_str(
        r#"(module (memory 1)
            (func $inner (param i32) (result i32) (i32.add (i32.const 1) (i32.load (local.get 0))))
            (func (export "f") (result i32) (nop) (call $inner (i32.const -4))))"#,
    )
    .unwrap();
    let module = sostenuto_vm::Module::new(&wasm).unwrap();
    let Trap { kind, function, offset } = call(&module, "f", &[]).unwrap_err();
    assert_eq!((kind, module.function_name(function)), (TrapKind::MemoryOutOfBounds, Some("inner")));
    const I32_LOAD: u8 = 0x28;
    assert_eq!(wasm[offset as usize], I32_LOAD);
    assert!(offset > module.function_offset(function).unwrap());
}

#[test]
fn a_start_is_checked() {
    let module = module(
        r#"(module (import "host" "yield" (func $import))
            (export "import" (func $import))
            (func (export "f") (param i32 f32) (local i32 i32 i32)))"#,
    );
    let f = module.export("f").unwrap();
    let import = module.export("import").unwrap();
    let mut thread = Thread::new(6);
    assert_eq!(thread.start(&module, import, &[]), Err(StartError::NoSuchFunction(import)));
    let expected = module.function_type(f).unwrap().clone();
    assert_eq!(expected.to_string(), "(i32, f32)");
    let swapped = [Value::F32(1.0), Value::I32(1)];
    assert_eq!(thread.start(&module, f, &swapped), Err(StartError::Arguments { expected }));
    let args = [Value::I32(1), Value::F32(1.0)];
    assert_eq!(thread.start(&module, f, &args), Err(StartError::StackOverflow { needs: 7, has: 6 }));
    assert_eq!(Thread::new(7).start(&module, f, &args), Ok(()));
}

#[test]
fn the_stack_bound_is_what_the_deepest_calls_take() {
    let module = module(
        r#"(module (type $t (func (param i32) (result i32)))
            (table 4 funcref) (elem (i32.const 0) $leaf $deep)
            (func $leaf (type $t) (local.get 0))
            (func $deep (type $t) (local i32 i32 i32 i32) (call $leaf (i32.add (local.get 0) (local.get 1))))
            (func (export "direct") (result i32) (i32.add (i32.const 1) (call $leaf (i32.const 2))))
            (func (export "indirect") (param i32) (result i32)
                (i32.add (i32.const 1) (call_indirect (type $t) (i32.const 2) (local.get 0))))
            (func $ping (export "ping") (param i32) (if (local.get 0) (then (call $pong))))
            (func $pong (call $ping (i32.const 0))))"#,
    );
    for (export, args) in [("direct", vec![]), ("indirect", vec![Value::I32(1)])] {
        let mut thread = thread(&module, export, &args);
        thread.run(&module, &mut instance(&module), &mut NoHost).unwrap();
        let bound = module.stack_bound(module.export(export).unwrap());
        assert_eq!(bound, StackBound::Words(thread.high_water()), "{export}");
        // It is enough, and one word less is not.
        let words = thread.high_water() as usize;
        for (stack, fits) in [(words, true), (words - 1, false)] {
            let mut exact = Thread::new(stack);
            exact.set_budget(1000);
            exact.start(&module, module.export(export).unwrap(), &args).unwrap();
            assert_eq!(exact.run(&module, &mut instance(&module), &mut NoHost).is_ok(), fits);
        }
    }
    let ping = module.export("ping").unwrap();
    let StackBound::Recursive { cycle } = module.stack_bound(ping) else { panic!("no circle was found") };
    let names: Vec<_> = cycle.iter().map(|&function| module.function_name(function).unwrap()).collect();
    assert_eq!(names, ["ping", "pong"]);
}

#[test]
fn a_sum_that_waits_below_a_condition_leaves_the_condition_alone() {
    let module = module(
        r#"(module (func (export "f") (param i32 i32) (result i32)
            (i32.add (local.get 0) (i32.const 5))
            (if (result i32) (i32.and (local.get 1) (i32.const 1)) (then (i32.const 10)) (else (i32.const 20)))
            i32.add))"#,
    );
    for (odd, sum) in [(3, 17), (2, 27)] {
        assert_eq!(call(&module, "f", &[Value::I32(2), Value::I32(odd)]), Ok(Some(Value::I32(sum))));
    }
}

#[test]
fn a_step_that_is_not_in_a_slot_can_be_counted_by() {
    let module = module(
        r#"(module (memory 1) (data (i32.const 0) "\03\00\00\00")
            (func (export "f") (result i32) (local $i i32)
                (loop $again
                    (local.set $i (i32.add (local.get $i) (i32.load (i32.const 0))))
                    (br_if $again (i32.lt_s (local.get $i) (i32.const 10))))
                (local.get $i)))"#,
    );
    assert_eq!(call(&module, "f", &[]), Ok(Some(Value::I32(12))));
}

/// Locals that change later, sums, constants, results and wide values, over one that stays below.
#[test]
fn a_branch_carries_many_values() {
    let values = "(local.get $n) (i64.const -7) (i32.add (local.get $n) (i32.const 2)) (f32.const 0.5)
        (f64.neg (f64.const 1.25)) (i32.xor (local.get $n) (i32.const 3)) (local.get $w) (i32.const 9)";
    let types = "(result i32 i64 i32 f32 f64 i32 i64 i32)";
    let change = "(local.set $n (i32.const 99)) (local.set $w (i64.const 99))";
    let ways = [
        // The one branch, and what comes after the other one, from a condition that is a sum, a comparison, a local.
        format!("{values} br $out"),
        format!("{values} (br_if $out (local.get $n)) {change} br $out"),
        format!("{values} (br_if $out (i32.eqz (local.get $n))) {change} br $out"),
        format!("{values} (br_if $out (i32.add (local.get $n) (i32.const -5))) {change} br $out"),
        format!("{values} (br_if $out (i32.lt_s (local.get $n) (i32.const 0))) {change} br $out"),
        format!("{values} (br_table $out $in $out (local.get $n))"),
        format!("{values} (br_if $in (i32.eqz (local.get $n))) {change}"),
    ];
    for way in ways {
        let module = module(&format!(
            "(module (memory 1) (func (export \"f\") (param $n i32) (param $w i64) {types}
                (block $out {types} i32.const 1 (block $in {types} i64.const 2 {way} br $in) br $out)))"
        ));
        for n in [0, 5, -1] {
            let mut thread = thread(&module, "f", &[Value::I32(n), Value::I64(1 << 40)]);
            let run = thread.run(&module, &mut instance(&module), &mut NoHost);
            assert!(matches!(run, Ok(Run::Finished(_))), "{run:?}");
            let expected = [
                Value::I32(n),
                Value::I64(-7),
                Value::I32(n + 2),
                Value::F32(0.5),
                Value::F64(-1.25),
                Value::I32(n ^ 3),
                Value::I64(1 << 40),
                Value::I32(9),
            ];
            assert!(thread.results(&module).eq(expected), "{n}: {way}");
        }
    }
}
