//! Programs that do little but read and write, all over their memory.

use crate::generator::{FUNCTIONS, MOST_PAGES, PAGES};
use crate::random::Random;
use wasm_encoder::{
    BlockType, CodeSection, DataCountSection, DataSection, ExportKind, ExportSection, Function,
    FunctionSection, Instruction as Op, MemArg, MemArgTarget, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};

/// The locals: how many rounds are left, what addresses are made of, what was read.
const LEFT: u32 = 0;
const STATE: u32 = 1;
const SUM: u32 = 2;

/// A module whose functions each make many rounds of the same accesses, at addresses that change.
pub fn module(random: &mut Random) -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
    module.section(&types);
    let mut functions = FunctionSection::new();
    (0..FUNCTIONS).for_each(|_| _ = functions.function(0));
    module.section(&functions);
    let mut memories = MemorySection::new();
    let (minimum, maximum) = (PAGES.into(), Some(MOST_PAGES.into()));
    memories.memory(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None });
    module.section(&memories);
    let mut exports = ExportSection::new();
    for index in 0..FUNCTIONS {
        exports.export(&index.to_string(), ExportKind::Func, index);
    }
    module.section(&exports);
    module.section(&DataCountSection { count: 1 });
    let mut code = CodeSection::new();
    for _ in 0..FUNCTIONS {
        code.function(&Walk::new(random).generate());
    }
    module.section(&code);
    let mut data = DataSection::new();
    data.passive((0..200).map(|byte: u8| byte.wrapping_mul(91)));
    module.section(&data);
    module.finish()
}

struct Walk<'r> {
    random: &'r mut Random,
    out: Function,
}

impl<'r> Walk<'r> {
    fn new(random: &'r mut Random) -> Self {
        Self { random, out: Function::new([(2, ValType::I32), (1, ValType::I64)]) }
    }

