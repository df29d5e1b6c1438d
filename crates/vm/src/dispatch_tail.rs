//! The dispatcher for optimized builds: each operation calls the next. Unsafe: keeps the registers in arguments.
//!
//! The handlers have the registers as their arguments, and all of them in registers of the processor; the call of the
//! next handler is the last thing that each does, so LLVM makes a jump of it. Rust does not promise that it does:
//! `build.rs` chooses this dispatcher only for optimized builds, and [`keeps_tail_calls`] looks whether it has worked. Where
//! it has not, in a crate that is not optimized itself, the same handlers run one at a time, each with a table that
//! leads back here.

use crate::execute::{Operation, operation};
use crate::host::NoHost;
use crate::instance::Instance;
use crate::instr::{Form, Instr, Op};
use crate::memory::LinearMemory;
use crate::module::Module;
use crate::operation_list::operations;
use crate::registers::{Accumulators, Context, Next, Registers, Stepped};

/// Whether the code makes use of the accumulators.
pub(crate) const HAS_FORMS: bool = true;

/// Runs until there is a reason to stop; with tail calls, if there are any.
pub(crate) fn run<M: LinearMemory>(registers: Registers<'_, M>, has_tail_calls: bool) {
    if has_tail_calls { run_on(registers) } else { run_step_by_step(registers) }
}

fn run_on<M: LinearMemory>(registers: Registers<'_, M>) {
    let table = Handlers::<M>::TABLE.as_ptr();
    let Registers { context, memory, ip, frame, accumulators, .. } = registers;
    // SAFETY: these are the registers of a run, and the table is that of handlers for their memory.
    unsafe { next(context.cast(), memory.cast(), ip, frame, table, accumulators) }
}

fn run_step_by_step<M: LinearMemory>(registers: Registers<'_, M>) {
    let Registers { context, memory, mut ip, mut frame, mut accumulators, .. } = registers;
    loop {
        // SAFETY: these are the registers of a run, and the handler is the one for the instruction. Each handler that
        // it can call stops, and the context outlives the registers.
        let stepped = unsafe {
            let Entry(handler) = Handlers::<M>::TABLE[usize::from((*ip).code())];
            let Accumulators { int, f32, f64 } = accumulators;
            handler(context.cast(), memory.cast(), ip, frame, Handlers::<M>::BACK.as_ptr(), int, f32, f64);
            (*context).take_stepped()
        };
        let Some(stepped) = stepped else { return };
        Stepped { ip, frame, accumulators } = stepped;
    }
}

/// Whether the handlers for this kind of memory are in fact jumped to: whether many of them take hardly more of the native
/// stack than a few. Reads and writes the first bytes of the memory, if there are any, without a change.
pub(crate) fn keeps_tail_calls<M: LinearMemory>(module: &Module, instance: &mut Instance<M>) -> bool {
    const ROUNDS: usize = 200;
    // A call takes at least its return address; two runs of the same code need not begin at the same depth.
    const FEW_BYTES: usize = ROUNDS * size_of::<usize>() / 2;
    const WORDS: usize = 2;
    const CODE: &[Instr] = &{
        let mut code = [Instr::new(Op::Unreachable, 0); ROUNDS * 3 + 1];
        let mut round = 0;
        while round < ROUNDS {
            code[round * 3] = Instr::new(Op::Load64At, 0);
            code[round * 3 + 1] = Instr::new(Op::Store64At, 0);
            code[round * 3 + 2] = Instr::new(Op::Charge, 0);
            round += 1;
        }
        code
    };
    const CODE_WITHOUT_MEMORY: &[Instr] = &{
        let mut code = [Instr::new(Op::Charge, 0); CODE.len()];
        code[CODE.len() - 1] = Instr::new(Op::Unreachable, 0);
        code
    };
    let has_memory = instance.memory.size() as usize >= WORDS * size_of::<u32>();
    let mut depth_from = |pc: usize| {
        let (mut host, mut stack) = (NoHost, [0; WORDS]);
        let mut context = Context::new(module, instance, &mut host, &mut stack, 0, 0);
        context.set_code(if has_memory { CODE } else { CODE_WITHOUT_MEMORY });
        // SAFETY: from each place of this code a run is possible, and it reads no more of the frame than there is.
        run_on(unsafe { Registers::new(&mut context, pc as u32, 0) });
        context.depth()
    };
    depth_from(0).abs_diff(depth_from(CODE.len() - 4)) < FEW_BYTES
}

