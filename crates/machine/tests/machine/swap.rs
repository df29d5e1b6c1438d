//! Another version of a patch takes over while the first one plays.

use crate::patch::{facts, fault, loaded, storage};
use sostenuto_board::patch::{Cause, Facts};
use sostenuto_board::storage::{Kind, Storage};
use sostenuto_machine::{
    Fate, Loaded, Performance, Reason, RenderError, Settings, StorageChange, Successor, Swap, SwapError,
    Time, render_with_swap,
};

fn settings(parameters: &[&str], automation: &[&str]) -> Settings {
    Settings {
        parameters: parameters.iter().map(|text| text.parse().expect("an assignment")).collect(),
        automation: automation.iter().map(|text| text.parse().expect("a change")).collect(),
        ..Settings::at_rate(48_000)
    }
}

/// Performs one patch and from the sample `swap_at` on the other; the left words.
fn play(old: &Loaded, new: &Loaded, settings: &Settings, input: &[i32], swap_at: usize) -> Vec<i32> {
    let mut performance = Performance::new(old, settings).expect("memory");
    performance.start(&mut |_| {}).expect("no fault");
    let mut successor = Some(Successor::new(old, new, settings, &mut |_| {}).expect("no fault"));
    let sample = |(index, word): (usize, &i32)| {
        if index == swap_at {
            let retired = performance.swap(successor.take().expect("one swap"));
            assert_eq!(retired.copied, Ok(()));
        }
        performance.sample([*word; 2], &mut |_| {}).expect("no fault")[0]
    };
    input.iter().enumerate().map(sample).collect()
}

fn with(storages: Vec<Storage>) -> Facts {
    Facts { storages, ..Facts::default() }
}

/// A delay of so many samples, a power of two, with its line and its place at these addresses; it plays what it heard
/// times `factor`. `init` makes the first word of the line 500.
fn delay(samples: u32, line: u32, at: u32, factor: i32) -> Loaded {
    let functions = format!(
        r#"(func (export "init") (i32.store (i32.const {line}) (i32.const 500)))
        (func (export "process") (local $place i32) (local $heard i32)
            (local.set $place (i32.add (i32.const {line}) (i32.shl (i32.load (i32.const {at})) (i32.const 2))))
            (local.set $heard (i32.load (local.get $place)))
            (i32.store (local.get $place) (i32.load (i32.const 16)))
            (i32.store (i32.const {at})
                (i32.and (i32.add (i32.load (i32.const {at})) (i32.const 1)) (i32.const {})))
            (i32.store (i32.const 16) (i32.mul (local.get $heard) (i32.const {factor}))))"#,
        samples - 1
    );
    let storages = vec![
        storage("signal", Kind::Audio, 16, 8),
        storage("at", Kind::State, at, 4),
        storage("line", Kind::Delay, line, samples * 4),
    ];
    loaded(&functions, with(storages))
}

