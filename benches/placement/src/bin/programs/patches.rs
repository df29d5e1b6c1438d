//! The patches of this repository, over the built-in phrase.

use std::path::Path;
use std::rc::Rc;

use anyhow::{Context, Result, anyhow};
use sostenuto_board::{Board, Storage};
use sostenuto_lang::{Language, Options, compile};
use sostenuto_machine::{Loaded, Performance, Settings, load, phrase, quantise, render};

use crate::program::{Access, Program, Trace};
use crate::traced_memory::{Log, TracedMemory};
use crate::{BLOCK, RATE};

/// Samples that a patch plays before its accesses are counted, and while they are: whole blocks.
const WARM: usize = RATE as usize;
const COUNTED: usize = 250 * BLOCK;

/// What the engine needs beside a patch's memory and has its own way to count: left out.
const OF_ENGINE: [&str; 2] = ["code", "registers"];

/// All patches in a folder, by name, and a rack that plays all of them.
pub fn all(board: &Board, folder: &Path) -> Result<Vec<Program>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("no folder {}", folder.display()))?;
    let mut files: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "impala"));
    files.sort();
    let mut programs: Vec<Program> = files.iter().map(|file| program(board, file)).collect::<Result<_>>()?;
    let together = Program::together("all of them at once", &programs.iter().collect::<Vec<_>>(), BLOCK);
    programs.push(together);
    Ok(programs)
}

fn program(board: &Board, file: &Path) -> Result<Program> {
    let name = file.file_stem().context("a file has a name")?.to_string_lossy().into_owned();
    let source = std::fs::read_to_string(file)?;
    let compiled = compile(Language::Impala, &source, &name, &Options::default())
        .map_err(|errors| anyhow!("{name} does not compile: {} errors", errors.len()))?;
    let loaded = load(&compiled.patch)?;
    let input = phrase(1, (WARM + COUNTED) as f64 / f64::from(RATE));

    let settings = Settings { profiles: true, cache: board.cache.clone(), ..Settings::at_rate(RATE) };
    let outcome = render(&loaded, &settings, &input, &mut |_, _| {}, &mut |_| {})?;
    if let Some(fault) = outcome.fault {
        return Err(anyhow!("{name} has stopped: {fault}"));
    }
    let profile = outcome.profile.context("a patch that was played has a profile")?;
    let mut storages = loaded.storages_on(board);
    profile.apply(&mut storages);
    // Of what else the engine needs, nothing is read from sample to sample.
    storages.retain(|storage| {
        storage.traffic.is_some() && !OF_ENGINE.contains(&storage.name.as_str()) && storage.bytes > 0
    });
    let trace = trace(&loaded, &storages, &input)?;
    Ok(Program { name, storages, told: None, trace })
}

/// The accesses after the first second.
fn trace(loaded: &Loaded, storages: &[Storage], input: &[[f32; 2]]) -> Result<Trace> {
    let log = Rc::new(Log::default());
    let bytes = usize::try_from(loaded.module().memory_bytes())?;
    let memory = TracedMemory::new(bytes, log.clone());
    let mut performance = Performance::in_memory(loaded, &Settings::at_rate(RATE), memory)?;
    let fault = |fault| anyhow!("a patch has stopped: {fault}");
    performance.start(&mut |_| {}).map_err(fault)?;
    // As much as the cache holds, and more, before what is counted.
    let warming = WARM - 50 * BLOCK;
    let mut blocks = Vec::new();
    for (at, frame) in input.iter().enumerate() {
        log.is_on.set(at >= warming);
        if at >= warming && at % BLOCK == 0 {
            blocks.push(log.words.borrow().len());
        }
        performance.sample(frame.map(|sample| quantise(sample, 1.0)), &mut |_| {}).map_err(fault)?;
    }
    log.is_on.set(false);

    let mut starts: Vec<(u32, usize)> =
        storages.iter().enumerate().filter_map(|(at, storage)| Some((storage.address?, at))).collect();
    starts.sort_unstable();
    let mut trace = Trace { samples: COUNTED, ..Trace::default() };
    let warm = (WARM - warming) / BLOCK;
    let counted_from = blocks[warm];
    let mut blocks = blocks.into_iter().peekable();
    for (at, (address, is_write)) in log.words.take().into_iter().enumerate() {
        while blocks.next_if_eq(&at).is_some() {
            trace.blocks.push(trace.accesses.len());
        }
        let before = starts.partition_point(|(start, _)| *start <= address);
        let owner = before.checked_sub(1).map(|at| starts[at]);
        match owner.filter(|(start, storage)| address - start < storages[*storage].bytes) {
            Some((start, storage)) => trace.accesses.push(Access::new(storage, address - start, is_write)),
            None => trace.outside += usize::from(at >= counted_from),
        }
    }
    trace.counted_from = trace.blocks[warm];
    Ok(trace)
}
