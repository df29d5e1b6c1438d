//! Reads a module: section by section, checked, refused where it uses what is not there, translated.

use crate::code::{Body, Function};
use crate::error::{LoadError, LoadErrorKind};
use crate::module::{Data, Elements, Export, Global, Module};
use crate::refusal;
use crate::translate::Translator;
use crate::translate_operator::{Refused, Signature, Signatures};
use crate::types::{FuncIndex, FunctionType, ValueType};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};
use wasmparser::{
    BlockType, CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind,
    FuncToValidate, FuncValidatorAllocations, FunctionBody, KnownCustom, Name, Operator, Parser, Payload,
    TypeRef, ValType, ValidPayload, Validator, ValidatorResources,
};

/// Reads, checks and translates a module in the binary format.
pub(crate) fn load(wasm: &[u8]) -> Result<Module, LoadError> {
    let mut loader = Loader::default();
    let mut validator = Validator::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(malformed)?;
        match validator.payload(&payload).map_err(malformed)? {
            ValidPayload::Func(to_validate, body) => loader.body(to_validate, &body)?,
            ValidPayload::Parser(_) => return Err(unsupported(0, "a component")),
            ValidPayload::Ok | ValidPayload::End(_) => loader.section(payload)?,
        }
    }
    Ok(loader.finish())
}

#[derive(Default)]
struct Loader {
    module: Module,
    translator: Translator,
    allocations: FuncValidatorAllocations,
    types: Types,
    /// The index of the function whose body comes next.
    next_body: u32,
}

/// The types of the module, and of its functions.
#[derive(Default)]
struct Types {
    /// By type index: the id of the type.
    ids: Vec<u16>,
    distinct: BTreeMap<FunctionType, u16>,
    /// By id.
    signatures: Vec<Signature>,
    /// By function index: the id of the type.
    functions: Vec<u16>,
    imports: u32,
}

impl Signatures for Types {
    fn of_function(&self, function: u32) -> Signature {
        self.signatures[usize::from(self.functions[function as usize])]
    }

    fn of_type(&self, type_index: u32) -> Signature {
        self.signatures[usize::from(self.ids[type_index as usize])]
    }

    fn imports(&self) -> u32 {
        self.imports
    }
}

