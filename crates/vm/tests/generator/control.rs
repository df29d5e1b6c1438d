//! Blocks, and the branches that leave them.

use super::body::{Body, Label};
use super::{D, F, I, L, MANY_RESULTS, Signature, TYPES};
use wasm_encoder::{BlockType, Instruction as Op, ValType};

/// How many blocks can be open.
const DEEPEST: usize = 7;

impl Body<'_, '_> {
    /// Opens a block of any kind.
    pub fn open(&mut self) {
        if self.labels.len() >= DEEPEST {
            return;
        }
        let (block_type, (params, results)) = self.block_type();
        let kind = self.tape.below(3);
        let is_if = kind == 2;
        self.want(params);
        self.stack.extend(params);
        if is_if {
            self.condition();
            self.want(&[I]);
        }
        let carries = if kind == 1 { params } else { results };
        let height = self.stack.len() - params.len();
        self.labels.push(Label { carries, params, results, height, is_if });
        match kind {
            0 => self.emit(&Op::Block(block_type)),
            1 => {
                self.emit(&Op::Loop(block_type));
                self.use_unit();
            }
            _ => self.emit(&Op::If(block_type)),
        }
    }

    fn block_type(&mut self) -> (BlockType, Signature) {
        match self.tape.below(10) {
            0..3 => (BlockType::Empty, (&[], &[])),
            3 => (BlockType::Result(I), (&[], &[I])),
            4 => (BlockType::Result(F), (&[], &[F])),
            5 => (BlockType::Result(L), (&[], &[L])),
            6 => (BlockType::Result(D), (&[], &[D])),
            which => {
                let index = if which == 7 { MANY_RESULTS } else { self.tape.below(TYPES.len()) };
                (BlockType::FunctionType(index as u32), TYPES[index])
            }
        }
    }

    /// Closes the innermost block; an `if` gets its other arm first.
    pub fn close(&mut self) {
        let Some(label) = self.labels.last() else { return };
        let Label { params, results, height, is_if, .. } = *label;
        self.fit(height, results);
        if is_if {
            self.emit(&Op::Else);
            self.stack.truncate(height);
            self.stack.extend(params);
            for _ in 0..self.tape.below(8) {
                self.step_within();
            }
            self.fit(height, results);
        }
        self.labels.pop();
        self.stack.truncate(height);
        self.stack.extend(results);
        self.emit(&Op::End);
    }

    /// Leaves the results and nothing else above `height`.
    fn fit(&mut self, height: usize, results: &[ValType]) {
        if self.stack[height..] == *results {
            return;
        }
        while self.stack.len() > height {
            self.absorb();
        }
        self.want(results);
    }

    /// What a branch carries over so many blocks.
    pub fn carried_by(&self, depth: usize) -> &'static [ValType] {
        self.labels[self.labels.len() - 1 - depth].carries
    }

    /// Leaves a block, or may leave it.
    pub fn branch(&mut self) {
        let depth = self.tape.below(self.labels.len());
        let carries = self.carried_by(depth);
        self.want(carries);
        self.stack.extend(carries);
        if self.tape.one_of(2) {
            self.condition();
        }
        self.want(&[carries, &[I]].concat());
        self.stack.extend(carries);
        if self.tape.one_of(2) {
            // A branch that is always taken goes into an arm, so that what follows stays alive.
            self.emit(&Op::If(BlockType::Empty));
            let height = self.stack.len();
            self.labels.push(Label { carries: &[], params: &[], results: &[], height, is_if: false });
            self.leave(depth + 1);
            self.labels.pop();
            self.stack.truncate(height);
            self.emit(&Op::End);
        } else {
            self.emit(&Op::BrIf(depth as u32));
        }
    }

    /// Leaves for good, to a block or out of the function.
    fn leave(&mut self, depth: usize) {
        let carries = self.carried_by(depth);
        match self.tape.below(4) {
            0 => {
                let count = self.tape.below(6);
                let mut targets: Vec<usize> =
                    (0..count).map(|_| self.tape.below(self.labels.len())).collect();
                targets.retain(|&target| self.carried_by(target) == carries);
                let targets: Vec<u32> = targets.into_iter().map(|target| target as u32).collect();
                self.want(&[carries, &[I]].concat());
                self.emit(&Op::BrTable(targets.into(), depth as u32));
            }
            1 => {
                let results = self.labels[0].results;
                self.want(results);
                self.emit(&Op::Return);
            }
            _ => {
                self.want(carries);
                self.emit(&Op::Br(depth as u32));
            }
        }
    }
}
