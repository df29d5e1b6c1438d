//! The eight parameters of the Permut8 machine: names, ranges, defaults.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One of the eight parameters, in the order of `params[]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parameter {
    /// The clock in Hz, 1…352,800.
    ClockFreq,
    /// The switches, one bit each: sync 1, triplet 2, dotted 4, write-protect 8, reverse 16.
    Switches,
    /// Operator 1: nop 0, and 1, mul 2, osc 3, rnd 4.
    #[serde(rename = "operator-1")]
    Operator1,
    /// The high byte of operand 1.
    #[serde(rename = "operand-1-high")]
    Operand1High,
    /// The low byte of operand 1.
    #[serde(rename = "operand-1-low")]
    Operand1Low,
    /// Operator 2: nop 0, or 1, xor 2, msk 3, sub 4.
    #[serde(rename = "operator-2")]
    Operator2,
    /// The high byte of operand 2.
    #[serde(rename = "operand-2-high")]
    Operand2High,
    /// The low byte of operand 2.
    #[serde(rename = "operand-2-low")]
    Operand2Low,
}

/// The bit of the switch that stops the host's writing to the delay memory.
pub const WRITE_PROTECT: i32 = 8;

/// The bit of the switch that lets the clock run backwards.
pub const REVERSE: i32 = 16;

const OPERATORS_1: [&str; 5] = ["nop", "and", "mul", "osc", "rnd"];
const OPERATORS_2: [&str; 5] = ["nop", "or", "xor", "msk", "sub"];
const SWITCHES: [&str; 5] = ["sync", "triplet", "dotted", "write-protect", "reverse"];

impl Parameter {
    /// All eight, in order.
    pub const ALL: [Parameter; 8] = [
        Parameter::ClockFreq,
        Parameter::Switches,
        Parameter::Operator1,
        Parameter::Operand1High,
        Parameter::Operand1Low,
        Parameter::Operator2,
        Parameter::Operand2High,
        Parameter::Operand2Low,
    ];

