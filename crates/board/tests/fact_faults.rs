//! Faults of what a board file tells of speed, of caches and of how a program starts; and what becomes of the regions then.

use sostenuto_board::{Board, BoardError, End, Start};

const GOOD: &str = r#"name = "my-board"
title = "My board"
source = "its data sheet"
cache = { size = "16K", line = 32, ways = 4, source = "its data sheet" }

[[boot]]
name = "flash"
code = "ROM"
data = "RAM"
stack = "RAM"
source = "its linker script"

[[boot]]
name = "ram"
code = "RAM"
data = "RAM"
stack = "RAM"
source = "its linker script"

[[region]]
name = "RAM"
size = "64K"
reserved = [
  { size = "16K", at = "start", boot = ["ram"], why = "the program", source = "a guess" },
  { size = "4K", at = "end", why = "the firmware", source = "a guess" },
]
accepts = ["state"]
rank = 1
speed_source = "its data sheet"
cost = { word = 3, next_word = 2, line = 20, next_line = 12, source = "a guess" }
cache = "write-back"
bus_source = "its data sheet"
mpu = "write-through"
mpu_source = "its firmware"
start = "undefined"
start_source = "its start-up code"
source = "its data sheet"

[[region]]
name = "ROM"
size = "1M"
accepts = ["code"]
rank = 2
speed_source = "its data sheet"
cost = { word = 9, next_word = 4, source = "a guess" }
source = "its data sheet"
"#;

const SOURCE: &str = "say who published it, or write \"to calibrate\" when nobody did";

fn told(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "`{from}` is to be found once");
    let error = Board::parse(&GOOD.replace(from, to), "my.toml").unwrap_err();
    assert!(matches!(error, BoardError::File(_)));
    error.to_string()
}

#[test]
fn the_cost_tells_what_happens_at_an_access() {
    assert_eq!(
        told("word = 9, next_word = 4, ", "line = 9, next_line = 4, "),
        "my.toml:45:8: region `ROM` is not cached, but its cost has no `word` and `next_word`\
         \n  help: give the cycles of what happens there"
    );
    assert_eq!(
        told(" line = 20, next_line = 12,", ""),
        "my.toml:30:8: region `RAM` is cached, but its cost has no `line` and `next_line`\
         \n  help: give the cycles of what happens there"
    );
    // What the MPU is set to counts, not what the processor does by itself.
    let never =
        GOOD.replace("mpu = \"write-through\"", "mpu = \"never\"").replace(" line = 20, next_line = 12,", "");
    assert!(Board::parse(&never, "my.toml").is_ok());
    let pair = "help: give both: of a first access, and of one that goes on from there";
    assert_eq!(
        told("word = 9, next_word = 4, ", "word = 9, "),
        format!("my.toml:45:8: the cost lacks the key `next_word`\n  {pair}")
    );
    assert_eq!(
        told("line = 20, next_line", "next_line"),
        format!("my.toml:30:8: the cost lacks the key `line`\n  {pair}")
    );
    assert_eq!(
        told("word = 9,", "word = 0,"),
        "my.toml:45:17: `word` cannot be 0\n  help: write a number larger than 0"
    );
    assert_eq!(
        told("word = 9,", "word = nan,"),
        "my.toml:45:17: `word` cannot be nan\n  help: write a number from 0 on, below 1,000,000,000"
    );
    assert_eq!(
        told("next_word = 4, source = \"a guess\"", "next_word = 4"),
        format!("my.toml:45:8: the cost lacks the key `source`\n  help: {SOURCE}")
    );
}

#[test]
fn settings_and_starts_have_sources_and_words() {
    assert_eq!(
        told("mpu_source = \"its firmware\"\n", ""),
        format!("my.toml:33:7: `mpu` has no `mpu_source`\n  help: {SOURCE}")
    );
    assert_eq!(
        told("mpu = \"write-through\"\n", ""),
        "my.toml:33:14: `mpu_source` is the source of nothing\n  help: leave it out, or tell the fact"
    );
    assert_eq!(
        told("mpu = \"write-through\"", "mpu = \"cached\""),
        "my.toml:33:7: `mpu` cannot be `cached`\n  help: write one of never, write-through, write-back, device"
    );
    assert_eq!(
        told("start = \"undefined\"", "start = \"zeroed\""),
        "my.toml:35:9: `start` cannot be `zeroed`\n  help: write one of late, undefined, loaded"
    );
    assert_eq!(
        told("start_source = \"its start-up code\"\n", ""),
        format!("my.toml:35:9: `start` has no `start_source`\n  help: {SOURCE}")
    );
}

