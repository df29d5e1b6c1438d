//! How a patch is to be run.

use std::path::PathBuf;

use sostenuto_board::DataCache;

use super::clock::Due;
use super::device::PARAMETERS;
use crate::automation::Time;
use crate::dsp;
use crate::paging::Paging;
use crate::settings::Processor;

/// What is around the patch, and its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The directory that is the root of the patch's files; none without.
    pub directory: Option<PathBuf>,
    /// Where random numbers begin.
    pub seed: u64,
    /// The calendar's time at the start, in milliseconds from 1970 in UTC.
    pub epoch: i64,
    /// Parameters from the start and later.
    pub changes: Vec<Change>,
    /// The virtual seconds after which a patch without sound is asked to stop.
    pub seconds: f64,
    /// Sample frames in a block, at least 1.
    pub block: u32,
    /// 0 is only the dry sound, 1 only the patch's.
    pub mix: f32,
    /// The factor before the patch; the dry sound goes without it.
    pub gain: f32,
    /// The most instructions that a sample may take, in the mean of its block, before the patch counts as hanging. The calls
    /// that make no sound may take 500 times as many, between two waits.
    pub budget: u64,
    /// The processor that the patch is meant for, to tell its deadline. The length of its block is [`Settings::block`].
    pub processor: Option<Processor>,
    /// The paged memory that the patch runs in; flat memory without.
    pub paging: Option<Paging>,
    /// Whether to count what is done to each storage.
    pub profiles: bool,
    /// The data cache whose lines a profile counts; one as a Cortex-M7 has for `None`.
    pub cache: Option<DataCache>,
}

impl Settings {
    /// The calendar's time at the start, unless something else is asked for: 2025-01-01 00:00:00 UTC.
    pub const EPOCH: i64 = 1_735_689_600_000;

    /// Virtual seconds of a patch without sound, unless something else is asked for.
    pub const SECONDS: f64 = 8.0;

    /// How many times the instructions of a sample a call may take that makes no sound.
    pub(super) const CALL: u64 = 500;
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            directory: None,
            seed: 1,
            epoch: Settings::EPOCH,
            changes: Vec::new(),
            seconds: Settings::SECONDS,
            block: dsp::Settings::BLOCK,
            mix: 1.0,
            gain: 1.0,
            budget: 2_000_000,
            processor: None,
            paging: None,
            profiles: false,
            cache: None,
        }
    }
}

/// A parameter that gets a value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    parameter: usize,
    value: i32,
    at: Time,
}

/// Why a parameter cannot be set like that.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// No such parameter.
    #[error("no parameter is called `{name}`: a patch for the ConeZ has the parameters 0 to 15")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// No integer.
    #[error("parameter {parameter} cannot be {value}: it is a whole number from -2147483648 to 2147483647")]
    Value {
        /// The parameter.
        parameter: usize,
        /// What was asked for.
        value: f64,
    },
}

impl TryFrom<&dsp::Change> for Change {
    type Error = ChangeError;

    /// From the form that programs of blocks have: `3=100@1.5s`.
    fn try_from(change: &dsp::Change) -> Result<Change, ChangeError> {
        let dsp::Change { ref name, value, at } = *change;
        let parameter = name.parse().ok().filter(|parameter| *parameter < PARAMETERS);
        let parameter = parameter.ok_or_else(|| ChangeError::Unknown { name: name.clone() })?;
        let range = f64::from(i32::MIN)..=f64::from(i32::MAX);
        if value.fract() != 0.0 || !range.contains(&value) {
            return Err(ChangeError::Value { parameter, value });
        }
        Ok(Change { parameter, value: value as i32, at })
    }
}

impl Change {
    /// With its time in microseconds, where a number of a sample counts at this rate.
    pub(super) fn due(&self, rate: u32) -> Due {
        let at = match self.at {
            Time::Sample(sample) => sample.saturating_mul(1_000_000) / u64::from(rate.max(1)),
            seconds @ Time::Seconds(_) => seconds.sample(1_000_000),
        };
        Due { at, parameter: self.parameter, value: self.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_a_number_and_a_whole_value() {
        let change = |text: &str| -> Result<Due, String> {
            let change: dsp::Change = text.parse().expect("of the form");
            Change::try_from(&change).map(|change| change.due(48_000)).map_err(|error| error.to_string())
        };
        assert_eq!(change("3=-7@250ms"), Ok(Due { at: 250_000, parameter: 3, value: -7 }));
        assert_eq!(change("15=1@4800"), Ok(Due { at: 100_000, parameter: 15, value: 1 }));
        assert_eq!(
            change("16=1"),
            Err("no parameter is called `16`: a patch for the ConeZ has the parameters 0 to 15".to_owned())
        );
        assert!(change("gain=1").is_err());
        assert!(change("1=0.5").is_err_and(|error| error.starts_with("parameter 1 cannot be 0.5")));
        assert!(change("1=3000000000").is_err());
    }
}
