//! One small file a rule of the language in `conformance/`, with what it must do written as comments.
//!
//! `//= f(1, 0x2) == -3` runs a function, in order, on one instance; `traps "text"` expects a fault whose message has
//! the text; `yields 3 == 7` counts its yields. `//~ error "text"` expects an error on that line.

mod run;

use std::fmt::Write as _;
use std::path::Path;

use run::Running;
use sostenuto_board::patch::Patch;
use sostenuto_lang::{Diagnostic, Language, Options, Severity, compile};
use sostenuto_vm::Value;

#[test]
fn every_rule_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 250, "only {} files", files.len());
    let mut failures = String::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(source.starts_with("//! rule:"), "{name} does not name its rule");
        if let Err(failure) = hold(&source, name) {
            writeln!(failures, "\n== {name}\n{failure}").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

fn hold(source: &str, name: &str) -> Result<(), String> {
    let expected = diagnostics(source);
    let expects_error = expected.iter().any(|expected| expected.severity == Severity::Error);
    let compiled = compile(Language::Impala, source, name, &Options::default());
    let given = match &compiled {
        Ok(compiled) => &compiled.warnings,
        Err(diagnostics) => diagnostics,
    };
    let shown = || given.iter().map(|given| given.render(source, name, false)).collect::<String>();
    for expected in &expected {
        if !given.iter().any(|given| expected.is(given, source)) {
            return Err(format!("line {}: expected {:?}\n{}", expected.line, expected.text, shown()));
        }
    }
    for given in given.iter().filter(|given| given.severity == Severity::Error) {
        let lines = || expected.iter().map(|expected| expected.line);
        if !lines().any(|line| line == given.line(source)) {
            return Err(format!("unexpected\n{}", given.render(source, name, false)));
        }
    }
    match compiled {
        Ok(_) if expects_error => Err("compiled, but an error was expected".to_owned()),
        Ok(compiled) => run(source, compiled.patch),
        Err(_) => Ok(()),
    }
}

struct Expected {
    line: u32,
    severity: Severity,
    text: String,
}

impl Expected {
    fn is(&self, given: &Diagnostic, source: &str) -> bool {
        let text = format!("{} {} {}", given.message, given.label, given.hint.as_deref().unwrap_or(""));
        self.severity == given.severity
            && self.line == given.line(source)
            && text.to_lowercase().contains(&self.text.to_lowercase())
    }
}

fn diagnostics(source: &str) -> Vec<Expected> {
    let on_line = |(line, text): (u32, &str)| {
        let mark = text.split("//~ ").nth(1)?.trim();
        let (severity, text) = mark.split_once(' ')?;
        let severity = if severity == "error" { Severity::Error } else { Severity::Warning };
        Some(Expected { line, severity, text: text.trim_matches('"').to_owned() })
    };
    (1..).zip(source.lines()).filter_map(on_line).collect()
}

fn run(source: &str, patch: Patch) -> Result<(), String> {
    let mut running = Running::new(patch)?;
    let mut calls = 0;
    for line in source.lines().filter_map(|line| line.trim().strip_prefix("//= ")) {
        let (call, expectation) = line.split_once(") ").ok_or(line)?;
        let (function, arguments) = call.split_once('(').ok_or(line)?;
        let arguments: Vec<Value> =
            arguments.split(',').map(str::trim).filter(|text| !text.is_empty()).map(value).collect();
        let outcome = running.call(function.trim(), &arguments);
        check(line, expectation.trim(), outcome)?;
        calls += 1;
    }
    if calls == 0 { Err("nothing is called".to_owned()) } else { Ok(()) }
}

fn check(line: &str, expectation: &str, outcome: Result<(Option<Value>, u32), String>) -> Result<(), String> {
    if let Some(text) = expectation.strip_prefix("traps ") {
        let text = text.trim_matches('"');
        return match outcome {
            Err(fault) if fault.to_lowercase().contains(&text.to_lowercase()) => Ok(()),
            other => Err(format!("{line}\n  gave {other:?}")),
        };
    }
    let (yields, result) = match expectation.strip_prefix("yields ") {
        Some(rest) => rest.split_once("==").map(|(count, result)| (count.trim().parse().unwrap(), result)),
        None => expectation.split_once("==").map(|(_, result)| (0, result)),
    }
    .ok_or_else(|| format!("cannot read: {line}"))?;
    let wanted = value(result.trim());
    match outcome {
        Ok((Some(given), count)) if same(given, wanted) && count == yields => Ok(()),
        other => Err(format!("{line}\n  gave {other:?}, wanted {wanted:?}")),
    }
}

fn same(given: Value, wanted: Value) -> bool {
    match (given, wanted) {
        (Value::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
        (given, wanted) => given == wanted,
    }
}

fn value(text: &str) -> Value {
    if let Some(hex) = text.strip_prefix("0x") {
        return Value::I32(u32::from_str_radix(hex, 16).unwrap() as i32);
    }
    match text.strip_suffix('f') {
        Some(float) => Value::F32(float.parse().unwrap()),
        None if text.contains('.') => Value::F32(text.parse().unwrap()),
        None => Value::I32(text.parse().unwrap()),
    }
}
