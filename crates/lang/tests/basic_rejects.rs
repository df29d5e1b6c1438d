//! What BASIC refuses or warns of, and what it says then, at which line.

use std::collections::HashMap;

use sostenuto_lang::{Diagnostic, Language, Options, Severity, compile_including};

fn said(source: &str, files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let files: HashMap<&str, &str> = files.iter().copied().collect();
    let read =
        |name: &str| files.get(name).map(|text| text.to_string()).ok_or("there is no such file".to_owned());
    match compile_including(Language::Basic, source, "test.bas", &Options::default(), &read) {
        Ok(compiled) => compiled.warnings,
        Err(said) => said,
    }
}

fn shown(source: &str, one: &Diagnostic) -> String {
    let hint = one.hint.as_ref().map_or(String::new(), |hint| format!(" ({hint})"));
    format!("{}: {}{hint}", one.line(source), one.message)
}

/// The one thing that is said of a program, and its line.
#[track_caller]
fn says(severity: Severity, source: &str, wanted: &str) {
    let said = said(source, &[]);
    let all: Vec<String> = said.iter().map(|one| shown(source, one)).collect();
    assert_eq!(all, [wanted], "{source}");
    assert_eq!(said[0].severity, severity, "{source}");
}

#[track_caller]
fn refuses(source: &str, wanted: &str) {
    says(Severity::Error, source, wanted);
}

#[track_caller]
fn warns(source: &str, wanted: &str) {
    says(Severity::Warning, source, wanted);
}

#[test]
fn tokens_that_cannot_be_read() {
    refuses("A = \"open\n", "1: this text is never closed: expected `\"` on its line");
    refuses("A$ = \"a\\q\"\n", "1: unknown escape `\\q`: use \\\" \\\\ \\n \\r \\t");
    refuses("A = 0xG\n", "1: a hexadecimal number is `0x` or `&H` and the digits 0-9, A-F");
    refuses("A = &H\n", "1: a hexadecimal number is `0x` or `&H` and the digits 0-9, A-F");
    refuses("A = 12ab\n", "1: a number and a name need a space between them");
    refuses("A = 99999999999999999999\n", "1: this number needs more than 64 bits");
    refuses("\nA = 1 : B = 2\n", "2: unknown character `:` (one statement stands on a line)");
}

#[test]
fn blocks_without_their_ends() {
    refuses("FOR I = 1 TO 2\n> I\n", "1: `FOR` without `NEXT`");
    refuses("> 1\nWHILE 1\n", "2: `WHILE` without `WEND`");
    refuses("IF 1\n> 1\n", "1: `IF` without `END IF`");
    refuses("SUB F\n> 1\n", "1: `SUB` without `END SUB`");
    refuses("SELECT CASE 1\nCASE 1\n", "1: `SELECT CASE` without `END SELECT`");
    refuses("DO\n", "1: `DO` without `LOOP`");
    refuses("IF 1\nFOR I = 1 TO 2\nEND IF\n", "2: `FOR` without `NEXT`");
    refuses("NEXT\n", "1: `NEXT` without `FOR`");
    refuses(
        "> 1\nELSE\n",
        "2: `ELSE` without `IF` (an IF with a statement on its line has ELSE on that line too, or none)",
    );
    refuses("END IF\n", "1: `END IF` without `IF`");
    refuses("FOR I = 1 TO 2\nEND FOR\nNEXT\n", "2: `END FOR` is no statement (a FOR ends with NEXT)");
    refuses("WHILE 1\nEND WHILE\nWEND\n", "2: `END WHILE` is no statement (a WHILE ends with WEND)");
    refuses("FOR I = 1 TO 2\nNEXT J\n", "2: `NEXT J` ends the loop of `I`");
    refuses("IF 1\nELSE\nELSE\nEND IF\n", "3: `ELSE` is the last part of an IF");
    refuses("SELECT CASE 1\n> 1\nCASE 1\nEND SELECT\n", "2: a statement before the first `CASE`");
    refuses("SELECT CASE 1\nCASE ELSE\nCASE 1\nEND SELECT\n", "3: `CASE ELSE` is the last case");
    refuses("DO WHILE 1\nLOOP UNTIL 1\n", "2: a DO has one condition: at DO or at LOOP");
    refuses("SUB F\nSUB G\nEND SUB\nEND SUB\n", "2: a SUB stands outside of other blocks and SUBs");
    refuses("IF 1 THEN FOR I = 1 TO 2\n", "1: `FOR` begins on a line of its own");
    refuses("EXIT FOR\n", "1: `EXIT FOR` outside of a FOR");
}

