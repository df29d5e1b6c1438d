//! Makes valid modules of the supported features out of arbitrary bytes.
//!
//! Operators are chosen one by one for the operand stack as it is, not as trees of expressions, so that values stay
//! below others for long, are dropped, and are carried over branches. Each loop and each function uses up a unit of a
//! global, so that all programs end.
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

mod access;
mod body;
mod calls;
mod control;
mod host;
mod idioms;
mod numbers;
mod tape;

use body::Body;
pub use host::{answer, arguments, instance};
use tape::Tape;
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType,
    Module, RefType, TableSection, TableType, TypeSection, ValType,
};

const I: ValType = ValType::I32;
const L: ValType = ValType::I64;
const F: ValType = ValType::F32;
const D: ValType = ValType::F64;

/// How many functions a generated module has, all exported under their number.
pub const FUNCTIONS: u32 = 4;
/// The pages of its memory, and how many it can have at most.
pub const PAGES: u32 = 4;
pub const MOST_PAGES: u32 = 6;
/// The most entries that one of its tables can have.
pub const MOST_ENTRIES: u32 = 12;

/// Units that loops and functions may use up.
const UNITS: i32 = 300;
/// The globals, exported as `g0` and so on. What the program computes is mixed into one; the last holds the units.
const GLOBALS: [ValType; 6] = [I, I, F, L, D, I];
const CHECKSUM: u32 = 1;
const UNITS_LEFT: u32 = 5;

/// What a function or a block takes and gives.
type Signature = (&'static [ValType], &'static [ValType]);

/// The types of imports, functions and blocks.
const TYPES: [Signature; 13] = [
    (&[I, F], &[I]),
    (&[F], &[]),
    (&[L, D], &[L]),
    (&[], &[F]),
    (&[I, I, I], &[I]),
    (&[], &[]),
    (&[F, F], &[F]),
    (&[L, I], &[L]),
    (&[D], &[D, I]),
    (&[I, L], &[I, L]),
    (&[F, I], &[I]),
    (&[], &[I, F, L, D, I, I, L, F, D, I, F, L]),
    (&[D, I], &[D]),
];
/// The one with more results than a branch moves one by one.
const MANY_RESULTS: usize = 11;
/// How many functions it imports from `host`, each under its number; their types are the first ones.
pub const IMPORTS: u32 = 3;

/// The functions of the table that indirect calls go through begin here.
const FIRST_ENTRY: i32 = 1;
const ENTRIES: u64 = 12;
/// The table that the program changes.
const WORK_TABLE: u32 = 1;
const WORK_ENTRIES: u64 = 8;

/// A module made of these bytes.
pub fn module(bytes: &[u8]) -> Vec<u8> {
    let mut tape = Tape::new(bytes);
    let signatures: Vec<u32> = (0..FUNCTIONS).map(|_| tape.below(TYPES.len()) as u32).collect();
    let all: Vec<u32> = (0..IMPORTS).chain(signatures.iter().copied()).collect();
    let mut module = Module::new();
    declare(&mut module, &signatures);
    module.section(&DataCountSection { count: 2 });
    let mut code = CodeSection::new();
    for &signature in &signatures {
        code.function(&Body::new(&mut tape, signature, &all).generate());
    }
    module.section(&code);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(16), (0..200).map(|byte: u8| byte.wrapping_mul(37)));
    data.passive((0..100).map(|byte: u8| byte.wrapping_mul(91)));
    module.section(&data);
    module.finish()
}

/// Writes all that comes before the code.
fn declare(module: &mut Module, signatures: &[u32]) {
    let mut types = TypeSection::new();
    for (params, results) in TYPES {
        types.ty().function(params.iter().copied(), results.iter().copied());
    }
    module.section(&types);
    let mut imports = ImportSection::new();
    for index in 0..IMPORTS {
        imports.import("host", &index.to_string(), EntityType::Function(index));
    }
    module.section(&imports);
    let mut functions = FunctionSection::new();
    for &signature in signatures {
        functions.function(signature);
    }
    module.section(&functions);
    let mut tables = TableSection::new();
    for (minimum, maximum) in [(ENTRIES, ENTRIES), (WORK_ENTRIES, MOST_ENTRIES.into())] {
        let element_type = RefType::FUNCREF;
        let maximum = Some(maximum);
        tables.table(TableType { element_type, table64: false, minimum, maximum, shared: false });
    }
    module.section(&tables);
    let mut memories = MemorySection::new();
    let (minimum, maximum) = (PAGES.into(), Some(MOST_PAGES.into()));
    memories.memory(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None });
    module.section(&memories);
    let mut globals = GlobalSection::new();
    for val_type in GLOBALS {
        let initial = match val_type {
            I => ConstExpr::i32_const(UNITS),
            L => ConstExpr::i64_const(-5),
            F => ConstExpr::f32_const(0.75_f32.into()),
            _ => ConstExpr::f64_const((-1.25).into()),
        };
        globals.global(GlobalType { val_type, mutable: true, shared: false }, &initial);
    }
    module.section(&globals);
    let mut exports = ExportSection::new();
    for index in 0..FUNCTIONS {
        exports.export(&index.to_string(), ExportKind::Func, IMPORTS + index);
    }
    exports.export("memory", ExportKind::Memory, 0);
    for table in 0..2 {
        exports.export(&format!("t{table}"), ExportKind::Table, table);
    }
    for index in 0..GLOBALS.len() as u32 {
        exports.export(&format!("g{index}"), ExportKind::Global, index);
    }
    module.section(&exports);
    let mut elements = ElementSection::new();
    let members: Vec<u32> = (0..IMPORTS + FUNCTIONS).collect();
    elements.active(None, &ConstExpr::i32_const(FIRST_ENTRY), Elements::Functions(members.clone().into()));
    elements.passive(Elements::Functions(members.into()));
    module.section(&elements);
}
