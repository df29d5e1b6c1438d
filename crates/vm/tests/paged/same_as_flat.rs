//! Generated programs do in pages what they do in one piece.

use crate::journey::{Journey, Leg, Place, straight};
use crate::memories::paged;
use crate::random::{Random, seeds};
use sostenuto_vm::Module;

/// Programs for each size.
const PROGRAMS: u64 = 1450;

/// Runs programs in memory of one piece, and in pages with pauses at which the cache is tended.
fn compare<const PAGE: usize, const FRAMES: usize, const LINES: usize>() {
    let (mut misses, mut pauses, mut traps) = (0, 0, 0);
    for seed in seeds(PROGRAMS) {
        // Other programs for each size.
        let mut random = Random::new(seed * 100 + (PAGE.ilog2() * 7 + FRAMES.ilog2()) as u64);
        let wasm = random.program();
        let module = Module::new(&wasm).unwrap();
        let (expected, bytes) = straight(&module);
        let mut place = Place::new(&module, paged::<PAGE, FRAMES, LINES>());
        if random.below(2) == 0 {
            let pages = random.below(FRAMES as u32 + 1) * PAGE as u32;
            _ = place.instance.memory_mut().cache_mut().pin(random.below(2000), pages);
        }
        let mut journey = Journey::new(&module);
        let exponent = 8 + random.below(8);
        assert!(!journey.go(&mut place, &mut Leg { pauses: usize::MAX, random: &mut random, exponent }));
        assert_eq!(journey.seen, expected, "seed {seed}");
        misses += place.instance.memory().cache().statistics().misses;
        assert!(place.bytes().unwrap() == bytes, "seed {seed}: the memory");
        pauses += journey.pauses;
        traps += expected.functions.iter().filter(|ended| ended.result.is_err()).count();
    }
    println!("{PAGE}/{FRAMES}/{LINES}: {misses} misses, {pauses} pauses, {traps} traps");
    // It is worth nothing if few pages move.
    assert!(misses > 0 && pauses > 0 && traps > 0);
}

macro_rules! sizes {
    ($($name:ident $page:literal $frames:literal $lines:literal,)*) => {
        $(
            #[test]
            fn $name() {
                compare::<$page, $frames, $lines>();
            }
        )*
    };
}
sizes! {
    pages_of_64_1_frame 64 1 2,
    pages_of_64_2_frames 64 2 4,
    pages_of_64_16_frames_few_lines 64 16 4,
    pages_of_128_8_frames_a_line_each 128 8 4096,
    pages_of_512_2_frames 512 2 2,
    pages_of_512_64_frames 512 64 256,
    pages_of_4096_4_frames 4096 4 16,
}
