//! Loads, stores and moves of bytes, at all kinds of addresses.

mod support;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{
    FlatMemory, Instance, InstantiationError, LinearMemory, MemoryError, Module, PagedMemory, Run, TrapKind,
    TypedMemory, Value,
};
use support::{Notes, call, instance, module, thread};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Runs `f(address)` of a module with three pages, and gives what it returns with the memory.
fn run(body: &str, address: i32) -> (Result<Option<Value>, TrapKind>, Vec<u8>) {
    let module = module(&format!(
        r#"(module (memory 3 3) (data (i32.const 8) "\80\81\02\83") (data (i32.const 70000) "\01\02\03\04")
            (func (export "f") (param $a i32) (result i32) {body}))"#
    ));
    let mut instance = Instance::new(&module, FlatMemory::new(vec![0; 0x3_0000])).unwrap();
    let mut thread = thread(&module, "f", &[Value::I32(address)]);
    let result = match thread.run(&module, &mut instance, &mut Notes::default()) {
        Ok(Run::Finished(result)) => Ok(result),
        Ok(paused) => panic!("{paused:?}"),
        Err(trap) => Err(trap.kind),
    };
    (result, instance.into_memory().into_inner())
}

fn value(body: &str, address: i32) -> Result<u32, TrapKind> {
    run(body, address).0.map(|result| result.unwrap().to_bits() as u32)
}

#[test]
fn loads_extend_what_they_read() {
    for (operator, expected) in [
        ("i32.load", 0x8302_8180),
        ("i32.load8_s", 0xffff_ff80),
        ("i32.load8_u", 0x80),
        ("i32.load16_s", 0xffff_8180),
        ("i32.load16_u", 0x8180),
    ] {
        assert_eq!(value(&format!("({operator} (local.get $a))"), 8), Ok(expected));
        assert_eq!(value(&format!("({operator} offset=5 (local.get $a))"), 3), Ok(expected));
        assert_eq!(value(&format!("({operator} offset=5 (i32.const 3))"), 0), Ok(expected));
    }
    assert_eq!(value("(i32.reinterpret_f32 (f32.load (local.get $a)))", 8), Ok(0x8302_8180));
}

#[test]
fn offsets_may_be_as_wide_as_addresses() {
    assert_eq!(value("(i32.load16_u offset=69990 (local.get $a))", 10), Ok(0x0201));
    assert_eq!(value("(i32.load16_u offset=69990 (i32.add (local.get $a) (i32.const 4)))", 6), Ok(0x0201));
    // Base and offset do not wrap around.
    assert_eq!(value("(i32.load8_u offset=0xffffffff (local.get $a))", 9), Err(TrapKind::MemoryOutOfBounds));
    assert_eq!(value("(i32.load8_u offset=9 (local.get $a))", -1), Err(TrapKind::MemoryOutOfBounds));
    assert_eq!(value("(i32.load8_u offset=9 (i32.const -1))", 0), Err(TrapKind::MemoryOutOfBounds));
}

#[test]
fn stores_write_their_bytes_and_no_others() {
    for (operator, length) in [("i32.store8", 1), ("i32.store16", 2), ("i32.store", 4)] {
        for (place, address) in [
            ("offset=60 (local.get $a)", 160),
            ("offset=60 (i32.const 100)", 160),
            ("offset=90000 (local.get $a)", 90_100),
            ("(i32.const 100)", 100),
        ] {
            let (result, memory) =
                run(&format!("({operator} {place} (i32.const 0x04030201)) (i32.const 7)"), 100);
            assert_eq!(result, Ok(Some(Value::I32(7))));
            assert_eq!(memory[address..address + length], [1, 2, 3, 4][..length]);
            assert_eq!((memory[address - 1], memory[address + length]), (0, 0));
        }
    }
}

#[test]
fn the_last_byte_is_the_last() {
    assert_eq!(value("(i32.load (local.get $a))", 0x2_fffc), Ok(0));
    assert_eq!(value("(i32.load (local.get $a))", 0x2_fffd), Err(TrapKind::MemoryOutOfBounds));
    let (result, memory) = run("(i32.store (local.get $a) (i32.const -1)) (i32.const 0)", 0x2_fffd);
    assert_eq!(result, Err(TrapKind::MemoryOutOfBounds));
    assert_eq!(memory[0x2_fffd..], [0, 0, 0]);
}

#[test]
fn a_copy_may_overlap_itself() {
    let (_, memory) = run("(memory.copy (i32.const 10) (local.get $a) (i32.const 4)) (i32.const 0)", 8);
    assert_eq!(memory[8..14], [0x80, 0x81, 0x80, 0x81, 2, 0x83]);
    let (_, memory) = run("(memory.copy (i32.const 6) (local.get $a) (i32.const 4)) (i32.const 0)", 8);
    assert_eq!(memory[6..12], [0x80, 0x81, 2, 0x83, 2, 0x83]);
}

