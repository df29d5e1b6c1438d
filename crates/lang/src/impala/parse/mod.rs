//! Tokens to a syntax tree, both dialects in one grammar.
//!
//! The parser never gives up: at an error it reports, skips to the next statement or declaration and goes on, so
//! that one run shows several errors.

mod declarations;
mod expressions;
mod slips;
mod statements;

use super::ast::{Ident, Item, TypeName};
use super::token::{Token, TokenKind, tokens};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// Expressions and statements nest at most this deep, so that no input can exhaust the compiler's own stack.
const DEPTH: u16 = 128;

/// Reads a whole program.
pub(crate) fn parse(source: &str, diagnostics: &mut Diagnostics) -> Vec<Item> {
    let tokens = tokens(source, diagnostics);
    let unread = diagnostics.starts();
    let last = None;
    let mut parser = Parser { source, tokens, at: 0, depth: 0, diagnostics, unread, last, given_up: false };
    parser.unit()
}

/// The place was reported; the caller skips to where it can go on.
struct Reported;

type Parsed<T> = Result<T, Reported>;

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: u16,
    diagnostics: &'a mut Diagnostics,
    /// Where the source could not be split into tokens, ascending.
    unread: Vec<u32>,
    /// The place of the last report.
    last: Option<Span>,
    /// Nothing after what was reported can be read, so that nothing more is reported.
    given_up: bool,
}

impl Parser<'_> {
    fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    fn peek_after(&self, count: usize) -> &TokenKind {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// The place of the token before.
    fn previous(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), TokenKind::Symbol(found) if *found == symbol)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Keyword(found) if *found == keyword)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.next();
        }
        found
    }

    fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        // One cause, one error: not two at one place, nor one after a token that could not be read.
        let (from, to) = (self.previous().start, self.span().end);
        let unread = self.unread.partition_point(|&start| start < from);
        let follows = self.unread.get(unread).is_some_and(|&start| start < to);
        let again = self.last.replace(diagnostic.span) == Some(diagnostic.span);
        if !self.given_up && !follows && !again {
            self.diagnostics.push(diagnostic);
        }
        if self.diagnostics.is_full() {
            self.give_up();
        }
        Reported
    }

    fn give_up(&mut self) {
        self.given_up = true;
        self.at = self.tokens.len() - 1;
    }

    /// Reports what was expected in place of the next token.
    fn expected(&mut self, what: &str) -> Reported {
        let found = self.found();
        let mut diagnostic =
            Diagnostic::error(self.span(), format!("expected {what}, found {found}")).label("unexpected");
        diagnostic.hint = self.slip();
        self.report(diagnostic)
    }

    /// The next token, as a message names it.
    fn found(&self) -> String {
        match self.peek() {
            TokenKind::Name(name) => format!("`{name}`"),
            TokenKind::Keyword(word) => format!("the word `{word}`"),
            TokenKind::Integer(_) | TokenKind::Float(_) => "a number".to_owned(),
            TokenKind::Text(_) => "a string".to_owned(),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::End => "the end of the file".to_owned(),
        }
    }

    fn symbol(&mut self, symbol: &str) -> Parsed<Span> {
        if self.is_symbol(symbol) { Ok(self.next().span) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    fn keyword(&mut self, keyword: &str) -> Parsed<Span> {
        if self.is_keyword(keyword) {
            Ok(self.next().span)
        } else {
            Err(self.expected(&format!("`{keyword}`")))
        }
    }

    /// The `;` after a statement, which may be left out at the end of a line or of a block.
    fn semicolon(&mut self) -> Parsed<()> {
        if self.take_symbol(";") || self.is_symbol("}") {
            return Ok(());
        }
        let between = &self.source[self.previous().end as usize..self.span().start as usize];
        match self.peek() {
            TokenKind::Symbol("<" | "<=" | ">" | ">=" | "==" | "!=") => {
                return Err(self.not_a_value(self.span()));
            }
            TokenKind::Symbol(join @ ("&&" | "||")) => {
                let message = format!("`{join}` joins conditions, which are not values");
                let diagnostic = Diagnostic::error(self.span(), message)
                    .hint("conditions stand only in if, while, do and assert");
                return Err(self.report(diagnostic));
            }
            _ => {}
        }
        if between.contains('\n') {
            return Ok(());
        }
        let previous = self.tokens[self.at.saturating_sub(1)].clone();
        if let (TokenKind::Name(ty), TokenKind::Name(name)) = (&previous.kind, self.peek()) {
            let diagnostic = Diagnostic::error(previous.span, format!("unknown type `{ty}` of `{name}`"))
                .hint("a local is an `int`, `float`, `pointer`, `funcptr` or `array`");
            return Err(self.report(diagnostic));
        }
        Err(self.expected("`;`"))
    }

    fn ident(&mut self, what: &str) -> Parsed<Ident> {
        match self.peek() {
            TokenKind::Name(_) => {
                let token = self.next();
                let TokenKind::Name(text) = token.kind else { return Err(Reported) };
                Ok(Ident { text, span: token.span })
            }
            TokenKind::Keyword(word) => {
                let message = format!("expected {what}, but `{word}` is a reserved word");
                let diagnostic = Diagnostic::error(self.span(), message).hint("choose another name");
                Err(self.report(diagnostic))
            }
            _ => Err(self.expected(what)),
        }
    }

    fn type_name(&mut self) -> Option<TypeName> {
        let TokenKind::Keyword(word) = self.peek() else { return None };
        let ty = match *word {
            "int" => TypeName::Int,
            "float" => TypeName::Float,
            "pointer" => TypeName::Pointer,
            "funcptr" => TypeName::Funcptr,
            _ => return None,
        };
        self.next();
        Some(ty)
    }

    /// Runs `parse` one level deeper, refusing to go deeper than [`DEPTH`].
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH {
            let error = self.too_deep(self.span());
            // What follows is nested just as deep.
            self.give_up();
            return Err(error);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn too_deep(&mut self, span: Span) -> Reported {
        let message = format!("nested deeper than {DEPTH} levels");
        self.report(Diagnostic::error(span, message).hint("split it into smaller statements or functions"))
    }
}
