//! Patches of the ConeZ, here as modules that know nothing of this program.

use crate::workbench::Workbench;

/// Prints, draws, waits, and reads a parameter and a file.
const BLINKER: &str = r#"(module
    (import "env" "host_printf" (func $printf (param i32 i32) (result i32)))
    (import "env" "led_fill" (func $led_fill (param i32 i32 i32 i32)))
    (import "env" "led_show" (func $led_show))
    (import "env" "delay_ms" (func $delay_ms (param i32)))
    (import "env" "get_param" (func $get_param (param i32) (result i32)))
    (import "env" "get_year" (func $get_year (result i32)))
    (import "env" "random_int" (func $random_int (param i32 i32) (result i32)))
    (import "env" "file_open" (func $file_open (param i32 i32) (result i32)))
    (import "env" "malloc" (func $malloc (param i32) (result i32)))
    (memory (export "memory") 1)
    (global (export "_heap_ptr") i32 (i32.const 64))
    (global $line (export "__line") (mut i32) (i32.const 0))
    (data (i32.const 0) "level %d in %d, %d, file %d\0a\00") (data (i32.const 32) "/notes.txt\00")
    (func (export "setup")
        (i32.store (i32.const 0xF000) (call $get_param (i32.const 1)))
        (i32.store (i32.const 0xF004) (call $get_year))
        (i32.store (i32.const 0xF008) (call $random_int (i32.const 0) (i32.const 1000000)))
        (i32.store (i32.const 0xF00C) (call $file_open (i32.const 32) (i32.const 1)))
        (drop (call $malloc (i32.const 100)))
        (drop (call $printf (i32.const 0) (i32.const 0xF000))))
    (func (export "loop")
        (call $led_fill (i32.const 1) (call $get_param (i32.const 1)) (i32.const 0) (i32.const 8))
        (call $led_show)
        (call $delay_ms (i32.const 249))))"#;

/// Halves both channels.
const HALF: &str = r#"(module
    (import "env" "audio_in" (func $in (param i32) (result i32)))
    (import "env" "audio_out" (func $out (param i32) (result i32)))
    (memory (export "memory") 1)
    (global (export "_heap_ptr") i32 (i32.const 0))
    (func $half (param $channel i32) (param $frames i32) (local $at i32)
        (loop $next
            (f32.store (i32.add (call $out (local.get $channel)) (local.get $at))
                (f32.mul (f32.const 0.5) (f32.load (i32.add (call $in (local.get $channel)) (local.get $at)))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br_if $next (i32.lt_s (local.get $at) (i32.shl (local.get $frames) (i32.const 2))))))
    (func (export "process") (param $frames i32)
        (call $half (i32.const 0) (local.get $frames))
        (call $half (i32.const 1) (local.get $frames))))"#;

fn bench(name: &str, text: &str) -> Workbench {
    let bench = Workbench::new();
    bench.file(name, wat::parse_str(text).expect("a module"));
    bench
}

#[test]
fn what_a_patch_prints_comes_first_and_then_the_report() {
    let bench = bench("blinker.wasm", BLINKER);
    let answer = bench
        .say("run blinker.wasm --set 1=100 --set 1=200@0.6s --seconds 1 --seed 7 --epoch 2031-05-06")
        .succeeds();
    let first = answer.out.lines().next().expect("a line");
    assert!(first.starts_with("level 100 in 2031, ") && first.ends_with(", file -1"), "{first}");
    for part in [
        "blinker.wasm: setup() and loop(): finished after 1.000 s of virtual time",
        "mean of 4 calls",
        "low heap                       100   of 32,704 at most",
        "shown 4 times, 2 of them something new",
        "strip 1: 50 x #c80008",
        "  1 = 200",
        "string pool",
    ] {
        assert!(answer.out.contains(part), "`{part}` is not in:\n{}", answer.out);
    }
    assert_eq!(bench.names(), ["blinker.wasm"], "no sound was made");
    let again =
        bench.say("run blinker.wasm --set 1=100 --set 1=200@0.6s --seconds 1 --seed 7 --epoch 2031-05-06");
    assert_eq!(again.out, answer.out);
    let other = bench.say("run blinker.wasm --set 1=100 --seconds 1 --seed 8 --epoch 2031-05-06");
    assert_ne!(other.out.lines().next(), Some(first));
}

