//! The program, a SUB or a FUNCTION: its frame of saved variables, and its statements.

use std::mem;

use super::ast::{self, Exit, Kind, Name, Statement};
use super::code::Code;
use super::types::{Owner, Type, Value};
use super::unit::{Symbol, Unit, Variable, values};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{BlockId, Callee, End, Entry, Expr, FunctionId, LocalId, Statement as Step};
use sostenuto_board::patch::Cause;

/// One function that is being lowered.
pub(super) struct Body<'u, 'a> {
    pub unit: &'u mut Unit<'a>,
    pub code: Code,
    /// The name, empty outside of SUBs.
    name: String,
    /// What a SUB gives.
    result: Option<Type>,
    /// Where the variables are given their old values back.
    exit: BlockId,
    /// The variables that the SUB has for itself.
    saved: Vec<Saved>,
    /// The loops and SELECTs around the place, and where each ends.
    pub around: Vec<(Exit, BlockId)>,
    /// How many blocks are around the statement.
    depth: u32,
    /// An earlier statement may have left the SUB.
    left: bool,
}

/// A variable whose value of before is in a local.
struct Saved {
    name: String,
    variable: Variable,
    before: LocalId,
    /// Tells whether it is, where that is not certain.
    flag: Option<LocalId>,
}

impl<'u, 'a> Body<'u, 'a> {
    /// Lowers the statements of a whole program.
    pub fn program(unit: &'u mut Unit<'a>, statements: &[Statement]) {
        let mut code = Code::new(super::unit::SETUP, &[], None);
        let exit = code.block();
        let mut body = Body {
            unit,
            code,
            name: String::new(),
            result: None,
            exit,
            saved: Vec::new(),
            around: Vec::new(),
            depth: 0,
            left: false,
        };
        body.statements(statements);
        body.code.jump(exit, exit);
        body.code.end(End::Return);
        body.code.function.exported = true;
        body.unit.program.entries.push(Entry { function: 0, audio: false, first: true });
        body.unit.program.functions[0] = body.code.function;
    }

    /// Lowers a SUB.
    fn sub(unit: &'u mut Unit<'a>, function: FunctionId, sub: &ast::Sub) {
        let (parameters, result) = match unit.sub(&sub.name.text) {
            Some(known) => (known.parameters.clone(), known.result),
            None => return,
        };
        let types: Vec<_> = parameters.iter().map(|ty| ty.lower()).collect();
        let mut code = Code::new(&sub.name.text, &types, result.map(Type::lower));
        code.line = unit.sources.line(sub.name.span);
        let exit = code.block();
        let name = sub.name.text.clone();
        let mut body = Body {
            unit,
            code,
            name,
            result,
            exit,
            saved: Vec::new(),
            around: Vec::new(),
            depth: 0,
            left: false,
        };
        if let Some(ended) = body.unit.ended {
            let (leave, enter) = (body.code.block(), body.code.block());
            body.code.branch(Expr::Global(ended), leave, enter);
            body.code.end(End::Return);
            body.code.begin(enter);
        }
        for (local, (parameter, ty)) in (0..).zip(sub.parameters.iter().zip(parameters)) {
            if let Some(variable) = body.unit.assigned(parameter, ty) {
                body.save(parameter, variable, Expr::Local(local));
            }
        }
        body.statements(&sub.body);
        body.code.line = body.unit.sources.line(sub.end);
        body.code.jump(exit, exit);
        body.restore();
        body.code.end(End::Return);
        body.enter(&sub.name, &sub.parameters, function);
        body.unit.program.functions[function] = body.code.function;
    }

    /// Exports what the host calls by its name.
    fn enter(&mut self, name: &Name, parameters: &[Name], function: FunctionId) {
        let (exported, most) = match name.text.as_str() {
            "PROCESS" => ("process", 1),
            "LOOP" => ("loop", 0),
            _ => return,
        };
        let fits = parameters.len() <= most
            && parameters.iter().all(|parameter| self.unit.type_of(&parameter.text) == Type::Integer);
        if !fits {
            let message = match most {
                0 => "the host calls `LOOP` without values",
                _ => "the host calls `PROCESS` with one integer, the count of sample frames, or with nothing",
            };
            self.unit.error(name.span, message);
        }
        self.code.function.name = exported.to_owned();
        self.code.function.exported = true;
        self.unit.program.entries.push(Entry { function, audio: exported == "process", first: false });
    }

