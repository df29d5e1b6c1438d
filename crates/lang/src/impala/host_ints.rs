//! A warning where bits are taken for what they are not: the host's words are ints, and an untyped word quietly takes
//! the type of its use.

use sostenuto_board::Kind;

use super::body::Body;
use super::value::{Type, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{Address, Base, Expr};

impl Body<'_, '_> {
    /// Warns when an untyped word of the host is read as a float.
    pub fn watch_read(&mut self, value: &Value, ty: Type) {
        if let (Type::Untyped, Type::Float, Expr::Load(_, address)) = (value.ty, ty, &value.expr) {
            self.watch(address, value.span, "converted by `itof ((int) …)`");
        }
    }

    /// Warns when a float is written to an untyped word of the host.
    pub fn watch_write(&mut self, address: &Address, ty: Type, span: Span) {
        if ty == Type::Float {
            self.watch(address, span, "given by `ftoi (…)`");
        }
    }

    fn watch(&mut self, address: &Address, span: Span, remedy: &str) {
        let Base::Data(id) = address.base else { return };
        let data = &self.unit.program.data[id];
        if matches!(data.kind, Some(Kind::Audio | Kind::Parameters)) {
            let message = format!("`{}` holds ints, but its bits are taken for a float", data.name);
            let hint = format!("an int is {remedy}; a cast `(float)` says that the bits are meant");
            self.error(Diagnostic::warning(span, message).hint(hint));
        }
    }
}
