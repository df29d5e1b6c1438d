//! Patches that fail while they run: the sound so far is kept, the fault told with its line, and the exit code is 1.

use crate::workbench::{BODY, Workbench};

/// The line that the fault must name, in a body that has it on its second line.
fn line() -> String {
    format!("line {}", BODY + 1)
}

#[test]
fn the_sound_before_a_fault_is_kept() {
    let bench = Workbench::new();
    bench.patch("index.impala", "global array buf[600] global int n\nfunction process() { global buf[global n] = 1; global n = global n + 1; }");
    let told = [
        "index 600 is outside `buf` (600 words)",
        &line(),
        "in process()",
        "index.impala:8",
        "600 sample frames",
    ];
    let answer = bench.say("run index.impala").fails(1, &told);
    assert!(answer.out.contains("at sample 600"), "{}", answer.out);
    let (spec, samples) = bench.wav("index.wav");
    assert_eq!((spec.channels, spec.sample_rate, samples.len()), (2, 48_000, 600 * 2));

    let report = bench.say("run index.impala --json").fails(1, &told).json();
    assert_eq!((&report["frames"], &report["output"]), (&600.into(), &"index.wav".into()));
    let fault = &report["run"]["fault"];
    assert_eq!((&fault["line"], &fault["sample"]), (&(BODY + 1).into(), &600.into()));
    assert_eq!(fault["kind"]["index"], serde_json::json!({ "array": "buf", "size": 600, "index": 600 }));
}

#[test]
fn a_fault_at_another_clock_leaves_a_valid_wav() {
    let bench = Workbench::new();
    bench.patch("index.impala", "global array buf[600] global int n\nfunction process() { global buf[global n] = 1; global n = global n + 1; }");
    bench.say("run index.impala --clock 24000").fails(1, &["index 600"]);
    let frames = bench.wav("index.wav").1.len() / 2;
    assert!(frames.abs_diff(1_200) <= 2, "{frames}");
}

#[test]
fn each_way_to_fail_is_named() {
    let bench = Workbench::new();
    let body = |second: &str| format!("global int n\n{second}");
    let cases: [(&str, &[&str]); 9] = [
        ("function process() { global n = 1000 / (int) global params[1]; }", &["1000 is divided by zero"]),
        (
            "function process() { while (1 == 1) { global n = global n + 1; } }",
            &["instructions", "yield()", "--max-instructions"],
        ),
        (
            "function init() { while (1 == 1) { global n = global n + 1; } } function process() { }",
            &["in init()", "instructions"],
        ),
        (
            "function f(int x) returns int y { y = f(x + 1) + 1; } function process() { global n = f(0); }",
            &["in f() called from process()"],
        ),
        (
            "function f(int x) returns int y locals array t[64] { t[0] = x; y = f(x + 1) + (int) t[0]; } function process() { global n = f(0); }",
            &["the stack of", "B more are needed", "--stack"],
        ),
        ("function init() { abort(); } function process() { }", &["the patch called abort()", "in init()"]),
        ("function init() { yield(); } function process() { }", &["yield()", "in init()"]),
        ("function process() locals pointer p { p = null; global n = (int) p[0]; }", &["null pointer"]),
        (
            "function process() locals pointer p { p = &global n; p[100000] = 1; }",
            &["may not write word", "the nearest storage is `params`"],
        ),
    ];
    for (second, told) in cases {
        bench.patch("fault.impala", &body(second));
        let answer = bench.say("run fault.impala").fails(1, told).fails(1, &[&line(), "fault.impala:8"]);
        assert!(answer.err.contains("fault.wav was not written"), "{second}:\n{}", answer.err);
        assert_eq!(bench.names(), ["fault.impala"], "{second}: no sound, no file");
    }
}

#[test]
fn an_older_sound_is_left_and_told_when_none_is_made() {
    let bench = Workbench::new();
    bench.patch("fault.impala", "function process() { abort(); }");
    bench.file("fault.wav", "older");
    bench.say("run fault.impala").fails(1, &["fault.wav is an older file, left as it was"]);
    assert_eq!(std::fs::read(bench.path("fault.wav")).expect("read"), b"older");
    let report = bench.say("run fault.impala --json").fails(1, &[]).json();
    assert_eq!((&report["output"], &report["frames"]), (&().into(), &0.into()));
}

#[test]
fn a_process_that_yields_goes_on() {
    let bench = Workbench::new();
    bench.patch("wait.impala", "function process() { loop { global signal[0] = 0; yield(); } }");
    let report = bench.say("run wait.impala --seconds 0.1 --json").succeeds().json();
    assert_eq!(report["run"]["samples"], 4_800);
}
