//! Arbitrary changes of a snapshot, with its checksum made right again: refused, or restored to something that runs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sostenuto_vm::{FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Thread, snapshot};
use std::sync::LazyLock;

const STACK_WORDS: usize = 300;
const BUDGET: u64 = 2_000;

/// Recursion, an indirect call and a call of the host, so that a snapshot has frames of each kind.
const TEXT: &str = r#"(module
    (import "host" "pause" (func $pause (param i32) (result i64)))
    (type $step (func (param i32 f64) (result f64)))
    (memory 1)
    (table 4 funcref)
    (elem (i32.const 1) $down)
    (global $count (mut i64) (i64.const 0))
    (func $down (type $step) (local i64)
        (local.set 2 (call $pause (local.get 0)))
        (global.set $count (i64.add (global.get $count) (local.get 2)))
        (memory.fill (local.get 0) (i32.const 7) (i32.const 100))
        (if (result f64) (local.get 0)
            (then (f64.add (local.get 1) (call_indirect (type $step)
                (i32.sub (local.get 0) (i32.const 1)) (f64.const 0.5) (i32.const 1))))
            (else (local.get 1))))
    (func (export "f") (param i32) (result f64)
        (f64.mul (f64.const 2) (call $down (local.get 0) (f64.const 1)))))"#;

struct Pause;

impl<M: LinearMemory> Host<M> for Pause {
    fn call(&mut self, _: u32, args: &[u32], _: &mut M) -> Result<Flow, Halt> {
        Ok(if args[0].is_multiple_of(2) { Flow::Suspend(3) } else { Flow::Continue(5) })
    }
}

static MODULE: LazyLock<Module> = LazyLock::new(|| Module::new(&wat::parse_str(TEXT).unwrap()).unwrap());

/// A snapshot of a call that is five frames deep.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut instance = instance();
    let mut thread = Thread::new(STACK_WORDS);
    let function = MODULE.export("f").unwrap();
    thread.start(&MODULE, function, &[sostenuto_vm::Value::I32(9)]).unwrap();
    for _ in 0..3 {
        thread.set_budget(100);
        thread.run(&MODULE, &mut instance, &mut Pause).unwrap();
    }
    snapshot::to_vec(&MODULE, &mut instance, &[&thread]).unwrap()
});

fn instance() -> Instance<FlatMemory<Vec<u8>>> {
    Instance::new(&MODULE, FlatMemory::new(vec![0; MODULE.memory_bytes() as usize])).unwrap()
}

// Pairs of a place, counted from the end, and what is added to the byte there.
fuzz_target!(|changes: Vec<(u16, u8)>| {
    let mut bytes = WHOLE.clone();
    let end = bytes.len() - CRC_BYTES;
    for (back, change) in changes {
        if let Some(byte) = end.checked_sub(1 + usize::from(back)).and_then(|place| bytes.get_mut(place)) {
            *byte = byte.wrapping_add(change);
        }
    }
    let checksum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    let mut instance = instance();
    let mut thread = Thread::new(STACK_WORDS);
    if snapshot::restore(&MODULE, &mut instance, &mut [&mut thread], &bytes).is_ok() {
        thread.set_budget(BUDGET);
        let _ = thread.run(&MODULE, &mut instance, &mut Pause);
    }
});

const CRC_BYTES: usize = 4;
