//! What the admission test promises is what the model of the bus does.

use proptest::prelude::*;
use sostenuto_paged::{
    Admission, BusTiming, Head, Lanes, PageCache, PsramChip, Refusal, SliceStore, Stream, TimedStore,
};

/// 64 sample frames at 48 kHz, in picoseconds.
const PERIOD: u64 = 1_333_333_333;
/// The processor works for a tenth of it.
const WORKED: u64 = PERIOD / 10;
const PAGE: usize = 512;
const FRAMES: usize = 64;
type Memory = PageCache<TimedStore<SliceStore<Vec<u8>>>, PAGE, FRAMES, 256>;

/// A delay line in the model: its place, and the heads with where they are.
#[derive(Debug, Clone)]
struct Line {
    address: u32,
    length: u32,
    heads: Vec<(Head, u32)>,
}

impl Line {
    fn fastest(&self) -> u32 {
        self.heads.iter().map(|(head, _)| head.bytes_per_block).max().unwrap()
    }

    /// Moves the heads through one block, eight bytes at a time.
    fn play(&mut self, memory: &mut Memory) {
        for (head, position) in &mut self.heads {
            for _ in 0..head.bytes_per_block / 8 {
                let address = u64::from(self.address + *position);
                // As an interpreter does, the short way first.
                if head.writes {
                    if !memory.poke(address, [7; 8]) {
                        memory.write(address, &[7; 8]).unwrap();
                    }
                } else if memory.peek::<8>(address).is_none() {
                    memory.read(address, &mut [0; 8]).unwrap();
                }
                *position = (*position + 8) % self.length;
            }
        }
    }
}

fn bus(clock_hz: u32, lanes: Lanes) -> BusTiming {
    BusTiming::of_psram(&PsramChip::LY68L6400, clock_hz, lanes).unwrap()
}

fn memory(bus: BusTiming, size: u32) -> Box<Memory> {
    let store = TimedStore::new(SliceStore::new(vec![0; size as usize]), bus);
    Box::new(Memory::new(store, size, size).unwrap())
}

/// The blocks that stalled after the first ones, in which each head comes to its first pages.
fn stalls(memory: &mut Memory, lines: &mut [Line], first: u32, blocks: u32) -> u32 {
    let mut stalled = 0;
    for block in 0..first + blocks {
        memory.begin_block();
        let start = memory.store().now();
        lines.iter_mut().for_each(|line| line.play(memory));
        let time = memory.end_block(start, WORKED, PERIOD).unwrap();
        stalled += u32::from(block >= first && time.stalled > 0);
    }
    stalled
}

fn heads(lines: &[Line]) -> Vec<Head> {
    lines.iter().flat_map(|line| line.heads.iter().map(|(head, _)| *head)).collect()
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let head = (1..160_u32, any::<bool>(), any::<u32>());
    let line = (prop::collection::vec(head, 1..4), 6000..20_000_u32, 0..64_u32);
    prop::collection::vec(line, 1..6).prop_map(|lines| {
        let mut address = 0;
        let place = |(heads, length, gap): (Vec<(u32, bool, u32)>, u32, u32)| {
            let length = length / 8 * 8;
            let line_address = address + gap * 8;
            address = line_address + length;
            let place = |(frames, writes, at): (u32, bool, u32)| {
                (Head { bytes_per_block: frames * 8, writes }, at % (length / 8) * 8)
            };
            Line { address: line_address, length, heads: heads.into_iter().map(place).collect() }
        };
        lines.into_iter().map(place).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn what_is_admitted_does_not_stall(
        mut lines in lines(),
        clock_hz in prop_oneof![Just(20_000_000_u32), Just(40_000_000), Just(80_000_000)],
        lanes in prop_oneof![Just(Lanes::One), Just(Lanes::Four)],
    ) {
        let bus = bus(clock_hz, lanes);
        let mut memory = memory(bus, 128 << 10);
        for line in &lines {
            let Line { address, length, .. } = *line;
            memory.register(Stream { address, length, bytes_per_block: line.fastest() }).unwrap();
        }
        let frames = memory.free_frames() as u32;
        let admission = Admission::new(&bus, PAGE as u32, frames, PERIOD, WORKED);
        // In one line, all move as fast as the fastest is said to.
        let promised: Vec<Head> = lines
            .iter()
            .flat_map(|line| line.heads.iter().map(|(head, _)| Head { bytes_per_block: line.fastest(), ..*head }))
            .collect();
        prop_assume!(admission.test(&promised).is_ok());
        prop_assert_eq!(stalls(&mut memory, &mut lines, 40, 200), 0);
    }
}

/// Lines of 79 pages, one head each.
fn equal_lines(count: u32) -> Vec<Line> {
    let length = 40_448;
    let line = |index: u32| Line {
        address: index * length,
        length,
        heads: vec![(Head::reading(512), index * 3000 / 8 * 8)],
    };
    (0..count).map(line).collect()
}

#[test]
fn one_head_more_than_admitted_stalls() {
    for (clock_hz, lanes) in [(20_000_000, Lanes::One), (40_000_000, Lanes::One), (80_000_000, Lanes::One)] {
        let bus = bus(clock_hz, lanes);
        let admission = Admission::new(&bus, PAGE as u32, FRAMES as u32, PERIOD, WORKED);
        let most = (1..100).find(|&count| admission.test(&heads(&equal_lines(count))).is_err()).unwrap() - 1;
        let refused = admission.test(&heads(&equal_lines(most + 1))).unwrap_err();
        let play = |count: u32| {
            let mut lines = equal_lines(count);
            let mut memory = memory(bus, 4 << 20);
            for line in &lines {
                let Line { address, length, .. } = *line;
                memory.register(Stream { address, length, bytes_per_block: 512 }).unwrap();
            }
            stalls(&mut memory, &mut lines, 40, 400)
        };
        assert!(most > 0);
        assert_eq!(play(most), 0, "{most} heads at {clock_hz} Hz");
        if let Refusal::Bus { .. } = refused {
            assert!(play(most + 1) > 0, "{} heads at {clock_hz} Hz", most + 1);
        }
    }
}
