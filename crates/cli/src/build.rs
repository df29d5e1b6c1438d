//! `sostenuto build`.

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::patch::Source;
use crate::terminal;

/// Compiles a patch to a file.
pub fn build(arguments: &BuildArguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.patch)?;
    if source.is_module() && arguments.patch.hot_first.is_some() {
        return Err(Failure::SettledLayout);
    }
    let path = arguments.output.clone().unwrap_or_else(|| source.beside("wasm"));
    let mut inputs = vec![arguments.patch.patch.as_path()];
    inputs.extend(arguments.patch.hot_first.as_deref());
    let output = Output::new("--out", path, &inputs)?;
    output.write(&source.patch.wasm)?;
    let bytes = sostenuto_board::bytes::text(source.patch.wasm.len() as u64);
    terminal::print(&format!("Wrote {}: {bytes}.\n", output.path().display()))
}
