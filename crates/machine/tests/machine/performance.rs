//! The order of calls, the globals, the sound.

use crate::patch::{facts, loaded, run, storage};
use sostenuto_board::patch::Facts;
use sostenuto_board::storage::Kind;
use sostenuto_machine::{PatchKind, Performance, Processor, Settings, render};

fn settings(parameters: &[&str], automation: &[&str]) -> Settings {
    Settings {
        parameters: parameters.iter().map(|text| text.parse().expect("an assignment")).collect(),
        automation: automation.iter().map(|text| text.parse().expect("a change")).collect(),
        ..Settings::at_rate(48_000)
    }
}

/// A patch without code in `process` passes the signal on.
const PASS: &str = r#"(func (export "process"))"#;

#[test]
fn a_patch_that_does_nothing_passes_the_signal() {
    let input: Vec<i32> = (-2047..=2047).step_by(89).collect();
    let (words, outcome) = run(&loaded(PASS, facts()), &settings(&[], &[]), &input);
    assert_eq!(words, input.iter().map(|word| [*word; 2]).collect::<Vec<_>>());
    assert_eq!((outcome.fault, outcome.report.samples), (None, 47));
}

#[test]
fn a_coroutine_goes_on_where_it_waited() {
    // signal[0] counts 10, 20, 30 … in a local that lives through yield; update runs in between.
    let functions = r#"
        (func (export "update") (i32.store (i32.const 128) (i32.load (i32.const 44))))
        (func (export "process") (local $level i32)
            (loop $again
                (local.set $level (i32.add (local.get $level) (i32.const 10)))
                (i32.store (i32.const 16) (local.get $level))
                (i32.store (i32.const 20) (i32.load (i32.const 128)))
                (call $yield)
                (br $again)))"#;
    let (words, outcome) =
        run(&loaded(functions, facts()), &settings(&["3=7"], &["3=9@2", "3=9@3"]), &[0; 5]);
    assert_eq!(words, [[10, 7], [20, 7], [30, 9], [40, 9], [50, 9]]);
    assert_eq!(outcome.report.control.updates, 1, "the same value again is no change");
}

#[test]
fn init_update_reset_come_in_order_after_the_config() {
    // Each writes its turn into buf[turn]; init keeps config[1].
    let step = |name: &str, mark: i32| {
        format!(
            r#"(func (export "{name}")
                (i32.store (i32.add (i32.const 128) (i32.mul (i32.load (i32.const 400)) (i32.const 4))) (i32.const {mark}))
                (i32.store (i32.const 400) (i32.add (i32.load (i32.const 400)) (i32.const 1))))"#
        )
    };
    let functions = format!(
        r#"{} {} {} (func (export "process")
            (i32.store (i32.const 16) (i32.add (i32.mul (i32.load (i32.const 128)) (i32.const 100))
                (i32.add (i32.mul (i32.load (i32.const 132)) (i32.const 10)) (i32.load (i32.const 136)))))
            (i32.store (i32.const 20) (i32.load (i32.const 100))))"#,
        step("init", 1),
        step("update", 2),
        step("reset", 3)
    );
    let settings = Settings { config: "aé".to_owned(), ..settings(&[], &[]) };
    let (words, outcome) = run(&loaded(&functions, facts()), &settings, &[0]);
    assert_eq!(words, [[123, 0xE9]]);
    let counter = &outcome.report.counters[0];
    assert_eq!((counter.name, counter.value), ("totalAllocations", 3));
}

#[test]
fn a_long_config_is_cut_and_ends_with_zero() {
    let functions = r#"(func (export "process")
        (i32.store (i32.const 16) (i32.load (i32.const 104)))
        (i32.store (i32.const 20) (i32.load (i32.const 108))))"#;
    let settings = Settings { config: "abcdefgh".to_owned(), ..settings(&[], &[]) };
    assert_eq!(run(&loaded(functions, facts()), &settings, &[0]).0, [[i32::from(b'c'), 0]]);
}