const STEPS: [i32; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

#[test]
fn echoes_outlive_a_swap_wherever_the_line_lies() {
    let (old, new) = (delay(4, 100, 200, 1), delay(4, 3000, 64, -1));
    let words = play(&old, &new, &settings(&[], &[]), &STEPS, 6);
    assert_eq!(words, [500, 0, 0, 0, 1, 2, -3, -4, -5, -6]);
}

#[test]
fn a_line_of_another_size_starts_as_the_new_version_makes_it() {
    let (old, new) = (delay(4, 100, 200, 1), delay(2, 100, 200, 1));
    let words = play(&old, &new, &settings(&[], &[]), &STEPS, 6);
    // `at` is 2 still, which is one past the new line: the module of this test has no checks.
    assert_eq!(words[..6], [500, 0, 0, 0, 1, 2]);
    assert_eq!(words[6..], [0, 0, 500, 8], "{words:?}");
    let successor = Successor::new(&old, &new, &settings(&[], &[]), &mut |_| {}).expect("no fault");
    let line = StorageChange { name: "line".to_owned(), fate: Fate::Resized { from: 16, to: 8 } };
    assert!(successor.report().storages.contains(&line));
}

#[test]
fn the_report_says_what_becomes_of_each_storage() {
    let functions = r#"(func (export "process"))"#;
    let mut old = with(vec![
        storage("signal", Kind::Audio, 16, 8),
        storage("params", Kind::Parameters, 32, 32),
        storage("same", Kind::State, 100, 40),
        storage("echo", Kind::State, 200, 400),
        storage("was fixed", Kind::Table, 600, 8),
        storage("fixed", Kind::Table, 608, 8),
        storage("scratch", Kind::Scratch, 620, 8),
        storage("head", Kind::State, 632, 4),
        storage("text", Kind::Table, 640, 8),
        storage("gone", Kind::State, 660, 12),
        storage("outside", Kind::State, 65_532, 8),
        Storage { address: None, ..storage("guards", Kind::Scratch, 0, 16) },
    ]);
    let mut new = with(vec![
        storage("signal", Kind::Audio, 16, 8),
        storage("same", Kind::State, 120, 40),
        storage("echo", Kind::Delay, 200, 400),
        storage("was fixed", Kind::State, 600, 8),
        storage("fixed", Kind::Table, 608, 80),
        storage("scratch", Kind::Scratch, 720, 8),
        storage("head", Kind::State, 732, 4),
        storage("more", Kind::State, 740, 20),
        storage("outside", Kind::State, 760, 8),
    ]);
    old.pointers = vec!["head".to_owned()];
    (old.source, new.source) = ("a.impala".to_owned(), "b.impala".to_owned());
    let (old, new) = (loaded(functions, old), loaded(functions, new));
    let successor = Successor::new(&old, &new, &settings(&[], &[]), &mut |_| {}).expect("no fault");
    let report = successor.report();
    assert_eq!((report.from.as_str(), report.to.as_str()), ("a.impala", "b.impala"));
    let anew = |bytes, reason| Fate::Anew { bytes, reason };
    let expected = [
        ("same", Fate::Kept { bytes: 40 }),
        ("echo", Fate::Kept { bytes: 400 }),
        ("was fixed", anew(8, Reason::Constant)),
        ("scratch", anew(8, Reason::Temporary)),
        ("head", anew(4, Reason::Pointer)),
        ("more", Fate::New { bytes: 20 }),
        ("outside", Fate::New { bytes: 8 }),
        ("gone", Fate::Gone { bytes: 12 }),
    ];
    let found: Vec<_> = report.storages.iter().map(|change| (change.name.as_str(), change.fate)).collect();
    assert_eq!(found, expected);
}

#[test]
fn parameters_automation_and_clock_go_on_and_update_is_called() {
    // left: what update heard of parameter 3, times a factor, and 100 for each call; right: the clock.
    let version = |factor: i32| {
        let functions = format!(
            r#"(func (export "update") (i32.store (i32.const 128)
                    (i32.mul (i32.load (i32.const 44)) (i32.const {factor})))
                (i32.store (i32.const 400) (i32.add (i32.load (i32.const 400)) (i32.const 100))))
            (func (export "process")
                (i32.store (i32.const 16) (i32.add (i32.load (i32.const 128)) (i32.load (i32.const 400))))
                (i32.store (i32.const 20) (i32.load (i32.const 80))))"#
        );
        loaded(&functions, facts())
    };
    let (old, new) = (version(1), version(2));
    let settings = settings(&["3=7"], &["3=9@1", "3=11@4", "switches=reverse@5"]);
    let mut performance = Performance::new(&old, &settings).expect("memory");
    performance.start(&mut |_| {}).expect("no fault");
    let mut words = vec![];
    for index in 0..7 {
        if index == 2 {
            performance.set("3=8".parse().expect("an assignment"));
        }
        if index == 3 {
            let successor = Successor::new(&old, &new, &settings, &mut |_| {}).expect("no fault");
            let mut retired = performance.swap(successor).performance;
            assert_eq!(retired.report(3).parameters[3].value, 8);
            assert_eq!((retired.report(3).samples, retired.samples()), (3, 3));
        }
        words.push(performance.sample([0; 2], &mut |_| {}).expect("no fault"));
    }
    // The first update, the changes at 1 and 2; the one after the swap, and the changes at 4 and 5.
    assert_eq!(words[..3], [[107, 0], [209, 1], [308, 2]]);
    assert_eq!(words[3..], [[416, 3], [522, 4], [622, 5], [622, 4]]);
    let report = performance.report(7);
    assert_eq!((report.since, report.samples, report.control.updates), (3, 7, 3));
    assert!(report.to_string().contains("7 samples, 0.000 s; by this patch from sample 3 (0.000 s) on"));
    assert_eq!(report.instructions.map(|instructions| instructions.max_at), Some(3));
}

