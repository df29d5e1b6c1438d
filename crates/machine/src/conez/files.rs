//! Files in one directory of this computer, and nowhere else.
//!
//! The directory is opened once, by the crate `cap-std`, and all paths are looked up from there: it follows no link that leads
//! out, also not one that appears meanwhile, which a check of the path beforehand could not see.

use std::io::{Read, Seek, SeekFrom, Write};

use cap_std::fs::{Dir, File, OpenOptions};

use super::guest::Call;

/// The directory of a patch, and what it has opened there.
#[derive(Debug, Default)]
pub(super) struct Files {
    root: Option<Dir>,
    files: [Option<Open>; SLOTS],
    directories: [Option<Listing>; SLOTS],
}

/// Files that can be open at one time, and directories.
const SLOTS: usize = 4;

/// The longest file that is written or read as a whole, in bytes: about what the flash memory of the device has.
pub(super) const LONGEST: u64 = 16 << 20;

/// A path is shorter, in bytes.
const PATH: usize = 128;

/// What is moved at once.
const PIECE: usize = 4_096;

#[derive(Debug)]
struct Open {
    file: File,
    appends: bool,
}

/// The names that are still to be told, the next one last.
#[derive(Debug)]
struct Listing {
    entries: Vec<(bool, String)>,
}

impl Files {
    pub(super) fn new(root: Option<Dir>) -> Files {
        Files { root, ..Files::default() }
    }

    /// Closes all that the patch has left open.
    pub(super) fn close(&mut self) {
        (self.files, self.directories) = Default::default();
    }

    /// What a path of the device means in the directory.
    fn resolve(&self, path: &[u8]) -> Option<(&Dir, String)> {
        let path =
            std::str::from_utf8(path).ok().filter(|path| path.len() < PATH && path.starts_with('/'))?;
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let is_refused = parts.iter().any(|part| *part == ".." || part.contains('\\'))
            || parts.last().is_some_and(|name| name.eq_ignore_ascii_case("config.ini"));
        let path = if parts.is_empty() { ".".to_owned() } else { parts.join("/") };
        self.root.as_ref().filter(|_| !is_refused).zip(Some(path))
    }

    /// A whole file.
    pub(super) fn read_whole(&self, path: &[u8], most: u64) -> Option<Vec<u8>> {
        let (root, path) = self.resolve(path)?;
        let file = open(root, &path, OpenOptions::new().read(true))?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).ok()?;
        Some(bytes).filter(|bytes| bytes.len() as u64 <= most)
    }

    /// Writes a whole file.
    pub(super) fn write_whole(&self, path: &[u8], bytes: &[u8]) -> Option<()> {
        let (root, path) = self.resolve(path)?;
        if bytes.len() as u64 > LONGEST {
            return None;
        }
        let mut options = OpenOptions::new();
        let mut file = open(root, &path, options.write(true).create(true))?;
        file.set_len(0).ok()?;
        file.write_all(bytes).ok()
    }

    fn file(&mut self, handle: i32) -> Option<&mut Open> {
        self.files.get_mut(handle as u32 as usize)?.as_mut()
    }
}

/// Opens what is a file: not a pipe or a device, on which reading might never end.
fn open(root: &Dir, path: &str, options: &OpenOptions) -> Option<File> {
    if root.metadata(path).is_ok_and(|found| !found.is_file()) {
        return None;
    }
    root.open_with(path, options).ok().filter(is_file)
}

fn is_file(file: &File) -> bool {
    file.metadata().is_ok_and(|found| found.is_file())
}

impl Open {
    fn length(&self) -> Option<u64> {
        self.file.metadata().ok().map(|found| found.len())
    }

    fn position(&mut self) -> Option<u64> {
        self.file.stream_position().ok()
    }

    fn write(&mut self, bytes: &[u8]) -> Option<()> {
        let position = if self.appends { self.file.seek(SeekFrom::End(0)).ok()? } else { self.position()? };
        if position + bytes.len() as u64 > LONGEST {
            return None;
        }
        self.file.write_all(bytes).ok()
    }

    /// A line without its end, of which `most` bytes are kept; none at the end of the file.
    fn line(&mut self, most: usize) -> Option<Vec<u8>> {
        let start = self.position()?;
        let (mut line, mut taken, mut is_ended) = (Vec::new(), 0, false);
        let mut piece = [0; PIECE];
        while !is_ended {
            let count = self.file.read(&mut piece).ok()?;
            if count == 0 {
                break;
            }
            let end = piece[..count].iter().position(|byte| *byte == b'\n');
            is_ended = end.is_some();
            let text = &piece[..end.unwrap_or(count)];
            let room = (most + 1).saturating_sub(line.len());
            line.extend_from_slice(&text[..text.len().min(room)]);
            taken += (text.len() + usize::from(is_ended)) as u64;
        }
        self.file.seek(SeekFrom::Start(start + taken)).ok()?;
        if taken == 0 {
            return None;
        }
        while line.last() == Some(&b'\r') {
            line.pop();
        }
        line.truncate(most);
        Some(line)
    }
}

