//! What people write who know another language, and what Impala has instead.

use super::{Parsed, Parser, Reported};
use crate::diagnostic::{Diagnostic, Span};
use crate::impala::ast::{Expr, ExprKind, StatementKind};
use crate::impala::token::TokenKind;

impl Parser<'_> {
    /// A hint for the next token, which is not what was expected.
    pub(super) fn slip(&self) -> Option<String> {
        let TokenKind::Name(word) = self.peek() else {
            let TokenKind::Symbol(symbol) = self.peek() else { return None };
            return Some(match *symbol {
                "++" | "--" => format!("Impala has no `{symbol}`: write `x {}= 1`", &symbol[..1]),
                "?" => "Impala has no `?:`: write `if (…) … else …`".to_owned(),
                "." => "a float needs a digit on both sides of the point: `0.5`".to_owned(),
                "#" => "Impala has no preprocessor: a name for a number is `const int NAME = 1`".to_owned(),
                _ => return None,
            });
        };
        Some(match word.as_str() {
            "and" => "write `&&`".to_owned(),
            "or" => "write `||`".to_owned(),
            "void" | "fn" | "def" | "func" | "bool" | "double" | "char" | "unsigned" | "static"
            | "inline" => {
                "a function is `function name(int a) returns int result { … }`, a variable `global int name`"
                    .to_owned()
            }
            "struct" | "class" | "enum" | "typedef" => {
                "Impala has no types of its own: keep the parts in arrays, with constants as their indices"
                    .to_owned()
            }
            "import" | "include" | "using" => "a program is one file".to_owned(),
            _ => return None,
        })
    }

    /// A statement that is a lone name, such as `break;`.
    pub(super) fn lone_name(&mut self, value: &ExprKind, span: Span) -> Option<Reported> {
        let ExprKind::Name { name, global: false } = value else { return None };
        let label = match name.as_str() {
            "break" => "after the loop",
            "continue" => "at the end of the loop's body",
            _ => return None,
        };
        let message = format!("Impala has no `{name}`");
        let hint = format!("write `goto next;`, and a label `next:` {label}");
        Some(self.report(Diagnostic::error(span, message).hint(hint)))
    }

    /// `elseif (…)`, where `else if` is meant.
    pub(super) fn joined_else_if(&mut self) -> Option<Reported> {
        let TokenKind::Name(word) = self.peek() else { return None };
        if !matches!(word.as_str(), "elseif" | "elsif" | "elif") {
            return None;
        }
        let message = format!("unknown word `{word}`");
        let diagnostic = Diagnostic::error(self.span(), message).hint("write `else if`, in two words");
        Some(self.report(diagnostic))
    }

    /// Whether a `?` follows before the statement ends.
    pub(super) fn at_ternary(&self) -> bool {
        let ends = |token: &TokenKind| {
            matches!(token, TokenKind::Symbol("?" | ";" | "{" | "}") | TokenKind::End | TokenKind::Keyword(_))
        };
        let rest = self.tokens[self.at..].iter().map(|token| &token.kind);
        rest.take(64).find(|token| ends(token)) == Some(&TokenKind::Symbol("?"))
    }

    /// After a name that declares a scalar: a size, as if it were an array of a type. It is taken for an array.
    pub(super) fn typed_array(&mut self, name: &str) -> Parsed<Option<Expr>> {
        let start = self.span();
        if !self.take_symbol("[") {
            return Ok(None);
        }
        let size = self.expression()?;
        self.symbol("]")?;
        let message = format!("`{name}` is declared as one value, not as an array");
        let hint = format!("write `array {name}[…]`: the elements of an array have no type");
        self.report(Diagnostic::error(start.to(self.previous()), message).hint(hint));
        Ok(Some(size))
    }

    /// After a local array: first values, which only global arrays have.
    pub(super) fn no_first_values(&mut self, name: &str) {
        let start = self.span();
        if !self.take_symbol("=") {
            return;
        }
        if self.take_symbol("{") {
            self.skip_braces();
        }
        let message = format!("the local array `{name}` cannot have first values");
        let span = start.to(self.previous());
        let hint = "assign its elements, or `copy` them from a `readonly array` outside of the function";
        self.report(Diagnostic::error(span, message).hint(hint));
    }

    /// `for (i = 0; i < n; …)`: reports it at the first `;` and reads on after the body.
    pub(super) fn for_of_three_parts(&mut self) -> Parsed<StatementKind> {
        let span = self.span();
        let mut open = 1u32;
        while open > 0 && !matches!(self.peek(), TokenKind::Symbol("{" | "}") | TokenKind::End) {
            match self.peek() {
                TokenKind::Symbol("(") => open += 1,
                TokenKind::Symbol(")") => open -= 1,
                _ => {}
            }
            self.next();
        }
        let diagnostic = Diagnostic::error(span, "expected `to`, found `;`")
            .label("unexpected")
            .hint("write `for (i = 0 to n)`: it counts up by 1 and ends before n");
        self.report(diagnostic);
        self.body()?;
        Ok(StatementKind::Empty)
    }

    /// `switch (x) {`: reports the missing range and reads over all arms.
    pub(super) fn switch_without_range(&mut self) -> StatementKind {
        self.expected("`==` and the range of the cases");
        if let Some(last) = self.diagnostics.last_mut() {
            last.hint = Some("write `switch (x == 0 to 3)` for the cases 0, 1 and 2".to_owned());
        }
        while !matches!(self.peek(), TokenKind::Symbol("{" | "}" | ";") | TokenKind::End) {
            self.next();
        }
        if self.take_symbol("{") {
            self.skip_braces();
        }
        StatementKind::Empty
    }
}
