//! Sources that no person writes: the compiler may refuse them, clearly, but neither panics nor takes long.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use sostenuto_lang::{Compiled, Diagnostic, Language, Options, compile};

/// Compiles, renders all that is said, and loads what is made.
fn hold(source: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let compiled = compile(Language::Impala, source, "robust.impala", &Options::default());
    let said = match &compiled {
        Ok(compiled) => &compiled.warnings,
        Err(said) => said,
    };
    assert!(compiled.is_ok() || !said.is_empty(), "refused without a reason");
    assert!(said.len() < 200, "{} diagnostics", said.len());
    for diagnostic in said {
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end as usize <= source.len());
        let text = diagnostic.render(source, "robust.impala", false);
        assert!(text.len() < 100_000, "{} bytes of text", text.len());
    }
    if let Ok(compiled) = &compiled {
        wasmparser::validate(&compiled.patch.wasm).expect("a valid module");
        sostenuto_vm::Module::new(&compiled.patch.wasm).expect("a module that loads");
    }
    compiled
}

fn refused(source: &str, reason: &str) {
    let said = hold(source).expect_err("refused");
    let found = said.iter().any(|said| said.message.contains(reason));
    assert!(found, "{reason:?} is not in {:?}", said.first());
}

/// Where the compiler itself is not optimised, the sizes are a part of those that it must bear.
const fn size(full: usize) -> usize {
    if cfg!(debug_assertions) { full / 100 } else { full }
}

const MANY: usize = size(10 << 20);

fn many(part: &str) -> String {
    part.repeat(MANY / part.len())
}

fn function(body: &str) -> String {
    format!("global array t[8]\nfunction f(int a, int b) returns int r {{\n{body}\n}}\n")
}

#[test]
fn megabytes_of_one_token() {
    for part in ["(", "{", "a+", "-", "if(", "/*", "[", "~", "&", "*", "@", "\u{1}", "é", "a", "L:", "a="] {
        for source in [many(part), function(&many(part))] {
            assert!(hold(&source).is_err(), "{part:?}");
        }
    }
}

#[test]
fn megabytes_of_text() {
    for part in ["\"", "'", "\\u", "\"\n", "'\n", "0x"] {
        assert!(hold(&many(part)).is_err(), "{part:?}");
    }
    hold(&format!("// {}\nfunction f() {{}}", many("x"))).unwrap();
    hold(&format!("function f() {{ {} }}", many("\t \r\n"))).unwrap();
    hold(&format!("function f() {{{}}}", many(";"))).unwrap();
}

#[test]
fn megabytes_in_one_line() {
    let mut line = String::from("readonly array words[2600000] = {");
    line.push_str(&"1234, ".repeat(size(1_700_000)));
    line.push_str("} function f() returns int r { r = words[x]; }");
    refused(&line, "unknown name `x`");
    let fixed = line.replace("words[x]", "words[3]");
    let compiled = hold(&fixed).unwrap();
    assert_eq!(compiled.patch.storage("words").unwrap().bytes, 10_400_000);
}

#[test]
fn a_hundred_thousand_functions() {
    let count = size(100_000);
    let mut source = String::from("global funcptr p\n");
    for n in 0..count {
        writeln!(source, "function f{n}() returns int r {{ p = f{}; r = p() + unknown{n}(); }}", n / 2)
            .unwrap();
    }
    let said = hold(&source).unwrap_err();
    assert!(
        said.last().unwrap().message.contains(&format!("{} more errors", count - 40)),
        "{:?}",
        said.last()
    );
    let calls = (0..count).map(|n| format!("unknown{n}"));
    let defined: String =
        calls.fold(String::new(), |text, name| text + "function " + &name + "() returns int r {}\n");
    hold(&(source + &defined)).unwrap();
}

#[test]
fn a_hundred_thousand_globals() {
    let mut source = String::new();
    for n in 0..size(100_100) {
        writeln!(source, "global array g{n}[8] = {{ {n}, \"{n}\" }}").unwrap();
    }
    hold(&source).unwrap();
}

#[test]
fn long_sums_and_chains() {
    for terms in [300, 5_000, size(100_000)] {
        for (first, term) in [("a", " + a"), ("a", " * 3 - b"), ("t[a]", " ^ t[b]"), ("a", " / b % a")] {
            hold(&function(&format!("r = {first}{};", term.repeat(terms)))).unwrap();
        }
        hold(&function(&format!("if (a == 1{}) r = 1;", " && b != a".repeat(terms)))).unwrap();
        hold(&function(&format!("while (a == 1{}) r = 1;", " || b != a".repeat(terms)))).unwrap();
    }
    for branches in [150, 2_000, size(50_000)] {
        let mut chain = String::from("if (a == 0) r = 1;\n");
        for branch in 1..branches {
            writeln!(chain, "else if (a == {branch}) r = b + {branch};").unwrap();
        }
        hold(&function(&chain)).unwrap();
    }
}

