//! The texts of BASIC.

use crate::patch::{printed, values};

/// Texts at 0, 32, 64 and so on, and what expressions that give a text give.
fn texts(texts: &[&str], expressions: &[&str]) -> Vec<String> {
    let data: String = texts
        .iter()
        .enumerate()
        .map(|(index, text)| format!("(data (i32.const {}) \"{text}\\00\")", index * 32))
        .collect();
    let body: String = expressions
        .iter()
        .map(|expression| {
            format!(
                "(local.set $text {expression})
                (call $env_print_str (local.get $text) (call $env_basic_str_len (local.get $text)))
                (call $env_print_str (i32.const 0xF000) (i32.const 1))"
            )
        })
        .collect();
    let text = printed(&format!(
        "{data} (data (i32.const 0xF000) \"|\") (func (export \"setup\") (local $text i32) {body})"
    ));
    text.split_terminator('|').map(str::to_owned).collect()
}

#[test]
fn parts_of_texts() {
    let mid = |start: i32, length: i32| {
        format!("(call $env_basic_str_mid (i32.const 0) (i32.const {start}) (i32.const {length}))")
    };
    let mids = [mid(3, 4), mid(0, 2), mid(9, 9), mid(20, 1), mid(4, -1), mid(2, 0)];
    let mids: Vec<&str> = mids.iter().map(String::as_str).collect();
    assert_eq!(texts(&["sostenuto"], &mids), ["sten", "so", "o", "", "tenuto", ""]);
    let others = [
        "(call $env_basic_str_left (i32.const 0) (i32.const 4))",
        "(call $env_basic_str_left (i32.const 0) (i32.const -4))",
        "(call $env_basic_str_right (i32.const 0) (i32.const 2))",
        "(call $env_basic_str_right (i32.const 0) (i32.const 99))",
        "(call $env_basic_str_copy (i32.const 0))",
        "(call $env_basic_str_concat (i32.const 32) (i32.const 0))",
    ];
    assert_eq!(
        texts(&["sostenuto", "molto "], &others),
        ["sost", "", "to", "sostenuto", "sostenuto", "molto sostenuto"]
    );
}

#[test]
fn other_forms_of_texts() {
    let expressions = [
        "(call $env_basic_str_upper (i32.const 0))",
        "(call $env_basic_str_lower (i32.const 0))",
        "(call $env_basic_str_trim (i32.const 0))",
        "(call $env_basic_str_ltrim (i32.const 0))",
        "(call $env_basic_str_rtrim (i32.const 0))",
        "(call $env_basic_str_repeat (i32.const 3) (i32.const 42))",
        "(call $env_basic_str_repeat (i32.const -3) (i32.const 42))",
        "(call $env_basic_str_space (i32.const 2))",
        "(call $env_basic_str_chr (i32.const 65))",
        "(call $env_basic_str_hex (i32.const -1))",
        "(call $env_basic_str_oct (i32.const 64))",
        "(call $env_basic_str_from_int (i32.const -12))",
        "(call $env_basic_str_from_i64 (i64.const 5000000000))",
        "(call $env_basic_str_from_float (f32.const 0.1))",
        "(call $env_basic_str_from_float (f32.const 1e10))",
    ];
    assert_eq!(
        texts(&[" aB\\09"], &expressions),
        [
            " AB\t",
            " ab\t",
            "aB",
            "aB\t",
            " aB",
            "***",
            "",
            "  ",
            "A",
            "FFFFFFFF",
            "100",
            "-12",
            "5000000000",
            "0.1",
            "1e+10"
        ]
    );
}

#[test]
fn a_part_is_replaced_without_a_change_of_length() {
    let assign = |start: i32, length: i32| {
        format!(
            "(call $env_basic_str_mid_assign (i32.const 0) (i32.const {start}) (i32.const {length}) (i32.const 32))"
        )
    };
    let calls = [assign(2, 2), assign(2, -1), assign(4, 9), assign(0, 2), assign(9, 2)];
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    assert_eq!(texts(&["abcde", "XYZ"], &calls), ["aXYde", "aXYZe", "abcXY", "abcde", "abcde"]);
}

#[test]
fn texts_are_compared_searched_and_read_as_numbers() {
    let data = r#"(data (i32.const 0) "abcabd\00") (data (i32.const 32) "abd\00") (data (i32.const 64) "\00")
        (data (i32.const 96) " -0x1Fz\00") (data (i32.const 128) "99999999999\00") (data (i32.const 160) "2.5e1\00")"#;
    let instr = |needle: i32, start: i32| {
        format!("(call $env_basic_str_instr (i32.const 0) (i32.const {needle}) (i32.const {start}))")
    };
    let compare = |first: i32, second: i32| {
        format!("(call $env_basic_str_cmp (i32.const {first}) (i32.const {second}))")
    };
    let found = [
        instr(32, 1),
        instr(32, 4),
        instr(32, 5),
        instr(64, 3),
        instr(64, 9),
        compare(0, 32),
        compare(32, 0),
        compare(0, 0),
    ];
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(values(data, &found), [4, 4, 0, 3, 0, -1, 1, 0]);
    let numbers = [
        "(call $env_basic_str_asc (i32.const 0))",
        "(call $env_basic_str_asc (i32.const 64))",
        "(call $env_basic_str_to_int (i32.const 96))",
        "(call $env_basic_str_to_int (i32.const 128))",
        "(call $env_basic_str_to_int (i32.const 32))",
        "(i32.wrap_i64 (i64.sub (call $env_basic_str_to_i64 (i32.const 128)) (i64.const 99999999000)))",
        "(i32.trunc_f32_s (call $env_basic_str_to_float (i32.const 160)))",
        "(i32.trunc_f32_s (call $env_basic_str_to_float (i32.const 32)))",
    ];
    assert_eq!(values(data, &numbers), [97, 0, -31, i32::MAX, 0, 999, 25, 0]);
}

#[test]
fn texts_lie_in_the_pool_and_literals_are_not_freed() {
    let data = r#"(data (i32.const 0) "abc\00")"#;
    let expressions = [
        "(call $env_basic_str_copy (i32.const 0))",
        "(call $env_basic_str_alloc (i32.const 100))",
        "(block (result i32) (call $env_basic_str_free (i32.const 0)) (call $env_basic_str_free (i32.const 0x8000))
            (call $env_basic_str_alloc (i32.const 2)))",
        // The pool has 28,672 bytes.
        "(call $env_basic_str_alloc (i32.const 28664))",
        "(call $env_basic_str_alloc (i32.const -1))",
        "(call $env_basic_str_len (i32.const 0x10000))",
        "(call $env_basic_str_upper (i32.const -1))",
    ];
    assert_eq!(values(data, &expressions), [0x8000, 0x8004, 0x8000, 0, 0, 0, 0]);
}
