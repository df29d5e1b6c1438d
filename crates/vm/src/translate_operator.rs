//! From the operators of a validated function to register code: everything but the control flow.

use crate::instr::Instr;
use crate::operand_stack::Operand;
use crate::refusal;
use crate::translate::Translator;
use alloc::string::String;
use wasmparser::Operator;

/// Why an operator was not translated.
pub(crate) enum Refused {
    /// The interpreter does not have it.
    Unsupported(String),
    /// It is not well formed.
    Malformed(wasmparser::Error),
}

type Unary = fn(u16, u16) -> Instr;
type Binary = fn(u16, u16, u16) -> Instr;
type Immediate = fn(u16, u16, i16) -> Instr;
type Wide = fn(u16, u32) -> Instr;

/// What the callee of a call takes and gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature {
    pub(crate) type_id: u16,
    pub(crate) params: u16,
    pub(crate) has_result: bool,
}

/// What the translation of an operator needs to know of the module.
pub(crate) trait Signatures {
    /// The signature of a function.
    fn of_function(&self, function: u32) -> Signature;
    /// The signature of a type.
    fn of_type(&self, type_index: u32) -> Signature;
    /// How many functions are imported.
    fn imports(&self) -> u32;
}

impl Translator {
    /// Translates one operator that has been found valid.
    pub(crate) fn operator(
        &mut self,
        operator: &Operator<'_>,
        signatures: &impl Signatures,
    ) -> Result<(), Refused> {
        use Operator as O;
        if !self.is_reachable() {
            match operator {
                O::Block { .. } | O::Loop { .. } | O::If { .. } => self.skip_block(),
                O::Else => self.begin_else(),
                O::End => self.end(),
                _ => {}
            }
            return Ok(());
        }
        if !matches!(operator, O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End) {
            self.count();
        }
        match *operator {
            O::Nop => {}
            O::Unreachable => self.emit_unreachable(),
            O::Block { blockty } => self.block(blockty),
            O::Loop { blockty } => self.begin_loop(blockty),
            O::If { blockty } => self.begin_if(blockty),
            O::Else => self.begin_else(),
            O::End => self.end(),
            O::Br { relative_depth } => self.branch(relative_depth),
            O::BrIf { relative_depth } => self.branch_if(relative_depth),
            O::BrTable { ref targets } => self.branch_table(targets).map_err(Refused::Malformed)?,
            O::Return => self.emit_final_return(),
            O::Call { function_index } => {
                let make: Wide =
                    if function_index < signatures.imports() { Instr::CallHost } else { Instr::Call };
                self.call(signatures.of_function(function_index), |base| make(base, function_index));
            }
            O::CallIndirect { type_index, .. } => {
                let index = self.pop_to_slot();
                let signature = signatures.of_type(type_index);
                self.call(signature, |base| Instr::CallIndirect(base, index, signature.type_id));
            }
            O::Drop => {
                self.stack.pop();
            }
            O::Select => self.select(),
            O::LocalGet { local_index } => self.stack.push(Operand::Local(local_index as u16)),
            O::LocalSet { local_index } => {
                self.local_set(local_index as u16);
            }
            O::LocalTee { local_index } => {
                let operand = self.local_set(local_index as u16);
                self.stack.push(operand);
            }
            O::GlobalGet { global_index } => self.emit_result(|d| Instr::GlobalGet(d, global_index)),
            O::GlobalSet { global_index } => {
                let value = self.pop_to_slot();
                self.emit(Instr::GlobalSet(value, global_index));
            }
            O::I32Const { value } => self.stack.push(Operand::Const(value.cast_unsigned())),
            O::F32Const { value } => self.stack.push(Operand::Const(value.bits())),

            O::I32Load { memarg } | O::F32Load { memarg } => {
                self.load(memarg.offset, Instr::Load32, Instr::Load32Wide, Instr::Load32At);
            }
            O::I32Load8S { memarg } => {
                self.load(memarg.offset, Instr::Load8S, Instr::Load8SWide, Instr::Load8SAt)
            }
            O::I32Load8U { memarg } => {
                self.load(memarg.offset, Instr::Load8U, Instr::Load8UWide, Instr::Load8UAt)
            }
            O::I32Load16S { memarg } => {
                self.load(memarg.offset, Instr::Load16S, Instr::Load16SWide, Instr::Load16SAt);
            }
            O::I32Load16U { memarg } => {
                self.load(memarg.offset, Instr::Load16U, Instr::Load16UWide, Instr::Load16UAt);
            }
            O::I32Store { memarg } | O::F32Store { memarg } => {
                self.store(memarg.offset, Instr::Store32, Instr::Store32Wide, Instr::Store32At);
            }
            O::I32Store8 { memarg } => {
                self.store(memarg.offset, Instr::Store8, Instr::Store8Wide, Instr::Store8At);
            }
            O::I32Store16 { memarg } => {
                self.store(memarg.offset, Instr::Store16, Instr::Store16Wide, Instr::Store16At);
            }
            O::MemorySize { .. } => self.emit_result(Instr::MemorySize),
            O::MemoryGrow { .. } => self.unary(Instr::MemoryGrow),
            O::MemoryCopy { .. } => self.ternary(Instr::MemoryCopy),
            O::MemoryFill { .. } => self.ternary(Instr::MemoryFill),

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

            O::I32Clz => self.unary(Instr::I32Clz),
            O::I32Ctz => self.unary(Instr::I32Ctz),
            O::I32Popcnt => self.unary(Instr::I32Popcnt),
            O::I32Extend8S => self.unary(Instr::I32Extend8S),
            O::I32Extend16S => self.unary(Instr::I32Extend16S),
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
            O::I32Rotl => self.binary(Instr::I32Rotl),
            O::I32Rotr => self.binary(Instr::I32Rotr),

            O::F32Abs => self.unary(Instr::F32Abs),
            O::F32Neg => self.unary(Instr::F32Neg),
            O::F32Ceil => self.unary(Instr::F32Ceil),
            O::F32Floor => self.unary(Instr::F32Floor),
            O::F32Trunc => self.unary(Instr::F32Trunc),
            O::F32Nearest => self.unary(Instr::F32Nearest),
            O::F32Sqrt => self.unary(Instr::F32Sqrt),
            O::F32Add => self.binary(Instr::F32Add),
            O::F32Sub => self.binary(Instr::F32Sub),
            O::F32Mul => self.binary(Instr::F32Mul),
            O::F32Div => self.binary(Instr::F32Div),
            O::F32Min => self.binary(Instr::F32Min),
            O::F32Max => self.binary(Instr::F32Max),
            O::F32Copysign => self.binary(Instr::F32Copysign),
            O::F32Eq => self.binary(Instr::F32Eq),
            O::F32Ne => self.binary(Instr::F32Ne),
            O::F32Lt => self.binary(Instr::F32Lt),
            O::F32Le => self.binary(Instr::F32Le),
            O::F32Gt => self.binary(|d, a, b| Instr::F32Lt(d, b, a)),
            O::F32Ge => self.binary(|d, a, b| Instr::F32Le(d, b, a)),

            O::I32TruncF32S => self.unary(Instr::I32TruncF32S),
            O::I32TruncF32U => self.unary(Instr::I32TruncF32U),
            O::I32TruncSatF32S => self.unary(Instr::I32TruncSatF32S),
            O::I32TruncSatF32U => self.unary(Instr::I32TruncSatF32U),
            O::F32ConvertI32S => self.unary(Instr::F32ConvertI32S),
            O::F32ConvertI32U => self.unary(Instr::F32ConvertI32U),
            // A slot holds bits, so the other view of them is no change.
            O::I32ReinterpretF32 | O::F32ReinterpretI32 => {}
            ref other => return Err(Refused::Unsupported(refusal::operator(other))),
        }
        Ok(())
    }

