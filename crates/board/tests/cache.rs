//! The model of a data cache against a naive one, and by hand where a reader can follow.

use proptest::prelude::*;
use sostenuto_board::cache_model::{CacheModel, Fetch};

/// A list of lines in the order of their use, as slow and as plain as can be.
struct Naive {
    line: u64,
    ways: usize,
    sets: u64,
    /// Address and whether it was written, the one used longest ago first.
    lines: Vec<(u64, bool)>,
}

impl Naive {
    fn access(&mut self, address: u64, is_write: bool) -> Option<Fetch> {
        let wanted = address / self.line * self.line;
        let is_set = |other: u64| other / self.line % self.sets == wanted / self.line % self.sets;
        if let Some(at) = self.lines.iter().position(|(other, _)| *other == wanted) {
            let (_, was_written) = self.lines.remove(at);
            self.lines.push((wanted, was_written || is_write));
            return None;
        }
        let mut written_back = None;
        if self.lines.iter().filter(|(other, _)| is_set(*other)).count() == self.ways {
            let oldest = self.lines.iter().position(|(other, _)| is_set(*other)).unwrap();
            let (other, was_written) = self.lines.remove(oldest);
            written_back = was_written.then_some(other);
        }
        let holds = |wanted: Option<u64>| self.lines.iter().any(|(other, _)| Some(*other) == wanted);
        let is_next = holds(wanted.checked_sub(self.line)) || holds(wanted.checked_add(self.line));
        self.lines.push((wanted, is_write));
        Some(Fetch { is_next, written_back })
    }
}

const FAR: Option<Fetch> = Some(Fetch { is_next: false, written_back: None });

#[test]
fn the_line_used_longest_ago_gives_way() {
    // Two sets of two ways: lines of 32 B that are 64 B apart are in one set.
    let mut cache = CacheModel::new(128, 32, 2);
    assert_eq!([cache.access(0x000, false), cache.access(0x100, false)], [FAR, FAR]);
    assert_eq!(cache.access(0x01f, false), None, "used again, so 0x100 is the older one");
    assert_eq!(cache.access(0x200, false), FAR);
    assert_eq!(cache.access(0x000, false), None);
    assert_eq!(cache.access(0x100, false), FAR, "it had to give way");
    // The other set holds its own two, and takes nothing from this one.
    assert_eq!([cache.access(0x320, false), cache.access(0x360, false)], [FAR, FAR]);
    assert_eq!([cache.access(0x000, false), cache.access(0x100, false)], [None, None]);
}

#[test]
fn what_was_written_is_written_back_once() {
    let mut cache = CacheModel::new(64, 32, 2);
    let written_back = |fetch: Option<Fetch>| fetch.unwrap().written_back;
    assert_eq!(written_back(cache.access(0x1_0000, true)), None);
    assert_eq!(cache.access(0x1_0008, true), None);
    assert_eq!(written_back(cache.access(0x2_0000, false)), None);
    assert_eq!(written_back(cache.access(0x3_0000, false)), Some(0x1_0000), "the line's first address");
    assert_eq!(written_back(cache.access(0x1_0000, false)), None, "0x2_0000 was only read");
    assert_eq!(written_back(cache.access(0x4_0000, false)), None);
    assert_eq!(written_back(cache.access(0x5_0000, false)), None, "what it has written back is clean");
}

#[test]
fn a_head_comes_to_the_next_line_from_both_sides() {
    let mut cache = CacheModel::new(1_024, 32, 4);
    let mut is_next = |address| cache.access(address, false).unwrap().is_next;
    assert!(!is_next(0x1000));
    assert!(is_next(0x1020), "forwards");
    assert!(is_next(0x0fe0), "backwards");
    assert!(!is_next(0x1060), "over a line");
    assert!(!is_next(0) && !is_next(u64::MAX), "the ends of the addresses are no neighbours");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn it_does_what_the_naive_one_does(
        (line, ways, sets) in (2..7_u32, 1..6_u32, 0..4_u32),
        accesses in prop::collection::vec((0..3_000_u64, any::<bool>(), any::<bool>()), 0..300),
    ) {
        let (line, sets) = (1 << line, 1 << sets);
        let mut cache = CacheModel::new(line * ways * sets, line, ways);
        let mut naive = Naive { line: line.into(), ways: ways as usize, sets: sets.into(), lines: Vec::new() };
        for (address, is_write, asks_first) in accesses {
            // The quick question has no effect unless its answer is yes.
            let fetch = match asks_first && cache.access_last(address, is_write) {
                true => None,
                false => cache.access(address, is_write),
            };
            prop_assert_eq!(fetch, naive.access(address, is_write), "at {}", address);
        }
    }

    #[test]
    fn what_is_no_cache_does_no_harm(
        bytes in prop_oneof![0..100_u32, 0..100_000_u32],
        line in prop_oneof![0..100_u32, any::<u32>()],
        ways in prop_oneof![0..20_u32, 0..1_000_u32],
        accesses in prop::collection::vec((any::<u64>(), any::<bool>()), 0..50),
    ) {
        let mut cache = CacheModel::new(bytes, line, ways);
        for (address, is_write) in accesses {
            cache.access(address, is_write);
            prop_assert_eq!(cache.access(address, is_write), None, "it was just fetched");
            prop_assert!(cache.access_last(address, is_write));
        }
    }
}
