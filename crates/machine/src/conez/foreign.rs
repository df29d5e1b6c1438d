//! Modules that other compilers made: c2wasm, bas2wasm, clang and the like.

use std::ops::Range;

use sostenuto_board::patch::{Facts, Host, Patch, PatchError};
use sostenuto_board::{Kind, Storage};
use wasmparser::{DataKind, ExternalKind, Operator, Parser, Payload, TypeRef};

use super::functions::MODULE;
use super::heap::POOL;

/// The patch that a module without facts is, `None` when nothing in it tells of the ConeZ: an entry point, or an import from
/// `env`.
///
/// Its storages are what the module itself says: `data` for its data segments, the two heaps if it asks for memory, and
/// `memory at ADDRESS` for each run that lies between.
///
/// # Errors
/// When the bytes are no module.
pub fn read(wasm: &[u8], name: &str) -> Result<Option<Patch>, PatchError> {
    let facts = survey(wasm).map_err(|error| PatchError::Module {
        message: error.message().to_owned(),
        offset: error.offset(),
    })?;
    if !facts.is_of_conez {
        return Ok(None);
    }
    let facts =
        Facts { source: name.to_owned(), storages: facts.storages(), host: Host::Conez, ..Facts::default() };
    Patch::new(wasm.to_vec(), facts).map(Some)
}

/// What a module says of itself.
#[derive(Debug, Default)]
struct Survey {
    is_of_conez: bool,
    /// The bytes of its memory.
    bytes: u64,
    data: Option<Range<u32>>,
    heap: Option<u32>,
    asks_for_memory: bool,
}

/// The functions that take memory from the heaps.
pub(super) fn takes_memory(name: &str) -> bool {
    matches!(name, "malloc" | "calloc" | "realloc" | "file_readln_str")
        || name.starts_with("basic_str_")
        || name.starts_with("audio_")
}

fn survey(wasm: &[u8]) -> Result<Survey, wasmparser::BinaryReaderError> {
    let mut survey = Survey::default();
    let (mut globals, mut imported_globals) = (Vec::new(), 0);
    let mut heap = None;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    survey.is_of_conez |= import.module == MODULE;
                    match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                            survey.asks_for_memory |= import.module == MODULE && takes_memory(import.name);
                        }
                        TypeRef::Memory(memory) => survey.bytes = memory.initial.saturating_mul(PAGE),
                        TypeRef::Global(_) => imported_globals += 1,
                        _ => {}
                    }
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory?;
                    let page = memory.page_size_log2.map_or(PAGE, |log2| 1 << log2.min(16));
                    survey.bytes = memory.initial.saturating_mul(page);
                }
            }
            Payload::GlobalSection(all) => {
                for global in all {
                    globals.push(constant(&global?.init_expr));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let is_entry = matches!(export.name, "setup" | "loop" | "_start" | "main" | "process");
                    survey.is_of_conez |= is_entry && export.kind == ExternalKind::Func;
                    if export.name == "_heap_ptr" && export.kind == ExternalKind::Global {
                        heap = Some(export.index);
                    }
                }
            }
            Payload::DataSection(segments) => {
                for segment in segments {
                    let segment = segment?;
                    let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                    let Some(start) = constant(&offset_expr) else { continue };
                    let end = start.saturating_add(u32::try_from(segment.data.len()).unwrap_or(u32::MAX));
                    let known = survey.data.take().unwrap_or(start..end);
                    survey.data = Some(known.start.min(start)..known.end.max(end));
                }
            }
            _ => {}
        }
    }
    let own = heap.and_then(|index| (index as usize).checked_sub(imported_globals));
    survey.heap = own.and_then(|index| globals.get(index).copied().flatten());
    Ok(survey)
}

/// The bytes of a page of WebAssembly.
const PAGE: u64 = 65_536;

/// The number that an expression is, if it is one alone.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<u32> {
    let mut operators = expression.get_operators_reader();
    match (operators.read().ok()?, operators.read().ok()?) {
        (Operator::I32Const { value }, Operator::End) => Some(value as u32),
        _ => None,
    }
}

impl Survey {
    /// The areas of the memory, in the order of their addresses and without an overlap.
    fn storages(&self) -> Vec<Storage> {
        let end = u32::try_from(self.bytes).unwrap_or(u32::MAX);
        let data = self.data.clone().filter(|data| !data.is_empty());
        let low = self
            .heap
            .filter(|_| self.asks_for_memory)
            .map(|heap| heap.min(POOL.start).next_multiple_of(4)..POOL.start);
        let pool = self.asks_for_memory.then_some(POOL);
        let areas = [("data", data), ("low heap", low), ("string pool", pool)];
        let mut storages = Vec::new();
        let mut at = 0;
        let mut add = |name: &str, span: Range<u32>| {
            if span.end > span.start {
                storages.push(Storage {
                    address: Some(span.start),
                    ..Storage::new(name, Kind::State, span.end - span.start)
                });
            }
        };
        for (name, area) in areas {
            // What overlaps belongs to the first: clang knows nothing of the pool.
            let Some(area) = area.map(|area| area.start.clamp(at, end)..area.end.clamp(at, end)) else {
                continue;
            };
            add(&rest_name(at), at..area.start);
            at = at.max(area.end);
            add(name, area);
        }
        add(&rest_name(at), at..end);
        storages
    }
}

/// The name of what lies between the areas from an address on.
fn rest_name(address: u32) -> String {
    format!("memory at {address:#x}")
}
