//! What is printed, formatted and scanned.

use crate::patch::{module, outcome, printed, values};
use sostenuto_board::patch::Patch;
use sostenuto_machine::conez::{Settings, load, run};

/// A patch that prints a format with cells of arguments, and what it gives.
fn formatted(format: &str, cells: &str) -> String {
    printed(&format!(
        r#"(data (i32.const 0) "{format}\00") (data (i32.const 0x400) "some text\00") (data (i32.const 0xF000) "{cells}")
        (func (export "setup")
            (call $env_print_i32 (call $env_host_printf (i32.const 0) (i32.const 0xF000))))"#
    ))
}

#[test]
fn numbers_and_texts_are_printed_with_a_new_line() {
    let text = printed(
        r#"(data (i32.const 8) "hello, world")
        (func (export "setup")
            (call $env_print_i32 (i32.const -7))
            (call $env_print_i64 (i64.const -9000000000))
            (call $env_print_f32 (f32.const 0.1))
            (call $env_print_f64 (f64.const -inf))
            (call $env_print_str (i32.const 8) (i32.const 5))
            (call $env_print_str (i32.const 8) (i32.const -5)))"#,
    );
    assert_eq!(text, "-7\n-9000000000\n0.100000\n-inf\nhello");
}

#[test]
fn arguments_lie_in_cells_of_four_bytes() {
    // 7, then 2.5 as a double right after it, then the text, then a width of 6 for 255.
    let cells = r"\07\00\00\00\00\00\00\00\00\00\04\40\00\04\00\00\06\00\00\00\ff\00\00\00";
    assert_eq!(formatted("%d|%.2f|%s|%*x|%%\\0a", cells), "7|2.50|some text|    ff|%\n26\n");
    assert_eq!(
        formatted("%-4d|%05i|%+d\\0a", r"\07\00\00\00\fe\ff\ff\ff\01\00\00\00"),
        "7   |-0002|+1\n14\n"
    );
    assert_eq!(formatted("%u %c %q %", r"\ff\ff\ff\ff\41\00\00\00"), "4294967295 A %q %17\n");
    // A long integer takes two cells, as a double does.
    let cells = r"\00\f2\05\2a\01\00\00\00\02\00\00\00";
    assert_eq!(formatted("%lld %d\\0a", cells), "5000000000 2\n13\n");
    assert_eq!(
        formatted("%*d|%.*s|\\0a", r"\fc\ff\ff\ff\07\00\00\00\02\00\00\00\00\04\00\00"),
        "7   |so|\n9\n"
    );
}

