//! The module around the functions: types, imports, table, memory, exports, names and first values.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use sostenuto_board::patch::{Guard, Line};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, InstructionSink, MemorySection, MemoryType,
    Module, NameMap, NameSection, RefType, TableSection, TableType, TypeSection, ValType,
};

use super::LowerError;
use super::emit::{self, Code, held};
use super::layout::{Layout, WORD};
use super::program::{Callee, Data, Function, NativeId, Program, Type, Word};

/// The memory grows by pages of this size.
const PAGE: u32 = 65_536;

/// What engines accept of one function: bytes of code and locals beside the parameters.
const LARGEST_FUNCTION: usize = 7_500_000;
const MOST_LOCALS: usize = 49_000;

/// The function that reports a fault: the first import.
const FAULT: &str = "fault";

/// Where functions and types are found in the module.
pub(super) struct Indices<'a> {
    program: &'a Program,
    pub fault: u32,
    /// The global that holds the byte address of the top of the stack.
    pub stack_pointer: u32,
    table: HashMap<Callee, u32>,
    types: RefCell<Types>,
}

impl Indices<'_> {
    pub fn function(&self, callee: Callee) -> u32 {
        let natives = 1 + self.program.natives.len() as u32;
        match callee {
            Callee::Native(id) => 1 + id as u32,
            Callee::Function(id) => natives + id as u32,
        }
    }

    /// The type of a callee's result.
    pub fn result(&self, callee: Callee) -> Option<Type> {
        match callee {
            Callee::Native(id) => self.program.natives[id].result.then_some(Type::Integer),
            Callee::Function(id) => {
                let function = &self.program.functions[id];
                function.result.map(|result| function.locals[result as usize])
            }
        }
    }

    /// The entry of a function in the table; entry 0 is null.
    pub fn table_entry(&self, callee: Callee) -> u32 {
        self.table.get(&callee).copied().unwrap_or(0)
    }

    /// The type of a function of so many words that gives a word.
    pub fn words_type(&self, parameters: u32) -> u32 {
        self.types.borrow_mut().index(vec![ValType::I32; parameters as usize], Some(ValType::I32))
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
        self.index(vec![ValType::I32; native.parameters as usize], native.result.then_some(ValType::I32))
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
pub(super) fn encode(program: &Program, layout: &Layout) -> Result<(Vec<u8>, Vec<Line>), LowerError> {
    let table = program.table.iter().copied().zip(1..).collect();
    let indices = Indices { program, fault: 0, stack_pointer: 0, table, types: RefCell::default() };
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
        let fault = types.index(vec![ValType::I32; 2], None);
        imports.import(program.host, FAULT, EntityType::Function(fault));
        for (id, native) in program.natives.iter().enumerate() {
            let ty = types.of_native(program, id);
            imports.import(program.host, &native.name, EntityType::Function(ty));
        }
        for (function, body) in program.functions.iter().zip(&codes) {
            functions.function(types.of(function));
            code.raw(&with_locals(&body.locals, &body.bytes));
        }
        let mut next = 1 + (program.natives.len() + program.functions.len()) as u32;
        let mut entries = Vec::new();
        for &callee in &program.table {
            if takes_and_gives_words(program, callee) {
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
        maximum: Some(pages),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);
    let mut globals = GlobalSection::new();
    let stack_pointer = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    globals.global(stack_pointer, &ConstExpr::i32_const(layout.stack_top as i32));
    module.section(&globals);
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

fn exports(program: &Program, indices: &Indices) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    let mut used = BTreeSet::from(["memory"]);
    for (id, function) in program.functions.iter().enumerate() {
        if used.insert(&function.name) {
            exports.export(&function.name, ExportKind::Func, indices.function(Callee::Function(id)));
        }
    }
    exports
}

fn names(program: &Program, indices: &Indices) -> NameSection {
    let mut map = NameMap::new();
    map.append(indices.fault, FAULT);
    for (id, native) in program.natives.iter().enumerate() {
        map.append(indices.function(Callee::Native(id)), &native.name);
    }
    for (id, function) in program.functions.iter().enumerate() {
        map.append(indices.function(Callee::Function(id)), &function.name);
    }
    let mut names = NameSection::new();
    names.module(&program.source);
    names.functions(&map);
    names
}

fn first_values(program: &Program, indices: &Indices, layout: &Layout) -> DataSection {
    let mut runs: Vec<(u32, Vec<u8>)> = Vec::new();
    for (data, &address) in program.data.iter().zip(&layout.data) {
        let words = resolve(data, indices, layout);
        let used = words.iter().rposition(|&word| word != 0).map_or(0, |last| last + 1);
        if used > 0 {
            runs.push((address, words[..used].iter().flat_map(|word| word.to_le_bytes()).collect()));
        }
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

fn resolve(data: &Data, indices: &Indices, layout: &Layout) -> Vec<u32> {
    let word = |word: &Word| match *word {
        Word::Value(value) => value,
        Word::Address(data, offset) => (layout.data[data] / WORD).wrapping_add_signed(offset),
        Word::Function(callee) => indices.table_entry(callee),
    };
    data.values.iter().map(word).collect()
}

fn takes_and_gives_words(program: &Program, callee: Callee) -> bool {
    match callee {
        Callee::Native(id) => program.natives[id].result,
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
        Callee::Native(id) => vec![Type::Integer; program.natives[id].parameters as usize],
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
