//! The module around the functions: types, imports, table, memory, exports, names and first values.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use sostenuto_board::patch::{Guard, Host, Line};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, InstructionSink, MemorySection, MemoryType,
    Module, NameMap, NameSection, RefType, TableSection, TableType, TypeSection, ValType,
};

use super::LowerError;
use super::emit::{self, Code, held};
use super::layout::Layout;
use super::program::{Callee, Data, Expr, Function, NativeId, Pointer, Program, Signature, Type};

/// The memory grows by pages of this size.
const PAGE: u32 = 65_536;

/// What engines accept of one function: bytes of code and locals beside the parameters.
const LARGEST_FUNCTION: usize = 7_500_000;
const MOST_LOCALS: usize = 49_000;

/// The function that reports a fault: the first import, where there may be one.
const FAULT: &str = "fault";

/// Where functions, variables and types are found in the module.
pub(super) struct Indices<'a> {
    program: &'a Program,
    /// Whether statements tell the host their line, even those that do not call it.
    pub debug: bool,
    pub fault: u32,
    /// The global that holds the byte address of the top of the stack.
    pub stack_pointer: u32,
    /// The global that holds the line that is running.
    pub line: Option<u32>,
    pub first_global: u32,
    /// Functions that come before the natives: the one that reports a fault.
    first_native: u32,
    table: HashMap<Callee, u32>,
    types: RefCell<Types>,
}

impl<'a> Indices<'a> {
    fn new(program: &'a Program, debug: bool) -> Indices<'a> {
        let table = program.table.iter().copied().zip(1..).collect();
        let has_frames = program.functions.iter().any(|function| function.frame > 0);
        let (stack_pointer, line, first_global) = match program.host {
            Host::Permut8 => (0, None, 1),
            // The heap pointer, the line, the stack pointer.
            Host::Conez => (2, Some(1), 2 + u32::from(has_frames)),
        };
        let first_native = u32::from(program.host == Host::Permut8 || !program.faults.is_empty());
        let types = RefCell::default();
        Indices { program, debug, fault: 0, stack_pointer, line, first_global, first_native, table, types }
    }

    pub fn function(&self, callee: Callee) -> u32 {
        match callee {
            Callee::Native(id) => self.first_native + id as u32,
            Callee::Function(id) => self.first_native + (self.program.natives.len() + id) as u32,
        }
    }

    pub fn has_result(&self, callee: Callee) -> bool {
        self.result(callee).is_some()
    }

    /// The type of a callee's result.
    fn result(&self, callee: Callee) -> Option<Type> {
        match callee {
            Callee::Native(id) => self.program.natives[id].result,
            Callee::Function(id) => {
                let function = &self.program.functions[id];
                function.result.map(|result| function.locals[result as usize])
            }
        }
    }

    pub fn unit(&self) -> u32 {
        self.program.unit()
    }

    /// Whether pointers count words.
    pub fn counts_words(&self) -> bool {
        self.unit() > 1
    }

    /// The entry of a function in the table; entry 0 is null.
    pub fn table_entry(&self, callee: Callee) -> u32 {
        self.table.get(&callee).copied().unwrap_or(0)
    }

    /// The type of what a pointer calls.
    pub fn pointed_type(&self, signature: &Signature) -> u32 {
        let parameters = signature.parameters.iter().map(|&ty| held(ty)).collect();
        self.types.borrow_mut().index(parameters, signature.result.map(held))
    }
}

/// The function types of the module, each once.
#[derive(Default)]
struct Types {
    known: Vec<(Vec<ValType>, Option<ValType>)>,
}

impl Types {
    fn index(&mut self, parameters: Vec<ValType>, result: Option<ValType>) -> u32 {
        let ty = (parameters, result);
        let at = self.known.iter().position(|known| *known == ty).unwrap_or_else(|| {
            self.known.push(ty);
            self.known.len() - 1
        });
        at as u32
    }

    fn of(&mut self, function: &Function) -> u32 {
        let parameters = &function.locals[..function.parameters as usize];
        let result = function.result.map(|result| held(function.locals[result as usize]));
        self.index(parameters.iter().map(|&ty| held(ty)).collect(), result)
    }

    fn of_native(&mut self, program: &Program, id: NativeId) -> u32 {
        let native = &program.natives[id];
        self.index(native.parameters.iter().map(|&ty| held(ty)).collect(), native.result.map(held))
    }

