//! Modules made at random do here what they do in another interpreter: all of the features, all types, all traps.
//!
//! `SMITH_MODULES=200000` makes the run longer, `SMITH_FIRST=1000` begins at another module,
//! `SMITH_WRITE=file.wasm` leaves the last module there. `SMITH_MOVES=1000` takes so many snapshots of each module at
//! most, at pauses chosen at random, and goes on from them in a fresh instance.

use arbitrary::Unstructured;
use sostenuto_vm::{
    ExternType, FlatMemory, FuncIndex, Instance, InstantiationError, Links, MemoryType, Module, NoHost,
    Reference, Run, Thread, TrapKind, Value, ValueType, snapshot,
};
use std::fmt::Debug;
use wasm_smith::Config;

const TABLE_ROOM: u32 = 100;
const PAGES: u64 = 20;
/// Loops and calls together, before a module ends itself.
const FUEL: u32 = 500;

/// Every other module has code that does not trap, so that more of it runs.
fn config(seed: u64) -> Config {
    Config {
        allow_start_export: seed.is_multiple_of(8),
        disallow_traps: seed.is_multiple_of(2),
        canonicalize_nans: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: if seed.is_multiple_of(3) { 5 } else { 1 },
        max_element_segments: if seed.is_multiple_of(3) { 5 } else { 1 },
        max_imports: 0,
        max_instructions: 200,
        max_memory32_bytes: PAGES << 16,
        max_table_elements: TABLE_ROOM.into(),
        max_tables: 3,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 3,
        min_memories: 1,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// A module that ends; the same for the same seed.
fn generate(seed: u64) -> Option<Vec<u8>> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = [0; 16_000];
    for byte in &mut bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = (state >> 32) as u8;
    }
    let mut module = wasm_smith::Module::new(config(seed), &mut Unstructured::new(&bytes)).ok()?;
    module.ensure_termination(FUEL).ok()?;
    Some(module.to_bytes())
}

/// All that can be seen: what each call gave and the globals after it; then the sizes of the tables, and the memory.
#[derive(Debug, PartialEq)]
enum Seen {
    NoInstance,
    Call(Result<Vec<u64>, &'static str>),
    Memory(Vec<u8>),
    Global(u64),
    Table(u32),
}

/// The bits of a reference tell only whether it is null; other engines number functions otherwise.
const SOMETHING: u64 = 1;
const NOTHING: u64 = 0;

fn seen_bits(value: Value) -> u64 {
    match value {
        Value::FuncRef(reference) | Value::ExternRef(reference) => {
            if reference == Reference::NULL {
                NOTHING
            } else {
                SOMETHING
            }
        }
        _ => value.to_bits(),
    }
}

fn argument(value_type: ValueType, position: u64) -> Value {
    match value_type {
        ValueType::FuncRef | ValueType::ExternRef => Value::from_bits(value_type, 0),
        // No signalling NaN, whose payload may differ.
        _ => Value::from_bits(value_type, (position + 3).wrapping_mul(0x0123_4567_0123_4567) & !(0x7 << 60)),
    }
}

fn arguments(module: &Module, function: FuncIndex) -> Vec<Value> {
    let params = module.function_type(function).unwrap().params();
    (0..).zip(params).map(|(position, &of)| argument(of, position)).collect()
}

type Memory = FlatMemory<Vec<u8>>;

const STACK_WORDS: usize = 100_000;

/// When to go on with a copy of everything, made by way of a snapshot.
struct Moves<'w> {
    wasm: &'w [u8],
    /// How many may still be.
    left: &'w mut u64,
    chance: u64,
}

impl<'w> Moves<'w> {
    fn none(none: &'w mut u64) -> Self {
        Moves { wasm: &[], left: none, chance: 0 }
    }

    fn is_due(&mut self) -> bool {
        // Many pauses are in long runs at the start; the moves are to be anywhere.
        const ONE_OF: u64 = 8;
        self.chance = self.chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let is_due = *self.left > 0 && (self.chance >> 33).is_multiple_of(ONE_OF);
        *self.left -= u64::from(is_due);
        is_due
    }

    fn go(&self, module: &mut Module, instance: &mut Instance<Memory>, thread: &mut Thread) {
        let bytes = snapshot::to_vec(module, instance, &[thread]).unwrap();
        *module = Module::new(self.wasm).unwrap();
        *instance = link(module);
        *thread = Thread::new(STACK_WORDS);
        snapshot::restore(module, instance, &mut [thread], &bytes).unwrap();
    }
}

