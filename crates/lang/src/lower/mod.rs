//! From the graphs of a front-end to a WebAssembly module and the facts of its memory.

mod calls;
mod emit;
pub(crate) mod fold;
mod graph;
mod heat;
mod instructions;
mod kind;
mod layout;
mod module;
pub(crate) mod program;
mod structure;
mod visit;

use sostenuto_board::patch::{Facts, Host, Patch, Stack};
use sostenuto_board::{Kind, Storage, Traffic};

use calls::{Calls, Depth};
use layout::{Layout, WORD};
use program::{Area, Data, Program};

use crate::{Options, conez};

/// Why a correct program still makes no patch.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LowerError {
    #[error("the patch needs more memory than 1 GiB")]
    TooLarge,
    #[error("the function `{name}` is too large for a module: its code is {bytes} bytes")]
    FunctionTooLarge { name: String, bytes: usize },
    #[error("the facts of the patch cannot be written: {0}")]
    Facts(#[from] sostenuto_board::patch::PatchError),
}

/// Makes the patch of a program.
pub(crate) fn lower(program: &Program, options: &Options) -> Result<Patch, LowerError> {
    let calls = Calls::new(program);
    let names =
        |functions: &[usize]| functions.iter().map(|&id| program.functions[id].name.clone()).collect();
    let has_frames = program.functions.iter().any(|function| function.frame > 0);
    let (bytes, worst, path) = match calls.depth(program) {
        Depth::Bytes { bytes, path } => (bytes, Some(bytes), names(&path)),
        Depth::Recursive { cycle } if has_frames => {
            let bytes = options.stack_bytes.saturating_add(calls.frames_beside_recursion(program));
            (bytes.checked_next_multiple_of(WORD).ok_or(LowerError::TooLarge)?, None, names(&cycle))
        }
        Depth::Recursive { cycle } => (0, Some(0), names(&cycle)),
    };
    let kinds = kind::decide(program, &calls);
    let heat = heat::of_data(program, &kinds, options.profile.as_ref());
    let layout = Layout::new(program, bytes, options, &heat).ok_or(LowerError::TooLarge)?;
    let (wasm, lines) = module::encode(program, &layout, options.debug)?;
    debug_assert!(wasmparser::validate(&wasm).is_ok(), "{:?}", wasmparser::validate(&wasm).err());
    let bytes = match program.host {
        Host::Conez if has_frames => layout.stack_top - layout.bottom,
        _ => bytes,
    };
    let facts = Facts {
        source: program.source.clone(),
        storages: storages(program, &layout, bytes, kinds),
        pointers: pointers(program),
        stack: Stack { address: layout.bottom, bytes, worst, path },
        lines,
        faults: program.faults.clone(),
        guards: layout.guards,
        program: None,
        host: program.host,
    };
    Ok(Patch::new(wasm, facts)?)
}

/// The writable data that is declared as a pointer, or begins with one.
fn pointers(program: &Program) -> Vec<String> {
    let points = |data: &&Data| data.pointer || !data.image.pointers.is_empty();
    program.data.iter().filter(|data| !data.readonly).filter(points).map(|data| data.name.clone()).collect()
}

fn storages(program: &Program, layout: &Layout, stack: u32, kinds: Vec<Kind>) -> Vec<Storage> {
    let area = |name: &str, kind, address, bytes| Storage {
        address: Some(address),
        ..Storage::new(name, kind, bytes)
    };
    let data = program.data.iter().zip(kinds).zip(&layout.data).map(|((data, kind), &address)| Storage {
        line: (data.line > 0).then_some(data.line),
        ..area(&data.name, kind, address, data.bytes)
    });
    let mut storages = vec![area("stack", Kind::Stack, layout.bottom, stack)];
    storages.extend(data);
    if let Some(heap) = layout.heap {
        let uses = |area| if program.areas.contains(&area) { 1 } else { 0 };
        let pool = conez::STRING_POOL;
        storages.extend([
            area("low heap", Kind::State, heap, pool.saturating_sub(heap)),
            area("string pool", Kind::State, pool, conez::FORMAT_CELLS - pool),
            area(
                "format cells",
                Kind::Scratch,
                conez::FORMAT_CELLS,
                uses(Area::FormatCells) * conez::FORMAT_BYTES,
            ),
            area(
                "file handles",
                Kind::State,
                conez::FILE_HANDLES,
                uses(Area::FileHandles) * conez::FILE_HANDLE_BYTES,
            ),
        ]);
    }
    storages.retain(|storage| storage.bytes > 0);
    storages.sort_by_key(|storage| storage.address);
    if program.host == Host::Permut8 {
        // The words that no pointer may touch count among them.
        let bytes = layout.bottom + layout.guards.len() as u32 * WORD;
        let none = Some(Traffic::default());
        storages.push(Storage { traffic: none, ..Storage::new("guards", Kind::Scratch, bytes) });
    }
    storages
}
