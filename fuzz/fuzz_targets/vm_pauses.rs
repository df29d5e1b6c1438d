//! Modules made of arbitrary bytes do the same straight, with pauses, and moved by snapshots at pauses.

#![no_main]

use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use sostenuto_vm::{FlatMemory, Instance, Links, Module, NoHost, Run, Thread, Trap, Value, snapshot};
use wasm_smith::Config;

const PAGES: u32 = 4;
const TABLE_ROOM: u32 = 100;
/// Loops and calls together, before a module ends itself.
const FUEL: u32 = 200;
const STACK_WORDS: usize = 50_000;
const MOST_MOVES: u32 = 20;

type Memory = FlatMemory<Vec<u8>>;

fuzz_target!(|data: &[u8]| {
    let Some(wasm) = generate(data) else { return };
    let module = Module::new(&wasm).expect("a valid module");
    let straight = run(&module, &wasm, u64::MAX, 0);
    let slice = u64::from(data.first().copied().unwrap_or(0) % 16) + 1;
    assert_eq!(straight, run(&module, &wasm, slice, 0));
    assert_eq!(straight, run(&module, &wasm, slice, MOST_MOVES));
});

fn generate(data: &[u8]) -> Option<Vec<u8>> {
    let config = Config {
        canonicalize_nans: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_imports: 0,
        max_memory32_bytes: u64::from(PAGES) << 16,
        max_table_elements: TABLE_ROOM.into(),
        memory64_enabled: false,
        memory_max_size_required: true,
        min_memories: 1,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    };
    let mut module = wasm_smith::Module::new(config, &mut Unstructured::new(data)).ok()?;
    module.ensure_termination(FUEL).ok()?;
    Some(module.to_bytes())
}

/// What can be seen of a run of all exports: results and traps, what they cost, and the memory. None without an instance.
type Seen = Option<(Vec<Result<Vec<u64>, Trap>>, u64, Vec<u8>)>;

/// Runs all exports with so much budget at a time, and moves everything to another instance at the first pauses.
fn run(module: &Module, wasm: &[u8], slice: u64, moves: u32) -> Seen {
    let mut instance = instance(module)?;
    let mut thread = Thread::new(STACK_WORDS);
    let mut left = moves;
    let mut calls = Vec::new();
    for (_, function) in module.exports() {
        let params = module.function_type(function)?.params();
        let args: Vec<Value> = params.iter().map(|&param| Value::from_bits(param, 0)).collect();
        if thread.start(module, function, &args).is_err() {
            continue;
        }
        thread.set_budget(slice);
        let call = loop {
            match thread.run(module, &mut instance, &mut NoHost) {
                Ok(Run::OutOfBudget) if left > 0 => {
                    left -= 1;
                    (instance, thread) = moved(wasm, &mut instance, &thread);
                    thread.set_budget(thread.budget() + slice);
                }
                Ok(Run::OutOfBudget) => thread.set_budget(thread.budget() + slice),
                Ok(_) => break Ok(thread.results(module).map(Value::to_bits).collect()),
                Err(trap) => break Err(trap),
            }
        };
        calls.push(call);
    }
    Some((calls, thread.spent(), instance.memory().bytes().to_vec()))
}

fn instance(module: &Module) -> Option<Instance<Memory>> {
    let bytes = usize::try_from(module.memory_bytes()).ok()?;
    let memory = FlatMemory::growing(vec![0; bytes], PAGES << 16);
    let links = Links { table_room: TABLE_ROOM, ..Links::default() };
    let mut instance = Instance::link(module, memory, links).ok()?;
    instance.initialize(module).ok()?;
    Some(instance)
}

/// An instance and a thread made anew, of a snapshot of these.
fn moved(wasm: &[u8], instance: &mut Instance<Memory>, thread: &Thread) -> (Instance<Memory>, Thread) {
    let module = Module::new(wasm).expect("a valid module");
    let bytes = snapshot::to_vec(&module, instance, &[thread]).expect("a snapshot");
    let mut there = self::instance(&module).expect("an instance");
    let mut thread = Thread::new(STACK_WORDS);
    snapshot::restore(&module, &mut there, &mut [&mut thread], &bytes).expect("a whole snapshot");
    (there, thread)
}