#[test]
fn globals_of_the_module_go_on_but_not_the_stack_pointer() {
    let version = |first: i32| {
        let functions = format!(
            r#"(global $__stack_pointer (mut i32) (i32.const {first}))
            (global $level (mut i32) (i32.const {first}))
            (func (export "process")
                (global.set $level (i32.add (global.get $level) (i32.const 1)))
                (global.set $__stack_pointer (i32.sub (global.get $__stack_pointer) (i32.const 1)))
                (i32.store (i32.const 16) (i32.add (i32.mul (global.get $level) (i32.const 10))
                    (global.get $__stack_pointer))))"#
        );
        loaded(&functions, facts())
    };
    let (old, new) = (version(10), version(50));
    let words = play(&old, &new, &settings(&[], &[]), &[0; 4], 2);
    assert_eq!(words, [119, 128, 130 + 49, 140 + 48]);
    let successor = Successor::new(&old, &new, &settings(&[], &[]), &mut |_| {}).expect("no fault");
    assert_eq!(successor.report().globals, ["level"]);
}

#[test]
fn process_begins_at_its_start() {
    let version = |first: i32| {
        let functions = format!(
            r#"(func (export "process") (local $count i32)
            (local.set $count (i32.const {first}))
            (loop $again
                (i32.store (i32.const 16) (local.get $count))
                (local.set $count (i32.add (local.get $count) (i32.const 1)))
                (call $yield)
                (br $again)))"#
        );
        loaded(&functions, facts())
    };
    let words = play(&version(10), &version(20), &settings(&[], &[]), &[0; 6], 3);
    assert_eq!(words, [10, 11, 12, 20, 21, 22]);
}

#[test]
fn the_delay_memory_and_the_stock_operators_go_on() {
    // A full patch writes; a mod patch whose operators are the stock ones hears it two samples later.
    let full = loaded(
        r#"(func (export "process") (call $write (i32.load (i32.const 80)) (i32.const 1) (i32.const 4)))"#,
        facts(),
    );
    let delayed = settings(&["operator-2=sub", "operand-2-high=0x20", "operand-2-low=0x20"], &[]);
    let stock = loaded("", facts());
    let words = play(&full, &stock, &delayed, &STEPS, 5);
    let straight = play(&stock, &stock, &delayed, &STEPS, 99);
    assert_eq!(words[..5], STEPS[..5]);
    assert_eq!(words[5..], straight[5..]);
    let random = settings(&["operator-1=rnd", "operand-1-high=255"], &[]);
    let input: Vec<i32> = (0..2000).map(|n| n * 37 % 2000).collect();
    assert_eq!(
        play(&stock, &loaded("", facts()), &random, &input, 777),
        play(&stock, &stock, &random, &input, 9999)
    );
}

