//! `run --swap-at`: another version of a patch takes over while the sound goes on.

use crate::workbench::{Workbench, repository};

/// Echoes of a tenth of a second; `line` of that many words, and what comes out times `factor`.
fn echo(words: u32, factor: &str) -> String {
    format!(
        "const int LENGTH = {words}\n\
        global array line[LENGTH]\n\
        global int at = 0\n\
        readonly array gain[1] = {{ {factor} }}\n\
        function process()\n\
        locals int heard\n\
        {{\n\
            heard = (int) line[at];\n\
            line[at] = (int) signal[0] + heard / 2;\n\
            at = (at + 1) % LENGTH;\n\
            signal[0] = heard * (int) gain[0];\n\
            signal[1] = heard * (int) gain[0];\n\
        }}"
    )
}

/// A click, and silence after it; mono at 48 kHz.
fn click(bench: &Workbench) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(bench.path("click.wav"), spec).expect("created");
    for frame in 0..24_000 {
        writer.write_sample(if frame == 0 { 16_000_i16 } else { 0 }).expect("written");
    }
    writer.finalize().expect("finished");
}

/// The places and the signs of what is heard in the left channel.
fn heard(bench: &Workbench, name: &str) -> Vec<(usize, bool)> {
    let (_, samples) = bench.wav(name);
    let left = samples.chunks_exact(2).map(|frame| frame[0]).enumerate();
    left.filter(|(_, word)| *word != 0).map(|(at, word)| (at, word > 0)).collect()
}

#[test]
fn the_echo_survives_a_swap_of_constant_storages() {
    let bench = Workbench::new();
    click(&bench);
    bench.patch("old.impala", &echo(4_800, "1"));
    bench.patch("new.impala", &echo(4_800, "-1"));
    let answer = bench.say("run old.impala --in click.wav --swap-at 0.25 new.impala").succeeds();
    assert_eq!(
        heard(&bench, "old.wav"),
        [(4_800, true), (9_600, true), (14_400, false), (19_200, false)],
        "the old echoes, by the new version's rule"
    );
    let told = [
        "old.impala: process() at 48,000 Hz\n12,000 samples, 0.250 s\n",
        "Swap from old.impala to new.impala\n  kept        2 storages, 19,204 B\n              at, line\n",
        "new.impala: process() at 48,000 Hz\n\
         24,000 samples, 0.500 s; by this patch from sample 12,000 (0.250 s) on\n",
    ];
    for part in told {
        assert!(answer.out.contains(part), "`{part}` is not told in:\n{}", answer.out);
    }
    assert_eq!(answer.out.matches("Memory of ").count(), 2, "{}", answer.out);
    assert_eq!(bench.names(), ["click.wav", "new.impala", "old.impala", "old.wav"]);
}

#[test]
fn a_changed_size_is_reported() {
    let bench = Workbench::new();
    click(&bench);
    bench.patch("old.impala", &echo(4_800, "1"));
    bench.patch("new.impala", &echo(6_000, "1"));
    let swap = "run old.impala --in click.wav --swap-at 0.25 new.impala";
    let answer = bench.say(swap).succeeds();
    assert_eq!(heard(&bench, "old.wav"), [(4_800, true), (9_600, true)], "the new line is silent");
    let told = "  resized     `line` has 24,000 B, it had 19,200 B: it starts anew\n";
    assert!(answer.out.contains(told), "{}", answer.out);
    let report = bench.say(&format!("{swap} --json")).succeeds().json();
    let changes = serde_json::json!([
        { "name": "at", "fate": "kept", "bytes": 4 },
        { "name": "line", "fate": "resized", "from": 19_200, "to": 24_000 },
    ]);
    assert_eq!(report["swap"]["changes"]["storages"], changes);
    assert_eq!(report["swap"]["before"]["source"], "old.impala");
    assert_eq!((&report["run"]["source"], &report["run"]["since"]), (&"new.impala".into(), &12_000.into()));
    assert_eq!(report["swap"]["plan"]["fits"], report["plan"]["fits"]);
    assert!(report["swap"]["plan"].is_object());
    // A kept index past the end of a smaller line stops the patch at its line.
    bench.patch("small.impala", &echo(100, "1"));
    let answer = bench.say("run old.impala --in click.wav --swap-at 0.255 small.impala");
    let told = ["is outside `line` (100 words)", "small.impala", "the patch was stopped"];
    let answer = answer.fails(1, &told);
    assert!(answer.out.contains("it starts anew; a kept index may lie outside"), "{}", answer.out);
}

#[test]
fn a_patch_of_ours_takes_over_from_another() {
    let bench = Workbench::new();
    let [old, new] =
        ["tape_echo", "feedback_delay"].map(|name| repository(&format!("patches/{name}.impala")));
    let arguments =
        ["run", &old.to_string_lossy(), "--seconds", "0.2", "--swap-at", "0.1", &new.to_string_lossy()];
    let out = bench.run(arguments).succeeds().out;
    assert!(out.contains("Swap from tape_echo.impala to feedback_delay.impala"), "{out}");
    assert!(out.contains("gone        `tape`, 96,000 B"), "{out}");
    // The same patch again is no change of the sound.
    let render = |swap: &[&str], name: &str| {
        let arguments = ["run", &old.to_string_lossy(), "--seconds", "0.5", "-o", name];
        bench.run(arguments.iter().chain(swap)).succeeds();
        bench.wav(name)
    };
    let same = old.to_string_lossy();
    assert!(render(&["--swap-at", "0.3", &same], "swapped.wav") == render(&[], "straight.wav"));
}

#[test]
fn a_swap_that_cannot_be_is_told() {
    let bench = Workbench::new();
    bench.patch("old.impala", &echo(100, "1"));
    bench.patch("new.impala", &echo(100, "1"));
    bench.patch("faulty.impala", "function init() { abort(); }\nfunction process() { }");
    bench.patch("broken.impala", "function process() { nothing = 1; }");
    bench.patch("huge.impala", "global array line[20000000]\nfunction process() { line[0] = 1; }");
    let swap = |what: &str| bench.say(&format!("run old.impala --seconds 0.1 --swap-at {what}"));
    for time in ["-1", "soon", "3601"] {
        let told = format!("--swap-at {time}: expected a number of seconds from 0 to 3600");
        swap(&format!("{time} new.impala")).fails(2, &[&told]);
    }
    swap("0.05").fails(2, &["2 values required"]);
    swap("0.05 none.impala").fails(2, &["cannot read none.impala"]);
    swap("0.05 broken.impala").fails(2, &["broken.impala does not compile"]);
    swap("0.05 huge.impala").fails(1, &["huge.impala", "does not fit"]);
    let told = ["the patch called abort()", "the patch that takes over was stopped before it made any sound"];
    swap("0.05 faulty.impala").fails(1, &told);
    swap("0.05 new.impala --out new.impala").fails(2, &["would be overwritten"]);
    assert!(!bench.path("old.wav").exists());
    let late = swap("0.2 new.impala").succeeds();
    assert_eq!(late.err, "warning: the swap comes at 0.2 s, but the sound ends at 0.1 s; see --seconds\n");
    assert!(!late.out.contains("Swap from"), "{}", late.out);
}
