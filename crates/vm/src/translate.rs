//! From the operators of a validated function to register code: what all of the translation shares.
//!
//! The translation reads each operator once. Operands stay where they are (see
//! [`operand_stack`](crate::operand_stack)); what a branch carries goes to the temporary slots that its label says.

use crate::FuncIndex;
use crate::code::{Code, Function, HEADER_WORDS};
use crate::error::LoadErrorKind;
use crate::held::Held;
use crate::instr::{Form, Instr, Kind, Op};
use crate::interpret::HAS_FORMS;
use crate::local_slots::LocalSlots;
use crate::operand_stack::{Operand, OperandStack, Placed, Sum};
use crate::relatives::Effect;
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
    /// The instruction that pays for the present basic block.
    charge: u32,
    /// What the accumulators hold, and what they held before the last instruction.
    held: Held,
    held_before: Held,
    /// The last instruction, when what it writes is the temporary in this slot.
    last_result: Option<(u32, u16)>,
    /// Whether the present operator can be reached.
    pub(crate) reachable: bool,
    /// How many blocks inside an unreachable part are open.
    pub(crate) skipped: u32,
}

/// The most instructions that one operator makes, but for a branch table: one for each slot of a full operand stack, to
/// put there what is nowhere or in a local, and a few of its own.
const MOST_FOR_ONE_OPERATOR: usize = 0x1_0100;

/// A distance in bytes fits into 31 bits, and a place is never the end of a list of branches.
const MOST_INSTRUCTIONS: u32 = i32::MAX.cast_unsigned() / Instr::BYTES;

/// The place of a charge that there is not.
const NO_CHARGE: u32 = u32::MAX;

/// Where an operation reads an operand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub(crate) slot: u16,
    pub(crate) is_held: bool,
}

