//! Parameter changes at given times.

use std::str::FromStr;

use crate::parameters::{Assignment, ParameterError};

/// An assignment at a time, written `NAME=VALUE@1.5s`, `NAME=VALUE@250ms` or `NAME=VALUE@48000`.
///
/// ```
/// use sostenuto_machine::Change;
///
/// let change: Change = "operand-1-high=0x40@250ms".parse()?;
/// assert_eq!(change.sample(48_000), 12_000);
/// # Ok::<(), sostenuto_machine::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// What changes.
    pub assignment: Assignment,
    /// When.
    pub at: Time,
}

/// A time from the start of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Time {
    /// In seconds, not negative.
    Seconds(f64),
    /// In samples of the patch's clock.
    Sample(u64),
}

impl Change {
    /// The sample before which the change takes place, at `rate` samples a second; rounded to the nearest.
    pub fn sample(&self, rate: u32) -> u64 {
        self.at.sample(rate)
    }
}

impl Time {
    /// The number of the sample that begins then, at `rate` samples a second; rounded to the nearest.
    pub fn sample(self, rate: u32) -> u64 {
        match self {
            Time::Sample(sample) => sample,
            Time::Seconds(seconds) => (seconds * f64::from(rate)).round() as u64,
        }
    }
}

impl FromStr for Change {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Change, ParameterError> {
        let (assignment, time) =
            text.rsplit_once('@').ok_or_else(|| ParameterError::Time { text: text.to_owned() })?;
        Ok(Change { assignment: assignment.parse()?, at: time.parse()? })
    }
}

impl FromStr for Time {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Time, ParameterError> {
        let plain = text.trim();
        let (digits, unit) = match (plain.strip_suffix("ms"), plain.strip_suffix('s')) {
            (Some(digits), _) => (digits, Some(0.001)),
            (None, Some(digits)) => (digits, Some(1.0)),
            (None, None) => (plain, None),
        };
        let time = match unit {
            None => digits.parse().ok().map(Time::Sample),
            Some(unit) => digits
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite() && *number >= 0.0)
                .map(|number| Time::Seconds(number * unit)),
        };
        time.ok_or_else(|| ParameterError::Time { text: text.to_owned() })
    }
}

/// Changes in order of time, handed out as the samples go by.
#[derive(Debug, Clone)]
pub struct Automation {
    changes: Vec<(u64, Assignment)>,
    next: usize,
}

impl Automation {
    /// Sorts the changes for a clock of `rate` Hz; those of one sample keep their order.
    pub fn new(changes: &[Change], rate: u32) -> Automation {
        let mut changes: Vec<(u64, Assignment)> =
            changes.iter().map(|change| (change.sample(rate), change.assignment)).collect();
        changes.sort_by_key(|(sample, _)| *sample);
        Automation { changes, next: 0 }
    }

    /// The next change that is due at `sample`, if one is left.
    pub fn due(&mut self, sample: u64) -> Option<Assignment> {
        let (at, assignment) = self.changes.get(self.next)?;
        if *at > sample {
            return None;
        }
        self.next += 1;
        Some(*assignment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Parameter;

    #[test]
    fn times_are_seconds_milliseconds_or_samples() {
        let sample = |text: &str| text.parse::<Change>().map(|change| change.sample(48_000));
        assert_eq!(sample("3=1@1.5s"), Ok(72_000));
        assert_eq!(sample("3=1@2ms"), Ok(96));
        assert_eq!(sample("3=1@48000"), Ok(48_000));
        for text in ["3=1", "3=1@", "3=1@x", "3=1@-1s", "3=1@nans", "3=1@1.5", "3=1@infs"] {
            assert!(matches!(sample(text), Err(ParameterError::Time { .. })), "{text}");
        }
        assert!(matches!(sample("3=256@1s"), Err(ParameterError::Range { .. })));
    }

    #[test]
    fn changes_come_in_order_of_time() {
        let changes = ["3=1@10", "4=2@5", "3=3@10"].map(|text| text.parse().expect("well formed"));
        let mut automation = Automation::new(&changes, 48_000);
        assert_eq!(automation.due(4), None);
        assert_eq!(automation.due(5).map(Assignment::parameter), Some(Parameter::Operand1Low));
        assert_eq!(automation.due(5), None);
        assert_eq!(automation.due(11).map(Assignment::value), Some(1));
        assert_eq!(automation.due(11).map(Assignment::value), Some(3));
        assert_eq!(automation.due(u64::MAX), None);
    }
}
