//! What is not supported is refused by name; what is malformed never panics.

mod generator;
mod support;

use proptest::prelude::*;
use sostenuto_vm::{FlatMemory, Instance, LoadErrorKind, Module, Thread, Value};

fn refused(text: &str) -> String {
    let wasm = wat::parse_str(text).unwrap();
    let error = Module::new(&wasm).expect_err(text);
    assert!(matches!(error.kind, LoadErrorKind::Unsupported(_)), "{text}: {error}");
    assert!((8..wasm.len()).contains(&(error.offset as usize)), "{text}: {error}");
    error.to_string()
}

#[test]
fn a_refusal_names_the_operator_or_the_feature() {
    for (text, name) in [
        ("(module (func (result i32) (return_call 0)))", "`return_call` (proposal tail call)"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (memory i64 1))", "64-bit memory"),
        ("(module (memory 1) (memory 1))", "more than one memory"),
        ("(module (table i64 1 funcref))", "a 64-bit table"),
        ("(module (table 1 (ref null 0)) (type (func)))", "the type (ref null"),
        ("(module (func (param anyref)))", "the type anyref"),
        ("(module (func (drop (ref.null any))))", "a null of the type"),
        ("(module (func (block (result v128) (unreachable)) drop))", "the type v128"),
        ("(module (import \"a\" \"b\" (tag)))", "an imported tag"),
        ("(module (global i32 (i32.add (i32.const 1) (i32.const 2))))", "constant expression"),
        ("(module (global i32 (i32.const 1)) (global i32 (global.get 0)))", "constant expression"),
        ("(module (type (struct)))", "a type that is not of a function"),
        ("(module (type (sub (func))))", "a subtype"),
        ("(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))", "(proposal threads)"),
    ] {
        let message = refused(text);
        assert!(message.contains(name), "{text}: {message}");
        assert!(message.contains("not supported (at byte 0x"), "{message}");
    }
    assert!(refused("(module (func (drop (v128.const i32x4 0 0 0 0))))").contains("simd"));
}

#[test]
fn a_frame_of_too_many_slots_is_refused() {
    let text = "(module (func (local ".to_owned()
        + &"i32 ".repeat(40_000)
        + ") "
        + &"i32.const 1 ".repeat(26_000)
        + &"drop ".repeat(26_000)
        + "))";
    let error = Module::new(&wat::parse_str(text).unwrap()).unwrap_err();
    assert!(
        matches!(error.kind, LoadErrorKind::TooManySlots { needs: 65_536, limit: 65_535, .. }),
        "{error}"
    );
}

#[test]
fn imports_and_exports_are_told() {
    let module = support::module(&format!(
        r#"(module {} (func $named (export "f") (param f32) (result f32) (local.get 0))
            (global (export "g") i32 (i32.const 0)) (memory (export "m") 1) (func (export "h")))"#,
        support::IMPORTS
    ));
    let imports: Vec<String> = module
        .imports()
        .map(|import| format!("{}.{}{}", import.module, import.name, import.function_type))
        .collect();
    assert_eq!(imports, ["host.yield()", "host.note(i32) -> i32", "host.halt(i32)"]);
    let names: Vec<_> =
        module.exports().map(|(name, index)| (name, index.0, module.function_name(index).unwrap())).collect();
    assert_eq!(names, [("f", 3, "named"), ("h", 4, "h")]);
}

/// Whatever the module is: it is refused, or its functions run for a while.
fn load_and_run(wasm: &[u8]) {
    let Ok(module) = Module::new(wasm) else { return };
    if module.memory_bytes() > 1 << 20 {
        return;
    }
    let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
    let Ok(mut instance) = Instance::new(&module, memory) else { return };
    let mut thread = Thread::new(2000);
    for (_, function) in module.exports() {
        let _ = module.stack_bound(function);
        let params = module.function_type(function).unwrap().params();
        let args: Vec<Value> = params.iter().map(|&param| Value::from_bits(param, 0x3f80_0001)).collect();
        if thread.start(&module, function, &args).is_ok() {
            thread.set_budget(10_000);
            let _ = thread.run(&module, &mut instance, &mut Quiet);
            let _ = thread.location(&module);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        load_and_run(&bytes);
        let header = [b"\0asm\x01\0\0\0".as_slice(), &bytes].concat();
        load_and_run(&header);
    }

    #[test]
    fn damaged_modules_never_panic(
        tape in prop::collection::vec(any::<u8>(), 0..600),
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let wasm = generator::module(&tape);
        load_and_run(&wasm[..cut.index(wasm.len())]);
        let mut flipped = wasm;
        for (place, bits) in flips {
            let place = place.index(flipped.len());
            flipped[place] ^= bits;
            load_and_run(&flipped);
        }
    }

    #[test]
    fn the_stack_bound_holds(tape in prop::collection::vec(any::<u8>(), 0..1500)) {
        let module = Module::new(&generator::module(&tape)).unwrap();
        let bytes = module.memory_bytes() as usize;
        let mut instance = Instance::new(&module, FlatMemory::new(vec![0; bytes])).unwrap();
        for (_, function) in module.exports() {
            let sostenuto_vm::StackBound::Words(bound) = module.stack_bound(function) else { continue };
            let params = module.function_type(function).unwrap().params();
            let args: Vec<Value> = params.iter().map(|&param| Value::from_bits(param, 1)).collect();
            let mut thread = Thread::new(bound as usize);
            thread.start(&module, function, &args).unwrap();
            thread.set_budget(100_000);
            while let Ok(run) = thread.run(&module, &mut instance, &mut Quiet) {
                if run != sostenuto_vm::Run::Suspended { break }
            }
            prop_assert!(thread.high_water() <= bound);
        }
    }
}

/// A host that answers everything with 1.
struct Quiet;

impl<M: sostenuto_vm::LinearMemory> sostenuto_vm::Host<M> for Quiet {
    fn call(&mut self, _: u32, _: &[u32], _: &mut M) -> Result<sostenuto_vm::Flow, sostenuto_vm::Halt> {
        Ok(sostenuto_vm::Flow::Continue(1))
    }
}
