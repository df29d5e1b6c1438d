//! What a program prints.

use super::arrays::at;
use super::ast::{self, Format};
use super::body::Body;
use super::types::{Type, Value};
use crate::conez;
use crate::diagnostic::Diagnostic;
use crate::lower::program::{self as lower, Area, Cell, Expr, Statement as Step, Unary};

impl Body<'_, '_> {
    /// `> value`.
    pub fn print(&mut self, value: &ast::Expr) {
        if let ast::ExprKind::Text(text) = &value.kind {
            // Known now, with its length and the end of its line.
            let line = self.unit.text(&format!("{text}\n"));
            let print = self.unit.host("print_str");
            self.code.call(print, vec![line, Expr::Integer(text.len() as i32 + 1)]);
            return;
        }
        let value = self.operand(value).settled();
        let function = match value.ty {
            Type::Integer => "print_i32",
            Type::Long => "print_i64",
            Type::Float => "print_f32",
            Type::Text => return self.print_line(value),
        };
        let function = self.unit.host(function);
        self.code.call(function, vec![value.expr]);
    }

    pub fn print_text(&mut self, value: &ast::Expr) {
        let given = self.operand(value);
        if given.ty == Type::Text {
            return self.print_line(given);
        }
        let message = format!("PRINTS prints a string, but this is {}", given.ty.noun());
        let diagnostic = Diagnostic::error(value.span, message);
        self.unit.diagnostics.push(diagnostic.hint("> value prints a number"));
    }

    fn print_line(&mut self, value: Value) {
        let (arguments, released) = self.held(vec![value]);
        let text = self.code.temporary(lower::Type::Integer);
        let (print, length) = (self.unit.host("print_str"), self.unit.host("basic_str_len"));
        for argument in arguments {
            self.code.set(text, argument);
        }
        let measured = Expr::Call(length, vec![Expr::Local(text)]);
        self.code.call(print, vec![Expr::Local(text), measured]);
        let end = self.unit.text("\n");
        self.code.call(print, vec![end, Expr::Integer(1)]);
        released.into_iter().for_each(|step| self.code.emit(step));
    }

    pub fn format(&mut self, format: &Format) {
        let mut given = Vec::new();
        for argument in &format.arguments {
            let value = self.operand(argument).settled();
            // There is no room for 64 bits, but for their digits.
            let value = if value.ty == Type::Long { self.digits(value) } else { value };
            given.push(if self.unit.ended.is_some() { self.pinned(value) } else { value });
        }
        let (text, given) = self.conversions(format, given);
        let calls = given.iter().any(|value| value.calls);
        let types: Vec<Type> = given.iter().map(|value| value.ty).collect();
        let (arguments, released) = self.held(given);
        // A SUB among the values may use the cells itself.
        let ready: Vec<Expr> = arguments
            .into_iter()
            .zip(&types)
            .map(|(value, ty)| {
                if !calls {
                    return value;
                }
                let local = self.code.temporary(ty.lower());
                self.code.set(local, value);
                Expr::Local(local)
            })
            .collect();
        let cells = conez::FORMAT_CELLS as i32;
        let mut next = 0;
        for (value, ty) in ready.into_iter().zip(&types) {
            let (cell, value, bytes) = match ty {
                Type::Float => {
                    let convert =
                        Unary::Convert { from: lower::Type::Float, to: lower::Type::Double, signed: true };
                    (lower::Type::Double, Expr::Unary(convert, Box::new(value)), 8)
                }
                _ => (lower::Type::Integer, value, 4),
            };
            self.code.emit(Step::Store(Cell::Whole(cell), at(Expr::Integer(cells), next), value));
            next += bytes;
        }
        if next > conez::FORMAT_BYTES as i32 {
            let message =
                format!("the values of FORMAT take {next} bytes, where {} are free", conez::FORMAT_BYTES);
            self.unit.error(format.span, message);
        }
        self.unit.area(Area::FormatCells);
        let print = self.unit.host("host_printf");
        let text = self.unit.text(&text);
        self.code.call(print, vec![text, Expr::Integer(cells)]);
        released.into_iter().for_each(|step| self.code.emit(step));
    }

    /// The text as the host's printf wants it, and the values of its places as their types are there.
    fn conversions(&mut self, format: &Format, given: Vec<Value>) -> (String, Vec<Value>) {
        let count = given.len();
        let mut values = given.into_iter();
        let mut ready = Vec::new();
        let mut text = String::new();
        for c in format.text.chars() {
            if !matches!(c, '%' | '&' | '$') {
                text.push(c);
                continue;
            }
            let Some(value) = values.next() else {
                if count > 0 {
                    let message = format!("there is no value for this `{c}`, which is printed as it stands");
                    self.unit.diagnostics.push(Diagnostic::warning(format.span, message));
                }
                text.extend((c == '%').then_some('%'));
                text.push(c);
                continue;
            };
            let value = match (c, value.ty) {
                ('%', Type::Float) => value.to(Type::Integer),
                ('&', Type::Integer) => value.to(Type::Float),
                ('$', Type::Integer | Type::Float) => self.digits(value),
                _ => value,
            };
            text.push_str(match value.ty {
                Type::Integer => "%d",
                Type::Float => "%f",
                _ => "%s",
            });
            ready.push(value);
        }
        let unused = values.len();
        if unused > 0 {
            let message = format!(
                "FORMAT has {}, but {count} {} given",
                places(count - unused),
                if count == 1 { "value is" } else { "values are" }
            );
            let hint = "% stands for an integer, & for a float, $ for a string";
            self.unit.diagnostics.push(Diagnostic::error(format.span, message).hint(hint));
        }
        text.push('\n');
        (text, ready)
    }

    /// A number as a string.
    pub fn digits(&mut self, value: Value) -> Value {
        let value = value.settled();
        let (span, function) = (
            value.span,
            match value.ty {
                Type::Integer => "basic_str_from_int",
                Type::Long => "basic_str_from_i64",
                Type::Float => "basic_str_from_float",
                Type::Text => return value,
            },
        );
        self.text_function(function, Type::Text, vec![value], span)
    }
}

fn places(count: usize) -> String {
    match count {
        0 => "no place for a value".to_owned(),
        1 => "1 place for a value".to_owned(),
        count => format!("{count} places for values"),
    }
}
