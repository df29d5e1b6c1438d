//! Arbitrary text as a C source, and as tokens inside of a function, so that much gets past the parser.

#![no_main]

mod checks;

use libfuzzer_sys::fuzz_target;
use sostenuto_lang::Language;

/// What a byte below 128 is taken for; others stand for themselves.
const TOKENS: &[&str] = &[
    "int ", "unsigned char ", "float ", "double ", "long long ", "struct S ", "const ", "static ", "typedef ", "enum {A, B} ",
    "if (", "else ", "while (", "for (", "do ", "switch (", "case 1: ", "default: ", "break; ", "continue; ", "return ", "goto l; ",
    "l: ", "(", ")", "(", ")", "{", "}", "{", "}", "[", "]", ";", ";", ",", ":", "?", "=", "+=", "==", "<", ">>", "&&", "||", "!", "+",
    "-", "*", "/", "%", "&", "|", "^", "~", "++", "--", ".", "->", "x ", "y ", "s", "p", "f", "g", "0", "1", "2.5", "1.5f", "'a'",
    "\"t\"", "sizeof ", "x[1]", "*p", "&x", "p->n", "s.n", "f(1)", "(int)", "(float)", "int x;", "x = 1;", "printf(\"%d\", x);",
    "\n#define M(x) x x\n", "\n#if M(1)\n", "\n#else\n", "\n#endif\n", "M(", "{1, {2}, .n = 3}", "[2] =", "int (*q)(int) = f;",
];

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        checks::source(Language::C, text);
    }
    let words: String = data.iter().map(|&byte| TOKENS[usize::from(byte) % TOKENS.len()]).collect();
    let head = "#include <conez_api.h>\nstruct S { int n; struct S *p; }; int f(int x) { return x; }\n";
    checks::source(Language::C, &format!("{head}void setup(void) {{ int x = 0; struct S s, *p = &s; {words} }}"));
});
