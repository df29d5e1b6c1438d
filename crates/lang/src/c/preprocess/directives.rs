//! Directives: the lines that begin with `#`.

use std::rc::Rc;

use super::{Condition, Macro, Preprocessor, condition, spelled, written};
use crate::c::prelude;
use crate::c::token::{Kind, Token};
use crate::diagnostic::{Diagnostic, Span};

/// More files than any program includes.
const MOST_FILES: usize = 200;

impl Preprocessor<'_> {
    pub(super) fn directive(&mut self, span: Span, line: &[Token]) {
        self.spend(1 + line.len(), span);
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
            return match condition::is_true(&expanded, place) {
                Ok(is_true) => is_true,
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
        match self.sources.include("conez_api.h", prelude::TEXT, place) {
            Ok(range) => {
                // The macros of the program mean nothing in it, but come before its own.
                let own = std::mem::take(&mut self.macros);
                self.file(range);
                self.macros.extend(own);
            }
            Err(why) => self.error(place, why),
        }
    }
}