    /// Keeps a variable's value for the end of the SUB and gives it another.
    fn save(&mut self, name: &Name, variable: Variable, value: Expr) {
        if self.saved.iter().any(|saved| saved.name == name.text) {
            let message = format!("`{}` is local to this SUB already", name.text);
            self.unit.error(name.span, message);
            return;
        }
        let before = self.code.local(variable.ty.lower());
        let certain = self.depth == 0 && !self.left;
        let flag = (!certain).then(|| self.code.local(crate::lower::program::Type::Integer));
        let get = Expr::Global(variable.global);
        match flag {
            None => self.code.set(before, get),
            Some(flag) => {
                let (first, again, after) = (self.code.block(), self.code.block(), self.code.block());
                self.code.branch(Expr::Local(flag), again, first);
                if variable.ty == Type::Text {
                    let release = self.unit.release_text();
                    self.code.call(release, vec![get.clone()]);
                }
                self.code.jump(after, first);
                self.code.set(before, get);
                self.code.set(flag, Expr::Integer(1));
                self.code.jump(after, after);
            }
        }
        self.code.emit(Step::SetGlobal(variable.global, value));
        self.saved.push(Saved { name: name.text.clone(), variable, before, flag });
    }

    fn restore(&mut self) {
        for saved in mem::take(&mut self.saved).into_iter().rev() {
            let after = saved.flag.map(|flag| {
                let (inside, after) = (self.code.block(), self.code.block());
                self.code.branch(Expr::Local(flag), inside, after);
                after
            });
            if saved.variable.ty == Type::Text {
                let release = self.unit.release_text();
                self.code.call(release, vec![Expr::Global(saved.variable.global)]);
            }
            self.code.emit(Step::SetGlobal(saved.variable.global, Expr::Local(saved.before)));
            if let Some(after) = after {
                self.code.jump(after, after);
            }
        }
    }

