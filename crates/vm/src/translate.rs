//! From the operators of a validated function to register code: what all of the translation shares.
//!
//! The translation reads each operator once. Operands stay where they are (see
//! [`operand_stack`](crate::operand_stack)); what a branch carries goes to the temporary slots that its label says.

use crate::FuncIndex;
use crate::code::{Body, Code, HEADER_WORDS};
use crate::error::LoadErrorKind;
use crate::instr::{Instr, Target};
use crate::local_slots::LocalSlots;
use crate::operand_stack::{Operand, OperandStack, Placed};
use crate::signatures::{Signature, Signatures};
use crate::slots::halves;
use crate::translate_control::Label;
use crate::types::Width;
use alloc::vec::Vec;

/// Translates one function after another, and keeps its working memory between them.
#[derive(Debug, Default)]
pub(crate) struct Translator {
    pub(crate) code: Code,
    pub(crate) signatures: Signatures,
    /// By global index: where its value is among the words of all globals.
    pub(crate) globals: Vec<(u32, Width)>,
    pub(crate) stack: OperandStack,
    pub(crate) control: Vec<Label>,
    pub(crate) locals: LocalSlots,
    /// Which function this is.
    function: u32,
    /// The slot of the frame's header, after all locals.
    pub(crate) header: u16,
    /// The place of the present operator in the module.
    offset: u32,
    /// The instruction that pays for the present basic block, once there is one.
    charge: Option<u32>,
    /// The last instruction, when what it writes is the temporary in this slot.
    last_result: Option<(u32, u16)>,
    /// Whether the present operator can be reached.
    pub(crate) reachable: bool,
    /// How many blocks inside an unreachable part are open.
    pub(crate) skipped: u32,
}

/// The most instructions that one operator makes, but for a branch table: two for each slot of a full operand stack.
const MOST_FOR_ONE_OPERATOR: usize = 0x1_0100;

/// The words that are cleared or moved, or the entries of a table that are, for the price of one operator.
pub(crate) const WORDS_FOR_ONE: u32 = 16;

impl Translator {
    /// Begins a function; its locals come next.
    pub(crate) fn begin(&mut self, function: FuncIndex) -> Signature {
        self.function = function.0;
        let signature = self.signatures.of_function(function.0);
        self.locals.reset(&self.signatures, signature.params);
        signature
    }

    /// Begins the body of the function, at this place in the module, when all of its locals are known.
    pub(crate) fn begin_body(&mut self, signature: Signature, offset: u32) -> Result<(), LoadErrorKind> {
        self.offset = offset;
        let with_header = self.slots_fit(self.locals.slots().saturating_add(HEADER_WORDS))?;
        self.header = with_header - HEADER_WORDS as u16;
        self.stack.reset(self.header.into(), with_header.into());
        self.begin_control(signature);
        self.begin_basic_block();
        let params = signature.params.words;
        let info = Body::Code { entry: self.here(), params, locals: self.header, frame: 0, offset };
        self.code.functions[self.function as usize].body = info;
        // The call clears the locals.
        self.pay_for(u32::from(self.header - params));
        Ok(())
    }

    /// Ends a function.
    pub(crate) fn finish(&mut self) -> Result<(), LoadErrorKind> {
        let slots = self.slots_fit(self.stack.slots())?;
        if let Body::Code { frame, .. } = &mut self.code.functions[self.function as usize].body {
            *frame = slots;
        }
        Ok(())
    }

    fn slots_fit(&self, slots: u32) -> Result<u16, LoadErrorKind> {
        u16::try_from(slots).map_err(|_| LoadErrorKind::TooManySlots {
            function: FuncIndex(self.function),
            needs: slots,
            limit: u16::MAX.into(),
        })
    }

    /// Must come before each operator: says where it is, and refuses what would not fit.
    pub(crate) fn at(&mut self, offset: u32, table_targets: u32) -> Result<(), LoadErrorKind> {
        self.offset = offset;
        self.slots_fit(self.stack.slots())?;
        self.room_for(table_targets)
    }

    /// Whether there is room for any operator, and for so many entries of a branch table.
    pub(crate) fn room_for(&self, table_targets: u32) -> Result<(), LoadErrorKind> {
        let longest = MOST_FOR_ONE_OPERATOR + 3 * table_targets as usize;
        if self.code.instrs.len() + longest >= Target::NONE as usize {
            return Err(LoadErrorKind::TooMuchCode { limit: Target::NONE });
        }
        Ok(())
    }

