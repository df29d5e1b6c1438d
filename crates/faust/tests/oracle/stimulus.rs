//! What a program is given: an impulse, noise, and noise while its parameters move.

use sostenuto_board::program::Program;
use sostenuto_machine::Time;
use sostenuto_machine::dsp::Change;
use sostenuto_machine::wav::Sound;

/// The length of each stimulus that is held against C++.
pub const FRAMES: usize = 15_000;

/// The length where each bit counts: shorter, for a difference of a bit shows soon.
pub const FEWER: usize = 3_000;

/// Samples a second.
pub const RATE: u32 = 44_100;

/// A sound and what is set meanwhile.
pub struct Stimulus {
    pub name: &'static str,
    pub input: Sound,
    pub changes: Vec<Change>,
}

/// All three, so many sample frames long.
pub fn all(program: &Program, frames: usize) -> [Stimulus; 3] {
    let channels = program.inputs.max(1) as u16;
    let length = frames * usize::from(channels);
    let sound = |samples| Sound { sample_rate: RATE, channels, samples };
    let mut impulse = vec![0.0; length];
    impulse[..usize::from(channels)].fill(1.0);
    let mut random = Random(1);
    let noise: Vec<f32> = (0..length).map(|_| random.unit() as f32 - 0.5).collect();
    let changes = sweep(program, frames);
    // What is played is struck at the start, and let go.
    let strikes = |parameter: &&_| is_button(parameter);
    let struck = program.parameters.iter().filter(strikes).flat_map(|parameter| {
        [(0, 1.0), (64, 0.0)].map(|(sample, value)| change(&parameter.path, value, sample))
    });
    [
        Stimulus { name: "impulse", input: sound(impulse), changes: struck.collect() },
        Stimulus { name: "noise", input: sound(noise.clone()), changes: Vec::new() },
        Stimulus { name: "sweep", input: sound(noise), changes },
    ]
}

fn is_button(parameter: &sostenuto_board::program::Parameter) -> bool {
    (parameter.init, parameter.min, parameter.max, parameter.step) == (0.0, 0.0, 1.0, 1.0)
}

/// Each parameter goes to values all over its range, in steps of its own, at samples that no block begins with.
fn sweep(program: &Program, frames: usize) -> Vec<Change> {
    let mut random = Random(2);
    let mut changes: Vec<Change> = Vec::new();
    for step in 0..8_u64 {
        for parameter in &program.parameters {
            let span = parameter.max - parameter.min;
            let steps = if parameter.step > 0.0 { (span / parameter.step).floor() } else { 100.0 };
            let value = parameter.min + (random.unit() * (steps + 1.0)).floor() * span / steps.max(1.0);
            let value = value.clamp(parameter.min, parameter.max);
            changes.push(change(&parameter.path, value, 100 + step * (frames as u64 / 8 - 86)));
        }
    }
    changes
}

fn change(path: &str, value: f64, sample: u64) -> Change {
    Change { name: path.to_owned(), value, at: Time::Sample(sample) }
}

/// A linear congruential generator, by the multiplier of Knuth's MMIX.
struct Random(u64);

impl Random {
    /// In 0…1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1_u64 << 24) as f64
    }
}
