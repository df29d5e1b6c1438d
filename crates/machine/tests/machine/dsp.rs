//! Programs that compute blocks: channels, parameters, instances, counts and faults.

use sostenuto_board::patch::{Facts, Patch};
use sostenuto_board::program::{Meter, Parameter, Precision, Program, Span};
use sostenuto_board::{Board, DataCache, Kind, Storage};
use sostenuto_machine::Paging;
use sostenuto_machine::dsp::{self, Loaded, Outcome, Settings, load, render};
use sostenuto_machine::wav::Sound;

/// Each channel out is the sum of all channels in, times the number at 4, plus how many samples were made before, which is
/// the number at 8. The number at 0 is a meter: the last sample.
fn sums(inputs: u32, outputs: u32) -> Loaded {
    let channel = |list: &str, number: u32| {
        format!(
            "(i32.add (i32.load (i32.add (local.get ${list}) (i32.const {}))) (local.get $at))",
            number * 4
        )
    };
    let sum = (0..inputs).fold("(f32.const 0)".to_owned(), |sum, number| {
        format!("(f32.add {sum} (f32.load {}))", channel("inputs", number))
    });
    let stores: String = (0..outputs)
        .map(|number| format!("(f32.store {} (local.get $value))", channel("outputs", number)))
        .collect();
    program(
        inputs,
        outputs,
        &format!(
            "(local.set $value (f32.add (f32.mul {sum} (f32.load (i32.const 4))) (f32.load (i32.const 8))))
             (f32.store (i32.const 8) (f32.add (f32.load (i32.const 8)) (f32.const 1)))
             (f32.store (i32.const 0) (local.get $value)) {stores}"
        ),
    )
}

/// A program that does this for each sample, with its facts.
fn program(inputs: u32, outputs: u32, body: &str) -> Loaded {
    let wasm = format!(
        r#"(module
            (import "env" "_sinf" (func $sin (param f32) (result f32)))
            (memory (export "memory") 1)
            (func (export "init") (param i32 i32) (f32.store (i32.const 4) (f32.const 1)))
            (func (export "compute") (param i32) (param $frames i32) (param $inputs i32) (param $outputs i32)
                (local $at i32) (local $value f32)
                (loop $next
                    {body}
                    (local.set $at (i32.add (local.get $at) (i32.const 4)))
                    (br_if $next (i32.lt_s (local.get $at) (i32.mul (local.get $frames) (i32.const 4)))))))"#
    );
    let factor = Parameter {
        path: "/sums/factor".into(),
        label: "factor".into(),
        address: 4,
        init: 1.0,
        min: -2.0,
        max: 2.0,
        step: 0.5,
    };
    let program = Program {
        inputs,
        outputs,
        precision: Precision::Single,
        bytes: 12,
        parameters: vec![factor],
        meters: vec![Meter { path: "/sums/last".into(), address: 0 }],
        scalars: vec![Span { address: 0, bytes: 4 }, Span { address: 8, bytes: 4 }],
        mentions: Vec::new(),
    };
    let storages = vec![
        Storage { address: Some(4), ..Storage::new("gains", Kind::State, 4) },
        Storage::new(Program::SCALARS, Kind::State, 8),
    ];
    let facts = Facts { source: "sums.dsp".into(), storages, program: Some(program), ..Facts::default() };
    let patch = Patch::new(wat::parse_str(wasm).expect("well formed"), facts).expect("a patch");
    load(&patch).expect("loaded")
}

fn play(loaded: &Loaded, settings: &Settings, channels: u16, samples: &[f32]) -> Outcome {
    let input = Sound { sample_rate: 48_000, channels, samples: samples.to_vec() };
    render(loaded, settings, &input, &mut |_, _| {}).expect("played")
}

#[test]
fn channels_of_the_sound_are_dealt_to_those_of_the_program_in_turns() {
    let usual = Settings::default();
    let mono = play(&sums(2, 1), &usual, 1, &[0.25, 0.5]);
    assert_eq!(mono.sound.samples, [0.5, 2.0], "a mono sound goes to both channels in");
    let three = play(&sums(4, 2), &usual, 3, &[1.0, 10.0, 100.0]);
    assert_eq!(three.sound.samples, [112.0; 2], "the fourth channel hears the first again");
    assert_eq!(three.sound.channels, 2);
    let deaf = play(&sums(0, 1), &usual, 2, &[9.0; 6]);
    assert_eq!(deaf.sound.samples, [0.0, 1.0, 2.0], "as long as the sound, but not of it");
}

