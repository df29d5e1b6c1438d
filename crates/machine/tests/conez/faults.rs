//! What stops a patch, in words that name the place.

use sostenuto_board::patch::{Cause, Facts, Fault, Line, Patch};
use sostenuto_machine::conez::{LoadError, Settings, load, run};

use crate::patch::{facts, module, outcome, patch, stopped};

#[test]
fn an_endless_loop_is_told_with_its_function_and_line() {
    assert_eq!(
        stopped(
            "(func $spin (loop $again (br $again))) (func (export \"setup\") (global.set $line (i32.const 12)) (call $spin))"
        ),
        "the call took more than 500,000 instructions, line 12, in spin() called from setup()"
    );
    let polls = "(func (export \"loop\") (loop $again (call $env_led_show) (br $again)))";
    assert!(stopped(polls).starts_with("the call took more than 500,000 instructions, in "));
}

#[test]
fn waiting_gives_a_new_budget() {
    // 20 times 50,000 instructions, with a wait after each.
    let parts = r#"(func (export "setup") (local $n i32) (local $k i32)
        (loop $next
            (local.set $k (i32.const 10000))
            (loop $work (br_if $work (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
            (call $env_delay_ms (i32.const 1))
            (br_if $next (i32.lt_s (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 20)))))"#;
    let settings = Settings { budget: 110, ..Settings::default() };
    let outcome = outcome(parts, &settings).1;
    assert_eq!(outcome.fault, None);
    assert!(outcome.report.total > 1_000_000);
    assert!(stopped(&parts.replace("(call $env_delay_ms (i32.const 1))", "")).contains("500,000"));
}

#[test]
fn dear_functions_of_the_host_cost_of_the_budget_too() {
    let parts = r#"(func (export "setup")
        (loop $again
            (drop (call $env_basic_str_instr (i32.const 0x100) (i32.const 0x200) (i32.const 1)))
            (br $again)))"#;
    assert!(stopped(parts).contains("more than 500,000 instructions"));
}

#[test]
fn a_function_that_there_is_not_may_be_imported_but_not_called() {
    let parts = |call: &str| {
        format!(
            r#"(module
                (import "env" "launch_rocket" (func $launch (param i64 f64) (result i32)))
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (func $mission (export "setup") {call}))"#
        )
    };
    let outcome = |text: String| {
        let patch = Patch::new(wat::parse_str(text).expect("a module"), facts()).expect("facts");
        let loaded = load(&patch).expect("loaded");
        run(&loaded, &Settings::default(), None, &mut |_, _| {}, &mut |_| {}).expect("run")
    };
    let idle = outcome(parts(""));
    assert_eq!(idle.fault, None);
    assert_eq!(idle.report.warnings.len(), 2);
    assert!(idle.report.warnings[0].contains("launch_rocket() from `env`"));
    let called = outcome(parts("(call $exit (i32.const 0))"));
    assert_eq!(
        called.fault.expect("a fault").to_string(),
        "the patch called proc_exit(), which it imports from `wasi_snapshot_preview1` and this machine does not have, \
         in mission() called from setup()"
    );
}

