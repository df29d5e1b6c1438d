//! Expressions to values.

use super::body::{Body, Place};
use super::simplify::joined;
use super::statements::fixed;
use super::unit;
use crate::c::parse::held;
use crate::c::tree::{Expr as Tree, ExprKind};
use crate::c::types::Type;
use crate::conez::{FORMAT_CELLS, HostFunction};
use crate::lower::fold::fold_unary;
use crate::lower::program::{Area, Binary, Expr, Operation, Statement, Type as Held, Unary};

impl<'u, 'a: 'u> Body<'u, 'a> {
    /// The value of an expression; of a struct or union, its address.
    pub fn value(&mut self, expr: &Tree) -> Expr {
        match &expr.kind {
            ExprKind::Integer(_) | ExprKind::Floating(_) => held(expr).unwrap_or(Expr::Integer(0)),
            ExprKind::Variable(_)
            | ExprKind::Object(_)
            | ExprKind::Member(..)
            | ExprKind::Dereference(_)
            | ExprKind::Text(_) => self.read(expr),
            ExprKind::Function(id) => {
                let callee = self.unit.callee(*id);
                self.unit.pointer_to(callee)
            }
            ExprKind::AddressOf(place) => match &place.kind {
                ExprKind::Function(_) => self.value(place),
                _ => {
                    let address = self.address(place);
                    self.address_value(address)
                }
            },
            ExprKind::Cast(inner) if expr.ty == Type::Void => {
                let value = self.value(inner);
                match inner.ty {
                    Type::Void => value,
                    _ => Expr::After(vec![Statement::Evaluate(value)], Box::new(Expr::Nothing)),
                }
            }
            ExprKind::Cast(inner) => {
                let value = self.value(inner);
                self.convert(value, &inner.ty, &expr.ty)
            }
            ExprKind::Not(inner) => {
                let value = self.value(inner);
                let ty = inner.ty.held();
                match ty {
                    Held::Integer | Held::Long => fold_unary(Unary::Not(ty), value),
                    _ => joined(ty, Binary::Equal, value, Body::zero(ty)),
                }
            }
            ExprKind::Native(operation, inner) => {
                let value = self.value(inner);
                fold_unary(*operation, value)
            }
            ExprKind::Binary(operation, left, right) => {
                let ty = left.ty.held();
                let left = self.value(left);
                let right = self.value(right);
                joined(ty, *operation, left, right)
            }
            ExprKind::And(left, right) => {
                let condition = Box::new(self.condition(left));
                let right = Box::new(self.truth(right));
                Expr::If(Some(Held::Integer), condition, right, Box::new(Expr::Integer(0)))
            }
            ExprKind::Or(left, right) => {
                let condition = Box::new(self.condition(left));
                let right = Box::new(self.truth(right));
                Expr::If(Some(Held::Integer), condition, Box::new(Expr::Integer(1)), right)
            }
            ExprKind::Conditional(condition, then, otherwise) => {
                let condition = Box::new(self.condition(condition));
                let (then, otherwise) = (Box::new(self.value(then)), Box::new(self.value(otherwise)));
                let ty = (expr.ty != Type::Void).then(|| expr.ty.held());
                Expr::If(ty, condition, then, otherwise)
            }
            ExprKind::Assign(place, value) => self.assign(place, value),
            ExprKind::Update { place, operation, value, in_type, after } => {
                self.update(place, *operation, value, in_type, *after)
            }
            ExprKind::Call(id, arguments) => {
                let callee = self.unit.callee(*id);
                let ty = self.unit.tree.functions[*id].ty.clone();
                let mut given: Vec<Expr> = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    given.push(self.value(argument));
                }
                if ty.parameters.len() != arguments.len() {
                    let name = &self.unit.tree.functions[*id].name;
                    let (takes, count) = (ty.parameters.len(), arguments.len());
                    let message = format!("`{name}` takes {takes} arguments, but {count} given");
                    self.unit.error(expr.span, message);
                    return Body::zero(expr.ty.held());
                }
                let pairs = arguments.iter().zip(&ty.parameters);
                for (argument, parameter) in pairs.filter(|(argument, wanted)| !passes(&argument.ty, wanted))
                {
                    let records = &self.unit.tree.records;
                    let (given, wanted) = (argument.ty.name(records), parameter.name(records));
                    let name = &self.unit.tree.functions[*id].name;
                    let message = format!(
                        "`{name}` takes {wanted}, but {given} is given: before this call `()` told no type"
                    );
                    self.unit.error(argument.span, message);
                }
                self.returned(Expr::Call(callee, given), expr)
            }
            ExprKind::CallPointer(pointer, arguments) => {
                let given: Vec<Expr> = arguments.iter().map(|argument| self.value(argument)).collect();
                let pointer_value = self.value(pointer);
                let mut signature = match pointer.ty.target().map(|target| &target.ty) {
                    Some(Type::Function(ty)) => ty.signature(),
                    _ => return Expr::Integer(0),
                };
                if signature.parameters.len() != arguments.len() {
                    signature.parameters = arguments.iter().map(|argument| argument.ty.held()).collect();
                }
                self.returned(Expr::CallPointer(Box::new(pointer_value), given, signature), expr)
            }
            ExprKind::CallHost(host, arguments) => {
                let callee = self.unit.native(*host);
                let given = arguments.iter().map(|argument| self.value(argument)).collect();
                Expr::Call(callee, given)
            }
            ExprKind::Format(host, given, more) => self.format(*host, given, more),
            ExprKind::Comma(left, right) => {
                let left = self.value_for_effect(left);
                let right = self.value(right);
                Expr::After(left, Box::new(right))
            }
        }
    }

    /// The statements that an expression comes to when its value is not wanted.
    fn value_for_effect(&mut self, expr: &Tree) -> Vec<Statement> {
        match self.value(expr) {
            Expr::After(statements, value) if matches!(*value, Expr::Nothing) => statements,
            value => vec![Statement::Evaluate(value)],
        }
    }

    fn read(&mut self, expr: &Tree) -> Expr {
        if let ExprKind::Variable(id) = expr.kind
            && let Place::Local(local) = self.variable(id)
        {
            return Expr::Local(local);
        }
        if let ExprKind::Object(id) = expr.kind
            && let unit::Place::Global(global) = self.unit.objects[id]
        {
            return Expr::Global(global);
        }
        let address = self.address(expr);
        match expr.ty.is_scalar() {
            true => Expr::Load(expr.ty.cell(), address),
            false => self.address_value(address),
        }
    }

    /// What a call gives; a struct is copied before another call writes over it.
    fn returned(&mut self, call: Expr, expr: &Tree) -> Expr {
        if !matches!(expr.ty, Type::Record(_)) {
            return call;
        }
        let address = self.new_temporary(&expr.ty, expr.span);
        let to = self.address_value(address);
        let (bytes, _) = self.unit.layout(&expr.ty);
        Expr::After(vec![Statement::Copy { bytes, from: call, to: to.clone() }], Box::new(to))
    }

    /// 1 or 0.
    pub fn truth(&mut self, expr: &Tree) -> Expr {
        let is_truth = match &expr.kind {
            ExprKind::Not(_) | ExprKind::And(..) | ExprKind::Or(..) => true,
            ExprKind::Binary(operation, ..) => operation.is_comparison(),
            _ => expr.ty == Type::Bool,
        };
        let value = self.value(expr);
        if is_truth { value } else { self.is_not_zero(value, expr.ty.held()) }
    }

    pub fn is_not_zero(&mut self, value: Expr, ty: Held) -> Expr {
        joined(ty, Binary::NotEqual, value, Body::zero(ty))
    }

    /// An integer that is zero when the value of the expression is.
    pub fn condition(&mut self, expr: &Tree) -> Expr {
        let value = self.value(expr);
        match expr.ty.held() {
            Held::Integer => without_comparison(value),
            ty => self.is_not_zero(value, ty),
        }
    }

    /// The arguments of `printf` go to their block first, all worked out before the first is stored.
    fn format(&mut self, host: HostFunction, given: &[Tree], more: &[Tree]) -> Expr {
        self.unit.uses(Area::FormatCells);
        let callee = self.unit.native(host);
        let mut statements = Vec::new();
        let calls = given.iter().chain(more).any(calls);
        let mut worked_out = |body: &mut Self, argument: &Tree| {
            let value = body.value(argument);
            if !calls {
                return value;
            }
            let local = body.new_local(argument.ty.held());
            statements.push(Statement::Set(local, value));
            Expr::Local(local)
        };
        let mut arguments: Vec<Expr> = given.iter().map(|argument| worked_out(self, argument)).collect();
        let more: Vec<(Held, Expr)> =
            more.iter().map(|argument| (argument.ty.held(), worked_out(self, argument))).collect();
        let mut next = FORMAT_CELLS;
        for (ty, value) in more {
            // Of cells of 4 bytes, two for what is larger.
            statements.push(Statement::Store(ty.into(), fixed(next), value));
            next += if matches!(ty, Held::Long | Held::Double) { 8 } else { 4 };
        }
        arguments.push(Expr::Integer(FORMAT_CELLS as i32));
        Expr::After(statements, Box::new(Expr::Call(callee, arguments)))
    }
}

/// Whether a value, given where the parameters were not known, is what the function takes.
fn passes(given: &Type, wanted: &Type) -> bool {
    let same_width = given.held() == wanted.held() && wanted.promoted() == *wanted;
    let records = matches!(given, Type::Record(_)) || matches!(wanted, Type::Record(_));
    given == wanted || same_width && !records
}

/// Whether a function is called, which may change any variable and use the block of arguments itself.
pub(super) fn calls(expr: &Tree) -> bool {
    expr.any(&|kind| matches!(kind, ExprKind::Call(..) | ExprKind::CallPointer(..) | ExprKind::Format(..)))
}

/// `x != 0` as a condition is x.
fn without_comparison(value: Expr) -> Expr {
    match value {
        Expr::Chain(first, mut steps)
            if matches!(
                steps.last(),
                Some(step) if matches!(step.operation, Operation::Binary(Held::Integer, Binary::NotEqual))
                    && matches!(step.right, Expr::Integer(0))
            ) =>
        {
            steps.pop();
            if steps.is_empty() { *first } else { Expr::Chain(first, steps) }
        }
        value => value,
    }
}
