//! Every fault of a board file is told with its line, its column and a remedy.

use proptest::prelude::*;
use sostenuto_board::{Board, BoardError};

const GOOD: &str = r#"name = "my-board"
title = "My board"
source = "its data sheet"
clock_hz = 240_000_000
clock_source = "its data sheet"

[[region]]
name = "DRAM"
origin = 0x3FC8_8000
size = "320K"
reserved = [{ size = "64K", at = "start", why = "the system", source = "to calibrate" }]
accepts = ["state", "table", "stack"]
rank = 1
speed_source = "to calibrate"
source = "its data sheet"

[[region]]
name = "PSRAM"
size = 8_388_608
accepts = ["delay"]
rank = 2
cost = { word = 60, next_word = 30, source = "to calibrate" }
speed_source = "to calibrate"
source = "its data sheet"
"#;

/// What the file says after one replacement.
fn told(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "`{from}` is to be found once");
    let error = Board::parse(&GOOD.replace(from, to), "my.toml").unwrap_err();
    assert!(matches!(error, BoardError::File(_)));
    error.to_string()
}

#[test]
fn the_file_before_the_faults_is_good() {
    let board = Board::parse(GOOD, "my.toml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(board.region("DRAM").unwrap().capacity(), 256 << 10);
    assert_eq!(board.region("PSRAM").unwrap().bytes, 8 << 20);
    assert_eq!(board.region("PSRAM").unwrap().cost.as_ref().unwrap().word, Some((60.0, 30.0)));
}

#[test]
fn faults_of_form() {
    assert_eq!(
        told("rank = 2", "rank = = 2"),
        "my.toml:21:8: extra `=`, expected nothing\n  help: a board file is TOML 1.0: https://toml.io"
    );
    assert_eq!(
        told("title = \"My board\"\n", ""),
        "my.toml:1:1: the board lacks the key `title`\n  help: one line that tells what the board is"
    );
    assert_eq!(
        told("origin = 0x3FC8_8000", "orign = 0x3FC8_8000"),
        "my.toml:9:1: region `DRAM` has no key `orign`\n  help: did you mean `origin`?"
    );
    assert_eq!(
        told("rank = 2", "rank = \"fast\""),
        "my.toml:21:8: `rank` cannot be a string\n  help: write a whole number"
    );
    assert_eq!(
        told("size = 8_388_608", "size = \"8 MegaBytes\""),
        "my.toml:19:8: `8 MegaBytes` is no size: write bytes as 512, or \"512\", \"128K\", \"64M\", \"4G\" (K is 1024)\
         \n  help: a size in bytes, or with a unit as \"128K\""
    );
    assert_eq!(
        told("size = 8_388_608", "size = -1"),
        "my.toml:19:8: `size` cannot be -1\n  help: write a whole number from 0 on"
    );
    assert_eq!(
        told("at = \"start\"", "at = \"middle\""),
        "my.toml:11:34: `middle` is no end of a region\n  help: write \"start\" or \"end\""
    );
}

#[test]
fn faults_of_meaning() {
    assert_eq!(
        told("accepts = [\"delay\"]", "accepts = [\"state\", \"dealy\"]"),
        "my.toml:20:21: `dealy` is no kind of storage\n  help: did you mean `delay`? the kinds are code, table, \
         state, delay, scratch, stack, audio, parameters, display"
    );
    assert_eq!(
        told("name = \"PSRAM\"", "name = \"DRAM\""),
        "my.toml:18:8: two regions are named `DRAM`\n  help: give each region a name of its own"
    );
    assert_eq!(
        told("name = \"PSRAM\"", "name = \"PS\\u001bRAM\""),
        "my.toml:18:8: the name of a region holds the control character \\u{1b}\n  help: a name such as \"SRAM\""
    );
    assert_eq!(
        told("size = 8_388_608", "size = 0"),
        "my.toml:19:8: region `PSRAM` has a size of 0 B\n  help: leave it out, or give its size"
    );
    assert_eq!(
        told("size = 8_388_608", "origin = 0x3FC0_0000\nsize = 8_388_608"),
        "my.toml:19:10: region `PSRAM` (0x3fc00000 to 0x403fffff) overlaps `DRAM` (0x3fc88000 to 0x3fcd7fff)\
         \n  help: correct the origin or the size of one of them"
    );
    assert_eq!(
        told("size = 8_388_608", "origin = 0xFFFF_0000\nsize = 8_388_608"),
        "my.toml:20:8: region `PSRAM` ends past the 32-bit addresses: 0xffff0000 and 8,388,608 B\
         \n  help: correct the origin or the size"
    );
    assert_eq!(
        told("size = \"64K\"", "size = \"512K\""),
        "my.toml:11:12: region `DRAM` has 327,680 B, but 524,288 B are reserved\
         \n  help: reserve at most the region's size"
    );
    assert_eq!(
        told("clock_source = \"its data sheet\"\n", ""),
        "my.toml:4:12: `clock_hz` has no `clock_source`\
         \n  help: say who published it, or write \"to calibrate\" when nobody did"
    );
    assert_eq!(
        told("{ word = 60", "{ word = -60"),
        "my.toml:22:17: `word` cannot be -60\n  help: write a number from 0 on, below 1,000,000,000"
    );
}

#[test]
fn a_board_has_a_region() {
    let head = GOOD.split("\n[[region]]").next().unwrap();
    let error = Board::parse(head, "my.toml").unwrap_err().to_string();
    assert!(
        error.starts_with("my.toml:1:1: the board lacks the key `region`\n  help: add at least one"),
        "{error}"
    );
    let error = Board::parse(&format!("{head}region = []"), "my.toml").unwrap_err().to_string();
    assert!(error.starts_with("my.toml:6:10: the board has no region\n"), "{error}");
}

#[test]
fn columns_count_characters() {
    let error = Board::parse("title = 'größer', x", "my.toml").unwrap_err().to_string();
    assert!(error.starts_with("my.toml:1:17: "), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = Board::parse(&text, "any.toml");
    }

    /// Near misses reach deeper than chance texts.
    #[test]
    fn no_spoilt_board_makes_it_panic(at in 0..GOOD.len(), length in 0..40usize, patch in "[\\PC\n]{0,12}") {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + length).min(GOOD.len()), &patch);
        if let Err(BoardError::File(fault)) = Board::parse(&text, "any.toml") {
            prop_assert!(fault.line >= 1 && fault.line <= text.matches('\n').count() + 1);
            prop_assert!(!fault.message.is_empty() && !fault.help.is_empty());
        }
    }
}

#[test]
fn faults_of_what_reaches_and_keeps_a_region() {
    let with = |facts: &str| told("rank = 2\n", &format!("rank = 2\n{facts}\n"));
    assert_eq!(
        with("cache = \"write-back\""),
        "my.toml:22:9: `cache` has no `bus_source`\n  help: say who published it, or write \"to calibrate\" when nobody did"
    );
    assert_eq!(
        with("cache = \"writeback\"\nbus_source = \"its data sheet\""),
        "my.toml:22:9: `cache` cannot be `writeback`\n  help: write one of never, write-through, write-back, device"
    );
    assert_eq!(
        with("retained = true\nretained_source = \"its data sheet\""),
        "my.toml:22:12: `retained` cannot be a boolean\n  help: write one of nothing, reset, battery, power"
    );
    assert_eq!(
        with("masters = \"DMA1\"\nbus_source = \"its data sheet\""),
        "my.toml:22:11: `masters` cannot be a string\n  help: write a list of DMA controllers, such as [\"DMA1\", \"DMA2\"]; \
         [] when none reaches it"
    );
    assert_eq!(
        with("retained_source = \"its data sheet\""),
        "my.toml:22:19: `retained_source` is the source of nothing\n  help: leave it out, or tell the fact"
    );
}