#[test]
fn a_module_that_cannot_be_run_says_why() {
    let refused = |text: &str| {
        let patch = Patch::new(wat::parse_str(text).expect("a module"), facts()).expect("facts");
        load(&patch).expect_err("refused")
    };
    let other = refused(r#"(module (import "env" "millis" (func (result i64))) (func (export "setup")))"#);
    assert_eq!(other.to_string(), "the patch imports `millis` as () -> i64, but the machine's is () -> i32");
    let none = refused(r#"(module (func (export "begin")))"#);
    assert!(matches!(&none, LoadError::NoEntry { found } if found == "begin()"), "{none}");
    let process = refused(r#"(module (func (export "process") (param f32)))"#);
    assert!(matches!(process, LoadError::Process { .. }), "{process}");
    let large = refused(r#"(module (memory 8192) (func (export "setup")))"#);
    assert!(matches!(large, LoadError::Memory { .. }), "{large}");
}

#[test]
fn what_the_compiler_foresaw_is_told_in_its_words_and_lines_come_from_the_map_first() {
    let parts = r#"(func $scale (global.set $line (i32.const 99)) (call $env_fault (i32.const 0) (i32.const 7)))
        (func (export "setup") (call $scale))"#;
    let wasm = module(parts);
    let cause = Cause::Index { array: "notes".to_owned(), size: 7 };
    let faults = vec![Fault { line: 31, function: "scale".to_owned(), cause }];
    let fault = |facts: Facts| {
        let patch = Patch::new(wasm.clone(), facts).expect("facts");
        let outcome =
            run(&load(&patch).expect("loaded"), &Settings::default(), None, &mut |_, _| {}, &mut |_| {});
        outcome.expect("run").fault.expect("a fault").to_string()
    };
    assert_eq!(
        fault(Facts { faults, ..facts() }),
        "index 7 is outside `notes` (7 words), line 31, in scale() called from setup()"
    );
    let unknown = "the patch reports fault 0 with the value 7, which its facts do not explain";
    assert_eq!(fault(facts()), format!("{unknown}, line 99, in scale() called from setup()"));
    let lines = vec![Line { offset: 0, line: 30 }];
    assert_eq!(
        fault(Facts { lines, ..facts() }),
        format!("{unknown}, line 30, in scale() called from setup()")
    );
}

#[test]
fn an_access_outside_of_the_memory_stops_the_patch_and_not_the_host() {
    let print = "(func $tell (export \"setup\") (call $env_print_str (i32.const -1) (i32.const 2)))";
    assert_eq!(
        stopped(print),
        "print_str() was given 2 B at address 4294967295: the memory ends at 65536, in tell() called from setup()"
    );
    assert_eq!(
        stopped("(func (export \"loop\") (drop (i32.load (i32.const 65533))))"),
        "an access lies outside the patch's memory, in loop()"
    );
}

#[test]
fn every_function_survives_every_pointer_with_memory_and_without() {
    let mut functions = sostenuto_machine::conez::functions();
    functions.retain(|(name, _)| name != "fault");
    // Who has waited beyond the end is stopped by the next wait.
    functions.sort_by_key(|(name, _)| name.starts_with("wait_") || name == "delay_ms");
    let run_all = |functions: &[&(String, String)], memory: &str, value: &str| {
        let (mut imports, mut calls) = (String::new(), String::new());
        for (name, function_type) in functions {
            let (parameters, results) = function_type.split_once(" -> ").unwrap_or((function_type, "()"));
            let list = |text: &str| text.trim_matches(['(', ')']).replace(',', "");
            let (parameters, results) = (list(parameters), list(results));
            imports += &format!(
                "(import \"env\" \"{name}\" (func ${name} (param {parameters}) (result {results})))"
            );
            calls.extend(parameters.split_whitespace().map(|kind| format!("({kind}.const {value}) ")));
            calls += &format!("(call ${name}) {}", if results.is_empty() { "" } else { "drop " });
        }
        let text = format!("(module {imports} {memory} (func (export \"setup\") {calls}))");
        let patch = Patch::new(wat::parse_str(text).expect("a module"), facts()).expect("facts");
        let settings = Settings { seconds: 0.01, ..Settings::default() };
        let outcome = run(&load(&patch).expect("loaded"), &settings, None, &mut |_, _| {}, &mut |_| {});
        outcome.expect("run").fault.map(|fault| fault.to_string())
    };
    let stops = |name: &str| matches!(name, "print_str" | "led_set_buffer");
    let others: Vec<&(String, String)> = functions.iter().filter(|(name, _)| !stops(name)).collect();
    for memory in ["(memory (export \"memory\") 1)", "(memory (export \"memory\") 0)", ""] {
        for value in ["-1", "0", "65535", "32768", "2147483647", "-2147483648"] {
            assert_eq!(run_all(&others, memory, value), None, "{value} {memory}");
            for function in functions.iter().filter(|(name, _)| stops(name)) {
                let fault = run_all(&[function], memory, value);
                assert!(
                    fault.is_none_or(|fault| fault.contains("the memory ends at")),
                    "{function:?} {value}"
                );
            }
        }
    }
}

#[test]
fn too_deep_calls_are_told() {
    let parts = "(func $deep (export \"setup\") (call $deep))";
    let loaded = load(&patch(parts)).expect("loaded").with_recursive_stack(256);
    let outcome = run(&loaded, &Settings::default(), None, &mut |_, _| {}, &mut |_| {}).expect("run");
    let fault = outcome.fault.expect("a fault").to_string();
    assert!(
        fault.starts_with("the calls are nested too deeply: their registers need more than the 256 B"),
        "{fault}"
    );
    assert!(outcome.report.registers.recursive);
}
