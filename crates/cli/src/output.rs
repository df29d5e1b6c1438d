//! The files that a command writes.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
        // Through a link, so that the rename replaces the file and not the link to it.
        let target = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let part = part(&target);
        let written = fill(&part, bytes).and_then(|()| fs::rename(&part, target));
        written.map_err(|source| {
            // Nothing more can be done about a part that cannot be removed; the first error is the one to tell.
            let _ = fs::remove_file(&part);
            Failure::Write { path: self.path.clone(), option: self.option, source }
        })
    }
}

fn check(path: &Path) -> io::Result<()> {
    if path == Path::new("-") {
        return Err(io::Error::other("standard output takes no file"));
    }
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(io::Error::other("it is a folder")),
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is not a regular file")),
        Ok(found) if found.permissions().readonly() => return Err(io::Error::other("it is write-protected")),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::Error::other("there is no such folder"));
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(io::Error::other(format!("there is no folder {}", folder.display())));
    }
    let probe = part(path);
    fill(&probe, &[])?;
    fs::remove_file(&probe)
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

/// A hidden name beside the file, of this process only.
fn part(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

fn fill(part: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(part)?;
    file.write_all(bytes)
}
