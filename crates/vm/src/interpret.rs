//! Runs register code.

use crate::code::{Body, HEADER_WORDS};
use crate::error::TrapKind;
use crate::host::{Flow, Halt, Host};
use crate::instance::{EMPTY, Instance};
use crate::instr::{Instr, operations};
use crate::memory::LinearMemory;
use crate::module::{Module, PAGE_BYTES};
use crate::operations as ops;

/// The state of a thread between two runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Registers {
    /// The next instruction, or the one that trapped.
    pub(crate) pc: u32,
    /// Where the present frame begins on the value stack.
    pub(crate) base: u32,
    /// The instructions that may still be run.
    pub(crate) budget: u64,
    /// The most words of the value stack that were in use at one time.
    pub(crate) high_water: u32,
}

/// Why the interpreter gave control back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    Finished,
    Suspended,
    OutOfBudget,
    Trap(TrapKind),
}

/// The return address of a frame that no frame called. Code is shorter than this.
pub(crate) const OUTERMOST: u32 = u32::MAX;

/// Runs from where the registers say until there is a reason to stop.
pub(crate) fn run<M: LinearMemory, H: Host<M>>(
    module: &Module,
    instance: &mut Instance<M>,
    host: &mut H,
    stack: &mut [u32],
    registers: &mut Registers,
) -> Stop {
    let code = module.code.instrs.as_slice();
    let mut budget = registers.budget;
    let mut pc = registers.pc as usize;
    let mut base = registers.base as usize;
    let mut frame = &mut stack[base..];

    let stop = loop {
        let instr = code[pc];
        pc += 1;

        macro_rules! slot {
            ($slot:expr) => {
                frame[usize::from($slot)]
            };
        }
        // A trap leaves the counter at the instruction that it came from.
        macro_rules! attempt {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(fault) => {
                        pc -= 1;
                        break Stop::Trap(TrapKind::from(fault));
                    }
                }
            };
        }
        macro_rules! call_host {
            ($first:expr, $import:expr) => {{
                let function = &module.code.functions[$import as usize];
                let (first, params) = (usize::from($first), usize::from(function.params));
                let args = &frame[first..first + params];
                let flow = attempt!(host.call($import, args, &mut instance.memory));
                let (Flow::Continue(result) | Flow::Suspend(result)) = flow;
                if module.types[usize::from(function.type_id)].result().is_some() {
                    frame[first] = result;
                }
                if let Flow::Suspend(_) = flow {
                    break Stop::Suspended;
                }
            }};
        }
        macro_rules! enter {
            ($first:expr, $function:expr) => {{
                let function = &module.code.functions[$function as usize];
                if let Body::Code { entry, locals, frame: words, .. } = function.body {
                    let distance = usize::from($first);
                    let end = base + distance + usize::from(words);
                    if end > stack.len() {
                        pc -= 1;
                        break Stop::Trap(TrapKind::StackOverflow);
                    }
                    registers.high_water = registers.high_water.max(end as u32);
                    base += distance;
                    frame = &mut stack[base..];
                    let header = usize::from(locals);
                    frame[usize::from(function.params)..header].fill(0);
                    frame[header] = pc as u32;
                    frame[header + 1] = distance as u32;
                    pc = entry as usize;
                }
            }};
        }
        macro_rules! leave {
            ($header:expr) => {{
                let header = usize::from($header);
                let (back, distance) = (frame[header], frame[header + 1]);
                if back == OUTERMOST {
                    true
                } else {
                    pc = back as usize;
                    base -= distance as usize;
                    false
                }
            }};
        }
        macro_rules! dispatch {
            (
                unary { $($unary:ident $unary_op:ident,)* }
                unary_trapping { $($unary_trapping:ident $unary_trapping_op:ident,)* }
                binary { $($binary:ident $binary_op:ident,)* }
                binary_trapping { $($binary_trapping:ident $binary_trapping_op:ident,)* }
                immediate { $($immediate:ident $immediate_op:ident,)* }
                immediate_trapping { $($immediate_trapping:ident $immediate_trapping_op:ident,)* }
                branch { $($branch:ident $branch_op:ident,)* }
                branch_immediate { $($branch_immediate:ident $branch_immediate_op:ident,)* }
                load { $($load:ident $load_wide:ident $load_at:ident $load_op:ident,)* }
                store { $($store:ident $store_wide:ident $store_at:ident $store_op:ident,)* }
            ) => {
                match instr {
                    Instr::Charge(cost) => match budget.checked_sub(cost.into()) {
                        Some(rest) => budget = rest,
                        None => {
                            pc -= 1;
                            break Stop::OutOfBudget;
                        }
                    },
                    Instr::Unreachable => attempt!(Err(TrapKind::Unreachable)),
                    Instr::Jump(to) => pc = to.pc() as usize,
                    Instr::BranchTable(index, count) => pc += slot!(index).min(count) as usize,
                    Instr::Return(header) => {
                        if leave!(header) {
                            break Stop::Finished;
                        }
                        frame = &mut stack[base..];
                    }
                    Instr::ReturnSlot(header, value) => {
                        let value = slot!(value);
                        let is_done = leave!(header);
                        frame[0] = value;
                        if is_done {
                            break Stop::Finished;
                        }
                        frame = &mut stack[base..];
                    }
                    Instr::ReturnConst(header, value) => {
                        let is_done = leave!(header);
                        frame[0] = value;
                        if is_done {
                            break Stop::Finished;
                        }
                        frame = &mut stack[base..];
                    }
                    Instr::Call(first, function) => enter!(first, function),
                    Instr::CallHost(first, import) => call_host!(first, import),
                    Instr::CallIndirect(first, index, type_id) => {
                        let entry = instance.table.get(slot!(index) as usize).copied();
                        let function = attempt!(entry.ok_or(TrapKind::TableOutOfBounds));
                        if function == EMPTY {
                            attempt!(Err(TrapKind::NullFunction));
                        }
                        let callee = &module.code.functions[function as usize];
                        if callee.type_id != type_id {
                            attempt!(Err(TrapKind::IndirectCallType));
                        }
                        match callee.body {
                            Body::Import => call_host!(first, function),
                            Body::Code { .. } => enter!(first, function),
                        }
                    }
                    Instr::Const(d, word) => slot!(d) = word,
                    Instr::Copy(d, a) => slot!(d) = slot!(a),
                    Instr::Select(d, condition, other) => {
                        if slot!(condition) == 0 {
                            slot!(d) = slot!(other);
                        }
                    }
                    Instr::GlobalGet(d, global) => slot!(d) = instance.globals[global as usize],
                    Instr::GlobalSet(a, global) => instance.globals[global as usize] = slot!(a),
                    Instr::MemorySize(d) => slot!(d) = instance.memory.size() / PAGE_BYTES,
                    Instr::MemoryGrow(d, pages) => {
                        // The memory is of fixed size: it can only grow by nothing.
                        let is_nothing = slot!(pages) == 0;
                        slot!(d) = if is_nothing { instance.memory.size() / PAGE_BYTES } else { u32::MAX };
                    }
                    Instr::MemoryCopy(to, from, length) => {
                        let (to, from, length) = (slot!(to), slot!(from), slot!(length));
                        attempt!(instance.memory.copy(to.into(), from.into(), length));
                    }
                    Instr::MemoryFill(to, byte, length) => {
                        let (to, byte, length) = (slot!(to), slot!(byte), slot!(length));
                        attempt!(instance.memory.fill(to.into(), byte as u8, length));
                    }
                    $(Instr::$unary(d, a) => slot!(d) = ops::$unary_op(slot!(a)),)*
                    $(Instr::$unary_trapping(d, a) => slot!(d) = attempt!(ops::$unary_trapping_op(slot!(a))),)*
                    $(Instr::$binary(d, a, b) => slot!(d) = ops::$binary_op(slot!(a), slot!(b)),)*
                    $(Instr::$binary_trapping(d, a, b) => {
                        slot!(d) = attempt!(ops::$binary_trapping_op(slot!(a), slot!(b)));
                    })*
                    $(Instr::$immediate(d, a, b) => slot!(d) = ops::$immediate_op(slot!(a), extend(b)),)*
                    $(Instr::$immediate_trapping(d, a, b) => {
                        slot!(d) = attempt!(ops::$immediate_trapping_op(slot!(a), extend(b)));
                    })*
                    $(Instr::$branch(a, b, to) => {
                        if ops::$branch_op(slot!(a), slot!(b)) != 0 {
                            pc = to.pc() as usize;
                        }
                    })*
                    $(Instr::$branch_immediate(a, b, to) => {
                        if ops::$branch_immediate_op(slot!(a), extend(b)) != 0 {
                            pc = to.pc() as usize;
                        }
                    })*
                    $(
                        Instr::$load(d, a, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            slot!(d) = ops::$load_op(attempt!(instance.memory.load(address)));
                        }
                        Instr::$load_wide(a, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            slot!(a) = ops::$load_op(attempt!(instance.memory.load(address)));
                        }
                        Instr::$load_at(d, address) => {
                            slot!(d) = ops::$load_op(attempt!(instance.memory.load(address.into())));
                        }
                    )*
                    $(
                        Instr::$store(a, value, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            attempt!(instance.memory.store(address, ops::$store_op(slot!(value))));
                        }
                        Instr::$store_wide(a, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            attempt!(instance.memory.store(address, ops::$store_op(slot!(a + 1))));
                        }
                        Instr::$store_at(value, address) => {
                            attempt!(instance.memory.store(address.into(), ops::$store_op(slot!(value))));
                        }
                    )*
                }
            };
        }
        operations!(dispatch);
    };
    registers.pc = pc as u32;
    registers.base = base as u32;
    registers.budget = budget;
    stop
}

fn extend(immediate: i16) -> u32 {
    i32::from(immediate).cast_unsigned()
}

impl From<Halt> for TrapKind {
    fn from(halt: Halt) -> Self {
        Self::Host(halt.0)
    }
}

const _: () =
    assert!(HEADER_WORDS == 2, "a header is the return address and the distance to the caller's frame");
