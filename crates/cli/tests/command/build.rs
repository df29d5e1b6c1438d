//! `build`: the module, and that it is the patch.

use crate::workbench::{BODY, THROUGH, Workbench, patches};

#[test]
fn a_module_sounds_as_its_source() {
    let bench = Workbench::new();
    for (name, path) in patches() {
        let source = path.to_string_lossy();
        bench.run(["build", &*source, "-o", "patch.wasm"]).succeeds();
        bench.run(["run", &*source, "--seconds", "0.2", "-o", "source.wav"]).succeeds();
        bench.say("run patch.wasm --seconds 0.2 -o module.wav").succeeds();
        assert!(bench.wav("source.wav") == bench.wav("module.wav"), "{name}");
    }
}

#[test]
fn a_module_is_planned_as_its_source() {
    let bench = Workbench::new();
    for (name, path) in patches() {
        let source = path.to_string_lossy();
        bench.run(["build", &*source, "-o", "patch.wasm"]).succeeds();
        let plan = bench.run(["check", &*source, "--json"]).succeeds().json();
        assert_eq!(bench.say("check patch.wasm --json").succeeds().json(), plan, "{name}");
    }
}

#[test]
fn the_module_is_named_for_the_patch_and_lies_in_this_folder() {
    let bench = Workbench::new();
    std::fs::create_dir(bench.path("patches")).expect("a folder");
    bench.patch("patches/my.echo.impala", THROUGH);
    let answer = bench.say("build patches/my.echo.impala").succeeds();
    assert!(answer.out.starts_with("Wrote my.echo.wasm: "), "{}", answer.out);
    assert_eq!(bench.names(), ["my.echo.wasm", "patches"]);
}

#[test]
fn a_module_of_the_same_source_is_the_same_bytes() {
    let bench = Workbench::new();
    for (name, path) in patches() {
        let module = |out: &str| {
            bench.run(["build", &path.to_string_lossy(), "-o", out]).succeeds();
            std::fs::read(bench.path(out)).expect("read")
        };
        assert_eq!(module("a.wasm"), module("b.wasm"), "{name}");
    }
}

#[test]
fn a_fault_in_a_module_still_names_its_line() {
    let bench = Workbench::new();
    bench.patch("fault.impala", "global array buf[4]\nglobal int n\nfunction process() {\n  global buf[global n] = 1;\n  global n = global n + 1;\n}");
    bench.say("build fault.impala").succeeds();
    let line = format!("line {}", BODY + 3);
    bench.say("run fault.wasm").fails(1, &["index 4 is outside `buf` (4 words)", &line, "in process()"]);
}

#[cfg(unix)]
#[test]
fn others_may_read_a_module_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    bench.say("build through.impala").succeeds();
    let mode = |path: std::path::PathBuf| path.metadata().expect("there").permissions().mode();
    assert_eq!(mode(bench.path("through.wasm")), mode(bench.file("plain", "")));
}
