//! A store with faults makes a run trap, but never go another way.

use crate::journey::{Journey, Leg, Place, Seen, straight};
use crate::memories::{LIMIT, paged_in};
use crate::random::{Random, seeds};
use sostenuto_paged::{Bursts, CheckedStore, Fault, FaultyStore, SliceStore};
use sostenuto_vm::Module;

/// Programs for each size.
const PROGRAMS: u64 = 300;

fn bursts(random: &mut Random) -> Bursts {
    let burst = random.magnitude(11) as u32 - 1;
    if random.below(2) == 0 { Bursts::Only(burst) } else { Bursts::From(burst) }
}

fn fault(random: &mut Random) -> Fault {
    let bursts = bursts(random);
    match random.below(9) {
        0 => Fault::Flip { bursts, bit: random.next() as u32 },
        1 => Fault::Noise { seed: random.next() as u32, one_in: random.magnitude(11) as u32 },
        2 => Fault::StuckBit {
            address: random.magnitude(18) as u32,
            bit: random.below(8) as u8,
            value: random.below(2) == 0,
        },
        3 => Fault::StuckLine { line: random.below(20) as u8, value: random.below(2) == 0 },
        4 => Fault::Short { bursts, bytes: random.below(100) },
        5 => Fault::LostWrite { bursts },
        6 => Fault::Stall { burst: random.magnitude(11) as u32, polls: random.below(5) },
        7 => Fault::Bus { bursts },
        _ => Fault::Absent,
    }
}

/// Whether a run that may have failed is a beginning of the one that did not.
fn is_beginning(seen: &Seen, whole: &Seen) -> bool {
    let ended = match seen.functions.split_last() {
        Some((last, before)) if last.is_by_failure() => before,
        _ => &seen.functions,
    };
    whole.functions.starts_with(ended) && whole.host_calls.starts_with(&seen.host_calls)
}

fn compare<const PAGE: usize, const FRAMES: usize, const LINES: usize>() {
    let (mut failed, mut found_later, mut sound) = (0, 0, 0);
    for seed in seeds(PROGRAMS) {
        let mut random = Random::new((1 << 40) + seed * 100 + u64::from(PAGE.ilog2()));
        let faults: Vec<Fault> = (0..1 + random.below(2)).map(|_| fault(&mut random)).collect();
        let module = Module::new(&random.program()).unwrap();
        let (expected, bytes) = straight(&module);
        let mut sums = vec![0; LIMIT as usize / PAGE];
        let store = FaultyStore::new(SliceStore::new(vec![0; LIMIT as usize]), &[]);
        let store = CheckedStore::new(store, PAGE as u32, &mut sums).unwrap();
        let mut place = Place::new(&module, paged_in::<_, PAGE, FRAMES, LINES>(store));
        // What comes before the first run is the host's to see.
        place.instance.memory_mut().cache_mut().store_mut().store_mut().set_faults(&faults);
        let mut journey = Journey::new(&module);
        let exponent = 4 + random.below(16);
        assert!(!journey.go(&mut place, &mut Leg { pauses: usize::MAX, random: &mut random, exponent }));
        let has_failed = journey.seen.functions.last().is_some_and(|ended| ended.is_by_failure());
        if has_failed {
            failed += 1;
            assert!(is_beginning(&journey.seen, &expected), "seed {seed}, {faults:?}");
            assert!(place.instance.memory().failure().is_some(), "seed {seed}, {faults:?}");
            continue;
        }
        assert_eq!(journey.seen, expected, "seed {seed}, {faults:?}");
        match place.bytes() {
            Ok(found) => {
                assert!(found == bytes, "seed {seed}, {faults:?}: the memory");
                sound += 1;
            }
            Err(_) => found_later += 1,
        }
    }
    println!("{PAGE}/{FRAMES}/{LINES}: {failed} failed, {found_later} at the last look, {sound} did not");
    assert!(failed > 0 && sound > 0);
}

#[test]
fn small_pages() {
    compare::<64, 2, 2>();
}

#[test]
fn larger_pages() {
    compare::<512, 8, 32>();
}
