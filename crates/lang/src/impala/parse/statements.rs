//! Statements.

use super::{Parsed, Parser};
use crate::diagnostic::{Diagnostic, Span};
use crate::impala::ast::{Arm, Branch, ExprKind, Ident, Statement, StatementKind};
use crate::impala::token::TokenKind;

impl Parser<'_> {
    /// A braced list of statements and the place of its closing brace.
    pub(super) fn block(&mut self) -> Parsed<(Vec<Statement>, Span)> {
        let open = self.symbol("{")?;
        let mut statements = Vec::new();
        while !self.is_symbol("}") {
            if self.is_keyword("function") && !self.first_in_line() {
                self.nested_function()?;
                continue;
            }
            if *self.peek() == TokenKind::End || self.at_declaration() {
                let message = format!("expected `}}` before {}", self.found());
                let diagnostic = Diagnostic::error(self.span(), message).related(open, "to close this brace");
                return Err(self.report(diagnostic));
            }
            let start = self.at;
            match self.statement() {
                Ok(statement) => statements.push(statement),
                Err(_) => {
                    if self.at == start {
                        self.next();
                    }
                    self.skip_to_statement();
                }
            }
        }
        Ok((statements, self.next().span))
    }

    /// Words that only open a top-level declaration: a brace must be missing before them.
    fn at_declaration(&self) -> bool {
        let word = ["function", "readonly", "temporary", "extern"].iter().any(|word| self.is_keyword(word));
        let declares_data = self.is_keyword("global")
            && matches!(
                self.peek_after(1),
                TokenKind::Keyword("array" | "int" | "float" | "pointer" | "funcptr")
            );
        word || declares_data
    }

    fn first_in_line(&self) -> bool {
        matches!(self.source[..self.span().start as usize].bytes().next_back(), None | Some(b'\n'))
    }

    /// Reports a function inside of a function, and reads over it.
    fn nested_function(&mut self) -> Parsed<()> {
        let span = self.next().span;
        let message = "a function cannot stand inside of another function";
        self.report(Diagnostic::error(span, message).hint("move it out, or close the brace before it"));
        self.function().map(|_| ())
    }

    /// Skips past the next `;`, or to a brace or a word that starts a statement.
    fn skip_to_statement(&mut self) {
        loop {
            match self.peek() {
                TokenKind::End | TokenKind::Symbol("{" | "}") => return,
                TokenKind::Symbol(";") => {
                    self.next();
                    return;
                }
                TokenKind::Keyword(
                    "if" | "while" | "for" | "do" | "loop" | "switch" | "goto" | "return" | "copy" | "assert"
                    | "case" | "default" | "function" | "readonly" | "temporary" | "extern" | "const",
                ) => return,
                _ => {
                    self.next();
                }
            }
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let start = self.span();
        let kind = self.deeper(Self::statement_kind)?;
        Ok(Statement { kind, span: start.to(self.previous()) })
    }

    pub(super) fn body(&mut self) -> Parsed<Box<Statement>> {
        self.labelled_statement().map(Box::new)
    }

    /// One statement with the labels before it, which belong to it.
    fn labelled_statement(&mut self) -> Parsed<Statement> {
        let first = self.statement()?;
        if !matches!(first.kind, StatementKind::Label(_)) {
            return Ok(first);
        }
        let start = first.span;
        let mut statements = vec![first];
        while statements.last().is_some_and(|last| matches!(last.kind, StatementKind::Label(_)))
            && !self.is_symbol("}")
        {
            statements.push(self.statement()?);
        }
        Ok(Statement { kind: StatementKind::Block(statements), span: start.to(self.previous()) })
    }

    /// The name of a label, which may be `return`: the reference dialect has no other use for the word.
    fn label(&mut self) -> Parsed<Ident> {
        if self.is_keyword("return") {
            return Ok(Ident { text: "return".to_owned(), span: self.next().span });
        }
        self.ident("a label")
    }

    fn statement_kind(&mut self) -> Parsed<StatementKind> {
        match self.peek().clone() {
            TokenKind::Symbol(";") => {
                self.next();
                Ok(StatementKind::Empty)
            }
            TokenKind::Symbol("{") => self.block().map(|(statements, _)| StatementKind::Block(statements)),
            TokenKind::Name(_) | TokenKind::Keyword("return")
                if *self.peek_after(1) == TokenKind::Symbol(":") =>
            {
                let label = self.label()?;
                self.symbol(":")?;
                Ok(StatementKind::Label(label))
            }
            TokenKind::Keyword(word) => self.keyword_statement(word),
            _ => self.expression_statement(),
        }
    }

    fn expression_statement(&mut self) -> Parsed<StatementKind> {
        if let Some(error) = self.joined_else_if() {
            return Err(error);
        }
        let value = self.expression()?;
        if self.is_symbol(";")
            && let Some(error) = self.lone_name(&value.kind, value.span)
        {
            return Err(error);
        }
        let is_call_or_assignment = matches!(
            value.kind,
            ExprKind::Assign(..) | ExprKind::Update(..) | ExprKind::Call(..) | ExprKind::Broken
        );
        if !is_call_or_assignment && self.is_symbol(";") {
            self.diagnostics.push(Diagnostic::warning(value.span, "this statement has no effect"));
        }
        self.semicolon()?;
        Ok(StatementKind::Evaluate(value))
    }

    fn keyword_statement(&mut self, word: &str) -> Parsed<StatementKind> {
        match word {
            "if" => self.if_statement(),
            "while" => {
                self.next();
                Ok(StatementKind::While { condition: self.condition()?, body: self.body()? })
            }
            "do" => {
                self.next();
                let body = self.body()?;
                self.keyword("while")?;
                Ok(StatementKind::DoWhile { body, condition: self.condition()? })
            }
            "loop" => {
                self.next();
                self.body().map(StatementKind::Loop)
            }
            "for" => self.for_statement(),
            "goto" => self.goto_statement(),
            "switch" => self.switch_statement(),
            "copy" => self.copy_statement(),
            "assert" => self.assert_statement(),
            "return" => self.return_statement(),
            "const" => {
                self.next();
                let constant = self.constant()?;
                self.end_declaration();
                Ok(StatementKind::Const(constant))
            }
            "int" | "float" | "pointer" | "funcptr" | "array" => {
                let locals = self.locals()?;
                self.end_declaration();
                Ok(StatementKind::Declare(locals))
            }
            "case" | "default" => {
                let message = format!("`{word}` outside of a `switch`, or a second statement in an arm");
                let diagnostic = Diagnostic::error(self.span(), message)
                    .hint("an arm is one statement: put several in braces");
                Err(self.report(diagnostic))
            }
            _ => self.expression_statement(),
        }
    }

    /// The `;` after a declaration; without it the names are still known.
    fn end_declaration(&mut self) {
        let _reported = self.semicolon();
    }

    fn goto_statement(&mut self) -> Parsed<StatementKind> {
        self.next();
        let label = self.label()?;
        self.semicolon()?;
        Ok(StatementKind::Goto(label))
    }

    fn copy_statement(&mut self) -> Parsed<StatementKind> {
        self.next();
        self.symbol("(")?;
        let words = self.expression()?;
        self.keyword("from")?;
        let from = self.expression()?;
        self.keyword("to")?;
        let to = self.expression()?;
        self.symbol(")")?;
        Ok(StatementKind::Copy { words, from, to })
    }

    fn assert_statement(&mut self) -> Parsed<StatementKind> {
        self.next();
        let start = self.span().start as usize;
        let condition = self.condition()?;
        let text = self.source[start..self.previous().end as usize].to_owned();
        self.semicolon()?;
        Ok(StatementKind::Assert { condition, text })
    }

    fn return_statement(&mut self) -> Parsed<StatementKind> {
        self.next();
        let value = if self.is_symbol(";") { None } else { Some(self.expression()?) };
        self.semicolon()?;
        Ok(StatementKind::Return(value))
    }

    fn if_statement(&mut self) -> Parsed<StatementKind> {
        let mut branches = Vec::new();
        loop {
            let span = self.next().span;
            branches.push(Branch { span, condition: self.condition()?, then: self.labelled_statement()? });
            if !self.take_keyword("else") {
                return Ok(StatementKind::If { branches, otherwise: None });
            }
            if !self.is_keyword("if") {
                return Ok(StatementKind::If { branches, otherwise: Some(self.body()?) });
            }
        }
    }

    fn for_statement(&mut self) -> Parsed<StatementKind> {
        self.next();
        self.symbol("(")?;
        let variable = self.variable()?;
        let start = if self.take_symbol("=") { Some(self.expression()?) } else { None };
        if self.is_symbol(";") {
            return self.for_of_three_parts();
        }
        self.keyword("to")?;
        let end = self.expression()?;
        self.symbol(")")?;
        Ok(StatementKind::For { variable, start, end, body: self.body()? })
    }

    fn switch_statement(&mut self) -> Parsed<StatementKind> {
        self.next();
        self.symbol("(")?;
        let value = self.expression()?;
        if !self.take_symbol("==") {
            return Ok(self.switch_without_range());
        }
        let low = self.expression()?;
        self.keyword("to")?;
        let high = self.expression()?;
        self.symbol(")")?;
        self.symbol("{")?;
        let mut arms = Vec::new();
        let mut default: Option<Box<Statement>> = None;
        while !self.take_symbol("}") {
            if self.is_keyword("default") {
                let span = self.next().span;
                self.symbol(":")?;
                if default.replace(self.body()?).is_some() {
                    self.report(Diagnostic::error(span, "duplicate `default` in this `switch`"));
                }
                continue;
            }
            if !self.take_keyword("case") {
                let error = self.expected("`case`, `default` or `}`");
                if let Some(last) = self.diagnostics.last_mut() {
                    last.hint = Some("an arm is one statement: put several in braces".to_owned());
                }
                self.skip_braces();
                return Err(error);
            }
            let mut cases = vec![self.expression()?];
            while self.take_symbol(",") {
                cases.push(self.expression()?);
            }
            self.symbol(":")?;
            arms.push(Arm { cases, body: self.labelled_statement()? });
        }
        Ok(StatementKind::Switch { value, low, high, arms, default })
    }

    /// Skips to the end of braces that are open, so that what is left in them is not reported piece by piece.
    pub(super) fn skip_braces(&mut self) {
        let mut open = 1u32;
        while open > 0 && *self.peek() != TokenKind::End && !self.at_declaration() {
            match self.peek() {
                TokenKind::Symbol("{") => open += 1,
                TokenKind::Symbol("}") => open -= 1,
                _ => {}
            }
            self.next();
        }
    }
}
