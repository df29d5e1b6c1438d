//! The C compiler that ours is compared with.

use std::path::Path;
use std::process::Command;

/// Compiles a source with the installed clang; the module exports `setup` and imports what the source does not define.
///
/// # Panics
/// When clang or wasm-ld is missing, or when they do not take the source.
pub fn compile(source: &str, name: &str, flags: &[&str]) -> Vec<u8> {
    let clang = tool("clang");
    let linker = tool("wasm-ld");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = |extension: &str| folder.join(format!("{name}.{extension}"));
    let (input, object, module) = (path("c"), path("o"), path("wasm"));
    std::fs::write(&input, source).expect("the source is written");
    let mut compile = Command::new(clang);
    compile.args(["--target=wasm32", "-nostdlib", "-w", "-fwrapv", "-c", "-o"]).arg(&object);
    succeed(compile.args(flags).arg(&input), source);
    let mut link = Command::new(linker);
    link.args(["--no-entry", "--export=setup", "--allow-undefined", "-o"]).args([&module, &object]);
    succeed(&mut link, source);
    std::fs::read(&module).expect("the module is there")
}

fn tool(name: &str) -> String {
    let versions = ["", "-19", "-20", "-18", "-17", "-16", "-15", "-14"];
    let found = versions.iter().map(|version| format!("{name}{version}")).find(|tool| {
        Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success())
    });
    found.unwrap_or_else(|| panic!("this test needs {name}: install the Debian packages clang and lld"))
}

fn succeed(command: &mut Command, source: &str) {
    let output = command.output().expect("the tool starts");
    assert!(output.status.success(), "{}\n{source}", String::from_utf8_lossy(&output.stderr));
}
