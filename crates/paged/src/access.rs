//! Reads and writes of any length at any address.

use crate::access_error::AccessError;
use crate::cache::{Intent, PageCache};
use crate::store::BackingStore;

/// So many bytes are copied at a time.
const COPIED: usize = 128;

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PageCache<S, PAGE, FRAMES, LINES>
{
    /// Reads a few bytes on the short way: if they lie in one page, and the page is where the last one of its kind was.
    /// Otherwise [`read`](Self::read) does it, or tells why it cannot be done.
    #[inline(always)]
    #[must_use]
    pub fn peek<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let address = usize::try_from(address).ok()?;
        let translation = &self.translations[(address >> Self::SHIFT) & (LINES - 1)];
        let offset = address.wrapping_sub(translation.read);
        if offset > const { PAGE - N } {
            return None;
        }
        // The mask is for the compiler: so it knows that there is such a frame.
        let frame = &self.frames.0[(translation.place >> Self::SHIFT) as usize & (FRAMES - 1)];
        frame[offset..offset + N].first_chunk().copied()
    }

    /// Writes a few bytes on the short way, if they lie in one page, and the page is where the last one of its kind was, and
    /// has been changed already; false, and nothing written, if not. Then [`write`](Self::write) does it.
    #[inline(always)]
    #[must_use]
    pub fn poke<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        let Ok(address) = usize::try_from(address) else { return false };
        let translation = &self.translations[(address >> Self::SHIFT) & (LINES - 1)];
        let offset = address.wrapping_sub(translation.write);
        if offset > const { PAGE - N } {
            return false;
        }
        let frame = &mut self.frames.0[(translation.place >> Self::SHIFT) as usize & (FRAMES - 1)];
        // Not by a copy of a slice, which takes the address of the bytes where it asserts that they do not overlap: a caller
        // could not keep them in registers.
        frame[offset..offset + N].first_chunk_mut().is_some_and(|run| {
            *run = bytes;
            true
        })
    }

    /// Reads a run of bytes.
    ///
    /// # Errors
    /// When it leaves the memory, and when the store fails.
    pub fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), AccessError<S::Error>> {
        let mut address = self.inside(address, bytes.len())?;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (page, offset, count) = self.run(address, rest.len());
            let frame = self.resident(page, Intent::Read)?;
            let (part, behind) = rest.split_at_mut(count);
            part.copy_from_slice(&self.frames.0[frame][offset..offset + count]);
            rest = behind;
            address = address.wrapping_add(count as u32);
        }
        Ok(())
    }

    /// Writes a run of bytes.
    ///
    /// # Errors
    /// When it leaves the memory; then nothing is written. When the store fails.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), AccessError<S::Error>> {
        let address = self.inside(address, bytes.len())?;
        self.change(address, bytes.len(), |run, done| run.copy_from_slice(&bytes[done..done + run.len()]))
    }

    /// Sets `length` bytes to `value`.
    ///
    /// # Errors
    /// When the run leaves the memory; then nothing is written. When the store fails.
    pub fn fill(&mut self, address: u64, value: u8, length: u32) -> Result<(), AccessError<S::Error>> {
        let address = self.inside(address, length as usize)?;
        self.change(address, length as usize, |run, _| run.fill(value))
    }

    /// Moves `length` bytes; the runs may overlap.
    ///
    /// # Errors
    /// When either run leaves the memory; then nothing is written. When the store fails.
    pub fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), AccessError<S::Error>> {
        let from = self.inside(from, length as usize)?;
        let to = self.inside(to, length as usize)?;
        let mut buffer = [0; COPIED];
        let mut done = 0;
        while done < length {
            let count = (length - done).min(COPIED as u32);
            // What lies in both runs is read before it is written.
            let start = if to <= from { done } else { length - done - count };
            let bytes = &mut buffer[..count as usize];
            self.read((from + start).into(), bytes)?;
            self.write((to + start).into(), bytes)?;
            done += count;
        }
        Ok(())
    }

    /// Lets `write` write the runs of each page; it is told how many bytes come before.
    fn change(
        &mut self,
        start: u32,
        length: usize,
        mut write: impl FnMut(&mut [u8], usize),
    ) -> Result<(), AccessError<S::Error>> {
        let mut done = 0;
        while done < length {
            let (page, offset, count) = self.run(start.wrapping_add(done as u32), length - done);
            let intent = if count == PAGE { Intent::Overwrite } else { Intent::Write };
            let frame = self.resident(page, intent)?;
            write(&mut self.frames.0[frame][offset..offset + count], done);
            done += count;
        }
        Ok(())
    }

    /// The page of an address, its place there, and how many of so many bytes lie in this page.
    fn run(&self, address: u32, length: usize) -> (u32, usize, usize) {
        let offset = address as usize & (PAGE - 1);
        (address >> Self::SHIFT, offset, length.min(PAGE - offset))
    }
}
