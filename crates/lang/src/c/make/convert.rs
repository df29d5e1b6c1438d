//! Values from one type to another.

use super::body::Body;
use super::simplify::joined;
use crate::c::types::{Integer, Type};
use crate::lower::fold::fold_unary;
use crate::lower::program::{Binary, Cell, Expr, Operation, Type as Held, Unary};

impl<'u, 'a: 'u> Body<'u, 'a> {
    /// A value of one type as one of another.
    pub fn convert(&mut self, value: Expr, from: &Type, to: &Type) -> Expr {
        if *to == Type::Bool {
            return if *from == Type::Bool { value } else { self.is_not_zero(value, from.held()) };
        }
        let signed = if from.is_float() { !to.is_unsigned() } else { !from.is_unsigned() };
        let value = match from.held() == to.held() {
            true => value,
            false => {
                // What is cut off to fewer bits than a word may as well go by way of a signed one.
                let signed = signed || matches!(to, Type::Integer(Integer { bytes: 1 | 2, .. }));
                fold_unary(Unary::Convert { from: from.held(), to: to.held(), signed }, value)
            }
        };
        match to {
            Type::Integer(to) if to.bytes < 4 && !fits(from, *to) => narrowed(value, *to),
            _ => value,
        }
    }
}

/// Whether all values of a type are values of another.
fn fits(from: &Type, to: Integer) -> bool {
    match from {
        Type::Bool => true,
        Type::Integer(from) if from.signed == to.signed => from.bytes <= to.bytes,
        Type::Integer(from) => !from.signed && from.bytes < to.bytes,
        _ => false,
    }
}

fn narrowed(value: Expr, to: Integer) -> Expr {
    match (to.bytes, to.signed) {
        (1, true) => fold_unary(Unary::Extend8, value),
        (2, true) => fold_unary(Unary::Extend16, value),
        (1, false) => joined(Held::Integer, Binary::And, value, Expr::Integer(0xFF)),
        _ => joined(Held::Integer, Binary::And, value, Expr::Integer(0xFFFF)),
    }
}

/// A value that is only stored: bits that the cell does not keep need not be right.
pub(super) fn for_cell(value: Expr, cell: Cell) -> Expr {
    let (mask, extend) = match cell {
        Cell::Signed8 | Cell::Unsigned8 => (0xFF, Unary::Extend8),
        Cell::Signed16 | Cell::Unsigned16 => (0xFFFF, Unary::Extend16),
        Cell::Whole(_) => return value,
    };
    match value {
        Expr::Unary(operation, inner) if operation == extend => *inner,
        Expr::Chain(first, mut steps)
            if matches!(
                steps.last(),
                Some(step) if matches!(step.operation, Operation::Binary(Held::Integer, Binary::And))
                    && matches!(step.right, Expr::Integer(by) if by == mask)
            ) =>
        {
            steps.pop();
            if steps.is_empty() { *first } else { Expr::Chain(first, steps) }
        }
        value => value,
    }
}
