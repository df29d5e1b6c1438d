//! `completions` and `--help`.

use crate::workbench::Workbench;

#[test]
fn each_shell_learns_the_commands_and_options() {
    let bench = Workbench::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bench.run(["completions", shell]).succeeds().out;
        for word in ["run", "check", "build", "boards", "board", "param", "seconds", "clock"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    bench.say("completions tcsh").fails(2, &["tcsh", "bash, elvish, fish, powershell, zsh"]);
}

#[test]
fn help_names_every_command_and_parameter() {
    let bench = Workbench::new();
    let help = bench.say("--help").succeeds().out;
    for command in ["run", "check", "build", "boards", "completions"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command} in:\n{help}");
        bench.run([command, "--help"]).succeeds();
    }
    let help = bench.say("run --help").succeeds().out;
    for parameter in sostenuto_machine::Parameter::ALL {
        let row = format!("{} {}", parameter.index(), parameter.name());
        assert!(help.contains(&row), "{row}");
    }
    bench.say("--version").succeeds();
}

#[test]
fn a_slip_is_answered_with_what_there_is() {
    let bench = Workbench::new();
    bench.say("rum patch.impala").fails(2, &["rum", "run"]);
    bench.say("run patch.impala --secnds 1").fails(2, &["--secnds", "--seconds"]);
    bench.say("run").fails(2, &["<PATCH>"]);
}
