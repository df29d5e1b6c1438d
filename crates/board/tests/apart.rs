//! Where storages lie in a cached region: heads of equal delay lines do not push each other out of the cache.

use sostenuto_board::cache_model::CacheModel;
use sostenuto_board::{Board, Kind, Pattern, Plan, Storage, Traffic, place};

/// A delay line that is too large for all but the SDRAM.
fn line(at: u32, bytes: u32) -> Storage {
    let traffic = Some(Traffic::declared(1.0, 1.0, Pattern::Sequential, bytes));
    Storage { traffic, ..Storage::new(format!("line {at:02}"), Kind::Delay, bytes) }
}

fn lines(count: u32) -> Vec<Storage> {
    (0..count).map(|at| line(at, 1 << 20)).collect()
}

/// The part of the accesses that misses when each line is written at one head and read at another, all at the same place.
fn missed(board: &Board, plan: &Plan) -> f64 {
    let cache = board.cache.as_ref().unwrap();
    let mut model = CacheModel::new(cache.bytes, cache.line, cache.ways);
    let (mut misses, mut accesses) = (0, 0);
    for sample in 0..1_000_u64 {
        for placement in &plan.placements {
            for (offset, is_write) in [(0, true), (1 << 19, false)] {
                let address = placement.address.unwrap() + offset + 4 * sample;
                misses += u32::from(model.access(address, is_write).is_some());
                accesses += 1;
            }
        }
    }
    f64::from(misses) / f64::from(accesses)
}

#[test]
fn heads_of_equal_delay_lines_stay_in_the_cache() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let plan = place(&board, &lines(24));
    assert!(plan.fits());
    assert!(
        missed(&board, &plan) < 0.13,
        "a line of 32 bytes is fetched once in 8 words: {}",
        missed(&board, &plan)
    );
}

#[test]
fn a_few_heads_do_not_contend_and_nothing_is_moved() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let plan = place(&board, &lines(4));
    assert_eq!(plan.regions.iter().map(|usage| usage.padding).sum::<u64>(), 0);
}

#[test]
fn what_fills_a_region_to_the_last_byte_still_fits() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let region = board.region("SDRAM").unwrap();
    let bytes = u32::try_from(region.capacity() / 32).unwrap();
    let full: Vec<Storage> = (0..32).map(|at| line(at, bytes)).collect();
    assert!(place(&board, &full).fits());
}

#[test]
fn of_two_that_the_cache_hides_the_busier_lies_in_the_faster_region() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let state = |name: &str, accesses: f64, bytes: u32| {
        let traffic = Some(Traffic::declared(accesses, 0.0, Pattern::Same, bytes));
        Storage { traffic, ..Storage::new(name, Kind::State, bytes) }
    };
    let dtcm = u32::try_from(board.region("DTCM").unwrap().capacity()).unwrap();
    // Each as large as the fastest region, and each access a hit wherever it lies.
    let plan = place(&board, &[state("a calm", 2.0, dtcm), state("busy", 200.0, dtcm)]);
    assert_eq!(plan.placement("busy").unwrap().region, "DTCM");
}
