//! A flash, or a RAM, whose power is cut at a step. It refuses what a real one cannot do.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

/// After how many bytes that were erased or written the power is cut, and what becomes of the byte or unit in between.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub steps: usize,
    pub torn: Torn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Torn {
    /// It is as before.
    Nothing,
    /// Half of the bits of the byte have changed.
    Unit,
    /// All of the unit of writing, and the rest of the sector that is being erased, holds noise.
    Noise(u32),
}

/// The power is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerCut;

impl NorFlashError for PowerCut {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

#[derive(Debug, Clone)]
pub struct Flash<const WRITE: usize, const ERASE: usize> {
    bytes: Vec<u8>,
    /// Whether bits are only cleared by writing, and units are written once.
    is_nor: bool,
    cut: Option<Cut>,
    is_off: bool,
    noise: u32,
    stuck: Option<(usize, u8)>,
}

impl<const WRITE: usize, const ERASE: usize> Flash<WRITE, ERASE> {
    pub const SIZE: usize = 256;

    pub fn filled(size: usize, fill: u8) -> Self {
        Self { bytes: vec![fill; size], is_nor: true, cut: None, is_off: false, noise: 1, stuck: None }
    }

    pub fn erased(size: usize) -> Self {
        Self::filled(size, 0xFF)
    }

    pub fn ram(fill: u8) -> Self {
        Self { is_nor: false, ..Self::filled(Self::SIZE, fill) }
    }

    pub fn with_cut(&self, cut: Cut) -> Self {
        let noise = if let Torn::Noise(seed) = cut.torn { seed ^ cut.steps as u32 ^ 0x5EED } else { 1 };
        Self { cut: Some(cut), noise, ..self.clone() }
    }

    /// A bit that is always 0.
    pub fn with_stuck_bit(self, address: usize, mask: u8) -> Self {
        Self { stuck: Some((address, mask)), ..self }
    }

    pub fn reboot(&mut self) {
        (self.cut, self.is_off) = (None, false);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn noise(&mut self) -> u8 {
        self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.noise >> 23) as u8
    }

    /// Changes the bytes from an address on, one at a time; a unit is what is lost together.
    fn change(&mut self, address: usize, values: &[u8], unit: usize) -> Result<(), PowerCut> {
        if self.is_off {
            return Err(PowerCut);
        }
        for (index, value) in values.iter().enumerate() {
            let at = address + index;
            let Some(cut) = &mut self.cut else {
                self.bytes[at] = *value;
                continue;
            };
            if cut.steps > 0 {
                cut.steps -= 1;
                self.bytes[at] = *value;
                continue;
            }
            self.is_off = true;
            match cut.torn {
                Torn::Nothing => {}
                Torn::Unit => self.bytes[at] = self.bytes[at] & 0xAA | value & 0x55,
                Torn::Noise(_) => {
                    let start = at / unit * unit;
                    for torn in start..start + unit {
                        self.bytes[torn] = self.noise();
                    }
                }
            }
            return Err(PowerCut);
        }
        if let Some((stuck, mask)) = self.stuck {
            self.bytes[stuck] &= !mask;
        }
        Ok(())
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for Flash<WRITE, ERASE> {
    type Error = PowerCut;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for Flash<WRITE, ERASE> {
    /// As coarse as is allowed, so that the reading of parts is tested.
    const READ_SIZE: usize = WRITE;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), PowerCut> {
        check_read(self, offset, bytes.len()).expect("a read that the flash can do");
        if self.is_off {
            return Err(PowerCut);
        }
        bytes.copy_from_slice(&self.bytes[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for Flash<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), PowerCut> {
        check_erase(self, from, to).expect("an erasure that the flash can do");
        self.change(from as usize, &vec![0xFF; (to - from) as usize], ERASE)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), PowerCut> {
        check_write(self, offset, bytes.len()).expect("a write that the flash can do");
        let there = &self.bytes[offset as usize..][..bytes.len()];
        assert!(
            !self.is_nor || self.stuck.is_some() || there.iter().all(|byte| *byte == 0xFF),
            "a unit is written once after it is erased"
        );
        self.change(offset as usize, bytes, WRITE)
    }
}
