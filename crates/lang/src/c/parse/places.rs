//! What lies somewhere: elements, members, what pointers point to, and what is assigned to them.

use super::{Parsed, Parser};
use crate::c::tree::{Expr, ExprKind};
use crate::c::types::Type;
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::Binary;

impl Parser<'_> {
    /// Notes that a pointer to a variable may exist.
    pub(super) fn mark_addressed(&mut self, place: &Expr) {
        match &place.kind {
            ExprKind::Variable(id) => {
                if let Some(current) = &mut self.function {
                    current.body.variables[*id].addressed = true;
                }
            }
            ExprKind::Object(id) => self.program.objects[*id].addressed = true,
            ExprKind::Member(record, _) => self.mark_addressed(record),
            _ => {}
        }
    }

    pub(super) fn address_of(&mut self, place: Expr, span: Span) -> Parsed<Expr> {
        match &place.kind {
            ExprKind::Function(id) => {
                self.program.functions[*id].addressed = true;
                let ty = place.ty.clone().pointer();
                self.node(ExprKind::AddressOf(Box::new(place)), ty, span)
            }
            // The address of what a pointer points to is the pointer.
            ExprKind::Dereference(pointer) => {
                let pointer = (**pointer).clone();
                Ok(Expr { span, ..pointer })
            }
            ExprKind::Variable(_) | ExprKind::Object(_) | ExprKind::Member(..) | ExprKind::Text(_) => {
                self.mark_addressed(&place);
                let target = crate::c::types::Qualified { ty: place.ty.clone(), constant: place.constant };
                let ty = Type::Pointer(std::rc::Rc::new(target));
                self.node(ExprKind::AddressOf(Box::new(place)), ty, span)
            }
            _ => self.fail(span, "this has no address: `&` takes a variable, an element or a member"),
        }
    }

    pub(super) fn dereference(&mut self, pointer: Expr, span: Span) -> Parsed<Expr> {
        let pointer = self.value_of(pointer)?;
        let Type::Pointer(target) = &pointer.ty else {
            let ty = self.type_name(&pointer.ty);
            return self.fail(span, format!("a pointer is expected here, not {ty}"));
        };
        let target = target.clone();
        if target.ty == Type::Void {
            return self.fail_with_hint(
                span,
                "a void pointer does not tell what it points to",
                "cast it first: (int *) p",
            );
        }
        // A function pointer that is dereferenced is the same pointer again.
        if matches!(target.ty, Type::Function(_)) {
            return Ok(Expr { span, ..pointer });
        }
        // What an address points to is what it is the address of.
        if let ExprKind::AddressOf(place) = &pointer.kind
            && place.ty == target.ty
        {
            let place = (**place).clone();
            return Ok(Expr { span, ..place });
        }
        let place = self.node(ExprKind::Dereference(Box::new(pointer)), target.ty.clone(), span)?;
        Ok(Expr { constant: target.constant, ..place })
    }

    /// `base[index]`, or the other way round.
    pub(super) fn element(&mut self, base: Expr, index: Expr, span: Span) -> Parsed<Expr> {
        let (mut base, mut index) = (self.value_of(base)?, self.value_of(index)?);
        if base.ty.is_integer() && index.ty.target().is_some() {
            std::mem::swap(&mut base, &mut index);
        }
        if base.ty.target().is_none() {
            let ty = self.type_name(&base.ty);
            return self.fail(span, format!("only arrays and pointers have elements, not {ty}"));
        }
        if !index.ty.is_integer() {
            let ty = self.type_name(&index.ty);
            return self.fail(index.span, format!("an index is an integer, not {ty}"));
        }
        let pointer = self.offset(Binary::Add, base, index, span)?;
        self.dereference(pointer, span)
    }

    /// A pointer and an integer that counts what it points to.
    pub(super) fn offset(
        &mut self,
        operation: Binary,
        pointer: Expr,
        count: Expr,
        span: Span,
    ) -> Parsed<Expr> {
        let bytes = self.target_bytes(&pointer.ty, span)?;
        let count = self.cast(count, &Type::INT)?;
        let bytes = self.node(ExprKind::Integer(bytes.into()), Type::INT, span)?;
        let distance = match (&count.kind, &bytes.kind) {
            (_, ExprKind::Integer(1)) => count,
            _ => self.joined(Binary::Multiply, count, bytes, Type::INT)?,
        };
        let ty = pointer.ty.clone();
        if matches!(distance.kind, ExprKind::Integer(0)) {
            return Ok(Expr { span, ..pointer });
        }
        let moved =
            self.node(ExprKind::Binary(operation, Box::new(pointer), Box::new(distance)), ty, span)?;
        Ok(moved)
    }

    /// The size of what a pointer points to; a void pointer counts bytes.
    pub(super) fn target_bytes(&mut self, ty: &Type, span: Span) -> Parsed<u32> {
        let bytes = match ty.target().map(|target| &target.ty) {
            Some(Type::Void) => Some(1),
            Some(ty) => ty.layout(&self.program.records).map(|(bytes, _)| bytes),
            None => None,
        };
        match bytes {
            Some(bytes) => Ok(bytes),
            None => {
                let name = self.type_name(ty);
                self.fail(span, format!("{name} points to what has no size"))
            }
        }
    }

    pub(super) fn member(&mut self, record: Expr, name: &str, operator: &str, span: Span) -> Parsed<Expr> {
        let Type::Record(id) = record.ty else {
            let ty = self.type_name(&record.ty);
            let message = format!("only a struct or union has members, not {ty}");
            if operator == "." && matches!(record.ty.target().map(|to| &to.ty), Some(Type::Record(_))) {
                return self.fail_with_hint(span, message, "the members of what a pointer points to: p->x");
            }
            return self.fail(span, message);
        };
        let found = &self.program.records[id];
        let Some(member) = found.member(name, &self.program.records) else {
            let ty = self.type_name(&record.ty);
            let message = match self.program.records[id].complete {
                true => format!("{ty} has no member `{name}`"),
                false => format!("{ty} is not defined: its members are not known"),
            };
            return self.fail(span, message);
        };
        let constant = record.constant || member.constant;
        let place = match record.kind {
            ExprKind::Member(inner, offset) => {
                self.node(ExprKind::Member(inner, offset + member.offset), member.ty, span)?
            }
            _ => self.node(ExprKind::Member(Box::new(record), member.offset), member.ty, span)?,
        };
        Ok(Expr { constant, ..place })
    }

    /// Sees that something can be assigned to.
    fn changeable(&mut self, place: &Expr) -> Parsed<()> {
        let is_place = matches!(
            place.kind,
            ExprKind::Variable(_) | ExprKind::Object(_) | ExprKind::Member(..) | ExprKind::Dereference(_)
        );
        let label = match &place.ty {
            _ if !is_place => "this is no variable, element or member",
            Type::Array(..) => "an array as a whole",
            Type::Function(_) => "a function",
            _ if place.constant => "it is const",
            _ => return Ok(()),
        };
        let message = "this cannot be assigned to";
        self.report(Diagnostic::error(place.span, message).label(label));
        Err(super::Reported)
    }

    pub(super) fn assign(&mut self, place: Expr, value: Expr) -> Parsed<Expr> {
        let span = place.span.to(value.span);
        self.changeable(&place)?;
        let value = self.assignable(value, &place.ty, "is assigned")?;
        let ty = place.ty.clone();
        self.node(ExprKind::Assign(Box::new(place), Box::new(value)), ty, span)
    }

    /// `++` and `--`.
    pub(super) fn step(&mut self, place: Expr, operator: &str, after: bool, span: Span) -> Parsed<Expr> {
        let one = self.node(ExprKind::Integer(1), Type::INT, span)?;
        let stepped = self.update(place, operator, one, after)?;
        Ok(Expr { span, ..stepped })
    }

    /// `place operator= value`; `after` is whether the new value is the result.
    pub(super) fn update(&mut self, place: Expr, operator: &str, value: Expr, after: bool) -> Parsed<Expr> {
        let span = place.span.to(value.span);
        self.changeable(&place)?;
        let value = self.value_of(value)?;
        // The operation on the present value, which tells how it is done.
        let made = self.binary(operator, place.clone(), value)?;
        let (operation, value, in_type) = match made.kind {
            ExprKind::Binary(operation, left, right) => (operation, right, left.ty),
            ExprKind::CallHost(..) => {
                if !after {
                    return Err(super::Reported);
                }
                if place.any(&has_effect) {
                    return self.fail_with_hint(
                        span,
                        format!(
                            "`{operator}=` of floats would work out this place twice, and so do things twice"
                        ),
                        "put the place's index or address into a variable first",
                    );
                }
                return self.assign(place, made);
            }
            // A pointer that is moved by nothing.
            _ if matches!(place.ty, Type::Pointer(_)) => return Ok(place),
            _ => return self.fail(span, "this cannot be changed so"),
        };
        if !made.ty.is_scalar()
            || !(made.ty == place.ty || made.ty.is_arithmetic() && place.ty.is_arithmetic())
        {
            let (from, to) = (self.type_name(&made.ty), self.type_name(&place.ty));
            return self.fail(span, format!("{from} cannot be assigned to {to}"));
        }
        let ty = place.ty.clone();
        let place = Box::new(place);
        self.node(ExprKind::Update { place, operation, value, in_type, after }, ty, span)
    }
}

/// Whether it matters how often it is worked out.
fn has_effect(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Assign(..)
            | ExprKind::Update { .. }
            | ExprKind::Call(..)
            | ExprKind::CallPointer(..)
            | ExprKind::CallHost(..)
            | ExprKind::Format(..)
    )
}
