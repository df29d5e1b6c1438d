//! Makes valid modules of the supported subset out of arbitrary bytes.
//!
//! Operators are chosen one by one for the operand stack as it is, not as trees of expressions, so that values stay
//! below others for long, are dropped, and are carried over branches. Each loop and each function uses up a unit of a
//! global, so that all programs end.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction as I,
    MemArg, MemArgTarget, MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection,
    ValType,
};

/// How many functions a generated module has, all exported under their number.
pub const FUNCTIONS: u32 = 4;
/// The pages of its memory.
pub const PAGES: u64 = 4;
/// Units that loops and functions may use up.
const UNITS: i32 = 300;
const GLOBALS: [ValType; 4] = [ValType::I32, ValType::I32, ValType::F32, ValType::I32];
/// The types of imports and functions.
const TYPES: [(&[ValType], Option<ValType>); 6] = [
    (&[ValType::I32, ValType::F32], Some(ValType::I32)),
    (&[ValType::F32], None),
    (&[], Some(ValType::F32)),
    (&[ValType::I32, ValType::I32, ValType::I32], Some(ValType::I32)),
    (&[], None),
    (&[ValType::F32, ValType::F32], Some(ValType::F32)),
];
const IMPORTS: u32 = 2;

/// Choices that come from bytes; when they run out, all choices are the first.
struct Tape<'a>(&'a [u8]);

impl Tape<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::from(self.byte()) % bound
    }

    fn word(&mut self) -> u32 {
        const NOTABLE: [u32; 24] = [
            0,
            1,
            2,
            3,
            4,
            8,
            31,
            32,
            255,
            0x7fff,
            0x8000,
            0xffff,
            0xffff_8000,
            0xffff_7fff,
            0x1_0000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x3f80_0000,
            0xbfc0_0000,
            0x4f00_0000,
            0xcf00_0000,
            0x7f80_0000,
            0x7fc0_0000,
        ];
        match self.below(32) {
            choice @ 0..24 => NOTABLE[choice as usize],
            24..30 => self.byte().into(),
            _ => u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
        }
    }
}

/// A module made of these bytes.
pub fn module(bytes: &[u8]) -> Vec<u8> {
    let mut tape = Tape(bytes);
    let mut module = Module::new();
    let mut types = TypeSection::new();
    for (params, result) in TYPES {
        types.ty().function(params.iter().copied(), result);
    }
    module.section(&types);
    let mut imports = ImportSection::new();
    for index in 0..IMPORTS {
        imports.import("host", &index.to_string(), EntityType::Function(index));
    }
    module.section(&imports);
    let mut functions = FunctionSection::new();
    let signatures: Vec<u32> = (0..FUNCTIONS).map(|_| tape.below(TYPES.len() as u32)).collect();
    for &signature in &signatures {
        functions.function(signature);
    }
    module.section(&functions);
    let mut tables = TableSection::new();
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 8,
        maximum: None,
        shared: false,
    };
    tables.table(table);
    module.section(&tables);
    let mut memories = MemorySection::new();
    let memory = MemoryType {
        minimum: PAGES,
        maximum: Some(PAGES),
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    memories.memory(memory);
    module.section(&memories);
    let mut globals = GlobalSection::new();
    for val_type in GLOBALS {
        let initial = match val_type {
            ValType::I32 => ConstExpr::i32_const(UNITS),
            _ => ConstExpr::f32_const(0.75_f32.into()),
        };
        globals.global(GlobalType { val_type, mutable: true, shared: false }, &initial);
    }
    module.section(&globals);
    let mut exports = ExportSection::new();
    for index in 0..FUNCTIONS {
        exports.export(&index.to_string(), ExportKind::Func, IMPORTS + index);
    }
    exports.export("memory", ExportKind::Memory, 0);
    for index in 0..GLOBALS.len() as u32 {
        exports.export(&format!("g{index}"), ExportKind::Global, index);
    }
    module.section(&exports);
    let mut elements = ElementSection::new();
    let members: Vec<u32> = (0..IMPORTS + FUNCTIONS).collect();
    elements.active(None, &ConstExpr::i32_const(1), Elements::Functions(members.into()));
    module.section(&elements);
    let mut code = CodeSection::new();
    let all: Vec<u32> = (0..IMPORTS).chain(signatures.iter().copied()).collect();
    for &signature in &signatures {
        code.function(&Body::new(&mut tape, signature, &all).generate());
    }
    module.section(&code);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(16), (0..200).map(|byte: u8| byte.wrapping_mul(37)));
    module.section(&data);
    module.finish()
}

