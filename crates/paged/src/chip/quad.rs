//! The modelled chip on four lanes, where the parts of a transaction are told apart by the bus and not by their bytes.

use super::{ChipModel, Kind};
use crate::psram::bus::{BusData, PsramBus};
use crate::psram::command::{Command, Lanes};
use core::convert::Infallible;

impl<B: AsRef<[u8]> + AsMut<[u8]>> PsramBus for ChipModel<'_, B> {
    type Error = Infallible;

    fn lanes(&self) -> Lanes {
        self.lanes
    }

    fn transact(&mut self, command: &Command, address: u32, mut data: BusData<'_>) -> Result<(), Infallible> {
        self.select();
        self.begin(command, address);
        let clocks = u64::from(8 / command.data_lanes.bits());
        let mut exchange = |byte| {
            self.wire.clocks += clocks;
            if self.wire.kind == Kind::Ignored { 0xFF } else { self.data(byte) }
        };
        match &mut data {
            BusData::None => {}
            BusData::Read(bytes) => bytes.iter_mut().for_each(|byte| *byte = exchange(0)),
            BusData::Write(bytes) => bytes.iter().for_each(|byte| _ = exchange(*byte)),
        }
        self.deselect();
        Ok(())
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> ChipModel<'_, B> {
    /// Takes code, address and dummy clocks, and looks whether they are as the chip needs them.
    fn begin(&mut self, command: &Command, address: u32) {
        let Command { code, code_lanes, address_lanes, dummy_clocks, data_lanes } = *command;
        let address_clocks = address_lanes.map_or(0, |lanes| 24 / lanes.bits());
        self.wire.clocks += u64::from(8 / code_lanes.bits() + address_clocks) + u64::from(dummy_clocks);
        let is_wide = [Some(code_lanes), address_lanes, Some(data_lanes)].contains(&Some(Lanes::Four));
        match (code_lanes, self.is_qpi) {
            (Lanes::Four, false) if self.wire.clocks < 8 => {
                // Fewer clocks than a code has: the chip forgets them.
                self.wire.kind = Kind::Ignored;
            }
            (Lanes::Four, false) | (Lanes::One, true) => self.refuse(),
            _ if is_wide && self.lanes == Lanes::One => self.refuse(),
            _ => {
                self.decode(code);
                let shape = self.wire.shape;
                let is_same = (shape.address, shape.dummy_clocks) == (address_lanes, dummy_clocks)
                    && (address_lanes.is_none() || shape.data == data_lanes);
                if self.wire.kind != Kind::Ignored && !is_same {
                    self.refuse();
                }
                self.wire.address = address & 0x00FF_FFFF;
            }
        }
    }
}
