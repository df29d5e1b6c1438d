//! What the operations do that have no regular shape and are done often: control, calls and moves.

use crate::error::TrapKind;
use crate::execute_apart as apart;
use crate::interpret::Stop;
use crate::memory::LinearMemory;
use crate::registers::{Next, Registers};
use crate::slots::{halves, join};
use crate::types::Reference;

#[inline(always)]
pub(crate) fn charge<M>(r: &mut Registers<'_, M>) -> Next {
    if r.pay(r.instr().imm) { r.step() } else { r.stop(Stop::OutOfBudget) }
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
#[inline(always)]
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
        count => r.run_of_slots(instr.a, count).fill(0),
    }
    r.step()
}

/// Calls what table `d` holds at the index in `b`, if its type is `imm`; the call's frame begins at `a`.
#[inline(always)]
pub(crate) fn call_indirect<M: LinearMemory>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let (functions, index) = (&r.module().code.functions, r.slot(instr.b));
    let instance = r.instance();
    let reference = instance.tables[usize::from(instr.d)].get(index);
    let number =
        reference.and_then(Reference::number).map(|number| number.wrapping_sub(instance.first_reference));
    match number {
        Some(function)
            if functions
                .get(function as usize)
                .is_some_and(|callee| u32::from(callee.type_id) == instr.imm && !callee.is_import()) =>
        {
            r.enter(instr.a, function)
        }
        _ => r.apart(apart::call_elsewhere),
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

/// `b` slots from `a` on, to those from `d` on, which begin lower.
#[inline(always)]
pub(crate) fn copy_many<M>(r: &mut Registers<'_, M>) -> Next {
    let instr = r.instr();
    let distance = instr.a - instr.d;
    r.run_of_slots(instr.d, distance + instr.b).copy_within(usize::from(distance).., 0);
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
    let [low, high] = halves(r.slots(instr.a));
    let globals = &mut r.instance().globals[instr.imm as usize..];
    globals[0] = low;
    globals[1] = high;
    r.step()
}
