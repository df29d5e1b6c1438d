//! The module that the Faust compiler has made: what it says of itself, its arrays, and its memory made to measure.

use std::collections::BTreeSet;

use sostenuto_board::program::Precision;
use wasm_encoder::{ConstExpr, DataSection, MemorySection, MemoryType, RawSection};
use wasmparser::{
    CompositeInnerType, DataKind, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef, ValType,
};

use crate::error::ModuleError;
use crate::fields::{Field, Role};

/// A page of linear memory.
const PAGE: u64 = 65_536;

/// A module, looked through once.
#[derive(Debug, Default)]
pub(crate) struct Module<'w> {
    wasm: &'w [u8],
    /// What a function takes, by its type.
    types: Vec<Vec<ValType>>,
    /// The types of the functions, imported ones first.
    functions: Vec<u32>,
    imports: usize,
    exports: Vec<(&'w str, u32)>,
    bodies: Vec<FunctionBody<'w>>,
    /// Each active segment of data with its address.
    data: Vec<(u32, &'w [u8])>,
}

impl<'w> Module<'w> {
    pub(crate) fn read(wasm: &'w [u8]) -> Result<Module<'w>, ModuleError> {
        let mut module = Module { wasm, ..Module::default() };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        for sub_type in group?.into_types() {
                            module.types.push(match sub_type.composite_type.inner {
                                CompositeInnerType::Func(function) => function.params().to_vec(),
                                _ => Vec::new(),
                            });
                        }
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let TypeRef::Func(index) = import?.ty {
                            module.functions.push(index);
                            module.imports += 1;
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        module.functions.push(index?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            module.exports.push((export.name, export.index));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        let offset = match data.kind {
                            DataKind::Active { offset_expr, .. } => {
                                offset_expr.get_operators_reader().read()?
                            }
                            DataKind::Passive => Operator::Nop,
                        };
                        let Operator::I32Const { value } = offset else {
                            let message =
                                "data without a fixed address, which the Faust compiler does not make";
                            let offset = data.range.start;
                            return Err(ModuleError::Malformed { message: message.to_owned(), offset });
                        };
                        module.data.push((value as u32, data.data));
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// The description, which lies at address 0 until the program starts.
    pub(crate) fn description(&self) -> Result<&'w [u8], ModuleError> {
        let description = self.data.iter().find(|data| is_description(data));
        description.map(|(_, bytes)| *bytes).ok_or(ModuleError::NoDescription)
    }

    /// What a sample is, by the type of a function that is given one.
    pub(crate) fn precision(&self) -> Result<Precision, ModuleError> {
        let name = "setParamValue";
        let function = self.export(name).and_then(|index| self.functions.get(index as usize));
        let takes = function.and_then(|kind| self.types.get(*kind as usize)).map(Vec::as_slice);
        match takes {
            Some([ValType::I32, ValType::I32, ValType::F32]) => Ok(Precision::Single),
            Some([ValType::I32, ValType::I32, ValType::F64]) => Ok(Precision::Double),
            _ => Err(ModuleError::NoFunction { name }),
        }
    }

    /// The arrays by the loops that fill them: `instanceClear` those that change, what `init` calls first the tables.
    pub(crate) fn arrays(&self) -> Result<Vec<Field>, ModuleError> {
        let clear = self.export("instanceClear").ok_or(ModuleError::NoFunction { name: "instanceClear" })?;
        let mut fields = self.filled_by(clear, Role::State)?;
        let init = self.export("init").and_then(|index| self.body(index));
        let first_call = match init {
            Some(body) => body.get_operators_reader()?.into_iter().find_map(|operator| match operator {
                Ok(Operator::Call { function_index }) => Some(function_index),
                _ => None,
            }),
            None => None,
        };
        if let Some(class_init) = first_call.filter(|index| Some(*index) != self.export("instanceInit")) {
            let tables = self.filled_by(class_init, Role::Table)?;
            let known: BTreeSet<u32> = fields.iter().map(|field| field.address).collect();
            fields.extend(tables.into_iter().filter(|table| !known.contains(&table.address)));
        }
        Ok(fields)
    }

    /// The same module with memory for so many bytes, rounded up to pages, that begins as zeros.
    pub(crate) fn with_memory(&self, bytes: u32) -> Result<Vec<u8>, ModuleError> {
        let mut module = wasm_encoder::Module::new();
        for payload in Parser::new(0).parse_all(self.wasm) {
            let payload = payload?;
            if let Payload::MemorySection(_) = payload {
                let minimum = u64::from(bytes).div_ceil(PAGE).max(1);
                let mut memories = MemorySection::new();
                memories.memory(MemoryType {
                    minimum,
                    maximum: None,
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                });
                module.section(&memories);
            } else if let Payload::DataSection(_) = payload {
                let mut section = DataSection::new();
                for (address, data) in self.data.iter().filter(|data| !is_description(data)) {
                    section.active(0, &ConstExpr::i32_const(*address as i32), data.iter().copied());
                }
                if !section.is_empty() {
                    module.section(&section);
                }
            } else if let Some((id, range)) = payload.as_section() {
                module
                    .section(&RawSection { id, data: &self.wasm[range.start as usize..range.end as usize] });
            }
        }
        Ok(module.finish())
    }

    fn export(&self, name: &str) -> Option<u32> {
        self.exports.iter().find(|(exported, _)| *exported == name).map(|(_, index)| *index)
    }

    fn body(&self, function: u32) -> Option<&FunctionBody<'w>> {
        self.bodies.get((function as usize).checked_sub(self.imports)?)
    }

    fn filled_by(&self, function: u32, role: Role) -> Result<Vec<Field>, ModuleError> {
        let Some(body) = self.body(function) else { return Ok(Vec::new()) };
        let mut operators = Vec::new();
        for operator in body.get_operators_reader()? {
            operators.push(operator?);
        }
        let mut fields: Vec<Field> = Vec::new();
        for (start, _) in operators.iter().enumerate().filter(|(_, it)| matches!(it, Operator::Loop { .. })) {
            let filled = fill(&operators[start + 1..]);
            for Filled { address, size, length } in filled {
                let name = format!("array {address}");
                let bytes = size.saturating_mul(length);
                fields.push(Field { name, address, bytes, length: Some(length), role });
            }
        }
        Ok(fields)
    }
}

/// Whether a segment of data is what the module says of itself.
fn is_description((address, bytes): &(u32, &[u8])) -> bool {
    *address == 0 && bytes.starts_with(b"{")
}

/// An array that a loop fills.
struct Filled {
    address: u32,
    size: u32,
    length: u32,
}

/// The arrays that a loop of the form `for (l = 0; l < LENGTH; l = l + 1) array[l] = …` stores to, from its first operator
/// on. An element's address is the array's plus the counter shifted left, and the sum is missing for an array at 0.
fn fill(operators: &[Operator<'_>]) -> Vec<Filled> {
    let mut length = None;
    let mut found = Vec::new();
    for (at, operator) in operators.iter().enumerate() {
        match operator {
            Operator::Loop { .. } => break,
            Operator::I32LtS => {
                if let Some(Operator::I32Const { value }) = at.checked_sub(1).map(|at| &operators[at]) {
                    length = Some(*value as u32);
                    break;
                }
            }
            Operator::I32Shl => {
                let Some([Operator::LocalGet { .. }, Operator::I32Const { value: shift @ (2 | 3) }]) =
                    at.checked_sub(2).and_then(|from| operators.get(from..at))
                else {
                    continue;
                };
                let base = at.checked_sub(3).map(|at| &operators[at]);
                let address = match (base, operators.get(at + 1)) {
                    (Some(Operator::I32Const { value }), Some(Operator::I32Add)) => *value as u32,
                    _ => 0,
                };
                if is_stored_to(&operators[at + 1..]) {
                    found.push((address, 1 << shift));
                }
            }
            _ => {}
        }
    }
    let Some(length) = length else { return Vec::new() };
    found.into_iter().map(|(address, size)| Filled { address, size, length }).collect()
}

/// Whether the next access is no load: the address that has just been computed is for a store.
fn is_stored_to(operators: &[Operator<'_>]) -> bool {
    !matches!(
        operators.iter().find(|operator| !matches!(operator, Operator::I32Add)),
        Some(Operator::I32Load { .. } | Operator::F32Load { .. } | Operator::F64Load { .. })
    )
}
