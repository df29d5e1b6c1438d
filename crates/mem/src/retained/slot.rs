//! One slot: its form in the medium.
//!
//! All numbers are of 32 bits and little-endian; each part begins at a multiple of [`Medium::WRITE`]:
//!
//! - the end mark, [`COMPLETE`], written last;
//! - the header: tag, sequence number, length, CRC-32 (ISO-HDLC) of these three and the bytes, written after the bytes;
//! - the bytes.
//!
//! A slot is valid if its CRC is right. The end mark only says whether it ever was: without it, a slot that is not valid was
//! not finished, or never written, and with it, it has changed. It comes first, for that is where an erasure begins.

use super::medium::{MOST_WRITE, Medium};
use crc::{CRC_32_ISO_HDLC, Crc, Digest, NoTable};

/// Says that all of a slot was written: "held" in ASCII.
const COMPLETE: u32 = u32::from_le_bytes(*b"held");

/// Without a table, which would take 1 KiB of flash: slots are short, and stored seldom.
static CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// Nothing: it was never written, or a power cut has come before it was finished.
    Empty,
    /// What was stored.
    Valid {
        /// The tag with which it was stored.
        tag: u32,
        /// Counts the stores; goes on with 0 after [`u32::MAX`].
        sequence: u32,
        /// How many bytes.
        length: usize,
    },
    /// Something that was stored and has changed since.
    Broken,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) tag: u32,
    pub(super) sequence: u32,
    pub(super) length: u32,
}

impl Header {
    const SIZE: usize = 16;

    /// The CRC of what comes before the bytes.
    fn digest(&self) -> Digest<'static, u32, NoTable> {
        let mut digest = CRC.digest();
        for number in [self.tag, self.sequence, self.length] {
            digest.update(&number.to_le_bytes());
        }
        digest
    }
}

/// Where a slot is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) start: u32,
    pub(super) size: u32,
}

impl Slot {
    /// How many bytes come before those that are stored.
    pub(super) const fn overhead<M: Medium>() -> u32 {
        Self::header_at::<M>() + (Header::SIZE as u32).next_multiple_of(M::WRITE)
    }

    const fn header_at<M: Medium>() -> u32 {
        (size_of_val(&COMPLETE) as u32).next_multiple_of(M::WRITE)
    }

    /// How many bytes can be stored.
    pub(super) const fn room<M: Medium>(&self) -> u32 {
        self.size.saturating_sub(Self::overhead::<M>()) / M::WRITE * M::WRITE
    }

    pub(super) fn state<M: Medium>(&self, medium: &mut M) -> Result<SlotState, M::Error> {
        let mut mark = [0; 4];
        medium.read(self.start, &mut mark)?;
        let (header, sum) = self.header(medium)?;
        if header.length <= self.room::<M>() && self.sum(medium, &header)? == sum {
            let Header { tag, sequence, length } = header;
            return Ok(SlotState::Valid { tag, sequence, length: length as usize });
        }
        Ok(if u32::from_le_bytes(mark) == COMPLETE { SlotState::Broken } else { SlotState::Empty })
    }

    /// Reads the bytes of a slot, as many as its header says. Whether they are right.
    pub(super) fn read<M: Medium>(&self, medium: &mut M, bytes: &mut [u8]) -> Result<bool, M::Error> {
        let (header, sum) = self.header(medium)?;
        medium.read(self.start + Self::overhead::<M>(), bytes)?;
        let mut digest = header.digest();
        digest.update(bytes);
        Ok(header.length as usize == bytes.len() && digest.finalize() == sum)
    }

    /// Writes a slot, whose bytes fit.
    pub(super) fn write<M: Medium>(
        &self,
        medium: &mut M,
        header: &Header,
        bytes: &[u8],
    ) -> Result<(), M::Error> {
        let used = Self::overhead::<M>().saturating_add(header.length);
        medium.erase(self.start, used.next_multiple_of(M::ERASE))?;

        write_padded(medium, self.start + Self::overhead::<M>(), bytes)?;

        let mut digest = header.digest();
        digest.update(bytes);
        let mut header_bytes = [0; Header::SIZE];
        let numbers = [header.tag, header.sequence, header.length, digest.finalize()];
        for (four, number) in header_bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
            *four = number.to_le_bytes();
        }
        write_padded(medium, self.start + Self::header_at::<M>(), &header_bytes)?;

        write_padded(medium, self.start, &COMPLETE.to_le_bytes())
    }

    fn header<M: Medium>(&self, medium: &mut M) -> Result<(Header, u32), M::Error> {
        let mut bytes = [0; Header::SIZE];
        medium.read(self.start + Self::header_at::<M>(), &mut bytes)?;
        let mut numbers = bytes.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four));
        let mut next = || numbers.next().unwrap_or_default();
        Ok((Header { tag: next(), sequence: next(), length: next() }, next()))
    }

    /// The CRC of what is there.
    fn sum<M: Medium>(&self, medium: &mut M, header: &Header) -> Result<u32, M::Error> {
        let mut digest = header.digest();
        let mut buffer = [0; 64];
        let mut done = 0;
        while done < header.length {
            let length = (header.length - done).min(buffer.len() as u32);
            let part = &mut buffer[..length as usize];
            medium.read(self.start + Self::overhead::<M>() + done, part)?;
            digest.update(part);
            done += length;
        }
        Ok(digest.finalize())
    }
}

/// Writes bytes, and fills the last unit with what erased bytes are.
fn write_padded<M: Medium>(medium: &mut M, address: u32, bytes: &[u8]) -> Result<(), M::Error> {
    let whole = bytes.len() / M::WRITE as usize * M::WRITE as usize;
    let (whole, rest) = bytes.split_at(whole);
    if !whole.is_empty() {
        medium.write(address, whole)?;
    }
    if rest.is_empty() {
        return Ok(());
    }
    let mut unit = [0xFF; MOST_WRITE as usize];
    unit[..rest.len()].copy_from_slice(rest);
    medium.write(address + whole.len() as u32, &unit[..M::WRITE as usize])
}
