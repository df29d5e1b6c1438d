//! Whether checked pages are right or an error, whatever happens to them.

use proptest::prelude::*;
use sostenuto_paged::{
    BackingStore, Bursts, CheckedStore, ChipModel, Fault, FaultyError, FaultyStore, ModelTime, PATIENCE,
    Psram, PsramChip, PsramConfig, SliceStore, StoreError, TooFewSums, Transfer,
};

const PAGE: u32 = 64;
const PAGES: u32 = 16;
const SIZE: usize = (PAGE * PAGES) as usize;

fn store(faults: &[Fault]) -> FaultyStore<'_, SliceStore<Vec<u8>>> {
    FaultyStore::new(SliceStore::new(vec![0; SIZE]), faults)
}

fn corrupt<E>(page: u32) -> StoreError<E> {
    StoreError::Corrupt { address: page * PAGE, length: PAGE }
}

#[test]
fn what_was_written_comes_back() {
    let mut sums = [0; 16];
    let mut checked = CheckedStore::new(store(&[]), PAGE, &mut sums).unwrap();
    let mut bytes = [9; 128];
    checked.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0; 128], "pages never written are zero");
    checked.write(128, &[7; 128]).unwrap();
    checked.read(192, &mut bytes).unwrap();
    assert_eq!((bytes[..64].to_vec(), bytes[64..].to_vec()), (vec![7; 64], vec![0; 64]));
    checked.read(0, &mut []).unwrap();
}

#[test]
fn only_whole_pages_move() {
    let mut sums = [0; 16];
    // 24 bytes more than its pages.
    let slice = SliceStore::new(vec![0; SIZE + 24]);
    let mut checked = CheckedStore::new(slice, PAGE, &mut sums).unwrap();
    assert_eq!(checked.size() as usize, SIZE);
    for (address, length) in [(1, 64), (0, 63), (32, 64), (0, 96)] {
        let error = StoreError::NotPages { address, length, page: PAGE };
        assert_eq!(checked.read(address, &mut vec![0; length as usize]), Err(error));
        assert_eq!(checked.write(address, &vec![0; length as usize]), Err(error));
    }
    let outside = StoreError::OutOfRange { address: 1024, length: 64, size: 1024 };
    assert_eq!(checked.read(1024, &mut [0; 64]), Err(outside));
    assert_eq!(
        checked.poll_read(&mut Transfer::new(0, 64), &mut [0; 128]),
        Err(StoreError::WrongLength { transfer: 64, bytes: 128 })
    );
}

#[test]
fn each_page_needs_a_sum() {
    let make = |page, sums: &mut [u32]| CheckedStore::new(store(&[]), page, sums).map(drop);
    assert_eq!(make(64, &mut [0; 15]), Err(TooFewSums { pages: 16, sums: 15 }));
    assert_eq!(make(0, &mut [0; 16]), Err(TooFewSums { pages: u32::MAX, sums: 16 }));
    assert_eq!(make(64, &mut [0; 20]), Ok(()));
    assert_eq!(make(4096, &mut []), Ok(()), "a store with no whole page has nothing to check");
}

#[test]
fn what_was_there_before_is_not_taken_for_zeros() {
    let mut sums = [0; 16];
    let mut checked = CheckedStore::new(SliceStore::new(vec![0xA5; SIZE]), PAGE, &mut sums).unwrap();
    assert_eq!(checked.read(64, &mut [0; 64]), Err(corrupt(1)));
    checked.write(64, &[1; 64]).unwrap();
    checked.clear().unwrap();
    let mut bytes = [1; SIZE];
    checked.read(0, &mut bytes).unwrap();
    assert_eq!(bytes, [0; SIZE]);
}

/// Fills each page with its number plus one while all is well, and then reads page 2 with the fault.
fn seen(fault: Fault) -> Result<[u8; 64], StoreError<FaultyError<std::convert::Infallible>>> {
    let faults = [fault];
    let mut sums = [0; 16];
    let mut checked = CheckedStore::new(store(&[]), PAGE, &mut sums).unwrap();
    for page in 0..PAGES {
        checked.write(page * PAGE, &[page as u8 + 1; 64]).unwrap();
    }
    checked.store_mut().set_faults(&faults);
    let mut bytes = [0; 64];
    checked.read(2 * PAGE, &mut bytes).map(|()| bytes)
}

#[test]
fn every_kind_of_fault_is_seen() {
    assert_eq!(seen(Fault::Flip { bursts: Bursts::Only(0), bit: 77 }), Err(corrupt(2)));
    assert_eq!(seen(Fault::StuckLine { line: 7, value: false }), Err(corrupt(2)));
    assert_eq!(seen(Fault::StuckBit { address: 130, bit: 4, value: true }), Err(corrupt(2)));
    assert_eq!(seen(Fault::Short { bursts: Bursts::ALL, bytes: 1 }), Err(corrupt(2)));
    assert_eq!(seen(Fault::Absent), Err(corrupt(2)));
    assert_eq!(
        seen(Fault::Bus { bursts: Bursts::ALL }),
        Err(StoreError::Bus(FaultyError::Injected { burst: 0 }))
    );
    assert_eq!(seen(Fault::Stall { burst: 0, polls: u32::MAX }), Err(StoreError::Stalled { address: 128 }));
    assert_eq!(seen(Fault::Stall { burst: 0, polls: PATIENCE }), Ok([3; 64]));
    assert_eq!(seen(Fault::StuckLine { line: 7, value: true }), Ok([3; 64]), "which A7 is here");
}

