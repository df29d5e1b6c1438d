//! `check`: fits, does not fit, does not compile.

use crate::workbench::{BODY, Workbench, patches};

/// The boards without room for each of our patches. `permut8` has 8 KB of globals and no more, `heltec` 64 KB of linear
/// memory; neither this nor `conez-v0-1` has 256 KB of fast memory for a delay memory.
const TOO_LARGE: [(&str, &[&str]); 8] = [
    ("bit_crusher", &[]),
    ("feedback_delay", &["heltec", "conez-v0-1"]),
    ("memory_lab", &["permut8"]),
    ("pitch_shifter", &["permut8"]),
    ("position_warp", &["heltec", "conez-v0-1"]),
    ("ring_modulator", &[]),
    ("stereo_chorus", &["permut8"]),
    ("tape_echo", &["permut8", "heltec"]),
];

#[test]
fn the_exit_code_says_whether_a_patch_fits_a_board() {
    let bench = Workbench::new();
    for (name, path) in patches() {
        let too_large = TOO_LARGE.iter().find(|(known, _)| *known == name);
        let (_, too_large) = too_large.unwrap_or_else(|| panic!("{name} is not in the table of this test"));
        for board in ["permut8", "daisy-seed-1mb", "daisy-seed-65mb", "heltec", "conez-v0-1", "host"] {
            let answer = bench.run(["check", &path.to_string_lossy(), "--board", board]);
            let fits = !too_large.contains(&board);
            assert_eq!(answer.code, i32::from(!fits), "{name} on {board}: {}", answer.err);
            assert!(
                answer.out.contains(if fits { "\nFits: " } else { "\nDoes not fit: " }),
                "{}",
                answer.out
            );
        }
    }
    assert!(bench.names().is_empty(), "check writes nothing");
}

#[test]
fn what_does_not_fit_is_told_with_line_sizes_and_remedy() {
    let bench = Workbench::new();
    bench.patch("long.impala", "global array line[24000]\nfunction process() { global line[0] = 1; }");
    let line = format!("line {BODY}: `line` needs 96,000 B");
    let told = [&*line, "`global data` holds 8,192 B", "smaller, or take the board `daisy-seed-1mb`"];
    let answer = bench.say("check long.impala --board permut8").fails(1, &told);
    assert!(answer.out.contains("without a place"), "{}", answer.out);

    let answer = bench.say("check long.impala --board permut8 --json").fails(1, &told);
    let plan = answer.json();
    assert_eq!((&plan["board"], &plan["fits"]), (&"permut8".into(), &false.into()));
    let unplaced = &plan["unplaced"][0];
    assert_eq!((&unplaced["storage"]["name"], &unplaced["storage"]["line"]), (&"line".into(), &BODY.into()));
    assert_eq!(unplaced["board_with_room"], "daisy-seed-1mb");
    assert!(unplaced["shrink"].as_u64().is_some_and(|bytes| (80_000..96_000).contains(&bytes)));
}

#[test]
fn run_refuses_what_does_not_fit_and_writes_nothing() {
    let bench = Workbench::new();
    bench.patch("long.impala", "global array line[24000]\nfunction process() { global line[0] = 1; }");
    bench.say("run long.impala --board permut8").fails(1, &["does not fit on the board `permut8`"]);
    let answer = bench.say("run long.impala --board permut8 --json").fails(1, &["does not fit"]);
    let report = answer.json();
    assert_eq!((&report["output"], &report["run"], &report["frames"]), (&().into(), &().into(), &0.into()));
    assert_eq!(report["plan"]["fits"], false);
    assert_eq!(bench.names(), ["long.impala"]);
}

#[test]
fn a_board_file_raises_a_limit() {
    let bench = Workbench::new();
    bench.patch("long.impala", "global array line[24000]\nfunction process() { global line[0] = 1; }");
    let board = std::fs::read_to_string(crate::workbench::repository("boards/permut8.toml")).expect("read");
    bench.file("raised.toml", board.replace("size = \"8K\"", "size = \"128K\""));
    bench.say("check long.impala --board raised.toml").succeeds();
}

#[test]
fn a_part_of_a_patch_is_measured_with_a_warning() {
    let bench = Workbench::new();
    bench.patch("part.impala", "global array table[64]\nfunction init() { global table[0] = 1; }");
    let answer = bench.say("check part.impala").succeeds();
    assert!(answer.err.starts_with("warning: part.impala: "), "{}", answer.err);
    assert!(answer.out.contains("table"), "{}", answer.out);
    bench.say("run part.impala").fails(2, &["part.impala", "process()", "operate1()"]);
}

#[test]
fn a_stack_is_given_to_recursion() {
    let bench = Workbench::new();
    let body = "function f(int n) returns int y locals array t[16] { t[0] = n; if (n > 0) y = f(n - 1); }\n\
        function process() { global signal[0] = f(3); }";
    bench.patch("deep.impala", body);
    let stack = |arguments: &str| {
        let plan = bench.say(arguments).succeeds().json();
        let places = plan["placements"].as_array().expect("a list").clone();
        let stacks = places.iter().filter(|place| place["storage"]["kind"] == "stack");
        stacks.map(|place| place["storage"]["bytes"].as_u64().expect("bytes")).max()
    };
    assert_eq!(stack("check deep.impala --json"), Some(16_384));
    assert_eq!(stack("check deep.impala --json --stack 32768"), Some(32_768));
}
