//! What the operations do that take long or leave the program: they run apart from the others, see
//! [`Registers::apart`].

use crate::bulk;
use crate::error::TrapKind;
use crate::execute::attempt;
use crate::host::{Callee, Flow, OutsideCall};
use crate::interpret::Stop;
use crate::memory::LinearMemory;
use crate::registers::{Next, Registers};
use crate::types::Reference;

/// What takes long has a price of its own. Too small a budget leaves it undone.
macro_rules! pay {
    ($registers:ident, $price:expr) => {
        if !$registers.pay($price) {
            return $registers.stop(Stop::OutOfBudget);
        }
    };
}

/// Calls import `imm`; its arguments, and then its results, begin at `a`.
pub(crate) fn call_host<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let type_id = r.module().code.functions[instr.imm as usize].type_id;
    call_outside(r, instr.a, Callee::Import(instr.imm), type_id)
}

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

/// Calls what table `d` holds at the index in `b`, if its type is `imm` and it has no body here.
pub(crate) fn call_elsewhere<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (index, type_id) = (r.slot(instr.b), instr.imm as u16);
    let instance = r.instance();
    let entry = instance.tables[usize::from(instr.d)].get(index);
    let first_reference = instance.first_reference;
    let reference = attempt!(r, entry.ok_or(TrapKind::TableOutOfBounds));
    let number = attempt!(r, reference.number().ok_or(TrapKind::NullFunction));
    let function = number.wrapping_sub(first_reference);
    let callee = match r.module().code.functions.get(function as usize) {
        Some(callee) if callee.type_id != type_id => return r.trap(TrapKind::IndirectCallType),
        Some(_) => Callee::Import(function),
        None => Callee::Reference(reference),
    };
    call_outside(r, instr.a, callee, type_id)
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
    r.take_toll();
    r.step()
}

/// At the address in `d`, with the byte in `a`, as many bytes as `b` says.
pub(crate) fn memory_fill<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (to, value, length) = (r.slot(instr.d), r.slot(instr.a), r.slot(instr.b));
    attempt!(r, bulk::inside(r.memory(), to, length));
    pay!(r, length / bulk::BYTES_FOR_ONE);
    attempt!(r, r.memory().fill(to.into(), value as u8, length));
    r.take_toll();
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
    r.take_toll();
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
pub(crate) fn ref_func<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let reference = r.instance().reference_to(instr.imm);
    r.set_slot(instr.d, reference.to_word());
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
    attempt!(r, bulk::table_copy(&mut r.instance().tables, instr.d, instr.b, to, from, length));
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
