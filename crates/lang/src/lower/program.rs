//! What every front-end lowers to: data, and functions as graphs of basic blocks.
//!
//! Addresses count words. A value is one 32-bit word, an integer or a float; pointers and function pointers are
//! integers here.

use sostenuto_board::Kind;
use sostenuto_board::patch::Fault;

/// Indexes into the lists of a [`Program`] or [`Function`].
pub(crate) type DataId = usize;
pub(crate) type FunctionId = usize;
pub(crate) type NativeId = usize;
pub(crate) type LocalId = u32;
pub(crate) type BlockId = usize;
pub(crate) type Site = u32;

#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The name of the source file.
    pub source: String,
    /// The module that natives are imported from.
    pub host: &'static str,
    pub data: Vec<Data>,
    pub functions: Vec<Function>,
    pub natives: Vec<Native>,
    /// Functions whose address is taken; entry `n` here is entry `n + 1` of the module's table, whose entry 0 is null.
    pub table: Vec<Callee>,
    pub faults: Vec<Fault>,
    /// The functions that the host calls.
    pub entries: Vec<Entry>,
}

/// A function that the host calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub function: FunctionId,
    /// Runs for every sample, and may stay suspended in a native while the host calls the others.
    pub audio: bool,
    /// Runs before all others, and never while one is suspended.
    pub first: bool,
}

#[derive(Debug)]
pub(crate) struct Data {
    pub name: String,
    /// Size in words.
    pub words: u32,
    /// First values; the rest is zero.
    pub values: Vec<Word>,
    pub readonly: bool,
    /// One value, not an array.
    pub scalar: bool,
    /// A pointer, to data or to a function.
    pub pointer: bool,
    /// The kind, where the front-end knows it; otherwise what the functions do with the data decides.
    pub kind: Option<Kind>,
    /// The source line, 0 for none.
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Word {
    Value(u32),
    Address(DataId, i32),
    Function(Callee),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Callee {
    Function(FunctionId),
    Native(NativeId),
}

#[derive(Debug)]
pub(crate) struct Native {
    pub name: String,
    pub parameters: u32,
    pub result: bool,
    /// Suspends the caller until the host goes on.
    pub suspends: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Integer,
    /// An integer of 64 bits.
    Long,
    Float,
    /// A float of 64 bits.
    Double,
}

#[derive(Debug)]
pub(crate) struct Function {
    pub name: String,
    /// How many of the first locals are parameters.
    pub parameters: u32,
    /// The local whose value is returned.
    pub result: Option<LocalId>,
    pub locals: Vec<Type>,
    /// Words of the stack frame: arrays and locals whose address is taken.
    pub frame: u32,
    /// Reports the overflow of the stack by this function's frame.
    pub overflow: Option<Site>,
    /// The graph; block 0 is the entry.
    pub blocks: Vec<Block>,
}

#[derive(Debug)]
pub(crate) struct Block {
    /// Statements and their source lines.
    pub statements: Vec<(u32, Statement)>,
    pub end: End,
    /// The source line of the end.
    pub line: u32,
}

#[derive(Debug)]
pub(crate) enum Statement {
    Set(LocalId, Expr),
    Store(Address, Expr),
    /// For its effects only.
    Evaluate(Expr),
    Copy {
        words: u32,
        from: Expr,
        to: Expr,
    },
}

#[derive(Debug)]
pub(crate) enum End {
    Jump(BlockId),
    /// Non-zero goes to the first.
    Branch(Expr, BlockId, BlockId),
    /// `targets[value - low]`, or the default.
    Switch {
        value: Expr,
        low: i32,
        targets: Vec<BlockId>,
        default: BlockId,
    },
    Return,
}

impl End {
    /// Where it may go.
    pub fn targets(&self) -> Vec<BlockId> {
        match self {
            End::Jump(target) => vec![*target],
            End::Branch(_, then, otherwise) => vec![*then, *otherwise],
            End::Switch { targets, default, .. } => {
                let mut all = targets.clone();
                all.push(*default);
                all
            }
            End::Return => Vec::new(),
        }
    }
}

/// The place of a word.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub base: Base,
    /// Words added to the base.
    pub offset: i32,
    pub index: Option<Box<Expr>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Base {
    Data(DataId),
    /// A word of this function's stack frame.
    Frame,
    /// The index alone, a pointer.
    Pointer,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Integer(i32),
    /// Bits of a float.
    Float(u32),
    Local(LocalId),
    /// A pointer to data.
    Address(DataId, i32),
    /// A pointer into this function's stack frame.
    Frame(u32),
    Function(Callee),
    Load(Type, Address),
    /// Stores, and is the value stored.
    Store(Type, Address, Box<Expr>),
    /// Sets a local, and is its value.
    Set(LocalId, Box<Expr>),
    Unary(Unary, Box<Expr>),
    /// Infix operations from left to right. A list and no tree, so that the longest sum does not nest.
    Chain(Box<Expr>, Vec<Step>),
    /// The value, or a fault when it is outside the limit.
    Check(Box<Expr>, Limit, Site),
    /// A fault; its value is never used.
    Fault(Site),
    Call(Callee, Vec<Expr>),
    /// A call by function pointer; arguments and result are words.
    CallPointer(Box<Expr>, Vec<Expr>),
}

impl Expr {
    /// This and one more step.
    pub fn then(self, operation: Operation, right: Expr) -> Expr {
        let step = Step { operation, right };
        match self {
            Expr::Chain(first, mut steps) => {
                steps.push(step);
                Expr::Chain(first, steps)
            }
            first => Expr::Chain(Box::new(first), vec![step]),
        }
    }
}

/// One operation of a chain, on what is left of it and this operand.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub operation: Operation,
    pub right: Expr,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Binary(Binary),
    /// Division of integers, or a fault when the divisor is zero.
    Divide(Site),
    /// The remainder of that division.
    Modulo(Site),
}

/// The bounds that [`Expr::Check`] watches.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// An unsigned value below this.
    Below(u32),
    /// A pointer to this many words that may be read.
    Readable(u32),
    /// A pointer to this many words that may be written.
    Writable(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    /// 1 for zero, else 0.
    Not,
    AbsInteger,
    AbsFloat,
    NegateFloat,
    Floor,
    ToFloat,
    /// Truncates; saturates; not-a-number is 0.
    ToInteger,
    /// The bits of a float as an integer, and back.
    FloatBits,
    BitsFloat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    LessUnsigned,
    LessEqualUnsigned,
    GreaterUnsigned,
    GreaterEqualUnsigned,
    FloatAdd,
    FloatSubtract,
    FloatMultiply,
    FloatDivide,
    FloatEqual,
    FloatNotEqual,
    FloatLess,
    FloatLessEqual,
    FloatGreater,
    FloatGreaterEqual,
}
