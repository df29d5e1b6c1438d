//! What the C compiler refuses, and what it says of it.

use sostenuto_lang::{Language, Options, Severity, compile, compile_including};

/// The first line, message and hint that a source is refused with.
fn said(source: &str) -> (u32, String, String) {
    match compile(Language::C, source, "test.c", &Options::default()) {
        Ok(_) => panic!("this was compiled:\n{source}"),
        Err(said) => {
            let first = said.into_iter().find(|said| said.severity == Severity::Error).unwrap();
            (first.line(source), first.message, first.hint.unwrap_or_default())
        }
    }
}

/// Sees that a file is refused with that message, on its last line.
fn rejects(source: &str, message: &str) {
    let (line, told, _) = said(source);
    assert_eq!(told, message, "{source}");
    assert_eq!(line as usize, source.lines().count(), "{source}");
}

/// The same for the statements of a `setup`.
fn refuses(statements: &str, message: &str) {
    rejects(&format!("#include <conez_api.h>\nvoid setup(void) {{ {statements} }}"), message);
}

#[test]
fn what_is_not_supported() {
    rejects("struct S { int a : 3; };", "bit fields are not supported");
    rejects("int f(const char *s, ...);", "functions with any number of arguments are not supported");
    rejects("_Complex double z;", "`_Complex` is not supported: there are no complex numbers");
    rejects("_Thread_local int z;", "`_Thread_local` is not supported: a patch has one thread");
    refuses("int a = ({ 1; });", "statements in an expression are not supported: write a function");
    refuses("int *p = (int[]){1, 2};", "values of a type in braces are not supported: declare a variable");
    refuses("asm(\"nop\");", "`asm` is not supported: there is no assembler");
    refuses("int n = 3; int a[n];", "the size of an array must be a constant integer");
    refuses("switch (1) { case 1 ... 3: ; }", "ranges of cases are not supported");
}

#[test]
fn slips_of_the_pen() {
    rejects("void setup(void) { int a = 1 }", "`;` is expected after a declaration, found `}`");
    rejects("void setup(void) { int x; x = (1 + 2; }", "`)` is expected after an expression, found `;`");
    rejects("void setup(void) { if (1 {} }", "`)` is expected after the condition, found `{`");
    rejects("void setup(void) { return; ", "this `{` has no `}`");
    rejects("void setup(void) { } }", "a type is expected here, found `}`");
    rejects("void setup(void) { else; }", "`else` without `if`");
    rejects("setup(void) { }", "a declaration is expected here, and `setup` is no type");
    rejects("void setup(void) { char *s = \"abc; }", "this text has no end: `\"` is missing");
    rejects("void setup(void) { int c = ''; }", "an empty character");
    rejects("void setup(void) { int c = 'ab'; }", "more than one character in single quotes");
    rejects("char *s = \"\\q\";", "unknown escape `\\\\q`");
    rejects("int a = 12abc;", "`12abc` is no number");
    rejects("int a = 3 @ 4;", "`@` has no meaning in C");
    rejects("/* never closed", "this comment has no end: `*/` is missing");
}

#[test]
fn names() {
    rejects("void setup(void) { int count; conut = 1; }", "unknown name `conut`");
    assert_eq!(said("void setup(void) { int count; conut = 1; }").2, "did you mean `count`?");
    rejects("void setup(void) { millis(); }", "unknown function `millis`");
    assert_eq!(said("void setup(void) { millis(); }").2, "it is one of the host: #include <conez_api.h>");
    assert_eq!(said("void setup(void) { strlen(0); }").2, "it is one of the host: #include <conez_api.h>");
    refuses("led_shwo();", "unknown function `led_shwo`");
    rejects("int a; float a;", "`a` is declared with two types");
    rejects("void setup(void) { int a; int a; }", "`a` is declared twice");
    rejects("void f(int a, int a) { }", "`a` is declared twice");
    rejects("int f(void) { return 1; }\nint f(void) { return 2; }", "the function `f` is defined twice");
    rejects("int f(int);\nfloat f(int x) { return x; }", "`f` is declared with two types");
    rejects("void f(int);\nvoid setup(void) { f(1); }", "the function `f` is declared, but defined nowhere");
    rejects("void setup(void) { } extern int far;", "`far` is declared extern, but defined nowhere");
    rejects("struct S { int x, x; };", "two members are named `x`");
    rejects("enum E { A, A };", "`A` is declared twice");
    rejects("void setup(void) { goto nowhere; }", "no statement of `setup` has the label `nowhere`");
    rejects("void setup(void) { a: ; a: ; }", "the label `a` stands twice in this function");
}

