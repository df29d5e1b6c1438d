//! What every plan keeps, and what a user is told when something does not fit.

use proptest::prelude::*;
use sostenuto_board::{Board, Kind, Plan, Storage, place, report};

fn storage(name: &str, kind: Kind, bytes: u32) -> Storage {
    Storage::new(name, kind, bytes)
}

#[test]
fn the_small_and_hot_get_the_fast_memory() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let plan = place(
        &board,
        &[
            storage("hall", Kind::Delay, 4 << 20),
            storage("echo", Kind::Delay, 400_000),
            storage("sine", Kind::Table, 16_384),
            storage("lowpass", Kind::State, 16),
            storage("code", Kind::Code, 4_000),
        ],
    );
    let region = |name| plan.placement(name).unwrap().region.as_str();
    assert_eq!(
        [region("lowpass"), region("sine"), region("code"), region("echo"), region("hall")],
        ["DTCM", "DTCM", "ITCM", "AXI SRAM", "SDRAM"]
    );
    assert!(plan.check().is_ok());
}

#[test]
fn of_one_size_the_stack_and_the_state_come_first() {
    let text = r#"
        name = "tiny"
        title = "t"
        source = "s"
        [[region]]
        name = "fast"
        size = 2000
        accepts = ["stack", "state", "table", "delay"]
        rank = 1
        speed_source = "s"
        source = "s"
        [[region]]
        name = "slow"
        size = 2000
        accepts = ["stack", "state", "table", "delay"]
        rank = 2
        speed_source = "s"
        source = "s"
    "#;
    let board = Board::parse(text, "tiny.toml").unwrap();
    let plan = place(
        &board,
        &[
            storage("a delay", Kind::Delay, 1000),
            storage("a table", Kind::Table, 1000),
            storage("b state", Kind::State, 1000),
            storage("c stack", Kind::Stack, 1000),
        ],
    );
    let order: Vec<_> =
        plan.placements.iter().map(|p| (p.storage.name.as_str(), p.region.as_str())).collect();
    assert_eq!(order, [("c stack", "fast"), ("b state", "fast"), ("a table", "slow"), ("a delay", "slow")]);
}

#[test]
fn reserved_bytes_stay_free() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let plan = place(&board, &[storage("code", Kind::Code, 64)]);
    assert_eq!(plan.placement("code").unwrap().address, Some(0x20), "address 0 is the null pointer");
}

#[test]
fn what_does_not_fit_is_told_with_numbers_and_a_remedy() {
    let board = Board::builtin("permut8").unwrap();
    let plan = place(
        &board,
        &[
            storage("window", Kind::State, 292),
            Storage { line: Some(3), ..storage("delay", Kind::Delay, 16_384) },
            Storage { line: Some(9), ..storage("stack", Kind::Stack, 5_000) },
        ],
    );
    assert!(!plan.fits());
    assert_eq!(
        plan.check().unwrap_err().to_string(),
        "the patch does not fit on the board `permut8`
  line 3: `delay` needs 16,384 B; `global data` holds 8,192 B and has 7,900 B free
    help: make it 8,484 B smaller, or take the board `daisy-seed-1mb`, which has the room
  line 9: `stack` needs 5,000 B; `stack` holds 4,096 B and has 4,096 B free
    help: make it 904 B smaller, or take the board `daisy-seed-1mb`, which has the room"
    );
}

#[test]
fn a_full_region_and_a_missing_one_are_told_too() {
    let text = r#"
        name = "tiny"
        title = "t"
        source = "s"
        [[region]]
        name = "ram"
        size = 8
        accepts = ["state"]
        rank = 1
        speed_source = "s"
        source = "s"
    "#;
    let board = Board::parse(text, "tiny.toml").unwrap();
    let plan = place(
        &board,
        &[storage("a", Kind::State, 8), storage("b", Kind::State, 12), storage("c", Kind::Delay, u32::MAX)],
    );
    assert_eq!(
        plan.check().unwrap_err().to_string(),
        "the patch does not fit on the board `tiny`
  `c` needs 4,294,967,295 B, and no region accepts delay
    help: take a board with such a region
  `b` needs 12 B; `ram` holds 8 B and has 0 B free
    help: free 12 B in `ram`"
    );
}

#[test]
fn many_regions_are_not_all_recited() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let plan = place(&board, &[storage("hall", Kind::Delay, 100_000_000)]);
    assert_eq!(
        plan.unplaced[0].to_string(),
        "`hall` needs 100,000,000 B; `SDRAM` holds 67,108,864 B and has 67,108,864 B free; `AXI SRAM` holds \
         524,288 B and has 524,288 B free; `SRAM2` holds 131,072 B and has 131,072 B free; 4 more have less"
    );
    assert_eq!(
        plan.unplaced[0].remedy(),
        "make it 32,891,136 B smaller, or take the board `host`, which has the room"
    );
}

#[test]
fn the_large_come_first_where_the_small_would_take_their_only_room() {
    let board = Board::builtin("daisy-seed-1mb").unwrap();
    let plan =
        place(&board, &[storage("short", Kind::Delay, 122_880), storage("long", Kind::Delay, 491_520)]);
    assert_eq!(plan.placement("long").unwrap().region, "AXI SRAM");
    assert!(plan.fits());
}

