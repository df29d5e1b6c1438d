//! The ConeZ machine from outside: small patches, what they print, their sound, their faults.

mod effects;
mod faults;
mod files;
mod foreign;
mod leds;
mod memory;
mod patch;
mod strings;
mod text;
mod time;