struct Label {
    /// What a branch to it carries.
    carries: Option<ValType>,
    result: Option<ValType>,
    height: usize,
    is_if: bool,
}

struct Body<'t, 'b> {
    tape: &'t mut Tape<'b>,
    functions: &'t [u32],
    locals: Vec<ValType>,
    stack: Vec<ValType>,
    labels: Vec<Label>,
    out: Function,
}

const I: ValType = ValType::I32;
const F: ValType = ValType::F32;

impl<'t, 'b> Body<'t, 'b> {
    fn new(tape: &'t mut Tape<'b>, signature: u32, functions: &'t [u32]) -> Self {
        let (params, result) = TYPES[signature as usize];
        let declared = [I, F, I, F];
        let locals = params.iter().copied().chain(declared).collect();
        let labels = vec![Label { carries: result, result, height: 0, is_if: false }];
        let out = Function::new_with_locals_types(declared);
        Self { tape, functions, locals, stack: vec![], labels, out }
    }

    fn generate(mut self) -> Function {
        self.use_unit();
        for _ in 0..u32::from(self.tape.byte()) {
            self.step();
        }
        while self.labels.len() > 1 {
            self.close();
        }
        for local in 0..self.locals.len() {
            self.emit(&I::LocalGet(local as u32));
            self.stack.push(self.locals[local]);
            self.absorb();
        }
        self.close();
        self.out
    }

    fn emit(&mut self, instruction: &I<'_>) {
        self.out.instruction(instruction);
    }

    fn use_unit(&mut self) {
        for instruction in [
            I::GlobalGet(3),
            I::I32Eqz,
            I::If(BlockType::Empty),
            I::Unreachable,
            I::End,
            I::GlobalGet(3),
            I::I32Const(1),
            I::I32Sub,
            I::GlobalSet(3),
        ] {
            self.emit(&instruction);
        }
    }

    fn floor(&self) -> usize {
        self.labels.last().map_or(0, |label| label.height)
    }

    fn available(&self) -> &[ValType] {
        &self.stack[self.floor()..]
    }

    /// Puts values of these types on top of the stack, from what is there when it fits.
    fn want(&mut self, types: &[ValType]) {
        if !self.available().ends_with(types) {
            for &value_type in types {
                self.value(value_type);
            }
        }
        self.stack.truncate(self.stack.len() - types.len());
    }

    fn value(&mut self, value_type: ValType) {
        if self.tape.below(3) > 0 {
            let local = self.local(value_type);
            self.emit(&I::LocalGet(local));
        } else {
            let word = self.tape.word();
            match value_type {
                I => self.emit(&I::I32Const(word.cast_signed())),
                _ => self.emit(&I::F32Const(f32::from_bits(word).into())),
            }
        }
        self.stack.push(value_type);
    }

    fn local(&mut self, value_type: ValType) -> u32 {
        let choices: Vec<u32> = (0..)
            .zip(&self.locals)
            .filter(|&(_, &local)| local == value_type)
            .map(|(index, _)| index)
            .collect();
        choices[self.tape.below(choices.len() as u32) as usize]
    }

    /// Makes the top of the stack what a label wants, and takes it off.
    fn want_for(&mut self, carries: Option<ValType>) {
        if let Some(value_type) = carries {
            self.want(&[value_type]);
        }
    }

    fn close(&mut self) {
        let Some(label) = self.labels.last() else { return };
        let (height, result, is_if) = (label.height, label.result, label.is_if);
        self.fit(height, result);
        if is_if {
            self.emit(&I::Else);
            self.stack.truncate(height);
            for _ in 0..self.tape.below(8) {
                self.step_within();
            }
            self.fit(height, result);
        }
        self.labels.pop();
        self.stack.truncate(height);
        self.stack.extend(result);
        self.emit(&I::End);
    }

