//! The files that a command reads.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// Whether there is such a file, and no folder.
pub fn check(path: &Path) -> Result<(), Failure> {
    let is_file = fs::metadata(path).and_then(|found| match found.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(()),
    });
    is_file.map_err(|source| Failure::Read { path: path.to_owned(), source })
}

/// A whole file, but not one without end: at most so many bytes, more than any of its kind has.
pub fn read(path: &Path, most: u64, kind: &'static str) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Failure::TooLarge { path: path.to_owned(), most, kind });
    }
    Ok(bytes)
}

/// The text of a file, read as [`read`] does.
pub fn text(path: &Path, most: u64, kind: &'static str) -> Result<String, Failure> {
    String::from_utf8(read(path, most, kind)?)
        .map_err(|error| Failure::NotText { path: path.to_owned(), offset: error.utf8_error().valid_up_to() })
}
