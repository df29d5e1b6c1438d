//! Programs whose every access goes the long way to the memory run long on little native stack.

use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{Dispatch, Instance, Module, NoHost, PagedMemory, Run, Thread, Value};

/// Less than a word for each round.
const NATIVE_STACK: usize = 512 * 1024;
/// The loop around a match leaves nothing behind anyhow, and takes its time.
const ROUNDS: i32 = if cfg!(tail_calls) { 100_000 } else { 1_000 };

/// One frame of 64 bytes: an access to another page than the last one misses.
type Memory = PagedMemory<SliceStore<Vec<u8>>, 64, 1, 2>;

const BYTES: u32 = 1 << 16;
const LIMIT: u32 = BYTES * 5;

/// Runs the operators in a loop, on a thread whose native stack would not hold one word for each round; `misses` is how
/// often at least they must miss in a round. `$a` is 8, `$x` and the others change.
fn run_long(misses: u64, operators: &str) {
    let text = format!(
        r#"(module
            (memory 1 5)
            (data $data "0123456789")
            (func (export "f") (param $rounds i32)
                (local $a i32) (local $x i32) (local $l i64) (local $y f32) (local $z f64)
                (local.set $a (i32.const 8))
                (loop $again
                    {operators}
                    (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))))"#
    );
    let module =
        Module::new(&wat::parse_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))).unwrap();
    let body = move || {
        let store = SliceStore::new(vec![0; LIMIT as usize]);
        let memory: Memory = PagedMemory::new(PageCache::new(store, BYTES, LIMIT).unwrap());
        let mut instance = Instance::new(&module, memory).unwrap();
        assert_eq!(instance.dispatch(), if cfg!(tail_calls) { Dispatch::TailCalls } else { Dispatch::Loop });
        let mut thread = Thread::new(256);
        thread.start(&module, module.export("f").unwrap(), &[Value::I32(ROUNDS)]).unwrap();
        thread.set_budget(u64::MAX);
        assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(None)));
        instance.memory().cache().statistics().misses
    };
    let thread = std::thread::Builder::new().stack_size(NATIVE_STACK).spawn(body).unwrap();
    let missed = thread.join().unwrap();
    assert!(missed + 1 >= misses * ROUNDS as u64, "{operators} missed {missed} times");
}

/// Addresses in two pages, in all the ways that an operation can be given one: in a local or as the last result, with an
/// offset too large for a short form, known, as a sum, and as a scaled sum.
const ADDRESSES: [(&str, &str); 6] = [
    ("(local.get $a)", "offset=64 (local.get $a)"),
    ("(i32.xor (local.get $a) (i32.const 3))", "(i32.xor (local.get $a) (i32.const 64))"),
    ("offset=0 (i32.const 16)", "offset=4 (i32.const 640)"),
    ("(i32.add (local.get $a) (i32.const 100))", "offset=9 (i32.add (local.get $a) (i32.const 300))"),
    (
        "(i32.add (i32.shl (local.get $a) (i32.const 2)) (i32.const 100))",
        "offset=4 (i32.add (i32.shl (local.get $a) (i32.const 2)) (i32.const 300))",
    ),
    (
        "(i32.shl (i32.xor (local.get $a) (i32.const 3)) (i32.const 2))",
        "offset=80 (i32.add (i32.const 40) (i32.xor (local.get $a) (i32.const 3)))",
    ),
];

/// Of each type: a local, and an operator of two operands of its own.
const TYPES: [(&str, &str, &str); 4] =
    [("i32", "$x", "i32.add"), ("i64", "$l", "i64.add"), ("f32", "$y", "f32.add"), ("f64", "$z", "f64.add")];

fn local_of(operator: &str) -> (&'static str, &'static str) {
    let (_, local, sum) = TYPES.into_iter().find(|(name, ..)| operator.starts_with(name)).unwrap();
    (local, sum)
}

#[test]
fn loads_leave_nothing_on_the_native_stack() {
    for operator in [
        "i32.load",
        "i32.load8_s",
        "i32.load8_u",
        "i32.load16_s",
        "i32.load16_u",
        "i64.load",
        "i64.load8_s",
        "i64.load8_u",
        "i64.load16_s",
        "i64.load16_u",
        "i64.load32_s",
        "i64.load32_u",
        "f32.load",
        "f64.load",
    ] {
        let (local, sum) = local_of(operator);
        for (first, second) in ADDRESSES {
            // One result into a slot, one into the accumulator.
            run_long(
                2,
                &format!(
                    "(local.set {local} ({operator} {first}))
                 (local.set {local} ({sum} (local.get {local}) ({operator} {second})))"
                ),
            );
        }
    }
}

#[test]
fn stores_leave_nothing_on_the_native_stack() {
    for operator in [
        "i32.store",
        "i32.store8",
        "i32.store16",
        "i64.store",
        "i64.store8",
        "i64.store16",
        "i64.store32",
        "f32.store",
        "f64.store",
    ] {
        let (local, sum) = local_of(operator);
        let constant = format!("({}.const 9)", &operator[..3]);
        for (first, second) in ADDRESSES {
            // From a slot, from the accumulator, and constants.
            let (slot, held) =
                (format!("(local.get {local})"), format!("({sum} (local.get {local}) {constant})"));
            for (one, other) in [(&slot, &held), (&held, &slot)] {
                run_long(
                    4,
                    &format!(
                        "({operator} {first} {one}) ({operator} {second} {other})
                     ({operator} {first} {constant}) ({operator} {second} {constant})"
                    ),
                );
            }
        }
    }
}

#[test]
fn accesses_that_lie_in_two_pages_leave_nothing_on_the_native_stack() {
    run_long(
        4,
        "(local.set $l (i64.load (i32.const 60))) (f64.store offset=50 (local.get $a) (f64.const 1))",
    );
    run_long(3, "(i32.store (i32.const 62) (i32.load16_u (i32.const 191)))");
    run_long(4, "(i32.store (i32.const 62) (i32.load16_u (i32.const 319)))");
}

#[test]
fn runs_of_memory_leave_nothing_on_the_native_stack() {
    run_long(2, "(memory.copy (i32.const 3) (i32.const 200) (i32.const 20))");
    run_long(1, "(memory.fill (i32.const 60) (local.get $rounds) (i32.const 20))");
    run_long(1, "(memory.init $data (i32.const 60) (i32.const 0) (i32.const 8))");
    run_long(0, "(drop (memory.size))");
    // Four of them grow, the others are refused.
    run_long(
        1,
        "(drop (memory.grow (i32.const 1))) (i32.store (i32.const 8) (i32.load offset=100 (local.get $a)))",
    );
    run_long(0, "(drop (memory.grow (i32.const 0)))");
}
