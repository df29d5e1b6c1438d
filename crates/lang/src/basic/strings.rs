//! Texts, and who frees them.
//!
//! A text is the address of its bytes: in the program's own data, or in the pool of the host. A variable owns what it
//! holds; a value that a function has made is owned by the expression around it, which frees it after its use.

use super::body::Body;
use super::code::Code;
use super::types::{Owner, Type, Value, integer};
use super::unit::Unit;
use crate::conez;
use crate::diagnostic::Span;
use crate::lower::program::{self as lower, Binary, Callee, Expr, Statement as Step};

impl Unit<'_> {
    /// The function that frees a text, unless it is part of the program.
    pub fn release_text(&mut self) -> Callee {
        self.written("release text", |unit| {
            let free = unit.host("basic_str_free");
            let mut code = Code::new("release text", &[lower::Type::Integer], None);
            let pool = Expr::Integer(conez::STRING_POOL as i32);
            let in_pool = integer(Binary::GreaterEqualUnsigned, Expr::Local(0), pool);
            let (inside, after) = (code.block(), code.block());
            code.branch(in_pool, inside, after);
            code.call(free, vec![Expr::Local(0)]);
            code.jump(after, after);
            code
        })
    }
}

impl Body<'_, '_> {
    /// A text of the program.
    pub fn text(&mut self, text: &str, span: Span) -> Value {
        Value { owner: Owner::Program, ..Value::new(self.unit.text(text), Type::Text, span) }
    }

    /// A value that is nobody else's: of a variable's text a copy.
    pub fn owned(&mut self, value: Value) -> Value {
        let value = value.settled();
        if value.ty != Type::Text || value.owner != Owner::Variable {
            return value;
        }
        let copy = self.unit.host("basic_str_copy");
        Value { expr: Expr::Call(copy, vec![value.expr]), owner: Owner::Holder, ..value }
    }

    /// Copies those texts of variables that a later part of the statement may change.
    pub fn safe(&mut self, mut values: Vec<Value>) -> Vec<Value> {
        for at in 0..values.len() {
            if values[at + 1..].iter().any(|later| later.calls) && values[at].ty == Type::Text {
                let value = values[at].clone();
                values[at] = self.owned(value);
            }
        }
        values
    }

    /// A host function's value; the texts among its arguments are freed after it.
    pub fn text_function(
        &mut self,
        function: &'static str,
        result: Type,
        arguments: Vec<Value>,
        span: Span,
    ) -> Value {
        let function = self.unit.host(function);
        let calls = arguments.iter().any(|argument| argument.calls);
        let (arguments, released) = self.held(arguments);
        let call = Expr::Call(function, arguments);
        let value = Value::new(call, result, span).calling(calls);
        if released.is_empty() {
            return value;
        }
        let local = self.code.temporary(result.lower());
        let mut steps = vec![Step::Set(local, value.expr)];
        steps.extend(released);
        Value { expr: Expr::After(steps, Box::new(Expr::Local(local))), ..value }
    }

    /// The arguments of a call, and the statements that free those that are freed after it.
    pub fn held(&mut self, arguments: Vec<Value>) -> (Vec<Expr>, Vec<Step>) {
        let mut released = Vec::new();
        let arguments = self.safe(arguments);
        let expr = |value: Value| {
            let value = value.settled();
            if value.ty != Type::Text || value.owner != Owner::Holder {
                return value.expr;
            }
            let local = self.code.temporary(lower::Type::Integer);
            let release = self.unit.release_text();
            released.push(Step::Evaluate(Expr::Call(release, vec![Expr::Local(local)])));
            Expr::Set(local, Box::new(value.expr))
        };
        (arguments.into_iter().map(expr).collect(), released)
    }

    /// Two texts in one. What comes before is worked out in `before`, so that a long sum does not nest.
    pub fn join_texts(&mut self, left: Value, right: Value, before: &mut Vec<Step>) -> Value {
        let span = left.span.to(right.span);
        let joined = self.text_function("basic_str_concat", Type::Text, vec![left, right], span);
        let local = self.code.temporary(lower::Type::Integer);
        before.push(Step::Set(local, joined.expr));
        Value { expr: Expr::Local(local), ..joined }
    }

    /// Evaluates a value for its effects.
    pub fn discard(&mut self, value: Option<Value>) {
        let Some(value) = value else { return };
        if value.ty == Type::Text && value.owner == Owner::Holder {
            let release = self.unit.release_text();
            self.code.call(release, vec![value.expr]);
        } else {
            self.code.evaluate(value.expr);
        }
    }
}
