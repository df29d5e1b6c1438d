//! A model of a serial PSRAM, which behaves as the datasheet says, and as it warns.
//!
//! The numbers stand here once more, and are not taken from the driver, so that a mistake in one is seen by the other.

mod quad;
mod time;
mod violations;

use crate::psram::command::Lanes;
use crate::psram::part::PsramChip;
use core::convert::Infallible;
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
pub use time::ModelTime;
pub use violations::Violations;

/// A serial PSRAM in bytes of the caller, on one lane as an [`SpiDevice`] or on four as a
/// [`PsramBus`](crate::PsramBus).
///
/// It decodes what is on the wires, and is as unforgiving as a chip can be: data that come after it should have been
/// deselected are lost, and so is the page after them, which was not refreshed; at the end of a page it goes on at its
/// start; at a clock that is too fast it reads wrong bytes. Each time it also counts a violation.
///
/// See [`Psram`](crate::Psram) for an example. The size is that of the bytes, which should be whole pages; address lines
/// beyond it lead nowhere, as on the chip.
#[derive(Debug)]
pub struct ChipModel<'t, B> {
    bytes: B,
    chip: PsramChip,
    clock_hz: u32,
    lanes: Lanes,
    time: &'t ModelTime,
    powered_ns: u64,
    deselected_ns: Option<u64>,
    state: State,
    /// Whether commands are on four lanes.
    is_qpi: bool,
    presence: Presence,
    violations: Violations,
    transactions: u64,
    wire: Wire,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    PoweredUp,
    ResetEnabled { was_ready: bool },
    ReadyAt(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Here([u8; 8]),
    Absent,
}

/// The transaction that goes on.
#[derive(Debug, Clone, Copy, Default)]
struct Wire {
    /// The bytes exchanged, the code among them.
    count: u64,
    clocks: u64,
    delayed_ns: u64,
    kind: Kind,
    shape: Shape,
    address: u32,
    /// How many bytes of data there were.
    data: u32,
    left_page: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Nothing,
    Read,
    Write,
    Id,
    ResetEnable,
    Reset,
    EnterQpi,
    ExitQpi,
    /// Nothing answers.
    Ignored,
}

/// How a command goes on after its code.
#[derive(Debug, Clone, Copy)]
struct Shape {
    address: Option<Lanes>,
    dummy_clocks: u8,
    data: Lanes,
    maximum_hz: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { address: None, dummy_clocks: 0, data: Lanes::One, maximum_hz: u32::MAX }
    }
}

impl<'t, B: AsRef<[u8]> + AsMut<[u8]>> ChipModel<'t, B> {
    /// A chip that is powered up now, on a bus with one lane and this clock.
    ///
    /// Of the chip's description the size is not used.
    pub fn new(bytes: B, chip: PsramChip, clock_hz: u32, time: &'t ModelTime) -> Self {
        Self {
            bytes,
            chip,
            clock_hz: clock_hz.max(1),
            lanes: Lanes::One,
            time,
            powered_ns: time.now_ns(),
            deselected_ns: None,
            state: State::PoweredUp,
            is_qpi: false,
            presence: Presence::Here([0x0D, 0x5D, 0x46, 0x01, 0x02, 0x03, 0x04, 0x05]),
            violations: Violations::default(),
            transactions: 0,
            wire: Wire::default(),
        }
    }

    /// The same with four lanes, as a [`PsramBus`](crate::PsramBus): for [`Psram::with_bus`](crate::Psram::with_bus).
    #[must_use]
    pub fn with_four_lanes(mut self) -> Self {
        self.lanes = Lanes::Four;
        self
    }

    /// The same with another identification.
    #[must_use]
    pub fn with_id(mut self, id: [u8; 8]) -> Self {
        self.presence = Presence::Here(id);
        self
    }

    /// No chip: a line that is pulled up, so that everything reads as FF.
    #[must_use]
    pub fn absent(mut self) -> Self {
        self.presence = Presence::Absent;
        self
    }

