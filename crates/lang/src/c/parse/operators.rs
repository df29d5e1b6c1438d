//! What operators do with the types of their operands; what is constant is computed at once.

use super::{Parsed, Parser};
use crate::c::tree::{Expr, ExprKind, Initial, Part};
use crate::c::types::{Integer, Type};
use crate::diagnostic::Span;
use crate::lower::fold::{fold, fold_unary};
use crate::lower::program::{Binary, Expr as Held, Unary};

impl Parser<'_> {
    /// An expression, unless it nests too deeply.
    pub(super) fn node(&mut self, kind: ExprKind, ty: Type, span: Span) -> Parsed<Expr> {
        const DEEPEST: u16 = 200;
        let depth = 1 + depth_below(&kind);
        if depth > DEEPEST {
            return self.fail_with_hint(
                span,
                "this expression nests too deeply",
                "a part of it can go into a variable",
            );
        }
        Ok(Expr { kind, ty, span, depth, constant: false })
    }

    /// The value of an expression: the address of the first element for an array, a pointer for a function.
    pub(super) fn value_of(&mut self, expr: Expr) -> Parsed<Expr> {
        let value = self.value_of_any(expr)?;
        if value.ty == Type::Void {
            return self.fail(value.span, "this has no value");
        }
        Ok(value)
    }

    /// The same, and nothing for what has no value.
    pub(super) fn value_of_any(&mut self, expr: Expr) -> Parsed<Expr> {
        let span = expr.span;
        match &expr.ty {
            Type::Array(element, _) => {
                let ty = Type::Pointer(element.clone());
                self.mark_addressed(&expr);
                self.node(ExprKind::AddressOf(Box::new(expr)), ty, span)
            }
            Type::Function(_) => self.address_of(expr, span),
            _ => {
                // A constant variable whose first value is known is that value.
                let known = match expr.kind {
                    ExprKind::Object(id) if expr.constant => {
                        self.program.objects[id].initial.as_deref().and_then(number)
                    }
                    ExprKind::Variable(id) => {
                        self.function.as_ref().and_then(|current| current.body.variables[id].known.as_ref())
                    }
                    _ => None,
                };
                match known {
                    Some(value) if value.ty == expr.ty => Ok(Expr { span, ..value.clone() }),
                    _ => Ok(expr),
                }
            }
        }
    }

    /// A value that is tested for zero.
    pub(super) fn truth(&mut self, expr: Expr) -> Parsed<Expr> {
        let value = self.value_of(expr)?;
        if !value.ty.is_scalar() {
            let ty = self.type_name(&value.ty);
            return self.fail(value.span, format!("a number or a pointer is expected here, not {ty}"));
        }
        Ok(value)
    }

    pub(super) fn not(&mut self, value: Expr, span: Span) -> Parsed<Expr> {
        let kind = match value.kind {
            ExprKind::Integer(value) => ExprKind::Integer((value == 0).into()),
            ExprKind::Floating(value) => ExprKind::Integer((value == 0.0).into()),
            _ => ExprKind::Not(Box::new(value)),
        };
        self.node(kind, Type::INT, span)
    }

    /// `+`, `-` and `~` before a value.
    pub(super) fn sign(&mut self, operator: &str, inner: Expr, span: Span) -> Parsed<Expr> {
        let value = self.value_of(inner)?;
        if !value.ty.is_arithmetic() || operator == "~" && !value.ty.is_integer() {
            let ty = self.type_name(&value.ty);
            return self.fail(span, format!("`{operator}` does not take {ty}"));
        }
        let ty = value.ty.promoted();
        let value = self.cast(value, &ty)?;
        match operator {
            "+" => Ok(Expr { span, ..value }),
            "-" if ty.is_float() => {
                let kind = match value.kind {
                    ExprKind::Floating(value) => ExprKind::Floating(-value),
                    _ => ExprKind::Native(Unary::Negate(ty.held()), Box::new(value)),
                };
                self.node(kind, ty, span)
            }
            _ => {
                let (operation, by) = if operator == "-" { (Binary::Subtract, 0) } else { (Binary::Xor, -1) };
                let by = self.node(ExprKind::Integer(by), ty.clone(), span)?;
                if operator == "-" {
                    self.joined(operation, by, value, ty)
                } else {
                    self.joined(operation, value, by, ty)
                }
            }
        }
    }

    /// An infix operator.
    pub(super) fn binary(&mut self, operator: &str, left: Expr, right: Expr) -> Parsed<Expr> {
        let (left, right) = (self.value_of(left)?, self.value_of(right)?);
        let span = left.span.to(right.span);
        if matches!(operator, "&&" | "||") {
            let (left, right) = (self.truth(left)?, self.truth(right)?);
            let known = |expr: &Expr| match expr.kind {
                ExprKind::Integer(value) => Some(value != 0),
                _ => None,
            };
            let kind = match (operator, known(&left), known(&right)) {
                ("&&", Some(false), _) => ExprKind::Integer(0),
                ("||", Some(true), _) => ExprKind::Integer(1),
                ("&&", Some(true), Some(value)) | ("||", Some(false), Some(value)) => {
                    ExprKind::Integer(value.into())
                }
                ("&&", ..) => ExprKind::And(Box::new(left), Box::new(right)),
                _ => ExprKind::Or(Box::new(left), Box::new(right)),
            };
            return self.node(kind, Type::INT, span);
        }
        if left.ty.is_arithmetic() && right.ty.is_arithmetic() {
            return self.arithmetic(operator, left, right, span);
        }
        match (operator, &left.ty, &right.ty) {
            ("+", Type::Pointer(_), ty) if ty.is_integer() => self.offset(Binary::Add, left, right, span),
            ("+", ty, Type::Pointer(_)) if ty.is_integer() => self.offset(Binary::Add, right, left, span),
            ("-", Type::Pointer(_), ty) if ty.is_integer() => {
                self.offset(Binary::Subtract, left, right, span)
            }
            ("-", Type::Pointer(a), Type::Pointer(b)) if a.ty == b.ty => {
                let bytes = self.target_bytes(&left.ty, span)?;
                let (left, right) = (self.cast(left, &Type::INT)?, self.cast(right, &Type::INT)?);
                let distance = self.joined(Binary::Subtract, left, right, Type::INT)?;
                let bytes = self.node(ExprKind::Integer(bytes.into()), Type::INT, span)?;
                let count = self.joined(Binary::Divide, distance, bytes, Type::INT)?;
                Ok(Expr { span, ..count })
            }
            ("==" | "!=" | "<" | ">" | "<=" | ">=", one, other) if is_comparable(one, other) => {
                self.pointers_compared(operator, left, right, span)
            }
            (_, one, other) => {
                let (one, other) = (self.type_name(one), self.type_name(other));
                self.fail(span, format!("`{operator}` does not take {one} and {other}"))
            }
        }
    }

    fn pointers_compared(&mut self, operator: &str, left: Expr, right: Expr, span: Span) -> Parsed<Expr> {
        if let (Type::Pointer(one), Type::Pointer(other)) = (&left.ty, &right.ty)
            && one.ty != other.ty
            && one.ty != Type::Void
            && other.ty != Type::Void
        {
            let (one, other) = (self.type_name(&left.ty), self.type_name(&right.ty));
            self.warn(span, format!("pointers of different types are compared: {one} and {other}"));
        }
        let mixed = left.ty.is_integer() != right.ty.is_integer();
        let zero = |expr: &Expr| matches!(expr.kind, ExprKind::Integer(0));
        if mixed && !zero(&left) && !zero(&right) {
            self.warn(span, "a pointer is compared with an integer");
        }
        let (left, right) = (self.cast(left, &Type::UNSIGNED)?, self.cast(right, &Type::UNSIGNED)?);
        let (operation, _) = comparison(operator, true);
        let compared = self.joined(operation, left, right, Type::INT)?;
        Ok(Expr { span, ..compared })
    }

    fn arithmetic(&mut self, operator: &str, left: Expr, right: Expr, span: Span) -> Parsed<Expr> {
        let shift = matches!(operator, "<<" | ">>");
        let common = if shift { left.ty.promoted() } else { Type::common(&left.ty, &right.ty) };
        if common.is_float() && matches!(operator, "&" | "|" | "^" | "<<" | ">>")
            || shift && right.ty.is_float()
        {
            return self.fail_with_hint(
                span,
                format!("`{operator}` takes integers"),
                "convert them: (int) x",
            );
        }
        let (left, right) = (self.cast(left, &common)?, self.cast(right, &common)?);
        if common.is_float() && operator == "%" {
            let name = if common == Type::Float { "fmodf" } else { "fmod" };
            let Some(host) = crate::conez::function(name) else { return Err(super::Reported) };
            return self.node(ExprKind::CallHost(host, vec![left, right]), common, span);
        }
        let unsigned = common.is_unsigned();
        let (operation, compares) = match operator {
            "+" => (Binary::Add, false),
            "-" => (Binary::Subtract, false),
            "*" => (Binary::Multiply, false),
            "/" if unsigned => (Binary::DivideUnsigned, false),
            "/" => (Binary::Divide, false),
            "%" if unsigned => (Binary::RemainderUnsigned, false),
            "%" => (Binary::Remainder, false),
            "&" => (Binary::And, false),
            "|" => (Binary::Or, false),
            "^" => (Binary::Xor, false),
            "<<" => (Binary::ShiftLeft, false),
            ">>" if unsigned => (Binary::ShiftRightUnsigned, false),
            ">>" => (Binary::ShiftRight, false),
            _ => comparison(operator, unsigned),
        };
        if matches!(operator, "/" | "%") && matches!(right.kind, ExprKind::Integer(0)) {
            self.warn(span, "division by zero: it stops the patch");
        }
        let ty = if compares { Type::INT } else { common };
        let value = self.joined(operation, left, right, ty)?;
        Ok(Expr { span, ..value })
    }

    /// Two operands of one type and what comes of them, computed at once where both are constant.
    pub(super) fn joined(&mut self, operation: Binary, left: Expr, right: Expr, ty: Type) -> Parsed<Expr> {
        let span = left.span.to(right.span);
        let operands = left.ty.held();
        if let (Some(a), Some(b)) = (held(&left), held(&right))
            && let Some(kind) = known(&fold(operands, operation, a, b))
        {
            return self.node(kind, ty, span);
        }
        self.node(ExprKind::Binary(operation, Box::new(left), Box::new(right)), ty, span)
    }

    /// A value brought to another type, as a cast does.
    pub(super) fn cast(&mut self, value: Expr, ty: &Type) -> Parsed<Expr> {
        let span = value.span;
        if value.ty == *ty {
            return Ok(value);
        }
        if *ty == Type::Void {
            return self.node(ExprKind::Cast(Box::new(value)), Type::Void, span);
        }
        let fits = value.ty.is_arithmetic() && ty.is_arithmetic()
            || value.ty.is_scalar() && ty.is_scalar() && !value.ty.is_float() && !ty.is_float();
        if !fits {
            let (from, to) = (self.type_name(&value.ty), self.type_name(ty));
            return self.fail(span, format!("{from} cannot be converted to {to}"));
        }
        if let Some(constant) = held(&value)
            && let Some(kind) = converted(constant, &value.ty, ty)
        {
            return self.node(kind, ty.clone(), span);
        }
        self.node(ExprKind::Cast(Box::new(value)), ty.clone(), span)
    }

    /// A value brought to the type of what it is assigned to, if that is allowed; `what` says what is done with it.
    pub(super) fn assignable(&mut self, value: Expr, ty: &Type, what: &str) -> Parsed<Expr> {
        let value = self.value_of(value)?;
        let span = value.span;
        let null = matches!(value.kind, ExprKind::Integer(0)) && value.ty.is_integer();
        match (&value.ty, ty) {
            (from, to) if from == to => return Ok(value),
            (from, to) if from.is_arithmetic() && to.is_arithmetic() => {}
            (_, Type::Pointer(_)) if null => {}
            (Type::Pointer(_), Type::Bool) => {}
            (Type::Pointer(from), Type::Pointer(to)) => {
                let (from_name, to_name) = (self.type_name(&value.ty), self.type_name(ty));
                if from.ty != to.ty
                    && from.ty != Type::Void
                    && to.ty != Type::Void
                    && !same_bytes(&from.ty, &to.ty)
                {
                    self.warn(span, format!("{from_name} {what} where {to_name} is wanted"));
                } else if from.constant && !to.constant && !matches!(value.kind, ExprKind::AddressOf(_)) {
                    self.warn(
                        span,
                        format!("{from_name} {what} where {to_name} is wanted: it may be changed there"),
                    );
                }
            }
            (from, to) if from.is_scalar() && to.is_scalar() && !from.is_float() && !to.is_float() => {
                let (from, to) = (self.type_name(from), self.type_name(to));
                self.warn(
                    span,
                    format!("{from} {what} where {to} is wanted: without a cast this may be a mistake"),
                );
            }
            (from, to) => {
                let (from, to) = (self.type_name(from), self.type_name(to));
                return self.fail(span, format!("{from} {what} where {to} is wanted"));
            }
        }
        self.cast(value, ty)
    }

    /// `condition ? then : otherwise`
    pub(super) fn choose(&mut self, condition: Expr, then: Expr, otherwise: Expr) -> Parsed<Expr> {
        let (then, otherwise) = (self.value_of_any(then)?, self.value_of_any(otherwise)?);
        let span = condition.span.to(otherwise.span);
        let zero = |expr: &Expr| matches!(expr.kind, ExprKind::Integer(0));
        let ty = match (&then.ty, &otherwise.ty) {
            (one, other) if one == other => one.clone(),
            (one, other) if one.is_arithmetic() && other.is_arithmetic() => Type::common(one, other),
            (Type::Void, _) | (_, Type::Void) => Type::Void,
            (Type::Pointer(_), other) if other.is_integer() && zero(&otherwise) => then.ty.clone(),
            (one, Type::Pointer(_)) if one.is_integer() && zero(&then) => otherwise.ty.clone(),
            (Type::Pointer(_), Type::Pointer(_)) if zero(&then) => otherwise.ty.clone(),
            (Type::Pointer(_), Type::Pointer(_)) if zero(&otherwise) => then.ty.clone(),
            (Type::Pointer(a), Type::Pointer(b)) if a.ty == b.ty => {
                if a.constant {
                    then.ty.clone()
                } else {
                    otherwise.ty.clone()
                }
            }
            (Type::Pointer(_), Type::Pointer(_)) => Type::Void.pointer(),
            (one, other) => {
                let (one, other) = (self.type_name(one), self.type_name(other));
                return self.fail(
                    span,
                    format!("`? :` chooses between {one} and {other}: these have no common type"),
                );
            }
        };
        // Small integers are promoted even when both are of one type.
        let ty = if ty.is_integer() { ty.promoted() } else { ty };
        let (then, otherwise) = match ty {
            Type::Record(_) => (then, otherwise),
            _ => (self.cast(then, &ty)?, self.cast(otherwise, &ty)?),
        };
        match condition.kind {
            ExprKind::Integer(0) if held(&otherwise).is_some() => Ok(Expr { span, ..otherwise }),
            ExprKind::Integer(value) if value != 0 && held(&then).is_some() => Ok(Expr { span, ..then }),
            _ => {
                let kind = ExprKind::Conditional(Box::new(condition), Box::new(then), Box::new(otherwise));
                self.node(kind, ty, span)
            }
        }
    }
}

