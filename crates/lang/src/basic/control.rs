//! Branches and loops.

use super::ast::{self, Exit, For, Match, Operator, Statement, Test};
use super::body::Body;
use super::types::{Owner, Type, Value, integer};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::fold::fold;
use crate::lower::program::{Binary, BlockId, Expr, Statement as Step};

impl Body<'_, '_> {
    /// Goes to one of two blocks by a condition, and goes on in the first.
    fn branch(&mut self, condition: &ast::Expr, then: BlockId, otherwise: BlockId) {
        let condition = self.number(condition, "a condition").condition();
        self.code.branch(condition, then, otherwise);
    }

    pub fn if_(&mut self, branches: &[(ast::Expr, Vec<Statement>)], otherwise: &[Statement]) {
        let after = self.code.block();
        for (condition, body) in branches {
            let (then, next) = (self.code.block(), self.code.block());
            let line = self.unit.sources.line(condition.span);
            self.code.new_statement(line);
            self.branch(condition, then, next);
            self.inner(body);
            self.code.jump(after, next);
        }
        self.inner(otherwise);
        self.code.jump(after, after);
    }

    pub fn do_(&mut self, exit: Exit, before: Option<&Test>, body: &[Statement], after: Option<&Test>) {
        let (start, inside, end) = (self.code.block(), self.code.block(), self.code.block());
        self.code.jump(start, start);
        match before {
            Some(Test { condition, until: false }) => self.branch(condition, inside, end),
            Some(Test { condition, until: true }) => self.branch(condition, end, inside),
            None => self.code.jump(inside, inside),
        }
        self.code.begin(inside);
        self.around.push((exit, end));
        self.inner(body);
        self.around.pop();
        match after {
            None => self.code.jump(start, end),
            Some(Test { condition, until }) => {
                let line = self.unit.sources.line(condition.span);
                self.code.new_statement(line);
                let (then, otherwise) = if *until { (end, start) } else { (start, end) };
                self.branch(condition, then, otherwise);
                self.code.begin(end);
            }
        }
    }

    pub fn for_(&mut self, parts: &For) {
        let from = self.number(&parts.from, "the start of a loop");
        let Some(variable) = self.unit.assigned(&parts.variable, from.ty) else {
            self.inner(&parts.body);
            return;
        };
        let ty = variable.ty;
        if ty == Type::Text {
            self.unit.error(parts.variable.span, "a loop counts in a number");
            return;
        }
        let Some(from) = self.coerce(from, ty, "the variable of the loop") else { return };
        self.code.emit(Step::SetGlobal(variable.global, from.expr));
        let to = self.number(&parts.to, "the end of a loop");
        let Some(to) = self.coerce(to, ty, "the variable of the loop") else { return };
        let limit = self.kept(to);
        let step = match &parts.step {
            None => Some(Value::integer(1, parts.variable.span).to(ty)),
            Some(step) => {
                let step = self.number(step, "STEP");
                match step.clone().to(ty) {
                    stays if is_zero(&stays.expr) => Some(stays),
                    _ => self.coerce(step, ty, "the variable of the loop"),
                }
            }
        };
        let Some(step) = step else { return };
        let sign = match step.expr {
            Expr::Integer(step) => Some(step.signum()),
            Expr::Long(step) => Some(step.signum() as i32),
            _ if is_zero(&step.expr) => Some(0),
            Expr::Float(bits) => Some(f32::from_bits(bits).signum() as i32),
            _ => None,
        };
        if sign == Some(0) {
            let message = format!("a STEP of 0: `{}` never gets to its end", parts.variable.text);
            let mut diagnostic = Diagnostic::error(step.span, message);
            if ty == Type::Integer {
                diagnostic =
                    diagnostic.hint(format!("`{}` is an integer; `{0}#` is a float", parts.variable.text));
            }
            self.unit.diagnostics.push(diagnostic);
        }
        let can_wrap = match (ty, &limit, &step.expr) {
            (Type::Float, ..) => false,
            (_, Expr::Integer(limit), Expr::Integer(step)) => limit.checked_add(*step).is_none(),
            _ => true,
        };
        let step = self.kept(step);
        let (test, inside, next, end) =
            (self.code.block(), self.code.block(), self.code.block(), self.code.block());
        self.code.jump(test, test);
        let get = || Expr::Global(variable.global);
        let compare = |operation| fold(ty.lower(), operation, get(), limit.clone());
        let rises = fold(ty.lower(), Binary::Greater, step.clone(), ty.zero());
        let by_sign = |up: Expr, down: Expr| match sign {
            Some(1) => up,
            Some(_) => down,
            None => {
                Expr::If(Some(Type::Integer.lower()), Box::new(rises.clone()), Box::new(up), Box::new(down))
            }
        };
        let goes_on = by_sign(compare(Binary::LessEqual), compare(Binary::GreaterEqual));
        self.code.branch(goes_on, inside, end);
        self.around.push((Exit::For, end));
        self.inner(&parts.body);
        self.around.pop();
        self.code.jump(next, next);
        self.code.line = self.unit.sources.line(parts.next);
        let sum = fold(ty.lower(), Binary::Add, get(), step);
        if !can_wrap {
            self.code.emit(Step::SetGlobal(variable.global, sum));
            self.code.jump(test, end);
            return;
        }
        // After the largest integer there is no next one.
        let next = self.code.local(ty.lower());
        self.code.set(next, sum);
        let moved = |operation| fold(ty.lower(), operation, Expr::Local(next), get());
        let has_next = by_sign(moved(Binary::GreaterEqual), moved(Binary::LessEqual));
        let again = self.code.block();
        self.code.branch(has_next, again, end);
        self.code.emit(Step::SetGlobal(variable.global, Expr::Local(next)));
        self.code.jump(test, end);
    }

