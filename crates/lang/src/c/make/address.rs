//! Where things are in memory.

use super::body::Body;
use super::simplify::joined;
use super::unit;
use crate::c::tree::{Expr as Tree, ExprKind};
use crate::c::types::Type;
use crate::lower::program::{Address, Base, Binary, Expr, Type as Held};

impl<'u, 'a: 'u> Body<'u, 'a> {
    /// The address of what an expression names.
    pub fn address(&mut self, place: &Tree) -> Address {
        match &place.kind {
            ExprKind::Variable(id) => self.variable_address(*id),
            ExprKind::Object(id) => match self.unit.objects[*id] {
                unit::Place::Data(data) => Address { base: Base::Data(data), offset: 0, index: None },
                unit::Place::Global(_) => pointer(Expr::Integer(0)),
            },
            ExprKind::Text(id) => {
                let data = self.unit.text(*id, place.span);
                Address { base: Base::Data(data), offset: 0, index: None }
            }
            ExprKind::Member(record, offset) => {
                let address = self.address(record);
                Address { offset: address.offset.wrapping_add(*offset as i32), ..address }
            }
            ExprKind::Dereference(to) => self.pointed(to),
            // The value of a struct is its address.
            _ => pointer(self.value(place)),
        }
    }

    /// Where a pointer points.
    fn pointed(&mut self, to: &Tree) -> Address {
        match &to.kind {
            ExprKind::AddressOf(place) if !matches!(place.kind, ExprKind::Function(_)) => self.address(place),
            ExprKind::Cast(inner) if matches!(inner.ty, Type::Pointer(_)) => self.pointed(inner),
            ExprKind::Binary(operation @ (Binary::Add | Binary::Subtract), start, distance)
                if matches!(start.ty, Type::Pointer(_)) =>
            {
                match (&distance.kind, operation) {
                    (ExprKind::Integer(by), _) => {
                        let address = self.pointed(start);
                        let by =
                            if *operation == Binary::Add { *by as i32 } else { (*by as i32).wrapping_neg() };
                        Address { offset: address.offset.wrapping_add(by), ..address }
                    }
                    // From the start of an array the way is never back, so that it may be added to a fixed address.
                    (_, Binary::Add) if matches!(start.kind, ExprKind::AddressOf(_)) => {
                        let address = self.pointed(start);
                        let distance = self.value(distance);
                        let index = match address.index {
                            Some(index) => joined(Held::Integer, Binary::Add, *index, distance),
                            None => distance,
                        };
                        Address { index: Some(Box::new(index)), ..address }
                    }
                    _ => pointer(self.value(to)),
                }
            }
            _ => pointer(self.value(to)),
        }
    }

    /// An address as a pointer.
    pub fn address_value(&mut self, address: Address) -> Expr {
        let start = match address.base {
            Base::Data(data) => Expr::Address(data, address.offset),
            Base::Frame => Expr::Frame(address.offset as u32),
            Base::Pointer => Expr::Integer(address.offset),
        };
        match address.index {
            None => start,
            Some(index) => joined(Held::Integer, Binary::Add, *index, start),
        }
    }
}

fn pointer(value: Expr) -> Address {
    match value {
        Expr::Address(data, offset) => Address { base: Base::Data(data), offset, index: None },
        Expr::Frame(offset) => Address { base: Base::Frame, offset: offset as i32, index: None },
        value => Address { base: Base::Pointer, offset: 0, index: Some(Box::new(value)) },
    }
}
