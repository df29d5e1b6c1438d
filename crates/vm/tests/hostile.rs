//! Modules that mean harm: refused with a reason, or stopped by the budget; and loading takes memory in proportion. Unsafe:
//! counts what is allocated.

use sostenuto_vm::{
    FlatMemory, Instance, InstantiationError, LoadError, LoadErrorKind, Module, NoHost, Run, StackBound,
    Thread, Trap, TrapKind, Value,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts the bytes that each thread holds, and the most that it ever held.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is done by the system's allocator; the counters are no part of any allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.get() + layout.size();
        HELD.set(held);
        PEAK.set(PEAK.get().max(held));
        // SAFETY: the contract is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get().saturating_sub(layout.size()));
        // SAFETY: the contract is the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Loads a module and gives the most bytes that it took meanwhile.
fn load(wasm: &[u8]) -> (Result<Module, LoadError>, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let module = Module::new(wasm);
    (module, PEAK.get() - before)
}

fn leb(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    [&[id][..], &leb(contents.len() as u32), contents].concat()
}

/// A module with one function of no parameters and results, exported as `f`, and a memory of one page.
fn with_body(locals: &[u8], operators: &[u8]) -> Vec<u8> {
    let body = [locals, operators, &[0x0b]].concat();
    let code = [&[1][..], &leb(body.len() as u32), &body].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, b"\x01\x60\0\0"),
        section(3, b"\x01\0"),
        section(5, b"\x01\0\x01"),
        section(7, b"\x01\x01f\0\0"),
        section(10, &code),
    ]
    .concat()
}

fn started(module: &Module, words: usize) -> (Instance<FlatMemory<Vec<u8>>>, Thread) {
    let memory = FlatMemory::growing(vec![0; module.memory_bytes() as usize], 4 << 16);
    let instance = Instance::new(module, memory).unwrap();
    let mut thread = Thread::new(words);
    thread.start(module, module.export("f").unwrap(), &[]).unwrap();
    (instance, thread)
}

#[test]
fn millions_of_locals_are_refused() {
    let locals = |count: u32| [&[1][..], &leb(count), &[0x7e]].concat();
    for count in [10_000_000, u32::MAX] {
        let (module, peak) = load(&with_body(&locals(count), &[]));
        let LoadError { offset, kind: LoadErrorKind::Malformed(why) } = module.unwrap_err() else { panic!() };
        assert!(why.contains("too many locals"), "{why}");
        assert!(offset > 30 && peak < 100_000, "{peak} B at {offset}");
    }
    // As many as the validator admits are more slots than a frame can have.
    let (module, peak) = load(&with_body(&locals(50_000), &[]));
    let kind = module.unwrap_err().kind;
    assert!(matches!(kind, LoadErrorKind::TooManySlots { needs: 100_002, limit: 65_535, .. }), "{kind:?}");
    assert!(peak < 2_000_000, "{peak} B");
}

#[test]
fn deep_nesting_takes_memory_in_proportion() {
    const DEPTH: usize = 100_000;
    let operators = [[0x02, 0x40].repeat(DEPTH), vec![0x0b; DEPTH]].concat();
    let wasm = with_body(&[0], &operators);
    let (module, peak) = load(&wasm);
    assert!(peak < 100 * wasm.len(), "{peak} B for {} B", wasm.len());
    let module = module.unwrap();
    let (mut instance, mut thread) = started(&module, 100);
    thread.set_budget(100);
    assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(None)));
}

#[test]
fn a_table_of_a_million_branches_takes_memory_in_proportion() {
    const TARGETS: u32 = 1_000_000;
    let table = [&[0x41, 0x07, 0x0e][..], &leb(TARGETS), &vec![0; TARGETS as usize + 1]].concat();
    let wasm = with_body(&[0], &[&[0x02, 0x40][..], &table, &[0x0b]].concat());
    let (module, peak) = load(&wasm);
    assert!(peak < 60 * wasm.len(), "{peak} B for {} B", wasm.len());
    let module = module.unwrap();
    let (mut instance, mut thread) = started(&module, 100);
    thread.set_budget(100);
    assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(None)));
}

#[test]
fn a_million_operators_take_memory_in_proportion() {
    // The constants stay on the translation's stack, and the sums on the frame's.
    let operators = [[0x41, 0x05, 0x1a].repeat(300_000), vec![0x0f]].concat();
    let wasm = with_body(&[0], &operators);
    let (module, peak) = load(&wasm);
    assert!(module.is_ok() && peak < 40 * wasm.len(), "{peak} B for {} B", wasm.len());
    let deep = [[0x41, 0x05].repeat(70_000), vec![0x1a; 70_000]].concat();
    let (module, _) = load(&with_body(&[0], &deep));
    assert!(matches!(module.unwrap_err().kind, LoadErrorKind::TooManySlots { .. }));
}

#[test]
fn a_hundred_thousand_functions_take_memory_in_proportion() {
    const COUNT: u32 = 100_000;
    let wasm = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, b"\x01\x60\0\0"),
        section(3, &[leb(COUNT), vec![0; COUNT as usize]].concat()),
        section(10, &[leb(COUNT), [2, 0, 0x0b].repeat(COUNT as usize)].concat()),
    ]
    .concat();
    let (module, peak) = load(&wasm);
    assert_eq!(module.unwrap().function_count(), COUNT);
    assert!(peak < 100 * wasm.len() * 2, "{peak} B for {} B", wasm.len());
}

#[test]
fn tables_for_millions_of_references_are_refused() {
    for entries in [10_000_001, u32::MAX] {
        let table = [&[1, 0x70, 0][..], &leb(entries)].concat();
        let wasm = [b"\0asm\x01\0\0\0".to_vec(), section(4, &table)].concat();
        let (module, peak) = load(&wasm);
        assert!(module.is_err() && peak < 100_000, "{peak} B");
    }
}