#[test]
fn the_clock_wraps_and_runs_backwards_in_reverse() {
    // left: clock & 0x3FF, right: clock >> 10.
    let functions = r#"(func (export "process")
        (i32.store (i32.const 16) (i32.and (i32.load (i32.const 80)) (i32.const 0x3FF)))
        (i32.store (i32.const 20) (i32.shr_u (i32.load (i32.const 80)) (i32.const 10))))"#;
    let patch = loaded(functions, facts());
    let clock = |word: &[i32; 2]| word[1] << 10 | word[0];
    let (words, _) = run(&patch, &settings(&["switches=reverse"], &["switches=none@3"]), &[0; 6]);
    assert_eq!(words.iter().map(clock).collect::<Vec<_>>(), [0, 65_535, 65_534, 65_533, 65_534, 65_535]);
    let (words, _) = run(&patch, &settings(&[], &[]), &vec![0; 65_538]);
    assert_eq!([clock(&words[65_535]), clock(&words[65_536])], [65_535, 0]);
}

#[test]
fn update_mask_chooses_the_parameters() {
    let functions = r#"(func (export "update") (i32.store (i32.const 128) (i32.add (i32.load (i32.const 128)) (i32.const 1))))
        (func (export "process") (i32.store (i32.const 16) (i32.load (i32.const 128))))
        (data (i32.const 500) "\10\00\00\00")"#;
    let mut chosen = facts();
    chosen.storages.push(storage("updateMask", Kind::Table, 500, 4));
    let changes = settings(&[], &["3=1@1", "4=1@2", "4=2@2", "0=1000@3"]);
    let left = |facts: Facts| -> Vec<i32> {
        run(&loaded(functions, facts), &changes, &[0; 5]).0.iter().map(|word| word[0]).collect()
    };
    assert_eq!(left(chosen), [1, 1, 2, 2, 2], "only parameter 4 counts, once a sample");
    assert_eq!(left(facts()), [1, 2, 3, 4, 4], "without a mask each counts");
}

#[test]
fn missing_and_short_globals_are_left_alone() {
    let short = Facts { storages: vec![storage("signal", Kind::Audio, 16, 4)], ..Facts::default() };
    let (words, _) = run(&loaded(PASS, short), &settings(&[], &[]), &[5, 6]);
    assert_eq!(words, [[5, 0], [6, 0]]);
    let odd =
        vec![storage("params", Kind::Parameters, 65_532, 32), storage("signal", Kind::Audio, u32::MAX, 8)];
    let (words, outcome) =
        run(&loaded(PASS, Facts { storages: odd, ..Facts::default() }), &settings(&[], &[]), &[5]);
    assert_eq!((words, outcome.fault), (vec![[0, 0]], None));
}

#[test]
fn read_and_write_make_a_delay() {
    // write(clock, 1, signal); read(clock - 3, 1, signal).
    let functions = r#"(func (export "process")
        (call $write (i32.load (i32.const 80)) (i32.const 1) (i32.const 4))
        (call $read (i32.sub (i32.load (i32.const 80)) (i32.const 3)) (i32.const 1) (i32.const 4)))"#;
    let (words, _) = run(&loaded(functions, facts()), &settings(&[], &[]), &[11, 22, 33, 44, 55]);
    assert_eq!(words.iter().map(|word| word[0]).collect::<Vec<_>>(), [0, 0, 0, 11, 22]);
}

#[test]
fn a_mod_patch_moves_the_positions() {
    // operate1 delays left by 2 and right by 1.5 sample frames and says that it did; operator 2 is the host's SUB.
    let functions = r#"(func (export "operate1") (param i32) (result i32)
        (i32.store (i32.const 24) (i32.sub (i32.load (i32.const 24)) (i32.const 32)))
        (i32.store (i32.const 28) (i32.sub (i32.load (i32.const 28)) (i32.const 24)))
        (i32.const 1))"#;
    let patch = loaded(functions, facts());
    assert_eq!(patch.kind(), PatchKind::Mod);
    let (words, _) = run(&patch, &settings(&[], &[]), &[100, 200, 300, 400]);
    assert_eq!(words, [[0, 0], [0, 50], [100, 150], [200, 250]]);
    // SUB with 0x01 takes 17/16 of a sample frame off the left.
    let sub = settings(&["operator-2=sub", "operand-2-high=0x10", "operand-2-low=0"], &[]);
    let (words, _) = run(&patch, &sub, &[160, 0, 0, 0, 0]);
    assert_eq!(words.iter().map(|word| word[0]).collect::<Vec<_>>(), [0, 0, 0, 0, 160]);
}

