//! `plan`: what it takes, tells, compares and refuses.

use crate::workbench::{Workbench, patches};

const LIST: &str = r#"
[[storage]]
name = "grains"
kind = "delay"
size = "64K"
reads = 8
access = "random"

[[storage]]
name = "tape"
kind = "delay"
size = "300K"
reads = 1
writes = 1
access = "sequential"
"#;

fn tape_echo() -> String {
    let (_, path) = patches().into_iter().find(|(name, _)| name == "tape_echo").expect("a patch of ours");
    path.to_string_lossy().into_owned()
}

#[test]
fn a_list_is_placed_with_cost_bound_and_prices() {
    let bench = Workbench::new();
    bench.file("list.toml", LIST);
    let out = bench.say("plan list.toml --prove").succeeds().out;
    let told = [
        "\n    grains    65,536  delay     –  0x20000000   8.00    8.00\n",
        "and it\n             is proven that no plan takes fewer.",
        "Fits: 372,736 B in 2 storages.",
    ];
    for part in told {
        assert!(out.contains(part), "`{part}` is not told in:\n{out}");
    }
    // A part of the tape takes what is left of the fastest memory.
    let whole = bench.say("plan list.toml --json").succeeds().json();
    let split = bench.say("plan list.toml --split --json").succeeds().json();
    let cycles = |plan: &serde_json::Value| plan["time"]["cycles"].as_f64().expect("a number");
    assert!(cycles(&split) < cycles(&whole), "{split:#}");
    let bytes = |plan: &serde_json::Value| -> Vec<u64> {
        let parts = plan["placements"].as_array().expect("a list").iter();
        parts
            .filter(|part| part["storage"]["name"] == "tape")
            .map(|part| part["bytes"].as_u64().expect("bytes"))
            .collect()
    };
    assert_eq!(bytes(&whole), [307_200]);
    assert!(bytes(&split).len() > 1 && bytes(&split).iter().sum::<u64>() == 307_200, "{split:#}");
}

#[test]
fn a_profile_replaces_what_is_assumed() {
    let bench = Workbench::new();
    let patch = tape_echo();
    let assumed = bench.say(&format!("plan {patch}")).succeeds().out;
    assert!(assumed.contains(" ~2.00 ") && assumed.contains("is assumed from the kind"), "{assumed}");
    let run = format!("run {patch} --seconds 1 -o out.wav --profile profile.json");
    let ran = bench.say(&run).succeeds().out;
    let measured = bench.say(&format!("plan {patch} --profile profile.json")).succeeds().out;
    let row = |text: &str| {
        text.lines().find(|line| line.trim_start().starts_with("tape ")).expect("a row").to_owned()
    };
    assert!(row(&measured).contains("  5.00  "), "four words read, one written: {measured}");
    assert_eq!(row(&ran), row(&measured), "the plan of `run` is that of its profile");

    let half = bench.say(&format!("{run} --swap-at 0.5 {patch}")).fails(2, &["--profile", "--swap-at"]);
    assert!(half.out.is_empty());
    bench.file("no.json", "{ \"format\": 1 }");
    bench
        .say(&format!("plan {patch} --profile no.json"))
        .fails(2, &["no.json: it is no profile", "--profile FILE"]);
}

#[test]
fn a_profile_of_something_else_is_told() {
    let bench = Workbench::new();
    let patch = tape_echo();
    bench.say(&format!("run {patch} --seconds 0.1 -o out.wav --profile p.json")).succeeds();
    let alike = bench.say(&format!("plan {patch} --profile p.json --hot-first p.json")).succeeds();
    assert_eq!(alike.err, "");
    let body = std::fs::read(&patch).expect("read");
    bench.file("other.impala", body);
    for option in ["--profile", "--hot-first"] {
        let told = bench.say(&format!("plan other.impala {option} p.json")).succeeds().err;
        let wanted = "warning: p.json: it was measured of `tape_echo.impala`, and this is `other.impala`";
        assert!(told.contains(wanted), "{told}");
    }
    bench.file("list.toml", LIST.replace("tape", "hall"));
    bench.say("plan list.toml --profile p.json").fails(2, &["p.json: it tells of none of these storages"]);
}

#[test]
fn hot_data_comes_first_in_linear_memory() {
    let bench = Workbench::new();
    bench.patch(
        "cold.impala",
        "global int seldom\nglobal int often\nglobal array line[500]\n\
         function init() { seldom = 1; }\n\
         function process() locals int i { for (i = 0 to 100) { often = often + 1; } line[often % 500] = seldom; }",
    );
    let addresses = |more: &str| {
        let plan = bench.say(&format!("plan cold.impala --json{more}")).succeeds().json();
        let list = plan["placements"].as_array().expect("a list").clone();
        ["often", "seldom", "line"].map(|name| {
            let found = list.iter().find(|placement| placement["storage"]["name"] == name).expect("placed");
            found["storage"]["address"].as_u64().expect("an address")
        })
    };
    let [often, seldom, line] = addresses("");
    assert!(seldom < often && often < line, "small state before a delay line, else as declared");
    bench.say("run cold.impala --seconds 0.1 --profile p.json -o out.wav").succeeds();
    let [often, seldom, line] = addresses(" --hot-first p.json");
    assert!(often < seldom && often < line, "{often} {seldom} {line}");
}

