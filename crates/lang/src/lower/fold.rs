//! Joining operands to expressions, with what is constant computed at once.

use super::program::{Binary, Expr, Operation, Type, Unary};

/// Joins two operands of that type.
///
/// Divisions by zero, quotients that are too large and results that are not a number are left to run time, so that they
/// are those of the machine everywhere.
pub(crate) fn fold(ty: Type, operation: Binary, left: Expr, right: Expr) -> Expr {
    use Binary as B;
    match (operation, &left, &right) {
        (_, Expr::Integer(a), Expr::Integer(b)) => {
            if let Some(value) = integers(operation, (*a).into(), (*b).into(), 32) {
                return Expr::Integer(value as i32);
            }
        }
        (_, Expr::Long(a), Expr::Long(b)) => {
            if let Some(value) = integers(operation, *a, *b, 64) {
                let truth = operation.is_comparison();
                return if truth { Expr::Integer(value as i32) } else { Expr::Long(value) };
            }
        }
        (_, Expr::Float(a), Expr::Float(b)) => {
            if let Some(value) = floats(operation, f32::from_bits(*a), f32::from_bits(*b)) {
                return value;
            }
        }
        (_, Expr::Double(a), Expr::Double(b)) => {
            if let Some(value) = doubles(operation, f64::from_bits(*a), f64::from_bits(*b)) {
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
    left.then(Operation::Binary(ty, operation), right)
}

/// The low bits count; both operands are given with their sign.
fn integers(operation: Binary, a: i64, b: i64, bits: u32) -> Option<i64> {
    use Binary as B;
    let mask = if bits == 64 { u64::MAX } else { u32::MAX.into() };
    let (ua, ub) = (a as u64 & mask, b as u64 & mask);
    let count = ub as u32 % bits;
    let lowest = if bits == 64 { i64::MIN } else { i32::MIN.into() };
    let overflows = a == lowest && b == -1;
    Some(match operation {
        B::Add => a.wrapping_add(b),
        B::Subtract => a.wrapping_sub(b),
        B::Multiply => a.wrapping_mul(b),
        B::Divide if b != 0 && !overflows => a / b,
        B::DivideUnsigned if ub != 0 => (ua / ub) as i64,
        B::Remainder if b != 0 => a.wrapping_rem(b),
        B::RemainderUnsigned if ub != 0 => (ua % ub) as i64,
        B::And => a & b,
        B::Or => a | b,
        B::Xor => a ^ b,
        B::ShiftLeft => a << count,
        B::ShiftRight => a >> count,
        B::ShiftRightUnsigned => (ua >> count) as i64,
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

fn floats(operation: Binary, a: f32, b: f32) -> Option<Expr> {
    if let Some(truth) = comparison(operation, a.into(), b.into()) {
        return Some(truth);
    }
    let value = match operation {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        _ => return None,
    };
    (!value.is_nan()).then(|| Expr::Float(value.to_bits()))
}

fn doubles(operation: Binary, a: f64, b: f64) -> Option<Expr> {
    if let Some(truth) = comparison(operation, a, b) {
        return Some(truth);
    }
    let value = match operation {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        _ => return None,
    };
    (!value.is_nan()).then(|| Expr::Double(value.to_bits()))
}

fn comparison(operation: Binary, a: f64, b: f64) -> Option<Expr> {
    let truth = match operation {
        Binary::Equal => a == b,
        Binary::NotEqual => a != b,
        Binary::Less => a < b,
        Binary::LessEqual => a <= b,
        Binary::Greater => a > b,
        Binary::GreaterEqual => a >= b,
        _ => return None,
    };
    Some(Expr::Integer(truth.into()))
}

/// Applies an operation to an operand.
pub(crate) fn fold_unary(operation: Unary, value: Expr) -> Expr {
    use Unary as U;
    match (operation, &value) {
        (U::Not(_), Expr::Integer(a)) => Expr::Integer((*a == 0).into()),
        (U::Not(_), Expr::Long(a)) => Expr::Integer((*a == 0).into()),
        (U::Absolute(_), Expr::Integer(a)) => Expr::Integer(a.wrapping_abs()),
        (U::Absolute(_), Expr::Float(bits)) => Expr::Float(bits & 0x7FFF_FFFF),
        (U::Absolute(_), Expr::Double(bits)) => Expr::Double(bits & !(1 << 63)),
        (U::Negate(_), Expr::Float(bits)) => Expr::Float(bits ^ 0x8000_0000),
        (U::Negate(_), Expr::Double(bits)) => Expr::Double(bits ^ (1 << 63)),
        (U::Floor(_), Expr::Float(bits)) if !f32::from_bits(*bits).is_nan() => {
            Expr::Float(f32::from_bits(*bits).floor().to_bits())
        }
        (U::Extend8, Expr::Integer(a)) => Expr::Integer((*a as i8).into()),
        (U::Extend16, Expr::Integer(a)) => Expr::Integer((*a as i16).into()),
        (U::Convert { to, signed, .. }, _) => match convert(to, signed, &value) {
            Some(converted) => converted,
            None => Expr::Unary(operation, Box::new(value)),
        },
        _ => Expr::Unary(operation, Box::new(value)),
    }
}

fn convert(to: Type, signed: bool, value: &Expr) -> Option<Expr> {
    let float = |value: f32| (!value.is_nan()).then(|| Expr::Float(value.to_bits()));
    let double = |value: f64| (!value.is_nan()).then(|| Expr::Double(value.to_bits()));
    Some(match (value, to) {
        (Expr::Integer(a), Type::Long) if signed => Expr::Long((*a).into()),
        (Expr::Integer(a), Type::Long) => Expr::Long((*a as u32).into()),
        (Expr::Integer(a), Type::Float) if signed => return float(*a as f32),
        (Expr::Integer(a), Type::Float) => return float(*a as u32 as f32),
        (Expr::Integer(a), Type::Double) if signed => return double((*a).into()),
        (Expr::Integer(a), Type::Double) => return double((*a as u32).into()),
        (Expr::Long(a), Type::Integer) => Expr::Integer(*a as i32),
        (Expr::Long(a), Type::Float) if signed => return float(*a as f32),
        (Expr::Long(a), Type::Float) => return float(*a as u64 as f32),
        (Expr::Long(a), Type::Double) if signed => return double(*a as f64),
        (Expr::Long(a), Type::Double) => return double(*a as u64 as f64),
        (Expr::Float(a), Type::Double) => return double(f32::from_bits(*a).into()),
        (Expr::Double(a), Type::Float) => return float(f64::from_bits(*a) as f32),
        (Expr::Float(a), _) => return truncate(f32::from_bits(*a).into(), to, signed),
        (Expr::Double(a), _) => return truncate(f64::from_bits(*a), to, signed),
        _ => return None,
    })
}

fn truncate(value: f64, to: Type, signed: bool) -> Option<Expr> {
    Some(match (to, signed) {
        (Type::Integer, true) => Expr::Integer(value as i32),
        (Type::Integer, false) => Expr::Integer(value as u32 as i32),
        (Type::Long, true) => Expr::Long(value as i64),
        (Type::Long, false) => Expr::Long(value as u64 as i64),
        _ => return None,
    })
}
