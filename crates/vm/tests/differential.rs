//! Generated programs do here what they do in another interpreter.

mod generator;

use generator::{answer, arguments};
use proptest::prelude::*;
use sostenuto_vm::{FlatMemory, Flow, FuncIndex, Halt, Host, Module, Run, Thread, TrapKind, Value};

/// All that can be seen of the run of a program.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    /// Of each function in turn: the bits of its results, or the trap.
    results: Vec<Result<Vec<u64>, &'static str>>,
    calls: Vec<(u32, Vec<u32>)>,
    globals: Vec<u64>,
    tables: Vec<u32>,
    memory: Vec<u8>,
}

#[derive(Default)]
struct Recorder(Vec<(u32, Vec<u32>)>);

impl Host<FlatMemory<Vec<u8>>> for Recorder {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut FlatMemory<Vec<u8>>) -> Result<Flow, Halt> {
        self.0.push((import, args.to_vec()));
        let result = answer(import, args);
        memory.bytes_mut()[1000..1008].copy_from_slice(&result.to_le_bytes());
        Ok(Flow::Continue(result))
    }
}

fn functions(module: &Module) -> impl Iterator<Item = (String, FuncIndex)> {
    (0..generator::FUNCTIONS).map(|index| (index.to_string(), module.export(&index.to_string()).unwrap()))
}

/// Runs all functions.
fn run_here(module: &Module) -> Outcome {
    let mut instance = generator::instance(module);
    let mut host = Recorder::default();
    let mut thread = Thread::new(100_000);
    let results = functions(module).map(|(_, function)| {
        thread.start(module, function, &arguments(module, function)).unwrap();
        thread.set_budget(1 << 40);
        match thread.run(module, &mut instance, &mut host) {
            Ok(Run::Finished(_)) => Ok(thread.results(module).map(Value::to_bits).collect()),
            Ok(pause) => panic!("{pause:?}"),
            Err(trap) => Err(name(trap.kind)),
        }
    });
    let results = results.collect();
    let globals =
        module.global_exports().map(|(_, global)| instance.global(module, global).unwrap().to_bits());
    let globals = globals.collect();
    let tables = instance.tables().iter().map(|table| table.size()).collect();
    Outcome { results, calls: host.0, globals, tables, memory: instance.into_memory().into_inner() }
}

fn name(kind: TrapKind) -> &'static str {
    match kind {
        TrapKind::Unreachable => "unreachable",
        TrapKind::MemoryOutOfBounds => "memory",
        TrapKind::MemoryFailed => "failure",
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

/// The functions of the host, as the other interpreter wants them.
mod elsewhere {
    use super::answer;
    use wasmi::{Caller, F32, F64, Linker};

    type Calls = Vec<(u32, Vec<u32>)>;

    fn note(mut caller: Caller<'_, Calls>, import: u32, args: &[u32]) -> u64 {
        let result = answer(import, args);
        let memory = caller.get_export("memory").unwrap().into_memory().unwrap();
        memory.write(&mut caller, 1000, &result.to_le_bytes()).unwrap();
        caller.data_mut().push((import, args.to_vec()));
        result
    }

    pub fn add_functions(linker: &mut Linker<Calls>) {
        let first = |caller: Caller<'_, Calls>, a: i32, b: F32| {
            (note(caller, 0, &[a.cast_unsigned(), b.to_bits()]) as u32).cast_signed()
        };
        linker.func_wrap("host", "0", first).unwrap();
        let second = |caller: Caller<'_, Calls>, a: F32| {
            note(caller, 1, &[a.to_bits()]);
        };
        linker.func_wrap("host", "1", second).unwrap();
        let halves = |bits: u64| [bits as u32, (bits >> 32) as u32];
        let third = move |caller: Caller<'_, Calls>, a: i64, b: F64| {
            let args = [halves(a.cast_unsigned()), halves(b.to_bits())];
            note(caller, 2, args.as_flattened()).cast_signed()
        };
        linker.func_wrap("host", "2", third).unwrap();
    }
}

fn run_elsewhere(wasm: &[u8], translated: &Module) -> Outcome {
    use wasmi::{Engine, Extern, F32, F64, Linker, Store, TrapCode, Val};
    let engine = Engine::default();
    let module = wasmi::Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, vec![]);
    let mut linker = Linker::new(&engine);
    elsewhere::add_functions(&mut linker);
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let bits = |value: &Val| match value {
        Val::I32(value) => value.cast_unsigned().into(),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(value) => value.to_bits().into(),
        Val::F64(value) => value.to_bits(),
        other => panic!("no number: {other:?}"),
    };
    let results = functions(translated).map(|(name, index)| {
        let function = instance.get_func(&store, &name).unwrap();
        let args: Vec<Val> = arguments(translated, index)
            .into_iter()
            .map(|arg| match arg {
                Value::I32(value) => Val::I32(value),
                Value::I64(value) => Val::I64(value),
                Value::F32(value) => Val::F32(F32::from_bits(value.to_bits())),
                Value::F64(value) => Val::F64(F64::from_bits(value.to_bits())),
                other => panic!("no number: {other:?}"),
            })
            .collect();
        let mut results = vec![Val::I32(0); function.ty(&store).results().len()];
        match function.call(&mut store, &args, &mut results) {
            Ok(()) => Ok(results.iter().map(bits).collect()),
            // It has no code for a copy that leaves a table.
            Err(error) if error.to_string().starts_with("out of bounds table access") => Err("table"),
            Err(error) => Err(match error.as_trap_code().unwrap() {
                TrapCode::UnreachableCodeReached => "unreachable",
                TrapCode::MemoryOutOfBounds => "memory",
                TrapCode::IntegerDivisionByZero => "division",
                TrapCode::IntegerOverflow => "overflow",
                TrapCode::BadConversionToInteger => "conversion",
                TrapCode::TableOutOfBounds => "table",
                TrapCode::IndirectCallToNull => "null",
                TrapCode::BadSignature => "type",
                other => panic!("unexpected trap: {other:?}"),
            }),
        }
    });
    let results = results.collect();
    let exported = |name: &str| instance.get_export(&store, name);
    let globals = translated.global_exports().filter_map(|(name, _)| match exported(name) {
        Some(Extern::Global(global)) => Some(bits(&global.get(&store))),
        _ => None,
    });
    let globals = globals.collect();
    let tables = ["t0", "t1"].iter().filter_map(|name| match exported(name) {
        Some(Extern::Table(table)) => Some(table.size(&store) as u32),
        _ => None,
    });
    let tables = tables.collect();
    let memory = instance.get_memory(&store, "memory").unwrap().data(&store).to_vec();
    Outcome { results, calls: store.into_data(), globals, tables, memory }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_program_does_what_it_does_elsewhere(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let wasm = generator::module(&bytes);
        let module = Module::new(&wasm).unwrap();
        let (here, elsewhere) = (run_here(&module), run_elsewhere(&wasm, &module));
        prop_assert_eq!(&here.results, &elsewhere.results);
        prop_assert!(here == elsewhere);
    }
}
