//! The wires between the driver and the chip.

use super::command::{Command, Lanes};
use core::fmt;
use embedded_hal::spi::{Operation, SpiDevice};

/// What carries transactions to one serial PSRAM: an SPI with one lane, or a QSPI peripheral with four.
///
/// For one lane there is [`SingleLane`]. Who has a QSPI peripheral writes this for it:
///
/// ```
/// use sostenuto_paged::{BusData, Command, Lanes, PsramBus};
///
/// struct MyQspi {/* the registers */}
///
/// impl PsramBus for MyQspi {
///     type Error = ();
///     fn lanes(&self) -> Lanes {
///         Lanes::Four
///     }
///     fn transact(&mut self, command: &Command, address: u32, data: BusData<'_>) -> Result<(), ()> {
///         // Set code, address and dummy clocks with their lanes, select the chip, move the data, deselect.
///         # let _ = (command, address, data);
///         Ok(())
///     }
/// }
/// ```
pub trait PsramBus {
    /// What can go wrong.
    type Error: fmt::Debug;

    /// How many lanes there are: with four, the driver reads with EB and writes with 38.
    fn lanes(&self) -> Lanes;

    /// Does one transaction, during which the chip is selected: the command, the lowest 24 bits of the address if the
    /// command has one, the dummy clocks, the data.
    ///
    /// It must wait for nothing else meanwhile, and in the end not for ever.
    ///
    /// # Errors
    /// When the peripheral fails, or cannot do this.
    fn transact(&mut self, command: &Command, address: u32, data: BusData<'_>) -> Result<(), Self::Error>;
}

/// The data of a transaction, and which way they go.
#[derive(Debug)]
pub enum BusData<'a> {
    /// There are none.
    None,
    /// From the chip.
    Read(&'a mut [u8]),
    /// To the chip.
    Write(&'a [u8]),
}

/// An SPI with one lane, from a device of embedded-hal: it selects the chip for each transaction.
///
/// The time for which the chip is selected is the device's: one that sleeps, or lets interrupts in, between the bytes of a
/// transaction makes it longer than the clock does. The driver allows for [`MARGIN_NS`](crate::MARGIN_NS).
#[derive(Debug)]
pub struct SingleLane<SPI>(pub SPI);

/// Code, three bytes of address, and up to four bytes in which nothing is said.
const LONGEST_HEADER: usize = 8;

impl<SPI: SpiDevice> PsramBus for SingleLane<SPI> {
    type Error = SingleLaneError<SPI::Error>;

    fn lanes(&self) -> Lanes {
        Lanes::One
    }

    fn transact(&mut self, command: &Command, address: u32, data: BusData<'_>) -> Result<(), Self::Error> {
        let Command { code, code_lanes, address_lanes, dummy_clocks, data_lanes } = *command;
        if [code_lanes, address_lanes.unwrap_or(Lanes::One), data_lanes] != [Lanes::One; 3] {
            return Err(SingleLaneError::TooManyLanes { code });
        }
        let [_, high, middle, low] = address.to_be_bytes();
        let header = [code, high, middle, low, 0, 0, 0, 0];
        let length = if address_lanes.is_some() { 4 } else { 1 } + usize::from(dummy_clocks / 8);
        if dummy_clocks % 8 != 0 || length > LONGEST_HEADER {
            return Err(SingleLaneError::DummyClocks { code, dummy_clocks });
        }
        // Without an address the dummy bytes would be those of the address; what they are means nothing.
        let header = &header[..length];
        match data {
            BusData::None => self.0.write(header),
            BusData::Read(bytes) => {
                self.0.transaction(&mut [Operation::Write(header), Operation::Read(bytes)])
            }
            BusData::Write(bytes) => {
                self.0.transaction(&mut [Operation::Write(header), Operation::Write(bytes)])
            }
        }
        .map_err(SingleLaneError::Spi)
    }
}

/// Why a transaction on one lane has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SingleLaneError<E> {
    /// The SPI has failed.
    Spi(E),
    /// The command needs four lanes.
    TooManyLanes {
        /// Its code.
        code: u8,
    },
    /// The dummy clocks of the command are not whole bytes, or too many.
    DummyClocks {
        /// Its code.
        code: u8,
        /// How many it has.
        dummy_clocks: u8,
    },
}

impl<E: fmt::Debug> fmt::Display for SingleLaneError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spi(error) => write!(f, "the SPI has failed: {error:?}"),
            Self::TooManyLanes { code } => write!(f, "command {code:02X} needs four lanes, and there is one"),
            Self::DummyClocks { code, dummy_clocks } => {
                write!(f, "command {code:02X} waits {dummy_clocks} clocks, which are not bytes of one lane")
            }
        }
    }
}

impl<E: fmt::Debug> core::error::Error for SingleLaneError<E> {}