#[test]
fn every_shorter_module_is_refused() {
    let wasm = wat::parse_str(
        r#"(module (memory 1) (data (i32.const 8) "abc") (table 2 funcref) (elem (i32.const 0) $f)
            (global (mut i64) (i64.const -1))
            (func $f (export "f") (local i32) (loop (br_if 0 (local.tee 0 (i32.load (local.get 0)))))))"#,
    )
    .unwrap();
    // A module that ends with a section may be whole. These sections have sizes of one byte.
    let mut end = 8;
    let mut boundaries = vec![end];
    while let Some(&size) = wasm.get(end + 1) {
        end += 2 + usize::from(size);
        boundaries.push(end);
    }
    assert_eq!(end, wasm.len());
    for end in (0..wasm.len()).filter(|end| !boundaries.contains(end)) {
        let error = Module::new(&wasm[..end]).unwrap_err();
        assert!(error.offset as usize <= end, "{error}");
    }
}

#[test]
fn segments_outside_the_memory_and_the_table_are_refused() {
    let instance = |text: &str| {
        let module = Module::new(&wat::parse_str(text).unwrap()).unwrap();
        Instance::new(&module, FlatMemory::new(vec![0; module.memory_bytes() as usize])).map(|_| ())
    };
    for start in ["65534", "-1", "0x7fffffff"] {
        let text = format!(r#"(module (memory 1) (data (i32.const 0) "") (data (i32.const {start}) "abc"))"#);
        assert_eq!(instance(&text), Err(InstantiationError::DataOutOfBounds { segment: 1 }));
        let text = format!(r#"(module (table 9 funcref) (elem (i32.const {start}) $f) (func $f))"#);
        assert_eq!(instance(&text), Err(InstantiationError::ElementsOutOfBounds { segment: 0 }));
    }
}

fn run(text: &str, words: usize, budget: u64) -> (Result<Run, Trap>, u64, usize) {
    let module = Module::new(&wat::parse_str(text).unwrap()).unwrap();
    let (mut instance, mut thread) = started(&module, words);
    thread.set_budget(budget);
    let run = thread.run(&module, &mut instance, &mut NoHost);
    (run, thread.spent(), instance.memory().bytes().len())
}

#[test]
fn storms_of_growth_end_by_the_budget_and_within_the_limit() {
    for pages in ["1", "-1", "65535", "0"] {
        let text = format!(
            r#"(module (memory 1) (func (export "f") (loop (drop (memory.grow (i32.const {pages}))) (br 0))))"#
        );
        let (run, spent, bytes) = run(&text, 100, 100_000);
        assert_eq!(run, Ok(Run::OutOfBudget));
        assert!(spent <= 100_000 && spent > 80_000 && bytes <= 4 << 16, "{spent} instructions, {bytes} B");
    }
}

#[test]
fn endless_recursion_ends_on_the_stack() {
    let direct = r#"(module (memory 1) (func $f (export "f") (local i64 i64) (call $f)))"#;
    let indirect = r#"(module (memory 1) (table 1 funcref) (elem (i32.const 0) $f)
        (func $f (export "f") (local i64 i64) (call_indirect (i32.const 0))))"#;
    for text in [direct, indirect] {
        let (run, spent, _) = run(text, 10_000, u64::MAX);
        let trap = run.unwrap_err();
        assert_eq!((trap.kind, trap.function.0), (TrapKind::StackOverflow, 0));
        assert!(spent < 10_000, "{spent} instructions");
        let module = Module::new(&wat::parse_str(text).unwrap()).unwrap();
        let bound = module.stack_bound(module.export("f").unwrap());
        assert!(matches!(bound, StackBound::Recursive { .. }), "{bound:?}");
    }
}

#[test]
fn an_endless_loop_that_touches_nothing_ends_by_the_budget() {
    for body in
        ["(loop (br 0))", "(loop (br_if 0 (i32.const 1)) (br 0))", "(loop $a (br_table $a $a (i32.const 3)))"]
    {
        let text = format!(r#"(module (memory 1) (func $idle (export "f") {body}))"#);
        let module = Module::new(&wat::parse_str(&text).unwrap()).unwrap();
        let (mut instance, mut thread) = started(&module, 100);
        thread.set_budget(1_000);
        assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::OutOfBudget), "{body}");
        assert!((990..=1_000).contains(&thread.spent()), "{} instructions", thread.spent());
        let place = thread.location(&module).unwrap();
        assert_eq!(module.function_name(place.function), Some("idle"));
        assert!(place.offset >= module.function_offset(place.function).unwrap());
    }
}

#[test]
fn filling_the_memory_again_and_again_ends_by_the_budget() {
    let text = r#"(module (memory 1) (func (export "f")
        (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536)) (br 0))))"#;
    let (run, spent, _) = run(text, 100, 1_000_000);
    assert_eq!(run, Ok(Run::OutOfBudget));
    // Each fill costs 4,096 instructions and a few.
    assert!((990_000..=1_000_000).contains(&spent), "{spent} instructions");
}

#[test]
fn a_start_function_without_end_is_the_callers_to_stop() {
    let wasm = wat::parse_str(r#"(module (memory 1) (start $s) (func $s (loop (br 0))))"#).unwrap();
    let module = Module::new(&wasm).unwrap();
    let mut instance = Instance::new(&module, FlatMemory::new(vec![0; 65_536])).unwrap();
    let mut thread = Thread::new(10);
    thread.start(&module, module.start().unwrap(), &[] as &[Value]).unwrap();
    thread.set_budget(50);
    assert_eq!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::OutOfBudget));
}
