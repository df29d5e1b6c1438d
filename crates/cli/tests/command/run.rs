//! `run`: sound in, sound out, and what is told of it.

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::workbench::{THROUGH, Workbench, repository};

/// A quiet ramp in the left channel, half of it in the right, of `frames` sample frames.
fn write(bench: &Workbench, name: &str, spec: WavSpec, frames: i32) {
    let mut writer = WavWriter::create(bench.path(name), spec).expect("created");
    let full = (1_i64 << (spec.bits_per_sample - 1)) as f32;
    for frame in 0..frames {
        for channel in 0..spec.channels {
            let value = (frame % 100) as f32 / 200.0 / f32::from(channel + 1);
            match spec.sample_format {
                SampleFormat::Float => writer.write_sample(value),
                SampleFormat::Int => writer.write_sample((value * full) as i32),
            }
            .expect("written");
        }
    }
    writer.finalize().expect("finished");
}

fn spec(channels: u16, sample_rate: u32, bits_per_sample: u16, sample_format: SampleFormat) -> WavSpec {
    WavSpec { channels, sample_rate, bits_per_sample, sample_format }
}

#[test]
fn the_phrase_is_played_and_a_wav_written_into_this_folder() {
    let bench = Workbench::new();
    let patch = repository("patches/tape_echo.impala");
    let answer = bench.run(["run", &patch.to_string_lossy(), "--seconds", "0.5"]).succeeds();
    assert!(answer.out.contains("Wrote tape_echo.wav: 24,000 sample frames"), "{}", answer.out);
    assert_eq!(bench.names(), ["tape_echo.wav"]);
    let (spec, samples) = bench.wav("tape_echo.wav");
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 48_000, 24));
    assert_eq!(samples.len(), 48_000);
    assert!(samples.iter().any(|sample| sample.abs() > 1 << 18), "it is heard");
}

#[test]
fn the_report_tells_memory_time_and_panel() {
    let bench = Workbench::new();
    let patch = repository("patches/tape_echo.impala");
    let out = bench.run(["run", &patch.to_string_lossy(), "--seconds", "0.1"]).succeeds().out;
    let told = ["Memory of daisy-seed-65mb", "tape ", "96,000", "DTCM", "Fits: ", "Headroom: "];
    let measured = ["process() at 48,000 Hz", "4,800 samples, 0.100 s", "the board has", "registers"];
    let panel = ["operand 1 high  ○", "operand-1-high  128", "cycles an instruction"];
    for part in told.iter().chain(&measured).chain(&panel) {
        assert!(out.contains(part), "`{part}` is not told in:\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "no colours into a pipe");
}

#[test]
fn every_usual_wav_goes_through() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let formats = [8, 16, 24, 32].map(|bits| (bits, SampleFormat::Int));
    for (bits, format) in formats.into_iter().chain([(32, SampleFormat::Float)]) {
        for (channels, rate) in [(1, 44_100), (2, 48_000), (2, 96_000)] {
            let case = format!("{bits} bits {format:?}, {channels} channels, {rate} Hz");
            write(&bench, "in.wav", spec(channels, rate, bits, format), 441);
            bench.say("run through.impala --in in.wav --out out.wav").succeeds();
            let (out, samples) = bench.wav("out.wav");
            assert_eq!((out.channels, out.sample_rate), (2, rate), "{case}");
            assert_eq!(samples.len(), 441 * 2, "{case}");
            // The patch hears 12 bits, and a file of 8 bits has fewer still.
            let step = if bits == 8 { 1 << 16 } else { 1 << 12 };
            for (frame, pair) in samples.chunks_exact(2).enumerate() {
                let left = ((frame % 100) as i32 * (1 << 23)) / 200;
                let right = if channels == 1 { left } else { left / 2 };
                assert!(pair[0].abs_diff(left) <= step, "{case}, frame {frame}: {} for {left}", pair[0]);
                assert!(pair[1].abs_diff(right) <= step, "{case}, frame {frame}: {} for {right}", pair[1]);
            }
        }
    }
}

#[test]
fn the_dry_sound_is_the_input_to_the_bit() {
    let bench = Workbench::new();
    bench.patch("mute.impala", "function process() { global signal[0] = 0; global signal[1] = 0; }");
    write(&bench, "in.wav", spec(2, 44_100, 24, SampleFormat::Int), 441);
    bench.say("run mute.impala --in in.wav --out dry.wav --mix 0").succeeds();
    assert_eq!(bench.wav("dry.wav"), bench.wav("in.wav"));
    bench.say("run mute.impala --in in.wav --out wet.wav").succeeds();
    assert!(bench.wav("wet.wav").1.iter().all(|sample| *sample == 0));
}

#[test]
fn seconds_cut_the_input_or_go_on_in_silence() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    write(&bench, "in.wav", spec(2, 44_100, 16, SampleFormat::Int), 4_410);
    bench.say("run through.impala --in in.wav --seconds 0.05").succeeds();
    let cut = bench.wav("through.wav").1;
    bench.say("run through.impala --in in.wav --seconds 0.2").succeeds();
    let long = bench.wav("through.wav").1;
    assert_eq!((cut.len(), long.len()), (2_205 * 2, 8_820 * 2));
    assert_eq!(cut, long[..cut.len()]);
    assert!(long[4_410 * 2..].iter().all(|sample| *sample == 0));
    assert!(long[..4_410 * 2].iter().any(|sample| *sample != 0));
}

