//! Loads and stores, and what is done to runs of memory.

use super::body::Body;
use super::{D, F, I, L};
use wasm_encoder::{Instruction as Op, MemArg, MemArgTarget};

impl Body<'_, '_> {
    /// Reads or writes memory.
    pub fn access(&mut self) {
        match self.tape.below(16) {
            0 => self.run_of_memory(),
            1 => self.change_table(),
            _ => {
                // Most addresses are made small, or nearly all would be out of bounds.
                if self.tape.one_of(32) {
                    self.value(I);
                } else {
                    self.operate(&Op::I32Const(0x3ff), &[I], &[I, I]);
                    self.operate(&Op::I32And, &[I, I], &[I]);
                }
                self.access_at_top();
            }
        }
    }

    /// Reads or writes at the address on top of the stack.
    pub fn access_at_top(&mut self) {
        let memarg = self.memarg();
        let loads = [
            (Op::I32Load(memarg), I),
            (Op::F32Load(memarg), F),
            (Op::I64Load(memarg), L),
            (Op::F64Load(memarg), D),
            (Op::I32Load8S(memarg), I),
            (Op::I32Load8U(memarg), I),
            (Op::I32Load16S(memarg), I),
            (Op::I32Load16U(memarg), I),
            (Op::I64Load8S(memarg), L),
            (Op::I64Load8U(memarg), L),
            (Op::I64Load16S(memarg), L),
            (Op::I64Load16U(memarg), L),
            (Op::I64Load32S(memarg), L),
            (Op::I64Load32U(memarg), L),
        ];
        let stores = [
            (Op::I32Store(memarg), I),
            (Op::F32Store(memarg), F),
            (Op::I64Store(memarg), L),
            (Op::F64Store(memarg), D),
            (Op::I32Store8(memarg), I),
            (Op::I32Store16(memarg), I),
            (Op::I64Store8(memarg), L),
            (Op::I64Store16(memarg), L),
            (Op::I64Store32(memarg), L),
        ];
        if self.tape.one_of(2) {
            let (load, value_type) = self.tape.pick(&loads);
            self.operate(&load, &[I], &[value_type]);
        } else {
            let (store, value_type) = self.tape.pick(&stores);
            self.value(value_type);
            self.operate(&store, &[I, value_type], &[]);
        }
    }

    /// An offset, mostly small.
    pub fn memarg(&mut self) -> MemArg {
        let offset = match self.tape.below(32) {
            0..24 => self.tape.byte().into(),
            24 => self.tape.word().into(),
            _ => 0xfff0 + 0x300 * u64::from(self.tape.byte() % 128),
        };
        MemArg { offset, align: 0, target: MemArgTarget::Memory(0), ordering: None }
    }

    fn run_of_memory(&mut self) {
        match self.tape.below(6) {
            0 => {
                self.small();
                self.value(I);
                self.small();
                self.operate(&Op::MemoryFill(0), &[I, I, I], &[]);
            }
            1 => {
                self.small();
                self.small();
                self.small();
                self.operate(&Op::MemoryCopy { src_mem: 0, dst_mem: 0 }, &[I, I, I], &[]);
            }
            2 => {
                self.small();
                let (from, length) = (self.tape.below(50), self.tape.below(51));
                self.emit_all(&[Op::I32Const(from as i32), Op::I32Const(length as i32)]);
                self.stack.extend([I, I]);
                self.operate(&Op::MemoryInit { mem: 0, data_index: 1 }, &[I, I, I], &[]);
            }
            3 => {
                let pages = self.tape.below(3);
                self.emit(&Op::I32Const(pages as i32));
                self.stack.push(I);
                self.operate(&Op::MemoryGrow(0), &[I], &[I]);
            }
            4 => self.operate(&Op::MemoryGrow(0), &[I], &[I]),
            _ => self.operate(&Op::MemorySize(0), &[], &[I]),
        }
    }
}
