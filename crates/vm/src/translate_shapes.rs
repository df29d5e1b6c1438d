//! From the operators of a validated function to register code: the shapes that many operators share.

use crate::instr::{Form, Instr, Kind, Op};
use crate::operand_stack::{Operand, Placed, Sum};
use crate::signatures::Signature;
use crate::translate::{Source, Translator};
use crate::types::Width::{Narrow, Wide};

impl Translator {
    pub(crate) fn pop_to_slot(&mut self) -> u16 {
        let placed = self.stack.pop();
        self.in_slot(placed)
    }

    /// Pops an operand of an operation of a regular shape.
    fn pop_source(&mut self, kind: Kind) -> Source {
        let placed = self.stack.pop();
        self.source(placed, kind)
    }

    /// Pops an operand into the temporary slots of its position.
    fn pop_to_temp(&mut self) -> Placed {
        let placed = self.stack.pop();
        self.emit_move(placed.temp, placed);
        placed
    }

    pub(crate) fn unary(&mut self, op: Op) {
        let a = self.pop_source(op.kinds().0);
        self.emit_operation(op, a, Source::NONE, 0);
    }

    pub(crate) fn binary(&mut self, op: Op) {
        match (self.constant(0), self.constant(1)) {
            (Some(constant), _) if let Some(op) = op.with_constant() => self.with_constant(op, constant),
            (None, Some(constant)) if let Some(op) = op.of_constant() => self.of_constant(op, constant),
            _ => {
                let b = self.stack.pop();
                let a = self.stack.pop();
                self.emit_binary(op, a, b);
            }
        }
    }

    /// An operation whose operands are the other way round.
    pub(crate) fn exchanged(&mut self, op: Op) {
        match (self.constant(0), self.constant(1)) {
            (Some(constant), _) if let Some(op) = op.of_constant() => self.with_constant(op, constant),
            (None, Some(constant)) if let Some(op) = op.with_constant() => self.of_constant(op, constant),
            _ => {
                let a = self.stack.pop();
                let b = self.stack.pop();
                self.emit_binary(op, a, b);
            }
        }
    }

    fn emit_binary(&mut self, op: Op, a: Placed, b: Placed) {
        // What is put into slots uses the accumulators, so it comes before what is found in them.
        let a = self.settle_operand(a);
        let b = self.settle_operand(b);
        let kind = op.kinds().0;
        let b = self.source(b, kind);
        let a = self.source(a, kind);
        self.emit_operation(op, a, b, 0);
    }

    pub(crate) fn add(&mut self) {
        let position = self.stack.height().saturating_sub(2);
        let sum = match (self.constant(0), self.constant(1)) {
            (Some(plus), _) => sum_of(self.stack.get(position), plus),
            (None, Some(plus)) => sum_of(self.stack.get(position + 1), plus),
            (None, None) => None,
        };
        match sum {
            Some(sum) => {
                self.stack.truncate(position);
                self.stack.push(sum, Narrow);
            }
            None => self.binary(Op::I32Add),
        }
    }

    pub(crate) fn subtract(&mut self) {
        match self.constant(0) {
            Some(constant) => {
                self.stack.pop();
                self.stack.push(Operand::Const(constant.wrapping_neg().into()), Narrow);
                self.add();
            }
            None => self.binary(Op::I32Sub),
        }
    }

    pub(crate) fn shift_left(&mut self) {
        let position = self.stack.height().saturating_sub(2);
        match (self.constant(0), self.stack.get(position).operand) {
            (Some(shift), Operand::Local(local)) => {
                self.stack.truncate(position);
                let sum = Sum { local, shift: shift as u8 & 31, plus: 0 };
                self.stack.push(Operand::Sum(sum), Narrow);
            }
            _ => self.binary(Op::I32Shl),
        }
    }

