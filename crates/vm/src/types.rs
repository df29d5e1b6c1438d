//! Values, their types, and the types of functions.

use alloc::boxed::Box;
use core::fmt;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// A 32-bit integer.
    I32,
    /// A 32-bit IEEE 754 number.
    F32,
    /// A 64-bit integer.
    I64,
    /// A 64-bit IEEE 754 number.
    F64,
    /// A reference to a function, or null.
    FuncRef,
    /// A reference to something of the host, or null.
    ExternRef,
}

impl ValueType {
    /// The slots of 32 bits that a value takes on the value stack: one or two.
    #[must_use]
    pub fn words(self) -> u32 {
        self.width().words()
    }

    pub(crate) fn width(self) -> Width {
        match self {
            Self::I32 | Self::F32 | Self::FuncRef | Self::ExternRef => Width::Narrow,
            Self::I64 | Self::F64 => Width::Wide,
        }
    }
}

/// How many slots of the value stack a value takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// One.
    Narrow,
    /// Two; the low half comes first.
    Wide,
}

impl Width {
    pub(crate) const fn words(self) -> u32 {
        match self {
            Self::Narrow => 1,
            Self::Wide => 2,
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::F32 => "f32",
            Self::I64 => "i64",
            Self::F64 => "f64",
            Self::FuncRef => "funcref",
            Self::ExternRef => "externref",
        })
    }
}

/// A value that is handed to a function or comes back from one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 32-bit IEEE 754 number.
    F32(f32),
    /// A 64-bit integer.
    I64(i64),
    /// A 64-bit IEEE 754 number.
    F64(f64),
    /// A reference to a function.
    FuncRef(Reference),
    /// A reference to something of the host.
    ExternRef(Reference),
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub fn value_type(self) -> ValueType {
        match self {
            Self::I32(_) => ValueType::I32,
            Self::F32(_) => ValueType::F32,
            Self::I64(_) => ValueType::I64,
            Self::F64(_) => ValueType::F64,
            Self::FuncRef(_) => ValueType::FuncRef,
            Self::ExternRef(_) => ValueType::ExternRef,
        }
    }

    /// The bits of this value; the upper half is 0 unless the type has 64. All 0 is the value that a local begins with.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        match self {
            Self::I32(value) => value.cast_unsigned().into(),
            Self::F32(value) => value.to_bits().into(),
            Self::I64(value) => value.cast_unsigned(),
            Self::F64(value) => value.to_bits(),
            Self::FuncRef(reference) | Self::ExternRef(reference) => reference.to_word().into(),
        }
    }

    /// The value of type `value_type` that has these bits; the upper half is of no meaning unless the type has 64.
    #[must_use]
    pub fn from_bits(value_type: ValueType, bits: u64) -> Self {
        let word = bits as u32;
        match value_type {
            ValueType::I32 => Self::I32(word.cast_signed()),
            ValueType::F32 => Self::F32(f32::from_bits(word)),
            ValueType::I64 => Self::I64(bits.cast_signed()),
            ValueType::F64 => Self::F64(f64::from_bits(bits)),
            ValueType::FuncRef => Self::FuncRef(Reference::from_word(word)),
            ValueType::ExternRef => Self::ExternRef(Reference::from_word(word)),
        }
    }
}

/// A reference: a number, or null.
///
/// Of a function, the number is its index plus the first reference of its instance (0 unless the instance was
/// [linked](crate::Links)). Of something else, it is what the host chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(
    /// The number plus one, so that null is what a local is before it is set: 0.
    u32,
);

impl Reference {
    /// The reference to nothing.
    pub const NULL: Self = Self(0);

    /// The reference with this number; none for `u32::MAX`, the one that there is no room for.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        number.checked_add(1).map(Self)
    }

    /// Its number; none for null.
    #[must_use]
    pub fn number(self) -> Option<u32> {
        self.0.checked_sub(1)
    }

    pub(crate) const fn to_word(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_word(word: u32) -> Self {
        Self(word)
    }
}

/// What a function takes and gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionType {
    params: Box<[ValueType]>,
    results: Box<[ValueType]>,
    /// The slots of all params, and of all results.
    words: (usize, usize),
}

impl FunctionType {
    /// The type of a function from `params` to `result`.
    #[must_use]
    pub fn new(params: &[ValueType], result: Option<ValueType>) -> Self {
        Self::with_results(params, result.as_slice())
    }

    /// The type of a function from `params` to `results`.
    #[must_use]
    pub fn with_results(params: &[ValueType], results: &[ValueType]) -> Self {
        let words = |types: &[ValueType]| types.iter().map(|value_type| value_type.words() as usize).sum();
        Self { params: params.into(), results: results.into(), words: (words(params), words(results)) }
    }

    /// The slots that the arguments take, and the results.
    pub(crate) fn words(&self) -> (usize, usize) {
        self.words
    }

    /// The types of the arguments, in order.
    #[must_use]
    pub fn params(&self) -> &[ValueType] {
        &self.params
    }

    /// The types of the results, in order.
    #[must_use]
    pub fn results(&self) -> &[ValueType] {
        &self.results
    }

    /// The type of the result, if there is exactly one.
    #[must_use]
    pub fn result(&self) -> Option<ValueType> {
        match *self.results {
            [result] => Some(result),
            _ => None,
        }
    }
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_types(f, &self.params)?;
        match *self.results {
            [] => Ok(()),
            [result] => write!(f, " -> {result}"),
            _ => {
                f.write_str(" -> ")?;
                write_types(f, &self.results)
            }
        }
    }
}

fn write_types(f: &mut fmt::Formatter<'_>, types: &[ValueType]) -> fmt::Result {
    f.write_str("(")?;
    for (position, value_type) in types.iter().enumerate() {
        let comma = if position == 0 { "" } else { ", " };
        write!(f, "{comma}{value_type}")?;
    }
    f.write_str(")")
}

/// A function of a module by its index; imported functions come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncIndex(
    /// The index in the function index space of the module.
    pub u32,
);
