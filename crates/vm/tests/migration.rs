//! What a new version of a program keeps of the old one.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_vm::{
    FlatMemory, GlobalIndex, Instance, Links, MemoryRange, Migration, MigrationError, Module, Value,
};
use support::module;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

type Memory = FlatMemory<Vec<u8>>;

fn instance(module: &Module, fill: u8, size: usize) -> Instance<Memory> {
    let links = Links { globals: &[Value::I32(99)], ..Links::default() };
    let links = if module.all_imports().count() > 0 { links } else { Links::default() };
    Instance::link(module, FlatMemory::new(vec![fill; size]), links).unwrap()
}

fn value(module: &Module, instance: &Instance<Memory>, index: u32) -> Value {
    instance.global(module, GlobalIndex(index)).unwrap()
}

#[test]
fn globals_of_one_name_and_type_keep_their_values() {
    let old = module(
        r#"(module (import "host" "shared" (global $shared (mut i32)))
            (global $wide (mut i64) (i64.const -5))
            (global $retyped (mut i32) (i32.const 1))
            (global $constant i32 (i32.const 2))
            (global $callee (mut funcref) (ref.func $f))
            (global $thing (mut externref) (ref.null extern))
            (global $inner (export "outer") (mut f64) (f64.const 1.5))
            (global $gone (mut i32) (i32.const 3))
            (func $f) (elem declare func $f) (memory 1))"#,
    );
    let new = module(
        r#"(module (import "host" "shared" (global $shared (mut i32)))
            (global (mut f64) (f64.const 0))
            (global $thing (mut externref) (ref.null extern))
            (global $callee (mut funcref) (ref.null func))
            (global $constant i32 (i32.const 20))
            (global $retyped (mut f32) (f32.const 10))
            (global $wide (export "broad") (mut i64) (i64.const 30))
            (global $added (mut i32) (i32.const 40))
            (global $other (export "outer") (mut f64) (f64.const 50)) (memory 1))"#,
    );
    assert_eq!(old.global_name(GlobalIndex(6)), Some("inner"));
    assert_eq!(new.global_name(GlobalIndex(1)), None);
    let migration = Migration::new(&old, &new, |_| true);
    let names: Vec<&str> = migration.globals().iter().map(|global| global.name.as_str()).collect();
    assert_eq!(names, ["outer", "thing", "wide"]);
    let (mut playing, mut next) = (instance(&old, 0, 0x1_0000), instance(&new, 0, 0x1_0000));
    let before: Vec<Value> = (0..9).map(|index| value(&new, &next, index)).collect();
    assert_no_alloc(|| migration.apply(&mut playing, &mut next)).unwrap();
    let after: Vec<Value> = (0..9).map(|index| value(&new, &next, index)).collect();
    assert_eq!((after[6], after[8]), (Value::I64(-5), Value::F64(1.5)));
    assert_eq!(after[..6], before[..6]);
    assert_eq!(after[7], before[7]);

    let migration = Migration::new(&old, &new, |name| name != "wide");
    assert_eq!(migration.globals().len(), 2);
}

#[test]
fn an_export_counts_more_than_a_name() {
    let old = module(
        r#"(module (global $x (mut i32) (i32.const 1)) (global $y (export "x") (mut i32) (i32.const 2)) (memory 1))"#,
    );
    let new = module(r#"(module (global $x (mut i32) (i32.const 3)) (memory 1))"#);
    let migration = Migration::new(&old, &new, |_| true);
    let (mut playing, mut next) = (instance(&old, 0, 0x1_0000), instance(&new, 0, 0x1_0000));
    migration.apply(&mut playing, &mut next).unwrap();
    assert_eq!(value(&new, &next, 0), Value::I32(2));
}

#[test]
fn ranges_of_memory_are_copied_whole() {
    let old = module("(module (memory 1))");
    let new = module("(module (memory 2) (func))");
    let (mut playing, mut next) = (instance(&old, 0, 0x1_0000), instance(&new, 0xee, 0x2_0000));
    for (index, byte) in playing.memory_mut().bytes_mut().iter_mut().enumerate() {
        *byte = (index % 251) as u8;
    }
    let mut migration = Migration::new(&old, &new, |_| true);
    let ranges = [(0, 5, 3), (1000, 0x1_fc00, 0x400), (100, 2000, 1537), (7, 9, 0)]
        .map(|(from, to, bytes)| MemoryRange { from, to, bytes });
    ranges.iter().for_each(|&range| migration.add_range(range));
    assert_eq!((migration.ranges(), migration.bytes()), (&ranges[..], 3 + 1024 + 1537));
    assert_no_alloc(|| migration.apply(&mut playing, &mut next)).unwrap();
    let mut expected = vec![0xee; 0x2_0000];
    for MemoryRange { from, to, bytes } in ranges {
        let (from, to, bytes) = (from as usize, to as usize, bytes as usize);
        expected[to..to + bytes].copy_from_slice(&playing.memory().bytes()[from..from + bytes]);
    }
    assert!(next.memory().bytes() == expected);
}

#[test]
fn a_range_outside_a_memory_changes_nothing() {
    let (old, new) = (module("(module (memory 1))"), module("(module (memory 2) (func))"));
    let (mut playing, mut next) = (instance(&old, 5, 0x1_0000), instance(&new, 0, 0x2_0000));
    let mut apply = |range| {
        let mut migration = Migration::new(&old, &new, |_| true);
        migration.add_range(MemoryRange { from: 0, to: 0, bytes: 100 });
        migration.add_range(range);
        let refused = migration.apply(&mut playing, &mut next).unwrap_err();
        assert!(next.memory().bytes().iter().all(|&byte| byte == 0));
        refused
    };
    let range = MemoryRange { from: 0xfff0, to: 0, bytes: 17 };
    assert_eq!(apply(range), MigrationError::OldMemory { range, size: 0x1_0000 });
    assert_eq!(apply(range).to_string(), "17 B at 0xfff0 leave the old memory of 65536 B");
    let range = MemoryRange { from: 0, to: u32::MAX, bytes: 2 };
    assert_eq!(apply(range), MigrationError::NewMemory { range, size: 0x2_0000 });
}

#[test]
#[should_panic(expected = "a migration belongs to two modules")]
fn the_instances_must_be_of_the_two_modules() {
    let (old, new) = (module("(module (memory 1))"), module("(module (memory 2) (func))"));
    let (mut playing, mut next) = (instance(&old, 0, 0x1_0000), instance(&new, 0, 0x2_0000));
    let _ = Migration::new(&old, &new, |_| true).apply(&mut next, &mut playing);
}
