//! From the operators of a validated function to register code: the shapes that many operators share.

use crate::instr::Instr;
use crate::operand_stack::{Operand, Placed};
use crate::signatures::Signature;
use crate::translate::Translator;
use crate::types::Width::{self, Narrow, Wide};
use wasmparser::MemArg;

type Unary = fn(u16, u16) -> Instr;
type Binary = fn(u16, u16, u16) -> Instr;
type Immediate = fn(u16, u16, i16) -> Instr;
type Wide32 = fn(u16, u32) -> Instr;

impl Translator {
    pub(crate) fn pop_to_slot(&mut self) -> u16 {
        let placed = self.stack.pop();
        self.in_slot(placed)
    }

    /// Pops an operand into the temporary slots of its position.
    fn pop_to_temp(&mut self) -> Placed {
        let placed = self.stack.pop();
        self.emit_move(placed.temp, placed);
        placed
    }

    pub(crate) fn unary(&mut self, result: Width, make: Unary) {
        let a = self.pop_to_slot();
        self.emit_result(result, |d| make(d, a));
    }

    pub(crate) fn binary(&mut self, result: Width, make: Binary) {
        let b = self.pop_to_slot();
        let a = self.pop_to_slot();
        self.emit_result(result, |d| make(d, a, b));
    }

    pub(crate) fn ternary(&mut self, make: impl FnOnce(u16, u16, u16) -> Instr) {
        let c = self.pop_to_slot();
        let b = self.pop_to_slot();
        let a = self.pop_to_slot();
        self.emit(make(a, b, c));
    }

    /// Pops three 32-bit operands into the temporary slots of their positions; gives the first.
    pub(crate) fn pop_three(&mut self) -> u16 {
        self.pop_to_temp();
        self.pop_to_temp();
        self.pop_to_temp().temp
    }

    /// The top of the stack if it is a constant that fits into an instruction.
    fn small_constant(&self, depth: usize) -> Option<i16> {
        let position = self.stack.height().checked_sub(depth + 1)?;
        match self.stack.get(position).operand {
            Operand::Const(bits) => i16::try_from((bits as u32).cast_signed()).ok(),
            _ => None,
        }
    }

    pub(crate) fn with_immediate(&mut self, make: Binary, make_immediate: Immediate) {
        match self.small_constant(0) {
            Some(constant) => self.immediate(constant, make_immediate),
            None => self.binary(Narrow, make),
        }
    }

    /// An operator on the second operand and a constant that stands in for the top one.
    fn immediate(&mut self, constant: i16, make: Immediate) {
        self.stack.pop();
        let a = self.pop_to_slot();
        self.emit_result(Narrow, |d| make(d, a, constant));
    }

    /// An operator with a constant on the left; `make` is its mirror image.
    fn mirrored(&mut self, constant: i16, make: Immediate) {
        let b = self.pop_to_slot();
        self.stack.pop();
        self.emit_result(Narrow, |d| make(d, b, constant));
    }

    pub(crate) fn commutative(&mut self, make: Binary, make_immediate: Immediate) {
        match (self.small_constant(0), self.small_constant(1)) {
            (Some(constant), _) => self.immediate(constant, make_immediate),
            (None, Some(constant)) => self.mirrored(constant, make_immediate),
            (None, None) => self.binary(Narrow, make),
        }
    }

    pub(crate) fn subtract(&mut self) {
        match self.small_constant(0).and_then(i16::checked_neg) {
            Some(constant) => self.immediate(constant, Instr::I32AddImm),
            None => self.binary(Narrow, Instr::I32Sub),
        }
    }

    pub(crate) fn comparison(&mut self, make: Binary, make_immediate: Immediate, make_mirrored: Immediate) {
        match (self.small_constant(0), self.small_constant(1)) {
            (Some(constant), _) => self.immediate(constant, make_immediate),
            (None, Some(constant)) => self.mirrored(constant, make_mirrored),
            (None, None) => self.binary(Narrow, make),
        }
    }

    pub(crate) fn equals_zero(&mut self) {
        let placed = self.stack.pop();
        let inverse = match placed.operand {
            Operand::Temp => self.replace_maker(placed.temp, Instr::inverse),
            _ => None,
        };
        if let Some(inverse) = inverse {
            self.emit_result(Narrow, |_| inverse);
        } else {
            let a = self.in_slot(placed);
            self.emit_result(Narrow, |d| Instr::I32EqImm(d, a, 0));
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
            let low = self.pop_to_temp().temp;
            self.emit(Instr::Const(low + 1, 0));
            self.stack.push(Operand::Temp, Wide);
        }
    }

