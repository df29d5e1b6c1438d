//! The value of the expression after `#if`.

use crate::c::literal;
use crate::c::token::{Kind, Token};
use crate::diagnostic::{Diagnostic, Span};

/// Parentheses and prefixes nest at most this deep.
const DEPTH: u32 = 100;

/// Operators from the loosest, with how tightly each binds.
const OPERATORS: [(&str, u8); 18] = [
    ("||", 1),
    ("&&", 2),
    ("|", 3),
    ("^", 4),
    ("&", 5),
    ("==", 6),
    ("!=", 6),
    ("<", 7),
    (">", 7),
    ("<=", 7),
    (">=", 7),
    ("<<", 8),
    (">>", 8),
    ("+", 9),
    ("-", 9),
    ("*", 10),
    ("/", 10),
    ("%", 10),
];

/// Works out an expression, whose macros are expanded; names that are left are 0.
pub(super) fn is_true(tokens: &[Token], place: Span) -> Result<bool, Box<Diagnostic>> {
    let mut reader = Reader { tokens, at: 0, place, depth: 0 };
    let value = reader.ternary()?;
    match reader.peek() {
        None => Ok(value.bits != 0),
        Some(_) => Err(reader.fault("an operator is expected here")),
    }
}

/// An integer of 64 bits.
#[derive(Clone, Copy)]
struct Value {
    bits: i64,
    signed: bool,
}

impl Value {
    fn signed(bits: i64) -> Value {
        Value { bits, signed: true }
    }

    fn less(self, other: Value) -> bool {
        match self.signed && other.signed {
            true => self.bits < other.bits,
            false => (self.bits as u64) < other.bits as u64,
        }
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    place: Span,
    depth: u32,
}

type Result<T, E = Box<Diagnostic>> = std::result::Result<T, E>;

impl Reader<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn fault(&self, message: &str) -> Box<Diagnostic> {
        let span = self.tokens.get(self.at).map_or(self.place, |token| token.span);
        Box::new(Diagnostic::error(span, message))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Symbol(next)) if *next == symbol);
        self.at += usize::from(found);
        found
    }

    fn ternary(&mut self) -> Result<Value> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault("this condition nests too deeply"));
        }
        let value = self.chain(1)?;
        let value = if self.symbol("?") {
            let then = self.ternary()?;
            if !self.symbol(":") {
                return Err(self.fault("`:` is expected here"));
            }
            let otherwise = self.ternary()?;
            let signed = then.signed && otherwise.signed;
            Value { bits: if value.bits != 0 { then.bits } else { otherwise.bits }, signed }
        } else {
            value
        };
        self.depth -= 1;
        Ok(value)
    }

    fn chain(&mut self, lowest: u8) -> Result<Value> {
        let mut value = self.operand()?;
        loop {
            let Some(Kind::Symbol(symbol)) = self.peek() else { return Ok(value) };
            let found = OPERATORS.iter().find(|(known, level)| known == symbol && *level >= lowest);
            let Some(&(symbol, level)) = found else { return Ok(value) };
            self.at += 1;
            let right = self.chain(level + 1)?;
            value = joined(symbol, value, right);
        }
    }

    fn operand(&mut self) -> Result<Value> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault("this condition nests too deeply"));
        }
        let value = match self.peek().cloned() {
            Some(Kind::Symbol("(")) => {
                self.at += 1;
                let value = self.ternary()?;
                if !self.symbol(")") {
                    return Err(self.fault("`)` is expected here"));
                }
                value
            }
            Some(Kind::Symbol(symbol @ ("!" | "-" | "+" | "~"))) => {
                self.at += 1;
                let value = self.operand()?;
                match symbol {
                    "!" => Value::signed((value.bits == 0).into()),
                    "-" => Value { bits: value.bits.wrapping_neg(), ..value },
                    "~" => Value { bits: !value.bits, ..value },
                    _ => value,
                }
            }
            Some(Kind::Number(text)) => match literal::integer(&text) {
                Some(integer) => {
                    self.at += 1;
                    let bits = integer.value as i64;
                    Value { bits, signed: bits >= 0 && !text.contains(['u', 'U']) }
                }
                None => return Err(self.fault("an integer is expected here")),
            },
            Some(Kind::Character(value)) => {
                self.at += 1;
                Value::signed(value.into())
            }
            Some(Kind::Name(_)) => {
                self.at += 1;
                Value::signed(0)
            }
            _ => return Err(self.fault("a value is expected here")),
        };
        self.depth -= 1;
        Ok(value)
    }
}

fn joined(symbol: &str, left: Value, right: Value) -> Value {
    let (a, b) = (left.bits, right.bits);
    let signed = left.signed && right.signed;
    let bits = match symbol {
        "||" => return Value::signed((a != 0 || b != 0).into()),
        "&&" => return Value::signed((a != 0 && b != 0).into()),
        "==" => return Value::signed((a == b).into()),
        "!=" => return Value::signed((a != b).into()),
        "<" => return Value::signed(left.less(right).into()),
        ">" => return Value::signed(right.less(left).into()),
        "<=" => return Value::signed((!right.less(left)).into()),
        ">=" => return Value::signed((!left.less(right)).into()),
        "<<" => return Value { bits: a.wrapping_shl(b as u32), ..left },
        ">>" if left.signed => return Value::signed(a.wrapping_shr(b as u32)),
        ">>" => return Value { bits: (a as u64).wrapping_shr(b as u32) as i64, ..left },
        "|" => a | b,
        "^" => a ^ b,
        "&" => a & b,
        "+" => a.wrapping_add(b),
        "-" => a.wrapping_sub(b),
        "*" => a.wrapping_mul(b),
        // In a part that is not evaluated a division by zero does no harm.
        _ if b == 0 => 0,
        "/" if signed => a.wrapping_div(b),
        "/" => (a as u64 / b as u64) as i64,
        _ if signed => a.wrapping_rem(b),
        _ => (a as u64 % b as u64) as i64,
    };
    Value { bits, signed }
}