#[test]
fn a_run_repeats_and_another_seed_plays_another_phrase() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let play = |seed: &str, out: &str| {
        bench.run(["run", "through.impala", "--seconds", "0.3", "--seed", seed, "-o", out]).succeeds();
        std::fs::read(bench.path(out)).expect("read")
    };
    let first = play("7", "a.wav");
    assert_eq!(first, play("7", "b.wav"));
    assert_ne!(first, play("8", "c.wav"));
}

#[test]
fn the_clock_changes_the_rate_of_the_patch_alone() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    write(&bench, "in.wav", spec(2, 44_100, 16, SampleFormat::Int), 4_410);
    let report = bench.say("run through.impala --in in.wav --clock 22050 --json").succeeds().json();
    assert_eq!((&report["run"]["clock"], &report["run"]["samples"]), (&22_050.into(), &2_205.into()));
    let (spec, samples) = bench.wav("through.wav");
    assert_eq!((spec.sample_rate, samples.len()), (44_100, 4_410 * 2));
}

#[test]
fn the_json_report_has_what_a_script_asks() {
    let bench = Workbench::new();
    let patch = repository("patches/tape_echo.impala");
    let report = bench.run(["run", &patch.to_string_lossy(), "--seconds", "0.1", "--json"]).succeeds().json();
    assert_eq!(report["format"], 1);
    assert_eq!(report["output"], "tape_echo.wav");
    assert_eq!(report["frames"], 4_800);
    assert!(report["real_time_factor"].as_f64().is_some_and(|factor| factor > 0.0));

    let plan = &report["plan"];
    assert_eq!((&plan["board"], &plan["fits"]), (&"daisy-seed-65mb".into(), &true.into()));
    let places = plan["placements"].as_array().expect("a list");
    let tape = places.iter().find(|place| place["storage"]["name"] == "tape").expect("placed");
    assert_eq!((&tape["storage"]["bytes"], &tape["storage"]["kind"]), (&96_000.into(), &"delay".into()));
    assert!(tape["storage"]["line"].is_u64() && tape["address"].is_u64() && tape["region"].is_string());
    for region in plan["regions"].as_array().expect("a list") {
        let sum = ["reserved", "used", "padding", "free"].map(|part| region[part].as_u64().expect("bytes"));
        assert_eq!(region["bytes"], sum.iter().sum::<u64>(), "{}", region["region"]);
    }

    let run = &report["run"];
    assert_eq!((&run["source"], &run["entries"][0]), (&"tape_echo.impala".into(), &"process".into()));
    assert_eq!(
        (&run["samples"], &run["asked"], &run["clock"]),
        (&4_800.into(), &4_800.into(), &48_000.into())
    );
    let instructions = &run["instructions"];
    let [mean, p99, most] = ["mean", "p99", "max"].map(|part| instructions[part].as_f64().expect("a number"));
    assert!(0.0 < mean && mean <= most && p99 <= most);
    assert!(run["deadline"]["block_percent"].as_f64().is_some_and(|percent| percent > 0.0));
    assert_eq!(run["leds"].as_array().map(Vec::len), Some(4));
    assert_eq!(run["parameters"][3], serde_json::json!({ "parameter": "operand-1-high", "value": 128 }));
    assert_eq!(run["fault"], serde_json::Value::Null);
    assert!(run["warnings"].is_array() && run["registers"]["reserved"].is_u64());
}