    /// Pops an operand; the slot is the temporary one of its position.
    fn pop(&mut self) -> (Operand, u16) {
        let operand = self.stack.pop();
        (operand, self.stack.slot(self.stack.height()))
    }

    fn pop_to_slot(&mut self) -> u16 {
        let (operand, temp) = self.pop();
        self.in_slot(operand, temp)
    }

    /// Pops an operand into the temporary slot of its position.
    fn pop_to_temp(&mut self) -> u16 {
        let (operand, temp) = self.pop();
        self.emit_move(temp, operand, temp);
        temp
    }

    fn unary(&mut self, make: Unary) {
        let a = self.pop_to_slot();
        self.emit_result(|d| make(d, a));
    }

    fn binary(&mut self, make: Binary) {
        let b = self.pop_to_slot();
        let a = self.pop_to_slot();
        self.emit_result(|d| make(d, a, b));
    }

    fn ternary(&mut self, make: Binary) {
        let c = self.pop_to_slot();
        let b = self.pop_to_slot();
        let a = self.pop_to_slot();
        self.emit(make(a, b, c));
    }

    /// The top of the stack if it is a constant that fits into an instruction.
    fn small_constant(&self, depth: usize) -> Option<i16> {
        let position = self.stack.height().checked_sub(depth + 1)?;
        match self.stack.get(position) {
            Operand::Const(word) => i16::try_from(word.cast_signed()).ok(),
            _ => None,
        }
    }

