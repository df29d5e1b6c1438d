//! The files that a command writes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sostenuto_machine::whole_file;

use crate::failure::Failure;

/// A file that can be written, as far as that can be known before the work is done.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    /// The option that names it.
    option: &'static str,
}

impl Output {
    /// The file that an option names. Refuses at once what would fail after minutes of work, and what would destroy something
    /// else than an older output: a device, a write-protected file, or one of the `inputs`.
    pub fn new(option: &'static str, path: PathBuf, inputs: &[&Path]) -> Result<Output, Failure> {
        if let Err(source) = check(&path) {
            return Err(Failure::Write { path, option, source });
        }
        if inputs.iter().any(|input| is_same_file(&path, input)) {
            return Err(Failure::Overwrite { path, option });
        }
        Ok(Output { path, option })
    }

    /// Refuses two outputs that are one file, however its path is spelt.
    pub fn apart<'o>(outputs: impl IntoIterator<Item = &'o Output>) -> Result<(), Failure> {
        let mut before: Vec<&Output> = Vec::new();
        for output in outputs {
            if let Some(other) = before.iter().find(|other| is_same_file(&other.path, &output.path)) {
                let options = [other.option, output.option];
                return Err(Failure::WrittenTwice { path: output.path.clone(), options });
            }
            before.push(output);
        }
        Ok(())
    }

    /// The path as the user gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is such a file already.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Writes beside the file and renames, so that it is whole or not there.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        whole_file::write(&self.path, |mut file| file.write_all(bytes)).map_err(|source| Failure::Write {
            path: self.path.clone(),
            option: self.option,
            source,
        })
    }
}

fn check(path: &Path) -> io::Result<()> {
    if path == Path::new("-") {
        return Err(io::Error::other("standard output takes no file"));
    }
    whole_file::check(path)
}

/// Whether two paths name one file, there or yet to be written.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| match (path.canonicalize(), path.file_name()) {
        (Ok(found), _) => Some(found),
        (Err(_), Some(name)) => Some(folder(path).canonicalize().ok()?.join(name)),
        (Err(_), None) => None,
    };
    place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
