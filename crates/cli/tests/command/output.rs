//! Files that cannot be written, and files that must not be.

use std::fs;
use std::process::{Command, Stdio};

use crate::workbench::{THROUGH, Workbench};

#[test]
fn what_cannot_be_written_is_told_before_the_work() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    fs::create_dir(bench.path("folder")).expect("a folder");
    for command in ["run", "build"] {
        let cases = [
            ("missing/out", "there is no folder missing"),
            ("missing/", "there is no such folder"),
            ("folder", "it is a folder"),
            ("folder/", "it is a folder"),
            ("through.impala/out", "cannot write through.impala/out"),
            ("-", "standard output"),
        ];
        for (path, told) in cases {
            let answer = bench.run([command, "through.impala", "--out", path]).fails(2, &[told, "--out"]);
            assert_eq!(answer.out, "", "{command} --out {path}");
        }
        bench.run([command, "through.impala", "--out", ""]).fails(2, &["--out"]);
    }
    assert_eq!(bench.names(), ["folder", "through.impala"]);
}

#[test]
fn what_is_read_is_never_overwritten() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    bench.say("run through.impala --seconds 0.01 --out in.wav").succeeds();
    fs::copy(crate::workbench::repository("boards/host.toml"), bench.path("b.toml")).expect("copied");
    let before = ["through.impala", "in.wav", "b.toml"].map(|name| fs::read(bench.path(name)).expect("read"));
    for path in ["in.wav", "./in.wav", "through.impala", "b.toml"] {
        let arguments = ["run", "through.impala", "--in", "in.wav", "--board", "./b.toml", "-o", path];
        bench.run(arguments).fails(2, &[path, "would be overwritten"]);
    }
    bench.say("build through.impala -o through.impala").fails(2, &["would be overwritten"]);
    let after = ["through.impala", "in.wav", "b.toml"].map(|name| fs::read(bench.path(name)).expect("read"));
    assert_eq!(before, after);
}

#[test]
fn two_options_do_not_write_one_file() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    fs::create_dir(bench.path("folder")).expect("a folder");
    bench.file("old.x", "old");
    let before = bench.names();
    for (command, options) in [
        (
            "run through.impala -o x.wav --profile ./x.wav",
            "x.wav would be written twice: name two files with --out and --profile",
        ),
        (
            "plan through.impala --svg ./x.svg --linker x.svg",
            "x.svg would be written twice: name two files with --svg and --linker",
        ),
        ("plan through.impala --memory-x folder/../x --attributes x", "with --memory-x and --attributes"),
        (
            "plan through.impala --memory-x old.x --attributes folder/../old.x",
            "with --memory-x and --attributes",
        ),
        ("plan through.impala --svg through.impala", "overwritten: name another file with --svg"),
        ("plan through.impala --linker missing/x", "name another file with --linker"),
    ] {
        bench.say(command).fails(2, &[options]);
    }
    assert_eq!(bench.names(), before);
}

/// As root a rename onto `/dev/null` would succeed and replace the device; a socket stands for it here.
#[cfg(unix)]
#[test]
fn only_regular_files_are_replaced_and_links_followed() {
    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    let _listener = std::os::unix::net::UnixListener::bind(bench.path("socket")).expect("bound");
    bench.file("kept", "kept");
    let mut permissions = fs::metadata(bench.path("kept")).expect("there").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(bench.path("kept"), permissions).expect("set");
    std::os::unix::fs::symlink(bench.file("file", "old"), bench.path("link")).expect("linked");
    for command in ["run", "build"] {
        bench.run([command, "through.impala", "-o", "socket"]).fails(2, &["it is not a regular file"]);
        bench.run([command, "through.impala", "-o", "kept"]).fails(2, &["it is write-protected"]);
        bench.file("file", "old");
        bench.run([command, "through.impala", "-o", "link"]).succeeds();
        assert!(bench.path("link").is_symlink());
        assert_ne!(fs::read(bench.path("file")).expect("read"), b"old", "{command}");
    }
    assert_eq!(fs::read(bench.path("kept")).expect("read"), b"kept");
}

/// Root writes everywhere, so as root this shows only that nothing is left.
#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;

    let bench = Workbench::new();
    bench.patch("through.impala", THROUGH);
    fs::create_dir(bench.path("locked")).expect("a folder");
    fs::set_permissions(bench.path("locked"), fs::Permissions::from_mode(0o555)).expect("set");
    let open = fs::write(bench.path("locked/probe"), "").is_ok();
    let answer = bench.say("run through.impala --seconds 0.01 -o locked/out.wav");
    match open {
        true => drop(answer.succeeds()),
        false => drop(answer.fails(2, &["cannot write locked/out.wav", "--out"])),
    }
}

/// `/dev/full` takes no byte, as a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("opened");
    let output = Command::new(env!("CARGO_BIN_EXE_sostenuto")).arg("boards").stdout(full).output();
    let output = output.expect("started");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the report to standard output"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sostenuto"));
    let mut child = command.args(["completions", "zsh"]).stdout(Stdio::piped()).spawn().expect("started");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}
