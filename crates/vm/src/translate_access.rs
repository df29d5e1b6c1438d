//! From the operators of a validated function to register code: loads and stores, and what their addresses can be.

use crate::instr::{Form, Instr, Kind, Op};
use crate::operand_stack::{Operand, Placed, Sum};
use crate::translate::{Source, Translator};
use crate::types::Width::Narrow;
use wasmparser::MemArg;

/// The operations of a load.
#[derive(Clone, Copy)]
pub(crate) struct LoadForms {
    near: Op,
    /// From a known address.
    at: Op,
    /// From a sum.
    plus: Op,
    /// From a sum of a local shifted by two.
    scaled: Option<Op>,
}

/// The operations of a store.
#[derive(Clone, Copy)]
pub(crate) struct StoreForms {
    near: Op,
    /// To a known address.
    at: Op,
    /// To a sum.
    plus: Op,
    /// To a sum of a local shifted by two.
    scaled: Option<Op>,
    /// Of a constant.
    constant: Option<Op>,
    /// Of a constant of 16 bits, to a sum.
    constant_plus: Option<Op>,
}

pub(crate) const LOAD_8S: LoadForms =
    LoadForms { near: Op::Load8S, at: Op::Load8SAt, plus: Op::Load8SPlus, scaled: None };
pub(crate) const LOAD_8U: LoadForms =
    LoadForms { near: Op::Load8U, at: Op::Load8UAt, plus: Op::Load8UPlus, scaled: None };
pub(crate) const LOAD_16S: LoadForms =
    LoadForms { near: Op::Load16S, at: Op::Load16SAt, plus: Op::Load16SPlus, scaled: None };
pub(crate) const LOAD_16U: LoadForms =
    LoadForms { near: Op::Load16U, at: Op::Load16UAt, plus: Op::Load16UPlus, scaled: None };
pub(crate) const LOAD_32: LoadForms =
    LoadForms { near: Op::Load32, at: Op::Load32At, plus: Op::Load32Plus, scaled: Some(Op::Load32Scaled) };
pub(crate) const LOAD_F32: LoadForms = LoadForms {
    near: Op::LoadF32,
    at: Op::LoadF32At,
    plus: Op::LoadF32Plus,
    scaled: Some(Op::LoadF32Scaled),
};
pub(crate) const LOAD_64: LoadForms =
    LoadForms { near: Op::Load64, at: Op::Load64At, plus: Op::Load64Plus, scaled: None };
pub(crate) const LOAD_F64: LoadForms =
    LoadForms { near: Op::LoadF64, at: Op::LoadF64At, plus: Op::LoadF64Plus, scaled: None };

pub(crate) const STORE_8: StoreForms = StoreForms {
    near: Op::Store8,
    at: Op::Store8At,
    plus: Op::Store8Plus,
    scaled: None,
    constant: Some(Op::Store8Constant),
    constant_plus: Some(Op::Store8ConstantPlus),
};
pub(crate) const STORE_16: StoreForms = StoreForms {
    near: Op::Store16,
    at: Op::Store16At,
    plus: Op::Store16Plus,
    scaled: None,
    constant: Some(Op::Store16Constant),
    constant_plus: Some(Op::Store16ConstantPlus),
};
pub(crate) const STORE_32: StoreForms = StoreForms {
    near: Op::Store32,
    at: Op::Store32At,
    plus: Op::Store32Plus,
    scaled: Some(Op::Store32Scaled),
    constant: Some(Op::Store32Constant),
    constant_plus: Some(Op::Store32ConstantPlus),
};
pub(crate) const STORE_F32: StoreForms = StoreForms {
    near: Op::StoreF32,
    at: Op::StoreF32At,
    plus: Op::StoreF32Plus,
    scaled: Some(Op::StoreF32Scaled),
    constant: Some(Op::Store32Constant),
    constant_plus: None,
};
pub(crate) const STORE_64: StoreForms = StoreForms {
    near: Op::Store64,
    at: Op::Store64At,
    plus: Op::Store64Plus,
    scaled: None,
    constant: None,
    constant_plus: None,
};
pub(crate) const STORE_F64: StoreForms = StoreForms {
    near: Op::StoreF64,
    at: Op::StoreF64At,
    plus: Op::StoreF64Plus,
    scaled: None,
    constant: None,
    constant_plus: None,
};

