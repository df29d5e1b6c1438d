//! `faust-rs`, which needs the package `faust`.

use std::fs;

use crate::workbench::{THROUGH, Workbench, repository};

/// Two delay lines, one of them short, and a sine.
const LINES: &str = "process = @(9), @(5000), sin;";

/// The module without blanks.
fn dense(bench: &Workbench, name: &str) -> String {
    fs::read_to_string(bench.path(name)).expect("read").split_whitespace().collect()
}

/// The row of the report that begins with this name, in words.
fn row<'r>(report: &'r str, name: &str) -> Vec<&'r str> {
    let rows = report.lines().map(|line| line.split_whitespace().collect());
    rows.into_iter().find(|row: &Vec<&str>| row.first() == Some(&name)).expect("a row")
}

#[test]
fn the_module_is_written_beside_and_told() {
    let bench = Workbench::new();
    fs::create_dir(bench.path("programs")).expect("a folder");
    bench.file("programs/my.lines.dsp", LINES);
    let answer = bench.say("faust-rs programs/my.lines.dsp").succeeds();
    assert_eq!(bench.names(), ["my.lines.rs", "programs"]);
    assert!(answer.out.starts_with("Wrote my.lines.rs: "), "{}", answer.out);
    assert!(answer.out.contains("the crates sostenuto-mem and libm"), "{}", answer.out);
    let module = dense(&bench, "my.lines.rs");
    for told in ["pubconstINPUTS:usize=3;", "pubconstPARAMETERS:[Parameter;0]", "pubstaticZONES:"] {
        assert!(module.contains(told), "{told}");
    }
    assert!(!module.contains("PLACES"), "no board was named");
    assert_eq!(row(&answer.out, "fVec1")[2], "delay");
    assert!(!answer.out.contains("fVec0"), "the short one is in the instance: {}", answer.out);
    assert_eq!(row(&answer.out, "mydsp")[2], "instance");
}

#[test]
fn what_is_placed_is_for_the_user_to_say() {
    let bench = Workbench::new();
    bench.file("lines.dsp", LINES);
    let in_instance = |arguments: &str| -> u64 {
        let answer = bench.say(&format!("faust-rs lines.dsp --out x.rs {arguments}")).succeeds();
        row(&answer.out, "mydsp")[1].replace(',', "").parse().expect("a number")
    };
    let at_first = in_instance("--math libm");
    assert!(dense(&bench, "x.rs").contains("libm::sinf"));
    let without_short = in_instance("--place fVec0 --math std");
    assert_eq!(at_first - without_short, 10 * 4, "nine samples and the newest");
    assert!(!dense(&bench, "x.rs").contains("libm"));
    assert!(in_instance("--threshold 1M") > at_first + 20_000);
    in_instance("--faust -double");
    assert!(dense(&bench, "x.rs").contains("pubtypeFaustFloat=F64;"));
}

#[test]
fn the_plan_for_a_board_ends_the_module() {
    let bench = Workbench::new();
    bench.file("lines.dsp", "process = @(9), @(100000);");
    let answer = bench.say("faust-rs lines.dsp --board daisy-seed-65mb").succeeds();
    let module = dense(&bench, "lines.rs");
    let (line, home) = (row(&answer.out, "fVec1")[3..].join(" "), row(&answer.out, "mydsp")[3..].join(" "));
    assert_ne!(line, home, "half a megabyte does not fit beside the instance");
    for (zone, region) in [("fVec1", line), ("mydsp", home)] {
        let place = format!("zone:\"{zone}\",region:\"{}\"", region.replace(' ', ""));
        assert!(module.contains(&place), "{place}");
    }
    bench.file("long.dsp", "process = @(50000000);");
    bench.say("faust-rs long.dsp --board daisy-seed-65mb").fails(1, &["does not fit"]);
    assert_eq!(bench.names(), ["lines.dsp", "lines.rs", "long.dsp"]);
}

