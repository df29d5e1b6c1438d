//! The code of one function: statements and expressions as WebAssembly instructions.

use std::collections::HashMap;

use wasm_encoder::{BlockType, InstructionSink, MemArg, MemArgTarget, ValType};

use super::instructions::{self, alignment};
use super::layout::{Layout, WORD};
use super::module::Indices;
use super::program::{
    Address, Base, Block, Callee, Cell, End, Expr, Function, Limit, LocalId, Operation, Site, Statement,
    Step, Type, Unary,
};
use super::structure;
use super::visit::Visit;

/// The instructions of a function, and where each source line starts in them.
pub(super) struct Code {
    /// The types of the locals that are no parameters.
    pub locals: Vec<ValType>,
    pub bytes: Vec<u8>,
    /// Offsets in `bytes` and lines.
    pub lines: Vec<(usize, u32)>,
}

pub(super) struct Emitter<'a> {
    indices: &'a Indices<'a>,
    layout: &'a Layout,
    function: &'a Function,
    code: Code,
    /// The byte address of this function's stack frame.
    frame: Option<LocalId>,
    /// Locals that hold a value between two instructions that stand next to each other.
    scratch: HashMap<(Type, usize), LocalId>,
    /// Where the code ends that has just set a local, and which.
    just_set: Option<(usize, LocalId)>,
}

/// The code of a function.
pub(super) fn function(function: &Function, indices: &Indices, layout: &Layout) -> Code {
    let parameters = function.parameters as usize;
    let locals = function.locals[parameters..].iter().map(|&ty| held(ty)).collect();
    let code = Code { locals, bytes: Vec::new(), lines: Vec::new() };
    let mut emitter =
        Emitter { indices, layout, function, code, frame: None, scratch: HashMap::new(), just_set: None };
    emitter.enter_frame();
    structure::write(&function.blocks, &mut emitter);
    // Every path has returned or branched; this tells the validator so.
    emitter.sink().unreachable().end();
    emitter.code
}

/// How a value is typed in the module.
pub(super) fn held(ty: Type) -> ValType {
    match ty {
        Type::Integer => ValType::I32,
        Type::Long => ValType::I64,
        Type::Float => ValType::F32,
        Type::Double => ValType::F64,
    }
}

/// A cell at a constant byte offset from the address on the stack.
fn at(offset: u32, cell: Cell) -> MemArg {
    MemArg { offset: offset.into(), align: alignment(cell), target: MemArgTarget::Memory(0), ordering: None }
}

