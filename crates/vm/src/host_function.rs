//! Which Rust functions can be functions of the host.

use crate::caller::Caller;
use crate::error::TrapKind;
use crate::host::Flow;
use crate::types::FunctionType;
use crate::wasm_type::{WasmType, WasmTypes, from_slots, to_slots};
use sealed::{Callable, Outcome};

/// A function or closure that a program can call: it takes the [`Caller`] and up to eight values, and gives a
/// [`HostResult`]. `P` is the tuple of the values' types.
///
/// It is an `Fn`, so that all that changes is in the memory and in the state: one set of functions serves several runs,
/// and memory, thread and state together are all there is to save. It can be sent to another thread, since a program is
/// often made on one thread and sounds on another.
///
/// ```
/// use sostenuto_vm::{Caller, FlatMemory, Flow, Halt, HostFunction};
///
/// type Memory = FlatMemory<Vec<u8>>;
///
/// fn is_host_function<P>(_: impl HostFunction<Memory, u32, P>) {}
///
/// is_host_function(|_: &mut Caller<'_, Memory, u32>, a: f32, b: f32| a.max(b));
/// is_host_function(|caller: &mut Caller<'_, Memory, u32>| *caller.state() += 1);
/// is_host_function(|_: &mut Caller<'_, Memory, u32>, a: i64| (a as u32, (a >> 32) as u32));
/// is_host_function(|_: &mut Caller<'_, Memory, u32>, code: u32| -> Result<(), Halt> { Err(Halt(code)) });
/// is_host_function(|_: &mut Caller<'_, Memory, u32>, x: f64| Flow::Suspend(x));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a function of the host",
    note = "it must be `Fn(&mut Caller<'_, M, T>, A, B, …) -> R + Send + Sync`",
    note = "A, B, … are up to eight of i32, u32, i64, u64, f32, f64, FuncRef and ExternRef; R is `()`, one of them or a \
            tuple of them, perhaps in a `Flow`, perhaps in a `Result` with a `Halt`",
    note = "the types of a closure's parameters must be written down"
)]
pub trait HostFunction<M, T, P>: Callable<M, T, P> {}

/// What a function of the host can give.
///
/// - values: none, one, or a tuple of up to eight (see [`WasmTypes`]);
/// - those in a [`Flow`], to let the program pause: it goes on with them when the thread is run again;
/// - either of the two in a `Result`, to end the run: a [`Halt`](crate::Halt) becomes [`TrapKind::Host`] with its
///   number, [`MemoryError`](crate::MemoryError) what an access of the program itself would be, and a [`TrapKind`] is
///   one. The trap is at the call.
#[diagnostic::on_unimplemented(
    message = "a function of the host cannot give `{Self}`",
    note = "it can give values, a `Flow` of values, or a `Result` of one of them with an error that is a `TrapKind`"
)]
pub trait HostResult: Outcome {}

mod sealed {
    use super::{Caller, Flow, FunctionType, TrapKind, WasmTypes};

    pub trait Callable<M, T, P>: Send + Sync {
        fn function_type() -> FunctionType;

        /// Takes the arguments out of the slots of a call and puts the results there. The bits in the flow are none.
        fn call(&self, caller: &mut Caller<'_, M, T>, slots: &mut [u32]) -> Result<Flow, TrapKind>;
    }

    pub trait Outcome {
        type Values: WasmTypes;
        fn into_flow(self) -> Result<Flow<Self::Values>, TrapKind>;
    }
}

impl<R: WasmTypes> HostResult for R {}

impl<R: WasmTypes> Outcome for R {
    type Values = R;

    fn into_flow(self) -> Result<Flow<R>, TrapKind> {
        Ok(Flow::Continue(self))
    }
}

impl<R: WasmTypes> HostResult for Flow<R> {}

impl<R: WasmTypes> Outcome for Flow<R> {
    type Values = R;

    fn into_flow(self) -> Result<Flow<R>, TrapKind> {
        Ok(self)
    }
}

impl<R: HostResult, E: Into<TrapKind>> HostResult for Result<R, E> {}

impl<R: HostResult, E: Into<TrapKind>> Outcome for Result<R, E> {
    type Values = R::Values;

    fn into_flow(self) -> Result<Flow<R::Values>, TrapKind> {
        self.map_err(Into::into)?.into_flow()
    }
}

macro_rules! functions {
    ($($($param:ident)*;)*) => {$(
        impl<F, M, T, R, $($param),*> HostFunction<M, T, ($($param,)*)> for F
        where
            F: Fn(&mut Caller<'_, M, T>, $($param),*) -> R + Send + Sync,
            R: HostResult,
            $($param: WasmType,)*
        {
        }

        #[allow(non_snake_case, reason = "an argument is named as its type")]
        impl<F, M, T, R, $($param),*> Callable<M, T, ($($param,)*)> for F
        where
            F: Fn(&mut Caller<'_, M, T>, $($param),*) -> R + Send + Sync,
            R: HostResult,
            $($param: WasmType,)*
        {
            fn function_type() -> FunctionType {
                FunctionType::with_results(<($($param,)*)>::TYPES, R::Values::TYPES)
            }

            fn call(&self, caller: &mut Caller<'_, M, T>, slots: &mut [u32]) -> Result<Flow, TrapKind> {
                let ($($param,)*) = from_slots(slots);
                let (flow, results) = match self(caller, $($param),*).into_flow()? {
                    Flow::Continue(results) => (Flow::DONE, results),
                    Flow::Suspend(results) => (Flow::YIELD, results),
                };
                to_slots(results, slots);
                Ok(flow)
            }
        }
    )*};
}

functions! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E G;
    A B C D E G H;
    A B C D E G H I;
}
