//! The body of a function, and the operand stack while it is written.

use super::{CHECKSUM, D, F, GLOBALS, I, L, TYPES, Tape, UNITS_LEFT};
use wasm_encoder::{BlockType, Function, Instruction as Op, ValType};

/// An open block.
pub struct Label {
    /// What a branch to it carries.
    pub carries: &'static [ValType],
    pub params: &'static [ValType],
    pub results: &'static [ValType],
    /// The height of the operand stack below the block and its parameters.
    pub height: usize,
    pub is_if: bool,
}

/// A function that is being written.
pub struct Body<'t, 'b> {
    pub tape: &'t mut Tape<'b>,
    /// The types of all functions.
    pub functions: &'t [u32],
    pub locals: Vec<ValType>,
    pub stack: Vec<ValType>,
    pub labels: Vec<Label>,
    out: Function,
}

impl<'t, 'b> Body<'t, 'b> {
    pub fn new(tape: &'t mut Tape<'b>, signature: u32, functions: &'t [u32]) -> Self {
        let (params, results) = TYPES[signature as usize];
        let declared = [I, F, L, D, I, F, L, D];
        let locals = params.iter().copied().chain(declared).collect();
        let labels = vec![Label { carries: results, params: &[], results, height: 0, is_if: false }];
        let out = Function::new_with_locals_types(declared);
        Self { tape, functions, locals, stack: vec![], labels, out }
    }

    /// Writes all of it.
    pub fn generate(mut self) -> Function {
        self.use_unit();
        for _ in 0..self.tape.byte() {
            self.step();
        }
        while self.labels.len() > 1 {
            self.close();
        }
        for local in 0..self.locals.len() {
            self.emit(&Op::LocalGet(local as u32));
            self.stack.push(self.locals[local]);
            self.absorb();
        }
        self.close();
        self.out
    }

    pub fn emit(&mut self, operator: &Op<'_>) {
        self.out.instruction(operator);
    }

    pub fn emit_all(&mut self, operators: &[Op<'_>]) {
        operators.iter().for_each(|operator| self.emit(operator));
    }

    /// Ends the program when all units are used up.
    pub fn use_unit(&mut self) {
        self.emit_all(&[
            Op::GlobalGet(UNITS_LEFT),
            Op::I32Eqz,
            Op::If(BlockType::Empty),
            Op::Unreachable,
            Op::End,
            Op::GlobalGet(UNITS_LEFT),
            Op::I32Const(1),
            Op::I32Sub,
            Op::GlobalSet(UNITS_LEFT),
        ]);
    }

    /// What is on the stack inside the innermost block.
    pub fn available(&self) -> &[ValType] {
        let floor = self.labels.last().map_or(0, |label| label.height);
        &self.stack[floor..]
    }

    /// Puts values of these types on top of the stack, from what is there when it fits, and takes them off for the
    /// operator that comes next.
    pub fn want(&mut self, types: &[ValType]) {
        if !self.available().ends_with(types) {
            for &value_type in types {
                self.value(value_type);
            }
        }
        self.stack.truncate(self.stack.len() - types.len());
    }

    /// Writes an operator, with operands for it.
    pub fn operate(&mut self, operator: &Op<'_>, takes: &[ValType], gives: &[ValType]) {
        self.want(takes);
        self.emit(operator);
        self.stack.extend(gives);
    }

    /// Pushes a value: of a local, or a constant.
    pub fn value(&mut self, value_type: ValType) {
        if self.tape.below(3) > 0 {
            let local = self.local(value_type);
            self.emit(&Op::LocalGet(local));
        } else {
            let constant = self.constant(value_type);
            self.emit(&constant);
        }
        self.stack.push(value_type);
    }

    pub fn constant(&mut self, value_type: ValType) -> Op<'static> {
        match value_type {
            I => Op::I32Const(self.tape.word().cast_signed()),
            L => Op::I64Const(self.tape.double_word().cast_signed()),
            F => Op::F32Const(self.tape.single()),
            _ => Op::F64Const(self.tape.double()),
        }
    }

    /// Pushes an integer that is one byte.
    pub fn small(&mut self) {
        let length = self.tape.byte();
        self.emit(&Op::I32Const(length.into()));
        self.stack.push(I);
    }

    /// A local of a type.
    pub fn local(&mut self, value_type: ValType) -> u32 {
        let choices: Vec<u32> = (0..)
            .zip(&self.locals)
            .filter(|&(_, &local)| local == value_type)
            .map(|(index, _)| index)
            .collect();
        self.tape.pick(&choices)
    }

    /// The last local of a type.
    pub fn scratch(&self, value_type: ValType) -> u32 {
        self.locals.iter().rposition(|&local| local == value_type).unwrap() as u32
    }

    /// One of the four types of numbers.
    pub fn any_type(&mut self) -> ValType {
        self.tape.pick(&[I, F, I, L, F, D])
    }

    fn step(&mut self) {
        match self.tape.below(20) {
            0 | 1 => self.open(),
            2 | 3 if self.labels.len() > 1 => self.close(),
            _ => self.step_within(),
        }
    }

    /// Writes something that opens and closes no block for longer.
    pub fn step_within(&mut self) {
        match self.tape.below(24) {
            0 => self.value(I),
            1 => self.value(F),
            2 => self.value(L),
            3 => self.value(D),
            4 => self.write_local(),
            5 | 6 => self.branch(),
            7 | 8 => self.call(),
            9 => self.access(),
            10 => {
                let value_type = self.any_type();
                self.want(&[value_type, value_type, I]);
                self.emit(&Op::Select);
                self.stack.push(value_type);
            }
            11 => self.global(),
            12 if !self.available().is_empty() => {
                self.stack.pop();
                self.emit(&Op::Drop);
            }
            13..15 => self.float(),
            15 | 16 => self.conversion(),
            17..20 => self.idiom(),
            _ => self.integer(),
        }
    }

    fn write_local(&mut self) {
        let value_type = self.any_type();
        self.want(&[value_type]);
        let local = self.local(value_type);
        if self.tape.one_of(2) {
            self.emit(&Op::LocalTee(local));
            self.stack.push(value_type);
        } else {
            self.emit(&Op::LocalSet(local));
        }
    }

    fn global(&mut self) {
        let global = self.tape.below(UNITS_LEFT as usize) as u32;
        let value_type = GLOBALS[global as usize];
        if self.tape.one_of(2) {
            self.operate(&Op::GlobalSet(global), &[value_type], &[]);
        } else {
            self.operate(&Op::GlobalGet(global), &[], &[value_type]);
        }
    }

    /// Mixes the top of the stack into a global, so that it makes a difference.
    pub fn absorb(&mut self) {
        const WIDE_TO_NARROW: [Op<'_>; 5] =
            [Op::I64Const(0x1e37_79b9_7f4a_7c15), Op::I64Mul, Op::I64Const(32), Op::I64ShrU, Op::I32WrapI64];
        match self.stack.pop() {
            Some(F) => self.emit(&Op::I32ReinterpretF32),
            Some(L) => self.emit_all(&WIDE_TO_NARROW),
            Some(D) => {
                self.emit(&Op::I64ReinterpretF64);
                self.emit_all(&WIDE_TO_NARROW);
            }
            _ => {}
        }
        self.emit_all(&[
            Op::GlobalGet(CHECKSUM),
            Op::I32Const(1),
            Op::I32Rotl,
            Op::I32Xor,
            Op::GlobalSet(CHECKSUM),
        ]);
    }
}
