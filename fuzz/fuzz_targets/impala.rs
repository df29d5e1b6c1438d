//! Arbitrary text as an Impala source.

#![no_main]

mod checks;

use libfuzzer_sys::fuzz_target;
use sostenuto_lang::Language;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        checks::source(Language::Impala, text);
    }
});
