//! Statements to basic blocks.

use super::body::{Body, Place};
use crate::c::tree::{Expr as Tree, ExprKind, Initial, LabelId, Part, Statement, StatementKind, VariableId};
use crate::lower::fold::fold;
use crate::lower::program::{
    Address, Base, Binary, BlockId, End, Expr, Operation, Statement as Made, Type as Held,
};

impl<'u, 'a: 'u> Body<'u, 'a> {
    pub fn statement(&mut self, statement: &Statement) {
        self.at_line(statement.span);
        match &statement.kind {
            StatementKind::Evaluate(expr) => self.effect(expr),
            StatementKind::Initialise(variable, parts) => self.initialise(*variable, parts),
            StatementKind::Block(statements) => statements.iter().for_each(|inner| self.statement(inner)),
            StatementKind::If(condition, then, otherwise) => {
                self.if_else(condition, then, otherwise.as_deref())
            }
            StatementKind::While(condition, body) => self.loop_while(Some(condition), None, body),
            StatementKind::DoWhile(body, condition) => self.do_while(body, condition),
            StatementKind::For { start, condition, step, body } => {
                start.iter().for_each(|inner| self.statement(inner));
                self.at_line(statement.span);
                self.loop_while(condition.as_ref(), step.as_ref(), body);
            }
            StatementKind::Switch { value, cases, default, body } => {
                self.switch(value, cases, *default, body)
            }
            StatementKind::Label(label) => {
                let block = self.label(*label);
                self.jump(block);
                self.enter(block);
            }
            StatementKind::Goto(label) => {
                let block = self.label(*label);
                self.jump(block);
            }
            StatementKind::Break => {
                if let Some(&block) = self.breaks.last() {
                    self.jump(block);
                }
            }
            StatementKind::Continue => {
                if let Some(&block) = self.continues.last() {
                    self.jump(block);
                }
            }
            StatementKind::Return(value) => {
                if let (Some(value), Some(result)) = (value, self.function.result) {
                    let value = self.value(value);
                    self.push(Made::Set(result, value));
                }
                self.end(End::Return);
            }
        }
    }

    fn label(&mut self, label: LabelId) -> BlockId {
        if let Some(Some(block)) = self.labels.get(label) {
            return *block;
        }
        let block = self.new_block();
        self.labels[label] = Some(block);
        block
    }

    fn if_else(&mut self, condition: &Tree, then: &Statement, otherwise: Option<&Statement>) {
        let (then_block, after) = (self.new_block(), self.new_block());
        let else_block = if otherwise.is_some() { self.new_block() } else { after };
        self.branch(condition, then_block, else_block);
        self.enter(then_block);
        self.statement(then);
        self.jump(after);
        if let Some(otherwise) = otherwise {
            self.enter(else_block);
            self.statement(otherwise);
            self.jump(after);
        }
        self.enter(after);
    }

    /// The condition is tested before the loop and at the end of each turn, so that a turn has one jump only.
    fn loop_while(&mut self, condition: Option<&Tree>, step: Option<&Tree>, body: &Statement) {
        let line = self.line;
        let (turn, again, after) = (self.new_block(), self.new_block(), self.new_block());
        self.test(condition, turn, after, true);
        self.enter(turn);
        self.breaks.push(after);
        self.continues.push(again);
        self.statement(body);
        self.breaks.pop();
        self.continues.pop();
        self.jump(again);
        self.enter(again);
        self.line = line;
        if let Some(step) = step {
            self.effect(step);
        }
        self.test(condition, turn, after, false);
        self.enter(after);
    }

    fn test(&mut self, condition: Option<&Tree>, turn: BlockId, after: BlockId, first: bool) {
        match condition {
            None => self.jump(turn),
            Some(condition) if first && self.holds_at_first(condition) => self.jump(turn),
            Some(condition) => self.branch(condition, turn, after),
        }
    }

    /// Whether a condition is sure to hold, because its variable was given a constant just now.
    fn holds_at_first(&mut self, condition: &Tree) -> bool {
        let Some((_, Made::Set(set, value))) = self.function.blocks[self.current].statements.last() else {
            return false;
        };
        let (set, value) = (*set, value.clone());
        let ExprKind::Binary(operation, left, right) = &condition.kind else { return false };
        let ExprKind::Variable(id) = left.kind else { return false };
        let constant = crate::c::parse::held(right);
        match (self.places.get(id).copied().flatten(), constant) {
            (Some(Place::Local(local)), Some(constant)) if local == set => {
                matches!(fold(left.ty.held(), *operation, value, constant), Expr::Integer(truth) if truth != 0)
            }
            _ => false,
        }
    }

    fn do_while(&mut self, body: &Statement, condition: &Tree) {
        let (turn, again, after) = (self.new_block(), self.new_block(), self.new_block());
        self.jump(turn);
        self.enter(turn);
        self.breaks.push(after);
        self.continues.push(again);
        self.statement(body);
        self.breaks.pop();
        self.continues.pop();
        self.jump(again);
        self.enter(again);
        self.at_line(condition.span);
        self.branch(condition, turn, after);
        self.enter(after);
    }

    fn switch(&mut self, value: &Tree, cases: &[(i64, LabelId)], default: Option<LabelId>, body: &Statement) {
        let after = self.new_block();
        let default = default.map_or(after, |label| self.label(label));
        let cases: Vec<(i64, BlockId)> =
            cases.iter().map(|&(case, label)| (case, self.label(label))).collect();
        let lowered = self.value(value);
        self.choose_case(value.ty.held(), lowered, &cases, default);
        self.breaks.push(after);
        self.statement(body);
        self.breaks.pop();
        self.jump(after);
        self.enter(after);
    }

    fn choose_case(&mut self, ty: Held, value: Expr, cases: &[(i64, BlockId)], default: BlockId) {
        let low = cases.iter().map(|(case, _)| *case).min().unwrap_or(0);
        let high = cases.iter().map(|(case, _)| *case).max().unwrap_or(0);
        let dense = high.saturating_sub(low) < 4 * cases.len() as i64 + 8;
        if ty == Held::Integer && cases.len() > 3 && dense {
            let mut targets = vec![default; (high - low + 1) as usize];
            for &(case, block) in cases {
                targets[(case - low) as usize] = block;
            }
            return self.end(End::Switch { value, low: low as i32, targets, default });
        }
        let held = self.new_local(ty);
        self.push(Made::Set(held, value));
        for &(case, block) in cases {
            let next = self.new_block();
            let case = if ty == Held::Long { Expr::Long(case) } else { Expr::Integer(case as i32) };
            let equal = Expr::Local(held).then(Operation::Binary(ty, Binary::Equal), case);
            self.end(End::Branch(equal, block, next));
            self.enter(next);
        }
        self.jump(default);
    }

    fn initialise(&mut self, variable: VariableId, parts: &[Part]) {
        let Some(declared) = self.tree.and_then(|tree| tree.variables.get(variable)) else { return };
        let is_scalar = declared.ty.is_scalar();
        if is_scalar {
            let [Part { value: Initial::Value(value), .. }] = parts else { return };
            let value = self.value(value);
            match self.variable(variable) {
                Place::Local(local) => self.push(Made::Set(local, value)),
                _ => {
                    let address = self.variable_address(variable);
                    self.store(declared.ty.cell(), address, value);
                }
            }
            return;
        }
        let (bytes, align) = self.unit.layout(&declared.ty);
        // One that never changes needs no copy.
        let name = format!("{}.{}", self.function.name, declared.name);
        let image = self.unit.constant_image(parts);
        if let (true, Some(image), None) = (declared.constant, &image, self.places[variable]) {
            let data = self.unit.data(name, &declared.ty, declared.span, true);
            self.unit.program.data[data].image = image.clone();
            self.places[variable] = Some(Place::Data(data));
            return;
        }
        let to = self.variable_address(variable);
        if let Some(image) = image.filter(|image| parts.len() > 4 || image.bytes.len() > 16) {
            let data = self.unit.data(format!("{name} at first"), &declared.ty, declared.span, true);
            (self.unit.program.data[data].image, self.unit.program.data[data].align) = (image, align);
            let to = self.address_value(to);
            return self.push(Made::Copy { bytes, from: Expr::Address(data, 0), to });
        }
        let covered: u64 = parts.iter().map(|part| u64::from(self.part_bytes(part))).sum();
        if covered < bytes.into() || self.has_overlap(parts) {
            let to = self.address_value(to.clone());
            self.push(Made::Clear { bytes, to });
        }
        for part in parts {
            let address = Address { offset: to.offset + part.offset as i32, ..to.clone() };
            self.initialise_part(part, address);
        }
    }

    /// Whether parts are written over each other, or out of order.
    fn has_overlap(&self, parts: &[Part]) -> bool {
        parts.windows(2).any(|pair| pair[1].offset < pair[0].offset + self.part_bytes(&pair[0]))
    }

    fn part_bytes(&self, part: &Part) -> u32 {
        match &part.value {
            Initial::Value(value) => self.unit.layout(&value.ty).0,
            Initial::Bytes(bytes) => bytes.len() as u32,
        }
    }

    fn initialise_part(&mut self, part: &Part, address: Address) {
        match &part.value {
            Initial::Value(value) if value.ty.is_scalar() => {
                let cell = value.ty.cell();
                let value = self.value(value);
                self.store(cell, address, value);
            }
            Initial::Value(value) => {
                let (bytes, _) = self.unit.layout(&value.ty);
                let from = self.value(value);
                let to = self.address_value(address);
                self.push(Made::Copy { bytes, from, to });
            }
            Initial::Bytes(bytes) => {
                for (at, byte) in bytes.iter().enumerate() {
                    let address = Address { offset: address.offset + at as i32, ..address.clone() };
                    let cell = crate::lower::program::Cell::Unsigned8;
                    self.store(cell, address, Expr::Integer((*byte).into()));
                }
            }
        }
    }

    /// Goes to the first block when a condition holds, else to the other.
    pub fn branch(&mut self, condition: &Tree, then: BlockId, otherwise: BlockId) {
        match &condition.kind {
            ExprKind::Integer(value) => self.jump(if *value != 0 { then } else { otherwise }),
            ExprKind::Not(inner) => self.branch(inner, otherwise, then),
            ExprKind::And(left, right) => {
                let next = self.new_block();
                self.branch(left, next, otherwise);
                self.enter(next);
                self.branch(right, then, otherwise);
            }
            ExprKind::Or(left, right) => {
                let next = self.new_block();
                self.branch(left, then, next);
                self.enter(next);
                self.branch(right, then, otherwise);
            }
            ExprKind::Binary(Binary::Equal, left, right)
                if is_zero(right) && left.ty.held() == Held::Integer =>
            {
                self.branch(left, otherwise, then);
            }
            ExprKind::Binary(Binary::NotEqual, left, right)
                if is_zero(right) && left.ty.held() == Held::Integer =>
            {
                self.branch(left, then, otherwise);
            }
            _ => {
                let condition = self.condition(condition);
                self.end(End::Branch(condition, then, otherwise));
            }
        }
    }

    /// Evaluates for the effects.
    pub fn effect(&mut self, expr: &Tree) {
        match &expr.kind {
            ExprKind::Comma(left, right) => {
                self.effect(left);
                self.effect(right);
            }
            ExprKind::Cast(inner) => self.effect(inner),
            ExprKind::Assign(place, value) => self.assign_effect(place, value),
            ExprKind::Update { place, operation, value, in_type, .. } => {
                self.update_effect(place, *operation, value, in_type);
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                let (then_block, else_block, after) = (self.new_block(), self.new_block(), self.new_block());
                self.branch(condition, then_block, else_block);
                self.enter(then_block);
                self.effect(then);
                self.jump(after);
                self.enter(else_block);
                self.effect(otherwise);
                self.jump(after);
                self.enter(after);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                let (next, after) = (self.new_block(), self.new_block());
                let is_and = matches!(expr.kind, ExprKind::And(..));
                self.branch(left, if is_and { next } else { after }, if is_and { after } else { next });
                self.enter(next);
                self.effect(right);
                self.jump(after);
                self.enter(after);
            }
            _ => {
                let value = self.value(expr);
                self.push_effect(value);
            }
        }
    }

    fn push_effect(&mut self, value: Expr) {
        match value {
            Expr::After(statements, value) => {
                statements.into_iter().for_each(|statement| self.push(statement));
                self.push_effect(*value);
            }
            Expr::Integer(_)
            | Expr::Long(_)
            | Expr::Float(_)
            | Expr::Double(_)
            | Expr::Local(_)
            | Expr::Global(_)
            | Expr::Address(..)
            | Expr::Frame(_)
            | Expr::Function(_)
            | Expr::Nothing => {}
            value => self.push(Made::Evaluate(value)),
        }
    }
}

fn is_zero(expr: &Tree) -> bool {
    matches!(expr.kind, ExprKind::Integer(0))
}

/// The memory at a fixed address.
pub(super) fn fixed(address: u32) -> Address {
    Address { base: Base::Pointer, offset: address as i32, index: None }
}
