//! Expressions, by how tightly their operators bind.

use std::rc::Rc;

use super::{Parsed, Parser, Symbol};
use crate::c::literal;
use crate::c::token::Kind;
use crate::c::tree::{Expr, ExprKind};
use crate::c::types::{Qualified, Type};
use crate::diagnostic::{Diagnostic, Span};

/// More operators in a row than anybody writes.
const LONGEST: u16 = 150;

/// Infix operators, with how tightly each binds.
const LEVELS: [(&str, u8); 18] = [
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

impl Parser<'_> {
    /// An expression, commas included.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        let mut left = self.assignment()?;
        while self.take(",") {
            let right = self.assignment()?;
            let right = self.value_of_any(right)?;
            let span = left.span.to(right.span);
            let ty = right.ty.clone();
            left = self.node(ExprKind::Comma(Box::new(left), Box::new(right)), ty, span)?;
        }
        Ok(left)
    }

    /// An expression without commas.
    pub(super) fn assignment(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let left = self.conditional()?;
        let operator = match self.peek() {
            Kind::Symbol(
                operator @ ("=" | "+=" | "-=" | "*=" | "/=" | "%=" | "&=" | "|=" | "^=" | "<<=" | ">>="),
            ) => *operator,
            _ => {
                self.depth -= 1;
                return Ok(left);
            }
        };
        self.advance();
        let right = self.assignment()?;
        let assigned = match operator {
            "=" => self.assign(left, right)?,
            _ => self.update(left, &operator[..operator.len() - 1], right, true)?,
        };
        self.depth -= 1;
        Ok(assigned)
    }

    fn conditional(&mut self) -> Parsed<Expr> {
        let condition = self.infix(1)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let condition = self.truth(condition)?;
        let then = self.expression()?;
        self.expect(":", "the value before it")?;
        self.deeper()?;
        let otherwise = self.conditional()?;
        self.depth -= 1;
        self.choose(condition, then, otherwise)
    }

    fn infix(&mut self, lowest: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        let mut length = 0;
        loop {
            let Kind::Symbol(symbol) = self.peek() else { return Ok(left) };
            let Some(&(operator, level)) =
                LEVELS.iter().find(|(known, level)| known == symbol && *level >= lowest)
            else {
                return Ok(left);
            };
            length += 1;
            if length > LONGEST {
                let span = self.span();
                return self.fail_with_hint(
                    span,
                    format!("more than {LONGEST} operators in a row"),
                    "a part of it can go into a variable",
                );
            }
            self.advance();
            let right = self.infix(level + 1)?;
            left = self.binary(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let expr = self.prefix()?;
        self.depth -= 1;
        Ok(expr)
    }

    fn prefix(&mut self) -> Parsed<Expr> {
        let span = self.span();
        match self.peek().clone() {
            Kind::Symbol(operator @ ("+" | "-" | "~" | "!" | "*" | "&" | "++" | "--")) => {
                self.advance();
                let inner = self.unary()?;
                let span = span.to(inner.span);
                match operator {
                    "*" => self.dereference(inner, span),
                    "&" => self.address_of(inner, span),
                    "!" => {
                        let inner = self.truth(inner)?;
                        self.not(inner, span)
                    }
                    "++" | "--" => self.step(inner, &operator[..1], true, span),
                    _ => self.sign(operator, inner, span),
                }
            }
            Kind::Symbol("(") if self.begins_cast() => {
                self.advance();
                let ty = self.type_without_name()?;
                self.expect(")", "the type")?;
                if self.is("{") {
                    return self
                        .fail(span, "values of a type in braces are not supported: declare a variable");
                }
                let inner = self.unary()?;
                let span = span.to(inner.span);
                let inner = match ty {
                    Type::Void => inner,
                    _ => self.value_of(inner)?,
                };
                let cast = self.cast(inner, &ty)?;
                Ok(Expr { span, ..cast })
            }
            Kind::Name(name) if &*name == "sizeof" || &*name == "_Alignof" => self.sizeof(&name, span),
            _ => self.postfix(),
        }
    }

    fn begins_cast(&mut self) -> bool {
        let at = self.at;
        self.at = (at + 1).min(self.tokens.len() - 1);
        let is_type = self.is_type();
        self.at = at;
        is_type
    }

    fn sizeof(&mut self, word: &str, span: Span) -> Parsed<Expr> {
        self.advance();
        let ty = if self.is("(") && self.begins_cast() {
            self.advance();
            let ty = self.type_without_name()?;
            self.expect(")", "the type")?;
            ty
        } else {
            // Not evaluated: what it uses is not used by it.
            let calls = self.function.as_ref().map(|current| current.id).map(|id| {
                let function = &self.program.functions[id];
                (id, function.calls.clone(), function.calls_pointer)
            });
            let inner = self.unary()?;
            if let Some((id, calls, by_pointer)) = calls {
                let function = &mut self.program.functions[id];
                (function.calls, function.calls_pointer) = (calls, by_pointer);
            }
            inner.ty
        };
        let span = span.to(self.previous());
        let Some((bytes, align)) = ty.layout(&self.program.records) else {
            let name = self.type_name(&ty);
            return self.fail(span, format!("`{word}` of {name}, which has no size"));
        };
        let value = if word == "sizeof" { bytes } else { align };
        self.node(ExprKind::Integer(value.into()), Type::UNSIGNED, span)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        loop {
            let Kind::Symbol(symbol) = *self.peek() else { return Ok(expr) };
            let start = expr.span;
            match symbol {
                "[" => {
                    self.advance();
                    let index = self.expression()?;
                    self.expect("]", "an index")?;
                    let span = start.to(self.previous());
                    expr = self.element(expr, index, span)?;
                }
                "(" => {
                    let arguments = self.arguments()?;
                    let span = start.to(self.previous());
                    expr = self.call(expr, arguments, span)?;
                }
                "." | "->" => {
                    self.advance();
                    let place = self.span();
                    let Kind::Name(name) = self.peek().clone() else {
                        let found = self.found();
                        return self.fail(
                            place,
                            format!("a member's name is expected after `{symbol}`, found {found}"),
                        );
                    };
                    self.advance();
                    let record = match symbol {
                        "->" => self.dereference(expr, start)?,
                        _ => expr,
                    };
                    expr = self.member(record, &name, symbol, start.to(place))?;
                }
                "++" | "--" => {
                    self.advance();
                    let span = start.to(self.previous());
                    expr = self.step(expr, &symbol[..1], false, span)?;
                }
                _ => return Ok(expr),
            }
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let span = self.span();
        match self.peek().clone() {
            Kind::Number(text) => {
                self.advance();
                self.number(&text, span)
            }
            Kind::Character(value) => {
                self.advance();
                self.node(ExprKind::Integer(value.into()), Type::INT, span)
            }
            Kind::Text(_) => {
                let mut bytes = Vec::new();
                while let Kind::Text(text) = self.peek() {
                    bytes.extend_from_slice(text);
                    self.advance();
                }
                let id = self.text(&bytes);
                let element = Qualified { ty: Type::CHAR, constant: false };
                let ty = Type::Array(Rc::new(element), Some(bytes.len() as u32 + 1));
                self.node(ExprKind::Text(id), ty, span.to(self.previous()))
            }
            Kind::Symbol("(") => {
                self.advance();
                if self.is("{") {
                    return self
                        .fail(span, "statements in an expression are not supported: write a function");
                }
                let inner = self.expression()?;
                self.expect(")", "an expression")?;
                Ok(Expr { span: span.to(self.previous()), ..inner })
            }
            Kind::Name(name) => self.name(name, span),
            _ => {
                let found = self.found();
                self.fail(span, format!("a value is expected here, found {found}"))
            }
        }
    }

    fn number(&mut self, text: &str, span: Span) -> Parsed<Expr> {
        if let Some(integer) = literal::integer(text) {
            let ty = Type::integer(if integer.long { 8 } else { 4 }, integer.signed);
            let value = if integer.long { integer.value as i64 } else { (integer.value as i32).into() };
            return self.node(ExprKind::Integer(value), ty, span);
        }
        if let Some((value, single)) = literal::floating(text) {
            let ty = if single { Type::Float } else { Type::Double };
            return self.node(ExprKind::Floating(value), ty, span);
        }
        self.fail(span, literal::fault(text))
    }

    fn name(&mut self, name: Rc<str>, span: Span) -> Parsed<Expr> {
        self.advance();
        match self.lookup(&name).cloned() {
            Some(Symbol::Variable(id)) => {
                let Some(current) = &self.function else { return Err(super::Reported) };
                let variable = &current.body.variables[id];
                let (ty, constant) = (variable.ty.clone(), variable.constant);
                let node = self.node(ExprKind::Variable(id), ty, span)?;
                Ok(Expr { constant, ..node })
            }
            Some(Symbol::Object(id)) => {
                let object = &self.program.objects[id];
                let (ty, constant) = (object.ty.clone(), object.constant);
                let node = self.node(ExprKind::Object(id), ty, span)?;
                Ok(Expr { constant, ..node })
            }
            Some(Symbol::Function(id)) => {
                let ty = Type::Function(self.program.functions[id].ty.clone());
                self.use_function(id, span);
                self.node(ExprKind::Function(id), ty, span)
            }
            Some(Symbol::Constant(value)) => self.node(ExprKind::Integer(value), Type::INT, span),
            Some(Symbol::Typedef(..)) => {
                self.fail(span, format!("`{name}` is a type, where a value is expected"))
            }
            None => self.unknown(&name, span),
        }
    }

    fn unknown(&mut self, name: &str, span: Span) -> Parsed<Expr> {
        match name {
            "true" | "false" => {
                let value = i64::from(name == "true");
                return self.node(ExprKind::Integer(value), Type::INT, span);
            }
            "NULL" => return self.node(ExprKind::Integer(0), Type::Void.pointer(), span),
            "__func__" | "__FUNCTION__" => {
                let function = self.function.as_ref().map_or("".into(), |current| current.name.clone());
                let id = self.text(function.as_bytes());
                let element = Qualified { ty: Type::CHAR, constant: true };
                let ty = Type::Array(Rc::new(element), Some(function.len() as u32 + 1));
                return self.node(ExprKind::Text(id), ty, span);
            }
            _ => {}
        }
        if *self.peek() == Kind::Symbol("(") {
            return self.host_call(name, span);
        }
        let mut diagnostic = Diagnostic::error(span, format!("unknown name `{name}`"));
        if let Some(nearest) = self.nearest(name) {
            diagnostic = diagnostic.hint(format!("did you mean `{nearest}`?"));
        }
        self.report(diagnostic);
        Err(super::Reported)
    }

    /// The known name that an unknown one may be a slip of.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        const LONGEST: usize = 48;
        if name.len() > LONGEST {
            return None;
        }
        let known = self.scopes.iter().flat_map(|scope| scope.keys()).filter(|known| known.len() <= LONGEST);
        let distances = known.map(|known| (strsim::damerau_levenshtein(known, name), known));
        let near = |(distance, known): &(usize, &Rc<str>)| {
            *distance <= known.len().min(name.len()) / 3 + 1 && *distance < name.len()
        };
        distances.filter(near).min().map(|(_, known)| known.to_string())
    }

    /// The value of an expression that must be a constant integer.
    pub(super) fn constant_integer(&mut self, what: &str) -> Parsed<i64> {
        self.deeper()?;
        let expr = self.conditional()?;
        self.depth -= 1;
        let expr = self.value_of(expr)?;
        match expr.kind {
            ExprKind::Integer(value) if expr.ty.is_integer() => Ok(value),
            _ => {
                let diagnostic = Diagnostic::error(expr.span, format!("{what} must be a constant integer"));
                self.report(diagnostic.label("not known at compile time"));
                Err(super::Reported)
            }
        }
    }
}
