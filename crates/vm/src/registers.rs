//! The state of a running thread, as the operations see it. Unsafe: reads the code and the value stack through pointers.
//!
//! # Why it is sound
//!
//! [`Registers::new`] is given the code of a module that was validated and translated, a place in it, and a frame of the
//! function of that place which lies on the value stack as a whole. From there on these hold, because the translation
//! makes no other code:
//!
//! - Each slot that an instruction names lies in the frame of its function: the translation counts the slots of a frame
//!   by the same numbers that it puts into instructions.
//! - After each instruction that does not end a function or jump there is another one, and each jump goes to a
//!   [`Charge`](crate::instr::Op::Charge) of the same function.
//! - A frame is only made by [`enter`](Registers::enter), which checks that it fits on the stack, and only left by
//!   [`leave`](Registers::leave), by the header that `enter` has written: only returns name its slots, and read them first.
//!
//! So the methods are safe to call from an operation that reads its instruction as the translation wrote it; that is what
//! the list of [shapes](crate::instr::Shape) is for.

use crate::code::Function;
use crate::error::TrapKind;
use crate::host::Host;
use crate::instance::Instance;
use crate::instr::{Form, Instr};
use crate::interpret::{OUTERMOST, State, Stop};
use crate::memory::{LinearMemory, MemoryError};
use crate::module::Module;
use crate::slots::{halves, join};
use core::marker::PhantomData;

/// What a run needs less often than its registers, and what it leaves behind.
pub(crate) struct Context<'c, M> {
    /// The instructions that may still be run.
    pub(crate) budget: u64,
    code: *const Instr,
    functions: *const Function,
    stack: *mut u32,
    stack_end: *mut u32,
    /// The end of the highest frame that there was; never past the end of the stack.
    highest: *mut u32,
    instance: *mut Instance<M>,
    module: &'c Module,
    host: &'c mut dyn Host<M>,
    stop: Stop,
    /// What the budget had too little for.
    wanted: u32,
    /// Where it has stopped.
    ip: *const Instr,
    frame: *mut u32,
    /// Where the native stack was then.
    #[cfg(tail_calls)]
    depth: usize,
    /// The registers after a single instruction.
    #[cfg(tail_calls)]
    stepped: Option<Stepped>,
}

/// What a single instruction leaves in the registers.
#[cfg(tail_calls)]
pub(crate) struct Stepped {
    pub(crate) ip: *const Instr,
    pub(crate) frame: *mut u32,
    pub(crate) accumulators: Accumulators,
}

/// The registers of the machine that runs register code.
pub(crate) struct Registers<'c, M> {
    pub(crate) context: *mut Context<'c, M>,
    pub(crate) memory: *mut M,
    pub(crate) ip: *const Instr,
    pub(crate) frame: *mut u32,
    pub(crate) accumulators: Accumulators,
    lifetime: PhantomData<&'c mut Context<'c, M>>,
}

/// Where a function goes back to.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// The place of the call, in bytes from the start of the code.
    call: u32,
    /// How many slots below this frame the caller's frame begins.
    distance: u32,
}

/// The last results.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Accumulators {
    pub(crate) int: u64,
    pub(crate) f32: f32,
    pub(crate) f64: f64,
}

/// Whether the run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    Stop,
    /// The operation must be done again, on the long way to the memory.
    LongWay,
}

impl<'c, M> Context<'c, M> {
    /// The context of a run. `stack` is all of the value stack.
    pub(crate) fn new(
        module: &'c Module,
        instance: &'c mut Instance<M>,
        host: &'c mut dyn Host<M>,
        stack: &'c mut [u32],
        budget: u64,
        high_water: u32,
    ) -> Self {
        // A place on the stack is a number of 32 bits.
        let most = stack.len().min(u32::MAX as usize);
        let stack = &mut stack[..most];
        // Another stack may have been higher, where a snapshot comes from.
        let highest = stack.len().min(high_water as usize);
        let range = stack.as_mut_ptr_range();
        Self {
            budget,
            code: module.code.instrs.as_ptr(),
            functions: module.code.functions.as_ptr(),
            stack: range.start,
            stack_end: range.end,
            highest: range.start.wrapping_add(highest),
            instance,
            module,
            host,
            stop: Stop::Finished,
            wanted: 0,
            ip: core::ptr::null(),
            frame: range.start,
            #[cfg(tail_calls)]
            depth: 0,
            #[cfg(tail_calls)]
            stepped: None,
        }
    }

