//! What a patch traces.

use crate::workbench::Workbench;

#[test]
fn a_text_that_repeats_is_counted() {
    let bench = Workbench::new();
    bench.patch("flood.impala", "function process() { trace(\"hello\"); }");
    let answer = bench.say("run flood.impala --seconds 0.1 --json").succeeds();
    assert_eq!(answer.err, "trace: hello\ntrace: the same again, times: 4,799\n");
    assert_eq!(answer.json()["run"]["traces"], 4_800);
}

#[test]
fn a_flood_is_cut_and_the_rest_told() {
    let bench = Workbench::new();
    let body = "global int n\nfunction process() {\n\
        if (global n & 1 == 0) trace(\"even\"); else trace(\"odd\");\n global n = global n + 1;\n}";
    bench.patch("flood.impala", body);
    let answer = bench.say("run flood.impala --seconds 0.1 --traces 3").succeeds();
    assert_eq!(
        answer.err,
        "trace: even\ntrace: odd\ntrace: even\ntrace: texts not shown: 4,797; --traces shows more\n"
    );
    let answer = bench.say("run flood.impala --seconds 0.1 --traces 0").succeeds();
    assert_eq!(answer.err, "trace: texts not shown: 4,800; --traces shows more\n");
}

#[test]
fn a_text_cannot_drive_the_terminal() {
    let bench = Workbench::new();
    bench.patch(
        "escape.impala",
        r#"function init() { trace("\u001b[31mred\u0007\nnext"); } function process() { }"#,
    );
    let answer = bench.say("run escape.impala --seconds 0.01").succeeds();
    assert_eq!(answer.err, "trace: \\u{1b}[31mred\\u{7}\ntrace: next\n");
}