#[test]
fn an_operator_that_passes_leaves_it_to_the_host() {
    let functions = r#"(func (export "operate1") (result i32) (i32.const 0))"#;
    let and = settings(&["operator-1=and", "operand-1-high=255", "operand-1-low=0xfe"], &[]);
    let (words, _) = run(&loaded(functions, facts()), &and, &[1, 2, 3, 4]);
    assert_eq!(words, [[1; 2], [1; 2], [3; 2], [3; 2]]);
}

#[test]
fn positions_alone_leave_all_to_the_stock_operators() {
    let and = settings(&["operator-1=and", "operand-1-high=255", "operand-1-low=0xfe"], &[]);
    let (words, outcome) = run(&loaded("", facts()), &and, &[1, 2, 3, 4]);
    assert_eq!(words, [[1; 2], [1; 2], [3; 2], [3; 2]]);
    assert!(outcome.report.to_string().starts_with("test.impala: the stock operators at 48,000 Hz"));
}

#[test]
fn write_protect_keeps_the_delay_memory() {
    let functions = r#"(func (export "operate2") (result i32) (i32.const 0))"#;
    let protect = settings(&[], &["switches=write-protect@2"]);
    let (words, _) = run(&loaded(functions, facts()), &protect, &[7, 8, 9, 9]);
    assert_eq!(words, [[7; 2], [8; 2], [0; 2], [0; 2]]);
}

#[test]
fn traces_reach_the_caller() {
    let functions = r#"(data (i32.const 256) "H\00\00\00\e9\00\00\00\ff\ff\ff\ff\00\00\00\00")
        (func (export "process") (call $trace (i32.const 64)))"#;
    let patch = loaded(functions, facts());
    let mut heard = Vec::new();
    let outcome = render(&patch, &settings(&[], &[]), &[[0.0; 2]; 3], &mut |_, _| {}, &mut |text| {
        heard.push(text.to_owned())
    })
    .expect("in range");
    assert_eq!(heard, ["Hé\u{FFFD}"; 3]);
    assert_eq!(outcome.report.traces, 3);
}

#[test]
fn a_trace_is_no_yield() {
    let functions = r#"(data (i32.const 256) "a\00\00\00\00\00\00\00b\00\00\00\00\00\00\00")
        (func (export "init") (call $trace (i32.const 64)) (call $trace (i32.const 66)))
        (func (export "operate1") (result i32) (call $trace (i32.const 66)) (i32.const 0))
        (func (export "operate2") (result i32)
            (call $trace (i32.const 64))
            (i32.store (i32.const 24) (i32.const 0x30))
            (call $trace (i32.const 66))
            (i32.const 1))"#;
    let patch = loaded(functions, facts());
    let settings = settings(&[], &[]);
    let mut performance = Performance::new(&patch, &settings).expect("memory");
    let mut heard = String::new();
    performance.start(&mut |text| heard.push_str(text)).expect("init can trace");
    performance.sample([0; 2], &mut |text| heard.push_str(text)).expect("no operator waits");
    performance.sample([0; 2], &mut |text| heard.push_str(text)).expect("no operator waits");
    assert_eq!(heard, "abbabbab");
}

#[test]
fn a_performance_can_move_to_the_thread_that_sounds() {
    fn can_move<T: Send>(_: &T) {}
    let patch = loaded(PASS, facts());
    can_move(&Performance::new(&patch, &settings(&[], &[])).expect("memory"));
}