    /// Its index in `params[]`.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Parameter::ClockFreq => "clock-freq",
            Parameter::Switches => "switches",
            Parameter::Operator1 => "operator-1",
            Parameter::Operand1High => "operand-1-high",
            Parameter::Operand1Low => "operand-1-low",
            Parameter::Operator2 => "operator-2",
            Parameter::Operand2High => "operand-2-high",
            Parameter::Operand2Low => "operand-2-low",
        }
    }

    /// The least and the greatest value.
    pub const fn range(self) -> (i32, i32) {
        match self {
            Parameter::ClockFreq => (1, 352_800),
            Parameter::Switches => (0, 31),
            Parameter::Operator1 | Parameter::Operator2 => (0, 4),
            _ => (0, 255),
        }
    }

    /// Reads a name (`operand-1-high`, `OPERAND_1_HIGH`, `OPERAND_1_HIGH_PARAM_INDEX`) or an index (`3`).
    ///
    /// # Errors
    /// When no parameter is called that.
    pub fn parse(name: &str) -> Result<Parameter, ParameterError> {
        let plain = name.trim().to_ascii_lowercase().replace('_', "-");
        let plain = plain.strip_suffix("-param-index").unwrap_or(&plain);
        let by_index = plain.parse::<usize>().ok().and_then(|index| Self::ALL.get(index).copied());
        let by_name = || Self::ALL.into_iter().find(|parameter| parameter.name() == plain);
        by_index.or_else(by_name).ok_or_else(|| ParameterError::Unknown { name: name.trim().to_owned() })
    }

    /// Reads a value: decimal, hexadecimal (`0x40`), an operator's name, or switch names joined by `+`.
    ///
    /// # Errors
    /// When it is none of these, or outside the range.
    pub fn parse_value(self, text: &str) -> Result<i32, ParameterError> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase().replace('_', "-");
        let number = match lower.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => lower.parse::<i64>().ok(),
        };
        let value = number.or_else(|| self.named_value(&lower));
        let value = value.ok_or_else(|| ParameterError::Value {
            parameter: self,
            value: text.to_owned(),
            named: self.value_names(),
        })?;
        self.check(value)
    }

    /// The value in the words of the front panel: `mul`, `sync+reverse`, or the number.
    pub fn show(self, value: i32) -> String {
        let named = |names: [&str; 5]| names.get(value as usize).map(|name| (*name).to_owned());
        match self {
            Parameter::Operator1 => named(OPERATORS_1),
            Parameter::Operator2 => named(OPERATORS_2),
            Parameter::Switches if value != 0 => {
                let on: Vec<&str> =
                    (0..5).filter(|bit| value >> bit & 1 != 0).map(|bit| SWITCHES[bit]).collect();
                Some(on.join("+"))
            }
            Parameter::Switches => Some("none".to_owned()),
            Parameter::ClockFreq => Some(format!("{value} Hz")),
            _ => None,
        }
        .unwrap_or_else(|| format!("{value}"))
    }

    fn named_value(self, name: &str) -> Option<i64> {
        let place = |names: [&str; 5], name: &str| names.iter().position(|known| *known == name);
        match self {
            Parameter::Operator1 => place(OPERATORS_1, name).map(|at| at as i64),
            Parameter::Operator2 => place(OPERATORS_2, name).map(|at| at as i64),
            Parameter::Switches if name == "none" => Some(0),
            Parameter::Switches => {
                let mut bits =
                    name.split('+').map(|part| place(SWITCHES, part.trim()).map(|bit| 1_i64 << bit));
                // A name given twice is a slip.
                bits.try_fold(0, |all, bit| bit.filter(|bit| all & bit == 0).map(|bit| all | bit))
            }
            _ => None,
        }
    }

    fn value_names(self) -> String {
        match self {
            Parameter::Operator1 => format!(", or one of {}", OPERATORS_1.join(", ")),
            Parameter::Operator2 => format!(", or one of {}", OPERATORS_2.join(", ")),
            Parameter::Switches => format!(", or names joined by +: {}", SWITCHES.join(", ")),
            _ => String::new(),
        }
    }

    fn check(self, value: i64) -> Result<i32, ParameterError> {
        let (low, high) = self.range();
        let inside = i32::try_from(value).ok().filter(|value| (low..=high).contains(value));
        inside.ok_or(ParameterError::Range { parameter: self, value, low, high })
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The values of all eight parameters, each inside its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters([i32; 8]);

impl Parameters {
    /// The defaults: the clock at `rate` Hz (cut to its range), switches off, operators NOP, operands 128.
    pub fn at_rate(rate: u32) -> Parameters {
        let clock = rate.clamp(1, 352_800) as i32;
        Parameters([clock, 0, 0, 128, 128, 0, 128, 128])
    }

    /// The value of a parameter.
    pub const fn get(&self, parameter: Parameter) -> i32 {
        self.0[parameter.index()]
    }

    /// Sets a parameter.
    ///
    /// # Errors
    /// When the value is outside the range; then nothing changes.
    pub fn set(&mut self, parameter: Parameter, value: i32) -> Result<(), ParameterError> {
        self.0[parameter.index()] = parameter.check(value.into())?;
        Ok(())
    }

    /// Carries out an assignment.
    pub fn assign(&mut self, assignment: Assignment) {
        self.0[assignment.parameter.index()] = assignment.value;
    }

    /// The values in the order of `params[]`.
    pub const fn words(&self) -> &[i32; 8] {
        &self.0
    }

    /// Whether a switch is on; `mask` is [`WRITE_PROTECT`] or [`REVERSE`].
    pub const fn switch(&self, mask: i32) -> bool {
        self.get(Parameter::Switches) & mask != 0
    }
}

/// A parameter and a value in its range, written `NAME=VALUE`.
///
/// ```
/// use sostenuto_machine::{Assignment, Parameter};
///
/// let assignment: Assignment = "operator-1=mul".parse()?;
/// assert_eq!((assignment.parameter(), assignment.value()), (Parameter::Operator1, 2));
///
/// let wrong = "OPERAND_1_HIGH=300".parse::<Assignment>().unwrap_err();
/// assert_eq!(wrong.to_string(), "operand-1-high cannot be 300: its range is 0 to 255");
/// # Ok::<(), sostenuto_machine::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    parameter: Parameter,
    value: i32,
}

impl Assignment {
    /// Joins the two.
    ///
    /// # Errors
    /// When the value is outside the parameter's range.
    pub fn new(parameter: Parameter, value: i32) -> Result<Assignment, ParameterError> {
        Ok(Assignment { parameter, value: parameter.check(value.into())? })
    }

    /// The parameter.
    pub const fn parameter(self) -> Parameter {
        self.parameter
    }

    /// The value.
    pub const fn value(self) -> i32 {
        self.value
    }
}

