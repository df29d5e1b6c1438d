//! Slots in RAM that survives. Unsafe: writes it word by word, in an order that the compiler must keep.
#![allow(unsafe_code)]

use super::medium::{Medium, OutsideMedium, check};
use core::sync::atomic::{Ordering, fence};

const WORD: u32 = size_of::<u32>() as u32;

/// RAM that is retained, such as a backup SRAM, as a medium for slots.
///
/// It is handed in as words, since it is written by whole words: see what is said of ECC [above](super). With the 4 KB of an
/// STM32H7 there are two slots of 2 KB.
///
/// ```
/// use sostenuto_mem::retained::{RamMedium, Slots};
///
/// // In firmware: `unsafe { core::slice::from_raw_parts_mut(0x3880_0000 as *mut u32, 1024) }`, once, with its clock on.
/// let mut backup = [0; 1024];
/// let mut slots = Slots::new(RamMedium::new(&mut backup), 1)?;
/// slots.store(&[1, 2, 3])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RamMedium<'r> {
    words: &'r mut [u32],
}

impl<'r> RamMedium<'r> {
    /// A medium in these words. Of more than 4 GB the first 4 GB are used.
    pub const fn new(words: &'r mut [u32]) -> Self {
        Self { words }
    }

    /// Writes words from this address on. Each is there before the next.
    fn put(&mut self, address: u32, words: impl Iterator<Item = u32>) {
        let places = self.words.iter_mut().skip((address / WORD) as usize);
        for (place, word) in places.zip(words) {
            // SAFETY: it is a reference to a word. Volatile, for else the compiler may leave out a write that is followed by
            // another, or change their order: it knows of no power cut.
            unsafe { core::ptr::from_mut(place).write_volatile(word) };
            fence(Ordering::SeqCst);
        }
    }
}

impl Medium for RamMedium<'_> {
    type Error = OutsideMedium;

    const WRITE: u32 = WORD;
    const ERASE: u32 = WORD;

    fn capacity(&self) -> u32 {
        u32::try_from(size_of_val::<[u32]>(self.words)).unwrap_or(u32::MAX - (WORD - 1))
    }

    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), OutsideMedium> {
        check(address, bytes.len(), self.capacity(), 1)?;
        let start = address as usize;
        for (index, byte) in (start..).zip(bytes) {
            // SAFETY: it is a reference to a word. Volatile, so that a store is checked by what is there.
            let word = unsafe { core::ptr::from_ref(&self.words[index / 4]).read_volatile() };
            *byte = word.to_ne_bytes()[index % 4];
        }
        Ok(())
    }

    fn erase(&mut self, address: u32, length: u32) -> Result<(), OutsideMedium> {
        check(address, length as usize, self.capacity(), WORD)?;
        self.put(address, (0..length / WORD).map(|_| u32::MAX));
        Ok(())
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), OutsideMedium> {
        check(address, bytes.len(), self.capacity(), WORD)?;
        self.put(address, bytes.as_chunks().0.iter().map(|four| u32::from_ne_bytes(*four)));
        Ok(())
    }
}