impl Call<'_> {
    /// The text of a path; none when it is too long or not in the memory.
    pub(super) fn path(&mut self, pointer: i32) -> Option<Vec<u8>> {
        let mut path = Vec::new();
        (self.read_text(pointer, PATH, &mut path) && path.len() < PATH).then_some(path)
    }

    /// Something done with the path at this address, in the directory.
    fn with_path(&mut self, pointer: i32, act: impl FnOnce(&Dir, &str) -> std::io::Result<()>) -> i32 {
        let path = self.path(pointer);
        let path = path.as_deref().and_then(|path| self.device.files.resolve(path));
        status(path.and_then(|(root, path)| act(root, &path).ok()))
    }
}

/// 0 for what was done, -1 for what was not.
fn status(done: Option<()>) -> i32 {
    if done.is_some() { 0 } else { -1 }
}

fn number(value: Option<u64>) -> i32 {
    value.map_or(-1, |value| i32::try_from(value).unwrap_or(i32::MAX))
}

pub(super) fn file_open(call: &mut Call<'_>, path: i32, mode: i32) -> i32 {
    let Some(path) = call.path(path) else { return -1 };
    let files = &mut call.device.files;
    let Some(slot) = files.files.iter().position(Option::is_none) else { return -1 };
    let mut options = OpenOptions::new();
    let options = match mode {
        0 => options.read(true),
        1 => options.write(true).create(true).truncate(true),
        2 => options.append(true).create(true),
        3 => options.read(true).write(true),
        4 => options.read(true).write(true).create(true).truncate(true),
        5 => options.read(true).append(true).create(true),
        _ => return -1,
    };
    let file = files.resolve(&path).and_then(|(root, path)| open(root, &path, options));
    let Some(mut file) = file else { return -1 };
    let appends = matches!(mode, 2 | 5);
    if appends && file.seek(SeekFrom::End(0)).is_err() {
        return -1;
    }
    files.files[slot] = Some(Open { file, appends });
    slot as i32
}

pub(super) fn file_close(call: &mut Call<'_>, handle: i32) {
    if let Some(slot) = call.device.files.files.get_mut(handle as u32 as usize) {
        *slot = None;
    }
}

pub(super) fn file_read(call: &mut Call<'_>, handle: i32, buffer: i32, most: i32) -> i32 {
    let Ok(most) = u32::try_from(most) else { return -1 };
    if !call.holds(buffer as u32, most) {
        return -1;
    }
    let (mut done, mut piece) = (0, [0; PIECE]);
    while done < most {
        let count = ((most - done) as usize).min(PIECE);
        let Some(open) = call.device.files.file(handle) else { return -1 };
        let Ok(count) = open.file.read(&mut piece[..count]) else { return -1 };
        if count == 0 {
            break;
        }
        if !call.write_run(buffer as u32 + done, &piece[..count]) {
            return -1;
        }
        done += count as u32;
    }
    if call.device.files.file(handle).is_some() { done as i32 } else { -1 }
}

pub(super) fn file_write(call: &mut Call<'_>, handle: i32, buffer: i32, length: i32) -> i32 {
    let Some(bytes) = call.read_run(buffer, length) else { return -1 };
    let written = call.device.files.file(handle).and_then(|open| open.write(&bytes));
    if written.is_some() { length } else { -1 }
}

pub(super) fn file_size(call: &mut Call<'_>, handle: i32) -> i32 {
    number(call.device.files.file(handle).and_then(|open| open.length()))
}

/// To a place from the start, from here or from the end that is in the file.
pub(super) fn file_seek(call: &mut Call<'_>, handle: i32, offset: i32, whence: i32) -> i32 {
    let Some(open) = call.device.files.file(handle) else { return -1 };
    let Some(length) = open.length() else { return -1 };
    let from = match whence {
        0 => Some(0),
        1 => open.position(),
        2 => Some(length),
        _ => None,
    };
    let target = from.and_then(|from| from.checked_add_signed(offset.into())).filter(|at| *at <= length);
    status(target.and_then(|target| open.file.seek(SeekFrom::Start(target)).ok()).map(drop))
}

pub(super) fn file_tell(call: &mut Call<'_>, handle: i32) -> i32 {
    number(call.device.files.file(handle).and_then(Open::position))
}

/// Also 1 where there is no file, so that no loop waits for it.
pub(super) fn file_eof(call: &mut Call<'_>, handle: i32) -> i32 {
    let open = call.device.files.file(handle);
    let rest = open.and_then(|open| open.length()?.checked_sub(open.position()?));
    (rest.unwrap_or(0) == 0).into()
}

pub(super) fn file_truncate(call: &mut Call<'_>, handle: i32, length: i32) -> i32 {
    let length = u64::try_from(length).ok().filter(|length| *length <= LONGEST);
    let open = call.device.files.file(handle);
    status(open.zip(length).and_then(|(open, length)| open.file.set_len(length).ok()))
}

