//! The syntax tree of an Impala program.

use crate::diagnostic::Span;

/// A name where it is written.
#[derive(Debug, Clone)]
pub(crate) struct Ident {
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeName {
    Int,
    Float,
    Pointer,
    Funcptr,
}

impl TypeName {
    pub const fn name(self) -> &'static str {
        match self {
            TypeName::Int => "int",
            TypeName::Float => "float",
            TypeName::Pointer => "pointer",
            TypeName::Funcptr => "funcptr",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Global,
    Readonly,
    Temporary,
}

/// What a declaration declares beside its name.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Scalar(TypeName),
    /// An array; without a size where the grammar lets it be left out.
    Array(Option<Expr>),
}

#[derive(Debug, Clone)]
pub(crate) enum Item {
    Function(Function),
    ExternFunction(Ident),
    ExternNative(Ident),
    ExternData(Ident),
    Const(Const),
    Data(Data),
}

#[derive(Debug, Clone)]
pub(crate) struct Const {
    pub name: Ident,
    pub ty: TypeName,
    pub value: Option<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Data {
    pub class: Class,
    pub name: Ident,
    pub shape: Shape,
    /// One value for a scalar, a list for an array.
    pub values: Vec<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub name: Ident,
    pub parameters: Vec<Local>,
    pub result: Option<Local>,
    pub locals: Vec<Local>,
    pub body: Vec<Statement>,
    /// The closing brace.
    pub end: Span,
}

#[derive(Debug, Clone)]
pub(crate) struct Local {
    pub name: Ident,
    pub shape: Shape,
    pub value: Option<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum StatementKind {
    Label(Ident),
    Block(Vec<Statement>),
    Declare(Vec<Local>),
    Const(Const),
    Assert {
        condition: Cond,
        text: String,
    },
    Copy {
        words: Expr,
        from: Expr,
        to: Expr,
    },
    DoWhile {
        body: Box<Statement>,
        condition: Cond,
    },
    Loop(Box<Statement>),
    For {
        variable: Expr,
        start: Option<Expr>,
        end: Expr,
        body: Box<Statement>,
    },
    Goto(Ident),
    /// `if`, any number of `else if`, and `else`.
    If {
        branches: Vec<Branch>,
        otherwise: Option<Box<Statement>>,
    },
    Switch {
        value: Expr,
        low: Expr,
        high: Expr,
        arms: Vec<Arm>,
        default: Option<Box<Statement>>,
    },
    While {
        condition: Cond,
        body: Box<Statement>,
    },
    Return(Option<Expr>),
    Evaluate(Expr),
    Empty,
}

#[derive(Debug, Clone)]
pub(crate) struct Branch {
    /// The word `if`.
    pub span: Span,
    pub condition: Cond,
    pub then: Statement,
}

#[derive(Debug, Clone)]
pub(crate) struct Arm {
    pub cases: Vec<Expr>,
    pub body: Statement,
}

#[derive(Debug, Clone)]
pub(crate) enum Cond {
    Compare {
        relation: Relation,
        left: Expr,
        right: Expr,
    },
    Not(Box<Cond>),
    And(Vec<Cond>),
    Or(Vec<Cond>),
    /// A condition that could not be read; it has been reported.
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub kind: ExprKind,
    pub span: Span,
    /// Levels of nesting below, kept so that the parser can bound it.
    pub depth: u16,
}

#[derive(Debug, Clone)]
pub(crate) enum ExprKind {
    Integer(u32),
    Float(f32),
    Text(String),
    Null,
    NullFunction,
    Name {
        name: String,
        global: bool,
    },
    Index(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Vec<Expr>),
    Unary(Unary, Box<Expr>),
    Cast(TypeName, Box<Expr>),
    /// Infix operators from left to right; a list, so that the longest sum does not nest.
    Chain(Box<Expr>, Vec<(Binary, Expr)>),
    Assign(Box<Expr>, Box<Expr>),
    /// `target operator= value`.
    Update(Binary, Box<Expr>, Box<Expr>),
    /// An expression that could not be read; it has been reported.
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Negate,
    Complement,
    AddressOf,
    Dereference,
    Abs,
    Floor,
    IntToFloat,
    FloatToInt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Binary {
    pub const fn symbol(self) -> &'static str {
        match self {
            Binary::Or => "|",
            Binary::And => "&",
            Binary::Xor => "^",
            Binary::ShiftLeft => "<<",
            Binary::ShiftRight => ">>",
            Binary::ShiftRightUnsigned => ">>>",
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Modulo => "%",
        }
    }
}
