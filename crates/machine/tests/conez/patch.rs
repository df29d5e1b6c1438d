//! Small patches written by hand: a module in the text format, and the facts that a compiler would give.

use sostenuto_board::patch::{Facts, Host, Patch};
use sostenuto_machine::conez::{Loaded, Outcome, Settings, functions, load, run};

/// The imports of the functions that a text calls.
pub fn imports(text: &str) -> String {
    let is_called =
        |name: &str| text.contains(&format!("$env_{name} ")) || text.contains(&format!("$env_{name})"));
    let import = |(name, function_type): (String, String)| {
        let (parameters, results) = function_type.split_once(" -> ").unwrap_or((&function_type, "()"));
        let list = |text: &str| text.trim_matches(['(', ')']).replace(',', "");
        let (parameters, results) = (list(parameters), list(results));
        format!("(import \"env\" \"{name}\" (func $env_{name} (param {parameters}) (result {results})))\n")
    };
    functions().into_iter().filter(|(name, _)| is_called(name)).map(import).collect()
}

/// A module of these parts with a page of memory, in the manner of the compilers for the ConeZ: functions of the host are
/// called `$env_NAME`, and the low heap begins at 0x1000.
pub fn module(parts: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {}
            (memory (export "memory") 1)
            (global (export "_heap_ptr") i32 (i32.const 0x1000))
            (global $line (export "__line") (mut i32) (i32.const 0))
            {parts})"#,
        imports(parts)
    );
    wat::parse_str(text).expect("a module")
}

pub fn facts() -> Facts {
    Facts { source: "test.c".to_owned(), host: Host::Conez, ..Facts::default() }
}

pub fn patch(parts: &str) -> Patch {
    Patch::new(module(parts), facts()).expect("facts")
}

pub fn loaded(parts: &str) -> Loaded {
    load(&patch(parts)).expect("a patch for this machine")
}

/// What a patch prints, and what came of it.
pub fn outcome(parts: &str, settings: &Settings) -> (String, Outcome) {
    let mut printed = Vec::new();
    let print = &mut |text: &[u8]| printed.extend_from_slice(text);
    let outcome = run(&loaded(parts), settings, None, &mut |_, _| {}, print).expect("settings in range");
    (String::from_utf8(printed).expect("UTF-8"), outcome)
}

/// What a patch prints that runs without a fault.
#[track_caller]
pub fn printed(parts: &str) -> String {
    let (printed, outcome) = outcome(parts, &Settings::default());
    assert_eq!(outcome.fault, None);
    printed
}

/// The values of expressions, one after the other, beside some data.
#[track_caller]
pub fn values(data: &str, expressions: &[&str]) -> Vec<i32> {
    values_with(data, expressions, &Settings::default())
}

/// The same with settings.
#[track_caller]
pub fn values_with(data: &str, expressions: &[&str], settings: &Settings) -> Vec<i32> {
    let body: String =
        expressions.iter().map(|expression| format!("(call $env_print_i32 {expression})\n")).collect();
    let (printed, outcome) = outcome(&format!("{data} (func (export \"setup\") {body})"), settings);
    assert_eq!(outcome.fault, None);
    printed.lines().map(|line| line.parse().expect("an integer")).collect()
}

/// The text of the fault that stops a patch.
pub fn stopped(parts: &str) -> String {
    outcome(parts, &Settings { budget: 1_000, ..Settings::default() }).1.fault.expect("a fault").to_string()
}