    /// A value that is used again in later statements.
    fn kept(&mut self, value: Value) -> Expr {
        if value.is_constant() {
            return value.expr;
        }
        let local = self.code.local(value.ty.lower());
        self.code.set(local, value.expr);
        Expr::Local(local)
    }

    pub fn select(
        &mut self,
        value: &ast::Expr,
        cases: &[(Vec<Match>, Vec<Statement>)],
        otherwise: &[Statement],
    ) {
        let value = self.value(value).settled();
        let value = self.owned(value);
        let (ty, span) = (value.ty, value.span);
        let chosen = Value { owner: Owner::Variable, ..Value::new(self.kept(value), ty, span) };
        self.leave_if_ended();
        let after = self.code.block();
        self.around.push((Exit::Select, after));
        for (matches, body) in cases {
            let inside = self.code.block();
            for one in matches {
                let next = self.code.block();
                let place = match one {
                    Match::Is(_, value) | Match::Range(value, _) => value.span,
                };
                let line = self.unit.sources.line(place);
                self.code.new_statement(line);
                let fits = match one {
                    Match::Is(operator, value) => {
                        let value = self.value(value);
                        let chosen = Value { span: value.span, ..chosen.clone() };
                        self.compare(*operator, chosen, value)
                    }
                    Match::Range(low, high) => {
                        let (low, high) = (self.value(low), self.value(high));
                        let at = |span| Value { span, ..chosen.clone() };
                        let (one, other) = (at(low.span), at(high.span));
                        let above = self.compare(Operator::GreaterEqual, one, low);
                        let below = self.compare(Operator::LessEqual, other, high);
                        Value::truth(integer(Binary::And, above.expr, below.expr), span)
                    }
                };
                self.code.branch(fits.condition(), inside, next);
                self.code.begin(next);
            }
            let rest = self.code.block();
            self.code.jump(rest, inside);
            self.release_chosen(&chosen);
            self.inner(body);
            self.code.jump(after, rest);
        }
        self.release_chosen(&chosen);
        self.inner(otherwise);
        self.code.jump(after, after);
        self.around.pop();
    }

    fn release_chosen(&mut self, chosen: &Value) {
        if chosen.ty == Type::Text {
            let release = self.unit.release_text();
            self.code.call(release, vec![chosen.expr.clone()]);
        }
    }

    pub fn exit(&mut self, exit: Exit, span: Span) {
        let Some(&(_, end)) = self.around.iter().rev().find(|(around, _)| *around == exit) else {
            let message = format!("`EXIT {0}` outside of a {0}", exit.word());
            self.unit.error(span, message);
            return;
        };
        self.code.end(crate::lower::program::End::Jump(end));
        self.code.begin_unreached();
    }
}

fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Integer(value) => *value == 0,
        Expr::Long(value) => *value == 0,
        Expr::Float(bits) => f32::from_bits(*bits) == 0.0,
        _ => false,
    }
}