    /// Lets the context be that of code which belongs to no module; it must run on no slots and call nothing.
    #[cfg(tail_calls)]
    pub(crate) fn set_code(&mut self, code: &'static [Instr]) {
        self.code = code.as_ptr();
    }

    #[cfg(tail_calls)]
    pub(crate) fn set_stepped(&mut self, stepped: Stepped) {
        self.stepped = Some(stepped);
    }

    /// What a single instruction has left; none when it has stopped the run.
    #[cfg(tail_calls)]
    pub(crate) fn take_stepped(&mut self) -> Option<Stepped> {
        self.stepped.take()
    }

    /// Where the native stack was when the run stopped.
    #[cfg(tail_calls)]
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Why and where the run has stopped.
    pub(crate) fn outcome(&self) -> (Stop, State) {
        let distance = |from: usize, to: usize, size: usize| ((to - from) / size) as u32;
        let slots = |to: *mut u32| distance(self.stack.addr(), to.addr(), size_of::<u32>());
        let state = State {
            pc: distance(self.code.addr(), self.ip.addr(), size_of::<Instr>()),
            base: slots(self.frame),
            budget: self.budget,
            high_water: slots(self.highest),
            wanted: self.wanted,
        };
        (self.stop, state)
    }
}

impl<'c, M> Registers<'c, M> {
    /// The registers at a place in the code, in the frame that begins at slot `base`.
    ///
    /// # Safety
    /// `pc` must be the place of an instruction of a function of the module at which a run of it can begin or has
    /// stopped, and `base` where a frame of this function begins that ends on the stack and whose header is that of a
    /// call; the same holds for the frames of its callers. The context must outlive the registers, and not be used as long
    /// as they are.
    pub(crate) unsafe fn new(context: &mut Context<'c, M>, pc: u32, base: u32) -> Self {
        // SAFETY: the instance is borrowed for as long as the context; this is the address of one of its fields.
        let memory = unsafe { &raw mut (*context.instance).memory };
        // SAFETY: by the contract, both are inside of what the pointers are of.
        let (ip, frame) = unsafe { (context.code.add(pc as usize), context.stack.add(base as usize)) };
        let accumulators = Accumulators::default();
        Self { context, memory, ip, frame, accumulators, lifetime: PhantomData }
    }

    /// The registers, put together again.
    ///
    /// # Safety
    /// They must be those of a run that has not stopped.
    #[cfg(tail_calls)]
    #[inline(always)]
    pub(crate) unsafe fn from_parts(
        context: *mut Context<'c, M>,
        memory: *mut M,
        ip: *const Instr,
        frame: *mut u32,
        accumulators: Accumulators,
    ) -> Self {
        Self { context, memory, ip, frame, accumulators, lifetime: PhantomData }
    }

    /// The present instruction.
    #[inline(always)]
    pub(crate) fn instr(&self) -> Instr {
        // SAFETY: the place is that of an instruction.
        unsafe { *self.ip }
    }

