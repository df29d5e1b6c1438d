//! From the graphs of a front-end to a WebAssembly module and the facts of its memory.

mod calls;
mod emit;
mod graph;
mod heat;
mod kind;
mod layout;
mod module;
pub(crate) mod program;
mod structure;
mod visit;

use sostenuto_board::patch::{Facts, Patch, Stack};
use sostenuto_board::{Kind, Storage, Traffic};

use calls::{Calls, Depth};
use layout::{Layout, WORD};
use program::{Data, Program, Word};

use crate::Options;

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
    let layout = Layout::new(program, bytes, options.debug, &heat).ok_or(LowerError::TooLarge)?;
    let (wasm, lines) = module::encode(program, &layout)?;
    let facts = Facts {
        source: program.source.clone(),
        storages: storages(program, &layout, kinds),
        pointers: pointers(program),
        stack: Stack { address: layout.bottom, bytes, worst, path },
        lines,
        faults: program.faults.clone(),
        guards: layout.guards,
        program: None,
        host: Default::default(),
    };
    Ok(Patch::new(wasm, facts)?)
}

/// The writable data that is declared as a pointer, or begins with one.
fn pointers(program: &Program) -> Vec<String> {
    let points =
        |data: &&Data| data.pointer || data.values.iter().any(|word| !matches!(word, Word::Value(_)));
    program.data.iter().filter(|data| !data.readonly).filter(points).map(|data| data.name.clone()).collect()
}

fn storages(program: &Program, layout: &Layout, kinds: Vec<Kind>) -> Vec<Storage> {
    let stack = Storage {
        address: Some(layout.bottom),
        ..Storage::new("stack", Kind::Stack, layout.stack_top - layout.bottom)
    };
    let data = program.data.iter().zip(kinds).zip(&layout.data).map(|((data, kind), &address)| Storage {
        line: (data.line > 0).then_some(data.line),
        address: Some(address),
        ..Storage::new(data.name.clone(), kind, data.words * WORD)
    });
    // The words that no pointer may touch count among them.
    let guard_bytes = layout.bottom + layout.guards.len() as u32 * WORD;
    let guards =
        Storage { traffic: Some(Traffic::default()), ..Storage::new("guards", Kind::Scratch, guard_bytes) };
    let mut storages: Vec<Storage> =
        std::iter::once(stack).filter(|stack| stack.bytes > 0).chain(data).collect();
    storages.sort_by_key(|storage| storage.address);
    storages.push(guards);
    storages
}