    fn section(&self) -> TypeSection {
        let mut section = TypeSection::new();
        for (parameters, result) in &self.known {
            section.ty().function(parameters.iter().copied(), *result);
        }
        section
    }
}

/// The module of a program, and its source lines by offset.
///
/// # Errors
/// When a function is larger than a module may hold.
pub(super) fn encode(
    program: &Program,
    layout: &Layout,
    debug: bool,
) -> Result<(Vec<u8>, Vec<Line>), LowerError> {
    let indices = Indices::new(program, debug);
    let mut codes: Vec<Code> = Vec::with_capacity(program.functions.len());
    for function in &program.functions {
        let code = emit::function(function, &indices, layout);
        if code.bytes.len() > LARGEST_FUNCTION || code.locals.len() > MOST_LOCALS {
            return Err(LowerError::FunctionTooLarge {
                name: function.name.clone(),
                bytes: code.bytes.len(),
            });
        }
        codes.push(code);
    }

    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let table = {
        let mut types = indices.types.borrow_mut();
        let host = match program.host {
            Host::Permut8 => "permut8",
            Host::Conez => "env",
        };
        if indices.first_native > 0 {
            let fault = types.index(vec![ValType::I32; 2], None);
            imports.import(host, FAULT, EntityType::Function(fault));
        }
        for (id, native) in program.natives.iter().enumerate() {
            let ty = types.of_native(program, id);
            imports.import(host, &native.name, EntityType::Function(ty));
        }
        for (function, body) in program.functions.iter().zip(&codes) {
            functions.function(types.of(function));
            code.raw(&with_locals(&body.locals, &body.bytes));
        }
        let mut next = indices.function(Callee::Function(program.functions.len()));
        let mut entries = Vec::new();
        for &callee in &program.table {
            if program.host == Host::Conez || takes_and_gives_words(program, callee) {
                entries.push(indices.function(callee));
                continue;
            }
            let (ty, bytes) = adapter(program, &indices, &mut types, callee);
            functions.function(ty);
            code.raw(&with_locals(&[], &bytes));
            entries.push(next);
            next += 1;
        }
        entries
    };

    let mut module = Module::new();
    module.section(&indices.types.borrow().section());
    module.section(&imports);
    module.section(&functions);
    let mut tables = TableSection::new();
    let entries = table.len() as u64 + 1;
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: entries,
        maximum: Some(entries),
        shared: false,
    });
    module.section(&tables);
    let mut memories = MemorySection::new();
    let pages = u64::from(layout.end.div_ceil(PAGE).max(1));
    memories.memory(MemoryType {
        minimum: pages,
        maximum: (program.host == Host::Permut8).then_some(pages),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);
    module.section(&globals(program, &indices, layout));
    module.section(&exports(program, &indices));
    if !table.is_empty() {
        let mut elements = ElementSection::new();
        elements.active(Some(0), &ConstExpr::i32_const(1), Elements::Functions(table.into()));
        module.section(&elements);
    }
    module.section(&code);
    module.section(&first_values(program, &indices, layout));
    module.section(&names(program, &indices));
    let wasm = module.finish();
    let lines = line_map(&wasm, &codes);
    Ok((wasm, lines))
}

fn globals(program: &Program, indices: &Indices, layout: &Layout) -> GlobalSection {
    let mut globals = GlobalSection::new();
    let ty = |val_type, mutable| GlobalType { val_type, mutable, shared: false };
    if let Some(heap) = layout.heap {
        globals.global(ty(ValType::I32, false), &ConstExpr::i32_const(heap as i32));
        globals.global(ty(ValType::I32, true), &ConstExpr::i32_const(0));
    }
    if indices.stack_pointer < indices.first_global {
        globals.global(ty(ValType::I32, true), &ConstExpr::i32_const(layout.stack_top as i32));
    }
    for global in &program.globals {
        let value = match global.value {
            Expr::Integer(value) => ConstExpr::i32_const(value),
            Expr::Long(value) => ConstExpr::i64_const(value),
            Expr::Float(bits) => ConstExpr::f32_const(f32::from_bits(bits).into()),
            Expr::Double(bits) => ConstExpr::f64_const(f64::from_bits(bits).into()),
            Expr::Address(data, offset) => {
                ConstExpr::i32_const(((layout.data[data] / program.unit()) as i32).wrapping_add(offset))
            }
            Expr::Function(callee) => ConstExpr::i32_const(indices.table_entry(callee) as i32),
            _ => ConstExpr::i32_const(0),
        };
        globals.global(ty(held(global.ty), true), &value);
    }
    globals
}

fn exports(program: &Program, indices: &Indices) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    let mut used = BTreeSet::from(["memory"]);
    if let Some(line) = indices.line {
        exports.export("_heap_ptr", ExportKind::Global, 0);
        exports.export("__line", ExportKind::Global, line);
        used.extend(["_heap_ptr", "__line"]);
    }
    for (id, function) in program.functions.iter().enumerate() {
        if function.exported && used.insert(&function.name) {
            exports.export(&function.name, ExportKind::Func, indices.function(Callee::Function(id)));
        }
    }
    exports
}

fn names(program: &Program, indices: &Indices) -> NameSection {
    let mut map = NameMap::new();
    if indices.first_native > 0 {
        map.append(indices.fault, FAULT);
    }
    for (id, native) in program.natives.iter().enumerate() {
        map.append(indices.function(Callee::Native(id)), &native.name);
    }
    for (id, function) in program.functions.iter().enumerate() {
        map.append(indices.function(Callee::Function(id)), &function.name);
    }
    let mut names = NameSection::new();
    names.module(&program.source);
    names.functions(&map);
    if let Some(line) = indices.line {
        let mut globals = NameMap::new();
        globals.append(0, "_heap_ptr");
        globals.append(line, "__line");
        if indices.stack_pointer < indices.first_global {
            globals.append(indices.stack_pointer, "stack_pointer");
        }
        for (index, global) in (indices.first_global..).zip(&program.globals) {
            globals.append(index, &global.name);
        }
        names.globals(&globals);
    }
    names
}

