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
pub(super) fn value(tokens: &[Token], place: Span) -> Result<i64, Box<Diagnostic>> {
    let mut reader = Reader { tokens, at: 0, place, depth: 0 };
    let value = reader.ternary()?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.fault("an operator is expected here")),
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

    fn ternary(&mut self) -> Result<i64> {
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
            if value != 0 { then } else { otherwise }
        } else {
            value
        };
        self.depth -= 1;
        Ok(value)
    }

    fn chain(&mut self, lowest: u8) -> Result<i64> {
        let mut value = self.operand()?;
        loop {
            let Some(Kind::Symbol(symbol)) = self.peek() else { return Ok(value) };
            let found = OPERATORS.iter().find(|(known, level)| known == symbol && *level >= lowest);
            let Some(&(symbol, level)) = found else { return Ok(value) };
            self.at += 1;
            let right = self.chain(level + 1)?;
            value = match symbol {
                "||" => (value != 0 || right != 0).into(),
                "&&" => (value != 0 && right != 0).into(),
                "|" => value | right,
                "^" => value ^ right,
                "&" => value & right,
                "==" => (value == right).into(),
                "!=" => (value != right).into(),
                "<" => (value < right).into(),
                ">" => (value > right).into(),
                "<=" => (value <= right).into(),
                ">=" => (value >= right).into(),
                "<<" => value.wrapping_shl(right as u32),
                ">>" => value.wrapping_shr(right as u32),
                "+" => value.wrapping_add(right),
                "-" => value.wrapping_sub(right),
                "*" => value.wrapping_mul(right),
                // In a part that is not evaluated a division by zero does no harm.
                "/" => value.checked_div(right).unwrap_or(0),
                _ => value.checked_rem(right).unwrap_or(0),
            };
        }
    }

    fn operand(&mut self) -> Result<i64> {
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
                    "!" => (value == 0).into(),
                    "-" => value.wrapping_neg(),
                    "~" => !value,
                    _ => value,
                }
            }
            Some(Kind::Number(text)) => match literal::integer(&text) {
                Some(integer) => {
                    self.at += 1;
                    integer.value as i64
                }
                None => return Err(self.fault("an integer is expected here")),
            },
            Some(Kind::Character(value)) => {
                self.at += 1;
                value.into()
            }
            Some(Kind::Name(_)) => {
                self.at += 1;
                0
            }
            _ => return Err(self.fault("a value is expected here")),
        };
        self.depth -= 1;
        Ok(value)
    }
}