fn link(module: &Module) -> Instance<Memory> {
    let memory_type =
        module.memory_type().unwrap_or(MemoryType { initial: 0, maximum: Some(0), page_bytes_log2: 16 });
    let bytes = vec![0; memory_type.initial_bytes() as usize];
    let memory = FlatMemory::growing(bytes, memory_type.maximum_bytes() as u32);
    let links = Links { table_room: TABLE_ROOM, ..Links::default() };
    Instance::link(module, memory, links).unwrap()
}

/// Runs with the budget handed out in portions.
fn run_here(wasm: &[u8], portion: u64, mut moves: Moves<'_>) -> Vec<Seen> {
    let mut module = Module::new(wasm).unwrap();
    let mut instance = link(&module);
    match instance.initialize(&module) {
        Ok(()) => {}
        Err(InstantiationError::DataOutOfBounds { .. } | InstantiationError::ElementsOutOfBounds { .. }) => {
            return vec![Seen::NoInstance];
        }
        Err(other) => panic!("{other}"),
    }
    let mut thread = Thread::new(STACK_WORDS);
    let mut call = |function, module: &mut Module, instance: &mut Instance<_>| {
        thread.start(module, function, &arguments(module, function)).unwrap();
        thread.set_budget(0);
        loop {
            match thread.run(module, instance, &mut NoHost) {
                Ok(Run::Finished(_)) => break Ok(thread.results(module).map(seen_bits).collect()),
                Ok(_) => thread.set_budget(thread.budget() + portion),
                Err(trap) => break Err(name(trap.kind)),
            }
            if moves.is_due() {
                moves.go(module, instance, &mut thread);
            }
        }
    };
    if let Some(start) = module.start()
        && call(start, &mut module, &mut instance).is_err()
    {
        return vec![Seen::NoInstance];
    }
    let mut seen = vec![];
    let functions: Vec<FuncIndex> = module.exports().map(|(_, function)| function).collect();
    for function in functions {
        seen.push(Seen::Call(call(function, &mut module, &mut instance)));
        let globals = module.global_exports().map(|(_, global)| instance.global(&module, global).unwrap());
        seen.extend(globals.map(|value| Seen::Global(seen_bits(value))));
    }
    seen.extend(instance.tables().iter().map(|table| Seen::Table(table.size())));
    seen.push(Seen::Memory(instance.into_memory().into_inner()));
    seen
}

fn name(kind: TrapKind) -> &'static str {
    match kind {
        TrapKind::Unreachable => "unreachable",
        TrapKind::MemoryFailed => "failure",
        TrapKind::MemoryOutOfBounds => "memory",
        TrapKind::DivisionByZero => "division",
        TrapKind::IntegerOverflow => "overflow",
        TrapKind::InvalidConversion => "conversion",
        TrapKind::TableOutOfBounds => "table",
        TrapKind::NullFunction => "null",
        TrapKind::IndirectCallType => "type",
        TrapKind::StackOverflow => "stack",
        TrapKind::Host(_) => "host",
    }
}