    /// A sum or difference of f32 numbers, one of which may be a product that has just been made.
    pub(crate) fn sum(&mut self, op: Op) {
        let (with_first, with_second) = match op {
            Op::F32Add => (Op::F32MulAdd, Op::F32AddMul),
            _ => (Op::F32MulSub, Op::F32SubMul),
        };
        let height = self.stack.height();
        let [a, b] =
            [height.saturating_sub(2), height.saturating_sub(1)].map(|position| self.stack.get(position));
        let is_in_slot = |placed: Placed| matches!(placed.operand, Operand::Temp | Operand::Local(_));
        if !is_in_slot(a) || !is_in_slot(b) {
            return self.binary(op);
        }
        let product = |instr: Instr| (instr.op() == Op::F32Mul).then_some(instr);
        let (other, product, op) = match (b.operand, a.operand) {
            (Operand::Temp, _) if let Some(product) = self.replace_maker(b.temp, product) => {
                (a, product, with_second)
            }
            (_, Operand::Temp) if let Some(product) = self.replace_maker(a.temp, product) => {
                (b, product, with_first)
            }
            _ => return self.binary(op),
        };
        self.stack.truncate(height - 2);
        // The form has a bit for the first factor only. Both in the accumulator are one local, and so in a slot as well.
        let (x, y, is_held) = match product.form().operands() {
            (false, true) => (product.b, product.a, true),
            (is_held, _) => (product.a, product.b, is_held),
        };
        let other = self.source(other, Kind::F32);
        self.emit_result(Narrow, |d| {
            let mut instr = Instr::with(op, d, x, y, other.slot.into());
            instr.set_form(Form::of(is_held, other.is_held));
            instr
        });
    }

    /// The operand at this depth, if it is a constant of 32 bits.
    fn constant(&self, depth: usize) -> Option<u32> {
        let position = self.stack.height().checked_sub(depth + 1)?;
        match self.stack.get(position) {
            Placed { operand: Operand::Const(bits), width: Narrow, .. } => Some(bits as u32),
            _ => None,
        }
    }

    /// An operation on the second operand, and a constant that stands for the top one.
    fn with_constant(&mut self, op: Op, constant: u32) {
        self.stack.pop();
        let shift = |instr: Instr| (instr.op() == Op::I32ShlImm).then_some(instr);
        let a = self.stack.pop();
        if op == Op::I32AddImm
            && a.operand == Operand::Temp
            && let Some(shift) = self.replace_maker(a.temp, shift)
        {
            let a = Source { slot: shift.a, is_held: shift.form().operands().0 };
            let shift = Source { slot: shift.imm as u16 & 31, is_held: false };
            self.emit_operation(Op::I32ScaleAdd, a, shift, constant);
        } else {
            let a = self.source(a, op.kinds().0);
            self.emit_operation(op, a, Source::NONE, constant);
        }
    }

    /// An operation on the top operand, and a constant that stands for the second one.
    fn of_constant(&mut self, op: Op, constant: u32) {
        let a = self.pop_source(op.kinds().0);
        self.stack.pop();
        self.emit_operation(op, a, Source::NONE, constant);
    }

    /// Pops three operands and emits an operation with them in its destination and operands.
    pub(crate) fn ternary(&mut self, op: Op, imm: u32) {
        let b = self.pop_to_slot();
        let a = self.pop_to_slot();
        let d = self.pop_to_slot();
        self.emit(Instr::with(op, d, a, b, imm));
    }

    /// Pops three 32-bit operands into the temporary slots of their positions; gives the first.
    pub(crate) fn pop_three(&mut self) -> u16 {
        self.pop_to_temp();
        self.pop_to_temp();
        self.pop_to_temp().temp
    }

    pub(crate) fn equals_zero(&mut self) {
        let placed = self.stack.pop();
        let opposite = match placed.operand {
            Operand::Temp => self.replace_maker(placed.temp, Instr::opposite),
            _ => None,
        };
        if let Some(opposite) = opposite {
            self.emit_result(Narrow, |_| opposite);
        } else {
            let a = self.source(placed, Kind::I32);
            self.emit_operation(Op::I32EqImm, a, Source::NONE, 0);
        }
    }

    /// The low half of a 64-bit integer is where the integer is.
    pub(crate) fn wrap(&mut self) {
        let operand = match self.stack.pop().operand {
            Operand::Const(bits) => Operand::Const((bits as u32).into()),
            in_slots => in_slots,
        };
        // What has made it writes two slots, so it must not be sent to a place for one.
        self.forget_maker();
        self.stack.push(operand, Narrow);
    }

    pub(crate) fn extend_unsigned(&mut self) {
        if let Operand::Const(bits) = self.stack.get(self.stack.height().saturating_sub(1)).operand {
            self.stack.pop();
            self.stack.push(Operand::Const((bits as u32).into()), Wide);
        } else {
            self.unary(Op::I64ExtendI32U);
        }
    }

