//! First values that a NOLOAD section lost.

use sostenuto_board::inspect::{Check, Input, InspectError, Question, Severity, inspect};

use crate::firmware::{Firmware, daisy, none, one};

const LOST: &str = r#"
    IN(".sdram_bss") int gain = 0x0102;
    IN(".sdram_bss") int level;
    int main(void) { KEEP(&gain); KEEP(&level); return 0; }
"#;

#[test]
fn a_lost_first_value_is_found_with_the_object() {
    let firmware = Firmware::of(LOST);
    let told =
        ["`gain` has a first value in main.o", "`.sdram_bss`, 2 of 4 B not zero", "0xc0000000", "is lost"];
    one(&firmware.with_object(), Check::LostInitialiser, Severity::Error, &told);
    // The image alone does not hold what was lost, and nothing is guessed.
    none(&firmware.inspect(), Check::LostInitialiser);
}

#[test]
fn a_lost_first_value_is_found_in_an_archive() {
    let firmware = Firmware::of(LOST);
    firmware.tool("ar", &["rc", "libmain.a", "main.o"]);
    let archive = firmware.file("libmain.a");
    let objects = vec![Input { name: "libmain.a".to_owned(), bytes: &archive }];
    let found = firmware.ask(&Question { objects, ..Question::default() });
    one(&found, Check::LostInitialiser, Severity::Error, &["`gain`", "libmain.a(main.o)"]);
}

#[test]
fn zeros_and_loaded_values_are_not_lost() {
    let source = r#"
        int gain = 0x0102;
        IN(".sdram_bss") int level = 0;
        int main(void) { KEEP(&gain); KEEP(&level); return 0; }
    "#;
    none(&Firmware::of(source).with_object(), Check::LostInitialiser);
}

#[test]
fn constants_without_bytes_are_an_error_without_the_object_too() {
    let noload = [(
        ".sdram_bss (NOLOAD)",
        ".sdram_tables (NOLOAD) : { *(.sdram_tables) } > SDRAM\n  .sdram_bss (NOLOAD)",
    )];
    let source = r#"
        IN(".sdram_tables") const int sine[16] = { 1, 2, 3 };
        int main(void) { KEEP(sine); return 0; }
    "#;
    let found = Firmware::with(source, &noload, &[]).inspect();
    one(&found, Check::LostInitialiser, Severity::Error, &["`.sdram_tables`", "64 B", "`sine`"]);
}

#[test]
fn an_object_that_is_none_is_refused_by_name() {
    let firmware = Firmware::of(LOST);
    for (bytes, told) in [(&b"text"[..], "main.o: this is no ELF file"), (b"!<thin>\n", "main.o: ")] {
        let objects = vec![Input { name: "main.o".to_owned(), bytes }];
        let question = Question { objects, ..Question::default() };
        let error = inspect(&firmware.image(), &daisy(), &question).unwrap_err();
        assert!(
            matches!(error, InspectError::Object { .. }) && error.to_string().starts_with(told),
            "{error}"
        );
    }
}