#[test]
fn a_small_array_that_the_plan_puts_elsewhere_is_placed_by_itself() {
    let bench = Workbench::new();
    bench.file("lines.dsp", "process = @(9), @(100);");
    let board = fs::read_to_string(repository("boards/permut8.toml")).expect("read");
    let aside = "[[region]]\nname = \"aside\"\nsize = \"1K\"\naccepts = [\"state\"]\nonly = [\"fVec0\"]\nrank = 9\n\
                 speed_source = \"a test\"\nsource = \"a test\"\n";
    bench.file("board.toml", board + aside);
    let answer = bench.say("faust-rs lines.dsp --board board.toml").succeeds();
    assert_eq!(row(&answer.out, "fVec0"), ["fVec0", "40", "state", "aside"]);
    assert_eq!(row(&answer.out, "mydsp")[3..], ["global", "data"]);
    assert!(dense(&bench, "lines.rs").contains("zone:\"fVec0\",region:\"aside\""));
    // The program's read-only memory takes tables, but not those that are computed.
    bench.file("table.dsp", "process = rdtable(64, sin(+(1) ~ _), +(1) ~ _ : &(63));");
    let answer = bench.say("faust-rs table.dsp --board board.toml").succeeds();
    assert_eq!(row(&answer.out, "ftbl0mydspSIG0")[3..], ["global", "data"], "{}", answer.out);
}

#[test]
fn mistakes_are_told_and_leave_nothing() {
    let bench = Workbench::new();
    bench.file("lines.dsp", LINES);
    bench.file("bad.dsp", "import(\"stdfaust.lib\");\nprocess = nothing(3);\n");
    bench.file("foreign.dsp", "process = ffunction(float fastpow2(float), \"fast_pow2.h\", \"\");");
    bench.file("through.impala", THROUGH);
    let before = bench.names();
    let refused = |arguments: &str, told: &[&str]| {
        bench.say(&format!("faust-rs {arguments}")).fails(2, told);
        assert_eq!(bench.names(), before, "{arguments}");
    };
    refused("lines.dsp --place fVec9", &["lines.dsp: ", "no array `fVec9`; it has fVec0, fVec1"]);
    refused("lines.dsp --threshold some", &["--threshold", "such as 4096 or 4K"]);
    refused("lines.dsp --math none", &["--math", "by-target, std, libm"]);
    refused("lines.dsp --board nowhere", &["nowhere"]);
    refused("lines.dsp --boot qspi", &["--board"]);
    refused("lines.dsp --out lines.dsp", &["would be overwritten"]);
    refused("lines.dsp --faust -cn", &["-cn"]);
    refused("bad.dsp", &["undefined symbol : nothing", "bad.dsp:2:1"]);
    refused("foreign.dsp", &["foreign.dsp: ", "`fastpow2`", "write it in Faust"]);
    refused("through.impala", &["through.impala", "ends with .dsp"]);
    refused("nothere.dsp", &["nothere.dsp"]);
}

#[test]
fn without_a_compiler_both_ways_to_one_are_told() {
    let bench = Workbench::new();
    bench.file("lines.dsp", LINES);
    let answer = bench.run_with_path("", &["faust-rs", "lines.dsp"]);
    answer.fails(2, &["apt install faust", "pip install cyfaust"]);
    assert_eq!(bench.names(), ["lines.dsp"]);
}

/// A `python3` that answers as one with `cyfaust`: it has the module, writes what is asked for, and refuses on its standard
/// output, without a folder.
#[cfg(unix)]
#[test]
fn cyfaust_is_asked_where_there_is_no_faust() {
    use std::os::unix::fs::PermissionsExt;

    let bench = Workbench::new();
    bench.file("lines.dsp", LINES);
    bench.file("bad.dsp", "\nprocess = nothing(3);\n");
    fs::create_dir(bench.path("bin")).expect("a folder");
    let rust =
        std::process::Command::new("faust").args(["-lang", "rust"]).arg(bench.path("lines.dsp")).output();
    let rust = bench.file("lines.txt", rust.expect("faust is installed").stdout);
    let python = bench.file(
        "bin/python3",
        format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\n[ \"$2\" = 'import cyfaust.cyfaust' ] && exit\nout= last=\nfor word; do\n  \
             [ \"$last\" = -o ] && out=$word\n  last=$word\ndone\ncase $last in\n  \
             *bad.dsp) echo 'bad.dsp:2 : ERROR : undefined symbol : nothing'; exit 1;;\nesac\ncp '{}' \"$out\"\n",
            rust.display()
        ),
    );
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).expect("set");
    let path = bench.path("bin").display().to_string();
    let run = |arguments: &[&str]| bench.run_with_path(&path, arguments);
    let answer = run(&["faust-rs", "lines.dsp"]).succeeds();
    assert_eq!(row(&answer.out, "fVec1")[2], "delay");
    run(&["faust-rs", "bad.dsp"]).fails(2, &["undefined symbol : nothing", "bad.dsp:2:1"]);
    run(&["check", "lines.dsp"]).fails(2, &["`cyfaust` cannot write WebAssembly", "apt install faust"]);
}
