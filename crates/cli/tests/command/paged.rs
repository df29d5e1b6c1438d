//! `run` on a board with paged memory.

use crate::workbench::{THROUGH, Workbench, repository};

fn tape_echo() -> String {
    repository("patches/tape_echo.impala").to_string_lossy().into_owned()
}

#[test]
fn the_report_tells_hits_misses_bus_waits_and_deadline() {
    let bench = Workbench::new();
    let run = |more: &str| {
        let arguments = format!("run {} --seconds 2 --board conez-v0-1 --clock 24000{more}", tape_echo());
        bench.say(&arguments).succeeds()
    };
    let out = run(" --psram-clock 80MHz").out;
    let told = [
        "PSRAM is paged: all linear memory lies there, its first 4,096 B stay in window",
        "    page cache",
        // The small and hot storages come first in linear memory.
        "91.9 % in the window of 4,096 B, where nothing waits\n",
        "PSRAM behind a bus of 80 MHz, 1 lane: a simulation, not verified on hardware\n",
        "  hit rate                99.995 %   of the others\n",
        "pages of 512 B, for 1 delay storage\n",
        "\n  after it ",
        "  deadline            missed by 1 of 1,000 blocks; the first is block 0, at sample 0:\n",
        "because they wait for pages, all in the first second\n",
    ];
    for part in told {
        assert!(out.contains(part), "`{part}` is not told in:\n{out}");
    }
    let longest = out.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(longest <= 100, "{longest} columns:\n{out}");

    // The slower bus is the board's own.
    let [slow, fast] = ["", " --psram-clock 80mhz"].map(|clock| run(&format!("{clock} --json")).json());
    let paged = |report: &serde_json::Value, key: &str| report["run"]["paged"][key].clone();
    assert_eq!((paged(&slow, "clock_hz"), paged(&fast, "clock_hz")), (40_000_000.into(), 80_000_000.into()));
    for report in [&slow, &fast] {
        assert_eq!(report["plan"]["paged"]["store"], "PSRAM");
        assert_eq!((paged(report, "store"), paged(report, "streams")), ("PSRAM".into(), 1.into()));
        for key in ["accesses", "misses", "fetched_ahead", "written_back", "bytes_read", "bytes_written"] {
            assert!(paged(report, key).as_u64().is_some_and(|count| count > 0), "{key}");
        }
        assert_eq!(paged(report, "first_second")["blocks"], 500);
        assert_eq!(paged(report, "after")["blocks"], 500);
        assert_eq!(paged(report, "after")["late"], 0);
        assert_eq!(paged(report, "first_late")["block"], 0);
    }
    let busy = |report| paged(report, "bus_percent").as_f64().expect("a number");
    assert!(busy(&slow) > busy(&fast) * 1.5);
}

#[test]
fn a_board_sounds_like_any_other() {
    let bench = Workbench::new();
    let sound = |board: &str| {
        bench.say(&format!("run {} --seconds 1 --board {board} -o {board}.wav", tape_echo())).succeeds();
        std::fs::read(bench.path(&format!("{board}.wav"))).expect("read")
    };
    assert_eq!(sound("conez-v0-1"), sound("host"));
}

#[test]
fn flat_boards_have_no_such_report() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let report = bench.say("run through.impala --seconds 0.1 --board heltec --json").succeeds().json();
    assert_eq!((&report["plan"]["paged"], &report["run"]["paged"]), (&().into(), &().into()));
    let out = bench.say("run through.impala --seconds 0.1 --board heltec").succeeds().out;
    assert!(!out.contains("behind a bus"), "{out}");
}

#[test]
fn what_the_bus_cannot_do_is_a_mistake_in_the_command() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let run = |board: &str, more: &str| bench.say(&format!("run through.impala --board {board} {more}"));
    run("conez-v0-1", "--psram-clock 60MHz").fails(2, &["--psram-clock: ", "60 MHz", "take 40MHz or 80MHz"]);
    run("host", "--psram-clock 40MHz")
        .fails(2, &["--psram-clock: the board `host` has no memory behind a bus"]);
    for text in ["80", "fast", "MHz", "-40MHz", "nanMHz", "80000000Hz", "ü", "8üMHz"] {
        run("conez-v0-1", &format!("--psram-clock {text}")).fails(2, &["--psram-clock", "such as 40MHz"]);
    }
    run("conez-v0-1", "--swap-at 0.1 through.impala").fails(2, &["--swap-at: ", "`conez-v0-1`", "paged"]);
    assert_eq!(bench.names(), ["through.impala"]);
}

