//! What a modelled chip does not forgive.

/// How often a driver has broken each of the rules of a chip: all zero is as it should be.
///
/// ```
/// use sostenuto_paged::{ChipModel, ModelTime, PsramChip, Violations};
/// use embedded_hal::spi::SpiDevice;
///
/// let time = ModelTime::default();
/// let mut chip = ChipModel::new(vec![0; 4096], PsramChip::LY68L6400, 20_000_000, &time);
/// chip.write(&[0x02, 0, 0, 0, 7])?; // Nobody has waited for its power-up, or reset it.
/// assert_eq!(chip.violations(), Violations { unready: 1, ..Violations::default() });
/// # Ok::<(), core::convert::Infallible>(())
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Violations {
    /// Transactions that lasted longer than the chip may be selected (tCEM).
    pub too_long: u32,
    /// Transactions that began too soon after the one before (tCPH).
    pub too_soon: u32,
    /// Transactions whose data went beyond the page.
    pub left_page: u32,
    /// Transactions at a clock that is too fast for the command.
    pub too_fast: u32,
    /// Commands before the chip was ready: after power-up for 150 µs and until a reset, and after that for 50 ns.
    pub unready: u32,
    /// Transactions with a code that there is not, too few bytes, or the wrong lanes or dummy clocks.
    pub malformed: u32,
}
