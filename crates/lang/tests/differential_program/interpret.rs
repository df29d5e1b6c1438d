//! A program walked as a list of jumps.

use super::{Cond, Place, Program, Statement, Value};

/// One step; targets are positions in the list.
#[derive(Debug)]
enum Step<'a> {
    Assign(&'a Place, &'a Value),
    Update(&'static str, &'a Place, &'a Value),
    /// Sets a temporary.
    Hold(usize, &'a Value),
    SetLocal(u8, &'a Value),
    Increment(u8),
    UnlessBelow(u8, Bound<'a>, usize),
    Unless(&'a Cond, usize),
    If(&'a Cond, usize),
    Jump(usize),
    Goto(u32),
    Switch(&'a Value, Vec<usize>, usize),
    Return(&'a Value),
    Tick,
    Yield,
}

/// The bound of a counting loop: a plain local or parameter is read again each turn, anything else once.
#[derive(Debug, Clone, Copy)]
enum Bound<'a> {
    Again(&'a Value),
    Held(usize),
}

#[derive(Default)]
struct Flat<'a> {
    steps: Vec<Step<'a>>,
    labels: Vec<(u32, usize)>,
    held: usize,
}

impl<'a> Flat<'a> {
    fn push(&mut self, step: Step<'a>) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn here(&self) -> usize {
        self.steps.len()
    }

    /// Makes the jump at `at` go to the present end.
    fn land(&mut self, at: usize) {
        let here = self.here();
        match &mut self.steps[at] {
            Step::Jump(target) | Step::Unless(_, target) | Step::UnlessBelow(.., target) => *target = here,
            step => panic!("{step:?} does not jump"),
        }
    }

    fn all(&mut self, statements: &'a [Statement]) {
        statements.iter().for_each(|statement| self.one(statement));
    }

    fn one(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Assign(place, value) => {
                self.push(Step::Assign(place, value));
            }
            Statement::Update(operator, place, value) => {
                self.push(Step::Update(operator, place, value));
            }
            Statement::If(cond, then, otherwise) => {
                let unless = self.push(Step::Unless(cond, 0));
                self.all(then);
                let over = self.push(Step::Jump(0));
                self.land(unless);
                self.all(otherwise);
                self.land(over);
            }
            Statement::While(cond, body) => {
                let start = self.here();
                let unless = self.push(Step::Unless(cond, 0));
                self.push(Step::Tick);
                self.all(body);
                self.push(Step::Jump(start));
                self.land(unless);
            }
            Statement::DoWhile(body, cond) => {
                let start = self.push(Step::Tick);
                self.all(body);
                self.push(Step::If(cond, start));
            }
            Statement::Loop(body) => {
                let start = self.push(Step::Tick);
                self.all(body);
                self.push(Step::Jump(start));
            }
            Statement::For(local, from, to, body) => {
                self.push(Step::SetLocal(*local, from));
                let bound = match to {
                    Value::Read(Place::Local(_)) | Value::Parameter(_) => Bound::Again(to),
                    // A jump into the loop finds a constant bound in place.
                    to if is_constant(to) => Bound::Again(to),
                    _ => {
                        self.held += 1;
                        self.push(Step::Hold(self.held - 1, to));
                        Bound::Held(self.held - 1)
                    }
                };
                let start = self.push(Step::UnlessBelow(*local, bound, 0));
                self.push(Step::Tick);
                self.all(body);
                self.push(Step::Increment(*local));
                self.push(Step::Jump(start));
                self.land(start);
            }
            Statement::Switch(value, arms, default) => {
                let choose = self.push(Step::Switch(value, Vec::new(), 0));
                let mut starts = Vec::new();
                let mut overs = Vec::new();
                for arm in arms {
                    starts.push(self.here());
                    self.all(arm);
                    overs.push(self.push(Step::Jump(0)));
                }
                let otherwise = self.here();
                self.all(default.as_deref().unwrap_or_default());
                overs.into_iter().for_each(|over| self.land(over));
                self.steps[choose] = Step::Switch(value, starts, otherwise);
            }
            Statement::Label(label) => {
                let here = self.push(Step::Tick);
                self.labels.push((*label, here));
            }
            Statement::Goto(label) => {
                self.push(Step::Goto(*label));
            }
            Statement::Return(value) => {
                self.push(Step::Return(value));
            }
            Statement::Yield => {
                self.push(Step::Yield);
            }
        }
    }
}

fn is_constant(value: &Value) -> bool {
    match value {
        Value::Constant(_) => true,
        Value::Infix(_, left, right) => is_constant(left) && is_constant(right),
        _ => false,
    }
}

struct State {
    parameters: [i32; 2],
    locals: [i32; 3],
    global: i32,
    array: [i32; 8],
    global_array: [i32; 8],
    result: i32,
}

/// The result of the program and how often it yields.
pub fn interpret(program: &Program, a: i32, b: i32) -> (i32, u32) {
    let mut flat = Flat::default();
    flat.all(&program.body);
    let mut state = State {
        parameters: [a, b],
        locals: [0; 3],
        global: 3,
        array: [0; 8],
        global_array: [1, -2, 3, -4, 0, 0, 0, 0],
        result: 0,
    };
    let mut held = vec![0; flat.held];
    let (mut at, mut fuel, mut yields) = (0, 60, 0);
    while let Some(step) = flat.steps.get(at) {
        at += 1;
        match step {
            Step::Assign(place, value) => {
                let place = state.place(place);
                let value = state.value(value);
                *state.word(place) = value;
            }
            Step::Update(operator, place, value) => {
                let place = state.place(place);
                let old = *state.word(place);
                let value = state.value(value);
                *state.word(place) = infix(operator.trim_end_matches('='), old, value);
            }
            Step::Hold(which, value) => held[*which] = state.value(value),
            Step::SetLocal(local, value) => state.locals[usize::from(*local)] = state.value(value),
            Step::Increment(local) => {
                let local = &mut state.locals[usize::from(*local)];
                *local = local.wrapping_add(1);
            }
            Step::UnlessBelow(local, bound, target) => {
                let bound = match bound {
                    Bound::Again(value) => state.value(value),
                    Bound::Held(which) => held[*which],
                };
                if state.locals[usize::from(*local)] >= bound {
                    at = *target;
                }
            }
            Step::Unless(cond, target) => {
                if !state.holds(cond) {
                    at = *target;
                }
            }
            Step::If(cond, target) => {
                if state.holds(cond) {
                    at = *target;
                }
            }
            Step::Jump(target) => at = *target,
            Step::Goto(label) if program.labels == 0 => {
                state.result = state.result.wrapping_add(*label as i32);
            }
            Step::Goto(label) => {
                let label = label % program.labels;
                at = flat.labels.iter().find(|(known, _)| *known == label).expect("a label").1;
            }
            Step::Switch(value, starts, otherwise) => {
                let value = state.value(value);
                let start = usize::try_from(value).ok().and_then(|value| starts.get(value));
                at = *start.unwrap_or(otherwise);
            }
            Step::Return(value) => return (state.value(value), yields),
            Step::Tick => {
                fuel -= 1;
                if fuel < 0 {
                    break;
                }
            }
            Step::Yield => yields += 1,
        }
    }
    (state.summary(), yields)
}

/// A place with its index worked out.
#[derive(Clone, Copy)]
enum Word {
    Local(usize),
    Global,
    Element(usize),
    GlobalElement(usize),
}

impl State {
    fn place(&mut self, place: &Place) -> Word {
        match place {
            Place::Local(local) => Word::Local(usize::from(*local)),
            Place::Pointed => Word::Local(0),
            Place::Global => Word::Global,
            Place::Element(index) => Word::Element((self.value(index) & 7) as usize),
            Place::GlobalElement(index) => Word::GlobalElement((self.value(index) & 7) as usize),
        }
    }

    fn word(&mut self, word: Word) -> &mut i32 {
        match word {
            Word::Local(local) => &mut self.locals[local],
            Word::Global => &mut self.global,
            Word::Element(index) => &mut self.array[index],
            Word::GlobalElement(index) => &mut self.global_array[index],
        }
    }

    fn value(&mut self, value: &Value) -> i32 {
        match value {
            Value::Constant(value) => *value,
            Value::Parameter(second) => self.parameters[usize::from(*second)],
            Value::Read(place) => {
                let place = self.place(place);
                *self.word(place)
            }
            Value::Infix(operator, left, right) => {
                let left = self.value(left);
                let right = self.value(right);
                infix(operator, left, right)
            }
            Value::Assign(place, value) => {
                let place = self.place(place);
                let value = self.value(value);
                *self.word(place) = value;
                value
            }
            Value::Call(value) => match self.value(value) {
                n if n < 0 => n.wrapping_sub(7),
                n => n.wrapping_mul(3).wrapping_add(5),
            },
        }
    }

    fn holds(&mut self, cond: &Cond) -> bool {
        match cond {
            Cond::Compare(relation, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                match *relation {
                    "<" => left < right,
                    "<=" => left <= right,
                    ">" => left > right,
                    ">=" => left >= right,
                    "==" => left == right,
                    _ => left != right,
                }
            }
            Cond::Not(inner) => !self.holds(inner),
            Cond::And(left, right) => self.holds(left) && self.holds(right),
            Cond::Or(left, right) => self.holds(left) || self.holds(right),
        }
    }

    /// What the program works out at its end.
    fn summary(&self) -> i32 {
        let mut result = self.result;
        let mut add = |value: i32| result = result.wrapping_mul(31).wrapping_add(value);
        self.locals.iter().for_each(|&local| add(local));
        add(self.global);
        for (a, b) in self.array.iter().zip(&self.global_array) {
            add(a.wrapping_add(*b));
        }
        result
    }
}

fn infix(operator: &str, left: i32, right: i32) -> i32 {
    match operator {
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "&" => left & right,
        "|" => left | right,
        "^" => left ^ right,
        "<<" => left.wrapping_shl(right as u32),
        ">>" => left.wrapping_shr(right as u32),
        ">>>" => (left as u32).wrapping_shr(right as u32) as i32,
        "/" => left.wrapping_div(right | 1),
        _ => left.wrapping_rem(right | 1),
    }
}
