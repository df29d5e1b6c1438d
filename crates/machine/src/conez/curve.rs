//! Lines from one value to another.

use super::guest::Call;

pub(super) fn lerp(_: &mut Call<'_>, from: f32, to: f32, share: f32) -> f32 {
    from + share * (to - from)
}

/// The mean of a clamped ramp over a window around `x`. The ramp rises from `x_min` to `x_max`, drawn in at both ends by
/// `offset` percent of half of that; the window reaches by `window` percent of what was drawn in to both sides, and is
/// looked at in steps of `stride`.
#[expect(clippy::too_many_arguments, reason = "those of the function in the patch")]
pub(super) fn larp(
    call: &mut Call<'_>,
    x: i32,
    x_min: i32,
    x_max: i32,
    min: i32,
    max: i32,
    offset: i32,
    window: i32,
    stride: i32,
) -> i32 {
    let ramp = Ramp::new(x_min.into(), x_max.into(), min.into(), max.into(), offset.into());
    let reach = (ramp.drawn_in * percent(window.into())).floor() as i64;
    // A window that is too wide for the steps asked for is looked at in longer ones.
    let stride = i64::from(stride.max(1)).max(2 * reach / MOST_STEPS);
    let steps = 2 * reach / stride;
    call.device.charge(steps as u64 * 16);
    let sum: f64 = (0..=steps).map(|step| ramp.at((i64::from(x) - reach + step * stride) as f64)).sum();
    (sum / (steps + 1) as f64).round() as i32
}

/// As [`larp`], but that `stride` is the number of parts into which the window is divided.
#[expect(clippy::too_many_arguments, reason = "those of the function in the patch")]
pub(super) fn larpf(
    call: &mut Call<'_>,
    x: f32,
    x_min: f32,
    x_max: f32,
    min: f32,
    max: f32,
    offset: f32,
    window: f32,
    stride: i32,
) -> f32 {
    let ramp = Ramp::new(x_min.into(), x_max.into(), min.into(), max.into(), offset.into());
    let reach = ramp.drawn_in * percent(window.into());
    let steps = if reach > 0.0 { i64::from(stride.max(1)).min(MOST_STEPS) } else { 0 };
    call.device.charge(steps as u64 * 16);
    let step = 2.0 * reach / steps.max(1) as f64;
    let from = f64::from(x) - reach;
    let sum: f64 = (0..=steps).map(|index| ramp.at(from + index as f64 * step)).sum();
    (sum / (steps + 1) as f64) as f32
}

/// The most steps of a window.
const MOST_STEPS: i64 = 4_096;

struct Ramp {
    from: f64,
    to: f64,
    min: f64,
    max: f64,
    /// By how much it was made shorter on each side.
    drawn_in: f64,
}

impl Ramp {
    fn new(x_min: f64, x_max: f64, min: f64, max: f64, offset: f64) -> Ramp {
        let drawn_in = (x_max - x_min).max(0.0) / 2.0 * percent(offset);
        Ramp { from: x_min + drawn_in, to: x_max - drawn_in, min, max, drawn_in }
    }

    fn at(&self, x: f64) -> f64 {
        if x <= self.from {
            self.min
        } else if x >= self.to {
            self.max
        } else {
            self.min + (x - self.from) / (self.to - self.from) * (self.max - self.min)
        }
    }
}

/// Of 0 to 100.
fn percent(value: f64) -> f64 {
    value.clamp(0.0, 100.0) / 100.0
}
