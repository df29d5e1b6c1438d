//! Whether faults are what they are said to be, and nothing else.

use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, Bursts, BusTiming, ChipModel, Fault, FaultyError, FaultyStore, Lanes, ModelTime, PATIENCE,
    Psram, PsramChip, PsramConfig, SliceStore, StoreError, TimedStore, Transfer,
};

fn store<'f>(size: usize, faults: &'f [Fault]) -> FaultyStore<'f, SliceStore<Vec<u8>>> {
    FaultyStore::new(SliceStore::new((0..size).map(|index| index as u8).collect()), faults)
}

#[test]
fn a_flip_of_a_write_is_in_the_memory() {
    let faults = [Fault::Flip { bursts: Bursts::Only(0), bit: 8 * 3 + 7 }];
    let mut store = store(64, &faults);
    store.write(16, &[0; 8]).unwrap();
    store.write(32, &[0; 8]).unwrap();
    assert_eq!(store.into_inner().bytes()[16..40], {
        let mut expected = [0; 24];
        expected[3] = 0x80;
        (8..16).for_each(|index| expected[index] = index as u8 + 16);
        expected
    });
}

#[test]
fn a_stuck_line_mirrors() {
    let low = [Fault::StuckLine { line: 4, value: false }];
    let mut bytes = [0; 64];
    store(64, &low).read(0, &mut bytes).unwrap();
    assert_eq!(bytes[8..40].iter().map(|byte| byte & 16).max(), Some(0));
    assert_eq!((bytes[15], bytes[16], bytes[32]), (15, 0, 32));
    let high = [Fault::StuckLine { line: 4, value: true }];
    store(64, &high).read(0, &mut bytes).unwrap();
    assert_eq!((bytes[0], bytes[15], bytes[16], bytes[32]), (16, 31, 16, 48));
}

#[test]
fn a_short_burst_leaves_its_end() {
    let faults = [Fault::Short { bursts: Bursts::Only(1), bytes: 3 }];
    let mut faulty = store(256, &faults);
    let mut bytes = [0xEE; 8];
    faulty.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0, 1, 2, 3, 4, 5, 6, 7]);
    faulty.read(8, &mut bytes).unwrap();
    assert_eq!(bytes, [8, 9, 10, 11, 12, 5, 6, 7]);

    let mut faulty = store(256, &faults);
    faulty.write(0, &[0xEE; 1]).unwrap();
    faulty.write(100, &[0xEE; 70]).unwrap();
    assert_eq!(faulty.bursts(), 3, "such a burst is of 64 bytes at most");
    let bytes = faulty.into_inner().into_inner();
    assert_eq!(
        bytes[158..172],
        [0xEE, 0xEE, 0xEE, 161, 162, 163, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 170, 171]
    );
}

