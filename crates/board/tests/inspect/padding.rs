//! Structures that another order makes smaller.

use sostenuto_board::inspect::{Check, Severity};

use crate::firmware::{Firmware, none, one};

fn of_structure(members: &str, attribute: &str) -> Firmware {
    let source = format!(
        "struct Voice {{ {members} }} {attribute};\nstruct Voice voices[8];\nstruct Voice spare;\n\
         int main(void) {{ KEEP(voices); KEEP(&spare); return 0; }}"
    );
    Firmware::of(&source)
}

#[test]
fn padding_is_told_with_what_another_order_saves() {
    let found = of_structure("char on; double phase; char mode; float gain;", "").inspect();
    let padded = &found.padded[0];
    assert_eq!((padded.structure.as_str(), padded.bytes, padded.reordered), ("Voice", 24, 16));
    assert_eq!((padded.count, padded.saved), (9, 72));
    one(&found, Check::Padding, Severity::Note, &["72 B", "`Voice` 24 B, 16 B if reordered, 9 of it"]);
}

#[test]
fn the_promised_order_has_the_promised_size() {
    let found = of_structure("double phase; float gain; char on; char mode;", "").inspect();
    none(&found, Check::Padding);
    let voices = found.symbols.iter().find(|symbol| symbol.name == "voices").unwrap();
    assert_eq!(voices.bytes, 8 * 16);
}

#[test]
fn what_cannot_be_made_smaller_is_not_told() {
    none(&of_structure("float gain; char on;", "").inspect(), Check::Padding);
    none(&of_structure("char on; float gain;", "__attribute__((packed))").inspect(), Check::Padding);
    none(&of_structure("char on; int a : 3; char mode; int b : 30;", "").inspect(), Check::Padding);
}

#[test]
fn members_of_all_kinds_are_measured() {
    let members = "char on; struct { short a; char b[3]; } inner; void *next; char c; union { int i; char k; } u; \
                   short s[3]; enum { A, B } e; volatile long long big;";
    let found = of_structure(members, "").inspect();
    // 1 + 6 + 4 + 1 + 4 + 6 + 1 + 8 bytes, to the next multiple of 8.
    assert_eq!(found.padded[0].reordered, 32, "{:?}", found.padded);
}

#[test]
fn no_debugging_information_is_no_finding() {
    let source = "struct V { char a; int b; char c; } v; int main(void) { KEEP(&v); return 0; }";
    none(&Firmware::with(source, &[], &["-g0"]).inspect(), Check::Padding);
}
