//! What gives variables and elements a value.

use super::arrays::{Element, at, cell};
use super::ast::{self, Name, Place};
use super::body::Body;
use super::types::{Type, Value, integer};
use super::unit::{Symbol, Variable};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{self as lower, Address, Binary, Expr, Statement as Step};

/// Where a value can be stored, worked out once.
#[derive(Clone)]
pub(super) enum Target {
    Variable(Variable),
    /// An element, at the address in a local.
    Element(lower::LocalId, i32, Type),
}

impl Target {
    pub fn ty(&self) -> Type {
        match self {
            Target::Variable(variable) => variable.ty,
            Target::Element(.., ty) => *ty,
        }
    }

    fn get(&self) -> Expr {
        match *self {
            Target::Variable(variable) => Expr::Global(variable.global),
            Target::Element(local, offset, ty) => Expr::Load(cell(ty), at(Expr::Local(local), offset)),
        }
    }

    fn set(&self, value: Expr) -> Step {
        match *self {
            Target::Variable(variable) => Step::SetGlobal(variable.global, value),
            Target::Element(local, offset, ty) => {
                Step::Store(cell(ty), at(Expr::Local(local), offset), value)
            }
        }
    }
}

impl Body<'_, '_> {
    /// The place, to be given a value of that type where nothing else tells its own; a constant is none.
    pub fn target(&mut self, place: &Place, ty: Type) -> Option<Target> {
        let Some(indices) = &place.indices else {
            return self.unit.assigned(&place.name, ty).map(Target::Variable);
        };
        let (element, _) = self.element_of(&place.name, indices, place.span())?;
        let Element { before, address: Address { offset, index, .. }, ty } = element;
        let local = self.code.temporary(lower::Type::Integer);
        for step in before {
            self.code.emit(step);
        }
        self.code.set(local, index.map_or(Expr::Integer(0), |index| *index));
        Some(Target::Element(local, offset, ty))
    }

    fn element_of(&mut self, name: &Name, indices: &[ast::Expr], span: Span) -> Option<(Element, bool)> {
        if let Some(Symbol::Array(array)) = self.unit.symbol(&name.text) {
            let array = array.clone();
            return self.element_place(&array, indices, span);
        }
        self.array(name);
        None
    }

    pub fn assign(&mut self, place: &Place, value: &ast::Expr) {
        let given = self.operand(value);
        if place.indices.is_none() {
            let Some(variable) = self.unit.assigned(&place.name, given.ty) else { return };
            let what = format!("`{}`", place.name.text);
            if let Some(value) = self.coerce_named(given, variable.ty, &what) {
                self.set_variable(variable, value);
            }
            return;
        }
        // The value comes first: it may change the array.
        let given = self.owned(given);
        let local = self.code.temporary(given.ty.lower());
        let held = Value { expr: Expr::Local(local), ..given.clone() };
        self.code.set(local, given.expr);
        let Some(target) = self.target(place, held.ty) else { return };
        let what = format!("an element of `{}`", place.name.text);
        if let Some(value) = self.coerce_named(held, target.ty(), &what) {
            self.store(&target, value);
        }
    }

    /// The same as [`Body::coerce`], with a hint of what a string needs.
    fn coerce_named(&mut self, value: Value, ty: Type, what: &str) -> Option<Value> {
        if value.ty == Type::Text && ty != Type::Text {
            let message = format!("{what} is {}, but this is a string", ty.noun());
            let hint = "the name of what holds a string ends with $";
            self.unit.diagnostics.push(Diagnostic::error(value.span, message).hint(hint));
            return None;
        }
        self.coerce(value, ty, what)
    }

    pub fn set_variable(&mut self, variable: Variable, value: Value) {
        self.store(&Target::Variable(variable), value);
    }

    /// Stores a value of the right type; a text's predecessor is freed.
    pub fn store(&mut self, target: &Target, value: Value) {
        let value = self.owned(value);
        if value.ty != Type::Text {
            self.code.emit(target.set(value.expr));
            return;
        }
        let (local, release) = (self.code.temporary(lower::Type::Integer), self.unit.release_text());
        self.code.set(local, value.expr);
        self.code.call(release, vec![target.get()]);
        self.code.emit(target.set(Expr::Local(local)));
    }

    /// `MID$(target, start, length) = value`.
    pub fn splice(
        &mut self,
        place: &Place,
        start: &ast::Expr,
        length: Option<&ast::Expr>,
        value: &ast::Expr,
    ) {
        let start = self.number(start, "the start");
        let start = self.kept_number(start);
        let length = length.map(|length| {
            let length = self.number(length, "the length");
            self.kept_number(length)
        });
        let value = self.operand(value);
        let Some(value) = self.coerce(value, Type::Text, "what MID$ puts in") else { return };
        let value = self.owned(value);
        let text = self.code.temporary(lower::Type::Integer);
        self.code.set(text, value.expr);
        let Some(target) = self.target(place, Type::Text) else { return };
        if target.ty() != Type::Text {
            self.unit.error(place.span(), "MID$ changes a string, but this is a number");
            return;
        }
        let length = length.unwrap_or_else(|| {
            let measure = self.unit.host("basic_str_len");
            Expr::Call(measure, vec![Expr::Local(text)])
        });
        let (old, new) =
            (self.code.temporary(lower::Type::Integer), self.code.temporary(lower::Type::Integer));
        let (assign, release) = (self.unit.host("basic_str_mid_assign"), self.unit.release_text());
        self.code.set(old, target.get());
        let arguments = vec![Expr::Local(old), start, length, Expr::Local(text)];
        self.code.set(new, Expr::Call(assign, arguments));
        self.code.call(release, vec![Expr::Local(text)]);
        // 0 is a failure, which leaves the text as it is; a host may also change the text where it lies.
        let (changed, after) = (self.code.block(), self.code.block());
        let other = integer(Binary::NotEqual, Expr::Local(new), Expr::Local(old));
        let some = integer(Binary::NotEqual, Expr::Local(new), Expr::Integer(0));
        self.code.branch(integer(Binary::And, other, some), changed, after);
        self.code.call(release, vec![Expr::Local(old)]);
        self.code.emit(target.set(Expr::Local(new)));
        self.code.jump(after, after);
    }

    /// An integer that is used later in the statement.
    pub fn kept_number(&mut self, value: Value) -> Expr {
        let value = value.to(Type::Integer);
        if value.is_constant() {
            return value.expr;
        }
        let local = self.code.temporary(lower::Type::Integer);
        self.code.set(local, value.expr);
        Expr::Local(local)
    }

    pub fn swap(&mut self, one: &Place, other: &Place) {
        let (Some(first), Some(second)) =
            (self.target(one, Type::Integer), self.target(other, Type::Integer))
        else {
            return;
        };
        if first.ty() != second.ty() {
            let (is, and) = (first.ty().noun(), second.ty().noun());
            let message = format!("SWAP exchanges values of one type, but these are {is} and {and}");
            self.unit.error(one.span().to(other.span()), message);
            return;
        }
        let kept = self.code.temporary(first.ty().lower());
        self.code.set(kept, first.get());
        self.code.emit(first.set(second.get()));
        self.code.emit(second.set(Expr::Local(kept)));
    }
}
