//! The preprocessor: directives, macros and included files.

mod condition;
mod directives;
mod macros;

use std::collections::HashMap;
use std::rc::Rc;

use super::token::{Kind, Token, tokens};
use crate::Reader;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::sources::Sources;

/// More tokens than any program has: macros that double each other would make any number.
const MOST_TOKENS: usize = 1 << 20;

/// What is left of a program after the preprocessor.
pub(super) struct Preprocessed {
    pub tokens: Vec<Token>,
    /// Whether the functions of the host are declared.
    pub has_host: bool,
}

/// Works through a program and all that it includes.
pub(super) fn preprocess(
    sources: &mut Sources,
    name: &str,
    read: Reader,
    diagnostics: &mut Diagnostics,
) -> Preprocessed {
    let own = sources.own();
    let mut preprocessor = Preprocessor {
        sources,
        name,
        read,
        diagnostics,
        macros: HashMap::new(),
        conditions: Vec::new(),
        out: Vec::new(),
        work: 0,
        files: 0,
        counter: 0,
        once: Vec::new(),
        has_host: false,
    };
    for name in ["__STDC__", "__STDC_HOSTED__", "__wasm__", "__wasm32__", "__CONEZ__"] {
        preprocessor.define_number(name, "1");
    }
    preprocessor.define_number("__STDC_VERSION__", "201112L");
    preprocessor.file(own.clone());
    let span = Span::new(own.end, own.end);
    preprocessor.out.push(Token { kind: Kind::End, span, starts_line: true, spaced: true, hidden: None });
    Preprocessed { has_host: preprocessor.has_host, tokens: preprocessor.out }
}

#[derive(Debug, Clone)]
struct Macro {
    /// `None` for a macro without parentheses.
    parameters: Option<Vec<Rc<str>>>,
    /// The last parameter takes all arguments that are left.
    variadic: bool,
    body: Rc<[Token]>,
}

/// An `#if` that has no `#endif` yet.
struct Condition {
    span: Span,
    /// This part is compiled.
    active: bool,
    /// A part of it was compiled, or none may be.
    done: bool,
    in_else: bool,
}

struct Preprocessor<'a> {
    sources: &'a mut Sources,
    name: &'a str,
    read: Reader<'a>,
    diagnostics: &'a mut Diagnostics,
    macros: HashMap<Rc<str>, Rc<Macro>>,
    conditions: Vec<Condition>,
    out: Vec<Token>,
    /// Tokens handled so far.
    work: usize,
    files: usize,
    counter: u32,
    once: Vec<String>,
    has_host: bool,
}

/// Tokens that are still to be read: those of a file, and before them what macros have put back.
struct Input {
    /// The next one is the last.
    back: Vec<Token>,
    tokens: std::vec::IntoIter<Token>,
}

impl Input {
    fn next(&mut self) -> Option<Token> {
        self.back.pop().or_else(|| self.tokens.next())
    }

    fn peek(&self) -> Option<&Token> {
        self.back.last().or_else(|| self.tokens.as_slice().first())
    }
}

impl Preprocessor<'_> {
    fn define_number(&mut self, name: &str, number: &str) {
        let kind = Kind::Number(number.into());
        let token = Token { kind, span: Span::default(), starts_line: false, spaced: false, hidden: None };
        let body = Rc::from([token]);
        self.macros.insert(name.into(), Rc::new(Macro { parameters: None, variadic: false, body }));
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    fn file(&mut self, range: std::ops::Range<usize>) {
        let tokens = tokens(self.sources.text(), range, self.diagnostics);
        let depth = self.conditions.len();
        let mut input = Input { back: Vec::new(), tokens: tokens.into_iter() };
        while let Some(token) = input.next() {
            if self.work > MOST_TOKENS {
                break;
            }
            match &token.kind {
                Kind::End => break,
                Kind::Symbol("#") if token.starts_line && token.hidden.is_none() => {
                    let mut line = Vec::new();
                    while input.peek().is_some_and(|next| !next.starts_line) {
                        line.extend(input.next());
                    }
                    self.directive(token.span, &line);
                }
                _ if !self.is_active() => self.spend(1, token.span),
                _ => {
                    if let Some(token) = self.expand(token, &mut input, 0) {
                        self.out.push(token);
                    }
                }
            }
        }
        while self.conditions.len() > depth
            && let Some(condition) = self.conditions.pop()
        {
            if self.work <= MOST_TOKENS {
                self.error(condition.span, "this condition has no end: `#endif` is missing");
            }
        }
    }

    /// Counts tokens that are handled; the first ones too many are reported.
    fn spend(&mut self, tokens: usize, span: Span) {
        let before = self.work;
        self.work = before.saturating_add(tokens);
        if before <= MOST_TOKENS && self.work > MOST_TOKENS {
            let message = format!("the program has more than {MOST_TOKENS} tokens with its macros expanded");
            self.error(span, message);
        }
    }

    fn is_active(&self) -> bool {
        self.conditions.last().is_none_or(|condition| condition.active)
    }
}

/// Tokens as text.
fn written(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if (token.spaced || token.starts_line) && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&spelled(&token.kind));
    }
    text
}

fn spelled(kind: &Kind) -> String {
    match kind {
        Kind::Name(text) | Kind::Number(text) => text.to_string(),
        Kind::Character(value) => format!("'{}'", (*value as u8).escape_ascii()),
        Kind::Text(bytes) => format!("\"{}\"", bytes.escape_ascii()),
        Kind::Symbol(symbol) => (*symbol).to_owned(),
        Kind::End => String::new(),
    }
}