#[test]
fn the_number_of_a_page_is_in_its_sum() {
    let mut sums = [0; 16];
    let mut checked = CheckedStore::new(store(&[]), PAGE, &mut sums).unwrap();
    checked.write(0, &[7; SIZE]).unwrap();
    let distinct: std::collections::BTreeSet<u32> = sums.into_iter().collect();
    assert_eq!(distinct.len(), 16);
}

#[test]
fn an_old_page_is_seen() {
    let lost = [Fault::LostWrite { bursts: Bursts::ALL }];
    let mut sums = [0; 16];
    let mut checked = CheckedStore::new(store(&[]), PAGE, &mut sums).unwrap();
    checked.write(64, &[1; 64]).unwrap();
    checked.store_mut().set_faults(&lost);
    checked.write(64, &[2; 64]).unwrap();
    checked.store_mut().set_faults(&[]);
    assert_eq!(checked.read(64, &mut [0; 64]), Err(corrupt(1)));
    checked.write(64, &[3; 64]).unwrap();
    checked.read(64, &mut [0; 64]).unwrap();
}

#[test]
fn a_write_that_was_given_up_is_no_page() {
    let time = ModelTime::default();
    let chip = PsramChip { size: 4096, ..PsramChip::APS6404L_3SQR };
    let model = ChipModel::new(vec![0; 4096], chip, 40_000_000, &time);
    let psram = Psram::new(model, &time, PsramConfig { chip, clock_hz: 40_000_000 }).unwrap();
    let mut sums = [0; 8];
    let mut checked = CheckedStore::new(psram, 512, &mut sums).unwrap();
    checked.write(512, &[1; 512]).unwrap();
    let mut transfer = Transfer::new(512, 512);
    assert!(checked.poll_write(&mut transfer, &[2; 512]).unwrap().is_pending());
    let error = StoreError::Corrupt { address: 512, length: 512 };
    assert_eq!(checked.read(512, &mut [0; 512]), Err(error));
    while checked.poll_write(&mut transfer, &[2; 512]).unwrap().is_pending() {}
    let mut bytes = [0; 512];
    checked.read(512, &mut bytes).unwrap();
    assert_eq!(bytes, [2; 512]);
}

fn bursts() -> impl Strategy<Value = Bursts> {
    prop_oneof![(0_u32..30).prop_map(Bursts::Only), (0_u32..30).prop_map(Bursts::From)]
}

fn fault() -> impl Strategy<Value = Fault> {
    let size = SIZE as u32;
    prop_oneof![
        (bursts(), any::<u32>()).prop_map(|(bursts, bit)| Fault::Flip { bursts, bit }),
        (any::<u32>(), 1_u32..20).prop_map(|(seed, one_in)| Fault::Noise { seed, one_in }),
        (0..size, 0_u8..8, any::<bool>()).prop_map(|(address, bit, value)| Fault::StuckBit {
            address,
            bit,
            value
        }),
        (0_u8..12, any::<bool>()).prop_map(|(line, value)| Fault::StuckLine { line, value }),
        (bursts(), 0_u32..100).prop_map(|(bursts, bytes)| Fault::Short { bursts, bytes }),
        bursts().prop_map(|bursts| Fault::LostWrite { bursts }),
        (0_u32..30, 0_u32..5).prop_map(|(burst, polls)| Fault::Stall { burst, polls }),
        bursts().prop_map(|bursts| Fault::Bus { bursts }),
        Just(Fault::Absent),
    ]
}

proptest! {
    #[test]
    fn the_data_are_right_or_an_error(
        faults in prop::collection::vec(fault(), 1..4),
        moves in prop::collection::vec((any::<bool>(), 0..PAGES, 1_u32..5, any::<u8>()), 1..60),
    ) {
        let mut sums = [0; PAGES as usize];
        let mut checked = CheckedStore::new(store(&faults), PAGE, &mut sums).unwrap();
        // What each page may be: what was last written, or given up halfway, when it may be what it was before.
        let mut pages = vec![vec![vec![0; PAGE as usize]]; PAGES as usize];
        for (writes, first, count, seed) in moves {
            let count = count.min(PAGES - first);
            let run = first as usize..(first + count) as usize;
            if writes {
                let data: Vec<u8> =
                    (0..count * PAGE).map(|index| (index as u8).wrapping_mul(3) ^ seed).collect();
                let done = checked.write(first * PAGE, &data).is_ok();
                for (page, new) in pages[run].iter_mut().zip(data.chunks(PAGE as usize)) {
                    if done {
                        page.clear();
                    }
                    page.push(new.to_vec());
                }
            } else {
                let mut data = vec![seed; (count * PAGE) as usize];
                if checked.read(first * PAGE, &mut data).is_ok() {
                    for (page, found) in pages[run].iter().zip(data.chunks(PAGE as usize)) {
                        prop_assert!(page.iter().any(|page| page == found));
                    }
                }
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_seen(bit in 0_u32..512, page in 0..PAGES, byte: u8, reads: bool) {
        let flip = [Fault::Flip { bursts: Bursts::Only(u32::from(reads)), bit }];
        let mut sums = [0; PAGES as usize];
        let mut checked = CheckedStore::new(store(&flip), PAGE, &mut sums).unwrap();
        checked.write(page * PAGE, &[byte; 64]).unwrap();
        prop_assert_eq!(checked.read(page * PAGE, &mut [0; 64]), Err(corrupt(page)));
    }
}
