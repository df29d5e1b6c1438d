//! Operators on numbers.

use super::body::Body;
use super::{D, F, I, L};
use wasm_encoder::{Instruction as Op, ValType};

const COMPARISONS: [Op<'_>; 10] = [
    Op::I32Eq,
    Op::I32Ne,
    Op::I32LtS,
    Op::I32LtU,
    Op::I32GtS,
    Op::I32GtU,
    Op::I32LeS,
    Op::I32LeU,
    Op::I32GeS,
    Op::I32GeU,
];

const WIDE_COMPARISONS: [Op<'_>; 10] = [
    Op::I64Eq,
    Op::I64Ne,
    Op::I64LtS,
    Op::I64LtU,
    Op::I64GtS,
    Op::I64GtU,
    Op::I64LeS,
    Op::I64LeU,
    Op::I64GeS,
    Op::I64GeU,
];

const FLOAT_COMPARISONS: [Op<'_>; 6] = [Op::F32Eq, Op::F32Ne, Op::F32Lt, Op::F32Gt, Op::F32Le, Op::F32Ge];

const DOUBLE_COMPARISONS: [Op<'_>; 6] = [Op::F64Eq, Op::F64Ne, Op::F64Lt, Op::F64Gt, Op::F64Le, Op::F64Ge];

/// Operators that never trap, of one type.
struct Pure {
    unary: &'static [Op<'static>],
    binary: &'static [Op<'static>],
}

const NARROW: Pure = Pure {
    unary: &[Op::I32Clz, Op::I32Ctz, Op::I32Popcnt, Op::I32Extend8S, Op::I32Extend16S],
    binary: &[
        Op::I32Add,
        Op::I32Sub,
        Op::I32Mul,
        Op::I32And,
        Op::I32Or,
        Op::I32Xor,
        Op::I32Shl,
        Op::I32ShrS,
        Op::I32ShrU,
        Op::I32Rotl,
        Op::I32Rotr,
    ],
};

const WIDE: Pure = Pure {
    unary: &[Op::I64Clz, Op::I64Ctz, Op::I64Popcnt, Op::I64Extend8S, Op::I64Extend16S, Op::I64Extend32S],
    binary: &[
        Op::I64Add,
        Op::I64Sub,
        Op::I64Mul,
        Op::I64And,
        Op::I64Or,
        Op::I64Xor,
        Op::I64Shl,
        Op::I64ShrS,
        Op::I64ShrU,
        Op::I64Rotl,
        Op::I64Rotr,
    ],
};

