//! What a plan makes of single needs, where a reader can follow.

mod verify;

use sostenuto_board::{Board, Kind, Needs, Storage, Traffic, place};

fn board(regions: &[(&str, &str)]) -> Board {
    let mut text = "name = \"b\"\ntitle = \"t\"\nsource = \"s\"\n".to_owned();
    for (at, (place, cost)) in regions.iter().enumerate() {
        text += &format!(
            "[[region]]\nname = \"{at}\"\n{place}\naccepts = [\"state\", \"scratch\"]\nrank = 1\nspeed_source = \"s\"\n\
             source = \"s\"\ncost = {{ word = {cost}, next_word = {cost}, source = \"s\" }}\n"
        );
    }
    Board::parse(&text, "b.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// Of two buffers that DMA moves past the cache, the parts share no line of it.
#[test]
fn what_dma_moves_is_split_by_whole_lines() {
    let board = Board::builtin("daisy-seed-65mb").unwrap();
    let needs = Needs { masters: vec!["DMA1".to_owned()], split: Some(4), ..Needs::default() };
    let storages = ["left", "right"]
        .map(|name| Storage { needs: needs.clone(), ..Storage::new(name, Kind::Delay, 300_100) });
    let plan = place(&board, &storages);
    assert!(plan.fits() && plan.placements.len() > 2, "{:?}", plan.placements);
    assert_eq!(verify::plan(&board, &storages, &plan), Ok(()));
}

#[test]
fn parts_are_multiples_of_the_step_asked_for() {
    let board = board(&[("size = 44", "1"), ("size = 100", "2")]);
    let needs = Needs { split: Some(3), ..Needs::default() };
    let storages = [Storage { needs, ..Storage::new("s", Kind::State, 70) }];
    let plan = place(&board, &storages);
    assert!(plan.fits() && plan.placements.len() == 2, "{:?}", plan.placements);
    assert_eq!(verify::plan(&board, &storages, &plan), Ok(()));
}

/// The fast region has the bytes, but not from an address with the alignment on.
#[test]
fn what_loses_its_room_to_alignment_is_told_with_its_cycles_there() {
    let board = board(&[("origin = 0x2000_0004\nsize = 64", "1"), ("origin = 0x3000_0000\nsize = 64", "9")]);
    let traffic = Some(Traffic { reads: 10.0, ..Traffic::default() });
    let storages = [Storage { align: 64, traffic, ..Storage::new("s", Kind::State, 64) }];
    let plan = place(&board, &storages);
    assert_eq!(plan.placement("s").unwrap().region, "1");
    let time = plan.time.unwrap();
    assert_eq!((time.cycles, time.proven), (90.0, false));
    assert_eq!(verify::plan(&board, &storages, &plan), Ok(()));
}

/// Of 1,000 bytes, 8 voices of 100 bytes beside 450 want 250 more: that is three voices.
#[test]
fn what_is_made_of_voices_gets_smaller_by_whole_ones() {
    let board = board(&[("size = 1000", "1")]);
    let synth = Storage { voices: Some(8), ..Storage::new("synth", Kind::State, 800) };
    let rest = Storage::new("rest", Kind::State, 450);
    let plan = place(&board, &[synth, rest]);
    let reliefs: Vec<String> = plan.reliefs.iter().map(ToString::to_string).collect();
    assert_eq!(reliefs, ["make `rest` 250 B smaller", "give `synth` 5 of its 8 voices: 300 B less"]);
}

/// 80 and 40 bytes live together, 60 at another time: in 100 bytes, the largest is 20 too large.
#[test]
fn the_relief_of_scratch_counts_what_it_shares() {
    let board = board(&[("size = 100", "1")]);
    let scratch = |name: &str, bytes, life| Storage {
        needs: Needs { life: Some(life), ..Needs::default() },
        ..Storage::new(name, Kind::Scratch, bytes)
    };
    let storages = [scratch("a", 80, (0, 1)), scratch("b", 40, (1, 2)), scratch("c", 60, (3, 4))];
    let plan = place(&board, &storages);
    let reliefs: Vec<String> = plan.reliefs.iter().map(ToString::to_string).collect();
    assert_eq!(reliefs, ["make `a` 20 B smaller"]);
    let smaller = [scratch("a", 60, (0, 1)), storages[1].clone(), storages[2].clone()];
    assert!(place(&board, &smaller).fits());
}
