//! Placements with needs and traffic, held against the documentation, and small ones against all that there are.

mod verify;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::{collection, option, sample};
use sostenuto_board::traffic::Pattern;
use sostenuto_board::{Board, Kind, Needs, Options, Retained, Start, Storage, Traffic, place, place_with};

/// The built-in boards in each of their boot modes.
static BOARDS: LazyLock<Vec<Board>> = LazyLock::new(|| {
    let mut boards = Vec::new();
    for name in Board::builtin_names() {
        let board = Board::described(name).unwrap();
        let modes: Vec<Option<String>> = match &board.boots[..] {
            [] => vec![None],
            boots => boots.iter().map(|boot| Some(boot.name.clone())).collect(),
        };
        boards.extend(modes.iter().map(|mode| board.clone().booted(mode.as_deref()).unwrap()));
    }
    boards
});

fn needs() -> impl Strategy<Value = Needs> {
    let masters = prop_oneof![
        5 => Just(vec![]),
        2 => sample::subsequence(vec!["DMA1", "DMA2", "MDMA", "BDMA"], 1..3),
    ];
    let retained = option::weighted(0.1, sample::select(&Retained::ALL));
    let start = option::weighted(0.2, sample::select(&Start::ALL));
    let life = option::weighted(0.6, (0..4_u32, 0..3_u32));
    let split = option::weighted(0.15, sample::select(&[1_u32, 3, 4, 100, 512, 4_096, 1 << 20]));
    (masters, retained, start, life, split).prop_map(|(masters, retained, start, life, split)| Needs {
        masters: masters.into_iter().map(str::to_owned).collect(),
        retained,
        start,
        life: life.map(|(first, more)| (first, first + more)),
        split,
    })
}

fn traffic(bytes: u32) -> impl Strategy<Value = Option<Traffic>> {
    let declared = (0.0..50.0_f64, 0.0..50.0_f64, sample::select(&Pattern::ALL))
        .prop_map(move |(reads, writes, pattern)| Traffic::declared(reads, writes, pattern, bytes));
    // Measured traffic has more lines written back than by any pattern.
    let measured = (0.0..50.0_f64, 0.0..50.0_f64, 0.0..0.5_f64, 0.0..0.5_f64, 0.0..1.0_f64).prop_map(
        |(reads, writes, next, lines, written)| Traffic {
            reads,
            writes,
            next_lines: (reads + writes) * next,
            lines: (reads + writes) * lines,
            written_lines: (reads + writes) * written,
        },
    );
    option::of(prop_oneof![declared, measured]).prop_map(move |traffic| traffic.filter(|_| bytes > 0))
}

fn storage(largest: u32) -> impl Strategy<Value = Storage> {
    let kind = prop_oneof![2 => sample::select(&Kind::ALL), 1 => Just(Kind::Scratch)];
    let bytes = prop_oneof![3 => 0..64_u32, 3 => 0..(1 + largest / 20), 2 => 0..=largest];
    let align = prop_oneof![4 => Just(4_u32), 3 => (0..8_u32).prop_map(|shift| 1 << shift), 1 => Just(8_192)];
    let claimed = prop::bool::weighted(0.03);
    (kind, bytes, align, needs(), claimed, option::weighted(0.1, 0..20_000_u32)).prop_flat_map(
        |(kind, bytes, align, needs, claimed, address)| {
            traffic(bytes).prop_map(move |traffic| Storage {
                align,
                needs: needs.clone(),
                address,
                traffic,
                ..Storage::new(if claimed { "delay memory" } else { "s" }, kind, bytes)
            })
        },
    )
}

/// Storages of which no two are alike: each has a line of its own.
fn storages() -> impl Strategy<Value = Vec<Storage>> {
    let largest = prop_oneof![Just(2_000_u32), Just(40_000), Just(400_000), Just(20_000_000)];
    largest.prop_flat_map(|largest| collection::vec(storage(largest), 0..40)).prop_map(|mut storages| {
        for (storage, line) in storages.iter_mut().zip(1..) {
            storage.line = Some(line);
        }
        storages
    })
}

#[test]
fn what_is_smaller_than_a_word_is_accessed_too() {
    for bytes in 1..=4 {
        let traffic = Storage::new("flag", Kind::State, bytes).traffic();
        assert_eq!((traffic.reads, traffic.writes), (1.0, 1.0), "{bytes} B");
    }
    assert_eq!(Storage::new("nothing", Kind::State, 0).traffic().accesses(), 0.0);
}

proptest! {
    // Each case is placed on each board in each of its boot modes.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_keeps_what_the_documentation_promises(storages in storages()) {
        for board in BOARDS.iter() {
            let plan = place(board, &storages);
            if let Err(fault) = verify::plan(board, &storages, &plan) {
                prop_assert!(false, "{} after {:?}: {fault}", board.name, board.boots.first());
            }
        }
    }
}

/// A board of three regions in which the storages of a small instance lie.
#[derive(Debug, Clone)]
struct Memory {
    words: u32,
    is_cached: bool,
    takes_delay: bool,
    cycles: [u32; 2],
}

fn memory() -> impl Strategy<Value = Memory> {
    (0..40_u32, any::<bool>(), prop::bool::weighted(0.7), [1..40_u32, 1..40_u32])
        .prop_map(|(words, is_cached, takes_delay, cycles)| Memory { words, is_cached, takes_delay, cycles })
}

