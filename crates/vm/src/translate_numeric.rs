//! From the operators of a validated function to register code: the operators on numbers.

use crate::instr::Op;
use crate::refusal;
use crate::translate::Translator;
use crate::translate_operator::Refused;
use wasmparser::Operator;

impl Translator {
    /// Translates an operator on 32-bit numbers.
    pub(crate) fn numeric(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        match *operator {
            O::I32Eqz => self.equals_zero(),
            O::I32Eq => self.binary(Op::I32Eq),
            O::I32Ne => self.binary(Op::I32Ne),
            O::I32LtS => self.binary(Op::I32LtS),
            O::I32LtU => self.binary(Op::I32LtU),
            O::I32LeS => self.binary(Op::I32LeS),
            O::I32LeU => self.binary(Op::I32LeU),
            O::I32GtS => self.exchanged(Op::I32LtS),
            O::I32GtU => self.exchanged(Op::I32LtU),
            O::I32GeS => self.exchanged(Op::I32LeS),
            O::I32GeU => self.exchanged(Op::I32LeU),

            O::I32Clz => self.unary(Op::I32Clz),
            O::I32Ctz => self.unary(Op::I32Ctz),
            O::I32Popcnt => self.unary(Op::I32Popcnt),
            O::I32Extend8S => self.unary(Op::I32Extend8S),
            O::I32Extend16S => self.unary(Op::I32Extend16S),
            O::I32Add => self.add(),
            O::I32Sub => self.subtract(),
            O::I32Mul => self.binary(Op::I32Mul),
            O::I32And => self.binary(Op::I32And),
            O::I32Or => self.binary(Op::I32Or),
            O::I32Xor => self.binary(Op::I32Xor),
            O::I32Shl => self.shift_left(),
            O::I32ShrS => self.binary(Op::I32ShrS),
            O::I32ShrU => self.binary(Op::I32ShrU),
            O::I32DivS => self.binary(Op::I32DivS),
            O::I32DivU => self.binary(Op::I32DivU),
            O::I32RemS => self.binary(Op::I32RemS),
            O::I32RemU => self.binary(Op::I32RemU),
            O::I32Rotl => self.binary(Op::I32Rotl),
            O::I32Rotr => self.binary(Op::I32Rotr),

            O::F32Abs => self.unary(Op::F32Abs),
            O::F32Neg => self.unary(Op::F32Neg),
            O::F32Ceil => self.unary(Op::F32Ceil),
            O::F32Floor => self.unary(Op::F32Floor),
            O::F32Trunc => self.unary(Op::F32Trunc),
            O::F32Nearest => self.unary(Op::F32Nearest),
            O::F32Sqrt => self.unary(Op::F32Sqrt),
            O::F32Add => self.sum(Op::F32Add),
            O::F32Sub => self.sum(Op::F32Sub),
            O::F32Mul => self.binary(Op::F32Mul),
            O::F32Div => self.binary(Op::F32Div),
            O::F32Min => self.binary(Op::F32Min),
            O::F32Max => self.binary(Op::F32Max),
            O::F32Copysign => self.binary(Op::F32Copysign),
            O::F32Eq => self.binary(Op::F32Eq),
            O::F32Ne => self.binary(Op::F32Ne),
            O::F32Lt => self.binary(Op::F32Lt),
            O::F32Le => self.binary(Op::F32Le),
            O::F32Gt => self.exchanged(Op::F32Lt),
            O::F32Ge => self.exchanged(Op::F32Le),

            O::I32TruncF32S => self.unary(Op::I32TruncF32S),
            O::I32TruncF32U => self.unary(Op::I32TruncF32U),
            O::I32TruncSatF32S => self.unary(Op::I32TruncSatF32S),
            O::I32TruncSatF32U => self.unary(Op::I32TruncSatF32U),
            O::F32ConvertI32S => self.unary(Op::F32ConvertI32S),
            O::F32ConvertI32U => self.unary(Op::F32ConvertI32U),
            _ => return self.wide_numeric(operator),
        }
        Ok(())
    }

