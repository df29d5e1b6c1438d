//! How the command and the Faust compiler that it starts come apart.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use crate::workbench::Workbench;

/// The path with a folder first whose `faust` is this script.
fn compiler(bench: &Workbench, script: &str) -> String {
    fs::create_dir(bench.path("bin")).expect("a folder");
    let faust = bench.file("bin/faust", format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(&faust, fs::Permissions::from_mode(0o755)).expect("set");
    format!("{}:/usr/bin:/bin", bench.path("bin").display())
}

fn make_pipe(bench: &Workbench, name: &str) {
    let made = Command::new("mkfifo").arg(bench.path(name)).status();
    assert!(made.expect("mkfifo is there").success());
}

#[test]
fn a_compiler_that_does_not_end_is_stopped_and_told_of() {
    let bench = Workbench::new();
    bench.file("hang.dsp", "process = _;");
    let path = compiler(&bench, "exec tail -f /dev/null");
    for command in ["check", "faust-rs"] {
        let answer = bench.run_with_path(&path, &[command, "hang.dsp", "--faust-timeout", "1"]);
        answer.fails(2, &["hang.dsp: ", "still at work after 1 s", "--faust-timeout"]);
    }
    bench.run(["check", "hang.dsp", "--faust-timeout", "0"]).fails(2, &["--faust-timeout"]);
}

/// Each compiler says which process it is and goes on for ever.
#[test]
fn a_signal_ends_the_compilers_too_and_leaves_no_files() {
    for (signal, number) in [("TERM", 15), ("INT", 2)] {
        let bench = Workbench::new();
        bench.file("hang.dsp", "process = _;");
        fs::create_dir(bench.path("temporary")).expect("a folder");
        make_pipe(&bench, "started");
        let started = bench.path("started");
        let path = compiler(&bench, &format!("echo $$ > '{}'; exec tail -f /dev/null", started.display()));
        let command = Command::new(env!("CARGO_BIN_EXE_sostenuto"))
            .args(["check", "hang.dsp"])
            .current_dir(bench.path("."))
            .env("PATH", path)
            .env("TMPDIR", bench.path("temporary"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        // Opened for both, it stays open between one compiler and the next. They are for the module, for C and for C++.
        let told = fs::OpenOptions::new().read(true).write(true).open(&started).expect("opened");
        let lines = BufReader::new(told).lines();
        let compilers: Vec<String> = lines.take(3).map(|line| line.expect("a number")).collect();
        let of = |signal: &str, process: &str| {
            let kill = Command::new("kill").args([signal, process]).stderr(Stdio::null()).status();
            kill.expect("kill is there").success()
        };
        assert!(compilers.iter().all(|compiler| of("-0", compiler)), "they are at work");
        assert!(of(&format!("-{signal}"), &command.id().to_string()));
        let ended = command.wait_with_output().expect("ended");
        assert_eq!(ended.status.signal(), Some(number), "it ends as any command does by a signal");
        assert!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
        assert!(!compilers.iter().any(|compiler| of("-0", compiler)), "{signal}: a compiler is left");
        assert_eq!(fs::read_dir(bench.path("temporary")).expect("listed").count(), 0, "{signal}");
    }
}