/// What the types of the arguments stand for: a `Context`, and the memory. They are the same for each kind of memory.
type Erased = ();

macro_rules! handler_type {
    ($abi:literal) => {
        type Handler = unsafe extern $abi fn(
            *mut Erased,
            *mut Erased,
            *const Instr,
            *mut u32,
            *const Entry,
            u64,
            f32,
            f64,
        );

        /// Does the present instruction and all that follow.
        ///
        /// # Safety
        /// The arguments must be the parts of registers with a memory of type `M`, and the present instruction of this
        /// operation and form.
        unsafe extern $abi fn handle<M: LinearMemory, O: Operation, const FORM: u16>(
            context: *mut Erased,
            memory: *mut Erased,
            ip: *const Instr,
            frame: *mut u32,
            table: *const Entry,
            int: u64,
            f32: f32,
            f64: f64,
        ) {
            let context: *mut Context<'_, M> = context.cast();
            let accumulators = Accumulators { int, f32, f64 };
            // SAFETY: by the contract.
            let mut registers =
                unsafe { Registers::from_parts(context, memory.cast::<M>(), ip, frame, accumulators) };
            match O::execute::<M, FORM, false>(&mut registers) {
                Next::Go => {
                    let Registers { context, memory, ip, frame, accumulators, .. } = registers;
                    // SAFETY: the operation has left the registers at an instruction.
                    unsafe { next(context.cast(), memory.cast(), ip, frame, table, accumulators) }
                }
                Next::Stop => {}
                // SAFETY: these are the arguments, and the operation has done nothing yet.
                Next::LongWay => unsafe {
                    handle_the_long_way::<M, O, FORM>(context.cast(), memory, ip, frame, table, int, f32, f64);
                },
            }
        }

        /// Does the present instruction on the long way to the memory, and all that follow. A handler of its own: a call in
        /// the middle of the other one would have it keep its registers elsewhere, even when the call is not made.
        ///
        /// # Safety
        /// As for the other handler.
        #[cold]
        #[inline(never)]
        unsafe extern $abi fn handle_the_long_way<M: LinearMemory, O: Operation, const FORM: u16>(
            context: *mut Erased,
            memory: *mut Erased,
            ip: *const Instr,
            frame: *mut u32,
            table: *const Entry,
            int: u64,
            f32: f32,
            f64: f64,
        ) {
            let context: *mut Context<'_, M> = context.cast();
            let accumulators = Accumulators { int, f32, f64 };
            // SAFETY: by the contract.
            let mut registers =
                unsafe { Registers::from_parts(context, memory.cast::<M>(), ip, frame, accumulators) };
            if O::execute::<M, FORM, true>(&mut registers) == Next::Go {
                let Registers { context, memory, ip, frame, accumulators, .. } = registers;
                // SAFETY: the operation has left the registers at an instruction.
                unsafe { next(context.cast(), memory.cast(), ip, frame, table, accumulators) }
            }
        }

        /// Leaves the registers in the context.
        ///
        /// # Safety
        /// The arguments must be the parts of registers with a memory of type `M`.
        unsafe extern $abi fn leave<M: LinearMemory>(
            context: *mut Erased,
            _memory: *mut Erased,
            ip: *const Instr,
            frame: *mut u32,
            _table: *const Entry,
            int: u64,
            f32: f32,
            f64: f64,
        ) {
            let context: *mut Context<'_, M> = context.cast();
            let accumulators = Accumulators { int, f32, f64 };
            // SAFETY: by the contract.
            unsafe { (*context).set_stepped(Stepped { ip, frame, accumulators }) };
        }
    };
}
// In this convention, all of the arguments are in registers on Windows too. A panic of the host goes through it.
#[cfg(target_arch = "x86_64")]
handler_type!("sysv64-unwind");
#[cfg(not(target_arch = "x86_64"))]
handler_type!("C-unwind");

