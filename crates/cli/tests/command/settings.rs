//! Parameters, automation, config and the other settings of `run`.

use crate::workbench::{THROUGH, Workbench};

/// The value of operand 1 high as the left signal.
const ECHO: &str = "function process() { global signal[0] = (int) global params[3]; }";

#[test]
fn a_parameter_is_set_by_name_number_and_hexadecimal() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    for text in ["operand-1-high=200", "3=200", "3=0xC8", "OPERAND_1_HIGH_PARAM_INDEX=0xc8"] {
        let arguments = ["run", "through.impala", "--seconds", "0.01", "--json", "--param", text];
        let report = bench.run(arguments).succeeds().json();
        assert_eq!(report["run"]["parameters"][3]["value"], 200, "{text}");
    }
    let arguments = "run through.impala --seconds 0.01 --param operator-1=mul --param switches=sync+reverse";
    let out = bench.say(arguments).succeeds().out;
    assert!(out.contains("operator-1      mul"), "{out}");
    assert!(out.contains("switches        sync+reverse"), "{out}");
}

#[test]
fn automation_comes_at_its_sample() {
    let bench = Workbench::new();
    bench.patch("echo.impala", ECHO);
    for time in ["0.05s", "50ms", "2400"] {
        let change = format!("3=2@{time}");
        bench
            .run(["run", "echo.impala", "--seconds", "0.1", "--param", "3=1", "--param", &change])
            .succeeds();
        let samples = bench.wav("echo.wav").1;
        let at = samples.chunks_exact(2).position(|frame| frame[0] != samples[0]);
        assert_eq!(at, Some(2_400), "{time}");
        assert!(samples[2_400 * 2] > samples[0], "{time}");
    }
}

#[test]
fn update_hears_of_the_parameters_in_its_mask_only() {
    let bench = Workbench::new();
    let body = "readonly int updateMask = 8\nglobal int heard\n\
        function update() { global heard = global heard + 1; }\n\
        function process() { global signal[0] = global heard; }";
    bench.patch("mask.impala", body);
    let updates = |change: &str| {
        let answer = bench.run(["run", "mask.impala", "--seconds", "0.01", "--json", "--param", change]);
        answer.succeeds().json()["run"]["control"]["updates"].clone()
    };
    assert_eq!((updates("3=9@100"), updates("4=9@100")), (1.into(), 0.into()));
}

#[test]
fn a_change_after_the_end_is_told() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let answer = bench.say("run through.impala --seconds 0.1 --param 3=1@2s").succeeds();
    assert_eq!(
        answer.err,
        "warning: operand-1-high changes at 2 s, but the sound ends at 0.1 s; see --seconds\n"
    );
    let answer = bench.say("run through.impala --seconds 0.1 --param 3=1@99ms").succeeds();
    assert_eq!(answer.err, "");
}

#[test]
fn the_config_reaches_the_patch() {
    let bench = Workbench::new();
    bench.patch(
        "config.impala",
        "global array config[16]\nfunction init() { trace(&global config[0]); }\nfunction process() { }",
    );
    let arguments = ["run", "config.impala", "--seconds", "0.01", "--config", "size=3 ü"];
    assert_eq!(bench.run(arguments).succeeds().err, "trace: size=3 ü\n");
}

#[test]
fn debug_makes_assertions_active() {
    let bench = Workbench::new();
    bench.patch(
        "claim.impala",
        "const int DEBUG\nfunction process() { assert((int) global params[3] == 1); }",
    );
    bench.say("run claim.impala --seconds 0.01").succeeds();
    bench.say("run claim.impala --seconds 0.01 --param 3=1 --debug").succeeds();
    bench.say("run claim.impala --seconds 0.01 --debug").fails(1, &["the assertion", "does not hold"]);
}

#[test]
fn gain_comes_before_the_patch() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let peak = |gain: &str| {
        bench.run(["run", "through.impala", "--seconds", "0.2", "--gain", gain]).succeeds();
        bench.wav("through.wav").1.into_iter().map(i32::abs).max().expect("samples")
    };
    let (plain, half) = (f64::from(peak("0")), f64::from(peak("-6.0206")));
    assert!((half / plain - 0.5).abs() < 0.01, "{half} of {plain}");
}

#[test]
fn a_budget_is_what_one_sample_may_take() {
    let bench = Workbench::new();
    let slow = "function process() locals int i { for (i = 0 to 1000) global signal[0] = i; }";
    bench.patch("slow.impala", slow);
    bench.say("run slow.impala --seconds 0.01").succeeds();
    bench
        .say("run slow.impala --seconds 0.01 --max-instructions 1000")
        .fails(1, &["more than", "--max-instructions"]);
}
