//! Tokens to a syntax tree.
//!
//! The parser never gives up: at an error it reports, skips the rest of the line and goes on, so that one run shows
//! several errors.

mod blocks;
mod expressions;
mod statements;

use super::ast::{Name, Statement};
use super::token::{Token, TokenKind};
use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// Expressions and statements nest at most this deep, so that no input can exhaust the compiler's own stack.
const DEPTH: u16 = 64;

/// Words that name nothing but themselves.
const RESERVED: [&str; 46] = [
    "AND", "BREAK", "BYE", "CASE", "CLOSE", "CONST", "DATA", "DECLARE", "DIM", "DO", "ELSE", "ELSEIF", "END",
    "ERASE", "EXIT", "FOR", "FORMAT", "FUNCTION", "GOSUB", "GOTO", "IF", "INPUT", "KILL", "LOCAL", "LOOP",
    "MKDIR", "MOD", "NEXT", "NOT", "OPEN", "OPTION", "OR", "PRINT", "PRINTS", "READ", "REDIM", "RESTORE",
    "RETURN", "RMDIR", "SELECT", "SUB", "SWAP", "THEN", "WEND", "WHILE", "XOR",
];

/// Reads a whole program.
pub(super) fn parse(tokens: Vec<Token>, diagnostics: &mut Diagnostics) -> Vec<Statement> {
    let unread = diagnostics.starts();
    let open = Vec::new();
    let mut parser =
        Parser { tokens, at: 0, depth: 0, open, diagnostics, unread, last: None, given_up: false };
    parser.program()
}

/// The place was reported; the caller skips to where it can go on.
struct Reported;

type Parsed<T> = Result<T, Reported>;

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: u16,
    /// The blocks around the place, the innermost last.
    open: Vec<(blocks::Block, Span)>,
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

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(found) if found == word)
    }

    fn is_line_end(&self) -> bool {
        matches!(self.peek(), TokenKind::Line | TokenKind::End)
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }

    fn symbol(&mut self, symbol: &str) -> Parsed<Span> {
        if self.is_symbol(symbol) { Ok(self.next().span) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    fn word(&mut self, word: &str) -> Parsed<Span> {
        if self.is_word(word) { Ok(self.next().span) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    /// A name that something is to have.
    fn name(&mut self, what: &str) -> Parsed<Name> {
        match self.peek() {
            TokenKind::Word(word) if RESERVED.contains(&word.as_str()) => {
                let message = format!("expected {what}, but `{word}` is a word of the language");
                Err(self.report(Diagnostic::error(self.span(), message).hint("choose another name")))
            }
            TokenKind::Word(word) => {
                let text = word.clone();
                Ok(Name { text, span: self.next().span })
            }
            _ => Err(self.expected(what)),
        }
    }

    /// Names with commas between them.
    fn names(&mut self, what: &str) -> Parsed<Vec<Name>> {
        let mut names = vec![self.name(what)?];
        while self.take_symbol(",") {
            names.push(self.name(what)?);
        }
        Ok(names)
    }

    /// The end of the statement's line.
    fn line_end(&mut self) -> Parsed<()> {
        if self.is_line_end() {
            self.next();
            return Ok(());
        }
        Err(self.expected("the end of the line"))
    }

    fn skip_line(&mut self) {
        while !self.is_line_end() {
            self.next();
        }
        self.next();
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
        let message = format!("expected {what}, found {}", self.found());
        let mut diagnostic = Diagnostic::error(self.span(), message).label("unexpected");
        diagnostic.hint = match self.peek() {
            TokenKind::Symbol(";") => Some("values are separated by commas, statements by lines".to_owned()),
            TokenKind::Symbol("#") if what == "a statement" => Some("a comment begins with '".to_owned()),
            TokenKind::Symbol(")") if what == "the end of the line" => {
                Some("this parenthesis was never opened".to_owned())
            }
            _ => None,
        };
        self.report(diagnostic)
    }

    /// The next token, as a message names it.
    fn found(&self) -> String {
        match self.peek() {
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::Integer(_) | TokenKind::Long(_) | TokenKind::Float(_) => "a number".to_owned(),
            TokenKind::Text(_) => "a string".to_owned(),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::Line => "the end of the line".to_owned(),
            TokenKind::End => "the end of the program".to_owned(),
        }
    }

    /// Runs `parse` one level deeper, refusing to go deeper than [`DEPTH`].
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH {
            let message = format!("nested deeper than {DEPTH} levels");
            let diagnostic = Diagnostic::error(self.span(), message);
            let error = self.report(diagnostic.hint("split it into smaller statements or SUBs"));
            // What follows is nested just as deep.
            self.give_up();
            return Err(error);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}
