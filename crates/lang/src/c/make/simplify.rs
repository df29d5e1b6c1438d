//! Operations replaced by cheaper ones that give the same.

use crate::lower::fold::fold;
use crate::lower::program::{Binary, Expr, Operation, Type};

/// Joins two operands by the cheapest operation that gives the same.
pub(super) fn joined(ty: Type, operation: Binary, left: Expr, right: Expr) -> Expr {
    let (operation, left, right) = if is_constant(&left) && !is_constant(&right) && commutes(ty, operation) {
        (operation, right, left)
    } else {
        (operation, left, right)
    };
    let Some(by) = integer(&right) else { return fold(ty, operation, left, right) };
    if is_constant(&left) {
        return fold(ty, operation, left, right);
    }
    let power = (by > 0 && by & (by - 1) == 0).then(|| i64::from(by.trailing_zeros()));
    match (operation, by) {
        (Binary::Add | Binary::Subtract | Binary::Or | Binary::Xor, 0) => return left,
        (Binary::ShiftLeft | Binary::ShiftRight | Binary::ShiftRightUnsigned, 0) => return left,
        (Binary::Multiply | Binary::Divide | Binary::DivideUnsigned, 1) | (Binary::And, -1) => return left,
        _ => {}
    }
    match (operation, power) {
        (Binary::Multiply, Some(power)) => fold(ty, Binary::ShiftLeft, left, constant(ty, power)),
        (Binary::DivideUnsigned, Some(power)) => {
            fold(ty, Binary::ShiftRightUnsigned, left, constant(ty, power))
        }
        (Binary::RemainderUnsigned, Some(_)) => joined(ty, Binary::And, left, constant(ty, by - 1)),
        (Binary::Add | Binary::Subtract | Binary::And, _) => with_last(ty, operation, left, by),
        _ => fold(ty, operation, left, right),
    }
}

/// Joins the constant with that of the step before, where there is one.
fn with_last(ty: Type, operation: Binary, left: Expr, by: i64) -> Expr {
    if let Expr::Chain(first, steps) = &left
        && let Some((last, before)) = steps.split_last()
        && let Operation::Binary(last_type, last_operation) = last.operation
        && last_type == ty
        && let Some(last_by) = integer(&last.right)
    {
        let sum = match (last_operation, operation) {
            (Binary::Add, Binary::Add) => Some((Binary::Add, last_by.wrapping_add(by))),
            (Binary::Add, Binary::Subtract) => Some((Binary::Add, last_by.wrapping_sub(by))),
            (Binary::Subtract, Binary::Subtract) => Some((Binary::Subtract, last_by.wrapping_add(by))),
            (Binary::Subtract, Binary::Add) => Some((Binary::Add, by.wrapping_sub(last_by))),
            (Binary::And, Binary::And) => Some((Binary::And, last_by & by)),
            _ => None,
        };
        if let Some((operation, sum)) = sum {
            let rest = match before {
                [] => (**first).clone(),
                before => Expr::Chain(first.clone(), before.to_vec()),
            };
            return joined(ty, operation, rest, constant(ty, sum));
        }
    }
    fold(ty, operation, left, constant(ty, by))
}

fn constant(ty: Type, value: i64) -> Expr {
    if ty == Type::Long { Expr::Long(value) } else { Expr::Integer(value as i32) }
}

fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Integer(value) => Some((*value).into()),
        Expr::Long(value) => Some(*value),
        _ => None,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Integer(_) | Expr::Long(_) | Expr::Float(_) | Expr::Double(_) | Expr::Address(..))
}

/// Not those of floats, where the bits of not-a-number could differ.
fn commutes(ty: Type, operation: Binary) -> bool {
    let is_integer = matches!(ty, Type::Integer | Type::Long);
    is_integer
        && matches!(
            operation,
            Binary::Add
                | Binary::Multiply
                | Binary::And
                | Binary::Or
                | Binary::Xor
                | Binary::Equal
                | Binary::NotEqual
        )
}
