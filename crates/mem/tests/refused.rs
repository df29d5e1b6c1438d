//! Programs that must not compile, and what the compiler says of them.

#[test]
fn what_would_be_wrong_does_not_compile() {
    let cases = trybuild::TestCases::new();
    // One that compiles has all of them built and not only checked: what depends on a type parameter is found out then.
    cases.pass("tests/refused/fits.rs");
    cases.compile_fail("tests/refused/refused_*.rs");
}