#[test]
fn types() {
    let s = "struct S { int x; }; struct S s; int a[3]; const int k = 1; void f(int x) { } int *p; float x;\nvoid setup(void) { ";
    let refuses = |statement: &str, message: &str| rejects(&format!("{s}{statement} }}"), message);
    refuses("k = 2;", "this cannot be assigned to");
    refuses("k++;", "this cannot be assigned to");
    refuses("a = 0;", "this cannot be assigned to");
    refuses("1 = x;", "this cannot be assigned to");
    refuses("const char *t = \"x\"; *t = 1;", "this cannot be assigned to");
    refuses("const struct S c = {1}; c.x = 2;", "this cannot be assigned to");
    refuses("s = 1;", "int is assigned where struct S is wanted");
    refuses("int i = s;", "struct S is given as first value where int is wanted");
    refuses("p = 1.5;", "double is assigned where int * is wanted");
    refuses("f();", "`f` takes 1 argument, but 0 given");
    refuses("f(1, 2);", "`f` takes 1 argument, but 2 given");
    refuses("f(s);", "struct S is given where int is wanted");
    refuses("int i = f(1);", "this has no value");
    refuses("s.y = 1;", "struct S has no member `y`");
    refuses("p->x = 1;", "only a struct or union has members, not int");
    refuses("(&s).x = 1;", "only a struct or union has members, not struct S *");
    refuses("x % s;", "`%` does not take float and struct S");
    refuses("x << 1;", "`<<` takes integers");
    refuses("~x;", "`~` does not take float");
    refuses("*x;", "a pointer is expected here, not float");
    refuses("x[1];", "only arrays and pointers have elements, not float");
    refuses("a[x];", "an index is an integer, not float");
    refuses("&1;", "this has no address: `&` takes a variable, an element or a member");
    refuses("p + p;", "`+` does not take int * and int *");
    refuses("void *v = p; *v;", "a void pointer does not tell what it points to");
    refuses("if (s) ;", "a number or a pointer is expected here, not struct S");
    refuses("switch (x) { }", "`switch` takes an integer, not float");
    refuses("x(1);", "a function is expected before `(`, not float");
    refuses("int i = (int) s;", "struct S cannot be converted to int");
    refuses("struct T t;", "a variable cannot be of type struct T, which has no size");
    refuses("void v;", "`v` cannot be void");
    refuses("sizeof(struct T);", "`sizeof` of struct T, which has no size");
    refuses("int b[0];", "the size of an array is 0: it is 1 to 67108864");
    refuses("int b[];", "the size of this array is not known");
    refuses("int b[2] = {1, 2, 3};", "more first values than int[2] has places");
    refuses("int b[2] = 5;", "int[2] takes its first values in braces: { … }");
    refuses("char c[2] = \"abc\";", "the string has 3 bytes, but the array only 2");
    refuses("struct S t = {.z = 1};", "struct S has no member `z`");
    refuses("int b[2] = {[5] = 1};", "int[2] has no element 5");
    refuses("long unsigned float y;", "these words make no type together");
    refuses("return 1;", "`setup` returns nothing, but a value is given");
}

#[test]
fn arrays_that_no_stack_holds() {
    let source =
        "int f(int x) { int a[1000]; a[0] = x; return x ? f(x - 1) : a[0]; }\nvoid setup(void) { f(1); }";
    let (line, message, hint) = said(source);
    assert_eq!((line, hint.as_str()), (1, "make its arrays static or global"));
    assert_eq!(message, "`f` calls itself and needs 4000 bytes of stack each time, which has 3584");
}

#[test]
fn statements_in_the_wrong_place() {
    refuses("break;", "`break` outside of a loop or `switch`");
    refuses("continue;", "`continue` outside of a loop");
    refuses("switch (1) { case 1: continue; }", "`continue` outside of a loop");
    refuses("case 1: ;", "`case` outside of `switch`");
    refuses("switch (1) { case 1: ; case 1: ; }", "the case 1 stands twice");
    refuses("switch (1) { default: ; default: ; }", "`default` stands twice");
    refuses("int x = 1; switch (x) { case x: ; }", "the value of a case must be a constant integer");
    refuses("if (1) int x;", "a statement is expected here");
    rejects("int f(void) { return; }", "`f` returns int, but no value is given");
    rejects(
        "int x = 1;\nint y = x + 1; void setup(void) { }",
        "the first value of a global must be a constant",
    );
    rejects("_Static_assert(sizeof(int) == 2, \"int\");", "a static assertion does not hold: int");
}

