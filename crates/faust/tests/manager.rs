//! The memory manager in C++ that realises a plan: Faust's own code asks it, and sounds as it does by itself. Needs `faust` and
//! `g++`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sostenuto_board::{Board, place};
use sostenuto_faust::{Options, compile, zones};

/// Tables of the class, delay lines of two sizes, two-element states.
const PROGRAM: &str =
    "import(\"stdfaust.lib\"); process = os.osc(440) * 0.1 + _ : + ~ (@(4800) * 0.5) : @(300);";
/// A table that the program writes, whose generator is asked for at each start of an instance.
const WRITTEN: &str = "process(x) = rwtable(100, 0.0, +(1) ~ _ : %(100), x, +(7) ~ _ : %(100)) + x@(99);";

/// Pointers and numbers in turns, so that the compiler of C++ puts bytes between them.
const SLIDERS: &str = "import(\"stdfaust.lib\");
    process = par(n, 12, _ * hslider(\"level %n\", 0.5, 0, 1, 0.01) : + ~ @(n + 30)) :> _;";

const DRIVER: &str = r#"
#include <cstdio>
#include <faust/dsp/dsp.h>
#include <faust/gui/UI.h>
#include <faust/gui/meta.h>
#include "program.cpp"
#ifdef MANAGED
#include "program.memory.h"
#endif

int main() {
#ifdef MANAGED
    static sostenuto_program::memory memory;
    mydsp::fManager = &memory;
    mydsp::memoryInfo();
    if (!memory.ok()) {
        std::printf("refused: %s, %zu asked\n", memory.refused_zone(), memory.asked());
        return 3;
    }
    mydsp::classInit(48000);
    mydsp* dsp = mydsp::create();
    if (!memory.ok()) return 6;
    dsp->instanceInit(48000);
#else
    mydsp* dsp = new mydsp();
    dsp->init(48000);
#endif
    static float in[10000], out[10000], others[12][10000];
    for (int at = 0; at < 10000; at++) in[at] = float((at * 7919) % 1000) / 1000.0f - 0.5f;
    float* ins[12];
    for (int channel = 0; channel < 12; channel++) ins[channel] = in;
    float* outs[12];
    for (int channel = 0; channel < 12; channel++) outs[channel] = channel == 0 ? out : others[channel];
    dsp->compute(10000, ins, outs);
    for (float value : out) std::printf("%a\n", value);
#ifdef MANAGED
    mydsp::destroy(dsp);
    dsp = mydsp::create();
    dsp->instanceInit(48000);
    mydsp::destroy(dsp);
    mydsp::classDestroy();
    if (!memory.ok()) return 4;
    if (memory.allocate(12345) != nullptr || memory.ok()) return 5;
#else
    delete dsp;
#endif
}
"#;

#[test]
fn code_of_faust_sounds_the_same_in_the_memory_of_a_plan() {
    for (name, program) in [("delays", PROGRAM), ("written", WRITTEN), ("sliders", SLIDERS)] {
        let folder = folder(name);
        header(&folder, program, program);
        let (code, placed) = play(&folder, true);
        assert_eq!(code, Some(0), "{name}: {:?}", placed.lines().last());
        let (code, plain) = play(&folder, false);
        assert_eq!(code, Some(0), "{name} by itself");
        let differs = placed.lines().zip(plain.lines()).position(|(placed, plain)| placed != plain);
        assert_eq!((differs, placed.lines().count()), (None, 10_000), "{name}");
        assert!(placed.lines().any(|line| !line.starts_with("0x0p")), "{name} is silent");
    }
}

#[test]
fn each_zone_is_in_the_section_of_its_region() {
    let folder = folder("sections");
    let header = header(&folder, PROGRAM, PROGRAM);
    assert!(header.contains("section(\".sostenuto.dtcm.mydsp\")"), "{header}");
    assert!(header.contains("section(\".sostenuto.axi_sram.ftbl0mydspSIG0\")"), "{header}");
}

#[test]
fn code_of_another_program_is_refused_by_the_zone_and_its_size() {
    let folder = folder("another");
    header(&folder, PROGRAM, &PROGRAM.replace("@(4800)", "@(9600)"));
    let (code, said) = play(&folder, true);
    assert_eq!((code, said.as_str()), (Some(3), "refused: fRec0, 65536 asked\n"));
}

/// A file of C++ for each program, with both as the header's comment says, and one that plays both.
#[test]
fn two_programs_are_in_one_firmware() {
    let folder = folder("two");
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++11", "-Wall", "-Werror", "-Wno-unused-variable", "-fsanitize=address"]);
    compiler.arg("-I").arg(&folder);
    for (name, program) in [("one", PROGRAM), ("other", WRITTEN)] {
        let part = folder.join(name);
        fs::create_dir_all(&part).expect("a folder");
        header_of(&part, name, program, program);
        let file = folder.join(format!("{name}.cpp"));
        let text = format!(
            "#include <algorithm>\n#include <cmath>\n#include <cstddef>\n#include <cstdint>\n#include <cstring>\n#include <faust/dsp/dsp.h>\n\
             #include <faust/gui/UI.h>\n#include <faust/gui/meta.h>\nnamespace {name} {{\n#include \"{name}/managed.cpp\"\n\
             #include \"{name}/program.memory.h\"\n}}\n\
             float play_{name}() {{\n    using {name}::mydsp;\n    static {name}::sostenuto_{name}::memory memory;\n\
             mydsp::fManager = &memory;\n    mydsp::memoryInfo();\n    mydsp::classInit(48000);\n\
             mydsp* dsp = mydsp::create();\n    dsp->instanceInit(48000);\n    static float in[1000], out[1000];\n\
             for (float& sample : in) sample = 1.0f;\n    float *ins[] = {{in}}, *outs[] = {{out}};\n\
             dsp->compute(1000, ins, outs);\n    return memory.ok() ? out[999] : 0.0f;\n}}\n"
        );
        fs::write(&file, text).expect("written");
        compiler.arg(&file);
    }
    let main = "float play_one();\nfloat play_other();\nint main() { return play_one() != 0 && play_other() != 0 ? 0 : 1; }\n";
    fs::write(folder.join("main.cpp"), main).expect("written");
    let program = folder.join("both");
    compiler.arg(folder.join("main.cpp")).arg("-o").arg(&program);
    assert!(compiler.status().expect("g++").success());
    assert!(Command::new(&program).status().expect("run").success());
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("manager-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Writes the header of a plan for `planned`, and the C++ of `played` with and without a manager.
fn header(folder: &Path, planned: &str, played: &str) -> String {
    header_of(folder, "program", planned, played)
}

/// As [`header`], of a program of this name.
fn header_of(folder: &Path, name: &str, planned: &str, played: &str) -> String {
    let dsp = folder.join(format!("{name}.dsp"));
    fs::write(&dsp, planned).expect("written");
    let board = Board::builtin("daisy-seed-65mb").expect("a board");
    let (zones, patch) = (zones(&dsp, &Options::default()), compile(&dsp, &Options::default()));
    let (zones, patch) = (zones.expect("zones"), patch.expect("a patch"));
    let plan = place(&board, &zones.storages(&patch.facts.storages));
    let header = zones.manager(&plan, &board).expect("a manager");
    fs::write(folder.join("program.memory.h"), &header).expect("written");
    fs::write(&dsp, played).expect("written");
    for (file, options) in [("managed.cpp", &["-mem"][..]), ("plain.cpp", &[])] {
        let mut faust = Command::new("faust");
        faust.args(["-lang", "cpp"]).args(options).arg("-o").arg(folder.join(file)).arg(&dsp);
        assert!(faust.status().expect("faust").success());
    }
    header
}

/// Compiles and runs the driver; its exit code and what it said.
fn play(folder: &Path, is_managed: bool) -> (Option<i32>, String) {
    let kind = if is_managed { "managed" } else { "plain" };
    let folder = folder.join(kind);
    fs::create_dir_all(&folder).expect("a folder");
    fs::copy(folder.with_extension("cpp"), folder.join("program.cpp")).expect("copied");
    fs::write(folder.join("driver.cpp"), DRIVER).expect("written");
    let program = folder.join("driver");
    let mut compiler = Command::new("g++");
    compiler.args([
        "-std=c++11",
        "-O1",
        "-g",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-parameter",
        "-Wno-unused-variable",
    ]);
    compiler.args(["-fsanitize=address,undefined", "-ffp-contract=off"]);
    if is_managed {
        compiler.arg("-DMANAGED");
    }
    compiler
        .arg("-I")
        .arg(folder.parent().expect("it"))
        .arg(folder.join("driver.cpp"))
        .arg("-o")
        .arg(&program);
    assert!(compiler.status().expect("g++").success());
    let output = Command::new(&program).output().expect("run");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}
