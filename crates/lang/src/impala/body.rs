//! The body of one function while it is lowered: its blocks, its locals and what is in scope.

use std::collections::{HashMap, HashSet};

use sostenuto_board::patch::Cause;

use super::ast::{self, ExprKind, Shape, Statement, StatementKind};
use super::unit::{MOST_WORDS, Unit};
use super::value::{Type, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program as ir;
use crate::lower::program::{
    Address, Base, Block, BlockId, End, Expr, Function, FunctionId, LocalId, Type as Held,
};

/// A name inside a function.
#[derive(Debug, Clone)]
pub(super) enum Local {
    /// A value in a register. `array` is the declared size when it is a parameter `array name[size]`.
    Register {
        id: LocalId,
        ty: Type,
        array: Option<Option<u32>>,
    },
    /// A value in the stack frame, because its address is taken or that of one before it in its list.
    Framed {
        slot: u32,
        ty: Type,
        /// The list of declarations that it belongs to.
        list: usize,
    },
    /// An array in the stack frame.
    Array {
        slot: u32,
        words: u32,
    },
    Const(Value),
}

/// More parameters than engines accept of a function are no program that a person wrote.
const MOST_PARAMETERS: usize = 1000;

struct Label {
    block: BlockId,
    defined: Option<Span>,
    used: Span,
}

pub(super) struct Body<'u, 'a> {
    pub unit: &'u mut Unit<'a>,
    pub name: String,
    pub function: Function,
    pub result: Option<(Local, Type)>,
    pub exit: BlockId,
    current: BlockId,
    line: u32,
    scopes: Vec<HashMap<String, (Local, Span)>>,
    labels: HashMap<String, Label>,
    /// Names whose address is taken anywhere in the function.
    addressed: HashSet<String>,
    /// Where in the frame each list of declarations ends.
    lists: Vec<u32>,
}

impl<'u, 'a> Body<'u, 'a> {
    /// A function whose body is not lowered yet.
    pub fn empty(name: String) -> Function {
        Function {
            name,
            exported: true,
            parameters: 0,
            result: None,
            locals: Vec::new(),
            frame: 0,
            overflow: None,
            blocks: Vec::new(),
        }
    }

    /// The start of a function, or of an expression outside of any.
    pub fn new(unit: &'u mut Unit<'a>, name: &str) -> Body<'u, 'a> {
        let mut body = Body {
            unit,
            name: name.to_owned(),
            function: Body::empty(name.to_owned()),
            result: None,
            exit: 0,
            current: 0,
            line: 0,
            scopes: vec![HashMap::new()],
            labels: HashMap::new(),
            addressed: HashSet::new(),
            lists: Vec::new(),
        };
        body.current = body.new_block();
        body
    }

    /// The value of an expression outside of any function.
    pub fn constant(unit: &mut Unit, expr: &ast::Expr) -> Value {
        Body::new(unit, "").value(expr)
    }

    /// A constant as a value of that type.
    pub fn coerce_constant(unit: &mut Unit, value: Value, ty: Type) -> Expr {
        Body::new(unit, "").coerce(value, ty)
    }

    /// Lowers a function into its place in the program.
    pub fn lower(unit: &mut Unit, id: FunctionId, function: &ast::Function) {
        let mut body = Body::new(unit, &function.name.text);
        addressed_in(&function.body, &mut body.addressed);
        body.exit = body.new_block();
        body.line = body.unit.line(function.name.span);
        body.declare_signature(function);
        body.scopes.push(HashMap::new());
        body.statements(&function.body);
        body.jump(body.exit);
        body.finish(function);
        let function = body.function;
        unit.program.functions[id] = function;
    }

    fn declare_signature(&mut self, function: &ast::Function) {
        let framed = self.first_framed(&function.parameters);
        for (at, parameter) in function.parameters.iter().enumerate() {
            let (ty, array) = self.local_type(parameter);
            let id = self.new_local(ty.held());
            self.function.parameters += 1;
            if at >= framed && array.is_none() {
                let slot = self.new_frame(1);
                self.declare(&parameter.name, Local::Framed { slot, ty, list: self.lists.len() });
                self.push(ir::Statement::Store(ty.held().into(), frame_address(slot), Expr::Local(id)));
            } else {
                self.declare(&parameter.name, Local::Register { id, ty, array });
            }
        }
        self.lists.push(self.function.frame);
        if let Some(result) = &function.result {
            let (ty, array) = self.local_type(result);
            let framed = self.addressed.contains(&result.name.text);
            let local = self.new_variable(ty, array, framed);
            self.declare(&result.name, local.clone());
            let id = match local {
                Local::Register { id, .. } => id,
                _ => self.new_local(ty.held()),
            };
            self.function.result = Some(id);
            self.result = Some((local, ty));
        }
        self.lists.push(self.function.frame);
        self.declare_list(&function.locals);
    }

    /// The first of a list of locals whose address is taken. It and all after it lie next to each other in the
    /// frame, in their order, because released programs copy a run of locals from or to the address of its first.
    fn first_framed(&self, locals: &[ast::Local]) -> usize {
        let addressed = |local: &ast::Local| {
            matches!(local.shape, Shape::Scalar(_)) && self.addressed.contains(&local.name.text)
        };
        locals.iter().position(addressed).unwrap_or(locals.len())
    }

    /// Declares the locals of the `locals` clause or of one declaration in a body.
    pub fn declare_list(&mut self, locals: &[ast::Local]) {
        let framed = self.first_framed(locals);
        for (at, local) in locals.iter().enumerate() {
            self.declare_local(local, at >= framed);
        }
        self.lists.push(self.function.frame);
    }

    fn local_type(&mut self, local: &ast::Local) -> (Type, Option<Option<u32>>) {
        match &local.shape {
            Shape::Scalar(ty) => (Type::from(*ty), None),
            Shape::Array(None) => (Type::Pointer, Some(None)),
            Shape::Array(Some(size)) => (Type::Pointer, Some(Some(self.array_size(size, &local.name.text)))),
        }
    }

    /// Declares a local, with its first value.
    fn declare_local(&mut self, local: &ast::Local, framed: bool) {
        match &local.shape {
            Shape::Array(None) => {
                let message = format!("the array `{}` needs a size", local.name.text);
                self.unit.diagnostics.push(Diagnostic::error(local.name.span, message));
            }
            Shape::Array(Some(size)) => {
                let words = self.array_size(size, &local.name.text);
                let slot = self.new_frame(words);
                self.declare(&local.name, Local::Array { slot, words });
            }
            Shape::Scalar(ty) => {
                let ty = Type::from(*ty);
                // The value is worked out before the name exists: `int x = x;` reads the outer one.
                let value = local.value.as_ref().map(|value| self.value(value));
                let variable = self.new_variable(ty, None, framed);
                let value = match value {
                    Some(value) => self.coerce(value, ty),
                    None if ty == Type::Float => Expr::Float(0),
                    None => Expr::Integer(0),
                };
                let in_body = self.scopes.len() > 1;
                match variable {
                    Local::Register { id, .. } if in_body => self.push(ir::Statement::Set(id, value)),
                    Local::Framed { slot, .. } if in_body => {
                        self.push(ir::Statement::Store(ty.held().into(), frame_address(slot), value))
                    }
                    _ => {}
                }
                if !in_body && let Some(value) = &local.value {
                    let message = "a local of the `locals` clause has no first value";
                    let diagnostic = Diagnostic::error(value.span, message).hint("assign it in the body");
                    self.unit.diagnostics.push(diagnostic);
                }
                self.declare(&local.name, variable);
            }
        }
    }

    fn new_variable(&mut self, ty: Type, array: Option<Option<u32>>, framed: bool) -> Local {
        if framed && array.is_none() {
            Local::Framed { slot: self.new_frame(1), ty, list: self.lists.len() }
        } else {
            Local::Register { id: self.new_local(ty.held()), ty, array }
        }
    }

    /// The words from a slot to the end of its list.
    pub fn run_from(&self, slot: u32, list: usize) -> u32 {
        self.lists.get(list).map_or(1, |end| end.saturating_sub(slot))
    }

    pub fn declare(&mut self, name: &ast::Ident, local: Local) {
        let scope = self.scopes.len() - 1;
        if let Some((_, first)) = self.scopes[scope].insert(name.text.clone(), (local, name.span)) {
            let message = format!("duplicate name: `{}` is declared twice", name.text);
            let diagnostic = Diagnostic::error(name.span, message).related(first, "declared here first");
            self.unit.diagnostics.push(diagnostic);
        }
    }

    pub fn in_scope(&mut self, lower: impl FnOnce(&mut Self)) {
        self.scopes.push(HashMap::new());
        lower(self);
        self.scopes.pop();
    }

    pub fn find_local(&self, name: &str) -> Option<&Local> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).map(|(local, _)| local)
    }

    pub fn unknown(&mut self, name: &str, span: Span, called: bool) {
        let locals: Vec<&str> =
            self.scopes.iter().flat_map(|scope| scope.keys().map(String::as_str)).collect();
        self.unit.unknown(name, span, called, &self.name, &locals);
    }

    pub fn error(&mut self, diagnostic: Diagnostic) {
        self.unit.diagnostics.push(diagnostic);
    }

    pub fn fault(&mut self, span: Span, cause: Cause) -> ir::Site {
        self.unit.fault(span, &self.name, cause)
    }

    pub fn new_local(&mut self, ty: Held) -> LocalId {
        self.function.locals.push(ty);
        self.function.locals.len() as LocalId - 1
    }

    fn new_frame(&mut self, words: u32) -> u32 {
        let slot = self.function.frame;
        self.function.frame = slot.saturating_add(words);
        slot
    }

    pub fn new_block(&mut self) -> BlockId {
        self.function.blocks.push(Block { statements: Vec::new(), end: End::Return, line: 0 });
        self.function.blocks.len() - 1
    }

    /// Where statements go from here on.
    pub fn enter(&mut self, block: BlockId) {
        self.current = block;
    }

    pub fn at_line(&mut self, span: Span) {
        self.line = self.unit.line(span);
    }

    pub fn push(&mut self, statement: ir::Statement) {
        let line = self.line;
        self.function.blocks[self.current].statements.push((line, statement));
    }

    /// Evaluates for the effects.
    pub fn push_effect(&mut self, expr: Expr) {
        match expr {
            Expr::Set(local, value) => self.push(ir::Statement::Set(local, *value)),
            Expr::Store(cell, address, value) => self.push(ir::Statement::Store(cell, address, *value)),
            Expr::Integer(_) | Expr::Float(_) | Expr::Local(_) | Expr::Address(..) => {}
            expr => self.push(ir::Statement::Evaluate(expr)),
        }
    }

    /// Ends the current block; what follows, unless another block is entered, is never reached.
    pub fn end(&mut self, end: End) {
        let (current, line) = (self.current, self.line);
        let block = &mut self.function.blocks[current];
        block.end = end;
        block.line = line;
        self.current = self.new_block();
    }

    pub fn jump(&mut self, target: BlockId) {
        self.end(End::Jump(target));
    }

    pub fn branch(&mut self, condition: Expr, then: BlockId, otherwise: BlockId) {
        self.end(match condition {
            Expr::Integer(0) => End::Jump(otherwise),
            Expr::Integer(_) => End::Jump(then),
            condition => End::Branch(condition, then, otherwise),
        });
    }

    /// The block of a label, which may not have been met yet.
    pub fn label_used(&mut self, label: &ast::Ident) -> BlockId {
        if let Some(known) = self.labels.get(&label.text) {
            return known.block;
        }
        let block = self.new_block();
        self.labels.insert(label.text.clone(), Label { block, defined: None, used: label.span });
        block
    }

    pub fn label_defined(&mut self, label: &ast::Ident) -> BlockId {
        let block = self.label_used(label);
        if let Some(known) = self.labels.get_mut(&label.text)
            && let Some(first) = known.defined.replace(label.span)
        {
            let message = format!("duplicate label `{}`", label.text);
            self.error(Diagnostic::error(label.span, message).related(first, "defined here first"));
            return self.new_block();
        }
        block
    }

    fn finish(&mut self, function: &ast::Function) {
        if function.parameters.len() > MOST_PARAMETERS {
            let (name, count) = (&function.name.text, function.parameters.len());
            let message =
                format!("`{name}` has {count} parameters: a function takes at most {MOST_PARAMETERS}");
            self.error(Diagnostic::error(function.name.span, message));
        }
        if self.function.frame > MOST_WORDS {
            let message = format!("the locals of `{}` need more than {MOST_WORDS} words", function.name.text);
            self.error(Diagnostic::error(function.name.span, message));
        }
        let undefined = self.labels.iter().filter(|(_, label)| label.defined.is_none());
        let mut undefined: Vec<(Span, String)> =
            undefined.map(|(name, label)| (label.used, name.clone())).collect();
        undefined.sort_by_key(|(span, _)| span.start);
        for (span, name) in undefined {
            let message = format!("unknown label `{name}`: no statement of `{}` has it", self.name);
            self.error(Diagnostic::error(span, message));
        }
        self.enter(self.exit);
        self.at_line(function.end);
        if let (Some((Local::Framed { slot, ty, .. }, _)), Some(id)) =
            (self.result.clone(), self.function.result)
        {
            self.push(ir::Statement::Set(id, Expr::Load(ty.held().into(), frame_address(slot))));
        }
        let line = self.line;
        self.function.blocks[self.exit].line = line;
        if self.function.frame > 0 {
            self.function.overflow = Some(self.fault(function.name.span, Cause::Stack));
        }
        // Slots are words.
        self.function.frame = self.function.frame.saturating_mul(ir::WORD);
    }
}

