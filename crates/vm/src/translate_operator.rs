//! From the operators of a validated function to register code: which operator does what.

use crate::error::LoadErrorKind;
use crate::instr::{Instr, Op};
use crate::operand_stack::Operand;
use crate::translate::Translator;
use crate::translate_access::{LOAD_8S, LOAD_8U, LOAD_16S, LOAD_16U, LOAD_32, LOAD_64, LOAD_F32, LOAD_F64};
use crate::translate_access::{STORE_8, STORE_16, STORE_32, STORE_64, STORE_F32, STORE_F64};
use crate::types::Reference;
use crate::types::Width::{Narrow, Wide};
use alloc::string::String;
use wasmparser::Operator;

/// Why an operator was not translated.
pub(crate) enum Refused {
    /// The interpreter does not have it.
    Unsupported(String),
    /// It is not well formed.
    Malformed(wasmparser::Error),
    /// The translation would be too big.
    TooBig(LoadErrorKind),
}

impl Translator {
    /// Translates one operator that has been found valid.
    pub(crate) fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        if !self.reachable {
            match operator {
                O::Block { .. } | O::Loop { .. } | O::If { .. } => self.skip_block(),
                O::Else => self.begin_else(),
                O::End => self.end(),
                _ => {}
            }
            return Ok(());
        }
        if !matches!(operator, O::Nop | O::Block { .. } | O::Loop { .. } | O::Else | O::End) {
            self.count();
        }
        match *operator {
            O::Nop => {}
            O::Unreachable => self.emit_unreachable(),
            O::Block { blockty } => self.block(blockty),
            O::Loop { blockty } => self.begin_loop(blockty),
            O::If { blockty } => self.begin_if(blockty),
            O::Else => self.begin_else(),
            O::End => self.end(),
            O::Br { relative_depth } => self.branch(relative_depth),
            O::BrIf { relative_depth } => self.branch_if(relative_depth),
            O::BrTable { ref targets } => self.branch_table(targets)?,
            O::Return => self.emit_final_return(),
            O::Call { function_index } => self.call_direct(function_index),
            O::CallIndirect { type_index, table_index } => self.call_indirect(type_index, table_index),
            O::Drop => {
                self.stack.pop();
            }
            O::Select | O::TypedSelect { .. } => self.select(),
            O::LocalGet { local_index } => {
                let (slot, width) = self.locals.find(local_index);
                self.stack.push(Operand::Local(slot), width);
            }
            O::LocalSet { local_index } => {
                self.local_set(local_index);
            }
            O::LocalTee { local_index } => {
                let placed = self.local_set(local_index);
                self.stack.push(placed.operand, placed.width);
            }
            O::GlobalGet { global_index } => self.global_get(global_index),
            O::GlobalSet { global_index } => self.global_set(global_index),
            O::I32Const { value } => self.stack.push(Operand::Const(value.cast_unsigned().into()), Narrow),
            O::F32Const { value } => self.stack.push(Operand::Const(value.bits().into()), Narrow),
            O::I64Const { value } => self.stack.push(Operand::Const(value.cast_unsigned()), Wide),
            O::F64Const { value } => self.stack.push(Operand::Const(value.bits()), Wide),
            _ => return self.memory_operator(operator),
        }
        Ok(())
    }

    fn memory_operator(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        match *operator {
            O::I32Load { memarg } => self.load(memarg, LOAD_32),
            O::F32Load { memarg } => self.load(memarg, LOAD_F32),
            O::I32Load8S { memarg } => self.load(memarg, LOAD_8S),
            O::I32Load8U { memarg } => self.load(memarg, LOAD_8U),
            O::I32Load16S { memarg } => self.load(memarg, LOAD_16S),
            O::I32Load16U { memarg } => self.load(memarg, LOAD_16U),
            O::I64Load { memarg } => self.load(memarg, LOAD_64),
            O::F64Load { memarg } => self.load(memarg, LOAD_F64),
            O::I64Load8S { memarg } => self.load_signed(memarg, LOAD_8S),
            O::I64Load8U { memarg } => self.load_unsigned(memarg, LOAD_8U),
            O::I64Load16S { memarg } => self.load_signed(memarg, LOAD_16S),
            O::I64Load16U { memarg } => self.load_unsigned(memarg, LOAD_16U),
            O::I64Load32S { memarg } => self.load_signed(memarg, LOAD_32),
            O::I64Load32U { memarg } => self.load_unsigned(memarg, LOAD_32),
            O::I32Store { memarg } | O::I64Store32 { memarg } => self.store(memarg, STORE_32),
            O::F32Store { memarg } => self.store(memarg, STORE_F32),
            O::I32Store8 { memarg } | O::I64Store8 { memarg } => self.store(memarg, STORE_8),
            O::I32Store16 { memarg } | O::I64Store16 { memarg } => self.store(memarg, STORE_16),
            O::I64Store { memarg } => self.store(memarg, STORE_64),
            O::F64Store { memarg } => self.store(memarg, STORE_F64),
            O::MemorySize { .. } => self.emit_result(Narrow, |d| Instr::with(Op::MemorySize, d, 0, 0, 0)),
            O::MemoryGrow { .. } => {
                let pages = self.pop_to_slot();
                self.emit_result(Narrow, |d| Instr::with(Op::MemoryGrow, d, pages, 0, 0));
            }
            O::MemoryCopy { .. } => self.ternary(Op::MemoryCopy, 0),
            O::MemoryFill { .. } => self.ternary(Op::MemoryFill, 0),
            _ => return self.reference_operator(operator),
        }
        Ok(())
    }

    fn reference_operator(&mut self, operator: &Operator<'_>) -> Result<(), Refused> {
        use Operator as O;
        match *operator {
            O::RefNull { .. } => self.stack.push(Operand::Const(Reference::NULL.to_word().into()), Narrow),
            O::RefIsNull => {
                let a = self.pop_to_slot();
                let null = Reference::NULL.to_word();
                self.emit_result(Narrow, |d| Instr::with(Op::I32EqImm, d, a, 0, null));
            }
            O::RefFunc { function_index } => {
                self.emit_result(Narrow, |d| Instr::with(Op::RefFunc, d, 0, 0, function_index));
            }
            O::TableGet { table } => {
                let index = self.pop_to_slot();
                self.emit_result(Narrow, |d| Instr::with(Op::TableGet, d, index, 0, table));
            }
            O::TableSet { table } => {
                let value = self.pop_to_slot();
                let index = self.pop_to_slot();
                self.emit(Instr::with(Op::TableSet, 0, index, value, table));
            }
            O::TableSize { table } => {
                self.emit_result(Narrow, |d| Instr::with(Op::TableSize, d, 0, 0, table));
            }
            O::TableGrow { table } => {
                let by = self.pop_to_slot();
                let value = self.pop_to_slot();
                self.emit_result(Narrow, |d| Instr::with(Op::TableGrow, d, value, by, table));
            }
            O::TableFill { table } => self.ternary(Op::TableFill, table),
            // A module has at most 256 tables.
            O::TableCopy { dst_table, src_table } => {
                let first = self.pop_three();
                self.emit(Instr::with(Op::TableCopy, dst_table as u16, first, src_table as u16, 0));
            }
            O::TableInit { elem_index, table } => {
                let first = self.pop_three();
                self.emit(Instr::with(Op::TableInit, table as u16, first, 0, elem_index));
            }
            O::ElemDrop { elem_index } => {
                self.emit(Instr::new(Op::ElemDrop, elem_index));
            }
            O::MemoryInit { data_index, .. } => {
                let first = self.pop_three();
                self.emit(Instr::with(Op::MemoryInit, 0, first, 0, data_index));
            }
            O::DataDrop { data_index } => {
                self.emit(Instr::new(Op::DataDrop, data_index));
            }
            _ => return self.numeric(operator),
        }
        Ok(())
    }
}
