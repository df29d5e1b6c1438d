//! Files, directories and compression.

use std::fs;
use std::path::Path;

use sostenuto_machine::conez::{RenderError, Settings, run};
use tempfile::TempDir;

use crate::patch::{loaded, outcome, values_with};

/// Where the paths of [`PATHS`] lie, in order.
const PATHS: [&str; 9] = [
    "/log.txt",
    "/sub",
    "/sub/a",
    "/../secret",
    "/config.ini",
    "/link/secret",
    "/",
    "log.txt",
    "/sub/../log.txt",
];

fn data() -> String {
    let path = |(index, path): (usize, &&str)| format!("(data (i32.const {}) \"{path}\\00\")", index * 32);
    PATHS.iter().enumerate().map(path).collect()
}

/// The number of a path as an argument.
fn path(name: &str) -> String {
    let index = PATHS.iter().position(|path| *path == name).expect("a known path");
    format!("(i32.const {})", index * 32)
}

fn call(name: &str, arguments: &[i32]) -> String {
    let arguments: String = arguments.iter().map(|argument| format!("(i32.const {argument}) ")).collect();
    format!("(call $env_{name} {arguments})")
}

fn open(name: &str, mode: i32) -> String {
    format!("(call $env_file_open {} (i32.const {mode}))", path(name))
}

fn close(handle: i32) -> String {
    format!("(block (result i32) {} (i32.const -9))", call("file_close", &[handle]))
}

