//! Statements.

use super::{Label, Parsed, Parser, Switch};
use crate::c::token::Kind;
use crate::c::tree::{Expr, LabelId, Statement, StatementKind};
use crate::c::types::Type;
use crate::diagnostic::{Diagnostic, Span};

/// Longer chains could exhaust the compiler's own stack.
const MOST_ELSE_IFS: usize = 500;

impl Parser<'_> {
    /// Statements in braces; the scope of their names is the caller's.
    pub(super) fn block(&mut self) -> Parsed<Vec<Statement>> {
        let start = self.span();
        self.expect("{", "the head of a function")?;
        let mut statements = Vec::new();
        while !self.take("}") {
            if self.is_end() {
                return self.fail(start, "this `{` has no `}`");
            }
            let (depth, scopes) = (self.depth, self.scopes.len());
            let state = self
                .function
                .as_ref()
                .map(|current| (current.loops, current.switches.len(), current.else_ifs));
            if self.item_of_block(&mut statements).is_err() {
                self.depth = depth;
                self.scopes.truncate(scopes);
                self.tags.truncate(scopes);
                if let (Some(current), Some((loops, switches, else_ifs))) = (&mut self.function, state) {
                    (current.loops, current.else_ifs) = (loops, else_ifs);
                    current.switches.truncate(switches);
                }
                self.skip_statement();
            }
            if self.diagnostics.is_full() {
                self.at = self.tokens.len() - 1;
                return Err(super::Reported);
            }
        }
        Ok(statements)
    }

    fn item_of_block(&mut self, statements: &mut Vec<Statement>) -> Parsed<()> {
        if self.is_word("_Static_assert") || self.is_word("static_assert") {
            return self.static_assert();
        }
        if self.is_declaration() {
            return self.local_declaration(statements);
        }
        let statement = self.statement()?;
        statements.push(statement);
        Ok(())
    }

    /// Skips to where the next statement may begin.
    fn skip_statement(&mut self) {
        let mut depth = 0u32;
        loop {
            match self.peek() {
                Kind::End => return,
                Kind::Symbol("{") => depth += 1,
                Kind::Symbol("}") if depth == 0 => return,
                Kind::Symbol("}") => {
                    depth -= 1;
                    if depth == 0 {
                        self.advance();
                        return;
                    }
                }
                Kind::Symbol(";") if depth == 0 => {
                    self.advance();
                    return;
                }
                _ => {}
            }
            self.advance();
        }
    }

    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        self.deeper()?;
        let span = self.span();
        let kind = self.statement_kind(span)?;
        self.depth -= 1;
        Ok(Statement { kind, span })
    }

    fn statement_kind(&mut self, span: Span) -> Parsed<StatementKind> {
        if self.take(";") {
            return Ok(StatementKind::Block(Vec::new()));
        }
        if self.is("{") {
            self.open_scope();
            let block = self.block()?;
            self.close_scope();
            return Ok(StatementKind::Block(block));
        }
        let Kind::Name(word) = self.peek().clone() else { return self.evaluation() };
        match &*word {
            "if" => self.if_statement(),
            "while" => {
                self.advance();
                let condition = self.condition("while")?;
                Ok(StatementKind::While(condition, Box::new(self.loop_body()?)))
            }
            "do" => self.do_statement(),
            "for" => self.for_statement(),
            "switch" => self.switch_statement(),
            "case" | "default" => self.cases(),
            "break" => self.leave(span, "break"),
            "continue" => self.leave(span, "continue"),
            "return" => self.return_statement(span),
            "goto" => self.goto_statement(),
            "else" => self.fail(span, "`else` without `if`"),
            "asm" | "__asm__" => self.fail(span, "`asm` is not supported: there is no assembler"),
            _ if *self.peek_after(1) == Kind::Symbol(":") => {
                self.advance();
                self.advance();
                let id = self.label(word.clone(), span, true)?;
                let labelled = self.after_label()?;
                let label = Statement { kind: StatementKind::Label(id), span };
                Ok(StatementKind::Block([Some(label), labelled].into_iter().flatten().collect()))
            }
            _ => self.evaluation(),
        }
    }

    /// The statement that a label stands before; none at the end of a block.
    fn after_label(&mut self) -> Parsed<Option<Statement>> {
        if self.is("}") {
            return Ok(None);
        }
        if self.is_declaration() {
            let span = self.span();
            return self.fail_with_hint(
                span,
                "a declaration cannot follow a label",
                "put it into braces: { … }",
            );
        }
        self.statement().map(Some)
    }

    fn evaluation(&mut self) -> Parsed<StatementKind> {
        let expr = self.expression()?;
        self.expect(";", "a statement")?;
        Ok(StatementKind::Evaluate(expr))
    }

    fn condition(&mut self, word: &str) -> Parsed<Expr> {
        self.expect("(", &format!("`{word}`"))?;
        let condition = self.expression()?;
        let condition = self.truth(condition)?;
        self.expect(")", "the condition")?;
        Ok(condition)
    }

    fn if_statement(&mut self) -> Parsed<StatementKind> {
        // A chain of `else if` is one level to its reader, however long it is.
        let mut chain = Vec::new();
        let mut otherwise = None;
        loop {
            let span = self.span();
            self.advance();
            let condition = self.condition("if")?;
            chain.push((span, condition, Box::new(self.body()?)));
            if !self.take_word("else") {
                break;
            }
            if !self.is_word("if") {
                otherwise = Some(Box::new(self.body()?));
                break;
            }
            if let Some(current) = &mut self.function {
                current.else_ifs += 1;
            }
            if self.function.as_ref().is_some_and(|current| current.else_ifs > MOST_ELSE_IFS) {
                let span = self.span();
                let message = format!("more than {MOST_ELSE_IFS} `else if` in each other");
                return self.fail_with_hint(span, message, "a switch or a table can tell more cases apart");
            }
        }
        if let Some(current) = &mut self.function {
            current.else_ifs -= chain.len() - 1;
        }
        let chained = chain.into_iter().rev().fold(otherwise, |otherwise, (span, condition, then)| {
            Some(Box::new(Statement { kind: StatementKind::If(condition, then, otherwise), span }))
        });
        chained.map(|first| first.kind).ok_or(super::Reported)
    }

    /// A statement that depends on another.
    fn body(&mut self) -> Parsed<Statement> {
        if self.is_declaration() {
            let span = self.span();
            return self.fail_with_hint(
                span,
                "a statement is expected here",
                "put the declaration into braces",
            );
        }
        self.statement()
    }

    fn loop_body(&mut self) -> Parsed<Statement> {
        if let Some(current) = &mut self.function {
            current.loops += 1;
        }
        let body = self.body()?;
        if let Some(current) = &mut self.function {
            current.loops -= 1;
        }
        Ok(body)
    }

    fn do_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let body = self.loop_body()?;
        if !self.take_word("while") {
            let found = self.found();
            let span = self.span();
            return self.fail(span, format!("`while` is expected after the body of `do`, found {found}"));
        }
        let condition = self.condition("while")?;
        self.expect(";", "`do … while (…)`")?;
        Ok(StatementKind::DoWhile(Box::new(body), condition))
    }

    fn for_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        self.expect("(", "`for`")?;
        self.open_scope();
        let mut start = Vec::new();
        if self.is_declaration() {
            self.local_declaration(&mut start)?;
        } else if !self.take(";") {
            let span = self.span();
            let kind = self.evaluation()?;
            start.push(Statement { kind, span });
        }
        let condition = match self.is(";") {
            true => None,
            false => {
                let condition = self.expression()?;
                Some(self.truth(condition)?)
            }
        };
        self.expect(";", "the condition")?;
        let step = if self.is(")") { None } else { Some(self.expression()?) };
        self.expect(")", "the head of `for`")?;
        let body = Box::new(self.loop_body()?);
        self.close_scope();
        Ok(StatementKind::For { start, condition, step, body })
    }

    fn switch_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        self.expect("(", "`switch`")?;
        let value = self.expression()?;
        let value = self.value_of(value)?;
        self.expect(")", "the value")?;
        if !value.ty.is_integer() {
            let ty = self.type_name(&value.ty);
            return self.fail(value.span, format!("`switch` takes an integer, not {ty}"));
        }
        let ty = value.ty.promoted();
        let value = self.cast(value, &ty)?;
        if let Some(current) = &mut self.function {
            current.switches.push(Switch { ty, cases: Vec::new(), default: None });
        }
        let body = Box::new(self.body()?);
        let Some(Switch { cases, default, .. }) =
            self.function.as_mut().and_then(|current| current.switches.pop())
        else {
            return Err(super::Reported);
        };
        Ok(StatementKind::Switch { value, cases, default, body })
    }

    /// A run of `case` and `default`, with the statement that they stand before.
    fn cases(&mut self) -> Parsed<StatementKind> {
        let mut statements = Vec::new();
        while self.is_word("case") || self.is_word("default") {
            let span = self.span();
            statements.push(self.case(span)?);
        }
        statements.extend(self.after_label()?);
        Ok(StatementKind::Block(statements))
    }

    fn case(&mut self, span: Span) -> Parsed<Statement> {
        let is_default = self.is_word("default");
        self.advance();
        let value = if is_default { None } else { Some(self.constant_integer("the value of a case")?) };
        if self.is("...") {
            let span = self.span();
            return self.fail(span, "ranges of cases are not supported");
        }
        self.expect(":", if is_default { "`default`" } else { "the value of a case" })?;
        let id = self.new_label();
        let Some(switch) = self.function.as_mut().and_then(|current| current.switches.last_mut()) else {
            let word = if is_default { "default" } else { "case" };
            return self.fail(span, format!("`{word}` outside of `switch`"));
        };
        let twice = match value {
            None => switch.default.replace(id).is_some().then(|| "`default` stands twice".to_owned()),
            Some(value) => {
                let value = match &switch.ty {
                    Type::Integer(integer) if integer.bytes == 8 => value,
                    _ => (value as i32).into(),
                };
                let known = switch.cases.iter().any(|(known, _)| *known == value);
                switch.cases.push((value, id));
                known.then(|| format!("the case {value} stands twice"))
            }
        };
        if let Some(message) = twice {
            self.report(Diagnostic::error(span, message));
        }
        Ok(Statement { kind: StatementKind::Label(id), span })
    }

    fn leave(&mut self, span: Span, word: &str) -> Parsed<StatementKind> {
        self.advance();
        self.expect(";", &format!("`{word}`"))?;
        let (loops, switches) = self.function.as_ref().map_or((0, 0), |f| (f.loops, f.switches.len()));
        match word {
            "break" if loops > 0 || switches > 0 => Ok(StatementKind::Break),
            "break" => self.fail(span, "`break` outside of a loop or `switch`"),
            _ if loops > 0 => Ok(StatementKind::Continue),
            _ => self.fail(span, "`continue` outside of a loop"),
        }
    }

    fn return_statement(&mut self, span: Span) -> Parsed<StatementKind> {
        self.advance();
        let (name, result) = match &self.function {
            Some(current) => (current.name.clone(), current.result.clone()),
            None => return Err(super::Reported),
        };
        let value = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";", "`return`")?;
        match value {
            None if result != Type::Void => {
                let ty = self.type_name(&result);
                self.fail(span, format!("`{name}` returns {ty}, but no value is given"))
            }
            Some(value) if result == Type::Void => {
                if value.ty == Type::Void {
                    return Ok(StatementKind::Block(vec![
                        Statement { kind: StatementKind::Evaluate(value), span },
                        Statement { kind: StatementKind::Return(None), span },
                    ]));
                }
                self.fail(value.span, format!("`{name}` returns nothing, but a value is given"))
            }
            None => Ok(StatementKind::Return(None)),
            Some(value) => {
                let value = self.assignable(value, &result, "is returned")?;
                Ok(StatementKind::Return(Some(value)))
            }
        }
    }

    fn goto_statement(&mut self) -> Parsed<StatementKind> {
        self.advance();
        let span = self.span();
        let Kind::Name(name) = self.peek().clone() else {
            let found = self.found();
            return self.fail(span, format!("a label is expected after `goto`, found {found}"));
        };
        self.advance();
        self.expect(";", "`goto`")?;
        Ok(StatementKind::Goto(self.label(name, span, false)?))
    }

    fn new_label(&mut self) -> LabelId {
        let Some(current) = &mut self.function else { return 0 };
        current.body.labels += 1;
        current.body.labels - 1
    }

    fn label(&mut self, name: std::rc::Rc<str>, span: Span, defined: bool) -> Parsed<LabelId> {
        let known = self.function.as_mut().and_then(|current| current.labels.get_mut(&name));
        if let Some(label) = known {
            let twice = defined && label.defined;
            label.defined |= defined;
            let id = label.id;
            if twice {
                return self.fail(span, format!("the label `{name}` stands twice in this function"));
            }
            return Ok(id);
        }
        let id = self.new_label();
        if let Some(current) = &mut self.function {
            current.labels.insert(name, Label { id, defined, used: span });
        }
        Ok(id)
    }
}
