//! A profile: the traffic of each storage as a run has measured it.
//!
//! ```
//! use sostenuto_board::profile::{Measured, Profile};
//! use sostenuto_board::{Kind, Storage, Traffic};
//!
//! let line = Traffic { reads: 2.0, writes: 1.0, ..Traffic::default() };
//! let profile = Profile::new("echo.impala", 48_000, vec![Measured { name: "line".into(), traffic: line }]);
//! let again = Profile::parse(&profile.json())?;
//!
//! let mut storages = [Storage::new("line", Kind::Delay, 96_000), Storage::new("new", Kind::State, 4)];
//! assert_eq!(again.apply(&mut storages), 1); // one that the profile does not know
//! assert_eq!(storages[0].traffic, Some(line));
//! # Ok::<(), sostenuto_board::profile::ProfileError>(())
//! ```

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::board::{Board, DataCache};
use crate::bytes;
use crate::patch::Facts;
use crate::printable::json_fault;
use crate::program::Precision;
use crate::storage::Storage;
use crate::traffic::Traffic;

/// What `run --profile` writes and `plan --profile` reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// [`Profile::FORMAT`].
    format: u32,
    /// The patch's source file.
    pub source: String,
    /// The samples over which the traffic is the mean.
    pub samples: u64,
    /// The cache whose lines were counted; `None` in a file of an older version, which does not tell.
    #[serde(default)]
    pub cache: Option<CountedCache>,
    /// The numbers that the program was compiled to compute with; `None` if it is not for the compiler's options to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// The storages in the order in which the patch has them.
    pub storages: Vec<Measured>,
}

/// A storage's traffic a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The storage.
    pub name: String,
    /// What was done to it.
    pub traffic: Traffic,
}

/// The geometry of the cache whose lines a profile counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedCache {
    /// Its size.
    pub bytes: u32,
    /// Bytes of a line.
    pub line: u32,
    /// The places that a line may have.
    pub ways: u32,
}

/// Why a profile tells less than it seems of what it is applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It is of another patch.
    #[error("it was measured of `{measured}`, and this is `{planned}`: only storages of the same names get its traffic", measured = measured.escape_debug(), planned = planned.escape_debug())]
    Source {
        /// The source file that was measured.
        measured: String,
        /// The one that it is applied to.
        planned: String,
    },
    /// It is of the same program, compiled for other numbers.
    #[error("it was measured of numbers of {} bits, and these have {} bits: measure again with the same options of the compiler", measured.bytes() * 8, planned.bytes() * 8)]
    Precision {
        /// The numbers that were measured.
        measured: Precision,
        /// Those that it is applied to.
        planned: Precision,
    },
    /// The lines are those of another cache.
    #[error(
        "it counts the lines of a cache of {measured}, and the board `{board}` has one of {wanted}: measure again with --board {board}"
    )]
    Cache {
        /// The cache of the profile.
        measured: CountedCache,
        /// The board's.
        wanted: CountedCache,
        /// Its name.
        board: String,
    },
}

/// Why a text is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no JSON of a profile's form.
    #[error("it is no profile: {}\n  help: `sostenuto run PATCH --profile FILE` writes one", json_fault(.0))]
    Form(#[from] serde_json::Error),
    /// It is of something else.
    #[error("it tells of none of these storages: it was measured of `{}`\n  help: measure this patch with `sostenuto run PATCH --profile FILE`", source_file.escape_debug())]
    Foreign {
        /// What was measured.
        source_file: String,
    },
    /// It is one of another format.
    #[error(
        "it has the format {found}, and this program reads {}\n  help: measure again with `sostenuto run PATCH --profile FILE`",
        Profile::FORMAT
    )]
    Format {
        /// The format found.
        found: u32,
    },
    /// A number in it cannot be one of traffic.
    #[error(
        "`{storage}` cannot have {number} accesses a sample\n  help: measure again with `sostenuto run PATCH --profile FILE`"
    )]
    Number {
        /// The storage.
        storage: String,
        /// The number.
        number: f64,
    },
}

impl CountedCache {
    /// What is taken where a board tells of no cache.
    pub const CORTEX_M7: CountedCache = CountedCache { bytes: 16_384, line: 32, ways: 4 };
}