fn run_wasmi(wasm: &[u8], module: &Module) -> Vec<Seen> {
    use wasmi::{Engine, Extern, F32, F64, Linker, Ref, Store, TrapCode, Val};
    let bits = |value: &Val| match value {
        Val::I32(value) => value.cast_unsigned().into(),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(value) => value.to_bits().into(),
        Val::F64(value) => value.to_bits(),
        Val::FuncRef(reference) if reference.is_null() => NOTHING,
        Val::ExternRef(reference) if reference.is_null() => NOTHING,
        _ => SOMETHING,
    };
    let engine = Engine::default();
    let translated = wasmi::Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, ());
    let Ok(instance) = Linker::new(&engine).instantiate_and_start(&mut store, &translated) else {
        return vec![Seen::NoInstance];
    };
    let mut seen = vec![];
    for (export, function) in module.exports() {
        let args: Vec<Val> = arguments(module, function)
            .into_iter()
            .map(|arg| match arg {
                Value::I32(value) => Val::I32(value),
                Value::I64(value) => Val::I64(value),
                Value::F32(value) => Val::F32(F32::from_bits(value.to_bits())),
                Value::F64(value) => Val::F64(F64::from_bits(value.to_bits())),
                Value::FuncRef(_) => Val::FuncRef(Ref::Null),
                Value::ExternRef(_) => Val::ExternRef(Ref::Null),
            })
            .collect();
        let function = instance.get_func(&store, export).unwrap();
        let mut results = vec![Val::I32(0); function.ty(&store).results().len()];
        seen.push(Seen::Call(match function.call(&mut store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(bits).collect()),
            // It has no code for a copy that leaves a table.
            Err(error) if error.to_string().starts_with("out of bounds table access") => Err("table"),
            Err(error) => Err(match error.as_trap_code().unwrap_or_else(|| panic!("no trap: {error}")) {
                TrapCode::UnreachableCodeReached => "unreachable",
                TrapCode::MemoryOutOfBounds => "memory",
                TrapCode::IntegerDivisionByZero => "division",
                TrapCode::IntegerOverflow => "overflow",
                TrapCode::BadConversionToInteger => "conversion",
                TrapCode::TableOutOfBounds => "table",
                TrapCode::IndirectCallToNull => "null",
                TrapCode::BadSignature => "type",
                TrapCode::StackOverflow => "stack",
                other => panic!("unexpected trap: {other:?}"),
            }),
        }));
        for (name, _) in module.global_exports() {
            if let Some(Extern::Global(global)) = instance.get_export(&store, name) {
                seen.push(Seen::Global(bits(&global.get(&store))));
            }
        }
    }
    let export = |name: &str| instance.get_export(&store, name).unwrap();
    let mut memory = vec![];
    for (name, what) in module.all_exports() {
        match (module.extern_type(what), export(name)) {
            (Some(ExternType::Table(_)), Extern::Table(table)) => {
                seen.push(Seen::Table(table.size(&store) as u32));
            }
            (_, Extern::Memory(exported)) => memory = exported.data(&store).to_vec(),
            _ => {}
        }
    }
    seen.push(Seen::Memory(memory));
    seen
}

/// Both ran out of fuel at one place unless one of them had too small a stack first.
fn has_overflowed(seen: &[Seen]) -> bool {
    seen.iter().any(|seen| matches!(seen, Seen::Call(Err("stack"))))
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}

#[test]
fn random_modules_do_what_they_do_elsewhere() {
    let (first, count) = (number("SMITH_FIRST", 0), number("SMITH_MODULES", 200));
    let most_moves = number("SMITH_MOVES", 10);
    let (mut ran, mut calls, mut results, mut moved) = (0, 0, 0, 0);
    for seed in first..first + count {
        let Some(wasm) = generate(seed) else { continue };
        if let Some(path) = std::env::var_os("SMITH_WRITE") {
            std::fs::write(path, &wasm).unwrap();
        }
        let module = Module::new(&wasm).unwrap_or_else(|error| panic!("module {seed}: {error}"));
        let here = run_here(&wasm, 1_000_000, Moves::none(&mut 0));
        let elsewhere = run_wasmi(&wasm, &module);
        if has_overflowed(&here) || has_overflowed(&elsewhere) {
            continue;
        }
        assert!(here == elsewhere, "module {seed}: {}", first_difference(&here, &elsewhere));
        // Pauses between any two basic blocks, and before long copies, change nothing.
        assert!(here == run_here(&wasm, 1, Moves::none(&mut 0)), "module {seed} is another one with pauses");
        // Nor does it to go on elsewhere.
        let mut left = most_moves;
        assert!(
            here == run_here(&wasm, 3, Moves { wasm: &wasm, left: &mut left, chance: seed }),
            "module {seed} is another one after a move"
        );
        moved += most_moves - left;
        ran += 1;
        calls += here.iter().filter(|seen| matches!(seen, Seen::Call(_))).count();
        results += here.iter().filter(|seen| matches!(seen, Seen::Call(Ok(_)))).count();
    }
    println!("{ran} of {count} modules ran, {calls} calls, {results} of them without a trap, {moved} moves");
    assert!(ran * 10 > count * 9);
    assert!(moved >= most_moves.min(2) * count);
}

fn first_difference<T: Debug + PartialEq>(here: &[T], elsewhere: &[T]) -> String {
    let differing = here.iter().zip(elsewhere).position(|(here, elsewhere)| here != elsewhere);
    let shown = |seen: Option<&T>| format!("{seen:?}").chars().take(200).collect::<String>();
    match differing {
        Some(at) => format!("{at}: here {}, elsewhere {}", shown(here.get(at)), shown(elsewhere.get(at))),
        None => format!("{} against {} things seen", here.len(), elsewhere.len()),
    }
}