    #[inline(always)]
    pub(crate) fn context(&mut self) -> &mut Context<'c, M> {
        // SAFETY: the context is borrowed for as long as the registers, and nothing else refers to it meanwhile.
        unsafe { &mut *self.context }
    }

    #[inline(always)]
    pub(crate) fn memory(&mut self) -> &mut M {
        // SAFETY: a field of the instance, which is borrowed for as long as the registers.
        unsafe { &mut *self.memory }
    }

    /// The instance; all of it, so that the memory must not be in use.
    #[inline(always)]
    pub(crate) fn instance(&mut self) -> &mut Instance<M> {
        // SAFETY: borrowed for as long as the registers, and nothing else refers to it meanwhile.
        unsafe { &mut *self.context().instance }
    }

    #[inline(always)]
    pub(crate) fn module(&self) -> &'c Module {
        // SAFETY: as in `context`.
        unsafe { (*self.context).module }
    }

    /// The bits of one slot that the present instruction names.
    #[inline(always)]
    pub(crate) fn slot(&self, slot: u16) -> u32 {
        // SAFETY: the slot lies in the frame.
        unsafe { *self.frame.add(slot.into()) }
    }

    #[inline(always)]
    pub(crate) fn set_slot(&mut self, slot: u16, bits: u32) {
        // SAFETY: the slot lies in the frame.
        unsafe { *self.frame.add(slot.into()) = bits }
    }

    /// The bits of two slots, of which the present instruction names the first.
    #[inline(always)]
    pub(crate) fn slots(&self, slot: u16) -> u64 {
        // SAFETY: both slots lie in the frame.
        unsafe { join(*self.frame.add(slot.into()), *self.frame.add(usize::from(slot) + 1)) }
    }

    #[inline(always)]
    pub(crate) fn set_slots(&mut self, slot: u16, bits: u64) {
        let [low, high] = halves(bits);
        // SAFETY: both slots lie in the frame.
        unsafe {
            *self.frame.add(slot.into()) = low;
            *self.frame.add(usize::from(slot) + 1) = high;
        }
    }

    /// Some of the slots that the present instruction names.
    #[inline(always)]
    pub(crate) fn run_of_slots(&mut self, first: u16, count: u16) -> &mut [u32] {
        // SAFETY: the slots lie in the frame, and the borrow ends before it is used again.
        unsafe { core::slice::from_raw_parts_mut(self.frame.add(first.into()), count.into()) }
    }

    /// An operand of the present instruction: from the accumulator, or from the slot that it names.
    #[inline(always)]
    pub(crate) fn operand<K: OfKind>(&self, is_held: bool, slot: u16) -> K::Bits {
        if is_held { K::accumulated(&self.accumulators) } else { K::read(self, slot) }
    }

    /// The first operand of the present instruction.
    #[inline(always)]
    pub(crate) fn a<K: OfKind>(&self, form: u16) -> K::Bits {
        self.operand::<K>(form & Form::A != 0, self.instr().a)
    }

    /// The second operand of the present instruction.
    #[inline(always)]
    pub(crate) fn b<K: OfKind>(&self, form: u16) -> K::Bits {
        self.operand::<K>(form & Form::B != 0, self.instr().b)
    }

    /// Puts the result of the present instruction where it is wanted.
    #[inline(always)]
    pub(crate) fn result<K: OfKind>(&mut self, form: u16, bits: K::Bits) {
        K::accumulate(&mut self.accumulators, bits);
        if form & Form::D == 0 {
            K::write(self, self.instr().d, bits);
        } else if cfg!(debug_assertions) {
            // Nobody must read the slot.
            K::write(self, self.instr().d, K::Bits::from(0xdead_beef));
        }
    }

    /// Does an operation apart from the others, which must not change the frame.
    ///
    /// A handler whose registers another function points to cannot end with a jump: that function might have kept the
    /// pointer. So the operation gets registers of its own.
    #[inline(always)]
    pub(crate) fn apart(&mut self, operation: fn(&mut Registers<'c, M>) -> Next) -> Next {
        let ip = apart(self.context, self.memory, self.ip, self.frame, operation);
        if ip.is_null() {
            return Next::Stop;
        }
        self.ip = ip;
        Next::Go
    }

    /// Goes on with the next instruction.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Next {
        // SAFETY: only called by an instruction that another one follows.
        self.ip = unsafe { self.ip.add(1) };
        Next::Go
    }

    /// Goes on with an instruction that is one of those behind the present one.
    #[inline(always)]
    pub(crate) fn skip(&mut self, count: u32) -> Next {
        // SAFETY: only called by an instruction that so many follow, and one more.
        self.ip = unsafe { self.ip.add(1 + count as usize) };
        Next::Go
    }

    /// Pays for the basic block that comes next, and begins it.
    #[inline(always)]
    pub(crate) fn fall_through(&mut self) -> Next {
        // SAFETY: only called by an instruction that a charge follows.
        self.ip = unsafe { self.ip.add(1) };
        self.land()
    }

    /// Pays for the basic block that the present instruction goes to, and begins it.
    #[inline(always)]
    pub(crate) fn jump(&mut self) -> Next {
        let distance = self.instr().imm.cast_signed() as isize;
        // SAFETY: the translation has put the distance to a charge of this function there.
        self.ip = unsafe { self.ip.byte_offset(distance) };
        self.land()
    }

    #[inline(always)]
    fn land(&mut self) -> Next {
        if self.pay(self.instr().imm) { self.step() } else { self.stop(Stop::OutOfBudget) }
    }

    /// Takes a price from the budget; false, and nothing taken, when there is not so much left.
    #[inline(always)]
    pub(crate) fn pay(&mut self, price: u32) -> bool {
        let context = self.context();
        match context.budget.checked_sub(price.into()) {
            Some(rest) => {
                context.budget = rest;
                true
            }
            None => {
                context.wanted = price;
                false
            }
        }
    }

    /// Ends the run at the present instruction.
    #[inline(always)]
    pub(crate) fn stop(&mut self, stop: Stop) -> Next {
        let (ip, frame) = (self.ip, self.frame);
        record(self.context(), stop, ip, frame);
        Next::Stop
    }

    /// Ends the run by a fault of the present instruction.
    #[inline(always)]
    pub(crate) fn trap(&mut self, kind: TrapKind) -> Next {
        self.stop(Stop::Trap(kind))
    }

    /// Ends the run behind the present instruction.
    #[inline(always)]
    pub(crate) fn stop_behind(&mut self, stop: Stop) -> Next {
        self.step();
        self.stop(stop)
    }

    /// Calls a function of the module that has a body; its frame begins, with the arguments, at the slot.
    #[inline(always)]
    pub(crate) fn enter(&mut self, first: u16, function: u32) -> Next {
        // SAFETY: the translation has seen that there is such a function.
        let function = unsafe { &*self.context().functions.add(function as usize) };
        // Addresses only: they may be past the stack.
        let base = self.frame.wrapping_add(first.into());
        let end = base.wrapping_add(function.frame.into());
        if end > self.context().highest {
            if end > self.context().stack_end {
                return self.trap(TrapKind::StackOverflow);
            }
            self.context().highest = end;
        }
        let code = self.context().code;
        // SAFETY: the present instruction is one of this code, and the entry of the function is another; the header is
        // in the frame, which has been seen to be on the stack.
        unsafe {
            let header = base.add(function.locals.into());
            *header = self.ip.byte_offset_from_unsigned(code) as u32;
            *header.add(1) = first.into();
            self.ip = code.byte_add(function.entry as usize);
        }
        self.frame = base;
        self.land()
    }

    /// The header of the present frame, which is at the slot.
    #[inline(always)]
    pub(crate) fn header(&self, slot: u16) -> Header {
        let header = self.slots(slot);
        Header { call: header as u32, distance: (header >> 32) as u32 }
    }

    /// Leaves the present function.
    #[inline(always)]
    pub(crate) fn leave(&mut self, header: Header) -> Next {
        if header.call == OUTERMOST {
            return self.stop(Stop::Finished);
        }
        // SAFETY: `enter` has written both: the caller's frame is so far below, and the place is one of the code.
        unsafe {
            self.ip = self.context().code.byte_add(header.call as usize);
            self.frame = self.frame.sub(header.distance as usize);
        }
        self.step()
    }

    /// What a call that leaves the instance needs: the host, the instance, and the slots from `first` to the end of the
    /// value stack.
    pub(crate) fn outside(&mut self, first: u16) -> (&mut dyn Host<M>, &mut Instance<M>, &mut [u32]) {
        // SAFETY: the context is borrowed for as long as the registers. Host, instance and stack are three things; the
        // slots from the present frame on are on the stack.
        unsafe {
            let context = &mut *self.context;
            let start = self.frame.add(first.into());
            let slots = core::slice::from_raw_parts_mut(start, context.stack_end.offset_from_unsigned(start));
            (&mut *context.host, &mut *context.instance, slots)
        }
    }
}

