//! Pins to which nothing is connected: a digital one reads what it was set to.

use super::guest::Call;

/// The pins that there are.
const PINS: u32 = 49;

fn mask(pin: i32) -> u64 {
    u32::try_from(pin).ok().filter(|pin| *pin < PINS).map_or(0, |pin| 1 << pin)
}

pub(super) fn pin_set(call: &mut Call<'_>, pin: i32) {
    call.device.pins |= mask(pin);
}

pub(super) fn pin_clear(call: &mut Call<'_>, pin: i32) {
    call.device.pins &= !mask(pin);
}

pub(super) fn pin_read(call: &mut Call<'_>, pin: i32) -> i32 {
    (call.device.pins & mask(pin) != 0).into()
}

pub(super) fn analog_read(_: &mut Call<'_>, _pin: i32) -> i32 {
    0
}
