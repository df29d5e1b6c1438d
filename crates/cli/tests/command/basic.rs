//! BASIC from its source to what the real machine makes of it.

use crate::workbench::{Workbench, repository};

/// What a program prints, whose run succeeds.
#[track_caller]
fn prints(source: &str, lines: &str) {
    let bench = Workbench::new();
    bench.file("p.bas", source);
    let answer = bench.say("run p.bas").succeeds();
    assert!(answer.out.starts_with(&format!("{lines}\nMemory of")), "{}", answer.out);
}

#[test]
fn numbers_strings_and_arrays() {
    prints("> 7 / 2\n> 7 / 2.0\n> \"a\" + \"b\"\n> 5000000000 * 2\n", "3\n3.500000\nab\n10000000000\n");
    prints("FORMAT \"% & $ %\", 5, 2.5, STR$(0.25), 5000000000\n", "5 2.500000 0.25 5000000000\n");
    prints(
        "DIM S$(2, 2)\nFOR I = 1 TO 2\nFOR J = 1 TO 2\nS$(I, J) = STR$(I) + HEX$(J + 14)\nNEXT\nNEXT\n\
         REDIM PRESERVE S$(3, 2)\nFORMAT \"$ $ [$]\", S$(1, 2), S$(2, 1), S$(3, 1)\n",
        "110 2F []\n",
    );
    prints("READ A, B$, C#\n> A\n> B$\n> C#\nDATA 1, \"two\", 3\n", "1\ntwo\n3.000000\n");
    prints(
        "A$ = \"Hello World\"\nMID$(A$, 7, 5) = \"Earth\"\n> A$\n> INSTR(A$, \"Ear\")\n",
        "Hello Earth\n7\n",
    );
    prints(
        "FUNCTION F N\nIF N < 2 THEN RETURN N\nRETURN F(N - 1) + F(N - 2)\nEND FUNCTION\n> F(15)\n",
        "610\n",
    );
}

#[test]
fn files_lie_in_the_given_folder() {
    let bench = Workbench::new();
    std::fs::create_dir(bench.path("disk")).unwrap();
    bench.file(
        "p.bas",
        "OPEN \"/n.txt\" FOR OUTPUT AS #1\nFOR I = 1 TO 3\nPRINT #1, I * I\nNEXT\nCLOSE #1\n\
         OPEN \"/n.txt\" FOR INPUT AS #2\nWHILE NOT EOF(2)\nINPUT #2, N\nSUM = SUM + N\nWEND\nCLOSE #2\n> SUM\n",
    );
    let answer = bench.say("run p.bas --dir disk").succeeds();
    assert!(answer.out.starts_with("14\n"), "{}", answer.out);
    assert_eq!(std::fs::read_to_string(bench.path("disk/n.txt")).unwrap(), "1\n4\n9\n");
}

#[test]
fn no_text_is_left_in_the_pool() {
    let bench = Workbench::new();
    bench.file(
        "p.bas",
        "SUB JOIN$ A$, B$\nLOCAL C$\nC$ = A$ + B$\nRETURN UPPER$(C$) + \"!\"\nEND SUB\n\
         FOR I = 1 TO 3000\nA$ = JOIN$(STR$(I), \"x\" + A$)\nA$ = LEFT$(A$, 9)\n\
         IF A$ = STR$(I) + \"y\" THEN > I\nNEXT\n> A$\nA$ = \"\"\n",
    );
    let report = bench.say("run p.bas --json").succeeds().json();
    assert_eq!(report["text"], "3000X2999\n");
    let heaps = report["run"]["heaps"].as_array().unwrap();
    assert!(
        heaps.iter().all(|heap| heap["live"] == 0 && heap["refused"].as_u64().unwrap_or(0) == 0),
        "{heaps:?}"
    );
}

#[test]
fn a_fault_names_the_array_the_index_and_its_bounds() {
    let bench = Workbench::new();
    bench.file("p.bas", "N = 3\nDIM A(N)\n> 1\nA(N + 1) = 5\n");
    let told = ["index 4 is outside `A`, whose indices are 1 to 3, line 4", "4 | A(N + 1) = 5"];
    bench.say("run p.bas").fails(1, &told);
    bench.file("p.bas", "DATA 1\nREAD A\nREAD A\n");
    bench.say("run p.bas").fails(1, &["READ past the end of DATA, which has 1 values, line 3"]);
    bench.file("p.bas", "A = 0\n> 1 / A\n");
    bench.say("run p.bas").fails(1, &["line 2"]);
}

#[test]
fn files_are_included_from_beside_the_source() {
    let bench = Workbench::new();
    std::fs::create_dir(bench.path("lib")).unwrap();
    bench.file("lib/p.bas", "'$INCLUDE: 'twice.bi'\n> TWICE(21)\n");
    bench.file("lib/twice.bi", "FUNCTION TWICE N\nRETURN N * 2\nEND FUNCTION\n");
    let answer = bench.say("run lib/p.bas").succeeds();
    assert!(answer.out.starts_with("42\n"), "{}", answer.out);
    bench.file("lib/twice.bi", "FUNCTION TWICE N\nRETURN N *\nEND FUNCTION\n");
    bench.say("run lib/p.bas").fails(2, &["in `twice.bi`, line 2: expected a value"]);
    bench.file("lib/p.bas", "> 1\n'$INCLUDE: 'none.bi'\n");
    bench.say("check lib/p.bas").fails(2, &["`none.bi` cannot be included", "2 | '$INCLUDE: 'none.bi'"]);
}

#[test]
fn the_tremolo_swells_and_falls() {
    let bench = Workbench::new();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(bench.path("in.wav"), spec).unwrap();
    (0..2 * 48_000).for_each(|_| writer.write_sample(16_000_i16).unwrap());
    writer.finalize().unwrap();
    let patch = repository("patches/tremolo.bas");
    let patch = patch.to_str().unwrap();
    // Two turns a second at full depth, the right channel half a turn ahead.
    let line = ["run", patch, "--in", "in.wav", "--out", "out.wav", "--seconds", "1"];
    let knobs = ["--set", "1=20", "--set", "2=100", "--set", "3=50"];
    bench.run(line.into_iter().chain(knobs)).succeeds();
    let (spec, samples) = bench.wav("out.wav");
    let full = (1_i64 << (spec.bits_per_sample - 1)) as f64;
    let at = |frame: usize| (samples[2 * frame] as f64 / full, samples[2 * frame + 1] as f64 / full);
    let level = 16_000.0 / 32_768.0;
    for (frame, left, right) in [(1, 1.0, 0.0), (6_000, 0.5, 0.5), (12_000, 0.0, 1.0), (24_000, 1.0, 0.0)] {
        let (l, r) = at(frame);
        assert!((l - left * level).abs() < 0.01 && (r - right * level).abs() < 0.01, "{frame}: {l} {r}");
    }
}

#[test]
fn the_comet_runs_around_the_strip() {
    let bench = Workbench::new();
    let patch = repository("patches/strip.bas");
    let report = bench.run(["run", patch.to_str().unwrap(), "--seconds", "5", "--json"]).succeeds().json();
    // 50 LEDs, 40 ms each.
    assert_eq!(report["text"], "50 LEDs\n2 times around\n");
}
