//! The command `sostenuto` as its users meet it: a process with arguments, files, exit codes and two streams.

mod bad_input;
mod basic;
mod boards;
mod build;
mod check;
mod completions;
mod conez;
mod faults;
mod faust;
mod faust_compiler;
mod faust_rs;
mod golden;
mod inspect;
mod output;
mod paged;
mod plan;
mod run;
mod settings;
mod swap;
mod trace;
mod workbench;