#[test]
fn boot_modes_name_regions_and_reserved_parts_name_modes() {
    assert_eq!(
        told("code = \"ROM\"", "code = \"ROMS\""),
        "my.toml:8:8: the board has no region `ROMS`\n  help: did you mean `ROM`?"
    );
    assert_eq!(
        told("code = \"ROM\"", "code = \"xyz\""),
        "my.toml:8:8: the board has no region `xyz`\n  help: the regions are RAM, ROM"
    );
    assert_eq!(
        told("name = \"ram\"", "name = \"flash\""),
        "my.toml:14:8: two boot modes are named `flash`\n  help: give each a name of its own"
    );
    assert_eq!(
        told("name = \"flash\"\n", "name = \"flash\"\nspeed = 1\n"),
        "my.toml:8:1: boot mode `flash` has no key `speed`\n  help: the keys are name, code, data, stack, source"
    );
    assert_eq!(
        told("boot = [\"ram\"]", "boot = [\"rams\"]"),
        "my.toml:24:41: region `RAM` reserves bytes in the boot mode `rams`, which is none\n  help: did you mean `ram`?"
    );
    assert!(
        told("boot = [\"ram\"]", "boot = [\"xyz\"]")
            .ends_with("which is none\n  help: the boot modes are flash, ram")
    );
}

#[test]
fn a_cache_has_whole_sets() {
    let help = "\n  help: size = line x ways x a power of two; a line is a power of two from 4 B on";
    for (from, to, what) in [
        ("line = 32", "line = 48", "16384 B are no cache of 4 ways with lines of 48 B"),
        ("line = 32", "line = 2", "16384 B are no cache of 4 ways with lines of 2 B"),
        ("ways = 4", "ways = 3", "16384 B are no cache of 3 ways with lines of 32 B"),
        ("\"16K\", line", "\"32M\", line", "33554432 B are no cache of 5 ways with lines of 32 B"),
        ("\"16K\", line", "64, line", "64 B are no cache of 4 ways with lines of 32 B"),
    ] {
        let ways = if to.contains("32M") { "ways = 5" } else { "ways = 4" };
        let text = GOOD.replace("ways = 4", ways).replace(from, to);
        let error = Board::parse(&text, "my.toml").unwrap_err().to_string();
        assert_eq!(error, format!("my.toml:4:18: {what}{help}"));
    }
    assert_eq!(
        told("ways = 4", "ways = 0"),
        "my.toml:4:43: `ways` cannot be 0\n  help: write a whole number from 1 on"
    );
}

/// What is reserved for a program that lies in RAM is free where it lies in flash.
#[test]
fn after_a_boot_mode_the_regions_hold_what_it_makes_of_them() {
    let board = Board::parse(GOOD, "my.toml").unwrap();
    let after = |mode| {
        let board = board.clone().booted(mode).unwrap();
        let (ram, rom) = (board.region("RAM").unwrap(), board.region("ROM").unwrap());
        (
            board.boots[0].name.clone(),
            ram.reserved_at(End::Start),
            ram.reserved_at(End::End),
            ram.start,
            rom.start,
        )
    };
    let loaded = Some(Start::Loaded);
    assert_eq!(after(None), ("flash".to_owned(), 0, 4 << 10, loaded, loaded));
    assert_eq!(after(Some("flash")), after(None));
    assert_eq!(after(Some("ram")), ("ram".to_owned(), 16 << 10, 4 << 10, loaded, None));
    // As described, the worst of all modes is reserved.
    assert_eq!(board.region("RAM").unwrap().capacity(), 44 << 10);
}

#[test]
fn an_unknown_boot_mode_is_answered_with_those_there_are() {
    let error = Board::load_after("daisy-seed-65mb", Some("sdram")).unwrap_err();
    assert!(matches!(error, BoardError::Boot { .. }));
    assert_eq!(
        error.to_string(),
        "the board `daisy-seed-65mb` has no boot mode `sdram`\n  its boot modes: flash, sram, qspi"
    );
    let error = Board::load_after("permut8", Some("sram")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the board `permut8` has no boot mode `sram`\n  it starts in one way only: leave the option out"
    );
}
