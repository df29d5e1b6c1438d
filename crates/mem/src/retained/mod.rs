//! Slots for presets and calibration, which survive a power cut at any byte.
//!
//! Two slots in a NOR flash, such as the QSPI flash of a Daisy:
//!
//! ```
//! # use core::convert::Infallible;
//! # use embedded_storage::nor_flash::{ErrorType, NorFlash, ReadNorFlash};
//! # struct Qspi(Vec<u8>);
//! # impl Qspi { fn new() -> Self { Self(vec![0xFF; 1 << 20]) } }
//! # impl ErrorType for Qspi { type Error = Infallible; }
//! # impl ReadNorFlash for Qspi {
//! #     const READ_SIZE: usize = 1;
//! #     fn read(&mut self, at: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
//! #         Ok(bytes.copy_from_slice(&self.0[at as usize..][..bytes.len()]))
//! #     }
//! #     fn capacity(&self) -> usize { self.0.len() }
//! # }
//! # impl NorFlash for Qspi {
//! #     const WRITE_SIZE: usize = 1;
//! #     const ERASE_SIZE: usize = 4096;
//! #     fn erase(&mut self, from: u32, to: u32) -> Result<(), Infallible> {
//! #         Ok(self.0[from as usize..to as usize].fill(0xFF))
//! #     }
//! #     fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Infallible> {
//! #         Ok(self.0[at as usize..][..bytes.len()].copy_from_slice(bytes))
//! #     }
//! # }
//! use sostenuto_mem::retained::{NorMedium, Slots};
//!
//! /// To be changed with the layout of the presets, so that a new firmware does not take old bytes for its own.
//! const LAYOUT: u32 = 1;
//!
//! let flash = Qspi::new(); // Any driver that has `embedded_storage::nor_flash::NorFlash`.
//! let medium = NorMedium::new(flash, 0xF_0000, 0xF_2000)?; // Two sectors of 4 KB, one for each slot.
//! let mut slots = Slots::new(medium, LAYOUT)?;
//!
//! let mut presets = [0; 16];
//! assert_eq!(slots.load(&mut presets)?, None); // Nothing was stored yet: use what the firmware brings along.
//!
//! slots.store(b"cutoff=70")?;
//! let length = slots.load(&mut presets)?;
//! assert_eq!(length.map(|length| &presets[..length]), Some(&b"cutoff=70"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is promised
//!
//! [`store`](Slots::store) writes only to the slot that does not hold what was stored last, and what makes that slot valid
//! comes last. So when the power fails, what is loaded afterwards is exactly what was stored before, or exactly what was
//! being stored. Bytes that have changed are found by a CRC-32, all but one in four billion, and then what was stored before
//! is loaded. This needs a medium that keeps what it says it has written; `store` reads it back.
//!
//! # Which memory of an STM32H750 retains what
//!
//! | memory | after a reset | after a power cut |
//! |---|---|---|
//! | QSPI flash at `0x9000_0000`, 8 MB on a Daisy | kept | kept: presets belong here ([`NorMedium`]) |
//! | backup SRAM at `0x3880_0000`, 4 KB | kept | kept only while VBAT is fed **and** the backup regulator is on (`BREN`) ([`RamMedium`]) |
//! | SRAM4 at `0x3800_0000`, 64 KB | kept | lost: it is **not** fed by a battery, though this is often said |
//! | all other SRAMs | kept | lost |
//! | SDRAM at `0xC000_0000` | undefined | lost |
//!
//! Nothing of this was verified on hardware. From: an answer on
//! [ST's forum](https://community.st.com/t5/stm32-mcus-products/backup-ram-for-stm32h743-device/m-p/220002) ("0x38000000 is
//! the D3 SRAM", "the backup ram can be powered from VBAT"); libDaisy, whose `System::InitBackupSram` sets the access bit
//! and the clock but never `BREN`, so that on a Daisy the backup SRAM survives a reset and not a power cut. Two more things
//! are to be known:
//!
//! - The SRAMs have ECC. Of a write that is no whole, aligned word the last one waits in a buffer and is lost in a reset
//!   (RM0433; ST's [FAQ](https://community.st.com/t5/stm32-mcus/faq-stm32-sram-backup-sram-content-is-not-preserved-after-reset/ta-p/861433)).
//!   [`RamMedium`] writes whole words of 32 bits, which is enough for all but the AXI SRAM (64).
//! - All of them but the TCMs are cached with write-back, unless the MPU says otherwise (Arm DUI 0646), and what is in the
//!   cache only is lost in both cases. Make the span that retains something not cacheable, or clean the cache after each
//!   store: it counts from then on.
//!
//! # When to store
//!
//! Not while sound is running: to erase a sector of flash takes many milliseconds, for which the driver waits, and code that
//! lies in the same flash cannot be run meanwhile.

mod error;
mod medium;
mod nor;
mod ram;
mod slot;
mod slots;

pub use error::RetainedError;
pub use medium::{MOST_WRITE, Medium, OutsideMedium};
pub use nor::{NorError, NorMedium};
pub use ram::RamMedium;
pub use slot::SlotState;
pub use slots::Slots;