#[test]
fn deep_nesting() {
    for depth in [30, 60] {
        let nested = |open: &str, inner: &str, close: &str| {
            function(&format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
        };
        hold(&nested("if (a == b) { ", "r = 1;", " }")).unwrap();
        hold(&nested("while (a == b) ", "r = 1;", "")).unwrap();
        hold(&nested("switch (a == 0 to 2) { case 1: ", "r = 1;", " }")).unwrap();
    }
    for depth in [500, 100_000] {
        let nested = |open: &str, inner: &str, close: &str| {
            function(&format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
        };
        for (open, inner, close) in [
            ("{", "", "}"),
            ("if (a == b) ", "r = 1;", ""),
            ("loop ", "a = a;", ""),
            ("switch (a == 0 to 2) { case 1: ", "r = 1;", " }"),
            ("r = (", "1", ");"),
            ("r = t[", "1", "];"),
            ("r = f(", "1", ");"),
            ("r = ", "1;", ""),
            ("if (a == b) { do loop ", "r = 1;", "}"),
        ] {
            refused(&nested(open, inner, close), "nested deeper than");
        }
        let condition = format!("if ({}a == b{}) r = 1;", "!(".repeat(depth), ")".repeat(depth));
        refused(&function(&condition), "nested deeper than");
    }
}

#[test]
fn large_functions() {
    let mut body = String::new();
    let count = size(20_000);
    for n in 0..count {
        writeln!(body, "if (a == {n}) goto l{}; l{n}: r = r + b;", (n * 7919) % count).unwrap();
    }
    hold(&function(&body)).unwrap();

    let mut cases = String::from("switch (a == 0 to 100000) {\n");
    for n in 0..size(30_000) {
        writeln!(cases, "case {n}: r = b + {n};").unwrap();
    }
    hold(&function(&(cases + "}"))).unwrap();

    if cfg!(debug_assertions) {
        return;
    }
    let mut locals = String::from("int x0 = a;\n");
    for n in 1..60_000 {
        writeln!(locals, "int x{n} = x{} + 1;", n - 1).unwrap();
    }
    refused(&function(&locals), "too large for a module");
    refused(&function(&"r = r * a + t[b & 7] - f(a, b);\n".repeat(400_000)), "too large for a module");
    let parameters: Vec<String> = (0..1_001).map(|n| format!("int p{n}")).collect();
    refused(&format!("function f({}) {{}}", parameters.join(", ")), "1000");
}

#[test]
fn large_data() {
    refused("function f(pointer p) { copy (0x7FFFFFFF from p to p) }", "`copy` of 2147483647 words");
    refused(&format!("function f() {{ {} }}", "{ array a[0x4000000]; }".repeat(100)), "the locals of `f`");
    refused(&"global array a[0x4000000]\n".replace('a', "b").repeat(2), "expected");
    refused("global array a[0x4000000]\nglobal array b[0x4000000]\nfunction f() {}", "need more than");
    refused("global array a[0x4000001]\nfunction f() {}", "the size of `a`");
    refused(&format!("global int {}", "x".repeat(300)), "a name of 300 characters");
}

const TOKENS: &[&str] = &[
    "int",
    "float",
    "pointer",
    "funcptr",
    "array",
    "global",
    "readonly",
    "temporary",
    "const",
    "extern",
    "native",
    "function",
    "returns",
    "locals",
    "if",
    "else",
    "while",
    "do",
    "loop",
    "for",
    "to",
    "from",
    "goto",
    "return",
    "switch",
    "case",
    "default",
    "copy",
    "assert",
    "abs",
    "floor",
    "itof",
    "ftoi",
    "null",
    "nullfunc",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    ":",
    "=",
    "+=",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "~",
    "<<",
    ">>>",
    "a",
    "b",
    "f",
    "g",
    "0",
    "1",
    "7",
    "0x10",
    "1.5",
    "'A'",
    "\"s\"",
    "signal",
    "yield",
    "\n",
    "function f(int a) returns int r {",
    "global array b[4]",
    "a = a + 1;",
    "if (a == 0)",
    "L:",
    "goto L;",
];

fn conformance_files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn every_beginning_of_a_file() {
    for source in conformance_files() {
        let ends: Vec<usize> = source
            .char_indices()
            .map(|(at, _)| at)
            .step_by(if cfg!(debug_assertions) { 41 } else { 3 })
            .collect();
        for end in ends {
            let _ = hold(&source[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(size(8_000) as u32) })]

    #[test]
    fn token_soup(tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..80)) {
        let _ = hold(&tokens.join(" "));
        let _ = hold(&function(&tokens.join(" ")));
    }

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        let _ = hold(&text);
        let _ = hold(&function(&text));
    }

    #[test]
    fn changed_files(
        file in proptest::sample::select(conformance_files()),
        changes in proptest::collection::vec(
            (any::<proptest::sample::Index>(), 0..6usize, proptest::sample::select(TOKENS)),
            1..6,
        ),
    ) {
        let mut text: Vec<char> = file.chars().collect();
        for (at, length, token) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, token.chars());
        }
        let _ = hold(&text.into_iter().collect::<String>());
    }
}
