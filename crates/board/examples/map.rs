//! Draws the map of an imagined program: `cargo run --example map -- daisy-seed-65mb 50 > map.svg`.
//!
//! The board is a name or the path of a file; the number says how many storages the program has.

use std::error::Error;

use sostenuto_board::traffic::{Pattern, Traffic};
use sostenuto_board::{Board, Kind, Needs, Storage, place, report};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let board = Board::load(arguments.next().as_deref().unwrap_or(Board::DEFAULT))?;
    let count = arguments.next().map_or(Ok(18), |count| count.parse())?;
    print!("{}", report::map(&place(&board, &program(count)), &board));
    Ok(())
}

/// So many storages of a synthesizer with a reverb: the first ones once, then voice by voice.
fn program(count: usize) -> Vec<Storage> {
    let measured = |name: &str, kind, bytes, reads, writes, pattern| Storage {
        traffic: Some(Traffic::declared(reads, writes, pattern, bytes)),
        ..Storage::new(name, kind, bytes)
    };
    let codec = Needs { masters: vec!["DMA1".to_owned()], ..Needs::default() };
    let mut program = vec![
        Storage::new("stack", Kind::Stack, 4_096),
        measured("lowpass", Kind::State, 32, 12.0, 6.0, Pattern::Same),
        measured("hall", Kind::Delay, 6 << 20, 4.0, 1.0, Pattern::Sequential),
        Storage::new("code", Kind::Code, 21_348),
        measured("sine", Kind::Table, 16_388, 8.0, 0.0, Pattern::Random),
        Storage { needs: codec, ..Storage::new("codec out", Kind::Audio, 512) },
        measured("presets", Kind::Table, 8_192, 0.0, 0.0, Pattern::Same),
        Storage::new("knobs", Kind::Parameters, 64),
        measured("echo", Kind::Delay, 384_000, 2.0, 1.0, Pattern::Sequential),
        Storage::new("early reflections", Kind::Delay, 38_400),
        Storage::new("shimmer", Kind::Delay, 96_000),
        measured("grains", Kind::Delay, 262_144, 16.0, 0.0, Pattern::Random),
        Storage::new("mix", Kind::Scratch, 1_024),
    ];
    let rest = (0..count.saturating_sub(program.len())).map(|at| {
        let voice = at / 8 + 1;
        match at % 8 {
            0 => measured(&format!("phase {voice}"), Kind::State, 8, 2.0, 2.0, Pattern::Same),
            1 => measured(&format!("envelope {voice}"), Kind::State, 24, 6.0, 3.0, Pattern::Same),
            2 => Storage::new(format!("filter {voice}"), Kind::State, 64),
            3 => Storage::new(format!("string {voice}"), Kind::Delay, 4_096 + 512 * (voice as u32 % 7)),
            4 => measured(&format!("wave {voice}"), Kind::Table, 8_196, 2.0, 0.0, Pattern::Random),
            5 => Storage::new(format!("chorus {voice}"), Kind::Delay, 9_600),
            6 => measured(&format!("level {voice}"), Kind::State, 4, 0.01, 0.01, Pattern::Same),
            _ => Storage::new(format!("unison {voice}"), Kind::State, 256),
        }
    });
    program.extend(rest);
    program.truncate(count);
    program
}
