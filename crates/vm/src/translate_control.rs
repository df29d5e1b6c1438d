//! From the operators of a validated function to register code: the control flow.

use crate::error::LoadErrorKind;
use crate::instr::{Form, Instr, Kind, Op, Shape};
use crate::operand_stack::{Operand, Placed};
use crate::signatures::{Signature, Widths};
use crate::translate::{Source, Translator};
use crate::translate_operator::Refused;
use crate::types::Width;
use wasmparser::{BlockType, BrTable};

/// The end of a list of branches.
const NOWHERE: u32 = u32::MAX;

/// So many values are moved by one instruction.
const MANY: u16 = 8;

/// What a branch can name: an open block.
#[derive(Debug)]
pub(crate) struct Label {
    kind: LabelKind,
    /// The height of the operand stack below the block and its parameters.
    height: usize,
    params: Widths,
    results: Widths,
    /// The last branch to the end of the block. Until the end is known, the targets of such branches form a list.
    branches: u32,
    /// The list of the entries of the present branch table that must move what they carry.
    entries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LabelKind {
    Function,
    Block,
    Loop {
        header: u32,
    },
    If {
        /// The list of branches to the other arm.
        skip: u32,
    },
    Else,
}

impl Label {
    /// What a branch to this label carries.
    fn carried(&self) -> Widths {
        match self.kind {
            LabelKind::Loop { .. } => self.params,
            _ => self.results,
        }
    }
}

impl Translator {
    pub(crate) fn begin_control(&mut self, signature: Signature) {
        self.control.clear();
        self.control.push(Label {
            kind: LabelKind::Function,
            height: 0,
            params: signature.params,
            results: signature.results,
            branches: NOWHERE,
            entries: NOWHERE,
        });
        self.reachable = true;
        self.skipped = 0;
    }

    /// Skips an operator that cannot be reached, except that the end of its block may be.
    pub(crate) fn skip_block(&mut self) {
        self.skipped += 1;
    }

    pub(crate) fn block(&mut self, block_type: BlockType) {
        let signature = self.signatures.of_block(block_type);
        self.flush();
        self.open(LabelKind::Block, signature);
    }

    pub(crate) fn begin_loop(&mut self, block_type: BlockType) {
        let signature = self.signatures.of_block(block_type);
        self.flush();
        self.settle(signature.params, 0);
        let header = self.begin_basic_block();
        self.open(LabelKind::Loop { header }, signature);
    }

    pub(crate) fn begin_if(&mut self, block_type: BlockType) {
        let signature = self.signatures.of_block(block_type);
        // A sum is put into a slot by way of the accumulator, where a part of the condition might be.
        let condition = if self.stack.has_sum() {
            let slot = self.pop_to_slot();
            Condition::of(Source { slot, is_held: false })
        } else {
            self.pop_condition()
        };
        self.flush();
        self.settle(signature.params, 0);
        let skip = self.emit(condition.branch(false, NOWHERE));
        self.begin_basic_block();
        self.open(LabelKind::If { skip }, signature);
    }

    /// Puts the constants among some values, with so many others above them, into the temporary slots of their positions:
    /// those of the parameters of a block, where another path to it will put them. The locals have been flushed.
    fn settle(&mut self, values: Widths, above: usize) {
        let end = self.stack.height().saturating_sub(above);
        for position in end.saturating_sub(values.count.into())..end {
            let placed = self.stack.get(position);
            if let Operand::Const(_) = placed.operand {
                self.emit_move(placed.temp, placed);
                self.stack.settle_constant(position);
            }
        }
    }

    /// Puts what a branch carries, with so many others above it, into the temporary slots of its positions, if it is many
    /// values: then one instruction moves them, in this branch and in those that follow. Otherwise a branch of two bytes
    /// could make as many instructions as there are values.
    fn gather(&mut self, position: usize, above: usize) {
        let carried = self.control[position].carried();
        if carried.count >= MANY {
            self.flush();
            self.settle(carried, above);
        }
    }

    fn open(&mut self, kind: LabelKind, signature: Signature) {
        let Signature { params, results, .. } = signature;
        let height = self.stack.height().saturating_sub(params.count.into());
        let label = Label { kind, height, params, results, branches: NOWHERE, entries: NOWHERE };
        self.control.push(label);
    }