    pub(crate) fn select(&mut self) {
        let condition = self.stack.pop();
        let b = self.stack.pop();
        let a = self.stack.pop();
        match (a.width, a.operand, b.operand) {
            (Wide, ..) => {
                let [condition, b, a] = [condition, b, a].map(|placed| self.in_slot(placed));
                self.emit_result(Wide, |d| Instr::with(Op::Select64, d, a, b, condition.into()));
            }
            (Narrow, _, Operand::Const(constant)) => {
                self.select_constant(Op::SelectElseConst, condition, a, constant as u32);
            }
            (Narrow, Operand::Const(constant), _) => {
                self.select_constant(Op::SelectThenConst, condition, b, constant as u32);
            }
            (Narrow, ..) => {
                let a = self.in_slot(a);
                let b = self.in_slot(b);
                let condition = self.source(condition, Kind::I32);
                self.emit_result(Narrow, |d| {
                    let mut instr = Instr::with(Op::Select, d, a, b, condition.slot.into());
                    instr.set_form(Form::of(condition.is_held, false));
                    instr
                });
            }
        }
    }

    fn select_constant(&mut self, op: Op, condition: Placed, other: Placed, constant: u32) {
        let other = self.in_slot(other);
        let condition = self.source(condition, Kind::I32);
        self.emit_result(Narrow, |d| {
            let mut instr = Instr::with(op, d, other, condition.slot, constant);
            instr.set_form(Form::of(false, condition.is_held));
            instr
        });
    }

    /// Pops a value into a local and returns where the value may be read from now.
    pub(crate) fn local_set(&mut self, index: u32) -> Placed {
        let (local, width) = self.locals.find(index);
        let placed = self.stack.pop();
        if placed.operand == Operand::Local(local) {
            return placed;
        }
        while let Some(used) = self.stack.save_newest_use(local) {
            self.emit_move(used.temp, used);
        }
        self.emit_move(local, placed);
        match placed.operand {
            Operand::Const(_) => placed,
            Operand::Local(_) | Operand::Temp | Operand::Sum(_) => {
                Placed { operand: Operand::Local(local), width, ..placed }
            }
        }
    }

    pub(crate) fn global_get(&mut self, index: u32) {
        let (word, width) = self.globals[index as usize];
        let op = match width {
            Narrow => Op::GlobalGet,
            Wide => Op::GlobalGet64,
        };
        self.emit_result(width, |d| Instr::with(op, d, 0, 0, word));
    }

    pub(crate) fn global_set(&mut self, index: u32) {
        let value = self.pop_to_slot();
        let (word, width) = self.globals[index as usize];
        let op = match width {
            Narrow => Op::GlobalSet,
            Wide => Op::GlobalSet64,
        };
        self.emit(Instr::with(op, 0, value, 0, word));
    }

    pub(crate) fn call_direct(&mut self, function: u32) {
        let op = if function < self.signatures.imports { Op::CallHost } else { Op::Call };
        self.call(self.signatures.of_function(function), |base| Instr::with(op, 0, base, 0, function));
    }

    pub(crate) fn call_indirect(&mut self, type_index: u32, table: u32) {
        let index = self.pop_to_slot();
        let signature = self.signatures.of_type(type_index);
        // A module has at most 256 tables.
        let (table, type_id) = (table as u16, signature.type_id.into());
        self.call(signature, |base| Instr::with(Op::CallIndirect, table, base, index, type_id));
    }

    fn call(&mut self, signature: Signature, make: impl FnOnce(u16) -> Instr) {
        for _ in 0..signature.params.count {
            self.pop_to_temp();
        }
        self.pay_for(signature.results.words.into());
        let base = self.stack.slot(self.stack.height());
        self.emit(make(base));
        self.push_temporaries(signature.results);
    }
}

/// The sum of an operand and a constant, when it can wait.
fn sum_of(placed: Placed, plus: u32) -> Option<Operand> {
    let sum = match placed.operand {
        Operand::Local(local) => Sum { local, shift: 0, plus },
        Operand::Sum(sum) => Sum { plus: sum.plus.wrapping_add(plus), ..sum },
        Operand::Temp | Operand::Const(_) => return None,
    };
    let is_local = sum.shift == 0 && sum.plus == 0;
    Some(if is_local { Operand::Local(sum.local) } else { Operand::Sum(sum) })
}
