//! What every front-end lowers to: data, and functions as graphs of basic blocks.
//!
//! A value is an integer or a float of 32 or 64 bits; pointers and function pointers are integers of 32 bits here. Pointers
//! count words of 32 bits in programs for the Permut8, bytes in all others.

use sostenuto_board::Kind;
use sostenuto_board::patch::{Fault, Host};

pub(crate) use super::layout::WORD;

/// Indexes into the lists of a [`Program`] or [`Function`].
pub(crate) type DataId = usize;
pub(crate) type GlobalId = usize;
pub(crate) type FunctionId = usize;
pub(crate) type NativeId = usize;
pub(crate) type LocalId = u32;
pub(crate) type BlockId = usize;
pub(crate) type Site = u32;

#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The name of the source file.
    pub source: String,
    /// The machine that it is written for.
    pub host: Host,
    pub data: Vec<Data>,
    /// Variables outside of the memory.
    pub globals: Vec<Global>,
    pub functions: Vec<Function>,
    pub natives: Vec<Native>,
    /// Functions whose address is taken; entry `n` here is entry `n + 1` of the module's table, whose entry 0 is null.
    pub table: Vec<Callee>,
    pub faults: Vec<Fault>,
    /// The functions that the host calls.
    pub entries: Vec<Entry>,
    /// The areas of the ConeZ's memory that it uses beside its data.
    pub areas: Vec<Area>,
}

impl Program {
    /// How many bytes a pointer that is one higher lies further.
    pub fn unit(&self) -> u32 {
        match self.host {
            Host::Permut8 => WORD,
            Host::Conez => 1,
        }
    }
}

/// A fixed area of the ConeZ's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// Arguments of `printf` and `FORMAT`.
    FormatCells,
    /// The handles of BASIC's open files.
    FileHandles,
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
    pub bytes: u32,
    /// The address is a multiple of this.
    pub align: u32,
    pub image: Image,
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

impl Data {
    pub fn words(&self) -> u32 {
        self.bytes / WORD
    }
}

/// First values; the rest is zero.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Image {
    pub bytes: Vec<u8>,
    /// Which words of the bytes are pointers, by offset.
    pub pointers: Vec<(u32, Pointer)>,
}

impl Image {
    pub fn of_words(words: impl IntoIterator<Item = Word>) -> Image {
        let mut image = Image::default();
        for word in words {
            let value = match word {
                Word::Value(value) => value,
                Word::Pointer(pointer) => {
                    image.pointers.push((image.bytes.len() as u32, pointer));
                    0
                }
            };
            image.bytes.extend(value.to_le_bytes());
        }
        image
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Word {
    Value(u32),
    Pointer(Pointer),
}

/// What a pointer that is known at compile time points to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pointer {
    Data(DataId, i32),
    Function(Callee),
}

/// A variable outside of the memory, which no pointer reaches.
#[derive(Debug)]
pub(crate) struct Global {
    pub name: String,
    /// A constant.
    pub value: Expr,
    pub ty: Type,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Callee {
    Function(FunctionId),
    Native(NativeId),
}

#[derive(Debug)]
pub(crate) struct Native {
    pub name: String,
    pub parameters: Vec<Type>,
    pub result: Option<Type>,
    /// Suspends the caller until the host goes on.
    pub suspends: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Integer,
    /// An integer of 64 bits.
    Long,
    Float,
    /// A float of 64 bits.
    Double,
}

/// What lies at an address: a value, or a part of an integer with or without sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cell {
    Signed8,
    Unsigned8,
    Signed16,
    Unsigned16,
    Whole(Type),
}

impl Cell {
    /// The type of its value.
    pub fn ty(self) -> Type {
        match self {
            Cell::Whole(ty) => ty,
            _ => Type::Integer,
        }
    }
}

impl From<Type> for Cell {
    fn from(ty: Type) -> Cell {
        Cell::Whole(ty)
    }
}

/// The types of a function that is called by pointer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Signature {
    pub parameters: Vec<Type>,
    pub result: Option<Type>,
}

impl Signature {
    /// A function of so many words that gives a word.
    pub fn words(parameters: usize) -> Signature {
        Signature { parameters: vec![Type::Integer; parameters], result: Some(Type::Integer) }
    }
}

