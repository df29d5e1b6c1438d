//! The sound of our own patches, to the bit: the same in every run, in debug and in release.
//!
//! `golden.txt` holds a hash for each rendering. A change that is meant to change the sound renews it by
//! `SOSTENUTO_RENEW=1 cargo test -p sostenuto golden`; one that is not, has found its fault here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use crate::workbench::{Workbench, patches};

/// Renderings beside the plain one of each patch: the patch, and its options. None has a --gain or a --clock, whose
/// powers and sines come from the system's library and differ between systems in the last bit.
const TURNED: [(&str, &str); 3] = [
    (
        "tape_echo",
        "--param operand-1-high=0x40 --param 4=255 --param operand-2-high=200@0.5s --param 3=255@1s",
    ),
    (
        "position_warp",
        "--param operator-2=xor --param 6=0x0F --param switches=reverse@750ms --param 7=3@48000",
    ),
    ("ring_modulator", "--mix 0.5 --seed 9 --param 3=10"),
];

#[test]
fn our_patches_sound_as_ever() {
    let mut cases: Vec<(String, PathBuf, &str)> =
        patches().into_iter().map(|(name, path)| (name, path, "")).collect();
    for (name, options) in TURNED {
        let (_, path) = patches().into_iter().find(|(known, _)| known == name).expect("a patch of ours");
        cases.push((name.to_owned(), path, options));
    }
    let lines = thread::scope(|scope| {
        let renderings: Vec<_> = cases.iter().map(|case| scope.spawn(|| line(case))).collect();
        renderings.into_iter().map(|line| line.join().expect("rendered")).collect::<Vec<_>>()
    });
    let table = lines.concat();

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    if std::env::var_os("SOSTENUTO_RENEW").is_some_and(|value| value == "1") {
        fs::write(&path, &table).expect("renewed");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        table == expected,
        "the sound has changed; where that is meant, renew {} by SOSTENUTO_RENEW=1. It was:\n{expected}\nIt is:\n{table}",
        path.display()
    );
}

/// The hash of two seconds, how many sample frames they are, the patch, and the options.
fn line((name, path, options): &(String, PathBuf, &str)) -> String {
    let bench = Workbench::new();
    let path = path.to_string_lossy();
    let arguments = ["run", &path, "--seconds", "2", "-o", "out.wav"];
    bench.run(arguments.into_iter().chain(options.split_whitespace())).succeeds();
    let (spec, samples) = bench.wav("out.wav");
    assert_eq!((spec.channels, spec.bits_per_sample), (2, 24));
    let mut line = format!("{:016x} {} {name}", fnv(&samples), samples.len() / 2);
    if !options.is_empty() {
        let _ = write!(line, " {options}");
    }
    line + "\n"
}

/// FNV-1a of 64 bits over the three bytes of each sample, the lowest first.
fn fnv(samples: &[i32]) -> u64 {
    let bytes = samples.iter().flat_map(|sample| sample.to_le_bytes().into_iter().take(3));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
