//! The syntax tree.

use crate::diagnostic::Span;

/// A name in capitals, with its suffix.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Debug)]
pub(super) struct Statement {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Debug)]
pub(super) enum Kind {
    Assign(Place, Expr),
    /// `MID$(target, start, length) = value`.
    Splice {
        target: Place,
        start: Expr,
        length: Option<Expr>,
        value: Expr,
    },
    /// `> value`, with any value.
    Print(Expr),
    /// `PRINTS text`.
    PrintText(Expr),
    Format(Format),
    If {
        branches: Vec<(Expr, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    For(Box<For>),
    /// Also `WHILE`, whose loop tests before the body.
    Do {
        exit: Exit,
        before: Option<Test>,
        body: Vec<Statement>,
        after: Option<Test>,
    },
    Select {
        value: Expr,
        cases: Vec<(Vec<Match>, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    Exit(Exit),
    Call(Name, Vec<Expr>),
    Return(Option<Expr>),
    /// `BYE`: the end of the program.
    Bye,
    /// `BREAK`: the end of the SUB, or of the program outside of one.
    Break,
    Local(Vec<Name>),
    Const(Name, Expr),
    Swap(Place, Place),
    Dim(Vec<(Name, Vec<Expr>)>),
    Redim {
        preserve: bool,
        arrays: Vec<(Name, Vec<Expr>)>,
    },
    Erase(Vec<Name>),
    OptionBase(i32),
    Data(Vec<Datum>),
    Read(Vec<Place>),
    Restore,
    Open {
        path: Expr,
        mode: Mode,
        channel: Expr,
    },
    Close(Vec<Expr>),
    PrintFile {
        channel: Expr,
        value: Option<Expr>,
    },
    InputFile {
        channel: Expr,
        target: Place,
    },
    /// `KILL`, `MKDIR`, `RMDIR`: the host function.
    File(&'static str, Expr),
    Rename(Expr, Expr),
    Sub(Sub),
    Declare {
        name: Name,
        parameters: Vec<Name>,
    },
}

#[derive(Debug)]
pub(super) struct Format {
    pub text: String,
    pub span: Span,
    pub arguments: Vec<Expr>,
}

#[derive(Debug)]
pub(super) struct For {
    pub variable: Name,
    pub from: Expr,
    pub to: Expr,
    pub step: Option<Expr>,
    pub body: Vec<Statement>,
    /// The place of the `NEXT`.
    pub next: Span,
}

/// The condition of a loop.
#[derive(Debug)]
pub(super) struct Test {
    pub condition: Expr,
    /// The loop goes on until the condition holds, not while it does.
    pub until: bool,
}

/// What a value of `SELECT CASE` is compared with.
#[derive(Debug)]
pub(super) enum Match {
    /// `IS <op> value`, or the value alone for `=`.
    Is(Operator, Expr),
    Range(Expr, Expr),
}

/// What `EXIT` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    For,
    While,
    Do,
    Select,
}

impl Exit {
    pub fn word(self) -> &'static str {
        match self {
            Exit::For => "FOR",
            Exit::While => "WHILE",
            Exit::Do => "DO",
            Exit::Select => "SELECT",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Mode {
    Input,
    Output,
    Append,
}

#[derive(Debug)]
pub(super) struct Sub {
    pub name: Name,
    pub parameters: Vec<Name>,
    pub body: Vec<Statement>,
    /// The place of its `END`.
    pub end: Span,
}

/// One value of `DATA`.
#[derive(Debug, Clone)]
pub(super) enum Datum {
    Integer(i32),
    Long(i64),
    Float(f32),
    Text(String),
}

/// What can be assigned: a variable, or an element of an array.
#[derive(Debug)]
pub(super) struct Place {
    pub name: Name,
    pub indices: Option<Vec<Expr>>,
}

impl Place {
    pub fn span(&self) -> Span {
        match self.indices.as_ref().and_then(|indices| indices.last()) {
            Some(last) => self.name.span.to(last.span),
            None => self.name.span,
        }
    }
}

#[derive(Debug)]
pub(super) struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Integer(i32),
    Long(i64),
    Float(f32),
    Text(String),
    /// A variable, or a SUB without parameters.
    Name(String),
    /// An element of an array, or a call: the name, its place and what is in parentheses.
    Call(Name, Vec<Expr>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    /// Operators of one level from left to right; a list and no tree, so that the longest sum does not nest.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Power,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
    Add,
    Subtract,
    Equal,
    NotEqual,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    And,
    Or,
    Xor,
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Power => "^",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::IntegerDivide => "\\",
            Operator::Modulo => "MOD",
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::Greater => ">",
            Operator::LessEqual => "<=",
            Operator::GreaterEqual => ">=",
            Operator::And => "AND",
            Operator::Or => "OR",
            Operator::Xor => "XOR",
        }
    }

    pub fn is_comparison(self) -> bool {
        use Operator::*;
        matches!(self, Equal | NotEqual | Less | Greater | LessEqual | GreaterEqual)
    }
}
