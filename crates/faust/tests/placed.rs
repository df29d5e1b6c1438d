//! The written modules against what Faust's own Rust computes, to the bit. Needs `faust`.

use sostenuto_board::Kind;
use sostenuto_faust::rust::{Math, RustError, RustOptions, module, place};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXAMPLES: &str = "/usr/share/doc/faust-common/examples";
const OF_EXAMPLES: [&str; 7] = [
    "reverb/zitaRev",
    "reverb/freeverb",
    "reverb/greyhole",
    "delayEcho/smoothDelay",
    "generator/osc",
    "physicalModeling/karplus",
    "analysis/vumeter",
];
const TABLES: &str = "
    process = (waveform {10,20,30,40,50,60,70}, %(7)~+(3) : rdtable),
              (waveform {1.1,2.2,3.3,4.4,5.5,6.6,7.7}, %(7)~+(3) : rdtable);";
const WRITTEN: &str = "
    import(\"stdfaust.lib\");
    process(x) = rwtable(100, sin(ba.time*0.1), +(1) ~ _ : %(100), x, +(7) ~ _ : %(100)),
                 rwtable(50, cos(ba.time*0.1), +(1) ~ _ : %(50), x, +(7) ~ _ : %(50)), os.osc(x);";
const MATHEMATICS: &str = "
    process = _ <: fmod(_, 0.3), remainder(_, 0.3), (_ * 3 : rint), exp, (_ + 1.5 : log), (_ + 1.5 : log10),
              (_ <: _ + 1.5, _ : pow), atan2(_, 0.5), acos, asin, atan, tan, (_ * 3 : ceil), (_ * 3 : floor), @(10), @(3);";

#[test]
fn what_is_placed_sounds_the_same_to_the_bit() {
    let mut programs: Vec<(String, String)> = OF_EXAMPLES
        .iter()
        .map(|path| {
            let file = Path::new(EXAMPLES).join(path).with_extension("dsp");
            (path.rsplit('/').next().unwrap().to_string(), faust(&file))
        })
        .collect();
    for (name, source) in [("tables", TABLES), ("written", WRITTEN), ("mathematics", MATHEMATICS)] {
        programs.push((name.to_string(), faust_of(name, source)));
    }
    let told = compare(&programs, &RustOptions::default());
    for (name, _) in &programs {
        let line = told.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        assert!(line.ends_with(" wrong 0") && !line.contains(" heard 0 "), "{line}");
    }
}

#[test]
fn an_array_is_placed_above_the_threshold_or_by_name() {
    let source = faust_of("copied", "process = @(9), @(5000);");
    let zones = |options: &RustOptions| -> Vec<String> {
        let module = place(&source, options).unwrap();
        module
            .match_indices("Zone::of::<[F32; ")
            .map(|(at, _)| module[at..].split('"').nth(1).unwrap().to_string())
            .collect()
    };
    let all = zones(&RustOptions { threshold: 0, ..RustOptions::default() });
    let line = zones(&RustOptions::default());
    assert_eq!(line.len(), 1, "{line:?}");
    let small = all.iter().find(|name| **name != line[0]).unwrap();
    let by_name = zones(&RustOptions { placed: vec![small.clone()], ..RustOptions::default() });
    assert_eq!(by_name.len(), 2, "{by_name:?}");
    let none = zones(&RustOptions { threshold: 1 << 20, ..RustOptions::default() });
    assert!(none.is_empty(), "{none:?}");
    let error = place(&source, &RustOptions { placed: vec!["fVec99".into()], ..RustOptions::default() });
    assert!(error.unwrap_err().to_string().contains(&format!("no array `fVec99`; it has {}", all[0])));
}

#[test]
fn accesses_are_counted_with_the_loops_around_them() {
    let source = faust_of("shifted", "process = @(10);");
    let module = place(&source, &RustOptions { threshold: 0, ..RustOptions::default() }).unwrap();
    // Each sample is written, moved ten times, and read once.
    assert!(module.split_whitespace().collect::<String>().contains(".accessed(11,11)"), "{module}");
}

#[test]
fn the_storages_are_the_zones() {
    let source = faust_of("zones", &format!("{WRITTEN} more = process;"));
    for threshold in [0, 64, 1 << 20] {
        let module = module(&source, &RustOptions { threshold, ..RustOptions::default() }).unwrap();
        let zones = module.text.split("Zone::of::<").skip(1);
        let mut zones: Vec<&str> = zones.map(|zone| zone.split('"').nth(1).unwrap()).collect();
        let mut storages: Vec<&str> = module.storages.iter().map(|storage| storage.name.as_str()).collect();
        zones.sort_unstable();
        storages.sort_unstable();
        assert_eq!(zones, storages);
        assert!(storages.contains(&&*module.instance));
        let kind = |kind| module.storages.iter().filter(|storage| storage.kind == kind).count();
        assert_eq!(kind(Kind::Scratch), zones.iter().filter(|zone| zone.starts_with("mydspSIG")).count());
    }
    let bytes = |threshold| -> u32 {
        let module = module(&source, &RustOptions { threshold, ..RustOptions::default() }).unwrap();
        module.storages.iter().map(|storage| storage.bytes).sum()
    };
    assert_eq!(bytes(0), bytes(1 << 20), "what is not placed one by one is in the instance");
}

#[test]
fn parameters_have_paths_and_metadata() {
    let source = faust_of(
        "interface",
        "process = hgroup(\"my box\", _ * vslider(\"gain [unit:dB]\", 0.5, -1, 2, 0.1) : vbargraph(\"level\", 0, 1));",
    );
    let module = place(&source, &RustOptions::default()).unwrap();
    let module: String = module.split_whitespace().collect();
    for told in [
        "path:\"/my_box/gain\",initial:0.5,least:-1.0,greatest:2.0,step:0.1",
        "metadata:&[(\"unit\",\"dB\")]",
        "kind:ParameterKind::Bargraph,label:\"level\"",
    ] {
        assert!(module.contains(told), "{module}");
    }
}

#[test]
fn the_module_calls_libm_only_where_it_is_told_to() {
    let sine = faust_of("sine", "process = sin;");
    let with = |math| place(&sine, &RustOptions { math, ..RustOptions::default() }).unwrap();
    assert!(with(Math::Libm).contains("libm::sinf") && !with(Math::Libm).contains("extern crate std"));
    assert!(!with(Math::Std).contains("libm"));
    assert!(with(Math::ByTarget).contains("#[cfg(target_os = \"none\")]"));
    let plain = faust_of("plain", "process = _ * 0.5;");
    let plain = place(&plain, &RustOptions::default()).unwrap();
    assert!(!plain.contains("libm") && !plain.contains("std"), "{plain}");
}

#[test]
fn tables_of_an_instance_are_computed_before_its_constants() {
    // As later versions write with `-it`.
    let tables = "fn static_init(&mut self, sample_rate: i32) { self.fSampleRate = 1; }\n\tfn init(";
    let source = faust_of("within", "process = _;").replace("fn init(", tables);
    let module = place(&source, &RustOptions::default()).unwrap();
    let [tables, constants] =
        ["state.static_init(", "state.instance_constants("].map(|call| module.find(call).unwrap());
    assert!(tables < constants);
}

#[test]
fn what_faust_does_not_write_is_refused() {
    let foreign = "process = ffunction(float fastpow2(float), \"fast_pow2.h\", \"\");";
    let foreign = place(&faust_of("foreign", foreign), &RustOptions::default());
    assert_eq!(foreign, Err(RustError::Foreign("fastpow2".to_string())));
    let more = faust_of("more", "process = _;").replace("fn init(", "fn control(&mut self) {}\n\tfn init(");
    let more = place(&more, &RustOptions::default()).unwrap_err();
    assert!(more.to_string().contains("a function `control`"), "{more}");
    let refused = |source: &str| place(source, &RustOptions::default()).unwrap_err();
    let huge = faust_of("huge", "process = @(1000);");
    for length in ["18446744073709551615", "4611686018427387904", "SIZE"] {
        let huge = huge.replace("[F32;1024]", &format!("[F32;{length}]"));
        assert!(refused(&huge).to_string().contains("an array `fVec0` of a size"), "{length}");
    }
    // A loop that never ends is counted as often as can be.
    let loops = faust_of("loops", "process = @(9);").replace("1..=9", "1..=18446744073709551615");
    assert!(place(&loops, &RustOptions::default()).is_ok());
    assert!(matches!(refused("fn main() {\n  let = 1;\n}"), RustError::Syntax { line: 2, .. }));
    assert!(refused("struct mydsp {}").to_string().contains("no function `compute`"));
    assert!(
        refused("struct mydsp {} impl mydsp { fn compute(&mut self) {} }")
            .to_string()
            .contains("get_num_inputs")
    );
}

/// Makes a crate without `std` of the modules, and a program that plays them beside Faust's own Rust.
fn compare(programs: &[(String, String)], options: &RustOptions) -> String {
    let folder = folder("program");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let memory = here.parent().unwrap().join("mem");
    let (mut modules, mut references, mut calls) = (String::new(), String::new(), String::new());
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (name, source) in programs {
        write(&format!("modules/src/{name}.rs"), &place(source, options).unwrap());
        write(&format!("src/{name}.rs"), &format!("use crate::architecture::*;\n{source}"));
        writeln!(modules, "/// Placed.\npub mod {name};").unwrap();
        writeln!(references, "pub mod {name} {{ include!(\"{name}.rs\"); }}").unwrap();
        writeln!(calls, "compare!({name});").unwrap();
    }
    let lints = "#![no_std]\n#![forbid(unsafe_code)]\n#![deny(warnings, missing_docs)]\n//! Placed.\n";
    write("modules/src/lib.rs", &format!("{lints}{modules}"));
    write("src/programs.rs", &format!("mod reference {{ {references} }}\nfn main() {{ {calls} }}"));
    fs::copy(here.join("tests/program/src/main.rs"), folder.join("src/main.rs")).unwrap();
    let needs = format!("sostenuto-mem = {{ path = {memory:?}, features = [\"std\"] }}\nlibm = \"0.2\"");
    let package = |name: &str, edition: u32| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n[dependencies]\n{needs}\n"
        )
    };
    write("modules/Cargo.toml", &package("modules", 2024));
    // What Faust writes is not for later editions.
    let of_all = format!("{}modules = {{ path = \"modules\" }}\n[workspace]\n", package("program", 2021));
    write("Cargo.toml", &of_all);
    fs::copy(here.join("../../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    run(Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target")))
}

fn faust_of(name: &str, source: &str) -> String {
    let file = folder("sources").join(name).with_extension("dsp");
    fs::write(&file, source).unwrap();
    faust(&file)
}

fn faust(file: &Path) -> String {
    run(Command::new("faust").args(["-lang", "rust"]).arg(file))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a command tells, on its standard output.
fn run(command: &mut Command) -> String {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: it is needed for this test"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{told}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    told
}
