//! Programs sound as they do elsewhere: in doubles as by Faust's own C++ back-end, in singles to the bit as in another
//! interpreter of WebAssembly; and to the bit as themselves in blocks of other lengths and in paged memory.
//!
//! Needs the packages faust, faust-common (its examples) and g++. All of the examples: `benches/faust`.

mod cpp;
mod elsewhere;
mod judge;
mod stimulus;

use std::path::{Path, PathBuf};

use judge::Judged;

/// Our own programs, and examples that come with Faust: delays, tables, filters, synthesis, state of all sizes.
const EXAMPLES: [&str; 10] = [
    "bela/granulator",
    "delayEcho/smoothDelay",
    "dynamic/compressor",
    "filtering/moogVCF",
    "generator/osc",
    "misc/statespace",
    "phasing/flanger",
    "physicalModeling/karplus",
    "pitchShifting/pitchShifter",
    "reverb/zitaRev",
];

fn patches() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../patches");
    let names = ["ping_pong_echo", "plate", "chime"];
    names.iter().map(|name| folder.join(name).with_extension("dsp")).collect()
}

fn all() -> Vec<PathBuf> {
    let folder = Path::new("/usr/share/doc/faust-common/examples");
    assert!(folder.is_dir(), "the examples are missing: apt install faust-common");
    let examples = EXAMPLES.iter().map(|name| folder.join(name).with_extension("dsp"));
    examples.chain(patches()).collect()
}

fn hold(judge: impl Fn(&Path) -> Result<Judged, String>) {
    for path in all() {
        let Judged { samples, sounding } =
            judge(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(samples >= 3 * stimulus::FEWER, "{}: {samples} samples", path.display());
        assert!(sounding, "{} is silent: nothing was compared", path.display());
    }
}

#[test]
fn in_doubles_as_the_cpp_back_end() {
    hold(judge::against_cpp);
}

#[test]
fn in_singles_to_the_bit_as_another_interpreter() {
    hold(judge::against_another_interpreter);
}

#[test]
fn to_the_bit_for_every_length_of_blocks_and_in_paged_memory() {
    hold(judge::against_itself);
}

#[test]
fn the_arrays_found_in_the_module_are_those_that_c_declares() {
    for path in all() {
        judge::names(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
