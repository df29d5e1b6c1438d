//! A memory that grows keeps what it has, and what comes is zero.

use crate::memories::Paged;
use crate::random::{Random, seeds};
use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{FlatMemory, Instance, LinearMemory, Module, NoHost, PagedMemory, Run, Thread, Value};

const RUNS: u64 = 400;
/// The bytes of the memory of one-byte pages, at first and at most.
const SIZE: u32 = 100;
const LIMIT: u32 = 777;

/// All ways to write, a way to read, and growth, for a memory as declared.
fn module(memory: &str) -> Module {
    let text = format!(
        r#"(module (memory {memory}) (data $d "some bytes that are never zero")
            (func (export "store8") (param i32 i32 i32) (result i32)
                (i32.store8 (local.get 0) (local.get 1)) (i32.const 0))
            (func (export "store32") (param i32 i32 i32) (result i32)
                (i32.store offset=3 (local.get 0) (local.get 1)) (i32.const 0))
            (func (export "store64") (param i32 i32 i32) (result i32)
                (i64.store (local.get 0) (i64.mul (i64.extend_i32_u (local.get 1)) (i64.const 0x0101010101010101)))
                (i32.const 0))
            (func (export "load64") (param i32 i32 i32) (result i32)
                (i32.wrap_i64 (i64.rem_u (i64.load (local.get 0)) (i64.const 1000000007))))
            (func (export "fill") (param i32 i32 i32) (result i32)
                (memory.fill (local.get 0) (i32.const 0xee) (local.get 2)) (i32.const 0))
            (func (export "copy") (param i32 i32 i32) (result i32)
                (memory.copy (local.get 0) (local.get 1) (local.get 2)) (i32.const 0))
            (func (export "init") (param i32 i32 i32) (result i32)
                (memory.init $d (local.get 0) (i32.const 0) (i32.and (local.get 2) (i32.const 15))) (i32.const 0))
            (func (export "grow") (param i32 i32 i32) (result i32)
                (memory.grow (local.get 2)))
            (func (export "size") (param i32 i32 i32) (result i32)
                (memory.size)))"#
    );
    Module::new(&wat::parse_str(text).unwrap()).unwrap()
}

/// An instance whose functions can be called; a trap is a result.
struct Caller<'m, M>(&'m Module, Instance<M>);

impl<M: LinearMemory> Caller<'_, M> {
    fn call(&mut self, name: &str, args: [u32; 3]) -> Result<Option<Value>, String> {
        let Self(module, instance) = self;
        let mut thread = Thread::new(100);
        let args = args.map(|arg| Value::I32(arg.cast_signed()));
        thread.start(module, module.export(name).unwrap(), &args).unwrap();
        thread.set_budget(1 << 20);
        match thread.run(module, instance, &mut NoHost) {
            Ok(Run::Finished(result)) => Ok(result),
            Ok(paused) => panic!("{paused:?}"),
            Err(trap) => Err(trap.kind.to_string()),
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        let memory = self.1.memory_mut();
        let mut bytes = vec![0; memory.size() as usize];
        memory.read(0, &mut bytes).unwrap();
        bytes
    }
}

fn paged<const PAGE: usize, const FRAMES: usize, const LINES: usize>(
    size: u32,
    limit: u32,
) -> Paged<PAGE, FRAMES, LINES> {
    let store = SliceStore::new(vec![0; limit.next_multiple_of(PAGE as u32) as usize]);
    PagedMemory::new(PageCache::new(store, size, limit).unwrap())
}

