//! The counts of a kind of call.

use std::fmt;

/// Instructions of single calls.
#[derive(Default)]
pub struct Counts(Vec<u64>);

impl Counts {
    pub fn push(&mut self, count: u64) {
        self.0.push(count);
    }
}

impl Extend<u64> for Counts {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, counts: I) {
        self.0.extend(counts);
    }
}

impl FromIterator<u64> for Counts {
    fn from_iter<I: IntoIterator<Item = u64>>(counts: I) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts = self.0.clone();
        counts.sort_unstable();
        match (counts.first(), counts.last()) {
            (Some(least), Some(most)) if least == most => f.pad(&least.to_string()),
            (Some(least), Some(most)) => f.pad(&format!("{least} to {most} ({})", counts[counts.len() / 2])),
            _ => f.pad("-"),
        }
    }
}