/// Of numbers with a fraction: those that only change the sign, and the others, whose NaN is any.
struct Rounding {
    signs: [Op<'static>; 3],
    unary: [Op<'static>; 5],
    binary: [Op<'static>; 6],
}

const SINGLE: Rounding = Rounding {
    signs: [Op::F32Abs, Op::F32Neg, Op::F32Copysign],
    unary: [Op::F32Ceil, Op::F32Floor, Op::F32Trunc, Op::F32Nearest, Op::F32Sqrt],
    binary: [Op::F32Add, Op::F32Sub, Op::F32Mul, Op::F32Div, Op::F32Min, Op::F32Max],
};

const DOUBLE: Rounding = Rounding {
    signs: [Op::F64Abs, Op::F64Neg, Op::F64Copysign],
    unary: [Op::F64Ceil, Op::F64Floor, Op::F64Trunc, Op::F64Nearest, Op::F64Sqrt],
    binary: [Op::F64Add, Op::F64Sub, Op::F64Mul, Op::F64Div, Op::F64Min, Op::F64Max],
};

impl Body<'_, '_> {
    /// Pushes the result of a comparison of fresh operands, or its opposite.
    pub fn condition(&mut self) {
        let of = self.any_type();
        self.value(of);
        self.value(of);
        self.compare(of);
        if self.tape.one_of(3) {
            self.operate(&Op::I32Eqz, &[I], &[I]);
        }
    }

    /// Compares the two values of a type on top of the stack.
    pub fn compare(&mut self, of: ValType) {
        let comparisons: &[Op<'_>] = match of {
            I => &COMPARISONS,
            L => &WIDE_COMPARISONS,
            F => &FLOAT_COMPARISONS,
            _ => &DOUBLE_COMPARISONS,
        };
        let comparison = self.tape.pick(comparisons);
        self.operate(&comparison, &[of, of], &[I]);
    }

    /// An operator on integers.
    pub fn integer(&mut self) {
        let is_wide = self.tape.one_of(3);
        let of = if is_wide { L } else { I };
        let pure = if is_wide { &WIDE } else { &NARROW };
        match self.tape.below(8) {
            0 => self.unary(pure.unary, of),
            1 => self.operate(if is_wide { &Op::I64Eqz } else { &Op::I32Eqz }, &[of], &[I]),
            2 => self.compare(of),
            3 => self.divide(of),
            _ => {
                let operator = self.tape.pick(pure.binary);
                self.operate(&operator, &[of, of], &[of]);
            }
        }
    }

    fn unary(&mut self, operators: &[Op<'_>], of: ValType) {
        let operator = self.tape.pick(operators);
        self.operate(&operator, &[of], &[of]);
    }

    /// Most divisors are made odd, or few programs would live long.
    fn divide(&mut self, of: ValType) {
        let (divisions, odd) = match of {
            I => ([Op::I32DivS, Op::I32DivU, Op::I32RemS, Op::I32RemU], [Op::I32Const(1), Op::I32Or]),
            _ => ([Op::I64DivS, Op::I64DivU, Op::I64RemS, Op::I64RemU], [Op::I64Const(1), Op::I64Or]),
        };
        if !self.tape.one_of(16) {
            self.want(&[of, of]);
            self.emit_all(&odd);
            self.stack.extend([of, of]);
        }
        let division = self.tape.pick(&divisions);
        self.operate(&division, &[of, of], &[of]);
    }

    /// An operator on numbers with a fraction.
    pub fn float(&mut self) {
        let is_double = self.tape.one_of(3);
        let of = if is_double { D } else { F };
        let Rounding { signs, unary, binary } = if is_double { DOUBLE } else { SINGLE };
        match self.tape.below(8) {
            0 | 1 => self.compare(of),
            2 => self.unary(&signs[..2], of),
            3 => self.operate(&signs[2], &[of, of], &[of]),
            4 => {
                self.unary(&unary, of);
                self.canonicalise(of);
            }
            _ => {
                let operator = self.tape.pick(&binary);
                self.operate(&operator, &[of, of], &[of]);
                self.canonicalise(of);
            }
        }
    }

    /// Makes the one canonical NaN of any NaN, because WebAssembly leaves open which one an operator gives.
    pub fn canonicalise(&mut self, of: ValType) {
        let scratch = self.scratch(of);
        let (nan, equal) = match of {
            F => (Op::F32Const(f32::NAN.into()), Op::F32Eq),
            _ => (Op::F64Const(f64::NAN.into()), Op::F64Eq),
        };
        self.emit_all(&[
            Op::LocalTee(scratch),
            nan,
            Op::LocalGet(scratch),
            Op::LocalGet(scratch),
            equal,
            Op::Select,
            Op::LocalTee(scratch),
        ]);
    }

    /// A number of another type.
    pub fn conversion(&mut self) {
        let trapping = [
            (Op::I32TruncF32S, F, I),
            (Op::I32TruncF32U, F, I),
            (Op::I32TruncF64S, D, I),
            (Op::I32TruncF64U, D, I),
            (Op::I64TruncF32S, F, L),
            (Op::I64TruncF32U, F, L),
            (Op::I64TruncF64S, D, L),
            (Op::I64TruncF64U, D, L),
        ];
        let to_integer = [
            (Op::I32TruncSatF32S, F, I),
            (Op::I32TruncSatF32U, F, I),
            (Op::I32TruncSatF64S, D, I),
            (Op::I32TruncSatF64U, D, I),
            (Op::I64TruncSatF32S, F, L),
            (Op::I64TruncSatF32U, F, L),
            (Op::I64TruncSatF64S, D, L),
            (Op::I64TruncSatF64U, D, L),
            (Op::I32WrapI64, L, I),
            (Op::I32WrapI64, L, I),
            (Op::I64ExtendI32S, I, L),
            (Op::I64ExtendI32U, I, L),
            (Op::I64ExtendI32U, I, L),
            (Op::I32ReinterpretF32, F, I),
            (Op::I64ReinterpretF64, D, L),
        ];
        let to_float = [
            (Op::F32ConvertI32S, I, F),
            (Op::F32ConvertI32U, I, F),
            (Op::F32ConvertI64S, L, F),
            (Op::F32ConvertI64U, L, F),
            (Op::F64ConvertI32S, I, D),
            (Op::F64ConvertI32U, I, D),
            (Op::F64ConvertI64S, L, D),
            (Op::F64ConvertI64U, L, D),
            (Op::F32ReinterpretI32, I, F),
            (Op::F64ReinterpretI64, L, D),
            (Op::F64PromoteF32, F, D),
            (Op::F32DemoteF64, D, F),
        ];
        // The conversions that trap are rare, or few programs would live long.
        let (operator, from, to) = match self.tape.below(32) {
            0 => self.tape.pick(&trapping),
            1..20 => self.tape.pick(&to_integer),
            _ => self.tape.pick(&to_float),
        };
        self.operate(&operator, &[from], &[to]);
        if matches!(operator, Op::F64PromoteF32 | Op::F32DemoteF64) {
            self.canonicalise(to);
        }
    }
}
