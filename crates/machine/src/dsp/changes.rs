//! Parameters by their paths, and their values at given times.

use std::str::FromStr;

use sostenuto_board::program::{Parameter, Program};
use sostenuto_board::spelling;

use crate::automation::Time;

/// A value for a parameter, from the start or from a time on: `/echo/feedback=0.3`, `feedback=0.3@1.5s`.
///
/// ```
/// use sostenuto_machine::dsp::Change;
///
/// let change: Change = "/zitaRev/Dry Wet Mix=-0.5@250ms".parse()?;
/// assert_eq!((change.name.as_str(), change.value), ("/zitaRev/Dry Wet Mix", -0.5));
/// assert_eq!(change.at.sample(48_000), 12_000);
/// # Ok::<(), sostenuto_machine::dsp::ChangeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The path, its end, or the label.
    pub name: String,
    /// The value.
    pub value: f64,
    /// When.
    pub at: Time,
}

/// Why a parameter cannot be set like that.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ChangeError {
    /// Not of the form.
    #[error("`{text}` is not of the form PATH=VALUE or PATH=VALUE@TIME")]
    Form {
        /// What was given.
        text: String,
    },
    /// Not a number.
    #[error("{name} cannot be `{value}`: give a number")]
    Number {
        /// The parameter.
        name: String,
        /// What was given.
        value: String,
    },
    /// Not a time.
    #[error("`{text}` is not a time: give seconds (`1.5s`), milliseconds (`250ms`) or a sample (`48000`)")]
    Time {
        /// What was given.
        text: String,
    },
    /// No such parameter.
    #[error("no parameter is called `{name}`; {}", remedy(name, paths))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        paths: Vec<String>,
    },
    /// Several.
    #[error("`{name}` may mean several parameters: {}; give more of the path", paths.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it may mean.
        paths: Vec<String>,
    },
    /// Outside the range.
    #[error("{path} cannot be {value}: its range is {min} to {max}")]
    Range {
        /// The parameter.
        path: String,
        /// What was given.
        value: f64,
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
}

impl FromStr for Change {
    type Err = ChangeError;

    fn from_str(text: &str) -> Result<Change, ChangeError> {
        let form = || ChangeError::Form { text: text.to_owned() };
        // A label may have such characters itself; a value has none.
        let (name, rest) = text.rsplit_once('=').ok_or_else(form)?;
        let (value, time) = match rest.split_once('@') {
            Some((value, time)) => (value, Some(time)),
            None => (rest, None),
        };
        let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let name = name.trim().to_owned();
        let value =
            number.ok_or_else(|| ChangeError::Number { name: name.clone(), value: value.to_owned() })?;
        let at = match time {
            Some(time) => time.parse().map_err(|_| ChangeError::Time { text: time.to_owned() })?,
            None => Time::Sample(0),
        };
        if name.is_empty() { Err(form()) } else { Ok(Change { name, value, at }) }
    }
}

/// A change of a known parameter at a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Due {
    pub(super) sample: u64,
    /// The index of the parameter.
    pub(super) parameter: usize,
    pub(super) value: f64,
}

/// The changes in order of time; those of one sample keep their order.
pub(super) fn schedule(program: &Program, changes: &[Change], rate: u32) -> Result<Vec<Due>, ChangeError> {
    let due = |change: &Change| {
        let parameter = find(program, &change.name)?;
        let Parameter { path, min, max, .. } = &program.parameters[parameter];
        if !(*min..=*max).contains(&change.value) {
            let (path, value) = (path.clone(), change.value);
            return Err(ChangeError::Range { path, value, min: *min, max: *max });
        }
        Ok(Due { sample: change.at.sample(rate), parameter, value: change.value })
    };
    let mut schedule = changes.iter().map(due).collect::<Result<Vec<Due>, ChangeError>>()?;
    schedule.sort_by_key(|due| due.sample);
    Ok(schedule)
}