/// Writes at random, near the end of the memory more often than elsewhere, while it grows.
fn compare<const PAGE: usize, const FRAMES: usize, const LINES: usize>() {
    let module = module("100 4000 (pagesize 1)");
    let (mut growths, mut refused, mut traps) = (0, 0, 0);
    for seed in seeds(RUNS) {
        let mut random = Random::new((1 << 43) + seed * 100 + u64::from(PAGE.ilog2() + FRAMES.ilog2()));
        let memory = FlatMemory::growing(vec![0; SIZE as usize], LIMIT);
        let mut flat = Caller(&module, Instance::new(&module, memory).unwrap());
        let memory = paged::<PAGE, FRAMES, LINES>(SIZE, LIMIT);
        let mut paged = Caller(&module, Instance::new(&module, memory).unwrap());
        for _ in 0..100 {
            let end = flat.1.memory().size();
            let mut place = || match random.below(4) {
                0 => random.below(end),
                1 => (random.below(end) | 63).wrapping_sub(random.below(8)),
                _ => (end + 3).saturating_sub(random.below(40)),
            };
            let (to, from) = (place(), place());
            let length = random.magnitude(8) as u32;
            let names = ["store8", "store32", "store64", "load64", "fill", "copy", "init", "grow", "size"];
            let name = names[random.below(names.len() as u32) as usize];
            let expected = flat.call(name, [to, from, length]);
            growths += usize::from(name == "grow" && expected != Ok(Some(Value::I32(-1))));
            refused += usize::from(name == "grow" && expected == Ok(Some(Value::I32(-1))));
            traps += usize::from(expected.is_err());
            assert_eq!(
                paged.call(name, [to, from, length]),
                expected,
                "seed {seed}: {name} {to} {from} {length}"
            );
        }
        assert!(paged.bytes() == flat.bytes(), "seed {seed}");
    }
    println!("{PAGE}/{FRAMES}/{LINES}: {growths} growths, {refused} refused, {traps} traps");
    assert!(growths > 0 && refused > 0 && traps > 0);
}

#[test]
fn one_byte_at_a_time_with_one_frame() {
    compare::<64, 1, 2>();
}

#[test]
fn one_byte_at_a_time_with_several_frames() {
    compare::<512, 8, 32>();
}

#[test]
fn what_did_not_fit_is_not_there_after_the_growth() {
    let module = module("100 4000 (pagesize 1)");
    let mut paged = Caller(&module, Instance::new(&module, paged::<64, 2, 2>(SIZE, LIMIT)).unwrap());
    // Its last page is changed, in a frame, and reaches further than the memory.
    assert!(paged.call("store8", [99, 5, 0]).is_ok());
    for (name, args) in [
        ("store64", [97, 255, 0]),
        ("store32", [94, u32::MAX, 0]),
        ("store8", [100, 255, 0]),
        ("fill", [90, 0, 11]),
        ("copy", [98, 0, 3]),
        ("init", [95, 0, 8]),
    ] {
        assert_eq!(paged.call(name, args), Err("out of bounds memory access".to_owned()), "{name}");
    }
    assert_eq!(paged.call("grow", [0, 0, 60]), Ok(Some(Value::I32(100))));
    let mut expected = vec![0; 160];
    expected[99] = 5;
    assert_eq!(paged.bytes(), expected);
    // Now this page is there as a whole.
    assert!(paged.call("store64", [97, 255, 0]).is_ok());
    expected[97..105].fill(255);
    assert_eq!(paged.bytes(), expected);
}

#[test]
fn usual_pages_come_as_zeros_behind_full_ones() {
    let module = module("1 3");
    let mut paged = Caller(&module, Instance::new(&module, paged::<512, 4, 4>(1 << 16, 3 << 16)).unwrap());
    for pages in 1..3 {
        assert!(paged.call("fill", [0, 0, pages << 16]).is_ok());
        assert_eq!(paged.call("grow", [0, 0, 1]), Ok(Some(Value::I32(pages.cast_signed()))));
        let bytes = paged.bytes();
        let (old, new) = bytes.split_at((pages << 16) as usize);
        assert!(old.iter().all(|&byte| byte == 0xee) && new.iter().all(|&byte| byte == 0));
        assert_eq!(new.len(), 1 << 16);
    }
    assert_eq!(paged.call("grow", [0, 0, 1]), Ok(Some(Value::I32(-1))));
}
