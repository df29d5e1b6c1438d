//! A patch is one WebAssembly file that carries its facts, and nothing else passes for one.

use proptest::prelude::*;
use sostenuto_board::patch::{Cause, Facts, Fault, Guard, Line, Patch, PatchError, Stack};
use sostenuto_board::program::{Mentions, Meter, Parameter, Precision, Program, Span};
use sostenuto_board::{Kind, Needs, Storage, Traffic};
use wasm_encoder::{CodeSection, Function, FunctionSection, Module, TypeSection};

fn module() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut body = Function::new([]);
    body.instructions().end();
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    module.finish()
}

fn program() -> Program {
    let gain = Parameter {
        path: "/amp/gain".into(),
        label: "gain [dB]".into(),
        address: 4,
        init: 0.1,
        min: -96.0,
        max: 1e30,
        step: 0.0,
    };
    Program {
        inputs: 2,
        outputs: 3,
        precision: Precision::Double,
        bytes: 72,
        parameters: vec![gain],
        meters: vec![Meter { path: "/amp/level".into(), address: 12 }],
        scalars: vec![Span { address: 0, bytes: 64 }],
        mentions: vec![Mentions { storage: "fVec0".into(), reads: 2, writes: 1 }],
    }
}

fn facts() -> Facts {
    let fault = |cause| Fault { line: 7, function: "process".into(), cause };
    Facts {
        source: "echo.impala".into(),
        storages: vec![Storage {
            line: Some(3),
            address: Some(64),
            ..Storage::new("echo", Kind::Delay, 16_384)
        }],
        pointers: vec!["head".into()],
        stack: Stack { address: 0, bytes: 64, worst: Some(48), path: vec!["process".into(), "tap".into()] },
        lines: vec![Line { offset: 30, line: 5 }, Line { offset: 40, line: 7 }],
        faults: vec![
            fault(Cause::Index { array: "echo".into(), size: 4_096 }),
            fault(Cause::Read),
            fault(Cause::Write),
            fault(Cause::Division),
            fault(Cause::Assert("x > 0 && \"quoted\"".into())),
            fault(Cause::Stack),
        ],
        guards: vec![Guard { address: 16_448, array: "echo".into() }],
        host: Default::default(),
        program: Some(program()),
    }
}

#[test]
fn a_patch_survives_its_file() {
    let patch = Patch::new(module(), facts()).unwrap();
    assert!(patch.wasm.starts_with(&module()), "the module itself is untouched");
    let read = Patch::read(patch.wasm.clone()).unwrap();
    assert_eq!(read, patch);
    assert_eq!(read.storage("echo").unwrap().bytes, 16_384);
    assert_eq!(read.storage("reverb"), None);
}

#[test]
fn a_storage_that_cannot_be_is_refused() {
    let life = |life| Needs { life: Some(life), ..Needs::default() };
    let split = |split| Needs { split: Some(split), ..Needs::default() };
    let reads = |reads| Some(Traffic { reads, ..Traffic::default() });
    let echo = Storage::new("echo", Kind::Delay, 64);
    for (storage, told) in [
        (Storage { align: 24, ..echo.clone() }, "`echo` has an alignment of 24 B"),
        (Storage { align: 0, ..echo.clone() }, "`echo` has an alignment of 0 B"),
        (Storage { traffic: reads(-0.5), ..echo.clone() }, "`echo` has -0.5 accesses a sample"),
        (Storage { traffic: reads(1e10), ..echo.clone() }, "`echo` has 10000000000 accesses a sample"),
        (Storage { needs: split(0), ..echo.clone() }, "`echo` has parts of 0 B"),
        (Storage { needs: life((3, 1)), ..echo.clone() }, "`echo` has a life from phase 3 to 1"),
    ] {
        let patch = Patch::new(module(), Facts { storages: vec![storage], ..facts() }).unwrap();
        let fault = Patch::read(patch.wasm).unwrap_err();
        assert!(matches!(fault, PatchError::Storage { .. }) && fault.to_string().contains(told), "{fault}");
    }
    let good = Storage { needs: life((1, 3)), traffic: reads(2.0), ..echo };
    let patch = Patch::new(module(), Facts { storages: vec![good], ..facts() }).unwrap();
    assert!(Patch::read(patch.wasm).is_ok());
}

#[test]
fn an_offset_belongs_to_the_last_line_before_it() {
    let patch = Patch::new(module(), facts()).unwrap();
    let lines = [29, 30, 39, 40, 4_000].map(|offset| patch.line(offset));
    assert_eq!(lines, [None, Some(5), Some(5), Some(7), Some(7)]);
}

#[test]
fn a_module_without_facts_is_refused() {
    let error = Patch::read(module()).unwrap_err();
    assert!(matches!(error, PatchError::NoFacts), "{error}");
}

#[test]
fn facts_of_another_make_are_refused() {
    use wasm_encoder::Section as _;
    let mut wasm = module();
    wasm_encoder::CustomSection { name: Patch::SECTION.into(), data: b"{\"source\": 1}".into() }
        .append_to(&mut wasm);
    let error = Patch::read(wasm).unwrap_err();
    assert!(matches!(error, PatchError::Facts(_)), "{error}");
}

#[test]
fn other_files_are_refused() {
    for bytes in [&b""[..], b"RIFF....WAVE", b"\0asm", b"\0asm\x0d\0\x01\0"] {
        let error = Patch::read(bytes.to_vec()).unwrap_err();
        assert!(error.to_string().starts_with("not a WebAssembly module: "), "{error}");
    }
}

#[test]
fn a_file_cut_short_is_refused() {
    let wasm = Patch::new(module(), facts()).unwrap().wasm;
    for end in 0..wasm.len() {
        assert!(Patch::read(wasm[..end].to_vec()).is_err(), "the first {end} bytes pass for the whole");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Patch::read(bytes).is_err());
    }

    #[test]
    fn no_spoilt_patch_makes_it_panic(at in any::<proptest::sample::Index>(), value in any::<u8>()) {
        let mut wasm = Patch::new(module(), facts()).unwrap().wasm;
        let at = at.index(wasm.len());
        wasm[at] = value;
        let _ = Patch::read(wasm);
    }
}
