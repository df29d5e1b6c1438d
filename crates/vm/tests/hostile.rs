//! Modules that mean harm: refused with a reason, or stopped by the budget; and loading takes memory in proportion. Unsafe:
//! counts what is allocated, and gives nothing big.

use sostenuto_vm::{
    FlatMemory, FuncIndex, Instance, InstantiationError, Links, LoadError, LoadErrorKind, Module, NoHost,
    Run, StackBound, TableIndex, Thread, Trap, TrapKind, Value,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts the bytes that each thread holds, the most that it ever held, and all that it was ever given. There is no room
/// for [`TOO_BIG`].
struct Counting;

const TOO_BIG: usize = 1 << 30;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static GIVEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is done by the system's allocator; the counters are no part of any allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() >= TOO_BIG {
            return std::ptr::null_mut();
        }
        GIVEN.set(GIVEN.get() + layout.size());
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

/// What was allocated meanwhile, in bytes, given back or not.
fn given<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = GIVEN.get();
    let done = work();
    (done, GIVEN.get() - before)
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

/// How many values a type can have at most.
const MANY: usize = 1000;

/// A module with two functions that give many values: function 0, and function 1 of these operators, exported as `f`, with a
/// local.
fn with_many_values(operators: &[u8]) -> Vec<u8> {
    let many = [leb(MANY as u32), vec![0x7f; MANY]].concat();
    let source = [&[0][..], &constants(), &[0x0b]].concat();
    let body = [&[1, 1, 0x7f][..], operators, &[0x0b]].concat();
    let bodies = [&[2][..], &leb(source.len() as u32), &source, &leb(body.len() as u32), &body].concat();
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[&[1, 0x60, 0][..], &many].concat()),
        section(3, b"\x02\0\0"),
        section(7, b"\x01\x01f\0\x01"),
        section(10, &bodies),
    ]
    .concat()
}

/// The values: all different from their neighbours, and each a constant of one byte.
fn values() -> impl Iterator<Item = u8> {
    (0..MANY).map(|index| (index % 61) as u8)
}

fn constants() -> Vec<u8> {
    values().flat_map(|value| [0x41, value]).collect()
}

const UNREACHABLE: u8 = 0x00;
const BLOCK_OF_MANY: &[u8] = &[0x02, 0x00];
const ZERO: &[u8] = &[0x41, 0x00];
const CALL_SOURCE: &[u8] = &[0x10, 0x00];
const BR_0: &[u8] = &[0x0c, 0x00];
const BR_IF_0: &[u8] = &[0x0d, 0x00];
const END: &[u8] = &[0x0b];

/// Asserts that branches that carry many values, over one that stays behind, take code in proportion, and that the
/// values arrive.
fn takes_code_in_proportion(what: &str, operators: &[u8], expected: impl Iterator<Item = u8>) {
    let wasm = with_many_values(operators);
    let module = Module::new(&wasm).unwrap();
    let bytes = module.footprint().instructions;
    assert!(bytes < 20 * wasm.len() + 12 * 3 * MANY, "{what}: {bytes} B of code for {} B", wasm.len());
    let mut instance = Instance::new(&module, FlatMemory::new(vec![])).unwrap();
    let mut thread = Thread::new(100_000);
    thread.start(&module, module.export("f").unwrap(), &[]).unwrap();
    thread.set_budget(10_000_000);
    thread.run(&module, &mut instance, &mut NoHost).unwrap();
    assert!(thread.results(&module).eq(expected.map(|value| Value::I32(value.into()))), "{what}");
}

#[test]
fn branches_with_many_values_take_code_in_proportion() {
    const TIMES: usize = 1000;
    let locals = [0x20, 0x00].repeat(MANY);
    for (values, expected) in
        [(CALL_SOURCE, values().collect()), (&constants(), values().collect()), (&locals, vec![0; MANY])]
    {
        let takes_code_in_proportion = |what: &str, operators: &[u8]| {
            takes_code_in_proportion(what, operators, expected.iter().copied());
        };
        let if_not = [ZERO, BR_IF_0].concat().repeat(TIMES);
        takes_code_in_proportion("br_if", &[BLOCK_OF_MANY, ZERO, values, &if_not, BR_0, END].concat());
        takes_code_in_proportion("br_if out", &[ZERO, values, &if_not, BR_0].concat());
        let inward = [BLOCK_OF_MANY, ZERO].concat().repeat(TIMES);
        let outward = [BR_0, END].concat().repeat(TIMES);
        takes_code_in_proportion("br", &[&inward[..], values, &outward].concat());
        let targets: Vec<u8> = (0..=TIMES as u32).flat_map(leb).collect();
        let table = [ZERO, &[0x0e], &leb(TIMES as u32), &targets].concat();
        let all =
            [&inward[..], values, &table, END, &outward[..outward.len() - BR_0.len() - END.len()]].concat();
        takes_code_in_proportion("br_table", &all);
    }
}

