//! From the operators of a validated function to register code: the operators on numbers.

use crate::instr::Instr;
use crate::refusal;
use crate::translate::Translator;
use crate::translate_operator::Refused;
use crate::types::Width::{Narrow, Wide};
use wasmparser::Operator;

impl Translator {
    /// Translates an operator on 32-bit numbers.
    pub(crate) fn numeric(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        match *operator {
            O::I32Eqz => self.equals_zero(),
            O::I32Eq => self.comparison(Instr::I32Eq, Instr::I32EqImm, Instr::I32EqImm),
            O::I32Ne => self.comparison(Instr::I32Ne, Instr::I32NeImm, Instr::I32NeImm),
            O::I32LtS => self.comparison(Instr::I32LtS, Instr::I32LtSImm, Instr::I32GtSImm),
            O::I32LtU => self.comparison(Instr::I32LtU, Instr::I32LtUImm, Instr::I32GtUImm),
            O::I32LeS => self.comparison(Instr::I32LeS, Instr::I32LeSImm, Instr::I32GeSImm),
            O::I32LeU => self.comparison(Instr::I32LeU, Instr::I32LeUImm, Instr::I32GeUImm),
            O::I32GtS => {
                self.comparison(|d, a, b| Instr::I32LtS(d, b, a), Instr::I32GtSImm, Instr::I32LtSImm)
            }
            O::I32GtU => {
                self.comparison(|d, a, b| Instr::I32LtU(d, b, a), Instr::I32GtUImm, Instr::I32LtUImm)
            }
            O::I32GeS => {
                self.comparison(|d, a, b| Instr::I32LeS(d, b, a), Instr::I32GeSImm, Instr::I32LeSImm)
            }
            O::I32GeU => {
                self.comparison(|d, a, b| Instr::I32LeU(d, b, a), Instr::I32GeUImm, Instr::I32LeUImm)
            }

            O::I32Clz => self.unary(Narrow, Instr::I32Clz),
            O::I32Ctz => self.unary(Narrow, Instr::I32Ctz),
            O::I32Popcnt => self.unary(Narrow, Instr::I32Popcnt),
            O::I32Extend8S => self.unary(Narrow, Instr::I32Extend8S),
            O::I32Extend16S => self.unary(Narrow, Instr::I32Extend16S),
            O::I32Add => self.commutative(Instr::I32Add, Instr::I32AddImm),
            O::I32Sub => self.subtract(),
            O::I32Mul => self.commutative(Instr::I32Mul, Instr::I32MulImm),
            O::I32And => self.commutative(Instr::I32And, Instr::I32AndImm),
            O::I32Or => self.commutative(Instr::I32Or, Instr::I32OrImm),
            O::I32Xor => self.commutative(Instr::I32Xor, Instr::I32XorImm),
            O::I32Shl => self.with_immediate(Instr::I32Shl, Instr::I32ShlImm),
            O::I32ShrS => self.with_immediate(Instr::I32ShrS, Instr::I32ShrSImm),
            O::I32ShrU => self.with_immediate(Instr::I32ShrU, Instr::I32ShrUImm),
            O::I32DivS => self.with_immediate(Instr::I32DivS, Instr::I32DivSImm),
            O::I32DivU => self.with_immediate(Instr::I32DivU, Instr::I32DivUImm),
            O::I32RemS => self.with_immediate(Instr::I32RemS, Instr::I32RemSImm),
            O::I32RemU => self.with_immediate(Instr::I32RemU, Instr::I32RemUImm),
            O::I32Rotl => self.binary(Narrow, Instr::I32Rotl),
            O::I32Rotr => self.binary(Narrow, Instr::I32Rotr),

            O::F32Abs => self.unary(Narrow, Instr::F32Abs),
            O::F32Neg => self.unary(Narrow, Instr::F32Neg),
            O::F32Ceil => self.unary(Narrow, Instr::F32Ceil),
            O::F32Floor => self.unary(Narrow, Instr::F32Floor),
            O::F32Trunc => self.unary(Narrow, Instr::F32Trunc),
            O::F32Nearest => self.unary(Narrow, Instr::F32Nearest),
            O::F32Sqrt => self.unary(Narrow, Instr::F32Sqrt),
            O::F32Add => self.binary(Narrow, Instr::F32Add),
            O::F32Sub => self.binary(Narrow, Instr::F32Sub),
            O::F32Mul => self.binary(Narrow, Instr::F32Mul),
            O::F32Div => self.binary(Narrow, Instr::F32Div),
            O::F32Min => self.binary(Narrow, Instr::F32Min),
            O::F32Max => self.binary(Narrow, Instr::F32Max),
            O::F32Copysign => self.binary(Narrow, Instr::F32Copysign),
            O::F32Eq => self.binary(Narrow, Instr::F32Eq),
            O::F32Ne => self.binary(Narrow, Instr::F32Ne),
            O::F32Lt => self.binary(Narrow, Instr::F32Lt),
            O::F32Le => self.binary(Narrow, Instr::F32Le),
            O::F32Gt => self.binary(Narrow, |d, a, b| Instr::F32Lt(d, b, a)),
            O::F32Ge => self.binary(Narrow, |d, a, b| Instr::F32Le(d, b, a)),

            O::I32TruncF32S => self.unary(Narrow, Instr::I32TruncF32S),
            O::I32TruncF32U => self.unary(Narrow, Instr::I32TruncF32U),
            O::I32TruncSatF32S => self.unary(Narrow, Instr::I32TruncSatF32S),
            O::I32TruncSatF32U => self.unary(Narrow, Instr::I32TruncSatF32U),
            O::F32ConvertI32S => self.unary(Narrow, Instr::F32ConvertI32S),
            O::F32ConvertI32U => self.unary(Narrow, Instr::F32ConvertI32U),
            _ => return self.wide_numeric(operator),
        }
        Ok(())
    }