pub(super) fn file_flush(call: &mut Call<'_>, handle: i32) -> i32 {
    status(call.device.files.file(handle).and_then(|open| open.file.flush().ok()))
}

/// The bytes of the line that are written before a zero byte; 0 at the end.
pub(super) fn file_readln(call: &mut Call<'_>, handle: i32, buffer: i32, most: i32) -> i32 {
    let Some(room) = u32::try_from(most).ok().and_then(|most| most.checked_sub(1)) else { return -1 };
    if !call.holds(buffer as u32, room + 1) {
        return -1;
    }
    let Some(open) = call.device.files.file(handle) else { return -1 };
    let Some(mut line) = open.line(room as usize) else {
        call.write_run(buffer as u32, &[0]);
        return 0;
    };
    line.push(0);
    if call.write_run(buffer as u32, &line) { line.len() as i32 - 1 } else { -1 }
}

/// The line as a text of the pool; 0 at the end.
pub(super) fn file_readln_str(call: &mut Call<'_>, handle: i32) -> i32 {
    let line = call.device.files.file(handle).and_then(|open| open.line(usize::from(u16::MAX)));
    line.map_or(0, |line| call.new_text(&line))
}

pub(super) fn file_writeln(call: &mut Call<'_>, handle: i32, text: i32) -> i32 {
    let mut line = Vec::new();
    if !call.read_text(text, usize::MAX, &mut line) {
        return -1;
    }
    line.push(b'\n');
    status(call.device.files.file(handle).and_then(|open| open.write(&line)))
}

/// Size, type and time; the time is always 0, so that runs do not differ.
pub(super) fn file_stat(call: &mut Call<'_>, path: i32, out: i32) -> i32 {
    let path = call.path(path);
    let path = path.as_deref().and_then(|path| call.device.files.resolve(path));
    let Some(found) = path.and_then(|(root, path)| root.metadata(path).ok()) else { return -1 };
    let kind = match () {
        () if found.is_file() => 0,
        () if found.is_dir() => 1,
        () => -1,
    };
    let size = if kind == 0 { number(Some(found.len())) } else { 0 };
    let fields = [size, kind, 0].map(i32::to_le_bytes);
    if call.write_run(out as u32, fields.as_flattened()) { 0 } else { -1 }
}

pub(super) fn file_delete(call: &mut Call<'_>, path: i32) -> i32 {
    call.with_path(path, |root, path| root.remove_file(path))
}

pub(super) fn file_rename(call: &mut Call<'_>, from: i32, to: i32) -> i32 {
    let Some((from, to)) = call.path(from).zip(call.path(to)) else { return -1 };
    let files = &call.device.files;
    let paths = files.resolve(&from).zip(files.resolve(&to));
    status(paths.and_then(|((root, from), (_, to))| root.rename(from, root, to).ok()))
}

pub(super) fn file_mkdir(call: &mut Call<'_>, path: i32) -> i32 {
    call.with_path(path, |root, path| root.create_dir(path))
}

pub(super) fn file_rmdir(call: &mut Call<'_>, path: i32) -> i32 {
    call.with_path(path, |root, path| root.remove_dir(path))
}

/// The entries come in the order of their names, so that runs do not differ.
pub(super) fn dir_open(call: &mut Call<'_>, path: i32) -> i32 {
    let Some(path) = call.path(path) else { return -1 };
    let files = &mut call.device.files;
    let Some(slot) = files.directories.iter().position(Option::is_none) else { return -1 };
    let Some(found) = files.resolve(&path).and_then(|(root, path)| root.read_dir(path).ok()) else {
        return -1;
    };
    let entry = |entry: std::io::Result<cap_std::fs::DirEntry>| {
        let entry = entry.ok()?;
        Some((entry.file_type().ok()?.is_dir(), entry.file_name().into_string().ok()?))
    };
    let mut entries: Vec<(bool, String)> = found.filter_map(entry).collect();
    entries.sort_by(|one, other| other.1.cmp(&one.1));
    files.directories[slot] = Some(Listing { entries });
    slot as i32
}

pub(super) fn dir_read(call: &mut Call<'_>, handle: i32, out: i32) -> i32 {
    let listing = call.device.files.directories.get_mut(handle as u32 as usize).and_then(Option::as_mut);
    let Some(listing) = listing else { return -1 };
    let Some((is_directory, name)) = listing.entries.pop() else { return 0 };
    let mut entry = [0; 4 + 256];
    entry[0] = is_directory.into();
    let length = name.floor_char_boundary(255);
    entry[4..4 + length].copy_from_slice(&name.as_bytes()[..length]);
    if call.write_run(out as u32, &entry) { 1 } else { -1 }
}

pub(super) fn dir_close(call: &mut Call<'_>, handle: i32) {
    if let Some(slot) = call.device.files.directories.get_mut(handle as u32 as usize) {
        *slot = None;
    }
}
