//! Walking over the expressions of a function.

use super::program::{Address, End, Expr, Function, Statement};

impl Function {
    /// Shows every address that a statement stores to and every expression, each before its parts.
    pub(super) fn visit<'a>(&'a self, visitor: &mut (impl FnMut(Visit<'a>) + ?Sized)) {
        for block in &self.blocks {
            for (_, statement) in &block.statements {
                statement.visit(visitor);
            }
            match &block.end {
                End::Branch(value, ..) | End::Switch { value, .. } => value.visit(visitor),
                End::Jump(_) | End::Return => {}
            }
        }
    }
}

/// What a visitor is shown.
pub(super) enum Visit<'a> {
    Expr(&'a Expr),
    Store(&'a Address),
}

impl Statement {
    pub(super) fn visit<'a>(&'a self, visitor: &mut (impl FnMut(Visit<'a>) + ?Sized)) {
        match self {
            Statement::Set(_, value) | Statement::SetGlobal(_, value) | Statement::Evaluate(value) => {
                value.visit(visitor);
            }
            Statement::Store(_, address, value) => {
                visitor(Visit::Store(address));
                address.visit(visitor);
                value.visit(visitor);
            }
            Statement::Clear { to, .. } => to.visit(visitor),
            Statement::Copy { from, to, .. } => {
                // Being copied from says nothing of what may be written.
                if !matches!(from, Expr::Address(..)) {
                    from.visit(visitor);
                }
                to.visit(visitor);
            }
        }
    }
}

impl Address {
    fn visit<'a>(&'a self, visitor: &mut (impl FnMut(Visit<'a>) + ?Sized)) {
        if let Some(index) = &self.index {
            index.visit(visitor);
        }
    }
}

impl Expr {
    pub(super) fn visit<'a>(&'a self, visitor: &mut (impl FnMut(Visit<'a>) + ?Sized)) {
        visitor(Visit::Expr(self));
        match self {
            Expr::Integer(_)
            | Expr::Long(_)
            | Expr::Float(_)
            | Expr::Double(_)
            | Expr::Local(_)
            | Expr::Global(_)
            | Expr::Nothing
            | Expr::Address(..)
            | Expr::Frame(_)
            | Expr::Function(_)
            | Expr::Fault(_) => {}
            Expr::Load(_, address) => address.visit(visitor),
            Expr::Store(_, address, value) => {
                visitor(Visit::Store(address));
                address.visit(visitor);
                value.visit(visitor);
            }
            Expr::Set(_, value) | Expr::Unary(_, value) | Expr::Check(value, ..) => value.visit(visitor),
            Expr::Chain(first, steps) => {
                first.visit(visitor);
                steps.iter().for_each(|step| step.right.visit(visitor));
            }
            Expr::Call(_, arguments) => arguments.iter().for_each(|argument| argument.visit(visitor)),
            Expr::After(statements, value) => {
                statements.iter().for_each(|statement| statement.visit(visitor));
                value.visit(visitor);
            }
            Expr::If(_, condition, then, otherwise) => {
                condition.visit(visitor);
                then.visit(visitor);
                otherwise.visit(visitor);
            }
            Expr::CallPointer(pointer, arguments, _) => {
                arguments.iter().for_each(|argument| argument.visit(visitor));
                pointer.visit(visitor);
            }
        }
    }
}
