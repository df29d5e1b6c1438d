//! Memory that is up late, used before `main`.

use sostenuto_board::inspect::{Check, Severity};

use crate::firmware::{Firmware, none, of, one};

/// A constructor that writes to the SDRAM by a function that it calls.
const EARLY: &str = r#"
    IN(".sdram_bss") int line[100];
    __attribute__((noinline)) static void clear(void) { line[3] = 1; KEEP(line); }
    __attribute__((constructor)) static void set_up(void) { clear(); KEEP(0); }
    int main(void) { return 0; }
"#;

#[test]
fn a_constructor_that_uses_late_memory_is_named() {
    let told = ["`set_up`", "runs before main", "calls `clear`", "0xc0000000 (`line`)", "in SDRAM"];
    one(&Firmware::of(EARLY).inspect(), Check::LateMemory, Severity::Warning, &told);
    // The same with addresses in two instructions, as other compilers write them.
    let found = Firmware::with(EARLY, &[], &["-mslow-flash-data"]).inspect();
    one(&found, Check::LateMemory, Severity::Warning, &told);
}

#[test]
fn main_may_use_it_and_a_constructor_other_memory() {
    let source = r#"
        IN(".sdram_bss") int line[100];
        int fast[4];
        __attribute__((constructor)) static void set_up(void) { fast[1] = 1; KEEP(fast); }
        int main(void) { line[3] = 1; KEEP(line); return 0; }
    "#;
    none(&Firmware::of(source).inspect(), Check::LateMemory);
}

/// -2.0 has the bits of the SDRAM's first address.
#[test]
fn a_number_is_no_address() {
    let source = r#"
        float value;
        __attribute__((constructor)) static void set_up(void) { value *= -2.0f; KEEP(&value); }
        int main(void) { return 0; }
    "#;
    let hard = ["-mfloat-abi=hard", "-mfpu=fpv5-d16"];
    none(&Firmware::with(source, &[], &hard).inspect(), Check::LateMemory);
}

#[test]
fn first_values_for_late_memory_are_pointed_at() {
    let data = [(
        ".sdram_bss (NOLOAD)",
        ".sdram_data : { *(.sdram_data) } > SDRAM AT> FLASH\n  .sdram_bss (NOLOAD)",
    )];
    let source = r#"IN(".sdram_data") int gain = 7; int main(void) { KEEP(&gain); return 0; }"#;
    let found = Firmware::with(source, &data, &[]).inspect();
    one(&found, Check::LateMemory, Severity::Warning, &["`.sdram_data` has 4 B", "SDRAM"]);
}

#[test]
fn chance_values_are_noted_where_nothing_zeroes() {
    let source = r#"
        int zeroed[4];
        IN(".sdram_bss") int line[100];
        IN(".sdram_bss") int at;
        int main(void) { KEEP(zeroed); KEEP(line); KEEP(&at); return 0; }
    "#;
    let found = Firmware::of(source).inspect();
    let notes = of(&found, Check::ChanceValues);
    assert_eq!(notes.len(), 1, "{notes:#?}");
    assert!(notes[0].message.contains("2 variables in section `.sdram_bss` (404 B"), "{}", notes[0].message);
}