    /// Leaves the result and nothing else above `height`.
    fn fit(&mut self, height: usize, result: Option<ValType>) {
        let wanted: Vec<ValType> = result.into_iter().collect();
        if self.stack[height..] == wanted {
            return;
        }
        while self.stack.len() > height {
            self.absorb();
        }
        self.want_for(result);
    }

    /// Mixes the top of the stack into a global, so that it makes a difference.
    fn absorb(&mut self) {
        if self.stack.pop() == Some(F) {
            self.emit(&I::I32ReinterpretF32);
        }
        for instruction in [I::GlobalGet(1), I::I32Const(1), I::I32Rotl, I::I32Xor, I::GlobalSet(1)] {
            self.emit(&instruction);
        }
    }

    fn step(&mut self) {
        match self.tape.below(20) {
            0 | 1 => self.open(),
            2 | 3 if self.labels.len() > 1 => self.close(),
            _ => self.step_within(),
        }
    }

    fn open(&mut self) {
        if self.labels.len() > 6 {
            return;
        }
        let result = [None, Some(I), Some(F)][self.tape.below(3) as usize];
        let block_type = result.map_or(BlockType::Empty, BlockType::Result);
        let kind = self.tape.below(3);
        if kind == 2 {
            if self.tape.below(2) == 0 {
                self.compare();
            }
            self.want(&[I]);
        }
        let carries = if kind == 1 { None } else { result };
        self.labels.push(Label { carries, result, height: self.stack.len(), is_if: kind == 2 });
        match kind {
            0 => self.emit(&I::Block(block_type)),
            1 => {
                self.emit(&I::Loop(block_type));
                self.use_unit();
            }
            _ => self.emit(&I::If(block_type)),
        }
    }

    fn step_within(&mut self) {
        match self.tape.below(16) {
            0 => self.value(I),
            1 => self.value(F),
            2 => self.local_write(),
            3 | 4 => self.branch(),
            5 => self.call(),
            6 => self.memory(),
            7 => {
                let value_type = [I, F][self.tape.below(2) as usize];
                self.want(&[value_type, value_type, I]);
                self.emit(&I::Select);
                self.stack.push(value_type);
            }
            8 => self.global(),
            9 if !self.available().is_empty() => {
                self.stack.pop();
                self.emit(&I::Drop);
            }
            10 | 11 => self.float(),
            12 => self.conversion(),
            _ => self.integer(),
        }
    }

    fn local_write(&mut self) {
        let value_type = [I, F][self.tape.below(2) as usize];
        self.want(&[value_type]);
        let local = self.local(value_type);
        if self.tape.below(2) == 0 {
            self.emit(&I::LocalSet(local));
        } else {
            self.emit(&I::LocalTee(local));
            self.stack.push(value_type);
        }
    }

    fn global(&mut self) {
        let global = self.tape.below(3);
        let value_type = GLOBALS[global as usize];
        if self.tape.below(2) == 0 {
            self.emit(&I::GlobalGet(global));
            self.stack.push(value_type);
        } else {
            self.want(&[value_type]);
            self.emit(&I::GlobalSet(global));
        }
    }

    fn branch(&mut self) {
        let depth = self.tape.below(self.labels.len() as u32);
        let carries = self.carried_by(depth);
        let types: Vec<ValType> = carries.into_iter().chain([I]).collect();
        if self.tape.below(2) == 0 {
            self.want_for(carries);
            self.stack.extend(carries);
            self.compare();
        }
        self.want(&types);
        match self.tape.below(4) {
            0 => {
                let count = self.tape.below(5);
                let mut targets: Vec<u32> =
                    (0..count).map(|_| self.tape.below(self.labels.len() as u32)).collect();
                targets.retain(|&target| self.carried_by(target) == carries);
                // A branch that is always taken goes into an arm, so that what follows stays alive.
                self.emit(&I::Drop);
                if carries.is_some() {
                    self.emit(&I::Drop);
                }
                self.want(&[I]);
                self.emit(&I::If(BlockType::Empty));
                self.labels.push(Label {
                    carries: None,
                    result: None,
                    height: self.stack.len(),
                    is_if: false,
                });
                self.want_for(carries);
                self.want(&[I]);
                self.labels.pop();
                let targets: Vec<u32> = targets.iter().map(|target| target + 1).collect();
                self.emit(&I::BrTable(targets.into(), depth + 1));
                self.emit(&I::End);
            }
            1 => {
                self.emit(&I::If(BlockType::Empty));
                self.labels.push(Label {
                    carries: None,
                    result: None,
                    height: self.stack.len(),
                    is_if: false,
                });
                // The carried value is below the arm, so the arm makes its own.
                self.want_for(carries);
                self.labels.pop();
                self.emit(&I::Br(depth + 1));
                self.emit(&I::End);
                self.stack.extend(carries);
            }
            _ => {
                self.emit(&I::BrIf(depth));
                self.stack.extend(carries);
            }
        }
    }

