//! The dispatcher that runs anywhere: a loop around a match.

use crate::execute::{Operation, operation};
use crate::instance::Instance;
use crate::instr::{Form, Op};
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::operation_list::operations;
use crate::registers::{Next, Registers};

/// Whether the code makes use of the accumulators: not here, where they would be a second match in each operation.
pub(crate) const HAS_FORMS: bool = false;

/// There are none. The first bytes of the memory are read and written as by the other dispatcher, so that a memory which
/// remembers what was used last begins the same.
pub(crate) fn keeps_tail_calls<M: LinearMemory>(_: &Module, instance: &mut Instance<M>) -> bool {
    if let Ok(first) = instance.memory.load::<8>(0) {
        // What cannot be written will be noticed by the program that does.
        let _ = instance.memory.store(0, first);
    }
    false
}

#[inline(always)]
fn execute<M: LinearMemory, O: Operation>(registers: &mut Registers<'_, M>) -> Next {
    match O::execute::<M, { Form::PLAIN }, false>(registers) {
        Next::LongWay => registers.apart(O::execute::<M, { Form::PLAIN }, true>),
        next => next,
    }
}

macro_rules! define_run {
    (
        control { $($control:ident $control_function:ident,)* }
        apart { $($apart:ident $apart_function:ident,)* }
        $($shape:ident { $($name:ident $function:ident $from:ident $to:ident,)* })*
    ) => {
        /// Runs until there is a reason to stop.
        pub(crate) fn run<M: LinearMemory>(mut registers: Registers<'_, M>, _has_tail_calls: bool) {
            loop {
                let next = match registers.instr().op() {
                    $(Op::$control => execute::<M, operation::$control>(&mut registers),)*
                    $(Op::$apart => execute::<M, operation::$apart>(&mut registers),)*
                    $($(Op::$name => execute::<M, operation::$name>(&mut registers),)*)*
                };
                if next == Next::Stop {
                    return;
                }
            }
        }
    };
}
operations!(define_run);
