//! The names of arrays where the compiler orders the fields of its C and of its module differently. Needs `faust` and the examples of
//! `faust-common`.

use std::path::Path;

use sostenuto_board::Kind;
use sostenuto_faust::{Options, compile};

#[test]
fn arrays_have_names_though_single_numbers_have_changed_places() {
    let program = Path::new("/usr/share/doc/faust-common/examples/generator/virtualAnalog.dsp");
    let patch = compile(program, &Options::default()).expect("an example of the package faust-common");
    let storages = &patch.facts.storages;
    assert!(!storages.iter().any(|storage| storage.name.starts_with("array ")), "{storages:?}");
    let lines: Vec<_> = storages.iter().filter(|storage| storage.kind == Kind::Delay).collect();
    let told: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.bytes)).collect();
    let lines = ["fVec2", "fVec4", "fVec6", "fVec9", "fVec12", "fVec15"];
    assert_eq!(told, lines.map(|name| (name, 16_384)));
    let mentions = &patch.facts.program.expect("a program").mentions;
    assert!(mentions.iter().any(|mentions| mentions.storage == "fVec15"), "the C++ has the same names");
}