#[test]
fn values_that_are_never_there_take_no_memory() {
    let calls = [&[UNREACHABLE][..], &CALL_SOURCE.repeat(100_000)].concat();
    let (module, peak) = load(&with_many_values(&calls));
    let kind = module.unwrap_err().kind;
    assert!(matches!(kind, LoadErrorKind::TooManySlots { needs: 66_000, limit: 65_535, .. }), "{kind:?}");
    assert!(peak < 2_000_000, "{peak} B");
}

#[test]
fn names_in_many_sections_are_sorted_once() {
    const COUNT: u32 = 10_000;
    // The last ones come first, and a name that comes again is not taken.
    let names = |indices: &mut dyn Iterator<Item = u32>, name: &[u8]| {
        let entries: Vec<Vec<u8>> =
            indices.map(|index| [&leb(index)[..], &leb(name.len() as u32), name].concat()).collect();
        let map = [leb(entries.len() as u32), entries.concat()].concat();
        section(0, &[&b"\x04name\x01"[..], &leb(map.len() as u32), &map].concat())
    };
    let wasm = [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, b"\x01\x60\0\0"),
        section(3, &[leb(COUNT), vec![0; COUNT as usize]].concat()),
        section(10, &[leb(COUNT), [2, 0, 0x0b].repeat(COUNT as usize)].concat()),
        names(&mut (1..COUNT), b"first"),
        names(&mut [0].into_iter(), b"then"),
        names(&mut [0].into_iter(), b"late").repeat(1000),
    ]
    .concat();
    let (module, bytes) = given(|| Module::new(&wasm).unwrap());
    assert!(bytes < 100 * wasm.len(), "{bytes} B for {} B", wasm.len());
    let name = |index| module.function_name(FuncIndex(index));
    assert_eq!((name(0), name(1), name(COUNT - 1)), (Some("then"), Some("first"), Some("first")));
}

#[test]
fn growth_by_single_bytes_moves_the_memory_seldom() {
    const TIMES: usize = 10_000;
    const LIMIT: usize = 16_000;
    let text = format!(
        r#"(module (memory 1 (pagesize 1)) (func (export "f") (local $left i32)
            (local.set $left (i32.const {TIMES}))
            (loop $again
                (drop (memory.grow (i32.const 1)))
                (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))"#
    );
    let module = Module::new(&wat::parse_str(text).unwrap()).unwrap();
    let mut instance = Instance::new(&module, FlatMemory::growing(vec![0], LIMIT as u32)).unwrap();
    let mut thread = Thread::new(100);
    thread.start(&module, module.export("f").unwrap(), &[]).unwrap();
    thread.set_budget(u64::MAX);
    let (run, bytes) = given(|| thread.run(&module, &mut instance, &mut NoHost));
    assert_eq!((run, instance.memory().bytes().len()), (Ok(Run::Finished(None)), 1 + TIMES));
    assert!(bytes < 3 * LIMIT, "{bytes} B");
    // There is never more than the limit allows.
    assert!(instance.into_memory().into_inner().capacity() <= LIMIT);
}

#[test]
fn a_table_that_there_is_no_memory_for_is_refused() {
    let wasm = wat::parse_str("(module (table 1 funcref) (table 1 externref))").unwrap();
    let module = Module::new(&wasm).unwrap();
    let entries = u32::try_from(TOO_BIG / 4).unwrap();
    for (room, refused) in [(1000, false), (entries, true)] {
        let links = Links { table_room: room, ..Links::default() };
        let linked = Instance::link(&module, FlatMemory::new(vec![]), links).map(|_| ());
        let table = TableIndex(0);
        let expected =
            if refused { Err(InstantiationError::NoMemoryForTable { table, entries }) } else { Ok(()) };
        assert_eq!(linked, expected);
    }
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
