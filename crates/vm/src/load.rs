//! Reads a module: section by section, checked, refused where it uses what is not there, translated.

use crate::code::Function;
use crate::constants::{constant, reference_type, value_type};
use crate::error::{LoadError, LoadErrorKind};
use crate::externs::{Extern, GlobalIndex, GlobalType, MemoryType, TableIndex, TableType};
use crate::module::{Constant, Data, Elements, Global, ImportEntry, Module, Place};
use crate::module_hash::ModuleHash;
use crate::refusal;
use crate::signatures::Signature;
use crate::translate::Translator;
use crate::translate_operator::Refused;
use crate::types::{FuncIndex, FunctionType};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use wasmparser::{
    BlockType, CompositeInnerType, DataKind, ElementItems, ElementKind, ExternalKind, FuncToValidate,
    FuncValidatorAllocations, FunctionBody, HeapType, KnownCustom, Name, Operator, Parser, Payload, TypeRef,
    ValType, ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// The most tables that an indirect call can name.
const MOST_TABLES: usize = 256;

/// The most entries of all tables together, so that a few bytes cannot ask for much memory.
const MOST_TABLE_ENTRIES: u64 = 10_000_000;

/// The most values on an operand stack, so that a few bytes which can never be reached cannot ask for much memory.
const MOST_OPERANDS: u32 = u16::MAX as u32;

/// What every binary begins with.
const MAGIC: &[u8] = b"\0asm";

/// Reads, checks and translates a module in the binary format.
pub(crate) fn load(wasm: &[u8]) -> Result<Module, LoadError> {
    if !wasm.starts_with(MAGIC) {
        let what = "this is not a WebAssembly binary, which begins with the bytes 00 61 73 6d";
        return Err(at(0, LoadErrorKind::Malformed(what.into())));
    }
    let refused = match Loader::default().load(wasm, SUPPORTED) {
        Ok(module) => return Ok(module),
        Err(refused) => refused,
    };
    // A newer feature may be what is wrong; with all of them allowed, it is met where it is used and has a name.
    match Loader::default().load(wasm, WasmFeatures::all()) {
        Err(named) if matches!(named.kind, LoadErrorKind::Unsupported(_)) => Err(named),
        _ => Err(refused),
    }
}

/// WebAssembly 2.0 without vectors, and one-byte pages.
const SUPPORTED: WasmFeatures =
    WasmFeatures::WASM2.difference(WasmFeatures::SIMD).union(WasmFeatures::CUSTOM_PAGE_SIZES);

#[derive(Default)]
struct Loader {
    module: Module,
    translator: Translator,
    allocations: FuncValidatorAllocations,
    /// How many globals are imported.
    imported_globals: u32,
    /// The words of all globals.
    global_words: u32,
    /// The index of the function whose body comes next.
    next_body: u32,
}

impl Loader {
    fn load(mut self, wasm: &[u8], features: WasmFeatures) -> Result<Module, LoadError> {
        let mut parser = Parser::new(0);
        parser.set_features(features);
        let mut validator = Validator::new_with_features(features);
        for payload in parser.parse_all(wasm) {
            let payload = payload.map_err(malformed)?;
            match validator.payload(&payload).map_err(malformed)? {
                ValidPayload::Func(to_validate, body) => self.body(to_validate, &body)?,
                ValidPayload::Parser(_) => return Err(unsupported(0, "a component")),
                ValidPayload::Ok | ValidPayload::End(_) => self.section(payload)?,
            }
        }
        Ok(self.finish(ModuleHash::of(wasm)))
    }

    fn section(&mut self, payload: Payload<'_>) -> Result<(), LoadError> {
        match payload {
            Payload::TypeSection(section) => self.types(section),
            Payload::ImportSection(section) => self.imports(section),
            Payload::FunctionSection(section) => {
                for type_index in section {
                    self.function(type_index.map_err(malformed)?);
                }
                Ok(())
            }
            Payload::TableSection(section) => self.tables(section),
            Payload::MemorySection(section) => self.memories(section),
            Payload::GlobalSection(section) => self.globals(section),
            Payload::ExportSection(section) => self.exports(section),
            Payload::ElementSection(section) => self.elements(section),
            Payload::DataSection(section) => self.data(section),
            Payload::StartSection { func, .. } => {
                self.module.start = Some(FuncIndex(func));
                Ok(())
            }
            Payload::TagSection(section) => Err(unsupported(section.range().start, "a tag (exceptions)")),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.names(names);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn types(&mut self, section: wasmparser::TypeSectionReader<'_>) -> Result<(), LoadError> {
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(malformed)?;
            if group.is_explicit_rec_group() {
                return Err(unsupported(offset, "a recursive type"));
            }
            for sub_type in group.into_types() {
                let CompositeInnerType::Func(function) = &sub_type.composite_type.inner else {
                    return Err(unsupported(offset, "a type that is not of a function"));
                };
                if sub_type.composite_type.shared || !sub_type.is_final || !sub_type.supertype_idxs.is_empty()
                {
                    return Err(unsupported(offset, "a shared type or a subtype"));
                }
                let types = |types: &[ValType]| {
                    types.iter().map(|&of| value_type(offset, of)).collect::<Result<Vec<_>, _>>()
                };
                let params = types(function.params())?;
                let function = FunctionType::with_results(&params, &types(function.results())?);
                let is_new = self.translator.signatures.define(function).map_err(|kind| at(offset, kind))?;
                self.module.types.extend(is_new);
            }
        }
        Ok(())
    }

    fn function(&mut self, type_index: u32) {
        let Signature { type_id, .. } = self.translator.signatures.add_function(type_index);
        self.translator.code.functions.push(Function::without_body(type_id));
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<(), LoadError> {
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(malformed)?;
            let what = match import.ty {
                TypeRef::Func(type_index) => {
                    let index = self.translator.signatures.imports;
                    self.function(type_index);
                    self.translator.signatures.imports += 1;
                    Extern::Function(FuncIndex(index))
                }
                TypeRef::Table(table) => {
                    self.table(offset, &table)?;
                    Extern::Table(TableIndex(self.module.tables.len() as u32 - 1))
                }
                TypeRef::Memory(memory) => {
                    self.memory(offset, memory)?;
                    Extern::Memory
                }
                TypeRef::Global(global) => {
                    self.global(offset, global, None)?;
                    self.imported_globals += 1;
                    Extern::Global(GlobalIndex(self.imported_globals - 1))
                }
                TypeRef::Tag(_) => return Err(unsupported(offset, "an imported tag")),
                TypeRef::FuncExact(_) => {
                    return Err(unsupported(offset, "an imported function of exact type"));
                }
            };
            let (module, name) = (import.module.into(), import.name.into());
            self.module.imports.push(ImportEntry { module, name, what });
        }
        self.next_body = self.translator.signatures.imports;
        Ok(())
    }

    fn tables(&mut self, section: wasmparser::TableSectionReader<'_>) -> Result<(), LoadError> {
        for table in section.into_iter_with_offsets() {
            let (offset, table) = table.map_err(malformed)?;
            if matches!(table.init, wasmparser::TableInit::Expr(_)) {
                return Err(unsupported(offset, "a table with an initial value"));
            }
            self.table(offset, &table.ty)?;
        }
        Ok(())
    }

    fn table(&mut self, offset: u64, table: &wasmparser::TableType) -> Result<(), LoadError> {
        let entries = self.module.tables.iter().map(|table| u64::from(table.initial)).sum::<u64>();
        let refused = match table {
            table if entries.saturating_add(table.initial) > MOST_TABLE_ENTRIES => {
                "a module with more than 10,000,000 entries in tables"
            }
            _ if self.module.tables.len() == MOST_TABLES => "a module with more than 256 tables",
            table if table.table64 => "a 64-bit table",
            table if table.shared => "a shared table",
            table => {
                self.module.tables.push(TableType {
                    element: reference_type(offset, table.element_type)?,
                    initial: table.initial as u32,
                    maximum: table.maximum.map(|maximum| maximum as u32),
                });
                return Ok(());
            }
        };
        Err(unsupported(offset, refused))
    }

    fn memories(&mut self, section: wasmparser::MemorySectionReader<'_>) -> Result<(), LoadError> {
        for memory in section.into_iter_with_offsets() {
            let (offset, memory) = memory.map_err(malformed)?;
            self.memory(offset, memory)?;
        }
        Ok(())
    }

    fn memory(&mut self, offset: u64, memory: wasmparser::MemoryType) -> Result<(), LoadError> {
        let refused = match memory {
            _ if self.module.memory.is_some() => "more than one memory",
            memory if memory.memory64 => "a 64-bit memory",
            memory if memory.shared => "a shared memory (threads)",
            memory => {
                // The validator admits a page of one byte, and the usual one.
                let usual = u32::from(MemoryType::USUAL_PAGE_BYTES_LOG2);
                self.module.memory = Some(MemoryType {
                    initial: memory.initial as u32,
                    maximum: memory.maximum.map(|maximum| u32::try_from(maximum).unwrap_or(u32::MAX)),
                    page_bytes_log2: memory.page_size_log2.unwrap_or(usual) as u8,
                });
                return Ok(());
            }
        };
        Err(unsupported(offset, refused))
    }

    fn globals(&mut self, section: wasmparser::GlobalSectionReader<'_>) -> Result<(), LoadError> {
        for global in section.into_iter_with_offsets() {
            let (offset, global) = global.map_err(malformed)?;
            let initial = constant(&global.init_expr, self.imported_globals)?;
            self.global(offset, global.ty, Some(initial))?;
        }
        Ok(())
    }

    fn global(
        &mut self,
        offset: u64,
        global: wasmparser::GlobalType,
        initial: Option<Constant>,
    ) -> Result<(), LoadError> {
        if global.shared {
            return Err(unsupported(offset, "a shared global"));
        }
        let value_type = value_type(offset, global.content_type)?;
        let global_type = GlobalType { value_type, mutable: global.mutable };
        let word = self.global_words;
        self.global_words += value_type.words();
        self.translator.globals.push((word, value_type.width()));
        self.module.globals.push(Global { global_type, word, initial });
        Ok(())
    }

    fn exports(&mut self, section: wasmparser::ExportSectionReader<'_>) -> Result<(), LoadError> {
        for export in section.into_iter_with_offsets() {
            let (offset, export) = export.map_err(malformed)?;
            let what = match export.kind {
                ExternalKind::Func => Extern::Function(FuncIndex(export.index)),
                ExternalKind::Global => Extern::Global(GlobalIndex(export.index)),
                ExternalKind::Memory => Extern::Memory,
                ExternalKind::Table => Extern::Table(TableIndex(export.index)),
                ExternalKind::Tag => return Err(unsupported(offset, "an exported tag")),
                ExternalKind::FuncExact => return Err(unsupported(offset, "an export of exact type")),
            };
            self.module.exports.push((export.name.into(), what));
        }
        Ok(())
    }

    fn elements(&mut self, section: wasmparser::ElementSectionReader<'_>) -> Result<(), LoadError> {
        for segment in section.into_iter_with_offsets() {
            let (offset, segment) = segment.map_err(malformed)?;
            let place = match segment.kind {
                ElementKind::Active { table_index, ref offset_expr } => {
                    Place::Active(table_index.unwrap_or(0), constant(offset_expr, self.imported_globals)?)
                }
                ElementKind::Passive => Place::Passive,
                ElementKind::Declared => Place::Declared,
            };
            let mut items = Vec::new();
            match segment.items {
                ElementItems::Functions(functions) => {
                    for function in functions {
                        items.push(Constant::Function(function.map_err(malformed)?));
                    }
                }
                ElementItems::Expressions(element, expressions) => {
                    reference_type(offset, element)?;
                    for expression in expressions {
                        items.push(constant(&expression.map_err(malformed)?, self.imported_globals)?);
                    }
                }
            }
            self.module.elements.push(Elements { place, items });
        }
        Ok(())
    }

    fn data(&mut self, section: wasmparser::DataSectionReader<'_>) -> Result<(), LoadError> {
        for segment in section {
            let segment = segment.map_err(malformed)?;
            let place = match segment.kind {
                DataKind::Active { memory_index, ref offset_expr } => {
                    Place::Active(memory_index, constant(offset_expr, self.imported_globals)?)
                }
                DataKind::Passive => Place::Passive,
            };
            self.module.data.push(Data { place, bytes: segment.data.into() });
        }
        Ok(())
    }

    /// Takes the names of functions and globals. Names are no part of what a module means, so malformed ones are no
    /// error.
    fn names(&mut self, section: wasmparser::NameSectionReader<'_>) {
        for name in section {
            let (names, kept) = match name {
                Ok(Name::Function(functions)) => (functions, &mut self.module.names),
                Ok(Name::Global(globals)) => (globals, &mut self.module.global_names),
                _ => continue,
            };
            for naming in names.into_iter().map_while(Result::ok) {
                kept.push((naming.index, naming.name.into()));
            }
        }
    }

    fn body(
        &mut self,
        to_validate: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), LoadError> {
        let mut validator = to_validate.into_validator(core::mem::take(&mut self.allocations));
        let function = FuncIndex(self.next_body);
        let signature = self.translator.begin(function);
        let start = body.range().start;
        let mut locals = body.get_locals_reader().map_err(malformed)?;
        for _ in 0..locals.get_count() {
            let offset = locals.original_position();
            let (count, local_type) = locals.read().map_err(malformed)?;
            let width = value_type(offset, local_type)?.width();
            validator.define_locals(offset, count, local_type).map_err(malformed)?;
            self.translator.locals.add(count, width);
        }
        self.translator.begin_body(signature, narrow(start)).map_err(|kind| at(start, kind))?;
        let mut operators = body.get_operators_reader().map_err(malformed)?;
        while !operators.eof() {
            let offset = operators.original_position();
            let operator = operators.read().map_err(|error| operator_error(body, offset, error))?;
            check_support(offset, &operator)?;
            validator.op(offset, &operator).map_err(malformed)?;
            // The translation counts slots, but not where nothing can be reached.
            if validator.operand_stack_height() > MOST_OPERANDS {
                let (needs, limit) = (validator.operand_stack_height(), MOST_OPERANDS);
                return Err(at(offset, LoadErrorKind::TooManySlots { function, needs, limit }));
            }
            let entries = if let Operator::BrTable { targets } = &operator { targets.len() } else { 0 };
            self.translator.at(narrow(offset), entries).map_err(|kind| at(offset, kind))?;
            self.translator.operator(&operator).map_err(|refused| match refused {
                Refused::Unsupported(what) => unsupported(offset, what),
                Refused::Malformed(error) => malformed(error),
                Refused::TooBig(kind) => at(offset, kind),
            })?;
        }
        operators.finish().map_err(malformed)?;
        self.translator.finish().map_err(|kind| at(start, kind))?;
        self.allocations = validator.into_allocations();
        self.next_body += 1;
        Ok(())
    }

    fn finish(self, hash: ModuleHash) -> Module {
        let mut module = self.module;
        module.hash = hash;
        module.code = self.translator.code;
        // Once, however many sections have names.
        for names in [&mut module.names, &mut module.global_names] {
            names.sort_by_key(|&(index, _)| index);
            names.dedup_by_key(|&mut (index, _)| index);
        }
        module.code.instrs.shrink_to_fit();
        module.code.offsets.shrink();
        module
    }
}

/// An operator without the needed feature is refused by its name before the validator finds a reason of its own.
fn check_support(offset: u64, operator: &Operator<'_>) -> Result<(), LoadError> {
    if !refusal::is_supported(operator) {
        return Err(unsupported(offset, refusal::operator(operator)));
    }
    match *operator {
        Operator::Block { blockty: BlockType::Type(result) }
        | Operator::Loop { blockty: BlockType::Type(result) }
        | Operator::If { blockty: BlockType::Type(result) }
        | Operator::TypedSelect { ty: result } => value_type(offset, result).map(|_| ()),
        Operator::RefNull { hty } if !matches!(hty, HeapType::FUNC | HeapType::EXTERN) => {
            Err(unsupported(offset, format!("a null of the type {hty:?}")))
        }
        _ => Ok(()),
    }
}

/// The validator may be built without the operators for vectors, and then does not know their names.
fn operator_error(body: &FunctionBody<'_>, offset: u64, error: wasmparser::Error) -> LoadError {
    const VECTOR_PREFIX: u8 = 0xfd;
    let within = offset.saturating_sub(body.range().start) as usize;
    match body.as_bytes().get(within) {
        Some(&VECTOR_PREFIX) => unsupported(offset, "a vector operator (proposal simd)"),
        _ => malformed(error),
    }
}

pub(crate) fn narrow(offset: u64) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

pub(crate) fn at(offset: u64, kind: LoadErrorKind) -> LoadError {
    LoadError { offset: narrow(offset), kind }
}

pub(crate) fn unsupported(offset: u64, what: impl Into<String>) -> LoadError {
    at(offset, LoadErrorKind::Unsupported(what.into()))
}

pub(crate) fn malformed(error: wasmparser::Error) -> LoadError {
    at(error.offset(), LoadErrorKind::Malformed(error.message().into()))
}
