//! Source text to tokens.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    Name(String),
    Keyword(&'static str),
    /// An integer literal, wrapped to a word.
    Integer(u32),
    /// A float literal.
    Float(f32),
    Text(String),
    Symbol(&'static str),
    End,
}

const KEYWORDS: [&str; 35] = [
    "abs",
    "array",
    "assert",
    "case",
    "const",
    "copy",
    "default",
    "do",
    "else",
    "extern",
    "float",
    "floor",
    "for",
    "from",
    "ftoi",
    "funcptr",
    "function",
    "global",
    "goto",
    "if",
    "int",
    "itof",
    "locals",
    "loop",
    "native",
    "null",
    "nullfunc",
    "pointer",
    "readonly",
    "returns",
    "switch",
    "temporary",
    "to",
    "while",
    // The second dialect adds `return`; the reference has no use for the word.
    "return",
];

/// Longer names are no names, and would not fit in a module.
const LONGEST_NAME: usize = 255;

/// Longest first, so that the first match is the token.
const SYMBOLS: [&str; 47] = [
    ">>>=", ">>>", "<<=", ">>=", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "++", "--", "{", "}", "(", ")", "[", "]", ";", ",", ":", "=", "<", ">", "!", "+",
    "-", "*", "/", "%", "&", "|", "^", "~", "?", ".", "#",
];

/// Splits a source into tokens; the last is always [`TokenKind::End`].
///
/// Whatever cannot be read is reported and passed over.
pub(crate) fn tokens(source: &str, diagnostics: &mut Diagnostics) -> Vec<Token> {
    let mut lexer = Lexer { source, at: 0, diagnostics };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let kind = lexer.token();
        let span = Span::new(start, lexer.at);
        match kind {
            Some(TokenKind::End) => {
                tokens.push(Token { kind: TokenKind::End, span });
                return tokens;
            }
            Some(kind) => tokens.push(Token { kind, span }),
            // Nothing after could be reported.
            None if lexer.diagnostics.is_full() => lexer.at = source.len(),
            None => {}
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &str {
        let length = self.rest().find(|c| !accept(c)).unwrap_or(self.rest().len());
        let start = self.at;
        self.at += length;
        &self.source[start..self.at]
    }

    fn error(&mut self, start: usize, end: usize, message: &str) {
        self.diagnostics.push(Diagnostic::error(Span::new(start, end), message));
    }

    fn skip_space(&mut self) {
        loop {
            self.take_while(|c| c.is_whitespace() || c == '\u{feff}');
            if self.rest().starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                match self.rest()[2..].find("*/") {
                    Some(length) => self.at += length + 4,
                    None => {
                        self.error(self.at, self.at + 2, "this comment is never closed: expected `*/`");
                        self.at = self.source.len();
                    }
                }
            } else {
                return;
            }
        }
    }

    fn token(&mut self) -> Option<TokenKind> {
        let Some(first) = self.rest().chars().next() else { return Some(TokenKind::End) };
        match first {
            'A'..='Z' | 'a'..='z' | '_' | '$' => {
                let start = self.at;
                let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
                if let Some(keyword) = KEYWORDS.iter().find(|&&keyword| keyword == word) {
                    return Some(TokenKind::Keyword(keyword));
                }
                if word.len() > LONGEST_NAME {
                    let message =
                        format!("a name of {} characters, where {LONGEST_NAME} are allowed", word.len());
                    self.error(start, self.at, &message);
                    return None;
                }
                Some(TokenKind::Name(word.to_owned()))
            }
            '0'..='9' => Some(self.number()),
            '\'' => self.characters(),
            '"' => {
                let start = self.at;
                let text = self.quoted('"')?;
                if text.contains('\0') {
                    self.error(start, self.at, "a string cannot hold a zero character: zero ends it");
                }
                Some(TokenKind::Text(text))
            }
            _ => {
                let rest = self.rest().as_bytes();
                let begins =
                    |symbol: &&&str| symbol.as_bytes()[0] == rest[0] && rest.starts_with(symbol.as_bytes());
                if let Some(symbol) = SYMBOLS.iter().find(begins) {
                    self.at += symbol.len();
                    return Some(TokenKind::Symbol(symbol));
                }
                let start = self.at;
                self.take_while(|c| {
                    !c.is_whitespace() && !c.is_ascii_alphanumeric() && (!c.is_ascii() || c.is_control())
                });
                if self.at == start {
                    self.at += first.len_utf8();
                }
                let shown: String = first.escape_debug().collect();
                let mut diagnostic =
                    Diagnostic::error(Span::new(start, self.at), format!("unknown character `{shown}`"));
                if matches!(first, '“' | '”' | '‘' | '’' | '„' | '«' | '»') {
                    diagnostic = diagnostic.hint("quotes are straight: `\"text\"`, `'A'`");
                }
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.at += 2;
            let digits = self.take_while(|c| c.is_ascii_alphanumeric()).to_owned();
            let value = digits
                .chars()
                .try_fold(0u32, |value, digit| Some(value.wrapping_shl(4) | digit.to_digit(16)?));
            if digits.is_empty() || value.is_none() {
                self.error(start, self.at, "a hexadecimal number is `0x` and the digits 0-9, A-F");
            } else if digits.trim_start_matches('0').len() > 8 {
                self.error(start, self.at, "this number needs more than 32 bits");
            }
            return TokenKind::Integer(value.unwrap_or(0));
        }
        let value = self
            .take_while(|c| c.is_ascii_digit())
            .bytes()
            .fold(0u32, |value, digit| value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0')));
        let mut float = false;
        let mut after = self.rest().chars();
        if after.next() == Some('.') {
            float = true;
            self.at += 1;
            if self.take_while(|c| c.is_ascii_digit()).is_empty() {
                self.error(start, self.at, "a float needs a digit on both sides of the point");
            }
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
        if self.rest().starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
            self.error(start, self.at, "a number and a name need a space between them");
        }
        if float { TokenKind::Float(text.parse().unwrap_or(0.0)) } else { TokenKind::Integer(value) }
    }

    /// `'AB'`: up to four characters, packed with the first in the highest byte.
    fn characters(&mut self) -> Option<TokenKind> {
        let start = self.at;
        let text = self.quoted('\'')?;
        if text.chars().count() > 4 || text.chars().any(|c| u32::from(c) > 0xFF) {
            let message = "a character literal holds 0 to 4 characters of one byte each";
            let diagnostic = Diagnostic::error(Span::new(start, self.at), message);
            self.diagnostics.push(diagnostic.hint("text stands in double quotes: `\"text\"`"));
        }
        let word = text.chars().fold(0u32, |word, c| word << 8 | (u32::from(c) & 0xFF));
        Some(TokenKind::Integer(word))
    }

    /// The text between two quotes, with the escapes resolved; an unclosed one ends at its line.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.rest().chars().next().filter(|&c| c != '\n') else {
                self.error(
                    start,
                    self.at,
                    &format!("this text is never closed: expected `{quote}` on its line"),
                );
                return Some(text);
            };
            self.at += c.len_utf8();
            match c {
                _ if c == quote => return Some(text),
                '\\' => text.push(self.escape()),
                _ => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> char {
        let start = self.at - 1;
        let c = self.rest().chars().next().unwrap_or('\n');
        if c != '\n' {
            self.at += c.len_utf8();
        }
        match c {
            '"' | '\'' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let digits: String =
                    self.rest().chars().take(4).take_while(char::is_ascii_hexdigit).collect();
                self.at += digits.len();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                code.and_then(char::from_u32).unwrap_or_else(|| {
                    self.error(start, self.at, "`\\u` takes four hexadecimal digits of a Unicode character");
                    '?'
                })
            }
            _ => {
                self.error(
                    start,
                    self.at,
                    "unknown escape: use one of \\\" \\\\ \\b \\f \\n \\r \\t \\uXXXX",
                );
                '?'
            }
        }
    }
}
