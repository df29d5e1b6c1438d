//! `sostenuto build`.

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::terminal;

/// Compiles a patch to a file.
pub fn build(arguments: &BuildArguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.patch)?;
    let path = arguments.output.clone().unwrap_or_else(|| source.beside("wasm"));
    let output = Output::new(path, &[&arguments.patch.patch])?;
    output.write(&source.patch.wasm)?;
    let bytes = sostenuto_board::bytes::text(source.patch.wasm.len() as u64);
    terminal::print(&format!("Wrote {}: {bytes}.\n", output.path().display()))
}
