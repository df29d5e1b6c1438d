//! Text to the tokens that the preprocessor works on.

use std::ops::Range;
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// A token and its place.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
    /// The first of its line.
    pub starts_line: bool,
    /// White space comes before it.
    pub spaced: bool,
    /// The macros whose expansion it comes from: these are not expanded in it again.
    pub hidden: Option<Rc<Hidden>>,
}

/// Names of macros.
#[derive(Debug)]
pub(super) struct Hidden {
    pub name: Rc<str>,
    pub others: Option<Rc<Hidden>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Name(Rc<str>),
    /// A number as it is written.
    Number(Rc<str>),
    /// The value of a character in single quotes.
    Character(i32),
    /// The bytes of a string, without the zero at its end.
    Text(Rc<[u8]>),
    Symbol(&'static str),
    End,
}

/// Longer ones before those that they begin with.
const SYMBOLS: [&str; 48] = [
    "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "##", "(", ")", "[", "]", "{", "}", ";", ",", ".", "+", "-", "*", "/", "%",
    "&", "|", "^", "~", "!", "<", ">", "=", "?", ":", "#",
];

/// Splits a part of a text into tokens; the last is the end.
pub(super) fn tokens(text: &str, range: Range<usize>, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut lexer = Lexer { text, at: range.start, end: range.end, diagnostics, tokens: Vec::new() };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    diagnostics: &'a mut Diagnostics,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let (mut starts_line, mut spaced) = (true, false);
        while let Some(byte) = self.byte(0) {
            let start = self.at;
            match byte {
                b'\n' => {
                    (starts_line, spaced) = (true, false);
                    self.at += 1;
                    continue;
                }
                b' ' | b'\t' | b'\r' | 0x0B | 0x0C => self.at += 1,
                b'\\' if self.continuation() > 0 => self.at += self.continuation(),
                b'/' if self.byte(1) == Some(b'/') => self.line_comment(),
                b'/' if self.byte(1) == Some(b'*') => self.block_comment(),
                _ => {
                    if let Some(kind) = self.token(byte) {
                        let span = Span::new(start, self.at);
                        self.tokens.push(Token { kind, span, starts_line, spaced, hidden: None });
                        (starts_line, spaced) = (false, false);
                    }
                    continue;
                }
            }
            spaced = true;
        }
        let span = Span::new(self.end, self.end);
        self.tokens.push(Token { kind: Kind::End, span, starts_line: true, spaced: true, hidden: None });
    }

    fn byte(&self, after: usize) -> Option<u8> {
        let at = self.at + after;
        (at < self.end).then(|| self.text.as_bytes()[at])
    }

    /// The bytes of a backslash that ends a line, 0 when there is none.
    fn continuation(&self) -> usize {
        match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    fn line_comment(&mut self) {
        while self.byte(0).is_some_and(|byte| byte != b'\n') {
            self.at += self.continuation().max(1);
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        match self.text[..self.end][start + 2..].find("*/") {
            Some(length) => self.at = start + 2 + length + 2,
            None => {
                self.at = self.end;
                let span = Span::new(start, start + 2);
                self.diagnostics.push(Diagnostic::error(span, "this comment has no end: `*/` is missing"));
            }
        }
    }

    fn token(&mut self, byte: u8) -> Option<Kind> {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => Some(self.name()),
            b'0'..=b'9' => Some(self.number()),
            b'.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => Some(self.number()),
            b'"' => Some(Kind::Text(self.quoted(b'"').into())),
            b'\'' => Some(self.character()),
            _ => self.symbol(),
        }
    }

    fn name(&mut self) -> Kind {
        let start = self.at;
        while self.byte(0).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$') {
            self.at += 1;
        }
        Kind::Name(self.text[start..self.at].into())
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        while let Some(byte) = self.byte(0) {
            let sign = matches!(byte, b'+' | b'-')
                && matches!(self.text.as_bytes()[self.at - 1], b'e' | b'E' | b'p' | b'P')
                && self.at > start
                && (!self.text[start..].starts_with("0x") && !self.text[start..].starts_with("0X")
                    || matches!(self.text.as_bytes()[self.at - 1], b'p' | b'P'));
            if !byte.is_ascii_alphanumeric() && byte != b'.' && byte != b'_' && !sign {
                break;
            }
            self.at += 1;
        }
        Kind::Number(self.text[start..self.at].into())
    }

    fn character(&mut self) -> Kind {
        let start = self.at;
        let bytes = self.quoted(b'\'');
        let value = match bytes.as_slice() {
            [byte] => i32::from(*byte as i8),
            [] => {
                let span = Span::new(start, self.at);
                self.diagnostics.push(Diagnostic::error(span, "an empty character"));
                0
            }
            _ => {
                let message = "more than one character in single quotes";
                let diagnostic = Diagnostic::error(Span::new(start, self.at), message);
                self.diagnostics.push(diagnostic.hint("text stands in double quotes: \"…\""));
                0
            }
        };
        Kind::Character(value)
    }

    /// The bytes up to the quote that ends them.
    fn quoted(&mut self, quote: u8) -> Vec<u8> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.byte(0) {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return bytes;
                }
                None | Some(b'\n') => {
                    let message = format!("this text has no end: `{}` is missing", char::from(quote));
                    self.diagnostics.push(Diagnostic::error(Span::new(start, self.at), message));
                    return bytes;
                }
                Some(b'\\') if self.continuation() > 0 => self.at += self.continuation(),
                Some(b'\\') => bytes.extend(self.escape()),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Option<u8> {
        let start = self.at;
        self.at += 1;
        let byte = self.byte(0)?;
        self.at += 1;
        let value = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'e' => 27,
            b'\\' | b'\'' | b'"' | b'?' => byte,
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.byte(0) else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                value as u8
            }
            b'x' => {
                let mut value = 0u32;
                let digits = self.at;
                while let Some(digit) = self.byte(0).and_then(|byte| char::from(byte).to_digit(16)) {
                    value = value.wrapping_mul(16).wrapping_add(digit);
                    self.at += 1;
                }
                if self.at == digits {
                    self.unknown_escape(start);
                }
                value as u8
            }
            _ => {
                // What comes after the backslash may be a part of a longer character.
                while !self.text.is_char_boundary(self.at) {
                    self.at += 1;
                }
                self.unknown_escape(start);
                return None;
            }
        };
        Some(value)
    }

    fn unknown_escape(&mut self, start: usize) {
        let span = Span::new(start, self.at);
        let message = format!("unknown escape `{}`", self.text[start..self.at].escape_debug());
        self.diagnostics.push(Diagnostic::error(span, message).hint("a backslash itself is written `\\\\`"));
    }

    fn symbol(&mut self) -> Option<Kind> {
        let rest = &self.text[self.at..self.end];
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.at += symbol.len();
            return Some(Kind::Symbol(symbol));
        }
        let character = rest.chars().next()?;
        let span = Span::new(self.at, self.at + character.len_utf8());
        self.at = span.end as usize;
        let message = format!("`{}` has no meaning in C", character.escape_debug());
        self.diagnostics.push(Diagnostic::error(span, message));
        None
    }
}