impl FromStr for Assignment {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Assignment, ParameterError> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| ParameterError::Form { text: text.to_owned() })?;
        let parameter = Parameter::parse(name)?;
        Ok(Assignment { parameter, value: parameter.parse_value(value)? })
    }
}

/// Why a parameter cannot be set like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// No such parameter.
    #[error("no parameter is called `{name}`; there are {names} (or 0 to 7)", names = all_names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// Not a number, nor a name of a value.
    #[error("{parameter} cannot be `{value}`: give a number{named}")]
    Value {
        /// The parameter.
        parameter: Parameter,
        /// What was given.
        value: String,
        /// What else would do, as a part of a sentence.
        named: String,
    },
    /// Outside the range.
    #[error("{parameter} cannot be {value}: its range is {low} to {high}")]
    Range {
        /// The parameter.
        parameter: Parameter,
        /// What was given.
        value: i64,
        /// The least value.
        low: i32,
        /// The greatest value.
        high: i32,
    },
    /// Not of the form `NAME=VALUE`.
    #[error("`{text}` is not of the form NAME=VALUE")]
    Form {
        /// What was given.
        text: String,
    },
    /// Not a time.
    #[error("`{text}` is not a time: give seconds (`1.5s`), milliseconds (`250ms`) or a sample (`48000`)")]
    Time {
        /// What was given.
        text: String,
    },
}

fn all_names() -> String {
    Parameter::ALL.map(Parameter::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings_and_the_index_name_the_same() {
        for text in
            ["operand-1-high", "OPERAND_1_HIGH", "OPERAND_1_HIGH_PARAM_INDEX", "3", " operand_1_high "]
        {
            assert_eq!(Parameter::parse(text), Ok(Parameter::Operand1High), "{text}");
        }
        for (index, parameter) in Parameter::ALL.into_iter().enumerate() {
            assert_eq!(Parameter::parse(&index.to_string()), Ok(parameter));
            assert_eq!(parameter.index(), index);
        }
        let message = Parameter::parse("volume").unwrap_err().to_string();
        assert!(
            message.starts_with("no parameter is called `volume`; there are clock-freq, switches,"),
            "{message}"
        );
        assert!(Parameter::parse("8").is_err());
    }

    #[test]
    fn values_are_decimal_hexadecimal_or_names() {
        assert_eq!(Parameter::Operand2Low.parse_value("0xfF"), Ok(255));
        assert_eq!(Parameter::Operand2Low.parse_value("17"), Ok(17));
        assert_eq!(Parameter::Operator1.parse_value("RND"), Ok(4));
        assert_eq!(Parameter::Operator2.parse_value("sub"), Ok(4));
        assert_eq!(Parameter::Switches.parse_value("sync+reverse"), Ok(17));
        assert_eq!(Parameter::Switches.parse_value("WRITE_PROTECT"), Ok(8));
        assert_eq!(Parameter::Switches.parse_value("none"), Ok(0));
        assert_eq!(Parameter::Operator1.show(2), "mul");
        assert_eq!(Parameter::Switches.show(17), "sync+reverse");
    }

    #[test]
    fn errors_name_parameter_value_and_range() {
        let message = |parameter: Parameter, text| parameter.parse_value(text).unwrap_err().to_string();
        assert_eq!(message(Parameter::ClockFreq, "0"), "clock-freq cannot be 0: its range is 1 to 352800");
        assert_eq!(message(Parameter::Operator2, "5"), "operator-2 cannot be 5: its range is 0 to 4");
        assert_eq!(
            message(Parameter::Operator2, "mul"),
            "operator-2 cannot be `mul`: give a number, or one of nop, or, xor, msk, sub"
        );
        assert_eq!(message(Parameter::Switches, "32"), "switches cannot be 32: its range is 0 to 31");
        assert_eq!(message(Parameter::Operand1Low, ""), "operand-1-low cannot be ``: give a number");
        assert_eq!(
            "operand-1-low".parse::<Assignment>().unwrap_err().to_string(),
            "`operand-1-low` is not of the form NAME=VALUE"
        );
        assert!(Parameter::Switches.parse_value("reverse+reverse").is_err());
    }

    #[test]
    fn defaults_are_those_of_a_fresh_machine() {
        assert_eq!(Parameters::at_rate(44_100).words(), &[44_100, 0, 0, 128, 128, 0, 128, 128]);
        assert_eq!(Parameters::at_rate(u32::MAX).get(Parameter::ClockFreq), 352_800);
    }
}