#[test]
fn the_report_for_programs_holds_the_text() {
    let bench = bench("blinker.wasm", BLINKER);
    let report = bench.say("run blinker.wasm --json").succeeds().json();
    assert!(report["text"].as_str().expect("a text").starts_with("level 0 in 2025, "));
    assert_eq!(report["run"]["ending"], "finished");
    assert_eq!(report["run"]["seconds"], 8.0);
    assert_eq!(report["run"]["loops"]["calls"], 32);
    assert_eq!(report["run"]["audio"], serde_json::Value::Null);
    assert_eq!(report["run"]["heaps"][0]["live"], 100);
    assert_eq!(report["output"], serde_json::Value::Null);
}

#[test]
fn files_lie_in_the_directory_and_pictures_where_they_are_wanted() {
    let bench = bench("blinker.wasm", BLINKER);
    std::fs::create_dir(bench.path("disk")).expect("a folder");
    let answer = bench.say("run blinker.wasm --dir disk --leds lights.svg --set 1=9").succeeds();
    assert!(answer.out.lines().next().is_some_and(|line| line.ends_with("file 0")));
    assert!(bench.path("disk/notes.txt").is_file());
    bench.say("run blinker.wasm --leds lights.PNG").succeeds();
    assert_eq!(bench.names(), ["blinker.wasm", "disk", "lights.PNG", "lights.svg"]);
    let svg = std::fs::read_to_string(bench.path("lights.svg")).expect("read");
    assert!(svg.contains("strip 1") && svg.contains("data:image/png;base64,"));
    assert!(std::fs::read(bench.path("lights.PNG")).expect("read").starts_with(b"\x89PNG"));
    bench.say("run blinker.wasm --leds lights.gif").fails(2, &["--leds lights.gif", ".svg or .png"]);
    bench.say("run blinker.wasm --leds blinker.wasm").fails(2, &["blinker.wasm"]);
    bench.say("run blinker.wasm --dir nowhere").fails(2, &["cannot open the directory nowhere"]);
}

#[test]
fn options_of_other_machines_are_refused() {
    let bench = bench("blinker.wasm", BLINKER);
    bench.file("half.wasm", wat::parse_str(HALF).expect("a module"));
    for option in ["--param 1=2", "--clock 44100", "--config x", "--instances 2", "--swap-at 1 half.wasm"] {
        let name = option.split(' ').next().expect("a word");
        bench.say(&format!("run blinker.wasm {option}")).fails(2, &[name, "is not for patches of the ConeZ"]);
    }
    for option in ["--in x.wav", "--out x.wav", "--mix 0.5", "--gain 6"] {
        let name = option.split(' ').next().expect("a word");
        bench.say(&format!("run blinker.wasm {option}")).fails(2, &[name, "no function process()"]);
    }
    bench.say("run blinker.wasm --set 16=1").fails(2, &["--set", "`16`", "0 to 15"]);
    bench.say("run blinker.wasm --set 1=0.5").fails(2, &["parameter 1 cannot be 0.5"]);
    bench.say("run blinker.wasm --epoch tomorrow").fails(2, &["a time in UTC"]);
    bench.patch("through.impala", crate::workbench::THROUGH);
    for option in ["--dir .", "--epoch 0", "--leds x.svg"] {
        let name = option.split(' ').next().expect("a word");
        bench.say(&format!("run through.impala {option}")).fails(2, &[name, "for patches of the ConeZ only"]);
    }
    bench
        .say("run through.impala --swap-at 1 half.wasm")
        .fails(2, &["--swap-at is not for patches of the ConeZ"]);
}

