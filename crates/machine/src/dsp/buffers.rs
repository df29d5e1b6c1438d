//! Where the host hands samples in and takes them out: after the program's own memory.

use sostenuto_board::program::Program;
use sostenuto_board::{Kind, Storage};

/// The addresses of the lists of channels and of the channels, for blocks of a certain length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Buffers {
    pub(super) inputs: Side,
    pub(super) outputs: Side,
}

/// One direction: a list of the addresses of the channels, and then the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Side {
    /// The list.
    pub(super) address: u64,
    pub(super) channels: u32,
    /// The bytes of a channel.
    channel_bytes: u64,
}

/// The bytes of an address in the list.
const POINTER: u64 = 4;

impl Buffers {
    pub(super) fn new(program: &Program, block: u32) -> Buffers {
        let channel_bytes = u64::from(block) * u64::from(program.precision.bytes());
        let address = u64::from(program.bytes).next_multiple_of(8);
        let inputs = Side { address, channels: program.inputs, channel_bytes };
        let outputs = Side { address: inputs.end(), channels: program.outputs, channel_bytes };
        Buffers { inputs, outputs }
    }

    /// The first byte after all of them.
    pub(super) fn end(&self) -> u64 {
        self.outputs.end()
    }

    pub(super) fn storages(&self) -> impl Iterator<Item = Storage> {
        let sides = [("inputs", self.inputs), ("outputs", self.outputs)];
        sides.into_iter().filter(|(_, side)| side.channels > 0).map(|(name, side)| Storage {
            address: u32::try_from(side.address).ok(),
            ..Storage::new(name, Kind::Audio, u32::try_from(side.end() - side.address).unwrap_or(u32::MAX))
        })
    }
}

impl Side {
    /// Where the samples of a channel begin.
    pub(super) fn channel(&self, channel: u32) -> u64 {
        let lists = (u64::from(self.channels) * POINTER).next_multiple_of(8);
        self.address + lists + u64::from(channel) * self.channel_bytes
    }

    fn end(&self) -> u64 {
        self.channel(self.channels)
    }
}
