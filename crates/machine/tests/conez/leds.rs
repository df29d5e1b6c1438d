//! The strips of LEDs.

use sostenuto_machine::conez::Settings;

use crate::patch::{outcome, stopped, values};

/// What the strips show after these calls and `led_show`.
fn shown(body: &str) -> Vec<String> {
    let parts = format!(
        r#"(data (i32.const 0) "\01\02\03\04\05\06") (func (export "setup") {body} (call $env_led_show))"#
    );
    let (_, outcome) = outcome(&parts, &Settings::default());
    assert_eq!(outcome.fault, None);
    outcome.lights.last()
}

#[test]
fn pixels_and_fills() {
    let set = |channel: i32, at: i32| {
        format!(
            "(call $env_led_set_pixel (i32.const {channel}) (i32.const {at}) (i32.const 1) (i32.const 300) (i32.const -5))"
        )
    };
    let outside = [set(0, 0), set(5, 0), set(1, -1), set(1, 50)].concat();
    assert_eq!(shown(&outside), ["strip 1: 50 x #000000"]);
    assert_eq!(shown(&(set(4, 49) + &outside)), ["strip 4: 49 x #000000, 1 x #01ff00"]);
    assert_eq!(
        shown(
            "(call $env_led_fill_hsv (i32.const 2) (i32.const 128) (i32.const 255) (i32.const 255))
            (call $env_led_set_pixel_hsv (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 16))"
        ),
        ["strip 2: 1 x #101010, 49 x #00ffff"]
    );
    let counts = ["(call $env_led_count (i32.const 1))", "(call $env_led_count (i32.const 5))"];
    assert_eq!(values("", &counts), [50, 0]);
    let colours = [
        "(call $env_hsv_to_rgb (i32.const 0) (i32.const 255) (i32.const 200))",
        "(call $env_rgb_to_hsv (i32.const 0) (i32.const 0) (i32.const 200))",
        "(call $env_led_gamma8 (i32.const 128))",
    ];
    assert_eq!(values("", &colours), [200 << 16, 171 << 16 | 255 << 8 | 200, 37]);
}

#[test]
fn pixels_are_moved() {
    let one = "(call $env_led_fill (i32.const 1) (i32.const 9) (i32.const 9) (i32.const 9))
        (call $env_led_set_pixel (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 1))";
    let after = |call: &str| shown(&format!("{one} {call}"));
    let shift = |by: i32| {
        format!(
            "(call $env_led_shift (i32.const 1) (i32.const {by}) (i32.const 5) (i32.const 5) (i32.const 5))"
        )
    };
    assert_eq!(after(&shift(2)), ["strip 1: 2 x #050505, 1 x #010101, 47 x #090909"]);
    assert_eq!(after(&shift(-1)), ["strip 1: 49 x #090909, 1 x #050505"]);
    assert_eq!(after(&shift(i32::MIN)), ["strip 1: 50 x #050505"]);
    let rotate = |by: i32| format!("(call $env_led_rotate (i32.const 1) (i32.const {by}))");
    assert_eq!(after(&rotate(3)), ["strip 1: 3 x #090909, 1 x #010101, 46 x #090909"]);
    assert_eq!(after(&rotate(-51)), ["strip 1: 49 x #090909, 1 x #010101"]);
    assert_eq!(after("(call $env_led_reverse (i32.const 1))"), ["strip 1: 49 x #090909, 1 x #010101"]);
}

#[test]
fn a_buffer_is_copied_as_far_as_it_goes_and_one_outside_stops_the_patch() {
    let buffer = |pointer: i32, count: i32| {
        format!("(call $env_led_set_buffer (i32.const 1) (i32.const {pointer}) (i32.const {count}))")
    };
    assert_eq!(shown(&buffer(0, 2)), ["strip 1: 1 x #010203, 1 x #040506, 48 x #000000"]);
    assert_eq!(shown(&buffer(0, 1000)), shown(&buffer(0, 2)));
    assert_eq!(shown(&buffer(0, -1)), ["strip 1: 50 x #000000"]);
    assert_eq!(
        stopped(&format!("(func $draw (export \"setup\") {})", buffer(0xFF00, 100))),
        "led_set_buffer() was given 300 B at address 65280: the memory ends at 65536, in draw() called from setup()"
    );
}

#[test]
fn gamma_counts_from_when_it_is_set() {
    let fill = |strip: i32| {
        format!("(call $env_led_fill (i32.const {strip}) (i32.const 128) (i32.const 255) (i32.const 0))")
    };
    let body = format!(
        "{} (call $env_led_set_gamma (i32.const 1)) {} (call $env_led_set_buffer (i32.const 2) (i32.const 0) (i32.const 2))",
        fill(1),
        fill(2)
    );
    assert_eq!(shown(&body), ["strip 1: 50 x #80ff00", "strip 2: 2 x #000000, 48 x #25ff00"]);
}

#[test]
fn nothing_is_seen_before_it_is_shown_and_time_passes_between() {
    let (_, outcome) = outcome(
        r#"(func (export "loop")
            (call $env_led_fill (i32.const 1) (call $env_millis) (i32.const 0) (i32.const 0))
            (call $env_led_show)
            (call $env_led_fill (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))
            (call $env_delay_ms (i32.const 99)))"#,
        &Settings { seconds: 0.25, ..Settings::default() },
    );
    assert_eq!(outcome.lights.last(), ["strip 1: 50 x #c80000"]);
    assert_eq!((outcome.report.leds.shows, outcome.report.leds.changes), (3, 3));
    assert!(outcome.lights.svg().contains("LEDs over 0.25 s: 3 changes"));
}
