//! Typed values.

use super::ast::{Binary, TypeName};
use crate::diagnostic::Span;
use crate::lower::program::{self as ir, Expr};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Float,
    Pointer,
    Funcptr,
    /// An array element or what a pointer points to: it takes the type of its use.
    Untyped,
    /// The call of a function without a result.
    Nothing,
    /// Already reported; fits everywhere.
    Broken,
}

impl Type {
    /// Whether its values say where something lies, data or code.
    pub fn is_address(self) -> bool {
        matches!(self, Type::Pointer | Type::Funcptr)
    }

    pub fn name(self) -> &'static str {
        match self {
            Type::Int => "int",
            Type::Float => "float",
            Type::Pointer => "pointer",
            Type::Funcptr => "funcptr",
            Type::Untyped => "untyped word",
            Type::Nothing => "nothing",
            Type::Broken => "unknown",
        }
    }

    /// How the word is held.
    pub fn held(self) -> ir::Type {
        if self == Type::Float { ir::Type::Float } else { ir::Type::Integer }
    }
}

impl From<TypeName> for Type {
    fn from(name: TypeName) -> Type {
        match name {
            TypeName::Int => Type::Int,
            TypeName::Float => Type::Float,
            TypeName::Pointer => Type::Pointer,
            TypeName::Funcptr => Type::Funcptr,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Value {
    pub expr: Expr,
    pub ty: Type,
    pub span: Span,
}

impl Value {
    pub fn broken(span: Span) -> Value {
        Value { expr: Expr::Integer(0), ty: Type::Broken, span }
    }

    /// The bits as a float, without conversion.
    pub fn float_bits(self) -> Expr {
        match self.expr {
            expr if self.ty == Type::Float => expr,
            Expr::Integer(bits) => Expr::Float(bits as u32),
            Expr::Load(_, address) => Expr::Load(ir::Type::Float.into(), address),
            expr => Expr::Unary(ir::Unary::Reinterpret(ir::Type::Integer), Box::new(expr)),
        }
    }

    /// The bits as an integer, without conversion.
    pub fn word(self) -> Expr {
        match self.expr {
            expr if self.ty != Type::Float => expr,
            Expr::Float(bits) => Expr::Integer(bits as i32),
            Expr::Load(_, address) => Expr::Load(ir::Type::Integer.into(), address),
            expr => Expr::Unary(ir::Unary::Reinterpret(ir::Type::Float), Box::new(expr)),
        }
    }

    /// The expression held as its type is held.
    pub fn held(self, ty: ir::Type) -> Expr {
        if ty == ir::Type::Float { self.float_bits() } else { self.word() }
    }
}

/// The operation on integers, or on floats where there is one. Division of integers is not among them.
pub(super) fn operation(operator: Binary, ty: ir::Type) -> Option<ir::Binary> {
    let float = ty == ir::Type::Float;
    Some(match operator {
        Binary::Add => ir::Binary::Add,
        Binary::Subtract => ir::Binary::Subtract,
        Binary::Multiply => ir::Binary::Multiply,
        Binary::Divide if float => ir::Binary::Divide,
        _ if float => return None,
        Binary::And => ir::Binary::And,
        Binary::Or => ir::Binary::Or,
        Binary::Xor => ir::Binary::Xor,
        Binary::ShiftLeft => ir::Binary::ShiftLeft,
        Binary::ShiftRight => ir::Binary::ShiftRight,
        Binary::ShiftRightUnsigned => ir::Binary::ShiftRightUnsigned,
        Binary::Divide | Binary::Modulo => return None,
    })
}

/// Quotient or remainder as the language defines them, but for a zero divisor.
pub(super) fn divide(modulo: bool, a: i32, b: i32) -> Option<i32> {
    if b == 0 {
        return None;
    }
    Some(if modulo { a.wrapping_rem(b) } else { a.wrapping_div(b) })
}
