//! What a miss costs of the budget.

use crate::journey::{Journey, Leg, Place, straight};
use crate::memories::{Paged, paged};
use crate::random::{Random, seeds};
use sostenuto_paged::{PageCache, SliceStore};
use sostenuto_vm::{Instance, LinearMemory, Module, NoHost, PagedMemory, Run, Thread, Value};

const PROGRAMS: u64 = 200;

/// One frame of 64 bytes, so that what alternates between two pages misses at each access.
type Narrow = Paged<64, 1, 2>;

const ROUNDS: u64 = 1000;
const TOLL: u32 = 500;

/// Runs `f(rounds)` in portions of the budget: the result, the misses of each portion, and what all of it has cost.
fn run(operators: &str, toll: u32, portion: u64) -> (Option<Value>, Vec<u64>, u64) {
    let text = format!(
        r#"(module (memory 1)
            (data (i32.const 100) "\07") (data $passive "0123456789")
            (func (export "f") (param $rounds i32) (result i32) (local $sum i32)
                (loop $again
                    {operators}
                    (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
                (i32.add (local.get $sum) (i32.load (i32.const 192)))))"#
    );
    let module = Module::new(&wat::parse_str(text).unwrap()).unwrap();
    let store = SliceStore::new(vec![0; 1 << 16]);
    let mut memory: Narrow = PagedMemory::new(PageCache::new(store, 1 << 16, 1 << 16).unwrap());
    memory.set_toll(toll);
    let mut instance = Instance::new(&module, memory).unwrap();
    // What the host has missed is nothing that the program pays for.
    instance.memory_mut().read(64, &mut [0; 200]).unwrap();
    let mut thread = Thread::new(100);
    thread.start(&module, module.export("f").unwrap(), &[Value::I32(ROUNDS as i32)]).unwrap();
    let mut misses = vec![];
    loop {
        thread.set_budget(portion);
        let before = instance.memory().cache().statistics().misses;
        let run = thread.run(&module, &mut instance, &mut NoHost).unwrap();
        misses.push(instance.memory().cache().statistics().misses - before);
        match run {
            Run::Finished(result) => return (result, misses, thread.spent()),
            paused => assert_eq!(paused, Run::OutOfBudget),
        }
    }
}

/// The operators, which touch pages that are not there, and how often they do.
const MISSING: [(&str, u64); 6] = [
    ("(local.set $sum (i32.add (i32.load (i32.const 0)) (i32.load8_u (i32.const 100))))", 2),
    ("(i32.store (i32.const 0) (local.get $rounds)) (i64.store offset=100 (i32.const 92) (i64.const 5))", 2),
    (
        "(local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 62)))) (f32.store (i32.const 600) (f32.const 1))",
        3,
    ),
    ("(memory.copy (i32.const 192) (i32.const 100) (i32.const 4))", 2),
    ("(memory.fill (i32.const 100) (local.get $rounds) (i32.const 100))", 3),
    (
        "(memory.init $passive (i32.const 320) (i32.const 0) (i32.const 10)) (drop (i32.load (local.get $sum)))",
        2,
    ),
];

#[test]
fn a_program_that_misses_comes_back_as_soon_as_its_budget_is_used_up() {
    for (operators, misses_a_round) in MISSING {
        let portion = 20_000;
        let (expected, free, spent) = run(operators, 0, u64::MAX);
        let all: u64 = free.iter().sum();
        // One page may be there at first.
        assert!(all >= ROUNDS * misses_a_round - 1, "{operators}: {all} misses");
        let (result, misses, spent_with_toll) = run(operators, TOLL, portion);
        assert_eq!(result, expected, "{operators}");
        assert_eq!(misses.iter().sum::<u64>(), all, "{operators}");
        // The round that is begun comes to its end.
        let most = portion / u64::from(TOLL) + misses_a_round;
        assert!(misses.iter().all(|&misses| misses <= most), "{operators}: {misses:?}");
        // No portion ends before it is used up, but for less than a round.
        let least = all / most;
        assert!(
            (least..=least * 2).contains(&(misses.len() as u64)),
            "{operators}: {} portions",
            misses.len()
        );
        assert!(spent_with_toll > spent);
        // With a budget for all of it, the toll is what was said.
        let (result, _, whole) = run(operators, TOLL, u64::MAX);
        assert_eq!((result, whole), (expected, spent + all * u64::from(TOLL)), "{operators}");
    }
}

#[test]
fn a_toll_changes_nothing_else() {
    let (mut dearer, mut pauses) = (0, 0);
    for seed in seeds(PROGRAMS) {
        let mut random = Random::new(1 << 42 | seed);
        let module = Module::new(&random.program()).unwrap();
        let (expected, bytes) = straight(&module);
        let mut memory = paged::<64, 2, 4>();
        memory.set_toll(random.magnitude(12) as u32);
        let mut place = Place::new(&module, memory);
        place.instance.memory_mut().take_toll();
        let mut journey = Journey::new(&module);
        let exponent = 6 + random.below(10);
        assert!(!journey.go(&mut place, &mut Leg { pauses: usize::MAX, random: &mut random, exponent }));
        pauses += journey.pauses;
        let mut seen = journey.seen;
        for (ended, free) in seen.functions.iter_mut().zip(&expected.functions) {
            assert!(ended.spent >= free.spent, "seed {seed}");
            dearer += usize::from(ended.spent > free.spent);
            ended.spent = free.spent;
        }
        assert_eq!(seen, expected, "seed {seed}");
        assert!(place.bytes().unwrap() == bytes, "seed {seed}: the memory");
    }
    println!("{pauses} pauses, {dearer} functions that paid");
    assert!(pauses > 0 && dearer > 0);
}

#[test]
fn statistics_that_are_taken_do_not_count_as_misses() {
    let module = Module::new(
        &wat::parse_str(r#"(module (memory 1) (func (export "f") (result i32) (i32.load (i32.const 640))))"#)
            .unwrap(),
    )
    .unwrap();
    let mut memory: Narrow = paged();
    memory.set_toll(TOLL);
    let mut instance = Instance::new(&module, memory).unwrap();
    let mut thread = Thread::new(100);
    let mut costs = vec![];
    for _ in 0..3 {
        instance.memory_mut().read(0, &mut [0; 4]).unwrap();
        instance.memory_mut().cache_mut().take_statistics();
        thread.start(&module, module.export("f").unwrap(), &[]).unwrap();
        thread.set_budget(1_000_000);
        let before = thread.spent();
        assert!(matches!(thread.run(&module, &mut instance, &mut NoHost), Ok(Run::Finished(_))));
        costs.push(thread.spent() - before);
    }
    let cost = u64::from(TOLL) + 2;
    assert_eq!(costs, [cost, cost, cost]);
}