#[test]
fn an_absent_chip_keeps_nothing() {
    let mut faulty = store(64, &[Fault::Absent]);
    faulty.write(0, &[1; 8]).unwrap();
    let mut bytes = [0; 8];
    faulty.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0xFF; 8]);
    assert_eq!(faulty.into_inner().bytes()[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_stall_ends_or_is_given_up() {
    let mut bytes = [0; 4];
    let short = [Fault::Stall { burst: 1, polls: 3 }];
    let mut faulty = store(64, &short);
    faulty.read(0, &mut bytes).unwrap();
    let mut transfer = Transfer::new(4, 4);
    for _ in 0..3 {
        assert!(faulty.poll_read(&mut transfer, &mut bytes).unwrap().is_pending());
    }
    assert!(faulty.poll_read(&mut transfer, &mut bytes).unwrap().is_ready());
    for polls in [PATIENCE + 1, u32::MAX] {
        let long = [Fault::Stall { burst: 0, polls }];
        assert_eq!(store(64, &long).read(8, &mut bytes), Err(StoreError::Stalled { address: 8 }));
        assert_eq!(store(64, &long).write(8, &bytes), Err(StoreError::Stalled { address: 8 }));
    }
}

#[test]
fn an_error_of_the_bus_is_once() {
    let faults = [Fault::Bus { bursts: Bursts::Only(0) }];
    let mut faulty = store(64, &faults);
    let error = StoreError::Bus(FaultyError::Injected { burst: 0 });
    assert_eq!(faulty.write(0, &[1]), Err(error));
    assert_eq!(faulty.write(0, &[1]), Ok(()));
}

#[test]
fn a_chip_behind_faults_is_still_polled_by_bursts() {
    let time = ModelTime::default();
    let chip = PsramChip { size: 4096, ..PsramChip::ESP_PSRAM64H };
    let model = ChipModel::new(vec![0; 4096], chip, 40_000_000, &time);
    let psram = Psram::new(model, &time, PsramConfig { chip, clock_hz: 40_000_000 }).unwrap();
    let faults = [Fault::Flip { bursts: Bursts::Only(2), bit: 0 }];
    let mut faulty = FaultyStore::new(psram, &faults);
    faulty.write(0, &[0; 100]).unwrap();
    assert_eq!(faulty.bursts(), 4, "31 bytes at once");
    let mut bytes = [0; 100];
    faulty.read(0, &mut bytes).unwrap();
    assert_eq!(bytes.iter().position(|byte| *byte == 1), Some(62));
    assert_eq!(bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>(), 1);
}

proptest! {
    #[test]
    fn without_faults_it_is_the_store(address in 0_u32..200, data in prop::collection::vec(any::<u8>(), 0..56)) {
        let mut faulty = store(256, &[]);
        faulty.write(address, &data).unwrap();
        let mut back = vec![0; data.len()];
        faulty.read(address, &mut back).unwrap();
        prop_assert_eq!(back, data);
    }

    #[test]
    fn no_fault_panics(
        size in 0_usize..300, address: u32, length in 0_usize..100, line: u8, bit: u8, value: bool,
        number: u32, burst in 0_u32..3,
    ) {
        let bursts = Bursts::Only(burst);
        let at = address % 300;
        for fault in [
            Fault::Flip { bursts, bit: number },
            Fault::Noise { seed: number, one_in: burst },
            Fault::StuckBit { address: at, bit, value },
            Fault::StuckLine { line: line % 40, value },
            Fault::Short { bursts, bytes: number },
            Fault::LostWrite { bursts },
            Fault::Stall { burst, polls: 2 },
            Fault::Bus { bursts },
            Fault::Absent,
        ] {
            let faults = [fault];
            let mut faulty = store(size, &faults);
            for address in [at, address] {
                let _ = faulty.write(address, &vec![1; length]);
                let _ = faulty.read(address, &mut vec![1; length]);
            }
        }
    }

    #[test]
    fn noise_is_the_same_each_time_and_now_and_then(seed: u32) {
        let noise = [Fault::Noise { seed, one_in: 10 }];
        let count = || {
            let mut faulty = store(4, &noise);
            let wrong = (0..1000).filter(|_| {
                let mut bytes = [0; 4];
                faulty.read(0, &mut bytes).unwrap();
                bytes != [0, 1, 2, 3]
            });
            wrong.collect::<Vec<_>>()
        };
        let first = count();
        prop_assert!((50..200).contains(&first.len()), "{}", first.len());
        prop_assert_eq!(first, count());
    }
}

#[test]
fn bursts_that_go_on_by_themselves_arrive() {
    let bus = BusTiming::of_psram(&PsramChip::LY68L6400, 40_000_000, Lanes::One).unwrap();
    let timed = TimedStore::new(SliceStore::new(vec![0; 4096]), bus);
    let faults = [Fault::Flip { bursts: Bursts::Only(20), bit: 3 }];
    let mut store = FaultyStore::new(timed, &faults);
    let bytes: Vec<u8> = (0..512).map(|place| place as u8).collect();
    store.write(512, &bytes).unwrap();
    let mut back = vec![0; 512];
    store.read(512, &mut back).unwrap();
    let differences: Vec<_> = (0..512).filter(|&place| back[place] != bytes[place]).collect();
    // The first write has 17 bursts, so the fault is in the fourth burst of the read.
    assert_eq!(differences, [90]);
}
