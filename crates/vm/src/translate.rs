//! From the operators of a validated function to register code: the control flow.
//!
//! The translation reads each operator once. Operands stay where they are (see
//! [`operand_stack`](crate::operand_stack)); what a branch carries goes to the temporary slot that its label says.

use crate::FuncIndex;
use crate::code::{Body, Code, HEADER_WORDS};
use crate::error::LoadErrorKind;
use crate::instr::{Instr, Target};
use crate::operand_stack::{Operand, OperandStack};
use alloc::vec::Vec;
use wasmparser::{BlockType, BrTable};

/// Translates one function after another, and keeps its working memory between them.
#[derive(Debug, Default)]
pub(crate) struct Translator {
    pub(crate) code: Code,
    pub(crate) stack: OperandStack,
    control: Vec<Label>,
    /// Which function this is.
    function: u32,
    /// The slots of its parameters and locals.
    locals: u16,
    has_result: bool,
    /// The place of the present operator in the module.
    offset: u32,
    /// The instruction that pays for the present basic block, once there is one.
    charge: Option<u32>,
    /// The last instruction, when what it writes is the temporary in this slot.
    last_result: Option<(u32, u16)>,
    /// Whether the present operator can be reached.
    reachable: bool,
    /// How many blocks inside an unreachable part are open.
    skipped: u32,
}

/// What a branch can name: an open block.
#[derive(Debug)]
struct Label {
    kind: LabelKind,
    /// The height of the operand stack below the block.
    height: usize,
    has_result: bool,
    /// The last branch to the end of the block. Until the end is known, the targets of such branches form a list.
    branches: u32,
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

/// The most instructions that one operator makes, but for a branch table: copies for a full operand stack.
const MOST_FOR_ONE_OPERATOR: usize = 0x1_0100;

impl Translator {
    /// Begins a function.
    pub(crate) fn begin(
        &mut self,
        function: FuncIndex,
        locals: u32,
        has_result: bool,
        offset: u32,
    ) -> Result<(), LoadErrorKind> {
        self.function = function.0;
        self.has_result = has_result;
        self.offset = offset;
        self.locals =
            self.slots_fit(locals.saturating_add(HEADER_WORDS)).map(|slots| slots - HEADER_WORDS as u16)?;
        self.stack.reset(self.locals.into(), u32::from(self.locals) + HEADER_WORDS);
        self.control.clear();
        self.control.push(Label { kind: LabelKind::Function, height: 0, has_result, branches: Target::NONE });
        self.reachable = true;
        self.skipped = 0;
        self.begin_basic_block();
        let info = Body::Code { entry: self.here(), locals: self.locals, frame: 0, offset };
        self.code.functions[function.0 as usize].body = info;
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
        let longest = MOST_FOR_ONE_OPERATOR + 3 * table_targets as usize;
        if self.code.instrs.len() + longest >= Target::NONE as usize {
            return Err(LoadErrorKind::TooMuchCode { limit: Target::NONE });
        }
        Ok(())
    }

    pub(crate) fn is_reachable(&self) -> bool {
        self.reachable
    }

    /// Skips an operator that cannot be reached, except that the end of its block may be.
    pub(crate) fn skip_block(&mut self) {
        self.skipped += 1;
    }

