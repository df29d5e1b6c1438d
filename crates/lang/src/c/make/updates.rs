//! Assignments, for their effect and for their value.

use super::body::{Body, Place};
use super::convert::for_cell;
use super::simplify::joined;
use super::unit;
use super::value::calls;
use crate::c::tree::{Expr as Tree, ExprKind};
use crate::c::types::Type;
use crate::lower::program::{Address, Binary, Cell, Expr, GlobalId, LocalId, Statement, Type as Held};

/// Where an assignment goes.
enum Target {
    Local(LocalId),
    Global(GlobalId),
    Memory(Address, Cell),
}

impl Target {
    fn has_index(&self) -> bool {
        matches!(self, Target::Memory(Address { index: Some(_), .. }, _))
    }
}

impl<'u, 'a: 'u> Body<'u, 'a> {
    fn target(&mut self, place: &Tree) -> Target {
        if let ExprKind::Variable(id) = place.kind
            && let Place::Local(local) = self.variable(id)
        {
            return Target::Local(local);
        }
        if let ExprKind::Object(id) = place.kind
            && let unit::Place::Global(global) = self.unit.objects[id]
        {
            return Target::Global(global);
        }
        Target::Memory(self.address(place), place.ty.cell())
    }

    pub fn store(&mut self, cell: Cell, address: Address, value: Expr) {
        self.push(Statement::Store(cell, address, for_cell(value, cell)));
    }

    pub fn assign_effect(&mut self, place: &Tree, value: &Tree) {
        if let Type::Record(_) = place.ty {
            let statement = self.copy(place, value);
            return self.push(statement);
        }
        let target = self.target(place);
        let (before, value) = self.first(value, target.has_index());
        before.into_iter().for_each(|statement| self.push(statement));
        match target {
            Target::Local(local) => self.push(Statement::Set(local, value)),
            Target::Global(global) => self.push(Statement::SetGlobal(global, value)),
            Target::Memory(address, cell) => self.store(cell, address, value),
        }
    }

    /// The value of a right side. Where the place on the left depends on variables, a call comes before it is worked out, as
    /// in other compilers: what is called may change them.
    fn first(&mut self, value: &Tree, depends: bool) -> (Option<Statement>, Expr) {
        let lowered = self.value(value);
        if !depends || !calls(value) {
            return (None, lowered);
        }
        let local = self.new_local(value.ty.held());
        (Some(Statement::Set(local, lowered)), Expr::Local(local))
    }

    fn copy(&mut self, place: &Tree, value: &Tree) -> Statement {
        let (bytes, _) = self.unit.layout(&place.ty);
        let address = self.address(place);
        let to = self.address_value(address);
        let from = self.value(value);
        Statement::Copy { bytes, from, to }
    }

    /// An assignment that is a value.
    pub fn assign(&mut self, place: &Tree, value: &Tree) -> Expr {
        if let Type::Record(_) = place.ty {
            let Statement::Copy { bytes, from, to } = self.copy(place, value) else { return Expr::Nothing };
            let held = self.new_local(Held::Integer);
            let copy = Statement::Copy { bytes, from, to: Expr::Set(held, Box::new(to)) };
            return Expr::After(vec![copy], Box::new(Expr::Local(held)));
        }
        let target = self.target(place);
        let (before, value) = self.first(value, target.has_index());
        let assigned = match target {
            Target::Local(local) => Expr::Set(local, Box::new(value)),
            Target::Global(global) => {
                Expr::After(vec![Statement::SetGlobal(global, value)], Box::new(Expr::Global(global)))
            }
            Target::Memory(address, cell) => self.store_value(cell, address, value),
        };
        after(before, assigned)
    }

    /// Stores a value, and is it. A local of its own keeps it, since what works it out may store as well.
    fn store_value(&mut self, cell: Cell, address: Address, value: Expr) -> Expr {
        let held = self.new_local(cell.ty());
        let value = Expr::Set(held, Box::new(value));
        Expr::After(vec![Statement::Store(cell, address, value)], Box::new(Expr::Local(held)))
    }

    pub fn update_effect(&mut self, place: &Tree, operation: Binary, value: &Tree, in_type: &Type) {
        let target = self.target(place);
        let (before, value) = self.first(value, !matches!(target, Target::Local(_)));
        before.into_iter().for_each(|statement| self.push(statement));
        let change = Change { ty: &place.ty, operation, value, in_type };
        match target {
            Target::Local(local) => {
                let new = self.changed(Expr::Local(local), change);
                self.push(Statement::Set(local, new));
            }
            Target::Global(global) => {
                let new = self.changed(Expr::Global(global), change);
                self.push(Statement::SetGlobal(global, new));
            }
            Target::Memory(address, cell) => {
                let (first, again) = self.twice(address);
                let new = self.changed(Expr::Load(cell, again), change);
                self.store(cell, first, new);
            }
        }
    }

    /// An update that is a value: the new one, or else the one before.
    pub fn update(
        &mut self,
        place: &Tree,
        operation: Binary,
        value: &Tree,
        in_type: &Type,
        new: bool,
    ) -> Expr {
        let target = self.target(place);
        let (before, value) = self.first(value, !matches!(target, Target::Local(_)));
        let change = Change { ty: &place.ty, operation, value, in_type };
        if let (Target::Local(local), true) = (&target, new) {
            let made = self.changed(Expr::Local(*local), change);
            return after(before, Expr::Set(*local, Box::new(made)));
        }
        let held = self.new_local(place.ty.held());
        let keep = |wanted: bool, value: Expr| if wanted { Expr::Set(held, Box::new(value)) } else { value };
        let statement = match target {
            Target::Local(local) => {
                let made = self.changed(keep(!new, Expr::Local(local)), change);
                Statement::Set(local, made)
            }
            Target::Global(global) => {
                let made = self.changed(keep(!new, Expr::Global(global)), change);
                Statement::SetGlobal(global, keep(new, made))
            }
            Target::Memory(address, cell) => {
                let (first, again) = self.twice(address);
                let made = self.changed(keep(!new, Expr::Load(cell, again)), change);
                Statement::Store(cell, first, keep(new, made))
            }
        };
        after(before, Expr::After(vec![statement], Box::new(Expr::Local(held))))
    }

    /// The new value of a place from the present one.
    fn changed(&mut self, present: Expr, change: Change) -> Expr {
        let Change { ty, operation, value, in_type } = change;
        let present = self.convert(present, ty, in_type);
        let made = joined(in_type.held(), operation, present, value);
        self.convert(made, in_type, ty)
    }

    /// One address used first and once more after that, worked out once.
    fn twice(&mut self, mut address: Address) -> (Address, Address) {
        let mut again = address.clone();
        match address.index.take() {
            None => {}
            Some(index) if matches!(*index, Expr::Local(_)) => address.index = Some(index),
            Some(index) => {
                let local = self.new_local(Held::Integer);
                address.index = Some(Box::new(Expr::Set(local, index)));
                again.index = Some(Box::new(Expr::Local(local)));
            }
        }
        (address, again)
    }
}

/// `operation` with a value, worked out in a type, on a place of another.
struct Change<'a> {
    ty: &'a Type,
    operation: Binary,
    value: Expr,
    in_type: &'a Type,
}

fn after(before: Option<Statement>, value: Expr) -> Expr {
    match before {
        None => value,
        Some(statement) => Expr::After(vec![statement], Box::new(value)),
    }
}
