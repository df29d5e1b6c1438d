//! Slots in NOR flash.

use super::medium::{MOST_WRITE, Medium, OutsideMedium, check};
use core::fmt;
use embedded_storage::nor_flash::NorFlash;

/// A span of a NOR flash as a medium for slots, by any driver that has [`NorFlash`].
///
/// Nothing outside of the span is erased or written. Each slot has sectors of its own, so the span must have two at least.
///
/// A flash with ECC may give an error for a word whose writing was cut, where others give any bytes. Let the driver give any
/// bytes then: that they are wrong is found here.
#[derive(Debug)]
pub struct NorMedium<F> {
    flash: F,
    start: u32,
    capacity: u32,
}

impl<F: NorFlash> NorMedium<F> {
    /// The span of the flash from `start` up to but not including `end`, in bytes, which are boundaries of sectors.
    ///
    /// # Errors
    /// When they are not, or are not in the flash; with the end of the flash as the capacity.
    pub fn new(flash: F, start: u32, end: u32) -> Result<Self, OutsideMedium> {
        const {
            assert!(F::READ_SIZE >= 1 && F::READ_SIZE <= MOST_WRITE as usize, "READ_SIZE is 256 at most");
            assert!(F::ERASE_SIZE.is_multiple_of(F::READ_SIZE), "ERASE_SIZE is a multiple of READ_SIZE");
        }
        let length = end.saturating_sub(start);
        let has = u32::try_from(flash.capacity()).unwrap_or(u32::MAX);
        // A span that ends before it begins is beyond its end.
        check(start, length as usize, if end < start { end } else { has }, F::ERASE_SIZE as u32)?;
        Ok(Self { flash, start, capacity: length })
    }

    /// Gives the flash back.
    pub fn into_inner(self) -> F {
        self.flash
    }
}

impl<F: NorFlash> Medium for NorMedium<F> {
    type Error = NorError<F::Error>;

    const WRITE: u32 = F::WRITE_SIZE as u32;
    const ERASE: u32 = F::ERASE_SIZE as u32;

    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn read(&mut self, address: u32, mut bytes: &mut [u8]) -> Result<(), Self::Error> {
        check(address, bytes.len(), self.capacity, 1)?;
        let mut place = self.start + address;
        if F::READ_SIZE == 1 {
            return self.flash.read(place, bytes).map_err(NorError::Flash);
        }
        let mut buffer = [0; MOST_WRITE as usize];
        let most = buffer.len() / F::READ_SIZE * F::READ_SIZE;
        while !bytes.is_empty() {
            let skip = place as usize % F::READ_SIZE;
            let read = &mut buffer[..(skip + bytes.len().min(most)).next_multiple_of(F::READ_SIZE).min(most)];
            self.flash.read(place - skip as u32, read).map_err(NorError::Flash)?;
            let part = &read[skip..];
            let part = &part[..part.len().min(bytes.len())];
            let (now, later) = bytes.split_at_mut(part.len());
            now.copy_from_slice(part);
            (bytes, place) = (later, place + part.len() as u32);
        }
        Ok(())
    }

    fn erase(&mut self, address: u32, length: u32) -> Result<(), Self::Error> {
        check(address, length as usize, self.capacity, Self::ERASE)?;
        let from = self.start + address;
        self.flash.erase(from, from + length).map_err(NorError::Flash)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        check(address, bytes.len(), self.capacity, Self::WRITE)?;
        self.flash.write(self.start + address, bytes).map_err(NorError::Flash)
    }
}

/// Why a flash was not read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NorError<E> {
    /// The driver of the flash says so.
    Flash(E),
    /// The span does not allow it.
    Outside(OutsideMedium),
}

impl<E> From<OutsideMedium> for NorError<E> {
    fn from(outside: OutsideMedium) -> Self {
        Self::Outside(outside)
    }
}

impl<E: fmt::Debug> fmt::Display for NorError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flash(error) => write!(f, "the flash has failed: {error:?}"),
            Self::Outside(outside) => outside.fmt(f),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for NorError<E> {}
