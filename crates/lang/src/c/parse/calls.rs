//! Calls: of functions, by pointer, of the host, and of what is one instruction.

use super::{Parsed, Parser};
use crate::c::token::Kind;
use crate::c::tree::{Expr, ExprKind, FunctionId};
use crate::c::types::Type;
use crate::conez::{self, FORMAT_BYTES, HostFunction};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{Binary, Type as Held, Unary};

impl Parser<'_> {
    pub(super) fn use_function(&mut self, id: FunctionId, span: Span) {
        if let Some(current) = &self.function {
            self.program.functions[current.id].calls.insert(id);
        }
        let function = &mut self.program.functions[id];
        if !std::mem::replace(&mut function.is_used, true) {
            function.used = span;
        }
    }

    pub(super) fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.advance();
        let mut arguments = Vec::new();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            let argument = self.assignment()?;
            arguments.push(self.value_of(argument)?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")", "the arguments")?;
        Ok(arguments)
    }

    pub(super) fn call(&mut self, callee: Expr, arguments: Vec<Expr>, span: Span) -> Parsed<Expr> {
        if let ExprKind::Function(id) = callee.kind {
            let ty = self.program.functions[id].ty.clone();
            let name = format!("`{}`", self.program.functions[id].name);
            let given = match ty.unknown {
                // What is defined later takes what is given, or an error is told then.
                true => self.promoted(arguments)?,
                false => self.matched(&name, arguments, &ty.parameters, span)?,
            };
            let result = ty.result.clone();
            return self.node(ExprKind::Call(id, given), result, span);
        }
        let callee = self.value_of(callee)?;
        let ty = match callee.ty.target().map(|target| &target.ty) {
            Some(Type::Function(ty)) => ty.clone(),
            _ => {
                let ty = self.type_name(&callee.ty);
                return self.fail(callee.span, format!("a function is expected before `(`, not {ty}"));
            }
        };
        if let Some(current) = &self.function {
            self.program.functions[current.id].calls_pointer = true;
        }
        let given = match ty.unknown {
            true => self.promoted(arguments)?,
            false => self.matched("this function", arguments, &ty.parameters, span)?,
        };
        let result = ty.result.clone();
        self.node(ExprKind::CallPointer(Box::new(callee), given), result, span)
    }

    /// Arguments brought to the types of the parameters.
    fn matched(
        &mut self,
        name: &str,
        arguments: Vec<Expr>,
        parameters: &[Type],
        span: Span,
    ) -> Parsed<Vec<Expr>> {
        self.counted(name, arguments.len(), parameters.len(), span)?;
        let pairs = arguments.into_iter().zip(parameters);
        pairs.map(|(argument, ty)| self.assignable(argument, ty, "is given")).collect()
    }

    /// Arguments as a function takes them of whose parameters nothing is known.
    fn promoted(&mut self, arguments: Vec<Expr>) -> Parsed<Vec<Expr>> {
        let promote = |argument: Expr| match argument.ty {
            Type::Float => self.cast(argument, &Type::Double),
            _ => {
                let ty = argument.ty.promoted();
                self.cast(argument, &ty)
            }
        };
        arguments.into_iter().map(promote).collect()
    }

    fn counted(&mut self, name: &str, given: usize, takes: usize, span: Span) -> Parsed<()> {
        if given == takes {
            return Ok(());
        }
        let plural = if takes == 1 { "" } else { "s" };
        self.fail(span, format!("{name} takes {takes} argument{plural}, but {given} given"))
    }

    /// The call of a name that the program does not declare.
    pub(super) fn host_call(&mut self, name: &str, span: Span) -> Parsed<Expr> {
        let known =
            conez::function(name).is_some() || is_format(name) || name == "print" || native(name).is_some();
        if !known || !self.has_host {
            let mut diagnostic = Diagnostic::error(span, format!("unknown function `{name}`"));
            if known || crate::c::prelude::TEXT.contains(&format!(" {name}(")) {
                diagnostic = diagnostic.hint("it is one of the host: #include <conez_api.h>");
            } else if let Some(nearest) = self.nearest_function(name) {
                diagnostic = diagnostic.hint(format!("did you mean `{nearest}`?"));
            }
            self.report(diagnostic);
            return Err(super::Reported);
        }
        let literal = match self.peek_after(1) {
            Kind::Text(_) => Some(self.span()),
            _ => None,
        };
        let arguments = self.arguments()?;
        let span = span.to(self.previous());
        if name == "print" {
            return self.print(arguments, literal, span);
        }
        if is_format(name) {
            return self.format(name, arguments, span);
        }
        if let Some((operation, ty, takes)) = native(name) {
            self.counted(&format!("`{name}`"), arguments.len(), takes, span)?;
            let mut values = Vec::with_capacity(2);
            for argument in arguments {
                values.push(self.assignable(argument, &ty, "is given")?);
            }
            let mut values = values.into_iter();
            return match (operation, values.next(), values.next()) {
                (Native::One(operation), Some(value), _) => {
                    self.node(ExprKind::Native(operation, Box::new(value)), ty, span)
                }
                (Native::Two(operation), Some(one), Some(other)) => self.joined(operation, one, other, ty),
                _ => Err(super::Reported),
            };
        }
        let Some(host) = conez::function(name) else { return Err(super::Reported) };
        self.call_host(host, arguments, span)
    }

    pub(super) fn call_host(&mut self, host: HostFunction, arguments: Vec<Expr>, span: Span) -> Parsed<Expr> {
        self.counted(&format!("`{}`", host.name), arguments.len(), host.parameters().len(), span)?;
        let mut given = Vec::with_capacity(arguments.len());
        for (argument, ty) in arguments.into_iter().zip(host.parameters()) {
            let wanted = match ty {
                // The host takes pointers and integers alike.
                Held::Integer if matches!(argument.ty, Type::Pointer(_)) => {
                    given.push(argument);
                    continue;
                }
                ty => of_held(ty),
            };
            given.push(self.assignable(argument, &wanted, "is given")?);
        }
        let ty = match host.name {
            "malloc" | "calloc" | "realloc" => Type::Void.pointer(),
            "audio_in" | "audio_out" => Type::Float.pointer(),
            _ => host.result().map_or(Type::Void, of_held),
        };
        self.node(ExprKind::CallHost(host, given), ty, span)
    }

    /// `print("text")`: the length is known.
    fn print(&mut self, arguments: Vec<Expr>, literal: Option<Span>, span: Span) -> Parsed<Expr> {
        self.counted("`print`", arguments.len(), 1, span)?;
        let Some(host) = conez::function("print_str") else { return Err(super::Reported) };
        for text in arguments {
            if let (ExprKind::AddressOf(place), Some(_)) = (&text.kind, literal)
                && let ExprKind::Text(id) = place.kind
            {
                let bytes = self.program.texts[id].len() as i64 - 1;
                let length = self.node(ExprKind::Integer(bytes), Type::INT, span)?;
                return self.call_host(host, vec![text, length], span);
            }
        }
        self.fail_with_hint(
            span,
            "`print` takes a string as it is written",
            "printf(\"%s\", text) takes any other",
        )
    }

    /// `printf` and its relatives: the arguments after the format go to a block in memory.
    fn format(&mut self, name: &str, arguments: Vec<Expr>, span: Span) -> Parsed<Expr> {
        let (host, fixed) = match name {
            "printf" => ("host_printf", 1),
            "snprintf" => ("host_snprintf", 3),
            "sprintf" => ("host_snprintf", 2),
            _ => ("host_sscanf", 2),
        };
        let Some(host) = conez::function(host) else { return Err(super::Reported) };
        if arguments.len() < fixed {
            let plural = if fixed == 1 { "" } else { "s" };
            let given = arguments.len();
            return self
                .fail(span, format!("`{name}` takes at least {fixed} argument{plural}, but {given} given"));
        }
        let mut given = Vec::with_capacity(fixed + 1);
        let mut more = Vec::new();
        let mut bytes = 0;
        for (at, argument) in arguments.into_iter().enumerate() {
            let argument_span = argument.span;
            let ty = match &argument.ty {
                ty if at < fixed && !ty.is_integer() => {
                    if !matches!(ty, Type::Pointer(_)) {
                        let ty = self.type_name(ty);
                        return self.fail(argument_span, format!("{ty} is given where `{name}` wants text"));
                    }
                    ty.clone()
                }
                Type::Float => Type::Double,
                ty if ty.is_arithmetic() => ty.promoted(),
                ty if matches!(ty, Type::Pointer(_)) => ty.clone(),
                ty => {
                    let ty = self.type_name(ty);
                    return self.fail(argument_span, format!("`{name}` does not take {ty}"));
                }
            };
            let value = self.cast(argument, &ty)?;
            if at < fixed {
                given.push(value);
                continue;
            }
            bytes += value.ty.layout(&self.program.records).map_or(4, |(bytes, _)| bytes);
            if bytes > FORMAT_BYTES {
                let message = format!("the arguments of `{name}` take more than {FORMAT_BYTES} bytes");
                return self.fail_with_hint(argument_span, message, "print them in two parts");
            }
            more.push(value);
        }
        if name != "sscanf"
            && let Some(format) = given.last()
        {
            let format = format.clone();
            self.check_format(&format, &more, span);
        }
        if name == "sprintf" {
            let size = self.node(ExprKind::Integer(0x7FFF_FFFF), Type::INT, span)?;
            given.insert(1, size);
        }
        self.node(ExprKind::Format(host, given, more), Type::INT, span)
    }

    fn nearest_function(&self, name: &str) -> Option<String> {
        let host = conez::functions().map(|host| (strsim::damerau_levenshtein(host.name, name), host.name));
        let near = host.filter(|(distance, known)| *distance <= known.len().min(name.len()) / 4 + 1).min();
        let own = self.nearest(name);
        match (near, own) {
            (Some((distance, host)), Some(own)) => {
                let own_distance = strsim::damerau_levenshtein(&own, name);
                Some(if self.has_host && distance < own_distance { host.to_owned() } else { own })
            }
            (Some((_, host)), None) if name.len() > 2 => Some(host.to_owned()),
            (_, own) => own,
        }
    }
}

