//! Expressions.

use super::{Parsed, Parser, RESERVED};
use crate::basic::ast::{Expr, ExprKind, Name, Operator};
use crate::basic::token::TokenKind;
use crate::diagnostic::Diagnostic;

/// The levels of operators that stand between two values, the loosest first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("XOR", Operator::Xor)],
    &[("OR", Operator::Or)],
    &[("AND", Operator::And)],
    &[
        ("=", Operator::Equal),
        ("<>", Operator::NotEqual),
        ("<=", Operator::LessEqual),
        (">=", Operator::GreaterEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("\\", Operator::IntegerDivide),
        ("MOD", Operator::Modulo),
    ],
];

/// The level of the comparisons; `NOT` binds looser than they do.
const COMPARISONS: usize = 3;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| parser.level(0))
    }

    /// Values with commas between them.
    pub(super) fn expressions(&mut self) -> Parsed<Vec<Expr>> {
        let mut list = vec![self.expression()?];
        while self.take_symbol(",") {
            list.push(self.expression()?);
        }
        Ok(list)
    }

    /// A comparison, as `CASE IS` has it.
    pub(super) fn comparison(&mut self) -> Option<Operator> {
        self.operator(COMPARISONS)
    }

    fn level(&mut self, level: usize) -> Parsed<Expr> {
        if level == LEVELS.len() {
            return self.unary();
        }
        if level == COMPARISONS && self.is_word("NOT") {
            return self.not();
        }
        let first = self.level(level + 1)?;
        let mut steps = Vec::new();
        while let Some(operator) = self.operator(level) {
            let right = match level < COMPARISONS {
                true => self.level(level + 1)?,
                // `NOT` is no operand of a tighter operator in the table, but what it means there is plain.
                false if self.is_word("NOT") => self.not()?,
                false => self.level(level + 1)?,
            };
            steps.push((operator, right));
        }
        let Some((_, last)) = steps.last() else { return Ok(first) };
        let span = first.span.to(last.span);
        Ok(Expr { kind: ExprKind::Chain(Box::new(first), steps), span })
    }

    fn operator(&mut self, level: usize) -> Option<Operator> {
        let found = match self.peek() {
            TokenKind::Symbol(symbol) => *symbol,
            TokenKind::Word(word) => word.as_str(),
            _ => return None,
        };
        let &(_, operator) = LEVELS[level].iter().find(|(text, _)| *text == found)?;
        self.next();
        Some(operator)
    }

    fn not(&mut self) -> Parsed<Expr> {
        let start = self.next().span;
        let operand = self.deeper(|parser| parser.level(COMPARISONS))?;
        let span = start.to(operand.span);
        Ok(Expr { kind: ExprKind::Not(Box::new(operand)), span })
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if self.take_symbol("+") {
            return self.deeper(Parser::unary);
        }
        if !self.take_symbol("-") {
            return self.power();
        }
        // The lowest integer has no positive.
        if matches!(self.peek(), TokenKind::Long(0x8000_0000))
            && *self.peek_after(1) != TokenKind::Symbol("^")
        {
            let span = start.to(self.next().span);
            return Ok(Expr { kind: ExprKind::Integer(i32::MIN), span });
        }
        let operand = self.deeper(Parser::unary)?;
        let span = start.to(operand.span);
        Ok(Expr { kind: ExprKind::Negate(Box::new(operand)), span })
    }

    /// `^` joins from the right, and its right side may have a sign.
    fn power(&mut self) -> Parsed<Expr> {
        let base = self.primary()?;
        if !self.take_symbol("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Parser::unary)?;
        let span = base.span.to(exponent.span);
        Ok(Expr { kind: ExprKind::Chain(Box::new(base), vec![(Operator::Power, exponent)]), span })
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let span = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Integer(value) => ExprKind::Integer(value),
            TokenKind::Long(value) => ExprKind::Long(value),
            TokenKind::Float(value) => ExprKind::Float(value),
            TokenKind::Text(text) => ExprKind::Text(text),
            TokenKind::Symbol("(") => {
                self.next();
                let inner = self.expression()?;
                let end = self.symbol(")")?;
                return Ok(Expr { kind: inner.kind, span: span.to(end) });
            }
            TokenKind::Word(word) if RESERVED.contains(&word.as_str()) => {
                let message = format!("expected a value, but `{word}` is a word of the language");
                return Err(self.report(Diagnostic::error(span, message).label("unexpected")));
            }
            TokenKind::Word(text) => {
                let name = Name { text, span: self.next().span };
                if !self.is_symbol("(") {
                    return Ok(Expr { kind: ExprKind::Name(name.text), span });
                }
                let arguments = self.arguments()?;
                let span = span.to(self.previous());
                return Ok(Expr { kind: ExprKind::Call(name, arguments), span });
            }
            _ => return Err(self.expected("a value")),
        };
        self.next();
        Ok(Expr { kind, span })
    }

    /// What is in parentheses after a name.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.symbol("(")?;
        if self.take_symbol(")") {
            return Ok(Vec::new());
        }
        // A file's number may have its sign: EOF(#1).
        self.take_symbol("#");
        let arguments = self.expressions()?;
        if !self.is_symbol(")") {
            return Err(self.expected("`)`"));
        }
        self.next();
        Ok(arguments)
    }
}