/// The word of the stack frame at a slot.
pub(super) fn frame_address(slot: u32) -> Address {
    Address { base: Base::Frame, offset: slot as i32, index: None }
}

/// Collects the names that `&` is applied to.
fn addressed_in(statements: &[Statement], names: &mut HashSet<String>) {
    for statement in statements {
        addressed_in_statement(statement, names);
    }
}

fn addressed_in_statement(statement: &Statement, names: &mut HashSet<String>) {
    match &statement.kind {
        StatementKind::Block(statements) => addressed_in(statements, names),
        StatementKind::Declare(locals) => {
            for value in locals.iter().filter_map(|local| local.value.as_ref()) {
                addressed_in_expr(value, names);
            }
        }
        StatementKind::Assert { condition, .. } => addressed_in_cond(condition, names),
        StatementKind::Copy { words: _, from, to } => {
            addressed_in_expr(from, names);
            addressed_in_expr(to, names);
        }
        StatementKind::DoWhile { body, condition } | StatementKind::While { condition, body } => {
            addressed_in_statement(body, names);
            addressed_in_cond(condition, names);
        }
        StatementKind::Loop(body) => addressed_in_statement(body, names),
        StatementKind::For { variable: _, start, end, body } => {
            for expr in start.iter().chain([end]) {
                addressed_in_expr(expr, names);
            }
            addressed_in_statement(body, names);
        }
        StatementKind::If { branches, otherwise } => {
            for branch in branches {
                addressed_in_cond(&branch.condition, names);
                addressed_in_statement(&branch.then, names);
            }
            if let Some(otherwise) = otherwise {
                addressed_in_statement(otherwise, names);
            }
        }
        StatementKind::Switch { value, low: _, high: _, arms, default } => {
            addressed_in_expr(value, names);
            for body in arms.iter().map(|arm| &arm.body).chain(default.as_deref()) {
                addressed_in_statement(body, names);
            }
        }
        StatementKind::Return(value) => {
            if let Some(value) = value {
                addressed_in_expr(value, names);
            }
        }
        StatementKind::Evaluate(value) => addressed_in_expr(value, names),
        StatementKind::Label(_) | StatementKind::Const(_) | StatementKind::Goto(_) | StatementKind::Empty => {
        }
    }
}

