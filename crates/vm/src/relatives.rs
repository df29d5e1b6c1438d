//! Which operations stand for others: with a constant, with the operands exchanged, with the opposite result, as a branch.

use crate::instr::{Instr, Kind, Op, Shape};
use crate::types::Width;

/// What an instruction does to the slots of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It writes none.
    Nothing,
    /// It writes its destination.
    Moves(Width),
    /// It writes its destination, and the accumulator of this kind.
    Computes(Kind),
    /// It may write any temporary, or end the run and go on later, without the accumulators.
    Anything,
}

impl Instr {
    pub(crate) fn effect(self) -> Effect {
        use Shape::*;
        match self.op().shape() {
            unary | unary_trapping | binary | binary_trapping | immediate | immediate_trapping | load
            | load_at | load_plus | load_scaled | product | scale => Effect::Computes(self.op().kinds().1),
            select | select_constant => Effect::Moves(Width::Narrow),
            branch | branch_immediate | count | count_immediate | count_by | give => Effect::Anything,
            store | store_at | store_constant | store_plus | store_scaled | store_constant_plus => {
                Effect::Nothing
            }
            control => match self.op() {
                Op::Const | Op::Copy | Op::GlobalGet | Op::MemorySize | Op::RefFunc => {
                    Effect::Moves(Width::Narrow)
                }
                Op::TableGet | Op::TableSize => Effect::Moves(Width::Narrow),
                Op::Copy64 | Op::Select64 | Op::GlobalGet64 => Effect::Moves(Width::Wide),
                Op::GlobalSet | Op::GlobalSet64 | Op::TableSet | Op::DataDrop | Op::ElemDrop => {
                    Effect::Nothing
                }
                _ => Effect::Anything,
            },
        }
    }

    /// The slots and kinds of the operands that a form can have in an accumulator; of no meaning for those that there are
    /// not.
    pub(crate) fn operands(self) -> ((u16, Kind), (u16, Kind)) {
        use Shape::*;
        let (kind, _) = self.op().kinds();
        match self.op().shape() {
            store | store_constant | store_plus | store_scaled | store_constant_plus => {
                ((self.a, Kind::I32), (self.b, kind))
            }
            product => ((self.a, kind), (self.imm as u16, kind)),
            select => ((self.imm as u16, kind), (self.b, kind)),
            _ => ((self.a, kind), (self.b, kind)),
        }
    }

    /// The first slots of the operands that this instruction reads from the frame; not those that a form has in an
    /// accumulator, nor those of a call.
    pub(crate) fn slots_read(self) -> [Option<u16>; 3] {
        use Shape::*;
        let (is_a_held, is_b_held) = self.form().operands();
        let imm = self.imm as u16;
        let (a, b, third) = match self.op().shape() {
            unary | unary_trapping | immediate | immediate_trapping | branch_immediate | scale => {
                (Some(self.a), None, None)
            }
            load | load_plus | load_scaled | store_constant | store_constant_plus => {
                (Some(self.a), None, None)
            }
            binary | binary_trapping | branch | store | store_plus | store_scaled | select_constant => {
                (Some(self.a), Some(self.b), None)
            }
            load_at => (None, None, None),
            store_at | give => (None, Some(self.b), None),
            // The bits of the form are about other operands than usual.
            product => return [(!is_a_held).then_some(self.a), Some(self.b), (!is_b_held).then_some(imm)],
            select => return [Some(self.a), Some(self.b), (!is_a_held).then_some(imm)],
            count => (Some(self.a), Some(self.b), None),
            count_immediate => (Some(self.a), None, None),
            count_by => (Some(self.a), None, Some(self.d)),
            control => match self.op() {
                Op::Copy | Op::Copy64 | Op::CopyMany | Op::GlobalSet | Op::GlobalSet64 | Op::BranchTable => {
                    (Some(self.a), None, None)
                }
                Op::MemoryGrow | Op::MemoryInit | Op::TableGet | Op::TableCopy | Op::TableInit => {
                    (Some(self.a), None, None)
                }
                Op::TableSet | Op::TableGrow => (Some(self.a), Some(self.b), None),
                Op::MemoryCopy | Op::MemoryFill | Op::TableFill => (Some(self.a), Some(self.b), Some(self.d)),
                Op::Select64 => (Some(self.a), Some(self.b), Some(imm)),
                Op::CallIndirect | Op::ReturnMany => (None, Some(self.b), None),
                _ => (None, None, None),
            },
        };
        [a.filter(|_| !is_a_held), b.filter(|_| !is_b_held), third]
    }