    pub(crate) fn begin_else(&mut self) {
        if self.skipped > 0 {
            return;
        }
        let Some(mut label) = self.control.pop() else { return };
        let LabelKind::If { skip } = label.kind else { return };
        if self.reachable {
            self.carry(label.results, label.height);
            label.branches = self.emit(Instr::new(Op::Jump, label.branches));
        }
        self.stack.truncate(label.height);
        self.push_temporaries(label.params);
        self.bind(skip);
        self.reachable = true;
        label.kind = LabelKind::Else;
        self.control.push(label);
    }

    pub(crate) fn end(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let Some(mut label) = self.control.pop() else { return };
        match label.kind {
            LabelKind::Function => {
                if self.reachable {
                    self.emit_return(label.results);
                }
                return;
            }
            // The arm that is not there goes to the end too.
            LabelKind::If { skip } => label.branches = self.join(label.branches, skip),
            LabelKind::Block | LabelKind::Loop { .. } | LabelKind::Else => {}
        }
        if label.branches == NOWHERE {
            return;
        }
        if self.reachable {
            self.carry(label.results, label.height);
        }
        self.stack.truncate(label.height);
        self.push_temporaries(label.results);
        self.bind(label.branches);
        self.reachable = true;
    }

    pub(crate) fn push_temporaries(&mut self, widths: Widths) {
        for position in 0..widths.count {
            let width = self.signatures.width(widths, position);
            self.stack.push(Operand::Temp, width);
        }
    }

    /// Moves the values on top to the temporary slots from the position `height` on, which is not above them. They go
    /// from the lowest up, so that none overwrites another that is still to go.
    fn carry(&mut self, widths: Widths, height: usize) {
        let mut to = self.stack.slot(height);
        let from = self.stack.slot(self.top(widths).start);
        if widths.count >= MANY && self.are_temporary(widths) {
            if from != to {
                self.emit(Instr::with(Op::CopyMany, to, from, widths.words, 0));
            }
            return;
        }
        for position in self.top(widths) {
            let placed = self.stack.get(position);
            self.emit_move(to, placed);
            to += placed.width.words() as u16;
        }
    }

    /// Whether all of the topmost values are in the temporary slots of their positions.
    fn are_temporary(&self, widths: Widths) -> bool {
        self.top(widths).all(|position| self.stack.get(position).operand == Operand::Temp)
    }

    /// The positions of the topmost values.
    fn top(&self, widths: Widths) -> core::ops::Range<usize> {
        let height = self.stack.height();
        height.saturating_sub(widths.count.into())..height
    }

    /// Makes one list of a list of branches and the single branch `other`.
    fn join(&mut self, branches: u32, other: u32) -> u32 {
        self.code.instrs[other as usize].imm = branches;
        other
    }

    /// Sends a list of branches to the next instruction, where a basic block begins.
    fn bind(&mut self, mut branches: u32) {
        let here = self.begin_basic_block();
        while branches != NOWHERE {
            let branch = &mut self.code.instrs[branches as usize];
            branches = core::mem::replace(&mut branch.imm, distance(branches, here));
        }
    }

    /// Pops a condition; when a comparison has just made it, the branch will do the comparison.
    fn pop_condition(&mut self) -> Condition {
        let placed = self.stack.pop();
        if placed.operand == Operand::Temp
            && let Some(fused) = self.replace_maker(placed.temp, Condition::fused)
        {
            return fused;
        }
        Condition::of(self.source(placed, Kind::I32))
    }

    fn label_position(&self, depth: u32) -> usize {
        (self.control.len() - 1).saturating_sub(depth as usize)
    }

    pub(crate) fn branch(&mut self, depth: u32) {
        let position = self.label_position(depth);
        self.pay_for(self.control[position].carried().words.into());
        self.gather(position, 0);
        self.jump(position);
    }

    /// Leaves for a label, with what it wants.
    fn jump(&mut self, position: usize) {
        let Label { kind, height, .. } = self.control[position];
        let carried = self.control[position].carried();
        if kind == LabelKind::Function {
            self.emit_return(carried);
        } else {
            self.carry(carried, height);
            self.emit_to_label(position, |to| Instr::new(Op::Jump, to));
        }
        self.reachable = false;
    }

