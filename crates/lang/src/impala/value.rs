//! Typed values, and the folding of constants.

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
            Expr::Load(_, address) => Expr::Load(ir::Type::Float, address),
            expr => Expr::Unary(ir::Unary::BitsFloat, Box::new(expr)),
        }
    }

    /// The bits as an integer, without conversion.
    pub fn word(self) -> Expr {
        match self.expr {
            expr if self.ty != Type::Float => expr,
            Expr::Float(bits) => Expr::Integer(bits as i32),
            Expr::Load(_, address) => Expr::Load(ir::Type::Integer, address),
            expr => Expr::Unary(ir::Unary::FloatBits, Box::new(expr)),
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
        Binary::Add if float => ir::Binary::FloatAdd,
        Binary::Subtract if float => ir::Binary::FloatSubtract,
        Binary::Multiply if float => ir::Binary::FloatMultiply,
        Binary::Divide if float => ir::Binary::FloatDivide,
        _ if float => return None,
        Binary::Add => ir::Binary::Add,
        Binary::Subtract => ir::Binary::Subtract,
        Binary::Multiply => ir::Binary::Multiply,
        Binary::And => ir::Binary::And,
        Binary::Or => ir::Binary::Or,
        Binary::Xor => ir::Binary::Xor,
        Binary::ShiftLeft => ir::Binary::ShiftLeft,
        Binary::ShiftRight => ir::Binary::ShiftRight,
        Binary::ShiftRightUnsigned => ir::Binary::ShiftRightUnsigned,
        Binary::Divide | Binary::Modulo => return None,
    })
}

/// Joins two operands, computing at once what is constant.
pub(super) fn fold(operation: ir::Binary, left: Expr, right: Expr) -> Expr {
    use ir::Binary as B;
    match (operation, &left, &right) {
        (_, Expr::Integer(a), Expr::Integer(b)) => {
            if let Some(value) = fold_integers(operation, *a, *b) {
                return Expr::Integer(value);
            }
        }
        (_, Expr::Float(a), Expr::Float(b)) => {
            if let Some(value) = fold_floats(operation, f32::from_bits(*a), f32::from_bits(*b)) {
                return value;
            }
        }
        (B::Add, Expr::Address(data, offset), Expr::Integer(by))
        | (B::Add, Expr::Integer(by), Expr::Address(data, offset)) => {
            return Expr::Address(*data, offset.wrapping_add(*by));
        }
        (B::Subtract, Expr::Address(data, offset), Expr::Integer(by)) => {
            return Expr::Address(*data, offset.wrapping_sub(*by));
        }
        (B::Subtract, Expr::Address(a, high), Expr::Address(b, low)) if a == b => {
            return Expr::Integer(high.wrapping_sub(*low));
        }
        (B::Add | B::Subtract, _, Expr::Integer(0)) => return left,
        _ => {}
    }
    left.then(ir::Operation::Binary(operation), right)
}

fn fold_integers(operation: ir::Binary, a: i32, b: i32) -> Option<i32> {
    use ir::Binary as B;
    let (ua, ub) = (a as u32, b as u32);
    Some(match operation {
        B::Add => a.wrapping_add(b),
        B::Subtract => a.wrapping_sub(b),
        B::Multiply => a.wrapping_mul(b),
        B::And => a & b,
        B::Or => a | b,
        B::Xor => a ^ b,
        B::ShiftLeft => a.wrapping_shl(ub),
        B::ShiftRight => a.wrapping_shr(ub),
        B::ShiftRightUnsigned => ua.wrapping_shr(ub) as i32,
        B::Equal => (a == b).into(),
        B::NotEqual => (a != b).into(),
        B::Less => (a < b).into(),
        B::LessEqual => (a <= b).into(),
        B::Greater => (a > b).into(),
        B::GreaterEqual => (a >= b).into(),
        B::LessUnsigned => (ua < ub).into(),
        B::LessEqualUnsigned => (ua <= ub).into(),
        B::GreaterUnsigned => (ua > ub).into(),
        B::GreaterEqualUnsigned => (ua >= ub).into(),
        _ => return None,
    })
}

/// Not-a-number is left to run time, so that its bits are those of the machine everywhere.
fn fold_floats(operation: ir::Binary, a: f32, b: f32) -> Option<Expr> {
    use ir::Binary as B;
    let truth = |value: bool| Some(Expr::Integer(value.into()));
    let value = match operation {
        B::FloatAdd => a + b,
        B::FloatSubtract => a - b,
        B::FloatMultiply => a * b,
        B::FloatDivide => a / b,
        B::FloatEqual => return truth(a == b),
        B::FloatNotEqual => return truth(a != b),
        B::FloatLess => return truth(a < b),
        B::FloatLessEqual => return truth(a <= b),
        B::FloatGreater => return truth(a > b),
        B::FloatGreaterEqual => return truth(a >= b),
        _ => return None,
    };
    (!value.is_nan()).then(|| Expr::Float(value.to_bits()))
}

/// Quotient or remainder as the language defines them, but for a zero divisor.
pub(super) fn divide(modulo: bool, a: i32, b: i32) -> Option<i32> {
    if b == 0 {
        return None;
    }
    Some(if modulo { a.wrapping_rem(b) } else { a.wrapping_div(b) })
}

/// One operand, computed at once where it is constant.
pub(super) fn fold_unary(operation: ir::Unary, value: Expr) -> Expr {
    use ir::Unary as U;
    match (operation, &value) {
        (U::AbsInteger, Expr::Integer(a)) => Expr::Integer(a.wrapping_abs()),
        (U::AbsFloat, Expr::Float(bits)) => Expr::Float(bits & 0x7FFF_FFFF),
        (U::NegateFloat, Expr::Float(bits)) => Expr::Float(bits ^ 0x8000_0000),
        (U::Floor, Expr::Float(bits)) if !f32::from_bits(*bits).is_nan() => {
            Expr::Float(f32::from_bits(*bits).floor().to_bits())
        }
        (U::ToFloat, Expr::Integer(a)) => Expr::Float((*a as f32).to_bits()),
        (U::ToInteger, Expr::Float(bits)) => Expr::Integer(f32::from_bits(*bits) as i32),
        _ => Expr::Unary(operation, Box::new(value)),
    }
}