impl<M: LinearMemory> Registers<'_, M> {
    /// What an operation does that could not go the short way to the memory.
    #[inline(always)]
    pub(crate) fn leave_short_way(&mut self) -> Next {
        if M::IS_DIRECT { self.trap(TrapKind::MemoryOutOfBounds) } else { Next::LongWay }
    }

    /// Reads from the memory on the long way.
    #[inline(always)]
    pub(crate) fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], MemoryError> {
        let (bits, outcome) = load_apart::<M, N>(self.memory(), address);
        self.take_toll();
        outcome.map(|()| first(bits))
    }

    /// Writes to the memory on the long way.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> Result<(), MemoryError> {
        let outcome = store_apart::<M, N>(self.memory(), address, widen(bytes));
        self.take_toll();
        outcome
    }

    /// Takes from the budget what the memory demands, or all that there is.
    #[inline(always)]
    pub(crate) fn take_toll(&mut self) {
        let toll = self.memory().take_toll();
        let context = self.context();
        context.budget = context.budget.saturating_sub(toll.into());
    }
}

/// The bytes, with zeros behind them, as the bits of a number: a handler may get no results but in registers of the
/// processor, because a function that is told where to put them might keep that.
#[inline(never)]
fn load_apart<M: LinearMemory, const N: usize>(
    memory: &mut M,
    address: u64,
) -> (u64, Result<(), MemoryError>) {
    match memory.load::<N>(address) {
        Ok(bytes) => (widen(bytes), Ok(())),
        Err(error) => (0, Err(error)),
    }
}

