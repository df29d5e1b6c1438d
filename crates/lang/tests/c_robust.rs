//! C sources that no person writes: the compiler may refuse them, clearly, but neither panics nor takes long.

mod c;
#[path = "c/generate.rs"]
mod generate;

use proptest::prelude::*;
use sostenuto_lang::{Compiled, Diagnostic, Language, Options, compile};

/// Compiles, renders all that is said, and loads what is made.
fn hold(source: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let compiled = compile(Language::C, source, "robust.c", &Options::default());
    let said = match &compiled {
        Ok(compiled) => &compiled.warnings,
        Err(said) => said,
    };
    assert!(compiled.is_ok() || !said.is_empty(), "refused without a reason");
    assert!(said.len() < 200, "{} diagnostics", said.len());
    for diagnostic in said {
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end as usize <= source.len());
        diagnostic.render(source, "robust.c", false);
    }
    if let Ok(compiled) = &compiled {
        wasmparser::validate(&compiled.patch.wasm).expect("a valid module");
        sostenuto_vm::Module::new(&compiled.patch.wasm).expect("a module that loads");
    }
    compiled
}

/// Where the compiler itself is not optimised, the sizes are a part of those that it must bear.
const MANY: usize = if cfg!(debug_assertions) { 100_000 } else { 2 << 20 };

fn function(body: &str) -> String {
    format!(
        "int g, a[8]; int f(int x) {{ return x; }}\nint setup(void) {{ int i = 0; int *p = a;\n{body}\n}}\n"
    )
}

#[test]
fn megabytes_of_one_token() {
    let parts = [
        "(",
        "{",
        "g+",
        "-",
        "if(1)",
        "/*",
        "[",
        "~",
        "&",
        "*",
        "@",
        "\u{1}",
        "é",
        "a ",
        "L:",
        "g=",
        "!",
        "1?",
        "1?1:",
        "f(",
        "a[",
        "p->",
        "sizeof ",
        "(int)",
        "for(;;)",
        "do ",
        "switch(1)",
        "case 1:",
        "struct S{",
        "int(",
        "int*",
        "#if 1\n",
        "#define A(x) A(x x)\n",
        "\"",
        "'",
        "\\",
        "0x",
        "g,",
        "else ",
        "++",
        "{{",
        "while(1)",
        "goto ",
        "&&1",
        "enum{",
        "typedef ",
        "union{int x;",
        "int x[",
        "= {",
        ".x=",
        "[1]=",
        "\"a\" ",
        "...",
        "->",
        "int (*",
    ];
    for part in parts {
        let many = part.repeat(MANY / part.len());
        for source in
            [many.clone(), function(&many), format!("int x = {many}"), format!("int x[] = {{{many}")]
        {
            let _ = hold(&source);
        }
    }
}

#[test]
fn deep_and_long_but_right() {
    let nested = |depth: usize, open: &str, inner: &str, close: &str| {
        function(&format!("{}{inner}{} return i;", open.repeat(depth), close.repeat(depth)))
    };
    for depth in [10, 24] {
        hold(&nested(depth, "if (i) {", "i++;", "}")).unwrap();
        hold(&nested(depth, "for (int k = 0; k < 2; k++) {", "i++;", "}")).unwrap();
        hold(&nested(depth, "i = f(", "1", ");").replacen(");", ")", depth - 1)).unwrap();
        hold(&nested(depth, "switch (i) { case 1: ", "i++;", "}")).unwrap();
    }
    hold(&function(&format!("return 0 {};", "+ i".repeat(140)))).unwrap();
    hold(&function(&"i = i * 3 + a[i & 7];\n".repeat(2000))).unwrap();
    let cases: String = (0..3000).map(|case| format!("case {}: i += {case}; break;\n", case * 7)).collect();
    hold(&function(&format!("switch (i) {{ {cases} }}"))).unwrap();
    let functions: String =
        (0..2000).map(|at| format!("int f{at}(int x) {{ return x + {at}; }}\n")).collect();
    hold(&format!("{functions}void setup(void) {{ f1999(1); }}")).unwrap();
}

#[test]
fn macros_that_grow_without_end() {
    let mut source = "#define M0 1+1\n".to_owned();
    for level in 1..60 {
        source += &format!("#define M{level} M{} + M{}\n", level - 1, level - 1);
    }
    assert!(hold(&format!("{source}int x = M59;")).is_err());
    let mut source = "#define F0(x) x x\n".to_owned();
    for level in 1..60 {
        source += &format!("#define F{level}(x) F{}(x x)\n", level - 1);
    }
    assert!(hold(&format!("{source}int x = F59(1);")).is_err());
    let nested = format!("#define G(x) x\nint x = {}1{};", "G(".repeat(500), ")".repeat(500));
    assert!(hold(&nested).is_err());
}

/// The first message that a source is refused with.
fn refused(source: &str) -> String {
    hold(source).expect_err("a refusal")[0].message.clone()
}

#[test]
fn more_tokens_than_any_program_has() {
    let most = 1 << 20;
    let message = format!("the program has more than {most} tokens with its macros expanded");
    let row = "1 ".repeat(most);
    let sources = [
        format!("#pragma {row}\nint x;"),
        format!("#if 0\n{row}\n1\n#endif\nint x;"),
        format!("#define M(x) 1\nint x = M({row});"),
    ];
    for source in sources {
        assert_eq!(refused(&source), message);
    }
}