    /// Translates an operator with 64-bit numbers.
    fn wide_numeric(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        match *operator {
            O::I64Eqz => self.unary(Op::I64Eqz),
            O::I64Eq => self.binary(Op::I64Eq),
            O::I64Ne => self.binary(Op::I64Ne),
            O::I64LtS => self.binary(Op::I64LtS),
            O::I64LtU => self.binary(Op::I64LtU),
            O::I64LeS => self.binary(Op::I64LeS),
            O::I64LeU => self.binary(Op::I64LeU),
            O::I64GtS => self.exchanged(Op::I64LtS),
            O::I64GtU => self.exchanged(Op::I64LtU),
            O::I64GeS => self.exchanged(Op::I64LeS),
            O::I64GeU => self.exchanged(Op::I64LeU),
            O::I64Clz => self.unary(Op::I64Clz),
            O::I64Ctz => self.unary(Op::I64Ctz),
            O::I64Popcnt => self.unary(Op::I64Popcnt),
            O::I64Extend8S => self.unary(Op::I64Extend8S),
            O::I64Extend16S => self.unary(Op::I64Extend16S),
            O::I64Extend32S | O::I64ExtendI32S => self.unary(Op::I64ExtendI32S),
            O::I64Add => self.binary(Op::I64Add),
            O::I64Sub => self.binary(Op::I64Sub),
            O::I64Mul => self.binary(Op::I64Mul),
            O::I64And => self.binary(Op::I64And),
            O::I64Or => self.binary(Op::I64Or),
            O::I64Xor => self.binary(Op::I64Xor),
            O::I64Shl => self.binary(Op::I64Shl),
            O::I64ShrS => self.binary(Op::I64ShrS),
            O::I64ShrU => self.binary(Op::I64ShrU),
            O::I64DivS => self.binary(Op::I64DivS),
            O::I64DivU => self.binary(Op::I64DivU),
            O::I64RemS => self.binary(Op::I64RemS),
            O::I64RemU => self.binary(Op::I64RemU),
            O::I64Rotl => self.binary(Op::I64Rotl),
            O::I64Rotr => self.binary(Op::I64Rotr),

            O::F64Abs => self.unary(Op::F64Abs),
            O::F64Neg => self.unary(Op::F64Neg),
            O::F64Ceil => self.unary(Op::F64Ceil),
            O::F64Floor => self.unary(Op::F64Floor),
            O::F64Trunc => self.unary(Op::F64Trunc),
            O::F64Nearest => self.unary(Op::F64Nearest),
            O::F64Sqrt => self.unary(Op::F64Sqrt),
            O::F64Add => self.binary(Op::F64Add),
            O::F64Sub => self.binary(Op::F64Sub),
            O::F64Mul => self.binary(Op::F64Mul),
            O::F64Div => self.binary(Op::F64Div),
            O::F64Min => self.binary(Op::F64Min),
            O::F64Max => self.binary(Op::F64Max),
            O::F64Copysign => self.binary(Op::F64Copysign),
            O::F64Eq => self.binary(Op::F64Eq),
            O::F64Ne => self.binary(Op::F64Ne),
            O::F64Lt => self.binary(Op::F64Lt),
            O::F64Le => self.binary(Op::F64Le),
            O::F64Gt => self.exchanged(Op::F64Lt),
            O::F64Ge => self.exchanged(Op::F64Le),

            O::I32WrapI64 => self.wrap(),
            O::I64ExtendI32U => self.extend_unsigned(),
            O::I32TruncF64S => self.unary(Op::I32TruncF64S),
            O::I32TruncF64U => self.unary(Op::I32TruncF64U),
            O::I32TruncSatF64S => self.unary(Op::I32TruncSatF64S),
            O::I32TruncSatF64U => self.unary(Op::I32TruncSatF64U),
            O::F32ConvertI64S => self.unary(Op::F32ConvertI64S),
            O::F32ConvertI64U => self.unary(Op::F32ConvertI64U),
            O::F32DemoteF64 => self.unary(Op::F32DemoteF64),
            O::I64TruncF32S => self.unary(Op::I64TruncF32S),
            O::I64TruncF32U => self.unary(Op::I64TruncF32U),
            O::I64TruncF64S => self.unary(Op::I64TruncF64S),
            O::I64TruncF64U => self.unary(Op::I64TruncF64U),
            O::I64TruncSatF32S => self.unary(Op::I64TruncSatF32S),
            O::I64TruncSatF32U => self.unary(Op::I64TruncSatF32U),
            O::I64TruncSatF64S => self.unary(Op::I64TruncSatF64S),
            O::I64TruncSatF64U => self.unary(Op::I64TruncSatF64U),
            O::F64ConvertI32S => self.unary(Op::F64ConvertI32S),
            O::F64ConvertI32U => self.unary(Op::F64ConvertI32U),
            O::F64ConvertI64S => self.unary(Op::F64ConvertI64S),
            O::F64ConvertI64U => self.unary(Op::F64ConvertI64U),
            O::F64PromoteF32 => self.unary(Op::F64PromoteF32),

            // Slots hold bits, so the other view of them is no change.
            O::I32ReinterpretF32 | O::F32ReinterpretI32 | O::I64ReinterpretF64 | O::F64ReinterpretI64 => {}
            _ => return Err(Refused::Unsupported(refusal::operator(operator))),
        }
        Ok(())
    }
}
