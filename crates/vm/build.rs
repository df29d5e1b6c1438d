//! Chooses the dispatcher of the interpreter: see `docs/architecture.md`.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(tail_calls)");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    // On these, all arguments of a handler are in registers of the processor.
    let has_registers =
        ["x86_64", "aarch64", "riscv64"].contains(&variable("CARGO_CFG_TARGET_ARCH").as_str());
    // LLVM makes jumps of the last calls from level 1 on. The handlers are generic, so they are compiled with the crate
    // that runs them, whose level is not known here: a profile made for debugging may well optimize its dependencies only.
    let is_optimized = variable("PROFILE") == "release" && variable("OPT_LEVEL") != "0";
    let is_forbidden = env::var_os("CARGO_FEATURE_LOOP_DISPATCH").is_some();
    if has_registers && is_optimized && !is_forbidden {
        println!("cargo::rustc-cfg=tail_calls");
    }
}