fn comparison(operator: &str, unsigned: bool) -> (Binary, bool) {
    let operation = match (operator, unsigned) {
        ("==", _) => Binary::Equal,
        ("!=", _) => Binary::NotEqual,
        ("<", false) => Binary::Less,
        ("<", true) => Binary::LessUnsigned,
        (">", false) => Binary::Greater,
        (">", true) => Binary::GreaterUnsigned,
        ("<=", false) => Binary::LessEqual,
        ("<=", true) => Binary::LessEqualUnsigned,
        (_, false) => Binary::GreaterEqual,
        (_, true) => Binary::GreaterEqualUnsigned,
    };
    (operation, true)
}

fn is_comparable(one: &Type, other: &Type) -> bool {
    let either = |ty: &Type| matches!(ty, Type::Pointer(_));
    let fits = |ty: &Type| either(ty) || ty.is_integer();
    (either(one) || either(other)) && fits(one) && fits(other)
}

/// Signed and unsigned text is passed around freely.
fn same_bytes(one: &Type, other: &Type) -> bool {
    let byte = |ty: &Type| matches!(ty, Type::Integer(Integer { bytes: 1, .. }));
    byte(one) && byte(other)
}

/// The number that a first value is.
pub(super) fn number(parts: &[Part]) -> Option<&Expr> {
    match parts {
        [Part { value: Initial::Value(value), .. }] => {
            matches!(value.kind, ExprKind::Integer(_) | ExprKind::Floating(_)).then_some(value)
        }
        _ => None,
    }
}

