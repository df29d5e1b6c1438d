//! Top-level declarations and lists of locals.

use super::{Parsed, Parser};
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
        let Some(ty) = self.type_name() else { return Err(self.expected("the type of a constant")) };
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
        let result = if self.take_keyword("returns") { Some(self.local(None, false)?) } else { None };
        let locals = if self.take_keyword("locals") { self.locals()? } else { Vec::new() };
        if !self.is_symbol("{") {
            return Err(self.expected("`{` and the body of the function"));
        }
        let (body, end) = self.block()?;
        Ok(Function { name, parameters, result, locals, body, end })
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
            return Ok(Local { name, shape: Shape::Array(size), value: None });
        }
        let Some(ty) = self.type_name().or(last) else { return Err(self.expected("a type or `array`")) };
        let name = self.ident("a name")?;
        let value = if may_have_value && self.take_symbol("=") { Some(self.expression()?) } else { None };
        Ok(Local { name, shape: Shape::Scalar(ty), value })
    }
}
