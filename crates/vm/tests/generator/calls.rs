//! Calls, and what is done to tables.

use super::body::Body;
use super::{ENTRIES, FIRST_ENTRY, I, IMPORTS, TYPES, WORK_ENTRIES, WORK_TABLE};
use wasm_encoder::{HeapType, Instruction as Op};

impl Body<'_, '_> {
    /// Calls a function, imported or not, directly or through a table.
    pub fn call(&mut self) {
        if !self.tape.one_of(4) {
            let is_import = self.tape.one_of(2);
            let among = if is_import { IMPORTS as usize } else { self.functions.len() };
            let function = self.tape.below(among);
            let (params, results) = TYPES[self.functions[function] as usize];
            self.operate(&Op::Call(function as u32), params, results);
            return;
        }
        let function = self.tape.below(self.functions.len());
        let type_index = self.functions[function];
        let (params, results) = TYPES[type_index as usize];
        self.want(params);
        // Few miss, or few programs would live long.
        let entry = match self.tape.below(32) {
            0 => self.tape.below(ENTRIES as usize + 2) as i32,
            _ => function as i32 + FIRST_ENTRY,
        };
        self.emit(&Op::I32Const(entry));
        self.emit(&Op::CallIndirect { type_index, table_index: 0 });
        self.stack.extend(results);
    }

    /// Does something to the table that nothing is called through.
    pub fn change_table(&mut self) {
        // Few miss, here too.
        let entries = WORK_ENTRIES as usize + usize::from(self.tape.one_of(64));
        let index = self.tape.below(entries) as i32;
        let function = self.tape.below(self.functions.len()) as u32;
        let reference = match self.tape.one_of(3) {
            true => Op::RefNull(HeapType::FUNC),
            false => Op::RefFunc(function),
        };
        let length = Op::I32Const(self.tape.below(4) as i32 * i32::from(index < 5));
        let index = Op::I32Const(index);
        match self.tape.below(8) {
            0 => self.emit_all(&[index, reference, Op::TableSet(WORK_TABLE)]),
            1 => {
                self.emit_all(&[reference, length, Op::TableGrow(WORK_TABLE)]);
                self.stack.push(I);
            }
            2 => self.emit_all(&[index, reference, length, Op::TableFill(WORK_TABLE)]),
            3 => self.emit_all(&[
                index.clone(),
                index,
                length,
                Op::TableCopy { src_table: 0, dst_table: WORK_TABLE },
            ]),
            4 => self.emit_all(&[
                index,
                Op::I32Const(1),
                length,
                Op::TableInit { elem_index: 1, table: WORK_TABLE },
            ]),
            5 => {
                self.emit(&Op::TableSize(WORK_TABLE));
                self.stack.push(I);
            }
            _ => {
                self.emit_all(&[index, Op::TableGet(WORK_TABLE), Op::RefIsNull]);
                self.stack.push(I);
            }
        }
    }
}
