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
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I32 => "i32",
            Self::F32 => "f32",
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
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub fn value_type(self) -> ValueType {
        match self {
            Self::I32(_) => ValueType::I32,
            Self::F32(_) => ValueType::F32,
        }
    }

    /// The bits of this value, as a slot of the value stack holds them.
    #[must_use]
    pub fn to_word(self) -> u32 {
        match self {
            Self::I32(value) => value.cast_unsigned(),
            Self::F32(value) => value.to_bits(),
        }
    }

    /// The value of type `value_type` that has these bits.
    #[must_use]
    pub fn from_word(value_type: ValueType, word: u32) -> Self {
        match value_type {
            ValueType::I32 => Self::I32(word.cast_signed()),
            ValueType::F32 => Self::F32(f32::from_bits(word)),
        }
    }
}

/// What a function takes and gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionType {
    params: Box<[ValueType]>,
    result: Option<ValueType>,
}

impl FunctionType {
    /// The type of a function from `params` to `result`.
    #[must_use]
    pub fn new(params: &[ValueType], result: Option<ValueType>) -> Self {
        Self { params: params.into(), result }
    }

    /// The types of the arguments, in order.
    #[must_use]
    pub fn params(&self) -> &[ValueType] {
        &self.params
    }

    /// The type of the result, if there is one.
    #[must_use]
    pub fn result(&self) -> Option<ValueType> {
        self.result
    }
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (position, param) in self.params.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{param}")?;
        }
        f.write_str(")")?;
        match self.result {
            Some(result) => write!(f, " -> {result}"),
            None => Ok(()),
        }
    }
}

/// A function of a module by its index; imported functions come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuncIndex(
    /// The index in the function index space of the module.
    pub u32,
);
