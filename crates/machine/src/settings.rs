//! How a patch is to be performed.

use sostenuto_board::DataCache;

use crate::automation::Change;
use crate::paging::Paging;
use crate::parameters::{Assignment, Parameters};

/// Rates, levels, parameters and limits of a performance.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The rate of the sound that goes in and comes out, in Hz.
    pub sample_rate: u32,
    /// The rate of the patch's clock in Hz, when it is not that of the sound; the sound is resampled there and back.
    pub clock: Option<u32>,
    /// 0 is only the dry sound, 1 only the patch's.
    pub mix: f32,
    /// The factor before the patch; the dry sound goes without it.
    pub gain: f32,
    /// Parameters from the start, over the defaults of [`Parameters::at_rate`]; of two, the later one counts.
    pub parameters: Vec<Assignment>,
    /// Parameters that change later. Changing `clock-freq` tells the patch, and leaves the rate as it is.
    pub automation: Vec<Change>,
    /// The text for the patch's `config`.
    pub config: String,
    /// What a call may cost.
    pub budgets: Budgets,
    /// The processor that the patch is meant for, to tell its deadline.
    pub processor: Option<Processor>,
    /// Bytes that the board has for the patch's stack, to warn when little is left.
    pub stack_room: Option<u32>,
    /// The paged memory that the patch runs in; flat memory without.
    pub paging: Option<Paging>,
    /// Whether to count what is done to each storage.
    pub profiles: bool,
    /// The data cache whose lines a profile counts; one as a Cortex-M7 has for `None`.
    pub cache: Option<DataCache>,
}

/// The most instructions that a call may take before it counts as hanging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// For each of `init`, `update` and `reset`.
    pub control: u64,
    /// For each call of `process`, `operate1` or `operate2` in one sample.
    pub sample: u64,
}

/// The processor of a board.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Processor {
    /// Cycles a second.
    pub clock_hz: f64,
    /// Cycles that an instruction of a patch takes there.
    pub cycles_per_instruction: f64,
    /// Samples between two callbacks: a dear sample may borrow from the others of its block. 0 counts as 1.
    pub block: u32,
}

impl Settings {
    /// The plain performance at a rate: wet only, gain 1, default parameters, no board.
    pub fn at_rate(sample_rate: u32) -> Settings {
        Settings {
            sample_rate,
            clock: None,
            mix: 1.0,
            gain: 1.0,
            parameters: Vec::new(),
            automation: Vec::new(),
            config: String::new(),
            budgets: Budgets::default(),
            processor: None,
            stack_room: None,
            paging: None,
            profiles: false,
            cache: None,
        }
    }

    /// The rate of the patch: samples a second.
    pub fn clock(&self) -> u32 {
        self.clock.unwrap_or(self.sample_rate)
    }

    /// Samples between two callbacks, at least 1.
    pub fn block(&self) -> u64 {
        self.processor.map_or(1, |processor| processor.block.max(1)).into()
    }

    /// The parameters at the start.
    pub fn first_parameters(&self) -> Parameters {
        let mut parameters = Parameters::at_rate(self.clock());
        self.parameters.iter().for_each(|assignment| parameters.assign(*assignment));
        parameters
    }

    /// Instructions that the processor has for one sample of the patch.
    pub fn instructions_a_sample(&self) -> Option<f64> {
        let processor = self.processor?;
        let instructions = processor.clock_hz / processor.cycles_per_instruction / f64::from(self.clock());
        Some(instructions).filter(|instructions| instructions.is_finite() && *instructions > 0.0)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings::at_rate(48_000)
    }
}

impl Default for Budgets {
    fn default() -> Self {
        Budgets { control: 20_000_000, sample: 2_000_000 }
    }
}

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} cannot be {value}: its range is {low} to {high}")]
pub struct OutOfRange {
    /// The setting.
    pub name: &'static str,
    /// What was given.
    pub value: f64,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
}

impl OutOfRange {
    /// Refuses the first of these settings, each a name, a value, the least and the greatest, that is outside its range.
    pub(crate) fn check(settings: &[(&'static str, f64, f64, f64)]) -> Result<(), OutOfRange> {
        let is_outside = |(_, value, low, high): &&(&str, f64, f64, f64)| !(*low..=*high).contains(value);
        match settings.iter().find(is_outside) {
            Some(&(name, value, low, high)) => Err(OutOfRange { name, value, low, high }),
            None => Ok(()),
        }
    }
}