fn board(memories: &[Memory]) -> Board {
    let mut text = "name = \"small\"\ntitle = \"t\"\nsource = \"s\"\n".to_owned();
    for (at, Memory { words, is_cached, takes_delay, cycles: [first, next] }) in memories.iter().enumerate() {
        let (size, rank) = (4 + 4 * words, at + 1);
        let (cache, key) = if *is_cached { ("write-back", "line") } else { ("never", "word") };
        let accepts = if *takes_delay { "[\"state\", \"delay\"]" } else { "[\"state\"]" };
        text += &format!(
            "[[region]]\nname = \"{at}\"\nsize = {size}\naccepts = {accepts}\nrank = {rank}\nspeed_source = \"s\"\n\
             source = \"s\"\ncache = \"{cache}\"\nbus_source = \"s\"\n\
             cost = {{ {key} = {first}, next_{key} = {next}, source = \"s\" }}\n"
        );
    }
    Board::parse(&text, "small.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn few() -> impl Strategy<Value = Vec<Storage>> {
    let one = (1..30_u32, any::<bool>()).prop_flat_map(|(words, is_delay)| {
        let kind = if is_delay { Kind::Delay } else { Kind::State };
        traffic(4 * words).prop_map(move |traffic| Storage { traffic, ..Storage::new("s", kind, 4 * words) })
    });
    collection::vec(one, 1..7).prop_map(|mut storages| {
        for (storage, line) in storages.iter_mut().zip(1..) {
            storage.line = Some(line);
        }
        storages
    })
}

/// The least cycles of all ways to put the storages into the regions.
fn least(board: &Board, storages: &[Storage]) -> Option<f64> {
    fn rest(board: &Board, storages: &[Storage], free: &mut [u64]) -> Option<f64> {
        let Some((first, others)) = storages.split_first() else { return Some(0.0) };
        let mut best: Option<f64> = None;
        for (at, region) in board.regions.iter().enumerate() {
            let bytes = u64::from(first.bytes);
            if !region.accepts.contains(&first.kind) || free[at] < bytes {
                continue;
            }
            free[at] -= bytes;
            if let Some(others) = rest(board, others, free) {
                let sum = others + verify::cycles(region, first);
                best = Some(best.map_or(sum, |best| best.min(sum)));
            }
            free[at] += bytes;
        }
        best
    }
    rest(board, storages, &mut board.regions.iter().map(|region| region.bytes).collect::<Vec<_>>())
}

/// Costs are counted in thousandths of a cycle.
const ROUNDING: f64 = 0.0006 * 8.0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_proven_plan_of_a_few_storages_is_the_best_there_is(
        memories in collection::vec(memory(), 3), storages in few()
    ) {
        let board = board(&memories);
        let least = least(&board, &storages);
        for options in [Options::default(), Options { prove: Some(1_000_000) }] {
            let plan = place_with(&board, &storages, options);
            prop_assert!(verify::plan(&board, &storages, &plan).is_ok(), "{:?}", verify::plan(&board, &storages, &plan));
            let Some(least) = least else {
                prop_assert!(!plan.fits());
                continue;
            };
            prop_assert!(plan.fits(), "it could: {:?}", plan.unplaced);
            // Where it is hard to fit at all, a place for each is found without the search that tells the time.
            let Some(time) = plan.time else { continue };
            prop_assert!(time.bound <= least + ROUNDING && least <= time.cycles + ROUNDING, "{} {:?}", least, time);
            if options.prove.is_some() {
                prop_assert!(time.proven && (time.cycles - least).abs() < ROUNDING, "{} {:?}", least, time);
            }
        }
    }

    /// A relief is one: after that change alone, all of it fits.
    #[test]
    fn after_each_relief_it_fits(memories in collection::vec(memory(), 3), storages in few(), lives in any::<bool>()) {
        let mut board = board(&memories);
        let mut storages = storages;
        if lives {
            // Two that share bytes, and one that lives with both.
            for region in &mut board.regions {
                region.accepts.push(Kind::Scratch);
            }
            for (storage, life) in storages.iter_mut().zip([(0, 1), (2, 3), (1, 2)]) {
                storage.kind = Kind::Scratch;
                storage.needs.life = Some(life);
            }
        }
        let plan = place(&board, &storages);
        prop_assert!(!plan.fits() || plan.reliefs.is_empty());
        prop_assert!(plan.reliefs.is_sorted_by_key(|relief| relief.smaller_by), "{:?}", plan.reliefs);
        for relief in &plan.reliefs {
            let changed = without(&storages, &relief.storage, relief.smaller_by);
            prop_assert!(place(&board, &changed).fits(), "not after {}", relief);
        }
        // No storage is to lose more than it must. What no region takes at any size needs another board.
        let has_homes = storages.iter().all(|storage| !board.homes(storage).is_empty());
        if !plan.fits() && !lives && has_homes {
            let enough = |storage: &Storage| {
                (4..=storage.bytes).step_by(4).find(|&less| least(&board, &without(&storages, storage, less)).is_some())
            };
            let smallest = storages.iter().filter_map(enough).min();
            prop_assert_eq!(plan.reliefs.first().map(|relief| relief.smaller_by), smallest);
        }
    }
}

/// The storages with one of them so many bytes smaller, or left out.
fn without(storages: &[Storage], one: &Storage, bytes: u32) -> Vec<Storage> {
    let mut changed: Vec<Storage> = storages.to_vec();
    for storage in changed.iter_mut().filter(|storage| *storage == one) {
        storage.bytes -= bytes;
        // What it is told to do, it still does.
        storage.traffic = Some(one.traffic());
    }
    changed.retain(|storage| storage.bytes > 0);
    changed
}
