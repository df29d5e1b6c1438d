//! How often each byte of the data is accessed: what a run has measured, or what is usual.

use sostenuto_board::{Kind, Profile, Storage};

use super::layout::WORD;
use super::program::Program;

/// The accesses to a byte of each piece of data in a sample.
pub(super) fn of_data(program: &Program, kinds: &[Kind], profile: Option<&Profile>) -> Vec<f64> {
    let storage =
        |(data, &kind): (&super::program::Data, &Kind)| Storage::new(data.name.clone(), kind, data.bytes);
    let mut storages: Vec<Storage> = program.data.iter().zip(kinds).map(storage).collect();
    if let Some(profile) = profile {
        profile.apply(&mut storages);
    }
    let heat = |storage: &Storage| storage.traffic().accesses() / f64::from(storage.bytes.max(WORD));
    storages.iter().map(heat).collect()
}
