//! The command `sostenuto`: compiles a patch, places it on a board and plays sound through it.
//!
//! Exit codes: 0 for success, 1 for a patch or an image that does not fit or that fails, 2 for a mistake of the user's.

#![forbid(unsafe_code)]

mod arguments;
mod boards;
mod build;
mod check;
mod failure;
mod faust;
mod faust_rs;
mod input;
mod inspect;
mod output;
mod patch;
mod plan;
mod progress;
mod run;
mod run_conez;
mod run_program;
mod terminal;
mod trace;
mod values;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Plan(arguments) => plan::plan(&arguments),
        Command::Build(arguments) => build::build(&arguments),
        Command::FaustRs(arguments) => faust_rs::write(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Boards { name } => boards::boards(name.as_deref()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "sostenuto", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&failure.to_string());
            failure.exit_code()
        }
    }
}