#[inline(never)]
fn store_apart<M: LinearMemory, const N: usize>(
    memory: &mut M,
    address: u64,
    bits: u64,
) -> Result<(), MemoryError> {
    memory.store::<N>(address, first(bits))
}

/// The bytes, with zeros behind them, as the bits of a number.
#[inline(always)]
fn widen<const N: usize>(bytes: [u8; N]) -> u64 {
    const { assert!(N <= 8) };
    // Not by a copy of a slice, which takes the address of the bytes where it asserts that they do not overlap.
    u64::from_le_bytes(core::array::from_fn(|place| bytes.get(place).copied().unwrap_or(0)))
}

/// The first bytes of the bits of a number.
#[inline(always)]
fn first<const N: usize>(bits: u64) -> [u8; N] {
    const { assert!(N <= 8) };
    core::array::from_fn(|place| bits.to_le_bytes()[place])
}

/// Where to go on after an operation; null when it has stopped the run.
#[inline(never)]
fn apart<'c, M>(
    context: *mut Context<'c, M>,
    memory: *mut M,
    ip: *const Instr,
    frame: *mut u32,
    operation: fn(&mut Registers<'c, M>) -> Next,
) -> *const Instr {
    let accumulators = Accumulators::default();
    let mut registers = Registers { context, memory, ip, frame, accumulators, lifetime: PhantomData };
    match operation(&mut registers) {
        Next::Go => registers.ip,
        Next::Stop | Next::LongWay => core::ptr::null(),
    }
}

#[cold]
#[inline(never)]
fn record<M>(context: &mut Context<'_, M>, stop: Stop, ip: *const Instr, frame: *mut u32) {
    context.stop = stop;
    context.ip = ip;
    context.frame = frame;
    #[cfg(tail_calls)]
    {
        context.depth = (&raw const stop).addr();
    }
}

/// A kind of value: where it is in a frame, and which accumulator is its own.
pub(crate) trait OfKind {
    type Bits: Copy + From<u32>;
    fn accumulated(accumulators: &Accumulators) -> Self::Bits;
    fn accumulate(accumulators: &mut Accumulators, bits: Self::Bits);
    fn read<M>(registers: &Registers<'_, M>, slot: u16) -> Self::Bits;
    fn write<M>(registers: &mut Registers<'_, M>, slot: u16, bits: Self::Bits);
}

macro_rules! kinds {
    ($($kind:ident $bits:ty, $read:ident $write:ident, $accumulator:ident, $to_bits:expr, $from_bits:expr;)*) => {
        $(
            /// The kind of this name.
            pub(crate) struct $kind;

            impl OfKind for $kind {
                type Bits = $bits;

                #[inline(always)]
                fn accumulated(accumulators: &Accumulators) -> Self::Bits {
                    $to_bits(accumulators.$accumulator)
                }

                #[inline(always)]
                fn accumulate(accumulators: &mut Accumulators, bits: Self::Bits) {
                    accumulators.$accumulator = $from_bits(bits);
                }

                #[inline(always)]
                fn read<M>(registers: &Registers<'_, M>, slot: u16) -> Self::Bits {
                    registers.$read(slot)
                }

                #[inline(always)]
                fn write<M>(registers: &mut Registers<'_, M>, slot: u16, bits: Self::Bits) {
                    registers.$write(slot, bits);
                }
            }
        )*
    };
}
kinds! {
    I32 u32, slot set_slot, int, (|bits: u64| bits as u32), u64::from;
    I64 u64, slots set_slots, int, (|bits| bits), (|bits| bits);
    F32 u32, slot set_slot, f32, f32::to_bits, f32::from_bits;
    F64 u64, slots set_slots, f64, f64::to_bits, f64::from_bits;
}