#[test]
fn a_budget_fails_with_the_region_and_the_numbers() {
    let bench = Workbench::new();
    bench.file("list.toml", LIST);
    bench.file("wide.toml", "[max]\nDTCM = \"112K\"\n\"AXI SRAM\" = \"300K\"\n");
    bench.say("plan list.toml --budget wide.toml").succeeds();
    bench.file("tight.toml", "[max]\nDTCM = \"32K\"\n");
    let told = "`DTCM` takes 65,536 B, 32,768 B more than its budget of 32,768 B";
    bench.say("plan list.toml --budget tight.toml").fails(1, &["over its budget", told]);
    let json = bench.say("plan list.toml --budget tight.toml --json").fails(1, &[told]);
    let over = serde_json::json!([{ "region": "DTCM", "budget": 32_768, "takes": 65_536 }]);
    assert_eq!(json.json()["over_budget"], over);
    bench.file("wrong.toml", "[max]\nDTMC = \"32K\"\n");
    bench.say("plan list.toml --budget wrong.toml").fails(2, &["wrong.toml:2:1", "did you mean `DTCM`?"]);
}

#[test]
fn what_has_grown_is_told() {
    let bench = Workbench::new();
    bench.file("list.toml", LIST);
    let old = bench.say("plan list.toml --json").succeeds().out;
    bench.file("old.json", old);
    let same = bench.say("plan list.toml --compare old.json").succeeds().out;
    assert!(same.contains("Since old.json\nNothing has changed.\n"), "{same}");
    bench.file("list.toml", LIST.replace("300K", "400K"));
    let grown = bench.say("plan list.toml --compare old.json").succeeds().out;
    assert!(grown.contains("  `tape` grew by 102,400 B to 409,600 B\n"), "{grown}");
    bench.say("plan list.toml --compare old.json --board host").fails(2, &["daisy-seed-65mb", "host"]);
    let run = bench.say(&format!("run {} --seconds 0.1 -o out.wav --json", tape_echo())).succeeds().out;
    bench.file("run.json", run);
    let told = "run.json: it is the report of `sostenuto run`, not a plan";
    bench.say("plan list.toml --compare run.json").fails(2, &[told]);
}

#[test]
fn what_does_not_fit_is_told_with_the_smallest_change() {
    let bench = Workbench::new();
    bench.file("list.toml", LIST.replace("300K", "510K"));
    let answer = bench.say("plan list.toml --board daisy-seed-1mb --boot sram").fails(1, &["does not fit"]);
    let told = "make `tape` 129,024 B smaller: 672 ms of 32-bit samples at 48 kHz";
    assert!(answer.out.contains(told), "{}", answer.out);
    bench.say("plan list.toml --board daisy-seed-1mb").succeeds();
    bench.say("plan list.toml --boot rom").fails(2, &["no boot mode `rom`", "flash, sram, qspi"]);
}

#[test]
fn what_no_linker_can_lay_leaves_no_file() {
    let bench = Workbench::new();
    let files = "--svg map.svg --memory-x memory.x --linker plan.x --attributes plan.h";
    bench.file("list.toml", LIST);
    let answer = bench.say(&format!("plan list.toml --split {files}")).fails(2, &["`tape` lies in parts"]);
    assert!(answer.out.contains("Fits: "), "the plan itself is told: {}", answer.out);
    assert_eq!(bench.names(), ["list.toml"]);
    bench.say(&format!("plan list.toml {files}")).succeeds();
    assert_eq!(bench.names(), ["list.toml", "map.svg", "memory.x", "plan.h", "plan.x"]);
}

#[test]
fn a_list_that_declares_its_own_parts_keeps_them() {
    let bench = Workbench::new();
    bench.file("list.toml", LIST.replace("size = \"300K\"", "size = \"300K\"\nsplit = \"64K\""));
    let split = |plan: serde_json::Value| {
        let placements = plan["placements"].as_array().expect("a list").clone();
        let tape = placements.iter().find(|one| one["storage"]["name"] == "tape").expect("tape").clone();
        tape["storage"]["needs"]["split"].clone()
    };
    assert_eq!(split(bench.say("plan list.toml --split --json").succeeds().json()), 65_536);
}

#[test]
fn slips_in_a_list_are_exit_code_2() {
    let bench = Workbench::new();
    for (list, told) in [
        ("storage = []\n".to_owned(), "list.toml:1:11: the list has no storage"),
        (
            LIST.replace("\"tape\"", "\"grains\""),
            "list.toml:10:8: two storages are named `grains`, here and in line 3",
        ),
        (
            LIST.replace("\"300K\"", "\"300K\"\nmasters = [\"DMA9\"]"),
            "its DMA controllers are BDMA, DMA1, DMA2, MDMA",
        ),
    ] {
        bench.file("list.toml", list);
        bench.say("plan list.toml").fails(2, &[told]);
    }
    bench.file("list.txt", LIST);
    bench.say("plan list.txt").fails(2, &[".impala, .dsp, .bas, .c or .wasm", ".toml", ".elf"]);
}