    /// The slot that this instruction writes and does not read as such, so that it may be another one.
    pub(crate) fn destination(&mut self) -> Option<&mut u16> {
        match (self.effect(), self.op()) {
            (Effect::Moves(_) | Effect::Computes(_), _) | (_, Op::MemoryGrow | Op::TableGrow) => {
                Some(&mut self.d)
            }
            _ => None,
        }
    }

    /// Whether a run can end or pause at this instruction, so that its place in the module is of interest.
    pub(crate) fn may_stop(self) -> bool {
        use Shape::*;
        match self.op().shape() {
            unary_trapping | binary_trapping | immediate_trapping => true,
            load | load_at | load_plus | load_scaled => true,
            store | store_at | store_constant | store_plus | store_scaled | store_constant_plus => true,
            unary | binary | immediate | branch | branch_immediate => false,
            product | select | select_constant | scale | count | count_immediate | count_by | give => false,
            control => matches!(
                self.op(),
                Op::Charge
                    | Op::Unreachable
                    | Op::Call
                    | Op::CallHost
                    | Op::CallIndirect
                    | Op::MemoryCopy
                    | Op::MemoryFill
                    | Op::MemoryGrow
                    | Op::MemoryInit
                    | Op::TableGet
                    | Op::TableSet
                    | Op::TableGrow
                    | Op::TableFill
                    | Op::TableCopy
                    | Op::TableInit
            ),
        }
    }

    /// Whether this instruction goes so many bytes on as its `imm` says.
    pub(crate) fn is_branch(self) -> bool {
        use Shape::{branch, branch_immediate, count, count_by, count_immediate};
        self.op() == Op::Jump
            || matches!(self.op().shape(), branch | branch_immediate | count | count_immediate | count_by)
    }

    /// The comparison with the opposite result.
    pub(crate) fn opposite(self) -> Option<Self> {
        let (op, is_exchanged) = self.op().opposite()?;
        let (a, b, form) = match is_exchanged {
            true => (self.b, self.a, self.form().exchanged()),
            false => (self.a, self.b, self.form()),
        };
        let mut opposite = Self::with(op, self.d, a, b, self.imm);
        opposite.set_form(form);
        Some(opposite)
    }

    /// The branch that is taken when this comparison holds.
    pub(crate) fn branch(self, to: u32) -> Option<Self> {
        let op = self.op().branch()?;
        let mut branch = match op.shape() {
            Shape::branch => Self::with(op, 0, self.a, self.b, to),
            _ => Self::with_constant(op, self.a, self.imm, to),
        };
        branch.set_form(self.form().of_operands());
        Some(branch)
    }
}

macro_rules! pairs {
    ($($from:ident => $to:ident)*) => {
        |op| match op {
            $(Op::$from => Some(Op::$to),)*
            _ => None,
        }
    };
}

impl Op {
    /// The operation with a constant as its second operand.
    pub(crate) fn with_constant(self) -> Option<Self> {
        let of: fn(Self) -> Option<Self> = pairs! {
            I32Add => I32AddImm  I32Mul => I32MulImm  I32And => I32AndImm  I32Or => I32OrImm  I32Xor => I32XorImm
            I32Shl => I32ShlImm  I32ShrS => I32ShrSImm  I32ShrU => I32ShrUImm
            I32Rotl => I32RotlImm  I32Rotr => I32RotrImm
            I32DivS => I32DivSImm  I32DivU => I32DivUImm  I32RemS => I32RemSImm  I32RemU => I32RemUImm
            I32Eq => I32EqImm  I32Ne => I32NeImm
            I32LtS => I32LtSImm  I32LtU => I32LtUImm  I32LeS => I32LeSImm  I32LeU => I32LeUImm
            F32Add => F32AddImm  F32Sub => F32SubImm  F32Mul => F32MulImm  F32Div => F32DivImm
            F32Min => F32MinImm  F32Max => F32MaxImm
            F32Eq => F32EqImm  F32Ne => F32NeImm  F32Lt => F32LtImm  F32Le => F32LeImm
        };
        of(self)
    }

    /// The operation with a constant as its first operand.
    pub(crate) fn of_constant(self) -> Option<Self> {
        let of: fn(Self) -> Option<Self> = pairs! {
            I32Add => I32AddImm  I32Mul => I32MulImm  I32And => I32AndImm  I32Or => I32OrImm  I32Xor => I32XorImm
            I32Sub => I32SubFromImm
            I32Eq => I32EqImm  I32Ne => I32NeImm
            I32LtS => I32GtSImm  I32LtU => I32GtUImm  I32LeS => I32GeSImm  I32LeU => I32GeUImm
            F32Add => F32AddImm  F32Sub => F32SubFromImm  F32Mul => F32MulImm  F32Div => F32DivFromImm
            F32Eq => F32EqImm  F32Ne => F32NeImm  F32Lt => F32GtImm  F32Le => F32GeImm
        };
        of(self)
    }