    /// Emits a branch to the start of a loop or to the end of another block.
    fn emit_to_label(&mut self, position: usize, make: impl FnOnce(u32) -> Instr) {
        let label = &self.control[position];
        match label.kind {
            LabelKind::Loop { header } => {
                let here = self.here();
                self.emit(make(distance(here, header)));
            }
            _ => {
                let pc = self.emit(make(label.branches));
                self.control[position].branches = pc;
            }
        }
    }

    pub(crate) fn branch_if(&mut self, depth: u32) {
        let position = self.label_position(depth);
        self.pay_for(self.control[position].carried().words.into());
        self.gather(position, 1);
        let condition = self.pop_condition();
        if self.control[position].kind == LabelKind::Function || self.must_move_to(position) {
            let past = self.emit(condition.branch(false, NOWHERE));
            self.begin_basic_block();
            // The branch is the last instruction now, so the values, wanted on the other path too, are copied.
            self.jump(position);
            self.reachable = true;
            self.bind(past);
        } else {
            let branch = self.with_count(condition.branch(true, NOWHERE));
            self.emit_to_label(position, |to| branch.to(to));
            self.begin_basic_block();
        }
    }

    /// The branch that also does what the last instruction does, if that counts the branch's operand; then that is taken
    /// back.
    fn with_count(&mut self, branch: Instr) -> Instr {
        let Some(&last) = self.code.instrs.last() else { return branch };
        let is_exchanged = branch.op() == Op::BranchI32Ne && last.d == branch.b;
        let (counter, bound) = if is_exchanged { (branch.b, branch.a) } else { (branch.a, branch.b) };
        let counts =
            matches!(last.op(), Op::I32AddImm | Op::I32Add) && last.d == counter && last.a == counter;
        if !counts || counter >= self.header {
            return branch;
        }
        let bound = match branch.op().shape() {
            Shape::branch => Some(bound).filter(|&bound| bound != counter),
            _ => i16::try_from(branch.constant().cast_signed()).ok().map(i16::cast_unsigned),
        };
        let step = match last.op() {
            Op::I32AddImm => i16::try_from(last.imm.cast_signed()).ok().map(i16::cast_unsigned),
            // A temporary that the sum takes from the accumulator is in no slot.
            _ => Some(last.b).filter(|&step| step < self.header || !last.form().operands().1),
        };
        let op = match last.op() {
            Op::I32AddImm => branch.op().count(),
            _ => branch.op().count_by(),
        };
        match (op, step, bound) {
            (Some(op), Some(step), Some(bound)) => {
                self.take_back();
                Instr::with(op, step, counter, bound, NOWHERE)
            }
            _ => branch,
        }
    }

    pub(crate) fn branch_table(&mut self, table: &BrTable<'_>) -> Result<(), Refused> {
        let default = self.label_position(table.default());
        self.pay_for(self.control[default].carried().words.into());
        self.gather(default, 1);
        let index = self.stack.pop();
        let index = self.in_slot(index);
        self.emit(Instr::with(Op::BranchTable, 0, index, 0, table.len()));
        let depths = || table.targets().chain(core::iter::once(Ok(table.default())));
        // An entry is one instruction, so what must be moved is moved after the table, once for each label.
        for depth in depths() {
            let position = self.label_position(depth.map_err(Refused::Malformed)?);
            if self.must_move_to(position) {
                let entry = self.emit(Instr::new(Op::Jump, self.control[position].entries));
                self.control[position].entries = entry;
            } else if self.control[position].kind == LabelKind::Function {
                self.emit_return(self.control[position].results);
            } else {
                self.emit_to_label(position, |to| Instr::new(Op::Jump, to));
            }
        }
        for depth in depths() {
            let position = self.label_position(depth.map_err(Refused::Malformed)?);
            let entries = core::mem::replace(&mut self.control[position].entries, NOWHERE);
            if entries != NOWHERE {
                self.room_for(0).map_err(Refused::TooBig)?;
                self.bind(entries);
                self.jump(position);
            }
        }
        self.reachable = false;
        Ok(())
    }

