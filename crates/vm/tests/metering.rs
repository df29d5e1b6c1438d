//! What long runs cost, and that a budget ends before them.

mod support;

use sostenuto_vm::{FlatMemory, Instance, Links, Module, NoHost, Run, Thread, TrapKind, Value};
use support::{call, module};

fn linked(module: &Module) -> Instance<FlatMemory<Vec<u8>>> {
    let memory = FlatMemory::growing(vec![0; module.memory_bytes() as usize], 4 << 16);
    let links = Links { table_room: 1000, ..Links::default() };
    let mut instance = Instance::link(module, memory, links).unwrap();
    instance.initialize(module).unwrap();
    instance
}

/// What a call of `f` with this length costs, after it was refused one instruction less.
fn price(module: &Module, length: i32) -> u64 {
    let run = |budget| {
        let mut thread = Thread::new(4096);
        thread.start(module, module.export("f").unwrap(), &[Value::I32(length)]).unwrap();
        thread.set_budget(budget);
        let run = thread.run(module, &mut linked(module), &mut NoHost);
        (run, thread.spent())
    };
    let (finished, spent) = run(1 << 40);
    assert!(matches!(finished, Ok(Run::Finished(_))), "{finished:?}");
    assert_eq!(run(spent), (finished, spent));
    assert_eq!(run(spent - 1).0, Ok(Run::OutOfBudget));
    spent
}

#[test]
fn long_runs_cost_by_their_length() {
    for (body, operators) in [
        ("(memory.copy (i32.const 0) (i32.const 3) (local.get 0))", 4),
        ("(memory.fill (i32.const 0) (i32.const 3) (local.get 0))", 4),
        ("(memory.init $d (i32.const 0) (i32.const 0) (local.get 0))", 4),
        ("(table.copy (i32.const 0) (i32.const 3) (local.get 0))", 4),
        ("(table.fill (i32.const 0) (ref.null func) (local.get 0))", 4),
        ("(table.init $e (i32.const 0) (i32.const 0) (local.get 0))", 4),
        ("(drop (table.grow (ref.null func) (local.get 0)))", 4),
    ] {
        let module = module(&format!(
            r#"(module (memory 1) (table 200 funcref) (func $f)
                (data $d "{}") (elem $e func {})
                (func (export "f") (param i32) {body}))"#,
            "x".repeat(200),
            "$f ".repeat(200),
        ));
        assert_eq!(price(&module, 96), operators + 6, "{body}");
        assert_eq!(price(&module, 95), operators + 5, "{body}");
        assert_eq!(price(&module, 0), operators, "{body}");
    }
}

#[test]
fn a_growth_of_memory_costs_by_its_bytes() {
    let module =
        module(r#"(module (memory 1) (func (export "f") (param i32) (drop (memory.grow (local.get 0)))))"#);
    assert_eq!(price(&module, 2), 3 + 0x2_0000 / 16);
    assert_eq!(price(&module, 0), 3);
}

#[test]
fn what_is_out_of_bounds_traps_before_it_costs() {
    let module = module(
        r#"(module (memory 1) (func (export "f") (memory.fill (i32.const 1) (i32.const 3) (i32.const -1))))"#,
    );
    let mut thread = support::thread(&module, "f", &[]);
    thread.set_budget(4);
    let trap = thread.run(&module, &mut support::instance(&module), &mut NoHost).unwrap_err();
    assert_eq!(trap.kind, TrapKind::MemoryOutOfBounds);
}

#[test]
fn a_call_pays_for_the_locals_that_it_clears_and_the_results_that_it_moves() {
    let locals =
        module(&format!(r#"(module (func (export "f") (param i32) (local {})))"#, "i64 ".repeat(40)));
    assert_eq!(price(&locals, 0), 80 / 16);
    let results = module(&format!(
        r#"(module (func $many (result {}) {})
            (func (export "f") (param i32) call $many {}))"#,
        "i64 ".repeat(24),
        "i64.const 1 ".repeat(24),
        "drop ".repeat(24)
    ));
    assert_eq!(price(&results, 0), 1 + 48 / 16 + 24 + 24);
}

#[test]
fn a_growth_that_cannot_be_costs_nothing_more() {
    let module = module(
        r#"(module (memory 1 2) (table 1 2 funcref)
            (func (export "f") (param i32) (result i32)
                (i32.add
                    (memory.grow (local.get 0))
                    (table.grow (ref.null func) (local.get 0)))))"#,
    );
    assert_eq!(price(&module, 100), 6);
    assert_eq!(call(&module, "f", &[Value::I32(100)]), Ok(Some(Value::I32(-2))));
}

#[test]
fn what_a_budget_has_too_little_for_is_told() {
    let module = module(
        r#"(module (memory 1) (func (export "f") (param i32)
            (memory.fill (i32.const 0) (i32.const 1) (local.get 0))))"#,
    );
    let mut thread = Thread::new(100);
    thread.start(&module, module.export("f").unwrap(), &[Value::I32(0x1_0000)]).unwrap();
    let mut instance = linked(&module);
    for _ in 0..3 {
        thread.set_budget(1000);
        assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::OutOfBudget));
    }
    assert_eq!(thread.wanted(), 0x1_0000 / 16);
    thread.set_budget(thread.wanted());
    assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(None)));
    assert_eq!(thread.wanted(), 0);
}

#[test]
fn a_growth_that_cannot_be_is_free_of_charge() {
    let module = module(
        r#"(module (memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))"#,
    );
    // There is room for three pages more.
    assert_eq!(price(&module, 4), price(&module, 0));
    assert_eq!(price(&module, 3), price(&module, 0) + 3 * 0x1_0000 / 16);
}
