//! Expressions to values.

use super::ast::{self, ExprKind, Name, Operator};
use super::body::Body;
use super::builtins;
use super::types::{Owner, Type, Value, integer, negated};
use super::unit::Symbol;
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::fold::fold;
use crate::lower::program::{Binary, Expr, Operation, Statement as Step, Unary};
use sostenuto_board::patch::Cause;

impl Body<'_, '_> {
    /// What an expression gives.
    pub fn value(&mut self, expr: &ast::Expr) -> Value {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Integer(value) => Value::integer(*value, span),
            ExprKind::Long(value) => Value::new(Expr::Long(*value), Type::Long, span),
            ExprKind::Float(value) => Value::new(Expr::Float(value.to_bits()), Type::Float, span),
            ExprKind::Text(text) => self.text(text, span),
            ExprKind::Name(name) => self.name(&Name { text: name.clone(), span }),
            ExprKind::Call(name, arguments) => self.element_or_call(name, arguments, span),
            ExprKind::Negate(operand) => {
                let value = self.operand_of("-", operand).settled();
                let expr = match (value.ty, value.expr) {
                    (Type::Integer, expr) => negated(expr),
                    (Type::Float, Expr::Float(bits)) => Expr::Float((-f32::from_bits(bits)).to_bits()),
                    (Type::Float, expr) => Expr::Unary(Unary::Negate(Type::Float.lower()), Box::new(expr)),
                    (ty, expr) => fold(ty.lower(), Binary::Subtract, ty.zero(), expr),
                };
                Value { expr, span, ..value }
            }
            ExprKind::Not(operand) => {
                let value = self.operand_of("NOT", operand);
                if value.truth {
                    let expr = Expr::Unary(Unary::Not(Type::Integer.lower()), Box::new(value.expr));
                    return Value { expr, span, ..value };
                }
                let ty = if value.ty == Type::Long { Type::Long } else { Type::Integer };
                let value = value.to(ty);
                let ones = if ty == Type::Long { Expr::Long(-1) } else { Expr::Integer(-1) };
                let expr = fold(ty.lower(), Binary::Xor, value.expr, ones);
                Value { expr, span, ..value }
            }
            ExprKind::Chain(first, steps) => self.chain(first, steps, span),
        }
    }

    /// A number, which stands in a statement for what is named.
    pub fn number(&mut self, expr: &ast::Expr, what: &str) -> Value {
        let value = self.operand(expr);
        if value.ty != Type::Text {
            return value;
        }
        let message = format!("{what} is a number, but this is a string");
        self.unit.error(value.span, message);
        Value::integer(0, expr.span)
    }

    /// The value of a part of a statement; when that ends the program, the rest of the statement does not run.
    pub fn operand(&mut self, expr: &ast::Expr) -> Value {
        let value = self.value(expr);
        if !value.calls || self.unit.ended.is_none() {
            return value;
        }
        let local = self.code.temporary(value.ty.lower());
        let value = value.settled();
        self.code.set(local, value.expr);
        self.leave_if_ended();
        Value { expr: Expr::Local(local), ..value }
    }

    /// A value that is worked out before what follows, whatever that does.
    pub fn pinned(&mut self, value: Value) -> Value {
        if value.is_constant() || value.ty == Type::Text && value.owner == Owner::Program {
            return value;
        }
        let value = self.owned(value);
        let local = self.code.temporary(value.ty.lower());
        self.code.set(local, value.expr);
        Value { expr: Expr::Local(local), ..value }
    }

    fn operand_of(&mut self, operator: &str, expr: &ast::Expr) -> Value {
        let value = self.value(expr);
        if value.ty != Type::Text {
            return value;
        }
        let message = format!("`{operator}` works on numbers, but this is a string");
        self.unit.error(expr.span, message);
        Value::integer(0, expr.span)
    }

    /// A name without parentheses: a variable, a constant or a SUB without values.
    fn name(&mut self, name: &Name) -> Value {
        match self.unit.symbol(&name.text) {
            Some(Symbol::Constant(expr, ty)) => {
                let value = Value::new(expr.clone(), *ty, name.span);
                return Value { owner: Owner::Program, ..value };
            }
            None if self.unit.sub(&name.text).is_some() => {
                let value = self.call_sub(name, &[], name.span);
                return value.unwrap_or_else(|| broken(name));
            }
            _ => {}
        }
        self.unit.note_use(name, false);
        let Some(variable) = self.unit.variable(name, Type::Integer) else { return broken(name) };
        let value = Value::new(Expr::Global(variable.global), variable.ty, name.span);
        Value { owner: Owner::Variable, ..value }
    }

    /// A name with parentheses: an element, a SUB or a function of the language.
    fn element_or_call(&mut self, name: &Name, arguments: &[ast::Expr], span: Span) -> Value {
        if let Some(Symbol::Array(array)) = self.unit.symbol(&name.text) {
            let array = array.clone();
            return self.element(&array, arguments, span).unwrap_or_else(|| broken(name));
        }
        self.call(name, arguments, span).unwrap_or_else(|| broken(name))
    }

    /// The call of a SUB or of a function of the language.
    pub fn call(&mut self, name: &Name, arguments: &[ast::Expr], span: Span) -> Option<Value> {
        if self.unit.sub(&name.text).is_some() {
            return self.call_sub(name, arguments, span);
        }
        if let Some(builtin) = builtins::find(&name.text) {
            return self.builtin(builtin, arguments, span);
        }
        let mut diagnostic = match self.unit.symbol(&name.text) {
            Some(_) => {
                Diagnostic::error(name.span, format!("`{}` is a variable, no SUB or array", name.text))
            }
            None => Diagnostic::error(name.span, format!("unknown SUB, function or array `{}`", name.text)),
        };
        if let Some((parameters, definition)) = self.unit.later.get(&name.text) {
            diagnostic = diagnostic
                .related(*definition, "defined here")
                .hint(format!("declare it first: DECLARE SUB {}{parameters}", name.text));
        } else if let Some(definition) = self.unit.later_arrays.get(&name.text) {
            diagnostic = diagnostic.related(*definition, "this DIM comes later in the program");
        } else if let Some(nearest) = self.unit.nearest(&name.text, &builtins::names()) {
            diagnostic = diagnostic.hint(format!("did you mean `{nearest}`?"));
        }
        self.unit.diagnostics.push(diagnostic);
        None
    }

    /// Operators of one level, from left to right.
    fn chain(&mut self, first: &ast::Expr, steps: &[(Operator, ast::Expr)], span: Span) -> Value {
        let mut left = self.value(first);
        // What is worked out before the last step, so that a long chain does not nest.
        let mut before = Vec::new();
        for (operator, right) in steps {
            let right = self.value(right);
            let calls = left.calls || right.calls;
            let joined = match (left.ty, right.ty) {
                (Type::Text, Type::Text) if *operator == Operator::Add => {
                    self.join_texts(left, right, &mut before)
                }
                (Type::Text, Type::Text) if operator.is_comparison() => self.compare(*operator, left, right),
                (Type::Text, _) | (_, Type::Text) => {
                    let (text, other) = if left.ty == Type::Text { (&left, &right) } else { (&right, &left) };
                    let mut message = format!("`{}` does not work on strings", operator.symbol());
                    let mut hint = None;
                    if other.ty != Type::Text {
                        message = format!("`{}` joins {} and a string", operator.symbol(), other.ty.noun());
                        hint = Some("STR$(n) makes a string of a number, VAL(s$) a number of a string");
                    }
                    let mut diagnostic = Diagnostic::error(text.span.to(text.span), message);
                    diagnostic.hint = hint.map(str::to_owned);
                    self.unit.diagnostics.push(diagnostic);
                    return Value::integer(0, span);
                }
                _ => {
                    let ty = arithmetic_type(*operator, left.ty, right.ty);
                    if !left.is_constant() && (left.ty != ty || left.truth) && steps.len() > 1 {
                        let kept = self.code.temporary(left.ty.lower());
                        let settled = left.settled();
                        before.push(Step::Set(kept, settled.expr));
                        left = Value { expr: Expr::Local(kept), ..settled };
                    }
                    self.arithmetic(*operator, left, right)
                }
            };
            left = joined.calling(calls);
        }
        left.span = span;
        if !before.is_empty() {
            left.expr = Expr::After(before, Box::new(left.expr));
        }
        left
    }

    fn arithmetic(&mut self, operator: Operator, left: Value, right: Value) -> Value {
        let span = left.span.to(right.span);
        if operator.is_comparison() {
            return self.compare(operator, left, right);
        }
        if left.truth
            && right.truth
            && let Some(operation) = logical(operator)
        {
            return Value::truth(integer(operation, left.expr, right.expr), span);
        }
        let ty = arithmetic_type(operator, left.ty, right.ty);
        let (left, right) = (left.to(ty).expr, right.to(ty).expr);
        let operation = match operator {
            Operator::Add => Binary::Add,
            Operator::Subtract => Binary::Subtract,
            Operator::Multiply => Binary::Multiply,
            Operator::And => Binary::And,
            Operator::Or => Binary::Or,
            Operator::Xor => Binary::Xor,
            Operator::Power => {
                let power = self.unit.host("powf");
                return Value::new(Expr::Call(power, vec![left, right]), ty, span);
            }
            _ if ty == Type::Integer => {
                return Value::new(self.divide(operator, left, right, span), ty, span);
            }
            Operator::Modulo => Binary::Remainder,
            _ => Binary::Divide,
        };
        Value::new(fold(ty.lower(), operation, left, right), ty, span)
    }

    /// The quotient or remainder of integers, or a fault.
    pub fn divide(&mut self, operator: Operator, left: Expr, right: Expr, span: Span) -> Expr {
        let operation = if operator == Operator::Modulo { Binary::Remainder } else { Binary::Divide };
        if let (Expr::Integer(_), Expr::Integer(divisor)) = (&left, &right)
            && *divisor != 0
        {
            return integer(operation, left, right);
        }
        let site = self.fault(span, Cause::Division);
        let operation =
            if operator == Operator::Modulo { Operation::Modulo(site) } else { Operation::Divide(site) };
        left.then(operation, right)
    }

    /// The truth of a comparison of two numbers or two texts.
    pub fn compare(&mut self, operator: Operator, left: Value, right: Value) -> Value {
        let span = left.span.to(right.span);
        let operation = match operator {
            Operator::Equal => Binary::Equal,
            Operator::NotEqual => Binary::NotEqual,
            Operator::Less => Binary::Less,
            Operator::Greater => Binary::Greater,
            Operator::LessEqual => Binary::LessEqual,
            _ => Binary::GreaterEqual,
        };
        let calls = left.calls || right.calls;
        let expr = match (left.ty, right.ty) {
            (Type::Text, Type::Text) => {
                let order = self.text_function("basic_str_cmp", Type::Integer, vec![left, right], span);
                integer(operation, order.expr, Expr::Integer(0))
            }
            (Type::Text, _) | (_, Type::Text) => {
                self.unit.error(span, "a string and a number cannot be compared");
                Expr::Integer(0)
            }
            (one, other) => {
                let ty = wider(one, other);
                fold(ty.lower(), operation, left.to(ty).expr, right.to(ty).expr)
            }
        };
        Value::truth(expr, span).calling(calls)
    }
}

/// The type in which an operator works.
fn arithmetic_type(operator: Operator, left: Type, right: Type) -> Type {
    match operator {
        Operator::Power => Type::Float,
        Operator::IntegerDivide | Operator::Modulo => Type::Integer,
        Operator::And | Operator::Or | Operator::Xor => match (left, right) {
            (Type::Long, _) | (_, Type::Long) => Type::Long,
            _ => Type::Integer,
        },
        _ => wider(left, right),
    }
}

/// The type of two numbers together.
pub(super) fn wider(one: Type, other: Type) -> Type {
    match (one, other) {
        (Type::Float, _) | (_, Type::Float) => Type::Float,
        (Type::Long, _) | (_, Type::Long) => Type::Long,
        _ => Type::Integer,
    }
}

fn logical(operator: Operator) -> Option<Binary> {
    match operator {
        Operator::And => Some(Binary::And),
        Operator::Or => Some(Binary::Or),
        Operator::Xor => Some(Binary::Xor),
        _ => None,
    }
}

/// Something of the type that the name tells, after an error.
fn broken(name: &Name) -> Value {
    let ty = Type::of_name(&name.text);
    Value { owner: Owner::Program, ..Value::new(ty.zero(), ty, name.span) }
}
