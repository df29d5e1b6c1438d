//! The code of one function: statements and expressions as WebAssembly instructions.

use wasm_encoder::{InstructionSink, MemArg, MemArgTarget, ValType};

use super::layout::{Layout, WORD};
use super::module::Indices;
use super::program::{
    Address, Base, Binary, Block, Expr, Function, Limit, LocalId, Operation, Site, Statement, Step, Type,
    Unary,
};
use super::structure;

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
    integers: [Option<LocalId>; 2],
    float: Option<LocalId>,
}

/// The code of a function.
pub(super) fn function(function: &Function, indices: &Indices, layout: &Layout) -> Code {
    let parameters = function.parameters as usize;
    let locals = function.locals[parameters..].iter().map(|&ty| held(ty)).collect();
    let code = Code { locals, bytes: Vec::new(), lines: Vec::new() };
    let mut emitter =
        Emitter { indices, layout, function, code, frame: None, integers: [None; 2], float: None };
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

/// A word at a constant byte offset from the address on the stack.
fn word_at(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 2, target: MemArgTarget::Memory(0), ordering: None }
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

    /// A local that holds an integer between two instructions that stand next to each other.
    fn scratch(&mut self, which: usize) -> LocalId {
        if let Some(local) = self.integers[which] {
            return local;
        }
        let local = self.new_integer();
        self.integers[which] = Some(local);
        local
    }

    fn scratch_float(&mut self) -> LocalId {
        if let Some(local) = self.float {
            return local;
        }
        let local = self.new_local(ValType::F32);
        self.float = Some(local);
        local
    }

    /// Takes the stack frame, sees that it fits, and sets it to zero.
    fn enter_frame(&mut self) {
        let bytes = self.function.frame * WORD;
        let Some(overflow) = self.function.overflow.filter(|_| bytes > 0) else { return };
        let line = self.function.blocks[0].statements.first().map_or(0, |(line, _)| *line);
        self.mark(line);
        let frame = self.new_integer();
        self.frame = Some(frame);
        let (stack_pointer, bottom) = (self.indices.stack_pointer, self.layout.bottom as i32);
        let mut sink = self.sink();
        sink.global_get(stack_pointer).i32_const(bytes as i32).i32_sub().local_tee(frame);
        // Signed: a frame larger than what lies below it wraps to a negative address.
        sink.i32_const(bottom).i32_lt_s().if_(wasm_encoder::BlockType::Empty);
        sink.i32_const(overflow as i32).local_get(frame).i32_const(bottom).i32_sub();
        self.fault();
        self.sink().end().local_get(frame).global_set(stack_pointer);
        if self.function.frame <= 4 {
            for word in 0..self.function.frame {
                self.sink().local_get(frame).i32_const(0).i32_store(word_at(word * WORD));
            }
        } else {
            self.sink().local_get(frame).i32_const(0).i32_const(bytes as i32).memory_fill(0);
        }
    }

    /// Gives the frame back and returns.
    pub fn return_(&mut self) {
        if let Some(frame) = self.frame {
            let (stack_pointer, bytes) = (self.indices.stack_pointer, self.function.frame * WORD);
            self.sink().local_get(frame).i32_const(bytes as i32).i32_add().global_set(stack_pointer);
        }
        if let Some(result) = self.function.result {
            self.sink().local_get(result);
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
            self.statement(statement);
        }
        self.mark(block.line);
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Set(local, value) => {
                self.value(value);
                self.sink().local_set(*local);
            }
            Statement::Store(address, value) => {
                let place = self.address(address);
                let ty = self.ty(value);
                self.value(value);
                self.store(ty, place);
            }
            Statement::Evaluate(value) => {
                self.value(value);
                if self.has_value(value) {
                    self.sink().drop();
                }
            }
            Statement::Copy { words, from, to } => {
                self.value(to);
                self.sink().i32_const(2).i32_shl();
                self.value(from);
                self.sink().i32_const(2).i32_shl();
                self.sink().i32_const((words * WORD) as i32).memory_copy(0, 0);
            }
        }
    }

    /// The type of a value, which the expression itself shows.
    fn ty(&self, value: &Expr) -> Type {
        let float = match value {
            Expr::Float(_) => true,
            Expr::Local(local) | Expr::Set(local, _) => {
                return self.function.locals.get(*local as usize).copied().unwrap_or(Type::Integer);
            }
            Expr::Load(ty, _) | Expr::Store(ty, ..) => return *ty,
            Expr::Unary(operation, _) => {
                matches!(
                    operation,
                    Unary::AbsFloat | Unary::NegateFloat | Unary::Floor | Unary::ToFloat | Unary::BitsFloat
                )
            }
            Expr::Chain(_, steps) => matches!(
                steps.last().map(|step| step.operation),
                Some(Operation::Binary(
                    Binary::FloatAdd | Binary::FloatSubtract | Binary::FloatMultiply | Binary::FloatDivide
                ))
            ),
            Expr::Call(callee, _) => return self.indices.result(*callee).unwrap_or(Type::Integer),
            _ => false,
        };
        if float { Type::Float } else { Type::Integer }
    }

    fn has_value(&self, value: &Expr) -> bool {
        match value {
            Expr::Call(callee, _) => self.indices.result(*callee).is_some(),
            Expr::Fault(_) => false,
            _ => true,
        }
    }

    fn store(&mut self, ty: Type, place: MemArg) {
        match ty {
            Type::Integer => self.sink().i32_store(place),
            Type::Long => self.sink().i64_store(place),
            Type::Float => self.sink().f32_store(place),
            Type::Double => self.sink().f64_store(place),
        };
    }

    /// Puts the variable part of an address on the stack; the rest is in what is returned.
    fn address(&mut self, address: &Address) -> MemArg {
        let base = match address.base {
            Base::Data(id) => self.layout.data[id],
            Base::Frame | Base::Pointer => 0,
        };
        let offset = base.wrapping_add_signed(address.offset.wrapping_mul(WORD as i32));
        if let Some(index) = &address.index {
            self.value(index);
            self.sink().i32_const(2).i32_shl();
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
        word_at(offset)
    }

    /// Puts a value on the stack.
    pub fn value(&mut self, value: &Expr) {
        match value {
            Expr::Integer(value) => {
                self.sink().i32_const(*value);
            }
            Expr::Float(bits) => {
                self.sink().f32_const(f32::from_bits(*bits).into());
            }
            Expr::Local(local) => {
                self.sink().local_get(*local);
            }
            Expr::Address(data, offset) => {
                let word = (self.layout.data[*data] / WORD) as i32;
                self.sink().i32_const(word.wrapping_add(*offset));
            }
            Expr::Frame(slot) => self.frame_pointer(*slot),
            Expr::Function(callee) => {
                let entry = self.indices.table_entry(*callee);
                self.sink().i32_const(entry as i32);
            }
            Expr::Load(ty, address) => {
                let place = self.address(address);
                match ty {
                    Type::Integer => self.sink().i32_load(place),
                    Type::Long => self.sink().i64_load(place),
                    Type::Float => self.sink().f32_load(place),
                    Type::Double => self.sink().f64_load(place),
                };
            }
            Expr::Store(ty, address, value) => self.store_value(*ty, address, value),
            Expr::Set(local, value) => {
                self.value(value);
                self.sink().local_tee(*local);
            }
            Expr::Unary(operation, value) => {
                self.value(value);
                self.unary_operation(*operation);
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
            Expr::CallPointer(pointer, arguments) => {
                arguments.iter().for_each(|argument| self.value(argument));
                self.value(pointer);
                let ty = self.indices.words_type(arguments.len() as u32);
                self.sink().call_indirect(0, ty);
            }
        }
    }

    fn frame_pointer(&mut self, slot: u32) {
        let frame = self.frame.unwrap_or(0);
        self.sink().local_get(frame).i32_const(2).i32_shr_u();
        if slot > 0 {
            self.sink().i32_const(slot as i32).i32_add();
        }
    }

    fn store_value(&mut self, ty: Type, address: &Address, value: &Expr) {
        let place = self.address(address);
        self.value(value);
        let local = match ty {
            Type::Integer => self.scratch(0),
            Type::Float => self.scratch_float(),
            ty => self.new_local(held(ty)),
        };
        self.sink().local_tee(local);
        self.store(ty, place);
        self.sink().local_get(local);
    }

    pub fn unary_operation(&mut self, operation: Unary) {
        let value = if operation == Unary::AbsInteger { self.scratch(0) } else { 0 };
        let mut sink = self.sink();
        match operation {
            Unary::Not => sink.i32_eqz(),
            Unary::AbsInteger => {
                // (x ^ sign) - sign, where sign is 0 or -1.
                sink.local_tee(value).local_get(value).i32_const(31).i32_shr_s().i32_xor();
                sink.local_get(value).i32_const(31).i32_shr_s().i32_sub()
            }
            Unary::AbsFloat => sink.f32_abs(),
            Unary::NegateFloat => sink.f32_neg(),
            Unary::Floor => sink.f32_floor(),
            Unary::ToFloat => sink.f32_convert_i32_s(),
            Unary::ToInteger => sink.i32_trunc_sat_f32_s(),
            Unary::FloatBits => sink.i32_reinterpret_f32(),
            Unary::BitsFloat => sink.f32_reinterpret_i32(),
        };
    }

    pub fn chain(&mut self, first: &Expr, steps: &[Step]) {
        self.value(first);
        for Step { operation, right } in steps {
            self.value(right);
            match *operation {
                Operation::Binary(operation) => self.binary(operation),
                Operation::Divide(site) => self.divide(false, right, site),
                Operation::Modulo(site) => self.divide(true, right, site),
            }
        }
    }

    /// An operation on the two values on the stack.
    pub fn binary(&mut self, operation: Binary) {
        let mut sink = self.sink();
        match operation {
            Binary::Add => sink.i32_add(),
            Binary::Subtract => sink.i32_sub(),
            Binary::Multiply => sink.i32_mul(),
            Binary::And => sink.i32_and(),
            Binary::Or => sink.i32_or(),
            Binary::Xor => sink.i32_xor(),
            Binary::ShiftLeft => sink.i32_shl(),
            Binary::ShiftRight => sink.i32_shr_s(),
            Binary::ShiftRightUnsigned => sink.i32_shr_u(),
            Binary::Equal => sink.i32_eq(),
            Binary::NotEqual => sink.i32_ne(),
            Binary::Less => sink.i32_lt_s(),
            Binary::LessEqual => sink.i32_le_s(),
            Binary::Greater => sink.i32_gt_s(),
            Binary::GreaterEqual => sink.i32_ge_s(),
            Binary::LessUnsigned => sink.i32_lt_u(),
            Binary::LessEqualUnsigned => sink.i32_le_u(),
            Binary::GreaterUnsigned => sink.i32_gt_u(),
            Binary::GreaterEqualUnsigned => sink.i32_ge_u(),
            Binary::FloatAdd => sink.f32_add(),
            Binary::FloatSubtract => sink.f32_sub(),
            Binary::FloatMultiply => sink.f32_mul(),
            Binary::FloatDivide => sink.f32_div(),
            Binary::FloatEqual => sink.f32_eq(),
            Binary::FloatNotEqual => sink.f32_ne(),
            Binary::FloatLess => sink.f32_lt(),
            Binary::FloatLessEqual => sink.f32_le(),
            Binary::FloatGreater => sink.f32_gt(),
            Binary::FloatGreaterEqual => sink.f32_ge(),
        };
    }

    /// Calls the host with the site and the value on the stack; it does not come back.
    fn fault(&mut self) {
        let fault = self.indices.fault;
        self.sink().call(fault).unreachable();
    }

    fn check(&mut self, value: &Expr, limit: Limit, site: Site) {
        self.value(value);
        let held = self.scratch(0);
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
        sink.i32_const(count.unwrap_or(0) as i32).i32_ge_u().if_(wasm_encoder::BlockType::Empty);
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
        let (dividend, divisor) = (self.scratch(0), self.scratch(1));
        let mut sink = self.sink();
        sink.local_set(divisor).local_set(dividend);
        sink.local_get(divisor).i32_eqz().if_(wasm_encoder::BlockType::Empty);
        sink.i32_const(site as i32).local_get(dividend);
        self.fault();
        let mut sink = self.sink();
        sink.end();
        if modulo {
            sink.local_get(dividend).local_get(divisor).i32_rem_s();
            return;
        }
        // The instruction traps where the language wraps: at the lowest int divided by -1.
        sink.local_get(divisor).i32_const(-1).i32_eq().if_(wasm_encoder::BlockType::Result(ValType::I32));
        sink.i32_const(0).local_get(dividend).i32_sub();
        sink.else_().local_get(dividend).local_get(divisor).i32_div_s().end();
    }
}
