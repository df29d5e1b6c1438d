//! Drawing on the strips of LEDs, and colours.

use sostenuto_vm::{Flow, TrapKind};

use super::guest::Call;
use super::leds::{PIXELS, gamma};

/// A part of a colour: what is out of range is the nearest end.
fn part(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

impl Call<'_> {
    fn fill_strip(&mut self, channel: i32, colour: [u8; 3]) {
        let colour = self.device.leds.colour(colour);
        if let Some(strip) = self.device.leds.strip(channel) {
            strip.fill(colour);
        }
    }

    fn set_pixel(&mut self, channel: i32, position: i32, colour: [u8; 3]) {
        let colour = self.device.leds.colour(colour);
        let strip = self.device.leds.strip(channel);
        if let Some(pixel) = strip.and_then(|strip| strip.get_mut(position as u32 as usize)) {
            *pixel = colour;
        }
    }
}

pub(super) fn led_set_pixel(
    call: &mut Call<'_>,
    channel: i32,
    position: i32,
    red: i32,
    green: i32,
    blue: i32,
) {
    call.set_pixel(channel, position, [red, green, blue].map(part));
}

pub(super) fn led_fill(call: &mut Call<'_>, channel: i32, red: i32, green: i32, blue: i32) {
    call.fill_strip(channel, [red, green, blue].map(part));
}

pub(super) fn led_set_pixel_hsv(
    call: &mut Call<'_>,
    channel: i32,
    position: i32,
    hue: i32,
    saturation: i32,
    value: i32,
) {
    call.set_pixel(channel, position, rgb(hue, saturation, value));
}

pub(super) fn led_fill_hsv(call: &mut Call<'_>, channel: i32, hue: i32, saturation: i32, value: i32) {
    call.fill_strip(channel, rgb(hue, saturation, value));
}

/// Pauses, so that whoever runs the patch can show them.
pub(super) fn led_show(call: &mut Call<'_>) -> Flow<()> {
    call.device.leds.show(call.device.clock.now());
    Flow::Suspend(())
}

pub(super) fn led_count(call: &mut Call<'_>, channel: i32) -> i32 {
    call.device.leds.strip(channel).map_or(0, |strip| strip.len() as i32)
}

pub(super) fn led_set_buffer(
    call: &mut Call<'_>,
    channel: i32,
    pointer: i32,
    count: i32,
) -> Result<(), TrapKind> {
    let count = count.max(0) as usize;
    call.demand(pointer, count as u64 * 3)?;
    let mut bytes = [[0; 3]; PIXELS];
    let colours = &mut bytes[..count.min(PIXELS)];
    call.memory.read_bytes(pointer as u32, colours.as_flattened_mut())?;
    for colour in &mut *colours {
        *colour = call.device.leds.colour(*colour);
    }
    if let Some(strip) = call.device.leds.strip(channel) {
        strip[..colours.len()].copy_from_slice(colours);
    }
    Ok(())
}

pub(super) fn hsv_to_rgb(_: &mut Call<'_>, hue: i32, saturation: i32, value: i32) -> i32 {
    packed(rgb(hue, saturation, value))
}

pub(super) fn rgb_to_hsv(_: &mut Call<'_>, red: i32, green: i32, blue: i32) -> i32 {
    packed(hsv([red, green, blue].map(part)))
}

pub(super) fn led_gamma8(_: &mut Call<'_>, value: i32) -> i32 {
    gamma(part(value)).into()
}

pub(super) fn led_set_gamma(call: &mut Call<'_>, enable: i32) {
    call.device.leds.has_gamma = enable != 0;
}

pub(super) fn led_shift(call: &mut Call<'_>, channel: i32, amount: i32, red: i32, green: i32, blue: i32) {
    let colour = call.device.leds.colour([red, green, blue].map(part));
    let Some(strip) = call.device.leds.strip(channel) else { return };
    let by = (amount.unsigned_abs() as usize).min(strip.len());
    if amount > 0 {
        strip.rotate_right(by);
        strip[..by].fill(colour);
    } else {
        strip.rotate_left(by);
        let kept = strip.len() - by;
        strip[kept..].fill(colour);
    }
}

pub(super) fn led_rotate(call: &mut Call<'_>, channel: i32, amount: i32) {
    if let Some(strip) = call.device.leds.strip(channel) {
        strip.rotate_right(i64::from(amount).rem_euclid(strip.len() as i64) as usize);
    }
}

pub(super) fn led_reverse(call: &mut Call<'_>, channel: i32) {
    if let Some(strip) = call.device.leds.strip(channel) {
        strip.reverse();
    }
}

fn packed(parts: [u8; 3]) -> i32 {
    let [first, second, third] = parts.map(i32::from);
    first << 16 | second << 8 | third
}

/// The colour of a hue of 0 to 255 on a circle of six equal parts, which goes round again after that.
fn rgb(hue: i32, saturation: i32, value: i32) -> [u8; 3] {
    let (saturation, value) = (i32::from(part(saturation)), i32::from(part(value)));
    let around = (hue & 255) * 6;
    let (sector, share) = (around >> 8, around & 255);
    // Products of a value, a saturation and a share of 256, divided once and rounded.
    let faded = |by: i32| ((value * (255 * 256 - saturation * by) + 255 * 128) / (255 * 256)) as u8;
    let (full, least) = (value as u8, faded(256));
    let (falling, rising) = (faded(share), faded(256 - share));
    match sector {
        0 => [full, rising, least],
        1 => [falling, full, least],
        2 => [least, full, rising],
        3 => [least, falling, full],
        4 => [rising, least, full],
        _ => [full, least, falling],
    }
}

fn hsv(colour: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = colour.map(i32::from);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let span = most - least;
    if span == 0 {
        return [0, 0, most as u8];
    }
    let (sector, ahead) = match most {
        _ if most == red => (0, green - blue),
        _ if most == green => (2, blue - red),
        _ => (4, red - green),
    };
    let hue = ((sector * span + ahead) * 256 + 3 * span).div_euclid(6 * span) & 255;
    let saturation = (span * 255 + most / 2) / most;
    [hue as u8, saturation as u8, most as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_corners_and_grey() {
        assert_eq!(rgb(0, 255, 255), [255, 0, 0]);
        assert_eq!(rgb(256 / 3, 255, 255), [2, 255, 0], "85 of 256 is not yet a third");
        assert_eq!(rgb(128, 255, 200), [0, 200, 200]);
        assert_eq!(rgb(64, 255, 100), [50, 100, 0]);
        assert_eq!((rgb(77, 0, 9), rgb(77, 255, 0)), ([9; 3], [0; 3]));
        assert_eq!(rgb(-128, 300, 999), rgb(128, 255, 255));
        assert_eq!(hsv([255, 0, 0]), [0, 255, 255]);
        assert_eq!(hsv([0, 200, 200]), [128, 255, 200]);
        assert_eq!(hsv([255, 0, 1]), [0, 255, 255]);
        assert_eq!(hsv([8; 3]), [0, 0, 8]);
    }

    #[test]
    fn bright_colours_survive_the_way_there_and_back() {
        for hue in 0..256 {
            let [back, saturation, value] = hsv(rgb(hue, 255, 255)).map(i32::from);
            assert_eq!((saturation, value), (255, 255));
            assert!((back - hue).abs() <= 1 || (back - hue).abs() == 255, "{hue} comes back as {back}");
        }
    }
}