#[test]
fn gain_mix_and_clipping() {
    let double = r#"(func (export "process")
        (i32.store (i32.const 16) (i32.mul (i32.load (i32.const 16)) (i32.const 2))))"#;
    let half = Settings { mix: 0.5, gain: 0.5, ..settings(&[], &[]) };
    let (words, outcome) = run(&loaded(double, facts()), &half, &[400, 2000]);
    // left: dry 400 and wet 400; right: dry 400 and wet 200.
    assert_eq!(words, [[400, 300], [2000, 1500]]);
    assert_eq!(outcome.report.clipped, 0);
    let (words, outcome) = run(&loaded(double, facts()), &settings(&[], &[]), &[1500]);
    assert_eq!((words, outcome.report.clipped), (vec![[2047, 1500]], 1));
    assert_eq!(outcome.report.warnings, ["signal words beyond -2047 to 2047, which were clamped: 1"]);
}

#[test]
fn another_clock_keeps_the_length_and_the_sound() {
    let input: Vec<i32> =
        (0..4800).map(|n| (1500.0 * (n as f64 * std::f64::consts::TAU / 96.0).sin()) as i32).collect();
    let slow = Settings { clock: Some(24_000), ..settings(&[], &[]) };
    let (words, outcome) = run(&loaded(PASS, facts()), &slow, &input);
    assert_eq!((words.len(), outcome.report.samples, outcome.report.clock), (4800, 2400, 24_000));
    for n in 1000..3800 {
        assert!((words[n][0] - input[n]).abs() <= 3, "sample {n}: {} for {}", words[n][0], input[n]);
    }
    let wrong = Settings { mix: 1.5, ..settings(&[], &[]) };
    let error = render(&loaded(PASS, facts()), &wrong, &[], &mut |_, _| {}, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "mix cannot be 1.5: its range is 0 to 1");
}

#[test]
fn progress_ends_at_the_whole() {
    let mut told = Vec::new();
    render(
        &loaded(PASS, facts()),
        &settings(&[], &[]),
        &[[0.0; 2]; 10_000],
        &mut |done, total| told.push((done, total)),
        &mut |_| {},
    )
    .expect("in range");
    assert_eq!(told, [(0, 10_000), (4096, 10_000), (8192, 10_000), (10_000, 10_000)]);
}

