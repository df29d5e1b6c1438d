//! Random programs compiled by us and by clang: both must print the same.

mod c;
#[path = "c/generate.rs"]
mod generate;

/// Sources of ten programs each: 240 programs.
const SOURCES: u64 = 24;

#[test]
fn random_programs_print_what_they_print_with_clang() {
    for seed in 0..SOURCES {
        let source = generate::source(seed);
        let patch = c::built(&source).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{source}"));
        let own = c::run(&patch.wasm).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{source}")).text;
        let module = c::clang::compile(&source, &format!("differential{seed}"), &["-O1"]);
        let clang =
            c::run(&module).unwrap_or_else(|error| panic!("seed {seed}, clang: {error}\n{source}")).text;
        if own != clang {
            let at = own.lines().zip(clang.lines()).position(|(one, other)| one != other);
            let line = |text: &str| at.and_then(|at| text.lines().nth(at)).unwrap_or("nothing").to_owned();
            panic!("seed {seed}, line {at:?}: {} and with clang {}\n{source}", line(&own), line(&clang));
        }
    }
}
