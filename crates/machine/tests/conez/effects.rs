//! Patches that work on a sound.

use sostenuto_board::Board;
use sostenuto_board::storage::{Kind, Storage};
use sostenuto_machine::conez::{Change, Outcome, RenderError, Settings, load, run};
use sostenuto_machine::wav::Sound;
use sostenuto_machine::{Paging, Processor, dsp};

use crate::patch::{facts, loaded, module};

/// Halves the left channel and gives the right one a parameter.
pub const HALF: &str = r#"(func (export "process") (param $frames i32) (local $at i32)
    (loop $next
        (call $env_audio_set (i32.const 0) (local.get $at)
            (f32.mul (call $env_audio_get (i32.const 0) (local.get $at)) (f32.const 0.5)))
        (f32.store
            (i32.add (call $env_audio_out (i32.const 1)) (i32.shl (local.get $at) (i32.const 2)))
            (f32.convert_i32_s (call $env_get_param (i32.const 1))))
        (br_if $next (i32.lt_s (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $frames)))))"#;

fn sound(channels: u16, frames: usize) -> Sound {
    let samples = (0..frames).flat_map(|at| vec![at as f32 / 1024.0; channels.into()]).collect();
    Sound { sample_rate: 1_000, channels, samples }
}

fn settings() -> Settings {
    Settings { block: 8, ..Settings::default() }
}

fn play(parts: &str, settings: &Settings, input: &Sound) -> Outcome {
    run(&loaded(parts), settings, Some(input), &mut |_, _| {}, &mut |_| {}).expect("settings in range")
}

#[test]
fn each_sample_goes_through_process() {
    let change: dsp::Change = "1=3@12ms".parse().expect("of the form");
    let settings = Settings { changes: vec![Change::try_from(&change).expect("a parameter")], ..settings() };
    for channels in [1, 2, 3] {
        let outcome = play(HALF, &settings, &sound(channels, 20));
        assert_eq!(outcome.fault, None);
        let made = outcome.sound.expect("a sound");
        assert_eq!((made.channels, made.sample_rate, made.samples.len()), (2, 1_000, 40));
        for (at, frame) in made.samples.chunks(2).enumerate() {
            // A parameter changes with the block that begins at its time or after it.
            assert_eq!(frame, [at as f32 / 2048.0, if at < 16 { 0.0 } else { 3.0 }]);
        }
        let audio = outcome.report.audio.expect("an effect");
        assert_eq!((audio.samples, audio.asked, audio.rate, audio.block), (20, 20, 1_000, 8));
        assert_eq!(audio.clipped, 4);
    }
}

#[test]
fn the_sound_does_not_depend_on_the_length_of_the_blocks_and_the_dry_one_is_mixed_in() {
    let dry = play(HALF, &Settings { block: 3, mix: 0.25, gain: 2.0, ..settings() }, &sound(2, 20));
    let wet = play(HALF, &Settings { gain: 2.0, ..settings() }, &sound(2, 20));
    let (dry, wet) = (dry.sound.expect("a sound").samples, wet.sound.expect("a sound").samples);
    for (at, (dry, wet)) in dry.iter().zip(&wet).enumerate() {
        let input = (at / 2) as f32 / 1024.0;
        assert!((dry - (0.75 * input + 0.25 * wet)).abs() < 1e-6);
    }
}

#[test]
fn what_is_not_set_is_silent_and_what_is_not_there_is_none() {
    let parts = r#"(func (export "setup")
            (call $env_print_i32 (call $env_audio_block))
            (call $env_print_i32 (call $env_sample_rate))
            (call $env_print_i32 (call $env_audio_in (i32.const 0)))
            (call $env_print_i32 (call $env_audio_out (i32.const 1)))
            (call $env_print_i32 (call $env_audio_in (i32.const 2)))
            (call $env_print_i32 (call $env_malloc (i32.const 4)))
            (call $env_audio_set (i32.const 0) (i32.const 8) (f32.const 1))
            (call $env_audio_set (i32.const 2) (i32.const 0) (f32.const 1))
            (call $env_print_f32 (call $env_audio_get (i32.const 0) (i32.const -1))))
        (func (export "loop") unreachable)
        (func (export "process")
            (if (i32.eqz (call $env_millis))
                (then (call $env_audio_set (i32.const 0) (i32.const 0) (f32.const 0.5)))))"#;
    let mut printed = Vec::new();
    let print = &mut |text: &[u8]| printed.extend_from_slice(text);
    let outcome = run(&loaded(parts), &settings(), Some(&sound(2, 20)), &mut |_, _| {}, print);
    let outcome = outcome.expect("run");
    assert_eq!(printed, b"8\n1000\n4096\n4192\n0\n4224\n0.000000\n");
    let samples = outcome.sound.expect("a sound").samples;
    assert_eq!((samples[0], samples.iter().sum::<f32>()), (0.5, 0.5));
}

