//! The preprocessor: directives, macros and included files.

use std::collections::HashMap;
use std::rc::Rc;

use super::condition;
use super::token::{Hidden, Kind, Token, tokens};
use crate::Reader;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::sources::Sources;

/// More tokens than any program has: macros that double each other would make any number.
const MOST_TOKENS: usize = 1 << 20;

/// Macros in the arguments of macros nest at most this deep.
const DEPTH: u32 = 64;

/// More files than any program includes.
const MOST_FILES: usize = 200;

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
pub(super) struct Macro {
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

pub(super) struct Preprocessor<'a> {
    sources: &'a mut Sources,
    name: &'a str,
    read: Reader<'a>,
    pub(super) diagnostics: &'a mut Diagnostics,
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
                _ if !self.is_active() => self.work += 1,
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
            self.error(condition.span, "this condition has no end: `#endif` is missing");
        }
    }

    fn is_active(&self) -> bool {
        self.conditions.last().is_none_or(|condition| condition.active)
    }

    /// A token that is no macro; the expansion of one is put back.
    fn expand(&mut self, token: Token, input: &mut Input, depth: u32) -> Option<Token> {
        self.work += 1;
        if self.work == MOST_TOKENS {
            let message = format!("the program has more than {MOST_TOKENS} tokens with its macros expanded");
            self.error(token.span, message);
        }
        let Kind::Name(name) = &token.kind else { return Some(token) };
        if let Some(kind) = self.dynamic(name, token.span) {
            return Some(Token { kind, ..token });
        }
        let Some(found) = self.macros.get(name).cloned().filter(|_| !is_hidden(&token, name)) else {
            return Some(token);
        };
        let hidden = Some(Rc::new(Hidden { name: name.clone(), others: token.hidden.clone() }));
        let body = match &found.parameters {
            None => found.body.to_vec(),
            Some(_) if !input.peek().is_some_and(|next| next.kind == Kind::Symbol("(")) => {
                return Some(token);
            }
            Some(parameters) => {
                let arguments = self.arguments(&token, name, parameters.len(), found.variadic, input)?;
                self.substitute(&found, parameters, &arguments, token.span, depth)
            }
        };
        let body = self.paste(body, token.span);
        if self.work + body.len() > MOST_TOKENS {
            self.work = self.work.max(MOST_TOKENS - 1);
            return None;
        }
        for (at, mut part) in body.into_iter().enumerate().rev() {
            part.hidden = joined(part.hidden, &hidden);
            if part.span == Span::default() || found.parameters.is_none() {
                part.span = token.span;
            }
            part.starts_line = false;
            if at == 0 {
                part.spaced = token.spaced;
            }
            input.back.push(part);
        }
        None
    }

    /// What changes from place to place.
    fn dynamic(&mut self, name: &str, span: Span) -> Option<Kind> {
        Some(match name {
            "__LINE__" => Kind::Number(self.sources.line(span).to_string().into()),
            "__FILE__" => Kind::Text(self.name.as_bytes().into()),
            // The same source makes the same module on any day.
            "__DATE__" => Kind::Text((*b"Jan  1 1970").into()),
            "__TIME__" => Kind::Text((*b"00:00:00").into()),
            "__COUNTER__" => {
                self.counter += 1;
                Kind::Number((self.counter - 1).to_string().into())
            }
            _ => return None,
        })
    }

    /// The arguments of a macro with parentheses; `None` after a report.
    fn arguments(
        &mut self,
        name: &Token,
        text: &str,
        takes: usize,
        variadic: bool,
        input: &mut Input,
    ) -> Option<Vec<Vec<Token>>> {
        input.next();
        let mut arguments = vec![Vec::new()];
        let mut open = 0u32;
        loop {
            self.work += 1;
            let token = input.next().filter(|token| token.kind != Kind::End);
            let Some(token) = token else {
                self.error(name.span, format!("the arguments of `{text}` have no end: `)` is missing"));
                return None;
            };
            match token.kind {
                Kind::Symbol(")") if open == 0 => break,
                Kind::Symbol(")") => open -= 1,
                Kind::Symbol("(") => open += 1,
                Kind::Symbol(",") if open == 0 && !(variadic && arguments.len() == takes) => {
                    arguments.push(Vec::new());
                    continue;
                }
                _ => {}
            }
            if let Some(last) = arguments.last_mut() {
                last.push(token);
            }
        }
        if takes == 0 && arguments.len() == 1 && arguments[0].is_empty() {
            arguments.clear();
        }
        if variadic && arguments.len() + 1 == takes {
            arguments.push(Vec::new());
        }
        if arguments.len() != takes {
            let plural = if takes == 1 { "" } else { "s" };
            let message = format!("`{text}` takes {takes} argument{plural}, but {} given", arguments.len());
            self.error(name.span, message);
            return None;
        }
        Some(arguments)
    }

    /// The body of a macro with its parameters replaced.
    fn substitute(
        &mut self,
        found: &Macro,
        parameters: &[Rc<str>],
        arguments: &[Vec<Token>],
        span: Span,
        depth: u32,
    ) -> Vec<Token> {
        let parameter = |token: &Token| match &token.kind {
            Kind::Name(name) => parameters.iter().position(|parameter| parameter == name),
            _ => None,
        };
        let is =
            |at: usize, symbol| found.body.get(at).is_some_and(|token| token.kind == Kind::Symbol(symbol));
        let mut expanded: Vec<Option<Vec<Token>>> = vec![None; arguments.len()];
        let mut body = Vec::new();
        let mut at = 0;
        while let Some(token) = found.body.get(at) {
            at += 1;
            if token.kind == Kind::Symbol("#")
                && let Some(argument) = found.body.get(at).and_then(parameter)
            {
                at += 1;
                let kind = Kind::Text(written(&arguments[argument]).into_bytes().into());
                body.push(Token { kind, span, ..token.clone() });
                continue;
            }
            let Some(argument) = parameter(token) else {
                body.push(Token { span, ..token.clone() });
                continue;
            };
            let pasted = is(at, "##") || at >= 2 && is(at - 2, "##");
            let from = body.len();
            if pasted {
                body.extend(arguments[argument].iter().cloned());
                if arguments[argument].is_empty() {
                    body.push(Token { kind: Kind::Symbol(""), span, ..token.clone() });
                }
            } else {
                if expanded[argument].is_none() {
                    expanded[argument] = Some(self.expanded(arguments[argument].clone(), span, depth + 1));
                }
                body.extend(expanded[argument].iter().flatten().cloned());
            }
            if let Some(first) = body.get_mut(from) {
                first.spaced = token.spaced;
            }
            if body.len() > MOST_TOKENS {
                break;
            }
        }
        body
    }

    /// Tokens with all macros in them expanded.
    fn expanded(&mut self, tokens: Vec<Token>, span: Span, depth: u32) -> Vec<Token> {
        if depth > DEPTH {
            self.error(span, format!("macros nest more than {DEPTH} deep"));
            return Vec::new();
        }
        let mut input = Input { back: Vec::new(), tokens: tokens.into_iter() };
        let mut out = Vec::new();
        while let Some(token) = input.next() {
            if self.work > MOST_TOKENS {
                break;
            }
            out.extend(self.expand(token, &mut input, depth));
        }
        out
    }

    /// Joins the tokens on both sides of each `##`.
    fn paste(&mut self, body: Vec<Token>, span: Span) -> Vec<Token> {
        if !body.iter().any(|token| matches!(token.kind, Kind::Symbol("##" | ""))) {
            return body;
        }
        let mut out: Vec<Token> = Vec::with_capacity(body.len());
        let mut rest = body.into_iter();
        while let Some(token) = rest.next() {
            if token.kind != Kind::Symbol("##") || out.is_empty() {
                out.push(token);
                continue;
            }
            let (Some(left), Some(right)) = (out.pop(), rest.next()) else { break };
            let text = format!("{}{}", spelled(&left.kind), spelled(&right.kind));
            let mut unread = Diagnostics::default();
            let joined = tokens(&text, 0..text.len(), &mut unread);
            match joined.as_slice() {
                [end] if end.kind == Kind::End => out.push(Token { kind: Kind::Symbol(""), ..left }),
                [one, _] if !unread.has_errors() => out.push(Token { kind: one.kind.clone(), ..left }),
                _ => {
                    self.error(span, format!("`##` makes `{}`, which is no token", text.escape_debug()));
                    out.push(left);
                }
            }
        }
        out.retain(|token| token.kind != Kind::Symbol(""));
        out
    }

    fn directive(&mut self, span: Span, line: &[Token]) {
        self.work += 1 + line.len();
        let Some(Token { kind: Kind::Name(word), span: place, .. }) = line.first() else {
            if let (Some(first), true) = (line.first(), self.is_active()) {
                self.error(first.span, "`#` is followed by the name of a directive");
            }
            return;
        };
        let rest = &line[1..];
        match &**word {
            "if" | "ifdef" | "ifndef" => {
                let outside = self.is_active();
                let active = outside && self.condition(word, *place, rest);
                let done = active || !outside;
                self.conditions.push(Condition { span, active, done, in_else: false });
            }
            "elif" | "else" => self.other_part(word, *place, rest),
            "endif" => {
                if self.conditions.pop().is_none() {
                    self.error(*place, "`#endif` without `#if`");
                }
            }
            _ if !self.is_active() => {}
            "define" => self.define(*place, rest),
            "undef" => match rest {
                [Token { kind: Kind::Name(name), .. }] => {
                    self.macros.remove(name);
                }
                _ => self.error(*place, "`#undef` takes the name of one macro"),
            },
            "include" => self.include(*place, rest),
            "error" => self.error(span.to(*place), format!("#error {}", written(rest))),
            "warning" => {
                let message = format!("#warning {}", written(rest));
                self.diagnostics.push(Diagnostic::warning(span.to(*place), message));
            }
            "pragma" => {
                if matches!(rest, [Token { kind: Kind::Name(name), .. }] if &**name == "once") {
                    self.once.extend(self.sources.file_name(span).map(str::to_owned));
                }
            }
            "line" => {}
            _ => self.error(*place, format!("unknown directive `#{word}`")),
        }
    }

    fn other_part(&mut self, word: &str, place: Span, rest: &[Token]) {
        let Some(condition) = self.conditions.last() else {
            return self.error(place, format!("`#{word}` without `#if`"));
        };
        if condition.in_else {
            return self.error(place, format!("`#{word}` after `#else`"));
        }
        let active = !condition.done && (word == "else" || self.condition("if", place, rest));
        if let Some(condition) = self.conditions.last_mut() {
            condition.active = active;
            condition.done |= active;
            condition.in_else = word == "else";
        }
    }

    fn condition(&mut self, word: &str, place: Span, rest: &[Token]) -> bool {
        if word == "if" {
            let mut known = Vec::with_capacity(rest.len());
            let mut tokens = rest.iter().peekable();
            while let Some(token) = tokens.next() {
                known.push(token.clone());
                if !matches!(&token.kind, Kind::Name(name) if &**name == "defined") {
                    continue;
                }
                let open = tokens.next_if(|next| next.kind == Kind::Symbol("(")).is_some();
                let name = tokens.next_if(|next| matches!(next.kind, Kind::Name(_)));
                let Some(Token { kind: Kind::Name(name), .. }) = name else {
                    self.error(token.span, "`defined` takes the name of a macro");
                    return false;
                };
                if open && tokens.next_if(|next| next.kind == Kind::Symbol(")")).is_none() {
                    self.error(token.span, "`)` is missing after `defined (`");
                    return false;
                }
                let value = if self.macros.contains_key(name) { "1" } else { "0" };
                let last = known.len() - 1;
                known[last].kind = Kind::Number(value.into());
            }
            let expanded = self.expanded(known, place, 0);
            return match condition::value(&expanded, place) {
                Ok(value) => value != 0,
                Err(diagnostic) => {
                    self.diagnostics.push(*diagnostic);
                    false
                }
            };
        }
        match rest {
            [Token { kind: Kind::Name(name), .. }, ..] => self.macros.contains_key(name) == (word == "ifdef"),
            _ => {
                self.error(place, format!("`#{word}` takes the name of a macro"));
                false
            }
        }
    }

    fn define(&mut self, place: Span, rest: &[Token]) {
        let Some((Token { kind: Kind::Name(name), .. }, mut body)) = rest.split_first() else {
            return self.error(place, "`#define` takes the name of a macro");
        };
        let mut parameters = None;
        let mut variadic = false;
        if let Some(open) = body.first()
            && open.kind == Kind::Symbol("(")
            && !open.spaced
        {
            let Some(end) = body.iter().position(|token| token.kind == Kind::Symbol(")")) else {
                return self.error(open.span, "the parameters have no end: `)` is missing");
            };
            let mut names: Vec<Rc<str>> = Vec::new();
            for (at, token) in body[1..end].iter().enumerate() {
                match &token.kind {
                    Kind::Name(name) if at % 2 == 0 && !variadic => names.push(name.clone()),
                    Kind::Symbol("...") if at % 2 == 0 && at + 2 == end => {
                        variadic = true;
                        names.push("__VA_ARGS__".into());
                    }
                    Kind::Symbol(",") if at % 2 == 1 && at + 2 < end => {}
                    _ => return self.error(token.span, "a parameter's name is expected here"),
                }
            }
            parameters = Some(names);
            body = &body[end + 1..];
        }
        let body = body.iter().map(|token| Token { starts_line: false, ..token.clone() }).collect();
        self.macros.insert(name.clone(), Rc::new(Macro { parameters, variadic, body }));
    }

    fn include(&mut self, place: Span, rest: &[Token]) {
        let rest = match rest.first().map(|token| &token.kind) {
            Some(Kind::Name(_)) => self.expanded(rest.to_vec(), place, 0),
            _ => rest.to_vec(),
        };
        let (name, internal) = match rest.as_slice() {
            [Token { kind: Kind::Text(name), .. }] => (String::from_utf8_lossy(name).into_owned(), false),
            [Token { kind: Kind::Symbol("<"), .. }, inner @ .., Token { kind: Kind::Symbol(">"), .. }] => {
                (inner.iter().map(|token| spelled(&token.kind)).collect(), true)
            }
            _ => return self.error(place, "`#include` takes a file: \"name.h\", or a header: <conez_api.h>"),
        };
        if internal || name == "conez_api.h" {
            return self.header(&name, place);
        }
        if self.once.contains(&name) {
            return;
        }
        self.files += 1;
        if self.files > MOST_FILES {
            return self.error(place, format!("more than {MOST_FILES} files are included"));
        }
        let text = match (self.read)(&name) {
            Ok(text) => text,
            Err(why) => {
                return self.error(place, format!("`{}` cannot be included: {why}", name.escape_debug()));
            }
        };
        match self.sources.include(&name, &text, place) {
            Ok(range) => self.file(range),
            Err(why) => self.error(place, why),
        }
    }

    /// What the compiler knows itself.
    fn header(&mut self, name: &str, place: Span) {
        const HEADERS: [&str; 12] = [
            "conez_api.h",
            "stdio.h",
            "stdlib.h",
            "string.h",
            "math.h",
            "stdint.h",
            "stddef.h",
            "stdbool.h",
            "limits.h",
            "float.h",
            "inttypes.h",
            "ctype.h",
        ];
        if !HEADERS.contains(&name) {
            let diagnostic = Diagnostic::error(place, format!("unknown header <{}>", name.escape_debug()));
            let hint = format!("there are {}", HEADERS.map(|name| format!("<{name}>")).join(", "));
            self.diagnostics.push(diagnostic.hint(hint));
            return;
        }
        if std::mem::replace(&mut self.has_host, true) {
            return;
        }
        match self.sources.include("conez_api.h", super::prelude::TEXT, place) {
            Ok(range) => self.file(range),
            Err(why) => self.error(place, why),
        }
    }
}

fn is_hidden(token: &Token, name: &str) -> bool {
    let names = std::iter::successors(token.hidden.as_deref(), |hidden| hidden.others.as_deref());
    names.into_iter().any(|hidden| &*hidden.name == name)
}

fn joined(own: Option<Rc<Hidden>>, more: &Option<Rc<Hidden>>) -> Option<Rc<Hidden>> {
    let Some(own) = own else { return more.clone() };
    let mut all = more.clone();
    let mut next = Some(&own);
    while let Some(hidden) = next {
        let known = std::iter::successors(all.as_deref(), |hidden| hidden.others.as_deref());
        if !known.into_iter().any(|known| known.name == hidden.name) {
            all = Some(Rc::new(Hidden { name: hidden.name.clone(), others: all }));
        }
        next = hidden.others.as_ref();
    }
    all
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
