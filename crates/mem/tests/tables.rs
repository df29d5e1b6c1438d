//! Each point of a table is what the standard library computes, and what is between them is as near as is promised.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sostenuto_mem::tables::{
    Exp2, Notes, Table, blackman_periodic, blackman_symmetric, hann_periodic, hann_symmetric, sine,
};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

// These must compile without an attribute that lets the compiler work for long.
static SINE: Table<4096> = sine();
static BLACKMAN: Table<4096> = blackman_periodic();
static EXP2: Exp2<4096> = Exp2::new();
static NOTES: Notes = Notes::new();

/// What a straight line of `f32` is wrong by for numbers up to 1.
const ROUNDING: f64 = 1.0 / (1 << 23) as f64;

/// The sine of `part / parts` of a turn: the standard library has no exact argument for it in all quarters but the first.
fn sine_of_part(part: usize, parts: usize) -> f64 {
    let angle = (4 * part % parts) as f64 / parts as f64 * FRAC_PI_2;
    match 4 * part / parts {
        0 => angle.sin(),
        1 => angle.cos(),
        2 => -angle.sin(),
        _ => -angle.cos(),
    }
}

fn is_near<const N: usize>(points: &[f32; N], of: impl Fn(usize) -> f64) {
    for (index, point) in points.iter().enumerate() {
        let exact = of(index);
        let nearest = exact as f32;
        let ulp = f64::from(nearest.next_up()) - f64::from(nearest);
        let error = (f64::from(*point) - exact).abs();
        // The reference is itself wrong by some 1e-16 where it has cancelled.
        assert!(error <= 0.500_001 * ulp + 3e-16, "{point}, not {exact}: point {index} of {N}");
    }
}

/// Calls a function for many numbers of points.
macro_rules! for_many {
    ($call:ident) => {
        for_many!($call: 1 2 3 4 5 6 7 8 9 10 12 15 16 31 32 33 48 64 100 127 128 255 256 257 360 441 480);
        for_many!($call: 512 1000 1023 1024 1025 2048 3000 4096 4800 8192);
    };
    ($call:ident: $($points:literal)*) => { $($call::<$points>();)* };
}

fn sine_is_near<const N: usize>() {
    let table = sine::<N>();
    is_near(table.points(), |index| sine_of_part(index, N));
    assert_eq!((table.points()[0], table.guard()), (0.0, 0.0));
    for index in 1..N {
        assert_eq!(
            table.points()[index],
            -table.points()[N - index],
            "the second half is the first, negative"
        );
        if N.is_multiple_of(2) && index <= N / 2 {
            assert_eq!(table.points()[index], table.points()[N / 2 - index], "each half is symmetric");
        }
    }
    if N.is_multiple_of(4) {
        assert_eq!(
            (table.points()[N / 4], table.points()[N / 2], table.points()[3 * N / 4]),
            (1.0, 0.0, -1.0)
        );
    }
}

#[test]
fn each_point_of_a_sine_is_the_nearest() {
    for_many!(sine_is_near);
}

fn windows_are_near<const N: usize>() {
    let hann = |parts: usize| move |index: usize| (PI * index as f64 / parts as f64).sin().powi(2);
    let blackman = |parts: usize| {
        move |index: usize| {
            let angle = TAU * index as f64 / parts as f64;
            0.42 - 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos()
        }
    };
    is_near(hann_periodic::<N>().points(), hann(N));
    is_near(blackman_periodic::<N>().points(), blackman(N));
    assert_eq!((hann_periodic::<N>().guard(), blackman_periodic::<N>().guard()), (0.0, 0.0));
    if N > 1 {
        is_near(&hann_symmetric::<N>(), hann(N - 1));
        is_near(&blackman_symmetric::<N>(), blackman(N - 1));
    }
    for window in [hann_symmetric::<N>(), blackman_symmetric::<N>()] {
        assert!(window.iter().eq(window.iter().rev()), "a symmetric window is symmetric");
        assert_eq!((window[0], window[N - 1]), if N == 1 { (1.0, 1.0) } else { (0.0, 0.0) });
        assert_eq!(window[N / 2] == 1.0, N % 2 == 1);
    }
    let hann = hann_periodic::<N>();
    if N.is_multiple_of(2) {
        for index in 0..N / 2 {
            let sum = f64::from(hann.points()[index]) + f64::from(hann.points()[index + N / 2]);
            assert!((sum - 1.0).abs() <= ROUNDING / 2.0, "pieces that overlap by a half add up to 1");
        }
    }
}

#[test]
fn each_point_of_a_window_is_the_nearest() {
    for_many!(windows_are_near);
}

#[test]
fn a_periodic_window_is_a_symmetric_one_with_its_guard_point() {
    let (periodic, symmetric) = (hann_periodic::<100>(), hann_symmetric::<101>());
    assert!(periodic.points().iter().chain([&periodic.guard()]).eq(&symmetric));
    let (periodic, symmetric) = (blackman_periodic::<512>(), blackman_symmetric::<513>());
    assert!(periodic.points().iter().chain([&periodic.guard()]).eq(&symmetric));
}

