//! A program goes on where it paused, in a memory of another kind.

use crate::journey::{Journey, Leg, Place, STACK_WORDS, straight};
use crate::memories::{Tended, flat, paged};
use crate::random::{Random, seeds};
use sostenuto_vm::{Module, Thread, snapshot};

const PROGRAMS: u64 = 200;

/// Where a leg has led to.
enum End {
    /// To a pause: the snapshot.
    Pause(Vec<u8>),
    /// To the end of the program: the bytes of the memory.
    Program(Vec<u8>),
}

/// Goes on from a snapshot in this memory, or begins there.
fn go<M: Tended>(journey: &mut Journey<'_>, memory: M, from: Option<&[u8]>, leg: &mut Leg<'_>) -> End {
    let module = journey.module;
    let mut place = Place::new(module, memory);
    if let Some(from) = from {
        // What was there before does not matter.
        let memory = place.instance.memory_mut();
        memory.fill(0, 0xa5, memory.size()).unwrap();
        place.thread = Thread::new(STACK_WORDS);
        snapshot::restore(module, &mut place.instance, &mut [&mut place.thread], from).unwrap();
        let again = snapshot::to_vec(module, &mut place.instance, &[&place.thread]).unwrap();
        assert!(again == from, "the snapshot of what was restored is another");
    }
    if journey.go(&mut place, leg) {
        End::Pause(snapshot::to_vec(module, &mut place.instance, &[&place.thread]).unwrap())
    } else {
        End::Program(place.bytes().unwrap())
    }
}

#[test]
fn a_program_goes_on_in_a_memory_of_another_kind() {
    let mut moves = 0;
    for seed in seeds(PROGRAMS) {
        let mut random = Random::new(1 << 41 | seed);
        let module = Module::new(&random.program()).unwrap();
        let (expected, bytes) = straight(&module);
        let mut journey = Journey::new(&module);
        let mut from = None;
        let found = loop {
            let kind = random.below(3);
            let pauses = if moves % 8 == 7 { usize::MAX } else { random.below(20) as usize };
            let leg = &mut Leg { pauses, random: &mut random, exponent: 8 };
            let end = match kind {
                0 => go(&mut journey, flat(), from.as_deref(), leg),
                1 => go(&mut journey, paged::<64, 1, 2>(), from.as_deref(), leg),
                _ => go(&mut journey, paged::<512, 64, 256>(), from.as_deref(), leg),
            };
            moves += 1;
            match end {
                End::Pause(snapshot) => from = Some(snapshot),
                End::Program(bytes) => break bytes,
            }
        };
        assert_eq!(journey.seen, expected, "seed {seed}");
        assert!(found == bytes, "seed {seed}: the memory");
    }
    println!("{moves} legs");
}
