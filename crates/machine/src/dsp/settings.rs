//! How a program is to be played.

use sostenuto_board::DataCache;

use super::changes::Change;
use crate::paging::Paging;
use crate::settings::Processor;

/// Levels, parameters and limits of a performance; the rate is that of the sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Samples in a block, at least 1.
    pub block: u32,
    /// How many copies of the program play, each with channels of its own; at least 1.
    pub instances: u32,
    /// Parameters from the start and later; of two for one sample, the later one counts.
    pub changes: Vec<Change>,
    /// 0 is only the dry sound, 1 only the program's.
    pub mix: f32,
    /// The factor before the program; the dry sound goes without it.
    pub gain: f32,
    /// The most instructions that a sample may take, in the mean of its block, before the program counts as hanging.
    pub budget: u64,
    /// The processor that the program is meant for, to tell its deadline. The length of its block is [`Settings::block`].
    pub processor: Option<Processor>,
    /// The paged memory that the program runs in; flat memory without.
    pub paging: Option<Paging>,
    /// Whether to count what is done to each storage.
    pub profiles: bool,
    /// The data cache whose lines a profile counts; one as a Cortex-M7 has for `None`.
    pub cache: Option<DataCache>,
}

impl Settings {
    /// Samples in a block, unless something else is asked for.
    pub const BLOCK: u32 = 48;
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            block: Self::BLOCK,
            instances: 1,
            changes: Vec::new(),
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