    /// How often which rule was broken.
    #[must_use]
    pub fn violations(&self) -> Violations {
        self.violations
    }

    /// How many transactions there were.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.transactions
    }

    /// The contents.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    fn select(&mut self) {
        let now = self.time.now_ns();
        let shortest = u64::from(self.chip.shortest_deselect_ns);
        if self.deselected_ns.is_some_and(|then| now - then < shortest) {
            self.violations.too_soon += 1;
        }
        self.transactions += 1;
        self.wire = Wire::default();
    }

    /// Exchanges a byte on one lane.
    fn exchange(&mut self, byte: u8) -> u8 {
        self.wire.clocks += 8;
        let answer = match self.wire.count {
            0 if self.is_qpi => {
                self.refuse();
                0xFF
            }
            0 => {
                self.decode(byte);
                if [self.wire.shape.address, Some(self.wire.shape.data)].contains(&Some(Lanes::Four)) {
                    self.refuse();
                }
                0xFF
            }
            1..4 if self.wire.shape.address.is_some() => {
                self.wire.address = self.wire.address << 8 | u32::from(byte);
                0xFF
            }
            count if count < 4 + u64::from(self.wire.shape.dummy_clocks / 8) => 0xFF,
            _ => self.data(byte),
        };
        self.wire.count += 1;
        answer
    }

    /// Finds out what the code of a transaction means.
    fn decode(&mut self, code: u8) {
        self.wire.kind = Kind::Ignored;
        if self.presence == Presence::Absent {
            return;
        }
        let now = self.time.now_ns();
        let is_ready = match self.state {
            State::PoweredUp | State::ResetEnabled { was_ready: false } => false,
            State::ResetEnabled { was_ready: true } => true,
            State::ReadyAt(then) => now >= then,
        };
        let is_reset = matches!(code, 0x66 | 0x99);
        if now - self.powered_ns < 150_000 || !is_ready && !is_reset {
            self.violations.unready += 1;
            return;
        }
        let PsramChip { slow_read_hz, single_hz, quad_hz, .. } = self.chip;
        let (one, four) = (Some(Lanes::One), Some(Lanes::Four));
        let (kind, address, dummy_clocks, data, maximum_hz) = match code {
            0x03 => (Kind::Read, one, 0, Lanes::One, slow_read_hz),
            0x0B => (Kind::Read, one, 8, Lanes::One, single_hz),
            0xEB => (Kind::Read, four, 6, Lanes::Four, quad_hz),
            0x02 => (Kind::Write, one, 0, Lanes::One, single_hz),
            0x38 => (Kind::Write, four, 0, Lanes::Four, quad_hz),
            0x9F => (Kind::Id, one, 0, Lanes::One, quad_hz),
            0x66 => (Kind::ResetEnable, None, 0, Lanes::One, quad_hz),
            0x99 => (Kind::Reset, None, 0, Lanes::One, quad_hz),
            0x35 => (Kind::EnterQpi, None, 0, Lanes::One, quad_hz),
            0xF5 if self.is_qpi => (Kind::ExitQpi, None, 0, Lanes::One, quad_hz),
            _ => return self.refuse(),
        };
        self.wire.kind = kind;
        self.wire.shape = Shape { address, dummy_clocks, data, maximum_hz };
        self.violations.too_fast += u32::from(self.clock_hz > maximum_hz);
    }

    /// What is on the wires means nothing to the chip.
    fn refuse(&mut self) {
        self.violations.malformed += 1;
        self.wire.kind = Kind::Ignored;
        self.wire.shape = Shape::default();
    }

    /// Moves a byte of data, whichever way; its clocks have been counted.
    fn data(&mut self, byte: u8) -> u8 {
        let size = u32::try_from(self.bytes.as_ref().len()).unwrap_or(u32::MAX);
        let (page, count) = (self.chip.page.max(1), self.wire.data);
        self.wire.data = count.saturating_add(1);
        let offset = (self.wire.address % page).wrapping_add(count);
        let is_late = self.selected_ns() > u64::from(self.chip.longest_select_ns);
        let place = self.wire.address - self.wire.address % page + offset % page;
        let place = place.checked_rem(size).unwrap_or(0) as usize;
        let is_wrong = is_late || self.clock_hz > self.wire.shape.maximum_hz;
        match (self.wire.kind, self.presence) {
            (Kind::Id, Presence::Here(id)) => id[count as usize % id.len()],
            (Kind::Read, _) => {
                self.wire.left_page |= offset >= page;
                let stored = self.bytes.as_ref().get(place).copied().unwrap_or(0xFF);
                if is_wrong { !stored } else { stored }
            }
            (Kind::Write, _) => {
                self.wire.left_page |= offset >= page;
                if let Some(stored) = self.bytes.as_mut().get_mut(place).filter(|_| !is_wrong) {
                    *stored = byte;
                }
                0xFF
            }
            _ => 0xFF,
        }
    }

    fn selected_ns(&self) -> u64 {
        (self.wire.clocks.saturating_mul(1_000_000_000)).div_ceil(self.clock_hz.into()) + self.wire.delayed_ns
    }

    fn deselect(&mut self) {
        let selected = self.selected_ns();
        self.time.advance_ns(selected);
        let now = self.time.now_ns();
        self.deselected_ns = Some(now);
        let wire = self.wire;
        if wire.kind == Kind::Ignored || wire.kind == Kind::Nothing {
            return;
        }
        let is_data = matches!(wire.kind, Kind::Read | Kind::Write | Kind::Id);
        self.violations.malformed += u32::from(is_data && wire.data == 0);
        self.violations.left_page += u32::from(wire.left_page);
        if selected > u64::from(self.chip.longest_select_ns) {
            self.violations.too_long += 1;
            self.forget_page_after(wire.address);
        }
        self.is_qpi = match wire.kind {
            Kind::EnterQpi => true,
            Kind::ExitQpi => false,
            Kind::Reset if matches!(self.state, State::ResetEnabled { .. }) => false,
            _ => self.is_qpi,
        };
        self.state = match (wire.kind, self.state) {
            (Kind::ResetEnable, State::ReadyAt(_) | State::ResetEnabled { was_ready: true }) => {
                State::ResetEnabled { was_ready: true }
            }
            (Kind::ResetEnable, _) => State::ResetEnabled { was_ready: false },
            (Kind::Reset, State::ResetEnabled { .. }) => State::ReadyAt(now + 50),
            (_, State::ResetEnabled { was_ready: true }) => State::ReadyAt(now),
            (_, State::ResetEnabled { was_ready: false }) => State::PoweredUp,
            (_, state) => state,
        };
    }

    /// The page that was to be refreshed meanwhile loses what it holds.
    fn forget_page_after(&mut self, address: u32) {
        let page = self.chip.page.max(1) as usize;
        if let Some(pages) = self.bytes.as_ref().len().checked_div(page).filter(|pages| *pages > 0) {
            let start = (address as usize / page + 1) % pages * page;
            self.bytes.as_mut()[start..start + page].iter_mut().for_each(|byte| *byte = !*byte);
        }
    }
}

impl<B> ErrorType for ChipModel<'_, B> {
    type Error = Infallible;
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> SpiDevice for ChipModel<'_, B> {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        self.select();
        for operation in operations {
            match operation {
                Operation::Read(read) => read.iter_mut().for_each(|byte| *byte = self.exchange(0)),
                Operation::Write(write) => write.iter().for_each(|byte| _ = self.exchange(*byte)),
                Operation::Transfer(read, write) => {
                    for index in 0..read.len().max(write.len()) {
                        let answer = self.exchange(write.get(index).copied().unwrap_or(0));
                        if let Some(byte) = read.get_mut(index) {
                            *byte = answer;
                        }
                    }
                }
                Operation::TransferInPlace(bytes) => {
                    bytes.iter_mut().for_each(|byte| *byte = self.exchange(*byte));
                }
                Operation::DelayNs(ns) => self.wire.delayed_ns += u64::from(*ns),
            }
        }
        self.deselect();
        Ok(())
    }
}
