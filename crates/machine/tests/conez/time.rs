//! Time, the calendar, parameters, chance, and the entry points that they drive.

use sostenuto_machine::conez::{Change, Ending, Settings, epoch};
use sostenuto_machine::dsp;

use crate::patch::{outcome, printed, values, values_with};

fn set(changes: &[&str], seconds: f64) -> Settings {
    let change = |text: &&str| {
        let change: dsp::Change = text.parse().expect("of the form");
        Change::try_from(&change).expect("a parameter")
    };
    Settings { changes: changes.iter().map(change).collect(), seconds, ..Settings::default() }
}

#[test]
fn setup_comes_once_and_loop_each_millisecond_until_the_time_is_over() {
    let (text, outcome) = outcome(
        r#"(func (export "setup") (call $env_print_i32 (i32.const -1)))
        (func (export "loop")
            (call $env_print_i32 (call $env_millis))
            (call $env_delay_ms (i32.const 1)))"#,
        &Settings { seconds: 0.005, ..Settings::default() },
    );
    assert_eq!(text, "-1\n0\n2\n4\n");
    assert_eq!((outcome.report.ending, outcome.report.seconds), (Ending::Finished, 0.005));
    assert_eq!(outcome.report.loops.map(|loops| loops.calls), Some(3));
    assert_eq!(outcome.report.entries, ["setup", "loop"]);
}

#[test]
fn the_other_entry_points() {
    let say = |number: i32| format!("(call $env_print_i32 (i32.const {number}))");
    let function = |name: &str, number| format!("(func (export \"{name}\") {})", say(number));
    assert_eq!(printed(&function("_start", 1)), "1\n");
    assert_eq!(
        printed(&format!("(func (export \"main\") (param i32 i32) (result i32) {} (local.get 0))", say(2))),
        "2\n"
    );
    assert_eq!(printed(&format!("{}{}", function("setup", 3), function("main", 4))), "3\n");
    assert_eq!(
        printed(&format!("(func $first {}) (start $first) {}", say(5), function("setup", 6))),
        "5\n6\n"
    );
    let loops =
        format!("(func (export \"loop\") {} (call $env_set_param (i32.const 0) (i32.const 1)))", say(7));
    assert_eq!(printed(&loops), "7\n");
}

#[test]
fn who_waits_on_after_the_end_is_stopped_and_who_looks_can_say_good_bye() {
    let waits = r#"(func (export "setup")
        (loop $again (call $env_delay_ms (i32.const 300)) (br $again)))"#;
    let settings = Settings { seconds: 1.0, ..Settings::default() };
    let (_, stopped) = outcome(waits, &settings);
    assert_eq!((stopped.report.ending, stopped.fault, stopped.report.seconds), (Ending::Stopped, None, 1.0));
    let looks = r#"(func (export "setup")
        (loop $again
            (call $env_delay_ms (i32.const 300))
            (br_if $again (i32.eqz (call $env_should_stop))))
        (call $env_print_i32 (call $env_get_param (i32.const 0))))"#;
    let (text, finished) = outcome(looks, &settings);
    assert_eq!((finished.report.ending, text.as_str()), (Ending::Finished, "1\n"));
}

#[test]
fn who_waits_by_asking_comes_to_an_end_too() {
    let asks = r#"(func (export "setup")
        (loop $again (br_if $again (i32.lt_s (call $env_millis) (i32.const 750))))
        (call $env_print_i32 (call $env_millis)))"#;
    let (text, outcome) = outcome(asks, &Settings::default());
    assert_eq!((text.as_str(), outcome.fault), ("751\n", None));
}

#[test]
fn a_parameter_changes_when_it_is_told_to_and_can_be_waited_for() {
    let wait = |condition: i32, value: i32, timeout: i32| {
        format!(
            "(call $env_wait_param (i32.const 3) (i32.const {condition}) (i32.const {value}) (i32.const {timeout}))"
        )
    };
    let expressions = [
        "(call $env_get_param (i32.const 3))".to_owned(),
        wait(0, 5, 100),
        "(call $env_millis)".to_owned(),
        wait(0, 5, 0),
        "(call $env_millis)".to_owned(),
        wait(2, 9, 0),
        wait(3, 9, 250),
        wait(1, 10, 0),
        wait(7, 0, 10),
        "(call $env_millis)".to_owned(),
        "(call $env_get_param (i32.const 16))".to_owned(),
    ];
    let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
    let settings = set(&["3=5", "3=6@0.5s", "3=9@700ms"], 8.0);
    assert_eq!(values_with("", &expressions, &settings), [5, 0, 100, 1, 500, 1, 0, 1, 0, 960, 0]);
}