    /// Whether a branch to the label takes instructions of its own to put what it carries where the label wants it.
    fn must_move_to(&self, position: usize) -> bool {
        let label = &self.control[position];
        let carried = label.carried();
        match label.kind {
            LabelKind::Function => self.returned(carried).is_none(),
            _ => {
                let is_in_place = self.top(carried).start == label.height && self.are_temporary(carried);
                carried.count > 0 && !is_in_place
            }
        }
    }

    /// The one instruction that returns the values on top, if there is one.
    fn returned(&self, results: Widths) -> Option<Instr> {
        let lowest = self.stack.get(self.top(results).start);
        let header = self.header;
        let of_slot = |slot| Instr::with(Op::ReturnSlot, 0, header, slot, 0);
        let of_slots = |first, words| Instr::with(Op::ReturnMany, words, header, first, 0);
        match (results.count, lowest) {
            (0, _) => Some(Instr::with(Op::Return, 0, header, 0, 0)),
            (1, Placed { operand: Operand::Const(bits), width: Width::Narrow, .. }) => {
                Some(Instr::with(Op::ReturnConst, 0, header, 0, bits as u32))
            }
            (1, Placed { operand: Operand::Local(slot), width: Width::Narrow, .. }) => Some(of_slot(slot)),
            (1, Placed { operand: Operand::Local(slot), width: Width::Wide, .. }) => Some(of_slots(slot, 2)),
            (1, Placed { operand: Operand::Temp, width: Width::Narrow, temp }) => Some(of_slot(temp)),
            _ if self.are_temporary(results) => Some(of_slots(lowest.temp, results.words)),
            _ => None,
        }
    }

    fn emit_return(&mut self, results: Widths) {
        let instr = self.returned(results).unwrap_or_else(|| {
            for position in self.top(results) {
                let placed = self.stack.get(position);
                self.emit_move(placed.temp, placed);
            }
            let first = self.stack.slot(self.top(results).start);
            match results.words {
                1 => Instr::with(Op::ReturnSlot, 0, self.header, first, 0),
                words => Instr::with(Op::ReturnMany, words, self.header, first, 0),
            }
        });
        let instr = self.return_from_accumulator(instr);
        self.emit(instr);
    }

    /// The same return with its result from the accumulator, if it is there.
    fn return_from_accumulator(&mut self, mut instr: Instr) -> Instr {
        if instr.op() == Op::ReturnSlot {
            // Whatever the kind is, nobody reads a temporary of the frame after this.
            let operand = if instr.b < self.header { Operand::Local(instr.b) } else { Operand::Temp };
            let placed = Placed { operand, width: Width::Narrow, temp: instr.b };
            instr.set_form(Form::of(false, self.source(placed, Kind::I32).is_held));
        }
        instr
    }

    pub(crate) fn emit_unreachable(&mut self) {
        self.emit(Instr::new(Op::Unreachable, 0));
        self.reachable = false;
    }

    pub(crate) fn emit_final_return(&mut self) {
        self.branch(self.control.len() as u32 - 1);
    }
}

/// What decides a conditional branch: the branches, without their targets, for when it holds and when it fails.
#[derive(Debug, Clone, Copy)]
struct Condition {
    holds: Instr,
    fails: Instr,
}

impl Condition {
    /// The condition that a number is not zero.
    fn of(Source { slot, is_held }: Source) -> Self {
        let branch = |op| {
            let mut branch = Instr::with_constant(op, slot, 0, NOWHERE);
            branch.set_form(Form::of(is_held, false));
            branch
        };
        Self { holds: branch(Op::BranchI32NeImm), fails: branch(Op::BranchI32EqImm) }
    }

    /// The condition that a comparison holds.
    fn fused(comparison: Instr) -> Option<Self> {
        let holds = comparison.branch(NOWHERE)?;
        let fails = comparison.opposite()?.branch(NOWHERE)?;
        Some(Self { holds, fails })
    }

    /// The branch to `to` that is taken when this is true (`when`) or false.
    fn branch(self, when: bool, to: u32) -> Instr {
        if when { self.holds.to(to) } else { self.fails.to(to) }
    }
}

/// How far it is from one instruction to another, in bytes.
fn distance(from: u32, to: u32) -> u32 {
    to.wrapping_sub(from).wrapping_mul(Instr::BYTES)
}

impl From<LoadErrorKind> for Refused {
    fn from(kind: LoadErrorKind) -> Self {
        Self::TooBig(kind)
    }
}