    /// Pushes the result of a comparison of fresh operands.
    fn compare(&mut self) {
        self.value(I);
        self.value(I);
        let operators = [
            I::I32Eq,
            I::I32Ne,
            I::I32LtS,
            I::I32LtU,
            I::I32GtS,
            I::I32GtU,
            I::I32LeS,
            I::I32LeU,
            I::I32GeS,
            I::I32GeU,
        ];
        let choice = self.tape.below(operators.len() as u32) as usize;
        self.operate(&operators[choice], &[I, I], Some(I));
        if self.tape.below(3) == 0 {
            self.operate(&I::I32Eqz, &[I], Some(I));
        }
    }

    fn carried_by(&self, depth: u32) -> Option<ValType> {
        self.labels[self.labels.len() - 1 - depth as usize].carries
    }

    fn call(&mut self) {
        if self.tape.below(8) > 0 {
            let function = self.tape.below(self.functions.len() as u32);
            let (params, result) = TYPES[self.functions[function as usize] as usize];
            self.want(params);
            self.emit(&I::Call(function));
            self.stack.extend(result);
        } else {
            let type_index = self.tape.below(TYPES.len() as u32);
            let (params, result) = TYPES[type_index as usize];
            self.want(params);
            let member = self.functions.iter().position(|&function| function == type_index);
            match member {
                Some(member) if self.tape.below(16) > 0 => self.emit(&I::I32Const(member as i32 + 1)),
                _ => {
                    let index = self.tape.below(24);
                    self.emit(&I::I32Const(index as i32));
                }
            }
            self.emit(&I::CallIndirect { type_index, table_index: 0 });
            self.stack.extend(result);
        }
    }

    fn memory(&mut self) {
        let offset = match self.tape.below(32) {
            0..24 => self.tape.byte().into(),
            24 => u64::from(self.tape.word()),
            _ => 0xfff0 + 0x300 * u64::from(self.tape.byte() % 128),
        };
        let memarg = MemArg { offset, align: 0, target: MemArgTarget::Memory(0), ordering: None };
        // Most addresses are made small, or nearly all would be out of bounds.
        if self.tape.below(32) > 0 {
            self.want(&[I]);
            self.emit(&I::I32Const(0x3ff));
            self.emit(&I::I32And);
            self.stack.push(I);
        } else {
            self.value(I);
        }
        match self.tape.below(13) {
            0 => self.operate(&I::I32Load(memarg), &[I], Some(I)),
            1 => self.operate(&I::F32Load(memarg), &[I], Some(F)),
            2 => self.operate(&I::I32Load8S(memarg), &[I], Some(I)),
            3 => self.operate(&I::I32Load8U(memarg), &[I], Some(I)),
            4 => self.operate(&I::I32Load16S(memarg), &[I], Some(I)),
            5 => self.operate(&I::I32Load16U(memarg), &[I], Some(I)),
            6 => self.store(&I::I32Store(memarg), I),
            7 => self.store(&I::I32Store8(memarg), I),
            8 => self.store(&I::I32Store16(memarg), I),
            9 => self.store(&I::F32Store(memarg), F),
            10 => {
                self.value(I);
                self.small_length();
                self.operate(&I::MemoryFill(0), &[I, I, I], None);
            }
            11 => {
                self.small_length();
                self.small_length();
                self.operate(&I::MemoryCopy { src_mem: 0, dst_mem: 0 }, &[I, I, I], None);
            }
            _ => {
                self.operate(&I::MemoryGrow(0), &[I], Some(I));
                self.operate(&I::MemorySize(0), &[], Some(I));
            }
        }
    }

