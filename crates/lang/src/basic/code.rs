//! A function that is being written, block by block.

use crate::lower::program::{Block, BlockId, Callee, End, Expr, Function, LocalId, Statement, Type};

/// The block being written and all before it.
pub(super) struct Code {
    pub function: Function,
    current: BlockId,
    /// The source line of what is written.
    pub line: u32,
    /// Locals for the parts of a statement, by type; how many of them the present statement has taken.
    temporaries: [(Vec<LocalId>, usize); 4],
}

impl Code {
    pub fn new(name: &str, parameters: &[Type], result: Option<Type>) -> Code {
        let mut locals = parameters.to_vec();
        let result = result.map(|ty| {
            locals.push(ty);
            locals.len() as LocalId - 1
        });
        let function = Function {
            name: name.to_owned(),
            exported: false,
            parameters: parameters.len() as u32,
            result,
            locals,
            frame: 0,
            overflow: None,
            blocks: Vec::new(),
        };
        let mut code = Code { function, current: 0, line: 0, temporaries: Default::default() };
        code.block();
        code
    }

    /// A local of its own.
    pub fn local(&mut self, ty: Type) -> LocalId {
        self.function.locals.push(ty);
        self.function.locals.len() as LocalId - 1
    }

    /// A local until the end of the statement.
    pub fn temporary(&mut self, ty: Type) -> LocalId {
        let (locals, taken) = &mut self.temporaries[ty as usize];
        *taken += 1;
        if let Some(local) = locals.get(*taken - 1) {
            return *local;
        }
        self.function.locals.push(ty);
        let local = self.function.locals.len() as LocalId - 1;
        self.temporaries[ty as usize].0.push(local);
        local
    }

    /// Gives back the locals of the statement before.
    pub fn new_statement(&mut self, line: u32) {
        self.line = line;
        for (_, taken) in &mut self.temporaries {
            *taken = 0;
        }
    }

    /// A block to be written later.
    pub fn block(&mut self) -> BlockId {
        self.function.blocks.push(Block { statements: Vec::new(), end: End::Return, line: self.line });
        self.function.blocks.len() - 1
    }

    /// Goes on in that block.
    pub fn begin(&mut self, block: BlockId) {
        self.current = block;
    }

    pub fn emit(&mut self, statement: Statement) {
        let line = self.line;
        self.function.blocks[self.current].statements.push((line, statement));
    }

    pub fn set(&mut self, local: LocalId, value: Expr) {
        self.emit(Statement::Set(local, value));
    }

    pub fn evaluate(&mut self, value: Expr) {
        self.emit(Statement::Evaluate(value));
    }

    pub fn call(&mut self, callee: Callee, arguments: Vec<Expr>) {
        self.evaluate(Expr::Call(callee, arguments));
    }

    pub fn end(&mut self, end: End) {
        let block = &mut self.function.blocks[self.current];
        block.end = end;
        block.line = self.line;
    }

    /// Ends the block by going to that one, and goes on in a third.
    pub fn jump(&mut self, target: BlockId, next: BlockId) {
        self.end(End::Jump(target));
        self.begin(next);
    }

    /// Ends the block by going to one of two, and goes on in the first.
    pub fn branch(&mut self, condition: Expr, then: BlockId, otherwise: BlockId) {
        self.end(End::Branch(condition, then, otherwise));
        self.begin(then);
    }

    /// Goes on where nothing comes from.
    pub fn begin_unreached(&mut self) {
        let block = self.block();
        self.begin(block);
    }

    /// Counts a local from zero to below a limit around what `body` writes.
    pub fn count(&mut self, local: LocalId, limit: Expr, body: impl FnOnce(&mut Code)) {
        use crate::lower::program::Binary;
        let (test, inside, after) = (self.block(), self.block(), self.block());
        self.set(local, Expr::Integer(0));
        self.jump(test, test);
        let goes_on = super::types::integer(Binary::Less, Expr::Local(local), limit);
        self.branch(goes_on, inside, after);
        body(self);
        self.set(local, super::types::integer(Binary::Add, Expr::Local(local), Expr::Integer(1)));
        self.jump(test, after);
    }
}