    fn here(&self) -> u32 {
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
    pub(crate) fn emit_result(&mut self, make: impl FnOnce(u16) -> Instr) {
        let slot = self.stack.slot(self.stack.height());
        self.stack.push(Operand::Temp);
        let pc = self.emit(make(slot));
        self.last_result = Some((pc, slot));
    }

    /// The last instruction, if all it does is to make the value in this slot.
    fn maker_of(&mut self, slot: u16) -> Option<&mut Instr> {
        let (pc, result) = self.last_result?;
        let is_last = pc + 1 == self.here() && result == slot;
        if is_last { self.code.instrs.last_mut() } else { None }
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

    /// Puts an operand that is in `slot`, if it is in a slot, into another one.
    pub(crate) fn emit_move(&mut self, to: u16, operand: Operand, temp: u16) {
        match operand {
            Operand::Const(word) => self.emit(Instr::Const(to, word)),
            Operand::Local(slot) if slot != to => self.emit(Instr::Copy(to, slot)),
            Operand::Temp if temp != to => {
                if let Some(destination) = self.maker_of(temp).and_then(Instr::destination) {
                    *destination = to;
                    self.last_result = None;
                    return;
                }
                self.emit(Instr::Copy(to, temp))
            }
            Operand::Local(_) | Operand::Temp => return,
        };
    }

    /// Counts an operator that does something.
    pub(crate) fn count(&mut self) {
        let charge = match self.charge {
            Some(charge) => charge,
            None => self.emit(Instr::Charge(0)),
        };
        self.charge = Some(charge);
        if let Some(Instr::Charge(cost)) = self.code.instrs.get_mut(charge as usize) {
            *cost += 1;
        }
    }

    fn begin_basic_block(&mut self) {
        self.charge = None;
        self.last_result = None;
    }

    /// Saves the uses of locals on the operand stack, because paths that overwrite them may part and meet again.
    fn flush(&mut self) {
        while let Some((slot, local)) = self.stack.flush_next_local() {
            self.emit(Instr::Copy(slot, local));
        }
    }

    pub(crate) fn block(&mut self, block_type: BlockType) {
        self.flush();
        self.open(LabelKind::Block, block_type);
    }

    pub(crate) fn begin_loop(&mut self, block_type: BlockType) {
        self.flush();
        let header = self.here();
        self.begin_basic_block();
        self.open(LabelKind::Loop { header }, block_type);
    }

    pub(crate) fn begin_if(&mut self, block_type: BlockType) {
        let condition = self.pop_condition();
        self.flush();
        let skip = self.emit(condition.branch(false, Target::NONE));
        self.begin_basic_block();
        self.open(LabelKind::If { skip }, block_type);
    }

    fn open(&mut self, kind: LabelKind, block_type: BlockType) {
        let has_result = !matches!(block_type, BlockType::Empty);
        self.control.push(Label { kind, height: self.stack.height(), has_result, branches: Target::NONE });
    }

    pub(crate) fn begin_else(&mut self) {
        if self.skipped > 0 {
            return;
        }
        let Some(mut label) = self.control.pop() else { return };
        let LabelKind::If { skip } = label.kind else { return };
        if self.reachable {
            self.carry_result(&label);
            label.branches = self.emit(Instr::Jump(Target::new(label.branches)));
        }
        self.stack.truncate(label.height);
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
                    self.emit_return();
                }
                return;
            }
            // The arm that is not there goes to the end too.
            LabelKind::If { skip } => label.branches = self.join(label.branches, skip),
            LabelKind::Block | LabelKind::Loop { .. } | LabelKind::Else => {}
        }
        if label.branches == Target::NONE {
            return;
        }
        if self.reachable {
            self.carry_result(&label);
        }
        self.stack.truncate(label.height);
        if label.has_result {
            self.stack.push(Operand::Temp);
        }
        self.bind(label.branches);
        self.reachable = true;
    }

    /// Moves the value on top, if the label has a result, to where the label wants it.
    fn carry_result(&mut self, label: &Label) {
        if label.has_result {
            self.move_top(self.stack.slot(label.height));
        }
    }

    fn move_top(&mut self, to: u16) {
        let top = self.stack.height().saturating_sub(1);
        self.emit_move(to, self.stack.get(top), self.stack.slot(top));
    }

    /// Makes one list of a list of branches and the single branch `other`.
    fn join(&mut self, branches: u32, other: u32) -> u32 {
        if let Some(target) = self.code.instrs[other as usize].target() {
            *target = Target::new(branches);
        }
        other
    }

    /// Sends a list of branches to the next instruction, where a basic block begins.
    fn bind(&mut self, mut branches: u32) {
        let here = Target::new(self.here());
        while branches != Target::NONE {
            let Some(target) = self.code.instrs[branches as usize].target() else { break };
            branches = core::mem::replace(target, here).pc();
        }
        self.begin_basic_block();
    }

    /// Pops a condition; when a comparison has just made it, the branch will do the comparison.
    fn pop_condition(&mut self) -> Condition {
        let operand = self.stack.pop();
        let slot = self.stack.slot(self.stack.height());
        if operand == Operand::Temp
            && let Some(fused) = self.replace_maker(slot, Condition::fused)
        {
            return fused;
        }
        let slot = self.in_slot(operand, slot);
        let unknown = Target::new(Target::NONE);
        Condition {
            holds: Instr::BranchI32NeImm(slot, 0, unknown),
            fails: Instr::BranchI32EqImm(slot, 0, unknown),
        }
    }

    /// The slot to read an operand from; a constant is put into the temporary slot of its position first.
    pub(crate) fn in_slot(&mut self, operand: Operand, temp: u16) -> u16 {
        match operand {
            Operand::Local(local) => local,
            Operand::Temp => temp,
            Operand::Const(word) => {
                self.emit(Instr::Const(temp, word));
                temp
            }
        }
    }

    fn label_position(&self, depth: u32) -> usize {
        (self.control.len() - 1).saturating_sub(depth as usize)
    }