    fn emit(&mut self, operators: &[Op<'_>]) {
        operators.iter().for_each(|operator| _ = self.out.instruction(operator));
    }

    fn generate(mut self) -> Function {
        let (rounds, seed) = (1 + self.random.below(40), self.random.next() as i32);
        self.emit(&[Op::I32Const(rounds.cast_signed()), Op::LocalSet(LEFT)]);
        self.emit(&[Op::I32Const(seed), Op::LocalSet(STATE)]);
        self.emit(&[Op::Loop(BlockType::Empty)]);
        for _ in 0..1 + self.random.below(24) {
            if self.random.below(3) == 0 {
                self.change_state();
            }
            match self.random.below(16) {
                0..7 => self.load(),
                7..14 => self.store(),
                _ => self.run_of_memory(),
            }
        }
        self.change_state();
        self.emit(&[
            Op::LocalGet(LEFT),
            Op::I32Const(1),
            Op::I32Sub,
            Op::LocalTee(LEFT),
            Op::BrIf(0),
            Op::End,
        ]);
        self.emit(&[Op::LocalGet(SUM), Op::I64Const(32), Op::I64ShrU, Op::LocalGet(SUM), Op::I64Xor]);
        self.emit(&[Op::I32WrapI64, Op::End]);
        self.out
    }

    /// A step of a linear congruential generator (Numerical Recipes).
    fn change_state(&mut self) {
        self.emit(&[Op::LocalGet(STATE), Op::I32Const(1_664_525), Op::I32Mul]);
        self.emit(&[Op::I32Const(1_013_904_223), Op::I32Add, Op::LocalSet(STATE)]);
    }

    /// A place in the memory, or just outside: in a run of bytes that is small or large.
    fn address(&mut self) {
        match self.random.below(40) {
            0 => {
                let before = self.random.below(24);
                self.emit(&[Op::MemorySize(0), Op::I32Const(16), Op::I32Shl]);
                self.emit(&[Op::I32Const(before.cast_signed()), Op::I32Sub]);
            }
            1..8 => {
                let address = (self.random.magnitude(12) as u32 | 63).wrapping_sub(self.random.below(12));
                self.emit(&[Op::I32Const(address.cast_signed())]);
            }
            form => {
                let (shift, bits) = (self.random.below(14), 4 + self.random.below(13));
                self.emit(&[Op::LocalGet(STATE), Op::I32Const(shift.cast_signed()), Op::I32ShrU]);
                self.emit(&[Op::I32Const((1 << bits) - 1), Op::I32And]);
                let plus = self.random.below(1000).cast_signed();
                match form {
                    8..14 => self.emit(&[Op::I32Const(plus), Op::I32Add]),
                    14..20 => self.emit(&[Op::I32Const(2), Op::I32Shl, Op::I32Const(plus), Op::I32Add]),
                    _ => {}
                }
            }
        }
    }

    fn memarg(&mut self) -> MemArg {
        let offset = if self.random.below(8) == 0 { self.random.magnitude(17) } else { 0 };
        MemArg { offset, align: 0, target: MemArgTarget::Memory(0), ordering: None }
    }

    fn load(&mut self) {
        self.address();
        let memarg = self.memarg();
        let (load, widen) = match self.random.below(10) {
            0 => (Op::I32Load(memarg), Op::I64ExtendI32U),
            1 => (Op::I32Load8S(memarg), Op::I64ExtendI32S),
            2 => (Op::I32Load8U(memarg), Op::I64ExtendI32U),
            3 => (Op::I32Load16S(memarg), Op::I64ExtendI32S),
            4 => (Op::I32Load16U(memarg), Op::I64ExtendI32U),
            5 => (Op::I64Load32S(memarg), Op::Nop),
            6 => (Op::F64Load(memarg), Op::I64ReinterpretF64),
            7 => (Op::I64Load16U(memarg), Op::Nop),
            _ => (Op::I64Load(memarg), Op::Nop),
        };
        self.emit(&[load, widen]);
        self.emit(&[Op::LocalGet(SUM), Op::I64Const(5), Op::I64Rotl, Op::I64Xor, Op::LocalSet(SUM)]);
    }

    fn store(&mut self) {
        self.address();
        let memarg = self.memarg();
        let sum = self.random.below(2) == 0;
        let wide = [Op::LocalGet(SUM), Op::LocalGet(STATE), Op::I64ExtendI32U, Op::I64Add];
        let narrow = if sum {
            vec![Op::LocalGet(SUM), Op::I32WrapI64, Op::LocalGet(STATE), Op::I32Add]
        } else {
            vec![Op::LocalGet(STATE)]
        };
        match self.random.below(10) {
            0 => {
                let constant = self.random.next() as i16;
                self.emit(&[Op::I32Const(constant.into()), Op::I32Store(memarg)]);
            }
            1 => self.emit(&[&narrow[..], &[Op::I32Store8(memarg)]].concat()),
            2 => self.emit(&[&narrow[..], &[Op::I32Store16(memarg)]].concat()),
            3 | 4 => self.emit(&[&narrow[..], &[Op::I32Store(memarg)]].concat()),
            5 => self.emit(&[&wide[..], &[Op::I64Store32(memarg)]].concat()),
            6 => self.emit(&[&wide[..], &[Op::F64ReinterpretI64, Op::F64Store(memarg)]].concat()),
            7 => self.emit(&[&narrow[..], &[Op::F32ReinterpretI32, Op::F32Store(memarg)]].concat()),
            _ => self.emit(&[&wide[..], &[Op::I64Store(memarg)]].concat()),
        }
    }

    fn run_of_memory(&mut self) {
        let length = self.random.magnitude(11) as i32;
        match self.random.below(8) {
            0..3 => {
                self.address();
                self.address();
                self.emit(&[Op::I32Const(length), Op::MemoryCopy { src_mem: 0, dst_mem: 0 }]);
            }
            3..6 => {
                self.address();
                self.emit(&[Op::LocalGet(STATE), Op::I32Const(length), Op::MemoryFill(0)]);
            }
            6 => {
                self.address();
                self.emit(&[Op::I32Const(7), Op::I32Const(length % 190)]);
                self.emit(&[Op::MemoryInit { mem: 0, data_index: 0 }]);
            }
            _ => {
                // Once in a while, by as much as there may be still.
                self.emit(&[Op::LocalGet(STATE), Op::I32Const(0x7ff), Op::I32And, Op::I32Eqz]);
                self.emit(&[Op::MemoryGrow(0), Op::Drop]);
            }
        }
    }
}