fn addressed_in_cond(condition: &ast::Cond, names: &mut HashSet<String>) {
    match condition {
        ast::Cond::Compare { left, right, .. } => {
            addressed_in_expr(left, names);
            addressed_in_expr(right, names);
        }
        ast::Cond::Not(inner) => addressed_in_cond(inner, names),
        ast::Cond::And(parts) | ast::Cond::Or(parts) => {
            parts.iter().for_each(|part| addressed_in_cond(part, names));
        }
        ast::Cond::Broken => {}
    }
}

fn addressed_in_expr(expr: &ast::Expr, names: &mut HashSet<String>) {
    match &expr.kind {
        ExprKind::Unary(ast::Unary::AddressOf, inner) => match &inner.kind {
            ExprKind::Name { name, global: false } => {
                names.insert(name.clone());
            }
            _ => addressed_in_expr(inner, names),
        },
        ExprKind::Unary(_, inner) | ExprKind::Cast(_, inner) => addressed_in_expr(inner, names),
        ExprKind::Index(left, right) | ExprKind::Assign(left, right) | ExprKind::Update(_, left, right) => {
            addressed_in_expr(left, names);
            addressed_in_expr(right, names);
        }
        ExprKind::Chain(first, steps) => {
            addressed_in_expr(first, names);
            steps.iter().for_each(|(_, right)| addressed_in_expr(right, names));
        }
        ExprKind::Call(callee, arguments) => {
            for part in [&**callee].into_iter().chain(arguments) {
                addressed_in_expr(part, names);
            }
        }
        ExprKind::Integer(_)
        | ExprKind::Float(_)
        | ExprKind::Text(_)
        | ExprKind::Null
        | ExprKind::NullFunction
        | ExprKind::Name { .. }
        | ExprKind::Broken => {}
    }
}
