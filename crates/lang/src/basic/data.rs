//! `READ`: values of the table that `DATA` makes, of two words each: what it is, and the value.

use sostenuto_board::patch::Cause;

use super::arrays::{at, cell, word};
use super::ast::Place;
use super::body::Body;
use super::code::Code;
use super::types::{Owner, Type, Value, integer};
use super::unit::Unit;
use crate::lower::program::{self as lower, Binary, Callee, Expr, Limit, Statement as Step};

/// What a value is. The lowest byte is zero in each, so that an empty text lies at address 0 whatever is placed there.
pub(super) const INTEGER: u32 = 0;
pub(super) const FLOAT: u32 = 0x100;
pub(super) const TEXT: u32 = 0x200;

impl Body<'_, '_> {
    pub fn read(&mut self, place: &Place) {
        let Some(target) = self.target(place, Type::Integer) else { return };
        let next = self.unit.next_datum();
        let site = self.fault(place.span(), Cause::Data);
        let count = Limit::Below(self.unit.data_count);
        let index = Expr::Check(Box::new(Expr::Global(next)), count, site);
        let entry = self.code.temporary(lower::Type::Integer);
        let offset = integer(Binary::ShiftLeft, index, Expr::Integer(3));
        self.code.set(entry, integer(Binary::Add, self.unit.datum(), offset));
        self.code.emit(Step::SetGlobal(next, integer(Binary::Add, Expr::Global(next), Expr::Integer(1))));
        let read = self.unit.datum_reader(target.ty());
        let value = Expr::Call(read, vec![Expr::Local(entry)]);
        let owner = if target.ty() == Type::Text { Owner::Holder } else { Owner::Program };
        let value = Value { owner, ..Value::new(value, target.ty(), place.span()) };
        self.store(&target, value);
    }
}

impl Unit<'_> {
    /// The function that makes a value of that type of an entry of the table.
    fn datum_reader(&mut self, ty: Type) -> Callee {
        let name = format!("read {}", ty.noun());
        self.written(&name, |unit| {
            let [from_integer, from_float, from_text] = match ty {
                Type::Integer => [None, None, Some("basic_str_to_int")],
                Type::Long => [None, None, Some("basic_str_to_i64")],
                Type::Float => [None, None, Some("basic_str_to_float")],
                Type::Text => [Some("basic_str_from_int"), Some("basic_str_from_float"), None],
            };
            let mut made = |function: Option<&'static str>, value: Expr, from: Type| match function {
                Some(function) => Expr::Call(unit.host(function), vec![value]),
                None => Value::new(value, from, Default::default()).to(ty).expr,
            };
            let float = Expr::Load(cell(Type::Float), at(Expr::Local(0), 4));
            let of_integer = made(from_integer, word(Expr::Local(0), 4), Type::Integer);
            let of_float = made(from_float, float, Type::Float);
            let of_text = made(from_text, word(Expr::Local(0), 4), Type::Text);
            let mut code = Code::new(&name, &[lower::Type::Integer], Some(ty.lower()));
            let is = |tag: u32| {
                Box::new(integer(Binary::Equal, word(Expr::Local(0), 0), Expr::Integer(tag as i32)))
            };
            let held = Some(ty.lower());
            let not_integer = Expr::If(held, is(FLOAT), Box::new(of_float), Box::new(of_text));
            let result = code.function.result.unwrap_or(0);
            code.set(result, Expr::If(held, is(INTEGER), Box::new(of_integer), Box::new(not_integer)));
            code
        })
    }
}
