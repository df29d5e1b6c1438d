//! What the engine itself does to memory.

use sostenuto_board::profile::Measured;
use sostenuto_board::traffic::Traffic;

/// The storages with the engine's own, by estimates: an instruction reads three words of `code` and two of `registers`, and
/// writes one.
pub(crate) fn with_engine(mut storages: Vec<Measured>, instructions: f64) -> Vec<Measured> {
    let instructions = instructions.min(Traffic::MOST / 3.0);
    let mut engine = |name: &str, traffic| storages.push(Measured { name: name.to_owned(), traffic });
    engine("code", Traffic { reads: 3.0 * instructions, ..Traffic::default() });
    let registers = Traffic { reads: 2.0 * instructions, writes: instructions, ..Traffic::default() };
    engine("registers", registers);
    storages
}
