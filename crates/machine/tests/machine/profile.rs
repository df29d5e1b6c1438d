//! A profile says what a patch did to each storage.

use sostenuto_board::profile::Profile;
use sostenuto_board::storage::Kind;
use sostenuto_board::{Board, Traffic};
use sostenuto_machine::{Loaded, Paging, Settings};

use crate::patch::{facts, loaded, run, storage};

/// In each sample: one word of `buf` is read and written; `ring`, of 65,536 bytes, is written at a head that moves by a
/// word a sample; eight bytes go from `text` to `config`.
fn patch() -> Loaded {
    let mut facts = facts();
    facts.storages.push(storage("ring", Kind::Delay, 65_536, 65_536));
    let body = r#"
        (global $at (mut i32) (i32.const 0))
        (func (export "process")
            (i32.store (i32.const 128) (i32.add (i32.load (i32.const 128)) (i32.const 1)))
            (i32.store (i32.add (i32.const 65536) (global.get $at)) (i32.const 7))
            (global.set $at (i32.and (i32.add (global.get $at) (i32.const 4)) (i32.const 65535)))
            (memory.copy (i32.const 96) (i32.const 256) (i32.const 8)))
        (func (export "init") (memory.fill (i32.const 65536) (i32.const 1) (i32.const 65536)))
        (data (i32.const 256) "eight by")"#;
    loaded_with_two_pages(body, facts)
}

fn loaded_with_two_pages(body: &str, facts: sostenuto_board::patch::Facts) -> Loaded {
    let text = format!("(module (memory (export \"memory\") 2) {body})");
    let patch = sostenuto_board::Patch::new(wat::parse_str(text).expect("a module"), facts).expect("facts");
    sostenuto_machine::load(&patch).expect("a patch for this machine")
}

fn profile(settings: &Settings, samples: usize) -> Profile {
    run(&patch(), settings, &vec![0; samples]).1.profile.expect("a profile")
}

fn profiled() -> Settings {
    Settings { profiles: true, ..Settings::at_rate(48_000) }
}

fn traffic(profile: &Profile, name: &str) -> Traffic {
    profile.storages.iter().find(|measured| measured.name == name).expect("measured").traffic
}

#[test]
fn words_and_lines_are_counted_by_storage_from_the_first_sample_on() {
    // One lap of the ring and as much again: 2,048 lines of 32 bytes are fetched twice, as the cache has 512.
    let profile = profile(&profiled(), 32_768);
    assert_eq!(profile.samples, 32_768);
    let buf = traffic(&profile, "buf");
    assert_eq!((buf.reads, buf.writes), (1.0, 1.0));
    let ring = traffic(&profile, "ring");
    assert_eq!((ring.reads, ring.writes), (0.0, 1.0), "what init did does not count");
    let lines = (ring.next_lines + ring.lines) * 32_768.0;
    assert_eq!(lines, 4_096.0);
    assert!(ring.lines * 32_768.0 <= 2.0, "all but the first are next to one that was there");
    let written = ring.written_lines * 32_768.0;
    assert!((3_584.0..=4_096.0).contains(&written), "{written}: all but the last 512 were written back");
    let (text, config) = (traffic(&profile, "text"), traffic(&profile, "config"));
    assert_eq!((text.reads, text.writes, config.reads, config.writes), (2.0, 0.0, 0.0, 2.0));
    assert!(traffic(&profile, "code").reads > 0.0 && traffic(&profile, "registers").writes > 0.0);
}

#[test]
fn the_sound_and_the_report_are_the_same_with_and_without_a_profile() {
    let body = r#"
        (func (export "process")
            (i32.store (i32.const 128) (i32.add (i32.load (i32.const 128)) (i32.const 3)))
            (i32.store (i32.const 16) (i32.and (i32.load (i32.const 128)) (i32.const 1023))))"#;
    let patch = loaded(body, facts());
    let plain = run(&patch, &Settings::at_rate(48_000), &[0; 500]);
    let counted = run(&patch, &profiled(), &[0; 500]);
    assert_eq!((&plain.0, &plain.1.report), (&counted.0, &counted.1.report));
    assert_eq!(plain.1.profile, None);
}

#[test]
fn paged_memory_is_counted_as_flat_memory_is() {
    let board = Board::builtin("conez-v0-1").expect("a board");
    let paging = Paging::of_board(&board, None).expect("paged");
    let paged = profile(&Settings { paging, ..profiled() }, 2_000);
    assert_eq!(paged, profile(&profiled(), 2_000));
}

#[test]
fn nothing_is_measured_without_a_sample() {
    assert_eq!(run(&patch(), &profiled(), &[]).1.profile, None);
}
