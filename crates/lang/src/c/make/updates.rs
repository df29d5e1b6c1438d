//! Assignments, for their effect and for their value.

use super::body::{Body, Place};
use super::convert::for_cell;
use super::simplify::joined;
use super::unit;
use crate::c::tree::{Expr as Tree, ExprKind};
use crate::c::types::Type;
use crate::lower::program::{Address, Binary, Cell, Expr, GlobalId, LocalId, Statement, Type as Held};

/// Where an assignment goes.
enum Target {
    Local(LocalId),
    Global(GlobalId),
    Memory(Address, Cell),
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
        match self.target(place) {
            Target::Local(local) => {
                let value = self.value(value);
                self.push(Statement::Set(local, value));
            }
            Target::Global(global) => {
                let value = self.value(value);
                self.push(Statement::SetGlobal(global, value));
            }
            Target::Memory(address, cell) => {
                let value = self.value(value);
                self.store(cell, address, value);
            }
        }
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
        match self.target(place) {
            Target::Local(local) => {
                let value = self.value(value);
                Expr::Set(local, Box::new(value))
            }
            Target::Global(global) => {
                let value = self.value(value);
                Expr::After(vec![Statement::SetGlobal(global, value)], Box::new(Expr::Global(global)))
            }
            Target::Memory(address, cell) => {
                let value = self.value(value);
                self.store_value(cell, address, value)
            }
        }
    }

    /// Stores a value, and is it. A local of its own keeps it, since what works it out may store as well.
    fn store_value(&mut self, cell: Cell, address: Address, value: Expr) -> Expr {
        let held = self.new_local(cell.ty());
        let value = Expr::Set(held, Box::new(value));
        Expr::After(vec![Statement::Store(cell, address, value)], Box::new(Expr::Local(held)))
    }

    pub fn update_effect(&mut self, place: &Tree, operation: Binary, value: &Tree, in_type: &Type) {
        match self.target(place) {
            Target::Local(local) => {
                let new = self.updated(Expr::Local(local), place, operation, value, in_type);
                self.push(Statement::Set(local, new));
            }
            Target::Global(global) => {
                let new = self.updated(Expr::Global(global), place, operation, value, in_type);
                self.push(Statement::SetGlobal(global, new));
            }
            Target::Memory(address, cell) => {
                let (first, again) = self.twice(address);
                let new = self.updated(Expr::Load(cell, again), place, operation, value, in_type);
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
        after: bool,
    ) -> Expr {
        let ty = place.ty.held();
        match self.target(place) {
            Target::Local(local) if after => {
                let new = self.updated(Expr::Local(local), place, operation, value, in_type);
                Expr::Set(local, Box::new(new))
            }
            Target::Local(local) => {
                let old = self.new_local(ty);
                let present = Expr::Set(old, Box::new(Expr::Local(local)));
                let new = self.updated(present, place, operation, value, in_type);
                Expr::After(vec![Statement::Set(local, new)], Box::new(Expr::Local(old)))
            }
            Target::Global(global) => {
                let held = self.new_local(ty);
                let mut present = Expr::Global(global);
                if !after {
                    present = Expr::Set(held, Box::new(present));
                }
                let mut new = self.updated(present, place, operation, value, in_type);
                if after {
                    new = Expr::Set(held, Box::new(new));
                }
                Expr::After(vec![Statement::SetGlobal(global, new)], Box::new(Expr::Local(held)))
            }
            Target::Memory(address, cell) => {
                let (first, again) = self.twice(address);
                if after {
                    let new = self.updated(Expr::Load(cell, again), place, operation, value, in_type);
                    return self.store_value(cell, first, new);
                }
                let old = self.new_local(ty);
                let present = Expr::Set(old, Box::new(Expr::Load(cell, again)));
                let new = self.updated(present, place, operation, value, in_type);
                let store = Statement::Store(cell, first, for_cell(new, cell));
                Expr::After(vec![store], Box::new(Expr::Local(old)))
            }
        }
    }

    /// The new value of a place.
    fn updated(
        &mut self,
        present: Expr,
        place: &Tree,
        operation: Binary,
        value: &Tree,
        in_type: &Type,
    ) -> Expr {
        let present = self.convert(present, &place.ty, in_type);
        let value = self.value(value);
        let made = joined(in_type.held(), operation, present, value);
        self.convert(made, in_type, &place.ty)
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
