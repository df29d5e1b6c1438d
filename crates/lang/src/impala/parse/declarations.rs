//! Top-level declarations and lists of locals.

use super::{Parsed, Parser, Reported};
use crate::diagnostic::Diagnostic;
use crate::impala::ast::{Class, Const, Data, Function, Item, Local, Shape, TypeName};
use crate::impala::token::TokenKind;

impl Parser<'_> {
    pub(super) fn unit(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        while *self.peek() != TokenKind::End {
            if self.take_symbol(";") {
                continue;
            }
            let start = self.at;
            match self.item() {
                Ok(item) => items.push(item),
                Err(_) => {
                    if self.at == start {
                        self.next();
                    }
                    self.skip_to_item();
                }
            }
        }
        items
    }

    fn at_item(&self) -> bool {
        ["function", "global", "readonly", "temporary", "const", "extern"]
            .iter()
            .any(|word| self.is_keyword(word))
    }

    /// Skips to what looks like the next declaration: one of its words as the first of a line, and inside of braces
    /// only at the line's very start.
    fn skip_to_item(&mut self) {
        let mut open = 0u32;
        while *self.peek() != TokenKind::End {
            let before = &self.source[..self.span().start as usize];
            let first = before.trim_end_matches([' ', '\t']);
            let starts_line = |text: &str| text.is_empty() || text.ends_with('\n');
            if self.at_item() && if open == 0 { starts_line(first) } else { starts_line(before) } {
                return;
            }
            match self.peek() {
                TokenKind::Symbol("{") => open += 1,
                TokenKind::Symbol("}") => open = open.saturating_sub(1),
                _ => {}
            }
            self.next();
        }
    }

    fn item(&mut self) -> Parsed<Item> {
        if self.take_keyword("function") {
            return self.function().map(Item::Function);
        }
        if self.take_keyword("extern") {
            return self.external();
        }
        if self.take_keyword("const") {
            return self.constant().map(Item::Const);
        }
        let class = match self.peek() {
            TokenKind::Keyword("global") => Class::Global,
            TokenKind::Keyword("readonly") => Class::Readonly,
            TokenKind::Keyword("temporary") => Class::Temporary,
            TokenKind::Keyword("int" | "float" | "pointer" | "funcptr" | "array") => {
                let diagnostic = Diagnostic::error(
                    self.span(),
                    "expected `global` before a declaration outside functions",
                )
                .hint("write `global`, `readonly`, `temporary` or `const` before the type");
                self.report(diagnostic);
                // What is meant is clear, and the name is known from here on.
                return self.data(Class::Global).map(Item::Data);
            }
            TokenKind::Symbol("}") => {
                let diagnostic = Diagnostic::error(self.span(), "this `}` closes nothing")
                    .hint("remove it, or see whether a `}` before it closes a function too early");
                return Err(self.report(diagnostic));
            }
            _ => return Err(self.expected("a declaration (`function`, `global`, `readonly`, `const`, …)")),
        };
        self.next();
        self.data(class).map(Item::Data)
    }

    fn external(&mut self) -> Parsed<Item> {
        if self.take_keyword("function") {
            return self.ident("the name of a function").map(Item::ExternFunction);
        }
        if self.take_keyword("native") {
            return self.ident("the name of a native").map(Item::ExternNative);
        }
        if self.take_keyword("array") {
            let name = self.ident("the name of an array")?;
            if self.take_symbol("[") {
                self.expression()?;
                self.symbol("]")?;
            }
            return Ok(Item::ExternData(name));
        }
        match self.type_name() {
            Some(_) => self.ident("a name").map(Item::ExternData),
            None => Err(self.expected("`function`, `native`, `array` or a type after `extern`")),
        }
    }

    pub(super) fn constant(&mut self) -> Parsed<Const> {
        let ty = match self.type_name() {
            Some(ty) => ty,
            None => {
                self.expected("the type of a constant");
                if !matches!(self.peek(), TokenKind::Name(_)) {
                    return Err(Reported);
                }
                TypeName::Int
            }
        };
        let name = self.ident("the name of a constant")?;
        let value = if self.take_symbol("=") { Some(self.expression()?) } else { None };
        Ok(Const { name, ty, value })
    }

    fn data(&mut self, class: Class) -> Parsed<Data> {
        if self.take_keyword("array") {
            let name = self.ident("the name of an array")?;
            self.symbol("[")?;
            let size = Some(self.expression()?);
            self.symbol("]")?;
            let values = if self.take_symbol("=") { self.initialisers()? } else { Vec::new() };
            return Ok(Data { class, name, shape: Shape::Array(size), values });
        }
        let Some(ty) = self.type_name() else { return Err(self.expected("a type or `array`")) };
        let name = self.ident("a name")?;
        if let Some(size) = self.typed_array(&name.text)? {
            let values = if self.take_symbol("=") { self.initialisers()? } else { Vec::new() };
            return Ok(Data { class, name, shape: Shape::Array(Some(size)), values });
        }
        let values = if self.take_symbol("=") { vec![self.expression()?] } else { Vec::new() };
        Ok(Data { class, name, shape: Shape::Scalar(ty), values })
    }

    fn initialisers(&mut self) -> Parsed<Vec<crate::impala::ast::Expr>> {
        self.symbol("{")?;
        let mut values = Vec::new();
        while !self.is_symbol("}") {
            values.push(self.expression()?);
            if !self.take_symbol(",") {
                break;
            }
        }
        self.symbol("}")?;
        Ok(values)
    }

    pub(super) fn function(&mut self) -> Parsed<Function> {
        if let Some(ty) = self.type_name() {
            let span = self.previous();
            let message = format!("expected the name of a function, but `{}` is a reserved word", ty.name());
            let hint = format!("the result stands after the parameters: `returns {} result`", ty.name());
            self.report(Diagnostic::error(span, message).hint(hint));
        }
        let name = self.ident("the name of a function")?;
        self.symbol("(")?;
        let mut parameters = Vec::new();
        while !self.is_symbol(")") {
            parameters.push(self.local(None, false)?);
            if !self.take_symbol(",") {
                break;
            }
        }
        self.symbol(")")?;
        let result = if self.take_keyword("returns") { Some(self.result()?) } else { None };
        let function_locals = if self.take_keyword("locals") { self.locals()? } else { Vec::new() };
        if !self.is_symbol("{") {
            let error = self.expected("`{` and the body of the function");
            if self.is_symbol(";")
                && !function_locals.is_empty()
                && let Some(last) = self.diagnostics.last_mut()
            {
                last.hint = Some("locals are separated by `,`, and nothing ends them but the `{`".to_owned());
            }
            return Err(error);
        }
        let (body, end) = self.block()?;
        Ok(Function { name, parameters, result, locals: function_locals, body, end })
    }

    /// The declaration after `returns`.
    fn result(&mut self) -> Parsed<Local> {
        if matches!(self.peek_after(1), TokenKind::Symbol("{")) && self.type_name().is_some() {
            let error = self.expected("the name of the result");
            if let Some(last) = self.diagnostics.last_mut() {
                last.hint = Some("the result is a variable with a name: `returns int result`".to_owned());
            }
            return Err(error);
        }
        self.local(None, false)
    }

    /// `int a, b = 1, array t[8]`: a type is needed once and may be repeated.
    pub(super) fn locals(&mut self) -> Parsed<Vec<Local>> {
        let mut locals: Vec<Local> = Vec::new();
        loop {
            let last = locals.last().and_then(|local| match local.shape {
                Shape::Scalar(ty) => Some(ty),
                Shape::Array(_) => None,
            });
            locals.push(self.local(last, true)?);
            if !self.take_symbol(",") {
                return Ok(locals);
            }
        }
    }

    fn local(&mut self, last: Option<TypeName>, may_have_value: bool) -> Parsed<Local> {
        if self.take_keyword("array") {
            let name = self.ident("the name of an array")?;
            self.symbol("[")?;
            let size = if self.is_symbol("]") { None } else { Some(self.expression()?) };
            self.symbol("]")?;
            self.no_first_values(&name.text);
            return Ok(Local { name, shape: Shape::Array(size), value: None });
        }
        let Some(ty) = self.type_name().or(last) else { return Err(self.expected("a type or `array`")) };
        let name = self.ident("a name")?;
        if let Some(size) = self.typed_array(&name.text)? {
            self.no_first_values(&name.text);
            return Ok(Local { name, shape: Shape::Array(Some(size)), value: None });
        }
        let value = if may_have_value && self.take_symbol("=") { Some(self.expression()?) } else { None };
        Ok(Local { name, shape: Shape::Scalar(ty), value })
    }
}
