//! Modules without facts, as other compilers make them.

use sostenuto_board::patch::{Host, Patch};
use sostenuto_machine::conez::{load, read};

fn patch(text: &str) -> Option<Patch> {
    read(&wat::parse_str(text).expect("a module"), "other.wasm").expect("a module")
}

/// The areas of a module's memory: name, address and bytes.
fn areas(text: &str) -> Vec<(String, u32, u32)> {
    let storages = patch(text).expect("a patch").facts.storages;
    storages.iter().map(|it| (it.name.clone(), it.address.expect("in memory"), it.bytes)).collect()
}

#[test]
fn an_entry_point_or_an_import_tells_of_the_conez() {
    for text in [
        r#"(module (func (export "setup")))"#,
        r#"(module (func (export "process") (param i32)))"#,
        r#"(module (import "env" "millis" (func (result i32))))"#,
    ] {
        let patch = patch(text).expect("a patch");
        assert_eq!((patch.facts.host, patch.facts.source.as_str()), (Host::Conez, "other.wasm"));
        assert_eq!(Patch::read(patch.wasm.clone()).expect("readable"), patch);
    }
    assert!(
        patch(r#"(module (func (export "render")) (global (export "setup") i32 (i32.const 1)))"#).is_none()
    );
    assert!(read(b"no module", "x").is_err());
}

#[test]
fn the_areas_of_the_memory_are_what_the_module_says_of_itself() {
    let clang = r#"(module
        (memory (export "memory") 2)
        (data (i32.const 1024) "0123456789") (data (i32.const 1040) "0123")
        (func (export "setup")))"#;
    let expected =
        [("memory at 0x0", 0, 1024), ("data", 1024, 20), ("memory at 0x414", 1044, 131_072 - 1044)];
    assert_eq!(areas(clang), expected.map(|(name, at, bytes)| (name.to_owned(), at, bytes)));
    let c2wasm = r#"(module
        (import "env" "malloc" (func (param i32) (result i32)))
        (memory (export "memory") 1)
        (global (export "_heap_ptr") i32 (i32.const 6))
        (data (i32.const 0) "01234")
        (func (export "loop")))"#;
    let expected = [
        ("data", 0, 5),
        ("memory at 0x5", 5, 3),
        ("low heap", 8, 0x7FF8),
        ("string pool", 0x8000, 0x7000),
        ("memory at 0xf000", 0xF000, 0x1000),
    ];
    assert_eq!(areas(c2wasm), expected.map(|(name, at, bytes)| (name.to_owned(), at, bytes)));
    // Data that reach into the pool, and a memory that ends in it.
    let crowded = r#"(module
        (import "env" "malloc" (func (param i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0x7FFE) "01234")
        (func (export "loop")))"#;
    assert_eq!(areas(crowded)[2], ("string pool".to_owned(), 0x8003, 0x6FFD));
    assert!(areas(r#"(module (func (export "loop")))"#).is_empty());
}

#[test]
fn without_an_end_of_its_data_there_is_the_pool_alone_and_a_warning() {
    let patch = patch(
        r#"(module
            (import "env" "malloc" (func $malloc (param i32) (result i32)))
            (import "env" "print_i32" (func $print_i32 (param i32)))
            (memory (export "memory") 1)
            (func (export "setup") (call $print_i32 (call $malloc (i32.const 4)))))"#,
    )
    .expect("a patch");
    let loaded = load(&patch).expect("loaded");
    let mut printed = Vec::new();
    let print = &mut |text: &[u8]| printed.extend_from_slice(text);
    let outcome = sostenuto_machine::conez::run(&loaded, &Default::default(), None, &mut |_, _| {}, print);
    assert_eq!(printed, b"32768\n", "without `_heap_ptr` there is the pool alone");
    assert!(outcome.expect("run").report.warnings[0].contains("must stay out of 0x8000 to 0xf000"));
}