    /// The comparison with the opposite result, and whether its operands are exchanged.
    fn opposite(self) -> Option<(Self, bool)> {
        let exchanged: fn(Self) -> Option<Self> = pairs! {
            I32LtS => I32LeS  I32LeS => I32LtS  I32LtU => I32LeU  I32LeU => I32LtU
        };
        let in_order: fn(Self) -> Option<Self> = pairs! {
            I32Eq => I32Ne  I32Ne => I32Eq
            I32EqImm => I32NeImm  I32NeImm => I32EqImm
            I32LtSImm => I32GeSImm  I32GeSImm => I32LtSImm  I32LtUImm => I32GeUImm  I32GeUImm => I32LtUImm
            I32LeSImm => I32GtSImm  I32GtSImm => I32LeSImm  I32LeUImm => I32GtUImm  I32GtUImm => I32LeUImm
            F32Eq => F32Ne  F32Ne => F32Eq  F32EqImm => F32NeImm  F32NeImm => F32EqImm
            F32Lt => F32NotLt  F32NotLt => F32Lt  F32Le => F32NotLe  F32NotLe => F32Le
            F32LtImm => F32NotLtImm  F32NotLtImm => F32LtImm  F32LeImm => F32NotLeImm  F32NotLeImm => F32LeImm
            F32GtImm => F32NotGtImm  F32NotGtImm => F32GtImm  F32GeImm => F32NotGeImm  F32NotGeImm => F32GeImm
        };
        in_order(self).map(|op| (op, false)).or_else(|| exchanged(self).map(|op| (op, true)))
    }

    /// The branch that also counts, by a constant of 16 bits: with the bound in a slot, or a constant of 16 bits.
    pub(crate) fn count(self) -> Option<Self> {
        let of: fn(Self) -> Option<Self> = pairs! {
            BranchI32Ne => CountNe  BranchI32LtS => CountLtS  BranchI32LtU => CountLtU
            BranchI32NeImm => CountNeImm  BranchI32LtSImm => CountLtSImm  BranchI32LtUImm => CountLtUImm
            BranchI32GtSImm => CountGtSImm  BranchI32GeSImm => CountGeSImm
        };
        of(self)
    }

    /// The branch that also counts, by what is in a slot: with a constant bound of 16 bits.
    pub(crate) fn count_by(self) -> Option<Self> {
        let of: fn(Self) -> Option<Self> = pairs! {
            BranchI32LtSImm => CountByLtSImm  BranchI32LtUImm => CountByLtUImm
        };
        of(self)
    }

    /// The branch that is taken when this comparison holds.
    fn branch(self) -> Option<Self> {
        let of: fn(Self) -> Option<Self> = pairs! {
            I32Eq => BranchI32Eq  I32Ne => BranchI32Ne
            I32LtS => BranchI32LtS  I32LtU => BranchI32LtU  I32LeS => BranchI32LeS  I32LeU => BranchI32LeU
            I32EqImm => BranchI32EqImm  I32NeImm => BranchI32NeImm
            I32LtSImm => BranchI32LtSImm  I32LtUImm => BranchI32LtUImm
            I32LeSImm => BranchI32LeSImm  I32LeUImm => BranchI32LeUImm
            I32GtSImm => BranchI32GtSImm  I32GtUImm => BranchI32GtUImm
            I32GeSImm => BranchI32GeSImm  I32GeUImm => BranchI32GeUImm
            F32Eq => BranchF32Eq  F32Ne => BranchF32Ne  F32Lt => BranchF32Lt  F32Le => BranchF32Le
            F32NotLt => BranchF32NotLt  F32NotLe => BranchF32NotLe
            F32EqImm => BranchF32EqImm  F32NeImm => BranchF32NeImm
            F32LtImm => BranchF32LtImm  F32LeImm => BranchF32LeImm
            F32GtImm => BranchF32GtImm  F32GeImm => BranchF32GeImm
            F32NotLtImm => BranchF32NotLtImm  F32NotLeImm => BranchF32NotLeImm
            F32NotGtImm => BranchF32NotGtImm  F32NotGeImm => BranchF32NotGeImm
        };
        of(self)
    }
}