/// A constant as it is held.
pub(in crate::c) fn held(expr: &Expr) -> Option<Held> {
    Some(match (&expr.kind, &expr.ty) {
        (ExprKind::Integer(value), Type::Integer(Integer { bytes: 8, .. })) => Held::Long(*value),
        (ExprKind::Integer(value), _) => Held::Integer(*value as i32),
        (ExprKind::Floating(value), Type::Float) => Held::Float((*value as f32).to_bits()),
        (ExprKind::Floating(value), _) => Held::Double(value.to_bits()),
        _ => return None,
    })
}

fn known(value: &Held) -> Option<ExprKind> {
    Some(match value {
        Held::Integer(value) => ExprKind::Integer((*value).into()),
        Held::Long(value) => ExprKind::Integer(*value),
        Held::Float(bits) => ExprKind::Floating(f32::from_bits(*bits).into()),
        Held::Double(bits) => ExprKind::Floating(f64::from_bits(*bits)),
        _ => return None,
    })
}

fn converted(value: Held, from: &Type, to: &Type) -> Option<ExprKind> {
    if *to == Type::Bool {
        let truth = match value {
            Held::Float(bits) => f32::from_bits(bits) != 0.0,
            Held::Double(bits) => f64::from_bits(bits) != 0.0,
            Held::Long(value) => value != 0,
            Held::Integer(value) => value != 0,
            _ => return None,
        };
        return Some(ExprKind::Integer(truth.into()));
    }
    let signed = if from.is_float() { !to.is_unsigned() } else { !from.is_unsigned() };
    let value = match from.held() == to.held() {
        true => value,
        false => fold_unary(Unary::Convert { from: from.held(), to: to.held(), signed }, value),
    };
    let kind = known(&value)?;
    Some(match (kind, to) {
        (ExprKind::Integer(value), Type::Integer(Integer { bytes: 1, signed: true })) => {
            ExprKind::Integer((value as i8).into())
        }
        (ExprKind::Integer(value), Type::Integer(Integer { bytes: 1, signed: false })) => {
            ExprKind::Integer((value as u8).into())
        }
        (ExprKind::Integer(value), Type::Integer(Integer { bytes: 2, signed: true })) => {
            ExprKind::Integer((value as i16).into())
        }
        (ExprKind::Integer(value), Type::Integer(Integer { bytes: 2, signed: false })) => {
            ExprKind::Integer((value as u16).into())
        }
        (kind, _) => kind,
    })
}

fn depth_below(kind: &ExprKind) -> u16 {
    let all = |list: &[Expr]| list.iter().map(|expr| expr.depth).max().unwrap_or(0);
    match kind {
        ExprKind::Integer(_)
        | ExprKind::Floating(_)
        | ExprKind::Text(_)
        | ExprKind::Variable(_)
        | ExprKind::Object(_)
        | ExprKind::Function(_) => 0,
        ExprKind::Member(a, _)
        | ExprKind::Dereference(a)
        | ExprKind::AddressOf(a)
        | ExprKind::Cast(a)
        | ExprKind::Not(a)
        | ExprKind::Native(_, a) => a.depth,
        ExprKind::Binary(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Assign(a, b)
        | ExprKind::Comma(a, b)
        | ExprKind::Update { place: a, value: b, .. } => a.depth.max(b.depth),
        ExprKind::Conditional(a, b, c) => a.depth.max(b.depth).max(c.depth),
        ExprKind::Call(_, list) | ExprKind::CallHost(_, list) => all(list),
        ExprKind::CallPointer(a, list) => a.depth.max(all(list)),
        ExprKind::Format(_, list, more) => all(list).max(all(more)),
    }
}