#[test]
fn storages_that_want_the_same_room_are_told_what_they_need_together() {
    let board = Board::builtin("permut8").unwrap();
    let plan = place(&board, &[storage("pool", Kind::State, 32_768), storage("ring", Kind::State, 8_196)]);
    for unplaced in &plan.unplaced {
        let remedy = unplaced.remedy();
        let together = "make the 2 storages that want `global data` 32,772 B smaller together";
        assert!(remedy.starts_with(together), "{remedy}");
    }
    let told = report::text(&plan, &board, report::Style { width: 200, ..report::Style::default() });
    let refused = plan.check().unwrap_err().to_string();
    for text in [told, refused] {
        assert_eq!(text.matches("smaller together").count(), 1, "both are told once: {text}");
    }
    let smaller = place(&board, &[storage("pool", Kind::State, 4_096), storage("ring", Kind::State, 4_096)]);
    assert!(smaller.fits());
}

#[test]
fn zero_bytes_have_a_place_anywhere() {
    let board = Board::builtin("permut8").unwrap();
    let full = storage("full", Kind::Stack, 4_096);
    let plan =
        place(&board, &[full, storage("stack", Kind::Stack, 0), storage("delay memory", Kind::Table, 0)]);
    assert!(plan.fits(), "{:?}", plan.unplaced);
    assert_eq!(plan.placements.len(), 3);
}

fn storages() -> impl Strategy<Value = Vec<Storage>> {
    let name = prop_oneof![Just("delay memory".to_owned()), "[a-e]{1,2}"];
    let bytes = prop_oneof![0..64u32, 0..20_000u32, any::<u32>()];
    // Powers of two are the rule, but a file may say anything.
    let align = prop_oneof![4 => (0..14u32).prop_map(|shift| 1 << shift), 1 => any::<u32>()];
    let kind = proptest::sample::select(&Kind::ALL);
    let one = (name, kind, bytes, align, proptest::option::of(1..99u32));
    let one = one.prop_map(|(name, kind, bytes, align, line)| Storage {
        align,
        line,
        ..Storage::new(name, kind, bytes)
    });
    proptest::collection::vec(one, 0..60)
}

fn check(board: &Board, storages: &[Storage], plan: &Plan) -> Result<(), TestCaseError> {
    prop_assert_eq!(plan.placements.len() + plan.unplaced.len(), storages.len());
    prop_assert_eq!(plan.regions.len(), board.regions.len());
    for usage in &plan.regions {
        prop_assert_eq!(usage.used + usage.padding + usage.free + usage.reserved, usage.bytes);
        let region = board.region(&usage.region).unwrap();
        let mut inside: Vec<_> =
            plan.placements.iter().filter(|p| p.region == region.name && p.storage.bytes > 0).collect();
        inside.sort_by_key(|placement| placement.offset);
        let (mut end, mut used) = (region.reserved_at(sostenuto_board::End::Start), 0);
        for placement in inside {
            let storage = &placement.storage;
            prop_assert!(placement.offset >= end, "overlap at {placement:?}");
            end = placement.offset + u64::from(storage.bytes);
            used += u64::from(storage.bytes);
            let address =
                region.origin.map_or(placement.offset, |origin| u64::from(origin) + placement.offset);
            prop_assert_eq!(address % u64::from(storage.align.max(1)), 0, "alignment of {:?}", placement);
            prop_assert!(region.accepts(storage), "{placement:?} is not accepted");
            let claimed = board.regions.iter().any(|other| other.only.contains(&storage.name));
            prop_assert!(!claimed || region.only.contains(&storage.name), "{placement:?} left its home");
        }
        prop_assert!(end <= region.bytes - region.reserved_at(sostenuto_board::End::End));
        prop_assert_eq!(used, usage.used);
    }
    for unplaced in &plan.unplaced {
        prop_assert!(unplaced.storage.bytes > 0);
        for refusal in &unplaced.refusals {
            prop_assert!(refusal.free < u64::from(unplaced.storage.bytes) && refusal.free <= refusal.holds);
        }
    }
    prop_assert_eq!(plan.fits(), plan.check().is_ok());
    Ok(())
}

proptest! {
    // Each case is placed on every board.
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_keeps_capacity_alignment_and_kinds(storages in storages()) {
        for name in Board::builtin_names() {
            let board = Board::builtin(name).unwrap();
            check(&board, &storages, &place(&board, &storages))?;
        }
    }

    #[test]
    fn the_order_of_the_storages_does_not_matter(
        (storages, shuffled) in storages().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
    ) {
        for name in Board::builtin_names() {
            let board = Board::builtin(name).unwrap();
            prop_assert_eq!(place(&board, &storages), place(&board, &shuffled));
        }
    }

    /// The board that a remedy names holds the whole patch.
    #[test]
    fn the_named_board_has_the_room(storages in storages()) {
        let board = Board::builtin("permut8").unwrap();
        for unplaced in place(&board, &storages).unplaced {
            if let Some(name) = unplaced.board_with_room {
                prop_assert!(place(&Board::builtin(&name).unwrap(), &storages).fits());
            }
        }
    }
}
