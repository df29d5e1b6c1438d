//! `boards`: the list, one board, a board file, and those that are none.

use crate::workbench::{THROUGH, Workbench, repository};

#[test]
fn the_list_names_all_and_marks_the_default() {
    let out = Workbench::new().say("boards").succeeds().out;
    for name in ["permut8", "daisy-seed-1mb", "daisy-seed-65mb", "heltec", "conez-v0-1", "host"] {
        let line = out.lines().find(|line| line.starts_with(name)).expect("listed");
        assert_eq!(line.contains("(default)"), name == "daisy-seed-65mb", "{line}");
    }
}

#[test]
fn a_board_is_shown_with_its_regions_and_their_sources() {
    let out = Workbench::new().say("boards daisy-seed-65mb").succeeds().out;
    for part in ["DTCM", "SDRAM", "67,108,864", "400 MHz", "libDaisy", "to calibrate"] {
        assert!(out.contains(part), "`{part}` is not told in:\n{out}");
    }
}

#[test]
fn a_file_is_a_board_by_its_path() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let board = std::fs::read_to_string(repository("boards/permut8.toml")).expect("read");
    bench.file("mine.toml", board.replace("name = \"permut8\"", "name = \"mine\""));
    assert!(bench.say("boards mine.toml").succeeds().out.starts_with("mine\n"));
    assert!(bench.say("check through.impala --board ./mine.toml").succeeds().out.contains("Memory of mine"));
}

#[test]
fn an_unknown_name_is_answered_with_the_known() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let told = ["there is no board `permut`", "did you mean `permut8`?", "daisy-seed-1mb"];
    bench.say("boards permut").fails(2, &told);
    for command in ["run", "check"] {
        bench.run([command, "through.impala", "--board", "permut"]).fails(2, &told);
    }
    bench.say("boards ./missing.toml").fails(2, &["cannot read the board file ./missing.toml"]);
}

#[test]
fn a_broken_board_file_is_told_with_line_and_help() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let board = std::fs::read_to_string(repository("boards/permut8.toml")).expect("read");
    let size = board.lines().position(|line| line == "size = \"2K\"").expect("a size") + 1;
    let broken = [
        (board.replacen("size = \"2K\"", "size = \"2Q\"", 1), format!("b.toml:{size}:"), "`2Q` is no size"),
        (board.replacen("rank = 1", "rnk = 1", 1), "b.toml:".to_owned(), "did you mean `rank`?"),
        (String::new(), "b.toml:1:1".to_owned(), "lacks the key `name`"),
        ("\u{0}\u{1}".to_owned(), "b.toml:1:".to_owned(), "help: "),
    ];
    for (text, place, told) in broken {
        bench.file("b.toml", text);
        bench.say("boards b.toml").fails(2, &[&place, told]);
        bench.say("run through.impala --board b.toml").fails(2, &[&place, told]);
    }
    assert_eq!(bench.names(), ["b.toml", "through.impala"]);
}
