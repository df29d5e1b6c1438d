//! What Faust really writes, compiled by g++ and run on the managers. Needs `faust` and `g++`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TABLES: &str = "
    process = (waveform {10,20,30,40,50,60,70}, %(7)~+(3) : rdtable),
              (waveform {1.1,2.2,3.3,4.4,5.5,6.6,7.7}, %(7)~+(3) : rdtable);";
const ECHO: &str = "import(\"stdfaust.lib\"); process = + ~ (@(4800) * 0.5), (_ : fi.lowpass(3, 1000));";
const REVERB: &str = "import(\"stdfaust.lib\"); process = dm.zita_light;";
const WRITTEN: &str = "process(x) = rwtable(100, 0.0, +(1) ~ _ : %(100), x, +(7) ~ _ : %(100));";

#[test]
fn what_faust_writes_sounds_the_same_on_our_memory() {
    let library = static_library();
    for (name, source, six_arguments) in [
        ("tables", TABLES, false),
        ("tables", TABLES, true),
        ("written", WRITTEN, false),
        ("written", WRITTEN, true),
        ("echo", ECHO, false),
        ("reverb", REVERB, true),
    ] {
        let told = Program::new(name, source, six_arguments).run(&library);
        assert!(told.contains("second instance: "), "{name}: {told}");
        let zone = if six_arguments { "no room: `" } else { "no room: zone " };
        assert!(told.contains(zone), "{name}: {told}");
    }
}

/// A folder with a program as Faust writes it, and Faust's `dsp.h`.
struct Program {
    folder: PathBuf,
}

impl Program {
    /// With `info` of three arguments as it is in the Faust of Debian; or with the six of later ones, written after what
    /// those tell.
    fn new(name: &str, source: &str, six_arguments: bool) -> Self {
        let kind = if six_arguments { "six" } else { "three" };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{kind}"));
        fs::create_dir_all(&folder).unwrap();
        let (dsp, cpp) = (folder.join("program.dsp"), folder.join("program.cpp"));
        fs::write(&dsp, source).unwrap();
        run(Command::new("faust").args(["-lang", "cpp", "-mem", "-o"]).arg(&cpp).arg(&dsp));
        if six_arguments {
            let header = fs::read_to_string("/usr/include/faust/dsp/dsp.h").expect("the headers of Faust");
            let of_three = "virtual void info(size_t /*size*/, size_t /*reads*/, size_t /*writes*/) {}";
            assert!(header.contains(of_three), "Faust's header has another `info`");
            let of_six = "enum MemType { kInt32, kInt32_ptr, kFloat, kFloat_ptr, kDouble, kDouble_ptr, kQuad, kQuad_ptr, \
                          kFixedPoint, kFixedPoint_ptr, kObj, kObj_ptr, kSound, kSound_ptr };\n\
                          virtual void info(const char*, MemType, size_t, size_t, \
                          size_t, size_t) {}";
            let include = folder.join("faust/dsp");
            fs::create_dir_all(&include).unwrap();
            fs::write(include.join("dsp.h"), header.replace(of_three, of_six)).unwrap();
            fs::write(&cpp, with_names(&fs::read_to_string(&cpp).unwrap())).unwrap();
        }
        Self { folder }
    }

    fn run(&self, library: &Path) -> String {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = self.folder.join("program");
        run(Command::new("g++")
            .args([
                "-std=c++11",
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-Wno-unused-parameter",
                "-O1",
                "-g",
            ])
            .args(["-fsanitize=address,undefined", "-fno-sanitize-recover"])
            .arg("-DDSP=\"program.cpp\"")
            .arg("-I")
            .arg(&self.folder)
            .arg("-I")
            .arg(here.join("include"))
            .arg(here.join("tests/driver.cpp"))
            .arg(library)
            .args(["-lpthread", "-ldl", "-o"])
            .arg(&program));
        run(&mut Command::new(&program))
    }
}

/// `// name`, `info(bytes, reads, writes)` becomes `info("name", type, …)`.
fn with_names(cpp: &str) -> String {
    let (mut named, mut comment) = (String::new(), "");
    for line in cpp.lines() {
        let told = line.trim().strip_prefix("fManager->info(").and_then(|rest| rest.strip_suffix(");"));
        if let Some(told) = told {
            let (bytes, accesses) = told.split_once(", ").unwrap();
            let (kind, elements) = match comment.as_bytes()[0] {
                b'm' => ("kObj_ptr", "0".to_string()),
                b'i' => ("kInt32_ptr", format!("{bytes} / 4")),
                _ => ("kFloat_ptr", format!("{bytes} / 4")),
            };
            let kind = format!("dsp_memory_manager::{kind}");
            writeln!(named, "fManager->info(\"{comment}\", {kind}, {elements}, {bytes}, {accesses});")
                .unwrap();
        } else {
            writeln!(named, "{line}").unwrap();
        }
        comment = line.trim().strip_prefix("// ").unwrap_or_default();
    }
    named
}

#[test]
fn the_library_for_a_device_needs_no_standard_library() {
    let features = ["--no-default-features", "--features", "panic-handler"];
    let library = build("device", &[&features[..], &["--config", "profile.dev.panic=\"abort\""]].concat());
    let symbols = run(Command::new("nm").args(["--defined-only", "--quiet"]).arg(library));
    assert!(symbols.contains("sostenuto_dsp_memory_in_regions"));
    assert!(!symbols.contains("sostenuto_dsp_memory_on_heap"));
}

/// The static library with all that a desktop has.
fn static_library() -> PathBuf {
    build("library", &[])
}

fn build(name: &str, options: &[&str]) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    run(Command::new(env!("CARGO"))
        .args(["rustc", "--offline", "--locked", "--lib", "--crate-type", "staticlib", "--manifest-path"])
        .arg(manifest)
        .args(options)
        .arg("--target-dir")
        .arg(&target));
    target.join("debug/libsostenuto_faust_cpp.a")
}

fn run(command: &mut Command) -> String {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: it is needed for this test"));
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{told}", output.status);
    told
}