    fn with_immediate(&mut self, make: Binary, make_immediate: Immediate) {
        match self.small_constant(0) {
            Some(constant) => self.immediate(constant, make_immediate),
            None => self.binary(make),
        }
    }

    /// An operator on the second operand and a constant that stands in for the top one.
    fn immediate(&mut self, constant: i16, make: Immediate) {
        self.stack.pop();
        let a = self.pop_to_slot();
        self.emit_result(|d| make(d, a, constant));
    }

    /// An operator with a constant on the left; `make` is its mirror image.
    fn mirrored(&mut self, constant: i16, make: Immediate) {
        let b = self.pop_to_slot();
        self.stack.pop();
        self.emit_result(|d| make(d, b, constant));
    }

    fn commutative(&mut self, make: Binary, make_immediate: Immediate) {
        match (self.small_constant(0), self.small_constant(1)) {
            (Some(constant), _) => self.immediate(constant, make_immediate),
            (None, Some(constant)) => self.mirrored(constant, make_immediate),
            (None, None) => self.binary(make),
        }
    }

    fn subtract(&mut self) {
        match self.small_constant(0).and_then(i16::checked_neg) {
            Some(constant) => self.immediate(constant, Instr::I32AddImm),
            None => self.binary(Instr::I32Sub),
        }
    }

    fn comparison(&mut self, make: Binary, make_immediate: Immediate, make_mirrored: Immediate) {
        match (self.small_constant(0), self.small_constant(1)) {
            (Some(constant), _) => self.immediate(constant, make_immediate),
            (None, Some(constant)) => self.mirrored(constant, make_mirrored),
            (None, None) => self.binary(make),
        }
    }

    fn equals_zero(&mut self) {
        let (operand, temp) = self.pop();
        let inverse = match operand {
            Operand::Temp => self.replace_maker(temp, Instr::inverse),
            _ => None,
        };
        if let Some(inverse) = inverse {
            self.emit_result(|_| inverse);
        } else {
            let a = self.in_slot(operand, temp);
            self.emit_result(|d| Instr::I32EqImm(d, a, 0));
        }
    }

    fn select(&mut self) {
        let condition = self.pop_to_slot();
        let other = self.pop_to_slot();
        let kept = self.pop_to_temp();
        self.emit(Instr::Select(kept, condition, other));
        self.stack.push(Operand::Temp);
    }

    /// Pops a value into a local and returns where the value may be read from now.
    fn local_set(&mut self, local: u16) -> Operand {
        let (operand, temp) = self.pop();
        if operand == Operand::Local(local) {
            return operand;
        }
        while let Some(slot) = self.stack.save_newest_use(local) {
            self.emit(Instr::Copy(slot, local));
        }
        self.emit_move(local, operand, temp);
        match operand {
            Operand::Const(_) => operand,
            Operand::Local(_) | Operand::Temp => Operand::Local(local),
        }
    }

    fn call(&mut self, signature: Signature, make: impl FnOnce(u16) -> Instr) {
        for _ in 0..signature.params {
            self.pop_to_temp();
        }
        let base = self.stack.slot(self.stack.height());
        self.emit(make(base));
        if signature.has_result {
            self.stack.push(Operand::Temp);
        }
    }

    fn load(&mut self, offset: u64, make: Binary, make_wide: Wide, make_at: Wide) {
        // The validator has made sure that the offset is below 2^32.
        let offset = offset as u32;
        let (address, temp) = self.pop();
        let known = match address {
            Operand::Const(base) => base.checked_add(offset),
            _ => None,
        };
        if let Some(known) = known {
            self.emit_result(|d| make_at(d, known));
        } else if let Ok(offset) = u16::try_from(offset) {
            let base = self.in_slot(address, temp);
            self.emit_result(|d| make(d, base, offset));
        } else {
            self.emit_move(temp, address, temp);
            self.emit(make_wide(temp, offset));
            self.stack.push(Operand::Temp);
        }
    }

    fn store(&mut self, offset: u64, make: Binary, make_wide: Wide, make_at: Wide) {
        let offset = offset as u32;
        let (value, value_temp) = self.pop();
        let (address, temp) = self.pop();
        let known = match address {
            Operand::Const(base) => base.checked_add(offset),
            _ => None,
        };
        if let Some(known) = known {
            let value = self.in_slot(value, value_temp);
            self.emit(make_at(value, known));
        } else if let Ok(offset) = u16::try_from(offset) {
            let value = self.in_slot(value, value_temp);
            let base = self.in_slot(address, temp);
            self.emit(make(base, value, offset));
        } else {
            self.emit_move(value_temp, value, value_temp);
            self.emit_move(temp, address, temp);
            self.emit(make_wide(temp, offset));
        }
    }
}