#[test]
fn an_effect_is_heard_and_held_against_its_deadline() {
    let bench = bench("half.wasm", HALF);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(bench.path("ramp.wav"), spec).expect("created");
    (0..500_i16).for_each(|sample| writer.write_sample(sample * 64).expect("written"));
    writer.finalize().expect("whole");
    let answer = bench.say("run half.wasm --in ramp.wav --block 64 --board conez-v0-1").succeeds();
    for part in [
        "process() at 44,100 Hz",
        "a block of 64",
        "the board has",
        "Wrote half.wav: 500 sample frames",
        "PSRAM",
    ] {
        assert!(answer.out.contains(part), "`{part}` is not in:\n{}", answer.out);
    }
    let (spec, samples) = bench.wav("half.wav");
    assert_eq!((spec.channels, spec.sample_rate), (2, 44_100));
    let expected: Vec<i32> = (0..500).flat_map(|sample| [sample * 64 * 128; 2]).collect();
    assert_eq!(samples, expected);
    let report = bench.say("run half.wasm --in ramp.wav --json --out other.wav").succeeds().json();
    assert_eq!((&report["frames"], &report["run"]["audio"]["samples"]), (&500.into(), &500.into()));
    bench.say("run half.wasm --block 4096").fails(1, &["no room for 4 blocks of 4096 samples"]);
}

#[test]
fn it_is_checked_planned_and_profiled() {
    let bench = bench("half.wasm", HALF);
    let answer = bench.say("check half.wasm --board conez-v0-1").succeeds();
    assert!(answer.out.contains("low heap") && answer.out.contains("page cache"), "{}", answer.out);
    bench.say("run half.wasm --seconds 0.1 --profile half.json").succeeds();
    let planned = bench.say("plan half.wasm --profile half.json --json").succeeds().json();
    let placements = planned["placements"].as_array().expect("a list").clone();
    let heap = placements.iter().find(|it| it["storage"]["name"] == "low heap").expect("the heap");
    // The host writes two channels, clears two and reads two; the patch reads two and writes two.
    assert_eq!(heap["storage"]["traffic"]["reads"], 4.0);
    assert_eq!(heap["storage"]["traffic"]["writes"], 6.0);
}

#[test]
fn a_fault_is_told_with_its_line_and_exit_code_1() {
    let text = r#"(module
        (import "env" "print_str" (func $print_str (param i32 i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "one")
        (global $line (export "__line") (mut i32) (i32.const 0))
        (func $say (global.set $line (i32.const 17)) (call $print_str (i32.const 0) (i32.const 70000)))
        (func (export "main") (result i32) (call $print_str (i32.const 0) (i32.const 3)) (call $say) (i32.const 0)))"#;
    let bench = bench("say.wasm", text);
    let told = [
        "print_str() was given 70000 B at address 0: the memory ends at 65536, line 17, in say() called from main()",
        "the patch was stopped",
    ];
    let answer = bench.say("run say.wasm").fails(1, &told);
    assert!(answer.out.starts_with("one\n\n"), "{}", answer.out);
    bench.file(
        "spin.wasm",
        wat::parse_str(r#"(module (func (export "loop") (loop $a (br $a))))"#).expect("a module"),
    );
    let hint = ["the call took more than 500,000 instructions", "delay_ms()", "raise --max-instructions"];
    bench.say("run spin.wasm --max-instructions 1000").fails(1, &hint);
    bench.file("none.wasm", wat::parse_str(r#"(module (func (export "render")))"#).expect("a module"));
    bench.say("run none.wasm").fails(2, &["nor is it for the ConeZ"]);
    bench.file(
        "part.wasm",
        wat::parse_str(r#"(module (import "env" "millis" (func (result i32))))"#).expect("a module"),
    );
    bench.say("check part.wasm").fails(2, &["the patch has no entry point", "setup()"]);
}

#[test]
fn a_change_after_the_end_of_the_sound_is_told() {
    let bench = bench("half.wasm", HALF);
    let told = bench.say("run half.wasm --seconds 0.1 --set 3=1@99s").succeeds().err;
    assert!(told.contains("parameter 3 changes at 99 s, but the sound ends at 0.1 s"), "{told}");
    let none = bench.say("run half.wasm --seconds 0.1 --set 3=1@50ms").succeeds().err;
    assert!(!none.contains("changes"), "{none}");
}