#[test]
fn directives() {
    rejects("#if 1", "this condition has no end: `#endif` is missing");
    rejects("#endif", "`#endif` without `#if`");
    assert_eq!(said("#if 0\n#else\n#else\n#endif").1, "`#else` after `#else`");
    assert_eq!(said("#if (1\n#endif").1, "`)` is expected here");
    rejects("#error  stop here", "#error stop here");
    rejects("#frobnicate", "unknown directive `#frobnicate`");
    rejects("#define", "`#define` takes the name of a macro");
    rejects("#define F(a b) 1", "a parameter's name is expected here");
    rejects("#define F(a) a\nint x = F(1, 2);", "`F` takes 1 argument, but 2 given");
    rejects("#define F(a) a\nint x = F(1;", "the arguments of `F` have no end: `)` is missing");
    rejects("#define C(a, b) a##b\nint x = C(+, /);", "`##` makes `+/`, which is no token");
    rejects("#include <windows.h>", "unknown header <windows.h>");
    rejects("#include \"mine.h\"", "`mine.h` cannot be included: no files are at hand");
    rejects("#include mine", "`#include` takes a file: \"name.h\", or a header: <conez_api.h>");
}

#[test]
fn the_host() {
    refuses("led_fill(1, 2, 3);", "`led_fill` takes 4 arguments, but 3 given");
    refuses("print(\"a\" + 1);", "`print` takes a string as it is written");
    refuses("printf();", "`printf` takes at least 1 argument, but 0 given");
    refuses("struct { int x; } s; printf(\"%d\", s);", "`printf` does not take struct without name");
    let many = "1.0, ".repeat(32);
    refuses(&format!("printf(\"\", {many} 1.0);"), "the arguments of `printf` take more than 256 bytes");
    assert_eq!(said("int f(void) { return 1; }").1, "the host finds nothing that it can call");
    rejects("void setup(int x) { }", "the host calls `setup`, which takes nothing");
    let process = "the host calls `process`, which takes one int, the number of sample frames, or nothing";
    rejects("void process(float x) { }", process);
    let own = "void print_i32(float x);\nvoid setup(void) { print_i32(1); }";
    rejects(own, "the function `print_i32` is declared, but defined nowhere");
}

#[test]
fn several_errors_are_told_at_once() {
    let source = "void setup(void) {\n a = 1;\n int b = ;\n c();\n}\nint x = y;";
    let said = compile(Language::C, source, "test.c", &Options::default()).unwrap_err();
    let lines: Vec<u32> = said.iter().map(|said| said.line(source)).collect();
    assert_eq!(lines, [2, 3, 4, 6]);
}

#[test]
fn an_error_in_an_included_file_names_it() {
    let source = "// first\n#include \"mine.h\"\nvoid setup(void) { }\n";
    let read = |name: &str| match name {
        "mine.h" => Ok("int fine;\nint wrong = nothing;\n".to_owned()),
        _ => Err("there is no such file".to_owned()),
    };
    let said = compile_including(Language::C, source, "test.c", &Options::default(), &read).unwrap_err();
    assert_eq!(said[0].message, "in `mine.h`, line 2: unknown name `nothing`");
    assert_eq!(said[0].line(source), 2);
    let circle = |_: &str| Ok("#include \"mine.h\"\n".to_owned());
    let said = compile_including(Language::C, source, "test.c", &Options::default(), &circle).unwrap_err();
    assert_eq!(said[0].message, "in `mine.h`, line 1: `mine.h` includes itself");
}

#[test]
fn included_files_are_a_part_of_the_program() {
    let source = "#include \"mine.h\"\n#include \"mine.h\"\nvoid setup(void) { twice(N); }\n";
    let text = "#pragma once\n#define N 4\nint twice(int x) { return 2 * x; }\n";
    let read = |_: &str| Ok(text.to_owned());
    let compiled = compile_including(Language::C, source, "test.c", &Options::default(), &read).unwrap();
    assert!(compiled.patch.facts.lines.iter().any(|line| line.line == 1));
}

