//! Boards with paged memory: the table of the file, and where storages lie.

use sostenuto_board::report::{self, Style};
use sostenuto_board::traffic::Traffic;
use sostenuto_board::{Board, Kind, Storage, place};

const CONEZ: &str = include_str!("../../../boards/conez-v0-1.toml");

fn storage(name: &str, kind: Kind, bytes: u32, address: Option<u32>) -> Storage {
    Storage { address, ..Storage::new(name, kind, bytes) }
}

fn patch() -> Vec<Storage> {
    vec![
        storage("stack", Kind::Stack, 1_024, Some(16)),
        storage("last in the window", Kind::State, 4, Some(4_092)),
        storage("tape", Kind::Delay, 96_000, Some(4_128)),
        storage("over the edge", Kind::State, 64, Some(4_064)),
        storage("code", Kind::Code, 3_000, None),
        storage("page cache", Kind::State, 40_000, None),
        storage("registers", Kind::Stack, 400, None),
    ]
}

#[test]
fn the_address_decides_between_window_and_store() {
    let board = Board::builtin("conez-v0-1").unwrap();
    let plan = place(&board, &patch());
    assert!(plan.fits());
    let place = |name| {
        let placement = plan.placement(name).unwrap();
        (placement.region.as_str(), placement.offset)
    };
    assert_eq!(place("stack"), ("window", 16));
    assert_eq!(place("last in the window"), ("window", 4_092));
    assert_eq!(place("tape"), ("PSRAM", 4_128));
    assert_eq!(place("over the edge"), ("PSRAM", 4_064));
    for name in ["code", "page cache", "registers"] {
        assert_eq!(place(name).0, "DRAM", "{name}");
    }
    for usage in &plan.regions {
        assert_eq!(usage.used + usage.padding + usage.free + usage.reserved, usage.bytes, "{}", usage.region);
    }
    assert_eq!(plan.usage("PSRAM").unwrap().free, (8 << 20) - 4_128 - 96_000);
}