    pub fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            if self.unit.diagnostics.is_full() {
                return;
            }
            self.statement(statement);
        }
    }

    /// Statements inside of another.
    pub fn inner(&mut self, statements: &[Statement]) {
        self.depth += 1;
        self.statements(statements);
        self.depth -= 1;
    }

    /// Where a fault at that place is told of.
    pub fn fault(&mut self, span: Span, cause: Cause) -> crate::lower::program::Site {
        let line = self.unit.sources.line(span);
        let name = if self.name.is_empty() { super::unit::SETUP } else { &self.name };
        self.unit.fault(line, name, cause)
    }

    fn statement(&mut self, statement: &Statement) {
        let line = self.unit.sources.line(statement.span);
        self.code.new_statement(line);
        match &statement.kind {
            Kind::Assign(place, value) => self.assign(place, value),
            Kind::Splice { target, start, length, value } => {
                self.splice(target, start, length.as_ref(), value);
            }
            Kind::Print(value) => self.print(value),
            Kind::PrintText(value) => self.print_text(value),
            Kind::Format(format) => self.format(format),
            Kind::If { branches, otherwise } => self.if_(branches, otherwise),
            Kind::For(parts) => self.for_(parts),
            Kind::Do { exit, before, body, after } => self.do_(*exit, before.as_ref(), body, after.as_ref()),
            Kind::Select { value, cases, otherwise } => self.select(value, cases, otherwise),
            Kind::Exit(exit) => self.exit(*exit, statement.span),
            Kind::Call(name, arguments) => {
                let value = self.call(name, arguments, statement.span);
                self.discard(value);
                self.leave_if_ended();
            }
            Kind::Return(value) => self.return_(value.as_ref(), statement.span),
            Kind::Bye => self.bye(),
            Kind::Break => self.leave(),
            Kind::Local(names) => self.local(names, statement.span),
            Kind::Const(name, value) => self.constant(name, value),
            Kind::Swap(one, other) => self.swap(one, other),
            Kind::Dim(arrays) => arrays.iter().for_each(|(name, bounds)| self.dim(name, bounds)),
            Kind::Redim { preserve, arrays } => {
                arrays.iter().for_each(|(name, bounds)| self.redim(name, bounds, *preserve));
            }
            Kind::Erase(names) => names.iter().for_each(|name| self.erase(name)),
            Kind::OptionBase(base) => self.unit.base = *base,
            Kind::Data(_) => {}
            Kind::Read(places) => places.iter().for_each(|place| self.read(place)),
            Kind::Restore => {
                let next = self.unit.next_datum();
                self.code.emit(Step::SetGlobal(next, Expr::Integer(0)));
            }
            Kind::Open { path, mode, channel } => self.open(path, *mode, channel),
            Kind::Close(channels) => channels.iter().for_each(|channel| self.close(channel)),
            Kind::PrintFile { channel, value } => self.print_file(channel, value.as_ref()),
            Kind::InputFile { channel, target } => self.input_file(channel, target),
            Kind::File(function, path) => self.file(function, &[path]),
            Kind::Rename(from, to) => self.file("file_rename", &[from, to]),
            Kind::Sub(sub) => {
                if let Some(function) = self.unit.declare_sub(&sub.name, &sub.parameters, true) {
                    Body::sub(self.unit, function, sub);
                }
            }
            Kind::Declare { name, parameters } => {
                self.unit.declare_sub(name, parameters, false);
            }
        }
    }

    fn return_(&mut self, value: Option<&ast::Expr>, span: Span) {
        let Some(expr) = value else { return self.leave() };
        let value = self.value(expr);
        let Some(result) = self.result else {
            let message = match self.name.as_str() {
                "" => "RETURN with a value stands in a SUB or FUNCTION".to_owned(),
                name => format!("`{name}` is called by the host, which takes no value from it"),
            };
            self.unit.error(span, message);
            return;
        };
        if let Some(value) = self.coerce(value, result, "what this SUB gives") {
            let value = self.owned(value).expr;
            let local = self.code.function.result.unwrap_or(0);
            self.code.set(local, value);
        }
        self.leave();
    }

    /// Goes to the end of the SUB or program.
    fn leave(&mut self) {
        self.left = true;
        let exit = self.exit;
        self.code.end(End::Jump(exit));
        self.code.begin_unreached();
    }

    fn bye(&mut self) {
        if let Some(ended) = self.unit.ended {
            self.code.emit(Step::SetGlobal(ended, Expr::Integer(1)));
        }
        self.leave();
    }

    /// After a call: a SUB may have ended the program.
    pub fn leave_if_ended(&mut self) {
        if let Some(ended) = self.unit.ended {
            self.left = true;
            let next = self.code.block();
            let exit = self.exit;
            self.code.end(End::Branch(Expr::Global(ended), exit, next));
            self.code.begin(next);
        }
    }

    fn local(&mut self, names: &[Name], span: Span) {
        if self.name.is_empty() {
            self.unit.error(span, "LOCAL stands in a SUB or FUNCTION");
            return;
        }
        for name in names {
            if let Some(variable) = self.unit.assigned(name, Type::Integer) {
                self.save(name, variable, variable.ty.zero());
            }
        }
    }

    fn constant(&mut self, name: &Name, value: &ast::Expr) {
        let value = self.value(value).settled();
        let ty = Type::of_suffix(&name.text).unwrap_or(value.ty);
        let Some(value) = self.coerce(value, ty, &format!("`{}`", name.text)) else { return };
        let known = value.is_constant() || value.ty == Type::Text && value.owner == Owner::Program;
        if known {
            self.unit.declare(name, Symbol::Constant(value.expr, ty));
            return;
        }
        let variable = Variable { global: self.unit.global(&name.text, ty), ty, fixed: true };
        if self.unit.declare(name, Symbol::Variable(variable)) {
            self.unit.note_use(name, true);
            self.set_variable(variable, value);
        }
    }

    /// A value of that type, or an error that names what it is for.
    pub fn coerce(&mut self, value: Value, ty: Type, what: &str) -> Option<Value> {
        if (value.ty == Type::Text) != (ty == Type::Text) {
            let message = format!("{what} is {}, but this is {}", ty.noun(), value.ty.noun());
            let hint = if ty == Type::Text {
                "STR$(n) makes a string of a number"
            } else {
                "VAL(s$) makes a number of a string"
            };
            self.unit.diagnostics.push(Diagnostic::error(value.span, message).hint(hint));
            return None;
        }
        if ty == Type::Integer
            && let Expr::Float(bits) = value.expr
            && f32::from_bits(bits).fract() != 0.0
        {
            let number = f32::from_bits(bits);
            let message = format!("{number} becomes {}: {what} is an integer", number as i32);
            let hint = "a name with # holds a float";
            self.unit.diagnostics.push(Diagnostic::warning(value.span, message).hint(hint));
        }
        Some(value.to(ty))
    }

    /// The call of a SUB, with its arguments.
    pub fn call_sub(&mut self, name: &Name, arguments: &[ast::Expr], span: Span) -> Option<Value> {
        let sub = self.unit.sub(&name.text)?.clone();
        if arguments.len() != sub.parameters.len() {
            let message = format!(
                "`{}` takes {}, but {} given",
                name.text,
                values(sub.parameters.len()),
                are(arguments.len())
            );
            let diagnostic = Diagnostic::error(span, message).related(sub.place, "declared here");
            self.unit.diagnostics.push(diagnostic);
            return None;
        }
        let mut given = Vec::with_capacity(arguments.len());
        for (argument, &ty) in arguments.iter().zip(&sub.parameters) {
            let value = self.value(argument);
            let value = self.coerce(value, ty, "this value of the SUB")?;
            // The SUB frees what it is given.
            given.push(self.owned(value).expr);
        }
        let call = Expr::Call(Callee::Function(sub.function), given);
        let mut value = Value::new(call, sub.result.unwrap_or(Type::Integer), span).calling(true);
        if sub.result.is_none() {
            value.expr = Expr::After(vec![Step::Evaluate(value.expr)], Box::new(Expr::Integer(0)));
        }
        Some(value)
    }
}

fn are(count: usize) -> String {
    if count == 1 { "1 is".to_owned() } else { format!("{count} are") }
}
