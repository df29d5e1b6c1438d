//! Generated programs do here what they do in another interpreter.

mod generator;

use proptest::prelude::*;
use sostenuto_vm::{
    FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, TrapKind, Value,
};

/// All that can be seen of the run of a program.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    /// Of each function in turn: the bits of its result, or the trap.
    results: Vec<Result<Option<u32>, &'static str>>,
    calls: Vec<(u32, Vec<u32>)>,
    globals: Vec<u32>,
    memory: Vec<u8>,
}

/// What the host answers, the same for both.
fn answer(import: u32, args: &[u32]) -> u32 {
    args.iter().fold(import, |hash, arg| hash.rotate_left(5) ^ arg)
}

#[derive(Default)]
struct Recorder {
    calls: Vec<(u32, Vec<u32>)>,
    /// Every how many calls the program is suspended; 0 is never.
    suspend_every: usize,
}

impl<M: LinearMemory> Host<M> for Recorder {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt> {
        self.calls.push((import, args.to_vec()));
        let result = answer(import, args);
        memory.store(1000, result.to_le_bytes()).map_err(|_| Halt(1))?;
        let is_pause = self.calls.len().is_multiple_of(self.suspend_every);
        Ok(if is_pause { Flow::Suspend(result.into()) } else { Flow::Continue(result.into()) })
    }
}

/// Arguments that tell slots apart.
fn arguments(module: &Module, function: u32) -> Vec<Value> {
    let function = module.export(&function.to_string()).unwrap();
    let params = module.function_type(function).unwrap().params();
    (3..).zip(params).map(|(bits, &param)| Value::from_bits(param, bits * 0x0100_0404)).collect()
}

/// Runs all functions with the budget handed out in portions of `portion`.
fn run_here(wasm: &[u8], portion: u64, suspend_every: usize) -> Outcome {
    let module = Module::new(wasm).unwrap();
    let mut instance =
        Instance::new(&module, FlatMemory::new(vec![0; generator::PAGES as usize * 0x1_0000])).unwrap();
    let mut host = Recorder { calls: vec![], suspend_every };
    let mut thread = Thread::new(100_000);
    let results = (0..generator::FUNCTIONS)
        .map(|index| {
            let function = module.export(&index.to_string()).unwrap();
            thread.start(&module, function, &arguments(&module, index)).unwrap();
            thread.set_budget(0);
            loop {
                match thread.run(&module, &mut instance, &mut host) {
                    Ok(Run::Finished(result)) => break Ok(result.map(word)),
                    Ok(Run::OutOfBudget) => thread.set_budget(thread.budget() + portion),
                    Ok(Run::Suspended) => {}
                    Err(trap) => break Err(name(trap.kind)),
                }
            }
        })
        .collect();
    let globals = module.global_exports().map(|(_, global)| word(instance.global(&module, global).unwrap()));
    let globals = globals.collect();
    Outcome { results, calls: host.calls, globals, memory: instance.into_memory().into_inner() }
}

fn word(value: Value) -> u32 {
    value.to_bits() as u32
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

fn run_wasmi(wasm: &[u8]) -> Outcome {
    use wasmi::{Caller, Engine, Linker, Store, TrapCode, Val};
    let translated = Module::new(wasm).unwrap();
    let engine = Engine::default();
    let module = wasmi::Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, vec![]);
    let mut linker = Linker::new(&engine);
    let note = |mut caller: Caller<'_, Vec<(u32, Vec<u32>)>>, import: u32, args: &[u32]| {
        let result = answer(import, args);
        let memory = caller.get_export("memory").unwrap().into_memory().unwrap();
        memory.write(&mut caller, 1000, &result.to_le_bytes()).unwrap();
        caller.data_mut().push((import, args.to_vec()));
        result
    };
    let first = move |caller: Caller<'_, _>, a: i32, b: wasmi::F32| {
        note(caller, 0, &[a.cast_unsigned(), b.to_bits()]).cast_signed()
    };
    linker.func_wrap("host", "0", first).unwrap();
    let second = move |caller: Caller<'_, _>, a: wasmi::F32| {
        note(caller, 1, &[a.to_bits()]);
    };
    linker.func_wrap("host", "1", second).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let bits = |value: &Val| match value {
        Val::I32(value) => value.cast_unsigned(),
        Val::F32(value) => value.to_bits(),
        other => panic!("no value of the subset: {other:?}"),
    };
    let results = (0..generator::FUNCTIONS)
        .map(|index| {
            let function = instance.get_func(&store, &index.to_string()).unwrap();
            let args: Vec<Val> = arguments(&translated, index)
                .into_iter()
                .map(|arg| match arg {
                    Value::I32(value) => Val::I32(value),
                    Value::F32(value) => Val::F32(wasmi::F32::from_bits(value.to_bits())),
                    other => panic!("no value of the subset: {other:?}"),
                })
                .collect();
            let mut result = vec![Val::I32(0); function.ty(&store).results().len()];
            match function.call(&mut store, &args, &mut result) {
                Ok(()) => Ok(result.first().map(bits)),
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
        })
        .collect();
    let globals = translated
        .global_exports()
        .map(|(name, _)| bits(&instance.get_global(&store, name).unwrap().get(&store)))
        .collect();
    let memory = instance.get_memory(&store, "memory").unwrap().data(&store).to_vec();
    Outcome { results, calls: store.into_data(), globals, memory }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_program_does_what_it_does_elsewhere(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let wasm = generator::module(&bytes);
        let here = run_here(&wasm, 1_000_000, 0);
        prop_assert_eq!(&here, &run_wasmi(&wasm));
        // Pauses in host calls and between any two basic blocks change nothing.
        prop_assert_eq!(&here, &run_here(&wasm, 1, 1));
        prop_assert_eq!(&here, &run_here(&wasm, 17, 3));
    }
}
