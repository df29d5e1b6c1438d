//! Runs register code.

use crate::bulk;
use crate::code::{Body, HEADER_WORDS};
use crate::error::TrapKind;
use crate::host::{Callee, Flow, Halt, Host, OutsideCall};
use crate::instance::Instance;
use crate::instr::{Instr, operations};
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::operations as ops;
use crate::slots::{InSlots, halves, join};
use crate::types::Reference;

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
        macro_rules! read {
            ($slot:expr) => {
                InSlots::read(frame, $slot)
            };
        }
        macro_rules! write {
            ($slot:expr, $value:expr) => {{
                let value = $value;
                InSlots::write(value, frame, $slot);
            }};
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
        // What takes long has a price of its own. Too small a budget leaves it undone.
        macro_rules! pay {
            ($price:expr) => {
                match budget.checked_sub(u64::from($price)) {
                    Some(rest) => budget = rest,
                    None => {
                        pc -= 1;
                        break Stop::OutOfBudget;
                    }
                }
            };
        }
        macro_rules! three {
            ($first:expr) => {
                (slot!($first), slot!($first + 1), slot!($first + 2))
            };
        }
        macro_rules! call_outside {
            ($first:expr, $callee:expr, $type_id:expr) => {{
                let function_type = &module.types[usize::from($type_id)];
                let call =
                    OutsideCall::new($callee, function_type, &mut frame[usize::from($first)..], instance);
                let flow = attempt!(host.call_outside(call));
                assert_eq!(instance.identity, module.identity(), "an instance belongs to one module");
                if let Flow::Suspend(_) = flow {
                    break Stop::Suspended;
                }
            }};
        }
        macro_rules! enter {
            ($first:expr, $function:expr) => {{
                let function = &module.code.functions[$function as usize];
                if let Body::Code { entry, params, locals, frame: words, .. } = function.body {
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
                    frame[usize::from(params)..header].fill(0);
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
                    Instr::Charge(cost) => pay!(cost),
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
                    Instr::ReturnMany(header, first, words) => {
                        let is_done = leave!(header);
                        let results = usize::from(first)..usize::from(first) + usize::from(words);
                        frame.copy_within(results, 0);
                        if is_done {
                            break Stop::Finished;
                        }
                        frame = &mut stack[base..];
                    }
                    Instr::Call(first, function) => enter!(first, function),
                    Instr::CallHost(first, import) => {
                        let type_id = module.code.functions[import as usize].type_id;
                        call_outside!(first, Callee::Import(import), type_id);
                    }
                    Instr::CallIndirect(table, first, index, type_id) => {
                        let entry = instance.tables[usize::from(table)].get(slot!(index));
                        let reference = attempt!(entry.ok_or(TrapKind::TableOutOfBounds));
                        let number = attempt!(reference.number().ok_or(TrapKind::NullFunction));
                        let function = number.wrapping_sub(instance.first_reference);
                        match module.code.functions.get(function as usize) {
                            Some(callee) if callee.type_id != type_id => {
                                attempt!(Err(TrapKind::IndirectCallType));
                            }
                            Some(callee) => match callee.body {
                                Body::Import => call_outside!(first, Callee::Import(function), type_id),
                                Body::Code { .. } => enter!(first, function),
                            },
                            None => call_outside!(first, Callee::Reference(reference), type_id),
                        }
                    }
                    Instr::Const(d, word) => slot!(d) = word,
                    Instr::Copy(d, a) => slot!(d) = slot!(a),
                    Instr::Copy64(d, a) => write!(d, read64(frame, a)),
                    Instr::Select(d, condition, other) => {
                        if slot!(condition) == 0 {
                            slot!(d) = slot!(other);
                        }
                    }
                    Instr::Select64(d, condition, other) => {
                        if slot!(condition) == 0 {
                            write!(d, read64(frame, other));
                        }
                    }
                    Instr::GlobalGet(d, global) => slot!(d) = instance.globals[global as usize],
                    Instr::GlobalSet(a, global) => instance.globals[global as usize] = slot!(a),
                    Instr::GlobalGet64(d, global) => {
                        let global = global as usize;
                        write!(d, join(instance.globals[global], instance.globals[global + 1]));
                    }
                    Instr::GlobalSet64(a, global) => {
                        let words = &mut instance.globals[global as usize..][..2];
                        words.copy_from_slice(&halves(read!(a)));
                    }
                    Instr::MemorySize(d) => slot!(d) = bulk::memory_pages(module, &instance.memory),
                    Instr::MemoryGrow(d, pages) => {
                        let growth = bulk::growth(module, &instance.memory, slot!(pages));
                        pay!(growth.map_or(0, |growth| growth.bytes / bulk::BYTES_FOR_ONE));
                        let before = growth.and_then(|growth| growth.perform(&mut instance.memory));
                        slot!(d) = before.unwrap_or(u32::MAX);
                    }
                    Instr::MemoryCopy(to, from, length) => {
                        let (to, from, length) = (slot!(to), slot!(from), slot!(length));
                        attempt!(bulk::inside(&instance.memory, to, length));
                        attempt!(bulk::inside(&instance.memory, from, length));
                        pay!(length / bulk::BYTES_FOR_ONE);
                        attempt!(instance.memory.copy(to.into(), from.into(), length));
                    }
                    Instr::MemoryFill(to, byte, length) => {
                        let (to, byte, length) = (slot!(to), slot!(byte), slot!(length));
                        attempt!(bulk::inside(&instance.memory, to, length));
                        pay!(length / bulk::BYTES_FOR_ONE);
                        attempt!(instance.memory.fill(to.into(), byte as u8, length));
                    }
                    Instr::MemoryInit(first, segment) => {
                        let (to, from, length) = three!(first);
                        let bytes = attempt!(bulk::data(module, instance, segment, from, length));
                        attempt!(bulk::inside(&instance.memory, to, length));
                        pay!(length / bulk::BYTES_FOR_ONE);
                        attempt!(instance.memory.write(to.into(), bytes));
                    }
                    Instr::DataDrop(segment) => instance.dropped_data[segment as usize] = true,
                    Instr::RefFunc(d, function) => {
                        slot!(d) = instance.reference_to(function).to_word();
                    }
                    Instr::TableGet(table, d, index) => {
                        let entry = instance.tables[usize::from(table)].get(slot!(index));
                        slot!(d) = attempt!(entry.ok_or(TrapKind::TableOutOfBounds)).to_word();
                    }
                    Instr::TableSet(table, index, value) => {
                        let value = Reference::from_word(slot!(value));
                        if !instance.tables[usize::from(table)].set(slot!(index), value) {
                            attempt!(Err(TrapKind::TableOutOfBounds));
                        }
                    }
                    Instr::TableSize(table, d) => slot!(d) = instance.tables[usize::from(table)].size(),
                    Instr::TableGrow(table, d, value, by) => {
                        let (value, by) = (Reference::from_word(slot!(value)), slot!(by));
                        let table = &mut instance.tables[usize::from(table)];
                        pay!(if table.can_grow(by) { by / bulk::ENTRIES_FOR_ONE } else { 0 });
                        slot!(d) = table.grow(by, value).unwrap_or(u32::MAX);
                    }
                    Instr::TableFill(table, to, value, length) => {
                        let (to, length) = (slot!(to), slot!(length));
                        let value = Reference::from_word(slot!(value));
                        let entries = attempt!(instance.tables[usize::from(table)].run(to, length));
                        pay!(length / bulk::ENTRIES_FOR_ONE);
                        entries.fill(value);
                    }
                    Instr::TableCopy(to_table, from_table, first) => {
                        let (to, from, length) = three!(first);
                        attempt!(instance.tables[usize::from(to_table)].run(to, length));
                        attempt!(instance.tables[usize::from(from_table)].run(from, length));
                        pay!(length / bulk::ENTRIES_FOR_ONE);
                        attempt!(bulk::table_copy(&mut instance.tables, to_table, from_table, to, from, length));
                    }
                    Instr::TableInit(table, first, segment) => {
                        let (to, from, length) = three!(first);
                        let items = attempt!(bulk::items(module, instance, segment, from, length));
                        attempt!(instance.tables[usize::from(table)].run(to, length));
                        pay!(length / bulk::ENTRIES_FOR_ONE);
                        attempt!(instance.put_elements(module, items, table.into(), to));
                    }
                    Instr::ElemDrop(segment) => instance.dropped_elements[segment as usize] = true,
                    $(Instr::$unary(d, a) => write!(d, ops::$unary_op(read!(a))),)*
                    $(Instr::$unary_trapping(d, a) => write!(d, attempt!(ops::$unary_trapping_op(read!(a)))),)*
                    $(Instr::$binary(d, a, b) => write!(d, ops::$binary_op(read!(a), read!(b))),)*
                    $(Instr::$binary_trapping(d, a, b) => {
                        write!(d, attempt!(ops::$binary_trapping_op(read!(a), read!(b))));
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
                            write!(d, ops::$load_op(attempt!(instance.memory.load(address))));
                        }
                        Instr::$load_wide(a, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            write!(a, ops::$load_op(attempt!(instance.memory.load(address))));
                        }
                        Instr::$load_at(d, address) => {
                            write!(d, ops::$load_op(attempt!(instance.memory.load(address.into()))));
                        }
                    )*
                    $(
                        Instr::$store(a, value, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            attempt!(instance.memory.store(address, ops::$store_op(read!(value))));
                        }
                        Instr::$store_wide(a, offset) => {
                            let address = u64::from(slot!(a)) + u64::from(offset);
                            attempt!(instance.memory.store(address, ops::$store_op(read!(a + 1))));
                        }
                        Instr::$store_at(value, address) => {
                            attempt!(instance.memory.store(address.into(), ops::$store_op(read!(value))));
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

fn read64(frame: &[u32], slot: u16) -> u64 {
    InSlots::read(frame, slot)
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