#[test]
fn doubtful_things_are_warned_of() {
    let warned = |statements: &str| {
        let source = format!("int *p; char *c; const char *k; int i;\nvoid setup(void) {{ {statements} }}");
        let compiled = compile(Language::C, &source, "test.c", &Options::default()).unwrap();
        compiled.warnings.into_iter().map(|warning| warning.message).collect::<Vec<_>>()
    };
    assert_eq!(warned("p = 0; i = *p; c = (char *)p;"), [""; 0]);
    assert_eq!(warned("p = c;"), ["char * is assigned where int * is wanted"]);
    assert_eq!(
        warned("c = k;"),
        ["const char * is assigned where char * is wanted: it may be changed there"]
    );
    assert_eq!(
        warned("p = i;"),
        ["int is assigned where int * is wanted: without a cast this may be a mistake"]
    );
    let host = "#include <conez_api.h>\nlong long l; float f;";
    let printed = |call: &str| {
        let source = format!("{host} char *c; int i; void setup(void) {{ {call} }}");
        let compiled = compile(Language::C, &source, "test.c", &Options::default()).unwrap();
        compiled.warnings.into_iter().map(|warning| warning.message).collect::<Vec<_>>()
    };
    assert_eq!(printed(r#"printf("%d %5.2f %s %lld %*x %% %c\n", i, f, c, l, 3, 255, 'x');"#), [""; 0]);
    assert_eq!(
        printed(r#"printf("%d %f\n", f, i);"#),
        ["`%d` takes an int, but double is given", "`%f` takes a double, but int is given"]
    );
    assert_eq!(printed(r#"printf("%d\n", l);"#), ["`%d` takes an int, but long long is given"]);
    assert_eq!(printed(r#"printf("%lld\n", i);"#), ["`%lld` takes a long long, but int is given"]);
    assert_eq!(printed(r#"printf("%s\n", i);"#), ["`%s` takes text, but int is given"]);
    assert_eq!(printed(r#"printf("%d %d\n", i);"#), ["the format takes 2 values, but 1 given"]);
    assert_eq!(warned("i = 1 / 0;"), ["division by zero: it stops the patch"]);
    assert_eq!(warned("if (p == c) i = 1;"), ["pointers of different types are compared: int * and char *"]);
}

#[test]
fn numbers_that_are_none() {
    rejects("int a = 08;", "`08` begins with 0, so it is octal: its digits are 0 to 7");
    let large = "99999999999999999999";
    rejects(
        &format!("double a = {large};"),
        &format!("`{large}` is too large: an integer has at most 64 bits"),
    );
}

#[test]
fn words_of_a_type_that_stand_too_often() {
    rejects("void void void void c;", "`void` stands here once too often");
    rejects("long long long long f;", "`long` stands here once too often");
    rejects(&format!("{} f;", "bool ".repeat(16_384)), "`bool` stands here once too often");
}

#[test]
fn addresses_of_locals_as_first_values_of_statics() {
    refuses("int l; static int *s = &l;", "the first value of a global must be a constant");
}

#[test]
fn calls_that_do_not_fit_a_later_definition() {
    let said_of = |call: &str, message: &str| {
        let source =
            format!("void f(); void g(void) {{ {call} }} void f(double x) {{ }} void setup(void) {{ g(); }}");
        rejects(&source, message);
    };
    said_of("f(1);", "`f` takes double, but int is given: before this call `()` told no type");
    said_of("f();", "`f` takes 1 arguments, but 0 given");
}

#[test]
fn places_with_effects_are_worked_out_once() {
    let twice = "`%=` of floats would work out this place twice, and so do things twice";
    refuses("float a[4]; int i = 0; a[i++] %= 4.0f;", twice);
}

#[test]
fn programs_larger_than_memory() {
    let array = |at| format!("static char a{at}[67108864] = {{[67108863] = 1}};\n");
    let arrays: String = (0..17).map(array).collect();
    let (line, told, _) = said(&format!("{arrays}void setup(void) {{ }}"));
    assert_eq!((line, told.as_str()), (17, "with `a16` the patch needs more memory than 1 GiB"));
}

#[test]
fn what_ends_in_an_included_file_is_told_of_the_program() {
    for start in ["unsigned char", "struct S", "int x = 1 +"] {
        let source = format!("{start}\n#include <conez_api.h>\n");
        let said = compile(Language::C, &source, "test.c", &Options::default()).expect_err("a refusal");
        for diagnostic in said {
            assert!(diagnostic.span.end as usize <= source.len(), "{start}: {}", diagnostic.message);
        }
    }
}
