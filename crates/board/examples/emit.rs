//! Writes what a firmware needs to follow a plan: `cargo run --example emit -- daisy-seed-65mb out`.
//!
//! The board is a name or the path of a file; into the folder come `memory.x`, `sostenuto.x`, `storages.c` and `storages.rs`.

use std::error::Error;
use std::path::PathBuf;

use sostenuto_board::emit::{self, Language};
use sostenuto_board::{Board, Kind, Storage, place};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let board = Board::load(arguments.next().as_deref().unwrap_or(Board::DEFAULT))?;
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let plan = place(
        &board,
        &[
            Storage::new("lowpass", Kind::State, 16),
            Storage { align: 32, ..Storage::new("codec in", Kind::Audio, 512) },
            Storage::new("echo", Kind::Delay, 384_000),
            Storage::new("hall", Kind::Delay, 6 << 20),
        ],
    );
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("memory.x"), emit::memory_x(&board)?)?;
    std::fs::write(folder.join("sostenuto.x"), emit::linker_fragment(&plan, &board)?)?;
    std::fs::write(folder.join("storages.c"), emit::attributes(&plan, &board, Language::C)?)?;
    std::fs::write(folder.join("storages.rs"), emit::attributes(&plan, &board, Language::Rust)?)?;
    Ok(())
}
