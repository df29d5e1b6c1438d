//! Files and values that are none: each is answered by exit code 2, a text that names it, and no file.

use std::fs;

use crate::workbench::{THROUGH, Workbench};

#[test]
fn sources_that_are_none() {
    let bench = Workbench::new();
    let noise: Vec<u8> = noise(1).take(4096).collect();
    let cases: [(&str, &[u8], &str); 8] = [
        ("empty.impala", b"", "empty.impala is empty"),
        ("blank.impala", b" \n\t\n", "blank.impala is empty"),
        ("noise.impala", &noise, "is not UTF-8"),
        ("zeros.impala", &[0; 1000], "zeros.impala:1:1"),
        ("escape.impala", b"function process() { \x1b[31m }", "escape.impala:1:22"),
        ("lines.impala", b"function process()\r\n{\r\n int x = y;\r\n}\r\n", "lines.impala:3:10"),
        ("noise.wasm", &noise, "not a WebAssembly module"),
        ("source.txt", b"function process() { }", "known by its ending, .impala, .dsp, .bas, .c or .wasm"),
    ];
    for (name, bytes, told) in cases {
        bench.file(name, bytes);
        for command in ["run", "check", "build"] {
            let answer = bench.run([command, name]).fails(2, &["error: ", told]);
            assert!(!answer.err.contains('\u{1b}'), "{:?}", answer.err);
        }
        fs::remove_file(bench.path(name)).expect("removed");
    }
    bench.say("run missing.impala").fails(2, &["cannot read missing.impala"]);
    fs::create_dir(bench.path("folder.impala")).expect("a folder");
    bench.say("run folder.impala").fails(2, &["cannot read folder.impala"]);
    assert_eq!(bench.names(), ["folder.impala"]);
}

/// A tenth of the 10 MB that were tried by hand, for the sake of the debug profile.
#[test]
fn a_megabyte_of_parentheses() {
    let bench = Workbench::new();
    for head in ["", "function process() { int x = "] {
        bench.file("deep.impala", format!("{head}{}", "(".repeat(1 << 20)));
        bench.say("check deep.impala").fails(2, &["deep.impala:1:", "does not compile"]);
    }
}

#[test]
fn errors_come_together_and_are_counted() {
    let bench = Workbench::new();
    bench.file("two.impala", "function process() {\n  int x = a;\n  int y = b;\n}\n");
    let told = ["two.impala:2:11", "two.impala:3:11", "two.impala does not compile: 2 errors"];
    bench.say("run two.impala").fails(2, &told);
}

#[test]
fn modules_that_are_damaged() {
    let bench = Workbench::new();
    bench.patch("good.impala", "global array buf[64] global int n\nfunction process() { global n = (global n + 1) % 64; global buf[global n] = (int) global signal[0]; }");
    bench.say("build good.impala").succeeds();
    let good = fs::read(bench.path("good.wasm")).expect("read");
    for length in [0, 4, 8, good.len() / 2, good.len() - 1] {
        bench.file("bad.wasm", &good[..length]);
        bench.say("run bad.wasm").fails(2, &["bad.wasm"]);
    }
    bench.file("bad.wasm", b"\0asm\x01\0\0\0");
    bench.say("run bad.wasm").fails(2, &["bad.wasm", "sostenuto build"]);
    fs::remove_file(bench.path("bad.wasm")).expect("removed");

    // A flipped bit may be harmless, refused, or a fault; `run` of the workbench asserts that it is nothing else.
    let mut noise = noise(3);
    for _ in 0..60 {
        let mut bad = good.clone();
        let place = u16::from_le_bytes([noise.next().unwrap_or(0), noise.next().unwrap_or(0)]);
        let at = usize::from(place) % bad.len();
        bad[at] ^= 1 << (place % 8);
        bench.file("flipped.wasm", bad);
        let answer = bench.say("run flipped.wasm --seconds 0.01 --max-instructions 10000");
        assert!(answer.code == 0 || answer.err.contains("error: "), "byte {at}: {}", answer.err);
    }
}

