//! The machine from outside: small patches, their sound, their faults.

mod faults;
mod no_alloc;
mod patch;
mod performance;
