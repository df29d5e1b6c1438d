//! The stack and what is below it.

use sostenuto_board::inspect::{Check, Question, Severity};

use crate::firmware::{Firmware, none, one};

/// The linker refuses more than 128 KB in all; this leaves 1,024 B and what the other variables take.
const TIGHT: &str = "char big[129 * 1024 - 2048]; int main(void) { KEEP(big); return 0; }";

#[test]
fn a_stack_that_needs_more_than_is_free_is_an_error() {
    let firmware = Firmware::of(TIGHT);
    let found = firmware.ask(&Question { stack: Some(4_096), ..Question::default() });
    one(&found, Check::Stack, Severity::Error, &["needs 4,096 B", "has 1,024 B", "0x20020000", "`.bss`"]);
    none(&firmware.ask(&Question { stack: Some(1_024), ..Question::default() }), Check::Stack);
}

#[test]
fn without_a_number_the_bytes_are_told() {
    let found = Firmware::of(TIGHT).inspect();
    one(&found, Check::Stack, Severity::Warning, &["has 1,024 B below 0x20020000 in DTCM", "section `.bss`"]);
    let stack = found.stack.unwrap();
    assert_eq!((stack.top, stack.free, stack.region.as_str()), (0x2002_0000, 1_024, "DTCM"));
    assert!(stack.known_by.contains(".isr_vector"), "{}", stack.known_by);
}

#[test]
fn a_stack_below_which_is_nothing_cannot_run_into_anything() {
    let below = [
        ("ORIGIN(DTCM) + LENGTH(DTCM)", "ORIGIN(DTCM) + 8K"),
        ("DTCM  : ORIGIN = 0x20000000, LENGTH = 128K", "DTCM  : ORIGIN = 0x20000000, LENGTH = 128K"),
        (".data : {", ".data ORIGIN(DTCM) + 8K : {"),
    ];
    let found = Firmware::with("int a = 3; int main(void) { KEEP(&a); return 0; }", &below, &[]).inspect();
    none(&found, Check::Stack);
    assert_eq!(found.stack.unwrap().free, 8 << 10);
}

#[test]
fn room_that_the_script_sets_aside_is_the_stacks() {
    let room = [(
        ".axi_bss (NOLOAD)",
        "._user_heap_stack (NOLOAD) : { . = . + 0x600; } > DTCM\n  .axi_bss (NOLOAD)",
    )];
    let source = "char some[1024]; int main(void) { KEEP(some); return 0; }";
    let found = Firmware::with(source, &room, &[]).inspect();
    assert_eq!(found.stack.unwrap().free, (127 << 10));
}

#[test]
fn a_stack_that_is_a_variable_has_the_bytes_of_it() {
    let symbol = [("_estack = ORIGIN(DTCM) + LENGTH(DTCM);", "_estack = own_stack + 2048;")];
    let source = "char before[64]; __attribute__((aligned(8))) char own_stack[2048]; \
                  int main(void) { KEEP(own_stack); KEEP(before); return 0; }";
    let firmware = Firmware::with(source, &symbol, &[]);
    let found = firmware.ask(&Question { stack: Some(2_049), ..Question::default() });
    one(&found, Check::Stack, Severity::Error, &["needs 2,049 B and has 2,048 B"]);
}

#[test]
fn a_stack_outside_the_board_is_an_error() {
    let symbol = [("ORIGIN(DTCM) + LENGTH(DTCM)", "0x10010000")];
    let found = Firmware::with("int main(void) { return 0; }", &symbol, &[]).inspect();
    one(&found, Check::Stack, Severity::Error, &["0x10010000", "outside every region"]);
}

#[test]
fn no_room_at_all_is_an_error_without_a_number() {
    let symbol = [("ORIGIN(DTCM) + LENGTH(DTCM)", "_ebss")];
    let found = Firmware::with("int a[4]; int main(void) { KEEP(a); return 0; }", &symbol, &[]).inspect();
    let stack = found.stack.clone().unwrap();
    // The stack begins where the last variable ends, and so counts as that variable's.
    assert_eq!(stack.free, 16);
    let symbol = [("ORIGIN(DTCM) + LENGTH(DTCM)", "_ebss + 4")];
    let source = "int a[4]; int main(void) { KEEP(a); return 0; }";
    let found = Firmware::with(source, &symbol, &[]).inspect();
    one(&found, Check::Stack, Severity::Warning, &["has 4 B"]);
}