fn powers_are_near<const N: usize>() {
    is_near(Exp2::<N>::new().octave().points(), |index| (index as f64 / N as f64).exp2());
    assert_eq!(Exp2::<N>::new().octave().guard(), 2.0);
}

#[test]
fn each_power_of_two_is_the_nearest() {
    for_many!(powers_are_near);
}

/// The greatest error between the points of a table, at phases of 32 bits.
fn error_of_turn32<const N: usize>(table: &Table<N>, of: impl Fn(f64) -> f64) -> f64 {
    let steps = (64 * N as u64).next_power_of_two();
    let phases = (0..steps).map(|step| (step * ((1 << 32) / steps)) as u32);
    phases.fold(0.0, |most, phase| {
        let exact = of(f64::from(phase) / 4_294_967_296.0);
        f64::max(most, (f64::from(table.lookup_turn32(phase)) - exact).abs())
    })
}

/// The greatest error between the points of a table, at places of 24 bits.
fn error_of_turns<const N: usize>(table: &Table<N>, of: impl Fn(f64) -> f64) -> f64 {
    let steps = 64 * N;
    let places = (0..=steps).map(|step| step as f32 / steps as f32);
    places.fold(0.0, |most, place| {
        assert_eq!(
            table.lookup(place),
            table.lookup_turns(place) + if place == 1.0 { table.guard() } else { 0.0 }
        );
        f64::max(most, (f64::from(table.lookup(place)) - of(f64::from(place))).abs())
    })
}

#[track_caller]
fn is_a_bound(bound: f64, error: f64) {
    assert!(error <= bound + ROUNDING, "{error:e} is more than {bound:e}");
    assert!(error >= 0.95 * bound, "{error:e} is far less than {bound:e}");
}

fn lines_are_near<const N: usize>() {
    let step = TAU / N as f64;
    let hann = |place: f64| (PI * place).sin().powi(2);
    let blackman = |place: f64| 0.42 - 0.5 * (TAU * place).cos() + 0.08 * (2.0 * TAU * place).cos();
    is_a_bound(step.powi(2) / 8.0, error_of_turn32(&sine::<N>(), |place| (TAU * place).sin()));
    is_a_bound(step.powi(2) / 16.0, error_of_turn32(&hann_periodic::<N>(), hann));
    is_a_bound(0.82 * step.powi(2) / 8.0, error_of_turn32(&blackman_periodic::<N>(), blackman));
    if N.is_power_of_two() {
        is_a_bound(step.powi(2) / 8.0, error_of_turns(&sine::<N>(), |place| (TAU * place).sin()));
        is_a_bound(step.powi(2) / 16.0, error_of_turns(&hann_periodic::<N>(), hann));
        is_a_bound(0.82 * step.powi(2) / 8.0, error_of_turns(&blackman_periodic::<N>(), blackman));
    }
}

#[test]
fn what_is_between_the_points_is_as_near_as_promised_and_not_much_nearer() {
    for points in [lines_are_near::<64>, lines_are_near::<100>, lines_are_near::<255>, lines_are_near::<256>]
    {
        points();
    }
    lines_are_near::<1000>();
    lines_are_near::<1024>();
    lines_are_near::<2048>();
    let error = error_of_turn32(&SINE, |place| (TAU * place).sin());
    assert!(error < 4.2e-7, "{error:e}");
    assert!(error_of_turn32(&BLACKMAN, |_| 0.5) <= 0.500_001);
}

#[test]
fn powers_between_the_points_are_as_near_as_promised_and_not_much_nearer() {
    fn error<const N: usize>() -> (f64, f64) {
        let table = Exp2::<N>::new();
        let errors = (-40_000..40_000).map(|step| {
            let exponent = step as f32 / 1003.0;
            f64::from(table.exp2(exponent)) / f64::from(exponent).exp2() - 1.0
        });
        errors.fold((0.0, 0.0), |(least, most), error| (f64::min(least, error), f64::max(most, error)))
    }
    let is_a_bound = |points: f64, (least, most): (f64, f64)| {
        let bound = (2_f64.ln() / points).powi(2) / 8.0 * (1.0 / points).exp2();
        assert!(
            most <= bound + 2.0 * ROUNDING && least >= -2.0 * ROUNDING,
            "{least:e}, {most:e} for {points}"
        );
        assert!(most >= 0.9 * bound, "{most:e} is far less than {bound:e}");
    };
    is_a_bound(8.0, error::<8>());
    is_a_bound(12.0, error::<12>());
    is_a_bound(64.0, error::<64>());
    is_a_bound(256.0, error::<256>());
    assert!(error::<4096>().1 < 4e-7);
}

