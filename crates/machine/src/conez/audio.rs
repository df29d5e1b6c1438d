//! Our extension: sound in and out.

use super::guest::Call;

/// The blocks of samples in linear memory.
#[derive(Debug, Default)]
pub(super) struct Audio {
    pub(super) rate: u32,
    /// The most sample frames of a block.
    pub(super) block: u32,
    /// The addresses of the channels that come in and of those that go out; 0 where there is none.
    pub(super) inputs: [u32; 2],
    pub(super) outputs: [u32; 2],
    /// Whether `process` is running.
    pub(super) is_playing: bool,
}

pub(super) fn sample_rate(call: &mut Call<'_>) -> i32 {
    call.device.audio.rate as i32
}

pub(super) fn audio_block(call: &mut Call<'_>) -> i32 {
    call.device.audio.block as i32
}

pub(super) fn audio_in(call: &mut Call<'_>, channel: i32) -> i32 {
    address(&call.device.audio.inputs, channel) as i32
}

pub(super) fn audio_out(call: &mut Call<'_>, channel: i32) -> i32 {
    address(&call.device.audio.outputs, channel) as i32
}

/// A sample that comes in; 0 where there is none.
pub(super) fn audio_get(call: &mut Call<'_>, channel: i32, frame: i32) -> f32 {
    let place = place(call, &call.device.audio.inputs, channel, frame);
    place.and_then(|place| call.word(place)).map_or(0.0, f32::from_bits)
}

/// Sets a sample that goes out; nothing where there is none.
pub(super) fn audio_set(call: &mut Call<'_>, channel: i32, frame: i32, value: f32) {
    if let Some(place) = place(call, &call.device.audio.outputs, channel, frame) {
        call.write_run(place, &value.to_le_bytes());
    }
}

fn address(channels: &[u32; 2], channel: i32) -> u32 {
    channels.get(channel as u32 as usize).copied().unwrap_or(0)
}

fn place(call: &Call<'_>, channels: &[u32; 2], channel: i32, frame: i32) -> Option<u32> {
    let address = address(channels, channel);
    let frame = u32::try_from(frame).ok().filter(|frame| *frame < call.device.audio.block);
    frame.filter(|_| address != 0).map(|frame| address + frame * 4)
}