impl Emitter<'_> {
    pub fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code.bytes)
    }

    fn new_local(&mut self, ty: ValType) -> LocalId {
        self.code.locals.push(ty);
        self.function.parameters + self.code.locals.len() as u32 - 1
    }

    pub fn new_integer(&mut self) -> LocalId {
        self.new_local(ValType::I32)
    }

    fn scratch(&mut self, ty: Type, which: usize) -> LocalId {
        if let Some(&local) = self.scratch.get(&(ty, which)) {
            return local;
        }
        let local = self.new_local(held(ty));
        self.scratch.insert((ty, which), local);
        local
    }

    /// Takes the stack frame, sees that it fits, and sets it to zero where the language wants that.
    fn enter_frame(&mut self) {
        let bytes = self.function.frame;
        let Some(overflow) = self.function.overflow.filter(|_| bytes > 0) else { return };
        let line = self.function.blocks[0].statements.first().map_or(0, |(line, _)| *line);
        self.mark(line);
        let frame = self.new_integer();
        self.frame = Some(frame);
        let (stack_pointer, bottom) = (self.indices.stack_pointer, self.layout.bottom as i32);
        let mut sink = self.sink();
        sink.global_get(stack_pointer).i32_const(bytes as i32).i32_sub().local_tee(frame);
        // Signed: a frame larger than what lies below it wraps to a negative address.
        sink.i32_const(bottom).i32_lt_s().if_(BlockType::Empty);
        sink.i32_const(overflow as i32).local_get(frame).i32_const(bottom).i32_sub();
        self.fault();
        self.sink().end().local_get(frame).global_set(stack_pointer);
        if !self.indices.counts_words() {
            return;
        }
        if bytes <= 4 * WORD {
            for offset in (0..bytes).step_by(WORD as usize) {
                self.sink().local_get(frame).i32_const(0).i32_store(at(offset, Type::Integer.into()));
            }
        } else {
            self.sink().local_get(frame).i32_const(0).i32_const(bytes as i32).memory_fill(0);
        }
    }

    /// Gives the frame back and returns.
    pub fn return_(&mut self) {
        if let Some(frame) = self.frame {
            let (stack_pointer, bytes) = (self.indices.stack_pointer, self.function.frame);
            self.sink().local_get(frame).i32_const(bytes as i32).i32_add().global_set(stack_pointer);
        }
        if let Some(result) = self.function.result {
            self.local(result);
        }
        self.sink().return_();
    }

    fn mark(&mut self, line: u32) {
        if self.code.lines.last().is_none_or(|&(_, last)| last != line) {
            self.code.lines.push((self.code.bytes.len(), line));
        }
    }

    /// The statements of a block; its end is the caller's.
    pub fn statements(&mut self, block: &Block) {
        for (line, statement) in &block.statements {
            self.mark(*line);
            if self.indices.debug || statement_calls_host(statement) {
                self.show_line(*line);
            }
            self.statement(statement);
        }
        self.mark(block.line);
        if let End::Branch(value, ..) | End::Switch { value, .. } = &block.end
            && (self.indices.debug || calls_host(|visitor| value.visit(visitor)))
        {
            self.show_line(block.line);
        }
    }

    /// Tells the host which line is running, where the host wants to know.
    fn show_line(&mut self, line: u32) {
        if let Some(global) = self.indices.line {
            self.sink().i32_const(line as i32).global_set(global);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Set(local, value) => {
                self.value(value);
                self.set_local(*local);
            }
            Statement::SetGlobal(global, value) => {
                self.value(value);
                let index = self.indices.first_global + *global as u32;
                self.sink().global_set(index);
            }
            Statement::Store(cell, address, value) => {
                let place = self.address(address, *cell);
                self.value(value);
                instructions::store(&mut self.sink(), *cell, place);
            }
            Statement::Evaluate(value) => {
                self.value(value);
                if self.has_value(value) {
                    self.sink().drop();
                }
            }
            Statement::Clear { bytes, to } => {
                self.byte_address(to);
                self.sink().i32_const(0).i32_const(*bytes as i32).memory_fill(0);
            }
            Statement::Copy { bytes, from, to } => {
                self.byte_address(to);
                self.byte_address(from);
                self.sink().i32_const(*bytes as i32).memory_copy(0, 0);
            }
        }
    }

    /// Puts the address that a pointer means on the stack.
    fn byte_address(&mut self, pointer: &Expr) {
        self.value(pointer);
        if self.indices.counts_words() {
            self.sink().i32_const(2).i32_shl();
        }
    }

    fn has_value(&self, value: &Expr) -> bool {
        match value {
            Expr::Call(callee, _) => self.indices.has_result(*callee),
            Expr::CallPointer(_, _, signature) => signature.result.is_some(),
            Expr::After(_, value) => self.has_value(value),
            Expr::If(ty, ..) => ty.is_some(),
            Expr::Fault(_) | Expr::Nothing => false,
            _ => true,
        }
    }

    /// Puts the variable part of an address on the stack; the rest is in what is returned.
    fn address(&mut self, address: &Address, cell: Cell) -> MemArg {
        let words = self.indices.counts_words();
        let base = match address.base {
            Base::Data(id) => self.layout.data[id],
            Base::Frame | Base::Pointer => 0,
        };
        let by = if words { address.offset.wrapping_mul(WORD as i32) } else { address.offset };
        let mut offset = base.wrapping_add_signed(by);
        if let Some(index) = &address.index {
            self.byte_address(index);
        }
        match (&address.base, self.frame) {
            (Base::Frame, Some(frame)) => {
                self.sink().local_get(frame);
                if address.index.is_some() {
                    self.sink().i32_add();
                }
            }
            _ if address.index.is_none() => {
                self.sink().i32_const(0);
            }
            _ => {}
        }
        // The offset of an instruction is never negative.
        if !words && (offset as i32) < 0 {
            self.sink().i32_const(offset as i32).i32_add();
            offset = 0;
        }
        at(offset, cell)
    }

    fn local(&mut self, local: LocalId) {
        // A value that was set just now is still at hand.
        const LOCAL_SET: u8 = 0x21;
        const LOCAL_TEE: u8 = 0x22;
        let end = self.code.bytes.len();
        if self.just_set == Some((end, local)) {
            let start = end - 1 - leb_length(local);
            debug_assert_eq!(self.code.bytes[start], LOCAL_SET);
            self.code.bytes[start] = LOCAL_TEE;
            self.just_set = None;
            return;
        }
        self.sink().local_get(local);
    }

    fn set_local(&mut self, local: LocalId) {
        self.sink().local_set(local);
        // Programs that count words are left as they have always been.
        if !self.indices.counts_words() {
            self.just_set = Some((self.code.bytes.len(), local));
        }
    }

    /// Puts a value on the stack.
    pub fn value(&mut self, value: &Expr) {
        match value {
            Expr::Integer(value) => {
                self.sink().i32_const(*value);
            }
            Expr::Long(value) => {
                self.sink().i64_const(*value);
            }
            Expr::Float(bits) => {
                self.sink().f32_const(f32::from_bits(*bits).into());
            }
            Expr::Double(bits) => {
                self.sink().f64_const(f64::from_bits(*bits).into());
            }
            Expr::Local(local) => self.local(*local),
            Expr::Global(global) => {
                let index = self.indices.first_global + *global as u32;
                self.sink().global_get(index);
            }
            Expr::Address(data, offset) => {
                let pointer = (self.layout.data[*data] / self.indices.unit()) as i32;
                self.sink().i32_const(pointer.wrapping_add(*offset));
            }
            Expr::Frame(slot) => self.frame_pointer(*slot),
            Expr::Function(callee) => {
                let entry = self.indices.table_entry(*callee);
                self.sink().i32_const(entry as i32);
            }
            Expr::Load(cell, address) => {
                let place = self.address(address, *cell);
                instructions::load(&mut self.sink(), *cell, place);
            }
            Expr::Store(cell, address, value) => self.store_value(*cell, address, value),
            Expr::Set(local, value) => {
                self.value(value);
                self.sink().local_tee(*local);
            }
            Expr::After(statements, value) => {
                statements.iter().for_each(|statement| self.statement(statement));
                self.value(value);
            }
            Expr::If(ty, condition, then, otherwise) => {
                self.value(condition);
                self.sink().if_(ty.map_or(BlockType::Empty, |ty| BlockType::Result(held(ty))));
                self.value(then);
                if !matches!(**otherwise, Expr::Nothing) {
                    self.sink().else_();
                    self.value(otherwise);
                }
                self.sink().end();
            }
            Expr::Unary(operation, value) => {
                self.value(value);
                self.unary(*operation);
            }
            Expr::Chain(first, steps) => self.chain(first, steps),
            Expr::Check(value, limit, site) => self.check(value, *limit, *site),
            Expr::Fault(site) => {
                self.sink().i32_const(*site as i32).i32_const(0);
                self.fault();
            }
            Expr::Call(callee, arguments) => {
                arguments.iter().for_each(|argument| self.value(argument));
                let index = self.indices.function(*callee);
                self.sink().call(index);
            }
            Expr::CallPointer(pointer, arguments, signature) => {
                arguments.iter().for_each(|argument| self.value(argument));
                self.value(pointer);
                let ty = self.indices.pointed_type(signature);
                self.sink().call_indirect(0, ty);
            }
            Expr::Nothing => {}
        }
    }

    fn frame_pointer(&mut self, slot: u32) {
        let frame = self.frame.unwrap_or(0);
        self.sink().local_get(frame);
        if self.indices.counts_words() {
            self.sink().i32_const(2).i32_shr_u();
        }
        if slot > 0 {
            self.sink().i32_const(slot as i32).i32_add();
        }
    }

    fn store_value(&mut self, cell: Cell, address: &Address, value: &Expr) {
        let place = self.address(address, cell);
        self.value(value);
        let local = self.scratch(cell.ty(), 0);
        self.sink().local_tee(local);
        instructions::store(&mut self.sink(), cell, place);
        self.sink().local_get(local);
    }

    fn unary(&mut self, operation: Unary) {
        if operation == Unary::Absolute(Type::Integer) {
            let value = self.scratch(Type::Integer, 0);
            // (x ^ sign) - sign, where sign is 0 or -1.
            let mut sink = self.sink();
            sink.local_tee(value).local_get(value).i32_const(31).i32_shr_s().i32_xor();
            sink.local_get(value).i32_const(31).i32_shr_s().i32_sub();
        } else {
            instructions::unary(&mut self.sink(), operation);
        }
    }

    pub fn chain(&mut self, first: &Expr, steps: &[Step]) {
        self.value(first);
        for Step { operation, right } in steps {
            self.value(right);
            match *operation {
                Operation::Binary(ty, operation) => instructions::binary(&mut self.sink(), ty, operation),
                Operation::Divide(site) => self.divide(false, right, site),
                Operation::Modulo(site) => self.divide(true, right, site),
            }
        }
    }

    /// Calls the host with the site and the value on the stack; it does not come back.
    fn fault(&mut self) {
        let fault = self.indices.fault;
        self.sink().call(fault).unreachable();
    }

    fn check(&mut self, value: &Expr, limit: Limit, site: Site) {
        self.value(value);
        let held = self.scratch(Type::Integer, 0);
        self.sink().local_tee(held);
        let lowest = self.layout.bottom / WORD;
        let (first, count) = match limit {
            Limit::Below(count) => (0, Some(count)),
            Limit::Readable(words) => (lowest, (self.layout.end / WORD - lowest + 1).checked_sub(words)),
            Limit::Writable(words) => (lowest, (self.layout.readonly / WORD - lowest + 1).checked_sub(words)),
        };
        let mut sink = self.sink();
        if first > 0 {
            sink.i32_const(first as i32).i32_sub();
        }
        sink.i32_const(count.unwrap_or(0) as i32).i32_ge_u().if_(BlockType::Empty);
        sink.i32_const(site as i32).local_get(held);
        self.fault();
        self.sink().end().local_get(held);
    }

    /// Divides the two values on the stack; `right` is where the upper one comes from.
    fn divide(&mut self, modulo: bool, right: &Expr, site: Site) {
        if let Expr::Integer(divisor) = right
            && *divisor != 0
            && (modulo || *divisor != -1)
        {
            let mut sink = self.sink();
            if modulo {
                sink.i32_rem_s()
            } else {
                sink.i32_div_s()
            };
            return;
        }
        let (dividend, divisor) = (self.scratch(Type::Integer, 0), self.scratch(Type::Integer, 1));
        let mut sink = self.sink();
        sink.local_set(divisor).local_set(dividend);
        sink.local_get(divisor).i32_eqz().if_(BlockType::Empty);
        sink.i32_const(site as i32).local_get(dividend);
        self.fault();
        let mut sink = self.sink();
        sink.end();
        if modulo {
            sink.local_get(dividend).local_get(divisor).i32_rem_s();
            return;
        }
        // The instruction traps where the language wraps: at the lowest int divided by -1.
        sink.local_get(divisor).i32_const(-1).i32_eq().if_(BlockType::Result(ValType::I32));
        sink.i32_const(0).local_get(dividend).i32_sub();
        sink.else_().local_get(dividend).local_get(divisor).i32_div_s().end();
    }
}

fn statement_calls_host(statement: &Statement) -> bool {
    calls_host(|visitor| statement.visit(visitor))
}

/// Whether a visit comes past what the host does, or past a fault.
fn calls_host<'a>(visit: impl FnOnce(&mut dyn FnMut(Visit<'a>))) -> bool {
    let mut calls = false;
    visit(&mut |visit| {
        calls |= matches!(
            visit,
            Visit::Expr(
                Expr::Call(Callee::Native(_), _) | Expr::CallPointer(..) | Expr::Fault(_) | Expr::Check(..)
            )
        );
    });
    calls
}

/// The bytes of a local's number in an instruction.
fn leb_length(local: LocalId) -> usize {
    (32 - local.leading_zeros()).div_ceil(7).max(1) as usize
}