fn is_format(name: &str) -> bool {
    matches!(name, "printf" | "snprintf" | "sprintf" | "sscanf")
}

pub(in crate::c) fn of_held(ty: Held) -> Type {
    match ty {
        Held::Integer => Type::INT,
        Held::Long => Type::integer(8, true),
        Held::Float => Type::Float,
        Held::Double => Type::Double,
    }
}

/// A function that is one instruction.
#[derive(Clone, Copy)]
enum Native {
    One(Unary),
    Two(Binary),
}

/// The instruction of that name, the type that it works on, and how many values it takes.
fn native(name: &str) -> Option<(Native, Type, usize)> {
    let (held, ty, name) = match name.strip_suffix('f') {
        Some(name) => (Held::Float, Type::Float, name),
        None => (Held::Double, Type::Double, name),
    };
    let operation = match name {
        "sqrt" => Unary::SquareRoot(held),
        "fabs" => Unary::Absolute(held),
        "floor" => Unary::Floor(held),
        "ceil" => Unary::Ceiling(held),
        "trunc" => Unary::Truncate(held),
        "fmin" => return Some((Native::Two(Binary::Minimum), ty, 2)),
        "fmax" => return Some((Native::Two(Binary::Maximum), ty, 2)),
        _ => return None,
    };
    Some((Native::One(operation), ty, 1))
}
