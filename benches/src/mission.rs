//! Linear memory behind a page cache against flat memory: the benchmark of ConeZ's analysis, and random places.

use std::convert::Infallible;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use sostenuto_paged::{BackingStore, PageCache, SliceStore, TimedStore};
use sostenuto_vm::{FlatMemory, Instance, LinearMemory, Module, NoHost, PagedMemory, Run, Thread, Value};

use crate::heads;
use crate::table::Table;

const WASM: &[u8] = include_bytes!("../kernels/mission.wasm");
const BYTES: u32 = 512 << 10;
/// The window of the original, from address 0.
const WINDOW: u32 = 4096;
/// Past the window.
const OUTSIDE: i32 = 8192;

type Slice = SliceStore<Vec<u8>>;
/// As in the original: 64 frames of 512 bytes.
type Cache<S> = PageCache<S, 512, 64, 256>;
type Paged<S> = PagedMemory<S, 512, 64, 256>;

/// A function of the benchmark, with its arguments and its result.
struct Part {
    name: &'static str,
    function: &'static str,
    arguments: &'static [i32],
    result: Option<i32>,
}

const fn part(
    name: &'static str,
    function: &'static str,
    arguments: &'static [i32],
    result: Option<i32>,
) -> Part {
    Part { name, function, arguments, result }
}

const MISSION: &[Part] = &[
    part("primes", "primes_u8", &[0], Some(172)),
    part("write", "write_u8", &[0], None),
    part("read", "read_u8", &[0], Some(130_560_000)),
    part("primes, 4-byte cells", "primes_i32", &[0], Some(172)),
    part("write, 4-byte cells", "write_i32", &[0], None),
    part("read, 4-byte cells", "read_i32", &[0], Some(1_546_752_000)),
    part("primes, outside", "primes_u8", &[OUTSIDE], Some(172)),
    part("write, outside", "write_u8", &[OUTSIDE], None),
    part("read, outside", "read_u8", &[OUTSIDE], Some(130_560_000)),
];

const RANDOM: &[Part] = &[
    part("random in 16 KB", "random", &[OUTSIDE, 16 << 8], None),
    part("random in 48 KB", "random", &[OUTSIDE, 48 << 8], None),
    part("random in 256 KB", "random", &[OUTSIDE, 256 << 8], None),
];

/// Measures flat memory, the cache, and the cache with a window.
///
/// # Errors
/// When a result is wrong.
pub fn measure(rounds: u32) -> Result<Vec<Table>> {
    let columns = vec!["flat", "cache", "cache+window"];
    let mut times = Table::new("microseconds, minimum", columns);
    let stalls = vec!["cache, 40 MHz", "cache, 80 MHz", "window, 40 MHz", "window, 80 MHz"];
    let mut stalls = Table::new("stalls of the modelled bus, µs", stalls).without_ratios();
    let mut misses =
        Table::new("misses of the cache", vec!["clean", "dirty", "window, clean", "window, dirty"]);
    misses = misses.without_ratios();
    let module = Module::new(WASM)?;
    let bar = crate::progress(MISSION.len() as u64 + RANDOM.len() as u64);
    let slow = heads::conez(40_000_000)?;
    let fast = heads::conez(80_000_000)?;
    let mut flat = Bench::new(&module, FlatMemory::new(vec![0; BYTES as usize]))?;
    let timed = |bus| TimedStore::new(SliceStore::new(vec![0; BYTES as usize]), bus);
    let mut modelled = [
        Bench::new(&module, paged(timed(slow), 0)?)?,
        Bench::new(&module, paged(timed(fast), 0)?)?,
        Bench::new(&module, paged(timed(slow), WINDOW)?)?,
        Bench::new(&module, paged(timed(fast), WINDOW)?)?,
    ];
    let plain = || SliceStore::new(vec![0; BYTES as usize]);
    let mut cache = Bench::new(&module, paged(plain(), 0)?)?;
    let mut window = Bench::new(&module, paged(plain(), WINDOW)?)?;
    for part in MISSION.iter().chain(RANDOM) {
        bar.set_message(part.name);
        let result = flat.run(part)?.0;
        let mut waits = Vec::new();
        let mut missed = Vec::new();
        for (index, bench) in modelled.iter_mut().enumerate() {
            let before = (bench.cache().statistics(), bench.cache().store().statistics().waited);
            ensure!(bench.run(part)?.0 == result, "{}: another result than over flat memory", part.name);
            let after = (bench.cache().statistics(), bench.cache().store().statistics().waited);
            waits.push((after.1 - before.1) as f64 / 1e6);
            if index % 2 == 0 {
                let dirty = after.0.dirty_misses - before.0.dirty_misses;
                missed.push((after.0.misses - before.0.misses - dirty) as f64);
                missed.push(dirty as f64);
            }
        }
        let mut best = [f64::INFINITY; 3];
        for _ in 0..rounds.max(1) {
            best[0] = best[0].min(flat.run(part)?.1);
            best[1] = best[1].min(cache.run(part)?.1);
            best[2] = best[2].min(window.run(part)?.1);
        }
        times.row(part.name, best.to_vec());
        stalls.row(part.name, waits);
        misses.row(part.name, missed);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(vec![times, misses, stalls])
}

fn paged<S: BackingStore<Error = Infallible>>(store: S, window: u32) -> Result<Paged<S>> {
    let mut cache = Cache::new(store, BYTES, BYTES)?;
    cache.pin(0, window)?;
    Ok(Paged::new(cache))
}

struct Bench<'m, M> {
    module: &'m Module,
    instance: Instance<M>,
    thread: Thread,
}

impl<'m, M: LinearMemory> Bench<'m, M> {
    fn new(module: &'m Module, memory: M) -> Result<Self> {
        Ok(Self { module, instance: Instance::new(module, memory)?, thread: Thread::new(1024) })
    }

    /// The result, and the microseconds that it took.
    fn run(&mut self, part: &Part) -> Result<(i32, f64)> {
        let Some(function) = self.module.export(part.function) else { bail!("no `{}`", part.function) };
        let arguments: Vec<_> = part.arguments.iter().map(|&argument| Value::I32(argument)).collect();
        let start = Instant::now();
        self.thread.start(self.module, function, &arguments)?;
        self.thread.set_budget(u64::MAX);
        let run = self.thread.run(self.module, &mut self.instance, &mut NoHost)?;
        let time = start.elapsed().as_secs_f64() * 1e6;
        let Run::Finished(Some(Value::I32(result))) = run else { bail!("{} has no result", part.name) };
        ensure!(part.result.is_none_or(|expected| expected == result), "{}: {result}", part.name);
        Ok((result, time))
    }
}

impl Bench<'_, Paged<TimedStore<Slice>>> {
    fn cache(&self) -> &Cache<TimedStore<Slice>> {
        self.instance.memory().cache()
    }
}
