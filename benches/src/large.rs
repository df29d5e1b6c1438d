//! Modules of any size, out of the functions of the kernels.

use std::convert::Infallible;

use anyhow::{Result, bail};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, EntityType, FunctionSection, GlobalSection, ImportSection, MemorySection,
    MemoryType, Module, RefType, TableSection, TableType, TypeSection,
};
use wasmparser::{Data, FuncType, FunctionBody, Global, Import, Parser, Payload, TypeRef};

use crate::kernels::Kernel;

/// What is taken of a kernel.
#[derive(Default)]
struct Source<'k> {
    types: Vec<FuncType>,
    imports: Vec<Import<'k>>,
    /// The type of each function that has a body.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'k>>,
    globals: Vec<Global<'k>>,
    data: Vec<Data<'k>>,
    table_entries: u64,
    memory_pages: u64,
}

/// A valid module of at least so many bytes of code, and the number of its functions.
///
/// The functions of all kernels, again and again; each kernel's functions call those of the same time. All work on one
/// memory with the data of all, which would do no good if any of it ran.
pub fn module(kernels: &[Kernel], bytes: usize) -> Result<(Vec<u8>, u32)> {
    let sources = kernels.iter().map(|kernel| source(&kernel.wasm)).collect::<Result<Vec<_>>>()?;
    let mut whole = Whole::default();
    let mut maps = Vec::new();
    for source in &sources {
        maps.push(whole.declare(source)?);
    }
    whole.next_function = whole.imports.len() as u32;
    'full: loop {
        for (source, map) in sources.iter().zip(&mut maps) {
            if whole.code.byte_len() >= bytes {
                break 'full;
            }
            whole.define(source, map)?;
        }
    }
    let functions = whole.functions.len();
    Ok((whole.finish(), functions))
}

fn source(wasm: &[u8]) -> Result<Source<'_>> {
    let mut source = Source::default();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(types) => {
                source.types = types.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
            }
            Payload::ImportSection(imports) => {
                source.imports = imports.into_imports().collect::<Result<_, _>>()?;
            }
            Payload::FunctionSection(functions) => {
                source.functions = functions.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    source.table_entries = table?.ty.initial;
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    source.memory_pages = memory?.initial;
                }
            }
            Payload::GlobalSection(globals) => {
                source.globals = globals.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::DataSection(data) => source.data = data.into_iter().collect::<Result<_, _>>()?,
            Payload::CodeSectionEntry(body) => source.bodies.push(body),
            _ => {}
        }
    }
    Ok(source)
}

/// The module that grows.
#[derive(Default)]
struct Whole<'k> {
    types: Vec<wasm_encoder::FuncType>,
    imports: Vec<(&'k str, &'k str, u32)>,
    globals: GlobalSection,
    functions: FunctionSection,
    code: CodeSection,
    data: DataSection,
    table_entries: u64,
    memory_pages: u64,
    next_function: u32,
}

/// Where the indices of a source are in the whole.
struct Map {
    types: Vec<u32>,
    imports: Vec<u32>,
    first_global: u32,
    first_function: u32,
}

impl<'k> Whole<'k> {
    /// Takes over what all copies of a source share.
    fn declare(&mut self, source: &Source<'k>) -> Result<Map> {
        let first_global = self.globals.len();
        let mut map = Map { types: Vec::new(), imports: Vec::new(), first_global, first_function: 0 };
        for ty in &source.types {
            let ty = map.func_type(ty.clone())?;
            map.types.push(place(&mut self.types, ty));
        }
        for import in &source.imports {
            let TypeRef::Func(ty) = import.ty else { bail!("`{}` is no function", import.name) };
            let import = (import.module, import.name, map.type_index(ty)?);
            map.imports.push(place(&mut self.imports, import));
        }
        for global in &source.globals {
            map.parse_global(&mut self.globals, global.clone())?;
        }
        for data in &source.data {
            map.parse_data(&mut self.data, data.clone())?;
        }
        self.table_entries = self.table_entries.max(source.table_entries);
        self.memory_pages = self.memory_pages.max(source.memory_pages);
        Ok(map)
    }

    /// Adds the functions of a source once more.
    fn define(&mut self, source: &Source<'k>, map: &mut Map) -> Result<()> {
        map.first_function = self.next_function;
        for (ty, body) in source.functions.iter().zip(&source.bodies) {
            self.functions.function(map.type_index(*ty)?);
            map.parse_function_body(&mut self.code, body.clone())?;
            self.next_function += 1;
        }
        Ok(())
    }

    fn finish(self) -> Vec<u8> {
        let mut types = TypeSection::new();
        for ty in &self.types {
            types.ty().func_type(ty);
        }
        let mut imports = ImportSection::new();
        for (module, name, ty) in self.imports {
            imports.import(module, name, EntityType::Function(ty));
        }
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: self.table_entries,
            maximum: Some(self.table_entries),
            shared: false,
        });
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.memory_pages,
            maximum: Some(self.memory_pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&self.functions).section(&tables).section(&memories);
        module.section(&self.globals).section(&self.code).section(&self.data);
        module.finish()
    }
}

/// The place of a thing among others, where it is put if it is new.
fn place<T: PartialEq>(things: &mut Vec<T>, thing: T) -> u32 {
    let found = things.iter().position(|known| *known == thing);
    found.unwrap_or_else(|| {
        things.push(thing);
        things.len() - 1
    }) as u32
}

impl Reencode for Map {
    type Error = Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32, reencode::Error<Self::Error>> {
        Ok(self.types[ty as usize])
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error<Self::Error>> {
        Ok(self.first_global + global)
    }

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Self::Error>> {
        let imports = self.imports.len() as u32;
        let imported = self.imports.get(function as usize).copied();
        Ok(imported.unwrap_or_else(|| self.first_function + function - imports))
    }
}