#[test]
fn macros_that_stand_for_each_other() {
    let chain = |length: u32| -> String {
        let defines: String = (1..=length).map(|at| format!("#define M{at} M{}\n", at - 1)).collect();
        format!("{defines}#define M0 1\nint x = M{length}; void setup(void) {{ }}")
    };
    hold(&chain(150)).unwrap();
    assert_eq!(refused(&chain(40_000)), "macros expand each other more than 200 deep");
}

#[test]
fn types_that_nest_without_end() {
    let deep = "this type nests more than 100 deep, or is too large";
    assert_eq!(refused(&format!("int {}x;", "*".repeat(200_000))), deep);
    let typedefs = |head: &str, each: &dyn Fn(u32) -> String| -> String {
        let each: String = (1..20_000).map(each).collect();
        format!("{head}\n{each}")
    };
    assert_eq!(refused(&typedefs("typedef int T0;", &|at| format!("typedef T{} *T{at};\n", at - 1))), deep);
    assert_eq!(refused(&typedefs("typedef int T0;", &|at| format!("typedef T{} T{at}[1];\n", at - 1))), deep);
    let both = |at| format!("typedef void T{at}(T{} *, T{} *);\n", at - 1, at - 1);
    assert_eq!(refused(&typedefs("typedef void T0(int);", &both)), deep);
    let inner = |at| format!("struct S{at} {{ struct S{}; }};\n", at - 1);
    let source = typedefs("struct S0 { int x; };", &inner);
    assert_eq!(refused(&source), "structures nest more than 100 deep here");
}

#[test]
fn else_ifs_in_each_other() {
    let chain = |length: usize| "if (i) i++; else ".repeat(length);
    hold(&function(&format!("{} {} i = 1;", chain(450), chain(40)))).unwrap();
    hold(&function(&format!("{} i = 1;\n", chain(400)).repeat(3))).unwrap();
    let nested = format!("{} if (i) {{", chain(400)).repeat(40);
    let source = function(&format!("{nested} i = 1; {}", "}".repeat(40)));
    assert_eq!(refused(&source), "more than 500 `else if` in each other");
}

#[test]
fn indices_as_large_as_they_can_be() {
    let source = "struct E { }; struct E e[] = {[4294967295] = {}};";
    assert_eq!(refused(source), "struct E[] has no element 4294967295");
}

const TOKENS: &[&str] = &[
    "int",
    "unsigned char",
    "float",
    "double",
    "long long",
    "void",
    "struct S",
    "union U",
    "enum E",
    "typedef",
    "static",
    "const",
    "extern",
    "if (",
    "else",
    "while (",
    "for (",
    "do",
    "switch (",
    "case 1:",
    "default:",
    "break;",
    "continue;",
    "return",
    "goto l;",
    "l:",
    "(",
    ")",
    "(",
    ")",
    "{",
    "}",
    "{",
    "}",
    "[",
    "]",
    ";",
    ";",
    ";",
    ",",
    ":",
    "?",
    "=",
    "+=",
    "==",
    "<",
    ">>",
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
    "++",
    "--",
    ".",
    "->",
    "x",
    "y",
    "s",
    "p",
    "f",
    "g",
    "0",
    "1",
    "2.5",
    "1.5f",
    "'a'",
    "\"t\"",
    "sizeof",
    "x[1]",
    "*p",
    "&x",
    "p->n",
    "s.n",
    "f(1)",
    "(int)",
    "(float)",
    "int x;",
    "int f(int x) {",
    "void setup(void) {",
    "struct S { int n; struct S *p; };",
    "int a[3] = {1, 2};",
    "#define M(x) x\n",
    "\n#if 1\n",
    "\n#endif\n",
    "M(",
    "printf(\"%d\", x);",
    "\n#include <conez_api.h>\n",
    "led_show();",
    "{1, {2}, .n = 3}",
    "[2] =",
    "int (*fp)(int)",
    "fp(1)",
    "x = 1;",
    "return x;",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = hold(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_tokens(choices in proptest::collection::vec(0..TOKENS.len(), 0..120), inside in any::<bool>()) {
        let text: Vec<&str> = choices.iter().map(|&at| TOKENS[at]).collect();
        let text = text.join(" ");
        let _ = hold(&if inside { function(&text) } else { text });
    }

    #[test]
    fn programs_with_slips(
        seed in 0..1000u64,
        slips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let mut text = generate::source(seed).into_bytes();
        text.truncate(12_000);
        for (at, byte, other) in slips {
            let (at, other) = (at.index(text.len()), other.index(text.len()));
            match byte % 4 {
                0 => text[at] = byte % 128,
                1 => {
                    text.remove(at);
                }
                2 => text.swap(at, other),
                _ => {
                    let end = (other + 20).min(text.len());
                    let part = text[other..end].to_vec();
                    text.splice(at..at, part);
                }
            }
        }
        let _ = hold(&String::from_utf8_lossy(&text));
    }
}
