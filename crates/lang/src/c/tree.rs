//! A program whose names are resolved and whose types are checked.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::types::{Record, Type};
use crate::conez::HostFunction;
use crate::diagnostic::Span;
use crate::lower::program::{Binary, Unary as Native};

pub(super) type ObjectId = usize;
pub(super) type FunctionId = usize;
pub(super) type VariableId = usize;
pub(super) type TextId = usize;
pub(super) type LabelId = usize;

#[derive(Debug, Default)]
pub(super) struct Program {
    pub records: Vec<Record>,
    pub objects: Vec<Object>,
    pub functions: Vec<Function>,
    /// Strings, each with the zero at its end.
    pub texts: Vec<Rc<[u8]>>,
}

/// A variable that lives as long as the program.
#[derive(Debug)]
pub(super) struct Object {
    pub name: String,
    pub ty: Type,
    pub constant: bool,
    pub initial: Option<Vec<Part>>,
    pub span: Span,
    /// A pointer to it may exist.
    pub addressed: bool,
    /// It is defined here, not only declared.
    pub defined: bool,
}

#[derive(Debug)]
pub(super) struct Function {
    pub name: Rc<str>,
    pub ty: FunctionSignature,
    /// Not seen by the host.
    pub is_static: bool,
    pub span: Span,
    pub body: Option<Body>,
    /// Used by name or by pointer.
    pub used: Span,
    pub is_used: bool,
    pub calls: BTreeSet<FunctionId>,
    pub calls_pointer: bool,
    /// A pointer to it exists.
    pub addressed: bool,
}

pub(super) type FunctionSignature = Rc<super::types::FunctionType>;

#[derive(Debug, Default)]
pub(super) struct Body {
    /// The first ones are the parameters.
    pub variables: Vec<Variable>,
    pub statements: Vec<Statement>,
    pub labels: usize,
    pub end: Span,
}

/// A variable of a function.
#[derive(Debug)]
pub(super) struct Variable {
    pub name: Rc<str>,
    pub ty: Type,
    pub addressed: bool,
    pub constant: bool,
    /// The number that a constant one always is.
    pub known: Option<Expr>,
    pub span: Span,
}

/// A first value, or a part of one, at a byte offset.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub offset: u32,
    pub value: Initial,
}

#[derive(Debug, Clone)]
pub(super) enum Initial {
    Value(Expr),
    Bytes(Rc<[u8]>),
}

#[derive(Debug)]
pub(super) struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Debug)]
pub(super) enum StatementKind {
    Evaluate(Expr),
    /// Gives a variable its first value; what no part says is zero.
    Initialise(VariableId, Vec<Part>),
    If(Expr, Box<Statement>, Option<Box<Statement>>),
    While(Expr, Box<Statement>),
    DoWhile(Box<Statement>, Expr),
    For {
        start: Vec<Statement>,
        condition: Option<Expr>,
        step: Option<Expr>,
        body: Box<Statement>,
    },
    Switch {
        value: Expr,
        cases: Vec<(i64, LabelId)>,
        default: Option<LabelId>,
        body: Box<Statement>,
    },
    Label(LabelId),
    Goto(LabelId),
    Break,
    Continue,
    Return(Option<Expr>),
    Block(Vec<Statement>),
}

#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    pub span: Span,
    /// How deep it nests.
    pub depth: u16,
    /// What it names may not be changed.
    pub constant: bool,
}

#[derive(Debug, Clone)]
pub(super) enum ExprKind {
    /// An integer or a pointer that is one, of the width of its type.
    Integer(i64),
    Floating(f64),
    Text(TextId),
    Variable(VariableId),
    Object(ObjectId),
    Function(FunctionId),
    /// The part of a struct or union at an offset.
    Member(Box<Expr>, u32),
    Dereference(Box<Expr>),
    /// Of something in memory; also of an array for its first element.
    AddressOf(Box<Expr>),
    /// To the type of the expression.
    Cast(Box<Expr>),
    Not(Box<Expr>),
    Native(Native, Box<Expr>),
    /// Of operands of one type.
    Binary(Binary, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    Assign(Box<Expr>, Box<Expr>),
    /// `place = (cast) (place operation value)`, worked out in the type of the value; `after` is whether the new value is the
    /// result.
    Update {
        place: Box<Expr>,
        operation: Binary,
        value: Box<Expr>,
        in_type: Type,
        after: bool,
    },
    Call(FunctionId, Vec<Expr>),
    CallPointer(Box<Expr>, Vec<Expr>),
    CallHost(HostFunction, Vec<Expr>),
    /// A host function whose last argument is the address of a block of arguments.
    Format(HostFunction, Vec<Expr>, Vec<Expr>),
    Comma(Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Whether it or a part of it is such.
    pub fn any(&self, is: &impl Fn(&ExprKind) -> bool) -> bool {
        let any = |parts: &[Expr]| parts.iter().any(|part| part.any(is));
        is(&self.kind)
            || match &self.kind {
                ExprKind::Integer(_)
                | ExprKind::Floating(_)
                | ExprKind::Text(_)
                | ExprKind::Variable(_)
                | ExprKind::Object(_)
                | ExprKind::Function(_) => false,
                ExprKind::Call(_, arguments) | ExprKind::CallHost(_, arguments) => any(arguments),
                ExprKind::CallPointer(pointer, arguments) => pointer.any(is) || any(arguments),
                ExprKind::Format(_, given, more) => any(given) || any(more),
                ExprKind::Member(a, _)
                | ExprKind::Dereference(a)
                | ExprKind::AddressOf(a)
                | ExprKind::Cast(a)
                | ExprKind::Not(a)
                | ExprKind::Native(_, a) => a.any(is),
                ExprKind::Binary(_, a, b)
                | ExprKind::And(a, b)
                | ExprKind::Or(a, b)
                | ExprKind::Assign(a, b)
                | ExprKind::Comma(a, b)
                | ExprKind::Update { place: a, value: b, .. } => a.any(is) || b.any(is),
                ExprKind::Conditional(a, b, c) => a.any(is) || b.any(is) || c.any(is),
            }
    }
}
