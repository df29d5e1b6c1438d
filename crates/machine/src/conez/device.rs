//! The state of the device that a patch plays on.

use sostenuto_vm::{Halt, TrapKind};

use super::audio::Audio;
use super::clock::Clock;
use super::files::Files;
use super::heap::Heap;
use super::leds::Leds;
use super::random::Random;

/// All that the functions of the host work on, apart from linear memory.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) clock: Clock,
    /// The sixteen numbers that the patch shares with what is around it; the first is the wish that it stops.
    pub(super) parameters: [i32; PARAMETERS],
    pub(super) random: Random,
    pub(super) leds: Leds,
    pub(super) heap: Heap,
    pub(super) files: Files,
    pub(super) audio: Audio,
    /// The lookup table that is loaded.
    pub(super) table: Vec<i32>,
    /// The level of each pin that was set.
    pub(super) pins: u64,
    /// What the patch has printed and nobody has taken yet.
    pub(super) output: Vec<u8>,
    /// Texts while they are made, and the digits of a number.
    pub(super) scratch: [Vec<u8>; 2],
    pub(super) digits: Vec<u8>,
    /// Whether arguments of a format lie one after the other in cells of 4 bytes, as in modules that know `__line`; each at
    /// a multiple of its size, as clang has them, if not.
    pub(super) has_cells: bool,
    /// What the calls have cost since time moved last, and what they may, in instructions.
    price: u64,
    pub(super) budget: u64,
    /// Set when a function of the host has ended the run.
    pub(super) stop: Option<Stop>,
}

/// How many parameters there are.
pub(super) const PARAMETERS: usize = 16;

/// Why a function of the host ended the run; plain words, so that nothing is allocated before a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The patch has found a fault itself.
    Fault { site: u32, value: i32 },
    /// A pointer to too little memory.
    Access { function: &'static str, address: u32, bytes: u64, size: u32 },
    /// Waiting where the sound goes on.
    Wait { function: &'static str },
    /// More work than a call may make.
    Budget,
    /// The patch was asked to stop and goes on waiting; no fault.
    End,
}

/// What any call of the host costs, and how many bytes cost one instruction more.
const PRICE: (u64, u64) = (8, 4);

impl Device {
    /// Ends the run for this reason.
    pub(super) fn stop<T>(&mut self, stop: Stop) -> Result<T, TrapKind> {
        self.stop = Some(stop);
        Err(Halt(0).into())
    }

    /// Begins a call of any function of the host.
    pub(super) fn enter(&mut self) -> Result<(), TrapKind> {
        self.price += PRICE.0;
        if self.price > self.budget { self.stop(Stop::Budget) } else { Ok(()) }
    }

    /// Takes the price of work on so many bytes.
    pub(super) fn charge(&mut self, bytes: u64) {
        self.price += bytes / PRICE.1;
    }

    /// Lets calls cost so much from now on.
    pub(super) fn allow(&mut self, budget: u64) {
        (self.price, self.budget) = (0, budget);
    }
}

impl Device {
    pub(super) fn new(parts: Parts) -> Device {
        let Parts { clock, random, leds, heap, files, audio, has_cells, output } = parts;
        Device {
            clock,
            parameters: [0; PARAMETERS],
            random,
            leds,
            heap,
            files,
            audio,
            table: Vec::new(),
            pins: 0,
            output: Vec::with_capacity(output),
            scratch: [Vec::with_capacity(SCRATCH), Vec::with_capacity(SCRATCH)],
            digits: Vec::with_capacity(DIGITS),
            has_cells,
            price: 0,
            budget: u64::MAX,
            stop: None,
        }
    }
}

/// What a device is made of.
pub(super) struct Parts {
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) leds: Leds,
    pub(super) heap: Heap,
    pub(super) files: Files,
    pub(super) audio: Audio,
    pub(super) has_cells: bool,
    /// How much is printed between two looks at it, without allocating.
    pub(super) output: usize,
}

/// The longest text that the pool has room for, twice.
const SCRATCH: usize = 56 << 10;

/// The longest number in a format: digits before the point, and after it.
const DIGITS: usize = 310 + 1_000;
