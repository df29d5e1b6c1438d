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

use serde::{Deserialize, Serialize};

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

/// Why a text is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no JSON of a profile's form.
    #[error("it is no profile: {0}\n  help: `sostenuto run PATCH --profile FILE` writes one")]
    Form(#[from] serde_json::Error),
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

impl Profile {
    /// The format that this version writes and reads.
    pub const FORMAT: u32 = 1;

    /// A profile of so many samples.
    pub fn new(source: &str, samples: u64, storages: Vec<Measured>) -> Profile {
        Profile { format: Profile::FORMAT, source: source.to_owned(), samples, storages }
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
