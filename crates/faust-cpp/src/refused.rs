//! Why a memory refuses.

use core::fmt;
use sostenuto_mem::dsp::Zone;

/// Why a memory refuses what the code that Faust wrote does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused<'m> {
    /// More zones are told than the memory has places for.
    TooManyZones {
        /// How many are told.
        told: usize,
        /// How many it has places for.
        places: usize,
    },
    /// Other than so many zones were told.
    WrongCount {
        /// How many were announced by `begin`.
        announced: usize,
        /// How many were told by `info`.
        told: usize,
    },
    /// No zone can be the instance of the class.
    NoInstance {
        /// The size of the class.
        bytes: usize,
        /// How many zones were told.
        zones: usize,
    },
    /// The zones are told again while some are in use.
    InUse {
        /// How many.
        zones: usize,
    },
    /// There is no room.
    OutOfMemory(Zone<'m>),
    /// Memory is asked for before the zones were told, or after they were refused.
    NotReady {
        /// How many bytes are asked for.
        bytes: usize,
    },
    /// A request has another size than the zone whose turn it is.
    WrongSize {
        /// The zone.
        zone: Zone<'m>,
        /// How many bytes are asked for.
        asked: usize,
    },
    /// All zones were given out.
    AllInUse {
        /// How many there are.
        zones: usize,
        /// How many bytes are asked for.
        asked: usize,
    },
    /// What is given back was not given out, or was given back before.
    NotGivenOut {
        /// Its address.
        address: usize,
    },
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooManyZones { told, places } => {
                write!(f, "{told} zones are told and the memory has places for {places}: give it more")
            }
            Self::WrongCount { announced, told } => {
                write!(
                    f,
                    "{announced} zones were announced and {told} told: call memoryInfo() and nothing else"
                )
            }
            Self::NoInstance { bytes, zones } => write!(
                f,
                "none of {zones} zones can be the instance, whose class has {bytes} B: is the memory for another class?"
            ),
            Self::InUse { zones } => {
                write!(
                    f,
                    "the zones are told again while {zones} are in use: call destroy() and classDestroy() first"
                )
            }
            Self::OutOfMemory(zone) => {
                let Zone { bytes, align, .. } = zone;
                write!(
                    f,
                    "{zone} needs {bytes} B aligned to {align} B, for which the memory manager has no room"
                )
            }
            Self::NotReady { bytes } => {
                write!(
                    f,
                    "{bytes} B are asked for without zones: call memoryInfo() first, and see that it was ok"
                )
            }
            Self::WrongSize { zone, asked } => write!(
                f,
                "it is the turn of {zone} of {} B, but {asked} B are asked for: call classInit() once, then create()",
                zone.bytes
            ),
            Self::AllInUse { zones, asked } => write!(
                f,
                "all {zones} zones are in use, but {asked} B more are asked for: a memory is for the class and one \
                 instance"
            ),
            Self::NotGivenOut { address } => {
                write!(f, "{address:#x} is given back, but was not given out, or was given back before")
            }
        }
    }
}

impl core::error::Error for Refused<'_> {}