/// What the expressions give in this directory, after `more` in the data.
fn in_directory(directory: &Path, more: &str, expressions: &[String]) -> Vec<i32> {
    let settings = Settings { directory: Some(directory.to_owned()), ..Settings::default() };
    let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
    values_with(&(data() + more), &expressions, &settings)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_file_is_written_read_and_measured() {
    let folder = folder();
    let text = r#"(data (i32.const 0x400) "one\0d\0atwo\0a\00")"#;
    let expressions = [
        open("/log.txt", 0),
        open("/log.txt", 1),
        call("file_write", &[0, 0x400, 9]),
        call("file_tell", &[0]),
        call("file_writeln", &[0, 0x405]),
        call("file_flush", &[0]),
        call("file_write", &[0, 0xFFFF, 2]),
        call("file_write", &[3, 0x400, 1]),
        call("file_read", &[0, 0x500, 1]),
        close(0),
        open("/log.txt", 3),
        call("file_size", &[0]),
        call("file_eof", &[0]),
        call("file_readln", &[0, 0x500, 16]),
        "(i32.load (i32.const 0x500))".to_owned(),
        call("file_readln", &[0, 0x500, 3]),
        "(i32.load (i32.const 0x500))".to_owned(),
        call("file_read", &[0, 0x600, 100]),
        call("file_eof", &[0]),
        call("file_readln", &[0, 0x500, 16]),
        call("file_seek", &[0, -2, 2]),
        call("file_tell", &[0]),
        call("file_seek", &[0, 3, 1]),
        call("file_seek", &[0, -1, 0]),
        call("file_tell", &[0]),
        call("file_truncate", &[0, 4]),
        call("file_size", &[0]),
        close(0),
        call("file_tell", &[0]),
        open("/log.txt", 2),
        call("file_write", &[0, 0x405, 3]),
    ];
    assert_eq!(
        in_directory(folder.path(), text, &expressions),
        [
            -1,
            0,
            9,
            9,
            0,
            0,
            -1,
            -1,
            -1,
            -9,
            0,
            14,
            0,
            3,
            i32::from_le_bytes(*b"one\0"),
            2,
            i32::from_le_bytes(*b"tw\0\0"),
            5,
            1,
            0,
            0,
            12,
            -1,
            -1,
            12,
            0,
            4,
            -9,
            -1,
            0,
            3
        ]
    );
    assert_eq!(fs::read(folder.path().join("log.txt")).expect("the file"), b"one\rtwo");
}

#[test]
fn a_line_can_be_a_text_of_the_pool() {
    let folder = folder();
    fs::write(folder.path().join("log.txt"), format!("{}\r\n\nlast", "x".repeat(5_000))).expect("written");
    let line = || format!("(call $env_basic_str_len {})", call("file_readln_str", &[0]));
    let expressions = [
        open("/log.txt", 0),
        line(),
        line(),
        call("file_eof", &[0]),
        line(),
        call("file_eof", &[0]),
        call("file_readln_str", &[0]),
    ];
    assert_eq!(in_directory(folder.path(), "", &expressions), [0, 5_000, 0, 0, 4, 1, 0]);
}

#[test]
fn files_and_directories_come_and_go() {
    let folder = folder();
    let named = |name: &str, of: &str| format!("(call $env_{name} {})", path(of));
    let expressions = [
        named("file_mkdir", "/sub"),
        named("file_mkdir", "/sub"),
        open("/sub/a", 1),
        call("file_write", &[0, 0, 4]),
        named("file_rmdir", "/sub"),
        format!("(call $env_file_stat {} (i32.const 0x600))", path("/sub/a")),
        "(i32.load (i32.const 0x600))".to_owned(),
        "(i32.load (i32.const 0x604))".to_owned(),
        format!("(call $env_file_stat {} (i32.const 0x600))", path("/sub")),
        "(i32.load (i32.const 0x604))".to_owned(),
        format!("(call $env_file_stat {} (i32.const 0xFFFE))", path("/sub")),
        format!("(call $env_file_rename {} {})", path("/sub/a"), path("/log.txt")),
        format!("(call $env_file_stat {} (i32.const 0x600))", path("/log.txt")),
        format!("(call $env_file_stat {} (i32.const 0x600))", path("/sub/../log.txt")),
        named("dir_open", "/"),
        call("dir_read", &[0, 0x700]),
        "(i32.load (i32.const 0x700))".to_owned(),
        "(i32.load (i32.const 0x704))".to_owned(),
        call("dir_read", &[0, 0x700]),
        "(i32.load (i32.const 0x700))".to_owned(),
        "(i32.load (i32.const 0x704))".to_owned(),
        call("dir_read", &[0, 0x700]),
        call("dir_read", &[1, 0x700]),
        named("file_rmdir", "/sub"),
        named("file_delete", "/log.txt"),
        named("file_delete", "/log.txt"),
    ];
    assert_eq!(
        in_directory(folder.path(), "", &expressions),
        [
            0,
            -1,
            0,
            4,
            -1,
            0,
            4,
            0,
            0,
            1,
            -1,
            0,
            0,
            -1,
            0,
            1,
            0,
            i32::from_le_bytes(*b"log."),
            1,
            1,
            i32::from_le_bytes(*b"sub\0"),
            0,
            -1,
            0,
            0,
            -1
        ]
    );
}

#[test]
fn there_are_four_handles_of_each_kind() {
    let folder = folder();
    let mut expressions = vec![open("/log.txt", 1); 5];
    expressions.extend([close(2), open("/log.txt", 0)]);
    expressions.extend(vec![format!("(call $env_dir_open {})", path("/")); 5]);
    assert_eq!(in_directory(folder.path(), "", &expressions), [0, 1, 2, 3, -1, -9, 2, 0, 1, 2, 3, -1]);
}

#[test]
fn nothing_outside_is_reached_and_the_configuration_is_not_touched() {
    let outside = folder();
    let inside = outside.path().join("inside");
    fs::create_dir(&inside).expect("a folder");
    fs::write(outside.path().join("secret"), "secret").expect("written");
    fs::write(inside.join("config.ini"), "secret").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", inside.join("link")).expect("a link");
    let mut expressions = Vec::new();
    for name in ["/../secret", "/config.ini", "/link/secret", "log.txt"] {
        expressions.extend((0..6).map(|mode| open(name, mode)));
        expressions.push(format!("(call $env_file_delete {})", path(name)));
        expressions.push(format!("(call $env_file_rename {} {})", path(name), path("/log.txt")));
        expressions.push(format!("(call $env_file_stat {} (i32.const 0x600))", path(name)));
        expressions.push(format!("(call $env_file_mkdir {})", path(name)));
        expressions.push(format!("(call $env_deflate_file {} {})", path(name), path("/log.txt")));
        expressions
            .push(format!("(call $env_deflate_mem_to_file (i32.const 0) (i32.const 9) {})", path(name)));
        expressions.push(format!("(call $env_dir_open {})", path(name)));
    }
    // No text of a path at all, and one that is too long.
    expressions.push(call("file_open", &[0xFFFF, 0]));
    expressions.push(call("file_open", &[0x800, 1]));
    let long = format!("(data (i32.const 0x800) \"/{}\") (data (i32.const 0xFFFF) \"/\")", "x".repeat(128));
    let answers = in_directory(&inside, &long, &expressions);
    assert!(answers.iter().all(|answer| *answer == -1), "{answers:?}");
    assert_eq!(fs::read(outside.path().join("secret")).expect("still there"), b"secret");
    assert_eq!(fs::read_dir(&inside).expect("listed").count(), if cfg!(unix) { 2 } else { 1 });
}

#[test]
fn without_a_directory_there_are_no_files() {
    let expressions =
        [open("/log.txt", 1), call("file_eof", &[0]), call("lut_load", &[1]), call("lut_check", &[1])];
    let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
    assert_eq!(values_with(&data(), &expressions, &Settings::default()), [-1, 1, 0, -1]);
    let settings = Settings { directory: Some("/no/such/folder".into()), ..Settings::default() };
    let nowhere = run(&loaded("(func (export \"setup\"))"), &settings, None, &mut |_, _| {}, &mut |_| {});
    assert!(matches!(nowhere, Err(RenderError::Directory { .. })));
}

#[test]
fn what_is_compressed_comes_back_from_memory_and_from_files() {
    let folder = folder();
    let text = format!("(data (i32.const 0x400) \"{}\")", "ostinato ".repeat(100));
    let expressions = [
        "(i32.lt_s (call $env_deflate_mem (i32.const 0x400) (i32.const 900) (i32.const 0x4000) (i32.const 900)) (i32.const 60))"
            .to_owned(),
        call("deflate_mem", &[0x400, 900, 0x4000, 10]),
        call("inflate_mem", &[0x4000, 60, 0x5000, 899]),
        call("inflate_mem", &[0x4000, 60, 0x5000, 900]),
        "(i32.load (i32.const 0x5380))".to_owned(),
        call("inflate_mem", &[0x400, 60, 0x5000, 900]),
        call("inflate_mem", &[0xFFFF, 60, 0x5000, 900]),
        format!(
            "(i32.lt_s (call $env_deflate_mem_to_file (i32.const 0x400) (i32.const 900) {}) (i32.const 60))",
            path("/log.txt")
        ),
        format!("(call $env_inflate_file {} {})", path("/log.txt"), path("/sub")),
        format!("(call $env_inflate_file_to_mem {} (i32.const 0x6000) (i32.const 2000))", path("/log.txt")),
        format!("(i32.gt_s (call $env_deflate_file {} {}) (i32.const 0))", path("/sub"), path("/log.txt")),
    ];
    assert_eq!(
        in_directory(folder.path(), &text, &expressions),
        [1, -1, -1, 900, i32::from_le_bytes(*b"ato "), -1, -1, 1, 900, 900, 1]
    );
    assert_eq!(fs::read(folder.path().join("sub")).expect("the file"), "ostinato ".repeat(100).as_bytes());
}

#[test]
fn a_table_is_loaded_changed_and_saved() {
    let folder = folder();
    fs::write(folder.path().join("lut_7.csv"), "10, 20\n-30\n").expect("written");
    let expressions = [
        call("lut_check", &[7]),
        call("lut_check", &[8]),
        call("lut_load", &[7]),
        call("lut_size", &[]),
        call("lut_get", &[2]),
        call("lut_get", &[3]),
        format!(
            "(block (result i32) {} {} {})",
            call("lut_set", &[0, 11]),
            call("lut_set", &[-1, 5]),
            call("lut_get", &[0])
        ),
        call("lut_save", &[8]),
        call("lut_save", &[256]),
    ];
    assert_eq!(in_directory(folder.path(), "", &expressions), [3, -1, 3, 3, -30, 0, 11, 1, 0]);
    assert_eq!(fs::read(folder.path().join("lut_8.csv")).expect("the file"), b"11,20,-30\n");
}

#[test]
fn a_file_has_an_end_that_cannot_be_passed() {
    let folder = folder();
    let parts = format!(
        "{} (func (export \"setup\")
            (drop {})
            (loop $more (br_if $more (i32.gt_s {} (i32.const 0))))
            (call $env_print_i32 {}))",
        data(),
        open("/log.txt", 1),
        call("file_write", &[0, 0, 0x1_0000]),
        call("file_size", &[0])
    );
    let settings = Settings { directory: Some(folder.path().to_owned()), ..Settings::default() };
    assert_eq!(outcome(&parts, &settings).0, format!("{}\n", 16 << 20));
}
