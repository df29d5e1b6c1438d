//! The register code that the interpreter runs: one instruction is twelve bytes.
//!
//! Operands are slots of the frame of the running function: its parameters and locals from 0, then the two words of
//! the frame's header, then the intermediate values. A value of 64 bits is in two slots and is named by the first.
//! Beside the slots there are [accumulators](crate::registers): the last result of each kind is in one of them too, and
//! an instruction's [`Form`] says what it takes from there instead of from a slot.

use crate::operation_list::operations;
use crate::types::Width;

/// One instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Instr {
    /// The operation times [`Form::COUNT`], plus the form: what a dispatcher goes by.
    code: u16,
    /// The first operand.
    pub(crate) a: u16,
    /// The destination.
    pub(crate) d: u16,
    /// The second operand.
    pub(crate) b: u16,
    /// A constant, an offset, a distance to go, or an index.
    pub(crate) imm: u32,
}

const _: () = assert!(size_of::<Instr>() == Instr::BYTES as usize, "one instruction is twelve bytes");

impl Instr {
    pub(crate) const BYTES: u32 = 12;

    /// An operation on no slots.
    pub(crate) const fn new(op: Op, imm: u32) -> Self {
        Self { code: op as u16 * Form::COUNT, a: 0, d: 0, b: 0, imm }
    }

    /// An operation with its destination and operands.
    pub(crate) const fn with(op: Op, d: u16, a: u16, b: u16, imm: u32) -> Self {
        Self { code: op as u16 * Form::COUNT, a, d, b, imm }
    }

    /// An operation on one operand and a constant of 32 bits, which also goes somewhere.
    pub(crate) const fn with_constant(op: Op, a: u16, constant: u32, imm: u32) -> Self {
        Self { code: op as u16 * Form::COUNT, a, d: constant as u16, b: (constant >> 16) as u16, imm }
    }

    /// The same branch to somewhere else.
    pub(crate) const fn to(self, imm: u32) -> Self {
        Self { imm, ..self }
    }

    /// `d` itself, with its sign.
    pub(crate) const fn d_itself(self) -> u32 {
        (self.d.cast_signed() as i32).cast_unsigned()
    }

    /// `b` itself, with its sign.
    pub(crate) const fn b_itself(self) -> u32 {
        (self.b.cast_signed() as i32).cast_unsigned()
    }

    /// What [`with_constant`](Self::with_constant) was given.
    pub(crate) const fn constant(self) -> u32 {
        self.d as u32 | (self.b as u32) << 16
    }

    pub(crate) fn op(self) -> Op {
        Op::ALL[usize::from(self.code / Form::COUNT)]
    }

    pub(crate) fn form(self) -> Form {
        Form(self.code % Form::COUNT)
    }

    pub(crate) fn set_form(&mut self, form: Form) {
        self.code = self.code / Form::COUNT * Form::COUNT + form.0;
    }

    /// The number that a dispatcher goes by.
    #[cfg(tail_calls)]
    pub(crate) const fn code(self) -> u16 {
        self.code
    }
}

/// What an instruction takes from an accumulator, and whether its result is wanted in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Form(u16);

impl Form {
    /// Operands from slots, the result to a slot (and to the accumulator).
    pub(crate) const PLAIN: u16 = 0;
    /// The first operand is in the accumulator.
    pub(crate) const A: u16 = 1;
    /// The second operand is in the accumulator.
    pub(crate) const B: u16 = 2;
    /// The result is wanted in the accumulator only.
    pub(crate) const D: u16 = 4;
    pub(crate) const COUNT: u16 = 8;

    /// The form with these operands in the accumulator.
    pub(crate) fn of(a: bool, b: bool) -> Self {
        Self(u16::from(a) * Self::A + u16::from(b) * Self::B)
    }

    /// Whether the first and the second operand are in the accumulator.
    pub(crate) fn operands(self) -> (bool, bool) {
        (self.0 & Self::A != 0, self.0 & Self::B != 0)
    }

    /// The same form with the operands exchanged.
    pub(crate) fn exchanged(self) -> Self {
        Self(self.0 & Self::D | (self.0 & Self::A) << 1 | (self.0 & Self::B) >> 1)
    }

