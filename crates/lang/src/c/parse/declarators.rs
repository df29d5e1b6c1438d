//! Declarators: pointers, arrays and functions around a name.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::c::token::Kind;
use crate::c::types::{FunctionType, Qualified, Type};
use crate::diagnostic::Span;

/// More elements than any board has bytes.
const MOST_ELEMENTS: i64 = 1 << 26;

/// Pointers, arrays, functions and structures in each other.
pub(super) const MOST_LEVELS: u32 = 100;

/// Pointers, arrays and functions in one type.
const MOST_PARTS: u32 = 1000;

/// What a declarator declares.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// Empty in the name of a type.
    pub name: Rc<str>,
    pub ty: Type,
    pub constant: bool,
    pub span: Span,
    /// Of a function: the names of its parameters.
    pub parameters: Vec<Parameter>,
}

#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub name: Rc<str>,
    pub constant: bool,
    pub span: Span,
}

impl Declared {
    pub(super) fn unnamed(ty: Type, span: Span) -> Declared {
        Declared { name: "".into(), ty, constant: false, span, parameters: Vec::new() }
    }
}

impl Parser<'_> {
    /// A declarator, whose name may be missing.
    pub(super) fn declarator(&mut self, base: Type, constant: bool) -> Parsed<Declared> {
        self.deeper()?;
        let declared = self.inner_declarator(Qualified { ty: base, constant })?;
        self.depth -= 1;
        Ok(declared)
    }

    fn inner_declarator(&mut self, mut base: Qualified) -> Parsed<Declared> {
        while self.is("*") {
            let span = self.span();
            self.advance();
            base = Qualified { ty: Type::Pointer(Rc::new(base)), constant: false };
            self.small_enough(&base.ty, span)?;
            loop {
                if self.take_word("const") {
                    base.constant = true;
                } else if !self.take_word("volatile")
                    && !self.take_word("restrict")
                    && !self.take_word("__restrict")
                {
                    break;
                }
            }
        }
        let nested = self.is("(")
            && match self.peek_after(1) {
                Kind::Symbol("*" | "(") => true,
                Kind::Name(_) => {
                    // `(x)` declares x, `(int)` is a list of parameters.
                    let at = self.at;
                    self.at += 1;
                    let is_type = self.is_type();
                    self.at = at;
                    !is_type
                }
                _ => false,
            };
        if nested {
            let start = self.at;
            let Some(close) = self.closing() else {
                let span = self.span();
                return self.fail(span, "this `(` has no `)`");
            };
            self.at = close + 1;
            let mut unused = Vec::new();
            let outer = self.suffixes(base, &mut unused)?;
            let after = self.at;
            self.at = start + 1;
            let mut declared = self.declarator(outer.ty, outer.constant)?;
            if self.at != close {
                let span = self.span();
                return self.fail(span, "`)` is expected here");
            }
            self.at = after;
            if declared.parameters.is_empty() {
                declared.parameters = unused;
            }
            return Ok(declared);
        }
        let span = self.span();
        let name: Rc<str> = match self.peek().clone() {
            Kind::Name(name) if !is_keyword(&name) => {
                self.advance();
                name
            }
            _ => "".into(),
        };
        let mut parameters = Vec::new();
        let Qualified { ty, constant } = self.suffixes(base, &mut parameters)?;
        while self.is_word("__attribute__") {
            self.attribute()?;
        }
        Ok(Declared { name, ty, constant, span, parameters })
    }

    /// The place of the `)` of the `(` here.
    fn closing(&self) -> Option<usize> {
        let mut open = 0u32;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.kind {
                Kind::Symbol("(") => open += 1,
                Kind::Symbol(")") => {
                    open -= 1;
                    if open == 0 {
                        return Some(at);
                    }
                }
                Kind::Symbol(";" | "{") => return None,
                _ => {}
            }
        }
        None
    }

    fn suffixes(&mut self, base: Qualified, parameters: &mut Vec<Parameter>) -> Parsed<Qualified> {
        let span = self.span();
        if self.take("(") {
            let (types, names, unknown) = self.parameters()?;
            *parameters = names;
            if self.is("(") || self.is("[") {
                let span = self.span();
                return self.fail(span, "a function cannot return a function or an array");
            }
            let function = FunctionType { result: base.ty, parameters: types, unknown };
            let ty = Type::Function(Rc::new(function));
            self.small_enough(&ty, span)?;
            return Ok(Qualified { ty, constant: false });
        }
        // From the last to the first, so that long rows of brackets do not nest the compiler's own calls.
        let mut counts = Vec::new();
        while self.take("[") {
            while self.take_word("static") || self.take_word("const") {}
            let count = match self.is("]") {
                true if counts.is_empty() => None,
                true => return self.fail(span, "only the first size of an array may be left out"),
                false => Some(self.array_size()?),
            };
            self.expect("]", "the size of an array")?;
            counts.push(count);
            if counts.len() > 16 {
                return self.fail(span, "an array of more than 16 dimensions");
            }
        }
        if self.is("(") && !counts.is_empty() {
            return self.fail(span, "an array of functions cannot be: one of pointers to functions can");
        }
        let constant = base.constant;
        let mut element = base;
        for count in counts.into_iter().rev() {
            if element.ty.layout(&self.program.records).is_none() {
                let ty = self.type_name(&element.ty);
                return self
                    .fail(span, format!("an array of {ty} cannot be: that has no size, or too large a one"));
            }
            element = Qualified { ty: Type::Array(Rc::new(element), count), constant };
        }
        self.small_enough(&element.ty, span)?;
        Ok(element)
    }

    /// Refuses a type that no person writes, before it could exhaust the compiler's own stack.
    fn small_enough(&mut self, ty: &Type, span: Span) -> Parsed<()> {
        let mut left = MOST_PARTS;
        if ty.is_within(MOST_LEVELS, &mut left) {
            return Ok(());
        }
        self.fail(span, format!("this type nests more than {MOST_LEVELS} deep, or is too large"))
    }

    fn array_size(&mut self) -> Parsed<u32> {
        let span = self.span();
        let count = self.constant_integer("the size of an array")?;
        if !(1..=MOST_ELEMENTS).contains(&count) {
            let message = format!("the size of an array is {count}: it is 1 to {MOST_ELEMENTS}");
            return self.fail(span.to(self.previous()), message);
        }
        Ok(count as u32)
    }

    fn parameters(&mut self) -> Parsed<(Vec<Type>, Vec<Parameter>, bool)> {
        let (mut types, mut names) = (Vec::new(), Vec::new());
        if self.take(")") {
            return Ok((types, names, true));
        }
        if self.is_word("void") && *self.peek_after(1) == Kind::Symbol(")") {
            self.advance();
            self.advance();
            return Ok((types, names, false));
        }
        loop {
            let span = self.span();
            if self.is("...") {
                return self.fail_with_hint(
                    span,
                    "functions with any number of arguments are not supported",
                    "only printf, snprintf and sscanf of the host are such",
                );
            }
            let specifiers = self.specifiers()?;
            let declared = self.declarator(specifiers.ty, specifiers.constant)?;
            let ty = match declared.ty {
                Type::Array(element, _) => Type::Pointer(element),
                Type::Function(_) => declared.ty.pointer(),
                Type::Void => return self.fail(span, "a parameter cannot be void"),
                ty => ty,
            };
            if ty.layout(&self.program.records).is_none() {
                let ty = self.type_name(&ty);
                return self
                    .fail(span, format!("a parameter cannot be of type {ty}, which is not defined yet"));
            }
            if types.len() == 100 {
                return self.fail(span, "a function takes at most 100 parameters");
            }
            types.push(ty);
            names.push(Parameter { name: declared.name, constant: declared.constant, span: declared.span });
            if !self.take(",") {
                break;
            }
        }
        self.expect(")", "the parameters")?;
        Ok((types, names, false))
    }

    /// A type without a name, as in a cast.
    pub(super) fn type_without_name(&mut self) -> Parsed<Type> {
        let specifiers = self.specifiers()?;
        let declared = self.declarator(specifiers.ty, specifiers.constant)?;
        if !declared.name.is_empty() {
            return self
                .fail(declared.span, format!("`{}` is a name where only a type is expected", declared.name));
        }
        Ok(declared.ty)
    }
}

/// Words that are no names.
pub(super) fn is_keyword(name: &str) -> bool {
    const KEYWORDS: [&str; 34] = [
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
        "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return",
        "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void",
        "volatile", "while",
    ];
    KEYWORDS.contains(&name)
}