/// The parameter of that path, or the only one whose path ends so or that has this label.
fn find(program: &Program, name: &str) -> Result<usize, ChangeError> {
    let parameters = &program.parameters;
    if let Some(exact) = parameters.iter().position(|parameter| parameter.path == name) {
        return Ok(exact);
    }
    let ends_so = |path: &str| path.strip_suffix(name).is_some_and(|before| before.ends_with('/'));
    let is_meant = |parameter: &Parameter| ends_so(&parameter.path) || parameter.label == name;
    let found: Vec<usize> = (0..parameters.len()).filter(|index| is_meant(&parameters[*index])).collect();
    let paths = |list: &mut dyn Iterator<Item = &Parameter>| list.map(|it| it.path.clone()).collect();
    match found[..] {
        [only] => Ok(only),
        [] => Err(ChangeError::Unknown { name: name.to_owned(), paths: paths(&mut parameters.iter()) }),
        _ => {
            let paths = paths(&mut found.iter().map(|index| &parameters[*index]));
            Err(ChangeError::Ambiguous { name: name.to_owned(), paths })
        }
    }
}

/// The path that may be meant, by the whole of it or its last part; or all of them.
fn remedy(name: &str, paths: &[String]) -> String {
    let ends = paths.iter().map(|path| path.rsplit('/').next().unwrap_or(path));
    let found = spelling::nearest(name, paths.iter().map(String::as_str).chain(ends.clone()));
    let meant =
        found.and_then(|found| paths.iter().zip(ends).find(|(path, end)| *path == found || *end == found));
    match (meant, paths) {
        (Some((path, _)), _) => format!("did you mean `{path}`?"),
        (None, []) => "the program has none".to_owned(),
        (None, paths) => format!("there are {}", paths.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Program {
        let parameter = |path: &str, label: &str| Parameter {
            path: path.to_owned(),
            label: label.to_owned(),
            address: 0,
            init: 0.0,
            min: -1.0,
            max: 1.0,
            step: 0.1,
        };
        let parameters = vec![
            parameter("/rev/dry", "dry"),
            parameter("/rev/left/gain_dB", "gain dB"),
            parameter("/rev/right/gain_dB", "gain dB"),
        ];
        Program { parameters, ..Program::default() }
    }

    fn set(text: &str) -> Result<Vec<(u64, usize, f64)>, String> {
        let changes: Result<Vec<Change>, ChangeError> = text.split(' ').map(str::parse).collect();
        let due = changes.and_then(|changes| schedule(&program(), &changes, 48_000));
        let tuples = |due: Vec<Due>| due.iter().map(|it| (it.sample, it.parameter, it.value)).collect();
        due.map(tuples).map_err(|error| error.to_string())
    }

    #[test]
    fn a_parameter_is_named_by_its_path_the_end_of_it_or_its_label() {
        assert_eq!(
            set("dry=0.5@2ms /rev/dry=1 right/gain_dB=-1"),
            Ok(vec![(0, 0, 1.0), (0, 2, -1.0), (96, 0, 0.5)])
        );
    }

    #[test]
    fn what_cannot_be_set_is_told_with_what_can() {
        let refused = |text| set(text).unwrap_err();
        assert_eq!(
            refused("gain_dB=0"),
            "`gain_dB` may mean several parameters: /rev/left/gain_dB, /rev/right/gain_dB; give more of the path"
        );
        assert_eq!(
            refused("wet=0"),
            "no parameter is called `wet`; there are /rev/dry, /rev/left/gain_dB, /rev/right/gain_dB"
        );
        assert_eq!(refused("dryy=0"), "no parameter is called `dryy`; did you mean `/rev/dry`?");
        assert_eq!(
            refused("/rev/lft/gain_dB=0"),
            "no parameter is called `/rev/lft/gain_dB`; did you mean `/rev/left/gain_dB`?"
        );
        assert_eq!(refused("dry=1.5"), "/rev/dry cannot be 1.5: its range is -1 to 1");
        assert_eq!(refused("dry=NaN"), "dry cannot be `NaN`: give a number");
        assert_eq!(refused("dry"), "`dry` is not of the form PATH=VALUE or PATH=VALUE@TIME");
        assert!(refused("dry=1@noon").starts_with("`noon` is not a time"));
        let none = schedule(&Program::default(), &["dry=1".parse().expect("well formed")], 48_000);
        assert_eq!(none.unwrap_err().to_string(), "no parameter is called `dry`; the program has none");
    }
}