#[derive(Debug)]
pub(crate) struct Function {
    pub name: String,
    /// Whether the host and the tools see it by its name.
    pub exported: bool,
    /// How many of the first locals are parameters.
    pub parameters: u32,
    /// The local whose value is returned.
    pub result: Option<LocalId>,
    pub locals: Vec<Type>,
    /// Bytes of the stack frame: arrays and locals whose address is taken.
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

#[derive(Debug, Clone)]
pub(crate) enum Statement {
    Set(LocalId, Expr),
    SetGlobal(GlobalId, Expr),
    Store(Cell, Address, Expr),
    /// For its effects only.
    Evaluate(Expr),
    /// Sets bytes to zero.
    Clear {
        bytes: u32,
        to: Expr,
    },
    Copy {
        bytes: u32,
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

/// The place of a value; offset and index count what pointers count.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub base: Base,
    /// Added to the base.
    pub offset: i32,
    /// Added to both; never negative, but for the base itself.
    pub index: Option<Box<Expr>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Base {
    Data(DataId),
    /// This function's stack frame.
    Frame,
    /// The index alone, a pointer.
    Pointer,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Integer(i32),
    Long(i64),
    /// Bits of a float.
    Float(u32),
    /// Bits of a double.
    Double(u64),
    Local(LocalId),
    Global(GlobalId),
    /// A pointer to data.
    Address(DataId, i32),
    /// A pointer into this function's stack frame.
    Frame(u32),
    Function(Callee),
    Load(Cell, Address),
    /// Stores, and is the value that was given, whatever part of it the cell keeps.
    Store(Cell, Address, Box<Expr>),
    /// Sets a local, and is its value.
    Set(LocalId, Box<Expr>),
    /// Carries out statements, then is the value.
    After(Vec<Statement>, Box<Expr>),
    /// The second when the first, an integer, is not zero, else the third; both of that type, or without value.
    If(Option<Type>, Box<Expr>, Box<Expr>, Box<Expr>),
    Unary(Unary, Box<Expr>),
    /// Infix operations from left to right. A list and no tree, so that the longest sum does not nest.
    Chain(Box<Expr>, Vec<Step>),
    /// The value, or a fault when it is outside the limit.
    Check(Box<Expr>, Limit, Site),
    /// A fault; its value is never used.
    Fault(Site),
    Call(Callee, Vec<Expr>),
    /// A call by function pointer. In programs for the Permut8 arguments and result are words, whatever the function's.
    CallPointer(Box<Expr>, Vec<Expr>, Signature),
    /// Nothing, where an expression without value is wanted.
    Nothing,
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
    /// On operands of that type.
    Binary(Type, Binary),
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
    Not(Type),
    /// Of a float, or of an integer of 32 bits.
    Absolute(Type),
    /// Those of floats.
    Negate(Type),
    Floor(Type),
    Ceiling(Type),
    Truncate(Type),
    SquareRoot(Type),
    /// The low bits of an integer with their sign.
    Extend8,
    Extend16,
    /// To another type; a float is truncated, saturates, and not-a-number is 0.
    Convert {
        from: Type,
        to: Type,
        signed: bool,
    },
    /// The bits of a float as an integer of its size, and back; the type is that of the operand.
    Reinterpret(Type),
}

impl Unary {
    /// Of an integer of 32 bits with its sign.
    pub const TO_FLOAT: Unary = Unary::Convert { from: Type::Integer, to: Type::Float, signed: true };
    pub const TO_INTEGER: Unary = Unary::Convert { from: Type::Float, to: Type::Integer, signed: true };
}

/// Those with an unsigned form, and bit operations and remainders, are of integers; minimum and maximum are of floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    /// Of integers, traps when the divisor is zero or the quotient is too large.
    Divide,
    DivideUnsigned,
    Remainder,
    RemainderUnsigned,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Minimum,
    Maximum,
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
}

impl Binary {
    /// Whether the result is a truth value.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Binary::Equal
                | Binary::NotEqual
                | Binary::Less
                | Binary::LessEqual
                | Binary::Greater
                | Binary::GreaterEqual
                | Binary::LessUnsigned
                | Binary::LessEqualUnsigned
                | Binary::GreaterUnsigned
                | Binary::GreaterEqualUnsigned
        )
    }
}
