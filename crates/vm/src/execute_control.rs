//! What the operations do that have no regular shape: control, calls, moves, and runs of memory and of tables.

use crate::bulk;
use crate::error::TrapKind;
use crate::host::{Callee, Flow, OutsideCall};
use crate::interpret::Stop;
use crate::memory::LinearMemory;
use crate::registers::{Next, Registers};
use crate::slots::{halves, join};
use crate::types::Reference;

macro_rules! attempt {
    ($registers:ident, $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(fault) => return $registers.trap(TrapKind::from(fault)),
        }
    };
}

/// What takes long has a price of its own. Too small a budget leaves it undone.
macro_rules! pay {
    ($registers:ident, $price:expr) => {
        if !$registers.pay($price) {
            return $registers.stop(Stop::OutOfBudget);
        }
    };
}

#[inline(always)]
pub(crate) fn charge<M>(r: &mut Registers<'_, M>) -> Next {
    pay!(r, r.instr().imm);
    r.step()
}

#[inline(always)]
pub(crate) fn unreachable<M>(r: &mut Registers<'_, M>) -> Next {
    r.trap(TrapKind::Unreachable)
}

#[inline(always)]
pub(crate) fn jump<M>(r: &mut Registers<'_, M>) -> Next {
    r.jump()
}

/// To one of the `imm` instructions that follow, chosen by `a`, else to the one after them.
#[inline(always)]
pub(crate) fn branch_table<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    r.skip(r.slot(instr.a).min(instr.imm))
}

/// Leaves the function; the header of its frame is at `a`.
#[inline(always)]
pub(crate) fn leave<M>(r: &mut Registers<'_, M>) -> Next {
    r.leave(r.header(r.instr().a))
}

/// The result is `imm`.
#[inline(always)]
pub(crate) fn return_const<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let header = r.header(instr.a);
    r.set_slot(0, instr.imm);
    r.leave(header)
}

/// The results are in `d` slots from `b` on.
pub(crate) fn return_many<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let header = r.header(instr.a);
    r.run_of_slots(0, instr.b + instr.d).copy_within(usize::from(instr.b).., 0);
    r.leave(header)
}

/// Calls function `imm` of this module; its frame begins at `a`.
#[inline(always)]
pub(crate) fn call<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    r.enter(instr.a, instr.imm)
}

/// Sets `b` slots from `a` on to zero: the locals of a function that has just been called.
#[inline(always)]
pub(crate) fn clear_locals<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    match instr.b {
        1 => r.set_slot(instr.a, 0),
        2 => r.set_slots(instr.a, 0),
        3 => {
            r.set_slot(instr.a, 0);
            r.set_slots(instr.a + 1, 0);
        }
        4 => {
            r.set_slots(instr.a, 0);
            r.set_slots(instr.a + 2, 0);
        }
        count => return clear_many(r, instr.a, count),
    }
    r.step()
}

#[inline(never)]
fn clear_many<M>(r: &mut Registers<'_, M>, first: u16, count: u16) -> Next {
    r.run_of_slots(first, count).fill(0);
    r.step()
}

/// Calls import `imm`; its arguments, and then its results, begin at `a`.
pub(crate) fn call_host<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let type_id = r.module().code.functions[instr.imm as usize].type_id;
    call_outside(r, instr.a, Callee::Import(instr.imm), type_id)
}

#[inline(never)]
fn call_outside<M: LinearMemory>(r: &mut Registers<'_, M>, first: u16, callee: Callee, type_id: u16) -> Next {
    let module = r.module();
    let (host, instance, slots) = r.outside(first);
    let call = OutsideCall::new(callee, &module.types[usize::from(type_id)], slots, instance);
    let flow = attempt!(r, host.call_outside(call));
    assert_eq!(r.instance().identity, module.identity(), "an instance belongs to one module");
    match flow {
        Flow::Continue(_) => r.step(),
        Flow::Suspend(_) => r.stop_behind(Stop::Suspended),
    }
}