impl Source {
    /// Of an operand that an operation does not have.
    pub(crate) const NONE: Self = Self { slot: 0, is_held: false };
}

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
        self.charge = NO_CHARGE;
        self.begin_basic_block();
        let (params, locals) = (signature.params.words, self.header);
        let function = &mut self.code.functions[self.function as usize];
        *function = Function { entry: self.charge * Instr::BYTES, locals, offset, ..*function };
        let cleared = locals - params;
        if cleared > 0 {
            self.pay_for(cleared.into());
            self.emit(Instr::with(Op::ClearLocals, 0, params, cleared, 0));
        }
        Ok(())
    }

    /// Ends a function.
    pub(crate) fn finish(&mut self) -> Result<(), LoadErrorKind> {
        let slots = self.slots_fit(self.stack.slots())?;
        self.code.functions[self.function as usize].frame = slots;
        debug_assert!(self.stays_inside(), "function {} leaves its frame or its code", self.function);
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
        if self.code.instrs.len() + longest >= MOST_INSTRUCTIONS as usize {
            return Err(LoadErrorKind::TooMuchCode { limit: MOST_INSTRUCTIONS });
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
        debug_assert!(self.holds_operands(instr), "{instr:?} reads what no accumulator holds");
        debug_assert!(self.has_written_operands(instr), "{instr:?} reads what is in an accumulator only");
        self.held_before = self.held;
        self.note_effect(instr, pc);
        self.code.instrs.push(instr);
        pc
    }

    fn note_effect(&mut self, instr: Instr, pc: u32) {
        match instr.effect() {
            Effect::Nothing => {}
            Effect::Moves(width) => self.held.overwrite(instr.d, width),
            Effect::Computes(kind) => self.held.hold(kind, instr.d, pc),
            Effect::Anything => self.held.forget(),
        }
    }

    /// Whether the accumulators hold the operands that the form of an instruction takes from them.
    fn holds_operands(&self, instr: Instr) -> bool {
        let (is_a_held, is_b_held) = instr.form().operands();
        let ((a, a_kind), (b, b_kind)) = instr.operands();
        (!is_a_held || self.held.find(a_kind, a).is_some())
            && (!is_b_held || self.held.find(b_kind, b).is_some())
    }

    /// Whether the instructions of the present function name slots of its frame only, and go to prices of its own blocks.
    fn stays_inside(&self) -> bool {
        let function = self.code.functions[self.function as usize];
        let code = &self.code.instrs[function.start() as usize..];
        code.iter().enumerate().all(|(place, &instr)| {
            let written = match instr.effect() {
                Effect::Moves(width) => u32::from(instr.d) + width.words(),
                Effect::Computes(kind) => u32::from(instr.d) + kind.width().words(),
                Effect::Nothing | Effect::Anything => 0,
            };
            let mut slots = instr.slots_read().into_iter().flatten();
            let is_in_frame = written <= function.frame.into() && slots.all(|slot| slot < function.frame);
            let target = place as i64 + i64::from(instr.imm.cast_signed()) / i64::from(Instr::BYTES);
            let goes_to_price = || {
                let target = usize::try_from(target).ok().and_then(|target| code.get(target));
                target.is_some_and(|target| target.op() == Op::Charge)
            };
            is_in_frame && (!instr.is_branch() || goes_to_price())
        })
    }

    /// Whether the temporaries that an instruction reads have not been left in an accumulator only.
    fn has_written_operands(&self, instr: Instr) -> bool {
        let first_temporary = u32::from(self.header) + HEADER_WORDS;
        let mut temporaries =
            instr.slots_read().into_iter().flatten().filter(|&slot| u32::from(slot) >= first_temporary);
        temporaries.all(|slot| {
            let block = self.code.instrs.iter().rev().take_while(|instr| instr.effect() != Effect::Anything);
            let mut makers = block.filter(|maker| {
                matches!(maker.effect(), Effect::Computes(_) | Effect::Moves(_)) && maker.d == slot
            });
            makers.next().is_none_or(|maker| maker.form().without_slot() != maker.form())
        })
    }

    /// Takes the last instruction back.
    pub(crate) fn take_back(&mut self) {
        self.code.instrs.pop();
        self.code.offsets.truncate(self.here());
        self.held = self.held_before;
        self.last_result = None;
    }

    /// Emits an instruction that writes the temporary on top of the stack.
    pub(crate) fn emit_result(&mut self, width: Width, make: impl FnOnce(u16) -> Instr) {
        let slot = self.stack.slot(self.stack.height());
        self.stack.push(Operand::Temp, width);
        let pc = self.emit(make(slot));
        self.last_result = Some((pc, slot));
    }

    /// Emits an operation of a regular shape that has a result.
    pub(crate) fn emit_operation(&mut self, op: Op, a: Source, b: Source, imm: u32) {
        let (_, kind) = op.kinds();
        self.emit_result(kind.width(), |d| {
            let mut instr = Instr::with(op, d, a.slot, b.slot, imm);
            instr.set_form(Form::of(a.is_held, b.is_held));
            instr
        });
    }

    /// Puts an operand that is nowhere yet into the temporary slots of its position.
    pub(crate) fn settle_operand(&mut self, placed: Placed) -> Placed {
        match placed.operand {
            Operand::Temp | Operand::Local(_) => placed,
            Operand::Const(_) | Operand::Sum(_) => {
                self.emit_move(placed.temp, placed);
                Placed { operand: Operand::Temp, ..placed }
            }
        }
    }

    /// Where to read an operand of an operation.
    pub(crate) fn source(&mut self, placed: Placed, kind: Kind) -> Source {
        let placed = self.settle_operand(placed);
        let slot = self.in_slot(placed);
        let held = self.held.find(kind, slot).filter(|_| HAS_FORMS);
        if let Some(value) = held
            && placed.operand == Operand::Temp
        {
            // Nobody else reads it.
            let maker = &mut self.code.instrs[value.maker as usize];
            maker.set_form(maker.form().without_slot());
        }
        Source { slot, is_held: held.is_some() }
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
        self.take_back();
        Some(better)
    }

    /// Puts an operand into other slots.
    pub(crate) fn emit_move(&mut self, to: u16, placed: Placed) {
        let Placed { operand, width, temp } = placed;
        match operand {
            Operand::Const(bits) => self.emit_constant(to, bits, width),
            Operand::Sum(sum) => self.emit_sum(to, sum),
            Operand::Local(slot) if slot != to => self.emit_copy(to, slot, width),
            Operand::Temp if temp != to => {
                if let Some(maker) = self.maker_of(temp)
                    && let Some(destination) = maker.destination()
                {
                    *destination = to;
                    let maker = *maker;
                    self.last_result = None;
                    self.held = self.held_before;
                    self.note_effect(maker, self.here() - 1);
                    return;
                }
                self.emit_copy(to, temp, width);
            }
            Operand::Local(_) | Operand::Temp => {}
        }
    }

    pub(crate) fn emit_constant(&mut self, to: u16, bits: u64, width: Width) {
        let [low, high] = halves(bits);
        self.emit(Instr::with(Op::Const, to, 0, 0, low));
        if width == Width::Wide {
            self.emit(Instr::with(Op::Const, to + 1, 0, 0, high));
        }
    }

    fn emit_sum(&mut self, to: u16, Sum { local, shift, plus }: Sum) {
        let a = Source { slot: local, is_held: HAS_FORMS && self.held.find(Kind::I32, local).is_some() };
        let mut instr = match (shift, plus) {
            (0, _) => Instr::with(Op::I32AddImm, to, local, 0, plus),
            (_, 0) => Instr::with(Op::I32ShlImm, to, local, 0, shift.into()),
            _ => Instr::with(Op::I32ScaleAdd, to, local, shift.into(), plus),
        };
        instr.set_form(Form::of(a.is_held, false));
        self.emit(instr);
    }

    pub(crate) fn emit_copy(&mut self, to: u16, from: u16, width: Width) {
        let op = match width {
            Width::Narrow => Op::Copy,
            Width::Wide => Op::Copy64,
        };
        self.emit(Instr::with(op, to, from, 0, 0));
    }

    /// The slots to read an operand from; a constant is put into the temporary slots of its position first.
    pub(crate) fn in_slot(&mut self, placed: Placed) -> u16 {
        match placed.operand {
            Operand::Local(local) => local,
            Operand::Temp => placed.temp,
            Operand::Const(_) | Operand::Sum(_) => self.settle_operand(placed).temp,
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
        let charge = &mut self.code.instrs[self.charge as usize];
        if charge.imm == 0 {
            self.code.offsets.correct(self.charge, self.offset);
        }
        charge.imm += price;
    }

    /// Begins a basic block, and gives the place to go to for it.
    pub(crate) fn begin_basic_block(&mut self) -> u32 {
        self.last_result = None;
        let is_fresh = self.charge.wrapping_add(1) == self.here()
            && self.code.instrs.last().is_some_and(|charge| charge.imm == 0);
        if !is_fresh {
            self.charge = self.emit(Instr::new(Op::Charge, 0));
        }
        self.charge
    }

    /// Saves the uses of locals on the operand stack, because paths that overwrite them may part and meet again.
    pub(crate) fn flush(&mut self) {
        while let Some(placed) = self.stack.flush_next_local() {
            self.emit_move(placed.temp, placed);
        }
    }
}