#[test]
fn a_move_out_of_bounds_moves_nothing() {
    for body in [
        "(memory.copy (local.get $a) (i32.const 8) (i32.const 4)) (i32.const 0)",
        "(memory.copy (i32.const 0x2fffe) (local.get $a) (i32.const 4)) (i32.const 0)",
        "(memory.copy (i32.const 8) (local.get $a) (i32.const 4)) (i32.const 0)",
        "(memory.fill (local.get $a) (i32.const 1) (i32.const 4)) (i32.const 0)",
    ] {
        let (result, memory) = run(body, 0x2_fffe);
        assert_eq!(result, Err(TrapKind::MemoryOutOfBounds));
        assert_eq!(memory[0x2_fffe..], [0, 0]);
    }
    // Even the empty run must begin inside or at the end.
    assert_eq!(
        value("(memory.fill (local.get $a) (i32.const 1) (i32.const 0)) (i32.const 5)", 0x3_0000),
        Ok(5)
    );
    let past = value("(memory.fill (local.get $a) (i32.const 1) (i32.const 0)) (i32.const 5)", 0x3_0001);
    assert_eq!(past, Err(TrapKind::MemoryOutOfBounds));
}

#[test]
fn the_memory_states_its_size_and_does_not_grow() {
    assert_eq!(value("(memory.size)", 0), Ok(3));
    assert_eq!(value("(memory.grow (i32.const 1))", 0), Ok(u32::MAX));
    assert_eq!(value("(memory.grow (i32.const 0))", 0), Ok(3));
}

#[test]
fn an_instance_wants_room_for_memory_and_segments() {
    let module = module(r#"(module (memory 2) (data (i32.const 131070) "abc"))"#);
    assert_eq!(module.memory_bytes(), 0x2_0000);
    let small = Instance::new(&module, FlatMemory::new(vec![0; 0x1_ffff])).unwrap_err();
    assert_eq!(small, InstantiationError::MemoryTooSmall { needs: 0x2_0000, has: 0x1_ffff });
    let leaving = Instance::new(&module, FlatMemory::new(vec![0; 0x2_0000])).unwrap_err();
    assert_eq!(leaving, InstantiationError::DataOutOfBounds { segment: 0 });
    let table = module_with_elements("(i32.const 1)");
    let leaving = Instance::new(&table, FlatMemory::new(vec![])).unwrap_err();
    assert_eq!(leaving, InstantiationError::ElementsOutOfBounds { segment: 0 });
    assert!(Instance::new(&module_with_elements("(i32.const 0)"), FlatMemory::new(vec![])).is_ok());
}

fn module_with_elements(place: &str) -> Module {
    module(&format!("(module (table 2 funcref) (func $f) (elem {place} $f $f))"))
}

#[test]
fn globals_start_at_their_values_and_change() {
    let module = module(
        r#"(module (global $a (export "a") (mut i32) (i32.const -5)) (global $b (export "b") f32 (f32.const 0.5))
            (func (export "f") (result f32) (global.set $a (i32.const 9)) (global.get $b)))"#,
    );
    assert_eq!(call(&module, "f", &[]), Ok(Some(Value::F32(0.5))));
    let mut instance = instance(&module);
    let global = module.global_export("a").unwrap();
    assert_eq!(instance.global(&module, global), Some(Value::I32(-5)));
    thread(&module, "f", &[]).run(&module, &mut instance, &mut Notes::default()).unwrap();
    assert_eq!(instance.global(&module, global), Some(Value::I32(9)));
    assert_eq!(module.global_initial(global), Some(Value::I32(-5)));
    assert_eq!(module.export("a"), None);
}

#[test]
fn a_text_ends_at_its_zero_or_with_the_buffer_and_never_behind_the_memory() {
    let mut memory = FlatMemory::new(vec![b'x'; 100]);
    memory.write(10, b"a text of more than thirty-two bytes, in pieces\0").unwrap();
    let mut buffer = [0; 60];
    assert_eq!(
        memory.read_text(10, &mut buffer),
        Ok(&b"a text of more than thirty-two bytes, in pieces"[..])
    );
    assert_eq!(memory.read_text(57, &mut buffer), Ok(&b""[..]));
    assert_eq!(memory.read_text(10, &mut buffer[..6]), Ok(&b"a text"[..]));
    assert_eq!(memory.read_text(94, &mut buffer[..6]), Ok(&b"xxxxxx"[..]));
    assert_eq!(memory.read_text(94, &mut buffer[..7]), Err(MemoryError::OutOfBounds));
    assert_eq!(memory.read_text(u64::MAX, &mut buffer), Err(MemoryError::OutOfBounds));
    assert_eq!(memory.read_text(u64::MAX, &mut []), Ok(&b""[..]));
}

#[test]
fn a_second_program_has_the_paged_memory_of_the_first_without_allocation() {
    let cache = PageCache::<_, 64, 4, 8>::new(SliceStore::new(vec![0; 4096]), 1000, 4096).unwrap();
    let mut memory = PagedMemory::new(cache);
    for _ in 0..3 {
        let mut cache = assert_no_alloc(|| {
            assert_eq!(memory.read_value(500), Ok(0_u32));
            memory.write_value(500, 1_u32).unwrap();
            assert!(memory.grow(4096));
            memory.fill(3000, 7, 1000).unwrap();
            memory.into_inner()
        });
        assert_no_alloc(|| cache.reset(1000)).unwrap();
        memory = PagedMemory::new(cache);
        assert_eq!((memory.size(), memory.load::<1>(1000)), (1000, Err(MemoryError::OutOfBounds)));
        assert!(memory.grow(4000));
        assert_eq!(memory.load::<8>(3500), Ok([0; 8]));
        let mut cache = memory.into_inner();
        cache.reset(1000).unwrap();
        memory = PagedMemory::new(cache);
    }
}