impl From<&DataCache> for CountedCache {
    fn from(cache: &DataCache) -> CountedCache {
        CountedCache { bytes: cache.bytes, line: cache.line, ways: cache.ways }
    }
}

/// As `16,384 B in lines of 32 B, 4 ways`.
impl fmt::Display for CountedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in lines of {} B, {} ways", bytes::text(self.bytes.into()), self.line, self.ways)
    }
}

impl Profile {
    /// The format that this version writes and reads.
    pub const FORMAT: u32 = 1;

    /// A profile of so many samples, with the lines of a Cortex-M7's cache.
    pub fn new(source: &str, samples: u64, storages: Vec<Measured>) -> Profile {
        let cache = Some(CountedCache::CORTEX_M7);
        let source = source.to_owned();
        Profile { format: Profile::FORMAT, source, samples, cache, precision: None, storages }
    }

    /// The same of a program that computes with these numbers.
    pub fn of_precision(self, precision: Precision) -> Profile {
        Profile { precision: Some(precision), ..self }
    }

    /// The same with the lines of that cache, unless it is none.
    pub fn of_cache(self, cache: Option<&DataCache>) -> Profile {
        Profile { cache: cache.map(CountedCache::from).or(self.cache), ..self }
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// When the text is no profile.
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = serde_json::from_str(text)?;
        if profile.format != Profile::FORMAT {
            return Err(ProfileError::Format { found: profile.format });
        }
        for Measured { name, traffic } in &profile.storages {
            let Traffic { reads, writes, next_lines, lines, written_lines } = *traffic;
            let strange = |number: &f64| !(0.0..=Traffic::MOST).contains(number);
            if let Some(number) = [reads, writes, next_lines, lines, written_lines].into_iter().find(strange)
            {
                return Err(ProfileError::Number { storage: name.clone(), number });
            }
        }
        Ok(profile)
    }

    /// The profile as a text, over several lines and with a newline at its end.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers always have a JSON form") + "\n"
    }

    /// Whether it was measured of another source file.
    pub fn doubt_of_source(&self, source: &str) -> Option<Doubt> {
        let (measured, planned) = (self.source.clone(), source.to_owned());
        (measured != planned).then_some(Doubt::Source { measured, planned })
    }

    /// What speaks against applying it to the storages of that patch, if they are of one, on that board.
    pub fn doubts(&self, patch: Option<&Facts>, board: &Board) -> Vec<Doubt> {
        let wanted = board.cache.as_ref().map(CountedCache::from);
        let others = self.cache.zip(wanted).filter(|(measured, wanted)| measured != wanted);
        let cache =
            others.map(|(measured, wanted)| Doubt::Cache { measured, wanted, board: board.name.clone() });
        let source = patch.and_then(|facts| self.doubt_of_source(&facts.source));
        let planned = patch.and_then(|facts| facts.program.as_ref()).map(|program| program.precision);
        let others = self.precision.zip(planned).filter(|(measured, planned)| measured != planned);
        let precision = others.map(|(measured, planned)| Doubt::Precision { measured, planned });
        source.into_iter().chain(precision).chain(cache).collect()
    }

    /// Refuses storages of which it knows none.
    ///
    /// # Errors
    /// [`ProfileError::Foreign`].
    pub fn check(&self, storages: &[Storage]) -> Result<(), ProfileError> {
        let is_known = |storage: &Storage| self.storages.iter().any(|it| it.name == storage.name);
        match storages.is_empty() || storages.iter().any(is_known) {
            true => Ok(()),
            false => Err(ProfileError::Foreign { source_file: self.source.clone() }),
        }
    }

    /// Gives the storages their measured traffic, by name, and of one name by order. Returns how many it does not know; these
    /// are left alone.
    pub fn apply(&self, storages: &mut [Storage]) -> usize {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut unknown = 0;
        for storage in storages {
            let nth = seen.entry(storage.name.clone()).or_default();
            match self.storages.iter().filter(|measured| measured.name == storage.name).nth(*nth) {
                Some(measured) => storage.traffic = Some(measured.traffic),
                None => unknown += usize::from(storage.traffic.is_none()),
            }
            *nth += 1;
        }
        unknown
    }
}