#[test]
fn the_pulse_comes_at_each_full_second() {
    let expressions = [
        "(call $env_wait_pps (i32.const 400))",
        "(call $env_millis)",
        "(call $env_wait_pps (i32.const 0))",
        "(call $env_millis)",
        "(call $env_wait_pps (i32.const 1000))",
        "(call $env_millis)",
    ];
    assert_eq!(values("", &expressions), [0, 400, 1, 1000, 1, 2000]);
}

#[test]
fn the_calendar_goes_on_from_its_start() {
    let settings = Settings { epoch: epoch("2024-02-28T23:59:58").expect("a time"), ..Settings::default() };
    let fields =
        ["year", "month", "day", "hour", "minute", "second", "day_of_week", "day_of_year", "is_leap_year"];
    let mut expressions: Vec<String> =
        fields.iter().map(|field| format!("(call $env_get_{field})")).collect();
    expressions
        .push("(block (result i32) (call $env_delay_ms (i32.const 2500)) (call $env_time_valid))".to_owned());
    expressions.extend(fields.iter().map(|field| format!("(call $env_get_{field})")));
    expressions.push("(i32.wrap_i64 (i64.rem_s (call $env_get_epoch_ms) (i64.const 100000)))".to_owned());
    expressions.push("(i32.wrap_i64 (call $env_get_uptime_ms))".to_owned());
    let expressions: Vec<&str> = expressions.iter().map(String::as_str).collect();
    assert_eq!(
        values_with("", &expressions, &settings),
        // A Wednesday, and then the Thursday that is only there in leap years.
        [2024, 2, 28, 23, 59, 58, 3, 59, 1, 1, 2024, 2, 29, 0, 0, 0, 4, 60, 1, 500, 2500]
    );
}

#[test]
fn chance_is_that_of_the_seed() {
    let draws = ["(call $env_random_int (i32.const -5) (i32.const 5))"; 20];
    let drawn = |seed| values_with("", &draws, &Settings { seed, ..Settings::default() });
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert!(drawn(3).iter().all(|number| (-5..5).contains(number)));
}

#[test]
fn what_is_not_there_answers_as_documented() {
    let integers = [
        "(call $env_gps_valid)",
        "(call $env_imu_present)",
        "(call $env_get_sunrise)",
        "(call $env_is_daylight)",
        "(call $env_cue_playing)",
        "(i32.wrap_i64 (call $env_cue_elapsed))",
        "(call $env_analog_read (i32.const 4))",
        "(i32.trunc_f32_s (call $env_get_temp))",
        "(i32.trunc_f32_s (call $env_get_sun_azimuth))",
        "(i32.trunc_f32_s (call $env_get_lat))",
    ];
    assert_eq!(values("", &integers), [0, 0, -1, -1, 0, 0, 0, -1000, -1000, 0]);
    let pins = [
        "(block (result i32) (call $env_pin_set (i32.const 5)) (call $env_pin_read (i32.const 5)))",
        "(block (result i32) (call $env_pin_clear (i32.const 5)) (call $env_pin_read (i32.const 5)))",
        "(block (result i32) (call $env_pin_set (i32.const -1)) (call $env_pin_read (i32.const -1)))",
    ];
    assert_eq!(values("", &pins), [1, 0, 0]);
}

#[test]
fn lines_and_curves() {
    let larp = |x: i32, offset: i32, window: i32| {
        format!(
            "(call $env_larp (i32.const {x}) (i32.const 0) (i32.const 100) (i32.const 0) (i32.const 1000) \
             (i32.const {offset}) (i32.const {window}) (i32.const 1))"
        )
    };
    // From 20 to 80, and smoothed by 20 to both sides: at 30, of the 41 values from 10 to 50, 30 are above 0, from
    // 1/60 to 30/60 of 1000, so 1000 * 465 / 60 / 41 = 189.02.
    let calls = [
        larp(-5, 0, 0),
        larp(25, 0, 0),
        larp(50, 40, 0),
        larp(20, 40, 0),
        larp(30, 40, 100),
        larp(200, 9, 9),
    ];
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    assert_eq!(values("", &calls), [0, 250, 500, 0, 189, 1000]);
    let floats = "(func (export \"setup\")
        (call $env_print_f32 (call $env_lerp (f32.const 2) (f32.const 4) (f32.const 0.25)))
        (call $env_print_f32 (call $env_larpf (f32.const 30) (f32.const 0) (f32.const 100) (f32.const 0) (f32.const 1)
            (f32.const 0) (f32.const 50) (i32.const 8)))
        (call $env_print_f64 (call $env_pow (f64.const 2) (f64.const 0.5)))
        (call $env_print_f32 (call $env_fmodf (f32.const -7.5) (f32.const 2))))";
    assert_eq!(printed(floats), "2.500000\n0.300000\n1.414214\n-1.500000\n");
}
