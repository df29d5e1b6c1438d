//! One program against each of its judges.

use std::collections::BTreeSet;
use std::path::Path;

use sostenuto_board::{Board, Kind, Patch};
use sostenuto_faust::{Options, compile, read};
use sostenuto_machine::Paging;
use sostenuto_machine::dsp::{Loaded, Settings, load, render};

use crate::stimulus::{self, Stimulus};
use crate::{cpp, elsewhere};

/// What was compared.
#[derive(Debug, Default, Clone, Copy)]
pub struct Judged {
    pub samples: usize,
    /// Whether there was anything to hear.
    pub sounding: bool,
}

fn compiled(path: &Path, options: &[&str]) -> Result<Loaded, String> {
    let further = options.iter().map(|option| (*option).to_owned()).collect();
    let options = Options { further, ..Options::default() };
    let patch = compile(path, &options).map_err(|error| format!("not compiled: {error}"))?;
    load(&patch).map_err(|error| format!("not loaded: {error}"))
}

fn play(loaded: &Loaded, stimulus: &Stimulus, settings: &Settings) -> Result<(Vec<f32>, bool), String> {
    let settings = Settings { changes: stimulus.changes.clone(), ..settings.clone() };
    let outcome = render(loaded, &settings, &stimulus.input, &mut |_, _| {});
    let outcome = outcome.map_err(|error| format!("not played: {error}"))?;
    if let Some(fault) = outcome.fault {
        return Err(format!("{}: {fault} at sample {}", stimulus.name, fault.sample.unwrap_or(0)));
    }
    let sounding = outcome.sound.samples.iter().any(|sample| *sample != 0.0);
    Ok((outcome.sound.samples, sounding))
}

/// In double precision, to 2e-6.
pub fn against_cpp(path: &Path) -> Result<Judged, String> {
    let loaded = compiled(path, &["-double"])?;
    let cpp = cpp::Cpp::compile(path, true)?;
    let mut judged = Judged::default();
    for stimulus in stimulus::all(loaded.program(), stimulus::FRAMES) {
        let (here, sounding) = play(&loaded, &stimulus, &Settings::default())?;
        let there = cpp.play(loaded.program(), &stimulus)?;
        if let Some((at, here, there)) = cpp::difference(&here, &there) {
            return Err(format!("{}: sample {at} is {here} here and {there} in C++", stimulus.name));
        }
        judged.samples += here.len();
        judged.sounding |= sounding;
    }
    Ok(judged)
}

/// In single precision, to the bit; a NaN is as good as another.
pub fn against_another_interpreter(path: &Path) -> Result<Judged, String> {
    let loaded = compiled(path, &["-single"])?;
    let mut judged = Judged::default();
    for stimulus in stimulus::all(loaded.program(), stimulus::FEWER) {
        let (here, sounding) = play(&loaded, &stimulus, &Settings::default())?;
        let there = elsewhere::play(&loaded.patch().wasm, loaded.program(), &stimulus)
            .map_err(|error| format!("{}: not played there: {error}", stimulus.name))?;
        let there: Vec<f32> = there.into_iter().map(f32::from_bits).collect();
        same(&here, &there).map_err(|difference| format!("{}: {difference}", stimulus.name))?;
        judged.samples += here.len();
        judged.sounding |= sounding;
    }
    Ok(judged)
}

/// The same to the bit in blocks of one sample, of an odd number and of many, and in the paged memory of a board.
pub fn against_itself(path: &Path) -> Result<Judged, String> {
    let loaded = compiled(path, &[])?;
    let board = Board::builtin("conez-v0-1").map_err(|error| error.to_string())?;
    let paging = Paging::of_board(&board, None).map_err(|error| error.to_string())?;
    let mut judged = Judged::default();
    let [.., sweep] = stimulus::all(loaded.program(), stimulus::FEWER);
    let (usual, sounding) = play(&loaded, &sweep, &Settings::default())?;
    for block in [1, 37, 1_024] {
        let (other, _) = play(&loaded, &sweep, &Settings { block, ..Settings::default() })?;
        same(&usual, &other).map_err(|difference| format!("in blocks of {block}: {difference}"))?;
        judged.samples += other.len();
    }
    let store_bytes = paging.as_ref().map_or(0, |paging| paging.store_bytes);
    if u64::from(loaded.program().bytes) + 100_000 <= store_bytes {
        let (paged, _) = play(&loaded, &sweep, &Settings { paging, ..Settings::default() })?;
        same(&usual, &paged).map_err(|difference| format!("in paged memory: {difference}"))?;
    }
    judged.sounding = sounding;
    Ok(judged)
}

/// Each array that the module fills at its start is one that C declares, with its place and size.
pub fn names(path: &Path) -> Result<(), String> {
    let named = compiled(path, &[])?.patch().clone();
    let unnamed = |storage: &&sostenuto_board::Storage| storage.name.starts_with("array ");
    if named.facts.storages.iter().any(|storage| unnamed(&storage)) {
        return Err("the names of C do not agree with the module".to_owned());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let wasm = folder.path().join("program.wasm");
    let mut faust = std::process::Command::new("faust");
    let status = faust.args(["-lang", "wasm", "-o"]).arg(&wasm).arg(path).status();
    if !status.map_err(|error| error.to_string())?.success() {
        return Err("not compiled".to_owned());
    }
    let wasm = std::fs::read(&wasm).map_err(|error| error.to_string())?;
    let foreign = read(&wasm, "program.wasm").map_err(|error| error.to_string())?;
    let places = |patch: &Patch, kinds: &[Kind]| -> BTreeSet<(Option<u32>, u32)> {
        let storages = patch.facts.storages.iter().filter(|storage| storage.address.is_some());
        storages.filter(|it| kinds.contains(&it.kind)).map(|it| (it.address, it.bytes)).collect()
    };
    let all = [Kind::State, Kind::Delay, Kind::Table, Kind::Scratch];
    let (declared, found) = (places(&named, &all), places(&foreign, &[Kind::State, Kind::Delay]));
    if let Some((address, bytes)) = found.difference(&declared).next() {
        return Err(format!("C declares no array of {bytes} B at {address:?}"));
    }
    let cleared = places(&named, &[Kind::Delay]);
    match cleared.difference(&found).next() {
        Some((address, bytes)) => Err(format!("the module clears no array of {bytes} B at {address:?}")),
        None => Ok(()),
    }
}

fn same(here: &[f32], there: &[f32]) -> Result<(), String> {
    let differ = |(a, b): (&f32, &f32)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    if here.len() != there.len() {
        return Err(format!("{} samples and {}", here.len(), there.len()));
    }
    match here.iter().zip(there).position(differ) {
        Some(at) => Err(format!("sample {at} is {} and {}", here[at], there[at])),
        None => Ok(()),
    }
}
