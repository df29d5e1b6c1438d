//! The patches in C that come with Sostenuto.

mod c;

use sostenuto_vm::{FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, Value};

fn patch(name: &str) -> Vec<u8> {
    let path = format!("{}/../../patches/{name}", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(path).unwrap();
    c::built(&source).unwrap_or_else(|error| panic!("{error}")).wasm
}

#[test]
fn the_benchmark_counts_right() {
    let text = c::run(&patch("bench.c")).unwrap().text;
    // 172 primes are below 1024; the sum of ((i + 999) & 255) over 1024 elements is 130560, a thousand times.
    let starts: Vec<&str> = text.lines().map(|line| line.split(" in ").next().unwrap()).collect();
    assert_eq!(starts, ["primes: 172", "write: 1024000 bytes", "read: 130560000"]);
}

/// Gives the knobs, and the places of two blocks of sound.
struct Studio {
    names: Vec<String>,
    knobs: [u32; 16],
}

const BLOCK: u32 = 64;
const IN: [u32; 2] = [0x4000, 0x4100];
const OUT: [u32; 2] = [0x4200, 0x4300];

impl<M: LinearMemory> Host<M> for Studio {
    fn call(&mut self, import: u32, args: &[u32], _: &mut M) -> Result<Flow, Halt> {
        let result = match self.names[import as usize].as_str() {
            "get_param" => self.knobs[args[0] as usize],
            "audio_in" => IN[args[0] as usize],
            "audio_out" => OUT[args[0] as usize],
            _ => return Err(Halt(0)),
        };
        Ok(Flow::Continue(result.into()))
    }
}

/// What comes out on both sides when a click goes in on the left, in blocks.
fn click(knobs: [u32; 16], blocks: usize) -> Vec<[f32; 2]> {
    let wasm = patch("reverb.c");
    let module = Module::new(&wasm).unwrap();
    let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
    let mut instance = Instance::new(&module, memory).unwrap();
    let mut host = Studio { names: module.imports().map(|import| import.name.to_owned()).collect(), knobs };
    let mut thread = Thread::new(4096);
    let mut call = |instance: &mut Instance<_>, name: &str, arguments: &[Value]| {
        thread.start(&module, module.export(name).unwrap(), arguments).unwrap();
        thread.set_budget(1 << 40);
        assert!(matches!(thread.run(&module, instance, &mut host), Ok(Run::Finished(_))));
    };
    call(&mut instance, "setup", &[]);
    let mut heard = Vec::new();
    for block in 0..blocks {
        let first = if block == 0 { 1.0f32 } else { 0.0 };
        instance.memory_mut().write(IN[0].into(), &first.to_le_bytes()).unwrap();
        call(&mut instance, "process", &[Value::I32(BLOCK as i32)]);
        for frame in 0..BLOCK {
            heard.push(OUT.map(|side| {
                let mut bytes = [0; 4];
                instance.memory_mut().read((side + 4 * frame).into(), &mut bytes).unwrap();
                f32::from_le_bytes(bytes)
            }));
        }
    }
    heard
}

#[test]
fn the_reverb_passes_the_sound_with_its_mix_at_zero() {
    let heard = click([0; 16], 3);
    assert_eq!(heard[0], [1.0, 0.0]);
    assert!(heard[1..].iter().all(|frame| *frame == [0.0, 0.0]));
}

#[test]
fn the_reverb_sounds_on_and_dies_away_on_both_sides() {
    let mut knobs = [0; 16];
    (knobs[1], knobs[2], knobs[3]) = (255, 200, 100);
    let heard = click(knobs, 2500);
    let energy = |part: &[[f32; 2]], side: usize| part.iter().map(|frame| frame[side].powi(2)).sum::<f32>();
    let (first, late) = (&heard[2000..12_000], &heard[140_000..150_000]);
    for side in 0..2 {
        // The first echo comes after the shortest comb and the all-passes before it let it through at once.
        let start = heard.iter().position(|frame| frame[side] != 0.0).unwrap();
        assert_eq!(start, 1116 + 23 * side);
        assert!(energy(first, side) > 1e-3, "{}", energy(first, side));
        assert!(energy(late, side) > 0.0 && energy(late, side) < energy(first, side) / 100.0);
    }
    assert!(heard.iter().flatten().all(|sample| sample.abs() < 1.0));
}

#[test]
fn the_examples_of_the_book_are_compiled() {
    let path = format!("{}/../../docs/c.md", env!("CARGO_MANIFEST_DIR"));
    let book = std::fs::read_to_string(path).unwrap();
    let examples: Vec<&str> =
        book.split("```c\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        c::built(example).unwrap_or_else(|error| panic!("{error}"));
    }
}