    pub(crate) fn select(&mut self) {
        let condition = self.pop_to_slot();
        let other = self.pop_to_slot();
        let Placed { width, temp, .. } = self.pop_to_temp();
        self.emit(match width {
            Narrow => Instr::Select(temp, condition, other),
            Wide => Instr::Select64(temp, condition, other),
        });
        self.stack.push(Operand::Temp, width);
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
        match width {
            Narrow => self.emit_result(Narrow, |d| Instr::GlobalGet(d, word)),
            Wide => self.emit_result(Wide, |d| Instr::GlobalGet64(d, word)),
        }
    }

    pub(crate) fn global_set(&mut self, index: u32) {
        let value = self.pop_to_slot();
        let (word, width) = self.globals[index as usize];
        self.emit(match width {
            Narrow => Instr::GlobalSet(value, word),
            Wide => Instr::GlobalSet64(value, word),
        });
    }

    pub(crate) fn call_direct(&mut self, function: u32) {
        let make: Wide32 = if function < self.signatures.imports { Instr::CallHost } else { Instr::Call };
        self.call(self.signatures.of_function(function), |base| make(base, function));
    }

    pub(crate) fn call_indirect(&mut self, type_index: u32, table: u32) {
        let index = self.pop_to_slot();
        let signature = self.signatures.of_type(type_index);
        // The validator admits at most 100 tables.
        self.call(signature, |base| Instr::CallIndirect(table as u8, base, index, signature.type_id));
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

    pub(crate) fn load(&mut self, memarg: MemArg, width: Width, forms: Forms) {
        // The validator has made sure that the offset is below 2^32.
        let offset = memarg.offset as u32;
        let address = self.stack.pop();
        let known = match address.operand {
            Operand::Const(base) => (base as u32).checked_add(offset),
            _ => None,
        };
        if let Some(known) = known {
            self.emit_result(width, |d| (forms.at)(d, known));
        } else if let Ok(offset) = u16::try_from(offset) {
            let base = self.in_slot(address);
            self.emit_result(width, |d| (forms.near)(d, base, offset));
        } else {
            self.emit_move(address.temp, address);
            self.emit((forms.far)(address.temp, offset));
            self.stack.push(Operand::Temp, width);
        }
    }

    /// A load of an i32 that becomes an i64 with its sign.
    pub(crate) fn load_signed(&mut self, memarg: MemArg, forms: Forms) {
        self.load(memarg, Narrow, forms);
        self.unary(Wide, Instr::I64ExtendI32S);
    }

    /// A load of an i32 that becomes an i64 without a sign.
    pub(crate) fn load_unsigned(&mut self, memarg: MemArg, forms: Forms) {
        self.load(memarg, Narrow, forms);
        self.extend_unsigned();
    }

    pub(crate) fn store(&mut self, memarg: MemArg, forms: Forms) {
        let offset = memarg.offset as u32;
        let value = self.stack.pop();
        let address = self.stack.pop();
        let known = match address.operand {
            Operand::Const(base) => (base as u32).checked_add(offset),
            _ => None,
        };
        if let Some(known) = known {
            let value = self.in_slot(value);
            self.emit((forms.at)(value, known));
        } else if let Ok(offset) = u16::try_from(offset) {
            let value = self.in_slot(value);
            let base = self.in_slot(address);
            self.emit((forms.near)(base, value, offset));
        } else {
            self.emit_move(value.temp, value);
            self.emit_move(address.temp, address);
            self.emit((forms.far)(address.temp, offset));
        }
    }
}

/// The instructions of a load or store.
#[derive(Clone, Copy)]
pub(crate) struct Forms {
    /// With an offset of 16 bits.
    near: Binary,
    /// With an offset of 32 bits, operands in the temporary slots.
    far: Wide32,
    /// With a known address.
    at: Wide32,
}

macro_rules! forms {
    ($($name:ident $near:ident $far:ident $at:ident,)*) => {
        $(pub(crate) const $name: Forms = Forms { near: Instr::$near, far: Instr::$far, at: Instr::$at };)*
    };
}
forms! {
    LOAD_8S Load8S Load8SWide Load8SAt,
    LOAD_8U Load8U Load8UWide Load8UAt,
    LOAD_16S Load16S Load16SWide Load16SAt,
    LOAD_16U Load16U Load16UWide Load16UAt,
    LOAD_32 Load32 Load32Wide Load32At,
    LOAD_64 Load64 Load64Wide Load64At,
    STORE_8 Store8 Store8Wide Store8At,
    STORE_16 Store16 Store16Wide Store16At,
    STORE_32 Store32 Store32Wide Store32At,
    STORE_64 Store64 Store64Wide Store64At,
}
