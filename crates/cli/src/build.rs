//! `sostenuto build`.

use std::io::Write;
use std::path::Path;

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::patch::Source;
use crate::terminal;

/// Compiles a patch to a file.
pub fn build(arguments: &BuildArguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.patch)?;
    let output = arguments.output.clone().unwrap_or_else(|| source.beside("wasm"));
    if is_same_file(&output, &arguments.patch.patch) {
        return Err(Failure::Overwrite { path: output });
    }
    write(&output, &source.patch.wasm).map_err(|source| Failure::Write { path: output.clone(), source })?;
    let bytes = sostenuto_board::bytes::text(source.patch.wasm.len() as u64);
    terminal::print(&format!("{}: {bytes}\n", output.display()));
    Ok(())
}

/// Whether two paths name one existing file.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Writes beside the file and renames, so that it is whole or not there.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
