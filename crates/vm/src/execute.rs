//! What each operation does to the registers; written once, for both dispatchers.

use crate::instr::Form;
use crate::memory::LinearMemory;
use crate::operation_list::operations;
use crate::operations as ops;
use crate::registers::{F32, F64, I32, I64, Next, Registers};
use crate::{error::TrapKind, execute_apart as apart, execute_control as control};

/// An operation as a type, so that a dispatcher can be made of all of them.
pub(crate) trait Operation {
    /// Does the present instruction, of this operation and form. Where it has to do with the memory, it takes the short way
    /// unless it is told to take the long one.
    fn execute<M: LinearMemory, const FORM: u16, const LONG: bool>(registers: &mut Registers<'_, M>) -> Next;
}

/// The value of a result; a fault ends the run at the present instruction.
macro_rules! attempt {
    ($registers:ident, $result:expr) => {
        match $result {
            Ok(value) => value,
            Err(fault) => return $registers.trap(TrapKind::from(fault)),
        }
    };
}
pub(crate) use attempt;

/// The bytes at an address.
macro_rules! load {
    ($registers:ident, $address:expr) => {
        if LONG {
            attempt!($registers, $registers.load($address))
        } else {
            match $registers.memory().peek($address) {
                Some(bytes) => bytes,
                None => return $registers.leave_short_way(),
            }
        }
    };
}

/// Puts bytes at an address.
macro_rules! store {
    ($registers:ident, $address:expr, $bytes:ident) => {
        if LONG {
            attempt!($registers, $registers.store($address, $bytes));
        } else if !$registers.memory().poke($address, $bytes) {
            return $registers.leave_short_way();
        }
    };
}

/// What an operation of one shape does.
macro_rules! execute {
    (unary $r:ident $function:ident $from:ident $to:ident) => {{
        let value = ops::$function($r.a::<$from>(FORM));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (unary_trapping $r:ident $function:ident $from:ident $to:ident) => {{
        let value = attempt!($r, ops::$function($r.a::<$from>(FORM)));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (binary $r:ident $function:ident $from:ident $to:ident) => {{
        let value = ops::$function($r.a::<$from>(FORM), $r.b::<$from>(FORM));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (binary_trapping $r:ident $function:ident $from:ident $to:ident) => {{
        let value = attempt!($r, ops::$function($r.a::<$from>(FORM), $r.b::<$from>(FORM)));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (immediate $r:ident $function:ident $from:ident $to:ident) => {{
        let value = ops::$function($r.a::<$from>(FORM), $r.instr().imm);
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (immediate_trapping $r:ident $function:ident $from:ident $to:ident) => {{
        let value = attempt!($r, ops::$function($r.a::<$from>(FORM), $r.instr().imm));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (branch $r:ident $function:ident $from:ident $to:ident) => {{
        if ops::$function($r.a::<$from>(FORM), $r.b::<$from>(FORM)) != 0 {
            $r.jump()
        } else {
            $r.fall_through()
        }
    }};
    (branch_immediate $r:ident $function:ident $from:ident $to:ident) => {{
        if ops::$function($r.a::<$from>(FORM), $r.instr().constant()) != 0 {
            $r.jump()
        } else {
            $r.fall_through()
        }
    }};
    (load $r:ident $function:ident $from:ident $to:ident) => {{
        let address = u64::from($r.a::<I32>(FORM)) + u64::from($r.instr().imm);
        let value = ops::$function(load!($r, address));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (load_at $r:ident $function:ident $from:ident $to:ident) => {{
        let address = $r.instr().imm;
        let value = ops::$function(load!($r, address.into()));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (store $r:ident $function:ident $from:ident $to:ident) => {{
        let address = u64::from($r.a::<I32>(FORM)) + u64::from($r.instr().imm);
        let bytes = ops::$function($r.b::<$from>(FORM));
        store!($r, address, bytes);
        $r.step()
    }};
    (store_at $r:ident $function:ident $from:ident $to:ident) => {{
        let (address, bytes) = ($r.instr().imm, ops::$function($r.b::<$from>(FORM)));
        store!($r, address.into(), bytes);
        $r.step()
    }};
    (store_constant $r:ident $function:ident $from:ident $to:ident) => {{
        let address = u64::from($r.a::<I32>(FORM)) + u64::from($r.instr().imm);
        let bytes = ops::$function($r.instr().constant());
        store!($r, address, bytes);
        $r.step()
    }};
    (load_plus $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let address = u64::from($r.a::<I32>(FORM).wrapping_add(instr.imm)) + u64::from(instr.b);
        let value = ops::$function(load!($r, address));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (load_scaled $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let address = ops::i32_scale_add($r.a::<I32>(FORM), 2, instr.imm);
        let value = ops::$function(load!($r, u64::from(address) + u64::from(instr.b)));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (store_plus $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let address = u64::from($r.a::<I32>(FORM).wrapping_add(instr.imm)) + u64::from(instr.d);
        let bytes = ops::$function($r.b::<$from>(FORM));
        store!($r, address, bytes);
        $r.step()
    }};
    (store_scaled $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let address = ops::i32_scale_add($r.a::<I32>(FORM), 2, instr.imm);
        let bytes = ops::$function($r.b::<$from>(FORM));
        store!($r, u64::from(address) + u64::from(instr.d), bytes);
        $r.step()
    }};
    (store_constant_plus $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let address = u64::from($r.a::<I32>(FORM).wrapping_add(instr.imm)) + u64::from(instr.d);
        let bytes = ops::$function(instr.b_itself());
        store!($r, address, bytes);
        $r.step()
    }};
    (product $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let product = ops::f32_mul($r.a::<F32>(FORM), $r.b::<F32>(Form::PLAIN));
        let value = ops::$function(product, $r.operand::<F32>(FORM & Form::B != 0, instr.imm as u16));
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (select $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let condition = $r.operand::<I32>(FORM & Form::A != 0, instr.imm as u16);
        let value = ops::$function(condition, $r.slot(instr.a), $r.slot(instr.b));
        $r.set_slot(instr.d, value);
        $r.step()
    }};
    (select_constant $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let value = ops::$function($r.b::<I32>(FORM), $r.slot(instr.a), instr.imm);
        $r.set_slot(instr.d, value);
        $r.step()
    }};
    (scale $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let value = ops::$function($r.a::<I32>(FORM), instr.b.into(), instr.imm);
        $r.result::<$to>(FORM, value);
        $r.step()
    }};
    (count $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let sum = $r.slot(instr.a).wrapping_add(instr.d_itself());
        $r.set_slot(instr.a, sum);
        if ops::$function(sum, $r.slot(instr.b)) != 0 { $r.jump() } else { $r.fall_through() }
    }};
    (count_immediate $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let sum = $r.slot(instr.a).wrapping_add(instr.d_itself());
        $r.set_slot(instr.a, sum);
        if ops::$function(sum, instr.b_itself()) != 0 { $r.jump() } else { $r.fall_through() }
    }};
    (count_by $r:ident $function:ident $from:ident $to:ident) => {{
        let instr = $r.instr();
        let sum = $r.slot(instr.a).wrapping_add($r.slot(instr.d));
        $r.set_slot(instr.a, sum);
        if ops::$function(sum, instr.b_itself()) != 0 { $r.jump() } else { $r.fall_through() }
    }};
    (give $r:ident $function:ident $from:ident $to:ident) => {{
        let header = $r.header($r.instr().a);
        $r.set_slot(0, $r.b::<I32>(FORM));
        $r.leave(header)
    }};
}

macro_rules! implement_operations {
    (
        control { $($control:ident $control_function:ident,)* }
        apart { $($apart:ident $apart_function:ident,)* }
        $($shape:ident { $($name:ident $function:ident $from:ident $to:ident,)* })*
    ) => {
        /// The operations, named as in [`Op`](crate::instr::Op).
        pub(crate) mod operation {
            $(pub(crate) struct $control;)*
            $(pub(crate) struct $apart;)*
            $($(pub(crate) struct $name;)*)*
        }

        $(
            impl Operation for operation::$control {
                #[inline(always)]
                fn execute<M: LinearMemory, const FORM: u16, const LONG: bool>(r: &mut Registers<'_, M>) -> Next {
                    control::$control_function(r)
                }
            }
        )*
        $(
            impl Operation for operation::$apart {
                #[inline(always)]
                fn execute<M: LinearMemory, const FORM: u16, const LONG: bool>(r: &mut Registers<'_, M>) -> Next {
                    r.apart(apart::$apart_function)
                }
            }
        )*
        $($(
            impl Operation for operation::$name {
                #[inline(always)]
                fn execute<M: LinearMemory, const FORM: u16, const LONG: bool>(r: &mut Registers<'_, M>) -> Next {
                    execute!($shape r $function $from $to)
                }
            }
        )*)*
    };
}
operations!(implement_operations);
