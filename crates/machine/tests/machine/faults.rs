//! What stops a patch, and what its author is told.

use crate::patch::{facts, fault, loaded, patch, run, stopped};
use sostenuto_board::patch::{Cause, Facts, Guard, Line, Stack};
use sostenuto_machine::{Budgets, LoadError, Settings, load};

#[test]
fn a_reported_index_names_array_size_line_and_function() {
    let facts = Facts {
        faults: vec![fault(12, "process", Cause::Index { array: "buf".to_owned(), size: 1024 })],
        ..facts()
    };
    // The third sample reports; two are kept.
    let functions = r#"(func (export "process")
        (if (i32.eq (i32.load (i32.const 80)) (i32.const 2)) (then (call $fault (i32.const 0) (i32.const 1024)))))"#;
    let told = stopped(functions, facts.clone());
    assert_eq!(told, ("index 1024 is outside `buf` (1024 words), line 12, in process()".to_owned(), 2));
    let negative = r#"(func (export "process") (call $fault (i32.const 0) (i32.const -1)))"#;
    assert_eq!(stopped(negative, facts).0, "index -1 is outside `buf` (1024 words), line 12, in process()");
}

#[test]
fn the_other_reported_causes() {
    let told = |cause: Cause, value: &str| {
        let stack = Stack { address: 1024, bytes: 256, ..Stack::default() };
        let facts = Facts { faults: vec![fault(7, "mix", cause)], stack, ..facts() };
        stopped(
            &format!(r#"(func (export "process") (call $fault (i32.const 0) (i32.const {value})))"#),
            facts,
        )
        .0
    };
    let place = ", line 7, in mix() called from process()";
    assert_eq!(told(Cause::Division, "-5"), format!("-5 is divided by zero{place}"));
    assert_eq!(
        told(Cause::Assert("x > 0".to_owned()), "0"),
        format!("the assertion `x > 0` does not hold{place}")
    );
    assert_eq!(told(Cause::Stack, "-24"), format!("the stack of 256 B is full: 24 B more are needed{place}"));
    assert_eq!(
        told(Cause::Write, "65"),
        format!("a pointer may not write word 65: it lies in `text`, which is read-only{place}")
    );
    assert_eq!(
        told(Cause::Read, "50"),
        format!(
            "a pointer may not read word 50: the nearest storage is `buf` (16 words), it lies 3 words past the end \
             of it{place}"
        )
    );
    assert_eq!(
        told(Cause::Read, "0"),
        format!("a pointer may not read word 0: it is the null pointer{place}")
    );
}

#[test]
fn a_site_without_facts_is_no_panic() {
    let told = stopped(r#"(func (export "process") (call $fault (i32.const 9) (i32.const 1)))"#, facts()).0;
    assert_eq!(
        told,
        "the patch reports fault 9 with the value 1, which its facts do not explain, in process()"
    );
}

#[test]
fn engine_traps_and_abort_are_mapped_to_lines() {
    let lines = |line| vec![Line { offset: 0, line }];
    let functions =
        r#"(func $deep (drop (i32.load (i32.const 70000)))) (func (export "process") (call $deep))"#;
    assert_eq!(
        stopped(functions, Facts { lines: lines(3), ..facts() }).0,
        "an access lies outside the patch's memory, line 3, in deep() called from process()"
    );
    let functions = r#"(func (export "init") (call $abort)) (func (export "process"))"#;
    let told = stopped(functions, Facts { lines: lines(5), ..facts() });
    assert_eq!(told, ("the patch called abort(), line 5, in init()".to_owned(), 0));
}

#[test]
fn yield_outside_the_sound_is_a_fault() {
    let told = stopped(r#"(func (export "update") (call $yield)) (func (export "process"))"#, facts());
    assert_eq!(
        told,
        (
            "yield() was called: only process(), operate1() and operate2() can wait for the next sample, in update()"
                .to_owned(),
            0
        )
    );
    let both = r#"(func (export "operate1") (loop $l (call $yield) (br $l)))
        (func (export "operate2") (loop $l (call $yield) (br $l)))"#;
    assert!(stopped(both, facts()).0.starts_with("operate1() and operate2() both wait in yield()"));
}

#[test]
fn natives_check_their_buffers() {
    let call = |native: &str, frames: &str, word: u32| {
        format!(
            r#"(func (export "process")
                (call ${native} (i32.const 0) (i32.const {frames}) (i32.const {word})))"#
        )
    };
    assert_eq!(
        stopped(&call("read", "2", 46), facts()).0,
        "read() of 2 sample frames needs 4 words at word 46: it is word 14 of `buf` (16 words), in process()"
    );
    assert_eq!(
        stopped(&call("write", "1", 60), facts()).0,
        "write() of 1 sample frames needs 2 words at word 60: the nearest storage is `text` (16 words), it lies 4 \
         words before the start of it, in process()"
    );
    assert_eq!(
        stopped(&call("read", "1", 64), facts()).0,
        "read() of 1 sample frames needs 2 words at word 64: it lies in `text`, which is read-only, \
         in process()"
    );
    assert!(
        stopped(&call("write", "2147483647", 32), facts()).0.contains("needs 4294967294 words at word 32")
    );
    assert!(
        stopped(r#"(func (export "process") (call $trace (i32.const 999999)))"#, facts())
            .0
            .contains("trace()")
    );
    let settings = Settings::at_rate(48_000);
    for frames in ["0", "-1", "-2147483648"] {
        let fine = loaded(&call("read", frames, 999_999), facts());
        assert_eq!(run(&fine, &settings, &[1]).1.fault, None, "{frames} sample frames are nothing");
    }
}

#[test]
fn a_hanging_call_is_told_with_its_line_and_budget() {
    let functions = r#"(func $spin (loop $l (br $l))) (func (export "process") (call $spin))"#;
    let facts = Facts { lines: vec![Line { offset: 0, line: 9 }], ..facts() };
    let settings = Settings { budgets: Budgets { control: 1000, sample: 5000 }, ..Settings::at_rate(48_000) };
    let (words, outcome) = run(&loaded(functions, facts.clone()), &settings, &[0; 10]);
    assert_eq!(
        outcome.fault.expect("a fault").to_string(),
        "the call took more than 5,000 instructions, line 9, in spin() called from process()"
    );
    assert!(words.is_empty());
    let functions = r#"(func (export "init") (loop $l (br $l))) (func (export "process"))"#;
    let fault = run(&loaded(functions, facts), &settings, &[0; 10]).1.fault.expect("a fault");
    assert_eq!(fault.to_string(), "the call took more than 1,000 instructions, line 9, in init()");
    assert_eq!(fault.sample, None);
}

#[test]
fn what_the_natives_move_counts_as_instructions() {
    // 8 stereo sample frames are 16 words: 4 instructions more than the call alone.
    let functions = |frames: u32| {
        format!(
            r#"(func (export "process")
                (call $read (i32.const 0) (i32.const {frames}) (i32.const 32)))"#
        )
    };
    let cost = |frames: u32| {
        let (_, outcome) = run(&loaded(&functions(frames), facts()), &Settings::at_rate(48_000), &[0]);
        outcome.report.instructions.expect("a sample").max
    };
    assert_eq!(cost(8) - cost(1), 4);
    let budgets = sostenuto_machine::Budgets { sample: 100, ..Default::default() };
    let endless = r#"(func (export "process")
        (loop $again (call $read (i32.const 0) (i32.const 8) (i32.const 32)) (br $again)))"#;
    let settings = Settings { budgets, ..Settings::at_rate(48_000) };
    let (_, outcome) = run(&loaded(endless, facts()), &settings, &[0]);
    let told = outcome.fault.expect("a fault").to_string();
    assert!(told.contains("the call took more than 100 instructions"), "{told}");
}

#[test]
fn an_overwritten_guard_is_found_within_64_samples() {
    let guards = vec![Guard { address: 192, array: "buf".to_owned() }];
    // The guard word is set up as data; sample 70 runs over the end of `buf`.
    let functions = r#"(data (i32.const 192) "\ef\be\ad\de")
        (func (export "process")
            (if (i32.eq (i32.load (i32.const 80)) (i32.const 70)) (then (i32.store (i32.const 192) (i32.const 5)))))"#;
    let told = stopped(functions, Facts { guards, ..facts() });
    assert_eq!(
        told,
        (
            "the guard of `buf` was overwritten: 0x00000005 stands where 0xdeadbeef was, in process()"
                .to_owned(),
            128
        )
    );
}

#[test]
fn recursion_ends_in_a_fault_not_in_a_crash() {
    let functions = r#"(func $again (call $again)) (func (export "process") (call $again))"#;
    let told = stopped(functions, facts()).0;
    assert_eq!(
        told,
        "the calls are nested too deeply: their registers need more than the 16,384 B reserved, in again() called from process()"
    );
    let small = loaded(functions, facts()).with_recursive_stack(256);
    let (_, outcome) = run(&small, &Settings::at_rate(48_000), &[0]);
    assert!(outcome.report.registers.recursive);
    assert_eq!(outcome.report.registers.reserved, 256);
    assert!(
        outcome.report.warnings.iter().any(|warning| warning.contains("recursion")),
        "{:?}",
        outcome.report.warnings
    );
}

#[test]
fn modules_for_another_machine_are_refused() {
    let refuse = |text: &str| {
        let wasm = wat::parse_str(text).expect("a module");
        let patch = sostenuto_board::patch::Patch::new(wasm, Facts::default()).expect("facts");
        load(&patch).unwrap_err()
    };
    let error =
        refuse(r#"(module (import "env" "sinf" (func (param f32) (result f32))) (func (export "process")))"#);
    assert_eq!(
        error.to_string(),
        "the patch imports `sinf` from `env`, which this machine does not have; it has, from `permut8`: yield(), \
         trace(i32), abort(), read(i32, i32, i32), write(i32, i32, i32), fault(i32, i32)"
    );
    let error = refuse(r#"(module (import "permut8" "trace" (func (param f32))) (func (export "process")))"#);
    assert_eq!(error.to_string(), "the patch imports `trace` as (f32), but the machine's is (i32)");
    let error = refuse(r#"(module (func (export "init")) (func (export "helper")))"#);
    assert_eq!(
        error.to_string(),
        "the patch defines no entry point that makes sound: a full patch needs process(), a mod patch operate1(), \
         operate2() or the global `positions`; it has init(), helper()"
    );
    let error = refuse(r#"(module (func (export "process") (result f32) (f32.const 0)))"#);
    assert_eq!(error.to_string(), "process() is () -> f32: an entry point gives an integer or nothing");
    let error = refuse(r#"(module (memory 65536) (func (export "process")))"#);
    assert_eq!(
        error.to_string(),
        "the patch needs 4294967296 B of linear memory; at most 268435456 B can be had"
    );
    let broken = sostenuto_board::patch::Patch { wasm: vec![1, 2, 3], facts: Facts::default() };
    assert!(matches!(load(&broken), Err(LoadError::Module { .. })));
    let _ = patch("", facts());
}

#[test]
fn facts_that_lie_are_no_panic() {
    let mut state = 1_u32;
    let mut odd = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let edges = [0, 1, 3, 16, 65_532, 65_536, 0x7FFF_FFFF, 0xFFFF_FFFC, u32::MAX];
        if state >> 31 == 0 { edges[(state >> 8) as usize % edges.len()] } else { state >> 12 }
    };
    for round in 0..300 {
        let mut facts = facts();
        for storage in &mut facts.storages {
            (storage.address, storage.bytes) = (Some(odd()), odd());
        }
        facts.stack = Stack { address: odd(), bytes: odd(), worst: Some(odd()), path: Vec::new() };
        facts.guards = vec![Guard { address: odd(), array: "buf".to_owned() }];
        facts.lines = vec![Line { offset: odd(), line: odd() }];
        facts.faults = vec![fault(odd(), "process", Cause::Write)];
        let native = ["read", "write", "fault", "trace"][round % 4];
        let first = if native == "trace" { "" } else { "(i32.const 7)" };
        let second = if native == "trace" || native == "fault" { "" } else { "(i32.const 3)" };
        let functions = format!(
            r#"(func (export "process") (call ${native} {first} {second} (i32.const {})))"#,
            odd() as i32
        );
        let settings = Settings { config: "text".to_owned(), ..Settings::at_rate(48_000) };
        let (_, outcome) = run(&loaded(&functions, facts), &settings, &[1; 65]);
        let _ = (outcome.report.to_string(), outcome.fault.map(|fault| fault.to_string()));
    }
}