#[test]
fn sounds_that_are_none() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let nan = [0.5, f32::NAN].map(f32::to_le_bytes).concat();
    let cases = [
        (header(1, 2, 16, 400, &[1; 10]), "is truncated: its header says 100 sample frames, it holds 2"),
        (header(1, 2, 16, 0, &[]), "holds no sample frames"),
        (header(3, 2, 32, 8, &nan), "holds NaN at sample frame 0 in the right channel"),
        (header(1, 5, 16, 10, &[0; 10]), "has 5 channels; 1 or 2 can be read"),
        (header(6, 1, 8, 4, &[0; 4]), "is not a WAV file that can be read"),
        (b"ID3 no wave".to_vec(), "is not a WAV file that can be read"),
        (Vec::new(), "is not a WAV file that can be read"),
    ];
    for (bytes, told) in cases {
        bench.file("in.wav", bytes);
        bench.say("run through.impala --in in.wav").fails(2, &["in.wav", told]);
    }
    bench.file("in.wav", header_at(2_000_000_000, 1, 1, 16, 2, &[0; 2]));
    bench.say("run through.impala --in in.wav").fails(2, &["in.wav", "2000000000 Hz", "1 to 384000 Hz"]);
    bench.say("run through.impala --in missing.wav").fails(2, &["cannot read missing.wav"]);
    bench.say("run through.impala --in .").fails(2, &["cannot read ."]);
    assert_eq!(bench.names(), ["in.wav", "through.impala"]);
}

#[test]
fn values_out_of_their_range() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let cases = [
        ("--seconds", ["0", "-1", "1e9", "nan"], "from 0.001 to 3600"),
        ("--mix", ["-0.1", "1.1", "inf", "half"], "from 0 (dry) to 1"),
        ("--gain", ["-200", "61", "nan", "6dB"], "from -100 to 60"),
        ("--clock", ["0", "-1", "400000", "44.1k"], "from 1 to 352800"),
        ("--seed", ["-1", "0x10", "1.5", "x"], "a whole number"),
        ("--block", ["0", "-1", "5000", "x"], "--block"),
        ("--stack", ["0", "-1", "99999999999", "x"], "--stack"),
        ("--max-instructions", ["0", "-1", "1.5", "x"], "--max-instructions"),
        ("--param", ["3=256", "3=-1", "operand-1-high=1e2", "3=0x100"], "operand-1-high cannot be"),
        ("--param", ["8=1", "volume=1", "=1", "99999999999=1"], "no parameter is called"),
        ("--param", ["3=1@", "3=1@-1s", "3=1@1.5", "3=1@nans"], "is not a time: give seconds"),
        (
            "--param",
            ["operator-1=xor", "operator-1=5", "operator-1=", "operator-1=mul+and"],
            "operator-1 cannot be",
        ),
        ("--param", ["3", "operand-1-high", "x", ""], "--param"),
    ];
    for (option, values, told) in cases {
        for value in values {
            let answer = bench.run(["run", "through.impala", option, value]).fails(2, &[told]);
            assert_eq!(answer.out, "", "{option} {value}");
        }
    }
    assert_eq!(bench.names(), ["through.impala"]);
}

/// A WAV file of a plain header and these bytes of data; `claimed` is the size that the header tells.
fn header(format: u16, channels: u16, bits: u16, claimed: u32, data: &[u8]) -> Vec<u8> {
    header_at(44_100, format, channels, bits, claimed, data)
}

fn header_at(rate: u32, format: u16, channels: u16, bits: u16, claimed: u32, data: &[u8]) -> Vec<u8> {
    let block = channels * (bits / 8);
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + claimed).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0");
    wav.extend([format, channels].map(u16::to_le_bytes).concat());
    wav.extend([rate, rate.wrapping_mul(block.into())].map(u32::to_le_bytes).concat());
    wav.extend([block, bits].map(u16::to_le_bytes).concat());
    wav.extend(b"data");
    wav.extend(claimed.to_le_bytes());
    wav.extend(data);
    wav
}

/// The same bytes in every run (xorshift).
fn noise(seed: u32) -> impl Iterator<Item = u8> {
    std::iter::successors(Some(seed), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 17);
        Some(state ^ (state << 5))
    })
    .map(|state| (state >> 8) as u8)
}
