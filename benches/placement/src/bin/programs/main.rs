//! What the memory of real programs takes on a board by several ways of placing it: the patches of this repository, and
//! the examples that come with Faust.

#[cfg(feature = "exact")]
#[path = "../../exact.rs"]
mod exact;
mod faust;
mod lackey;
mod patches;
mod policies;
mod program;
mod replay;
mod row;
mod table;
mod traced_memory;

use std::path::Path;

use anyhow::{Result, bail};
use program::Program;
use row::Row;
use sostenuto_board::Board;

/// Samples between two callbacks.
pub const BLOCK: usize = 48;

/// Samples a second.
pub const RATE: u32 = 48_000;

const USAGE: &str = "usage: programs [patches | faust]\n  both without an argument; `faust` needs `faust`, `g++` and \
                     `valgrind`: apt install faust g++ valgrind";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (patches, faust) = match arguments[..] {
        [] => (true, true),
        ["patches"] => (true, false),
        ["faust"] => (false, true),
        _ => bail!(USAGE),
    };
    let board = Board::builtin(Board::DEFAULT)?;
    println!("Board {}, cycles in blocks of {BLOCK} samples at {RATE} Hz.\n", board.name);
    if patches {
        println!("## Our patches\n");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../patches");
        show(&board, patches::all(&board, &folder)?);
    }
    if faust {
        match faust::Tools::find() {
            Ok(tools) => {
                println!("## Examples of Faust\n\nCompiled by Faust {}.\n", tools.version);
                let programs = tools.programs(&board).map(|(name, program)| {
                    program.inspect_err(|error| eprintln!("{name} is left out: {error:#}")).ok()
                });
                show(&board, programs.flatten());
            }
            Err(missing) => println!("## Examples of Faust\n\nLeft out: {missing}\n"),
        }
    }
    Ok(())
}

/// Prints the tables of the programs.
fn show(board: &Board, programs: impl IntoIterator<Item = Program>) {
    let rows: Vec<Row> = programs
        .into_iter()
        .map(|program| {
            eprintln!("{}: {} accesses traced", program.name, program.trace.accesses.len());
            Row::new(board, program)
        })
        .collect();
    table::programs(&rows);
    table::model(&rows);
    table::replay(&rows);
    table::again(&rows);
}