    pub(crate) fn here(&self) -> u32 {
        self.code.instrs.len() as u32
    }

    pub(crate) fn emit(&mut self, instr: Instr) -> u32 {
        let pc = self.here();
        if instr.may_stop() {
            self.code.offsets.push(pc, self.offset);
        }
        self.code.instrs.push(instr);
        pc
    }

    /// Emits an instruction that writes the temporary on top of the stack.
    pub(crate) fn emit_result(&mut self, width: Width, make: impl FnOnce(u16) -> Instr) {
        let slot = self.stack.slot(self.stack.height());
        self.stack.push(Operand::Temp, width);
        let pc = self.emit(make(slot));
        self.last_result = Some((pc, slot));
    }

    /// The last instruction, if all it does is to make the value in this slot.
    fn maker_of(&mut self, slot: u16) -> Option<&mut Instr> {
        let (pc, result) = self.last_result?;
        let is_last = pc + 1 == self.here() && result == slot;
        if is_last { self.code.instrs.last_mut() } else { None }
    }

    /// Leaves the last instruction as it is.
    pub(crate) fn forget_maker(&mut self) {
        self.last_result = None;
    }

    /// Takes back the last instruction if it is one that `replace` has a better form of, for the value in this slot.
    pub(crate) fn replace_maker<T>(
        &mut self,
        slot: u16,
        replace: impl FnOnce(Instr) -> Option<T>,
    ) -> Option<T> {
        let maker = *self.maker_of(slot)?;
        let better = replace(maker)?;
        self.code.instrs.pop();
        self.last_result = None;
        Some(better)
    }

    /// Puts an operand into other slots.
    pub(crate) fn emit_move(&mut self, to: u16, placed: Placed) {
        let Placed { operand, width, temp } = placed;
        match operand {
            Operand::Const(bits) => self.emit_constant(to, bits, width),
            Operand::Local(slot) if slot != to => self.emit_copy(to, slot, width),
            Operand::Temp if temp != to => {
                if let Some(destination) = self.maker_of(temp).and_then(Instr::destination) {
                    *destination = to;
                    self.last_result = None;
                    return;
                }
                self.emit_copy(to, temp, width);
            }
            Operand::Local(_) | Operand::Temp => {}
        }
    }

    pub(crate) fn emit_constant(&mut self, to: u16, bits: u64, width: Width) {
        let [low, high] = halves(bits);
        self.emit(Instr::Const(to, low));
        if width == Width::Wide {
            self.emit(Instr::Const(to + 1, high));
        }
    }

    pub(crate) fn emit_copy(&mut self, to: u16, from: u16, width: Width) {
        self.emit(match width {
            Width::Narrow => Instr::Copy(to, from),
            Width::Wide => Instr::Copy64(to, from),
        });
    }

    /// The slots to read an operand from; a constant is put into the temporary slots of its position first.
    pub(crate) fn in_slot(&mut self, placed: Placed) -> u16 {
        match placed.operand {
            Operand::Local(local) => local,
            Operand::Temp => placed.temp,
            Operand::Const(bits) => {
                self.emit_constant(placed.temp, bits, placed.width);
                placed.temp
            }
        }
    }

    /// Counts an operator that does something.
    pub(crate) fn count(&mut self) {
        self.pay(1);
    }

    /// Counts what clears or moves this many words, with no operator of its own for each.
    pub(crate) fn pay_for(&mut self, words: u32) {
        if words >= WORDS_FOR_ONE {
            self.pay(words / WORDS_FOR_ONE);
        }
    }

    fn pay(&mut self, price: u32) {
        let charge = match self.charge {
            Some(charge) => charge,
            None => self.emit(Instr::Charge(0)),
        };
        self.charge = Some(charge);
        if let Some(Instr::Charge(cost)) = self.code.instrs.get_mut(charge as usize) {
            *cost += price;
        }
    }

    pub(crate) fn begin_basic_block(&mut self) {
        self.charge = None;
        self.last_result = None;
    }

    /// Saves the uses of locals on the operand stack, because paths that overwrite them may part and meet again.
    pub(crate) fn flush(&mut self) {
        while let Some(local) = self.stack.flush_next_local() {
            if let Operand::Local(slot) = local.operand {
                self.emit_copy(local.temp, slot, local.width);
            }
        }
    }
}
