//! Arithmetic in `double`.

use sostenuto_board::inspect::{Check, Severity};

use crate::firmware::{Firmware, none, one};

const DOUBLES: &str = r#"
    float a;
    __attribute__((noinline)) float scale(float x) { return x * 0.1; }
    __attribute__((noinline)) float twice(float x) { return x * 2.0f; }
    int main(void) { a = scale(a) + twice(a); KEEP(&a); return 0; }
"#;

#[test]
fn who_calls_the_helpers_is_named() {
    let found = Firmware::of(DOUBLES).inspect();
    let told =
        ["1 function computes in `double` by software", "`scale` calls", "`__aeabi_dmul`", "`__aeabi_f2d`"];
    one(&found, Check::Doubles, Severity::Warning, &told);
    let names: Vec<_> = found.doubles.iter().map(|user| user.function.as_str()).collect();
    assert_eq!(names, ["scale"], "neither `twice` nor the helpers themselves");
    assert_eq!(found.doubles[0].helpers, ["__aeabi_d2f", "__aeabi_dmul", "__aeabi_f2d"]);
}

#[test]
fn float_alone_is_no_double() {
    let found = Firmware::of(&DOUBLES.replace("0.1;", "0.1f;")).inspect();
    none(&found, Check::Doubles);
    assert!(found.doubles.is_empty(), "{:?}", found.doubles);
}

#[test]
fn a_helper_called_at_the_end_counts() {
    let source = "double a, b; __attribute__((noinline)) double add(double x, double y) { return x + y; } \
                  int main(void) { a = add(a, b); KEEP(&a); return 0; }";
    let found = Firmware::with(source, &[], &["-O2"]).inspect();
    assert_eq!(found.doubles[0].function, "add");
    assert_eq!(found.doubles[0].helpers, ["__aeabi_dadd"]);
}

#[test]
fn a_processor_that_computes_in_double_is_counted_without_a_warning() {
    let hard = ["-mfloat-abi=softfp", "-mfpu=fpv5-d16"];
    let found = Firmware::with(DOUBLES, &[], &hard).inspect();
    none(&found, Check::Doubles);
    assert_eq!(found.doubles.len(), 1);
    // To double, the product, and back.
    assert_eq!((found.doubles[0].function.as_str(), found.doubles[0].instructions), ("scale", 2));
}
