//! Places in a program that are the same in every translation of it.
//!
//! The place of a thread in the code is a number that depends on how the code was translated. A [`Position`] does not:
//! it names an operator of the module by its byte. This file alone knows both.
//!
//! A run stops, and goes on, at four kinds of place ([`At`]) and at no others. Each operator has at most one place of a
//! kind, because an operator pays at most one basic block of its own, calls at most once, and asks the price of a long
//! run at most once.

use crate::code::Code;
use crate::instr::{Instr, Op};

/// Where a frame goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) function: u32,
    /// The operator, in bytes from the start of the module.
    pub(crate) offset: u32,
    pub(crate) at: At,
}

/// Where at an operator. The numbers are those of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// At the start of the function, whose body begins at the offset; nothing has run.
    Start = 0,
    /// Where the basic block is paid for whose first price is that of this operator.
    Block = 1,
    /// Before this operator, whose operands are in place and whose long run is not paid for.
    Operator = 2,
    /// After this call, with the results in the frame.
    Call = 3,
}

/// Why a frame waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Nothing has run yet.
    Start,
    /// The next instruction needs more budget.
    Budget,
    /// The last instruction was a call: of the host, or of the function whose frame comes next.
    Call,
}

/// A position in the code of this translation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) pc: u32,
    /// For [`At::Call`], the call.
    pub(crate) call: Option<CallSite>,
}

/// What a call instruction does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallSite {
    /// The slot of the calling frame where the called one begins.
    pub(crate) base: u16,
    pub(crate) callee: Called,
}

/// What a call instruction can call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Called {
    /// A function of the host.
    Import,
    /// This function, which has a body.
    Function(u32),
    /// Any function of the type with this id, with a body or without.
    Type(u16),
}

impl At {
    /// Why a frame waits here.
    pub(crate) fn waiting(self) -> Waiting {
        match self {
            Self::Start => Waiting::Start,
            Self::Block | Self::Operator => Waiting::Budget,
            Self::Call => Waiting::Call,
        }
    }
}

/// The position of a frame that goes on at `pc`.
pub(crate) fn of(code: &Code, pc: u32, waiting: Waiting) -> Position {
    // The call is what the position names.
    let named = if waiting == Waiting::Call { pc.saturating_sub(1) } else { pc };
    let function = code.function_at(named);
    // Each place where a thread waits has a noted offset; 0 is that of no operator, so nothing will be found there.
    let noted = code.offsets.find(named).unwrap_or(0);
    let (offset, at) = match (waiting, code.instrs.get(named as usize).map(|instr| instr.op())) {
        (Waiting::Start, _) => (body_offset(code, function).unwrap_or(0), At::Start),
        (Waiting::Call, _) => (noted, At::Call),
        (Waiting::Budget, Some(Op::Charge)) => (noted, At::Block),
        (Waiting::Budget, _) => (noted, At::Operator),
    };
    Position { function, offset, at }
}

/// Where a position is in this code; none when no run of this module stops there.
pub(crate) fn find(code: &Code, position: Position) -> Option<Place> {
    let Position { function, offset, at } = position;
    if at == At::Start {
        let function = code.functions.get(function as usize).filter(|function| !function.is_import())?;
        return (function.offset == offset).then_some(Place { pc: function.start(), call: None });
    }
    let mut here = code.offsets.at(offset).filter(|&pc| code.function_at(pc) == function);
    here.find_map(|pc| {
        let instr = *code.instrs.get(pc as usize)?;
        match at {
            At::Start => None,
            // A block without a price is named by an operator before it, and no run stops there.
            At::Block => (instr.op() == Op::Charge && instr.imm > 0).then_some(Place { pc, call: None }),
            At::Operator => pays_for_itself(instr).then_some(Place { pc, call: None }),
            At::Call => Some(Place { pc: pc + 1, call: Some(call_site(instr)?) }),
        }
    })
}

/// The place behind a call that is named by the word in the header of the frame that it has made.
pub(crate) fn behind_call(word: u32) -> u32 {
    word / Instr::BYTES + 1
}

/// The word that names the call before this place.
pub(crate) fn call_before(pc: u32) -> u32 {
    pc.saturating_sub(1) * Instr::BYTES
}

fn body_offset(code: &Code, function: u32) -> Option<u32> {
    code.functions.get(function as usize).map(|function| function.offset)
}

/// Whether the instruction asks a price of its own, so that a run can stop before it.
fn pays_for_itself(instr: Instr) -> bool {
    matches!(
        instr.op(),
        Op::MemoryCopy
            | Op::MemoryFill
            | Op::MemoryGrow
            | Op::MemoryInit
            | Op::TableCopy
            | Op::TableFill
            | Op::TableGrow
            | Op::TableInit
    )
}

fn call_site(instr: Instr) -> Option<CallSite> {
    let callee = match instr.op() {
        Op::CallHost => Called::Import,
        Op::Call => Called::Function(instr.imm),
        Op::CallIndirect => Called::Type(instr.imm as u16),
        _ => return None,
    };
    Some(CallSite { base: instr.a, callee })
}