#[test]
fn a_board_with_another_cache_is_refused() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let board = std::fs::read_to_string(repository("boards/conez-v0-1.toml")).expect("read");
    bench.file("mine.toml", board.replace("frames = 64", "frames = 128"));
    bench.say("boards mine.toml").succeeds();
    for command in ["run", "check"] {
        bench
            .say(&format!("{command} through.impala --board mine.toml"))
            .fails(2, &["error: the engine caches 64 frames of 512 B", "128 frames"]);
    }
}

/// The report of a run, and the bytes of its sound.
fn report_and_sound(bench: &Workbench, arguments: &str) -> (serde_json::Value, Vec<u8>) {
    let report = bench.say(&format!("run {arguments} --json -o sound.wav")).succeeds().json();
    (report, std::fs::read(bench.path("sound.wav")).expect("read"))
}

/// A module of our own with its state far behind a table that is read seldom.
const FAR: &str = "global array cold[16000]
    global array hot[16]
    global int at
    function process()
    {
        global hot[global at & 15] = (int) global hot[(global at + 5) & 15] + (int) global signal[0] / 2;
        global signal[0] = (int) global hot[global at & 15] / 2 + (int) global cold[0];
        global at = global at + 1;
        yield();
    }";

#[test]
fn the_hottest_pages_of_a_module_can_be_kept() {
    let bench = Workbench::new();
    bench.patch("far.impala", FAR);
    // A profile by which the compiler puts the cold table first, so that the module is as bad as it can be.
    bench.say("run far.impala --seconds 0.1 --profile p.json -o out.wav").succeeds();
    let mut profile: serde_json::Value =
        serde_json::from_slice(&std::fs::read(bench.path("p.json")).expect("read")).expect("JSON");
    let cold = profile["storages"].as_array_mut().expect("a list");
    let cold = cold.iter_mut().find(|storage| storage["name"] == "cold").expect("measured");
    cold["traffic"]["reads"] = 1e8.into();
    bench.file("wrong.json", profile.to_string());
    bench.say("build far.impala --hot-first wrong.json -o far.wasm").succeeds();

    let run = "far.wasm --seconds 0.2 --board conez-v0-1";
    let (before, sound) = report_and_sound(&bench, run);
    let (after, kept) = report_and_sound(&bench, &format!("{run} --hot-first p.json"));
    assert_eq!(sound, kept, "pages do not change the sound");
    let share = |report: &serde_json::Value| {
        let paged = &report["run"]["paged"];
        paged["accesses_in_window"].as_f64().expect("a count") / paged["accesses"].as_f64().expect("a count")
    };
    assert!(share(&before) < 0.2 && share(&after) > 0.99, "{} {}", share(&before), share(&after));
    let region = |report: &serde_json::Value, name: &str| {
        let all = report["plan"]["placements"].as_array().expect("a list").clone();
        all.into_iter().find(|placement| placement["storage"]["name"] == name).expect("placed")["region"]
            .clone()
    };
    assert_eq!((region(&before, "hot"), region(&after, "hot")), ("PSRAM".into(), "window".into()));
    let plan = bench.say("plan far.wasm --board conez-v0-1 --hot-first p.json").succeeds().out;
    assert!(plan.contains("of it that a run has accessed most stay in"), "{plan}");

    let flat = "no pages of which the hottest could stay in fast memory";
    bench.say("run far.wasm --board daisy-seed-65mb --hot-first p.json").fails(2, &["--hot-first", flat]);
    bench.say("check far.wasm --board host --hot-first p.json").fails(2, &["--hot-first", flat]);
    bench.say("build far.wasm --hot-first p.json -o b.wasm").fails(2, &["--hot-first", "settled"]);
}

#[test]
fn the_hottest_pages_of_a_faust_program_can_be_kept() {
    let bench = Workbench::new();
    let run = format!("{} --seconds 0.2 --board conez-v0-1", repository("patches/plate.dsp").display());
    let (before, sound) = report_and_sound(&bench, &format!("{run} --profile p.json"));
    let (after, kept) = report_and_sound(&bench, &format!("{run} --hot-first p.json"));
    assert_eq!(sound, kept, "pages do not change the sound");
    let inside =
        |report: &serde_json::Value| report["run"]["paged"]["accesses_in_window"].as_u64().expect("a count");
    assert!(inside(&after) > 2 * inside(&before), "{} {}", inside(&after), inside(&before));
    // What is read is not written over.
    let profile = std::fs::read(bench.path("p.json")).expect("read");
    bench.say(&format!("run {run} --hot-first p.json -o p.json")).fails(2, &["p.json"]);
    assert_eq!(std::fs::read(bench.path("p.json")).expect("read"), profile);
}
