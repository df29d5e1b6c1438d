//! Sequences of operators that compilers write, and that the translation makes one instruction of.

use super::body::Body;
use super::{F, I, L};
use wasm_encoder::Instruction as Op;

impl Body<'_, '_> {
    /// One of them.
    pub fn idiom(&mut self) {
        match self.tape.below(8) {
            0 | 1 => self.count(),
            2 | 3 => self.access_by_index(),
            4 => self.multiply_and_add(),
            5 => self.choose(),
            6 => self.use_low_half(),
            _ => self.sum_of_constants(),
        }
    }

    /// Adds to a local, and goes on by a comparison of it.
    fn count(&mut self) {
        let counter = self.local(I);
        self.emit(&Op::LocalGet(counter));
        self.stack.push(I);
        self.step_of_counter();
        let is_sum = !self.tape.one_of(4);
        self.operate(if is_sum { &Op::I32Add } else { &Op::I32Sub }, &[I, I], &[]);
        if self.tape.one_of(2) {
            self.emit(&Op::LocalTee(counter));
        } else {
            self.emit_all(&[Op::LocalSet(counter), Op::LocalGet(counter)]);
        }
        self.stack.push(I);
        if self.tape.one_of(4) {
            // The bound comes first.
            self.emit(&Op::LocalSet(counter));
            self.stack.pop();
            self.value(I);
            self.emit(&Op::LocalGet(counter));
            self.stack.push(I);
        } else if self.tape.one_of(2) {
            self.small();
        } else {
            self.value(I);
        }
        if self.tape.one_of(2) {
            let usual = self.tape.pick(&[Op::I32LtS, Op::I32LtU, Op::I32Ne]);
            self.operate(&usual, &[I, I], &[I]);
        } else {
            self.compare(I);
        }
        if self.tape.one_of(4) {
            self.operate(&Op::I32Eqz, &[I], &[I]);
        }
        let depth = self.tape.below(self.labels.len());
        if self.carried_by(depth).is_empty() {
            self.operate(&Op::BrIf(depth as u32), &[I], &[]);
        }
    }

    fn step_of_counter(&mut self) {
        match self.tape.below(4) {
            0 => {
                self.small();
                let memarg = self.memarg();
                self.operate(&Op::I32Load(memarg), &[I], &[I]);
            }
            1 => self.small(),
            2 => {
                self.value(I);
                self.value(I);
                self.operate(&Op::I32And, &[I, I], &[I]);
            }
            _ => self.value(I),
        }
    }

    /// An element of an array: an index, times the size of an element, plus where the array is.
    fn access_by_index(&mut self) {
        let index = self.local(I);
        self.want(&[I]);
        self.emit_all(&[Op::I32Const(0xff), Op::I32And, Op::LocalSet(index)]);
        match self.tape.below(4) {
            0 => self.emit_all(&[Op::LocalGet(index), Op::LocalGet(index), Op::I32Xor]),
            _ => self.emit(&Op::LocalGet(index)),
        }
        self.stack.push(I);
        if self.tape.one_of(2) {
            let shift = self.tape.pick(&[2, 2, 3, 0, 34]);
            self.emit(&Op::I32Const(shift));
            self.stack.push(I);
            self.operate(&Op::I32Shl, &[I, I], &[I]);
        }
        for _ in 0..self.tape.below(3) {
            let plus = i32::from(self.tape.byte());
            let is_difference = self.tape.one_of(4);
            self.emit(&Op::I32Const(if is_difference { -plus } else { plus }));
            self.emit(if is_difference { &Op::I32Sub } else { &Op::I32Add });
        }
        if self.tape.one_of(4) {
            // The address waits while its local changes.
            self.value(I);
            self.operate(&Op::LocalSet(index), &[I], &[]);
        }
        self.access_at_top();
    }

    /// A product that is added to or taken from something at once.
    fn multiply_and_add(&mut self) {
        let sum = self.tape.pick(&[Op::F32Add, Op::F32Sub]);
        // No NaN gets into a local or past this, so only the sum needs to be made canonical.
        match self.tape.below(3) {
            0 => {
                self.operate(&Op::F32Mul, &[F, F], &[F]);
                self.value(F);
            }
            1 => {
                self.value(F);
                self.fresh_product();
            }
            _ => {
                self.fresh_product();
                self.fresh_product();
            }
        }
        self.operate(&sum, &[F, F], &[F]);
        self.canonicalise(F);
    }

    fn fresh_product(&mut self) {
        self.value(F);
        self.value(F);
        self.operate(&Op::F32Mul, &[F, F], &[F]);
    }

    /// One of two values, by a comparison.
    fn choose(&mut self) {
        let of = self.any_type();
        self.value(of);
        self.value(of);
        self.condition();
        self.operate(&Op::Select, &[of, of, I], &[of]);
    }

    /// Takes a wide integer for a narrow one, and the other way round.
    fn use_low_half(&mut self) {
        self.operate(&Op::I32WrapI64, &[L], &[I]);
        if self.tape.one_of(2) {
            let extend = self.tape.pick(&[Op::I64ExtendI32S, Op::I64ExtendI32U]);
            self.operate(&extend, &[I], &[L]);
        } else {
            let local = self.local(I);
            self.operate(&Op::LocalTee(local), &[I], &[I]);
        }
    }

    /// A local plus constants, which waits on the stack.
    fn sum_of_constants(&mut self) {
        let local = self.local(I);
        self.emit(&Op::LocalGet(local));
        self.stack.push(I);
        for _ in 0..=self.tape.below(2) {
            let constant = self.constant(I);
            self.emit(&constant);
            self.stack.push(I);
            let operator = self.tape.pick(&[Op::I32Add, Op::I32Sub, Op::I32Shl]);
            self.operate(&operator, &[I, I], &[I]);
        }
    }
}
