//! Source text to tokens, with the included files in their places.

use crate::Reader;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::sources::Sources;

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A name or a word of the language, in capitals, with its suffix.
    Word(String),
    /// An integer of 32 bits.
    Integer(i32),
    /// An integer of 64 bits: with `&`, or too large for 32.
    Long(i64),
    Float(f32),
    Text(String),
    Symbol(&'static str),
    /// The end of a line.
    Line,
    /// The end of everything.
    End,
}

/// Longer names are no names.
const LONGEST_NAME: usize = 255;

/// As many files as anybody includes: a file that includes another twice, and that again, would never end otherwise.
const MOST_FILES: usize = 256;

/// Longest first, so that the first match is the token.
const SYMBOLS: [&str; 17] =
    ["<>", "<=", ">=", "(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "\\", "^", "#", ";"];

/// Splits a program and the files that it includes into tokens; the last two are a line's end and the end.
pub(super) fn tokens(sources: &mut Sources, read: Reader, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let own = sources.own();
    let mut tokens = Vec::new();
    let mut files = 0;
    // The rest of each file that is being read, the innermost last.
    let mut open = vec![own.clone()];
    while let Some(range) = open.pop() {
        let mut lexer = Lexer { source: sources.text(), at: range.start, end: range.end, diagnostics };
        let directive = lexer.up_to_directive(&mut tokens);
        let rest = lexer.at..range.end;
        let Some((name, span)) = directive else {
            push_line(&mut tokens, Span::new(range.end, range.end));
            continue;
        };
        open.push(rest);
        files += 1;
        let text = match files > MOST_FILES {
            true => Err(format!("more than {MOST_FILES} files are included")),
            false => read(&name).map_err(|why| format!("`{name}` cannot be included: {why}")),
        };
        match text.and_then(|text| sources.include(&name, &text, span)) {
            Ok(range) => open.push(range),
            Err(why) => {
                diagnostics.push(Diagnostic::error(span, why));
                if files > MOST_FILES || diagnostics.is_full() {
                    break;
                }
            }
        }
    }
    let end = Span::new(own.end, own.end);
    push_line(&mut tokens, end);
    tokens.push(Token { kind: TokenKind::End, span: end });
    tokens
}

fn push_line(tokens: &mut Vec<Token>, span: Span) {
    if tokens.last().is_some_and(|token| token.kind != TokenKind::Line) {
        tokens.push(Token { kind: TokenKind::Line, span });
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    end: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Lexer<'_> {
    /// Adds the tokens up to the next `$INCLUDE`, whose file name and place are the result, or up to the end.
    fn up_to_directive(&mut self, tokens: &mut Vec<Token>) -> Option<(String, Span)> {
        loop {
            self.take_while(|c| c != '\n' && c.is_whitespace() || c == '\u{feff}');
            let start = self.at;
            let first = self.rest().chars().next()?;
            if self.diagnostics.is_full() {
                // Nothing after could be reported.
                self.at = self.end;
                return None;
            }
            if first == '\n' {
                self.at += 1;
                push_line(tokens, Span::new(start, start));
                continue;
            }
            if let Some(comment) = self.comment(tokens) {
                self.take_while(|c| c != '\n');
                let text = &self.source[comment..self.at];
                let is_directive =
                    text.trim_start().get(..8).is_some_and(|word| word.eq_ignore_ascii_case("$INCLUDE"));
                if !is_directive {
                    continue;
                }
                let span = Span::new(start, self.at);
                match included_name(text) {
                    Some(name) => return Some((name.to_owned(), span)),
                    None => {
                        let diagnostic = Diagnostic::error(span, "`$INCLUDE` without a file name");
                        self.diagnostics.push(diagnostic.hint("'$INCLUDE: 'helpers.bi'"));
                    }
                }
                continue;
            }
            if let Some(kind) = self.token(first) {
                tokens.push(Token { kind, span: Span::new(start, self.at) });
            }
        }
    }

    /// Where the text of a comment that begins here starts.
    fn comment(&self, tokens: &[Token]) -> Option<usize> {
        if self.rest().starts_with('\'') {
            return Some(self.at + 1);
        }
        let first = tokens.last().is_none_or(|token| token.kind == TokenKind::Line);
        let (word, rest) = self.rest().split_at_checked(3)?;
        let is_rem = word.eq_ignore_ascii_case("REM") && !rest.starts_with(is_name);
        (is_rem && first && !rest.trim_start().starts_with('=')).then_some(self.at + 3)
    }

    fn rest(&self) -> &str {
        &self.source[self.at..self.end]
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &str {
        let length = self.rest().find(|c| !accept(c)).unwrap_or(self.rest().len());
        let start = self.at;
        self.at += length;
        &self.source[start..self.at]
    }

    fn error(&mut self, start: usize, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(Span::new(start, self.at), message));
    }

    fn token(&mut self, first: char) -> Option<TokenKind> {
        match first {
            'A'..='Z' | 'a'..='z' | '_' => self.word(),
            '0'..='9' => Some(self.number()),
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => Some(self.number()),
            '&' if self.rest().get(1..2).is_some_and(|h| h.eq_ignore_ascii_case("H")) => {
                Some(self.hexadecimal())
            }
            '"' => Some(TokenKind::Text(self.text())),
            _ => {
                if let Some(symbol) = SYMBOLS.iter().find(|&&symbol| self.rest().starts_with(symbol)) {
                    self.at += symbol.len();
                    return Some(TokenKind::Symbol(symbol));
                }
                self.unknown(first);
                None
            }
        }
    }

    fn word(&mut self) -> Option<TokenKind> {
        let start = self.at;
        let length = self.take_while(is_name).len();
        if self.rest().starts_with(['#', '$', '&']) {
            self.at += 1;
        }
        if length > LONGEST_NAME {
            self.error(start, format!("a name of {length} characters, where {LONGEST_NAME} are allowed"));
            return None;
        }
        Some(TokenKind::Word(self.source[start..self.at].to_ascii_uppercase()))
    }

    fn number(&mut self) -> TokenKind {
        if self.rest().get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("0x")) {
            return self.hexadecimal();
        }
        let start = self.at;
        self.take_while(|c| c.is_ascii_digit());
        let mut float = false;
        if self.rest().starts_with('.') {
            float = true;
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        let exponent = self.rest().strip_prefix(['e', 'E']).map(|rest| {
            let signed = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            (rest.len() - signed.len(), signed.starts_with(|c: char| c.is_ascii_digit()))
        });
        if let Some((sign, true)) = exponent {
            float = true;
            self.at += 1 + sign;
            self.take_while(|c| c.is_ascii_digit());
        }
        let text = self.source[start..self.at].to_owned();
        let kind = if float {
            TokenKind::Float(text.parse().unwrap_or(0.0))
        } else {
            self.integer(start, text.parse().ok())
        };
        self.no_name_after(start);
        kind
    }

    fn hexadecimal(&mut self) -> TokenKind {
        let start = self.at;
        self.at += 2;
        let digits = self.take_while(|c| c.is_ascii_hexdigit()).to_owned();
        if digits.is_empty() || self.rest().starts_with(is_name) {
            self.take_while(is_name);
            self.error(start, "a hexadecimal number is `0x` or `&H` and the digits 0-9, A-F");
            return TokenKind::Integer(0);
        }
        self.integer(start, u64::from_str_radix(&digits, 16).ok().map(u64::cast_signed))
    }

    /// An integer that fits in 64 bits, with or without the suffix.
    fn integer(&mut self, start: usize, value: Option<i64>) -> TokenKind {
        let long = self.rest().starts_with('&')
            && !self.rest().get(1..2).is_some_and(|h| h.eq_ignore_ascii_case("H"));
        self.at += usize::from(long);
        let Some(value) = value else {
            self.error(start, "this number needs more than 64 bits");
            return TokenKind::Integer(0);
        };
        match i32::try_from(value) {
            Ok(value) if !long => TokenKind::Integer(value),
            _ => TokenKind::Long(value),
        }
    }

    fn no_name_after(&mut self, start: usize) {
        if self.rest().starts_with(is_name) {
            self.take_while(is_name);
            self.error(start, "a number and a name need a space between them");
        }
    }

    /// The text between two quotes, with the escapes resolved; an unclosed one ends at its line.
    fn text(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.rest().chars().next().filter(|&c| c != '\n') else {
                self.error(start, "this text is never closed: expected `\"` on its line");
                return text;
            };
            self.at += c.len_utf8();
            match c {
                '"' => return text,
                '\\' => text.extend(self.escape()),
                '\0' => self.error(start, "a string cannot hold a zero character: zero ends it"),
                _ => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let start = self.at - 1;
        let c = self.rest().chars().next().filter(|&c| c != '\n')?;
        self.at += c.len_utf8();
        match c {
            '"' | '\\' | '\'' => Some(c),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            _ => {
                let shown: String = c.escape_debug().collect();
                self.error(start, format!("unknown escape `\\{shown}`: use \\\" \\\\ \\n \\r \\t"));
                None
            }
        }
    }

    fn unknown(&mut self, first: char) {
        let start = self.at;
        self.at += first.len_utf8();
        let shown: String = first.escape_debug().collect();
        let message = format!("unknown character `{shown}`");
        let mut diagnostic = Diagnostic::error(Span::new(start, self.at), message);
        diagnostic.hint = match first {
            ':' => Some("one statement stands on a line"),
            '%' | '!' => {
                Some("the suffixes are # for a float, & for 64 bits and $ for a string; the remainder is MOD")
            }
            '&' => Some("a hexadecimal number is &H and its digits; bits are combined by AND"),
            '“' | '”' | '‘' | '’' | '„' | '«' | '»' => Some("quotes are straight: \"text\""),
            _ => None,
        }
        .map(str::to_owned);
        self.diagnostics.push(diagnostic);
        // What cannot be read comes in runs.
        self.take_while(|c| c == first || (!c.is_ascii() || c.is_control()) && !c.is_whitespace());
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The name in `$INCLUDE: 'name'`.
fn included_name(text: &str) -> Option<&str> {
    let rest = text.trim_start()[8..].trim_start().strip_prefix(':')?.trim();
    let name = rest.strip_prefix('\'')?;
    let end = name.find('\'')?;
    (end > 0 && name[end + 1..].trim().is_empty()).then_some(&name[..end])
}
