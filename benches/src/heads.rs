//! How many heads of delay lines a modelled bus carries, by the admission test and by the model.

use anyhow::{Context, Result, ensure};
use sostenuto_paged::{
    Admission, BusTiming, Head, Lanes, PageCache, PsramChip, SliceStore, Stream, TimedStore,
};

use crate::table::Table;

/// 64 sample frames at 48 kHz, in picoseconds; the processor works for a half of it.
const PERIOD: u64 = 1_333_333_333;
const WORKED: u64 = PERIOD / 2;
/// Eight bytes a sample frame: two floats.
const BYTES_PER_BLOCK: u32 = 512;
/// 10 s in stereo, in whole pages.
const LINE: u32 = 10 * 48_000 * 8;
const PAGE: u32 = 512;
/// What is heard of each: a lap of the line.
const BLOCKS: u32 = LINE / BYTES_PER_BLOCK;

type Cache<const FRAMES: usize> = PageCache<TimedStore<SliceStore<Vec<u8>>>, 512, FRAMES, 2048>;

/// The bus of ConeZ: a processor that moves each byte by hand, 64 of them in a burst at most. The two overheads fit what it
/// recorded for reading, 1,999 KB/s at 40 MHz with bursts of 35 bytes and 3,338 KB/s at 80 MHz with 64.
pub fn conez(clock_hz: u32) -> Result<BusTiming> {
    let wire = bus(clock_hz, Lanes::One)?;
    let (longest_read, longest_write) = (wire.longest_read.min(64), wire.longest_write.min(64));
    Ok(BusTiming { longest_read, longest_write, burst_overhead: 5_790_000, byte_overhead: 101_400, ..wire })
}

/// The bus of a driver that leaves the work to DMA.
fn bus(clock_hz: u32, lanes: Lanes) -> Result<BusTiming> {
    BusTiming::of_psram(&PsramChip::LY68L6400, clock_hz, lanes)
        .context("the chip does not work at this clock")
}

/// Lets the admission test grant as many heads as it does, and plays them and one more.
///
/// # Errors
/// When the model does not agree with the test.
pub fn measure() -> Result<Vec<Table>> {
    let columns = vec!["granted", "stalled blocks", "with one more", "page, µs"];
    let mut table = Table::new("read heads in stereo", columns).without_ratios();
    let bar = crate::progress(7);
    for (name, bus) in [
        ("40 MHz, 1 lane", bus(40_000_000, Lanes::One)?),
        ("80 MHz, 1 lane", bus(80_000_000, Lanes::One)?),
        ("40 MHz, 4 lanes", bus(40_000_000, Lanes::Four)?),
        ("80 MHz, 4 lanes", bus(80_000_000, Lanes::Four)?),
        ("40 MHz, as ConeZ", conez(40_000_000)?),
        ("80 MHz, as ConeZ", conez(80_000_000)?),
    ] {
        bar.set_message(name);
        // Frames enough, so that the bus is what ends it.
        let admission = Admission::new(&bus, PAGE, 1024, PERIOD, WORKED);
        let heads = |count: usize| vec![Head::reading(BYTES_PER_BLOCK); count];
        let granted = (0..).take_while(|&count| admission.test(&heads(count)).is_ok()).last().unwrap_or(0);
        let stalled = play::<1024>(bus, &heads(granted))?;
        let one_more = play::<1024>(bus, &heads(granted + 1))?;
        ensure!(stalled == 0, "{name}: {granted} heads were granted, and stalled {stalled} blocks");
        ensure!(one_more > 0, "{name}: {} heads were refused, and did not stall", granted + 1);
        let page = bus.read_time(PAGE) as f64 / 1e6;
        table.row(name, vec![granted as f64, stalled.into(), one_more.into(), page]);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(vec![table, delay()?])
}

/// A delay of 10 s in stereo with a head that writes and two that read at changing speeds, in 64 frames.
fn delay() -> Result<Table> {
    let columns = vec!["stalled blocks", "of blocks", "headroom, %"];
    let mut table = Table::new("a delay, 2 modulated taps", columns).without_ratios();
    for (name, bus) in
        [("80 MHz, 1 lane", bus(80_000_000, Lanes::One)?), ("80 MHz, as ConeZ", conez(80_000_000)?)]
    {
        let heads = [Head::writing(512), Head::reading(520), Head::reading(520)];
        let headroom = Admission::new(&bus, PAGE, 64, PERIOD, WORKED).test(&heads)?;
        let stalled = play::<64>(bus, &heads)?;
        table.row(name, vec![stalled.into(), BLOCKS.into(), headroom.bus_percent().into()]);
    }
    Ok(table)
}

/// How many blocks stall after the first ones: all heads wait for their first pages then, and with hardly any headroom it
/// takes a while until the background is as far ahead as it wants to be.
fn play<const FRAMES: usize>(bus: BusTiming, heads: &[Head]) -> Result<u32> {
    const FIRST: u32 = 500;
    let store = TimedStore::new(SliceStore::new(vec![0; LINE as usize]), bus);
    let mut memory = Box::new(Cache::<FRAMES>::new(store, LINE, LINE)?);
    let bytes_per_block = heads.iter().map(|head| head.bytes_per_block).max().unwrap_or(BYTES_PER_BLOCK);
    memory.register(Stream { address: 0, length: LINE, bytes_per_block })?;
    let mut stalled = 0;
    for block in 0..FIRST + BLOCKS {
        memory.begin_block();
        let start = memory.store().now();
        for (index, head) in heads.iter().enumerate() {
            let apart = LINE / heads.len() as u32 * index as u32;
            for sample in 0..64 {
                let (place, sway) = (u64::from(block * 64 + sample), modulation(head, block * 64 + sample));
                let address = (place * 8 + u64::from(apart) / 8 * 8 + sway * 8) % u64::from(LINE);
                if head.writes {
                    memory.write(address, &[1; 8])?;
                } else {
                    memory.read(address, &mut [0; 8])?;
                }
            }
        }
        let time = memory.end_block(start, WORKED, PERIOD)?;
        stalled += u32::from(block >= FIRST && time.stalled > 0);
    }
    Ok(stalled)
}

/// How many sample frames a modulated head is ahead: a slow sine of 5 ms up and down, which moves it by 1.6 % faster at most.
fn modulation(head: &Head, sample: u32) -> u64 {
    if head.bytes_per_block == BYTES_PER_BLOCK {
        return 0;
    }
    let turn = f64::from(sample) / 48_000.0 * 0.5 * std::f64::consts::TAU;
    (240.0 + 240.0 * turn.sin()) as u64
}