impl LoadForms {
    fn of_sum(self, sum: Sum) -> Option<Op> {
        of_sum(sum, self.plus, self.scaled)
    }

    /// The operation that does what has made the address too.
    fn of_maker(self, maker: Instr) -> Option<(Op, Instr)> {
        let op = match maker.op() {
            Op::I32AddImm => Some(self.plus),
            Op::I32ShlImm if maker.imm == 2 => self.scaled,
            Op::I32ScaleAdd if maker.b == 2 => self.scaled,
            _ => None,
        };
        op.map(|op| (op, maker))
    }
}

impl StoreForms {
    fn of_sum(self, sum: Sum) -> Option<Op> {
        of_sum(sum, self.plus, self.scaled)
    }
}

impl Translator {
    pub(crate) fn load(&mut self, memarg: MemArg, forms: LoadForms) {
        // The validator has made sure that the offset is below 2^32.
        let offset = memarg.offset as u32;
        let address = self.stack.pop();
        if let Some(known) = known_address(address, offset) {
            self.emit_operation(forms.at, Source::NONE, Source::NONE, known);
        } else if let Operand::Sum(sum) = address.operand
            && let Some(op) = forms.of_sum(sum)
            && let Ok(offset) = u16::try_from(offset)
        {
            let base = self.local_source(sum.local);
            let offset = Source { slot: offset, is_held: false };
            self.emit_operation(op, base, offset, sum.plus);
        } else if address.operand == Operand::Temp
            && let Ok(offset) = u16::try_from(offset)
            && let Some((op, maker)) = self.replace_maker(address.temp, |maker| forms.of_maker(maker))
        {
            let base = Source { slot: maker.a, is_held: maker.form().operands().0 };
            let plus = if maker.op() == Op::I32ShlImm { 0 } else { maker.imm };
            self.emit_operation(op, base, Source { slot: offset, is_held: false }, plus);
        } else {
            let base = self.source(address, Kind::I32);
            self.emit_operation(forms.near, base, Source::NONE, offset);
        }
    }

    fn local_source(&mut self, local: u16) -> Source {
        self.source(Placed { operand: Operand::Local(local), width: Narrow, temp: 0 }, Kind::I32)
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
        let value = self.stack.pop();
        let address = self.stack.pop();
        if let Some(known) = known_address(address, offset) {
            let value = self.source(value, kind);
            self.emit_store(Instr::with(forms.at, 0, 0, value.slot, known), Source::NONE, value);
        } else if let Operand::Sum(sum) = address.operand
            && let Some(op) = forms.of_sum(sum)
            && let Ok(offset) = u16::try_from(offset)
        {
            if let Operand::Const(constant) = value.operand
                && let Ok(constant) = i16::try_from((constant as u32).cast_signed())
                && let Some(op) = forms.constant_plus
                && sum.shift == 0
            {
                let base = self.local_source(sum.local);
                let constant = constant.cast_unsigned();
                self.emit_store(Instr::with(op, offset, base.slot, constant, sum.plus), base, Source::NONE);
            } else {
                let value = self.source(value, kind);
                let base = self.local_source(sum.local);
                self.emit_store(Instr::with(op, offset, base.slot, value.slot, sum.plus), base, value);
            }
        } else if let (Operand::Const(constant), Some(op)) = (value.operand, forms.constant) {
            let base = self.source(address, Kind::I32);
            self.emit_store(Instr::with_constant(op, base.slot, constant as u32, offset), base, Source::NONE);
        } else {
            let address = self.settle_operand(address);
            let value = self.source(value, kind);
            let base = self.source(address, Kind::I32);
            self.emit_store(Instr::with(forms.near, 0, base.slot, value.slot, offset), base, value);
        }
    }

    fn emit_store(&mut self, mut store: Instr, a: Source, b: Source) {
        store.set_form(Form::of(a.is_held, b.is_held));
        self.emit(store);
    }
}

/// The address of an access, if it is known.
fn known_address(base: Placed, offset: u32) -> Option<u32> {
    match base.operand {
        Operand::Const(base) => (base as u32).checked_add(offset),
        _ => None,
    }
}

/// The operation whose address is such a sum, if there is one.
fn of_sum(sum: Sum, plus: Op, scaled: Option<Op>) -> Option<Op> {
    match sum.shift {
        0 => Some(plus),
        2 => scaled,
        _ => None,
    }
}