#[test]
fn the_report_holds_the_figures() {
    // Every tenth sample costs more; the processor has 10 instructions a sample.
    let functions = r#"(func (export "init") (i32.store (i32.const 64) (i32.const 0xA5)))
        (func (export "process")
            (if (i32.eqz (i32.rem_u (i32.load (i32.const 80)) (i32.const 10)))
                (then (i32.store (i32.const 1272) (i32.const 1))))
            )"#;
    let stack = sostenuto_board::patch::Stack {
        address: 1024,
        bytes: 256,
        worst: Some(8),
        path: vec!["process".to_owned()],
    };
    let board = Settings {
        processor: Some(Processor { clock_hz: 480_000.0, cycles_per_instruction: 1.0, block: 20 }),
        ..settings(&[], &[])
    };
    let (_, outcome) = run(&loaded(functions, Facts { stack, ..facts() }), &board, &[0; 100]);
    let report = outcome.report;
    let figures = report.instructions.expect("samples");
    // 6 operators always, 3 more in each tenth sample.
    assert_eq!((figures.mean, figures.p99, figures.max, figures.max_at), (6.3, 9, 9, 0));
    let deadline = report.deadline.expect("a processor");
    assert_eq!((deadline.instructions, deadline.block), (10.0, 20));
    // Two of the dear samples fall into each block of 20.
    assert!((deadline.block_percent - 63.0).abs() < 1e-9);
    assert!((deadline.max_percent - 90.0).abs() < 1e-9);
    let stack = report.stack.as_ref().expect("a stack");
    assert_eq!((stack.measured, stack.worst), (8, Some(8)));
    assert_eq!(report.leds, [0xA5, 0, 0, 0]);
    assert!(report.registers.measured > 0 && report.registers.measured <= report.registers.reserved);
    let text = report.to_string();
    for part in
        ["test.impala: process() at 48,000 Hz", "100 samples, 0.002 s", "●○●○○●○●", "totalAllocations"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let json = serde_json::to_value(&report).expect("json");
    assert_eq!(json["instructions"]["max"], 9);
    assert_eq!(json["parameters"][3]["parameter"], "operand-1-high");
}

#[test]
fn the_storages_include_the_engine() {
    let list = |functions: &str| -> Vec<(String, Kind)> {
        let storages = loaded(functions, Facts::default()).storages();
        storages.into_iter().map(|storage| (storage.name, storage.kind)).collect()
    };
    // All natives are imported by these patches, so read and write are too.
    let names = list(PASS);
    assert_eq!(
        names,
        [
            ("code".to_owned(), Kind::Code),
            ("code map".to_owned(), Kind::Table),
            ("registers".to_owned(), Kind::Stack),
            ("delay memory".to_owned(), Kind::Delay)
        ]
    );
    let wasm = wat::parse_str(r#"(module (func (export "process")))"#).expect("a module");
    let bare = sostenuto_board::patch::Patch::new(wasm, Facts::default()).expect("facts");
    let storages = sostenuto_machine::load(&bare).expect("loads").storages();
    assert_eq!(
        storages.iter().map(|storage| storage.name.as_str()).collect::<Vec<_>>(),
        ["code", "code map", "registers"]
    );
    assert!(storages.iter().all(|storage| storage.bytes > 0));
}

#[test]
fn the_stack_is_weighed_against_the_boards_room() {
    let stack = |worst| sostenuto_board::patch::Stack {
        address: 1024,
        bytes: 100,
        worst,
        path: vec!["process".to_owned(), "mix".to_owned()],
    };
    // The lowest word of the stack that is written lies 84 bytes under its top.
    let functions = r#"(func (export "process") (i32.store (i32.const 1040) (i32.const 1)))"#;
    let warnings = |worst, room| {
        let settings = Settings { stack_room: room, ..settings(&[], &[]) };
        run(&loaded(functions, Facts { stack: stack(worst), ..facts() }), &settings, &[0]).1.report.warnings
    };
    assert!(warnings(Some(100), None).is_empty(), "a proved stack fits what the compiler reserved");
    assert!(warnings(Some(100), Some(125)).is_empty());
    assert_eq!(warnings(Some(100), Some(124)), ["the stack takes 100 of 124 B, more than 80 %"]);
    assert_eq!(
        warnings(None, None),
        [
            "the stack takes 84 of 100 B, more than 80 %",
            "the stack has no computed worst case, because of recursion: process > mix"
        ]
    );
}

#[test]
fn a_missed_deadline_is_a_warning() {
    let functions = r#"(func (export "process") (i32.store (i32.const 128) (i32.const 1)))"#;
    let slow = Processor { clock_hz: 480_000.0, cycles_per_instruction: 5.0, block: 1 };
    let settings = Settings { processor: Some(slow), ..settings(&[], &[]) };
    let (_, outcome) = run(&loaded(functions, facts()), &settings, &[0; 4]);
    let warnings = outcome.report.warnings;
    assert_eq!(warnings, ["the deadline is missed: the dearest sample takes 150.0 % of its time"]);
}

#[test]
fn two_runs_are_the_same() {
    let functions = r#"(func (export "operate1") (result i32) (i32.const 0))"#;
    let patch = loaded(functions, facts());
    let random =
        settings(&["operator-1=rnd", "operand-1-high=0xd0", "operator-2=msk"], &["operand-2-low=3@10ms"]);
    let input = sostenuto_machine::phrase(3, 0.1);
    let play = || render(&patch, &random, &input, &mut |_, _| {}, &mut |_| {}).expect("in range");
    let (first, second) = (play(), play());
    assert_eq!((first.frames, first.report), (second.frames, second.report));
}