/// Calls what table `d` holds at the index in `b`, if its type is `imm`; the call's frame begins at `a`.
pub(crate) fn call_indirect<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (index, type_id) = (r.slot(instr.b), instr.imm as u16);
    let instance = r.instance();
    let entry = instance.tables[usize::from(instr.d)].get(index);
    let first_reference = instance.first_reference;
    let reference = attempt!(r, entry.ok_or(TrapKind::TableOutOfBounds));
    let number = attempt!(r, reference.number().ok_or(TrapKind::NullFunction));
    let function = number.wrapping_sub(first_reference);
    match r.module().code.functions.get(function as usize) {
        Some(callee) if callee.type_id != type_id => r.trap(TrapKind::IndirectCallType),
        Some(callee) if callee.is_import() => call_outside(r, instr.a, Callee::Import(function), type_id),
        Some(_) => r.enter(instr.a, function),
        None => call_outside(r, instr.a, Callee::Reference(reference), type_id),
    }
}

#[inline(always)]
pub(crate) fn constant<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    r.set_slot(instr.d, instr.imm);
    r.step()
}

#[inline(always)]
pub(crate) fn copy<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    r.set_slot(instr.d, r.slot(instr.a));
    r.step()
}

#[inline(always)]
pub(crate) fn copy_64<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    r.set_slots(instr.d, r.slots(instr.a));
    r.step()
}

/// `a` when slot `imm` is not zero, else `b`.
#[inline(always)]
pub(crate) fn select_64<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (a, b) = (r.slots(instr.a), r.slots(instr.b));
    let value = if r.slot(instr.imm as u16) != 0 { a } else { b };
    r.set_slots(instr.d, value);
    r.step()
}

/// Word `imm` of the globals.
#[inline(always)]
pub(crate) fn global_get<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let value = r.instance().globals[instr.imm as usize];
    r.set_slot(instr.d, value);
    r.step()
}

#[inline(always)]
pub(crate) fn global_get_64<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let words = &r.instance().globals[instr.imm as usize..];
    let value = join(words[0], words[1]);
    r.set_slots(instr.d, value);
    r.step()
}

#[inline(always)]
pub(crate) fn global_set<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let value = r.slot(instr.a);
    r.instance().globals[instr.imm as usize] = value;
    r.step()
}

#[inline(always)]
pub(crate) fn global_set_64<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let value = halves(r.slots(instr.a));
    r.instance().globals[instr.imm as usize..][..2].copy_from_slice(&value);
    r.step()
}

pub(crate) fn memory_size<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let pages = bulk::memory_pages(r.module(), r.memory());
    r.set_slot(r.instr().d, pages);
    r.step()
}

/// By the pages in `a`.
pub(crate) fn memory_grow<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (module, pages) = (r.module(), r.slot(instr.a));
    let before = match bulk::growth(module, r.memory(), pages) {
        Some(growth) => {
            pay!(r, growth.bytes / bulk::BYTES_FOR_ONE);
            growth.perform(r.memory())
        }
        None => None,
    };
    r.set_slot(instr.d, before.unwrap_or(u32::MAX));
    r.step()
}

/// To the address in `d`, from that in `a`, as many bytes as `b` says.
pub(crate) fn memory_copy<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (to, from, length) = (r.slot(instr.d), r.slot(instr.a), r.slot(instr.b));
    attempt!(r, bulk::inside(r.memory(), to, length));
    attempt!(r, bulk::inside(r.memory(), from, length));
    pay!(r, length / bulk::BYTES_FOR_ONE);
    attempt!(r, r.memory().copy(to.into(), from.into(), length));
    r.step()
}

/// At the address in `d`, with the byte in `a`, as many bytes as `b` says.
pub(crate) fn memory_fill<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (to, value, length) = (r.slot(instr.d), r.slot(instr.a), r.slot(instr.b));
    attempt!(r, bulk::inside(r.memory(), to, length));
    pay!(r, length / bulk::BYTES_FOR_ONE);
    attempt!(r, r.memory().fill(to.into(), value as u8, length));
    r.step()
}

/// From segment `imm`; the slots from `a` on have the address, the place in the segment, and the length.
pub(crate) fn memory_init<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (module, [to, from, length]) = (r.module(), three(r, instr.a));
    let bytes = attempt!(r, bulk::data(module, r.instance(), instr.imm, from, length));
    attempt!(r, bulk::inside(r.memory(), to, length));
    pay!(r, length / bulk::BYTES_FOR_ONE);
    attempt!(r, r.memory().write(to.into(), bytes));
    r.step()
}

