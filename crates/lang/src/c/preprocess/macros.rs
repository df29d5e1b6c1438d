//! Macros: what a name is replaced by.

use std::rc::Rc;

use super::{Input, MOST_TOKENS, Macro, Preprocessor, spelled, written};
use crate::c::token::{Hidden, Kind, Token, tokens};
use crate::diagnostic::{Diagnostics, Span};

/// Macros in the arguments of macros nest at most this deep.
const DEPTH: u32 = 64;

/// A token comes from at most so many macros that expand each other.
const MOST_HIDDEN: usize = 200;

impl Preprocessor<'_> {
    /// A token that is no macro; the expansion of one is put back.
    pub(super) fn expand(&mut self, token: Token, input: &mut Input, depth: u32) -> Option<Token> {
        self.spend(1, token.span);
        let Kind::Name(name) = &token.kind else { return Some(token) };
        if let Some(kind) = self.dynamic(name, token.span) {
            return Some(Token { kind, ..token });
        }
        let Some(found) = self.macros.get(name).cloned().filter(|_| !is_hidden(&token, name)) else {
            return Some(token);
        };
        if hidden_by(&token).count() >= MOST_HIDDEN {
            self.error(token.span, format!("macros expand each other more than {MOST_HIDDEN} deep"));
            return None;
        }
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
        if self.work + body.len() > MOST_TOKENS {
            self.spend(body.len(), token.span);
            return None;
        }
        let body = self.paste(body, token.span);
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
            self.spend(1, name.span);
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
    pub(super) fn expanded(&mut self, tokens: Vec<Token>, span: Span, depth: u32) -> Vec<Token> {
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
}

fn is_hidden(token: &Token, name: &str) -> bool {
    hidden_by(token).any(|hidden| &*hidden.name == name)
}

fn hidden_by(token: &Token) -> impl Iterator<Item = &Hidden> {
    std::iter::successors(token.hidden.as_deref(), |hidden| hidden.others.as_deref())
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
