//! Statements that hold others, over several lines.

use super::{Parsed, Parser, Reported};
use crate::basic::ast::{Exit, Expr, For, Kind, Match, Name, Operator, Statement, Sub, Test};
use crate::basic::token::TokenKind;
use crate::diagnostic::{Diagnostic, Span};

/// A block that waits for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Program,
    If,
    For,
    While,
    Do,
    Select,
    Sub,
}

impl Block {
    /// How it begins and ends, in a message.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Block::Program => ("the program", "its end"),
            Block::If => ("IF", "END IF"),
            Block::For => ("FOR", "NEXT"),
            Block::While => ("WHILE", "WEND"),
            Block::Do => ("DO", "LOOP"),
            Block::Select => ("SELECT CASE", "END SELECT"),
            Block::Sub => ("SUB", "END SUB"),
        }
    }
}

/// What ends the statements of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The end of that block.
    End(Block),
    /// `ELSE` or `ELSEIF`.
    Else,
    Case,
}

impl Stop {
    fn of(self) -> Block {
        match self {
            Stop::End(block) => block,
            Stop::Else => Block::If,
            Stop::Case => Block::Select,
        }
    }
}

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Vec<Statement> {
        self.body(Block::Program, Span::default())
    }

    /// The statements up to the end of the block, or up to the end of one around it, which is then reported.
    fn body(&mut self, block: Block, start: Span) -> Vec<Statement> {
        self.open.push((block, start));
        let mut statements = Vec::new();
        loop {
            if *self.peek() == TokenKind::Line {
                self.next();
                continue;
            }
            if *self.peek() == TokenKind::End {
                if block != Block::Program {
                    self.never_ended(block, start, self.span());
                }
                break;
            }
            if let Some(stop) = self.stop() {
                if stop.of() == block {
                    break;
                }
                if self.open.iter().any(|(open, _)| *open == stop.of()) {
                    self.never_ended(block, start, self.span());
                    break;
                }
                self.stray(stop);
                self.skip_line();
                continue;
            }
            let first = self.at;
            match self.deeper(Parser::statement) {
                Ok(statement) => statements.push(statement),
                Err(Reported) => self.recover(first),
            }
        }
        self.open.pop();
        statements
    }

    /// Passes over a statement that begins at that token and could not be read: its line, and when that opens a block,
    /// all up to the block's end, whose own errors are still reported.
    fn recover(&mut self, first: usize) {
        let TokenKind::Word(word) = &self.tokens[first].kind else { return self.skip_line() };
        let line: Vec<&TokenKind> = self.tokens[first..]
            .iter()
            .map(|token| &token.kind)
            .take_while(|kind| **kind != TokenKind::Line)
            .collect();
        let then = line.iter().position(|kind| matches!(kind, TokenKind::Word(word) if word == "THEN"));
        let block = match word.as_str() {
            "IF" if then.is_none_or(|at| at + 1 == line.len()) => Block::If,
            "FOR" => Block::For,
            "WHILE" => Block::While,
            "DO" => Block::Do,
            "SELECT" => Block::Select,
            "SUB" | "FUNCTION" => Block::Sub,
            _ => return self.skip_line(),
        };
        // Past its first line, the block has been read in part.
        if self.given_up || self.at > first + line.len() {
            return self.skip_line();
        }
        let start = self.tokens[first].span;
        loop {
            self.skip_line();
            // That it does not end either is no news.
            self.last = Some(start);
            let parsed = self.deeper(|parser| Ok(parser.body(block, start)));
            match self.stop() {
                Some(stop) if parsed.is_ok() && stop.of() == block => {
                    if stop == Stop::End(block) {
                        return self.skip_line();
                    }
                }
                _ => return,
            }
        }
    }

    fn never_ended(&mut self, block: Block, start: Span, found: Span) {
        let (begin, end) = block.words();
        let message = format!("`{begin}` without `{end}`");
        let diagnostic = Diagnostic::error(start, message).label(format!("`{end}` is missing"));
        self.report(diagnostic.related(found, format!("expected `{end}` before this")));
    }

    fn stray(&mut self, stop: Stop) {
        let (begin, end) = stop.of().words();
        let end = match stop {
            Stop::End(_) => end,
            Stop::Else => "ELSE",
            Stop::Case => "CASE",
        };
        let diagnostic = Diagnostic::error(self.span(), format!("`{end}` without `{begin}`"));
        self.report(match stop {
            Stop::Else => {
                diagnostic.hint("an IF with a statement on its line has ELSE on that line too, or none")
            }
            _ => diagnostic,
        });
    }

    /// What the next line ends.
    fn stop(&self) -> Option<Stop> {
        let TokenKind::Word(word) = self.peek() else { return None };
        Some(match word.as_str() {
            "NEXT" => Stop::End(Block::For),
            "WEND" => Stop::End(Block::While),
            "LOOP" => Stop::End(Block::Do),
            "ELSE" | "ELSEIF" => Stop::Else,
            "CASE" => Stop::Case,
            "END" => match self.peek_after(1) {
                TokenKind::Word(word) => match word.as_str() {
                    "IF" => Stop::End(Block::If),
                    "SELECT" => Stop::End(Block::Select),
                    "SUB" | "FUNCTION" => Stop::End(Block::Sub),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Passes over `END <word>`, if that is what ended the body.
    fn end(&mut self, block: Block) -> Parsed<()> {
        if self.stop() == Some(Stop::End(block)) {
            self.next();
            self.next();
            self.line_end()?;
        }
        Ok(())
    }

    /// The statement, and whether it is on one line, whose end is still to come.
    pub(super) fn if_(&mut self, start: Span) -> Parsed<(Kind, bool)> {
        let condition = self.expression()?;
        let then = self.take_word("THEN");
        if !self.is_line_end() {
            if !then {
                return Err(self.expected("`THEN` or the end of the line"));
            }
            return Ok((self.if_on_a_line(condition)?, true));
        }
        self.next();
        let mut branches = vec![(condition, self.body(Block::If, start))];
        let mut otherwise = Vec::new();
        while self.stop() == Some(Stop::Else) {
            let at = self.span();
            let joined = self.is_word("ELSEIF");
            self.next();
            if joined || self.take_word("IF") {
                let condition = self.expression()?;
                self.take_word("THEN");
                self.line_end()?;
                branches.push((condition, self.body(Block::If, start)));
                continue;
            }
            self.line_end()?;
            otherwise = self.body(Block::If, start);
            if self.stop() == Some(Stop::Else) {
                let diagnostic = Diagnostic::error(self.span(), "`ELSE` is the last part of an IF");
                self.report(diagnostic.related(at, "an ELSE is here"));
            }
        }
        self.end(Block::If)?;
        Ok((Kind::If { branches, otherwise }, false))
    }

    /// `IF condition THEN statement [ELSE statement]`.
    fn if_on_a_line(&mut self, condition: Expr) -> Parsed<Kind> {
        let then = self.deeper(Parser::statement_in_line)?;
        let otherwise = match self.take_word("ELSE") {
            true => vec![self.deeper(Parser::statement_in_line)?],
            false => Vec::new(),
        };
        Ok(Kind::If { branches: vec![(condition, vec![then])], otherwise })
    }

    pub(super) fn for_(&mut self, start: Span) -> Parsed<Kind> {
        let variable = self.name("the variable of the loop")?;
        self.symbol("=")?;
        let from = self.expression()?;
        self.word("TO")?;
        let to = self.expression()?;
        let step = match self.take_word("STEP") {
            true => Some(self.expression()?),
            false => None,
        };
        self.line_end()?;
        let body = self.body(Block::For, start);
        let next = self.span();
        if self.take_word("NEXT") {
            if !self.is_line_end() {
                let named = self.name("the variable of the loop")?;
                if named.text != variable.text {
                    let message = format!("`NEXT {}` ends the loop of `{}`", named.text, variable.text);
                    let diagnostic = Diagnostic::error(named.span, message);
                    self.report(diagnostic.related(variable.span, "the loop's variable"));
                }
            }
            self.line_end()?;
        }
        Ok(Kind::For(Box::new(For { variable, from, to, step, body, next })))
    }

    pub(super) fn while_(&mut self, start: Span) -> Parsed<Kind> {
        let condition = self.expression()?;
        self.line_end()?;
        let body = self.body(Block::While, start);
        if self.take_word("WEND") {
            self.line_end()?;
        }
        let before = Some(Test { condition, until: false });
        Ok(Kind::Do { exit: Exit::While, before, body, after: None })
    }

    pub(super) fn do_(&mut self, start: Span) -> Parsed<Kind> {
        let before = self.test()?;
        self.line_end()?;
        let body = self.body(Block::Do, start);
        let mut after = None;
        if self.take_word("LOOP") {
            let place = self.span();
            after = self.test()?;
            if before.is_some() && after.is_some() {
                let diagnostic = Diagnostic::error(place, "a DO has one condition: at DO or at LOOP");
                return Err(self.report(diagnostic));
            }
            self.line_end()?;
        }
        Ok(Kind::Do { exit: Exit::Do, before, body, after })
    }

    /// `WHILE condition` or `UNTIL condition`.
    fn test(&mut self) -> Parsed<Option<Test>> {
        let until = self.is_word("UNTIL");
        if !until && !self.is_word("WHILE") {
            return Ok(None);
        }
        self.next();
        Ok(Some(Test { condition: self.expression()?, until }))
    }

    pub(super) fn select(&mut self, start: Span) -> Parsed<Kind> {
        self.word("CASE")?;
        let value = self.expression()?;
        self.line_end()?;
        let before = self.body(Block::Select, start);
        if let Some(statement) = before.first() {
            let diagnostic = Diagnostic::error(statement.span, "a statement before the first `CASE`");
            self.report(diagnostic);
        }
        let mut cases = Vec::new();
        let mut otherwise = None;
        while self.stop() == Some(Stop::Case) {
            let at = self.next().span;
            if otherwise.is_some() {
                self.report(Diagnostic::error(at, "`CASE ELSE` is the last case"));
            }
            if self.take_word("ELSE") {
                self.line_end()?;
                otherwise = Some(self.body(Block::Select, start));
                continue;
            }
            let mut matches = vec![self.match_()?];
            while self.take_symbol(",") {
                matches.push(self.match_()?);
            }
            self.line_end()?;
            cases.push((matches, self.body(Block::Select, start)));
        }
        self.end(Block::Select)?;
        Ok(Kind::Select { value, cases, otherwise: otherwise.unwrap_or_default() })
    }

    fn match_(&mut self) -> Parsed<Match> {
        if self.take_word("IS") {
            let Some(operator) = self.comparison() else {
                return Err(self.expected("a comparison: = <> < > <= >="));
            };
            return Ok(Match::Is(operator, self.expression()?));
        }
        let value = self.expression()?;
        Ok(match self.take_word("TO") {
            true => Match::Range(value, self.expression()?),
            false => Match::Is(Operator::Equal, value),
        })
    }

    pub(super) fn sub(&mut self, start: Span) -> Parsed<Kind> {
        if let Some((block, at)) = self.open.last().copied()
            && block != Block::Program
        {
            let (begin, _) = block.words();
            let diagnostic = Diagnostic::error(start, "a SUB stands outside of other blocks and SUBs");
            self.report(diagnostic.related(at, format!("this {begin} is not ended")));
        }
        let (name, parameters) = self.sub_head()?;
        self.line_end()?;
        let body = self.body(Block::Sub, start);
        let end = self.span();
        self.end(Block::Sub)?;
        Ok(Kind::Sub(Sub { name, parameters, body, end }))
    }

    /// The name and the parameters, with or without parentheses.
    pub(super) fn sub_head(&mut self) -> Parsed<(Name, Vec<Name>)> {
        // LOOP is the name that the host calls.
        let name = match self.is_word("LOOP") {
            true => Name { text: "LOOP".to_owned(), span: self.next().span },
            false => self.name("the name of the SUB")?,
        };
        if self.take_symbol("(") {
            if self.take_symbol(")") {
                return Ok((name, Vec::new()));
            }
            let parameters = self.names("a parameter")?;
            self.symbol(")")?;
            return Ok((name, parameters));
        }
        let parameters = if self.is_line_end() { Vec::new() } else { self.names("a parameter")? };
        Ok((name, parameters))
    }
}