#[test]
fn statements_that_are_none() {
    refuses("GOTO 10\n", "1: `GOTO` is no statement (use a loop, EXIT or a SUB)");
    refuses("ON ERROR GOTO 5\n", "1: `ON` is no statement (errors end the program; there is no handler)");
    refuses("RESUME\n", "1: `RESUME` is no statement (errors end the program; there is no handler)");
    refuses("ENDIF\n", "1: `ENDIF` is no statement (write END IF)");
    refuses(
        "END\n",
        "1: `END` is no statement (BYE ends the program; END stands before IF, SELECT, SUB or FUNCTION)",
    );
    refuses(
        "PRINT 5\n",
        "1: PRINT writes to a file: PRINT #1, value (> value prints; FORMAT prints several values)",
    );
    refuses("#comment\n", "1: expected a statement, found `#` (a comment begins with ')");
    refuses("IF 1 > 2)\nEND IF\n", "1: expected `THEN` or the end of the line, found `)`");
    refuses("A = (1 + 2\n", "1: expected `)`, found the end of the line");
    refuses("A = 1 2\n", "1: expected the end of the line, found a number");
    refuses("A = \n", "1: expected a value, found the end of the line");
    refuses("STEP = 1\nIF = 2\nEND IF\n", "2: expected a value, found `=`");
    refuses(
        "DIM NEXT(3)\n",
        "1: expected an array, but `NEXT` is a word of the language (choose another name)",
    );
    refuses(
        "DIM A AS INTEGER\n",
        "1: a type is told by the name's suffix (none for an integer, # for a float, & for 64 bits, $ for a string)",
    );
    refuses("EXIT SUB\n", "1: a SUB is left by RETURN");
    refuses("OPTION BASE 2\n", "1: expected `0` or `1`, found a number");
    refuses(
        "FORMAT A$\n",
        "1: FORMAT begins with a text in quotes (FORMAT \"$\", A$ prints a string, and PRINTS A$ does)",
    );
}

#[test]
fn types_that_do_not_fit() {
    refuses("A$ = 5\n", "1: `A$` is a string, but this is an integer (STR$(n) makes a string of a number)");
    refuses(
        "A = \"s\"\n",
        "1: `A` is an integer, but this is a string (the name of what holds a string ends with $)",
    );
    refuses(
        "> \"a\" + 1\n",
        "1: `+` joins an integer and a string (STR$(n) makes a string of a number, VAL(s$) a number of a string)",
    );
    refuses("> \"a\" - \"b\"\n", "1: `-` does not work on strings");
    refuses(
        "> \"a\" = 1\n",
        "1: `=` joins an integer and a string (STR$(n) makes a string of a number, VAL(s$) a number of a string)",
    );
    refuses("> -\"a\"\n", "1: `-` works on numbers, but this is a string");
    refuses("IF \"a\" THEN > 1\n", "1: a condition is a number, but this is a string");
    refuses(
        "> LEN(5)\n",
        "1: `LEN` takes a string here, but this is an integer (STR$(n) makes a string of a number)",
    );
    refuses(
        "> SIN(\"x\")\n",
        "1: `SIN` takes a number here, but this is a string (VAL(s$) makes a number of a string)",
    );
    refuses(
        "A = 1\nB# = 1\nSWAP A, B#\n",
        "3: SWAP exchanges values of one type, but these are an integer and a float",
    );
    refuses("FOR I$ = 1 TO 2\nNEXT\n", "1: a loop counts in a number");
    refuses("PRINTS 5\n", "1: PRINTS prints a string, but this is an integer (> value prints a number)");
    refuses("SELECT CASE 1\nCASE \"a\"\nEND SELECT\n", "2: a string and a number cannot be compared");
    refuses(
        "FOR I = 0 TO 1 STEP 0.5\nNEXT\n",
        "1: a STEP of 0: `I` never gets to its end (`I` is an integer; `I#` is a float)",
    );
}