#[test]
fn an_effect_needs_a_sound_and_room_for_it() {
    let without = run(&loaded(HALF), &settings(), None, &mut |_, _| {}, &mut |_| {});
    assert!(matches!(without, Err(RenderError::NoSound)));
    let long = Settings { block: 4_096, ..Settings::default() };
    let crowded = run(&loaded(HALF), &long, Some(&sound(1, 1)), &mut |_, _| {}, &mut |_| {});
    assert!(matches!(crowded, Err(RenderError::NoRoom { block: 4_096, bytes: 16_384 })));
}

#[test]
fn process_cannot_wait_and_setup_not_for_ever() {
    let wait = "(func (export \"process\") (call $env_delay_ms (i32.const 1)))";
    let outcome = play(wait, &settings(), &sound(1, 20));
    assert_eq!(
        outcome.fault.expect("a fault").to_string(),
        "delay_ms() was called in process(): the sound cannot wait, in process()"
    );
    let setup = r#"(func (export "process"))
        (func (export "setup") (loop $again (call $env_delay_ms (i32.const 1000)) (br $again)))"#;
    let outcome = play(setup, &settings(), &sound(1, 20));
    assert!(outcome.fault.expect("a fault").to_string().contains("the sound never begins"));
    assert_eq!(outcome.sound.map(|sound| sound.samples.len()), Some(0));
}

#[test]
fn a_fault_keeps_the_sound_made_before() {
    let parts =
        r#"(func (export "process") (if (i32.ge_s (call $env_millis) (i32.const 16)) (then unreachable)))"#;
    let outcome = play(parts, &settings(), &sound(1, 40));
    assert_eq!(outcome.sound.map(|sound| sound.samples.len()), Some(32));
    assert_eq!(outcome.fault.and_then(|fault| fault.sample), Some(16));
}

#[test]
fn instructions_are_held_against_the_deadline() {
    let processor = Some(Processor { clock_hz: 1e6, cycles_per_instruction: 10.0, block: 8 });
    let outcome = play(HALF, &Settings { processor, ..settings() }, &sound(1, 16));
    let audio = outcome.report.audio.expect("an effect");
    // The loop has 21 operators, 3 of which do nothing; its end pays for what follows.
    let deadline = audio.deadline.expect("a processor");
    assert_eq!(deadline.instructions, 100.0);
    let mean = audio.instructions.expect("samples");
    assert!((15.0..30.0).contains(&mean), "{mean}");
    assert!((deadline.mean_percent - mean).abs() < 1e-9);
    assert_eq!(audio.dearest_block.map(|most| most as f64 / 8.0), Some(mean));
}

#[test]
fn paged_memory_gives_the_same_sound_and_a_profile_names_the_storages() {
    let board = Board::builtin("conez-v0-1").expect("a board");
    let paging = Paging::of_board(&board, None).expect("a bus");
    let storage = |name: &str, address: u32, bytes: u32| Storage {
        address: Some(address),
        ..Storage::new(name, Kind::State, bytes)
    };
    let storages = vec![storage("low heap", 0x1000, 0x7000), storage("string pool", 0x8000, 0x7000)];
    let facts = sostenuto_board::patch::Facts { storages, ..facts() };
    let patch = sostenuto_board::patch::Patch::new(module(HALF), facts).expect("facts");
    let loaded = load(&patch).expect("loaded");
    let play = |settings: &Settings| {
        run(&loaded, settings, Some(&sound(2, 400)), &mut |_, _| {}, &mut |_| {}).expect("run")
    };
    let flat = play(&settings());
    let paged = play(&Settings { paging: paging.clone(), profiles: true, ..settings() });
    assert_eq!(flat.sound, paged.sound);
    assert_eq!(flat.report.audio, paged.report.audio);
    let pages = paged.report.paged.expect("paged memory");
    assert!(pages.accesses > 400 && pages.accesses_in_window == 0 && pages.blocks() == 50);
    let profile = paged.profile.expect("a profile");
    let heap = profile.storages.iter().find(|it| it.name == "low heap").expect("the heap");
    // A sample: the host writes both inputs and both outputs and reads the outputs, the patch reads one and writes two.
    assert_eq!((heap.traffic.reads, heap.traffic.writes), (3.0, 6.0));
    assert!(profile.storages.iter().any(|it| it.name == "code" && it.traffic.reads > 0.0));
    let small = Paging { store_bytes: 1_024, ..paging.expect("paged") };
    let small = Settings { paging: Some(small), ..settings() };
    let refused = run(&loaded, &small, Some(&sound(2, 8)), &mut |_, _| {}, &mut |_| {});
    assert!(matches!(refused, Err(RenderError::Store(_))));
}
