//! Each rule of BASIC in a small program, with what it prints worked out by hand.

mod conez;

use conez::{Running, fault, printed};

#[test]
fn print_tells_the_type_of_a_value() {
    assert_eq!(printed("> 42\n> 2.5\n> \"hello\"\n> 4294967296&\n"), "42\n2.5\nhello\n4294967296\n");
    assert_eq!(printed("A$ = \"a\" + \"b\"\n> A$\nPRINTS A$ + \"c\"\n"), "ab\nabc\n");
}