#[test]
fn the_reports_tell_it() {
    let board = Board::builtin("conez-v0-1").unwrap();
    let plan = place(&board, &patch());
    let text = report::text(&plan, &board, Style::default());
    let told = "  PSRAM is paged: all linear memory lies there, its first 4,096 B stay in window, and the rest comes\n  \
                by pages of 512 B into the page cache.\n";
    assert!(text.contains(told) && text.contains("(gaps)"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report::json(&plan)).unwrap();
    assert_eq!((&json["paged"]["store"], &json["paged"]["window_bytes"]), (&"PSRAM".into(), &4_096.into()));
    let text = report::board(&board, Style::default());
    for part in ["paged memory\n", "LY68L6400 over 1 lane at 40 MHz or 80 MHz", "101.4 ns a byte"] {
        assert!(text.contains(part), "`{part}` is not told in:\n{text}");
    }

    let flat = Board::builtin("heltec").unwrap();
    let plan = place(&flat, &patch());
    assert!(!report::text(&plan, &flat, Style::default()).contains("paged"));
    assert!(report::json(&plan).contains("\"paged\": null"));
}

#[test]
fn the_flat_board_has_one_page_for_linear_memory_and_the_rest_for_the_engine() {
    let board = Board::builtin("heltec").unwrap();
    let plan = place(&board, &patch());
    let unplaced: Vec<_> = plan.unplaced.iter().map(|unplaced| unplaced.storage.name.as_str()).collect();
    assert_eq!(unplaced, ["tape"], "more than 64 KB");
    assert_eq!(plan.placement("stack").unwrap().region, "linear memory");
    assert_eq!(plan.placement("code").unwrap().region, "DRAM");
}

#[test]
fn what_is_past_the_end_of_the_store_has_no_place() {
    let board = Board::builtin("conez-v0-1").unwrap();
    let plan = place(&board, &[storage("far", Kind::Delay, 1_000, Some((8 << 20) - 996))]);
    assert_eq!(plan.unplaced[0].refusals[0].free, 996);
    assert_eq!(plan.unplaced[0].shrink(), Some(4));
    // Storages that overlap are no layout of a compiler; still the numbers make up the region.
    let plan = place(&board, &["a", "b"].map(|name| storage(name, Kind::State, 4_096, Some(0))));
    assert_eq!((plan.regions[0].used, plan.regions[0].free), (4_096, 0));
}

#[test]
fn faults_of_the_table() {
    let told = |from: &str, to: &str| {
        assert_eq!(CONEZ.matches(from).count(), 1, "`{from}` is to be found once");
        let error = Board::parse(&CONEZ.replace(from, to), "my.toml").unwrap_err().to_string();
        let (place, rest) = error.split_once(": ").unwrap();
        assert!(place.starts_with("my.toml:"), "{error}");
        rest.to_owned()
    };
    assert_eq!(
        told("store = \"PSRAM\"", "store = \"PSRAN\""),
        "there is no region `PSRAN`\n  help: did you mean `PSRAM`?"
    );
    assert_eq!(
        told("store = \"PSRAM\"", "store = \"window\""),
        "the window `window` does not lie in the store `window`\n  help: name a region larger than the window"
    );
    assert_eq!(
        told("window = \"window\"", "window = \"DRAM\""),
        "region `DRAM` has reserved parts, but its first byte is address 0 of a patch\
         \n  help: make the region so much smaller, and reserve nothing in it"
    );
    assert_eq!(
        told("frames = 64", "frames = 8"),
        "the window takes 8 of 8 frames: none is left for the other pages\
         \n  help: give more frames, or make the window's region smaller"
    );
    assert_eq!(
        told("page = 512", "page = 500"),
        "a page cannot have 500 B\n  help: write a power of two, such as 512"
    );
    assert_eq!(told("lanes = 1\n", "lanes = 2\n"), "no bus has 2 lanes\n  help: write 1 or 4");
    assert_eq!(
        told("clocks_hz = [40_000_000, 80_000_000]", "clocks_hz = []"),
        "the bus has no clock\n  help: a list of clocks in Hz, such as [40_000_000, 80_000_000]"
    );
    assert_eq!(
        told("frames = 64", "frame = 64"),
        "[paged] has no key `frame`\n  help: did you mean `frames`?"
    );
    assert_eq!(
        told("size = \"4K\"", "size = \"4000\""),
        "the window of 4,000 B is no whole number of pages\n  help: change the region's size or the page's"
    );
    assert!(told("cycles_per_instruction = 14\ncycles_source", "# cycles_source").starts_with(
        "[paged] needs the board's `cycles_per_instruction`\n  help: give it: waiting for pages is held"
    ));
}

/// A storage in linear memory with so many words read a sample.
fn read(name: &str, kind: Kind, bytes: u32, address: u32, reads: f64) -> Storage {
    let traffic = Some(Traffic { reads, ..Traffic::default() });
    Storage { traffic, ..storage(name, kind, bytes, Some(address)) }
}

#[test]
fn the_window_can_hold_the_pages_of_what_is_hottest() {
    let mut board = Board::builtin("conez-v0-1").unwrap();
    let storages = [
        read("cold", Kind::State, 3_500, 0, 0.0),
        read("line", Kind::Delay, 96_000, 4_096, 2.0),
        // In two pages, of which the next storage is in the second, too.
        read("warm", Kind::State, 512, 102_656, 4.0),
        read("hot", Kind::State, 100, 103_168, 3.0),
        // Twelve pages are too many for what is left.
        read("table", Kind::Table, 6_144, 204_800, 12.0),
        read("state", Kind::State, 8, 409_600, 1.0),
        storage("code", Kind::Code, 3_000, None),
    ];
    let paged = board.paged.as_mut().unwrap();
    paged.pin_hottest(&storages);
    let pins: Vec<_> = paged.pins.iter().map(|pins| (pins.address, pins.bytes)).collect();
    // Of the table, which is hotter than a page of the line would be, the first pages that have room.
    assert_eq!(pins, [(102_400, 1_024), (204_800, 5 * 512), (409_600, 512)]);

    let plan = place(&board, &storages);
    assert!(plan.fits());
    let place = |name| {
        let placement = plan.placement(name).unwrap();
        (placement.region.as_str(), placement.offset)
    };
    assert_eq!(place("warm"), ("window", 256));
    assert_eq!(place("hot"), ("window", 768));
    assert_eq!(place("state"), ("window", 1_024 + 5 * 512));
    for (name, address) in [("cold", 0), ("line", 4_096), ("table", 204_800)] {
        assert_eq!(place(name), ("PSRAM", address), "{name}");
    }
    let text = report::text(&plan, &board, Style::default());
    assert!(text.contains("4,096 B of it that a run has accessed most stay in\n  window"), "{text}");
}

#[test]
fn what_nothing_accesses_is_left_to_the_other_pages() {
    let mut board = Board::builtin("conez-v0-1").unwrap();
    let paged = board.paged.as_mut().unwrap();
    paged.pin_hottest(&[
        read("line", Kind::Delay, 96_000, 0, 2.0),
        read("cold", Kind::State, 4, 96_000, 0.0),
        storage("unknown", Kind::State, 4, Some(200_000)),
        read("beyond", Kind::State, u32::MAX, u32::MAX - 3, 1.0),
    ]);
    assert_eq!(paged.pins, []);
    assert!(place(&board, &patch()).fits());
}
