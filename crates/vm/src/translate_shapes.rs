//! From the operators of a validated function to register code: the shapes that many operators share.

use crate::instr::{Form, Instr, Kind, Op};
use crate::operand_stack::{Operand, Placed};
use crate::signatures::Signature;
use crate::translate::{Source, Translator};
use crate::types::Width::{Narrow, Wide};
use wasmparser::MemArg;

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
                let kind = op.kinds().0;
                let b = self.pop_source(kind);
                let a = self.pop_source(kind);
                self.emit_operation(op, a, b, 0);
            }
        }
    }

    /// An operation whose operands are the other way round.
    pub(crate) fn exchanged(&mut self, op: Op) {
        match (self.constant(0), self.constant(1)) {
            (Some(constant), _) if let Some(op) = op.of_constant() => self.with_constant(op, constant),
            (None, Some(constant)) if let Some(op) = op.with_constant() => self.of_constant(op, constant),
            _ => {
                let kind = op.kinds().0;
                let a = self.pop_source(kind);
                let b = self.pop_source(kind);
                self.emit_operation(op, a, b, 0);
            }
        }
    }

    pub(crate) fn subtract(&mut self) {
        match self.constant(0) {
            Some(constant) => self.with_constant(Op::I32AddImm, constant.wrapping_neg()),
            None => self.binary(Op::I32Sub),
        }
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
        let a = self.pop_source(op.kinds().0);
        self.emit_operation(op, a, Source::NONE, constant);
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
        let condition = self.pop_to_slot();
        let b = self.pop_to_slot();
        let placed = self.stack.pop();
        let a = self.in_slot(placed);
        let op = match placed.width {
            Narrow => Op::Select,
            Wide => Op::Select64,
        };
        self.emit_result(placed.width, |d| Instr::with(op, d, a, b, condition.into()));
    }

    /// Pops a value into a local and returns where the value may be read from now.
    pub(crate) fn local_set(&mut self, index: u32) -> Placed {
        let (local, width) = self.locals.find(index);
        let placed = self.stack.pop();
        if placed.operand == Operand::Local(local) {
            return placed;
        }
        while let Some((slot, used)) = self.stack.save_newest_use(local) {
            self.emit_copy(slot, local, used);
        }
        self.emit_move(local, placed);
        match placed.operand {
            Operand::Const(_) => placed,
            Operand::Local(_) | Operand::Temp => Placed { operand: Operand::Local(local), width, ..placed },
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
        // The validator admits at most 100 tables.
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

    pub(crate) fn load(&mut self, memarg: MemArg, forms: LoadForms) {
        // The validator has made sure that the offset is below 2^32.
        let offset = memarg.offset as u32;
        match self.constant(0).and_then(|base| base.checked_add(offset)) {
            Some(address) => {
                self.stack.pop();
                self.emit_operation(forms.at, Source::NONE, Source::NONE, address);
            }
            None => {
                let base = self.pop_source(Kind::I32);
                self.emit_operation(forms.near, base, Source::NONE, offset);
            }
        }
    }

    /// A load of an i32 that becomes an i64 with its sign.
    pub(crate) fn load_signed(&mut self, memarg: MemArg, forms: LoadForms) {
        self.load(memarg, forms);
        self.unary(Op::I64ExtendI32S);
    }

    /// A load of an i32 that becomes an i64 without a sign.
    pub(crate) fn load_unsigned(&mut self, memarg: MemArg, forms: LoadForms) {
        self.load(memarg, forms);
        self.extend_unsigned();
    }

    pub(crate) fn store(&mut self, memarg: MemArg, forms: StoreForms) {
        let offset = memarg.offset as u32;
        let kind = forms.near.kinds().0;
        if let Some(address) = self.constant(1).and_then(|base| base.checked_add(offset)) {
            let value = self.pop_source(kind);
            self.stack.pop();
            self.emit_store(Instr::with(forms.at, 0, 0, value.slot, address), Source::NONE, value);
        } else if let (Some(constant), Some(op)) = (self.constant(0), forms.constant) {
            self.stack.pop();
            let base = self.pop_source(Kind::I32);
            self.emit_store(Instr::with_constant(op, base.slot, constant, offset), base, Source::NONE);
        } else {
            let value = self.pop_source(kind);
            let base = self.pop_source(Kind::I32);
            self.emit_store(Instr::with(forms.near, 0, base.slot, value.slot, offset), base, value);
        }
    }

    fn emit_store(&mut self, mut store: Instr, a: Source, b: Source) {
        store.set_form(Form::of(a.is_held, b.is_held));
        self.emit(store);
    }
}

/// The operations of a load.
#[derive(Clone, Copy)]
pub(crate) struct LoadForms {
    near: Op,
    /// From a known address.
    at: Op,
}

/// The operations of a store.
#[derive(Clone, Copy)]
pub(crate) struct StoreForms {
    near: Op,
    /// To a known address.
    at: Op,
    /// Of a constant.
    constant: Option<Op>,
}

macro_rules! load_forms {
    ($($name:ident $near:ident $at:ident,)*) => {
        $(pub(crate) const $name: LoadForms = LoadForms { near: Op::$near, at: Op::$at };)*
    };
}
load_forms! {
    LOAD_8S Load8S Load8SAt,
    LOAD_8U Load8U Load8UAt,
    LOAD_16S Load16S Load16SAt,
    LOAD_16U Load16U Load16UAt,
    LOAD_32 Load32 Load32At,
    LOAD_F32 LoadF32 LoadF32At,
    LOAD_64 Load64 Load64At,
    LOAD_F64 LoadF64 LoadF64At,
}

macro_rules! store_forms {
    ($($name:ident $near:ident $at:ident $constant:expr,)*) => {
        $(pub(crate) const $name: StoreForms =
            StoreForms { near: Op::$near, at: Op::$at, constant: $constant };)*
    };
}
store_forms! {
    STORE_8 Store8 Store8At Some(Op::Store8Constant),
    STORE_16 Store16 Store16At Some(Op::Store16Constant),
    STORE_32 Store32 Store32At Some(Op::Store32Constant),
    STORE_F32 StoreF32 StoreF32At Some(Op::Store32Constant),
    STORE_64 Store64 Store64At None,
    STORE_F64 StoreF64 StoreF64At None,
}