#[test]
fn a_version_that_does_not_start_leaves_the_old_one_playing() {
    let old = loaded(r#"(func (export "process"))"#, facts());
    let broken = loaded(
        r#"(func (export "init") (call $fault (i32.const 0) (i32.const 5))) (func (export "process"))"#,
        Facts { faults: vec![fault(7, "init", Cause::Division)], ..facts() },
    );
    let mut performance = Performance::new(&old, &settings(&[], &[])).expect("memory");
    performance.start(&mut |_| {}).expect("no fault");
    let refused = Successor::new(&old, &broken, &settings(&[], &[]), &mut |_| {}).expect_err("a fault");
    assert_eq!(refused.to_string(), "5 is divided by zero, line 7, in init()");
    assert!(matches!(refused, SwapError::Fault(_)));
    assert_eq!(performance.sample([5, 6], &mut |_| {}), Ok([5, 6]));
    let swap = Swap { at: Time::Sample(1), to: &broken };
    let refused =
        render_with_swap(&old, swap, &settings(&[], &[]), &[[0.0; 2]; 3], &mut |_, _| {}, &mut |_| {});
    assert!(matches!(refused, Err(RenderError::Successor { .. })));
}

#[test]
fn a_stopped_patch_is_mended() {
    let keeps = r#"(i32.store (i32.const 128) (i32.add (i32.load (i32.const 128)) (i32.const 1)))"#;
    let faulty = loaded(
        &format!(
            r#"(func (export "process") {keeps}
            (if (i32.eq (i32.load (i32.const 128)) (i32.const 3)) (then (call $abort))))"#
        ),
        facts(),
    );
    let mended = loaded(
        &format!(
            r#"(func (export "process") {keeps} (i32.store (i32.const 16) (i32.load (i32.const 128))))"#
        ),
        facts(),
    );
    let mut performance = Performance::new(&faulty, &settings(&[], &[])).expect("memory");
    performance.start(&mut |_| {}).expect("no fault");
    let sample = |performance: &mut Performance<'_>| performance.sample([9, 0], &mut |_| {});
    assert!(sample(&mut performance).is_ok() && sample(&mut performance).is_ok());
    assert!(sample(&mut performance).is_err() && sample(&mut performance).is_err());
    let successor = Successor::new(&faulty, &mended, &settings(&[], &[]), &mut |_| {}).expect("no fault");
    let mut retired = performance.swap(successor).performance;
    assert_eq!(sample(&mut performance), Ok([4, 0]));
    assert!(retired.report(3).fault.is_some() && performance.report(4).fault.is_none());
}

#[test]
fn a_rendering_swaps_at_its_time() {
    let (old, new) = (delay(4, 100, 200, 1), delay(4, 3000, 64, -1));
    let input = vec![[0.1; 2]; 48];
    let outcome = |at| {
        let swap = Swap { at, to: &new };
        let settings = Settings { sample_rate: 1000, ..settings(&[], &[]) };
        render_with_swap(&old, swap, &settings, &input, &mut |_, _| {}, &mut |_| {}).expect("in range")
    };
    let sound = outcome(Time::Seconds(0.02));
    let signs: Vec<bool> = sound.frames[4..].iter().map(|frame| frame[0] > 0.0).collect();
    assert_eq!(signs.iter().position(|positive| !positive), Some(16));
    assert!(signs[16..].iter().all(|positive| !positive));
    let swapped = sound.swap.expect("it was swapped");
    assert_eq!((swapped.before.samples, sound.report.since, sound.report.samples), (20, 20, 48));
    assert_eq!(swapped.changes.kept().collect::<Vec<_>>(), [("at", 4), ("line", 16)]);
    assert_eq!(outcome(Time::Sample(20)).frames, sound.frames);
    assert_eq!(outcome(Time::Sample(48)).swap, None);
}

#[cfg(debug_assertions)]
#[test]
fn a_swap_allocates_nothing() {
    let (old, new) = (delay(1024, 4096, 200, 1), delay(1024, 16_384, 64, -1));
    let settings = settings(&["3=7"], &["4=9@3"]);
    let mut performance = Performance::new(&old, &settings).expect("memory");
    performance.start(&mut |_| {}).expect("no fault");
    let successor = Successor::new(&old, &new, &settings, &mut |_| {}).expect("no fault");
    let retired = assert_no_alloc::assert_no_alloc(|| {
        performance.sample([1, 1], &mut |_| {}).expect("no fault");
        let retired = performance.swap(successor);
        performance.sample([1, 1], &mut |_| {}).expect("no fault");
        retired
    });
    assert_eq!(retired.copied, Ok(()));
}