#[test]
fn instances_share_no_state_and_hear_channels_of_their_own() {
    let two = Settings { instances: 2, ..Settings::default() };
    let outcome = play(&sums(1, 1), &two, 2, &[0.5, -0.5, 0.25, -0.25]);
    assert_eq!(outcome.sound.samples, [0.5, -0.5, 1.25, 0.75]);
    let board = Board::builtin("daisy-seed-65mb").expect("built in");
    let names: Vec<String> =
        sums(1, 1).storages_on(&board, 48, 2).into_iter().map(|storage| storage.name).collect();
    let count = |name: &str| names.iter().filter(|known| *known == name).count();
    assert_eq!(["gains", "gains #2", "scalars #2", "inputs #2"].map(count), [1; 4], "{names:?}");
    assert_eq!(["code", "registers"].map(count), [1; 2], "those are shared: {names:?}");
}

#[test]
fn a_parameter_changes_at_its_sample_whatever_the_blocks() {
    let loaded = sums(1, 1);
    let changes: Vec<dsp::Change> = ["factor=2@3", "/sums/factor=-1@7", "factor=0"]
        .map(|change| change.parse().expect("well formed"))
        .to_vec();
    let heard = |block| {
        let settings = Settings { block, changes: changes.clone(), ..Settings::default() };
        play(&loaded, &settings, 1, &[100.0; 10])
    };
    let whole = heard(48);
    assert_eq!(whole.sound.samples, [0.0, 1.0, 2.0, 203.0, 204.0, 205.0, 206.0, -93.0, -92.0, -91.0]);
    for block in [1, 2, 3, 7, 10] {
        assert_eq!(heard(block).sound.samples, whole.sound.samples, "blocks of {block}");
    }
    assert_eq!(whole.report.parameters[0].value, -1.0);
    assert_eq!(whole.report.meters[0].value, -91.0);
    assert_eq!(whole.report.clipped, 8, "all but 0 and 1");
}

#[test]
fn accesses_are_counted_for_each_storage_and_the_parts_of_one_are_one() {
    let settings = Settings { profiles: true, block: 10, ..Settings::default() };
    let outcome = play(&sums(1, 1), &settings, 1, &[0.0; 100]);
    let profile = outcome.profile.expect("asked for");
    let traffic = |name: &str| {
        let mut found = profile.storages.iter().filter(|measured| measured.name == name);
        let first = found.next().expect(name).traffic;
        assert_eq!(found.next(), None, "{name} is told once");
        (first.reads, first.writes)
    };
    assert_eq!(traffic("gains"), (1.0, 0.0));
    assert_eq!(traffic("scalars"), (2.0, 2.0), "the counter is read twice and written, the meter written");
    // A sample of the host's and of the program's, and in each block the list of channels.
    assert_eq!(traffic("inputs").1, 1.0);
    assert_eq!(profile.samples, 100);
    assert!(outcome.report.to_string().contains("Accesses a sample"), "{}", outcome.report);

    let small = DataCache { bytes: 4_096, line: 16, ways: 2, source: String::new() };
    let settings = Settings { cache: Some(small.clone()), ..settings };
    let profile = play(&sums(1, 1), &settings, 1, &[0.0; 100]).profile.expect("asked for");
    assert_eq!(profile.cache, Some((&small).into()), "it says which cache it counted with");
    assert_eq!(profile.precision, Some(Precision::Single));
}

#[test]
fn paged_memory_gives_the_same_and_plays_one_instance_only() {
    let board = Board::builtin("conez-v0-1").expect("built in");
    let paging = Paging::of_board(&board, None).expect("a clock");
    assert!(paging.is_some());
    let loaded = sums(2, 2);
    let sound: Vec<f32> = (0..2_000).map(|at| at as f32 / 2_000.0).collect();
    let flat = play(&loaded, &Settings::default(), 2, &sound);
    let paged = Settings { paging, ..Settings::default() };
    let outcome = play(&loaded, &paged, 2, &sound);
    assert_eq!(outcome.sound, flat.sound);
    assert!(outcome.report.paged.is_some_and(|paged| paged.accesses > 4_000));
    let input = Sound { sample_rate: 48_000, channels: 1, samples: vec![0.0] };
    let two = render(&loaded, &Settings { instances: 2, ..paged }, &input, &mut |_, _| {});
    assert_eq!(two.unwrap_err(), dsp::RenderError::PagedInstances);
}