    /// Translates an operator with 64-bit numbers.
    fn wide_numeric(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        match *operator {
            O::I64Eqz => self.unary(Narrow, Instr::I64Eqz),
            O::I64Eq => self.binary(Narrow, Instr::I64Eq),
            O::I64Ne => self.binary(Narrow, Instr::I64Ne),
            O::I64LtS => self.binary(Narrow, Instr::I64LtS),
            O::I64LtU => self.binary(Narrow, Instr::I64LtU),
            O::I64LeS => self.binary(Narrow, Instr::I64LeS),
            O::I64LeU => self.binary(Narrow, Instr::I64LeU),
            O::I64GtS => self.binary(Narrow, |d, a, b| Instr::I64LtS(d, b, a)),
            O::I64GtU => self.binary(Narrow, |d, a, b| Instr::I64LtU(d, b, a)),
            O::I64GeS => self.binary(Narrow, |d, a, b| Instr::I64LeS(d, b, a)),
            O::I64GeU => self.binary(Narrow, |d, a, b| Instr::I64LeU(d, b, a)),
            O::I64Clz => self.unary(Wide, Instr::I64Clz),
            O::I64Ctz => self.unary(Wide, Instr::I64Ctz),
            O::I64Popcnt => self.unary(Wide, Instr::I64Popcnt),
            O::I64Extend8S => self.unary(Wide, Instr::I64Extend8S),
            O::I64Extend16S => self.unary(Wide, Instr::I64Extend16S),
            O::I64Extend32S | O::I64ExtendI32S => self.unary(Wide, Instr::I64ExtendI32S),
            O::I64Add => self.binary(Wide, Instr::I64Add),
            O::I64Sub => self.binary(Wide, Instr::I64Sub),
            O::I64Mul => self.binary(Wide, Instr::I64Mul),
            O::I64And => self.binary(Wide, Instr::I64And),
            O::I64Or => self.binary(Wide, Instr::I64Or),
            O::I64Xor => self.binary(Wide, Instr::I64Xor),
            O::I64Shl => self.binary(Wide, Instr::I64Shl),
            O::I64ShrS => self.binary(Wide, Instr::I64ShrS),
            O::I64ShrU => self.binary(Wide, Instr::I64ShrU),
            O::I64DivS => self.binary(Wide, Instr::I64DivS),
            O::I64DivU => self.binary(Wide, Instr::I64DivU),
            O::I64RemS => self.binary(Wide, Instr::I64RemS),
            O::I64RemU => self.binary(Wide, Instr::I64RemU),
            O::I64Rotl => self.binary(Wide, Instr::I64Rotl),
            O::I64Rotr => self.binary(Wide, Instr::I64Rotr),

            O::F64Abs => self.unary(Wide, Instr::F64Abs),
            O::F64Neg => self.unary(Wide, Instr::F64Neg),
            O::F64Ceil => self.unary(Wide, Instr::F64Ceil),
            O::F64Floor => self.unary(Wide, Instr::F64Floor),
            O::F64Trunc => self.unary(Wide, Instr::F64Trunc),
            O::F64Nearest => self.unary(Wide, Instr::F64Nearest),
            O::F64Sqrt => self.unary(Wide, Instr::F64Sqrt),
            O::F64Add => self.binary(Wide, Instr::F64Add),
            O::F64Sub => self.binary(Wide, Instr::F64Sub),
            O::F64Mul => self.binary(Wide, Instr::F64Mul),
            O::F64Div => self.binary(Wide, Instr::F64Div),
            O::F64Min => self.binary(Wide, Instr::F64Min),
            O::F64Max => self.binary(Wide, Instr::F64Max),
            O::F64Copysign => self.binary(Wide, Instr::F64Copysign),
            O::F64Eq => self.binary(Narrow, Instr::F64Eq),
            O::F64Ne => self.binary(Narrow, Instr::F64Ne),
            O::F64Lt => self.binary(Narrow, Instr::F64Lt),
            O::F64Le => self.binary(Narrow, Instr::F64Le),
            O::F64Gt => self.binary(Narrow, |d, a, b| Instr::F64Lt(d, b, a)),
            O::F64Ge => self.binary(Narrow, |d, a, b| Instr::F64Le(d, b, a)),

            O::I32WrapI64 => self.wrap(),
            O::I64ExtendI32U => self.extend_unsigned(),
            O::I32TruncF64S => self.unary(Narrow, Instr::I32TruncF64S),
            O::I32TruncF64U => self.unary(Narrow, Instr::I32TruncF64U),
            O::I32TruncSatF64S => self.unary(Narrow, Instr::I32TruncSatF64S),
            O::I32TruncSatF64U => self.unary(Narrow, Instr::I32TruncSatF64U),
            O::F32ConvertI64S => self.unary(Narrow, Instr::F32ConvertI64S),
            O::F32ConvertI64U => self.unary(Narrow, Instr::F32ConvertI64U),
            O::F32DemoteF64 => self.unary(Narrow, Instr::F32DemoteF64),
            O::I64TruncF32S => self.unary(Wide, Instr::I64TruncF32S),
            O::I64TruncF32U => self.unary(Wide, Instr::I64TruncF32U),
            O::I64TruncF64S => self.unary(Wide, Instr::I64TruncF64S),
            O::I64TruncF64U => self.unary(Wide, Instr::I64TruncF64U),
            O::I64TruncSatF32S => self.unary(Wide, Instr::I64TruncSatF32S),
            O::I64TruncSatF32U => self.unary(Wide, Instr::I64TruncSatF32U),
            O::I64TruncSatF64S => self.unary(Wide, Instr::I64TruncSatF64S),
            O::I64TruncSatF64U => self.unary(Wide, Instr::I64TruncSatF64U),
            O::F64ConvertI32S => self.unary(Wide, Instr::F64ConvertI32S),
            O::F64ConvertI32U => self.unary(Wide, Instr::F64ConvertI32U),
            O::F64ConvertI64S => self.unary(Wide, Instr::F64ConvertI64S),
            O::F64ConvertI64U => self.unary(Wide, Instr::F64ConvertI64U),
            O::F64PromoteF32 => self.unary(Wide, Instr::F64PromoteF32),

            // Slots hold bits, so the other view of them is no change.
            O::I32ReinterpretF32 | O::F32ReinterpretI32 | O::I64ReinterpretF64 | O::F64ReinterpretI64 => {}
            _ => return Err(Refused::Unsupported(refusal::operator(operator))),
        }
        Ok(())
    }
}
