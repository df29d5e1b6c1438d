//! No sample allocates: neither a coroutine, nor an update, nor a trace, nor the delay memory.

use crate::patch::{facts, loaded};
use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sostenuto_machine::{Performance, Settings};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

fn settings() -> Settings {
    Settings {
        automation: (0..500).map(|n| format!("3={}@{}", n % 256, n * 2).parse().expect("a change")).collect(),
        parameters: ["operator-1=rnd", "operator-2=sub"]
            .map(|text| text.parse().expect("an assignment"))
            .to_vec(),
        ..Settings::at_rate(48_000)
    }
}

fn play(functions: &str) {
    let (patch, settings) = (loaded(functions, facts()), settings());
    let mut performance = Performance::new(&patch, &settings).expect("memory");
    let mut heard = 0;
    performance.start(&mut |_| {}).expect("no fault");
    assert_no_alloc(|| {
        for n in 0..2000 {
            performance.sample([n & 1023, -n & 1023], &mut |text| heard += text.len()).expect("no fault");
        }
    });
    assert_eq!(performance.samples(), 2000);
}

#[test]
fn a_full_patch() {
    play(
        r#"(data (i32.const 256) "H\00\00\00i\00\00\00")
        (func (export "update") (i32.store (i32.const 64) (i32.load (i32.const 44))))
        (func (export "process")
            (loop $again
                (call $write (i32.load (i32.const 80)) (i32.const 1) (i32.const 4))
                (call $read (i32.sub (i32.load (i32.const 80)) (i32.const 100)) (i32.const 8) (i32.const 32))
                (call $trace (i32.const 64))
                (call $yield)
                (br $again)))"#,
    );
}

#[test]
fn a_mod_patch() {
    play(r#"(func (export "operate1") (result i32) (i32.const 0)) (func (export "update"))"#);
}