fn three<M>(r: &Registers<'_, M>, first: u16) -> [u32; 3] {
    [r.slot(first), r.slot(first + 1), r.slot(first + 2)]
}

pub(crate) fn data_drop<M>(r: &mut Registers<'_, M>) -> Next {
    let segment = r.instr().imm as usize;
    r.instance().dropped_data[segment] = true;
    r.step()
}

/// The reference to function `imm`.
pub(crate) fn ref_func<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let reference = Reference::new(r.instance().first_reference.wrapping_add(instr.imm));
    r.set_slot(instr.d, reference.unwrap_or(Reference::NULL).to_word());
    r.step()
}

/// Of table `imm`, at the index in `a`.
pub(crate) fn table_get<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let index = r.slot(instr.a);
    let entry = r.instance().tables[instr.imm as usize].get(index);
    let reference = attempt!(r, entry.ok_or(TrapKind::TableOutOfBounds));
    r.set_slot(instr.d, reference.to_word());
    r.step()
}

/// In table `imm`, at the index in `a`, the reference in `b`.
pub(crate) fn table_set<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (index, reference) = (r.slot(instr.a), Reference::from_word(r.slot(instr.b)));
    let is_inside = r.instance().tables[instr.imm as usize].set(index, reference);
    attempt!(r, is_inside.then_some(()).ok_or(TrapKind::TableOutOfBounds));
    r.step()
}

pub(crate) fn table_size<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let size = r.instance().tables[instr.imm as usize].size();
    r.set_slot(instr.d, size);
    r.step()
}

/// Table `imm`, with the reference in `a`, by as many entries as `b` says.
pub(crate) fn table_grow<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (reference, by) = (Reference::from_word(r.slot(instr.a)), r.slot(instr.b));
    if r.instance().tables[instr.imm as usize].can_grow(by) {
        pay!(r, by / bulk::ENTRIES_FOR_ONE);
    }
    let before = r.instance().tables[instr.imm as usize].grow(by, reference);
    r.set_slot(instr.d, before.unwrap_or(u32::MAX));
    r.step()
}

/// Table `imm`, from the index in `d` on, with the reference in `a`, as many entries as `b` says.
pub(crate) fn table_fill<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (to, reference, length) = (r.slot(instr.d), Reference::from_word(r.slot(instr.a)), r.slot(instr.b));
    attempt!(r, r.instance().tables[instr.imm as usize].run(to, length).map(|_| ()));
    pay!(r, length / bulk::ENTRIES_FOR_ONE);
    attempt!(r, r.instance().tables[instr.imm as usize].run(to, length)).fill(reference);
    r.step()
}

/// To table `d` from table `b`; the slots from `a` on have the index in each, and the length.
pub(crate) fn table_copy<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let [to, from, length] = three(r, instr.a);
    attempt!(r, r.instance().tables[usize::from(instr.d)].run(to, length).map(|_| ()));
    attempt!(r, r.instance().tables[usize::from(instr.b)].run(from, length).map(|_| ()));
    pay!(r, length / bulk::ENTRIES_FOR_ONE);
    attempt!(r, bulk::table_copy(&mut r.instance().tables, instr.d as u8, instr.b as u8, to, from, length));
    r.step()
}

/// To table `d` from segment `imm`; the slots from `a` on have the index, the place in the segment, and the length.
pub(crate) fn table_init<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (module, [to, from, length]) = (r.module(), three(r, instr.a));
    let items = attempt!(r, bulk::items(module, r.instance(), instr.imm, from, length));
    attempt!(r, r.instance().tables[usize::from(instr.d)].run(to, length).map(|_| ()));
    pay!(r, length / bulk::ENTRIES_FOR_ONE);
    attempt!(r, r.instance().put_elements(module, items, instr.d.into(), to));
    r.step()
}

pub(crate) fn elem_drop<M>(r: &mut Registers<'_, M>) -> Next {
    let segment = r.instr().imm as usize;
    r.instance().dropped_elements[segment] = true;
    r.step()
}
