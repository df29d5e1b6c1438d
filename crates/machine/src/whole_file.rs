//! Files that are there as a whole or not at all: written under a hidden name beside their own, and then renamed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Has `fill` write a file, which takes the place of an older one when that has succeeded. A link stays one.
///
/// # Errors
/// When the folder or the file cannot be written, when something else than a file has that name, and what `fill` says. An older
/// file is as it was then.
pub fn write(path: &Path, fill: impl FnOnce(File) -> io::Result<()>) -> io::Result<()> {
    let target = target(path)?;
    let part = part(&target)?;
    let file = OpenOptions::new().write(true).create_new(true).open(&part)?;
    fill(file).and_then(|()| fs::rename(&part, &target)).inspect_err(|_| {
        // Nothing more can be done about a part that cannot be removed; the first error is the one to tell.
        let _ = fs::remove_file(&part);
    })
}

/// Whether [`write()`] could write that file, as far as that can be known before.
///
/// # Errors
/// Those of [`write()`].
pub fn check(path: &Path) -> io::Result<()> {
    let target = target(path)?;
    if path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(io::Error::other("there is no such folder"));
    }
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(io::Error::other(format!("there is no folder {}", folder.display())));
    }
    let part = part(&target)?;
    OpenOptions::new().write(true).create_new(true).open(&part)?;
    fs::remove_file(part)
}

/// The file that a path leads to, through links, when a rename may take its place: a rename onto `/dev/null` would
/// replace the device for the whole system.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(io::Error::other("it is a folder")),
        Ok(found) if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        Ok(found) if found.permissions().readonly() => Err(io::Error::other("it is write-protected")),
        Ok(_) => path.canonicalize(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// A hidden name beside the file, of this process only.
fn part(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    Ok(target.with_file_name(hidden))
}
