//! Expressions and conditions.
//!
//! A condition and an arithmetic group both open with `(`, and only what follows tells them apart. One routine
//! reads both into [`Either`], so that no input is read twice.

use super::{DEPTH, Parsed, Parser};
use crate::diagnostic::{Diagnostic, Span};
use crate::impala::ast::{Binary, Cond, Expr, ExprKind, Relation, Unary};
use crate::impala::token::TokenKind;

/// What stands in parentheses.
enum Either {
    Value(Expr),
    Cond(Cond, Span),
}

impl Parser<'_> {
    /// `expr = bitwise [ "=" expr ]`.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        match self.deeper(Self::assignment)? {
            Either::Value(value) => Ok(value),
            Either::Cond(_, span) => Err(self.not_a_value(span)),
        }
    }

    pub(super) fn not_a_value(&mut self, span: Span) -> super::Reported {
        let hint = if self.at_ternary() {
            "Impala has no `?:`: write `if (…) x = a; else x = b;`"
        } else {
            "conditions stand only in if, while, do and assert: write `if (…) x = 1; else x = 0;`"
        };
        let diagnostic = Diagnostic::error(span, "a comparison is not a value").label("used as a value here");
        self.report(diagnostic.hint(hint))
    }

    /// The parenthesised condition of a statement.
    pub(super) fn condition(&mut self) -> Parsed<Cond> {
        self.symbol("(")?;
        let either = self.deeper(Self::alternatives)?;
        let condition = self.as_condition(either);
        self.symbol(")")?;
        Ok(condition)
    }

    fn as_condition(&mut self, either: Either) -> Cond {
        match either {
            Either::Cond(condition, _) => condition,
            Either::Value(value) => {
                let text = self.source[value.span.start as usize..value.span.end as usize].to_owned();
                let mut diagnostic =
                    Diagnostic::error(value.span, "expected a comparison: a value is not a condition");
                diagnostic = match value.kind {
                    ExprKind::Assign(..) => diagnostic.hint("`=` assigns; to compare, write `==`"),
                    _ if text.len() <= 40 => diagnostic.hint(format!("write `{text} != 0`")),
                    _ => diagnostic.hint("compare it with something, such as `!= 0`"),
                };
                self.report(diagnostic);
                Cond::Broken
            }
        }
    }

    /// `!x`, where x is no condition.
    fn not_of_value(&mut self, start: Span, value: &Expr) -> Cond {
        let span = start.to(value.span);
        let text = &self.source[value.span.start as usize..value.span.end as usize];
        let text = if text.len() <= 40 { text } else { "…" };
        let hint = format!("write `{text} == 0`, or `!({text} != 0)`");
        self.report(Diagnostic::error(span, "expected a comparison after `!`").hint(hint));
        Cond::Broken
    }

    /// `cond || cond …`, or one value when no condition is in it.
    fn alternatives(&mut self) -> Parsed<Either> {
        self.joined("||", |parser| parser.joined("&&", Self::comparison, Cond::And), Cond::Or)
    }

    fn joined(
        &mut self,
        symbol: &str,
        part: impl Fn(&mut Self) -> Parsed<Either>,
        join: fn(Vec<Cond>) -> Cond,
    ) -> Parsed<Either> {
        let start = self.span();
        let first = part(self)?;
        if !self.is_symbol(symbol) {
            return Ok(first);
        }
        let mut parts = vec![self.as_condition(first)];
        while self.take_symbol(symbol) {
            let next = part(self)?;
            parts.push(self.as_condition(next));
        }
        let span = start.to(self.previous());
        Ok(Either::Cond(join(parts), span))
    }

    /// `! comparison`, or `expr relation expr`, or what is in parentheses.
    fn comparison(&mut self) -> Parsed<Either> {
        let start = self.span();
        if self.take_symbol("!") {
            let inner = match self.deeper(Self::comparison)? {
                Either::Value(value) => self.not_of_value(start, &value),
                condition => self.as_condition(condition),
            };
            return Ok(Either::Cond(Cond::Not(Box::new(inner)), start.to(self.previous())));
        }
        let left = match self.deeper(Self::assignment)? {
            Either::Cond(condition, span) => return Ok(Either::Cond(condition, span)),
            Either::Value(value) => value,
        };
        let Some(relation) = self.relation() else { return Ok(Either::Value(left)) };
        let right = self.expression()?;
        let span = start.to(right.span);
        Ok(Either::Cond(Cond::Compare { relation, left, right }, span))
    }

    fn relation(&mut self) -> Option<Relation> {
        let TokenKind::Symbol(symbol) = self.peek() else { return None };
        let relation = match *symbol {
            "<" => Relation::Less,
            "<=" => Relation::LessEqual,
            ">" => Relation::Greater,
            ">=" => Relation::GreaterEqual,
            "==" => Relation::Equal,
            "!=" => Relation::NotEqual,
            _ => return None,
        };
        self.next();
        Some(relation)
    }

    fn assignment(&mut self) -> Parsed<Either> {
        let target = match self.binary(0)? {
            Either::Value(value) => value,
            condition => return Ok(condition),
        };
        let operator = match self.peek() {
            TokenKind::Symbol("=") => None,
            TokenKind::Symbol(symbol) => match symbol.strip_suffix('=').and_then(binary_operator) {
                Some((operator, _)) => Some(operator),
                None => return Ok(Either::Value(target)),
            },
            _ => return Ok(Either::Value(target)),
        };
        self.next();
        let value = self.expression()?;
        let kind = |target, value| match operator {
            None => ExprKind::Assign(target, value),
            Some(operator) => ExprKind::Update(operator, target, value),
        };
        self.pair(target, value, kind).map(Either::Value)
    }

    /// Joins two expressions, watching the depth.
    fn pair(
        &mut self,
        left: Expr,
        right: Expr,
        kind: impl FnOnce(Box<Expr>, Box<Expr>) -> ExprKind,
    ) -> Parsed<Expr> {
        let span = left.span.to(right.span);
        let depth = left.depth.max(right.depth) + 1;
        if depth > DEPTH {
            return Err(self.too_deep(span));
        }
        Ok(Expr { kind: kind(Box::new(left), Box::new(right)), span, depth })
    }

    /// Left-associative operators that bind at least as tightly as `level`.
    fn binary(&mut self, level: u8) -> Parsed<Either> {
        let mut left = match self.unary()? {
            Either::Value(value) => value,
            condition => return Ok(condition),
        };
        let mut steps = Vec::new();
        let (start, mut depth) = (left.span, left.depth);
        while let TokenKind::Symbol(symbol) = self.peek()
            && let Some((operator, tightness)) = binary_operator(symbol)
            && tightness >= level
        {
            self.next();
            let right = match self.binary(tightness + 1)? {
                Either::Value(value) => value,
                Either::Cond(_, span) => return Err(self.not_a_value(span)),
            };
            depth = depth.max(right.depth);
            steps.push((operator, right));
        }
        if !steps.is_empty() {
            let span = start.to(self.previous());
            if depth >= DEPTH {
                return Err(self.too_deep(span));
            }
            left = Expr { kind: ExprKind::Chain(Box::new(left), steps), span, depth: depth + 1 };
        }
        Ok(Either::Value(left))
    }

    fn unary(&mut self) -> Parsed<Either> {
        let start = self.span();
        let signed_literal = matches!(self.peek_after(1), TokenKind::Integer(_) | TokenKind::Float(_))
            && self.tokens[(self.at + 1).min(self.tokens.len() - 1)].span.start == start.end;
        let prefix: fn(Box<Expr>) -> ExprKind = match self.peek() {
            TokenKind::Symbol(sign @ ("-" | "+")) if signed_literal => {
                let negative = *sign == "-";
                self.next();
                let kind = match self.next().kind {
                    TokenKind::Float(value) => ExprKind::Float(if negative { -value } else { value }),
                    TokenKind::Integer(value) => {
                        ExprKind::Integer(if negative { value.wrapping_neg() } else { value })
                    }
                    _ => ExprKind::Broken,
                };
                let literal = Expr { kind, span: start.to(self.previous()), depth: 0 };
                return self.postfix(literal).map(Either::Value);
            }
            TokenKind::Symbol("-") => |value| ExprKind::Unary(Unary::Negate, value),
            TokenKind::Symbol("~") => |value| ExprKind::Unary(Unary::Complement, value),
            TokenKind::Symbol("&") => |value| ExprKind::Unary(Unary::AddressOf, value),
            TokenKind::Symbol("*") => |value| ExprKind::Unary(Unary::Dereference, value),
            TokenKind::Keyword("abs") => |value| ExprKind::Unary(Unary::Abs, value),
            TokenKind::Keyword("floor") => |value| ExprKind::Unary(Unary::Floor, value),
            TokenKind::Keyword("itof") => |value| ExprKind::Unary(Unary::IntToFloat, value),
            TokenKind::Keyword("ftoi") => |value| ExprKind::Unary(Unary::FloatToInt, value),
            TokenKind::Symbol("(") => return self.parenthesised(),
            TokenKind::Symbol("!") => {
                let span = self.span();
                return Err(self.not_a_value(span));
            }
            _ => return self.primary().map(Either::Value),
        };
        self.next();
        self.prefixed(start, prefix).map(Either::Value)
    }

    fn prefixed(&mut self, start: Span, kind: impl FnOnce(Box<Expr>) -> ExprKind) -> Parsed<Expr> {
        let value = match self.deeper(Self::unary)? {
            Either::Value(value) => value,
            Either::Cond(_, span) => return Err(self.not_a_value(span)),
        };
        let (span, depth) = (start.to(value.span), value.depth + 1);
        if depth > DEPTH {
            return Err(self.too_deep(span));
        }
        Ok(Expr { kind: kind(Box::new(value)), span, depth })
    }

    /// A cast, a group or a condition.
    fn parenthesised(&mut self) -> Parsed<Either> {
        let start = self.symbol("(")?;
        if let Some(ty) = self.type_name() {
            if self.take_symbol(")") {
                return self.prefixed(start, |value| ExprKind::Cast(ty, value)).map(Either::Value);
            }
            return Err(self.expected(&format!("`)` to end the cast `({})`", ty.name())));
        }
        let inner = self.deeper(Self::alternatives)?;
        self.symbol(")")?;
        let span = start.to(self.previous());
        match inner {
            Either::Cond(condition, _) => Ok(Either::Cond(condition, span)),
            Either::Value(value) => self.postfix(Expr { span, ..value }).map(Either::Value),
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let span = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Integer(value) => ExprKind::Integer(value),
            TokenKind::Float(value) => ExprKind::Float(value),
            TokenKind::Text(text) => ExprKind::Text(text),
            TokenKind::Keyword("null") => ExprKind::Null,
            TokenKind::Keyword("nullfunc") => ExprKind::NullFunction,
            TokenKind::Name(_) | TokenKind::Keyword("global") => {
                let variable = self.variable()?;
                return self.postfix(variable);
            }
            _ => return Err(self.expected("an expression")),
        };
        self.next();
        self.postfix(Expr { kind, span, depth: 0 })
    }

    /// `[global] name`.
    pub(super) fn variable(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let global = self.take_keyword("global");
        let name = self.ident("the name of a variable")?;
        let span = start.to(name.span);
        Ok(Expr { kind: ExprKind::Name { name: name.text, global }, span, depth: 0 })
    }

    /// Calls and subscripts after an expression.
    fn postfix(&mut self, mut value: Expr) -> Parsed<Expr> {
        loop {
            if self.take_symbol("[") {
                let index = self.expression()?;
                let end = self.symbol("]")?;
                value = self.pair(value, index, ExprKind::Index)?;
                value.span = value.span.to(end);
            } else if self.take_symbol("(") {
                let mut arguments = Vec::new();
                while !self.is_symbol(")") {
                    arguments.push(self.expression()?);
                    if !self.take_symbol(",") {
                        break;
                    }
                }
                let end = self.symbol(")")?;
                let (span, depth) = (
                    value.span.to(end),
                    arguments.iter().map(|argument| argument.depth).fold(value.depth, u16::max) + 1,
                );
                if depth > DEPTH {
                    return Err(self.too_deep(span));
                }
                value = Expr { kind: ExprKind::Call(Box::new(value), arguments), span, depth };
            } else {
                return Ok(value);
            }
        }
    }
}

/// The operator and how tightly it binds: every bitwise one alike, looser than `+`.
fn binary_operator(symbol: &str) -> Option<(Binary, u8)> {
    Some(match symbol {
        "|" => (Binary::Or, 0),
        "&" => (Binary::And, 0),
        "^" => (Binary::Xor, 0),
        "<<" => (Binary::ShiftLeft, 0),
        ">>" => (Binary::ShiftRight, 0),
        ">>>" => (Binary::ShiftRightUnsigned, 0),
        "+" => (Binary::Add, 1),
        "-" => (Binary::Subtract, 1),
        "*" => (Binary::Multiply, 2),
        "/" => (Binary::Divide, 2),
        "%" => (Binary::Modulo, 2),
        _ => return None,
    })
}
