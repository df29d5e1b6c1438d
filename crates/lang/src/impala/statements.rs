//! Statements, as graphs of blocks.

use std::collections::BTreeMap;

use sostenuto_board::patch::Cause;

use super::ast::{self, Arm, Branch, Cond, ExprKind, Statement, StatementKind};
use super::body::{Body, Local};
use super::place::{Access, Place};
use super::unit::{MOST_WORDS, Symbol};
use super::value::{Type, Value};
use crate::diagnostic::Diagnostic;
use crate::lower::fold::fold;
use crate::lower::program::{self as ir, BlockId, End, Expr};

impl Body<'_, '_> {
    pub fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn scoped(&mut self, statement: &Statement) {
        self.in_scope(|body| body.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        self.at_line(statement.span);
        match &statement.kind {
            StatementKind::Empty => {}
            StatementKind::Label(label) => {
                let block = self.label_defined(label);
                self.jump(block);
                self.enter(block);
            }
            StatementKind::Block(statements) => self.in_scope(|body| body.statements(statements)),
            StatementKind::Declare(locals) => self.declare_list(locals),
            StatementKind::Const(constant) => {
                let value = self.local_constant(constant);
                self.declare(&constant.name, Local::Const(value));
            }
            StatementKind::Assert { condition, text } => self.assert(condition, text, statement),
            StatementKind::Copy { words, from, to } => self.copy(words, from, to),
            StatementKind::DoWhile { body, condition } => self.do_while(body, condition),
            StatementKind::Loop(inner) => {
                let start = self.new_block();
                self.jump(start);
                self.enter(start);
                self.scoped(inner);
                self.jump(start);
            }
            StatementKind::For { variable, start, end, body } => {
                self.for_loop(variable, start.as_ref(), end, body)
            }
            StatementKind::Goto(label) => {
                let block = self.label_used(label);
                self.jump(block);
            }
            StatementKind::If { branches, otherwise } => self.if_else(branches, otherwise.as_deref()),
            StatementKind::Switch { value, low, high, arms, default } => {
                self.switch(value, low, high, arms, default.as_deref());
            }
            StatementKind::While { condition, body } => self.while_loop(condition, body),
            StatementKind::Return(value) => self.return_value(value.as_ref(), statement),
            StatementKind::Evaluate(expr) => {
                let value = self.value(expr);
                self.push_effect(value.expr);
            }
        }
    }

    fn local_constant(&mut self, constant: &ast::Const) -> Value {
        let Some(expr) = &constant.value else { return self.unit.define_const(constant) };
        let ty = Type::from(constant.ty);
        let value = self.value(expr);
        let expr = self.coerce(value, ty);
        if !matches!(expr, Expr::Integer(_) | Expr::Float(_) | Expr::Address(..) | Expr::Function(_)) {
            let message = format!("the value of `{}` must be a constant", constant.name.text);
            self.error(Diagnostic::error(constant.name.span, message).label("not known at compile time"));
        }
        Value { expr, ty, span: constant.name.span }
    }

    fn assert(&mut self, condition: &Cond, text: &str, statement: &Statement) {
        let debug = match self.unit.symbol("DEBUG") {
            Some(Symbol::Const(index)) => self.unit.const_value(index, statement.span).expr,
            Some(Symbol::HostConst(value)) => Expr::Integer(value),
            _ => Expr::Integer(0),
        };
        // An inactive assert is still checked for mistakes, in blocks that nothing reaches.
        let active = !matches!(debug, Expr::Integer(0));
        let (test, failed, passed) = (self.new_block(), self.new_block(), self.new_block());
        self.jump(if active { test } else { passed });
        self.enter(test);
        self.condition(condition, passed, failed);
        self.enter(failed);
        self.at_line(statement.span);
        if active {
            let site = self.fault(statement.span, Cause::Assert(text.to_owned()));
            self.push(ir::Statement::Evaluate(Expr::Fault(site)));
        }
        self.jump(passed);
        self.enter(passed);
    }

    fn copy(&mut self, words: &ast::Expr, from: &ast::Expr, to: &ast::Expr) {
        let Some(count) = self.constant_int(words, "the number of words") else { return };
        if count < 0 || count as u32 > MOST_WORDS {
            let message = format!("`copy` of {count} words: the number is 0 to {MOST_WORDS}");
            self.error(Diagnostic::error(words.span, message));
            return;
        }
        let words = count as u32;
        let from = self.run_of_words(from, words, Access::Read);
        let to = self.run_of_words(to, words, Access::Write);
        if words == 0 {
            self.push_effect(from);
            self.push_effect(to);
            return;
        }
        self.push(ir::Statement::Copy { bytes: words * ir::WORD, from, to });
    }

    fn if_else(&mut self, branches: &[Branch], otherwise: Option<&Statement>) {
        let after = self.new_block();
        for (at, Branch { span, condition, then }) in branches.iter().enumerate() {
            let then_block = self.new_block();
            let last = at + 1 == branches.len() && otherwise.is_none();
            let else_block = if last { after } else { self.new_block() };
            self.at_line(*span);
            self.condition(condition, then_block, else_block);
            self.enter(then_block);
            self.scoped(then);
            self.jump(after);
            self.enter(else_block);
        }
        if let Some(otherwise) = otherwise {
            self.scoped(otherwise);
            self.jump(after);
            self.enter(after);
        }
    }

    fn while_loop(&mut self, condition: &Cond, body: &Statement) {
        let (test, inside, after) = (self.new_block(), self.new_block(), self.new_block());
        self.jump(test);
        self.enter(test);
        self.condition(condition, inside, after);
        self.enter(inside);
        self.scoped(body);
        self.jump(test);
        self.enter(after);
    }

    fn do_while(&mut self, body: &Statement, condition: &Cond) {
        let (start, after) = (self.new_block(), self.new_block());
        self.jump(start);
        self.enter(start);
        self.scoped(body);
        self.condition(condition, start, after);
        self.enter(after);
    }

    fn for_loop(
        &mut self,
        variable: &ast::Expr,
        start: Option<&ast::Expr>,
        end: &ast::Expr,
        body: &Statement,
    ) {
        let Some(place) = self.place(variable, Access::Write) else { return };
        if !self.is_plain_local(variable) {
            let diagnostic = Diagnostic::error(variable.span, "the variable of a `for` must be a local")
                .hint("declare it in the function: `int i`");
            self.error(diagnostic);
        }
        let ty = place.ty();
        if !matches!(ty, Type::Int | Type::Pointer) {
            let message = format!("expected an int or a pointer to count with, found {}", ty.name());
            self.error(Diagnostic::error(variable.span, message));
            return;
        }
        if let Some(start) = start {
            let value = self.value(start);
            let value = self.coerce(value, ty);
            self.push_effect(place.clone().write(ty, value));
        }
        let again = self.is_plain_local(end);
        let bound = self.value(end);
        let mut bound = self.coerce(bound, ty);
        if !again && !matches!(bound, Expr::Integer(_) | Expr::Address(..)) {
            let once = self.new_local(ir::Type::Integer);
            self.push(ir::Statement::Set(once, bound));
            bound = Expr::Local(once);
        }
        let (test, inside, after) = (self.new_block(), self.new_block(), self.new_block());
        self.jump(test);
        self.enter(test);
        let less = if ty == Type::Pointer { ir::Binary::LessUnsigned } else { ir::Binary::Less };
        let counter = |place: Place| place.read(variable.span).expr;
        self.branch(fold(ir::Type::Integer, less, counter(place.clone()), bound), inside, after);
        self.enter(inside);
        self.scoped(body);
        self.at_line(variable.span);
        let next = fold(ir::Type::Integer, ir::Binary::Add, counter(place.clone()), Expr::Integer(1));
        self.push_effect(place.write(ty, next));
        self.jump(test);
        self.enter(after);
    }

    /// A bound that is one is read again each turn.
    fn is_plain_local(&self, expr: &ast::Expr) -> bool {
        let ExprKind::Name { name, global: false } = &expr.kind else { return false };
        matches!(self.find_local(name), Some(Local::Register { .. } | Local::Framed { .. }))
    }

    fn switch(
        &mut self,
        value: &ast::Expr,
        low: &ast::Expr,
        high: &ast::Expr,
        arms: &[Arm],
        default: Option<&Statement>,
    ) {
        let value = self.value(value);
        let value = self.coerce(value, Type::Int);
        let (low, high) = (
            self.constant_int(low, "a bound of a switch").unwrap_or(i32::MIN),
            self.constant_int(high, "a bound of a switch").unwrap_or(i32::MAX),
        );
        let after = self.new_block();
        let default_block = if default.is_some() { self.new_block() } else { after };
        let arm_blocks: Vec<BlockId> = arms.iter().map(|_| self.new_block()).collect();
        let cases = self.cases(arms, &arm_blocks, low, high);
        self.dispatch(value, &cases, default_block);
        for (arm, block) in arms.iter().zip(arm_blocks) {
            self.enter(block);
            self.scoped(&arm.body);
            self.jump(after);
        }
        if let Some(default) = default {
            self.enter(default_block);
            self.scoped(default);
            self.jump(after);
        }
        self.enter(after);
    }

    fn cases(&mut self, arms: &[Arm], blocks: &[BlockId], low: i32, high: i32) -> BTreeMap<i32, BlockId> {
        let mut cases = BTreeMap::new();
        for (arm, &block) in arms.iter().zip(blocks) {
            for case in &arm.cases {
                let Some(value) = self.constant_int(case, "a case") else { continue };
                if !(low..high).contains(&value) {
                    let message = format!(
                        "case {value} is never reached: the switch takes {low} to {high}, without {high}"
                    );
                    self.error(Diagnostic::warning(case.span, message));
                } else if cases.insert(value, block).is_some() {
                    self.error(Diagnostic::error(
                        case.span,
                        format!("duplicate case {value} in this switch"),
                    ));
                }
            }
        }
        cases
    }

    fn dispatch(&mut self, value: Expr, cases: &BTreeMap<i32, BlockId>, default: BlockId) {
        let (Some((&low, _)), Some((&high, _))) = (cases.first_key_value(), cases.last_key_value()) else {
            self.push_effect(value);
            return self.jump(default);
        };
        let span = i64::from(high) - i64::from(low) + 1;
        if span <= 4 * cases.len() as i64 + 16 {
            let targets = (low..=high).map(|case| cases.get(&case).copied().unwrap_or(default)).collect();
            return self.end(End::Switch { value, low, targets, default });
        }
        let held = self.new_local(ir::Type::Integer);
        self.push(ir::Statement::Set(held, value));
        for (&case, &block) in cases {
            let next = self.new_block();
            self.branch(
                fold(ir::Type::Integer, ir::Binary::Equal, Expr::Local(held), Expr::Integer(case)),
                block,
                next,
            );
            self.enter(next);
        }
        self.jump(default);
    }

    fn return_value(&mut self, value: Option<&ast::Expr>, statement: &Statement) {
        match (value, self.result.clone()) {
            (None, _) => {}
            (Some(value), Some((local, ty))) => {
                let value = self.value(value);
                let value = self.coerce(value, ty);
                match local {
                    Local::Register { id, .. } => self.push(ir::Statement::Set(id, value)),
                    Local::Framed { slot, .. } => self.push(ir::Statement::Store(
                        ty.held().into(),
                        super::body::frame_address(slot),
                        value,
                    )),
                    Local::Array { .. } | Local::Const(_) => {}
                }
            }
            (Some(value), None) => {
                self.value(value);
                let message = format!("`{}` returns nothing, but a value is given", self.name);
                let diagnostic = Diagnostic::error(statement.span, message)
                    .hint(format!("declare it: `function {}(…) returns int result`", self.name));
                self.error(diagnostic);
            }
        }
        self.jump(self.exit);
    }

    /// Goes to one block or the other, evaluating no more of the condition than is needed.
    fn condition(&mut self, condition: &Cond, then: BlockId, otherwise: BlockId) {
        match condition {
            Cond::Compare { relation, left, right } => {
                let truth = self.compare(*relation, left, right);
                self.branch(truth, then, otherwise);
            }
            Cond::Not(inner) => self.condition(inner, otherwise, then),
            Cond::And(parts) => {
                for part in &parts[..parts.len() - 1] {
                    let next = self.new_block();
                    self.condition(part, next, otherwise);
                    self.enter(next);
                }
                self.condition(&parts[parts.len() - 1], then, otherwise);
            }
            Cond::Or(parts) => {
                for part in &parts[..parts.len() - 1] {
                    let next = self.new_block();
                    self.condition(part, then, next);
                    self.enter(next);
                }
                self.condition(&parts[parts.len() - 1], then, otherwise);
            }
            Cond::Broken => self.jump(then),
        }
    }
}