    pub(crate) fn branch(&mut self, depth: u32) {
        let position = self.label_position(depth);
        let label = &self.control[position];
        match label.kind {
            LabelKind::Function => self.emit_return(),
            LabelKind::Loop { header } => {
                self.emit(Instr::Jump(Target::new(header)));
            }
            _ => {
                if label.has_result {
                    self.move_top(self.stack.slot(label.height));
                }
                self.emit_to_label(position, Instr::Jump);
            }
        }
        self.reachable = false;
    }

    /// Emits a branch to the start of a loop or to the end of another block.
    fn emit_to_label(&mut self, position: usize, make: impl FnOnce(Target) -> Instr) {
        let label = &self.control[position];
        match label.kind {
            LabelKind::Loop { header } => {
                self.emit(make(Target::new(header)));
            }
            _ => {
                let pc = self.emit(make(Target::new(label.branches)));
                self.control[position].branches = pc;
            }
        }
    }

    pub(crate) fn branch_if(&mut self, depth: u32) {
        let condition = self.pop_condition();
        let position = self.label_position(depth);
        if self.control[position].kind == LabelKind::Function {
            let past = self.emit(condition.branch(false, Target::NONE));
            self.emit_return();
            self.bind(past);
        } else if self.must_move_to(position) {
            let past = self.emit(condition.branch(false, Target::NONE));
            // The branch is the last instruction now, so the value, wanted on the other path too, is copied.
            self.move_top(self.stack.slot(self.control[position].height));
            self.emit_to_label(position, Instr::Jump);
            self.bind(past);
        } else {
            self.emit_to_label(position, |target| condition.branch(true, target.pc()));
            self.begin_basic_block();
        }
    }

    pub(crate) fn branch_table(&mut self, table: &BrTable<'_>) -> Result<(), wasmparser::Error> {
        let index = self.stack.pop();
        let index = self.in_slot(index, self.stack.slot(self.stack.height()));
        self.emit(Instr::BranchTable(index, table.len()));
        let depths = || table.targets().chain(core::iter::once(Ok(table.default())));
        let first = self.here();
        for depth in depths() {
            let position = self.label_position(depth?);
            if self.control[position].kind == LabelKind::Function {
                self.emit_return();
            } else if self.must_move_to(position) {
                self.emit(Instr::Jump(Target::new(Target::NONE)));
            } else {
                self.emit_to_label(position, Instr::Jump);
            }
        }
        // An entry is one instruction, so those that must move the value that they carry do it after the table.
        for (entry, depth) in (first..).zip(depths()) {
            let depth = depth?;
            if self.must_move_to(self.label_position(depth)) {
                self.bind(entry);
                self.branch(depth);
            }
        }
        self.reachable = false;
        Ok(())
    }

    /// Whether a branch to the label carries a value that is not yet where the label wants it.
    fn must_move_to(&self, position: usize) -> bool {
        let label = &self.control[position];
        let top = self.stack.height().saturating_sub(1);
        let is_in_place = top == label.height && self.stack.get(top) == Operand::Temp;
        match label.kind {
            LabelKind::Function | LabelKind::Loop { .. } => false,
            _ => label.has_result && !is_in_place,
        }
    }

    pub(crate) fn emit_return(&mut self) {
        let instr = if self.has_result {
            let top = self.stack.height().saturating_sub(1);
            match self.stack.get(top) {
                Operand::Const(word) => Instr::ReturnConst(self.locals, word),
                Operand::Local(local) => Instr::ReturnSlot(self.locals, local),
                Operand::Temp => Instr::ReturnSlot(self.locals, self.stack.slot(top)),
            }
        } else {
            Instr::Return(self.locals)
        };
        self.emit(instr);
    }

    pub(crate) fn emit_unreachable(&mut self) {
        self.emit(Instr::Unreachable);
        self.reachable = false;
    }

    pub(crate) fn emit_final_return(&mut self) {
        self.emit_return();
        self.reachable = false;
    }
}

/// What decides a conditional branch: the branches, without their targets, for when it holds and when it fails.
#[derive(Debug, Clone, Copy)]
struct Condition {
    holds: Instr,
    fails: Instr,
}

impl Condition {
    /// The condition that a comparison holds.
    fn fused(comparison: Instr) -> Option<Self> {
        let unknown = Target::new(Target::NONE);
        let holds = comparison.fused_branch(unknown)?;
        let fails = comparison.inverse()?.fused_branch(unknown)?;
        Some(Self { holds, fails })
    }

    /// The branch to `to` that is taken when this is true (`when`) or false.
    fn branch(self, when: bool, to: u32) -> Instr {
        let mut branch = if when { self.holds } else { self.fails };
        if let Some(target) = branch.target() {
            *target = Target::new(to);
        }
        branch
    }
}
