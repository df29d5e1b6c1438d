//! Files.

use sostenuto_board::patch::Cause;

use super::arrays::{at, cell, word};
use super::ast::{self, Mode, Place};
use super::body::Body;
use super::types::{Type, Value, integer};
use crate::conez;
use crate::diagnostic::Span;
use crate::lower::program::{self as lower, Area, Binary, Callee, Expr, Statement as Step};

impl Body<'_, '_> {
    pub fn open(&mut self, path: &ast::Expr, mode: Mode, channel: &ast::Expr) {
        let Some(path) = self.text_operand(path, "the name of a file") else { return };
        // The file's number may run a SUB.
        let path = self.owned(path);
        let (arguments, released) = self.held(vec![path]);
        let name = self.code.temporary(lower::Type::Integer);
        for argument in arguments {
            self.code.set(name, argument);
        }
        let Some(place) = self.channel(channel) else { return };
        self.close_handle(&place);
        let mode = match mode {
            Mode::Input => 0,
            Mode::Output => 1,
            Mode::Append => 2,
        };
        let open = self.unit.host("file_open");
        let handle = Expr::Call(open, vec![Expr::Local(name), Expr::Integer(mode)]);
        self.code.emit(Step::Store(cell(Type::Integer), at(place, 0), handle));
        released.into_iter().for_each(|step| self.code.emit(step));
    }

    pub fn close(&mut self, channel: &ast::Expr) {
        let Some(place) = self.channel(channel) else { return };
        self.close_handle(&place);
        self.code.emit(Step::Store(cell(Type::Integer), at(place, 0), Expr::Integer(-1)));
    }

    /// Closes the file whose handle is in the cell, if there is one.
    fn close_handle(&mut self, place: &Expr) {
        let close = self.unit.host("file_close");
        let (open, after) = (self.code.block(), self.code.block());
        let is_open = integer(Binary::GreaterEqual, word(place.clone(), 0), Expr::Integer(0));
        self.code.branch(is_open, open, after);
        self.code.call(close, vec![word(place.clone(), 0)]);
        self.code.jump(after, after);
    }

    pub fn print_file(&mut self, channel: &ast::Expr, value: Option<&ast::Expr>) {
        let text = match value {
            Some(value) => {
                let value = self.operand(value);
                self.digits(value)
            }
            None => self.text("", channel.span),
        };
        // The file's number may run a SUB.
        let text = self.owned(text);
        let (arguments, released) = self.held(vec![text]);
        let line = self.code.temporary(lower::Type::Integer);
        for argument in arguments {
            self.code.set(line, argument);
        }
        let Some(place) = self.channel(channel) else { return };
        let write = self.unit.host("file_writeln");
        self.code.call(write, vec![word(place, 0), Expr::Local(line)]);
        released.into_iter().for_each(|step| self.code.emit(step));
    }

    /// Reads a line into a variable or element, as a value of its type.
    pub fn input_file(&mut self, channel: &ast::Expr, target: &Place) {
        let Some(place) = self.channel(channel) else { return };
        let read = self.unit.host("file_readln_str");
        let line = Value::new(Expr::Call(read, vec![word(place, 0)]), Type::Text, channel.span);
        let Some(target) = self.target(target, Type::Integer) else { return };
        let value = self.number_of_text(line, target.ty());
        self.store(&target, value);
    }

    /// The number that a text tells, or the text.
    pub fn number_of_text(&mut self, text: Value, ty: Type) -> Value {
        let span = text.span;
        let function = match ty {
            Type::Integer => "basic_str_to_int",
            Type::Long => "basic_str_to_i64",
            Type::Float => "basic_str_to_float",
            Type::Text => return text,
        };
        self.text_function(function, ty, vec![text], span)
    }

    /// `EOF(channel)`: -1 where nothing is left to read, or nothing is open.
    pub fn at_end(&mut self, channel: &ast::Expr, span: Span) -> Option<Value> {
        let place = self.channel(channel)?;
        let end = self.unit.host("file_eof");
        let closed = integer(Binary::Less, word(place.clone(), 0), Expr::Integer(0));
        let asked = Expr::Call(end, vec![word(place, 0)]);
        let asked = integer(Binary::NotEqual, asked, Expr::Integer(0));
        let held = Some(lower::Type::Integer);
        let at_end = Expr::If(held, Box::new(closed), Box::new(Expr::Integer(1)), Box::new(asked));
        Some(Value::truth(at_end, span))
    }

    /// A host function of one or two paths.
    pub fn file(&mut self, function: &'static str, paths: &[&ast::Expr]) {
        let mut values = Vec::new();
        for path in paths {
            let Some(value) = self.text_operand(path, "the name of a file") else { return };
            values.push(value);
        }
        let function: Callee = self.unit.host(function);
        let (arguments, released) = self.held(values);
        self.code.call(function, arguments);
        released.into_iter().for_each(|step| self.code.emit(step));
    }

    /// The handle of a file's number is in a cell; this is the cell's address.
    pub fn channel(&mut self, channel: &ast::Expr) -> Option<Expr> {
        let value = self.number(channel, "the number of a file");
        let value = value.to(Type::Integer);
        self.unit.area(Area::FileHandles);
        let handles = conez::FILE_HANDLES as i32;
        if let Expr::Integer(number) = value.expr {
            if !(1..=4).contains(&number) {
                self.unit.error(value.span, format!("files have the numbers 1 to 4, not {number}"));
                return None;
            }
            return Some(Expr::Integer(handles + 4 * (number - 1)));
        }
        let site = self.fault(value.span, Cause::Channel);
        let number = self.code.temporary(lower::Type::Integer);
        self.code.set(number, value.expr);
        let from_zero = integer(Binary::Subtract, Expr::Local(number), Expr::Integer(1));
        let outside = integer(Binary::GreaterEqualUnsigned, from_zero.clone(), Expr::Integer(4));
        self.fault_if(outside, Expr::Local(number), site);
        let address = self.code.temporary(lower::Type::Integer);
        let offset = integer(Binary::ShiftLeft, from_zero, Expr::Integer(2));
        self.code.set(address, integer(Binary::Add, Expr::Integer(handles), offset));
        Some(Expr::Local(address))
    }

    /// A string that stays the program's or a variable's until the end of the statement, or is freed there.
    pub fn text_operand(&mut self, expr: &ast::Expr, what: &str) -> Option<Value> {
        let value = self.operand(expr);
        if value.ty != Type::Text {
            let message = format!("{what} is a string, but this is {}", value.ty.noun());
            self.unit.error(expr.span, message);
            return None;
        }
        Some(value)
    }
}