fn first_values(program: &Program, indices: &Indices, layout: &Layout) -> DataSection {
    let mut runs: Vec<(u32, Vec<u8>)> = Vec::new();
    for (data, &address) in program.data.iter().zip(&layout.data) {
        let mut bytes = resolve(data, indices, layout);
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        if used > 0 {
            // Whole words, where there are any.
            bytes.truncate(used.next_multiple_of(4));
            runs.push((address, bytes));
        }
    }
    for (address, bytes) in &layout.filled {
        runs.push((*address, bytes.clone()));
    }
    for guard in &layout.guards {
        runs.push((guard.address, Guard::VALUE.to_le_bytes().to_vec()));
    }
    runs.sort_by_key(|(address, _)| *address);
    let mut section = DataSection::new();
    for (address, bytes) in joined(runs) {
        section.active(0, &ConstExpr::i32_const(address as i32), bytes);
    }
    section
}

/// Joins runs of bytes with few zeros between them: a module holds a limited number, and each has a head of its own.
fn joined(runs: Vec<(u32, Vec<u8>)>) -> Vec<(u32, Vec<u8>)> {
    const HEAD: u32 = 8;
    const MOST: usize = 50_000;
    let farthest = if runs.len() > MOST { u32::MAX } else { HEAD };
    let mut joined: Vec<(u32, Vec<u8>)> = Vec::new();
    for (address, bytes) in runs {
        if let Some((start, before)) = joined.last_mut()
            && address - (*start + before.len() as u32) <= farthest
        {
            before.resize((address - *start) as usize, 0);
            before.extend(bytes);
        } else {
            joined.push((address, bytes));
        }
    }
    joined
}

fn resolve(data: &Data, indices: &Indices, layout: &Layout) -> Vec<u8> {
    let mut bytes = data.image.bytes.clone();
    for &(offset, pointer) in &data.image.pointers {
        let value = match pointer {
            Pointer::Data(data, offset) => (layout.data[data] / indices.unit()).wrapping_add_signed(offset),
            Pointer::Function(callee) => indices.table_entry(callee),
        };
        if let Some(word) = bytes.get_mut(offset as usize..offset as usize + 4) {
            word.copy_from_slice(&value.to_le_bytes());
        }
    }
    bytes
}

fn takes_and_gives_words(program: &Program, callee: Callee) -> bool {
    match callee {
        Callee::Native(id) => program.natives[id].result.is_some(),
        Callee::Function(id) => {
            let function = &program.functions[id];
            let parameters = &function.locals[..function.parameters as usize];
            let result = function.result.map(|result| function.locals[result as usize]);
            result == Some(Type::Integer) && parameters.iter().all(|&ty| ty == Type::Integer)
        }
    }
}

/// A function of words that calls one of other types, for calls by pointer.
fn adapter(program: &Program, indices: &Indices, types: &mut Types, callee: Callee) -> (u32, Vec<u8>) {
    let parameters: Vec<Type> = match callee {
        Callee::Native(id) => program.natives[id].parameters.clone(),
        Callee::Function(id) => {
            let function = &program.functions[id];
            function.locals[..function.parameters as usize].to_vec()
        }
    };
    let mut bytes = Vec::new();
    let mut sink = InstructionSink::new(&mut bytes);
    for (local, ty) in (0..).zip(&parameters) {
        sink.local_get(local);
        if *ty == Type::Float {
            sink.f32_reinterpret_i32();
        }
    }
    sink.call(indices.function(callee));
    match indices.result(callee) {
        Some(Type::Integer | Type::Long | Type::Double) => &mut sink,
        Some(Type::Float) => sink.i32_reinterpret_f32(),
        None => sink.i32_const(0),
    }
    .end();
    (types.index(vec![ValType::I32; parameters.len()], Some(ValType::I32)), bytes)
}

/// The body of a function as the code section holds it, without its length.
fn with_locals(locals: &[ValType], code: &[u8]) -> Vec<u8> {
    let mut function = wasm_encoder::Function::new_with_locals_types(locals.iter().copied());
    function.raw(code.iter().copied());
    function.into_raw_body()
}

/// The lines of all functions by their offset in the module.
fn line_map(wasm: &[u8], codes: &[Code]) -> Vec<Line> {
    let bodies = wasmparser::Parser::new(0).parse_all(wasm).filter_map(|payload| match payload {
        Ok(wasmparser::Payload::CodeSectionEntry(body)) => Some(body),
        _ => None,
    });
    let mut lines = Vec::new();
    for (body, code) in bodies.zip(codes) {
        // The code ends where the body ends, whatever the locals before it take.
        let start = body.range().end as usize - code.bytes.len();
        let of_body = code.lines.iter().filter(|(_, line)| *line > 0);
        lines.extend(of_body.map(|&(offset, line)| Line { offset: (start + offset) as u32, line }));
    }
    lines
}