#[test]
fn modules_of_clang_have_each_argument_at_a_multiple_of_its_size() {
    let text = r#"(module
        (import "env" "host_printf" (func $printf (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "%d %g %lld %d\0a\00")
        (data (i32.const 0x400) "\07\00\00\00\63\63\63\63\00\00\00\00\00\00\04\40\00\f2\05\2a\01\00\00\00\08\00\00\00")
        (func (export "setup") (drop (call $printf (i32.const 0) (i32.const 0x400)))))"#;
    let patch = sostenuto_machine::conez::read(&wat::parse_str(text).expect("a module"), "clang.wasm");
    let patch = patch.expect("a module").expect("a patch");
    let mut printed = Vec::new();
    let print = &mut |text: &[u8]| printed.extend_from_slice(text);
    run(&load(&patch).expect("loaded"), &Settings::default(), None, &mut |_, _| {}, print).expect("run");
    assert_eq!(printed, b"7 2.5 5000000000 8\n");
}

#[test]
fn what_is_too_long_is_cut_and_what_is_not_there_is_minus_one() {
    let long = "x".repeat(300);
    let text = formatted(&long, "");
    assert_eq!(text, format!("{}255\n", &long[..255]));
    assert_eq!(formatted("%300d|", r"\01\00\00\00"), format!("{}|192\n", " ".repeat(191)));
    let outside = "(call $env_host_printf (i32.const 0) (i32.const 0xFFFD))";
    assert_eq!(values(r#"(data (i32.const 0) "%d\00")"#, &[outside]), [-1]);
    let endless = "(call $env_host_printf (i32.const 0xFFFF) (i32.const 0))";
    assert_eq!(values(r#"(data (i32.const 0xFFFF) "x")"#, &[endless]), [-1]);
}

#[test]
fn a_buffer_gets_what_it_has_room_for_with_a_zero() {
    let snprintf = |size: i32| {
        format!(
            "(call $env_host_snprintf (i32.const 0x800) (i32.const {size}) (i32.const 0) (i32.const 0xF000))"
        )
    };
    let data = r#"(data (i32.const 0) "n = %d\00") (data (i32.const 0x800) "??????????????")
        (data (i32.const 0xF000) "\39\30\00\00")"#;
    let word = |at: i32| format!("(i32.load (i32.const {at}))");
    let expressions = [
        snprintf(0),
        word(0x800),
        snprintf(6),
        word(0x800),
        word(0x804),
        snprintf(100),
        word(0x804),
        word(0x808),
    ];
    let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
    let bytes = |text: &[u8; 4]| i32::from_le_bytes(*text);
    assert_eq!(
        values(data, &expressions),
        [9, bytes(b"????"), 9, bytes(b"n = "), bytes(b"1\0??"), 9, bytes(b"1234"), bytes(b"5\0??")]
    );
    let outside =
        "(call $env_host_snprintf (i32.const 0xFFFE) (i32.const 9) (i32.const 0) (i32.const 0xF000))";
    assert_eq!(values(data, &[outside]), [-1]);
}

#[test]
fn values_are_scanned_and_put_where_they_are_wanted() {
    let scan = |text: &str, format: &str, more: &[&str]| {
        let data = format!(
            r#"(data (i32.const 0) "{text}\00") (data (i32.const 0x100) "{format}\00")
            (data (i32.const 0x200) "\00\03\00\00\04\03\00\00\08\03\00\00\10\03\00\00")"#
        );
        let call = "(call $env_host_sscanf (i32.const 0) (i32.const 0x100) (i32.const 0x200))";
        values(&data, &[&[call], more].concat())
    };
    let words =
        ["(i32.load (i32.const 0x300))", "(i32.load (i32.const 0x304))", "(i32.load (i32.const 0x308))"];
    let float = (3.25_f32).to_bits() as i32;
    assert_eq!(scan("42 3.25 hi!", "%d %f %s", &words), [3, 42, float, i32::from_le_bytes(*b"hi!\0")]);
    assert_eq!(scan("ff:-017", "%x:%i", &words[..2]), [2, 255, -15]);
    assert_eq!(scan("1,2,3", "%d,%*d,%d", &words[..2]), [2, 1, 3]);
    assert_eq!(scan("1234567", "%3d%hhd%n", &words), [2, 123, (4567_i32 as u8).into(), 7]);
    assert_eq!(scan("5x6", "%d %d", &words[..2]), [1, 5, 0]);
    assert_eq!(scan("  ", "%d", &[]), [-1]);
    assert_eq!(scan("x", "%d", &[]), [0]);
    assert_eq!(scan("50%!", "%d%%%c", &words[..2]), [2, 50, b'!'.into()]);
    let double = "(i32.wrap_i64 (i64.shr_u (i64.load (i32.const 0x300)) (i64.const 32)))";
    assert_eq!(scan("-2.5e3", "%lf", &[double]), [1, ((-2500.0_f64).to_bits() >> 32) as i32]);
    assert_eq!(scan("-5000000000", "%lld", &words[..2]), [1, -5_000_000_000_i64 as i32, -2]);
}

#[test]
fn text_is_shown_when_it_is_printed_and_not_at_the_end() {
    let parts = r#"(func (export "setup")
        (call $env_print_i32 (i32.const 1))
        (call $env_print_i32 (i32.const 2))
        unreachable)"#;
    let patch = Patch::new(module(parts), crate::patch::facts()).expect("a patch");
    let mut pieces = Vec::new();
    let print = &mut |text: &[u8]| pieces.push(text.to_vec());
    let result = run(&load(&patch).expect("loaded"), &Settings::default(), None, &mut |_, _| {}, print);
    assert!(result.expect("run").fault.is_some());
    assert_eq!(pieces, [b"1\n", b"2\n"]);
    assert_eq!(outcome(parts, &Settings::default()).1.report.printed, 4);
}