impl Loader {
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
            Payload::StartSection { range, .. } => Err(unsupported(range.start, "a start function")),
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
                let mut params = vec![];
                for &param in function.params() {
                    params.push(value_type(offset, param)?);
                }
                let result = match *function.results() {
                    [] => None,
                    [result] => Some(value_type(offset, result)?),
                    _ => return Err(unsupported(offset, "a function with more than one result")),
                };
                self.define_type(offset, FunctionType::new(&params, result))?;
            }
        }
        Ok(())
    }

    fn define_type(&mut self, offset: u64, function: FunctionType) -> Result<(), LoadError> {
        let id = match self.types.distinct.get(&function) {
            Some(&id) => id,
            None => {
                let limit = LoadErrorKind::TooManyTypes { limit: u16::MAX.into() };
                let id = u16::try_from(self.module.types.len()).map_err(|_| at(offset, limit))?;
                // The validator admits at most 1,000 parameters.
                let params = function.params().len() as u16;
                let has_result = function.result().is_some();
                self.types.signatures.push(Signature { type_id: id, params, has_result });
                self.types.distinct.insert(function.clone(), id);
                self.module.types.push(function);
                id
            }
        };
        self.types.ids.push(id);
        Ok(())
    }

    fn function(&mut self, type_index: u32) {
        let signature = self.types.of_type(type_index);
        self.types.functions.push(signature.type_id);
        let function = Function { type_id: signature.type_id, params: signature.params, body: Body::Import };
        self.translator.code.functions.push(function);
    }

    fn imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<(), LoadError> {
        for import in section.into_imports_with_offsets() {
            let (offset, import) = import.map_err(malformed)?;
            let what = match import.ty {
                TypeRef::Func(type_index) => {
                    self.function(type_index);
                    self.module.imports.push((import.module.into(), import.name.into()));
                    self.types.imports += 1;
                    continue;
                }
                TypeRef::Table(_) => "table",
                TypeRef::Memory(_) => "memory",
                TypeRef::Global(_) => "global",
                TypeRef::Tag(_) => "tag",
                TypeRef::FuncExact(_) => "function of exact type",
            };
            return Err(unsupported(
                offset,
                format!("an imported {what} ({}.{})", import.module, import.name),
            ));
        }
        self.next_body = self.types.imports;
        Ok(())
    }

    fn tables(&mut self, section: wasmparser::TableSectionReader<'_>) -> Result<(), LoadError> {
        for (position, table) in section.into_iter_with_offsets().enumerate() {
            let (offset, table) = table.map_err(malformed)?;
            let refused = match table {
                _ if position > 0 => "more than one table",
                ref table if !table.ty.element_type.is_func_ref() => "a table of other things than functions",
                ref table if table.ty.table64 => "a 64-bit table",
                ref table if table.ty.shared => "a shared table",
                ref table if matches!(table.init, wasmparser::TableInit::Expr(_)) => {
                    "a table with an initial value"
                }
                table => {
                    self.module.table_entries = table.ty.initial as u32;
                    continue;
                }
            };
            return Err(unsupported(offset, refused));
        }
        Ok(())
    }

    fn memories(&mut self, section: wasmparser::MemorySectionReader<'_>) -> Result<(), LoadError> {
        for memory in section.into_iter_with_offsets() {
            let (offset, memory) = memory.map_err(malformed)?;
            let refused = match memory {
                _ if self.module.memory_pages.is_some() => "more than one memory",
                memory if memory.memory64 => "a 64-bit memory",
                memory if memory.shared => "a shared memory (threads)",
                memory if memory.page_size_log2.is_some() => "a custom page size",
                memory => {
                    self.module.memory_pages = Some(memory.initial as u32);
                    continue;
                }
            };
            return Err(unsupported(offset, refused));
        }
        Ok(())
    }

    fn globals(&mut self, section: wasmparser::GlobalSectionReader<'_>) -> Result<(), LoadError> {
        for global in section.into_iter_with_offsets() {
            let (offset, global) = global.map_err(malformed)?;
            if global.ty.shared {
                return Err(unsupported(offset, "a shared global"));
            }
            let value_type = value_type(offset, global.ty.content_type)?;
            let initial = constant(&global.init_expr)?;
            self.module.globals.push(Global { value_type, initial });
        }
        Ok(())
    }

    fn exports(&mut self, section: wasmparser::ExportSectionReader<'_>) -> Result<(), LoadError> {
        for export in section.into_iter_with_offsets() {
            let (offset, export) = export.map_err(malformed)?;
            let what = match export.kind {
                ExternalKind::Func => Export::Function(export.index),
                ExternalKind::Global => Export::Global(export.index),
                ExternalKind::Memory => Export::Memory,
                ExternalKind::Table => Export::Table,
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
            let ElementKind::Active { ref offset_expr, .. } = segment.kind else {
                return Err(unsupported(offset, "a passive or declared element segment"));
            };
            let ElementItems::Functions(items) = segment.items else {
                return Err(unsupported(offset, "an element segment of expressions"));
            };
            let first = constant(offset_expr)?;
            let functions = items.into_iter().collect::<Result<_, _>>().map_err(malformed)?;
            self.module.elements.push(Elements { first, functions });
        }
        Ok(())
    }

    fn data(&mut self, section: wasmparser::DataSectionReader<'_>) -> Result<(), LoadError> {
        for segment in section.into_iter_with_offsets() {
            let (offset, segment) = segment.map_err(malformed)?;
            let DataKind::Active { ref offset_expr, .. } = segment.kind else {
                return Err(unsupported(offset, "a passive data segment"));
            };
            let address = constant(offset_expr)?;
            self.module.data.push(Data { address, bytes: segment.data.into() });
        }
        Ok(())
    }

    /// Takes the names of functions. Names are no part of what a module means, so malformed ones are no error.
    fn names(&mut self, section: wasmparser::NameSectionReader<'_>) {
        for name in section {
            let Ok(Name::Function(functions)) = name else { continue };
            for naming in functions.into_iter().map_while(Result::ok) {
                self.module.names.push((naming.index, naming.name.into()));
            }
        }
        self.module.names.sort_by_key(|&(index, _)| index);
        self.module.names.dedup_by_key(|&mut (index, _)| index);
    }

    fn body(
        &mut self,
        to_validate: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), LoadError> {
        let mut validator = to_validate.into_validator(core::mem::take(&mut self.allocations));
        let signature = self.types.of_function(self.next_body);
        let start = body.range().start;
        let mut locals = body.get_locals_reader().map_err(malformed)?;
        let mut slots = u32::from(signature.params);
        for _ in 0..locals.get_count() {
            let offset = locals.original_position();
            let (count, local_type) = locals.read().map_err(malformed)?;
            value_type(offset, local_type)?;
            validator.define_locals(offset, count, local_type).map_err(malformed)?;
            slots = slots.saturating_add(count);
        }
        let function = FuncIndex(self.next_body);
        let begun = self.translator.begin(function, slots, signature.has_result, narrow(start));
        begun.map_err(|kind| at(start, kind))?;
        let mut operators = body.get_operators_reader().map_err(malformed)?;
        while !operators.eof() {
            let offset = operators.original_position();
            let operator = operators.read().map_err(|error| operator_error(body, offset, error))?;
            check_support(offset, &operator)?;
            validator.op(offset, &operator).map_err(malformed)?;
            let entries = if let Operator::BrTable { targets } = &operator { targets.len() } else { 0 };
            self.translator.at(narrow(offset), entries).map_err(|kind| at(offset, kind))?;
            self.translator.operator(&operator, &self.types).map_err(|refused| match refused {
                Refused::Unsupported(what) => unsupported(offset, what),
                Refused::Malformed(error) => malformed(error),
            })?;
        }
        operators.finish().map_err(malformed)?;
        self.translator.finish().map_err(|kind| at(start, kind))?;
        self.allocations = validator.into_allocations();
        self.next_body += 1;
        Ok(())
    }

    fn finish(self) -> Module {
        let mut module = self.module;
        module.code = self.translator.code;
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
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
            match blockty {
                BlockType::Empty => Ok(()),
                BlockType::Type(result) => value_type(offset, result).map(|_| ()),
                BlockType::FuncType(_) => Err(unsupported(offset, "a block with parameters or many results")),
            }
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

fn constant(expression: &ConstExpr<'_>) -> Result<u32, LoadError> {
    let mut operators = expression.get_operators_reader();
    let offset = operators.original_position();
    let first = operators.read().map_err(malformed)?;
    let second = operators.original_position();
    match (first, operators.read().map_err(malformed)?) {
        (Operator::I32Const { value }, Operator::End) => Ok(value.cast_unsigned()),
        (Operator::F32Const { value }, Operator::End) => Ok(value.bits()),
        (Operator::I32Const { .. } | Operator::F32Const { .. }, other) => {
            Err(unsupported(second, format!("{} in a constant expression", refusal::operator(&other))))
        }
        (other, _) => {
            Err(unsupported(offset, format!("{} in a constant expression", refusal::operator(&other))))
        }
    }
}

fn value_type(offset: u64, value_type: ValType) -> Result<ValueType, LoadError> {
    match value_type {
        ValType::I32 => Ok(ValueType::I32),
        ValType::F32 => Ok(ValueType::F32),
        other => Err(unsupported(offset, format!("the type {other}"))),
    }
}

fn narrow(offset: u64) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn at(offset: u64, kind: LoadErrorKind) -> LoadError {
    LoadError { offset: narrow(offset), kind }
}

fn unsupported(offset: u64, what: impl Into<String>) -> LoadError {
    at(offset, LoadErrorKind::Unsupported(what.into()))
}

fn malformed(error: wasmparser::Error) -> LoadError {
    at(error.offset(), LoadErrorKind::Malformed(error.message().into()))
}
