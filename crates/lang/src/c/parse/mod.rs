//! Tokens to a checked tree, in one pass: C cannot be read without knowing which names are types.
//!
//! At an error the parser reports, skips to the next statement or declaration and goes on.

mod calls;
mod declarations;
mod declarators;
mod expressions;
mod format;
mod initialisers;
mod operators;
mod places;
mod records;
mod specifiers;
mod statements;

pub(super) use calls::of_held;
pub(super) use operators::held;

use std::collections::HashMap;
use std::rc::Rc;

use super::token::{Kind, Token};
use super::tree::{Body, FunctionId, LabelId, ObjectId, Program, TextId, VariableId};
use super::types::Type;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::sources::Sources;

/// Expressions and statements nest at most this deep, so that no input can exhaust the compiler's own stack.
const DEPTH: u16 = 100;

/// Reads a whole program.
pub(super) fn parse(
    tokens: Vec<Token>,
    has_host: bool,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Program {
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        diagnostics,
        sources,
        has_host,
        program: Program::default(),
        scopes: vec![HashMap::new()],
        tags: vec![HashMap::new()],
        texts: HashMap::new(),
        function: None,
    };
    parser.unit();
    parser.program
}

/// The place was reported; the caller skips to where it can go on.
struct Reported;

type Parsed<T> = Result<T, Reported>;

/// What a name stands for.
#[derive(Debug, Clone)]
enum Symbol {
    Variable(VariableId),
    Object(ObjectId),
    Function(FunctionId),
    /// Of an enumeration.
    Constant(i64),
    Typedef(Type, bool),
}

/// What a name after `struct`, `union` or `enum` stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Tag {
    Record(usize),
    Enumeration,
}

struct Label {
    id: LabelId,
    defined: bool,
    used: Span,
}

/// A `switch` that is being read.
struct Switch {
    ty: Type,
    cases: Vec<(i64, LabelId)>,
    default: Option<LabelId>,
}

/// The function that is being read.
struct Current {
    id: FunctionId,
    name: Rc<str>,
    result: Type,
    body: Body,
    labels: HashMap<Rc<str>, Label>,
    switches: Vec<Switch>,
    loops: u32,
    /// Around the statement that is read.
    else_ifs: usize,
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: u16,
    diagnostics: &'a mut Diagnostics,
    sources: &'a Sources,
    /// Whether the host's functions are declared.
    has_host: bool,
    program: Program,
    scopes: Vec<HashMap<Rc<str>, (Symbol, Span)>>,
    tags: Vec<HashMap<Rc<str>, Tag>>,
    texts: HashMap<Rc<[u8]>, TextId>,
    function: Option<Current>,
}

impl Parser<'_> {
    fn unit(&mut self) {
        while !self.is_end() && !self.diagnostics.is_full() {
            let before = self.at;
            if self.declaration().is_err() {
                self.function = None;
                self.scopes.truncate(1);
                self.tags.truncate(1);
                self.depth = 0;
                self.skip_declaration(before);
            }
        }
    }

    fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    fn peek_after(&self, count: usize) -> &Kind {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// The place of the token before.
    fn previous(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn is_end(&self) -> bool {
        *self.peek() == Kind::End
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Kind::Symbol(next) if *next == symbol)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Name(name) if &**name == word)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &str, after: &str) -> Parsed<()> {
        if self.take(symbol) {
            return Ok(());
        }
        // After the end of the line before, where it was forgotten.
        let span = match self.tokens[self.at].starts_line && self.at > 0 {
            true => self.previous(),
            false => self.span(),
        };
        self.fail(span, format!("`{symbol}` is expected after {after}, found {}", self.found()))
    }

    /// The next token, as a message names it.
    fn found(&self) -> String {
        match self.peek() {
            Kind::Name(name) => format!("`{name}`"),
            Kind::Number(text) => format!("`{text}`"),
            Kind::Character(_) => "a character".to_owned(),
            Kind::Text(_) => "a string".to_owned(),
            Kind::Symbol(symbol) => format!("`{symbol}`"),
            Kind::End => "the end of the file".to_owned(),
        }
    }

    fn fail<T>(&mut self, span: Span, message: impl Into<String>) -> Parsed<T> {
        self.report(Diagnostic::error(span, message));
        Err(Reported)
    }

    fn fail_with_hint<T>(&mut self, span: Span, message: impl Into<String>, hint: &str) -> Parsed<T> {
        self.report(Diagnostic::error(span, message).hint(hint));
        Err(Reported)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn warn(&mut self, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::warning(span, message));
    }

    /// Enters one level of nesting; the caller leaves it by lowering `depth`.
    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            let span = self.span();
            return self.fail_with_hint(
                span,
                format!("this nests more than {DEPTH} deep"),
                "a part of it can go into a variable or a function of its own",
            );
        }
        Ok(())
    }

    /// Skips past a declaration that began at a token.
    fn skip_declaration(&mut self, start: usize) {
        let mut depth = 0u32;
        let mut at = start;
        loop {
            match &self.tokens[at].kind {
                Kind::End => break,
                Kind::Symbol("{") => depth += 1,
                Kind::Symbol("}") => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && at >= self.at {
                        at += 1;
                        if self.tokens[at].kind == Kind::Symbol(";") {
                            at += 1;
                        }
                        break;
                    }
                }
                Kind::Symbol(";") if depth == 0 && at >= self.at => {
                    at += 1;
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        self.at = at.max(start + 1).min(self.tokens.len() - 1);
    }

    fn lookup(&self, name: &str) -> Option<&Symbol> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).map(|(symbol, _)| symbol)
    }

    /// Gives a name a meaning in the innermost scope.
    fn declare(&mut self, name: Rc<str>, symbol: Symbol, span: Span) -> Parsed<()> {
        let innermost = self.scopes.len() - 1;
        let own = !self.is_prelude(span);
        if let Some((_, first)) = self.scopes[innermost].get(&name)
            && (!self.is_prelude(*first) || !own)
        {
            let diagnostic = Diagnostic::error(span, format!("`{name}` is declared twice"));
            let first = *first;
            self.report(diagnostic.related(first, "declared here first"));
            return Err(Reported);
        }
        self.scopes[innermost].insert(name, (symbol, span));
        Ok(())
    }

    /// Whether a place is in what `<conez_api.h>` stands for.
    fn is_prelude(&self, span: Span) -> bool {
        self.sources.file_name(span) == Some("conez_api.h")
    }

    fn open_scope(&mut self) {
        self.scopes.push(HashMap::new());
        self.tags.push(HashMap::new());
    }

    fn close_scope(&mut self) {
        self.scopes.pop();
        self.tags.pop();
    }

    /// The name of a type in a message.
    fn type_name(&self, ty: &Type) -> String {
        ty.name(&self.program.records)
    }

    fn text(&mut self, bytes: &[u8]) -> TextId {
        let text: Rc<[u8]> = bytes.iter().copied().chain([0]).collect();
        if let Some(&id) = self.texts.get(&text) {
            return id;
        }
        let id = self.program.texts.len();
        self.program.texts.push(text.clone());
        self.texts.insert(text, id);
        id
    }
}
