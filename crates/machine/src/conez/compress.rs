//! Compression by the crate `flate2`: gzip out, and gzip, zlib or bare deflate in.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::GzEncoder;

use super::files::LONGEST;
use super::guest::Call;

/// What the work on a byte costs, in bytes that are only moved.
const EFFORT: u64 = 64;

impl Call<'_> {
    fn inflate(&mut self, bytes: &[u8], most: u64) -> Option<Vec<u8>> {
        let inflated = inflate(bytes, most)?;
        self.device.charge((bytes.len() + inflated.len()) as u64 * EFFORT);
        Some(inflated)
    }

    fn deflate(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.device.charge(bytes.len() as u64 * EFFORT);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).ok()?;
        encoder.finish().ok()
    }

    fn whole_file(&mut self, path: i32) -> Option<Vec<u8>> {
        let path = self.path(path)?;
        self.device.files.read_whole(&path, LONGEST)
    }

    /// Writes a file and gives its size.
    fn write_file(&mut self, path: i32, bytes: Option<Vec<u8>>) -> i32 {
        let written = bytes.and_then(|bytes| {
            let path = self.path(path)?;
            self.device.files.write_whole(&path, &bytes).map(|()| bytes.len() as i32)
        });
        written.unwrap_or(-1)
    }

    /// Writes to the memory what has room there, and gives its size.
    fn write_memory(&mut self, pointer: i32, most: i32, bytes: Option<Vec<u8>>) -> i32 {
        let bytes = bytes.filter(|bytes| i64::from(most) >= bytes.len() as i64);
        let written = bytes.filter(|bytes| self.write_run(pointer as u32, bytes));
        written.map_or(-1, |bytes| bytes.len() as i32)
    }
}

fn inflate(bytes: &[u8], most: u64) -> Option<Vec<u8>> {
    let read = |decoder: &mut dyn Read| {
        let mut inflated = Vec::new();
        decoder.take(most + 1).read_to_end(&mut inflated).ok()?;
        Some(inflated).filter(|inflated| inflated.len() as u64 <= most)
    };
    let bare = |bytes| read(&mut DeflateDecoder::new(bytes));
    match *bytes {
        // Several streams may follow each other, or bytes that are none.
        [0x1F, 0x8B, ..] => {
            read(&mut MultiGzDecoder::new(bytes)).or_else(|| read(&mut GzDecoder::new(bytes)))
        }
        // A bare stream may begin like one of zlib.
        [first, second, ..] if first & 15 == 8 && (u32::from(first) << 8 | u32::from(second)) % 31 == 0 => {
            read(&mut ZlibDecoder::new(bytes)).or_else(|| bare(bytes))
        }
        [] => None,
        _ => bare(bytes),
    }
}

/// How many bytes can be written there, of as many as are wanted at most.
fn limit(call: &Call<'_>, to: i32, most: i32) -> u64 {
    call.memory.bytes().saturating_sub(to as u32).min(most.max(0) as u32).into()
}

pub(super) fn inflate_file(call: &mut Call<'_>, from: i32, to: i32) -> i32 {
    let bytes = call.whole_file(from).and_then(|bytes| call.inflate(&bytes, LONGEST));
    call.write_file(to, bytes)
}

pub(super) fn inflate_file_to_mem(call: &mut Call<'_>, from: i32, to: i32, most: i32) -> i32 {
    let room = limit(call, to, most);
    let bytes = call.whole_file(from).and_then(|bytes| call.inflate(&bytes, room));
    call.write_memory(to, most, bytes)
}

pub(super) fn inflate_mem(call: &mut Call<'_>, from: i32, length: i32, to: i32, most: i32) -> i32 {
    let room = limit(call, to, most);
    let bytes = call.read_run(from, length).and_then(|bytes| call.inflate(&bytes, room));
    call.write_memory(to, most, bytes)
}

pub(super) fn deflate_file(call: &mut Call<'_>, from: i32, to: i32) -> i32 {
    let bytes = call.whole_file(from).and_then(|bytes| call.deflate(&bytes));
    call.write_file(to, bytes)
}

pub(super) fn deflate_mem_to_file(call: &mut Call<'_>, from: i32, length: i32, to: i32) -> i32 {
    let bytes = call.read_run(from, length).and_then(|bytes| call.deflate(&bytes));
    call.write_file(to, bytes)
}

pub(super) fn deflate_mem(call: &mut Call<'_>, from: i32, length: i32, to: i32, most: i32) -> i32 {
    let bytes = call.read_run(from, length).and_then(|bytes| call.deflate(&bytes));
    call.write_memory(to, most, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_wrappings_are_known_and_what_is_none_or_too_long_is_refused() {
        let text = b"the same, the same, the same, the same";
        let compressed = |bytes: &mut dyn Read| {
            let mut compressed = Vec::new();
            bytes.read_to_end(&mut compressed).expect("compressed");
            compressed
        };
        let level = Compression::default();
        let wrapped = [
            compressed(&mut flate2::read::GzEncoder::new(&text[..], level)),
            compressed(&mut flate2::read::ZlibEncoder::new(&text[..], level)),
            compressed(&mut flate2::read::DeflateEncoder::new(&text[..], level)),
        ];
        for bytes in &wrapped {
            assert_eq!(inflate(bytes, 1_000).as_deref(), Some(&text[..]));
            assert_eq!(inflate(bytes, text.len() as u64 - 1), None);
            assert_eq!(inflate(&bytes[..bytes.len() / 2], 1_000), None);
        }
        assert_eq!((inflate(b"", 9), inflate(b"\xFF\xFFxyz", 9)), (None, None));
    }
}
