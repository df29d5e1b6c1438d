//! Random programs: how one is chosen, written and interpreted.

mod interpret;
mod write;

pub use interpret::interpret;

/// How many locals a program has besides its parameters.
pub const LOCALS: u8 = 3;

/// A place that can be assigned. Local 0 has its address taken.
#[derive(Debug, Clone)]
pub enum Place {
    Local(u8),
    /// Local 0 through its pointer.
    Pointed,
    Global,
    /// An element of a local array of 8 words, at this index masked.
    Element(Box<Value>),
    /// The same of a global array.
    GlobalElement(Box<Value>),
}

#[derive(Debug, Clone)]
pub enum Value {
    Constant(i32),
    Parameter(bool),
    Read(Place),
    Infix(&'static str, Box<Value>, Box<Value>),
    Assign(Place, Box<Value>),
    Call(Box<Value>),
}

#[derive(Debug, Clone)]
pub enum Cond {
    Compare(&'static str, Value, Value),
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
}

#[derive(Debug, Clone)]
pub enum Statement {
    Assign(Place, Value),
    Update(&'static str, Place, Value),
    If(Cond, Vec<Statement>, Vec<Statement>),
    While(Cond, Vec<Statement>),
    DoWhile(Vec<Statement>, Cond),
    Loop(Vec<Statement>),
    /// Counts a local (not local 0) from a value to another.
    For(u8, Value, Value, Vec<Statement>),
    /// Cases 0 to 3 and, perhaps, the default.
    Switch(Value, Vec<Vec<Statement>>, Option<Vec<Statement>>),
    Label(u32),
    Goto(u32),
    Return(Value),
    Yield,
}

#[derive(Debug)]
pub struct Program {
    pub body: Vec<Statement>,
    pub labels: u32,
}

impl Program {
    /// The program that these bytes choose; every list of bytes is one.
    pub fn chosen(choices: &[u8]) -> Program {
        let mut chooser = Chooser { choices, labels: 0 };
        let body = chooser.statements(5);
        Program { body, labels: chooser.labels }
    }
}

struct Chooser<'a> {
    choices: &'a [u8],
    labels: u32,
}

impl Chooser<'_> {
    /// A number below `count`; 0 when the bytes have run out, so that choice 0 must be the simplest.
    fn below(&mut self, count: u8) -> u8 {
        let Some((&first, rest)) = self.choices.split_first() else { return 0 };
        self.choices = rest;
        first % count
    }

    fn statements(&mut self, depth: u8) -> Vec<Statement> {
        let count = if depth == 5 { 4 + self.below(12) } else { self.below(4) };
        (0..count).map(|_| self.statement(depth)).collect()
    }

    fn statement(&mut self, depth: u8) -> Statement {
        let deeper = depth.saturating_sub(1);
        let kind = if depth == 0 { self.below(8) } else { self.below(20) };
        match kind {
            0 | 1 => Statement::Assign(self.place(), self.value(2)),
            2 => Statement::Update(
                ["+=", "-=", "^=", "*="][usize::from(self.below(4))],
                self.place(),
                self.value(2),
            ),
            3 | 4 => {
                self.labels += 1;
                Statement::Label(self.labels - 1)
            }
            5 | 6 => Statement::Goto(u32::from(self.below(16))),
            7 => match self.below(3) {
                0 => Statement::Yield,
                1 => Statement::Return(self.value(1)),
                _ => Statement::Goto(u32::from(self.below(16))),
            },
            8..=11 => Statement::If(self.cond(2), self.statements(deeper), self.statements(deeper)),
            12 | 13 => Statement::While(self.cond(1), self.statements(deeper)),
            14 => Statement::DoWhile(self.statements(deeper), self.cond(1)),
            15 => Statement::Loop(self.statements(deeper)),
            16 | 17 => {
                let local = 1 + self.below(LOCALS - 1);
                Statement::For(local, self.value(1), self.value(1), self.statements(deeper))
            }
            _ => {
                let arms = (0..self.below(4)).map(|_| self.statements(deeper)).collect();
                let default = (self.below(2) == 1).then(|| self.statements(deeper));
                Statement::Switch(self.value(1), arms, default)
            }
        }
    }

    fn place(&mut self) -> Place {
        match self.below(8) {
            0..=3 => Place::Local(self.below(LOCALS)),
            4 => Place::Pointed,
            5 => Place::Global,
            6 => Place::Element(Box::new(self.value(1))),
            _ => Place::GlobalElement(Box::new(self.value(1))),
        }
    }

    fn value(&mut self, depth: u8) -> Value {
        let kind = if depth == 0 { self.below(3) } else { self.below(8) };
        match kind {
            0 => Value::Constant(i32::from(self.below(32)) - 4),
            1 => Value::Parameter(self.below(2) == 1),
            2 | 3 => Value::Read(Place::Local(self.below(LOCALS))),
            4 => Value::Read(self.place()),
            5 | 6 => {
                let operator = ["+", "-", "*", "&", "|", "^", "<<", ">>", ">>>", "/", "%"];
                let operator = operator[usize::from(self.below(11))];
                Value::Infix(operator, Box::new(self.value(depth - 1)), Box::new(self.value(depth - 1)))
            }
            _ => match self.below(2) {
                0 => Value::Assign(self.place(), Box::new(self.value(depth - 1))),
                _ => Value::Call(Box::new(self.value(depth - 1))),
            },
        }
    }

    fn cond(&mut self, depth: u8) -> Cond {
        let kind = if depth == 0 { 0 } else { self.below(6) };
        match kind {
            0..=2 => {
                let relation = ["<", "<=", ">", ">=", "==", "!="][usize::from(self.below(6))];
                Cond::Compare(relation, self.value(1), self.value(1))
            }
            3 => Cond::Not(Box::new(self.cond(depth - 1))),
            4 => Cond::And(Box::new(self.cond(depth - 1)), Box::new(self.cond(depth - 1))),
            _ => Cond::Or(Box::new(self.cond(depth - 1)), Box::new(self.cond(depth - 1))),
        }
    }
}