    /// The same form without what it says of the result.
    pub(crate) fn of_operands(self) -> Self {
        Self(self.0 & (Self::A | Self::B))
    }

    /// The same form with its result in the accumulator only.
    pub(crate) fn without_slot(self) -> Self {
        Self(self.0 | Self::D)
    }
}

/// The kinds of values that have an accumulator of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    I32,
    I64,
    F32,
    F64,
}

impl Kind {
    pub(crate) const fn width(self) -> Width {
        match self {
            Self::I32 | Self::F32 => Width::Narrow,
            Self::I64 | Self::F64 => Width::Wide,
        }
    }
}

macro_rules! define_operations {
    (
        control { $($control:ident $control_function:ident,)* }
        apart { $($apart:ident $apart_function:ident,)* }
        $($shape:ident { $($name:ident $function:ident $from:ident $to:ident,)* })*
    ) => {
        /// What an instruction does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum Op {
            $($control,)*
            $($apart,)*
            $($($name,)*)*
        }

        impl Op {
            /// All operations by their numbers.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$control,)* $(Self::$apart,)* $($(Self::$name,)*)*];

            /// How its operands and its result are arranged.
            pub(crate) const fn shape(self) -> Shape {
                match self {
                    $(Self::$control => Shape::control,)*
                    $(Self::$apart => Shape::control,)*
                    $($(Self::$name => Shape::$shape,)*)*
                }
            }

            /// The kinds of its operands and of its result; of no meaning when it has none.
            pub(crate) const fn kinds(self) -> (Kind, Kind) {
                match self {
                    $(Self::$control => (Kind::I32, Kind::I32),)*
                    $(Self::$apart => (Kind::I32, Kind::I32),)*
                    $($(Self::$name => (Kind::$from, Kind::$to),)*)*
                }
            }
        }
    };
}
operations!(define_operations);

/// How the operands and the result of an operation are arranged in its instruction.
#[allow(non_camel_case_types, reason = "the names are those of the list of operations")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Each in its own way, without forms.
    control,
    /// `d` of `a`.
    unary,
    unary_trapping,
    /// `d` of `a` and `b`.
    binary,
    binary_trapping,
    /// `d` of `a` and the constant `imm`.
    immediate,
    immediate_trapping,
    /// Goes `imm` on when it holds of `a` and `b`.
    branch,
    /// Goes `imm` on when it holds of `a` and the constant in `d` and `b`.
    branch_immediate,
    /// `d` from the memory at `a` plus `imm`.
    load,
    /// `d` from the memory at `imm`.
    load_at,
    /// `b` to the memory at `a` plus `imm`.
    store,
    /// `b` to the memory at `imm`.
    store_at,
    /// The constant in `d` and `b` to the memory at `a` plus `imm`.
    store_constant,
    /// `d` from the memory at what `a` plus `imm` is in 32 bits, plus `b` itself.
    load_plus,
    /// `b` to the memory at what `a` plus `imm` is in 32 bits, plus `d` itself.
    store_plus,
    /// The constant `b` to the memory at what `a` plus `imm` is in 32 bits, plus `d` itself.
    store_constant_plus,
    /// As `load_plus`, with four times `a`.
    load_scaled,
    /// As `store_plus`, with four times `a`.
    store_scaled,
    /// `d` of the product of `a` and `b`, and of what is in slot `imm`, which the form has as its second operand.
    product,
    /// `d` is `a` or `b`, by what is in slot `imm`, which the form has as its first operand.
    select,
    /// `d` is `a` or the constant `imm`, by what is in `b`.
    select_constant,
    /// `d` is `a` shifted by `b` itself, plus `imm`.
    scale,
    /// Adds `d` itself to slot `a`; goes `imm` on when it holds of the sum and `b`.
    count,
    /// Adds `d` itself to slot `a`; goes `imm` on when it holds of the sum and `b` itself.
    count_immediate,
    /// Adds slot `d` to slot `a`; goes `imm` on when it holds of the sum and `b` itself.
    count_by,
    /// Returns `b`; the frame's header is at `a`.
    give,
}
