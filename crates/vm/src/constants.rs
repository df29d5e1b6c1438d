//! Constant expressions, and the types of values, as a module states them.

use crate::error::LoadError;
use crate::load::{malformed, unsupported};
use crate::module::Constant;
use crate::refusal;
use crate::types::{Reference, ValueType};
use alloc::borrow::ToOwned;
use alloc::format;
use wasmparser::{ConstExpr, Operator, RefType, ValType};

/// The value of a constant expression of a single operator.
pub(crate) fn constant(expression: &ConstExpr<'_>, imported_globals: u32) -> Result<Constant, LoadError> {
    let refused = |offset, operator: &Operator<'_>| {
        Err(unsupported(offset, format!("{} in a constant expression", refusal::operator(operator))))
    };
    let mut operators = expression.get_operators_reader();
    let offset = operators.original_position();
    let first = operators.read().map_err(malformed)?;
    let value = match first {
        Operator::I32Const { value } => Constant::Bits(value.cast_unsigned().into()),
        Operator::F32Const { value } => Constant::Bits(value.bits().into()),
        Operator::I64Const { value } => Constant::Bits(value.cast_unsigned()),
        Operator::F64Const { value } => Constant::Bits(value.bits()),
        Operator::RefNull { .. } => Constant::Bits(Reference::NULL.to_word().into()),
        Operator::RefFunc { function_index } => Constant::Function(function_index),
        Operator::GlobalGet { global_index } if global_index < imported_globals => {
            Constant::Global(global_index)
        }
        ref other => return refused(offset, other),
    };
    let offset = operators.original_position();
    match operators.read().map_err(malformed)? {
        Operator::End => Ok(value),
        _ => Err(unsupported(
            offset,
            "a constant expression of several operators (proposal extended const)".to_owned(),
        )),
    }
}

pub(crate) fn value_type(offset: u64, value_type: ValType) -> Result<ValueType, LoadError> {
    match value_type {
        ValType::I32 => Ok(ValueType::I32),
        ValType::F32 => Ok(ValueType::F32),
        ValType::I64 => Ok(ValueType::I64),
        ValType::F64 => Ok(ValueType::F64),
        ValType::Ref(reference) => reference_type(offset, reference),
        ValType::V128 => Err(unsupported(offset, format!("the type {value_type}"))),
    }
}

pub(crate) fn reference_type(offset: u64, reference: RefType) -> Result<ValueType, LoadError> {
    match reference {
        RefType::FUNCREF => Ok(ValueType::FuncRef),
        RefType::EXTERNREF => Ok(ValueType::ExternRef),
        other => Err(unsupported(offset, format!("the type {other}"))),
    }
}
