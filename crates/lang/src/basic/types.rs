//! Types and values.

use crate::diagnostic::Span;
use crate::lower::fold::fold;
use crate::lower::program::{self as lower, Binary, Expr, Unary};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Integer,
    /// `&`: 64 bits.
    Long,
    /// `#`
    Float,
    /// `$`: the address of text, which ends with a zero; 0 for an empty one.
    Text,
}

impl Type {
    /// The type that a name's suffix tells.
    pub fn of_suffix(name: &str) -> Option<Type> {
        match name.as_bytes().last() {
            Some(b'#') => Some(Type::Float),
            Some(b'&') => Some(Type::Long),
            Some(b'$') => Some(Type::Text),
            _ => None,
        }
    }

    pub fn of_name(name: &str) -> Type {
        Type::of_suffix(name).unwrap_or(Type::Integer)
    }

    /// How it is held.
    pub fn lower(self) -> lower::Type {
        match self {
            Type::Integer | Type::Text => lower::Type::Integer,
            Type::Long => lower::Type::Long,
            Type::Float => lower::Type::Float,
        }
    }

    /// Bytes of an element.
    pub fn bytes(self) -> u32 {
        if self == Type::Long { 8 } else { 4 }
    }

    pub fn zero(self) -> Expr {
        match self {
            Type::Integer | Type::Text => Expr::Integer(0),
            Type::Long => Expr::Long(0),
            Type::Float => Expr::Float(0),
        }
    }

    /// The name in a message.
    pub fn noun(self) -> &'static str {
        match self {
            Type::Integer => "an integer",
            Type::Long => "an integer of 64 bits",
            Type::Float => "a float",
            Type::Text => "a string",
        }
    }
}

/// Who frees a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Whoever has the value: it is used once, then freed.
    Holder,
    /// A variable or an element.
    Variable,
    /// Nobody: it is part of the program.
    Program,
}

/// What an expression gives.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub expr: Expr,
    pub ty: Type,
    /// Of a text; nobody's for a number.
    pub owner: Owner,
    /// A comparison's 1 or 0, which is -1 or 0 to the program.
    pub truth: bool,
    /// Runs SUBs, which may change any variable.
    pub calls: bool,
    pub span: Span,
}

impl Value {
    pub fn new(expr: Expr, ty: Type, span: Span) -> Value {
        let owner = if ty == Type::Text { Owner::Holder } else { Owner::Program };
        Value { expr, ty, owner, truth: false, calls: false, span }
    }

    pub fn integer(value: i32, span: Span) -> Value {
        Value::new(Expr::Integer(value), Type::Integer, span)
    }

    /// The truth of a comparison.
    pub fn truth(expr: Expr, span: Span) -> Value {
        Value { truth: true, ..Value::new(expr, Type::Integer, span) }
    }

    pub fn calling(self, calls: bool) -> Value {
        Value { calls: self.calls || calls, ..self }
    }

    /// Whether it is known now.
    pub fn is_constant(&self) -> bool {
        !self.truth && matches!(self.expr, Expr::Integer(_) | Expr::Long(_) | Expr::Float(_))
    }

    /// -1 or 0 where it is a truth.
    pub fn settled(mut self) -> Value {
        if self.truth {
            self.truth = false;
            self.expr = negated(self.expr);
        }
        self
    }

    /// Not zero where it holds.
    pub fn condition(self) -> Expr {
        match self.ty {
            Type::Integer | Type::Text => self.expr,
            ty => fold(ty.lower(), Binary::NotEqual, self.expr, ty.zero()),
        }
    }

    /// The same as another type of number.
    pub fn to(self, ty: Type) -> Value {
        let value = self.settled();
        if value.ty == ty || ty == Type::Text || value.ty == Type::Text {
            return value;
        }
        let expr = match (value.expr, ty) {
            (Expr::Integer(value), Type::Long) => Expr::Long(value.into()),
            (Expr::Integer(value), Type::Float) => Expr::Float((value as f32).to_bits()),
            (Expr::Long(value), Type::Integer) => Expr::Integer(value as i32),
            (Expr::Long(value), Type::Float) => Expr::Float((value as f32).to_bits()),
            (Expr::Float(value), Type::Integer) => Expr::Integer(f32::from_bits(value) as i32),
            (Expr::Float(value), Type::Long) => Expr::Long(f32::from_bits(value) as i64),
            (expr, ty) => {
                let convert = Unary::Convert { from: value.ty.lower(), to: ty.lower(), signed: true };
                Expr::Unary(convert, Box::new(expr))
            }
        };
        Value { expr, ty, ..value }
    }
}

/// Zero minus an integer.
pub(super) fn negated(expr: Expr) -> Expr {
    integer(Binary::Subtract, Expr::Integer(0), expr)
}

/// An operation on two integers.
pub(super) fn integer(operation: Binary, left: Expr, right: Expr) -> Expr {
    fold(lower::Type::Integer, operation, left, right)
}