#[test]
fn a_program_that_fails_leaves_the_sound_before_and_says_where() {
    // Fails at the first sample above 1, in a block that begins at sample 4.
    let body = "(local.set $value (f32.load (i32.add (i32.load (local.get $inputs)) (local.get $at))))
        (if (f32.gt (local.get $value) (f32.const 1)) (then (drop (i32.trunc_f32_s (f32.const nan)))))
        (f32.store (i32.add (i32.load (local.get $outputs)) (local.get $at)) (local.get $value))";
    let settings = Settings { block: 4, ..Settings::default() };
    let mut samples = vec![0.5; 6];
    samples[5] = 2.0;
    let outcome = play(&program(1, 1, body), &settings, 1, &samples);
    assert_eq!(outcome.sound.samples, [0.5; 4]);
    let fault = outcome.fault.expect("a fault");
    assert_eq!(fault.sample, Some(4));
    assert_eq!(fault.to_string(), "NaN is converted to an integer, in compute()");
    let told = outcome.report.to_string();
    assert!(told.contains("Stopped in the block of sample 4: NaN is converted"), "{told}");

    let endless = program(1, 1, "(loop $forever (br $forever))");
    let fault = play(&endless, &Settings { budget: 1_000, ..settings }, 1, &[0.0; 8]).fault;
    assert_eq!(
        fault.expect("a fault").to_string(),
        "the call took more than 4,000 instructions, in compute()"
    );
}

#[test]
fn what_cannot_be_loaded_or_played_is_refused_with_its_numbers() {
    let loaded = sums(1, 1);
    let input = Sound { sample_rate: 48_000, channels: 1, samples: vec![0.0; 4] };
    let refused = |loaded: &Loaded, settings: Settings| {
        render(loaded, &settings, &input, &mut |_, _| {}).unwrap_err().to_string()
    };
    assert_eq!(
        refused(&loaded, Settings { instances: 0, ..Settings::default() }),
        "instances cannot be 0: its range is 1 to 64"
    );
    assert_eq!(
        refused(&sums(1, 0), Settings::default()),
        "the program has no channel out: there is nothing to hear"
    );
    assert_eq!(
        refused(&sums(1, 1_100), Settings { block: 65_536, ..Settings::default() }),
        "the program's memory cannot be made: with its channels and instances it is 288624968 B; at most 268435456 B can be had"
    );
    assert_eq!(
        refused(&sums(1, 100), Settings { block: 65_536, instances: 64, ..Settings::default() }),
        "the program's memory cannot be made: with its channels and instances it is 1694525952 B; at most 268435456 B can be had"
    );
    let long = Sound { sample_rate: 48_000, channels: 1, samples: vec![0.0; 7_000] };
    let settings = Settings { instances: 64, ..Settings::default() };
    let many = render(&sums(1, 1_000), &settings, &long, &mut |_, _| {}).unwrap_err();
    assert_eq!(
        many.to_string(),
        "7,000 sample frames of 64000 channels are too long to be held: 200,000,000 sample frames can be, or 400,000,000 \
         samples of all channels; give fewer --seconds or --instances"
    );
    let import = r#"(module (import "env" "_j0f" (func (param f32) (result f32))) (memory 1)
        (func (export "init") (param i32 i32)) (func (export "compute") (param i32 i32 i32 i32)))"#;
    let facts = Facts { program: Some(Program::default()), ..Facts::default() };
    let patch = Patch::new(wat::parse_str(import).expect("well formed"), facts).expect("a patch");
    let error = load(&patch).unwrap_err().to_string();
    assert!(error.starts_with("the program calls `_j0f` from `env`"), "{error}");
    let plain = Patch::new(patch.wasm.clone(), Facts::default()).expect("a patch");
    assert_eq!(load(&plain).unwrap_err(), dsp::LoadError::NoProgram);
}
