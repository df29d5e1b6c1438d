//! The Rust types that stand for the values of a program.

use crate::slots::{halves, join};
use crate::types::{Reference, ValueType};
use sealed::{Bits, List};

/// A Rust type that is the same as a [`ValueType`] of a program.
///
/// A program does not tell signed integers from unsigned ones: `u32` is an `i32` whose bits are read in another way, and
/// the right type for an address.
///
/// ```
/// use sostenuto_vm::{ValueType, WasmType};
///
/// assert_eq!(f32::TYPE, ValueType::F32);
/// assert_eq!(u32::TYPE, i32::TYPE);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a value of a program",
    note = "those types are i32, u32, i64, u64, f32, f64, FuncRef and ExternRef"
)]
pub trait WasmType: Bits + Copy {
    /// What it is in a program.
    const TYPE: ValueType;
}

/// Several values, as a function takes and gives them: none as `()`, one as itself, up to eight as a tuple.
///
/// ```
/// use sostenuto_vm::{ValueType, WasmTypes};
///
/// assert_eq!(<(i32, f64)>::TYPES, [ValueType::I32, ValueType::F64]);
/// assert_eq!(<f32>::TYPES, [ValueType::F32]);
/// assert_eq!(<()>::TYPES, []);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a value of a program nor a tuple of up to eight of them",
    note = "the types of values are i32, u32, i64, u64, f32, f64, FuncRef and ExternRef"
)]
pub trait WasmTypes: List {
    /// What they are in a program, in order.
    const TYPES: &'static [ValueType];
}

/// A reference to a function, or null: a `funcref`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncRef(
    /// The reference.
    pub Reference,
);

/// A reference to something of the host, or null: an `externref`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternRef(
    /// The reference.
    pub Reference,
);

mod sealed {
    use crate::types::ValueType;

    /// The bits of a value, as [`Value::to_bits`](crate::Value::to_bits) has them.
    pub trait Bits {
        fn from_bits(bits: u64) -> Self;
        fn to_bits(self) -> u64;
    }

    /// Values that come from somewhere or go there one by one, as their bits.
    pub trait List: Sized {
        fn take(next: &mut impl FnMut(ValueType) -> u64) -> Self;
        fn put(self, put: &mut impl FnMut(ValueType, u64));
    }
}

macro_rules! wasm_types {
    ($($rust:ty, $wasm:ident, $bits:ident => $from:expr, $value:ident => $to:expr;)*) => {$(
        impl WasmType for $rust {
            const TYPE: ValueType = ValueType::$wasm;
        }

        impl Bits for $rust {
            fn from_bits($bits: u64) -> Self {
                $from
            }

            fn to_bits(self) -> u64 {
                let $value = self;
                $to
            }
        }
    )*};
}

wasm_types! {
    i32, I32, bits => (bits as u32).cast_signed(), value => value.cast_unsigned().into();
    u32, I32, bits => bits as u32, value => value.into();
    i64, I64, bits => bits.cast_signed(), value => value.cast_unsigned();
    u64, I64, bits => bits, value => value;
    f32, F32, bits => f32::from_bits(bits as u32), value => f32::to_bits(value).into();
    f64, F64, bits => f64::from_bits(bits), value => f64::to_bits(value);
    FuncRef, FuncRef, bits => Self(Reference::from_word(bits as u32)), value => value.0.to_word().into();
    ExternRef, ExternRef, bits => Self(Reference::from_word(bits as u32)), value => value.0.to_word().into();
}

impl<V: WasmType> WasmTypes for V {
    const TYPES: &'static [ValueType] = &[V::TYPE];
}

impl<V: WasmType> List for V {
    fn take(next: &mut impl FnMut(ValueType) -> u64) -> Self {
        Self::from_bits(next(V::TYPE))
    }

    fn put(self, put: &mut impl FnMut(ValueType, u64)) {
        put(V::TYPE, self.to_bits());
    }
}

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        impl<$($name: WasmType),*> WasmTypes for ($($name,)*) {
            const TYPES: &'static [ValueType] = &[$($name::TYPE),*];
        }

        #[allow(non_snake_case, unused_variables, clippy::unused_unit, reason = "each value has its type's name; there may be none")]
        impl<$($name: WasmType),*> List for ($($name,)*) {
            fn take(next: &mut impl FnMut(ValueType) -> u64) -> Self {
                // A tuple's parts are evaluated from left to right.
                ($($name::from_bits(next($name::TYPE)),)*)
            }

            fn put(self, put: &mut impl FnMut(ValueType, u64)) {
                let ($($name,)*) = self;
                $(put($name::TYPE, $name.to_bits());)*
            }
        }
    )*};
}

tuples! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

/// The values in the slots of a call. There are enough slots for them.
pub(crate) fn from_slots<L: WasmTypes>(slots: &[u32]) -> L {
    let mut slots = slots.iter().copied();
    let mut next = || slots.next().unwrap_or(0);
    L::take(&mut |value_type| {
        let low = next();
        join(low, if value_type.words() == 2 { next() } else { 0 })
    })
}

/// Puts values into the slots of a call. There are enough slots for them.
pub(crate) fn to_slots<L: WasmTypes>(values: L, slots: &mut [u32]) {
    let mut slots = slots.iter_mut();
    values.put(&mut |value_type, bits| {
        let words = halves(bits).into_iter().take(value_type.words() as usize);
        words.for_each(|word| slots.next().into_iter().for_each(|slot| *slot = word));
    });
}