/// Does the present instruction and all that follow.
///
/// # Safety
/// As for a handler, and the table must be that of the memory's type.
#[inline(always)]
unsafe fn next(
    context: *mut Erased,
    memory: *mut Erased,
    ip: *const Instr,
    frame: *mut u32,
    table: *const Entry,
    Accumulators { int, f32, f64 }: Accumulators,
) {
    // SAFETY: the table has an entry for each code that there is.
    unsafe {
        let Entry(handler) = *table.add((*ip).code().into());
        handler(context, memory, ip, frame, table, int, f32, f64)
    }
}

/// An entry of a table of handlers.
#[derive(Clone, Copy)]
struct Entry(Handler);

/// The handlers for a kind of memory.
struct Handlers<M>(core::marker::PhantomData<M>);

/// The entries of one operation: those of its forms, and for the others any.
macro_rules! forms {
    (control $memory:ident $operation:ty) => {
        [Entry(handle::<$memory, $operation, 0>); Form::COUNT as usize]
    };
    (load_at $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 0 0 0 4 4 4 4)
    };
    (store_at $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 0 2 2 0 0 2 2)
    };
    (store_constant $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 0 1 0 1 0 1)
    };
    (branch_immediate $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 0 1 0 1 0 1)
    };
    (store_constant_plus $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 0 1 0 1 0 1)
    };
    (select $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 0 1 0 1 0 1)
    };
    (give $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 0 2 2 0 0 2 2)
    };
    (select_constant $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 0 2 2 0 0 2 2)
    };
    (store_plus $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 0 1 2 3)
    };
    (store_scaled $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 0 1 2 3)
    };
    (product $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 4 5 6 7)
    };
    (count $memory:ident $operation:ty) => {
        forms!(control $memory $operation)
    };
    (count_immediate $memory:ident $operation:ty) => {
        forms!(control $memory $operation)
    };
    (count_by $memory:ident $operation:ty) => {
        forms!(control $memory $operation)
    };
    (branch $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 0 1 2 3)
    };
    (store $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 0 1 2 3)
    };
    (binary $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 4 5 6 7)
    };
    (binary_trapping $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 2 3 4 5 6 7)
    };
    // Of one operand.
    ($shape:ident $memory:ident $operation:ty) => {
        forms!(@ $memory $operation, 0 1 0 1 4 5 4 5)
    };
    (@ $memory:ident $operation:ty, $($form:literal)*) => {
        [$(Entry(handle::<$memory, $operation, $form>)),*]
    };
}

macro_rules! define_table {
    (
        control { $($control:ident $control_function:ident,)* }
        apart { $($apart:ident $apart_function:ident,)* }
        $($shape:ident { $($name:ident $function:ident $from:ident $to:ident,)* })*
    ) => {
        impl<M: LinearMemory> Handlers<M> {
            /// By operation and form.
            const BY_OPERATION: &'static [[Entry; Form::COUNT as usize]] = &[
                $(forms!(control M operation::$control),)*
                $(forms!(control M operation::$apart),)*
                $($(forms!($shape M operation::$name),)*)*
            ];
            /// By code.
            const TABLE: &'static [Entry] = Self::BY_OPERATION.as_flattened();
            /// By code: back to the caller, whatever the instruction is.
            const BACK: &'static [Entry] = &[Entry(leave::<M>); Op::ALL.len() * Form::COUNT as usize];
        }
    };
}
operations!(define_table);
