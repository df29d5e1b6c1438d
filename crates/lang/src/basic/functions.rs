//! What the functions of the language become that are no single function of the host.

use super::ast::Operator;
use super::body::Body;
use super::builtins::Argument;
use super::expressions::wider;
use super::types::{Type, Value, integer};
use super::unit::Array;
use crate::diagnostic::Span;
use crate::lower::fold::fold;
use crate::lower::program::{self as lower, Binary, Expr, Statement as Step, Unary};

impl Body<'_, '_> {
    /// Values that are used more than once: what sets them, and what gets them.
    fn locals(&mut self, values: impl IntoIterator<Item = Value>) -> (Vec<Step>, Vec<Expr>) {
        let mut steps = Vec::new();
        let mut locals = Vec::new();
        for value in values {
            let value = value.settled();
            if value.is_constant() {
                locals.push(value.expr);
                continue;
            }
            let local = self.code.temporary(value.ty.lower());
            steps.push(Step::Set(local, value.expr));
            locals.push(Expr::Local(local));
        }
        (steps, locals)
    }
}

pub(super) fn value(argument: Argument) -> Option<Value> {
    match argument {
        Argument::Value(value) => Some(value),
        Argument::Array(_) => None,
    }
}

pub(super) fn number(given: Vec<Argument>) -> Option<Value> {
    given.into_iter().find_map(value)
}

/// All values as the widest type among them.
fn numbers(given: Vec<Argument>) -> (Type, bool, Vec<Value>) {
    let values: Vec<Value> = given.into_iter().filter_map(value).collect();
    let ty = values.iter().fold(Type::Integer, |ty, value| wider(ty, value.ty));
    let calls = values.iter().any(|value| value.calls);
    (ty, calls, values.into_iter().map(|value| value.to(ty)).collect())
}

pub(super) fn float(given: Vec<Argument>, operation: Unary) -> Option<Value> {
    let value = number(given)?;
    Some(Value { expr: Expr::Unary(operation, Box::new(value.expr)), ..value })
}

fn choose(ty: Type, condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    Expr::If(Some(ty.lower()), Box::new(condition), Box::new(then), Box::new(otherwise))
}

/// A value between two others, all of which are used twice.
pub(super) fn clamped(ty: Type, value: Expr, low: Expr, high: Expr) -> Expr {
    let compare = |operation, bound: &Expr| fold(ty.lower(), operation, value.clone(), bound.clone());
    let (below, above) = (compare(Binary::Less, &low), compare(Binary::Greater, &high));
    choose(ty, below, low, choose(ty, above, high, value))
}

fn after(steps: Vec<Step>, expr: Expr) -> Expr {
    if steps.is_empty() { expr } else { Expr::After(steps, Box::new(expr)) }
}

pub(super) fn absolute(body: &mut Body, given: Vec<Argument>, _: Span) -> Option<Value> {
    let value = number(given)?;
    if value.ty != Type::Long {
        let operation = Unary::Absolute(value.ty.lower());
        return Some(Value { expr: Expr::Unary(operation, Box::new(value.expr)), ..value });
    }
    let (steps, locals) = body.locals([value.clone()]);
    let long = Type::Long.lower();
    let negative = fold(long, Binary::Less, locals[0].clone(), Expr::Long(0));
    let negated = fold(long, Binary::Subtract, Expr::Long(0), locals[0].clone());
    let expr = choose(Type::Long, negative, negated, locals[0].clone());
    Some(Value { expr: after(steps, expr), ..value })
}

pub(super) fn sign(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let value = number(given)?;
    let (ty, calls) = (value.ty, value.calls);
    let (steps, locals) = body.locals([value]);
    let compare = |operation| fold(ty.lower(), operation, locals[0].clone(), ty.zero());
    let sign = integer(Binary::Subtract, compare(Binary::Greater), compare(Binary::Less));
    Some(Value::new(after(steps, sign), Type::Integer, span).calling(calls))
}

pub(super) fn limit(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (ty, calls, values) = numbers(given);
    let (steps, locals) = body.locals(values);
    let [value, low, high] = <[Expr; 3]>::try_from(locals).ok()?;
    Some(Value::new(after(steps, clamped(ty, value, low, high)), ty, span).calling(calls))
}

pub(super) fn limit_256(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let value = number(given)?.to(Type::Integer);
    let bounds = [Value::integer(0, span), Value::integer(255, span)];
    let all = std::iter::once(value).chain(bounds).map(Argument::Value).collect();
    limit(body, all, span)
}

/// `SCALE(value, low, high, to_low, to_high)`.
pub(super) fn scale(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (ty, calls, values) = numbers(given);
    let (steps, locals) = body.locals(values);
    let [value, low, high, to_low, to_high] = <[Expr; 5]>::try_from(locals).ok()?;
    let held = ty.lower();
    let subtract = |left: &Expr, right: &Expr| fold(held, Binary::Subtract, left.clone(), right.clone());
    let product = fold(held, Binary::Multiply, subtract(&value, &low), subtract(&to_high, &to_low));
    let range = subtract(&high, &low);
    let quotient = match ty {
        Type::Integer => body.divide(Operator::Divide, product, range, span),
        _ => fold(held, Binary::Divide, product, range),
    };
    Some(Value::new(after(steps, fold(held, Binary::Add, quotient, to_low)), ty, span).calling(calls))
}

