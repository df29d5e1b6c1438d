//! One function: its variables, its blocks, and where its statements go.

use super::unit::Unit;
use crate::c::tree::{Body as TreeBody, FunctionId as TreeId, VariableId};
use crate::c::types::Type;
use crate::conez;
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{
    Address, Base, Block, BlockId, DataId, End, Expr, Function, FunctionId, LocalId, Statement, Type as Held,
};

/// Where a variable of the function is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Local(LocalId),
    Data(DataId),
    /// Bytes of the stack frame.
    Frame(u32),
}

/// The state of lowering one function.
pub(super) struct Body<'u, 'a> {
    pub unit: &'u mut Unit<'a>,
    pub function: Function,
    /// The function of the tree; `None` outside of any.
    pub from: Option<TreeId>,
    pub tree: Option<&'u TreeBody>,
    pub places: Vec<Option<Place>>,
    pub labels: Vec<Option<BlockId>>,
    pub breaks: Vec<BlockId>,
    pub continues: Vec<BlockId>,
    pub current: BlockId,
    pub line: u32,
}

impl<'u, 'a: 'u> Body<'u, 'a> {
    /// Lowers a function.
    pub fn lower(unit: &'u mut Unit<'a>, from: TreeId, to: FunctionId, tree: &'a TreeBody) {
        let declared = &unit.tree.functions[from];
        let (ty, span, end) = (declared.ty.clone(), declared.span, tree.end);
        let mut body = Body::outside(unit);
        body.function = std::mem::replace(&mut body.unit.program.functions[to], empty());
        body.from = Some(from);
        body.tree = Some(tree);
        body.places = vec![None; tree.variables.len()];
        body.labels = vec![None; tree.labels];
        body.current = body.new_block();
        body.line = body.unit.line(span);
        for (at, parameter) in ty.parameters.iter().enumerate() {
            body.parameter(at, parameter);
        }
        if ty.result != Type::Void {
            body.function.result = Some(body.new_local(ty.result.held()));
        }
        body.unit.program.functions[to].result = body.function.result;
        body.unit.program.functions[to].locals.clone_from(&body.function.locals);
        for statement in &tree.statements {
            body.statement(statement);
        }
        body.line = body.unit.line(end);
        body.end(End::Return);
        if body.function.frame > 0 {
            body.function.frame = body.function.frame.next_multiple_of(8);
            let declared = &body.unit.tree.functions[from];
            if body.function.frame > conez::STACK_TOP - conez::STACK_BOTTOM {
                body.too_large(declared.span);
            }
            body.function.overflow = Some(body.unit.stack_fault(declared));
        }
        let function = body.function;
        unit.program.functions[to] = function;
    }

    fn too_large(&mut self, span: Span) {
        let (name, bytes) = (&self.function.name, self.function.frame);
        let most = conez::STACK_TOP - conez::STACK_BOTTOM;
        let message =
            format!("`{name}` calls itself and needs {bytes} bytes of stack each time, which has {most}");
        let diagnostic = Diagnostic::error(span, message);
        self.unit.diagnostics.push(diagnostic.hint("make its arrays static or global"));
    }

    /// For expressions that stand in no function.
    pub fn outside(unit: &'u mut Unit<'a>) -> Body<'u, 'a> {
        Body {
            unit,
            function: empty(),
            from: None,
            tree: None,
            places: Vec::new(),
            labels: Vec::new(),
            breaks: Vec::new(),
            continues: Vec::new(),
            current: 0,
            line: 0,
        }
    }

    /// What a variable of that type holds that was set to nothing else.
    pub fn zero(ty: Held) -> Expr {
        match ty {
            Held::Integer => Expr::Integer(0),
            Held::Long => Expr::Long(0),
            Held::Float => Expr::Float(0),
            Held::Double => Expr::Double(0),
        }
    }

    fn parameter(&mut self, at: usize, ty: &Type) {
        let Some(variable) = self.tree.and_then(|tree| tree.variables.get(at)) else { return };
        let local = at as LocalId;
        if ty.is_scalar() && !variable.addressed {
            self.places[at] = Some(Place::Local(local));
            return;
        }
        let address = self.variable_address(at);
        if ty.is_scalar() {
            self.push(Statement::Store(ty.cell(), address, Expr::Local(local)));
        } else {
            let (bytes, _) = self.unit.layout(ty);
            let to = self.address_value(address);
            self.push(Statement::Copy { bytes, from: Expr::Local(local), to });
        }
    }

    /// Where a variable is; it gets a place when it is first asked for.
    pub fn variable(&mut self, id: VariableId) -> Place {
        if let Some(place) = self.places.get(id).copied().flatten() {
            return place;
        }
        let Some(variable) = self.tree.and_then(|tree| tree.variables.get(id)) else {
            return Place::Local(0);
        };
        let place = if variable.ty.is_scalar() && !variable.addressed {
            Place::Local(self.new_local(variable.ty.held()))
        } else {
            self.memory(&variable.name, &variable.ty, variable.span)
        };
        self.places[id] = Some(place);
        place
    }

    /// Memory for a variable of this function: its own piece of data, or a part of the stack frame where the function may
    /// run more than once at a time.
    fn memory(&mut self, name: &str, ty: &Type, span: Span) -> Place {
        let recursive = self.from.is_some_and(|from| self.unit.recursive[from]);
        if recursive {
            let (bytes, align) = self.unit.layout(ty);
            let offset = self.function.frame.next_multiple_of(align);
            self.function.frame = offset.saturating_add(bytes);
            return Place::Frame(offset);
        }
        let name = format!("{}.{name}", self.function.name);
        Place::Data(self.unit.data(name, ty, span, false))
    }

    /// Memory for what a called function returns.
    pub fn new_temporary(&mut self, ty: &Type, span: Span) -> Address {
        let place = self.memory("result", ty, span);
        address_of(place)
    }

    /// The address of a variable that is in memory.
    pub fn variable_address(&mut self, id: VariableId) -> Address {
        let place = self.variable(id);
        address_of(place)
    }

    pub fn new_local(&mut self, ty: Held) -> LocalId {
        self.function.locals.push(ty);
        self.function.locals.len() as LocalId - 1
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

    pub fn push(&mut self, statement: Statement) {
        let line = self.line;
        self.function.blocks[self.current].statements.push((line, statement));
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
}

fn address_of(place: Place) -> Address {
    match place {
        Place::Data(id) => Address { base: Base::Data(id), offset: 0, index: None },
        Place::Frame(offset) => Address { base: Base::Frame, offset: offset as i32, index: None },
        Place::Local(_) => Address { base: Base::Pointer, offset: 0, index: None },
    }
}

fn empty() -> Function {
    Function {
        name: String::new(),
        exported: false,
        parameters: 0,
        result: None,
        locals: Vec::new(),
        frame: 0,
        overflow: None,
        blocks: Vec::new(),
    }
}