    fn small_length(&mut self) {
        let length = self.tape.byte();
        self.emit(&I::I32Const(length.into()));
        self.stack.push(I);
    }

    fn store(&mut self, instruction: &I<'_>, value_type: ValType) {
        self.value(value_type);
        self.operate(instruction, &[I, value_type], None);
    }

    fn operate(&mut self, instruction: &I<'_>, takes: &[ValType], gives: Option<ValType>) {
        self.want(takes);
        self.emit(instruction);
        self.stack.extend(gives);
    }

    fn integer(&mut self) {
        let unary = [I::I32Eqz, I::I32Clz, I::I32Ctz, I::I32Popcnt, I::I32Extend8S, I::I32Extend16S];
        let binary = [
            I::I32Add,
            I::I32Sub,
            I::I32Mul,
            I::I32And,
            I::I32Or,
            I::I32Xor,
            I::I32Shl,
            I::I32ShrS,
            I::I32ShrU,
            I::I32Rotl,
            I::I32Rotr,
            I::I32Eq,
            I::I32Ne,
            I::I32LtS,
            I::I32LtU,
            I::I32GtS,
            I::I32GtU,
            I::I32LeS,
            I::I32LeU,
            I::I32GeS,
            I::I32GeU,
            I::I32DivS,
            I::I32DivU,
            I::I32RemS,
            I::I32RemU,
        ];
        let choice = self.tape.below((unary.len() + binary.len()) as u32) as usize;
        match unary.get(choice) {
            Some(operator) => self.operate(operator, &[I], Some(I)),
            None => {
                let operator = &binary[choice - unary.len()];
                let divides = matches!(operator, I::I32DivS | I::I32DivU | I::I32RemS | I::I32RemU);
                if divides && self.tape.below(16) > 0 {
                    self.want(&[I, I]);
                    self.emit(&I::I32Const(1));
                    self.emit(&I::I32Or);
                    self.stack.extend([I, I]);
                }
                self.operate(operator, &[I, I], Some(I));
            }
        }
    }

    fn float(&mut self) {
        let comparison = [I::F32Eq, I::F32Ne, I::F32Lt, I::F32Gt, I::F32Le, I::F32Ge];
        let bits = [I::F32Abs, I::F32Neg];
        let unary = [I::F32Ceil, I::F32Floor, I::F32Trunc, I::F32Nearest, I::F32Sqrt];
        let binary = [I::F32Add, I::F32Sub, I::F32Mul, I::F32Div, I::F32Min, I::F32Max];
        let choice = self.tape.below(20) as usize;
        match choice {
            0..6 => self.operate(&comparison[choice], &[F, F], Some(I)),
            6..8 => self.operate(&bits[choice - 6], &[F], Some(F)),
            8 => self.operate(&I::F32Copysign, &[F, F], Some(F)),
            9..14 => {
                self.operate(&unary[choice - 9], &[F], Some(F));
                self.canonicalise();
            }
            _ => {
                self.operate(&binary[choice - 14], &[F, F], Some(F));
                self.canonicalise();
            }
        }
    }

    /// Makes the one canonical NaN of any NaN, because WebAssembly leaves open which one an operator gives.
    fn canonicalise(&mut self) {
        let scratch = self.locals.len() as u32 - 1;
        for instruction in [
            I::LocalTee(scratch),
            I::F32Const(f32::NAN.into()),
            I::LocalGet(scratch),
            I::LocalGet(scratch),
            I::F32Eq,
            I::Select,
        ] {
            self.emit(&instruction);
        }
    }

    fn conversion(&mut self) {
        let to_integer =
            [I::I32TruncF32S, I::I32TruncF32U, I::I32TruncSatF32S, I::I32TruncSatF32U, I::I32ReinterpretF32];
        let to_float = [I::F32ConvertI32S, I::F32ConvertI32U, I::F32ReinterpretI32];
        // The conversions that trap are rare, or few programs would live long.
        let choice =
            if self.tape.below(16) == 0 { self.tape.below(2) } else { 2 + self.tape.below(6) } as usize;
        match to_integer.get(choice) {
            Some(operator) => self.operate(operator, &[F], Some(I)),
            None => self.operate(&to_float[choice - to_integer.len()], &[I], Some(F)),
        }
    }
}
