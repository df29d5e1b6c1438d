//! BASIC that no person writes: the compiler may refuse it, clearly, but neither panics nor takes long.

use std::fmt::Write as _;

use proptest::prelude::*;
use sostenuto_lang::{Compiled, Diagnostic, Language, Options, compile, compile_including};

/// Compiles, renders all that is said, and loads what is made.
fn hold(source: &str) -> Result<Compiled, Vec<Diagnostic>> {
    // An included file that includes more of itself, and one of a few lines.
    let read = |name: &str| match name {
        "a" => Ok("'$INCLUDE: 'b'\n'$INCLUDE: 'b'\nX = Y +\n".to_owned()),
        "b" => Ok("SUB F$ A\n> A\nEND SUB\n'$INCLUDE: 'a'".to_owned()),
        _ => Err("none".to_owned()),
    };
    let compiled = compile_including(Language::Basic, source, "robust.bas", &Options::default(), &read);
    let said = match &compiled {
        Ok(compiled) => &compiled.warnings,
        Err(said) => said,
    };
    assert!(compiled.is_ok() || !said.is_empty(), "refused without a reason");
    assert!(said.len() < 200, "{} diagnostics", said.len());
    for diagnostic in said {
        assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end as usize <= source.len());
        let text = diagnostic.render(source, "robust.bas", false);
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

const MANY: usize = size(4 << 20);

fn many(part: &str) -> String {
    part.repeat(MANY / part.len())
}

#[test]
fn megabytes_of_one_token() {
    for part in [
        "(",
        "A+",
        "-",
        "IF 1\n",
        "FOR I=1 TO 2\n",
        "A(",
        "NOT ",
        "2^",
        "\u{1}",
        "é",
        "A",
        "\"",
        "SUB F\n",
        "END IF\n",
        ">",
    ] {
        assert!(hold(&many(part)).is_err(), "{part:?}");
        let _ = hold(&format!("X = {}", many(part)));
    }
    hold(&many("\n")).unwrap();
    hold(&many("'")).unwrap();
    hold(&format!("X = \"{}\"", "x".repeat(20_000))).unwrap_err();
}

#[test]
fn nesting() {
    for depth in [20, 55, 500, 100_000] {
        let nested = |open: &str, inner: &str, close: &str| {
            format!("DIM T(9)\n{}{inner}{}\n", open.repeat(depth), close.repeat(depth))
        };
        for (open, inner, close) in [
            ("IF A = 1\n", "B = 1\n", "END IF\n"),
            ("FOR I = 1 TO 2\n", "B = 1\n", "NEXT\n"),
            ("DO\n", "B = 1\n", "LOOP WHILE A\n"),
            ("SELECT CASE A\nCASE 1\n", "B = 1\n", "END SELECT\n"),
            ("IF 1 THEN ", "B = 1\n", ""),
        ] {
            let source = nested(open, inner, close);
            if depth > 100 { refused(&source, "nested deeper than") } else { drop(hold(&source).unwrap()) }
        }
        for (open, inner, close) in [
            ("(", "1", ")"),
            ("T(", "1", ")"),
            ("-", "1", ""),
            ("2 ^ ", "1", ""),
            ("NOT ", "1", ""),
            ("LEN(STR$(", "1", "))"),
        ] {
            let source = format!("DIM T(9)\n> {}{inner}{}\n", open.repeat(depth), close.repeat(depth));
            if depth > 100 { refused(&source, "nested deeper than") } else { drop(hold(&source)) }
        }
    }
}

#[test]
fn long_sums_and_chains() {
    for terms in [300, size(40_000)] {
        for (first, term) in [
            ("A", " + A"),
            ("A", " * 1.5 \\ B"),
            ("A", " / B"),
            ("A", " = A"),
            ("A", " AND A > 1"),
            ("A#", " + A + A&"),
        ] {
            hold(&format!("X = {first}{}\n", term.repeat(terms))).unwrap();
        }
    }
    hold(&format!("A$ = \"\"{}\n", " + A$ + \"x\"".repeat(300))).unwrap();
    let mut chain = String::from("IF A = 0\nB = 1\n");
    for branch in 1..size(30_000) {
        writeln!(chain, "ELSEIF A = {branch}\nB = {branch}").unwrap();
    }
    hold(&(chain + "END IF\n")).unwrap();
    let mut cases = String::from("SELECT CASE A\n");
    for case in 0..size(30_000) {
        writeln!(cases, "CASE {case}, IS > B\nB = {case}").unwrap();
    }
    hold(&(cases + "END SELECT\n")).unwrap();
}

#[test]
fn many_names() {
    let mut source = String::new();
    for n in 0..size(100_000) {
        writeln!(
            source,
            "SUB F{n} A{n}, B{n}$\nLOCAL C{n}#\n> A{n} + D{n}\nEND SUB\nF{n} 1, \"x\"\nDIM T{n}(5)"
        )
        .unwrap();
    }
    hold(&source).unwrap();
    hold(&format!("DATA {}1\nREAD A\n", "1, ".repeat(3_000))).unwrap();
    refused(&format!("DATA {}1\nREAD A\n", "1, ".repeat(5_000)), "the strings and DATA of the program need");
    hold(&format!("F {}1\n", "1, ".repeat(size(100_000)))).unwrap_err();
}

const WORDS: &[&str] = &[
    "IF",
    "THEN",
    "ELSE",
    "ELSEIF",
    "END",
    "FOR",
    "TO",
    "STEP",
    "NEXT",
    "WHILE",
    "WEND",
    "DO",
    "LOOP",
    "UNTIL",
    "SELECT",
    "CASE",
    "IS",
    "EXIT",
    "SUB",
    "FUNCTION",
    "DECLARE",
    "LOCAL",
    "RETURN",
    "CONST",
    "SWAP",
    "DIM",
    "REDIM",
    "PRESERVE",
    "ERASE",
    "OPTION BASE 0",
    "DATA",
    "READ",
    "RESTORE",
    "OPEN",
    "CLOSE",
    "PRINT",
    "INPUT",
    "AS",
    "KILL",
    "NAME",
    "BYE",
    "BREAK",
    "FORMAT",
    "PRINTS",
    "AND",
    "OR",
    "XOR",
    "NOT",
    "MOD",
    "(",
    ")",
    ",",
    "=",
    "<>",
    "<",
    ">",
    "+",
    "-",
    "*",
    "/",
    "\\",
    "^",
    "#",
    "#1",
    "A",
    "A",
    "B$",
    "C#",
    "D&",
    "T(1)",
    "T",
    "F",
    "MID$",
    "LEN(",
    "STR$(",
    "UBOUND(",
    "SETARRAY",
    "ROTATEARRAY",
    "EOF(",
    "1",
    "0",
    "2.5",
    "5000000000",
    "\"x\"",
    "\"% & $\"",
    "\n",
    "\n",
    "\n",
    "' c\n",
    "'$INCLUDE: 'a'\n",
    "'$INCLUDE: 'b'\n",
    "END IF\n",
    "END SUB\n",
    "END SELECT\n",
    "SUB F A\n",
    "DIM T(3), U$(2)\n",
    "IF A = 1 THEN ",
    "A = A + 1\n",
    "FOR I = 1 TO 3\n",
    "DO\n",
    "LOOP\n",
    "NEXT\n",
    "SELECT CASE A\n",
    "CASE 1\n",
    "> A\n",
    "F 1\n",
    "B$ = B$ + \"y\"\n",
    "U$(1) = STR$(A)\n",
    "REDIM PRESERVE U$(4)\n",
    "RETURN 1\n",
    "BYE\n",
    "PROCESS",
];

/// A program that uses much of the language, to be spoilt.
const PROGRAM: &str = "\
CONST LIMIT = 5\nDIM T(9), S$(3), M#(2, 2)\nDECLARE FUNCTION ODD N\nFUNCTION EVEN N\nIF N = 0 THEN RETURN -1\n\
RETURN ODD(N - 1)\nEND FUNCTION\nFUNCTION ODD N\nLOCAL X, Y$\nIF N = 0 THEN RETURN 0 ELSE Y$ = \"a\"\nRETURN EVEN(N - 1)\n\
END FUNCTION\nFOR I = 1 TO 9 STEP 2\nT(I) = I * LIMIT\nIF T(I) > 20\nEXIT FOR\nELSEIF T(I) = 3 THEN\n> T(I)\nELSE\n\
S$(1) = S$(1) + STR$(I)\nEND IF\nNEXT I\nSELECT CASE S$(1)\nCASE \"a\", IS > \"b\"\nBYE\nCASE ELSE\nMID$(S$(1), 1, 2) = \"zz\"\n\
END SELECT\nDO WHILE NOT EOF(1)\nINPUT #1, S$(2)\nLOOP\nREAD A, M#(1, 2)\nDATA 1, -2.5, \"x\"\nFORMAT \"% & $\", A, M#(1, 2), S$(2)\n\
REDIM PRESERVE T(20)\nSWAP T(1), T(2)\nERASE S$\nOPEN \"/a\" FOR APPEND AS #2\nPRINT #2, A + 2.5 ^ 2\nCLOSE #2\n\
SUB PROCESS(N)\nSETAUDIO 0, N - 1, SIN(N) * AUDIO#(0, N - 1)\nEND SUB\n";

#[test]
fn the_program_to_be_spoilt_is_right() {
    compile(Language::Basic, PROGRAM, "program.bas", &Options::default()).unwrap();
}

#[test]
fn every_beginning_of_a_program() {
    for end in 0..PROGRAM.len() {
        let _ = hold(&PROGRAM[..end]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(size(40_000) as u32) })]

    #[test]
    fn word_soup(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..80)) {
        let _ = hold(&words.join(" "));
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = hold(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        let _ = hold(&text);
        let _ = hold(&format!("> \"{text}\"\nX = {text}\n"));
    }

    #[test]
    fn changed_programs(
        changes in proptest::collection::vec(
            (any::<proptest::sample::Index>(), 0..9usize, proptest::sample::select(WORDS)),
            1..6,
        ),
    ) {
        let mut text: Vec<char> = PROGRAM.chars().collect();
        for (at, length, word) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, word.chars());
        }
        let _ = hold(&text.into_iter().collect::<String>());
    }
}