#[test]
fn subs_and_functions() {
    refuses("> F(1)\n", "1: unknown SUB, function or array `F`");
    refuses("> SQRR(1)\n", "1: unknown SUB, function or array `SQRR` (did you mean `SQRT`?)");
    refuses(
        "SUB A N\nB N\nEND SUB\nSUB B N\nA N\nEND SUB\n",
        "2: unknown SUB, function or array `B` (declare it first: DECLARE SUB B N)",
    );
    refuses("SUB F A, B\nEND SUB\nF 1\n", "3: `F` takes 2 values, but 1 is given");
    refuses("SUB F A\nEND SUB\n> F(1, 2)\n", "3: `F` takes 1 value, but 2 are given");
    refuses("> LEFT$(\"a\")\n", "1: `LEFT$` takes 2 values, but 1 is given");
    refuses("> INSTR(\"a\")\n", "1: `INSTR` takes 2 to 3 values, but 1 is given");
    refuses(
        "SUB F A$\nEND SUB\nF 1\n",
        "3: this value of the SUB is a string, but this is an integer (STR$(n) makes a string of a number)",
    );
    refuses("DECLARE SUB F A\nF 1\n", "1: `F` is declared, but defined nowhere");
    refuses("DECLARE SUB F A\nSUB F A, B\nEND SUB\n", "2: `F` was declared with 1 value");
    refuses("SUB F\nEND SUB\nSUB F\nEND SUB\n", "3: `F` is defined twice");
    refuses("SUB F\nEND SUB\nF = 1\n", "3: `F` is a SUB, not a variable (RETURN gives its value)");
    refuses(
        "SUB F\nRETURN \"a\"\nEND SUB\n",
        "2: what this SUB gives is an integer, but this is a string (VAL(s$) makes a number of a string)",
    );
    refuses("RETURN 5\n", "1: RETURN with a value stands in a SUB or FUNCTION");
    refuses("LOCAL A\n", "1: LOCAL stands in a SUB or FUNCTION");
    refuses("SUB F A\nLOCAL A\nEND SUB\n", "2: `A` is local to this SUB already");
    refuses(
        "SUB PROCESS A, B\nEND SUB\n",
        "1: the host calls `PROCESS` with one integer, the count of sample frames, or with nothing",
    );
    refuses("SUB LOOP A\nEND SUB\n", "1: the host calls `LOOP` without values");
    refuses("SUB LOOP\nRETURN 1\nEND SUB\n", "2: `LOOP` is called by the host, which takes no value from it");
}

#[test]
fn arrays_and_constants() {
    refuses("A(1) = 5\n", "1: `A` is no array (dimension it first: DIM A(10))");
    refuses("> A(1)\nDIM A(3)\n", "1: unknown SUB, function or array `A`");
    refuses("DIM A(3)\nDIM A(4)\n", "2: `A` is an array already");
    refuses("A = 1\nDIM A(3)\n", "2: `A` is a variable already");
    refuses("A = 1\nREDIM A(3)\n", "2: `A` is no array (dimension it first: DIM A(10))");
    refuses(
        "DIM A(3)\nA = 1\n",
        "2: `A` is an array, where a variable is expected (an element of it is `A(1)`)",
    );
    refuses("DIM A(3)\n> A(1, 2)\n", "2: `A` has 1 dimension, but 2 indices are given");
    refuses("DIM A(0)\n", "1: `A` has no elements: its indices begin at 1");
    refuses("DIM A(3)\nREDIM A(3, 3)\n", "2: `A` keeps its dimensions, which are 1");
    refuses("DIM A()\n", "1: an array has 1 to 8 dimensions");
    refuses("DIM A(1,1,1,1,1,1,1,1,1)\n", "1: an array has 1 to 8 dimensions");
    refuses("DIM A(3)\n> UBOUND(A, 2)\n", "2: `A` has no dimension 2: it has 1");
    refuses(
        "DIM A#(3)\nSETLEDRGB A#, A#, A#\n",
        "2: this works on arrays of integers, but `A#` holds a float",
    );
    refuses("> UBOUND(5)\n", "1: `UBOUND` takes an array by its name alone");
    refuses("CONST A = 1\nA = 2\n", "2: `A` is a constant and keeps its value");
    refuses("CONST A = 1\nFOR A = 1 TO 2\nNEXT\n", "2: `A` is a constant and keeps its value");
    refuses("CONST A = 1\nCONST A = 1\n", "2: `A` is a constant already");
    refuses(
        "CONST A$ = 1\n",
        "1: `A$` is a string, but this is an integer (STR$(n) makes a string of a number)",
    );
    refuses("DATA A\n", "1: expected a number or a text in quotes, found `A`");
}

