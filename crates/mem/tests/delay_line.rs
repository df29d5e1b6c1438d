//! A delay line gives what a queue of all samples would.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sostenuto_mem::buffers::{AllpassHead, DelayLine};
use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::sync::Mutex;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// The samples of a line, the newest first.
struct Queue(VecDeque<f32>);

impl Queue {
    fn new(length: usize) -> Self {
        Self(std::iter::repeat_n(0.0, length).collect())
    }

    fn write(&mut self, sample: f32) {
        self.0.push_front(sample);
        self.0.pop_back();
    }

    fn read(&self, delay: i64) -> f32 {
        self.0[delay.clamp(0, self.0.len() as i64 - 1) as usize]
    }

    fn split(&self, delay: f32) -> (i64, f32) {
        let longest = (self.0.len() - 1) as f32;
        let delay = if delay.is_nan() { 0.0 } else { delay.clamp(0.0, longest) };
        (delay.floor() as i64, delay - delay.floor())
    }

    fn read_linear(&self, delay: f32) -> f32 {
        let (whole, t) = self.split(delay);
        self.read(whole) * (1.0 - t) + self.read(whole + 1) * t
    }

    /// By the four polynomials of Hermite, rather than by powers.
    fn read_cubic(&self, delay: f32) -> f32 {
        let (whole, t) = self.split(delay);
        let [a, b, c, d] = [-1, 0, 1, 2].map(|offset| self.read(whole + offset));
        let (slope_b, slope_c) = ((c - a) / 2.0, (d - b) / 2.0);
        let u = 1.0 - t;
        b * (1.0 + 2.0 * t) * u * u + slope_b * t * u * u + c * t * t * (3.0 - 2.0 * t) - slope_c * t * t * u
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write(f32),
    WriteBlock(Vec<f32>),
    ReadBlock(usize, usize),
    Read(usize),
    ReadFraction(f32),
    Clear,
}

fn sample() -> impl Strategy<Value = f32> {
    -1.0_f32..1.0
}

fn step() -> impl Strategy<Value = Step> {
    let odd = prop::sample::select(vec![
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        -0.0,
        -1e-30,
        -5.5,
        1e-30,
        f32::MAX,
        f32::MIN,
    ]);
    prop_oneof![
        4 => sample().prop_map(Step::Write),
        2 => prop::collection::vec(sample(), 0..40).prop_map(Step::WriteBlock),
        2 => (0_usize..40, 0_usize..40).prop_map(|(delay, length)| Step::ReadBlock(delay, length)),
        2 => (0_usize..130).prop_map(Step::Read),
        1 => Just(Step::Read(usize::MAX)),
        1 => Just(Step::ReadBlock(usize::MAX, 3)),
        4 => (0.0_f32..12.0).prop_map(Step::ReadFraction),
        2 => (0.0_f32..110.0).prop_map(Step::ReadFraction),
        1 => odd.prop_map(Step::ReadFraction),
        1 => Just(Step::Clear),
    ]
}

fn is_like_a_queue<const N: usize>(steps: &[Step]) -> Result<(), TestCaseError> {
    let (mut line, mut queue) = (DelayLine::<N>::new(), Queue::new(N));
    for step in steps {
        match step {
            Step::Write(sample) => {
                line.write(*sample);
                queue.write(*sample);
            }
            Step::WriteBlock(block) => {
                line.write_block(block);
                block.iter().for_each(|sample| queue.write(*sample));
            }
            Step::ReadBlock(delay, length) => {
                let mut block = vec![9.0; *length];
                line.read_block(*delay, &mut block);
                let delay = (*delay).min(DelayLine::<N>::max_block_delay(*length));
                for (index, sample) in block.into_iter().enumerate() {
                    let delay = delay + length - 1 - index;
                    prop_assert_eq!(sample, queue.read(delay as i64));
                    prop_assert_eq!(sample, line.read(delay));
                }
            }
            Step::Read(delay) => {
                prop_assert_eq!(line.read(*delay), queue.read((*delay).min(1000) as i64));
            }
            Step::ReadFraction(delay) => {
                let (linear, cubic) = (line.read_linear(*delay), line.read_cubic(*delay));
                prop_assert!((linear - queue.read_linear(*delay)).abs() < 1e-6);
                prop_assert!((cubic - queue.read_cubic(*delay)).abs() < 2e-6);
            }
            Step::Clear => {
                line.clear();
                queue = Queue::new(N);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn it_is_like_a_queue(steps in prop::collection::vec(step(), 1..60)) {
        is_like_a_queue::<1>(&steps)?;
        is_like_a_queue::<2>(&steps)?;
        is_like_a_queue::<3>(&steps)?;
        is_like_a_queue::<5>(&steps)?;
        is_like_a_queue::<8>(&steps)?;
        is_like_a_queue::<100>(&steps)?;
    }

    #[test]
    fn an_all_pass_is_stable_at_any_delay(delays in prop::collection::vec(any::<f32>(), 1..200)) {
        let (mut line, mut head) = (DelayLine::<5>::new(), AllpassHead::new());
        for (index, delay) in delays.into_iter().enumerate() {
            line.write(if index % 2 == 0 { 1.0 } else { -1.0 });
            prop_assert!(line.read_allpass(&mut head, delay).abs() <= 2.0);
        }
    }
}

/// A line of 100 in which the sample `n` before the last is `of(n)`, with the seam at `seam`.
fn line_of(seam: usize, of: impl Fn(f32) -> f32) -> DelayLine<100> {
    let mut line = DelayLine::new();
    (0..seam).for_each(|_| line.write(7.0));
    (0..100).rev().for_each(|age| line.write(of(age as f32)));
    line
}

#[test]
fn straight_lines_pass_a_linear_read_and_parabolas_a_cubic_one_wherever_the_seam_is() {
    for seam in 0..100 {
        let ramp = line_of(seam, |age| 3.0 - 0.25 * age);
        let parabola = line_of(seam, |age| 0.125 * age * age - age + 2.0);
        for delay in (0..=99 * 8).map(|eighth| eighth as f32 / 8.0) {
            assert_eq!(ramp.read_linear(delay), 3.0 - 0.25 * delay);
            if (1.0..=98.0).contains(&delay) {
                assert_eq!(parabola.read_cubic(delay), 0.125 * delay * delay - delay + 2.0, "at {delay}");
            }
        }
    }
}

#[test]
fn a_cube_passes_a_cubic_read_with_the_error_of_its_slopes() {
    let line = line_of(31, |age| age.powi(3));
    // Up to here, all of it is exact in an f32.
    for delay in (8..=30 * 8).map(|eighth| eighth as f32 / 8.0) {
        // The slope that is taken at each point is 1 more than that of the cube.
        let t = delay.fract();
        let error = t * (2.0 * t - 1.0) * (t - 1.0);
        assert_eq!(line.read_cubic(delay), delay.powi(3) + error, "at {delay}");
    }
}

#[test]
fn a_fraction_by_itself_stays_exact_where_one_number_for_all_would_not() {
    static LINE: Mutex<DelayLine<300_000>> = Mutex::new(DelayLine::new());
    let mut line = LINE.lock().unwrap();
    (0..300_000).rev().for_each(|age| line.write((age % 1000) as f32));
    assert_eq!(line.read_linear_at(290_500, 0.015_625), 500.015_63);
    assert_eq!(line.read_cubic_at(290_500, 0.015_625), 500.015_63);
    assert_eq!(line.read_linear(290_500.0 + 0.015_625), 500.0);
    line.clear();
    assert_eq!(line.read(290_500), 0.0);
}

#[test]
fn a_cubic_read_moves_without_a_jump_of_its_slope() {
    let line = line_of(63, |age| (age * 1.3).sin());
    let slope = |delay: f32| (line.read_cubic(delay + 0.015_625) - line.read_cubic(delay)) / 0.015_625;
    for delay in (2..98).map(|delay| delay as f32) {
        assert!((slope(delay) - slope(delay - 0.015_625)).abs() < 0.2);
    }
}

#[test]
fn between_two_samples_high_tones_are_less_by_what_is_told() {
    let loudest = |turns_a_sample: f64, read: fn(&DelayLine<8>) -> f32| {
        let mut line = DelayLine::new();
        let heard = (0..10_000).map(|time| {
            line.write((f64::from(time) * turns_a_sample * TAU).sin() as f32);
            if time < 8 { 0.0 } else { read(&line).abs() }
        });
        20.0 * heard.fold(0.0, f32::max).log10()
    };
    let linear = loudest(0.150_01, |line| line.read_linear(2.5));
    let cubic = loudest(0.245_01, |line| line.read_cubic(2.5));
    assert!((linear + 1.0).abs() < 0.02 && (cubic + 1.0).abs() < 0.02, "{linear} dB, {cubic} dB");
}

/// What a sine of the amplitude 1 becomes, after the filter has settled: its amplitude and its delay in samples.
fn response(turns_a_sample: f64, delay: f32) -> (f64, f64) {
    let (mut line, mut head) = (DelayLine::<16>::new(), AllpassHead::new());
    let (mut sine, mut cosine) = (0.0, 0.0);
    for time in 0..5000 {
        let (s, c) = (time as f64 * turns_a_sample * TAU).sin_cos();
        line.write(s as f32);
        let heard = f64::from(line.read_allpass(&mut head, delay));
        if time >= 1000 {
            sine += heard * s / 2000.0;
            cosine += heard * c / 2000.0;
        }
    }
    (sine.hypot(cosine), (-cosine).atan2(sine).rem_euclid(TAU) / (TAU * turns_a_sample))
}

#[test]
fn all_that_passes_an_all_pass_stays_as_loud_and_is_late_by_what_the_theory_says() {
    for delay in [0.5, 0.7, 1.0, 1.25, 1.49, 1.5, 2.3, 7.9, 15.0_f32] {
        let whole = (delay - 0.5).floor();
        let rest = f64::from(delay - whole);
        let coefficient = (1.0 - rest) / (1.0 + rest);
        // Whole periods in 4000 samples.
        for turns in [0.002, 0.01, 0.025, 0.05] {
            let (loudness, heard) = response(turns, delay);
            assert!((loudness - 1.0).abs() < 1e-5, "{loudness} at {turns}, {delay}");
            let (s, c) = (TAU * turns).sin_cos();
            let phase = (coefficient * s).atan2(1.0 + coefficient * c);
            let theory = f64::from(whole) + 1.0 - 2.0 * phase / (TAU * turns);
            assert!((heard - theory).abs() < 1e-4, "{heard}, not {theory} at {turns}, {delay}");
            assert!((heard - f64::from(delay)).abs() < 0.016, "{heard} at {turns}, {delay}");
        }
        assert!((response(0.002, delay).1 - f64::from(delay)).abs() < 1e-3);
        assert!((response(0.25, delay).0 - 1.0).abs() < 1e-5);
        assert!((response(0.45, delay).0 - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_click_keeps_its_energy_through_an_all_pass() {
    let (mut line, mut head) = (DelayLine::<8>::new(), AllpassHead::new());
    let energy: f64 = (0..100)
        .map(|time| {
            line.write(if time == 0 { 1.0 } else { 0.0 });
            f64::from(line.read_allpass(&mut head, 3.8)).powi(2)
        })
        .sum();
    assert!((energy - 1.0).abs() < 1e-6, "{energy}");
}

#[test]
fn an_all_pass_is_not_shorter_than_a_half_nor_longer_than_the_line() {
    let heard = |delay: f32| {
        let (mut line, mut head) = (DelayLine::<4>::new(), AllpassHead::new());
        std::array::from_fn::<_, 12, _>(|time| {
            line.write(if time == 0 { 1.0 } else { 0.0 });
            line.read_allpass(&mut head, delay)
        })
    };
    for short in [0.2, 0.0, -3.0, f32::NAN, f32::NEG_INFINITY] {
        assert_eq!(heard(short), heard(0.5));
    }
    for long in [3.2, 3.5, 100.0, f32::INFINITY] {
        assert_eq!(heard(long), heard(3.0));
    }
    assert_eq!(heard(3.0)[..5], [0.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn an_all_pass_follows_a_delay_that_moves() {
    let (mut line, mut head) = (DelayLine::<200>::new(), AllpassHead::new());
    let mut delay = 20.0;
    for time in 0..100_000 {
        line.write(time as f32 / 1024.0);
        let heard = line.read_allpass(&mut head, delay);
        let late = time as f32 - heard * 1024.0;
        assert!(time < 300 || (late - delay).abs() < 0.02, "late by {late}, not {delay}");
        delay += 0.001;
    }
    assert!(delay > 100.0);
}

#[test]
fn a_head_forgets_what_was_no_number() {
    let (mut line, mut head) = (DelayLine::<4>::new(), AllpassHead::new());
    line.write(f32::NAN);
    assert!(line.read_allpass(&mut head, 0.7).is_nan());
    line.clear();
    assert!(line.read_allpass(&mut head, 0.7).is_nan());
    head.reset();
    assert_eq!(line.read_allpass(&mut head, 0.7), 0.0);
}

#[test]
fn a_sample_that_is_no_number_is_heard_only_where_it_is() {
    let line = line_of(40, |age| if age == 50.0 || age == 0.0 { f32::NAN } else { age });
    assert!(line.read_linear(49.5).is_nan() && line.read_linear(50.5).is_nan());
    assert_eq!((line.read_linear(48.5), line.read_linear(51.5)), (48.5, 51.5));
    assert_eq!((line.read_cubic(47.5), line.read_cubic(52.5)), (47.5, 52.5));
    // The oldest has the newest for a neighbour in memory, which must not be looked at.
    assert_eq!((line.read_linear(99.0), line.read_cubic(99.0), line.read_linear(1e9)), (99.0, 99.0, 99.0));
}

#[test]
fn a_line_is_hardly_larger_than_its_samples() {
    assert_eq!(size_of::<DelayLine<1000>>(), 4000 + size_of::<u32>());
    assert!(size_of::<AllpassHead>() <= 12 + 2 * size_of::<usize>());
}

#[test]
fn many_heads_at_any_delay_and_no_allocation() {
    static EMPTY: DelayLine<4800> = DelayLine::new();
    let mut line = Box::new(EMPTY.clone());
    let mut heads = [const { AllpassHead::new() }; 4];
    let mut block = [0.0; 64];
    let mut sum = 0.0;
    assert_no_alloc(|| {
        for round in 0..1000 {
            line.write_block(&[0.5; 64]);
            line.write(0.25);
            for (index, head) in heads.iter_mut().enumerate() {
                let delay = (round * (index + 3)) as f32 * 0.77;
                sum += line.read_linear(delay) + line.read_cubic(delay) + line.read_allpass(head, delay);
            }
            line.read_block(round * 5, &mut block);
            sum += line.read(round) + block[63];
        }
    });
    assert!(sum.is_finite());
}
