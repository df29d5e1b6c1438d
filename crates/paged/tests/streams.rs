//! Heads that move through slow memory do not wait for it.

use sostenuto_paged::{
    AccessError, Bursts, BusTiming, CheckedStore, Fault, FaultyStore, Lanes, PageCache, PsramChip,
    SliceStore, Stream, TimedStore,
};

/// 64 sample frames at 48 kHz, in picoseconds.
const PERIOD: u64 = 1_333_333_333;
type Memory = PageCache<TimedStore<SliceStore<Vec<u8>>>, 512, 64, 256>;

fn bus() -> BusTiming {
    BusTiming::of_psram(&PsramChip::LY68L6400, 80_000_000, Lanes::One).unwrap()
}

fn memory(size: u32) -> Box<Memory> {
    Box::new(
        Memory::new(TimedStore::new(SliceStore::new(vec![0; size as usize]), bus()), size, size).unwrap(),
    )
}

/// Plays blocks of 64 sample frames of 8 bytes each; gives the numbers of the blocks that waited for the bus.
fn stalled(memory: &mut Memory, blocks: u32, mut sample: impl FnMut(&mut Memory, u64)) -> Vec<u32> {
    let mut stalled = vec![];
    for block in 0..blocks {
        memory.begin_block();
        let start = memory.store().now();
        (0..64).for_each(|index| sample(memory, u64::from(block) * 64 + index));
        if memory.end_block(start, PERIOD / 2, PERIOD).unwrap().stalled > 0 {
            stalled.push(block);
        }
    }
    stalled
}

fn read_frame(memory: &mut Memory, address: u64) -> u64 {
    let mut bytes = [0; 8];
    memory.read(address, &mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

#[test]
fn a_delay_of_ten_seconds_with_two_modulated_taps_never_waits_and_never_errs() {
    const FRAMES: u64 = 480_000;
    let mut memory = memory(FRAMES as u32 * 8);
    memory.register(Stream { address: 0, length: FRAMES as u32 * 8, bytes_per_block: 520 }).unwrap();
    let late = stalled(&mut memory, 12_000, |memory, now| {
        memory.write(now % FRAMES * 8, &now.to_le_bytes()).unwrap();
        for (delay, rate) in [(96_000.0, 0.5), (400_000.0, 0.7)] {
            let sway = 240.0 * (now as f64 / 48_000.0 * rate * std::f64::consts::TAU).sin();
            let then = now as i64 - (delay + sway) as i64;
            let heard = read_frame(memory, then.rem_euclid(FRAMES as i64) as u64 * 8);
            assert_eq!(heard, then.max(0) as u64);
        }
    });
    assert!(late.iter().all(|&block| block < 8), "blocks {late:?}");
}

#[test]
fn a_head_that_nobody_has_registered_is_noticed() {
    let mut memory = memory(1 << 20);
    let late = stalled(&mut memory, 1000, |memory, now| {
        read_frame(memory, now * 8);
    });
    assert!(late.len() < 8, "blocks {late:?}");
    assert!(memory.statistics().fetched_ahead > 900);
}

#[test]
fn without_the_background_each_page_is_waited_for() {
    let mut memory = memory(1 << 20);
    let mut late = 0;
    for now in 0..64_000 {
        let start = memory.store().now();
        read_frame(&mut memory, now * 8);
        late += u32::from(memory.store().now() > start);
    }
    assert_eq!(late, 1000);
}

#[test]
fn random_reads_are_not_taken_for_a_head() {
    let mut memory = memory(1 << 20);
    let mut state = 1_u32;
    stalled(&mut memory, 200, |memory, now| {
        if now % 16 == 0 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            read_frame(memory, u64::from(state >> 12) & !7);
        }
    });
    let statistics = memory.statistics();
    assert!(statistics.fetched_ahead * 10 < statistics.misses, "{statistics:?}");
}

#[test]
fn what_was_written_behind_a_head_is_in_the_store_soon() {
    let mut memory = memory(1 << 18);
    memory.register(Stream { address: 0, length: 1 << 18, bytes_per_block: 512 }).unwrap();
    stalled(&mut memory, 300, |memory, now| memory.write(now * 8 % (1 << 18), &[7; 8]).unwrap());
    let statistics = memory.statistics();
    assert_eq!(statistics.dirty_misses, 0);
    assert!(statistics.written_back > 290, "{statistics:?}");
    let store = memory.store_mut();
    assert!(store.now() > 0);
}

#[test]
fn a_fault_in_the_background_is_told_and_the_page_fetched_again_when_it_is_used() {
    let mut sums = [0; 128];
    let store = FaultyStore::new(SliceStore::new(vec![0; 65_536]), &[]);
    let store = CheckedStore::new(store, 512, &mut sums).unwrap();
    let mut memory = Box::new(PageCache::<_, 512, 16, 64>::new(store, 65_536, 65_536).unwrap());
    memory.register(Stream { address: 0, length: 65_536, bytes_per_block: 512 }).unwrap();
    memory.begin_block();
    memory.read(0, &mut [0; 8]).unwrap();
    memory.store_mut().store_mut().set_faults(&[Fault::Absent]);
    assert!(memory.work().is_err());
    assert!(!memory.work().unwrap(), "nothing more is begun in this block");
    assert!(matches!(memory.read(512, &mut [0; 8]), Err(AccessError::Store(_))));
    memory.store_mut().store_mut().set_faults(&[]);
    memory.begin_block();
    assert!(memory.work().unwrap());
    memory.read(512, &mut [0; 8]).unwrap();
}

#[test]
fn what_is_pinned_stays_though_the_only_other_frame_is_being_written_back() {
    let store = TimedStore::new(SliceStore::new(vec![0; 256]), bus());
    let mut memory = Box::new(PageCache::<_, 64, 2, 8>::new(store, 256, 256).unwrap());
    memory.register(Stream { address: 32, length: 160, bytes_per_block: 8 }).unwrap();
    memory.write(64, &[1; 8]).unwrap();
    memory.begin_block();
    memory.begin_block();
    memory.read(32, &mut [0; 8]).unwrap();
    memory.work().unwrap();
    memory.read(192, &mut [0; 8]).unwrap();
    let start = memory.store().now();
    memory.read(0, &mut [0; 8]).unwrap();
    assert_eq!(memory.store().now(), start, "the pinned page had to be fetched again");
}

#[test]
fn a_memory_that_could_not_be_reset_has_no_bytes() {
    let store = FaultyStore::new(SliceStore::new(vec![0; 4096]), &[]);
    let mut memory = Box::new(PageCache::<_, 512, 4, 8>::new(store, 4096, 4096).unwrap());
    memory.write(3000, &[1]).unwrap();
    memory.store_mut().set_faults(&[Fault::Bus { bursts: Bursts::ALL }]);
    assert!(memory.reset(1024).is_err());
    assert_eq!((memory.size(), memory.read(0, &mut [0])), (0, Err(AccessError::OutOfBounds)));
    memory.store_mut().set_faults(&[]);
    memory.reset(4096).unwrap();
    let mut byte = [9];
    memory.read(3000, &mut byte).unwrap();
    assert_eq!(byte, [0]);
}