/// A turn of 256 steps, from 1 to 255 around 128.
pub(super) fn sine_256(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let angle = number(given)?;
    let calls = angle.calls;
    let number = |value: f32| Expr::Float(value.to_bits());
    let float = |operation, left, right| fold(lower::Type::Float, operation, left, right);
    let sine = body.unit.host("sinf");
    let step = std::f32::consts::TAU / 256.0;
    let sine = Expr::Call(sine, vec![float(Binary::Multiply, angle.to(Type::Float).expr, number(step))]);
    let height = float(Binary::Add, float(Binary::Multiply, sine, number(127.0)), number(128.5));
    let lowered = Expr::Unary(Unary::Floor(lower::Type::Float), Box::new(height));
    Some(Value::new(lowered, Type::Float, span).to(Type::Integer).calling(calls))
}

/// The milliseconds since the start, divided.
pub(super) fn timestamp(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let clock = body.unit.host("millis");
    let time = Expr::Call(clock, Vec::new());
    let Some(divisor) = number(given) else { return Some(Value::new(time, Type::Integer, span)) };
    let calls = divisor.calls;
    let quotient = body.divide(Operator::Divide, time, divisor.expr, span);
    Some(Value::new(quotient, Type::Integer, span).calling(calls))
}

/// `WAITFOR(event, source, condition, trigger, timeout)`: 4 waits a time, 5 for the second's pulse, 6 for a parameter.
pub(super) fn wait_for(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (_, calls, values) = numbers(given);
    let (steps, locals) = body.locals(values.into_iter().map(|value| value.to(Type::Integer)));
    let [event, source, condition, trigger, timeout] = <[Expr; 5]>::try_from(locals).ok()?;
    let (delay, pulse, parameter) =
        (body.unit.host("delay_ms"), body.unit.host("wait_pps"), body.unit.host("wait_param"));
    let is = |value: &Expr, number| integer(Binary::Equal, value.clone(), Expr::Integer(number));
    let either = |condition, then, otherwise| choose(Type::Integer, condition, then, otherwise);
    let unit = [(6, 3_600_000), (7, 60_000), (8, 1_000)]
        .into_iter()
        .fold(Expr::Integer(1), |rest, (code, unit)| either(is(&condition, code), Expr::Integer(unit), rest));
    let waited = Step::Evaluate(Expr::Call(delay, vec![integer(Binary::Multiply, trigger.clone(), unit)]));
    let timer = after(vec![waited], Expr::Integer(1));
    let parameter = Expr::Call(parameter, vec![source, condition.clone(), trigger, timeout.clone()]);
    let pulse = Expr::Call(pulse, vec![timeout]);
    let other = either(is(&event, 6), parameter, Expr::Integer(0));
    let expr = either(is(&event, 4), timer, either(is(&event, 5), pulse, other));
    Some(Value::new(after(steps, expr), Type::Integer, span).calling(calls))
}

/// How many LEDs the first strip has.
pub(super) fn led_count(body: &mut Body, _: Vec<Argument>, span: Span) -> Option<Value> {
    let count = body.unit.host("led_count");
    Some(Value::new(Expr::Call(count, vec![Expr::Integer(1)]), Type::Integer, span))
}

/// `SETLEDCOL(red, green, blue)`: the whole first strip.
pub(super) fn fill_leds(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (fill, show) = (body.unit.host("led_fill"), body.unit.host("led_show"));
    let (_, calls, values) = numbers(given);
    let (mut steps, locals) = body.locals(values);
    let light = |value| clamped(Type::Integer, value, Expr::Integer(0), Expr::Integer(255));
    let given = std::iter::once(Expr::Integer(1)).chain(locals.into_iter().map(light)).collect();
    steps.push(Step::Evaluate(Expr::Call(fill, given)));
    steps.push(Step::Evaluate(Expr::Call(show, Vec::new())));
    Some(Value::new(after(steps, Expr::Integer(0)), Type::Integer, span).calling(calls))
}

pub(super) fn tenths_of_degrees(body: &mut Body, _: Vec<Argument>, span: Span) -> Option<Value> {
    let sensor = body.unit.host("get_temp");
    let tenths = Expr::Float(10f32.to_bits());
    let value = fold(lower::Type::Float, Binary::Multiply, Expr::Call(sensor, Vec::new()), tenths);
    Some(Value::new(value, Type::Float, span).to(Type::Integer))
}

/// The dimension that is asked for, counted from 1.
fn dimension(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<(Array, i32)> {
    let mut given = given.into_iter();
    let Some(Argument::Array(array)) = given.next() else { return None };
    let dimension = match given.find_map(value).map(|value| value.expr) {
        None => 1,
        Some(Expr::Integer(dimension)) => dimension,
        Some(_) => {
            body.unit.error(span, "the dimension is a number that is written here");
            return None;
        }
    };
    if dimension < 1 || dimension > array.dimensions as i32 {
        let message = format!("`{}` has no dimension {dimension}: it has {}", array.name, array.dimensions);
        body.unit.error(span, message);
        return None;
    }
    Some((array, dimension))
}

pub(super) fn upper_bound(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (array, dimension) = dimension(body, given, span)?;
    Some(Value::new(super::arrays::word(Expr::Global(array.global), 4 * dimension), Type::Integer, span))
}

pub(super) fn lower_bound(body: &mut Body, given: Vec<Argument>, span: Span) -> Option<Value> {
    let (array, _) = dimension(body, given, span)?;
    Some(Value::integer(array.base, span))
}
