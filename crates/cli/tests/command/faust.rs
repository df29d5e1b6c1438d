//! Faust programs, which need the package `faust`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workbench::Workbench;

/// One of our own programs.
fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../patches").join(name)
}

/// A program that delays by 1,000 samples and multiplies, so that it has a delay line, a parameter and a meter.
const ECHO: &str = "process = @(1000) : *(hslider(\"gain\", 0.5, 0, 1, 0.01)) <: attach(_, abs : hbargraph(\"level\", 0, 1));";

/// A sound of 16-bit samples, frame by frame.
fn wav(bench: &Workbench, name: &str, channels: u16, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(bench.path(name), spec).expect("created");
    samples.iter().for_each(|sample| writer.write_sample(*sample).expect("written"));
    writer.finalize().expect("whole");
}

/// The channels of a file, and its samples of 24 bits as multiples of those of 16.
fn heard(bench: &Workbench, name: &str) -> (u16, Vec<f64>) {
    let mut reader = hound::WavReader::open(bench.path(name)).expect("opened");
    let channels = reader.spec().channels;
    (channels, reader.samples::<i32>().map(|sample| f64::from(sample.expect("read")) / 256.0).collect())
}

#[test]
fn a_program_is_compiled_placed_and_heard() {
    let bench = Workbench::new();
    bench.file("echo.dsp", ECHO);
    let mut input = vec![0; 1_500];
    input[3] = 8_000;
    wav(&bench, "click.wav", 1, &input);
    let answer = bench.run(["run", "echo.dsp", "--in", "click.wav", "--set", "gain=0.25", "--json"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let (channels, samples) = heard(&bench, "echo.wav");
    assert_eq!(channels, 1);
    let mut expected = vec![0.0; 1_500];
    expected[1_003] = 2_000.0;
    assert_eq!(samples, expected);
    let report: Value = serde_json::from_str(&answer.out).expect("JSON");
    let run = &report["run"];
    assert_eq!((&run["inputs"], &run["outputs"], &run["samples"]), (&1.into(), &1.into(), &1_500.into()));
    assert_eq!(run["parameters"][0]["path"], "/echo/gain");
    assert_eq!(run["parameters"][0]["value"], 0.25);
    assert_eq!(run["meters"][0]["path"], "/echo/level");
    let placements = report["plan"]["placements"].as_array().expect("a list");
    let mut storages = placements.iter().map(|placement| &placement["storage"]);
    let line = storages.find(|it| it["name"] == "fVec0").expect("the delay line");
    assert_eq!((&line["bytes"], &line["kind"]), (&4_096.into(), &"delay".into()));
}

#[test]
fn sound_that_is_too_long_to_be_held_is_refused_before_it_is_made() {
    let bench = Workbench::new();
    bench.file("echo.dsp", ECHO);
    wav(&bench, "eight.wav", 8, &[0; 80]);
    let answer = bench.say("run echo.dsp --in eight.wav --seconds 3600");
    answer.fails(2, &["172,800,000 sample frames of 8 channels are too long", "fewer --seconds"]);
    assert_eq!(bench.names(), ["echo.dsp", "eight.wav"]);
}

#[test]
fn channels_of_a_file_that_are_not_heard_are_told() {
    let bench = Workbench::new();
    wav(&bench, "two.wav", 2, &[0; 80]);
    bench.file("echo.dsp", ECHO);
    let answer = bench.say("run echo.dsp --in two.wav").succeeds();
    assert!(answer.err.contains("two.wav has 2 channels, and the program hears the first; see --instances"));
    bench.file("constant.dsp", "process = 0.5;");
    let answer = bench.say("run constant.dsp --in two.wav").succeeds();
    assert!(
        answer.err.contains("the program has no channel in and hears nothing of two.wav"),
        "{}",
        answer.err
    );
}

#[test]
fn our_own_programs_fit_boards_and_sound() {
    for name in ["ping_pong_echo.dsp", "plate.dsp", "chime.dsp"] {
        let bench = Workbench::new();
        let path = program(name);
        let options = ["--seconds", "0.2", "--out", "out.wav"];
        let mut arguments = vec!["run".to_owned(), path.display().to_string()];
        arguments.extend(options.map(str::to_owned));
        let answer = bench.run(&arguments);
        assert_eq!(answer.code, 0, "{name}: {}", answer.err);
        let (_, samples) = heard(&bench, "out.wav");
        assert!(samples.iter().any(|sample| sample.abs() > 1_000.0), "{name} is silent");
        assert_eq!(bench.run(["check", &arguments[1]]).code, 0, "{name}");
    }
}

#[test]
fn a_built_module_and_one_of_the_compiler_itself_play_the_same() {
    let bench = Workbench::new();
    bench.file("echo.dsp", ECHO);
    assert_eq!(bench.run(["build", "echo.dsp", "--out", "built.wasm"]).code, 0);
    let compiled = std::process::Command::new("faust")
        .args(["-lang", "wasm", "echo.dsp", "-o", "foreign.wasm"])
        .current_dir(bench.path("."))
        .status();
    assert!(compiled.expect("faust is installed").success());
    for name in ["echo.dsp", "built.wasm", "foreign.wasm"] {
        let out = format!("{name}.wav");
        let answer = bench.run(["run", name, "--seconds", "0.1", "--out", &out]);
        assert_eq!(answer.code, 0, "{name}: {}", answer.err);
    }
    let sound = |name: &str| fs::read(bench.path(name)).expect("read");
    assert!(sound("echo.dsp.wav") == sound("built.wasm.wav"), "the facts are in the module");
    assert!(sound("echo.dsp.wav") == sound("foreign.wasm.wav"), "the delay line is longer, not the delay");
    // 1,001 samples rounded up to a power of two, found without a name.
    let answer = bench.run(["check", "foreign.wasm"]);
    assert!(answer.out.contains("array ") && answer.out.contains("4,096  delay"), "{}", answer.out);
}

#[test]
fn of_too_many_instances_it_is_told_how_many_fit() {
    let bench = Workbench::new();
    // Each has a delay line of 512 KB.
    bench.file("long.dsp", "process = @(120000);");
    let answer = bench.run(["run", "long.dsp", "--board", "daisy-seed-1mb", "--instances", "9"]);
    assert_eq!(answer.code, 1, "{}", answer.err);
    let fit = answer
        .err
        .lines()
        .find_map(|line| line.strip_prefix("note: ")?.strip_suffix(" of the 9 instances fit"));
    let fit: u32 = fit.and_then(|fit| fit.parse().ok()).unwrap_or_else(|| panic!("{}", answer.err));
    let run = |instances: u32| {
        let instances = instances.to_string();
        let arguments =
            ["run", "long.dsp", "--board", "daisy-seed-1mb", "--seconds", "0.1", "--instances", &instances];
        bench.run(arguments).code
    };
    assert_eq!((fit > 0, run(fit), run(fit + 1)), (true, 0, 1), "{fit}");
}

#[test]
fn instances_and_profiles_are_reported() {
    let bench = Workbench::new();
    bench.file("echo.dsp", ECHO);
    wav(&bench, "stereo.wav", 2, &[100, -200].repeat(2_000));
    let arguments =
        ["run", "echo.dsp", "--in", "stereo.wav", "--instances", "2", "--profile", "p.json", "--set"];
    let answer = bench.run(arguments.into_iter().chain(["level=1"]));
    assert_eq!(answer.code, 2, "a meter cannot be set");
    let answer = bench.run(arguments.into_iter().chain(["/echo/gain=1"]));
    assert_eq!(answer.code, 0, "{}", answer.err);
    let (channels, samples) = heard(&bench, "echo.wav");
    assert_eq!((channels, samples[2_100], samples[2_101]), (2, 100.0, -200.0), "each side has its own delay");
    assert!(answer.out.contains("fVec0 #2"), "{}", answer.out);
    let row = answer.out.lines().find(|line| line.trim_start().starts_with("fVec0  ")).map(str::to_owned);
    assert!(row.is_some(), "{}", answer.out);
    let table = answer.out.split("Accesses a sample").nth(1).expect("a table");
    let row = table.lines().find(|line| line.trim_start().starts_with("fVec0 ")).expect("the delay line");
    let numbers: Vec<&str> = row.split_whitespace().skip(1).collect();
    assert_eq!(numbers, ["1.00", "1.00", "1", "1"], "measured, and in the text");
    let answer = bench.run(["plan", "echo.dsp", "--profile", "p.json"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let answer = bench.run(["plan", "echo.dsp", "--profile", "p.json", "--faust", "-double"]);
    assert!(answer.err.contains("measured of numbers of 32 bits, and these have 64 bits"), "{}", answer.err);
}

#[test]
fn what_the_compiler_refuses_is_told_at_its_line() {
    let bench = Workbench::new();
    bench.file("bad.dsp", "import(\"stdfaust.lib\");\nprocess = nothing(3);\n");
    let answer = bench.run(["run", "bad.dsp"]);
    assert_eq!(answer.code, 2);
    assert!(
        answer.err.contains("undefined symbol : nothing") && answer.err.contains("bad.dsp:2:1"),
        "{}",
        answer.err
    );
    bench.file("types.dsp", "process = 1,2 : !;");
    let answer = bench.run(["check", "types.dsp"]);
    assert!(answer.code == 2 && answer.err.contains("has 2 outputs"), "{}", answer.err);
    assert!(!answer.err.contains("/tmp"), "{}", answer.err);
    bench.file("fine.dsp", "process = _;");
    let answer = bench.run(["build", "fine.dsp", "--faust", "-lang cpp"]);
    assert!(answer.code == 2 && answer.err.contains("-lang"), "{}", answer.err);
    assert_eq!(bench.names(), ["bad.dsp", "fine.dsp", "types.dsp"], "nothing is left behind");
}

#[test]
fn what_no_compiler_understands_is_told_before_it_is_asked() {
    let bench = Workbench::new();
    bench.file("empty.dsp", " \n");
    bench.file("comment.dsp", "// process = _;\n");
    bench.file("qu\"ote.dsp", "process = _;");
    for command in ["run", "faust-rs"] {
        bench.run([command, "empty.dsp"]).fails(2, &["empty.dsp is empty", "`process = _;`"]);
        bench.run([command, "comment.dsp"]).fails(2, &["comment.dsp: ERROR : undefined symbol : process"]);
        bench.run([command, "qu\"ote.dsp"]).fails(2, &["there is '\"': rename the file or its folder"]);
    }
    bench.file("fine.dsp", "process = *(hslider(\"feedback\", 0, 0, 1, 0.1));");
    bench.run(["run", "fine.dsp", "--faust", "-vec -lv 1"]).fails(2, &["-vec", "makes noise"]);
    let answer = bench.run(["run", "fine.dsp", "--set", "feedbak=1"]);
    answer.fails(2, &["no parameter is called `feedbak`; did you mean `/fine/feedback`?"]);
}

#[test]
fn without_the_compiler_it_is_told_where_to_get_it() {
    let bench = Workbench::new();
    bench.file("fine.dsp", "process = _;");
    let answer = bench.run_with_path("", &["run", "fine.dsp"]);
    assert!(answer.code == 2 && answer.err.contains("apt install faust"), "{}", answer.err);
}

#[test]
fn options_of_the_other_machine_are_refused() {
    let bench = Workbench::new();
    bench.file("fine.dsp", "process = _;");
    bench.patch("through.impala", crate::workbench::THROUGH);
    let refused = |arguments: &[&str], expected: &str| {
        let answer = bench.run(arguments);
        assert!(answer.code == 2 && answer.err.contains(expected), "{arguments:?}: {}", answer.err);
    };
    refused(&["run", "fine.dsp", "--param", "operand-1-high=3"], "--param (see --set) is not for Faust");
    refused(&["run", "fine.dsp", "--swap-at", "1", "through.impala"], "--swap-at is not for Faust");
    refused(&["run", "through.impala", "--swap-at", "1", "fine.dsp"], "--swap-at is not for Faust");
    refused(&["run", "through.impala", "--set", "gain=3"], "--set is for Faust programs only");
    refused(&["run", "through.impala", "--instances", "2"], "--instances is for Faust programs only");
    refused(&["run", "through.impala", "--faust", "-double"], "--faust is for Faust programs only");
    refused(&["run", "fine.dsp", "--set", "gain=3"], "the program has none");
    refused(&["check", "fine.dsp", "--stack", "4096"], "--stack is not for Faust");
    refused(&["build", "fine.dsp", "--debug"], "--debug is not for Faust");
    assert_eq!(bench.run(["build", "fine.dsp"]).code, 0);
    refused(&["check", "fine.wasm", "--stack", "4096"], "--stack is not for Faust");
    refused(&["check", "fine.wasm", "--faust", "-double"], "fine.wasm is compiled already: give the .dsp");
    bench.file("list.toml", "[[storage]]\nname = \"x\"\nkind = \"state\"\nsize = 4\n");
    refused(&["plan", "list.toml", "--faust", "-double"], "--faust is for Faust programs only");
}

#[test]
fn options_of_the_compiler_may_have_blanks_and_be_given_in_parts() {
    let bench = Workbench::new();
    fs::create_dir(bench.path("my library")).expect("a folder");
    bench.file("my library/half.lib", "half = *(0.5);");
    bench.file("halved.dsp", "process = library(\"half.lib\").half;");
    let options = ["--faust", "-I 'my library'", "--faust", "-double"];
    let answer = bench.run(["run", "halved.dsp", "--seconds", "0.1"].into_iter().chain(options)).succeeds();
    assert!(answer.out.contains("numbers of 64 bits"), "{}", answer.out);
    bench.run(["check", "halved.dsp", "--faust", "-I 'my"]).fails(2, &["expected an end to each quotation"]);
}

/// Delay lines that the compiler rounds up to 524,288 B and 262,144 B.
const LONG: &str = "process = @(66000), @(40000);";

#[test]
fn a_manager_for_cpp_is_written_with_each_zone_in_its_region() {
    let bench = Workbench::new();
    bench.file("echo.dsp", ECHO);
    let answer = bench.say("plan echo.dsp --emit cpp");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains("mydsp"), "{}", answer.out);
    let header = std::fs::read_to_string(bench.path("echo.memory.h")).expect("written");
    assert!(header.contains(r#"{"fVec0", fVec0, 4096, 4096, false, false}"#), "{header}");
    bench.say("plan echo.dsp --emit cpp --out echo.dsp").fails(2, &["--out"]);
    bench.file("list.toml", "[[storage]]\nname = \"x\"\nkind = \"state\"\nsize = 4\n");
    bench.say("plan list.toml --emit cpp").fails(2, &["--emit is for Faust programs only"]);
    bench.say("build echo.dsp").succeeds();
    bench.say("plan echo.wasm --emit cpp").fails(2, &["needs the program in Faust (.dsp) that echo.wasm"]);
}

#[test]
fn a_program_that_is_too_large_for_its_rounding_is_told_so() {
    let bench = Workbench::new();
    bench.file("long.dsp", LONG);
    for command in ["plan", "check", "run"] {
        let told = "note: it fits with --faust \"-dlt 0\", which does not round delay lines up to powers of two: 361,956 B less";
        bench.say(&format!("{command} long.dsp --board daisy-seed-1mb")).fails(1, &[told]);
    }
    let answer = bench.run(["check", "long.dsp", "--board", "daisy-seed-1mb", "--faust", "-dlt 0"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let copied = ["check", "long.dsp", "--board", "daisy-seed-1mb", "--faust", "-mcd 32"];
    bench.run(copied).fails(1, &["it fits with a further --faust \"-dlt 0\""]);
}
