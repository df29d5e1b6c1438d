//! Declarations of variables, functions and names of types.

use std::collections::HashMap;
use std::rc::Rc;

use super::declarators::Declared;
use super::specifiers::{Specifiers, Storage};
use super::{Current, Parsed, Parser, Reported, Symbol};
use crate::c::token::Kind;
use crate::c::tree::{Body, Function, FunctionId, Object, ObjectId, Statement, StatementKind, Variable};
use crate::c::types::{FunctionType, Type};
use crate::diagnostic::{Diagnostic, Span};

impl Parser<'_> {
    /// One declaration outside of functions.
    pub(super) fn declaration(&mut self) -> Parsed<()> {
        if self.take(";") {
            return Ok(());
        }
        if self.is_word("_Static_assert") || self.is_word("static_assert") {
            return self.static_assert();
        }
        if !self.is_declaration()
            && let Kind::Name(name) = self.peek().clone()
        {
            let span = self.span();
            let message = format!("a declaration is expected here, and `{name}` is no type");
            return match self.peek_after(1) {
                Kind::Symbol("(") => {
                    self.fail_with_hint(span, message, "a function begins with the type of its result")
                }
                _ => self.fail(span, message),
            };
        }
        let specifiers = self.specifiers()?;
        if self.take(";") {
            return Ok(());
        }
        loop {
            let declared = self.declarator(specifiers.ty.clone(), specifiers.constant)?;
            self.named(&declared)?;
            if specifiers.storage == Storage::Typedef {
                self.typedef(declared)?;
            } else if let Type::Function(ty) = &declared.ty {
                let ty = ty.clone();
                let id = self.function(&declared, ty, specifiers.storage)?;
                if self.is("{") {
                    return self.function_body(id, declared);
                }
            } else {
                self.object(declared, specifiers.storage)?;
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect(";", "a declaration")
    }

    fn named(&mut self, declared: &Declared) -> Parsed<()> {
        if !declared.name.is_empty() {
            return Ok(());
        }
        let found = self.found();
        self.fail(declared.span, format!("the name of what is declared is expected here, found {found}"))
    }

    pub(super) fn static_assert(&mut self) -> Parsed<()> {
        let span = self.span();
        self.advance();
        self.expect("(", "`_Static_assert`")?;
        let value = self.constant_integer("the condition of `_Static_assert`")?;
        let mut message = "a static assertion does not hold".to_owned();
        if self.take(",")
            && let Kind::Text(text) = self.peek().clone()
        {
            message = format!("{message}: {}", String::from_utf8_lossy(&text));
            self.advance();
        }
        self.expect(")", "`_Static_assert`")?;
        if value == 0 {
            self.report(Diagnostic::error(span, message));
        }
        self.expect(";", "`_Static_assert`")
    }

    fn typedef(&mut self, declared: Declared) -> Parsed<()> {
        let symbol = Symbol::Typedef(declared.ty.clone(), declared.constant);
        if let Some((Symbol::Typedef(known, _), _)) =
            self.scopes.last().and_then(|scope| scope.get(&declared.name))
            && *known == declared.ty
        {
            return Ok(());
        }
        self.declare(declared.name, symbol, declared.span)
    }

    /// Declares a function, which may be known already.
    fn function(
        &mut self,
        declared: &Declared,
        ty: Rc<FunctionType>,
        storage: Storage,
    ) -> Parsed<FunctionId> {
        if matches!(ty.result, Type::Record(_)) && ty.result.layout(&self.program.records).is_none() {
            return self.fail(declared.span, "the type of the result is not defined yet");
        }
        let prelude = self.is_prelude(declared.span);
        if let Some((symbol, first)) = self.scopes[0].get(&declared.name).cloned()
            && (!self.is_prelude(first) || prelude)
        {
            let Symbol::Function(id) = symbol else {
                let message = format!("`{}` is declared twice", declared.name);
                self.report(Diagnostic::error(declared.span, message).related(first, "declared here first"));
                return Err(Reported);
            };
            let known = &mut self.program.functions[id];
            let same = known.ty.result == ty.result
                && (known.ty.unknown || ty.unknown || known.ty.parameters == ty.parameters);
            if !same {
                let message = format!("`{}` is declared with two types", declared.name);
                self.report(Diagnostic::error(declared.span, message).related(first, "declared here first"));
                return Err(Reported);
            }
            known.is_static |= storage == Storage::Static;
            if known.ty.unknown {
                known.ty = ty;
            }
            return Ok(id);
        }
        let id = self.program.functions.len();
        self.program.functions.push(Function {
            name: declared.name.clone(),
            ty,
            is_static: storage == Storage::Static,
            span: declared.span,
            body: None,
            used: Span::default(),
            is_used: false,
            calls: Default::default(),
            calls_pointer: false,
            addressed: false,
        });
        self.scopes[0].insert(declared.name.clone(), (Symbol::Function(id), declared.span));
        Ok(id)
    }

    fn function_body(&mut self, id: FunctionId, declared: Declared) -> Parsed<()> {
        if self.program.functions[id].body.is_some() {
            let first = self.program.functions[id].span;
            let message = format!("the function `{}` is defined twice", declared.name);
            self.report(Diagnostic::error(declared.span, message).related(first, "defined here first"));
            return Err(Reported);
        }
        let Type::Function(ty) = &declared.ty else { return Err(Reported) };
        let ty = Rc::new(FunctionType { unknown: false, ..(**ty).clone() });
        let function = &mut self.program.functions[id];
        function.ty = ty.clone();
        function.span = declared.span;
        self.function = Some(Current {
            id,
            name: declared.name.clone(),
            result: ty.result.clone(),
            body: Body::default(),
            labels: HashMap::new(),
            switches: Vec::new(),
            loops: 0,
            else_ifs: 0,
        });
        self.open_scope();
        for (parameter, ty) in declared.parameters.iter().zip(&ty.parameters) {
            let variable = Variable {
                name: parameter.name.clone(),
                ty: ty.clone(),
                addressed: false,
                constant: parameter.constant,
                known: None,
                span: parameter.span,
            };
            self.variable(variable)?;
        }
        let block = self.block()?;
        self.close_scope();
        let Some(mut current) = self.function.take() else { return Err(Reported) };
        let mut unknown: Vec<_> = current.labels.iter().filter(|(_, label)| !label.defined).collect();
        unknown.sort_by_key(|(_, label)| label.used.start);
        for (name, label) in unknown {
            let message = format!("no statement of `{}` has the label `{name}`", declared.name);
            self.diagnostics.push(Diagnostic::error(label.used, message));
        }
        current.body.statements = block;
        current.body.end = self.previous();
        self.program.functions[id].body = Some(current.body);
        Ok(())
    }

    /// A variable of the function that is being read; one without a name cannot be used.
    fn variable(&mut self, variable: Variable) -> Parsed<usize> {
        let Some(current) = &mut self.function else { return Err(Reported) };
        let id = current.body.variables.len();
        let (name, span) = (variable.name.clone(), variable.span);
        current.body.variables.push(variable);
        if !name.is_empty() {
            self.declare(name, Symbol::Variable(id), span)?;
        }
        Ok(id)
    }

    /// A variable outside of functions.
    fn object(&mut self, declared: Declared, storage: Storage) -> Parsed<()> {
        if declared.ty == Type::Void {
            return self.fail(declared.span, format!("`{}` cannot be void", declared.name));
        }
        let known = self.scopes[0].get(&declared.name).cloned();
        let id = match known {
            Some((Symbol::Object(id), first)) if !self.is_prelude(first) => {
                if !matches(&self.program.objects[id].ty, &declared.ty) {
                    let message = format!("`{}` is declared with two types", declared.name);
                    self.report(
                        Diagnostic::error(declared.span, message).related(first, "declared here first"),
                    );
                    return Err(Reported);
                }
                if matches!(self.program.objects[id].ty, Type::Array(_, None)) {
                    self.program.objects[id].ty = declared.ty.clone();
                }
                id
            }
            _ => {
                let id = self.new_object(declared.name.to_string(), &declared);
                self.declare(declared.name.clone(), Symbol::Object(id), declared.span)?;
                id
            }
        };
        let extern_only = storage == Storage::Extern && !self.is("=");
        self.define(id, declared.span, extern_only)
    }

    fn new_object(&mut self, name: String, declared: &Declared) -> ObjectId {
        self.program.objects.push(Object {
            name,
            ty: declared.ty.clone(),
            constant: declared.constant,
            initial: None,
            span: declared.span,
            addressed: false,
            defined: false,
        });
        self.program.objects.len() - 1
    }

    /// Reads the first value of an object, where there is one.
    fn define(&mut self, id: ObjectId, span: Span, extern_only: bool) -> Parsed<()> {
        if self.take("=") {
            if let Some(first) =
                self.program.objects[id].initial.as_ref().map(|_| self.program.objects[id].span)
            {
                let message = format!("`{}` is given a first value twice", self.program.objects[id].name);
                self.report(Diagnostic::error(span, message).related(first, "given here first"));
                return Err(Reported);
            }
            let mut ty = self.program.objects[id].ty.clone();
            let parts = self.initialiser(&mut ty)?;
            let object = &mut self.program.objects[id];
            (object.ty, object.initial, object.defined, object.span) = (ty, Some(parts), true, span);
        } else if !extern_only {
            self.program.objects[id].defined = true;
        }
        if extern_only {
            return Ok(());
        }
        let ty = self.program.objects[id].ty.clone();
        self.sized(&ty, span)
    }

    /// Sees that a variable's type has a size.
    fn sized(&mut self, ty: &Type, span: Span) -> Parsed<()> {
        const MOST_BYTES: u32 = 1 << 26;
        match ty.layout(&self.program.records) {
            Some((bytes, _)) if bytes <= MOST_BYTES => Ok(()),
            Some((bytes, _)) => {
                self.fail(span, format!("this takes {bytes} bytes: {MOST_BYTES} are the most"))
            }
            None if matches!(ty, Type::Array(_, None)) => self.fail_with_hint(
                span,
                "the size of this array is not known",
                "write it, or give first values",
            ),
            None => {
                let name = self.type_name(ty);
                self.fail(span, format!("a variable cannot be of type {name}, which has no size"))
            }
        }
    }

    /// A declaration in a function: the statements that give first values.
    pub(super) fn local_declaration(&mut self, statements: &mut Vec<Statement>) -> Parsed<()> {
        let start = self.span();
        let specifiers = self.specifiers()?;
        if self.take(";") {
            return Ok(());
        }
        loop {
            let declared = self.declarator(specifiers.ty.clone(), specifiers.constant)?;
            self.named(&declared)?;
            self.local(&specifiers, declared, start, statements)?;
            if !self.take(",") {
                break;
            }
        }
        self.expect(";", "a declaration")
    }

    fn local(
        &mut self,
        specifiers: &Specifiers,
        declared: Declared,
        start: Span,
        statements: &mut Vec<Statement>,
    ) -> Parsed<()> {
        let span = declared.span;
        if specifiers.storage == Storage::Typedef {
            return self.typedef(declared);
        }
        if let Type::Function(ty) = &declared.ty {
            let ty = ty.clone();
            return self.function(&declared, ty, specifiers.storage).map(|_| ());
        }
        if specifiers.storage == Storage::Extern {
            let id = match self.scopes[0].get(&declared.name) {
                Some((Symbol::Object(id), _)) => *id,
                _ => {
                    let id = self.new_object(declared.name.to_string(), &declared);
                    self.scopes[0].insert(declared.name.clone(), (Symbol::Object(id), span));
                    id
                }
            };
            return self.declare(declared.name, Symbol::Object(id), span);
        }
        if specifiers.storage == Storage::Static {
            let function = self.function.as_ref().map_or("", |current| &*current.name);
            let id = self.new_object(format!("{function}.{}", declared.name), &declared);
            self.declare(declared.name.clone(), Symbol::Object(id), span)?;
            return self.define(id, span, false);
        }
        if declared.ty == Type::Void {
            return self.fail(span, format!("`{}` cannot be void", declared.name));
        }
        let Declared { name, ty, constant, .. } = declared;
        let variable = Variable { name, ty: ty.clone(), addressed: false, constant, known: None, span };
        let id = self.variable(variable)?;
        let mut sized = ty;
        if self.take("=") {
            let parts = self.initialiser(&mut sized)?;
            if let (true, Some(current)) = (constant, &mut self.function) {
                current.body.variables[id].known = super::operators::number(&parts).cloned();
            }
            let kind = StatementKind::Initialise(id, parts);
            statements.push(Statement { kind, span: start.to(self.previous()) });
        }
        if let Some(current) = &mut self.function {
            current.body.variables[id].ty = sized.clone();
        }
        self.sized(&sized, span)
    }
}

/// Whether two declarations of a variable may stand for the same.
fn matches(known: &Type, again: &Type) -> bool {
    match (known, again) {
        (Type::Array(one, a), Type::Array(other, b)) => {
            one == other && (a.is_none() || b.is_none() || a == b)
        }
        _ => known == again,
    }
}