#[test]
fn powers_end_where_an_f32_ends() {
    for whole in -149..=127 {
        assert_eq!(EXP2.exp2(whole as f32), 2_f64.powi(whole) as f32, "2^{whole}");
    }
    for (exponent, power) in [(128.0, f32::INFINITY), (1e30, f32::INFINITY), (f32::INFINITY, f32::INFINITY)] {
        assert_eq!(EXP2.exp2(exponent), power);
    }
    for exponent in [-150.5, -1000.0, f32::MIN, f32::NEG_INFINITY] {
        assert_eq!(EXP2.exp2(exponent), 0.0);
    }
    assert!(EXP2.exp2(128.0_f32.next_down()).is_finite());
    assert_eq!((EXP2.exp2(-1e-30), EXP2.exp2(1e-30), EXP2.exp2(-0.0)), (1.0, 1.0, 1.0));
    assert!(EXP2.exp2(f32::NAN).is_nan());
}

#[test]
fn each_note_has_the_nearest_frequency() {
    for note in 0..=127_u8 {
        let exact = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2();
        assert_eq!(NOTES.hz(note), exact as f32, "note {note}");
    }
    for octave in 0..10 {
        assert_eq!(NOTES.hz(9 + 12 * octave), 13.75 * 2_f32.powi(octave.into()), "an A");
    }
    assert_eq!((NOTES.hz(128), NOTES.hz(255)), (NOTES.hz(127), NOTES.hz(127)));
    assert_eq!(Notes::tuned_to(432.0).hz(69), 432.0);
}

#[test]
fn notes_with_a_fraction_are_at_most_three_quarters_of_a_cent_too_high() {
    let cents = |note: f32| {
        let exact = 440.0 * ((f64::from(note) - 69.0) / 12.0).exp2();
        1200.0 * (f64::from(NOTES.hz_between(note)) / exact).log2()
    };
    let (least, most) = (0..=127 * 256)
        .map(|step| cents(step as f32 / 256.0))
        .fold((0.0, 0.0), |(least, most), cents| (f64::min(least, cents), f64::max(most, cents)));
    assert!(least > -0.000_5 && (0.72..0.73).contains(&most), "{least} to {most}");
    for (note, nearest) in
        [(-1.0, 0), (f32::NEG_INFINITY, 0), (f32::NAN, 0), (127.01, 127), (f32::INFINITY, 127)]
    {
        assert_eq!(NOTES.hz_between(note), NOTES.hz(nearest));
    }
}

#[test]
fn a_phase_wraps_and_a_place_does_not() {
    static RAMP: Table<5> = Table::new([0.0, 1.0, 2.0, 3.0, 4.0], 5.0);
    for (turns, value) in
        [(0.3, 1.5), (1.3, 1.5), (-0.7, 1.5), (-3.7, 1.5), (77.3, 1.5), (-1e-30, 5.0), (1.0, 0.0)]
    {
        assert!((RAMP.lookup_turns(turns) - value).abs() < 1e-4, "{turns}");
    }
    for turns in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e10, 8_388_608.0, -16_777_216.0] {
        assert_eq!(RAMP.lookup_turns(turns), 0.0, "{turns}");
    }
    assert_eq!(RAMP.lookup_turns(-8_388_607.5), 2.5);
    for (place, value) in
        [(0.3, 1.5), (1.0, 5.0), (1.3, 5.0), (-0.7, 0.0), (f32::NAN, 0.0), (f32::INFINITY, 5.0)]
    {
        assert!((RAMP.lookup(place) - value).abs() < 1e-6, "{place}");
    }
    assert_eq!((RAMP.lookup_turn32(0), RAMP.lookup_turn32(u32::MAX)), (0.0, 5.0));
    assert_eq!(RAMP.lookup_turn32(1 << 31), 2.5);
}

proptest! {
    #[test]
    fn any_number_is_a_phase(number in any::<f32>(), phase in any::<u32>()) {
        prop_assert!(SINE.lookup(number).abs() <= 1.0);
        prop_assert!(SINE.lookup_turns(number).abs() <= 1.0);
        prop_assert!(SINE.lookup_turn32(phase).abs() <= 1.0);
        prop_assert!(number.is_nan() || EXP2.exp2(number) >= 0.0);
        prop_assert!((8.17..12_544.0).contains(&NOTES.hz_between(number)));
    }

    #[test]
    fn a_phase_of_32_bits_is_the_same_as_one_in_turns(phase in 0_u32..1 << 24) {
        prop_assert_eq!(SINE.lookup_turn32(phase << 8), SINE.lookup_turns(phase as f32 / 16_777_216.0));
    }
}

#[test]
fn looking_up_allocates_nothing() {
    let mut phase = 0_u32;
    let sum = assert_no_alloc(|| {
        (0..48_000).fold(0.0, |sum, sample| {
            phase = phase.wrapping_add(39_370_534);
            let envelope = EXP2.exp2(sample as f32 * -0.000_1) * BLACKMAN.lookup(sample as f32 / 48_000.0);
            sum + envelope * SINE.lookup_turn32(phase) * NOTES.hz_between(sample as f32 * 0.01)
        })
    });
    assert!(sum.is_finite());
}
