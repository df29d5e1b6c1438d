//! A program as Impala text.

use std::fmt::{Display, Formatter, Result};

use super::{Cond, Place, Program, Statement, Value};

/// Ends the function when it has run long enough.
const TICK: &str = "if ((fuel = fuel - 1) < 0) goto out;\n";

impl Display for Program {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        out.write_str(
            "extern native yield
global int g = 3
global array ga[8] = { 1, -2, 3, -4 }

function h(int n) returns int r
locals array t[3]
{
    t[n & 1] = n;
    if (n < 0) return n - 7;
    t[2] = 5;
    r = (int) t[n & 1] * 3 + (int) t[2];
}

function f(int a, int b) returns int r
locals int l1, int l2, pointer p, int fuel, array t[8], int l0
{
    fuel = 60;
    p = &l0;
",
        )?;
        statements(&self.body, self.labels, out)?;
        out.write_str(
            "out:
    r = r * 31 + l0; r = r * 31 + l1; r = r * 31 + l2; r = r * 31 + global g;
    for (l1 = 0 to 8) r = r * 31 + (int) t[l1] + (int) global ga[l1];
}
",
        )
    }
}

fn statements(list: &[Statement], labels: u32, out: &mut Formatter<'_>) -> Result {
    list.iter().try_for_each(|statement| write_statement(statement, labels, out))
}

fn write_block(list: &[Statement], labels: u32, tick: bool, out: &mut Formatter<'_>) -> Result {
    out.write_str("{\n")?;
    if tick {
        out.write_str(TICK)?;
    }
    statements(list, labels, out)?;
    out.write_str("}\n")
}

fn write_statement(statement: &Statement, labels: u32, out: &mut Formatter<'_>) -> Result {
    match statement {
        Statement::Assign(place, value) => writeln!(out, "{place} = {value};"),
        Statement::Update(operator, place, value) => writeln!(out, "{place} {operator} {value};"),
        Statement::If(cond, then, otherwise) => {
            write!(out, "if ({cond}) ")?;
            write_block(then, labels, false, out)?;
            // An empty branch and a missing one are both tried.
            if otherwise.len() == 1 {
                out.write_str("else ")?;
                write_statement(&otherwise[0], labels, out)
            } else if !otherwise.is_empty() {
                out.write_str("else ")?;
                write_block(otherwise, labels, false, out)
            } else {
                Ok(())
            }
        }
        Statement::While(cond, body) => {
            write!(out, "while ({cond}) ")?;
            write_block(body, labels, true, out)
        }
        Statement::DoWhile(body, cond) => {
            out.write_str("do ")?;
            write_block(body, labels, true, out)?;
            writeln!(out, "while ({cond});")
        }
        Statement::Loop(body) => {
            out.write_str("loop ")?;
            write_block(body, labels, true, out)
        }
        Statement::For(local, from, to, body) => {
            write!(out, "for (l{local} = {from} to {to}) ")?;
            write_block(body, labels, true, out)
        }
        Statement::Switch(value, arms, default) => {
            writeln!(out, "switch ({value} == 0 to 4) {{")?;
            for (case, arm) in arms.iter().enumerate() {
                write!(out, "case {case}: ")?;
                write_block(arm, labels, false, out)?;
            }
            if let Some(default) = default {
                out.write_str("default: ")?;
                write_block(default, labels, false, out)?;
            }
            out.write_str("}\n")
        }
        Statement::Label(label) => write!(out, "L{label}: {TICK}"),
        Statement::Goto(label) if labels == 0 => writeln!(out, "r = r + {label};"),
        Statement::Goto(label) => writeln!(out, "goto L{};", label % labels),
        Statement::Return(value) => writeln!(out, "return {value};"),
        Statement::Yield => writeln!(out, "yield();"),
    }
}

impl Display for Place {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Place::Local(local) => write!(out, "l{local}"),
            Place::Pointed => out.write_str("*p"),
            Place::Global => out.write_str("global g"),
            Place::Element(index) => write!(out, "t[{index} & 7]"),
            Place::GlobalElement(index) => write!(out, "global ga[{index} & 7]"),
        }
    }
}

impl Display for Value {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Value::Constant(value) => write!(out, "({value})"),
            Value::Parameter(second) => out.write_str(if *second { "b" } else { "a" }),
            Value::Read(place @ (Place::Local(_) | Place::Global)) => write!(out, "{place}"),
            Value::Read(place) => write!(out, "((int) {place})"),
            Value::Infix("/", left, right) => write!(out, "({left} / ({right} | 1))"),
            Value::Infix("%", left, right) => write!(out, "({left} % ({right} | 1))"),
            Value::Infix(operator, left, right) => write!(out, "({left} {operator} {right})"),
            Value::Assign(place, value) => write!(out, "({place} = {value})"),
            Value::Call(value) => write!(out, "h({value})"),
        }
    }
}

impl Display for Cond {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Cond::Compare(relation, left, right) => write!(out, "{left} {relation} {right}"),
            Cond::Not(inner) => write!(out, "!({inner})"),
            Cond::And(left, right) => write!(out, "({left}) && ({right})"),
            Cond::Or(left, right) => write!(out, "({left}) || ({right})"),
        }
    }
}