#[test]
fn files_and_formats() {
    refuses("CLOSE #5\n", "1: files have the numbers 1 to 4, not 5");
    refuses("OPEN 5 FOR INPUT AS #1\n", "1: the name of a file is a string, but this is an integer");
    refuses("OPEN \"/a\" FOR READING AS #1\n", "1: expected `INPUT`, `OUTPUT` or `APPEND`, found `READING`");
    refuses("INPUT A\n", "1: INPUT reads from a file: INPUT #1, variable");
    refuses(
        "FORMAT \"%\", 1, 2\n",
        "1: FORMAT has 1 place for a value, but 2 values are given (% stands for an integer, & for a float, $ for a string)",
    );
    let many = format!("FORMAT \"{}\"{}\n", "&".repeat(33), ", 1".repeat(33));
    refuses(&many, "1: the values of FORMAT take 264 bytes, where 256 are free");
    warns("FORMAT \"% of 5%\", 1\n", "1: there is no value for this `%`, which is printed as it stands");
}

#[test]
fn warnings() {
    warns("> N\n", "1: `N` is never given a value, so it is always 0");
    warns(
        "COUNT = 1\n> COUNTT + COUNT\n",
        "2: `COUNTT` is never given a value, so it is always 0 (did you mean `COUNT`?)",
    );
    warns(
        "S = SECOND\n",
        "1: `SECOND` is never given a value, so it is always 0 (the function is `SECOND()`)",
    );
    warns("X = 1\nX = 2.5\n", "2: 2.5 becomes 2: `X` is an integer (a name with # holds a float)");
}

#[test]
fn included_files() {
    let told = |source: &str, files: &[(&str, &str)]| {
        said(source, files).iter().map(|one| shown(source, one)).collect::<Vec<_>>()
    };
    let sub = ("h.bi", "SUB F N\nRETURN N + 1\nEND SUB");
    assert_eq!(told("'$INCLUDE: 'h.bi'\n> F(1)\n", &[sub]), [""; 0]);
    assert_eq!(told("rem $include: 'h.bi'\n> F(1)\n", &[sub]), [""; 0]);
    assert_eq!(
        told("> 1\n'$INCLUDE: 'x.bi'\n", &[]),
        ["2: `x.bi` cannot be included: there is no such file"]
    );
    assert_eq!(
        told("'$INCLUDE: x.bi\n", &[]),
        ["1: `$INCLUDE` without a file name ('$INCLUDE: 'helpers.bi')"]
    );
    assert_eq!(
        told("> 1\n'$INCLUDE: 'h.bi'\n", &[("h.bi", "A = 1\n\nB$ = A")]),
        [
            "2: in `h.bi`, line 3: `B$` is a string, but this is an integer (STR$(n) makes a string of a number)"
        ]
    );
    assert_eq!(
        told("'$INCLUDE: 'a'\n", &[("a", "'$INCLUDE: 'b'"), ("b", "'$INCLUDE: 'a'")]),
        ["1: in `b`, line 1: `a` includes itself"]
    );
    let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let texts: Vec<String> = (1..11).map(|n| format!("'$INCLUDE: '{n}'")).collect();
    let chain: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(
        told("'$INCLUDE: '0'\n", &chain),
        ["1: in `7`, line 1: files include each other more than 8 deep"]
    );
    // The same file twice: what it defines is there twice.
    let twice = told("'$INCLUDE: 'h.bi'\n'$INCLUDE: 'h.bi'\n", &[sub]);
    assert_eq!(twice, ["2: in `h.bi`, line 1: `F` is defined twice"]);
}

#[test]
fn an_array_of_texts_is_not_copied_as_numbers_are() {
    refuses(
        "DIM A$(3), B$(3)\nCOPYARRAY A$, B$\n",
        "2: COPYARRAY copies numbers: assign texts one by one, each array has its own",
    );
}
